package store

import (
	"database/sql"
	"time"

	"knapp/bridge/policy"
)

// WaitingFor implements bridge.VigilTx.
func (t *tx) WaitingFor(modem string) (n int, err error) {
	_, err = t.row("count what waits for a modem",
		`SELECT count(*) FROM outbox WHERE way = 'sms' AND state = 'queued' AND modem = ?`, []any{modem}, &n)
	return n, err
}

// HeldWhile implements bridge.VigilTx. It reads the log backwards as far as `to`, which is not long ago.
func (t *tx) HeldWhile(modem string, from, to time.Time) (n int, err error) {
	_, err = t.row("count what was held", `SELECT count(*) FROM message
		WHERE id > coalesce((SELECT max(id) FROM message WHERE at < ?1), 0)
			AND modem = ?2 AND direction = 'from_child' AND written BETWEEN ?3 AND ?1`,
		[]any{to.UnixMicro(), modem, from.UnixMicro()}, &n)
	return n, err
}

// MoveLegs implements bridge.VigilTx. What was refused for certain is due at once by the other modem.
func (t *tx) MoveLegs(from, to string, emergencyOnly bool) (int, error) {
	moved, err := t.exec("move what waits", `UPDATE outbox SET modem = ?, due = 0
		WHERE way = 'sms' AND state = 'queued' AND modem = ? AND sending = 0 AND (emergency = 1 OR NOT ?)
			AND NOT EXISTS (SELECT 1 FROM segment s WHERE s.leg = outbox.id AND s.state <> 'queued')`, to, from, emergencyOnly)
	return int(moved), err
}

// LastModem implements bridge.VigilTx.
func (t *tx) LastModem(child policy.Person) (string, error) {
	var modem sql.NullString
	_, err := t.row("find a child's modem", `SELECT modem FROM message
		WHERE child = ? AND direction = 'from_child' AND modem IS NOT NULL ORDER BY id DESC LIMIT 1`, []any{child}, &modem)
	return modem.String, err
}
