package console

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// throttle slows down whoever guesses. It never locks: the right password is always let in, at most slowest later, or a
// stranger could keep a parent out by guessing wrong on purpose. A browser in which somebody has signed in before is
// counted by itself, so that it does not even wait for what others do.
type throttle struct {
	now  func() time.Time
	wait func(ctx context.Context, d time.Duration) // sleeps, or less when the context ends

	mu      sync.Mutex // guards the rest
	fails   map[string]failures
	waiting map[string]int
	all     int
}

type failures struct {
	count int
	last  time.Time
}

const (
	freeGuesses  = 3                // a person mistypes
	slowest      = 4 * time.Second  // for one guess; less than writeWithin
	forgivenIn   = 15 * time.Minute // after the last failure
	waitersEach  = 4                // from one address at a time; a proxy's is everybody's
	waitersAll   = 64               // of strangers; the connections are for others too
	mostFailures = 10000            // remembered names and addresses; then the oldest go
)

// errBusy says that too many guesses are being made at this moment.
var errBusy = errors.New("too many guesses at once")

func newThrottle(now func() time.Time, wait func(ctx context.Context, d time.Duration)) *throttle {
	if wait == nil {
		wait = sleep
	}
	return &throttle{now: now, wait: wait, fails: map[string]failures{}, waiting: map[string]int{}}
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// guess is who makes one, as it is counted.
type guess struct {
	account string // "" when it is not about one
	address string
	device  string // a browser that has signed in to this account before; "" for one that has not
}

func (g guess) keys() []string {
	if g.device != "" {
		return []string{"device " + g.device}
	}
	keys := []string{"address " + household(g.address)}
	if g.account != "" {
		keys = append(keys, "account "+g.account)
	}
	return keys
}

// household is the part of an address that one household has: a /64 of IPv6.
func household(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || ip.Unmap().Is4() {
		return address
	}
	prefix, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return address
	}
	return prefix.String()
}

// try lets a guess be judged, after a while when there were wrong ones, and counts how it ended.
func (t *throttle) try(ctx context.Context, g guess, judge func() bool) (right bool, err error) {
	delay, leave, err := t.enter(g)
	if err != nil {
		return false, err
	}
	defer leave()
	if delay > 0 {
		t.wait(ctx, delay)
	}
	right = judge()
	t.count(g, right)
	return right, nil
}

func (t *throttle) enter(g guess) (delay time.Duration, leave func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, key := range g.keys() {
		delay = max(delay, t.delay(key))
	}
	place := household(g.address)
	if g.device != "" {
		place = "device " + g.device
	}
	if t.waiting[place] >= waitersEach || g.device == "" && t.all >= waitersAll {
		return 0, nil, errBusy
	}
	t.waiting[place]++
	t.all++
	return delay, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.waiting[place]--; t.waiting[place] == 0 {
			delete(t.waiting, place)
		}
		t.all--
	}, nil
}

// delay is how long a guess waits that is counted under a key.
func (t *throttle) delay(key string) time.Duration {
	f := t.fails[key]
	if f.count < freeGuesses || t.now().Sub(f.last) > forgivenIn {
		return 0
	}
	return min(slowest, 250*time.Millisecond<<min(f.count-freeGuesses, 10))
}

func (t *throttle) count(g guess, right bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	for _, key := range g.keys() {
		f := t.fails[key]
		switch {
		case !right && now.Sub(f.last) > forgivenIn:
			t.fails[key] = failures{1, now}
		case !right:
			t.fails[key] = failures{f.count + 1, now}
		case g.device != "":
			delete(t.fails, key) // who guesses at an account does not have its failures forgiven by its owner
		}
	}
	if len(t.fails) <= mostFailures {
		return
	}
	oldest, at := "", now
	for key, f := range t.fails {
		if !f.last.After(at) {
			oldest, at = key, f.last
		}
	}
	delete(t.fails, oldest)
}
