package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// correctionSettles is how long a correction of a text that has left waits for the next one: only the last is sent.
const correctionSettles = 30 * time.Second

// takeCorrection takes a chat that corrects an earlier one (XEP-0308). What has not left is replaced; what has left is
// followed by the last correction, marked so. taken is false when there is nothing to correct: then it is a chat like
// any other.
func (r *Relay) takeCorrection(tx Tx, child, sender Person, m Message, c Chat) (taken bool, err error) {
	id, err := tx.MessageOf(child.ID, sender.ID, c.Replaces)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if was, err := r.replaceHeld(tx, id, c.Body); err != nil || was {
		if err == nil {
			_, err = r.addCommand(tx, c, m)
		}
		return true, err
	}
	if was, err := r.unsend(tx, id, "corrected by its writer"); err != nil || was {
		return false, err // the correction goes in its place
	}
	state, err := tx.Reached(id)
	if err != nil || !state {
		return false, err
	}
	if err := r.dropCorrection(tx, child.ID, id); err != nil {
		return true, err
	}
	due := r.o.Now().Add(correctionSettles)
	m.Verdict = policy.Verdict{Action: policy.Hold, Reason: policy.Corrects, Until: due}
	mine, err := r.addChat(tx, c, m)
	if err != nil {
		return true, err
	}
	return true, tx.AddUndecided(Undecided{Message: mine, Child: child.ID, Corrects: id, Text: c.Body, Due: due})
}

// addCommand logs a chat that itself is sent to nobody.
func (r *Relay) addCommand(tx Tx, c Chat, m Message) (MessageID, error) {
	m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.Command}
	return r.addChat(tx, c, m)
}

// dropCorrection forgets the correction of a message that has not gone out yet.
func (r *Relay) dropCorrection(tx Tx, child policy.Person, of MessageID) error {
	waiting, err := tx.CorrectionsOf(of)
	if err != nil {
		return err
	}
	for _, u := range waiting {
		m, err := r.takeUndecided(tx, u)
		if err != nil {
			return err
		}
		if err := tx.SetVerdict(u.Message, policy.Verdict{Action: policy.Refuse, Reason: policy.TakenBack}, m.Parts); err != nil {
			return err
		}
	}
	return nil
}

// unsend ends the SMS of a message of which nothing has left yet. Its writer asked for it and is told nothing.
func (r *Relay) unsend(tx Tx, id MessageID, why string) (was bool, err error) {
	queued, err := tx.QueuedLegs()
	if err != nil {
		return false, err
	}
	for _, leg := range queued {
		if leg.Message == id && leg.SMS && !leg.Own {
			_, err := tx.FinishSMS(leg.Leg, Failed, why, r.o.Now())
			return true, err
		}
	}
	return false, nil
}

// correct sends a correction that no other has followed.
func (r *Relay) correct(tx Tx, d *Directory, u Undecided) error {
	m, err := r.takeUndecided(tx, u)
	if err != nil {
		return err
	}
	child, _ := d.Person(m.Child)
	sender, known := d.Person(m.Other)
	if !known || child.ID == 0 || u.Text == "" {
		return tx.SetVerdict(u.Message, policy.Verdict{Action: policy.Refuse, Reason: policy.NotOnList}, m.Parts)
	}
	c := Chat{From: sender.JID, Resource: m.Resource, To: child.Localpart, ID: m.StanzaID}
	c.Body = words.Say(r.languageOf(child), words.Corrected, u.Text)
	if err := r.chatToChild(tx, d, child, sender, m, c); err != nil {
		return err
	}
	return r.remark(tx, child, sender, m, "corrected", words.CorrectionSent, child.Name)
}

// TakeRetraction takes a contact's wish to unsay a chat (XEP-0424): what has not left is never sent. What has left
// cannot be taken back, and its writer is told so; the child is not (promise 6).
func (r *Relay) TakeRetraction(ctx context.Context, from JID, to, id string) error {
	err := r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		sender, _ := d.ByJID(from)
		child, _ := d.Child(to)
		if !d.Sees(sender.ID, child.ID) {
			return nil
		}
		said, err := tx.MessageOf(child.ID, sender.ID, id)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.dropCorrection(tx, child.ID, said); err != nil {
			return err
		}
		if was, err := r.withdrawHeld(tx, said); err != nil || was {
			return err
		}
		if was, err := r.unsend(tx, said, "taken back by its writer"); err != nil || was {
			return err
		}
		if reached, err := tx.Reached(said); err != nil || !reached {
			return err
		}
		m, err := tx.Message(said)
		if err != nil {
			return err
		}
		return r.notice(tx, child, sender, m, words.Say(r.languageOf(sender), words.CannotUnsay, child.Name))
	})
	if err != nil {
		return fmt.Errorf("bridge: take a retraction: %w", err)
	}
	return nil
}
