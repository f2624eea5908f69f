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
