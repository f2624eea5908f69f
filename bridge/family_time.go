package bridge

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
)

// FreeDays is a time without school, of one child or of all.
type FreeDays struct {
	Name  string `toml:"name" json:"name"`
	First string `toml:"first" json:"first"` // "2026-10-02"
	Last  string `toml:"last" json:"last"`   // part of it
	Child string `toml:"child,omitempty" json:"child,omitempty"`
}

// Timetable is hours of the week that a rule's when can name.
type Timetable struct {
	Name    string  `toml:"name" json:"name"`
	Windows []Hours `toml:"window" json:"window"`
}

// Hours are a part of some days. When To is not after From they end on the day after.
type Hours struct {
	Days string `toml:"days" json:"days"` // "mon-fri", "sat,sun", "daily"
	From string `toml:"from" json:"from"` // "08:15"
	To   string `toml:"to" json:"to"`     // "24:00" is the end of the day
}

// WeekHours are a part of a child's week in which it is not at home.
type WeekHours struct {
	Mode policy.Mode `toml:"mode" json:"mode"`
	Days string      `toml:"days" json:"days"`
	From string      `toml:"from" json:"from"`
	To   string      `toml:"to" json:"to"`
}

// dayNames are the days in the order in which a week is spoken of here.
var dayNames = []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// weekday returns the day of a place in dayNames.
func weekday(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

// parseDays reads "mon-fri", "sat,sun", "daily", and several of them with commas.
func parseDays(s string) (policy.Days, error) {
	var days policy.Days
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		part = strings.TrimSpace(part)
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		if part == "daily" {
			first, last = "mon", "sun"
		}
		i, j := slices.Index(dayNames, strings.TrimSpace(first)), slices.Index(dayNames, strings.TrimSpace(last))
		if i < 0 || j < 0 {
			return 0, fmt.Errorf("%q names no days: write mon, tue, wed, thu, fri, sat or sun, several as \"mon-fri\" or \"sat,sun\", all as \"daily\"", s)
		}
		for ; i != j; i = (i + 1) % 7 {
			days |= policy.DaysOf(weekday(i))
		}
		days |= policy.DaysOf(weekday(j))
	}
	return days, nil
}

// FormatDays writes days as a document has them: three and more in a row as a range.
func FormatDays(d policy.Days) string {
	var parts []string
	for i := 0; i < 7; i++ {
		if !d.Has(weekday(i)) {
			continue
		}
		j := i
		for j < 6 && d.Has(weekday(j+1)) {
			j++
		}
		switch {
		case j-i == 6:
			return "daily"
		case j-i >= 2:
			parts = append(parts, dayNames[i]+"-"+dayNames[j])
			i = j
		default:
			parts = append(parts, dayNames[i])
		}
	}
	return strings.Join(parts, ",")
}

// parseClock reads "08:15" as minutes after midnight.
func parseClock(s string) (int, error) {
	if s == "24:00" {
		return 24 * 60, nil
	}
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("%q is no time: write \"08:15\", from \"00:00\" to \"24:00\"", s)
	}
	return t.Hour()*60 + t.Minute(), nil
}

// FormatClock writes minutes after midnight as a document has them.
func FormatClock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// Window returns the hours as the rules know them. It fails for what Check refuses.
func (h Hours) Window() (policy.Window, error) {
	days, err := parseDays(h.Days)
	if err != nil {
		return policy.Window{}, err
	}
	from, err := parseClock(h.From)
	if err != nil {
		return policy.Window{}, err
	}
	to, err := parseClock(h.To)
	return policy.Window{Days: days, From: from, To: to}, err
}

// Hours returns the hours without the mode.
func (w WeekHours) Hours() Hours { return Hours{w.Days, w.From, w.To} }

// ParseDate reads a day as a document has it.
func ParseDate(s string) (policy.Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return policy.Date{}, fmt.Errorf("%q is no day: write \"2026-12-24\"", s)
	}
	y, m, d := t.Date()
	return policy.Date{Year: y, Month: m, Day: d}, nil
}

// FormatDate writes a day as a document has it.
func FormatDate(d policy.Date) string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// hours checks a part of the week and brings it to its normal form.
func (c *checker) hours(path string, h Hours) Hours {
	if days, err := parseDays(h.Days); err != nil {
		c.add(path+".days", "%v", err)
	} else {
		h.Days = FormatDays(days)
	}
	from, wrongFrom := parseClock(h.From)
	if wrongFrom == nil && from == 24*60 {
		wrongFrom = fmt.Errorf("\"24:00\" is when a day ends: write \"00:00\" of the next")
	}
	if wrongFrom != nil {
		c.add(path+".from", "%v", wrongFrom)
	}
	to, wrongTo := parseClock(h.To)
	if wrongTo != nil {
		c.add(path+".to", "%v", wrongTo)
	}
	if wrongFrom != nil || wrongTo != nil {
		return h
	}
	if from == to {
		c.add(path+".to", "%q is when it begins: for a whole day write from \"00:00\" to \"24:00\"", h.To)
	}
	h.From, h.To = FormatClock(from), FormatClock(to)
	return h
}

// modes are the words that a when can use besides the names of timetables.
var modes = []policy.Mode{policy.Home, policy.School, policy.Sleep, policy.Holidays}

func isMode(word string) bool { return slices.Contains(modes, policy.Mode(word)) }

func (c *checker) timetable(path string, t *Timetable) {
	folded := Fold(t.Name)
	switch {
	case folded == "":
		c.add(path+".name", "is missing: a rule names its hours by it")
	case folded == policy.Always || isMode(folded):
		c.add(path+".name", "%q has a meaning already: always, home, school, sleep and holidays are taken", t.Name)
	case strings.Contains(t.Name, ","):
		c.add(path+".name", "%q has a comma, which stands between several", t.Name)
	case t.Name != strings.Join(strings.Fields(t.Name), " "):
		c.add(path+".name", "%q has spaces too many: write %q", t.Name, strings.Join(strings.Fields(t.Name), " "))
	case c.timetables[folded] != "":
		c.add(path+".name", "%q is taken by %q", t.Name, c.timetables[folded])
	}
	c.timetables[folded] = t.Name
	if len(t.Windows) == 0 {
		c.add(path, "%q is never open: give it a [[timetable.window]] with days, from and to", t.Name)
	}
	t.Windows = slices.Clone(t.Windows)
	for i := range t.Windows {
		t.Windows[i] = c.hours(fmt.Sprintf("%s.window[%d]", path, i), t.Windows[i])
	}
}

func (c *checker) freeDays(path string, h *FreeDays) {
	if h.Name = strings.TrimSpace(h.Name); h.Name == "" {
		c.add(path+".name", "is missing: say what it is, such as \"Høstferie\"")
	}
	first, err := ParseDate(h.First)
	if err != nil {
		c.add(path+".first", "%v", err)
	}
	if h.Last == "" {
		h.Last = h.First
	}
	last, wrong := ParseDate(h.Last)
	if wrong != nil && h.Last != h.First {
		c.add(path+".last", "%v", wrong)
	}
	if err == nil && wrong == nil && first.After(last) {
		c.add(path+".last", "%s is before the first day, %s", h.Last, h.First)
	}
	if h.Child == "" {
		return
	}
	if folded := Fold(h.Child); c.kinds[folded] != KindChild {
		c.add(path+".child", "%q is no child of this document; without child it is for all", h.Child)
	} else {
		h.Child = c.names[folded]
	}
}

func (c *checker) week(path string, k *Child) {
	k.Week = slices.Clone(k.Week)
	for i := range k.Week {
		w := &k.Week[i]
		at := fmt.Sprintf("%s.week[%d]", path, i)
		if !isMode(string(w.Mode)) {
			c.add(at+".mode", "%q is no mode: home, school, sleep or holidays", w.Mode)
		}
		h := c.hours(at, w.Hours())
		w.Days, w.From, w.To = h.Days, h.From, h.To
	}
}

// when checks the hours of a rule and brings them to their normal form.
func (c *checker) when(path string, when *string) {
	if *when == "" {
		*when = policy.Always
	}
	var words []string
	for word := range strings.SplitSeq(*when, ",") {
		folded := Fold(word)
		switch {
		case folded == policy.Always || isMode(folded):
			words = append(words, folded)
		case folded != "" && c.timetables[folded] != "":
			words = append(words, c.timetables[folded])
		default:
			c.add(path, "%q names no hours: always, home, school, sleep, holidays%s; several with commas between",
				*when, c.tableNames())
			return
		}
	}
	if slices.Contains(words, policy.Always) {
		words = []string{policy.Always}
	}
	*when = strings.Join(words, ", ")
}

// tableNames lists the document's timetables, for a sentence.
func (c *checker) tableNames() string {
	if len(c.timetables) == 0 {
		return ", or the name of a [[timetable]]"
	}
	var names []string
	for _, name := range c.timetables {
		names = append(names, name)
	}
	slices.Sort(names)
	return ", " + strings.Join(names, ", ")
}
