package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// BenchmarkInbound commits an SMS with its decision and its stanza, and in the same run writes as many bytes with
// one fsync, which is the least that a durable message can cost. It reports medians and their ratio.
func BenchmarkInbound(b *testing.B) {
	s := openNew(b)
	withFamily(b, s)
	file, err := os.Create(filepath.Join(b.TempDir(), "floor"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	page := make([]byte, 4096)
	var commits, floors []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		if _, err := file.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		floors = append(floors, time.Since(began))
		began = time.Now()
		do(b, s, func(tx bridge.Tx) error {
			if _, err := tx.NewPDU(modem, fmt.Sprint(i), noon); err != nil {
				return err
			}
			m, err := tx.AddMessage(entry(policy.FromChild))
			if err != nil {
				return err
			}
			_, err = tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &bridge.Stanza{
				Kind: bridge.ChatStanza, From: "emma", To: mum, ID: fmt.Sprint(i), Body: "jeg er hjemme nå",
			}}, noon)
			return err
		})
		commits = append(commits, time.Since(began))
	}
	commit, floor := median(commits), median(floors)
	b.ReportMetric(float64(commit.Microseconds()), "µs/commit")
	b.ReportMetric(float64(floor.Microseconds()), "µs/fsync")
	b.ReportMetric(float64(commit)/float64(floor), "×floor")
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}

// BenchmarkNextSegment looks for the next segment beside 100,000 finished legs, with nothing, one and 10,000 that
// wait, and beside 10,000 that all wait for their next try.
func BenchmarkNextSegment(b *testing.B) {
	for _, waiting := range []int{0, 1, 10_000} {
		b.Run(fmt.Sprint("queued=", waiting), func(b *testing.B) {
			s := openNew(b)
			fill(b, s, 100_000)
			queue(b, s, waiting, 0)
			for b.Loop() {
				next(b, s, noon)
			}
		})
	}
	b.Run("retried=10000", func(b *testing.B) {
		s := openNew(b)
		fill(b, s, 100_000)
		queue(b, s, 10_000, noon.Add(time.Hour).UnixMicro())
		for b.Loop() {
			next(b, s, noon)
		}
	})
}

// queue makes n finished legs wait again.
func queue(b *testing.B, s *Store, n int, due int64) {
	b.Helper()
	if _, err := s.writerDBExec(`UPDATE outbox SET state = 'queued', due = ? WHERE id <= ?`, due, n); err != nil {
		b.Fatal(err)
	}
	if _, err := s.writerDBExec(`UPDATE segment SET state = 'queued', tpdu = x'01' WHERE leg <= ?`, n); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLog reads a page of the log beside a million entries.
func BenchmarkLog(b *testing.B) {
	s := openNew(b)
	withFamily(b, s)
	fill(b, s, 1_000_000)
	for name, q := range map[string]bridge.LogQuery{
		"newest": {Limit: 100}, "middle": {Limit: 100, Before: 500_000}, "child": {Limit: 100, Child: "Emma"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if list, err := s.Log(b.Context(), q); err != nil || len(list) != 100 {
					b.Fatal(len(list), err)
				}
			}
		})
	}
}

// BenchmarkSearch looks for what is hard to find beside a million entries, in the steps in which the relay does.
func BenchmarkSearch(b *testing.B) {
	s := openNew(b)
	withFamily(b, s)
	fill(b, s, 1_000_000)
	d := must[*bridge.Directory](b)(s.Directory(b.Context()))
	mamma, _ := d.Named("Mamma")
	emma, _ := d.Named("Emma")
	f := bridge.LogFilter{Viewer: mamma.ID, Children: []policy.Person{emma.ID}, Limit: 51}
	for name, ask := range map[string]func(*bridge.LogFilter){
		"all": func(*bridge.LogFilter) {}, "nobody": func(f *bridge.LogFilter) { f.Person = "Zebra" },
		"trouble": func(f *bridge.LogFilter) { f.Trouble = true },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				f := f
				ask(&f)
				var err error
				if f.From, _, err = s.LogFloor(b.Context(), 0, 10_000); err != nil {
					b.Fatal(err)
				}
				if _, err := s.LogFor(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("traffic", func(b *testing.B) {
		for b.Loop() {
			f := f
			var err error
			if f.From, _, err = s.LogFloor(b.Context(), 0, 10_000); err != nil {
				b.Fatal(err)
			}
			if _, err := s.Traffic(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkQuickCheck measures what looking at every page costs at the start.
func BenchmarkQuickCheck(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("messages=", n), func(b *testing.B) {
			s := openNew(b)
			withFamily(b, s)
			fill(b, s, n)
			info, err := os.Stat(s.path)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := s.Check(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(info.Size())/(1<<20), "MB")
		})
	}
}

// BenchmarkOpen measures a start with a family and nothing else.
func BenchmarkOpen(b *testing.B) {
	path := filepath.Join(b.TempDir(), "knapp.db")
	s := open(b, path)
	withFamily(b, s)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s, err := Open(b.Context(), path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
