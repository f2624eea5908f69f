package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// TakeSMS takes a short message from a modem. nil means that it is committed, with what was decided about it,
// and that the modem may forget it; after an error it must be offered again.
func (r *Relay) TakeSMS(ctx context.Context, in SMS) error {
	err := r.do(ctx, func(tx Tx) error { return r.takeSMS(tx, in) })
	if errors.Is(err, errDuplicate) {
		r.o.Log.Info("the modem offered an SMS again", "modem", in.Modem, "from", in.From)
		return nil
	}
	if err != nil {
		r.lastResort(ctx, in, err)
		return fmt.Errorf("bridge: take SMS: %w", err)
	}
	r.hands.stored()
	return nil
}

func (r *Relay) takeSMS(tx Tx, in SMS) error {
	fresh, err := tx.NewPDU(in.Modem, in.PDU, in.At)
	if err != nil {
		return err
	}
	if !fresh {
		return errDuplicate
	}
	if in.Err != nil {
		return r.keepUnreadable(tx, in, in.Err, in.PDU)
	}
	if in.Silent {
		r.o.Log.Info("a silent SMS was acknowledged", "modem", in.Modem, "from", in.From)
		return nil
	}
	if in.Notice {
		return r.logNotice(tx, in)
	}
	text, parts := in.Text, 1
	if in.Part != nil {
		var whole bool
		if text, whole, err = r.join(tx, in); err != nil || !whole {
			return err
		}
		parts = in.Part.Total
	}
	if in.Replaces != "" {
		return r.takeReplacing(tx, in, text, parts)
	}
	return r.takeText(tx, in, text, parts)
}

// takeText decides about a whole text and relays it.
func (r *Relay) takeText(tx Tx, in SMS, text string, parts int) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	m := Message{
		At: in.At, Written: in.Written, Modem: in.Modem, Direction: policy.FromChild,
		Length: utf8.RuneCountInString(text), Parts: parts,
	}
	sender, known := d.ByPhone(in.From)
	if known && sender.Kind == KindChild {
		m.Child = sender.ID
	} else if known {
		m.Other, m.Direction = sender.ID, policy.ToChild
	}
	switch {
	case !known:
		m.Address, m.Direction = string(in.From), policy.ToChild
		return r.takeStranger(tx, d, m, text, in.Data)
	case in.Data:
		return r.refuseData(tx, sender, m)
	case sender.Kind == KindChild:
		return r.fromChild(tx, d, sender, m, text)
	default:
		return r.fromPhoneContact(tx, d, sender, m, text)
	}
}

// keepUnreadable logs a message that could not be decoded and keeps it as it came.
func (r *Relay) keepUnreadable(tx Tx, in SMS, why error, pdus ...string) error {
	id, err := tx.AddMessage(Message{
		At: in.At, Modem: in.Modem, Direction: policy.ToChild, Address: string(in.From), Parts: len(pdus),
		Verdict: policy.Verdict{Action: policy.Refuse, Reason: policy.Unreadable},
	})
	if err != nil {
		return err
	}
	r.o.Log.Warn("an SMS could not be decoded; it is kept as it came", "modem", in.Modem, "message", id, "err", why)
	for _, pdu := range pdus {
		if err := tx.KeepRaw(id, in.Modem, pdu, why.Error(), in.At); err != nil {
			return err
		}
	}
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	sender, known := d.ByPhone(in.From)
	if !known || sender.Kind != KindChild {
		return nil
	}
	m := Message{ID: id, At: in.At, Modem: in.Modem, Child: sender.ID, Verdict: own}
	for _, g := range d.Guardians(sender.ID) {
		text := words.Say(r.languageOf(g), words.Unreadable)
		if err := r.deliver(tx, d, id, m, sender, g, text); err != nil {
			return err
		}
	}
	return nil
}

// refuseData logs a message that has no text in it, and tells a child so.
func (r *Relay) refuseData(tx Tx, sender Person, m Message) error {
	m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.NotText}
	id, err := tx.AddMessage(m)
	if err != nil || sender.Kind != KindChild {
		return err
	}
	return r.answer(tx, sender, id, words.OnlyTextIsRelayed)
}

// toPerson decides about a child's text to one person, and relays it, holds it or says why not. A message without an
// id is not in the log yet.
func (r *Relay) toPerson(
	tx Tx, d *Directory, child Person, to policy.Person, m Message, text string, what about,
) (MessageID, error) {
	m.Other = to
	other, _ := d.Person(to)
	err := r.letGo(tx, d, child.ID, to, policy.FromChild)
	if err != nil {
		return 0, err
	}
	what.Parts = r.partsTo(d, child, other, text)
	if m.Verdict, err = r.decide(tx, d, child.ID, to, policy.FromChild, what); err != nil {
		return 0, err
	}
	id, err := r.logFromChild(tx, m)
	if err != nil {
		return 0, err
	}
	if err := r.noted(tx, d, m, text); err != nil {
		return 0, err
	}
	if m.Verdict.Action != policy.Refuse {
		if err := r.hearAgain(tx, d, child, other, id); err != nil {
			return 0, err
		}
	}
	switch m.Verdict.Action {
	case policy.Deliver:
		if other.JID != "" && d.Rules.IsGuardian(child.ID, other.ID) {
			if err := r.watchUnseen(tx, child, other.ID, id, text); err != nil {
				return 0, err
			}
		}
		return id, r.deliver(tx, d, id, m, child, other, text)
	case policy.Hold:
		return id, r.hold(tx, d, heldOf(id, m, text))
	default:
		s, args := r.toWriter(m.Verdict, child, other, r.o.Now())
		return id, r.answer(tx, child, id, s, args...)
	}
}

// logFromChild writes the log's entry of a child's text, or into the one that is there whom it was for in the end.
func (r *Relay) logFromChild(tx Tx, m Message) (MessageID, error) {
	if m.ID == 0 {
		return tx.AddMessage(m)
	}
	if err := tx.SetOther(m.ID, m.Other); err != nil {
		return 0, err
	}
	return m.ID, tx.SetVerdict(m.ID, m.Verdict, m.Parts)
}

// toGuardians gives every guardian of a child a leg of its own.
func (r *Relay) toGuardians(tx Tx, d *Directory, child Person, m Message, text string) (MessageID, error) {
	guardians := d.Guardians(child.ID)
	if len(guardians) == 0 {
		return 0, fmt.Errorf("child %d has no guardian in the directory", child.ID)
	}
	var err error
	if m.Verdict, err = r.decide(tx, d, child.ID, guardians[0].ID, policy.FromChild, about{}); err != nil {
		return 0, err
	}
	m.Other = 0
	id, err := r.logFromChild(tx, m)
	if err != nil {
		return 0, err
	}
	if slices.ContainsFunc(guardians, func(g Person) bool { return g.JID != "" }) {
		if err := r.watchUnseen(tx, child, 0, id, text); err != nil {
			return 0, err
		}
	}
	for _, g := range guardians {
		one := m
		if one.Verdict, err = r.decide(tx, d, child.ID, g.ID, policy.FromChild, about{}); err != nil {
			return 0, err
		}
		if err := r.deliver(tx, d, id, one, child, g, text); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// deliver writes the leg by which a text reaches somebody: a stanza where there is an address, else an SMS.
func (r *Relay) deliver(tx Tx, d *Directory, id MessageID, m Message, from, to Person, text string) error {
	if to.JID == "" {
		texts := r.shape(d, to, from, text, writtenAt(m)).texts
		if texts == nil { // what a child has written is never refused for its length
			texts = []string{d.Label(from.Name, text)}
		}
		return r.addSMS(tx, id, m.Verdict, r.modemFor(m), to.Phone, texts...)
	}
	return r.addStanza(tx, id, m.Verdict, Stanza{
		Kind: ChatStanza, From: from.Localpart, To: string(to.JID), Body: r.toReader(text, from.Name, r.languageOf(to)),
		Delay: writtenAt(m),
	})
}

// writtenAt is the time that a text carries. The service centre's stamp is data, not a clock: it counts only
// where it can be true.
func writtenAt(m Message) time.Time {
	if m.Written.IsZero() || m.Written.After(m.At) || m.At.Sub(m.Written) > 30*24*time.Hour {
		return m.At
	}
	return m.Written
}

// modemTowards returns the modem whose number a person knows: the one that a child wrote to last, else the first.
func (r *Relay) modemTowards(tx Tx, to Person) (string, error) {
	if to.Kind != KindChild || len(r.modems) < 2 {
		return r.o.Modems[0], nil
	}
	modem, err := tx.LastModem(to.ID)
	if err != nil {
		return modem, err
	}
	d, err := tx.Directory()
	if _, relays := r.modems[modem]; err != nil || relays && d.Rules.OnNumber(to.ID, modem) == 0 {
		return modem, err
	}
	return r.o.Modems[0], nil
}

// modemBetween returns the modem that a text to a child leaves by: the one whose number is the writer's own, if any.
func (r *Relay) modemBetween(d *Directory, m Message) string {
	rule, _ := d.Rules.Rule(m.Child, m.Other)
	if _, relays := r.modems[rule.Modem]; relays {
		return rule.Modem
	}
	if d.Rules.OnNumber(m.Child, m.Modem) != 0 { // somebody else's
		return r.o.Modems[0]
	}
	return r.modemFor(m)
}

// modemFor returns the modem that an SMS about a message leaves by.
func (r *Relay) modemFor(m Message) string {
	if _, relays := r.modems[m.Modem]; relays {
		return m.Modem
	}
	return r.o.Modems[0]
}
