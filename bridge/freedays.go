package bridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// mostFree is how many days a holiday can last: beyond it the rules do not look ahead for when something opens.
const mostFree = 100

// maxHolidayName is the longest name of a holiday, in characters: the child reads it in an SMS.
const maxHolidayName = 30

// AddFreeDays enters a holiday of one child, or (Child "") of all: until its end, or from its first day on, there is no
// school, and what is open at home is open. The children are told, and the other guardians. It takes the right to
// Arrange for each child that it concerns.
func (r *Relay) AddFreeDays(ctx context.Context, who Actor, h FreeDays) error {
	return r.operate(ctx, "add a holiday", func(tx Tx, d *Directory) error {
		children, err := d.childrenOf(who, h.Child)
		if err != nil {
			return err
		}
		if h, err = normalFreeDays(h); err != nil {
			return err
		}
		if r.isOver(h) {
			return refuse(words.HolidayIsPast)
		}
		if h.Child != "" {
			h.Child = children[0].Name
		}
		before, err := tx.Family()
		if err != nil {
			return err
		}
		now, err := r.editFamily(tx, func(f *Family) error {
			if slices.Contains(f.FreeDays, h) {
				return refuse(words.HolidayIsThere)
			}
			f.FreeDays = append(f.FreeDays, h)
			slices.SortStableFunc(f.FreeDays, func(a, b FreeDays) int { return strings.Compare(a.First, b.First) })
			return nil
		})
		if err != nil {
			return err
		}
		if err := r.stayFree(tx, d, now, who, children, before, h); err != nil {
			return err
		}
		return r.tellFree(tx, now, who, "add_holiday", h, children, words.FreeGiven, words.GuardianSetFree)
	})
}

// RemoveFreeDays takes away a holiday that AddFreeDays or a document has entered. Who is told and who may is as there.
func (r *Relay) RemoveFreeDays(ctx context.Context, who Actor, h FreeDays) error {
	return r.operate(ctx, "remove a holiday", func(tx Tx, d *Directory) error {
		children, err := d.childrenOf(who, h.Child)
		if err != nil {
			return err
		}
		if h.Child != "" {
			h.Child = children[0].Name
		}
		before, err := tx.Family()
		if err != nil {
			return err
		}
		now, err := r.editFamily(tx, func(f *Family) error {
			i := slices.Index(f.FreeDays, h)
			if i < 0 {
				return refuse(words.HolidayIsGone)
			}
			f.FreeDays = slices.Delete(f.FreeDays, i, i+1)
			return nil
		})
		if err != nil {
			return err
		}
		if r.isOver(h) {
			children = nil // it changes nothing for them
		}
		if err := r.stayFree(tx, d, now, who, children, before, h); err != nil {
			return err
		}
		return r.tellFree(tx, now, who, "remove_holiday", h, children, words.FreeTaken, words.GuardianEndedFree)
	})
}

// stayFree refuses what a change of the holidays would close for another guardian of one of some children.
func (r *Relay) stayFree(tx Tx, d, now *Directory, who Actor, children []Person, before Family, h FreeDays) error {
	after, err := tx.Family()
	if err != nil {
		return err
	}
	for _, k := range children {
		if err := d.stayFree(now, who, k, before, after, h); err != nil {
			return err
		}
	}
	return nil
}

// childrenOf returns the child of a name, or (name "") every child, when the actor arranges for all of them.
func (d *Directory) childrenOf(who Actor, name string) ([]Person, error) {
	if name != "" {
		k, err := d.child(who, Arrange, name)
		return []Person{k}, err
	}
	if err := d.allow(who, Arrange, 0); err != nil {
		return nil, err
	}
	all := d.Children()
	for _, k := range all {
		if !d.May(who, Arrange, k.ID) {
			return nil, refuse(words.NotYoursForAll)
		}
	}
	return all, nil
}

// normalFreeDays returns a holiday in its normal form, or a Refusal.
func normalFreeDays(h FreeDays) (FreeDays, error) {
	h.Name = strings.Join(strings.Fields(h.Name), " ")
	if !legible(h.Name) || len([]rune(h.Name)) > maxHolidayName {
		return h, refuse(words.NoNameOfHoliday, maxHolidayName)
	}
	if h.Last == "" {
		h.Last = h.First
	}
	first, err := ParseDate(h.First)
	if err != nil {
		return h, refuse(words.NoDate, short(h.First))
	}
	last, err := ParseDate(h.Last)
	switch {
	case err != nil:
		return h, refuse(words.NoDate, short(h.Last))
	case first.After(last):
		return h, refuse(words.EndsBeforeItBegins)
	case dateAt(last).Sub(dateAt(first)) >= mostFree*24*time.Hour:
		return h, refuse(words.FreeTooLong)
	}
	h.First, h.Last = FormatDate(first), FormatDate(last)
	return h, nil
}

// isOver tells whether the last day of a holiday has passed.
func (r *Relay) isOver(h FreeDays) bool {
	last, err := ParseDate(h.Last)
	return err == nil && r.today().Date().After(last)
}

// freeDaysOf returns the holidays of a child that are not over, the earliest first.
func (r *Relay) freeDaysOf(f Family, child string) []FreeDays {
	var out []FreeDays
	for _, h := range f.FreeDays {
		if (h.Child == "" || h.Child == child) && !r.isOver(h) {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b FreeDays) int { return strings.Compare(a.First, b.First) })
	return out
}

// tellFree writes down what became of a holiday, and tells the children and the other guardians.
func (r *Relay) tellFree(tx Tx, d *Directory, who Actor, what string, h FreeDays, children []Person, child, guardian words.Sentence) error {
	first, err := ParseDate(h.First)
	if err != nil {
		return err
	}
	last, err := ParseDate(h.Last)
	if err != nil {
		return err
	}
	dates := func(language string) string { return words.ShortDates(language, dateAt(first), dateAt(last)) }
	var concerns policy.Person
	if h.Child != "" {
		k, _ := d.Named(h.Child)
		concerns = k.ID
	}
	if err := r.audit(tx, who, what, concerns, 0, h.Name+" "+h.First+" – "+h.Last); err != nil {
		return err
	}
	for _, k := range children {
		if err := r.tellChild(tx, k, child, r.whoDid(d, who), h.Name, dates(r.languageOf(k))); err != nil {
			return err
		}
	}
	return r.informGuardians(tx, d, concerns, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, guardian, r.whoDid(d, who), h.Name, dates(language))
	})
}
