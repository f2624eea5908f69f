package modem_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// when returns the time of day of every line on the wire that begins with text, in order.
func (w *wire) when(t *testing.T, text string) []time.Time {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var times []time.Time
	for _, l := range w.lines {
		stamp, rest, _ := strings.Cut(l, " ")
		if !strings.HasPrefix(rest, text) {
			continue
		}
		at, err := time.Parse("05.000000", stamp)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, at)
	}
	return times
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// gaps pairs each line with the next one of the other kind.
func gaps(from, to []time.Time) []time.Duration {
	var d []time.Duration
	for i, j := 0, 0; i < len(from); i++ {
		for j < len(to) && to[j].Before(from[i]) {
			j++
		}
		if j < len(to) {
			d = append(d, to[j].Sub(from[i]))
		}
	}
	return d
}

// From +CMGS to the next AT+CMGS, and from +CMTI to AT+CMGR, nothing waits. The limits are the budget of a busy
// machine; what is measured is printed.
func TestNoTimeIsLost(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{SM: 200}, modem.Options{}).up(t)
	part := submit(t, emma, "hei")[0]
	// Two callers: while one message goes out the next one is waiting.
	done := make(chan error)
	for range 2 {
		go func() {
			for range 50 {
				if _, err := r.modem.Send(t.Context(), part, nil); err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	sends := gaps(r.wire.when(t, "< +CMGS:"), r.wire.when(t, "> AT+CMGS="))
	for i := range 50 {
		if err := r.net.Phone(emma).Send(gateway, fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	r.await(t, "fifty messages", func() bool { return len(r.texts()) == 50 })
	reads := gaps(r.wire.when(t, "< +CMTI:"), r.wire.when(t, "> AT+CMGR="))
	t.Logf("+CMGS to the next AT+CMGS: median %v; +CMTI to AT+CMGR: median %v", median(sends), median(reads))
	if m := median(sends); m > 5*time.Millisecond {
		t.Errorf("%v between two sends", m)
	}
	if m := median(reads); m > 5*time.Millisecond {
		t.Errorf("%v until a message is read", m)
	}
}

// A backlog as after a long outage: all of it arrives, in order, once.
func TestBacklog(t *testing.T) {
	const n = 300
	r := newRig(t, modemtest.ModemOptions{SM: 50, ME: 400}, modem.Options{})
	var want []string
	for i := range n {
		text := fmt.Sprint("melding ", i)
		want = append(want, text)
		if err := r.net.Phone(emma).Send(gateway, text); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	r.up(t)
	r.await(t, "all of it", func() bool { return len(r.texts()) >= n })
	t.Logf("%d messages in %v", n, time.Since(began))
	got := r.texts()
	if !slices.Equal(got, want) {
		missing := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return slices.Contains(got, s) })
		t.Errorf("%d messages, missing %q, order kept %v", len(got), missing, slices.IsSorted(got))
	}
	r.await(t, "the modem is empty", func() bool { return len(r.stick.Stored("SM"))+len(r.stick.Stored("ME")) == 0 })
}
