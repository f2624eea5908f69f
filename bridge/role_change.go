package bridge

import (
	"context"
	"slices"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// A role is what a guardian may do for every one of its children, so to lower it is a part of cutting off: it takes that
// person's yes or the same notice. To raise it gives nobody less; but an owner more could outvote another owner, so that
// takes two where there are two. Nobody may leave a child without somebody who decides for it.

// roleRank orders the roles by what they may do.
func roleRank(role Role) int { return len(rights[role]) }

// SetRole makes a guardian an owner, guardian, helper or viewer. It takes the right to Govern for each of that guardian's
// children, or is about oneself, downwards. waits is set when it waits: lowering another for its yes or 7 days, an owner
// more for the yes of another owner where there is one.
func (r *Relay) SetRole(ctx context.Context, who Actor, guardian string, role Role) (waits *Pending, err error) {
	err = r.operate(ctx, "change a role", func(tx Tx, d *Directory) error {
		waits = nil
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		person, ok := d.Named(guardian)
		if _, known := rights[role]; !known || !ok || person.Kind != KindGuardian || !d.knows(who, person.ID) && person.ID != who.Person {
			return refuse(words.NobodyCalled, guardian)
		}
		lower := roleRank(role) < roleRank(person.Role)
		if self := person.ID == who.Person; !(self && lower) && !d.MaySetRole(who, person) {
			return d.notYours(person)
		}
		if role == person.Role {
			return nil
		}
		if err := d.mayHaveRole(person, role); err != nil {
			return err
		}
		p := Pending{Kind: ChangeRole, Person: person.ID, Role: role, By: who, Asked: r.o.Now(), State: "open"}
		switch {
		case who.Person == 0 || lower && person.ID == who.Person:
			return r.changeRole(tx, d, p)
		case lower:
			p.Due = p.Asked.Add(cutNotice)
		case role == RoleOwner && len(d.ownersBeside(person, who.Person)) > 0:
		default:
			return r.changeRole(tx, d, p)
		}
		waits = &p
		return r.putOff(tx, d, waits)
	})
	return waits, err
}

// MaySetRole tells whether an actor may change a guardian's role: an owner for each of its children, for all of whom a role
// holds.
func (d *Directory) MaySetRole(who Actor, guardian Person) bool {
	if !d.May(who, Govern, 0) {
		return false
	}
	for _, child := range d.Children() {
		if d.Rules.IsGuardian(child.ID, guardian.ID) && !d.May(who, Govern, child.ID) {
			return false
		}
	}
	return true
}

// ownersBeside are the owners who have a child in common with a guardian, without that one and one other.
func (d *Directory) ownersBeside(guardian Person, but policy.Person) []Person {
	return slices.DeleteFunc(d.guardiansOfAll(), func(g Person) bool {
		// Also one whose phone is reported gone: else whoever reports it would need nobody.
		return g.Role != RoleOwner || g.ID == guardian.ID || g.ID == but || !d.share(Actor{Person: g.ID}, guardian.ID)
	})
}

// mayHaveRole refuses what would leave a child, or the gateway, without an owner, or a child without anybody who answers
// questions about it.
func (d *Directory) mayHaveRole(person Person, role Role) error {
	for _, right := range []Right{Govern, Approve} {
		if !slices.Contains(rights[person.Role], right) || slices.Contains(rights[role], right) {
			continue
		}
		others := func(g Person) bool { return g.ID != person.ID && slices.Contains(rights[g.Role], right) }
		for _, child := range d.Children() {
			if d.Rules.IsGuardian(child.ID, person.ID) && !slices.ContainsFunc(d.Guardians(child.ID), others) {
				if right == Govern {
					return refuse(words.LastOwner, person.Name, child.Name)
				}
				return refuse(words.LastWhoAnswers, person.Name, child.Name)
			}
		}
		if right == Govern && !slices.ContainsFunc(d.guardiansOfAll(), others) {
			return refuse(words.OnlyOwner, person.Name)
		}
	}
	return nil
}

// mayConsentToRole refuses everybody but the one whose yes a change of role takes.
func (d *Directory) mayConsentToRole(who Actor, p Pending) error {
	person, _ := d.Person(p.Person)
	switch {
	case who.Person == 0: // the keeper may do everything
	case !p.Due.IsZero():
		if who.Person != p.Person {
			return refuse(words.OnlyThatPerson, p.Code)
		}
	case who.Person == p.By.Person || who.Person == p.Person:
		return refuse(words.TakesAnother, p.Code)
	case !d.Governs(who, person):
		return d.notYours(person)
	}
	return nil
}

// Governs tells whether an actor is an owner for a child of a guardian.
func (d *Directory) Governs(who Actor, guardian Person) bool {
	return d.May(who, Govern, 0) && d.share(who, guardian.ID)
}

// mayWithdrawRole refuses to stop a change of role: whoever asked takes it back, and another owner stops it; not the one
// who is to be lowered.
func (d *Directory) mayWithdrawRole(who Actor, p Pending) error {
	person, _ := d.Person(p.Person)
	switch {
	case who.Person == p.By.Person || who.Person == 0:
		return nil
	case who.Person == p.Person && p.Due.IsZero(): // whoever does not want to be an owner
		return nil
	case !d.Governs(who, person):
		return d.notYours(person)
	case who.Person == p.Person:
		return refuse(words.OnlyAnother, p.Code)
	}
	return nil
}

// sees tells whether a change that waits is an actor's business.
func (d *Directory) sees(who Actor, p Pending) bool {
	if p.Kind != ChangeRole {
		return d.May(who, See, p.Child)
	}
	return d.May(who, See, 0) && (who.Person == p.Person || d.knows(who, p.Person))
}

// tellPutOffRole tells whoever knows a guardian that its role is to be another one.
func (r *Relay) tellPutOffRole(tx Tx, d *Directory, p Pending) error {
	person, _ := d.Person(p.Person)
	by := r.whoDid(d, p.By)
	return r.informAbout(tx, d, p.By, person, func(g Person, language string) string {
		role := words.Say(language, roleWords[p.Role])
		switch {
		case !p.Due.IsZero() && g.ID == p.Person:
			return words.Say(language, words.PendingRoleYou, by, role, r.day(language, p.Due), p.Code)
		case !p.Due.IsZero():
			return words.Say(language, words.PendingRole, by, person.Name, role, r.day(language, p.Due))
		case g.ID != p.Person && d.Governs(Actor{Person: g.ID, Via: ViaXMPP}, person):
			return words.Say(language, words.PendingOwnerAsk, by, person.Name, p.Code)
		default:
			return words.Say(language, words.PendingOwner, by, person.Name)
		}
	})
}

// changeRole gives a guardian its role, and ends what else waited about it. d is the family as it was.
func (r *Relay) changeRole(tx Tx, d *Directory, p Pending) error {
	person, ok := d.Person(p.Person)
	if !ok || person.Kind != KindGuardian || person.Role == p.Role {
		return nil // it has come about otherwise
	}
	if err := d.mayHaveRole(person, p.Role); err != nil {
		return err
	}
	if _, err := r.editFamily(tx, func(f *Family) error {
		for i := range f.Guardians {
			if f.Guardians[i].Name == person.Name {
				f.Guardians[i].Role = p.Role
			}
		}
		return nil
	}); err != nil {
		return err
	}
	waiting, err := tx.OpenPending()
	if err != nil {
		return err
	}
	for _, other := range waiting {
		if other.Kind == ChangeRole && other.Person == p.Person && other.ID != p.ID {
			other.State = "withdrawn"
			if err := tx.SavePending(other); err != nil {
				return err
			}
		}
	}
	if roleRank(p.Role) > roleRank(person.Role) {
		for _, child := range d.Children() {
			if d.Rules.IsGuardian(child.ID, person.ID) && !slices.Contains(rights[person.Role], Arrange) {
				if err := r.entrusted(tx, p.By, child.ID, person.ID); err != nil {
					return err
				}
			}
		}
	}
	if err := r.audit(tx, p.By, "set_role", 0, person.ID, string(person.Role)+" → "+string(p.Role)); err != nil {
		return err
	}
	return r.informAbout(tx, d, p.By, person, func(g Person, language string) string {
		role := words.Say(language, roleWords[p.Role])
		if g.ID == person.ID {
			return words.Say(language, words.RoleChangedYou, role)
		}
		return words.Say(language, words.RoleChanged, person.Name, role)
	})
}

// roleWords are what a guardian is called by its role.
var roleWords = map[Role]words.Sentence{
	RoleOwner: words.AnOwner, RoleGuardian: words.AGuardian, RoleHelper: words.AHelper, RoleViewer: words.AViewer,
}

// RolesBelow are the roles that may less than one, the strongest first.
func RolesBelow(role Role) (list []Role) {
	for _, one := range []Role{RoleOwner, RoleGuardian, RoleHelper, RoleViewer} {
		if roleRank(one) < roleRank(role) {
			list = append(list, one)
		}
	}
	return list
}

// hasOwnerBeside tells whether a child has another owner than one.
func (d *Directory) hasOwnerBeside(child, but policy.Person) bool {
	return slices.ContainsFunc(d.Guardians(child), func(g Person) bool { return g.Role == RoleOwner && g.ID != but })
}

// entrusted notes that a guardian made somebody else one who decides for a child.
func (r *Relay) entrusted(tx Tx, who Actor, child, person policy.Person) error {
	if who.Person == 0 {
		return nil
	}
	_, err := tx.Lately("entrusted", child, person, r.o.Now())
	return err
}

// mayBeSecond refuses, as the second guardian whom keeping more takes, one who came a few days ago while there is another:
// whoever wants to watch a child would bring its own.
func (r *Relay) mayBeSecond(tx Tx, d *Directory, who Actor, p Pending) error {
	came, err := tx.LastOf("entrusted", p.Child, who.Person)
	if err != nil || who.Person == 0 || came.IsZero() || r.o.Now().Sub(came).Abs() >= cutNotice {
		return err
	}
	for _, g := range d.Guardians(p.Child) {
		if g.ID != who.Person && g.ID != p.By.Person && slices.Contains(rights[g.Role], Arrange) {
			return refuse(words.TooNewToAgree, p.Code)
		}
	}
	return nil
}
