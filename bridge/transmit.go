package bridge

import (
	"context"
	"errors"
	"time"

	"knapp/bridge/words"
)

// pause is how long a queue rests after the database failed it.
const pause = 5 * time.Second

// awayFor is the longest that a queue sleeps while its modem is away: old texts expire meanwhile.
const awayFor = time.Minute

// RunModem empties one modem's queue of the outbox, woken by every commit, until the context is done. A
// segment that is being sent then is given the time that transmit takes.
func (r *Relay) RunModem(ctx context.Context, modem string, t Transmitter) error {
	r.hands.takeModem(modem, t)
	w := r.modems[modem]
	busy := false // the one before has only just left
	for ctx.Err() == nil {
		seg, ok, due, err := r.o.Store.NextSegment(ctx, modem, r.o.Now())
		switch {
		case err != nil:
			r.o.Log.Error("the outbox cannot be read", "modem", modem, "err", err)
			w.wait(ctx, pause)
		case ok:
			seg.More = busy || seg.N < seg.Of
			busy = true
			if err := r.transmit(ctx, t, seg); err != nil {
				r.o.Log.Error("the outbox cannot be written", "modem", modem, "err", err)
				w.wait(ctx, pause)
			}
		case due.IsZero():
			busy = false
			w.wait(ctx, 0)
		default:
			busy = false
			w.wait(ctx, max(due.Sub(r.o.Now()), time.Millisecond))
		}
	}
	return nil
}

// transmit sends one segment and commits what became of it. Its error is the database's.
func (r *Relay) transmit(ctx context.Context, t Transmitter, seg Segment) error {
	// What has begun is finished, or not known: a stop must not cut it off in the middle.
	whole := context.WithoutCancel(ctx)
	if r.age(seg.Created) > r.validity(seg.Emergency) {
		return r.do(whole, func(tx Tx) error { return r.finishSMS(tx, seg.Leg, Failed, "expired in the queue") })
	}
	if marked, err := r.markLate(whole, seg); err != nil || marked {
		return err
	}
	var unmarked error
	ref, err := t.Transmit(whole, seg, func() error {
		unmarked = r.o.Store.Do(whole, func(tx Tx) error { return tx.MarkSending(seg.Leg, seg.N, r.o.Now()) })
		return unmarked
	})
	if unmarked != nil {
		return unmarked
	}
	var refused *TransmitError
	switch {
	case err == nil:
		return r.insist(ctx, func(tx Tx) error { return r.sent(tx, seg, ref) })
	case !errors.As(err, &refused):
		refused = &TransmitError{Unknown: true, Err: err}
	}
	if refused.Unknown {
		r.o.Log.Error("it is not known whether a segment was sent", "leg", seg.Leg, "part", seg.N, "err", refused.Err)
		return r.insist(ctx, func(tx Tx) error {
			return r.finishSMS(tx, seg.Leg, Unknown, refused.Err.Error())
		})
	}
	return r.refusedFor(ctx, seg, refused)
}

// insist commits what a modem has already done, however long the database takes to come back: the queue must
// not go on as if it had not happened.
func (r *Relay) insist(ctx context.Context, step func(Tx) error) error {
	for {
		err := r.do(context.WithoutCancel(ctx), step)
		if err == nil || ctx.Err() != nil {
			return err
		}
		r.o.Log.Error("what was sent cannot be recorded; trying until it can", "err", err)
		newWake().wait(ctx, pause)
	}
}

func (r *Relay) sent(tx Tx, seg Segment, ref int) error {
	outcome, err := tx.MarkSent(seg.Leg, seg.N, ref, r.o.Now())
	if err != nil {
		return err
	}
	return r.reportNow(tx, outcome, words.NotSent)
}

// refusedFor puts a segment that certainly was not sent back into the queue, or gives it up.
func (r *Relay) refusedFor(ctx context.Context, seg Segment, refused *TransmitError) error {
	r.o.Log.Warn("a segment was not sent", "leg", seg.Leg, "part", seg.N, "attempt", seg.Attempts+1, "err", refused.Err)
	if refused.Retry == RetryNever {
		return r.insist(ctx, func(tx Tx) error {
			return r.finishSMS(tx, seg.Leg, Failed, refused.Err.Error())
		})
	}
	due := r.o.Now().Add(retryAfter(refused.Retry, seg.Attempts))
	err := r.insist(ctx, func(tx Tx) error { return tx.Retry(seg.Leg, seg.N, due, refused.Err.Error()) })
	if err == nil && refused.Retry == RetryWhenUp {
		r.modems[seg.Modem].wait(ctx, awayFor)
	}
	return err
}

// retryAfter spaces the tries: a busy network is asked again soon, at first; a condition that lasts is asked
// seldom; a modem that is away is not waited for by the clock.
func retryAfter(class Retry, attempts int) time.Duration {
	switch class {
	case RetryWhenUp:
		return 0
	case RetrySoon:
		steps := []time.Duration{time.Second, 3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}
		return steps[min(attempts, len(steps)-1)]
	default:
		return 5 * time.Minute
	}
}
