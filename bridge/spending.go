package bridge

import (
	"context"
	"fmt"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Spending is what was spent today on a child's list, and the limits that were set for the child.
type Spending struct {
	Limits   ChildLimits // as they are set: 0 is as usual, NoLimit is none
	Contacts []ContactSpent
}

// ContactSpent is how many SMS parts somebody caused today, towards one child.
type ContactSpent struct {
	Person policy.Person
	Name   string
	Parts  int
}

// Spending tells what a child's contacts spent today: everybody on the list but other guardians, whose exchange with the
// child is their own (promise 7). It takes the right to See.
func (r *Relay) Spending(ctx context.Context, who Actor, child policy.Person) (s Spending, err error) {
	err = r.operate(ctx, "read what was spent", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, See, child, 0)
		if err != nil {
			return err
		}
		f, err := tx.Family()
		if err != nil {
			return err
		}
		s = Spending{}
		for _, one := range f.Children {
			if one.Name == k.Name {
				s.Limits = one.Limits
			}
		}
		for _, rule := range d.List(child) {
			p, ok := d.Person(rule.Contact)
			if !ok || d.Rules.IsGuardian(child, p.ID) && p.ID != who.Person {
				continue
			}
			spent, err := tx.Spent(child, p.ID, r.today())
			if err != nil {
				return err
			}
			s.Contacts = append(s.Contacts, ContactSpent{p.ID, p.Name, spent.Contact})
		}
		return nil
	})
	return s, err
}

// What a guardian must leave: whoever could bring a budget to nothing could keep the other guardians from the child.
const leastDay, leastMonth = 20, 200

// SetLimits sets a child's budgets: 0 is as usual, NoLimit is none. The child is told, and the other guardians: what one
// leaves of a budget is what another may write. It takes the right to Arrange.
func (r *Relay) SetLimits(ctx context.Context, who Actor, child policy.Person, l ChildLimits) error {
	return r.operate(ctx, "set limits", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Arrange, child, 0)
		if err != nil {
			return err
		}
		var c checker
		if c.limits("limits", l.Row()); len(c.problems) > 0 {
			return c.problems
		}
		if who.Person != 0 && (l.Day > 0 && l.Day < leastDay || l.Month > 0 && l.Month < leastMonth) {
			return refuse(words.LimitsTooLow, leastDay, leastMonth)
		}
		if err := tx.SetLimits(child, l.Row(), 0); err != nil {
			return err
		}
		now, err := tx.Directory()
		if err != nil {
			return err
		}
		p := now.Rules.Limits(child)
		if err := r.audit(tx, who, "set_limits", child, 0, fmt.Sprintf("day %d, month %d, contact %d, reserve %d", l.Day, l.Month, l.Contact, l.Reserve)); err != nil {
			return err
		}
		if p == d.Rules.Limits(child) {
			return nil // as before: it is worth nobody's time
		}
		language, before := r.languageOf(k), d.Rules.Limits(child)
		if said := limitsInShort(language, p); said != limitsInShort(language, before) {
			if err := r.tellChild(tx, k, words.LimitsForYou, r.whoDid(d, who), said); err != nil {
				return err
			}
		}
		return r.informGuardians(tx, now, child, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.GuardianLimits, r.whoDid(d, who), k.Name,
				bound(language, p.Day), bound(language, p.Month), bound(language, p.Contact), p.Reserve)
		})
	})
}

// limitsInShort tells a child what it has: what is kept for its guardians is not its own.
func limitsInShort(language string, l policy.Limits) string {
	day, month := l.Day-l.Reserve, l.Month-l.Reserve
	switch {
	case l.Day == 0 && l.Month == 0:
		return words.Say(language, words.NoLimitForYou)
	case l.Month == 0:
		return words.Say(language, words.DayForYou, day)
	case l.Day == 0:
		return words.Say(language, words.MonthForYou, month)
	}
	return words.Say(language, words.DayAndMonthForYou, day, month)
}

// FamilyLimits returns the limits of the whole gateway as they are set. It takes the right to See.
func (r *Relay) FamilyLimits(ctx context.Context, who Actor) (l FamilyLimits, err error) {
	err = r.operate(ctx, "read the limits", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		f, err := tx.Family()
		l = f.Limits
		return err
	})
	return l, err
}

// SetFamilyLimits sets the limits of the whole gateway: 0 is as usual, NoLimit is none. Every guardian is told. It takes
// the right to Govern.
func (r *Relay) SetFamilyLimits(ctx context.Context, who Actor, l FamilyLimits) error {
	return r.operate(ctx, "set the gateway's limits", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Govern, 0); err != nil {
			return err
		}
		if who.Person != 0 && (l.Day > 0 && l.Day < leastDay || l.Month > 0 && l.Month < leastMonth) {
			return refuse(words.LimitsTooLow, leastDay, leastMonth)
		}
		if err := mayStorm(who, l.Storm); err != nil && l.Storm != d.Storm {
			return err
		}
		f, err := tx.Family()
		if err != nil || f.Limits == l {
			return err
		}
		now, err := r.editFamily(tx, func(f *Family) error { f.Limits = l; return nil })
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("day %d, month %d, reserve %d, storm %d", l.Day, l.Month, l.Reserve, l.Storm)
		if err := r.audit(tx, who, "set_family_limits", 0, 0, detail); err != nil {
			return err
		}
		p := now.Rules.Limits(0)
		return r.informGuardians(tx, now, 0, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.GuardianFamilyLimits, r.whoDid(d, who), bound(language, p.Day), bound(language, p.Month), p.Reserve)
		})
	})
}
