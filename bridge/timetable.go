package bridge

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// ChildTime is what a child's days are made of.
type ChildTime struct {
	Week       []WeekHours
	FreeDays   []FreeDays    // of the child and of all children, the earliest first; those that are over are not among them
	Timetables []NamedHours  // that the child's list uses, or nobody's
	For        policy.Person // the child
}

// NamedHours is a timetable of the family, with whose lists name it.
type NamedHours struct {
	Timetable
	Children []string // of those that the reader may see
}

// ChildTime returns a child's week, its holidays, and the family's timetables. It takes the right to See.
func (r *Relay) ChildTime(ctx context.Context, who Actor, child policy.Person) (t ChildTime, err error) {
	err = r.operate(ctx, "read a timetable", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, See, child, 0)
		if err != nil {
			return err
		}
		f, err := tx.Family()
		if err != nil {
			return err
		}
		t = ChildTime{For: child, Week: f.weekOf(k.Name), FreeDays: r.freeDaysOf(f, k.Name)}
		for _, table := range f.Timetables {
			named, foreign := NamedHours{Timetable: table}, false
			for _, other := range f.users(table.Name) {
				p, _ := d.Named(other)
				if d.May(who, See, p.ID) {
					named.Children = append(named.Children, other)
				} else {
					foreign = true
				}
			}
			if len(named.Children) > 0 || !foreign {
				t.Timetables = append(t.Timetables, named)
			}
		}
		return nil
	})
	return t, err
}

// weekOf returns a child's week.
func (f Family) weekOf(child string) []WeekHours {
	for _, k := range f.Children {
		if k.Name == child {
			return k.Week
		}
	}
	return nil
}

// users returns the children whose lists name a timetable.
func (f Family) users(timetable string) []string {
	var out []string
	for _, k := range f.Children {
		if slices.ContainsFunc(k.Allow, func(a Allow) bool { return namesHours(a.When, timetable) }) {
			out = append(out, k.Name)
		}
	}
	return out
}

// namesHours tells whether the hours of a rule name a timetable.
func namesHours(when, timetable string) bool {
	for word := range strings.SplitSeq(when, ",") {
		if Fold(word) == Fold(timetable) {
			return true
		}
	}
	return false
}

// mostHours is how many parts a week or a timetable can have: more than anybody keeps track of.
const mostHours = 100

// SetWeek sets a child's week, all of it; none is a week at home. The child is told, and the other guardians. It takes
// the right to Arrange.
func (r *Relay) SetWeek(ctx context.Context, who Actor, child policy.Person, week []WeekHours) error {
	return r.operate(ctx, "set a week", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Arrange, child, 0)
		if err != nil {
			return err
		}
		if week, err = normalWeek(week); err != nil {
			return err
		}
		f, err := tx.Family()
		if err != nil || slices.Equal(f.weekOf(k.Name), week) {
			return err
		}
		now, err := r.editFamily(tx, func(f *Family) error {
			for i := range f.Children {
				if f.Children[i].Name == k.Name {
					f.Children[i].Week = week
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		after, err := tx.Family()
		if err != nil {
			return err
		}
		if err := d.stayOpen(now, who, k, f, after); err != nil {
			return err
		}
		if err := r.audit(tx, who, "set_week", child, 0, weekInWords(week)); err != nil {
			return err
		}
		if err := r.tellChild(tx, k, words.WeekChanged, r.whoDid(d, who), weekInShort(r.languageOf(k), week)); err != nil {
			return err
		}
		return r.informGuardians(tx, now, child, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.GuardianSetWeek, r.whoDid(d, who), k.Name)
		})
	})
}

// normalWeek returns a week in its normal form, or a Refusal.
func normalWeek(week []WeekHours) ([]WeekHours, error) {
	if len(week) > mostHours {
		return nil, refuse(words.TooManyHours)
	}
	var out []WeekHours
	for _, w := range week {
		if !isMode(string(w.Mode)) {
			return nil, refuse(words.NoMode, short(string(w.Mode)))
		}
		h, err := normalHours(w.Hours())
		if err != nil {
			return nil, err
		}
		out = append(out, WeekHours{w.Mode, h.Days, h.From, h.To})
	}
	return out, nil
}

// normalHours returns hours in their normal form, or a Refusal.
func normalHours(h Hours) (Hours, error) {
	days, err := parseDays(h.Days)
	if err != nil || days == 0 {
		return h, refuse(words.NoDays)
	}
	from, err := parseClock(h.From)
	if err != nil || from == minutesADay {
		return h, refuse(words.NoClock, short(h.From))
	}
	to, err := parseClock(h.To)
	if err != nil {
		return h, refuse(words.NoClock, short(h.To))
	}
	if from == to {
		return h, refuse(words.EndsAsItBegins, FormatClock(from))
	}
	return Hours{FormatDays(days), FormatClock(from), FormatClock(to)}, nil
}

// short is the beginning of what somebody wrote, to be shown again.
func short(s string) string {
	const most = 30
	s = strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	if utf8.RuneCountInString(s) > most {
		return string([]rune(s)[:most]) + "…"
	}
	return s
}

// legible tells whether a name can be read by people: it has letters, and nothing that does not show.
func legible(name string) bool {
	return Fold(name) != "" && utf8.ValidString(name) && !strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) })
}

// weekInWords tells a week to whoever reads the audit log.
func weekInWords(week []WeekHours) string {
	if len(week) == 0 {
		return "none"
	}
	parts := make([]string, len(week))
	for i, w := range week {
		parts[i] = string(w.Mode) + " " + w.Days + " " + w.From + "–" + w.To
	}
	return strings.Join(parts, "; ")
}

// shortWeek is the longest week that a child is told in full: more would be a second SMS.
const shortWeek = 100

// shortModes are the parts of a week as a child is told them.
var shortModes = map[policy.Mode]words.Sentence{
	policy.School: words.ShortSchool, policy.Sleep: words.ShortSleep, policy.Holidays: words.ShortFree,
}

// weekInShort tells a week to a child.
func weekInShort(language string, week []WeekHours) string {
	var parts []string
	for _, mode := range []policy.Mode{policy.School, policy.Holidays, policy.Sleep} {
		var hours []string
		for _, w := range week {
			if w.Mode == mode {
				hours = append(hours, hoursInShort(language, w.Hours()))
			}
		}
		if len(hours) > 0 {
			parts = append(parts, words.Say(language, shortModes[mode], strings.Join(hours, ", ")))
		}
	}
	text := strings.Join(parts, " ")
	switch {
	case text == "":
		return words.Say(language, words.WeekIsFree)
	case utf8.RuneCountInString(text) > shortWeek:
		return words.Say(language, words.WeekInRules)
	}
	return text
}

// hoursInShort writes hours in few characters of GSM-7.
func hoursInShort(language string, h Hours) string {
	w, err := h.Window()
	if err != nil {
		return ""
	}
	return words.ShortDays(language, w.Days.Has) + " " + words.ClockOf(language, w.From) + "-" + words.ClockOf(language, w.To)
}

// dateAt returns the beginning of a day, to be written as a date.
func dateAt(d policy.Date) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}
