package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"knapp/bridge"
)

func TestNextSegmentGoesInOrder(t *testing.T) {
	s := openNew(t)
	first := addSMS(t, s, emma, false, "a1", "a2")
	second := addSMS(t, s, emma, false, "b1")
	if got := next(t, s, noon); got != "a1" {
		t.Fatalf("next is %q, want the oldest", got)
	}
	alarm := addSMS(t, s, emma, true, "e1")
	if got := next(t, s, noon); got != "e1" {
		t.Fatalf("next is %q, want the emergency", got)
	}
	send(t, s, alarm, 1, 1, noon)

	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(first, 1, noon) })
	if got := next(t, s, noon); got != "b1" {
		t.Fatalf("next is %q while a1 is in the air", got)
	}
	do(t, s, func(tx bridge.Tx) error { _, err := tx.MarkSent(first, 1, 2, noon); return err })
	if got := next(t, s, noon); got != "a2" {
		t.Fatalf("next is %q, want the leg that has begun", got)
	}
	due := noon.Add(time.Minute)
	do(t, s, func(tx bridge.Tx) error { return tx.Retry(first, 2, due, "CMS 42") })
	if got := next(t, s, noon); got != "b1" {
		t.Fatalf("next is %q while a2 waits for its next try", got)
	}
	send(t, s, second, 1, 3, noon)
	_, ok, at, err := s.NextSegment(t.Context(), modem, noon)
	if ok || err != nil || !at.Equal(due) {
		t.Fatalf("nothing should be due before %v: %v %v %v", due, ok, at, err)
	}
	seg, ok, _, err := s.NextSegment(t.Context(), modem, due)
	if !ok || err != nil || string(seg.TPDU) != "a2" || seg.Attempts != 1 || seg.N != 2 || seg.Of != 2 || seg.To != emma {
		t.Fatalf("at its time: %+v %v %v", seg, ok, err)
	}
	if _, ok, at, _ := s.NextSegment(t.Context(), "other", due); ok || !at.IsZero() {
		t.Fatal("another modem was given something")
	}
}

func TestOnlyTheNextSegmentCanBeMarkedAsSending(t *testing.T) {
	s := openNew(t)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	mark := func(n int) error {
		return s.Do(t.Context(), func(tx bridge.Tx) error { return tx.MarkSending(leg, n, noon) })
	}
	if err := mark(2); !errors.Is(err, bridge.ErrNotFound) {
		t.Fatalf("the second segment before the first: %v", err)
	}
	if err := mark(1); err != nil {
		t.Fatal(err)
	}
	if err := mark(1); !errors.Is(err, bridge.ErrNotFound) {
		t.Fatalf("a segment twice: %v", err)
	}
	if err := mark(2); !errors.Is(err, bridge.ErrNotFound) {
		t.Fatalf("the second segment beside the first: %v", err)
	}
}

func TestLegIsSentWithItsLastSegment(t *testing.T) {
	s := openNew(t)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	if o := send(t, s, leg, 1, 1, noon); o.State != bridge.Queued || o.Changed {
		t.Fatalf("after the first of two: %+v", o)
	}
	if o := send(t, s, leg, 2, 2, noon); o.State != bridge.Sent || !o.Changed || o.Leg != leg || o.Message == 0 || o.Own {
		t.Fatalf("after the last: %+v", o)
	}
	if sms, stanzas, err := s.Waiting(t.Context()); sms != 0 || stanzas != 0 || err != nil {
		t.Fatalf("%d and %d wait: %v", sms, stanzas, err)
	}
}

func TestFinishedLegIsNeverSent(t *testing.T) {
	for _, state := range []bridge.LegState{bridge.Failed, bridge.Unknown} {
		t.Run(string(state), func(t *testing.T) {
			s := openNew(t)
			leg := addSMS(t, s, emma, false, "a1", "a2")
			do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 1, noon) })
			finish := func(as bridge.LegState) (o bridge.Outcome) {
				do(t, s, func(tx bridge.Tx) (err error) {
					o, err = tx.FinishSMS(leg, as, "CMS 500", noon)
					return err
				})
				return o
			}
			if o := finish(state); o.State != state || !o.Changed {
				t.Fatalf("finished: %+v", o)
			}
			if o := finish(bridge.Failed); o.State != state || o.Changed {
				t.Fatalf("finished again: %+v", o)
			}
			if got := next(t, s, noon.Add(time.Hour)); got != "" {
				t.Fatalf("next is %q", got)
			}
			// The network's answer comes after all: it is kept, and the leg's end stays what its sender was told.
			do(t, s, func(tx bridge.Tx) error {
				if o, err := tx.MarkSent(leg, 1, 9, noon); err != nil || o.State != state || o.Changed {
					t.Errorf("a late answer: %+v %v", o, err)
				}
				return tx.Retry(leg, 1, noon, "late")
			})
			if got := next(t, s, noon.Add(time.Hour)); got != "" {
				t.Fatalf("next is %q after a late answer", got)
			}
		})
	}
}

func TestInterruptedAfterRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "knapp.db")
	s := open(t, path)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	addSMS(t, s, emma, false, "b1")
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 1, noon) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	do(t, s, func(tx bridge.Tx) error {
		list, err := tx.Interrupted()
		if len(list) != 1 || list[0].Leg != leg || list[0].N != 1 || list[0].Of != 2 || string(list[0].TPDU) != "a1" {
			t.Errorf("interrupted: %+v", list)
		}
		if err == nil {
			_, err = tx.FinishSMS(leg, bridge.Unknown, "the power went", noon)
		}
		return err
	})
	do(t, s, func(tx bridge.Tx) error {
		list, err := tx.Interrupted()
		if len(list) != 0 {
			t.Errorf("still interrupted: %+v", list)
		}
		return err
	})
	if got := next(t, s, noon); got != "b1" {
		t.Fatalf("next is %q", got)
	}
}
