package console

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// dayView is the form for the days of a week.
type dayView struct {
	Child personRow
	Days  []dayBox
	Rows  []dayRow
	Day   int      // whose link it was, Monday is 0
	Likes []string // days to begin with
}

// dayBox is a day that can be ticked. Field is its name in the form.
type dayBox struct {
	Field, Name string
	On          bool
}

// dayRow is one line: from when on which mode.
type dayRow struct {
	N     int
	At    string
	Mode  string
	Modes []string
}

// dayLines is how many lines a day has in its form: more than any week that we have seen needs.
const dayLines = 6

// likeDays are days to begin with, as a parent calls them.
var likeDays = map[string][]bridge.Start{
	"schoolday":   {{At: 7 * 60, Mode: policy.Home}, {At: 8*60 + 15, Mode: policy.School}, {At: 13*60 + 30, Mode: policy.Home}, {At: 20*60 + 30, Mode: policy.Sleep}},
	"afterschool": {{At: 7 * 60, Mode: policy.Home}, {At: 8*60 + 15, Mode: policy.School}, {At: 16*60 + 30, Mode: policy.Home}, {At: 20 * 60, Mode: policy.Sleep}},
	"weekend":     {{At: 8 * 60, Mode: policy.Home}, {At: 21*60 + 30, Mode: policy.Sleep}},
	"free":        {{At: 0, Mode: policy.Home}},
}

var likeKeys = []string{"schoolday", "afterschool", "weekend", "free"}

// dayBoxes are the days of the week, ticked as bits say, Monday first.
func dayBoxes(words locale, on uint8) []dayBox {
	boxes := make([]dayBox, 7)
	for i := range boxes {
		boxes[i] = dayBox{fmt.Sprintf("d%d", i), words["weekday."+strconv.Itoa(i)], on&(1<<i) != 0}
	}
	return boxes
}

// dayRows are the lines of a form, those that are not filled too.
func dayRows(starts []bridge.Start) []dayRow {
	rows := make([]dayRow, max(dayLines, len(starts)+1))
	for i := range rows {
		rows[i] = dayRow{N: i, Modes: []string{"home", "school", "sleep"}}
		if i < len(starts) {
			rows[i].At, rows[i].Mode = bridge.FormatClock(starts[i].At), string(starts[i].Mode)
			if starts[i].Mode == policy.Holidays {
				rows[i].Modes = append(rows[i].Modes, "holidays")
			}
		}
	}
	return rows
}

// dayForm shows the form for a day and those like it.
func (v *visit) dayForm() error {
	return v.forChild(func(child bridge.Person) error {
		plan, err := v.planOf(child)
		if err != nil {
			return err
		}
		day, err := strconv.Atoi(v.c.Query("day"))
		if err != nil || day < 0 || day > 6 {
			day = 0
		}
		var on uint8
		for other := range plan {
			if sameStarts(plan[day], plan[other]) {
				on |= 1 << other
			}
		}
		starts := plan[day]
		if like, ok := likeDays[v.c.Query("like")]; ok {
			starts = like
		}
		return v.showDay(child, day, on, dayRows(starts))
	})
}

func (v *visit) showDay(child bridge.Person, day int, on uint8, rows []dayRow) error {
	return v.show("timetable_day.html", dayView{
		Child: personRow{child.ID, child.Name}, Days: dayBoxes(v.words(), on), Rows: rows, Day: day, Likes: likeKeys,
	})
}

func (v *visit) planOf(child bridge.Person) (bridge.WeekPlan, error) {
	its, err := v.s.options.Office.ChildTime(v.ctx(), v.who, child.ID)
	if err != nil {
		return bridge.WeekPlan{}, err
	}
	return bridge.PlanOf(its.Week)
}

// setDays gives the days that are ticked the lines that are filled.
func (v *visit) setDays() error {
	return v.forChild(func(child bridge.Person) error {
		on, typed := v.ticked(""), v.typedRows()
		again := func() error {
			day := slices.IndexFunc([]int{0, 1, 2, 3, 4, 5, 6}, func(i int) bool { return on&(1<<i) != 0 })
			return v.showDay(child, max(day, 0), on, typed)
		}
		starts, why, args := startsOf(typed)
		switch {
		case why != (words.Sentence{}):
			return v.unclear(why, args, again)
		case on == 0:
			return v.unclear(words.NoDays, nil, again)
		}
		plan, err := v.planOf(child)
		if err != nil {
			return err
		}
		for day := range plan {
			if on&(1<<day) != 0 {
				plan[day] = starts
			}
		}
		err = v.s.options.Office.SetWeek(v.ctx(), v.who, child.ID, plan.Week())
		return v.backToTime(err, child, "week", again)
	})
}

// ticked reads which days are ticked, Monday first; mark tells one set of boxes of a form from another.
func (v *visit) ticked(mark string) (on uint8) {
	for i := range 7 {
		if v.c.FormValue(fmt.Sprintf("d%d%s", i, mark)) != "" {
			on |= 1 << i
		}
	}
	return on
}

// mostTyped is the longest that is shown again of what somebody wrote for a time.
const mostTyped = 20

// shortly is what somebody wrote into a field for a time.
func (v *visit) shortly(field string) string {
	s := strings.TrimSpace(v.c.FormValue(field))
	if len(s) > mostTyped {
		s = s[:mostTyped]
	}
	return strings.ToValidUTF8(s, "")
}

// typedRows reads the lines of a day as they were sent.
func (v *visit) typedRows() []dayRow {
	rows := dayRows(nil)
	for i := range rows {
		rows[i].At, rows[i].Mode = v.shortly(fmt.Sprintf("at%d", i)), v.c.FormValue(fmt.Sprintf("mode%d", i))
		if rows[i].Mode == string(policy.Holidays) {
			rows[i].Modes = append(rows[i].Modes, rows[i].Mode)
		}
	}
	return rows
}

// startsOf reads a day from its lines, the earliest first, or says what is wrong with them.
func startsOf(rows []dayRow) (starts []bridge.Start, why words.Sentence, args []any) {
	for _, row := range rows {
		if row.At == "" {
			continue
		}
		at, ok := clockOf(row.At)
		if !ok || at == minutesADay {
			return nil, words.NoClock, []any{row.At}
		}
		mode := policy.Mode(row.Mode)
		switch mode {
		case policy.Home, policy.School, policy.Sleep, policy.Holidays:
		default:
			return nil, words.NoMode, []any{""}
		}
		for _, s := range starts {
			if s.At == at {
				return nil, twoAtOnce, []any{bridge.FormatClock(at)}
			}
		}
		starts = append(starts, bridge.Start{At: at, Mode: mode})
	}
	if len(starts) == 0 {
		return nil, emptyDay, nil
	}
	slices.SortFunc(starts, func(a, b bridge.Start) int { return a.At - b.At })
	return starts, words.Sentence{}, nil
}

// What a form says that the operations behind it never hear of.
var (
	twoAtOnce = words.Sentence{
		Bokmål:  "To linjer begynner kl. %s. Hva skal det være?",
		English: "Two lines begin at %s. Which is it to be?",
	}
	emptyDay = words.Sentence{
		Bokmål:  "Skriv minst én linje. Er barnet hjemme hele dagen, skriv 00.00 og hjemme.",
		English: "Write at least one line. If the child is at home all day, write 00:00 and at home.",
	}
)

var clockForm = regexp.MustCompile(`^([0-9]{1,2})(?:[.:]?([0-9]{2}))?$`)

// clockOf reads a time of day as people and browsers write it, in minutes after midnight; 24.00 is the end of the day.
func clockOf(s string) (minutes int, ok bool) {
	found := clockForm.FindStringSubmatch(strings.TrimSpace(s))
	if found == nil {
		return 0, false
	}
	hour, _ := strconv.Atoi(found[1]) // digits, as the form says
	minute, _ := strconv.Atoi("0" + found[2])
	minutes = hour*60 + minute
	return minutes, minute < 60 && minutes <= minutesADay
}

// templateView is a week to begin with, before it is taken.
type templateView struct {
	Child personRow
	Key   string
	Week  weekPicture
	Said  []string
}

// templateWeeks are weeks to begin with; each family changes them.
var templateWeeks = map[string][]bridge.WeekHours{
	"first":  schoolWeeks("13:15", "19:30", "20:30", "07:00"),
	"after":  schoolWeeks("16:30", "19:30", "20:30", "07:00"),
	"middle": schoolWeeks("14:00", "21:00", "22:00", "08:30"),
	"teen":   schoolWeeks("14:30", "22:30", "23:30", "09:30"),
	"none":   nil,
}

var templateKeys = []string{"first", "after", "middle", "teen", "none"}

// schoolWeeks is a week whose school ends at a time, with the beginning of the night before a school day and before
// another, and the end of the latter.
func schoolWeeks(ends, night, late, wakes string) []bridge.WeekHours {
	return []bridge.WeekHours{
		{Mode: policy.School, Days: "mon-fri", From: "08:15", To: ends},
		{Mode: policy.Sleep, Days: "mon-thu,sun", From: night, To: "07:00"},
		{Mode: policy.Sleep, Days: "fri,sat", From: late, To: wakes},
	}
}

// tryTemplate shows what a week to begin with would be like, and changes nothing.
func (v *visit) tryTemplate() error {
	return v.forChild(func(child bridge.Person) error {
		key := v.c.Query("name")
		week, ok := templateWeeks[key]
		if !ok {
			return v.see("/timetable", nil)
		}
		said, err := v.s.options.Office.Meaning(v.ctx(), v.who, child.ID, week, v.lang)
		if err != nil {
			return err
		}
		rules := policy.New(policy.Book{Location: v.now.Location(), Weeks: map[policy.Person][]policy.Slot{child.ID: slotsOf(week)}})
		picture := v.picture(rules, bridge.ChildTime{For: child.ID, Week: week}, mondayOf(v.now))
		return v.show("timetable_template.html", templateView{personRow{child.ID, child.Name}, key, picture, said})
	})
}

func slotsOf(week []bridge.WeekHours) []policy.Slot {
	var slots []policy.Slot
	for _, h := range week {
		if w, err := h.Hours().Window(); err == nil {
			slots = append(slots, policy.Slot{Window: w, Mode: h.Mode})
		}
	}
	return slots
}

func (v *visit) useTemplate() error {
	return v.forChild(func(child bridge.Person) error {
		week, ok := templateWeeks[v.c.FormValue("name")]
		if !ok {
			return fiber.ErrBadRequest
		}
		err := v.s.options.Office.SetWeek(v.ctx(), v.who, child.ID, week)
		return v.backToTime(err, child, "week", v.timetable)
	})
}
