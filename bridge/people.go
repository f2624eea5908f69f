package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// AddContactTo puts a line on the lists of some children, all or none, with a new contact or (Address "") with somebody
// known. It takes the right to Arrange for each of them. A key is for one child's list.
func (r *Relay) AddContactTo(ctx context.Context, who Actor, children []string, c NewContact, line Allow) error {
	return r.operate(ctx, "add a contact", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Arrange, 0); err != nil {
			return err
		}
		if len(children) == 0 {
			return refuse(words.ForWhichChild)
		}
		known, found := d.Named(c.Name)
		if found && !d.knows(who, known.ID) || c.Address == "" && !found {
			return refuse(words.NobodyToAdd, c.Name)
		}
		address, err := r.newAddress(d, who, c)
		if err != nil {
			return err
		}
		line.Contact = c.Name
		if found {
			line.Contact = known.Name
		}
		lists := make([]Person, 0, len(children))
		for _, name := range children {
			k, err := d.child(who, Arrange, name)
			if err != nil {
				return err
			}
			if blocked, err := tx.Blocked(address, k.ID); err != nil || blocked && address != "" {
				return either(err, refuse(words.IsBlocked, address))
			}
			if found {
				if err := d.mayClose(who, k, known, line); err != nil {
					return err
				}
			}
			lists = append(lists, k)
		}
		changed, err := r.editFamily(tx, func(f *Family) error {
			if address != "" {
				contact := Contact{Name: c.Name, Phone: address, Confirmed: r.unusual(address)}
				if strings.Contains(address, "@") {
					contact = Contact{Name: c.Name, JID: address}
				}
				f.Contacts = append(f.Contacts, contact)
			}
			for _, k := range lists {
				f.setLine(k.Name, line)
			}
			return nil
		})
		if err != nil {
			return err
		}
		person, _ := changed.Named(c.Name)
		for _, k := range lists {
			if err := r.audit(tx, who, "add_contact", k.ID, person.ID, lineInWords(line)); err != nil {
				return err
			}
		}
		return nil
	})
}

// newAddress brings a new contact's address to its normal form, or refuses it: it may cost, or be somebody's.
func (r *Relay) newAddress(d *Directory, who Actor, c NewContact) (string, error) {
	if c.Address == "" {
		return "", nil
	}
	address, err := r.normal(c.Address)
	if err != nil {
		return "", err
	}
	if err := d.untaken(who, address, 0); err != nil {
		return "", err
	}
	return address, r.mayCost(d, who, address, c.Sure, "")
}

// untaken refuses an address that belongs to somebody but one, without saying to whom where the actor does not know that
// person.
func (d *Directory) untaken(who Actor, address string, but policy.Person) error {
	p, taken := d.at(address)
	switch {
	case !taken || p.ID == but:
		return nil
	case !d.knows(who, p.ID):
		return refuse(words.AddressElsewhere, address)
	}
	return refuse(words.AddressTaken, address, p.Name)
}

// RemoveFromAll takes somebody off the lists of every child that the actor arranges for. Who then is on no list at all
// leaves the family, and its history stays. It takes the right to Arrange.
func (r *Relay) RemoveFromAll(ctx context.Context, who Actor, name string) error {
	return r.operate(ctx, "remove a contact from all", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Arrange, 0); err != nil {
			return err
		}
		person, ok := d.Named(name)
		var lists []Person
		for _, k := range d.Children() {
			if _, listed := d.Rules.Rule(k.ID, person.ID); listed && d.May(who, Arrange, k.ID) {
				lists = append(lists, k)
			}
		}
		if !ok || len(lists) == 0 {
			return refuse(words.NobodyCalled, name)
		}
		_, err := r.editFamily(tx, func(f *Family) error {
			for _, k := range lists {
				f.disallow(k.Name, person.Name)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range lists {
			if err := r.audit(tx, who, "remove_contact", k.ID, person.ID, person.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rename gives a contact or a guardian another name: the label that children see. It takes the right to Arrange for
// every child that has the contact on its list. A guardian who decides for a child changes its name itself: whose name
// another could take away, another could be given it; a helper's and a viewer's name is the owners' to change too.
func (r *Relay) Rename(ctx context.Context, who Actor, name, to string) error {
	return r.operate(ctx, "rename", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		person, ok := d.Named(name)
		if !ok || person.Kind == KindChild || !d.knows(who, person.ID) {
			return refuse(words.NobodyCalled, name)
		}
		if who.Person != person.ID && !d.mayMove(who, person) {
			return d.notYours(person)
		}
		if who.Person != 0 && who.Person != person.ID && person.Decides() {
			return refuse(words.GuardianNameOwn, person.Name)
		}
		changed, err := r.editFamily(tx, func(f *Family) error { f.renamePerson(person.Name, to); return nil })
		if err != nil {
			return err
		}
		if err := r.audit(tx, who, "rename", changed.concerns(person), person.ID, person.Name+" → "+to); err != nil {
			return err
		}
		return r.informAbout(tx, d, who, person, func(_ Person, language string) string {
			return words.Say(language, words.PersonRenamed, r.whoDid(d, who), person.Name, to)
		})
	})
}

// notYours says for which children somebody would have to arrange, without naming them.
func (d *Directory) notYours(person Person) error {
	return fmt.Errorf("%w: it takes the right to %s for every child that %s is known to", ErrNotAllowed, Arrange, person.Name)
}

// renamePerson changes a name wherever the document has it.
func (f *Family) renamePerson(from, to string) {
	swap := func(names ...*string) {
		for _, name := range names {
			if *name == from {
				*name = to
			}
		}
	}
	for i := range f.Guardians {
		if g := &f.Guardians[i]; g.Name == from {
			g.Name, g.Was = to, from
		}
	}
	for i := range f.Contacts {
		if c := &f.Contacts[i]; c.Name == from {
			c.Name, c.Was = to, from
		}
	}
	for i := range f.Children {
		k := &f.Children[i]
		if k.Name == from {
			k.Name, k.Was = to, from
		}
		swap(&k.Default)
		for j := range k.Guardians {
			swap(&k.Guardians[j])
		}
		for j := range k.Allow {
			swap(&k.Allow[j].Contact)
		}
	}
	for i := range f.FreeDays {
		swap(&f.FreeDays[i].Child)
	}
}

// SetReach says how a guardian is reached: an XMPP address, a mobile's number, or both; "" is none. A guardian does so
// for itself, and an owner for helpers and viewers. It is told to all who share a child with that guardian, and to the guardian
// at the address it had.
func (r *Relay) SetReach(ctx context.Context, who Actor, guardian, jid, phone string, sure bool) error {
	return r.operate(ctx, "change how a guardian is reached", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		person, ok := d.Named(guardian)
		if !ok || person.Kind != KindGuardian || !d.knows(who, person.ID) {
			return refuse(words.NobodyCalled, guardian)
		}
		if who.Person != person.ID && !d.mayMove(who, person) {
			return d.notYours(person)
		}
		if err := d.mayReach(who, person); err != nil {
			return err
		}
		var err error
		reach := []string{strings.TrimSpace(jid), strings.TrimSpace(phone)}
		for i, now := range []string{string(person.JID), string(person.Phone)} {
			if reach[i] == "" || reach[i] == now {
				continue
			}
			if reach[i], err = r.newAddress(d, who, NewContact{Address: reach[i], Sure: sure}); err != nil {
				return err
			}
			if strings.Contains(reach[i], "@") != (i == 0) {
				return refuse(words.NoAddress, reach[i])
			}
		}
		changed, err := r.editFamily(tx, func(f *Family) error {
			for i := range f.Guardians {
				if g := &f.Guardians[i]; g.Name == person.Name {
					g.JID, g.Phone = reach[0], reach[1]
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		detail := fmt.Sprintf("%s, %s → %s, %s", orNone(string(person.JID)), orNone(string(person.Phone)), orNone(reach[0]), orNone(reach[1]))
		if err := r.audit(tx, who, "change_number", changed.concerns(person), person.ID, detail); err != nil {
			return err
		}
		return r.tellMoved(tx, d, changed, who, person, strings.Join(slices.DeleteFunc(reach, func(s string) bool { return s == "" }), ", "))
	})
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

// tellMoved tells the guardians of every child that knows somebody that this person is reached otherwise now. A guardian
// hears it at its old address: whoever took it over must not be the only one who knows.
func (r *Relay) tellMoved(tx Tx, d, changed *Directory, who Actor, person Person, address string) error {
	now, _ := changed.Person(person.ID)
	if now.JID == person.JID && now.Phone == person.Phone {
		return nil
	}
	return r.informAbout(tx, d, who, person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianChanged, r.whoDid(d, who), person.Name, address)
	})
}

// informAbout writes to every guardian of a child that has this person on its list, for its guardian or is it; once to
// each, and not to whoever did it.
func (r *Relay) informAbout(tx Tx, d *Directory, who Actor, person Person, say func(g Person, language string) string) error {
	var about MessageID
	for _, g := range d.guardiansOfAll() {
		reader := Actor{Person: g.ID, Via: ViaXMPP}
		if g.ID == who.Person || g.JID == "" || !d.knows(reader, person.ID) {
			continue
		}
		if about == 0 {
			var err error
			m := Message{At: r.o.Now(), Direction: policy.FromChild, Child: d.concerns(person), Verdict: own}
			if about, err = tx.AddMessage(m); err != nil {
				return err
			}
		}
		if err := r.sayToGuardian(tx, about, g, say(g, r.languageOf(g))); err != nil {
			return err
		}
	}
	return nil
}

// concerns returns the child that something about a person is about: the person itself, or the only child that has it on
// its list; 0 for several.
func (d *Directory) concerns(person Person) policy.Person {
	if person.Kind == KindChild {
		return person.ID
	}
	return d.onlyChildOf(person.ID)
}
