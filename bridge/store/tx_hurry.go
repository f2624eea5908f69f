package store

import (
	"database/sql"
	"time"

	"knapp/bridge/policy"
)

// hurriedOf reads what somebody did in a hurry into a book: mutes, overrides, stops, and phones that are lost.
func hurriedOf(each eachFunc, b *policy.Book) error {
	reads := []struct {
		query string
		read  func(scan scanner) error
	}{
		{`SELECT child, other, by_child, until FROM mute`, func(scan scanner) error {
			var m policy.Mute
			var until sql.NullInt64
			err := scan(&m.Child, &m.Other, &m.ByChild, &until)
			m.Until = moment(until)
			b.Mutes = append(b.Mutes, m)
			return err
		}},
		{`SELECT child, other, until FROM opened`, func(scan scanner) error {
			var o policy.Override
			var until sql.NullInt64
			err := scan(&o.Child, &o.Other, &until)
			o.Until = moment(until)
			b.Overrides = append(b.Overrides, o)
			return err
		}},
		{`SELECT child, other FROM stop`, func(scan scanner) error {
			var s policy.Stop
			err := scan(&s.Child, &s.Other)
			b.Stops = append(b.Stops, s)
			return err
		}},
		{`SELECT child FROM lost`, func(scan scanner) error {
			var child policy.Person
			err := scan(&child)
			b.Lost = append(b.Lost, child)
			return err
		}},
	}
	for _, r := range reads {
		if err := each("read what was done in a hurry", r.query, nil, r.read); err != nil {
			return err
		}
	}
	return nil
}

// reload makes the directory anew, for this step and for all after it.
func (t *tx) reload() error {
	d, err := loadDirectory(t.each, t.store.location)
	if err == nil {
		t.directory = d
	}
	return err
}

// change runs a statement that changes what is decided by.
func (t *tx) change(op, query string, args ...any) error {
	if _, err := t.exec(op, query, args...); err != nil {
		return err
	}
	return t.reload()
}

// SetMute implements bridge.Tx.
func (t *tx) SetMute(m policy.Mute) error {
	return t.change("mute", `INSERT INTO mute (child, other, by_child, until) VALUES (?, ?, ?, ?)
		ON CONFLICT (child, other, by_child) DO UPDATE SET until = excluded.until`,
		m.Child, m.Other, m.ByChild, stamp(m.Until))
}

// EndMute implements bridge.Tx.
func (t *tx) EndMute(child, other policy.Person, byChild bool) error {
	return t.change("unmute", `DELETE FROM mute WHERE child = ? AND other = ? AND by_child = ?`, child, other, byChild)
}

// SetOverride implements bridge.Tx.
func (t *tx) SetOverride(o policy.Override) error {
	return t.change("open", `INSERT INTO opened (child, other, until) VALUES (?, ?, ?)
		ON CONFLICT (child, other) DO UPDATE SET until = excluded.until`, o.Child, o.Other, stamp(o.Until))
}

// EndOverride implements bridge.Tx.
func (t *tx) EndOverride(child, other policy.Person) error {
	return t.change("close", `DELETE FROM opened WHERE child = ? AND other = ?`, child, other)
}

// SetStop implements bridge.Tx.
func (t *tx) SetStop(s policy.Stop, why string, at time.Time) (fresh bool, err error) {
	n, err := t.exec("stop", `INSERT INTO stop (child, other, why, at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		s.Child, s.Other, why, stamp(at))
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.reload()
}

// EndStop implements bridge.Tx.
func (t *tx) EndStop(s policy.Stop) (was bool, err error) {
	n, err := t.exec("release", `DELETE FROM stop WHERE child = ? AND other = ?`, s.Child, s.Other)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.reload()
}

// SetLost implements bridge.Tx.
func (t *tx) SetLost(child policy.Person, on bool, at time.Time) (changed bool, err error) {
	query, args := `DELETE FROM lost WHERE child = ?`, []any{child}
	if on {
		query, args = `INSERT INTO lost (child, at) VALUES (?, ?) ON CONFLICT DO NOTHING`, []any{child, stamp(at)}
	}
	n, err := t.exec("lost phone", query, args...)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.reload()
}

// Warn implements bridge.Tx.
func (t *tx) Warn(child policy.Person, period int) (first bool, err error) {
	n, err := t.exec("warn", `INSERT INTO warned (child, period) VALUES (?, ?) ON CONFLICT DO NOTHING`, child, period)
	return n > 0, err
}
