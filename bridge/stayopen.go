package bridge

import (
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// openStep is how closely hours are compared: less is no way to cut anybody off.
const openStep = 5 * time.Minute

// stayOpen refuses a change of the family's hours that would close the way to a child, at some time of an ordinary week,
// for another guardian to whom it is open then: that is to cut it off, which takes its yes or notice.
func (d *Directory) stayOpen(now *Directory, who Actor, child Person, before, after Family) error {
	if who.Person == 0 {
		return nil
	}
	for _, g := range d.Guardians(child.ID) {
		rule, listed := d.Rules.Rule(child.ID, g.ID)
		next, _ := now.Rules.Rule(child.ID, g.ID)
		if g.ID == who.Person || !listed || rule.When == "" || rule.When == policy.Always {
			continue
		}
		was, is := before.weekly(child.Name, rule), after.weekly(child.Name, next)
		for at := oneWeek; at.Before(oneWeek.AddDate(0, 0, 7)); at = at.Add(openStep) {
			if opens(was, rule, at) && !opens(is, next, at) {
				return refuse(words.GuardianStaysOpen, g.Name)
			}
		}
	}
	return nil
}

// weekly returns one rule with the hours of an ordinary week.
func (f Family) weekly(child string, rule policy.Rule) policy.Rules {
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
	return policy.New(book)
}

func opens(rules policy.Rules, rule policy.Rule, at time.Time) bool {
	return policy.Decide(rules, policy.Request{
		Child: rule.Child, Other: rule.Contact, Direction: policy.ToChild, At: at, ClockSet: true,
	}).Action == policy.Deliver
}
