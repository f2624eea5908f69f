package store

import (
	"errors"
	"fmt"
	"time"

	"knapp/bridge"
)

// MarkSending implements bridge.Tx. It fails when the segment does not wait, or not yet: nothing may then leave.
func (t *tx) MarkSending(leg bridge.LegID, n int, at time.Time) error {
	marked, err := t.exec("mark sending", `UPDATE outbox SET sending = 1, changed = ?
		WHERE id = +? AND way = 'sms' AND state = 'queued' AND sending = 0
			AND +? = (SELECT min(n) FROM segment WHERE leg = outbox.id AND state = 'queued')`, stamp(at), leg, n)
	if err != nil {
		return err
	}
	if marked == 0 {
		return fmt.Errorf("store: mark sending: segment %d of leg %d is not the next to send: %w", n, leg, bridge.ErrNotFound)
	}
	_, err = t.exec("mark sending", `UPDATE segment SET state = 'sending', sending_at = ? WHERE leg = ? AND n = ?`,
		stamp(at), leg, n)
	return err
}

// MarkSent implements bridge.Tx. A leg that has ended meanwhile stays as it is; the segment is kept as sent.
func (t *tx) MarkSent(leg bridge.LegID, n int, ref int, at time.Time) (bridge.Outcome, error) {
	var given any // NULL fits no report
	if ref != bridge.NoReference {
		given = ref
	}
	marked, err := t.exec("mark sent", `UPDATE segment SET state = 'sent', ref = ?, sent_at = ?, tpdu = NULL
		WHERE leg = ? AND n = ? AND state IN ('queued', 'sending', 'unknown')`, given, stamp(at), leg, n)
	if err != nil {
		return bridge.Outcome{}, err
	}
	if marked == 0 {
		return t.outcome(leg)
	}
	if _, err := t.exec("mark sent", `UPDATE outbox SET sending = 0, due = 0 WHERE id = ?`, leg); err != nil {
		return bridge.Outcome{}, err
	}
	why, err := t.applyEarlyReports(leg, n)
	if err != nil {
		return bridge.Outcome{}, err
	}
	return t.weigh(leg, why, at)
}

// Retry implements bridge.Tx. For a leg that has ended meanwhile there is nothing to try again.
func (t *tx) Retry(leg bridge.LegID, n int, due time.Time, why string) error {
	now, err := t.outcome(leg)
	if err != nil {
		return err
	}
	back := "queued"
	if final(now.State) {
		back = "failed"
	}
	moved, err := t.exec("retry", `UPDATE segment SET state = ?, sending_at = NULL, attempts = attempts + 1
		WHERE leg = ? AND n = ? AND state IN ('queued', 'sending')`, back, leg, n)
	if err != nil {
		return err
	}
	if final(now.State) {
		return nil
	}
	if moved == 0 {
		return fmt.Errorf("store: retry: segment %d of leg %d has left: %w", n, leg, bridge.ErrNotFound)
	}
	_, err = t.exec("retry", `UPDATE outbox SET sending = 0, due = ?, attempts = attempts + 1, why = ?, changed = ?
		WHERE id = ?`, due.UnixMicro(), orNull(why), stamp(t.store.now()), leg)
	return err
}

// FinishSMS implements bridge.Tx. A leg that has ended already keeps its state.
func (t *tx) FinishSMS(leg bridge.LegID, state bridge.LegState, why string, at time.Time) (bridge.Outcome, error) {
	if state != bridge.Failed && state != bridge.Unknown {
		return bridge.Outcome{}, fmt.Errorf("store: finish SMS: %q is no end that a sender gives it", state)
	}
	now, err := t.outcome(leg)
	if err != nil {
		return bridge.Outcome{}, err
	}
	if state == bridge.Failed && !final(now.State) {
		if err := t.refund(leg); err != nil {
			return bridge.Outcome{}, err
		}
	}
	// What was in the air is no longer waited for, whatever the leg's state is.
	_, err = t.exec("finish SMS", `UPDATE segment SET state = ?, tpdu = NULL WHERE leg = ? AND state = 'sending'`,
		string(state), leg)
	if err != nil || final(now.State) {
		return now, err
	}
	return t.settle(now, state, why, at)
}

// Interrupted implements bridge.Tx.
func (t *tx) Interrupted() ([]bridge.Segment, error) {
	var out []bridge.Segment
	err := t.each("find interrupted segments", `SELECT o.id, o.message, o.modem, o.address, o.created, s.n, s.tpdu,
			s.attempts, (SELECT count(*) FROM segment a WHERE a.leg = o.id), o.emergency
		FROM segment s JOIN outbox o ON o.id = s.leg WHERE s.state = 'sending' ORDER BY o.id, s.n`, nil,
		func(scan scanner) error {
			seg, err := readSegment(scan)
			out = append(out, seg)
			return err
		})
	return out, err
}

func readSegment(scan scanner) (bridge.Segment, error) {
	var seg bridge.Segment
	var to string
	var created int64
	err := scan(&seg.Leg, &seg.Message, &seg.Modem, &to, &created, &seg.N, &seg.TPDU, &seg.Attempts, &seg.Of,
		&seg.Emergency)
	seg.To, seg.Created = bridge.Phone(to), time.UnixMicro(created).UTC()
	return seg, err
}

// final tells whether a state is one that nothing changes any more.
func final(state bridge.LegState) bool {
	return state == bridge.Delivered || state == bridge.Failed || state == bridge.Unknown
}

// outcome returns how far an SMS leg is.
func (t *tx) outcome(leg bridge.LegID) (bridge.Outcome, error) {
	o := bridge.Outcome{Leg: leg}
	var state string
	found, err := t.row("read leg", `SELECT message, state, reason = 'gateway' FROM outbox WHERE id = ? AND way = 'sms'`,
		[]any{leg}, &o.Message, &state, &o.Own)
	if err == nil && !found {
		err = fmt.Errorf("store: SMS leg %d: %w", leg, bridge.ErrNotFound)
	}
	if err != nil {
		return bridge.Outcome{}, err
	}
	o.State = bridge.LegState(state)
	return o, nil
}

// weigh brings a leg to the state that its segments give it (promise 5): Failed with the first that was lost,
// Sent when all were taken, Delivered when all arrived.
func (t *tx) weigh(leg bridge.LegID, why string, at time.Time) (bridge.Outcome, error) {
	now, err := t.outcome(leg)
	if err != nil || final(now.State) {
		return now, err
	}
	var all, taken, arrived, lost int
	found, err := t.row("count segments", `SELECT count(*),
			count(*) FILTER (WHERE state IN ('sent', 'delivered', 'unconfirmed')),
			count(*) FILTER (WHERE state = 'delivered'), count(*) FILTER (WHERE state = 'failed')
		FROM segment WHERE leg = ?`, []any{leg}, &all, &taken, &arrived, &lost)
	switch {
	case err != nil:
		return bridge.Outcome{}, err
	case !found || all == 0:
		return bridge.Outcome{}, t.fail("count segments", errors.New("the leg has none"))
	case lost > 0:
		return t.settle(now, bridge.Failed, why, at)
	case arrived == all:
		return t.settle(now, bridge.Delivered, "", at)
	case taken == all && now.State == bridge.Queued:
		return t.settle(now, bridge.Sent, "", at)
	}
	return now, nil
}

// settle moves a leg into a state. In any but Queued its text is not needed any more; a segment that never left
// will not.
func (t *tx) settle(o bridge.Outcome, state bridge.LegState, why string, at time.Time) (bridge.Outcome, error) {
	_, err := t.exec("settle leg", `UPDATE outbox SET state = ?, sending = 0, why = ?, changed = ? WHERE id = ?`,
		string(state), orNull(why), stamp(at), o.Leg)
	if err != nil {
		return bridge.Outcome{}, err
	}
	_, err = t.exec("drop text", `UPDATE segment SET tpdu = NULL, state = iif(state = 'queued', 'failed', state)
		WHERE leg = ? AND (tpdu IS NOT NULL OR state = 'queued')`, o.Leg)
	if err != nil {
		return bridge.Outcome{}, err
	}
	o.State, o.Changed = state, true
	if o.Own { // what a child was told to ring is remembered no longer than it takes to tell it
		_, err = t.exec("forget helpline", `DELETE FROM message WHERE id = ? AND reason = 'helpline'`, o.Message)
	}
	return o, err
}
