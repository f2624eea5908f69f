package store

import (
	"path/filepath"
	"testing"
	"time"

	"knapp/bridge"
)

const testDay = 24 * time.Hour

// jumpy opens a store whose clock the test sets.
func jumpy(t *testing.T, path string, clock *time.Time) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{
		Now: func() time.Time { return *clock }, Uptime: func() time.Duration { return 0 },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func addPart(t *testing.T, s *Store, seq int, at time.Time) (have int) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error {
		pdus, err := tx.AddPart(bridge.PartKey{Modem: modem, From: emma, Ref: 3, Total: 2}, seq, "pdu", time.Time{}, at)
		have = len(pdus)
		return err
	})
	return have
}

func takeStale(t *testing.T, s *Store, before time.Time) (found bool) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) (err error) {
		_, _, found, err = tx.TakeStaleParts(before)
		return err
	})
	return found
}

// A Pi starts with an old time, and the network sets it right, or wrong: parts that came seconds apart are one text, a
// client that writes again writes the same, and a text with a lost part is not waited for longer than any other.
func TestClockJumps(t *testing.T) {
	for _, by := range []time.Duration{-400 * testDay, -testDay, -time.Hour, time.Hour, testDay, 400 * testDay} {
		t.Run(by.String(), func(t *testing.T) {
			clock := noon
			s := jumpy(t, filepath.Join(t.TempDir(), "knapp.db"), &clock)
			chat := bridge.Chat{From: mum, To: "emma", ID: "one", Body: "hei", At: clock}
			fresh := func() (fresh bool) {
				do(t, s, func(tx bridge.Tx) (err error) {
					fresh, err = tx.NewStanza(chat, 1)
					return err
				})
				return fresh
			}
			if !fresh() || addPart(t, s, 1, clock) != 1 {
				t.Fatal("nothing was seen before")
			}
			clock = clock.Add(by)
			chat.At = clock
			if fresh() {
				t.Error("the same stanza is a new one")
			}
			if takeStale(t, s, clock.Add(-10*time.Minute)) {
				t.Error("a part of a moment ago is given up")
			}
			if have := addPart(t, s, 2, clock.Add(time.Second)); have != 2 {
				t.Errorf("%d of 2 parts that came a second apart", have)
			}
			if !takeStale(t, s, clock.Add(time.Minute)) {
				t.Error("a text that lost a part is waited for for ever")
			}
		})
	}
}

// The clock was ahead when a part came, and is right at the next start.
func TestPartFromTheFuture(t *testing.T) {
	path := filepath.Join(t.TempDir(), "knapp.db")
	clock := noon.Add(400 * testDay)
	s := jumpy(t, path, &clock)
	addPart(t, s, 1, clock)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	clock = noon
	s = jumpy(t, path, &clock)
	if takeStale(t, s, clock.Add(-10*time.Minute)) {
		t.Error("it is given up at once: the rest may lie in the modem")
	}
	if !takeStale(t, s, clock.Add(time.Minute)) {
		t.Error("it is waited for until that day")
	}
}
