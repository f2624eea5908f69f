package ordeal

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// result is what came of one seed.
type result struct {
	Messages int
	Virtual  time.Duration
	Broken   []Broken
	story    string
}

// simulate runs one seed in a bubble of its own.
func simulate(t *testing.T, seed uint64, p plan, m mutant) (out result) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, seed, dir, m)
		downs := rand.New(rand.NewPCG(seed, 3))
		w.downFor = func() time.Duration { return seconds(downs, 1, 120) }
		if err := w.live(); err != nil {
			t.Fatal(err)
		}
		for _, e := range p.events {
			time.Sleep(time.Until(w.began.Add(e.at)))
			if e.what != "" {
				w.tell("***", e.what)
			}
			e.do(w)
		}
		time.Sleep(time.Until(w.began.Add(p.length)))
		w.calm()
		rested := w.rest()
		w.tell("at rest:", rested)
		if err := w.count(); err != nil {
			t.Fatal(err)
		}
		out = result{Messages: w.ledger.Messages(), Virtual: time.Since(w.began), Broken: w.ledger.Judge()}
		if !rested {
			out.Broken = append(out.Broken, Broken{NothingIsLost, "", "hours after the last fault something still waits"})
		}
		w.finish()
		out.story = w.tail(1 << 20)
	})
	return out
}

// number reads a number from the environment.
func number(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

const (
	messagesEach = 150
	faultsEach   = 25
)

// report prints a seed that failed, so that it can be run again.
func report(t *testing.T, seed uint64, r result) {
	t.Helper()
	if len(r.Broken) == 0 {
		return
	}
	for _, b := range r.Broken {
		t.Errorf("seed %d: %v", seed, b)
	}
	if os.Getenv("STORY") != "" {
		t.Logf("the story of seed %d:\n%s", seed, r.story)
	}
	t.Logf("again: SEED=%d STORY=1 go test -v -run TestSeeds ./cmd/knapp/ordeal", seed)
}

// TestSeeds torments the gateway with some seeds; SEED=n tells one again, exactly, and SEEDS=n takes another number of them.
func TestSeeds(t *testing.T) {
	first, last := uint64(1), number("SEEDS", 20)
	if only := number("SEED", 0); only > 0 {
		first, last = only, only
	}
	began := time.Now()
	messages := 0
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			r := question{Seed: seed}.retell(t)
			messages += r.Messages
			report(t, seed, r)
		})
	}
	took := time.Since(began)
	t.Logf("%d messages in %v, %.0f a second", messages, took.Round(time.Millisecond), float64(messages)/took.Seconds())
}

// TestSeedsAtLarge lets the scheduler have its way on all processors, so that races are found. Such a run has no like.
func TestSeedsAtLarge(t *testing.T) {
	for seed := uint64(1); seed <= number("LARGE", 5); seed++ {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			report(t, seed, simulate(t, seed, newPlan(seed, messagesEach, faultsEach, allKinds), mutant{}))
		})
	}
}

// count writes down for .ci/soak how much was done.
func count(t *testing.T, messages, seeds int) {
	t.Helper()
	name := os.Getenv("COUNTS")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintln(f, "simulated", messages, seeds)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// TestSoak goes through seeds until SOAK is over (a duration; "0" is until it is interrupted), as many at once as there
// are processors, and tells every ten seconds how far it is. FIRST is the first seed; without it the time gives one.
func TestSoak(t *testing.T) {
	wanted, asked := os.LookupEnv("SOAK")
	if !asked {
		return // make soak
	}
	length, err := time.ParseDuration(wanted)
	if err != nil {
		t.Fatalf("SOAK=%q is no duration like 12h: %v", wanted, err)
	}
	ctx, stop := signal.NotifyContext(t.Context(), os.Interrupt)
	defer stop()
	if length > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, length)
		defer cancel()
	}
	var seeds, messages, failed atomic.Int64
	var virtual atomic.Int64
	began := time.Now()
	tell := func() {
		took := time.Since(began)
		rate := float64(messages.Load()) / took.Seconds()
		fmt.Printf("%8v: %d messages in %d seeds and %v of virtual time, %d seeds failed; %.0f a second, %.2f million in 12 h\n",
			took.Round(time.Second), messages.Load(), seeds.Load(), time.Duration(virtual.Load()).Round(time.Hour), failed.Load(),
			rate, rate*12*3600/1e6)
	}
	s, err := makeStill()
	if err != nil {
		t.Fatal(err)
	}
	next := number("FIRST", uint64(began.UnixMicro())%1e9*1000)
	var mu sync.Mutex
	var workers sync.WaitGroup
	for range runtime.NumCPU() {
		workers.Go(func() {
			for ctx.Err() == nil {
				mu.Lock()
				seed := next
				next++
				mu.Unlock()
				r, err := question{Seed: seed}.tell(ctx, s)
				if err != nil && ctx.Err() != nil {
					return // it was told to stop
				}
				if err != nil {
					r.Broken = append(r.Broken, Broken{What: err.Error()})
				}
				report(t, seed, r)
				seeds.Add(1)
				messages.Add(int64(r.Messages))
				virtual.Add(int64(r.Virtual))
				if len(r.Broken) > 0 {
					failed.Add(1)
					fmt.Printf("seed %d failed: %v\n", seed, r.Broken)
				}
			}
		})
	}
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	done := make(chan struct{})
	go func() { workers.Wait(); close(done) }()
	for {
		select {
		case <-tick.C:
			tell()
		case <-done:
			tell()
			count(t, int(messages.Load()), int(seeds.Load()))
			return
		}
	}
}
