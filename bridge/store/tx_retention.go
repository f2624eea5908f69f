package store

import (
	"fmt"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// daysKept is the SQL for how many days something about a child is kept: its own term, else the family's, else the
// usual one.
func daysKept(child string, what bridge.Retained) string {
	return fmt.Sprintf(`coalesce((SELECT days FROM retention WHERE child = %s AND what = '%[2]s'),
		(SELECT days FROM retention WHERE child = 0 AND what = '%[2]s'), %[3]d)`, child, what, bridge.DaysKept(what))
}

var childsRetention = map[bridge.Retained]string{
	bridge.KeepHeld:     `SELECT ` + daysKept("?", bridge.KeepHeld),
	bridge.KeepMetadata: `SELECT ` + daysKept("?", bridge.KeepMetadata),
	bridge.KeepAudit:    `SELECT ` + daysKept("?", bridge.KeepAudit),
}

// Retention implements bridge.Tx.
func (t *tx) Retention(child policy.Person, what bridge.Retained) (days int, err error) {
	_, err = t.row("read a retention", childsRetention[what], []any{child}, &days)
	return days, err
}

// SetRetention implements bridge.Tx.
func (t *tx) SetRetention(child policy.Person, what bridge.Retained, days int) error {
	_, err := t.exec("set a retention", `INSERT INTO retention (child, what, days) VALUES (?, ?, ?)
		ON CONFLICT (child, what) DO UPDATE SET days = excluded.days`, child, string(what), days)
	return err
}
