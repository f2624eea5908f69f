package store

import (
	"database/sql"
	"encoding/binary"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// AddPassed implements bridge.LoopsTx.
func (t *tx) AddPassed(child, other policy.Person, way policy.Direction, text string, at time.Time) (uint64, error) {
	hash := binary.BigEndian.Uint64(t.store.digest("passed", text))
	_, err := t.exec("note what passes", `INSERT INTO passed (child, other, way, text, at) VALUES (?, ?, ?, ?, ?)`,
		child, other, way.String(), int64(hash), stamp(at))
	return hash, err
}

// Passed implements bridge.LoopsTx.
func (t *tx) Passed(since time.Time) ([]bridge.Passed, error) {
	var out []bridge.Passed
	err := t.each("read what has passed", `SELECT child, other, way, text, at FROM passed WHERE at >= ? ORDER BY at, rowid`,
		[]any{since.UnixMicro()}, func(scan scanner) error {
			var p bridge.Passed
			var way string
			var text int64
			var at sql.NullInt64
			err := scan(&p.Child, &p.Other, &way, &text, &at)
			p.Way, p.Text, p.At = directionOf(way), uint64(text), moment(at)
			out = append(out, p)
			return err
		})
	return out, err
}

// DropPassed implements bridge.LoopsTx.
func (t *tx) DropPassed(child, other policy.Person) error {
	_, err := t.exec("forget what has passed", `DELETE FROM passed WHERE child = ? AND other = ?`, child, other)
	return err
}

// Stops implements bridge.LoopsTx.
func (t *tx) Stops() ([]bridge.StopLine, error) {
	var out []bridge.StopLine
	err := t.each("read what is stopped", `SELECT child, other, why, at FROM stop ORDER BY at, child, other`, nil,
		func(scan scanner) error {
			var s bridge.StopLine
			var at sql.NullInt64
			err := scan(&s.Child, &s.Other, &s.Why, &at)
			s.At = moment(at)
			out = append(out, s)
			return err
		})
	return out, err
}
