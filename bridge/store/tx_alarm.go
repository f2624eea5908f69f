package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// alarmHorizon is how far ahead of now an alert or an unread text can be due. What seems to be later was written
// before the clock was set back, and is due at once: in an emergency, too early is harmless.
const alarmHorizon = 2 * time.Hour

// AddAlarm implements bridge.AlarmTx.
func (t *tx) AddAlarm(a bridge.Alarm) (bridge.AlarmID, error) {
	id, err := t.insert("add alarm", `INSERT INTO alarm (child, message, text, at, drill, rounds, due, read)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		a.Child, a.Message, orNull(a.Text), stamp(a.At), a.Drill, a.Rounds, stamp(a.Due), a.Read)
	return bridge.AlarmID(id), err
}

// SaveAlarm implements bridge.AlarmTx.
func (t *tx) SaveAlarm(a bridge.Alarm) error {
	n, err := t.exec("save alarm", `UPDATE alarm SET text = ?, rounds = ?, due = ?, read = ?, taken = ?, taken_at = ?,
		via = ? WHERE id = ?`,
		orNull(a.Text), a.Rounds, stamp(a.Due), a.Read, orNull(a.Taken), stamp(a.TakenAt), orNull(a.Via), a.ID)
	if err == nil && n == 0 {
		return fmt.Errorf("store: alarm %d: %w", a.ID, bridge.ErrNotFound)
	}
	return err
}

const alarmColumns = `SELECT id, child, message, text, at, drill, rounds, due, read, taken, taken_at, via FROM alarm `

// OpenAlarms implements bridge.AlarmTx.
func (t *tx) OpenAlarms(child policy.Person) ([]bridge.Alarm, error) {
	return t.alarms("open alarms", alarmColumns+`WHERE taken_at IS NULL AND (+?1 = 0 OR child = +?1) ORDER BY id`, child)
}

// AlarmsDue implements bridge.AlarmTx.
func (t *tx) AlarmsDue(now time.Time) ([]bridge.Alarm, error) {
	return t.alarms("alarms due", alarmColumns+`WHERE due IS NOT NULL AND (due <= +? OR due > +?) ORDER BY id`,
		now.UnixMicro(), now.Add(alarmHorizon).UnixMicro())
}

func (t *tx) alarms(op, query string, args ...any) ([]bridge.Alarm, error) {
	var out []bridge.Alarm
	err := t.each(op, query, args, func(scan scanner) error {
		var a bridge.Alarm
		var text, via sql.NullString
		var at, due, taken, takenAt sql.NullInt64
		err := scan(&a.ID, &a.Child, &a.Message, &text, &at, &a.Drill, &a.Rounds, &due, &a.Read, &taken, &takenAt, &via)
		a.Text, a.Via, a.At, a.Due = text.String, via.String, moment(at), moment(due)
		a.Taken, a.TakenAt = policy.Person(taken.Int64), moment(takenAt)
		out = append(out, a)
		return err
	})
	return out, err
}

// LastDrill implements bridge.AlarmTx.
func (t *tx) LastDrill(child policy.Person) (time.Time, error) {
	var at sql.NullInt64
	_, err := t.row("last drill", `SELECT max(at) FROM alarm WHERE child = ? AND drill = 1`, []any{child}, &at)
	if err != nil || !at.Valid {
		return time.Time{}, err
	}
	return moment(at), nil
}

// DrillDue implements bridge.AlarmTx.
func (t *tx) DrillDue(child policy.Person, now time.Time, every time.Duration) (bool, error) {
	var last sql.NullInt64
	_, err := t.row("drill due", `SELECT max(at) FROM (SELECT at FROM alarm WHERE child = ?1 AND drill = 1
		UNION ALL SELECT at FROM drill_asked WHERE child = ?1
		UNION ALL SELECT created FROM person WHERE id = ?1)`, []any{child}, &last)
	if err != nil || last.Int64 > now.Add(-every).UnixMicro() {
		return false, err
	}
	_, err = t.exec("ask for a drill", `INSERT INTO drill_asked (child, at) VALUES (?, ?)
		ON CONFLICT (child) DO UPDATE SET at = excluded.at`, child, stamp(now))
	return err == nil, err
}

// LegsOf implements bridge.AlarmTx.
func (t *tx) LegsOf(m bridge.MessageID) ([]bridge.LegFate, error) {
	var out []bridge.LegFate
	err := t.each("read legs", `SELECT id, way = 'sms', address, state FROM outbox WHERE message = ? ORDER BY id`, []any{m},
		func(scan scanner) error {
			var f bridge.LegFate
			err := scan(&f.Leg, &f.SMS, &f.To, &f.State)
			out = append(out, f)
			return err
		})
	return out, err
}

// AddUnseen implements bridge.AlarmTx.
func (t *tx) AddUnseen(u bridge.Unseen) error {
	_, err := t.exec("add unseen", `INSERT INTO unseen (message, child, guardian, text, at, due, doubt, sent)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
		ON CONFLICT (message) DO UPDATE SET due = ?6, doubt = ?7`,
		u.Message, u.Child, orNull(u.Guardian), orNull(u.Text), stamp(u.At), stamp(u.Due), u.Doubt, u.Sent)
	return err
}

// SaveUnseen implements bridge.AlarmTx.
func (t *tx) SaveUnseen(u bridge.Unseen) error {
	_, err := t.exec("save unseen", `UPDATE unseen SET due = ?, sent = ?, text = CASE WHEN ?2 THEN NULL ELSE text END
		WHERE message = ?`, stamp(u.Due), u.Sent, u.Message)
	return err
}

const unseenColumns = `SELECT message, child, guardian, text, at, due, doubt, sent FROM unseen `

// UnseenOf implements bridge.AlarmTx.
func (t *tx) UnseenOf(m bridge.MessageID) (bridge.Unseen, error) {
	list, err := t.unseen("read unseen", unseenColumns+`WHERE message = ?`, m)
	if err != nil || len(list) == 0 {
		return bridge.Unseen{}, errors.Join(err, bridge.ErrNotFound)
	}
	return list[0], nil
}

// UnseenDue implements bridge.AlarmTx.
func (t *tx) UnseenDue(now time.Time) ([]bridge.Unseen, error) {
	return t.unseen("unseen due", unseenColumns+`WHERE due IS NOT NULL AND (due <= +? OR due > +?) ORDER BY message`,
		now.UnixMicro(), now.Add(alarmHorizon).UnixMicro())
}

func (t *tx) unseen(op, query string, args ...any) ([]bridge.Unseen, error) {
	var out []bridge.Unseen
	err := t.each(op, query, args, func(scan scanner) error {
		var u bridge.Unseen
		var guardian, at, due sql.NullInt64
		var text sql.NullString
		err := scan(&u.Message, &u.Child, &guardian, &text, &at, &due, &u.Doubt, &u.Sent)
		u.Guardian, u.Text, u.At, u.Due = policy.Person(guardian.Int64), text.String, moment(at), moment(due)
		out = append(out, u)
		return err
	})
	return out, err
}

// DropUnseen implements bridge.AlarmTx.
func (t *tx) DropUnseen(guardian, child policy.Person, upTo bridge.MessageID) error {
	_, err := t.exec("drop unseen", `DELETE FROM unseen WHERE (guardian = ?1 OR guardian IS NULL AND EXISTS
			(SELECT 1 FROM guardianship g WHERE g.child = unseen.child AND g.guardian = ?1))
		AND (?2 = 0 OR child = ?2) AND (?3 = 0 OR message <= ?3)`, guardian, child, upTo)
	return err
}

// DropUnseenMessage implements bridge.AlarmTx.
func (t *tx) DropUnseenMessage(m bridge.MessageID) error {
	_, err := t.exec("drop unseen", `DELETE FROM unseen WHERE message = ?`, m)
	return err
}

// ShowsMarkers implements bridge.AlarmTx.
func (t *tx) ShowsMarkers(p policy.Person) (bool, error) {
	var one int
	return t.row("shows markers", `SELECT 1 FROM marks WHERE person = ?`, []any{p}, &one)
}

// SetShowsMarkers implements bridge.AlarmTx.
func (t *tx) SetShowsMarkers(p policy.Person) error {
	_, err := t.exec("shows markers", `INSERT INTO marks (person) VALUES (?) ON CONFLICT DO NOTHING`, p)
	return err
}

const nextAlarm = `SELECT min(due) FROM (SELECT due FROM alarm WHERE due IS NOT NULL
	UNION ALL SELECT due FROM unseen WHERE due IS NOT NULL)`

// NextAlarm implements bridge.AlarmStore.
func (s *Store) NextAlarm(ctx context.Context, now time.Time) (time.Time, bool, error) {
	var due sql.NullInt64
	_, err := s.readers.row(ctx, "next alarm", nextAlarm, nil, func(scan scanner) error { return scan(&due) })
	if err != nil || !due.Valid {
		return time.Time{}, false, err
	}
	if at := moment(due); at.Before(now.Add(alarmHorizon)) {
		return at, true, nil
	}
	return now, true, nil // set by a clock that has been put back
}
