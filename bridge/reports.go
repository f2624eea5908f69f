package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// TakeReport takes a status report from a modem. nil means that it is committed.
func (r *Relay) TakeReport(ctx context.Context, in Report) error {
	err := r.do(ctx, func(tx Tx) error {
		fresh, err := tx.NewPDU(in.Modem, in.PDU, in.At)
		if err != nil {
			return err
		}
		if !fresh {
			return errDuplicate
		}
		outcome, err := tx.TakeReport(in)
		if err != nil {
			return err
		}
		return r.reportNow(tx, outcome, words.PhoneOutOfReach)
	})
	if err != nil && !errors.Is(err, errDuplicate) {
		return fmt.Errorf("bridge: take status report: %w", err)
	}
	return nil
}

// finishSMS ends a leg and tells its sender.
func (r *Relay) finishSMS(tx Tx, leg LegID, state LegState, why string) error {
	outcome, err := tx.FinishSMS(leg, state, why, r.o.Now())
	if err != nil {
		return err
	}
	return r.reportNow(tx, outcome, words.NotSent)
}

// reportNow reports to the people who are in the directory now.
func (r *Relay) reportNow(tx Tx, o Outcome, why words.Sentence) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	return r.report(tx, people{d}, o, why)
}

// people finds a person in the first of several directories that has it: whoever was just removed from the
// family is still told what became of a message.
type people []*Directory

func (p people) person(id policy.Person) Person {
	for _, d := range p {
		if found, ok := d.Person(id); ok {
			return found
		}
	}
	return Person{}
}

// report tells the sender of a message what became of a leg by SMS, when it is news (promise 5). What
// becomes of the gateway's own words is reported to nobody: the report would need reporting; and so is what
// concerns people who are no longer there. why is what a contact reads of a failure.
func (r *Relay) report(tx Tx, who people, o Outcome, why words.Sentence) error {
	if !o.Changed || o.Own {
		return nil
	}
	m, err := tx.Message(o.Message)
	if err != nil {
		return err
	}
	child, other := who.person(m.Child), who.person(m.Other)
	if m.Direction == policy.FromChild {
		// Of an alert the child hears by its rounds, of a text that went on to a mobile what came of all of them.
		if handled, err := r.fellBack(tx, o); err != nil || handled || m.Emergency {
			return err
		}
	}
	switch {
	case m.Verdict.Reason == policy.ByCodeWord:
		return r.reportCodeWord(tx, other, m, o.State)
	case child.ID == 0 || m.Direction == policy.ToChild && other.ID == 0:
		return nil
	case m.Direction == policy.FromChild && o.State == Failed:
		return r.childNotReached(tx, child, other, o.Message)
	case m.Direction == policy.FromChild && o.State == Unknown:
		at := words.Clock(r.languageOf(child), m.At.In(r.o.Location))
		return r.tell(tx, child, m.ID, words.PerhapsSent, nameOrGateway(other), at)
	case m.Direction != policy.ToChild:
		return nil
	case other.JID == "":
		return r.tellPhoneContact(tx, child, other, m, o.State, why)
	default:
		return r.tellContact(tx, child, other, m, o.State, why)
	}
}

// childNotReached tells a child that somebody did not get its text.
func (r *Relay) childNotReached(tx Tx, child, other Person, m MessageID) error {
	return r.tell(tx, child, m, words.DidNotReach, nameOrGateway(other))
}

// nameOrGateway names who a child's text was for; `0 …` was for all guardians at once.
func nameOrGateway(other Person) string {
	if other.Name == "" {
		return GatewayName
	}
	return other.Name
}

// tellContact answers over XMPP: a receipt when the handset has it, an error when it never will, a plain
// sentence when nobody knows.
func (r *Relay) tellContact(tx Tx, child, other Person, m Message, state LegState, why words.Sentence) error {
	full := addressOf(Chat{From: other.JID, Resource: m.Resource})
	switch state {
	case Delivered:
		if !m.Receipt || m.StanzaID == "" {
			return nil
		}
		return r.addStanza(tx, m.ID, own, Stanza{
			Kind: ReceiptStanza, From: child.Localpart, To: full, Refers: m.StanzaID,
		})
	case Failed:
		text := words.Say(r.languageOf(other), why, child.Name)
		err := r.answerError(tx, m.ID, child.Localpart, other, full, m.StanzaID, Stanza{
			Condition: "recipient-unavailable", Text: text,
		})
		if err != nil {
			return err
		}
		// Servers drop an error for somebody who is offline (RFC 6121 §8.5.2.2.1), and by now the writer may be:
		// a chat is kept for them.
		return r.notice(tx, child, other, m, text)
	case Unknown:
		return r.notice(tx, child, other, m, r.perhapsSent(child, other, m))
	default:
		return nil
	}
}

// notice tells a contact something about a text of theirs, in a chat from the child's address.
func (r *Relay) notice(tx Tx, child, other Person, m Message, text string) error {
	return r.addStanza(tx, m.ID, own, Stanza{
		Kind: ChatStanza, From: child.Localpart, To: string(other.JID), Delay: r.o.Now(),
		Body: text, Language: r.languageOf(other),
	})
}

func (r *Relay) perhapsSent(child, other Person, m Message) string {
	language := r.languageOf(other)
	return words.Say(language, words.PerhapsSent, child.Name, words.Clock(language, m.At.In(r.o.Location)))
}

// tellPhoneContact answers by SMS when a text did not, or perhaps did not, reach the child.
func (r *Relay) tellPhoneContact(
	tx Tx, child, other Person, m Message, state LegState, why words.Sentence,
) error {
	switch state {
	case Failed:
		return r.tell(tx, other, m.ID, why, child.Name)
	case Unknown:
		at := words.Clock(r.languageOf(other), m.At.In(r.o.Location))
		return r.tell(tx, other, m.ID, words.PerhapsSent, child.Name, at)
	default:
		return nil
	}
}

// bounceTries is how often a stanza is sent again after an error of type wait.
const bounceTries = 3

// TakeBounce takes an error stanza for one of ours. A late one reopens what the server had already taken.
func (r *Relay) TakeBounce(ctx context.Context, b Bounce) error {
	err := r.do(ctx, func(tx Tx) error { return r.takeBounce(tx, b) })
	if errors.Is(err, ErrNotFound) {
		r.o.Log.Debug("an error stanza for nothing that we sent", "condition", b.Condition)
		return nil
	}
	if err != nil {
		return fmt.Errorf("bridge: take bounce: %w", err)
	}
	return nil
}

func (r *Relay) takeBounce(tx Tx, b Bounce) error {
	ours, err := tx.StanzaByID(b.ID, b.From)
	if err != nil {
		return err
	}
	if ours.State == Delivered || ours.State == Failed {
		return nil
	}
	if b.Type == "wait" && ours.Attempts < bounceTries {
		err := tx.RetryStanza(ours.Leg, r.o.Now().Add(30*time.Second<<ours.Attempts), b.Condition)
		if !errors.Is(err, ErrTextGone) {
			return err
		}
	}
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	return r.failStanza(tx, people{d}, ours.Leg, ours.Message, ours.Own, b.Condition)
}

// failStanza ends a stanza that will not arrive and tells the child whose text it was. Nobody waits for a
// receipt, an error or a notice of ours.
func (r *Relay) failStanza(tx Tx, who people, leg LegID, id MessageID, own bool, why string) error {
	if err := tx.FinishStanza(leg, Failed, why, r.o.Now()); err != nil || own {
		return err
	}
	m, err := tx.Message(id)
	if err != nil {
		return err
	}
	child := who.person(m.Child)
	if child.ID == 0 || m.Emergency {
		return nil
	}
	return r.childNotReached(tx, child, who.person(m.Other), m.ID)
}
