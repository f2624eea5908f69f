package store

import (
	"cmp"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// What follows walks the child's log back to its own last text. A text that is held for the other counts: the child has
// written it. What another child wrote stands in that one's log. Each is a range of an index in its own order: to put
// them together in one query takes SQLite longer than all else that is asked about a text.
const (
	lastOwnText = `SELECT id FROM message WHERE child = +? AND direction = 'from_child' AND verdict IN ('deliver', 'hold')
		AND reason NOT IN (` + noTalk + `) ORDER BY id DESC LIMIT 1`
	ownExchanges = `SELECT id, direction = 'from_child', coalesce(other, 0) FROM message m
		WHERE child = +?1 AND id >= +?2 AND at >= +?3 AND reason NOT IN (` + noTalk + `)
			AND (direction = 'from_child' AND verdict IN ('deliver', 'hold') OR direction = 'to_child' AND ` + onThePhone + `)
		ORDER BY id DESC LIMIT 50`
	othersTexts = `SELECT m.id, 0, m.child FROM person p CROSS JOIN message m
		WHERE p.kind = 'child' AND p.archived_at IS NULL AND p.id <> +?1 AND m.child = p.id
			AND m.id >= +?2 AND m.other = +?1 AND m.direction = 'from_child' AND m.at >= +?3 AND ` + onThePhone + `
		ORDER BY m.id DESC LIMIT 50`

	noTalk = `'gateway', 'command', 'helpline', 'unaddressed', 'child_asks'`
)

// onThePhone is what the network has taken: the child may have seen it.
const onThePhone = `m.verdict = 'deliver' AND EXISTS (SELECT 1 FROM outbox o WHERE o.message = m.id
	AND o.way = 'sms' AND o.reason <> 'gateway' AND o.state IN ('sent', 'delivered', 'unknown'))`

// Exchanges implements bridge.Tx.
func (t *tx) Exchanges(child policy.Person, since time.Time) ([]bridge.Exchange, error) {
	d, err := t.Directory()
	if err != nil {
		return nil, err
	}
	var last int64
	if _, err := t.row("find the last text", lastOwnText, []any{child}, &last); err != nil {
		return nil, err
	}
	type logged struct {
		id int64
		bridge.Exchange
	}
	var all []logged
	read := func(scan scanner) error {
		var l logged
		err := scan(&l.id, &l.FromChild, &l.Other)
		all = append(all, l)
		return err
	}
	queries := []string{ownExchanges}
	if len(d.Children()) > 1 {
		queries = append(queries, othersTexts)
	}
	for _, query := range queries {
		if err := t.each("read exchanges", query, []any{child, last, stamp(since)}, read); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b logged) int { return cmp.Compare(b.id, a.id) })
	var out []bridge.Exchange
	for _, l := range all[:min(len(all), 50)] {
		out = append(out, l.Exchange)
	}
	return out, nil
}

// SetOther implements bridge.Tx.
func (t *tx) SetOther(id bridge.MessageID, other policy.Person) error {
	_, err := t.exec("set other", `UPDATE message SET other = ? WHERE id = ?`, orNull(other), id)
	return err
}

// AddUndecided implements bridge.Tx.
func (t *tx) AddUndecided(u bridge.Undecided) error {
	_, err := t.exec("keep undecided text", `INSERT INTO undecided (message, child, corrects, text, due) VALUES (?, ?, ?, ?, ?)`,
		u.Message, u.Child, orNull(u.Corrects), u.Text, stamp(u.Due))
	return err
}

const undecidedColumns = `SELECT message, child, coalesce(corrects, 0), coalesce(text, ''), due FROM undecided `

// UndecidedOf implements bridge.Tx.
func (t *tx) UndecidedOf(child policy.Person) ([]bridge.Undecided, error) {
	return t.undecided(`WHERE child = +? AND corrects IS NULL ORDER BY message`, child)
}

// UndecidedDue implements bridge.Tx.
func (t *tx) UndecidedDue(now time.Time, most time.Duration) ([]bridge.Undecided, error) {
	return t.undecided(`WHERE due <= ? OR due > ? ORDER BY message`, stamp(now), stamp(now.Add(most)))
}

// CorrectionsOf implements bridge.Tx.
func (t *tx) CorrectionsOf(id bridge.MessageID) ([]bridge.Undecided, error) {
	return t.undecided(`WHERE corrects = ? ORDER BY message`, id)
}

// MessageOf implements bridge.Tx.
func (t *tx) MessageOf(child, other policy.Person, stanza string) (bridge.MessageID, error) {
	var id bridge.MessageID
	found, err := t.row("find message of stanza", `SELECT id FROM message
		WHERE child = +? AND other = ? AND stanza = ? AND direction = 'to_child' ORDER BY id DESC LIMIT 1`,
		[]any{child, other, stanza}, &id)
	if err == nil && !found {
		err = fmt.Errorf("store: message of stanza %q: %w", stanza, bridge.ErrNotFound)
	}
	return id, err
}

// Reached implements bridge.Tx.
func (t *tx) Reached(id bridge.MessageID) (bool, error) {
	var n int
	_, err := t.row("look whether it left", `SELECT count(*) FROM outbox WHERE message = ? AND way = 'sms'
		AND reason <> 'gateway' AND (state IN ('sent', 'delivered', 'unknown') OR state = 'queued')`, []any{id}, &n)
	return n > 0, err
}

func (t *tx) undecided(where string, args ...any) ([]bridge.Undecided, error) {
	var out []bridge.Undecided
	err := t.each("read undecided texts", undecidedColumns+where, args, func(scan scanner) error {
		var u bridge.Undecided
		var due sql.NullInt64
		err := scan(&u.Message, &u.Child, &u.Corrects, &u.Text, &due)
		u.Due = moment(due)
		out = append(out, u)
		return err
	})
	return out, err
}

// DropUndecided implements bridge.Tx.
func (t *tx) DropUndecided(id bridge.MessageID) error {
	_, err := t.exec("drop undecided text", `DELETE FROM undecided WHERE message = ?`, id)
	return err
}

// Answered implements bridge.Tx. What is older counts no more, and is forgotten on the way.
func (t *tx) Answered(to bridge.Phone, since time.Time) (int, error) {
	var n int
	_, err := t.row("count answers", `SELECT count(*) FROM answered WHERE phone = ? AND at BETWEEN ? AND ?`,
		[]any{string(to), stamp(since), stamp(t.store.now())}, &n)
	return n, err
}

// answersCounted is for how long what was asked of the gateway counts.
const answersCounted = 24 * time.Hour

// AddAnswered implements bridge.Tx.
func (t *tx) AddAnswered(to bridge.Phone, at time.Time) error {
	_, err := t.exec("forget answers", `DELETE FROM answered WHERE phone = ? AND at NOT BETWEEN ? AND ?`,
		string(to), stamp(at.Add(-answersCounted)), stamp(at))
	if err != nil {
		return err
	}
	_, err = t.exec("count an answer", `INSERT INTO answered (phone, at) VALUES (?, ?)`, string(to), stamp(at))
	return err
}

// DropAnswered implements bridge.Tx.
func (t *tx) DropAnswered(to bridge.Phone) error {
	_, err := t.exec("forget answers", `DELETE FROM answered WHERE phone = ?`, string(to))
	return err
}

// AddNotice implements bridge.Tx.
func (t *tx) AddNotice(n bridge.Notice) error {
	again, err := t.exec("count a notice", `UPDATE notice SET times = times + 1 WHERE phone = ? AND text = ?`,
		string(n.To), n.Text)
	if err != nil || again > 0 {
		return err
	}
	_, err = t.exec("keep a notice", `INSERT INTO notice (message, phone, text, times, due) VALUES (?, ?, ?, ?, ?)`,
		n.About, string(n.To), n.Text, max(n.Times, 1), stamp(n.Due))
	return err
}

// NoticesDue implements bridge.Tx.
func (t *tx) NoticesDue(now time.Time, most time.Duration) ([]bridge.Notice, error) {
	var out []bridge.Notice
	err := t.each("read notices", `SELECT id, message, phone, coalesce(text, ''), times, due FROM notice
		WHERE phone IN (SELECT phone FROM notice WHERE due <= ? OR due > ?) ORDER BY phone, id`,
		[]any{stamp(now), stamp(now.Add(most))}, func(scan scanner) error {
			var n bridge.Notice
			var phone string
			var due sql.NullInt64
			err := scan(&n.ID, &n.About, &phone, &n.Text, &n.Times, &due)
			n.To, n.Due = bridge.Phone(phone), moment(due)
			out = append(out, n)
			return err
		})
	return out, err
}

// DropNotice implements bridge.Tx.
func (t *tx) DropNotice(id int64) error {
	_, err := t.exec("drop a notice", `DELETE FROM notice WHERE id = ?`, id)
	return err
}

// NextConversation implements bridge.Tx.
func (t *tx) NextConversation() (time.Time, error) {
	var due sql.NullInt64
	_, err := t.row("find what is due", `SELECT min(due) FROM
		(SELECT min(due) AS due FROM undecided UNION ALL SELECT min(due) FROM notice)`, nil, &due)
	return moment(due), err
}

// Lately implements bridge.Tx.
func (t *tx) Lately(what string, child, other policy.Person, now time.Time) (time.Time, error) {
	before, err := t.LastOf(what, child, other)
	if err != nil {
		return time.Time{}, err
	}
	_, err = t.exec("note", `INSERT INTO lately (what, child, other, at) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET at = excluded.at`, what, child, other, stamp(now))
	return before, err
}

// LastOf implements bridge.Tx.
func (t *tx) LastOf(what string, child, other policy.Person) (time.Time, error) {
	var at sql.NullInt64
	_, err := t.row("look what was", `SELECT at FROM lately WHERE what = ? AND child = ? AND other = ?`,
		[]any{what, child, other}, &at)
	return moment(at), err
}

// UnsentText implements bridge.Tx.
func (t *tx) UnsentText(leg bridge.LegID) ([][]byte, error) {
	var out [][]byte
	err := t.each("read unsent text", `SELECT s.tpdu FROM segment s JOIN outbox o ON o.id = s.leg
		WHERE s.leg = ? AND o.reason <> 'gateway' AND o.sending = 0
			AND NOT EXISTS (SELECT 1 FROM segment x WHERE x.leg = s.leg AND (x.state <> 'queued' OR x.tpdu IS NULL))
		ORDER BY s.n`, []any{leg}, func(scan scanner) error {
		var tpdu []byte
		err := scan(&tpdu)
		out = append(out, tpdu)
		return err
	})
	return out, err
}

// Resegment implements bridge.Tx.
func (t *tx) Resegment(leg bridge.LegID, tpdus [][]byte) error {
	var charged sql.NullInt64
	if _, err := t.row("resegment", `SELECT charged FROM outbox WHERE id = ?`, []any{leg}, &charged); err != nil {
		return err
	}
	if err := t.refund(leg); err != nil {
		return err
	}
	if _, err := t.exec("resegment", `DELETE FROM segment WHERE leg = ? AND state = 'queued'`, leg); err != nil {
		return err
	}
	for i, tpdu := range tpdus {
		_, err := t.exec("resegment", `INSERT INTO segment (leg, n, tpdu, state) VALUES (?, ?, ?, 'queued')`, leg, i+1, tpdu)
		if err != nil {
			return err
		}
	}
	if !charged.Valid {
		return nil
	}
	return t.Charge(leg, bridge.Day(charged.Int64))
}
