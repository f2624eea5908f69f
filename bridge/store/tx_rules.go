package store

import (
	"database/sql"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Charge implements bridge.Tx.
func (t *tx) Charge(leg bridge.LegID, day bridge.Day) error {
	_, err := t.exec("charge", `INSERT INTO spent (day, child, other, parts)
		SELECT ?, coalesce(m.child, 0), iif(o.reason = 'gateway', 0, coalesce(m.other, 0)),
			(SELECT count(*) FROM segment s WHERE s.leg = o.id)
		FROM outbox o JOIN message m ON m.id = o.message WHERE o.id = +?
		ON CONFLICT (day, child, other) DO UPDATE SET parts = parts + excluded.parts`, int(day), leg)
	if err != nil {
		return err
	}
	_, err = t.exec("charge", `UPDATE outbox SET charged = ? WHERE id = ?`, int(day), leg)
	return err
}

// refund gives back what a leg was charged for and never left: a network that refuses takes no money. What may have
// left stays counted.
func (t *tx) refund(leg bridge.LegID) error {
	_, err := t.exec("give back", `UPDATE spent SET parts = max(0, parts - n) FROM (
			SELECT o.charged AS charged, coalesce(m.child, 0) AS whose,
				iif(o.reason = 'gateway', 0, coalesce(m.other, 0)) AS cause,
				(SELECT count(*) FROM segment s WHERE s.leg = o.id AND s.state IN ('queued', 'sending')) AS n
			FROM outbox o JOIN message m ON m.id = o.message WHERE o.id = ? AND o.charged IS NOT NULL)
		WHERE day = charged AND child = whose AND other = cause`, leg)
	return err
}

// Spent implements bridge.Tx.
func (t *tx) Spent(child, other policy.Person, day bridge.Day) (policy.Spent, error) {
	var s policy.Spent
	first, last := day.Month()
	_, err := t.row("count what was spent", `SELECT
			coalesce(sum(parts) FILTER (WHERE child = ?1 AND day = ?3), 0),
			coalesce(sum(parts) FILTER (WHERE child = ?1), 0),
			coalesce(sum(parts) FILTER (WHERE child = ?1 AND other = ?2 AND day = ?3), 0),
			coalesce(sum(parts) FILTER (WHERE day = ?3), 0),
			coalesce(sum(parts), 0),
			coalesce(sum(parts) FILTER (WHERE child = ?1 AND day = ?3 AND other = 0), 0),
			coalesce(sum(parts) FILTER (WHERE child = ?1 AND other = 0), 0),
			coalesce(sum(parts) FILTER (WHERE day = ?3 AND other = 0), 0),
			coalesce(sum(parts) FILTER (WHERE other = 0), 0)
		FROM spent WHERE day BETWEEN ?4 AND ?5`,
		[]any{child, other, int(day), int(first), int(last)},
		&s.Day, &s.Month, &s.Contact, &s.GatewayDay, &s.GatewayMonth,
		&s.Own.Day, &s.Own.Month, &s.Own.GatewayDay, &s.Own.GatewayMonth)
	return s, err
}

// SetVerdict implements bridge.Tx.
func (t *tx) SetVerdict(id bridge.MessageID, v policy.Verdict, parts int) error {
	_, err := t.exec("set verdict", `UPDATE message SET verdict = ?, reason = ?, rule = ?, parts = ? WHERE id = ?`,
		v.Action.String(), string(v.Reason), orNull(v.Rule), parts, id)
	return err
}

// AddHeld implements bridge.Tx.
func (t *tx) AddHeld(h bridge.Held) (bridge.HoldID, error) {
	id, err := t.insert("hold", `INSERT INTO held (message, child, other, direction, address, modem, text, until, question, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, h.Message, orNull(h.Child), orNull(h.Other), h.Direction.String(),
		orNull(h.Address), orNull(h.Modem), h.Text, stamp(h.Until), orNull(h.Question), stamp(h.At))
	return bridge.HoldID(id), err
}

const heldColumns = `SELECT id, message, child, other, direction, address, modem, text, until, question, at FROM held `

func (t *tx) held(where string, args ...any) ([]bridge.Held, error) {
	var out []bridge.Held
	err := t.each("read what is held", heldColumns+where+` ORDER BY id`, args, func(scan scanner) error {
		var h bridge.Held
		var child, other, until, question, at sql.NullInt64
		var direction string
		var address, modem, text sql.NullString
		err := scan(&h.ID, &h.Message, &child, &other, &direction, &address, &modem, &text, &until, &question, &at)
		h.Child, h.Other, h.Question = policy.Person(child.Int64), policy.Person(other.Int64), question.Int64
		h.Address, h.Modem, h.Text = address.String, modem.String, text.String
		h.Until, h.At = moment(until), moment(at)
		h.Direction = directionOf(direction)
		out = append(out, h)
		return err
	})
	return out, err
}

// directionOf reads what policy.Direction.String wrote.
func directionOf(s string) policy.Direction {
	if s == policy.FromChild.String() {
		return policy.FromChild
	}
	return policy.ToChild
}

// Held implements bridge.Tx.
func (t *tx) Held() ([]bridge.Held, error) { return t.held(`WHERE true`) }

// Urgent implements bridge.Tx. It looks at the newest of the child's log only: an hour has not more.
func (t *tx) Urgent(child, other policy.Person, since time.Time) (int, error) {
	var n int
	_, err := t.row("count what was urgent", `SELECT count(*) FROM
		(SELECT other, reason, at FROM message WHERE child = +? ORDER BY id DESC LIMIT 1000)
		WHERE other = ? AND reason = 'urgent' AND at > ?`, []any{child, other, since.UnixMicro()}, &n)
	return n, err
}

// HeldBetween implements bridge.Tx.
func (t *tx) HeldBetween(child, other policy.Person, way policy.Direction) ([]bridge.Held, error) {
	return t.held(`WHERE question IS NULL AND child = +? AND other = +? AND direction = +?`, child, other, way.String())
}

// HeldFor implements bridge.Tx.
func (t *tx) HeldFor(question int64) ([]bridge.Held, error) {
	return t.held(`WHERE question = ?`, question)
}

// HeldMessage implements bridge.Tx.
func (t *tx) HeldMessage(id bridge.MessageID) (bridge.Held, error) {
	found, err := t.held(`WHERE message = ?`, id)
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("store: held message %d: %w", id, bridge.ErrNotFound)
	}
	if err != nil {
		return bridge.Held{}, err
	}
	return found[0], nil
}

// AssignHeld implements bridge.Tx.
func (t *tx) AssignHeld(question int64, child, other policy.Person) error {
	_, err := t.exec("assign held", `UPDATE message SET child = ?, other = ?, address = NULL
		WHERE id IN (SELECT message FROM held WHERE question = ?)`, child, orNull(other), question)
	if err != nil {
		return err
	}
	_, err = t.exec("assign held", `UPDATE held SET child = ?, other = ?, address = NULL WHERE question = ?`,
		child, orNull(other), question)
	return err
}

// SetHeld implements bridge.Tx.
func (t *tx) SetHeld(id bridge.HoldID, text string, until time.Time) error {
	_, err := t.exec("change held", `UPDATE held SET text = ?, until = ?, question = NULL WHERE id = ?`, text, stamp(until), id)
	return err
}

// DropHeld implements bridge.Tx.
func (t *tx) DropHeld(id bridge.HoldID) error {
	_, err := t.exec("drop held", `DELETE FROM held WHERE id = ?`, id)
	return err
}
