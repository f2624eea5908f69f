package store

import (
	"testing"
	"time"

	"knapp/bridge"
)

// The clock was years ahead when a segment was refused, and was then set right.
func TestClockThatWasSetBackHoldsNoSegment(t *testing.T) {
	for _, test := range []struct {
		name  string
		ahead time.Duration // the next try, by the clock as it is now
		now   bool
	}{
		{"a pause as they are", 5 * time.Minute, false},
		{"a clock that is corrected a little", 9 * time.Minute, false},
		{"an hour", time.Hour, true},
		{"ten years", 10 * 365 * 24 * time.Hour, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			leg := addSMS(t, s, emma, false, "a")
			due := noon.Add(test.ahead)
			do(t, s, func(tx bridge.Tx) error { return tx.Retry(leg, 1, due, "CMS 331") })
			seg, ok, at, err := s.NextSegment(t.Context(), modem, noon)
			if err != nil || ok != test.now || ok && seg.Leg != leg || !ok && !at.Equal(due) {
				t.Errorf("now: %+v %v, due %v, %v", seg, ok, at, err)
			}
		})
	}
}

func TestClockThatWasSetBackHoldsNoStanza(t *testing.T) {
	s := openNew(t)
	leg := addChat(t, s, "a", mum, "hei")
	do(t, s, func(tx bridge.Tx) error { return tx.RetryStanza(leg, noon.Add(time.Hour), "remote-server-timeout") })
	if got, due := queued(t, s, noon, 9); got != "[a]" || !due.IsZero() {
		t.Fatalf("queued: %s, next %v", got, due)
	}
	// It must be done with the barrier, or it would be written again on every stream.
	do(t, s, func(tx bridge.Tx) error { return tx.StanzasSent([]bridge.LegID{leg}, noon) })
	if got := stateOf(t, s, leg); got != bridge.Sent {
		t.Errorf("after the barrier: %s", got)
	}
}
