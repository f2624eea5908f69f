package bridge

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// stanzaBatch is how many stanzas are written before the server is asked whether it has them.
	stanzaBatch = 64
	// openBarriers is how many such questions may be open at once.
	openBarriers = 16
	// asGoodAsNow is how old a text may be without the contact being shown when it was written (XEP-0203).
	asGoodAsNow = 30 * time.Second
)

// RunCourier empties the stanzas of the outbox, woken by every commit and by every new stream, until the
// context is done. A row is done when the server's barrier has answered; until then it is written again, under
// the same id, on every new stream.
func (r *Relay) RunCourier(ctx context.Context, c Courier) error {
	r.hands.takeCourier(c)
	w := courierRun{
		r: r, c: c, written: map[LegID]bool{}, strikes: map[LegID]int{},
		asked: make(chan writtenLegs, openBarriers), has: make(chan []LegID, openBarriers),
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return w.write(ctx) })
	g.Go(func() error { return w.confirm(ctx) })
	return g.Wait()
}

// courierRun is one run of RunCourier: a goroutine that writes, and one that waits behind barriers.
type courierRun struct {
	r       *Relay
	c       Courier
	stream  int64            // the stream that written speaks of; only write touches it
	written map[LegID]bool   // on this stream and not yet confirmed; only write touches it
	blamed  atomic.Bool      // the server ended the stream because of something on it
	barren  int              // streams in a row that ended so and confirmed nothing; only write touches it
	strikes map[LegID]int    // how often a stream died at this one alone; only write touches it
	asked   chan writtenLegs // in order; confirm asks for a barrier behind them
	has     chan []LegID     // committed as sent
}

// writtenLegs are rows that were written on one stream. A barrier of another stream says nothing about them.
type writtenLegs struct {
	stream int64
	legs   []LegID
}

func (w *courierRun) write(ctx context.Context) error {
	r := w.r
	for ctx.Err() == nil {
		w.forget()
		if !r.connected.Load() {
			r.courier.wait(ctx, 0)
			continue
		}
		legs, rest, err := w.batch(ctx)
		if err != nil {
			r.o.Log.Error("the stanzas of the outbox cannot be sent", "err", err)
			r.courier.wait(ctx, pause)
			continue
		}
		if len(legs) == 0 {
			r.courier.wait(ctx, rest)
			continue
		}
		select {
		case w.asked <- writtenLegs{w.stream, legs}:
		case <-ctx.Done():
		}
	}
	return nil
}

// forget takes out of written what was confirmed, and everything when the stream is another one.
func (w *courierRun) forget() {
	for {
		select {
		case legs := <-w.has:
			for _, leg := range legs {
				delete(w.written, leg)
				delete(w.strikes, leg)
			}
			w.barren = 0
			continue
		default:
		}
		break
	}
	if now := w.r.stream.Load(); now != w.stream {
		w.stream = now
		if w.blamed.Swap(false) {
			w.barren++
			if len(w.written) == 1 {
				for leg := range w.written {
					w.strikes[leg]++
				}
			}
		}
		clear(w.written)
	}
}

// patience is how many streams in a row the server may end because of what was on them before the stanzas go one
// by one, so that the one that it means is found, and how many because of that one before it is given up: behind it
// is everybody's post.
const patience = 3

// batch writes what is due and not yet written on this stream. rest is how long to wait when there was nothing.
func (w *courierRun) batch(ctx context.Context) (legs []LegID, rest time.Duration, err error) {
	r, now := w.r, w.r.o.Now()
	queued, due, err := r.o.Store.QueuedStanzas(ctx, now, stanzaBatch+len(w.written))
	if err != nil {
		return nil, 0, err
	}
	for _, q := range queued {
		if w.written[q.Leg] {
			continue
		}
		if w.barren >= patience && len(w.written) > 0 {
			break // one by one
		}
		if w.strikes[q.Leg] >= patience {
			delete(w.strikes, q.Leg)
			if err := r.giveUp(ctx, q.Leg, "the server closes the stream at it"); err != nil {
				return nil, 0, err
			}
			continue
		}
		if now.Sub(q.Delay) < asGoodAsNow {
			q.Delay = time.Time{}
		}
		w.written[q.Leg] = true // or torn: either way this stream has seen it
		err := w.c.Send(ctx, q.Stanza)
		if errors.Is(err, ErrUnsendable) {
			delete(w.written, q.Leg)
			if err := r.giveUp(ctx, q.Leg, err.Error()); err != nil {
				return nil, 0, err
			}
			continue
		}
		if err != nil {
			w.blame(err)
			return nil, 0, err // the next stream begins anew; what was written stays queued
		}
		legs = append(legs, q.Leg)
	}
	if !due.IsZero() {
		rest = max(due.Sub(now), time.Millisecond)
	}
	return legs, rest, nil
}

func (w *courierRun) blame(err error) {
	if errors.Is(err, ErrHungUp) {
		w.blamed.Store(true)
	}
}

// giveUp ends a stanza that can never be sent and tells whose it was.
func (r *Relay) giveUp(ctx context.Context, leg LegID, why string) error {
	r.o.Log.Error("a stanza is given up", "leg", leg, "why", why)
	return r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		queued, err := tx.QueuedLegs()
		if err != nil {
			return err
		}
		for _, q := range queued {
			if q.Leg == leg {
				return r.failStanza(tx, people{d}, leg, q.Message, q.Own, why)
			}
		}
		return nil
	})
}

// confirm asks the server, batch by batch, whether it has what was written, and commits that it has.
func (w *courierRun) confirm(ctx context.Context) error {
	for {
		var batch writtenLegs
		select {
		case batch = <-w.asked:
		case <-ctx.Done():
			return nil
		}
		if batch.stream != w.r.stream.Load() {
			continue // that stream is gone; write begins anew with its rows
		}
		if err := w.c.Barrier(ctx); err != nil {
			w.blame(err)
			w.r.o.Log.Warn("the server did not confirm what it was sent; it is sent again",
				"stanzas", len(batch.legs), "err", err)
			continue
		}
		if batch.stream != w.r.stream.Load() {
			continue // the barrier may have been the new stream's
		}
		err := w.r.insist(ctx, func(tx Tx) error { return tx.StanzasSent(batch.legs, w.r.o.Now()) })
		if err != nil {
			return nil // the context is done: the rows stay queued and are sent again under the same ids
		}
		select {
		case w.has <- batch.legs:
		case <-ctx.Done():
			return nil
		}
		w.r.courier.up()
	}
}
