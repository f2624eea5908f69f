package store

import (
	"database/sql"
	"fmt"
	"reflect"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// timeOf reads the family's weeks, holidays and timetables into a book, and the limits as they are kept.
func timeOf(each eachFunc, b *policy.Book) (limits map[policy.Person]bridge.LimitsRow, storm int, err error) {
	b.Weeks, limits = map[policy.Person][]policy.Slot{}, map[policy.Person]bridge.LimitsRow{}
	reads := []struct {
		query string
		read  func(scan scanner) error
	}{
		{`SELECT child, mode, days, begins, ends FROM week ORDER BY id`, func(scan scanner) error {
			var child policy.Person
			var s policy.Slot
			err := scan(&child, &s.Mode, &s.Days, &s.From, &s.To)
			b.Weeks[child] = append(b.Weeks[child], s)
			return err
		}},
		{`SELECT first, last, child FROM holiday ORDER BY id`, func(scan scanner) error {
			var first, last bridge.Day
			var child sql.NullInt64
			err := scan(&first, &last, &child)
			b.Holidays = append(b.Holidays, policy.Holiday{Child: policy.Person(child.Int64), First: first.Date(), Last: last.Date()})
			return err
		}},
		{`SELECT t.name, w.days, w.begins, w.ends FROM timetable t JOIN timetable_window w ON w.timetable = t.id ORDER BY t.id, w.id`, func(scan scanner) error {
			var name string
			var w policy.Window
			err := scan(&name, &w.Days, &w.From, &w.To)
			if n := len(b.Timetables); n == 0 || b.Timetables[n-1].Name != name {
				b.Timetables = append(b.Timetables, policy.Timetable{Name: name})
			}
			last := &b.Timetables[len(b.Timetables)-1]
			last.Windows = append(last.Windows, w)
			return err
		}},
		{`SELECT child, day, month, contact, reserve, storm FROM limits`, func(scan scanner) error {
			var child policy.Person
			var l bridge.LimitsRow
			var most int
			err := scan(&child, &l.Day, &l.Month, &l.Contact, &l.Reserve, &most)
			if child == 0 {
				storm = most
			}
			limits[child] = l
			return err
		}},
	}
	for _, r := range reads {
		if err := each("read the family's time", r.query, nil, r.read); err != nil {
			return nil, 0, err
		}
	}
	return limits, storm, nil
}

// documentTime writes the family's time and limits as bridge.Family.Check leaves them.
func documentTime(each eachFunc, f *bridge.Family, names map[policy.Person]string) error {
	var b policy.Book
	limits, storm, err := timeOf(each, &b)
	if err != nil {
		return err
	}
	for _, t := range b.Timetables {
		one := bridge.Timetable{Name: t.Name}
		for _, w := range t.Windows {
			one.Windows = append(one.Windows, hoursOf(w))
		}
		f.Timetables = append(f.Timetables, one)
	}
	err = each("read holidays", `SELECT name, first, last, child FROM holiday ORDER BY id`, nil, func(scan scanner) error {
		var h bridge.FreeDays
		var first, last bridge.Day
		var child sql.NullInt64
		err := scan(&h.Name, &first, &last, &child)
		h.First, h.Last = bridge.FormatDate(first.Date()), bridge.FormatDate(last.Date())
		h.Child = names[policy.Person(child.Int64)]
		f.FreeDays = append(f.FreeDays, h)
		return err
	})
	if err != nil {
		return err
	}
	ids := map[string]policy.Person{}
	for id, name := range names {
		ids[name] = id
	}
	for i := range f.Children {
		k := &f.Children[i]
		id := ids[k.Name]
		for _, s := range b.Weeks[id] {
			h := hoursOf(s.Window)
			k.Week = append(k.Week, bridge.WeekHours{Mode: s.Mode, Days: h.Days, From: h.From, To: h.To})
		}
		k.Limits = limits[id].Child()
	}
	all := limits[0]
	f.Limits = bridge.FamilyLimits{Day: all.Day, Month: all.Month, Reserve: all.Reserve, Storm: storm}
	return nil
}

func hoursOf(w policy.Window) bridge.Hours {
	return bridge.Hours{Days: bridge.FormatDays(w.Days), From: bridge.FormatClock(w.From), To: bridge.FormatClock(w.To)}
}

// setTime makes weeks, holidays, timetables and limits equal to the document, and tells what changed.
func (a *application) setTime(f bridge.Family) error {
	var before bridge.Family
	living := map[policy.Person]string{}
	for _, p := range a.living {
		living[p.ID] = p.Name
		if p.Kind == bridge.KindChild {
			before.Children = append(before.Children, bridge.Child{Name: p.Name})
		}
	}
	if err := documentTime(a.each, &before, living); err != nil {
		return err
	}
	if err := a.tellTime(before, f); err != nil {
		return err
	}
	for _, table := range []string{"week", "holiday", "timetable_window", "timetable", "limits"} {
		if _, err := a.exec("set the family's time", "DELETE FROM "+table); err != nil {
			return err
		}
	}
	return a.writeTime(f)
}

func (a *application) writeTime(f bridge.Family) error {
	for _, t := range f.Timetables {
		id, err := a.insert("set timetable", `INSERT INTO timetable (name) VALUES (?)`, t.Name)
		if err != nil {
			return err
		}
		for _, h := range t.Windows {
			w, err := h.Window()
			if err != nil {
				return err
			}
			if _, err := a.exec("set timetable", `INSERT INTO timetable_window (timetable, days, begins, ends) VALUES (?, ?, ?, ?)`,
				id, int(w.Days), w.From, w.To); err != nil {
				return err
			}
		}
	}
	for _, h := range f.FreeDays {
		if err := a.writeFreeDays(h); err != nil {
			return err
		}
	}
	if err := a.writeLimits(0, f.Limits.Row(), f.Limits.Storm); err != nil {
		return err
	}
	for _, k := range f.Children {
		id := a.ids[bridge.Fold(k.Name)]
		for _, h := range k.Week {
			w, err := h.Hours().Window()
			if err != nil {
				return err
			}
			if _, err := a.exec("set week", `INSERT INTO week (child, mode, days, begins, ends) VALUES (?, ?, ?, ?, ?)`,
				id, string(h.Mode), int(w.Days), w.From, w.To); err != nil {
				return err
			}
		}
		if err := a.writeLimits(id, k.Limits.Row(), 0); err != nil {
			return err
		}
	}
	return nil
}

func (a *application) writeFreeDays(h bridge.FreeDays) error {
	first, err := bridge.ParseDate(h.First)
	if err != nil {
		return err
	}
	last, err := bridge.ParseDate(h.Last)
	if err != nil {
		return err
	}
	_, err = a.exec("set holiday", `INSERT INTO holiday (name, first, last, child) VALUES (?, ?, ?, ?)`, h.Name,
		int(bridge.DayOfDate(first)), int(bridge.DayOfDate(last)), orNull(a.ids[bridge.Fold(h.Child)]))
	return err
}

func (a *application) writeLimits(child policy.Person, l bridge.LimitsRow, storm int) error {
	if l == (bridge.LimitsRow{}) && storm == 0 {
		return nil
	}
	return a.SetLimits(child, l, storm)
}

// SetLimits implements bridge.Tx.
func (t *tx) SetLimits(child policy.Person, l bridge.LimitsRow, storm int) error {
	_, err := t.exec("set limits", `INSERT INTO limits (child, day, month, contact, reserve, storm) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (child) DO UPDATE SET day = excluded.day, month = excluded.month, contact = excluded.contact,
			reserve = excluded.reserve, storm = excluded.storm`, child, l.Day, l.Month, l.Contact, l.Reserve, storm)
	if err != nil {
		return err
	}
	return t.reload()
}

// tellTime notes in words what the document changes of the family's time.
func (a *application) tellTime(before, after bridge.Family) error {
	family := func(format string, args ...any) {
		a.changes = append(a.changes, bridge.Change{What: "change", Kind: "family", Name: "all", Note: fmt.Sprintf(format, args...)})
	}
	tables := map[string]string{}
	for _, t := range before.Timetables {
		tables[t.Name] = inDays(t.Windows)
	}
	for _, t := range after.Timetables {
		old, there := tables[t.Name]
		delete(tables, t.Name)
		switch now := inDays(t.Windows); {
		case !there:
			family("timetable %s added: %s", t.Name, now)
		case old != now:
			family("timetable %s: %s → %s", t.Name, old, now)
		}
	}
	for _, t := range before.Timetables {
		if _, gone := tables[t.Name]; gone {
			family("timetable %s taken away", t.Name)
		}
	}
	a.tellHolidays(before.FreeDays, after.FreeDays, family)
	if before.Limits != after.Limits {
		family("limits: %s → %s", limitsInWords(before.Limits.Row(), before.Limits.Storm), limitsInWords(after.Limits.Row(), after.Limits.Storm))
	}
	old := map[policy.Person]bridge.Child{}
	for _, k := range before.Children {
		for _, p := range a.living {
			if p.Name == k.Name {
				old[p.ID] = k
			}
		}
	}
	for _, w := range a.wanted {
		if w.child == nil {
			continue
		}
		was := old[w.ID]
		if !reflect.DeepEqual(was.Week, w.child.Week) && len(was.Week)+len(w.child.Week) > 0 {
			a.noteChange(w, "week: %s → %s", weekInWords(was.Week), weekInWords(w.child.Week))
		}
		if was.Limits != w.child.Limits {
			a.noteChange(w, "limits: %s → %s", limitsInWords(was.Limits.Row(), 0), limitsInWords(w.child.Limits.Row(), 0))
		}
	}
	return nil
}

func (a *application) tellHolidays(before, after []bridge.FreeDays, tell func(format string, args ...any)) {
	words := func(h bridge.FreeDays) string {
		s := h.Name + " " + h.First
		if h.Last != h.First {
			s += " to " + h.Last
		}
		if h.Child != "" {
			s += " (" + h.Child + ")"
		}
		return s
	}
	had, has := map[string]bool{}, map[string]bool{}
	for _, h := range before {
		had[words(h)] = true
	}
	for _, h := range after {
		has[words(h)] = true
		if !had[words(h)] {
			tell("holiday added: %s", words(h))
		}
	}
	for _, h := range before {
		if !has[words(h)] {
			tell("holiday taken away: %s", words(h))
		}
	}
}

func inDays(windows []bridge.Hours) string {
	var parts []string
	for _, h := range windows {
		parts = append(parts, fmt.Sprintf("%s %s–%s", h.Days, h.From, h.To))
	}
	return strings.Join(parts, "; ")
}

func weekInWords(week []bridge.WeekHours) string {
	var parts []string
	for _, h := range week {
		parts = append(parts, fmt.Sprintf("%s %s %s–%s", h.Mode, h.Days, h.From, h.To))
	}
	return orNone(strings.Join(parts, "; "))
}

func limitsInWords(l bridge.LimitsRow, storm int) string {
	var parts []string
	for _, one := range []struct {
		name  string
		value int
	}{{"day", l.Day}, {"month", l.Month}, {"contact", l.Contact}, {"reserve", l.Reserve}, {"storm", storm}} {
		switch {
		case one.value > 0:
			parts = append(parts, fmt.Sprintf("%s %d", one.name, one.value))
		case one.value < 0:
			parts = append(parts, one.name+" without limit")
		}
	}
	if len(parts) == 0 {
		return "as usual"
	}
	return strings.Join(parts, ", ")
}

// untilInWords is the end of a rule for a while, as a document has it.
func untilInWords(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
