package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// AddMessage implements bridge.Tx.
func (t *tx) AddMessage(m bridge.Message) (bridge.MessageID, error) {
	id, err := t.insert("add message", `INSERT INTO message (at, written, direction, child, other, address, modem, length,
			parts, emergency, verdict, reason, rule, stanza, receipt, resource)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		stamp(m.At), stamp(m.Written), m.Direction.String(), orNull(m.Child), orNull(m.Other), orNull(m.Address),
		orNull(m.Modem), m.Length, m.Parts, m.Emergency, m.Verdict.Action.String(), string(m.Verdict.Reason),
		orNull(m.Verdict.Rule), orNull(m.StanzaID), m.Receipt, orNull(m.Resource))
	return bridge.MessageID(id), err
}

// Message implements bridge.Tx.
func (t *tx) Message(id bridge.MessageID) (bridge.Message, error) {
	m := bridge.Message{ID: id}
	var at, written, child, other, rule sql.NullInt64
	var direction, verdict, reason string
	var address, modem, stanza, resource sql.NullString
	found, err := t.row("read message", `SELECT at, written, direction, child, other, address, modem, length, parts,
			emergency, verdict, reason, rule, stanza, receipt, resource FROM message WHERE id = ?`, []any{id},
		&at, &written, &direction, &child, &other, &address, &modem, &m.Length, &m.Parts,
		&m.Emergency, &verdict, &reason, &rule, &stanza, &m.Receipt, &resource)
	if err != nil {
		return bridge.Message{}, err
	}
	if !found {
		return bridge.Message{}, fmt.Errorf("store: message %d: %w", id, bridge.ErrNotFound)
	}
	m.At, m.Written = moment(at), moment(written)
	m.Direction = policy.ToChild
	if direction == policy.FromChild.String() {
		m.Direction = policy.FromChild
	}
	m.Child, m.Other = policy.Person(child.Int64), policy.Person(other.Int64)
	m.Address, m.Modem, m.StanzaID, m.Resource = address.String, modem.String, stanza.String, resource.String
	m.Verdict = policy.Verdict{Action: policy.ParseAction(verdict), Reason: policy.Reason(reason), Rule: rule.Int64}
	return m, nil
}

// AddLeg implements bridge.Tx.
func (t *tx) AddLeg(l bridge.Leg, at time.Time) (bridge.LegID, error) {
	switch {
	case (l.SMS == nil) == (l.Stanza == nil):
		return 0, errors.New("store: add leg: it needs one of SMS and Stanza")
	case l.SMS != nil && len(l.SMS.Segments) == 0:
		return 0, errors.New("store: add leg: an SMS without a segment")
	}
	var way, address, modem string
	if l.SMS != nil {
		way, address, modem = "sms", string(l.SMS.To), l.SMS.Modem
	} else {
		way, address = "xmpp", l.Stanza.To
	}
	// due is 0, which is always past: a clock that was put back must not hold up what is due at once.
	id, err := t.insert("add leg", `INSERT INTO outbox (message, way, address, modem, emergency, verdict, reason, rule,
			state, due, created, changed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'queued', 0, ?, ?)`,
		l.Message, way, address, orNull(modem), l.Emergency, l.Verdict.Action.String(), string(l.Verdict.Reason),
		orNull(l.Verdict.Rule), stamp(at), stamp(at))
	if err != nil {
		return 0, err
	}
	if l.Stanza != nil {
		return bridge.LegID(id), t.addStanza(id, l.Stanza)
	}
	for i, tpdu := range l.SMS.Segments {
		_, err := t.exec("add segment", `INSERT INTO segment (leg, n, tpdu, state) VALUES (?, ?, ?, 'queued')`, id, i+1, tpdu)
		if err != nil {
			return 0, err
		}
	}
	return bridge.LegID(id), nil
}

func (t *tx) addStanza(leg int64, s *bridge.Stanza) error {
	_, err := t.exec("add stanza", `INSERT INTO stanza (leg, kind, sender, recipient, stanza_id, body, delay, refers,
			condition, text, language)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		leg, string(s.Kind), s.From, s.To, s.ID, s.Body, stamp(s.Delay), orNull(s.Refers), orNull(s.Condition),
		orNull(s.Text), orNull(s.Language))
	return err
}

// LastExchange implements bridge.Tx.
func (t *tx) LastExchange(child policy.Person, since time.Time) (policy.Person, error) {
	var other policy.Person
	var at int64
	found, err := t.row("find last exchange", `SELECT other, at FROM message
		WHERE child = +? AND other IS NOT NULL AND verdict = 'deliver' AND reason <> 'gateway'
		ORDER BY id DESC LIMIT 1`, []any{child}, &other, &at)
	if err != nil || !found || at < since.UnixMicro() {
		return 0, err
	}
	return other, nil
}

// OwnTexts implements bridge.Tx.
func (t *tx) OwnTexts(to bridge.Phone, since time.Time) (int, error) {
	var n int
	_, err := t.row("count own texts", `SELECT count(*) FROM outbox
		WHERE way = 'sms' AND reason = 'gateway' AND address = ? AND created BETWEEN ? AND ?`,
		[]any{string(to), since.UnixMicro(), t.store.now().UnixMicro()}, &n)
	return n, err
}

// NextReference implements bridge.Tx.
func (t *tx) NextReference(to bridge.Phone) (int, error) {
	var ref int
	_, err := t.row("count up reference", `INSERT INTO reference (number, last) VALUES (?, 1)
		ON CONFLICT (number) DO UPDATE SET last = (last + 1) % 256 RETURNING last`, []any{string(to)}, &ref)
	return ref, err
}
