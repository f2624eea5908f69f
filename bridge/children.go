package bridge

import (
	"context"
	"slices"
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// NewChild is a child to be taken into the family.
type NewChild struct {
	Name      string
	Localpart string // "" for one made of the name
	Phone     string
	Language  string   // "nb" or "en"; "" is the gateway's
	Guardians []string // by name; at least one
	Sure      bool     // an owner's second word for a number abroad
}

// AddChild takes a child into the family. It takes the right to Govern; its guardians are told.
func (r *Relay) AddChild(ctx context.Context, who Actor, c NewChild) error {
	return r.operate(ctx, "add a child", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Govern, 0); err != nil {
			return err
		}
		if len(c.Guardians) == 0 {
			return refuse(words.ChildNeedsGuardian)
		}
		phone, err := r.newAddress(d, who, NewContact{Address: strings.TrimSpace(c.Phone), Sure: c.Sure})
		if err != nil {
			return err
		}
		if strings.Contains(phone, "@") {
			return refuse(words.NoAddress, phone)
		}
		if blocked, err := tx.Blocked(phone, 0); err != nil || blocked && phone != "" {
			return either(err, refuse(words.IsBlocked, phone))
		}
		localpart := strings.TrimSpace(c.Localpart)
		if localpart == "" {
			localpart = LocalpartOf(c.Name)
		}
		changed, err := r.editFamily(tx, func(f *Family) error {
			f.Children = append(f.Children, Child{
				Name: c.Name, Localpart: localpart, Phone: phone, Language: c.Language, Guardians: c.Guardians,
			})
			return nil
		})
		if err != nil {
			return err
		}
		child, _ := changed.Named(c.Name)
		if err := r.audit(tx, who, "add_child", child.ID, 0, strings.Join(c.Guardians, ", ")); err != nil {
			return err
		}
		return r.informGuardians(tx, changed, child.ID, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.ChildAdded, r.whoDid(d, who), child.Name)
		})
	})
}

// LocalpartOf makes of a name what can stand before the @ of an address: "Åse Marie" is "ase-marie".
func LocalpartOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(Fold(name), " ", "-") {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' {
			b.WriteRune(r)
		}
	}
	return strings.Trim(b.String(), "-")
}

// ChildEdit is what is said of a child besides its number and its list.
type ChildEdit struct {
	Name      string
	Localpart string
	Language  string // "" is the gateway's
	Default   string // whom a text goes to that names nobody; "" is the lowest key, else the guardians
}

// EditChild changes a child. It takes the right to Arrange for it; the address that contacts write to is the owners'.
func (r *Relay) EditChild(ctx context.Context, who Actor, child string, e ChildEdit) error {
	return r.operate(ctx, "change a child", func(tx Tx, d *Directory) error {
		k, err := d.child(who, Arrange, child)
		if err != nil {
			return err
		}
		if e.Localpart != k.Localpart && !d.May(who, Govern, k.ID) {
			return refuse(words.LocalpartIsOwners)
		}
		changed, err := r.editFamily(tx, func(f *Family) error {
			f.renamePerson(k.Name, e.Name)
			for i := range f.Children {
				if one := &f.Children[i]; one.Name == e.Name {
					one.Localpart, one.Language, one.Default = e.Localpart, e.Language, e.Default
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		now, _ := changed.Person(k.ID)
		if err := r.reintroduce(ctx, tx, k, now); err != nil {
			return err
		}
		if err := r.audit(tx, who, "edit_child", k.ID, 0, editInWords(d, changed, k, now)); err != nil {
			return err
		}
		if now.Name == k.Name && now.Localpart == k.Localpart {
			return nil
		}
		return r.informGuardians(tx, changed, k.ID, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.ChildRenamed, r.whoDid(d, who), k.Name, now.Name, now.Localpart)
		})
	})
}

// reintroduce has a child whose address is another one now brought into its contacts' rosters anew.
func (r *Relay) reintroduce(ctx context.Context, tx Tx, before, now Person) error {
	if before.Localpart == now.Localpart {
		return nil
	}
	all, err := r.o.Store.Subscriptions(ctx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Localpart != before.Localpart {
			continue
		}
		if err := tx.SetSubscription(now.ID, s.Contact, false); err != nil {
			return err
		}
	}
	return nil
}

// editInWords tells what changed of a child to whoever reads the audit log.
func editInWords(d, changed *Directory, before, now Person) string {
	name := func(d *Directory, id policy.Person) string { p, _ := d.Person(id); return orNone(p.Name) }
	var notes []string
	for _, one := range [][3]string{
		{"name", before.Name, now.Name},
		{"localpart", before.Localpart, now.Localpart},
		{"language", orNone(before.Language), orNone(now.Language)},
		{"default", name(d, before.Default), name(changed, now.Default)},
	} {
		if one[1] != one[2] {
			notes = append(notes, one[0]+" "+one[1]+" → "+one[2])
		}
	}
	return strings.Join(notes, ", ")
}

// ArchiveChild takes a child out of the family: nothing is relayed for it any more, and its history stays. It takes the
// right to Govern. Who is another guardian of it would be cut off by that, so those go first, by themselves or with
// notice (CutOff); only the keeper need not wait.
func (r *Relay) ArchiveChild(ctx context.Context, who Actor, child string) error {
	return r.operate(ctx, "archive a child", func(tx Tx, d *Directory) error {
		k, err := d.child(who, Govern, child)
		if err != nil {
			return err
		}
		if others := d.otherGuardians(k.ID, who.Person); len(others) > 0 && who.Person != 0 {
			return refuse(words.OthersAreGuardians, k.Name, strings.Join(others, ", "))
		}
		open, err := tx.OpenAlarms(k.ID)
		if err != nil {
			return err
		}
		if len(open) > 0 {
			return refuse(words.AlarmFirst, k.Name)
		}
		if err := r.informGuardians(tx, d, k.ID, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.ChildArchived, r.whoDid(d, who), k.Name)
		}); err != nil {
			return err
		}
		if _, err := r.editFamily(tx, func(f *Family) error { f.leave(k.Name); return nil }); err != nil {
			return err
		}
		return r.audit(tx, who, "archive_child", k.ID, 0, k.Name)
	})
}

// otherGuardians returns the names of a child's guardians but one.
func (d *Directory) otherGuardians(child, but policy.Person) (names []string) {
	for _, g := range d.Guardians(child) {
		if g.ID != but {
			names = append(names, g.Name)
		}
	}
	return names
}

// leave takes a child out of the document, with what only it had.
func (f *Family) leave(child string) {
	var known []string
	for _, k := range f.Children {
		for _, a := range k.Allow {
			if k.Name == child {
				known = append(known, a.Contact)
			}
		}
	}
	for _, k := range slices.Clone(f.Children) {
		f.disallow(k.Name, child)
	}
	for _, name := range known {
		f.disallow(child, name)
	}
	f.Children = slices.DeleteFunc(slices.Clone(f.Children), func(k Child) bool { return k.Name == child })
	f.FreeDays = slices.DeleteFunc(slices.Clone(f.FreeDays), func(h FreeDays) bool { return h.Child == child })
}

// MakeGuardian makes somebody who is a guardian of the family one of a child's as well. It takes the right to Govern for
// that child; its guardians and the child itself are told.
func (r *Relay) MakeGuardian(ctx context.Context, who Actor, child, guardian string) error {
	return r.operate(ctx, "make a guardian", func(tx Tx, d *Directory) error {
		k, err := d.child(who, Govern, child)
		if err != nil {
			return err
		}
		person, ok := d.Named(guardian)
		if !ok || person.Kind != KindGuardian {
			return refuse(words.NobodyCalled, guardian)
		}
		if d.Rules.IsGuardian(k.ID, person.ID) {
			return refuse(words.IsGuardianAlready, person.Name, k.Name)
		}
		if person.Role == RoleOwner && who.Person != 0 && who.Person != person.ID && d.hasOwnerBeside(k.ID, who.Person) {
			return refuse(words.OwnerMoreTakesTwo, person.Name, k.Name)
		}
		changed, err := r.editFamily(tx, func(f *Family) error {
			for i := range f.Children {
				one := &f.Children[i]
				if one.Name != k.Name {
					continue
				}
				one.Guardians = append(slices.Clone(one.Guardians), person.Name)
				for j := range one.Allow { // nothing from a child to its own guardian is held back
					if a := &one.Allow[j]; a.Contact == person.Name {
						a.FromChild, a.ToChild, a.When, a.Until = true, true, policy.Always, ""
					}
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		if err := r.audit(tx, who, "make_guardian", k.ID, person.ID, ""); err != nil {
			return err
		}
		if err := r.entrusted(tx, who, k.ID, person.ID); err != nil {
			return err
		}
		if err := r.tellChild(tx, k, words.NewGuardian, person.Name); err != nil {
			return err
		}
		return r.informGuardians(tx, changed, k.ID, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.GuardianMade, r.whoDid(d, who), person.Name, k.Name)
		})
	})
}

// AllGuardians returns every guardian of the family, by id, those of no child too.
func (d *Directory) AllGuardians() []Person { return d.guardiansOfAll() }
