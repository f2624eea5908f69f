package modem_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// A modem that has not been read to the end says so: what lies in it may be the part that a text waits for, and a slow modem that
// sends all the time is read a message a minute.
func TestAModemIsBehindUntilAllOfItIsTaken(t *testing.T) {
	for _, c := range []struct {
		name   string
		before func(r *rig) // the modem is up
		after  func(r *rig)
		tries  int // times that a message is refused
	}{
		{"it lies there at the start", func(r *rig) { _, _ = r.stick.Put("SM", 0, deliver(0, 0)) }, func(*rig) {}, 0},
		{"it is announced", func(*rig) {}, func(r *rig) { r.net.Inject(r.stick, deliver(0, 0)) }, 0},
		{"it is not taken at first", func(*rig) {}, func(r *rig) { r.net.Inject(r.stick, deliver(0, 0)) }, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
			behind := func() time.Time { return r.modem.State().BehindSince }
			var refused, timely atomic.Int64
			began := time.Now()
			r.refuse = func(modem.Received) error {
				if since := behind(); !since.Before(began) && !since.After(time.Now()) {
					timely.Add(1)
				}
				if refused.Load() < int64(c.tries) {
					refused.Add(1)
					return errors.New("the disk is full")
				}
				return nil
			}
			c.before(r)
			r.up(t)
			c.after(r)
			r.await(t, "it is taken", func() bool { return len(r.kinds()) == 1 })
			if got, want := timely.Load(), int64(c.tries+1); got != want {
				t.Errorf("it was offered %d times, and the modem was behind %d times", want, got)
			}
			r.await(t, "nothing lies there", func() bool { return r.empty() && behind().IsZero() })
		})
	}
}
