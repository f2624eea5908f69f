package store

import (
	"encoding/json"
	"fmt"

	"knapp/bridge"
)

// Two queries, each of which finds its rows by an index that holds only what waits; the + keeps SQLite from walking
// the whole outbox in the order of its ids instead.
const (
	queuedTexts = `SELECT o.id, o.message, o.address, o.reason = 'gateway', o.emergency FROM outbox o
		WHERE o.way = 'sms' AND o.state = 'queued' AND o.sending = 0
			AND NOT EXISTS (SELECT 1 FROM segment s WHERE s.leg = o.id AND s.state <> 'queued')
		ORDER BY +o.id`
	queuedChats = `SELECT o.id, o.message, z.recipient, o.reason = 'gateway', o.emergency, z.kind
		FROM outbox o JOIN stanza z ON z.leg = o.id
		WHERE o.way = 'xmpp' AND o.state = 'queued' ORDER BY +o.id`
)

// QueuedLegs implements bridge.Tx: SMS first, each way in the order in which it was decided. A stanza that the
// server may have, but for which no barrier has come back, is still queued.
func (t *tx) QueuedLegs() ([]bridge.QueuedLeg, error) {
	var out []bridge.QueuedLeg
	err := t.each("queued texts", queuedTexts, nil, func(scan scanner) error {
		leg := bridge.QueuedLeg{SMS: true}
		err := scan(&leg.Leg, &leg.Message, &leg.To, &leg.Own, &leg.Urgent)
		out = append(out, leg)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = t.each("queued chats", queuedChats, nil, func(scan scanner) error {
		var leg bridge.QueuedLeg
		var kind string
		err := scan(&leg.Leg, &leg.Message, &leg.To, &leg.Own, &leg.Urgent, &kind)
		leg.Kind = bridge.StanzaKind(kind)
		out = append(out, leg)
		return err
	})
	return out, err
}

// Readdress implements bridge.Tx. Only a chat can go to somebody else: a receipt or an error answers whom it
// answers. From here on only the new address may answer for the stanza.
func (t *tx) Readdress(leg bridge.LegID, to bridge.JID) error {
	moved, err := t.exec("readdress", `UPDATE outbox SET address = ? WHERE id = ? AND way = 'xmpp' AND state = 'queued'
		AND (SELECT kind FROM stanza WHERE leg = outbox.id) = 'chat'`, string(to), leg)
	if err != nil {
		return err
	}
	if moved == 0 {
		return fmt.Errorf("store: readdress: leg %d is no chat that waits: %w", leg, bridge.ErrNotFound)
	}
	_, err = t.exec("readdress", `UPDATE stanza SET recipient = ? WHERE leg = ?`, string(to), leg)
	return err
}

// Reassign implements bridge.Tx. Without a modem there is none to move to, and everything stays. What a leg has
// sent already keeps its references: the modem may only have been given another name.
func (t *tx) Reassign(modems []string) (int, error) {
	if len(modems) == 0 {
		return 0, nil
	}
	list, err := json.Marshal(modems)
	if err != nil {
		return 0, fmt.Errorf("store: reassign: %w", err)
	}
	moved, err := t.exec("reassign", `UPDATE outbox SET modem = ? WHERE way = 'sms' AND state = 'queued'
		AND modem NOT IN (SELECT value FROM json_each(?))`, modems[0], string(list))
	return int(moved), err
}
