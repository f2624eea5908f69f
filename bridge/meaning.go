package bridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Meaning says in plain sentences, made from the rules themselves, what a week would mean for who writes to a child: a
// paragraph for each part of the week, and one for what holds always. It takes the right to See.
func (r *Relay) Meaning(ctx context.Context, who Actor, child policy.Person, week []WeekHours, language string) (said []string, err error) {
	err = r.operate(ctx, "explain a week", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, See, child, 0)
		if err != nil {
			return err
		}
		if week, err = normalWeek(week); err != nil {
			return err
		}
		f, err := tx.Family()
		if err != nil {
			return err
		}
		e := explanation{d: d, child: k, week: week, language: language}
		said = e.paragraphs(f.Timetables, r)
		return nil
	})
	return said, err
}

const allDays policy.Days = 1<<7 - 1

// explanation puts one child's week into sentences.
type explanation struct {
	d        *Directory
	child    Person
	week     []WeekHours
	language string
	closed   bool // somebody is closed at some time
}

func (e *explanation) say(s words.Sentence, args ...any) string {
	return words.Say(e.language, s, args...)
}

// heads begin the paragraph of each mode that a week can name.
var heads = map[policy.Mode]words.Sentence{
	policy.School: words.WeekAtSchool, policy.Holidays: words.WeekOff, policy.Sleep: words.WeekAsleep,
}

func (e *explanation) paragraphs(tables []Timetable, r *Relay) []string {
	var said []string
	add := func(sentences ...string) { said = append(said, strings.Join(sentences, " ")) }
	school := false
	for _, mode := range []policy.Mode{policy.School, policy.Holidays, policy.Sleep} {
		if when := e.hoursOf(mode); when != "" {
			add(append([]string{e.say(heads[mode], e.child.Name, when)}, e.whoIn(mode, r)...)...)
			school = school || mode == policy.School
		}
	}
	head := words.WeekElse
	if len(said) == 0 {
		head = words.WeekHasNoHours
	}
	add(append([]string{e.say(head, e.child.Name)}, e.whoIn(policy.Home, r)...)...)
	if school {
		free := e.whoIn(policy.Holidays, r)
		if slices.Equal(free, e.whoIn(policy.Home, r)) {
			free = []string{e.say(words.LikeAtHome)}
		}
		if e.hoursOf(policy.Sleep) != "" {
			free = append(free, e.say(words.NightsRemain))
		}
		add(append([]string{e.say(words.WeekOnHoliday)}, free...)...)
	}
	for _, t := range tables {
		if line := e.openBy(t); line != "" {
			add(line)
		}
	}
	if e.closed {
		add(e.say(words.BothWays, e.child.Name))
	}
	return said
}

// hoursOf says when a child is in a mode, "" for never.
func (e *explanation) hoursOf(mode policy.Mode) string {
	var parts []string
	for _, h := range e.week {
		if h.Mode == mode {
			parts = append(parts, e.hours(h.Hours()))
		}
	}
	return words.And(e.language, parts)
}

func (e *explanation) hours(h Hours) string {
	w, err := h.Window()
	if err != nil {
		return ""
	}
	days := words.Days(e.language, w.Days.Has)
	if w.Days == allDays && w.To <= w.From {
		days = e.say(words.EveryNight)
	}
	return days + " " + words.Hours(e.language, w.From, w.To)
}

// whoIn says who gets through to the child in a mode. The rules are asked, as they are asked about a message, about a
// week that is nothing but that mode.
func (e *explanation) whoIn(mode policy.Mode, r *Relay) []string {
	list := e.d.List(e.child.ID)
	book := policy.Book{Rules: list, Weeks: map[policy.Person][]policy.Slot{}}
	guardians := e.d.Guardians(e.child.ID)
	for _, g := range guardians {
		book.Guardianships = append(book.Guardianships, policy.Guardianship{Child: e.child.ID, Guardian: g.ID})
	}
	if mode != policy.Home {
		all := policy.Window{Days: allDays, From: 0, To: minutesADay}
		book.Weeks[e.child.ID] = []policy.Slot{{Window: all, Mode: mode}}
	}
	rules := policy.New(book)
	through := func(p Person, urgent bool) bool {
		return policy.Decide(rules, policy.Request{
			Child: e.child.ID, Other: p.ID, Direction: policy.ToChild, At: r.o.Now(), ClockSet: true, Urgent: urgent,
		}).Action == policy.Deliver
	}
	var open, waiting, urgent []string
	guardiansOpen := len(guardians) > 0
	for _, g := range guardians {
		guardiansOpen = guardiansOpen && through(g, false)
	}
	if guardiansOpen {
		open = append(open, e.say(words.TheGuardians))
	}
	for _, p := range append(slices.Clone(guardians), e.listed(list, r.o.Now())...) {
		switch {
		case through(p, false):
			if !guardiansOpen || !e.d.Rules.IsGuardian(e.child.ID, p.ID) {
				open = append(open, p.Name)
			}
			continue
		case through(p, true):
			urgent = append(urgent, p.Name)
		}
		waiting = append(waiting, p.Name)
	}
	e.closed = e.closed || len(waiting) > 0
	var said []string
	switch {
	case len(waiting) == 0:
		return []string{e.say(words.ThenAll)}
	case len(open) == 0:
		said = append(said, e.say(words.ThenNobody))
	case len(waiting) < len(open) && len(waiting) <= 3:
		said = append(said, e.say(words.ThenAllBut, words.And(e.language, waiting)))
	default:
		said = append(said, e.say(words.ThenOnly, words.And(e.language, open)))
	}
	if len(urgent) > 0 {
		said = append(said, e.say(words.IfUrgent, words.Or(e.language, urgent)))
	}
	return said
}

// listed are those on the list, besides the guardians, who may write to the child.
func (e *explanation) listed(list []policy.Rule, now time.Time) []Person {
	var out []Person
	for _, rule := range list {
		if !rule.Until.IsZero() && !now.Before(rule.Until) {
			continue
		}
		if p, ok := e.d.Person(rule.Contact); ok && rule.ToChild && !e.d.Rules.IsGuardian(e.child.ID, p.ID) {
			out = append(out, p)
		}
	}
	return out
}

// openBy says whom a timetable lets through besides, "" for nobody.
func (e *explanation) openBy(t Timetable) string {
	var names []string
	for _, rule := range e.d.List(e.child.ID) {
		if p, ok := e.d.Person(rule.Contact); ok && rule.ToChild && namesHours(rule.When, t.Name) {
			names = append(names, p.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	parts := make([]string, len(t.Windows))
	for i, h := range t.Windows {
		parts[i] = e.hours(h)
	}
	return e.say(words.OpenByHours, words.And(e.language, names), words.And(e.language, parts), t.Name)
}
