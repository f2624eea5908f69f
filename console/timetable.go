package console

import (
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

func timetableScreen() screen {
	return screen{
		menu: "/timetable", aside: true,
		doors: []door{
			{"GET", "/timetable", bridge.See, false, (*visit).timetable},
			{"GET", "/timetable/ask", bridge.See, false, (*visit).simulate},
			{"GET", "/timetable/day", bridge.Arrange, false, (*visit).dayForm},
			{"POST", "/timetable/day", bridge.Arrange, false, (*visit).setDays},
			{"GET", "/timetable/template", bridge.Arrange, false, (*visit).tryTemplate},
			{"POST", "/timetable/template", bridge.Arrange, false, (*visit).useTemplate},
			{"POST", "/timetable/holiday", bridge.Arrange, false, (*visit).setHoliday},
			{"GET", "/timetable/hours", bridge.Arrange, false, (*visit).hoursForm},
			{"POST", "/timetable/hours", bridge.Arrange, false, (*visit).setHours},
		},
		rehearse: func(r *rehearsal) {
			r.inside("timetable.html", timetableView{})
			r.inside("timetable.html", timetableView{
				Child: personRow{1, "1"}, Now: dayNow{Lost: true}, May: true, Week: weekPicture{Title: r.e.words.span(r.now, r.now.AddDate(0, 0, 40)), Clocks: "autumn"},
			})
			r.inside("timetable.html", rehearsedTimetable(r.e.words, r.now))
			r.inside("timetable_day.html", dayView{Child: personRow{1, "1"}, Days: dayBoxes(r.e.words, 1), Rows: dayRows(likeDays["weekend"]), Likes: likeKeys})
			r.inside("timetable_template.html", templateView{Child: personRow{1, "1"}, Key: "first", Week: rehearsedTimetable(r.e.words, r.now).Week, Said: []string{"1"}})
			r.inside("timetable_hours.html", hoursView{Child: personRow{1, "1"}, Rows: []hoursRow{{N: 0, Days: dayBoxes(r.e.words, 1)}}})
			r.inside("timetable_hours.html", hoursView{Child: personRow{1, "1"}, Was: "1", Rows: []hoursRow{{N: 0, From: "1", To: "2", Days: dayBoxes(r.e.words, 1)}}})
			r.inside("simulator.html", rehearsedSimulator(r.e.words))
			r.inside("simulator.html", simulatorView{Ask: askForm{Child: personRow{1, "1"}}})
		},
	}
}

// timetableView is a child's time: now, this week, what it means, and how it is changed.
type timetableView struct {
	Children []childTab
	Child    personRow // ID 0 for nobody
	May      bool
	Now      dayNow
	Week     weekPicture
	Said     []string // what the week means
	Programs []program
	Keys     []string // of templates
	Holidays []holidayRow
	All      bool // the visitor may enter holidays of all children
	Several  bool // there are several children
	Today    string
	Hours    []namedRow
	Ask      askForm
}

// childTab leads to another child.
type childTab struct {
	ID   policy.Person
	Name string
	Here bool
}

// dayNow is what a child's day is at.
type dayNow struct {
	Mode  string // "" when it is not known
	Until string // "" for always
	Next  string
	Lost  bool
}

// program is how some days of the week go.
type program struct {
	Names string // of the days
	Day   int    // the first of them, Monday is 0
	Parts []startRow
}

type startRow struct{ Clock, Mode string }

// namedRow is hours with a name.
type namedRow struct {
	Name, When, Children string
	May                  bool
}

// childOf returns the child that a page or form is about: without one, the first. ok is false for a child that the
// visitor has no right for, and err is set when there is none at all.
func (v *visit) childOf(right bridge.Right) (child bridge.Person, ok bool) {
	asked := v.c.FormValue("child") // of the form or of the address
	if asked == "" {
		for _, k := range v.d.Children() {
			if v.d.May(v.who, right, k.ID) {
				return k, true
			}
		}
		return bridge.Person{}, true
	}
	n, err := strconv.ParseInt(asked, 10, 64)
	if err != nil {
		return bridge.Person{}, false
	}
	child, known := v.d.Person(policy.Person(n))
	return child, known && child.Kind == bridge.KindChild && v.d.May(v.who, right, child.ID)
}

func (v *visit) timetable() error {
	child, ok := v.childOf(bridge.See)
	if !ok {
		return v.deny()
	}
	return v.showTimetable(child)
}

// showTimetable shows a child's time; the week is the one that from is in.
func (v *visit) showTimetable(child bridge.Person) error {
	if child.ID == 0 {
		return v.show("timetable.html", timetableView{})
	}
	office := v.s.options.Office
	its, err := office.ChildTime(v.ctx(), v.who, child.ID)
	if err != nil {
		return err
	}
	today, err := office.Today(v.ctx(), v.who, child.ID)
	if err != nil {
		return err
	}
	said, err := office.Meaning(v.ctx(), v.who, child.ID, its.Week, v.lang)
	if err != nil {
		return err
	}
	plan, err := bridge.PlanOf(its.Week)
	if err != nil {
		return err
	}
	view := timetableView{
		Child: personRow{child.ID, child.Name}, May: v.d.May(v.who, bridge.Arrange, child.ID), Said: said,
		Now:      dayNow{Mode: string(today.Mode), Lost: today.Lost},
		Programs: v.programs(plan), Keys: templateKeys, Today: v.now.Format(time.DateOnly), Ask: v.askForm(child),
	}
	if !today.Change.IsZero() {
		view.Now.Until, view.Now.Next = v.words().moment(today.Change.In(v.now.Location()), v.now), string(today.Next)
	}
	for _, k := range v.myChildren() {
		view.Children = append(view.Children, childTab{k.ID, k.Name, k.ID == child.ID})
	}
	view.All = true
	for _, k := range v.d.Children() {
		view.All = view.All && v.d.May(v.who, bridge.Arrange, k.ID)
	}
	view.Several = len(v.d.Children()) > 1
	view.Week = v.picture(v.d.Rules, its, v.weekShown())
	for _, h := range its.FreeDays {
		view.Holidays = append(view.Holidays, newHolidayRow(v.words(), h, view.May && (h.Child != "" || view.All)))
	}
	for _, t := range its.Timetables {
		view.Hours = append(view.Hours, namedRow{
			Name: t.Name, When: v.windows(t.Windows), Children: words.And(v.lang, t.Children), May: view.May,
		})
	}
	return v.show("timetable.html", view)
}

// programs are the days of a plan, those that are alike together.
func (v *visit) programs(plan bridge.WeekPlan) []program {
	var out []program
	seen := [7]bool{}
	for day := range plan {
		if seen[day] {
			continue
		}
		var days policy.Days
		for other := day; other < 7; other++ {
			if sameStarts(plan[day], plan[other]) {
				seen[other] = true
				days |= policy.DaysOf(time.Weekday((other + 1) % 7))
			}
		}
		p := program{Names: capital(words.Days(v.lang, days.Has)), Day: day}
		for _, s := range plan[day] {
			p.Parts = append(p.Parts, startRow{words.ClockOf(v.lang, s.At), string(s.Mode)})
		}
		out = append(out, p)
	}
	return out
}

func sameStarts(a, b []bridge.Start) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// capital begins a sentence.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// windows writes the hours of a timetable.
func (v *visit) windows(list []bridge.Hours) string {
	parts := make([]string, 0, len(list))
	for _, h := range list {
		w, err := h.Window()
		if err != nil {
			continue // Check lets none such in
		}
		parts = append(parts, words.Days(v.lang, w.Days.Has)+" "+words.Hours(v.lang, w.From, w.To))
	}
	return strings.Join(parts, "; ")
}

// backToTime goes on after a change of a child's time: back to it, or to the form again with the reason why not.
func (v *visit) backToTime(err error, child bridge.Person, done string, again func() error) error {
	if err == nil {
		return v.see("/timetable", url.Values{"child": {strconv.FormatInt(int64(child.ID), 10)}, "done": {done}})
	}
	return v.ended(err, "/timetable", "", again)
}

// unclear shows a form again with what cannot be meant by it, in words.
func (v *visit) unclear(why words.Sentence, args []any, again func() error) error {
	v.refused = words.Say(v.lang, why, args...)
	v.c.Status(fiber.StatusUnprocessableEntity)
	return again()
}

// forChild does what takes a child that the visitor arranges for.
func (v *visit) forChild(do func(child bridge.Person) error) error {
	child, ok := v.childOf(bridge.Arrange)
	switch {
	case !ok:
		return v.deny()
	case child.ID == 0:
		return v.see("/timetable", nil)
	}
	return do(child)
}

func rehearsedTimetable(words locale, now time.Time) timetableView {
	bars := []bar{{Mode: "sleep", X: 0, W: 420}, {Mode: "school", X: 495, W: 300}}
	off := bridge.FreeDays{Name: words["holiday.off"], First: "2026-01-01", Last: "2026-01-02"}
	return timetableView{
		Children: []childTab{{1, "1", true}, {2, "2", false}}, Child: personRow{1, "1"}, May: true, All: true, Several: true,
		Now: dayNow{Mode: "school", Until: "1", Next: "home"}, Said: []string{"1"}, Keys: templateKeys, Today: now.Format(time.DateOnly),
		Programs: []program{{"1", 0, []startRow{{"1", "home"}, {"2", "holidays"}}}},
		Week: weekPicture{Title: words.span(now, now), Axis: []int{1}, Before: "1", After: "2", Away: true, Clocks: "spring", Days: []pictureDay{
			{Name: "1", Date: words["week.date"], Bars: bars, Line: "3", Today: true, Now: 300, Free: "1"}, {Name: "1", Date: "2", Bars: bars, Now: -1},
		}},
		Holidays: []holidayRow{newHolidayRow(words, off, true), {Name: "1", Dates: "2"}},
		Hours:    []namedRow{{Name: "1", When: "2", Children: "3", May: true}, {Name: "1", When: "2"}},
		Ask:      askForm{Child: personRow{1, "1"}, People: []personRow{{2, "2"}}},
	}
}
