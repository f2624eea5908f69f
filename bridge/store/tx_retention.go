package store

import (
	"knapp/bridge"
	"knapp/bridge/policy"
)

// Retention implements bridge.Tx.
func (t *tx) Retention(child policy.Person, what bridge.Retained) (int, error) {
	days := bridge.DaysKept(what)
	_, err := t.row("read a retention", `SELECT days FROM retention WHERE child = ? AND what = ?`, []any{child, string(what)}, &days)
	return days, err
}

// SetRetention implements bridge.Tx.
func (t *tx) SetRetention(child policy.Person, what bridge.Retained, days int) error {
	_, err := t.exec("set a retention", `INSERT INTO retention (child, what, days) VALUES (?, ?, ?)
		ON CONFLICT (child, what) DO UPDATE SET days = excluded.days`, child, string(what), days)
	return err
}
