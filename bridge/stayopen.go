package bridge

import (
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// stayOpen refuses a change of the family's hours that would close the way to a child, at some minute of an ordinary week,
// for another guardian to whom it is open then: that is to cut it off, which takes its yes or notice.
func (d *Directory) stayOpen(now *Directory, who Actor, child Person, before, after Family) error {
	before.FreeDays, after.FreeDays = nil, nil
	return d.closesNobody(now, who, child, before, after, oneWeek, 7, func(policy.Rule) bool { return true })
}

// stayFree refuses a change of the family's holidays that would do the same on the days of h. That an ordinary week begins
// again is no closing, but for whom a holiday alone opens the way.
func (d *Directory) stayFree(now *Directory, who Actor, child Person, before, after Family, h FreeDays) error {
	first, err := ParseDate(h.First)
	if err != nil {
		return err
	}
	last, err := ParseDate(h.Last)
	if err != nil {
		return err
	}
	ends := len(after.FreeDays) < len(before.FreeDays)
	days := min(int(dateAt(last).Sub(dateAt(first)).Hours())/24+1, mostFree)
	return d.closesNobody(now, who, child, before, after, dateAt(first), days, func(r policy.Rule) bool {
		return !ends || namesHours(r.When, string(policy.Holidays))
	})
}

// closesNobody compares, minute by minute, when the other guardians whom it concerns may write to a child.
func (d *Directory) closesNobody(
	now *Directory, who Actor, child Person, before, after Family, from time.Time, days int, concerns func(policy.Rule) bool,
) error {
	if who.Person == 0 {
		return nil
	}
	for _, g := range d.Guardians(child.ID) {
		rule, listed := d.Rules.Rule(child.ID, g.ID)
		next, _ := now.Rules.Rule(child.ID, g.ID)
		if g.ID == who.Person || !listed || !rule.ToChild || rule.When == "" || rule.When == policy.Always || !concerns(rule) {
			continue
		}
		was, is := before.hoursFor(child.Name, rule), after.hoursFor(child.Name, next)
		for at := from; at.Before(from.AddDate(0, 0, days)); at = at.Add(time.Minute) {
			if was.Open(child.ID, g.ID, at) && !is.Open(child.ID, g.ID, at) {
				return refuse(words.GuardianStaysOpen, g.Name)
			}
		}
	}
	return nil
}

// hoursFor returns one rule with all that its hours depend on.
func (f Family) hoursFor(child string, rule policy.Rule) policy.Rules {
	book := policy.Book{Rules: []policy.Rule{rule}, Weeks: map[policy.Person][]policy.Slot{}}
	for _, h := range f.weekOf(child) {
		if w, err := h.Hours().Window(); err == nil {
			book.Weeks[rule.Child] = append(book.Weeks[rule.Child], policy.Slot{Window: w, Mode: h.Mode})
		}
	}
	for _, t := range f.Timetables {
		table := policy.Timetable{Name: t.Name}
		for _, h := range t.Windows {
			if w, err := h.Window(); err == nil {
				table.Windows = append(table.Windows, w)
			}
		}
		book.Timetables = append(book.Timetables, table)
	}
	for _, h := range f.FreeDays {
		first, err := ParseDate(h.First)
		last, wrong := ParseDate(h.Last)
		if err == nil && wrong == nil && (h.Child == "" || h.Child == child) {
			book.Holidays = append(book.Holidays, policy.Holiday{First: first, Last: last})
		}
	}
	return policy.New(book)
}
