package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// allow puts a line on a child's list, or changes it. The names are those of the document.
func (f *Family) allow(child string, line Allow) {
	for i := range f.Children {
		k := &f.Children[i]
		if k.Name != child {
			continue
		}
		for j := range k.Allow {
			if k.Allow[j].Contact == line.Contact {
				line.Key, line.Emergency = k.Allow[j].Key, k.Allow[j].Emergency
				line.When, line.Modem = k.Allow[j].When, k.Allow[j].Modem
				k.Allow[j] = line
				return
			}
		}
		k.Allow = append(k.Allow, line)
	}
}

// disallow takes somebody off a child's list, and a contact that is on no list then out of the family.
func (f *Family) disallow(child, name string) {
	left := false
	for i := range f.Children {
		k := &f.Children[i]
		kept := k.Allow[:0:0]
		for _, a := range k.Allow {
			if k.Name == child && a.Contact == name {
				continue
			}
			kept = append(kept, a)
			left = left || a.Contact == name
		}
		k.Allow = kept
		if k.Name == child && k.Default == name {
			k.Default = ""
		}
	}
	if left {
		return
	}
	for i, c := range f.Contacts {
		if c.Name == name {
			f.Contacts = append(f.Contacts[:i:i], f.Contacts[i+1:]...)
			return
		}
	}
}

// editFamily changes the family as its document says it, all of it or nothing: whoever is taken off a list gets nothing
// more of what waits. What the document may not say is a Refusal, and nothing was changed.
func (r *Relay) editFamily(tx Tx, edit func(f *Family) error) (*Directory, error) {
	f, err := tx.Family()
	if err != nil {
		return nil, err
	}
	if err := edit(&f); err != nil {
		return nil, err
	}
	check := r.o.CheckFamily
	if check == nil {
		check = func(f Family) (Family, error) { return f.Check(r.o.Addresses) }
	}
	f, err = check(f)
	var problems Problems
	if errors.As(err, &problems) && len(problems) > 0 {
		return nil, refuse(words.FamilyProblem, problems[0])
	}
	if err != nil {
		return nil, err
	}
	old, err := tx.Directory()
	if err != nil {
		return nil, err
	}
	if _, err := tx.ApplyFamily(f, r.o.Now()); err != nil {
		return nil, err
	}
	now, err := tx.Directory()
	if err != nil {
		return nil, err
	}
	ended, err := r.endedBy(now)
	if err != nil {
		return nil, err
	}
	r.afterCommit(tx, func() {
		// What was written to an old address is written again to the new one: the next barrier must not speak for it.
		r.stream.Add(1)
		r.courier.up()
		if r.o.FamilyChanged != nil {
			r.o.FamilyChanged(ended)
		}
	})
	if err := r.settleKnown(tx, now, itself); err != nil {
		return nil, err
	}
	return now, r.reviewQueue(tx, now, old)
}

// endedBy returns the presence subscriptions, as they were before the step, that a family does not allow any more.
func (r *Relay) endedBy(now *Directory) (ended []Subscription, err error) {
	before, err := r.o.Store.Subscriptions(context.Background())
	if err != nil {
		return nil, err
	}
	for _, s := range before {
		if _, still := now.Shows(s.Localpart, s.Contact); !still {
			ended = append(ended, s)
		}
	}
	return ended, nil
}

// knows tells whether a person is on the list of a child that the actor arranges for, or its guardian: nobody else is
// known to it.
func (d *Directory) knows(who Actor, person policy.Person) bool {
	if who.Person == 0 {
		return d.May(who, See, 0)
	}
	for _, child := range d.Children() {
		if !d.May(who, See, child.ID) {
			continue
		}
		if _, listed := d.Rules.Rule(child.ID, person); listed || child.ID == person || d.Rules.IsGuardian(child.ID, person) {
			return true
		}
	}
	return false
}

// child returns the child of a name that the actor has a right for.
func (d *Directory) child(who Actor, right Right, name string) (Person, error) {
	if err := d.allow(who, right, 0); err != nil {
		return Person{}, err
	}
	child, ok := d.Named(name)
	if !ok || child.Kind != KindChild || !d.May(who, right, child.ID) {
		return Person{}, refuse(words.NoChildCalled, name)
	}
	return child, nil
}

// NewContact is somebody to be put on a child's list.
type NewContact struct {
	Name    string
	Address string // a number or a JID
	Sure    bool   // as Admission's
}

// AddContact puts a line on a child's list, with a new contact or (Address "") with somebody known.
func (r *Relay) AddContact(ctx context.Context, who Actor, child string, c NewContact, line Allow) error {
	return r.AddContactTo(ctx, who, []string{child}, c, line)
}

func either(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// normal brings a number or a JID to the form in which it is kept.
func (r *Relay) normal(address string) (string, error) {
	if strings.Contains(address, "@") {
		jid, err := r.o.Addresses.JID(address)
		if err != nil {
			return "", refuse(words.NoAddress, address)
		}
		return string(jid), nil
	}
	phone, err := r.o.Addresses.Phone(address)
	if err != nil {
		return "", refuse(words.NoAddress, address)
	}
	return string(phone), nil
}

// RemoveContact takes somebody off a child's list.
func (r *Relay) RemoveContact(ctx context.Context, who Actor, child, name string) error {
	return r.operate(ctx, "remove a contact", func(tx Tx, d *Directory) error {
		k, person, err := d.onList(who, child, name)
		if err != nil {
			return err
		}
		if _, err := r.editFamily(tx, func(f *Family) error { f.disallow(k.Name, person.Name); return nil }); err != nil {
			return err
		}
		return r.audit(tx, who, "remove_contact", k.ID, person.ID, person.Name)
	})
}

// SetRule changes one line of a child's list: its key, its directions, its hours. line.Contact is a name on it.
func (r *Relay) SetRule(ctx context.Context, who Actor, child string, line Allow) error {
	return r.operate(ctx, "change a rule", func(tx Tx, d *Directory) error {
		k, person, err := d.onList(who, child, line.Contact)
		if err != nil {
			return err
		}
		line.Contact = person.Name
		if err := d.mayClose(who, k, person, line); err != nil {
			return err
		}
		if _, err := r.editFamily(tx, func(f *Family) error { f.setLine(k.Name, line); return nil }); err != nil {
			return err
		}
		if err := r.audit(tx, who, "set_rule", k.ID, person.ID, lineInWords(line)); err != nil {
			return err
		}
		if who.Person == person.ID || !d.Rules.IsGuardian(k.ID, person.ID) || person.JID == "" {
			return nil
		}
		id, err := tx.AddMessage(Message{At: r.o.Now(), Direction: policy.FromChild, Child: k.ID, Verdict: own})
		if err != nil {
			return err
		}
		language := r.languageOf(person)
		said := words.Say(language, words.GuardianLine, r.whoDid(d, who), k.Name, lineSaid(language, line, k.Name))
		return r.sayToGuardian(tx, id, person, said)
	})
}

// mayClose refuses a line that takes from another guardian a part of its way to the child: that is to cut it off, which
// takes its yes or notice.
func (d *Directory) mayClose(who Actor, child, person Person, line Allow) error {
	if who.Person == 0 || who.Person == person.ID || !d.Rules.IsGuardian(child.ID, person.ID) {
		return nil
	}
	now, listed := d.Rules.Rule(child.ID, person.ID)
	always := line.When == "" || line.When == policy.Always
	closes := !line.ToChild && (!listed || now.ToChild) || !always && (!listed || line.When != now.When) || line.Until != ""
	if closes {
		return refuse(words.GuardianStaysOpen, person.Name)
	}
	return nil
}

// setLine puts a line on a child's list as it is given.
func (f *Family) setLine(child string, line Allow) {
	for i := range f.Children {
		k := &f.Children[i]
		if k.Name != child {
			continue
		}
		for j := range k.Allow {
			if k.Allow[j].Contact == line.Contact {
				if line.Modem == "" { // nobody but the document says which number it is
					line.Modem = k.Allow[j].Modem
				}
				k.Allow[j] = line
				return
			}
		}
		k.Allow = append(k.Allow, line)
	}
}

// onList returns a child that the actor arranges for and somebody on its list, or one of its guardians.
func (d *Directory) onList(who Actor, child, name string) (k, person Person, err error) {
	if k, err = d.child(who, Arrange, child); err != nil {
		return k, person, err
	}
	person, ok := d.Named(name)
	_, listed := d.Rules.Rule(k.ID, person.ID)
	if !ok || !listed && !d.Rules.IsGuardian(k.ID, person.ID) {
		return k, person, refuse(words.NobodyCalled, name)
	}
	return k, person, nil
}

// lineInWords tells a line to whoever reads the audit log.
func lineInWords(a Allow) string {
	var words []string
	if a.Key != 0 {
		words = append(words, fmt.Sprintf("key %d", a.Key))
	}
	for _, flag := range []struct {
		on   bool
		word string
	}{{a.FromChild, "from child"}, {a.ToChild, "to child"}, {a.Emergency, "emergency"}} {
		if flag.on {
			words = append(words, flag.word)
		}
	}
	if a.When != "" && a.When != policy.Always {
		words = append(words, a.When)
	}
	return a.Contact + ": " + strings.Join(words, ", ")
}

// ChangeNumber gives somebody another number or JID: rules and keys stay, and the old one is cut at once.
func (r *Relay) ChangeNumber(ctx context.Context, who Actor, name, address string, sure bool) error {
	return r.operate(ctx, "change a number", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Arrange, 0); err != nil {
			return err
		}
		person, ok := d.Named(name)
		if !ok || !d.knows(who, person.ID) {
			return refuse(words.NobodyCalled, name)
		}
		address, err := r.normal(address)
		if err != nil {
			return err
		}
		if err := r.mayCost(d, who, address, sure, ""); err != nil {
			return err
		}
		if err := d.untaken(who, address, person.ID); err != nil {
			return err
		}
		changed, _, err := r.changeAddress(tx, d, who, person, address)
		if err != nil {
			return err
		}
		return r.tellMoved(tx, d, changed, who, person, address)
	})
}

// changeAddress moves somebody to another address and returns the one before. Whoever does it arranges for every child
// that has this person; what a guardian is reached by is the owners' to change, but for their own.
func (r *Relay) changeAddress(tx Tx, d *Directory, who Actor, person Person, address string) (*Directory, string, error) {
	if err := d.mayReach(who, person); err != nil {
		return nil, "", err
	}
	if !d.mayMove(who, person) {
		return nil, "", fmt.Errorf("%w: it takes the right to %s for every child that %s is known to", ErrNotAllowed, Arrange, person.Name)
	}
	before := string(person.Phone)
	chat := strings.Contains(address, "@")
	if chat {
		before = string(person.JID)
	}
	changed, err := r.editFamily(tx, func(f *Family) error {
		for i := range f.Guardians {
			if f.Guardians[i].Name == person.Name {
				setAddress(&f.Guardians[i].JID, &f.Guardians[i].Phone, address, chat)
			}
		}
		for i := range f.Contacts {
			if c := &f.Contacts[i]; c.Name == person.Name {
				c.JID, c.Phone = "", "" // a contact is reached one way
				setAddress(&c.JID, &c.Phone, address, chat)
				c.Confirmed = r.unusual(address)
			}
		}
		for i := range f.Children {
			if f.Children[i].Name == person.Name && !chat {
				f.Children[i].Phone = address
			}
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return changed, before, r.audit(tx, who, "change_number", changed.concerns(person), person.ID, before+" → "+address)
}

func setAddress(jid, phone *string, address string, chat bool) {
	if chat {
		*jid = address
	} else {
		*phone = address
	}
}

// mayReach refuses to change what another guardian is reached by who decides for a child: whoever has that guardian's
// address is that guardian, and to take it is to cut it off at once, which takes its yes or notice.
func (d *Directory) mayReach(who Actor, person Person) error {
	if person.Decides() && who.Person != 0 && who.Person != person.ID {
		return refuse(words.GuardianReachOwn, person.Name)
	}
	return nil
}

// Decides tells whether somebody is a guardian who decides for its children.
func (p Person) Decides() bool {
	return p.Kind == KindGuardian && slices.Contains(rights[p.Role], Approve)
}

// mayMove tells whether an actor may change what somebody is reached by.
func (d *Directory) mayMove(who Actor, person Person) bool {
	switch person.Kind {
	case KindGuardian:
		return d.May(who, Govern, 0)
	case KindChild:
		return d.May(who, Arrange, person.ID)
	}
	for _, child := range d.Children() {
		if _, listed := d.Rules.Rule(child.ID, person.ID); listed && !d.May(who, Arrange, child.ID) {
			return false
		}
	}
	return d.May(who, Arrange, 0)
}

// Block blocks an address that belongs to nobody in the family: nobody is asked about it any more. child is a name, or
// "" for the whole family.
func (r *Relay) Block(ctx context.Context, who Actor, address, child string) error {
	return r.setBlock(ctx, who, address, child, true)
}

// Unblock ends a block.
func (r *Relay) Unblock(ctx context.Context, who Actor, address, child string) error {
	return r.setBlock(ctx, who, address, child, false)
}

func (r *Relay) setBlock(ctx context.Context, who Actor, address, child string, on bool) error {
	return r.operate(ctx, "block", func(tx Tx, d *Directory) error {
		return r.changeBlock(tx, d, who, address, child, on)
	})
}

func (r *Relay) changeBlock(tx Tx, d *Directory, who Actor, address, child string, on bool) error {
	var k Person
	err := d.allow(who, Approve, 0)
	if child != "" {
		k, err = d.child(who, Approve, child)
	}
	if err != nil {
		return err
	}
	normal, err := r.normal(address)
	if err != nil {
		normal = strings.TrimSpace(address) // a sender's word or short number
	}
	_, phone := d.ByPhone(Phone(normal))
	_, jid := d.ByJID(JID(normal))
	if on && (phone || jid) {
		return refuse(words.BlockIsForStrangers, normal)
	}
	changed, err := tx.SetBlock(BlockedAddress{Address: normal, Child: k.ID, At: r.o.Now(), Who: who.Person}, on)
	if err != nil {
		return err
	}
	if !changed && !on {
		return refuse(words.IsNotBlocked, normal)
	}
	what := "unblock"
	if on {
		what = "block"
	}
	return r.audit(tx, who, what, k.ID, 0, normal)
}

// Blocks returns the blocked addresses that somebody may see.
func (r *Relay) Blocks(ctx context.Context, who Actor) (list []BlockedAddress, err error) {
	err = r.operate(ctx, "read blocks", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		all, err := tx.Blocks()
		for _, b := range all {
			if d.mayFor(who, See, b.Child) {
				list = append(list, b)
			}
		}
		return err
	})
	return list, err
}
