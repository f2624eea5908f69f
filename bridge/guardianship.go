package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

const (
	cutNotice    = 7 * 24 * time.Hour // before a guardian is cut off without its yes
	suspendAgain = cutNotice          // before the same guardian takes the rights of the same other one anew
	suspendedFor = 24 * time.Hour
)

// CutOff ends somebody's guardianship of a child. Whoever cuts itself off is cut at once; everybody else is told, and
// it happens with that person's yes or after 7 days. The last guardian stays.
func (r *Relay) CutOff(ctx context.Context, who Actor, child, guardian string) (p Pending, err error) {
	err = r.operate(ctx, "cut off a guardian", func(tx Tx, d *Directory) error {
		person, ok := d.Named(guardian)
		right := Govern
		if ok && person.ID == who.Person {
			right = See // everybody may leave
		}
		k, err := d.child(who, right, child)
		if err != nil {
			return err
		}
		if !ok || !d.Rules.IsGuardian(k.ID, person.ID) {
			return refuse(words.NobodyCalled, guardian)
		}
		if len(d.Guardians(k.ID)) == 1 {
			return refuse(words.LastGuardian, person.Name, k.Name)
		}
		p = Pending{Kind: CutGuardian, Child: k.ID, Person: person.ID, By: who, Asked: r.o.Now(), State: "open"}
		if person.ID == who.Person {
			return r.cut(tx, p)
		}
		p.Due = p.Asked.Add(cutNotice)
		return r.putOff(tx, d, &p)
	})
	return p, err
}

// putOff writes down a change that takes somebody's yes, and tells every guardian of the child.
func (r *Relay) putOff(tx Tx, d *Directory, p *Pending) error {
	waiting, err := tx.OpenPending()
	if err != nil {
		return err
	}
	for _, other := range waiting {
		if other.Kind == p.Kind && other.Child == p.Child && other.Person == p.Person && other.What == p.What {
			return refuse(words.WaitsAlready, other.Code)
		}
	}
	open, err := tx.OpenQuestions()
	if err != nil {
		return err
	}
	if p.Code, err = r.freeCode(tx, open); err != nil {
		return err
	}
	if p.ID, err = tx.AddPending(*p); err != nil {
		return err
	}
	r.afterCommit(tx, r.approvals.due.up)
	if err := r.audit(tx, p.By, "ask_"+string(p.Kind), p.Child, p.Person, p.detail()); err != nil {
		return err
	}
	if p.Kind == ChangeRole {
		return r.tellPutOffRole(tx, d, *p)
	}
	child, _ := d.Person(p.Child)
	person, _ := d.Person(p.Person)
	return r.informGuardians(tx, d, p.Child, See, p.By.Person, func(g Person, language string) string {
		name := r.whoDid(d, p.By)
		switch {
		case p.Kind == RaiseRetention:
			return words.Say(language, words.PendingRaise, name, words.Say(language, retainedWords[p.What]), child.Name, p.Days, p.Code)
		case g.ID == p.Person:
			return words.Say(language, words.PendingCutYou, name, child.Name, r.day(language, p.Due), p.Code)
		default:
			return words.Say(language, words.PendingCut, name, person.Name, child.Name, r.day(language, p.Due))
		}
	})
}

func (p Pending) detail() string {
	switch p.Kind {
	case RaiseRetention:
		return fmt.Sprintf("%s %s: %d days", p.Code, p.What, p.Days)
	case ChangeRole:
		return fmt.Sprintf("%s %s", p.Code, p.Role)
	}
	return p.Code
}

// day writes a date as people there do.
func (r *Relay) day(language string, t time.Time) string {
	return words.Date(language, r.wall(t))
}

// Consent says yes to a change that waits for it: the guardian who is to be cut off, or a second guardian where more is
// to be kept.
func (r *Relay) Consent(ctx context.Context, who Actor, code string) (p Pending, err error) {
	err = r.operate(ctx, "agree", func(tx Tx, d *Directory) error {
		p, err = r.consent(tx, d, who, code)
		return err
	})
	return p, err
}

func (r *Relay) consent(tx Tx, d *Directory, who Actor, code string) (Pending, error) {
	p, err := r.pendingFor(tx, d, who, code)
	if err != nil {
		return p, err
	}
	switch {
	case p.Kind == ChangeRole:
		if err := d.mayConsentToRole(who, p); err != nil {
			return p, err
		}
	case p.Kind == CutGuardian && who.Person != p.Person && who.Person != 0:
		return p, refuse(words.OnlyThatPerson, p.Code)
	case p.Kind == RaiseRetention && who.Person == p.By.Person:
		return p, refuse(words.TakesAnother, p.Code)
	case p.Kind == RaiseRetention:
		if err := d.allow(who, Arrange, p.Child); err != nil {
			return p, err
		}
		if err := r.mayBeSecond(tx, d, who, p); err != nil {
			return p, err
		}
	}
	p.By = who
	return p, r.carryOut(tx, d, p)
}

// Withdraw ends a change that waits: whoever asked for it takes it back, or a second guardian says no to keeping more.
func (r *Relay) Withdraw(ctx context.Context, who Actor, code string) (p Pending, err error) {
	err = r.operate(ctx, "withdraw", func(tx Tx, d *Directory) error {
		p, err = r.withdrawPending(tx, d, who, code)
		return err
	})
	return p, err
}

func (r *Relay) withdrawPending(tx Tx, d *Directory, who Actor, code string) (Pending, error) {
	p, err := r.pendingFor(tx, d, who, code)
	if err != nil {
		return p, err
	}
	if p.Kind == CutGuardian && who.Person != p.By.Person {
		if err := d.allow(who, Govern, p.Child); err != nil {
			return p, err
		}
		if who.Person == p.Person { // a no of the one concerned does not stop it: that takes another owner
			return p, refuse(words.OnlyAnother, p.Code)
		}
	}
	if p.Kind == ChangeRole {
		if err := d.mayWithdrawRole(who, p); err != nil {
			return p, err
		}
	}
	p.State = "withdrawn"
	if err := tx.SavePending(p); err != nil {
		return p, err
	}
	if err := r.audit(tx, who, "withdraw_"+string(p.Kind), p.Child, p.Person, p.detail()); err != nil {
		return p, err
	}
	withdrawn := func(_ Person, language string) string {
		return words.Say(language, words.PendingWithdrawn, r.whoDid(d, who), p.Code)
	}
	if person, _ := d.Person(p.Person); p.Kind == ChangeRole {
		return p, r.informAbout(tx, d, who, person, withdrawn)
	}
	return p, r.informGuardians(tx, d, p.Child, See, who.Person, withdrawn)
}

// pendingFor returns the change of a code, to a guardian of the child.
func (r *Relay) pendingFor(tx Tx, d *Directory, who Actor, code string) (Pending, error) {
	if err := d.allow(who, See, 0); err != nil {
		return Pending{}, err
	}
	code = strings.ToUpper(strings.TrimSpace(code))
	waiting, err := tx.OpenPending()
	if err != nil {
		return Pending{}, err
	}
	i := slices.IndexFunc(waiting, func(p Pending) bool { return p.Code == code })
	if i < 0 || !d.sees(who, waiting[i]) {
		return Pending{}, refuse(words.NoSuchCode, code)
	}
	return waiting[i], nil
}

// carryOut does what was agreed on.
func (r *Relay) carryOut(tx Tx, d *Directory, p Pending) error {
	var err error
	switch p.Kind {
	case RaiseRetention:
		err = r.keepFor(tx, d, p.By, p.Child, p.What, p.Days)
	case ChangeRole:
		err = r.changeRole(tx, d, p)
	default:
		err = r.cut(tx, p)
	}
	if err != nil {
		return err
	}
	p.State = "done"
	return tx.SavePending(p)
}

// cut ends a guardianship.
func (r *Relay) cut(tx Tx, p Pending) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	child, _ := d.Person(p.Child)
	person, _ := d.Person(p.Person)
	if !d.Rules.IsGuardian(child.ID, person.ID) || len(d.Guardians(child.ID)) == 1 {
		return nil // it has come about otherwise, or may not any more
	}
	_, err = r.editFamily(tx, func(f *Family) error {
		for i := range f.Children {
			if k := &f.Children[i]; k.Name == child.Name {
				k.Guardians = slices.DeleteFunc(k.Guardians, func(name string) bool { return name == person.Name })
				k.Allow = slices.DeleteFunc(k.Allow, func(a Allow) bool { return a.Contact == person.Name })
				if k.Default == person.Name {
					k.Default = ""
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	// d is the family as it was: whoever was cut off is told as well.
	err = r.informGuardians(tx, d, child.ID, See, 0, func(_ Person, language string) string {
		return words.Say(language, words.GuardianCut, person.Name, child.Name)
	})
	if err != nil {
		return err
	}
	return r.audit(tx, p.By, "cut_guardian", child.ID, person.ID, "")
}

// pendingDue carries out what nobody has to agree to any more.
func (r *Relay) pendingDue(ctx context.Context, now time.Time, soonest func(time.Time)) error {
	return r.operate(ctx, "carry out what waited", func(tx Tx, d *Directory) error {
		waiting, err := tx.OpenPending()
		if err != nil {
			return err
		}
		for _, p := range waiting {
			if p.Due.IsZero() || now.Before(p.Due) {
				soonest(p.Due)
				continue
			}
			p.By = itself
			if err := r.carryOut(tx, d, p); err != nil {
				var refused *Refusal
				if !errors.As(err, &refused) {
					return err
				}
				r.o.Log.Error("what waited cannot be carried out", "kind", p.Kind, "why", refused)
				p.State = "withdrawn"
				if err := tx.SavePending(p); err != nil {
					return err
				}
			}
			if d, err = tx.Directory(); err != nil {
				return err
			}
		}
		return nil
	})
}

// PhoneIsGone takes every right from a guardian for 24 hours: any guardian of one of the same children may do it,
// alone, and also about itself.
func (r *Relay) PhoneIsGone(ctx context.Context, who Actor, guardian string) (until time.Time, err error) {
	err = r.operate(ctx, "suspend a guardian", func(tx Tx, d *Directory) error {
		until, err = r.suspend(tx, d, who, guardian)
		return err
	})
	return until, err
}

func (r *Relay) suspend(tx Tx, d *Directory, who Actor, guardian string) (time.Time, error) {
	if err := d.allow(who, Hurry, 0); err != nil {
		return time.Time{}, err
	}
	person, ok := d.Named(guardian)
	if !ok || person.Kind != KindGuardian || !d.share(who, person.ID) {
		return time.Time{}, refuse(words.NobodyCalled, guardian)
	}
	if err := r.maySuspend(tx, who, person); err != nil {
		return time.Time{}, err
	}
	until := r.o.Now().Add(suspendedFor)
	if err := tx.Suspend(Suspension{Person: person.ID, Who: who.Person, At: r.o.Now(), Until: until}); err != nil {
		return until, err
	}
	r.afterCommit(tx, r.approvals.due.up)
	if err := r.audit(tx, who, "suspend", 0, person.ID, ""); err != nil {
		return until, err
	}
	return until, r.informGuardians(tx, d, 0, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianSuspended, r.whoDid(d, who), person.Name, r.clock(language, until))
	})
}

// maySuspend refuses a guardian who takes another's rights for a day, day after day: that would cut it off without notice.
// Others may, and so may the keeper; about oneself nobody is asked.
func (r *Relay) maySuspend(tx Tx, who Actor, person Person) error {
	if who.Person == 0 || who.Person == person.ID {
		return nil
	}
	before, err := tx.LastOf("suspended", person.ID, who.Person)
	if err != nil {
		return err
	}
	if !before.IsZero() && r.o.Now().Sub(before).Abs() < suspendAgain {
		return refuse(words.SuspendedLately, person.Name)
	}
	_, err = tx.Lately("suspended", person.ID, who.Person, r.o.Now())
	return err
}

// PhoneIsBack gives the rights back before the 24 hours are over: whoever took them, or the keeper.
func (r *Relay) PhoneIsBack(ctx context.Context, who Actor, guardian string) error {
	return r.operate(ctx, "end a suspension", func(tx Tx, d *Directory) error { return r.unsuspend(tx, d, who, guardian) })
}

func (r *Relay) unsuspend(tx Tx, d *Directory, who Actor, guardian string) error {
	if err := d.allow(who, Hurry, 0); err != nil {
		return err
	}
	person, _ := d.Named(guardian)
	all, err := tx.Suspensions()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s Suspension) bool { return s.Person == person.ID })
	if i < 0 || !d.share(who, person.ID) {
		return refuse(words.NobodyCalled, guardian)
	}
	if who.Person != 0 && all[i].Who != who.Person {
		return refuse(words.OnlyWhoDid)
	}
	if err := tx.Suspend(Suspension{Person: person.ID}); err != nil {
		return err
	}
	return r.audit(tx, who, "end_suspension", 0, person.ID, "")
}

// share tells whether an actor and a guardian have a child in common.
func (d *Directory) share(who Actor, guardian policy.Person) bool {
	if who.Person == 0 {
		return d.May(who, See, 0)
	}
	for _, child := range d.Children() {
		if d.Rules.IsGuardian(child.ID, who.Person) && d.Rules.IsGuardian(child.ID, guardian) {
			return true
		}
	}
	return false
}

// suspensionsDue gives rights back whose time has come.
func (r *Relay) suspensionsDue(ctx context.Context, now time.Time, soonest func(time.Time)) error {
	return r.operate(ctx, "end suspensions", func(tx Tx, d *Directory) error {
		all, err := tx.Suspensions()
		if err != nil {
			return err
		}
		for _, s := range all {
			if now.Before(s.Until) {
				soonest(s.Until)
				continue
			}
			if err := tx.Suspend(Suspension{Person: s.Person}); err != nil {
				return err
			}
			if err := r.audit(tx, itself, "end_suspension", 0, s.Person, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// clock writes a time of day as people there do.
func (r *Relay) clock(language string, t time.Time) string { return words.Clock(language, r.wall(t)) }
