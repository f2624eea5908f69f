package store

import (
	"database/sql"
	"fmt"
	"strings"
	"time"

	"knapp/bridge"
)

// StanzasSent implements bridge.Tx. A leg whose receipt was faster than the barrier keeps its state, and one whose
// error was faster (it waits for its next try) is still to be sent.
func (t *tx) StanzasSent(legs []bridge.LegID, at time.Time) error {
	from, to := horizon(at)
	for _, leg := range legs {
		moved, err := t.exec("stanza sent", `UPDATE outbox SET state = 'sent', why = NULL, changed = ?
			WHERE id = +? AND way = 'xmpp' AND state = 'queued' AND due NOT BETWEEN +? + 1 AND +?`,
			stamp(at), leg, from, to)
		if err != nil {
			return err
		}
		if moved == 0 {
			continue
		}
		// Its text stays for a while, in case that the server sends it back: see Purge.
		if _, err := t.exec("stanza sent", `UPDATE stanza SET sent_at = ? WHERE leg = ?`, stamp(at), leg); err != nil {
			return err
		}
	}
	return nil
}

// StanzaByID implements bridge.Tx.
func (t *tx) StanzaByID(id, answeredBy string) (bridge.SentStanza, error) {
	var sent bridge.SentStanza
	var state, to string
	found, err := t.row("find stanza", `SELECT o.id, o.message, o.state, o.attempts, o.reason = 'gateway', z.recipient
		FROM stanza z JOIN outbox o ON o.id = z.leg WHERE z.stanza_id = ?`, []any{id},
		&sent.Leg, &sent.Message, &state, &sent.Attempts, &sent.Own, &to)
	if err != nil {
		return bridge.SentStanza{}, err
	}
	if !found || !speaksFor(answeredBy, to) {
		return bridge.SentStanza{}, fmt.Errorf("store: stanza %q, answered by another or never sent: %w", id, bridge.ErrNotFound)
	}
	sent.State = bridge.LegState(state)
	return sent, nil
}

// speaksFor tells whether an address may answer for another: any client of the same account, or its server
// (RFC 6120 §10.5: a server answers for the addresses that it hosts).
func speaksFor(who, whom string) bool {
	who, whom = bare(strings.ToLower(who)), bare(strings.ToLower(whom))
	_, domain, isAccount := strings.Cut(whom, "@")
	return who != "" && (who == whom || isAccount && who == domain)
}

func bare(jid string) string {
	jid, _, _ = strings.Cut(jid, "/")
	return jid
}

// RetryStanza implements bridge.Tx.
func (t *tx) RetryStanza(leg bridge.LegID, due time.Time, why string) error {
	state, kept, err := t.stanza(leg)
	if err != nil {
		return err
	}
	if final(state) || !kept {
		return fmt.Errorf("store: retry stanza leg %d, which is %s: %w", leg, state, bridge.ErrTextGone)
	}
	_, err = t.exec("retry stanza", `UPDATE outbox SET state = 'queued', due = ?, attempts = attempts + 1, why = ?, changed = ?
		WHERE id = ?`, due.UnixMicro(), orNull(why), stamp(t.store.now()), leg)
	if err != nil {
		return err
	}
	_, err = t.exec("retry stanza", `UPDATE stanza SET sent_at = NULL WHERE leg = ?`, leg)
	return err
}

// FinishStanza implements bridge.Tx. A leg that has ended already keeps its state.
func (t *tx) FinishStanza(leg bridge.LegID, state bridge.LegState, why string, at time.Time) error {
	if state != bridge.Delivered && state != bridge.Failed {
		return fmt.Errorf("store: finish stanza: %q is no end of a stanza", state)
	}
	now, _, err := t.stanza(leg)
	if err != nil || final(now) {
		return err
	}
	_, err = t.exec("finish stanza", `UPDATE outbox SET state = ?, why = ?, changed = ? WHERE id = ?`,
		string(state), orNull(why), stamp(at), leg)
	if err != nil {
		return err
	}
	_, err = t.exec("drop text", `UPDATE stanza SET body = NULL, text = NULL WHERE leg = ?`, leg)
	return err
}

// stanza tells how far a stanza's leg is, and whether it can still be written. A receipt has no text to lose.
func (t *tx) stanza(leg bridge.LegID) (state bridge.LegState, kept bool, err error) {
	var s, kind string
	var body sql.NullString
	found, err := t.row("read stanza", `SELECT o.state, z.kind, z.body FROM outbox o JOIN stanza z ON z.leg = o.id
		WHERE o.id = ?`, []any{leg}, &s, &kind, &body)
	if err == nil && !found {
		err = fmt.Errorf("store: stanza leg %d: %w", leg, bridge.ErrNotFound)
	}
	return bridge.LegState(s), body.Valid || bridge.StanzaKind(kind) == bridge.ReceiptStanza, err
}
