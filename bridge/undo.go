package bridge

import (
	"context"
	"errors"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

func (r *Relay) refuseQuestion(tx Tx, d *Directory, who Actor, code string) (Question, error) {
	q, err := r.questionFor(tx, d, who, Approve, code)
	if err != nil {
		return q, err
	}
	switch q.State {
	case QuestionOpen:
		return r.blockQuestion(tx, d, who, q, words.GuardianBlocked)
	case QuestionAllowed, QuestionOnce:
		if q.By.Person != who.Person || q.By.Via != who.Via && who.Person == 0 {
			return r.dispute(tx, d, who, q)
		}
		if q, err = r.undo(tx, d, who, code); err != nil { // the same guardian has thought again
			return q, err
		}
		if d, err = tx.Directory(); err != nil {
			return q, err
		}
		return r.blockQuestion(tx, d, who, q, words.GuardianBlocked)
	default:
		return q, r.mayAnswer(d, q)
	}
}

// blockQuestion ends a question with no.
func (r *Relay) blockQuestion(tx Tx, d *Directory, who Actor, q Question, said words.Sentence) (Question, error) {
	q.State = QuestionBlocked
	if q.Kind != ChildsWish { // a no to a child's wish says nothing about the number's owner
		b := BlockedAddress{Address: q.Address, Child: q.asked(), At: r.o.Now(), Who: who.Person}
		if _, err := tx.SetBlock(b, true); err != nil {
			return q, err
		}
	}
	if err := r.settleQuestion(tx, d, who, q); err != nil {
		return q, err
	}
	err := r.informGuardians(tx, d, q.Child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, said, r.whoDid(d, who), q.Address, q.Code)
	})
	child, ok := d.Person(q.Child)
	if err != nil || q.Kind != ChildsWish || !ok {
		return q, err
	}
	return q, r.tellChild(tx, child, words.WishDenied, orNumber(q.Name, q.Address))
}

// dispute makes a no of the yes of another guardian.
func (r *Relay) dispute(tx Tx, d *Directory, who Actor, q Question) (Question, error) {
	if err := r.inTime(q); err != nil {
		return q, err
	}
	changed, err := r.letOut(tx, d, q)
	if err != nil {
		return q, err
	}
	q.State, q.Contact, q.By, q.Answered = QuestionBlocked, 0, who, r.o.Now()
	if err := tx.SaveQuestion(q); err != nil {
		return q, err
	}
	b := BlockedAddress{Address: q.Address, Child: q.asked(), At: r.o.Now(), Who: who.Person}
	if _, err := tx.SetBlock(b, true); err != nil {
		return q, err
	}
	if err := r.audit(tx, who, "dispute", q.Child, 0, q.Code+" "+q.Address); err != nil {
		return q, err
	}
	err = r.informGuardians(tx, changed, q.Child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianDisputed, r.whoDid(d, who), q.Address, q.Code)
	})
	child, ok := d.Person(q.Child)
	if err != nil || q.Kind != ChildsWish || !ok {
		return q, err
	}
	return q, r.tellChild(tx, child, words.WishDenied, orNumber(q.Name, q.Address))
}

// inTime refuses what comes too late to be taken back.
func (r *Relay) inTime(q Question) error {
	if r.o.Now().Sub(q.Answered) > undoWithin {
		return refuse(words.TooLateToUndo, q.Code)
	}
	return nil
}

func (r *Relay) undo(tx Tx, d *Directory, who Actor, code string) (Question, error) {
	q, err := r.questionFor(tx, d, who, Approve, code)
	if err != nil {
		return q, err
	}
	if q.State == QuestionOpen || q.State == QuestionExpired {
		return q, refuse(words.NothingToUndo, q.Code)
	}
	if err := r.inTime(q); err != nil {
		return q, err
	}
	switch q.State {
	case QuestionBlocked:
		if _, err := tx.SetBlock(BlockedAddress{Address: q.Address, Child: q.asked()}, false); err != nil {
			return q, err
		}
	case QuestionMoved:
		if d, err = r.moveBack(tx, d, who, q); err != nil {
			return q, err
		}
	default:
		if q.By.Person != who.Person && who.Person != 0 {
			return r.dispute(tx, d, who, q)
		}
		if d, err = r.letOut(tx, d, q); err != nil {
			return q, err
		}
	}
	return q, r.reopen(tx, d, who, &q)
}

// asked is the child that a question was opened about: none for an SMS, whichever a guardian picked.
func (q Question) asked() policy.Person {
	if q.Kind == StrangerSMS {
		return 0
	}
	return q.Child
}

// reopen makes a question open again, unless the address has caused another one since.
func (r *Relay) reopen(tx Tx, d *Directory, who Actor, q *Question) error {
	was := q.State
	q.State, q.Contact, q.Previous, q.By, q.Answered = QuestionOpen, 0, "", Actor{}, time.Time{}
	_, err := tx.OpenQuestion(q.Kind, q.Address, q.asked())
	switch {
	case err == nil:
		q.State = QuestionExpired
	case !errors.Is(err, ErrNotFound):
		return err
	}
	child := q.Child
	q.Child = q.asked()
	if err := tx.SaveQuestion(*q); err != nil {
		return err
	}
	r.afterCommit(tx, r.approvals.due.up)
	if err := r.audit(tx, who, "undo", child, 0, q.Code+" "+string(was)); err != nil {
		return err
	}
	return r.informGuardians(tx, d, child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianUndid, r.whoDid(d, who), q.Address, q.Code)
	})
}

// letOut takes off the child's list whom an answer let in, and out of the family whoever is on no list then.
func (r *Relay) letOut(tx Tx, d *Directory, q Question) (*Directory, error) {
	person, ok := d.Person(q.Contact)
	child, there := d.Person(q.Child)
	if !ok || !there {
		return d, nil
	}
	return r.editFamily(tx, func(f *Family) error {
		f.disallow(child.Name, person.Name)
		return nil
	})
}

// guestsDue takes out of the family whose time is over.
func (r *Relay) guestsDue(ctx context.Context, now time.Time, soonest func(time.Time)) error {
	return r.operate(ctx, "see guests off", func(tx Tx, d *Directory) error {
		type visit struct{ child, guest Person }
		var over []visit
		for _, child := range d.Children() {
			for _, rule := range d.List(child.ID) {
				if rule.Until.IsZero() {
					continue
				}
				if now.Before(rule.Until) {
					soonest(rule.Until)
					continue
				}
				guest, _ := d.Person(rule.Contact)
				over = append(over, visit{child, guest})
			}
		}
		if len(over) == 0 {
			return nil
		}
		_, err := r.editFamily(tx, func(f *Family) error {
			for _, v := range over {
				f.disallow(v.child.Name, v.guest.Name)
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, v := range over {
			if err := r.audit(tx, itself, "guest_left", v.child.ID, v.guest.ID, ""); err != nil {
				return err
			}
		}
		return nil
	})
}

// newNumber answers a question with the name of somebody known.
func (r *Relay) newNumber(tx Tx, d *Directory, who Actor, code, name string, sure bool) (Question, error) {
	q, err := r.questionFor(tx, d, who, Approve, code)
	if err != nil {
		return q, err
	}
	if err := r.mayAnswer(d, q); err != nil {
		return q, err
	}
	person, ok := d.Named(name)
	if !ok || !d.knows(who, person.ID) {
		return q, refuse(words.NobodyCalled, name)
	}
	if err := r.mayCost(d, who, q.Address, sure, q.Code); err != nil {
		return q, err
	}
	r.answersAbout(tx, q.Address)
	changed, before, err := r.changeAddress(tx, d, who, person, q.Address)
	if err != nil {
		return q, err
	}
	q.State, q.Contact, q.Previous = QuestionMoved, person.ID, before
	if q.Child == 0 {
		if q.Child = d.onlyChildOf(person.ID); q.Child == 0 {
			moved, _ := changed.Person(person.ID)
			if err := r.returnHeld(tx, changed, q, moved); err != nil { // it names no child
				return q, err
			}
		}
	}
	if err := r.settleQuestion(tx, changed, who, q); err != nil {
		return q, err
	}
	return q, r.informGuardians(tx, changed, q.Child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianMoved, r.whoDid(d, who), person.Name, q.Address, q.Code)
	})
}

// moveBack gives somebody the number back that an answer had replaced.
func (r *Relay) moveBack(tx Tx, d *Directory, who Actor, q Question) (*Directory, error) {
	person, ok := d.Person(q.Contact)
	if !ok {
		return d, nil
	}
	changed, _, err := r.changeAddress(tx, d, who, person, q.Previous)
	return changed, err
}

// onlyChildOf returns the child on whose list a person is, 0 for none or several.
func (d *Directory) onlyChildOf(person policy.Person) policy.Person {
	var only policy.Person
	for _, child := range d.Children() {
		if _, listed := d.Rules.Rule(child.ID, person); !listed && !d.Rules.IsGuardian(child.ID, person) {
			continue
		}
		if only != 0 {
			return 0
		}
		only = child.ID
	}
	return only
}
