package store

import (
	"database/sql"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// SetBlock implements bridge.Tx.
func (t *tx) SetBlock(b bridge.BlockedAddress, on bool) (bool, error) {
	if !on {
		n, err := t.exec("unblock", `DELETE FROM block WHERE address = ? AND child = ?`, b.Address, b.Child)
		return n > 0, err
	}
	n, err := t.exec("block", `INSERT INTO block (address, child, at, who) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		b.Address, b.Child, stamp(b.At), orNull(b.Who))
	return n > 0, err
}

// Blocked implements bridge.Tx.
func (t *tx) Blocked(address string, child policy.Person) (bool, error) {
	var n int
	_, err := t.row("look for a block", `SELECT count(*) FROM block WHERE address = ? AND child IN (0, ?)`,
		[]any{address, child}, &n)
	return n > 0, err
}

// Blocks implements bridge.Tx.
func (t *tx) Blocks() ([]bridge.BlockedAddress, error) {
	var out []bridge.BlockedAddress
	err := t.each("read blocks", `SELECT address, child, at, who FROM block ORDER BY at DESC, address`, nil,
		func(scan scanner) error {
			var b bridge.BlockedAddress
			var at, who sql.NullInt64
			err := scan(&b.Address, &b.Child, &at, &who)
			b.At, b.Who = moment(at), policy.Person(who.Int64)
			out = append(out, b)
			return err
		})
	return out, err
}

// AddPending implements bridge.Tx.
func (t *tx) AddPending(p bridge.Pending) (int64, error) {
	return t.insert("add a change that waits", `INSERT INTO pending (code, kind, child, person, what, role, days, who, via, asked, due, state)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')`, p.Code, string(p.Kind), orNull(p.Child), orNull(p.Person),
		orNull(string(p.What)), orNull(string(p.Role)), p.Days, orNull(p.By.Person), p.By.Via, stamp(p.Asked), stamp(p.Due))
}

// SavePending implements bridge.Tx.
func (t *tx) SavePending(p bridge.Pending) error {
	_, err := t.exec("save a change that waits", `UPDATE pending SET state = ?, due = ? WHERE id = ?`, p.State, stamp(p.Due), p.ID)
	return err
}

// OpenPending implements bridge.Tx.
func (t *tx) OpenPending() ([]bridge.Pending, error) {
	var out []bridge.Pending
	err := t.each("read what waits", `SELECT id, code, kind, child, person, what, role, days, who, via, asked, due, state
		FROM pending WHERE state = 'open' ORDER BY id`, nil, func(scan scanner) error {
		var p bridge.Pending
		var child, person, days, who, asked, due sql.NullInt64
		var what, role sql.NullString
		err := scan(&p.ID, &p.Code, &p.Kind, &child, &person, &what, &role, &days, &who, &p.By.Via, &asked, &due, &p.State)
		p.Child, p.Person, p.By.Person = policy.Person(child.Int64), policy.Person(person.Int64), policy.Person(who.Int64)
		p.What, p.Role, p.Days, p.Asked, p.Due = bridge.Retained(what.String), bridge.Role(role.String), int(days.Int64), moment(asked), moment(due)
		out = append(out, p)
		return err
	})
	return out, err
}

// Suspend implements bridge.Tx.
func (t *tx) Suspend(s bridge.Suspension) error {
	query, args := `DELETE FROM suspension WHERE person = ?`, []any{s.Person}
	if !s.Until.IsZero() {
		query = `INSERT INTO suspension (person, who, at, until) VALUES (?, ?, ?, ?)
			ON CONFLICT (person) DO UPDATE SET who = excluded.who, at = excluded.at, until = excluded.until`
		args = append(args, orNull(s.Who), stamp(s.At), stamp(s.Until))
	}
	if _, err := t.exec("suspend", query, args...); err != nil {
		return err
	}
	return t.reload()
}

// Suspensions implements bridge.Tx.
func (t *tx) Suspensions() ([]bridge.Suspension, error) { return suspensions(t.each) }

func suspensions(each eachFunc) ([]bridge.Suspension, error) {
	var out []bridge.Suspension
	err := each("read suspensions", `SELECT person, who, at, until FROM suspension ORDER BY person`, nil, func(scan scanner) error {
		var s bridge.Suspension
		var who, at, until sql.NullInt64
		err := scan(&s.Person, &who, &at, &until)
		s.Who, s.At, s.Until = policy.Person(who.Int64), moment(at), moment(until)
		out = append(out, s)
		return err
	})
	return out, err
}
