package bridge

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// TakeChat takes a chat message from the XMPP server. nil means that it is committed with what was decided;
// every answer to it, a refusal too, is a row of the outbox.
func (r *Relay) TakeChat(ctx context.Context, c Chat) error {
	if isBlank(c.Body) && len(c.Attachments) == 0 {
		return nil // promise 6: nothing to say is no SMS
	}
	if taken, err := r.takeWords(ctx, c); taken || err != nil {
		if err != nil {
			r.lastChat(ctx, c, err)
		}
		return err
	}
	err := r.do(ctx, func(tx Tx) error { return r.takeChat(tx, c) })
	if errors.Is(err, errDuplicate) {
		r.o.Log.Info("a stanza came again", "from", c.From)
		return nil
	}
	if err != nil {
		r.lastChat(ctx, c, err)
		return fmt.Errorf("bridge: take chat: %w", err)
	}
	return nil
}

func (r *Relay) takeChat(tx Tx, c Chat) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	sender, _ := d.ByJID(c.From)
	child, _ := d.Child(c.To)
	m := Message{
		At: c.At, Written: c.Written, Direction: policy.ToChild, Modem: r.o.Modems[0],
		Length:   utf8.RuneCountInString(c.Body),
		StanzaID: c.ID, Receipt: c.Receipt, Resource: c.Resource,
	}
	if !d.Sees(sender.ID, child.ID) {
		return r.refuseStranger(tx, d, c, m, sender)
	}
	m.Child, m.Other = child.ID, sender.ID
	if m.Modem, err = r.modemTowards(tx, child); err != nil {
		return err
	}
	swallow, err := r.answersAlarm(tx, d, sender, child.ID, c.Body, "xmpp", writtenAt(m))
	if err != nil {
		return err
	}
	if swallow {
		m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.Command}
		_, err = r.addChat(tx, c, m)
		return err
	}
	c.Body = r.spokenOut(child, c)
	if c.Replaces != "" {
		if taken, err := r.takeCorrection(tx, child, sender, m, c); err != nil || taken {
			return err
		}
	}
	return r.chatToChild(tx, d, child, sender, m, c)
}

// refuseStranger answers whoever is on no list, the same for real and invented addresses: `forbidden`, and no
// word. Only a guardian learns that an address does not exist, or that the gateway itself does not chat.
func (r *Relay) refuseStranger(tx Tx, d *Directory, c Chat, m Message, sender Person) error {
	m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.Stranger}
	answer := Stanza{Condition: "forbidden"}
	switch {
	case sender.ID == 0:
		m.Address = string(c.From)
	case sender.Kind == KindGuardian:
		m.Other, m.Verdict.Reason = sender.ID, policy.NotOnList
		_, exists := d.Child(c.To)
		switch {
		case c.To == "":
			answer.Condition = "feature-not-implemented"
			answer.Text = words.Say(r.languageOf(sender), words.WriteToTheChild)
		case !exists:
			answer.Condition = "item-not-found"
		}
	default:
		m.Other, m.Verdict.Reason = sender.ID, policy.NotOnList
	}
	id, err := r.addChat(tx, c, m)
	if err != nil {
		return err
	}
	if sender.Kind != KindGuardian {
		if err := r.knock(tx, c, id); err != nil {
			return err
		}
	}
	return r.answerError(tx, id, c.To, sender, addressOf(c), c.ID, answer)
}

// addChat writes the log entry of a chat that has not been taken before.
func (r *Relay) addChat(tx Tx, c Chat, m Message) (MessageID, error) {
	id, err := tx.AddMessage(m)
	if err != nil {
		return 0, err
	}
	fresh, err := tx.NewStanza(c, id)
	if err != nil {
		return 0, err
	}
	if !fresh {
		return 0, errDuplicate
	}
	return id, nil
}

func addressOf(c Chat) string {
	if c.Resource == "" {
		return string(c.From)
	}
	return string(c.From) + "/" + c.Resource
}

// answerError writes the outbox row of an error stanza to a person, or nobody known, at its full address: what it speaks of
// will never be sent.
func (r *Relay) answerError(tx Tx, m MessageID, from string, person Person, to, refers string, s Stanza) error {
	s.Kind, s.From, s.To, s.Refers, s.Language = ErrorStanza, from, to, refers, r.languageOf(person)
	return r.addStanza(tx, m, own, s)
}

// chatToChild writes the legs of a chat to a child, holds it, or answers the error that refuses it.
func (r *Relay) chatToChild(tx Tx, d *Directory, child, sender Person, m Message, c Chat) error {
	form, err := r.admit(tx, d, child, sender, &m, c.Body)
	if err != nil {
		return err
	}
	id := m.ID
	if id == 0 {
		id, err = r.addChat(tx, c, m)
	} else {
		err = tx.SetVerdict(id, m.Verdict, m.Parts)
	}
	if err != nil {
		return err
	}
	m.ID = id
	switch m.Verdict.Action {
	case policy.Deliver:
		if err := r.addSMS(tx, id, m.Verdict, r.modemBetween(d, m), child.Phone, form.texts...); err != nil {
			return err
		}
		if err := r.answeredAll(tx, d, child, sender); err != nil {
			return err
		}
		return r.remarkOn(tx, child, sender, m, form, len(c.Attachments) > 0)
	case policy.Hold:
		if err := r.hold(tx, d, heldOf(id, m, c.Body)); err != nil {
			return err
		}
		return r.remarkOn(tx, child, sender, m, form, len(c.Attachments) > 0)
	default:
		refusal := Stanza{Condition: condition(m.Verdict.Reason), Text: r.toContact(d, m.Verdict, child, sender, m.At)}
		if m.Verdict.Reason == policy.TooLong {
			refusal.Text = words.Say(r.languageOf(sender), words.TooLong, m.Parts, 2*MaxParts)
		}
		return r.answerError(tx, id, child.Localpart, sender, addressOf(c), c.ID, refusal)
	}
}

// toChild writes the leg of a phone contact's text to a child, holds it, or answers why not.
func (r *Relay) toChild(tx Tx, d *Directory, child, sender Person, m Message, text string) error {
	form, err := r.admit(tx, d, child, sender, &m, text)
	if err != nil {
		return err
	}
	id, err := tx.AddMessage(m)
	if err != nil {
		return err
	}
	switch m.Verdict.Action {
	case policy.Deliver:
		if err := r.addSMS(tx, id, m.Verdict, r.modemBetween(d, m), child.Phone, form.texts...); err != nil {
			return err
		}
		return r.answeredAll(tx, d, child, sender)
	case policy.Hold:
		return r.hold(tx, d, heldOf(id, m, text))
	default:
		if m.Verdict.Reason == policy.TooLong {
			return r.answer(tx, sender, id, words.TooLong, m.Parts, 2*MaxParts)
		}
		m.ID = id
		return r.refuseOnPhone(tx, d, child, sender, m, m.Verdict)
	}
}

// admit decides about a text to a child, after all that is older between the two, and shapes it. It fills in the
// verdict and the parts of the log's entry.
func (r *Relay) admit(tx Tx, d *Directory, child, sender Person, m *Message, text string) (form shaped, err error) {
	if err := r.letGo(tx, d, child.ID, sender.ID, policy.ToChild); err != nil {
		return shaped{}, err
	}
	form = r.shape(d, child, sender, text, writtenAt(*m))
	m.Parts = form.parts
	urgent, err := r.urgent(tx, child.ID, sender.ID, text)
	if err != nil {
		return shaped{}, err
	}
	m.Verdict, err = r.decide(tx, d, child.ID, sender.ID, policy.ToChild, about{Parts: m.Parts, Urgent: urgent})
	if err == nil && form.texts == nil && m.Verdict.Action != policy.Refuse { // no hour makes it shorter
		m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.TooLong, Rule: m.Verdict.Rule}
	}
	if err == nil {
		err = r.noted(tx, d, *m, text)
	}
	return form, err
}

// heldOf is what is kept of a message that is held.
func heldOf(id MessageID, m Message, text string) Held {
	return Held{
		Message: id, Child: m.Child, Other: m.Other, Direction: m.Direction, Address: m.Address, Modem: m.Modem,
		Text: text, Until: m.Verdict.Until,
	}
}
