package bridge

import (
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// settleKnown closes the questions about addresses that belong to somebody by now, by another way than an answer: what
// waits is let go at once, a child that asked hears yes, and the guardians hear that nobody needs to answer.
func (r *Relay) settleKnown(tx Tx, d *Directory, who Actor) error {
	open, err := tx.OpenQuestions()
	if err != nil {
		return err
	}
	answering := ""
	if g, ok := tx.(*givenTx); ok {
		answering = g.answering
	}
	for _, q := range open {
		person, known := d.at(q.Address)
		if !known || q.Address == answering {
			continue
		}
		child, settled := d.settledFor(q, person)
		if !settled {
			continue
		}
		if child == 0 {
			err = r.returnHeld(tx, d, q, person)
		} else {
			q.Child = child
			err = tx.AssignHeld(q.ID, child, person.ID)
		}
		if err != nil {
			return err
		}
		q.State, q.Contact, q.By, q.Answered = QuestionAllowed, person.ID, who, r.o.Now()
		if err := tx.SaveQuestion(q); err != nil {
			return err
		}
		if err := r.releaseQuestion(tx, d, q.ID); err != nil {
			return err
		}
		if err := r.tellSettled(tx, d, who, q, person); err != nil {
			return err
		}
	}
	return nil
}

// settledFor tells whether a question is answered by who somebody is now, and for which child: 0 for several, or none.
func (d *Directory) settledFor(q Question, person Person) (child policy.Person, settled bool) {
	switch q.Kind {
	case ChildsWish:
		return q.Child, d.Rules.Listed(q.Child, person.ID, policy.FromChild)
	case StrangerChat:
		return q.Child, d.Rules.Listed(q.Child, person.ID, policy.ToChild)
	}
	if person.Kind == KindChild {
		return 0, true
	}
	n := 0
	for _, k := range d.Children() {
		if d.Rules.Listed(k.ID, person.ID, policy.ToChild) {
			child, n = k.ID, n+1
		}
	}
	if n > 1 {
		child = 0
	}
	return child, n > 0
}

// returnHeld settles what somebody wrote who was nobody then, and who can now write to several children, or is a child: what
// names one goes there, and for whom the rest was nobody knows: who wrote it is told to write again.
func (r *Relay) returnHeld(tx Tx, d *Directory, q Question, person Person) error {
	held, err := tx.HeldFor(q.ID)
	if err != nil || len(held) == 0 {
		return err
	}
	if child := d.namedBy(held, person); child != 0 {
		if err := tx.AssignHeld(q.ID, child, person.ID); err != nil {
			return err
		}
		return r.releaseQuestion(tx, d, q.ID)
	}
	if err := r.dropQuestion(tx, q.ID, policy.Stranger); err != nil {
		return err
	}
	if person.Kind == KindChild {
		return r.tellChild(tx, person, words.HeldIsGone)
	}
	var names []string
	for _, k := range d.Children() {
		if d.Rules.Listed(k.ID, person.ID, policy.ToChild) {
			names = append(names, k.Name)
		}
	}
	about, err := tx.AddMessage(Message{At: r.o.Now(), Direction: policy.ToChild, Other: person.ID, Verdict: own})
	if err != nil {
		return err
	}
	return r.answer(tx, person, about, words.NameTheChild, strings.Join(names, ", "))
}

// namedBy returns the one child that texts begin with, as a phone contact names it; 0 for none, or for several.
func (d *Directory) namedBy(held []Held, person Person) (child policy.Person) {
	for _, h := range held {
		before, _, colon := strings.Cut(h.Text, ":")
		k, ok := d.Named(before)
		if !colon || !ok || k.Kind != KindChild || !d.Rules.Listed(k.ID, person.ID, policy.ToChild) || child != 0 && child != k.ID {
			return 0
		}
		child = k.ID
	}
	return child
}

func (r *Relay) tellSettled(tx Tx, d *Directory, who Actor, q Question, person Person) error {
	r.afterCommit(tx, r.approvals.due.up)
	if err := r.audit(tx, who, "answer_"+string(q.State), q.Child, person.ID, q.Code+" "+q.Address); err != nil {
		return err
	}
	err := r.informGuardians(tx, d, q.Child, Approve, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.QuestionSettled, q.Address, person.Name, q.Code)
	})
	child, ok := d.Person(q.Child)
	if err != nil || q.Kind != ChildsWish || !ok {
		return err
	}
	return r.tellChild(tx, child, words.WishGranted, person.Name)
}
