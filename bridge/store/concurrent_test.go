package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// TestWritersAndReadersAtOnce lets a relay, a console and a purge work on one store. Nobody may be told that the
// database is locked, and nothing may be lost.
func TestWritersAndReadersAtOnce(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	const writers, each = 4, 50
	ctx, stop := context.WithCancel(t.Context())
	var readers, work errgroup.Group
	for _, read := range []func() error{
		func() error { _, err := s.Log(ctx, bridge.LogQuery{Limit: 100}); return err },
		func() error { _, _, _, err := s.NextSegment(ctx, modem, noon); return err },
		func() error { _, _, err := s.QueuedStanzas(ctx, noon, 10); return err },
		func() error { _, err := s.Family(ctx); return err },
		func() error { _, err := s.Purge(ctx, noon); return err },
		func() error { _, err := s.Directory(ctx); return err },
	} {
		readers.Go(func() error {
			for ctx.Err() == nil {
				if err := read(); err != nil && !errors.Is(err, context.Canceled) && ctx.Err() == nil {
					return err
				}
			}
			return nil
		})
	}
	for w := range writers {
		work.Go(func() error {
			for i := range each {
				var leg bridge.LegID
				err := s.Do(ctx, func(tx bridge.Tx) error {
					m, err := tx.AddMessage(entry(policy.ToChild))
					if err != nil {
						return err
					}
					leg, err = tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &bridge.Stanza{
						Kind: bridge.ChatStanza, To: mum, ID: fmt.Sprint(w, i),
					}}, noon)
					return err
				})
				if err == nil && i%2 == 0 {
					err = s.Do(ctx, func(tx bridge.Tx) error { return tx.StanzasSent([]bridge.LegID{leg}, noon) })
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		t.Error(err)
	}
	stop()
	if err := readers.Wait(); err != nil {
		t.Error(err)
	}
	if _, stanzas, err := s.Waiting(t.Context()); err != nil || stanzas != writers*each/2 {
		t.Errorf("%d wait: %v", stanzas, err)
	}
}

func TestWaitingForTheWriterEndsWithTheContext(t *testing.T) {
	s := openNew(t)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	do(t, s, func(bridge.Tx) error {
		err := s.Do(ctx, func(bridge.Tx) error { return nil })
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v", err)
		}
		return nil
	})
}

// TestEveryCommitSurvives copies the files after each commit, as a power cut would leave them, and opens the
// copy: it must hold exactly what was committed. The last commits are torn off byte by byte as well.
func TestEveryCommitSurvives(t *testing.T) {
	s := openNew(t)
	steps := []func() bridge.LegID{
		func() bridge.LegID { withFamily(t, s); return 0 },
		func() bridge.LegID { return addSMS(t, s, emma, false, "a1", "a2") },
		func() bridge.LegID { return addChat(t, s, "a", mum, "hei") },
		func() bridge.LegID {
			do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(1, 1, noon) })
			return 0
		},
		func() bridge.LegID {
			do(t, s, func(tx bridge.Tx) error { _, err := tx.MarkSent(1, 1, 1, noon); return err })
			return 0
		},
	}
	for i, step := range steps {
		before := facsimile(t, s)
		step()
		after := facsimile(t, s)
		if got := facsimile(t, open(t, crash(t, s, -1))); got != after {
			t.Fatalf("step %d: after the cut\n%s\nwas committed\n%s", i, got, after)
		}
		info, err := os.Stat(s.path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		for _, torn := range []int64{info.Size() - 1, info.Size() - 2000, info.Size() - 4096 - 24} {
			got := facsimile(t, open(t, crash(t, s, torn)))
			if got != before && got != after {
				t.Fatalf("step %d, log torn at %d: neither before nor after\n%s", i, torn, got)
			}
		}
	}
}

// crash copies the database and its log, cut off at a length if that is not negative.
func crash(t *testing.T, s *Store, length int64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "knapp.db")
	for _, suffix := range []string{"", "-wal"} {
		in, err := os.Open(s.path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.Copy(out, in)
		if suffix == "-wal" && length >= 0 {
			err = errors.Join(err, out.Truncate(length))
		}
		if err := errors.Join(err, in.Close(), out.Close()); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// facsimile tells all that matters of a store.
func facsimile(t *testing.T, s *Store) string {
	t.Helper()
	var check string
	if err := s.readers.db.QueryRowContext(t.Context(), `PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Fatalf("integrity: %s %v", check, err)
	}
	log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 100}))
	list, _, err := s.QueuedStanzas(t.Context(), noon, 10)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%+v\n%+v\n%s\n%+v", export(t, s), log, next(t, s, noon), list)
}
