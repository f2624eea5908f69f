package bridge

import (
	"context"
	"slices"
	"strings"

	"knapp/bridge/words"
)

// NewGuardian is somebody who is to answer for children.
type NewGuardian struct {
	Name     string
	JID      string
	Phone    string // the mobile, for emergencies and what nobody reads; "" for none
	Role     Role
	Children []string
	Sure     bool // as Admission's
}

// AddGuardian makes somebody new a guardian of children. It takes the right to Govern for each of them; the children and
// their other guardians are told. Nobody becomes a guardian of any other child by it. An owner more takes the yes of
// another owner where there is one: until then it is a guardian.
func (r *Relay) AddGuardian(ctx context.Context, who Actor, n NewGuardian) error {
	return r.operate(ctx, "add a guardian", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Govern, 0); err != nil {
			return err
		}
		var theirs []Person
		for _, name := range n.Children {
			k, err := d.child(who, Govern, name)
			if err != nil {
				return err
			}
			theirs = append(theirs, k)
		}
		if _, known := rights[n.Role]; !known || len(theirs) == 0 {
			return refuse(words.GuardianNeedsChild)
		}
		if !strings.Contains(n.JID, "@") {
			return refuse(words.NotAChat, n.JID)
		}
		jid, err := r.newAddress(d, who, NewContact{Address: n.JID})
		if err != nil {
			return err
		}
		phone, err := r.newAddress(d, who, NewContact{Address: n.Phone, Sure: n.Sure})
		if err != nil {
			return err
		}
		if strings.Contains(phone, "@") {
			return refuse(words.NotAPhone, n.Phone)
		}
		role, waits := n.Role, false
		for _, k := range theirs {
			waits = waits || n.Role == RoleOwner && who.Person != 0 && d.hasOwnerBeside(k.ID, who.Person)
		}
		if waits {
			role = RoleGuardian
		}
		changed, err := r.editFamily(tx, func(f *Family) error {
			var all []string // who answers for a child that names nobody
			for _, g := range f.Guardians {
				all = append(all, g.Name)
			}
			f.Guardians = append(slices.Clone(f.Guardians), Guardian{Name: n.Name, JID: jid, Phone: phone, Role: role})
			for i := range f.Children {
				one := &f.Children[i]
				if len(one.Guardians) == 0 {
					one.Guardians = slices.Clone(all)
				}
				if slices.ContainsFunc(theirs, func(k Person) bool { return k.Name == one.Name }) {
					one.Guardians = append(slices.Clone(one.Guardians), n.Name)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		person, _ := changed.Named(n.Name)
		for _, k := range theirs {
			if err := r.audit(tx, who, "make_guardian", k.ID, person.ID, ""); err != nil {
				return err
			}
			if err := r.entrusted(tx, who, k.ID, person.ID); err != nil {
				return err
			}
			if err := r.tellChild(tx, k, words.NewGuardian, person.Name); err != nil {
				return err
			}
			err := r.informGuardians(tx, changed, k.ID, See, who.Person, func(_ Person, language string) string {
				return words.Say(language, words.GuardianMade, r.whoDid(d, who), person.Name, k.Name)
			})
			if err != nil {
				return err
			}
		}
		if !waits {
			return nil
		}
		return r.putOff(tx, changed, &Pending{Kind: ChangeRole, Person: person.ID, Role: n.Role, By: who, Asked: r.o.Now(), State: "open"})
	})
}
