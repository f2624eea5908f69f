package ordeal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"knapp/bridge"
	"knapp/modem"
	"knapp/modem/tpdu"
)

// takeLater lets the modem forget a message first, and takes it a little later.
type takeLater struct{ modem.Sink }

func (s takeLater) Take(_ context.Context, r modem.Received) error {
	time.AfterFunc(time.Second, func() { _ = s.Sink.Take(context.Background(), r) })
	return nil
}

// sure takes an error that proves nothing for a refusal, and tries again.
type sure struct{ bridge.Transmitter }

func (s sure) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	ref, err := s.Transmitter.Transmit(ctx, seg, commit)
	var e *bridge.TransmitError
	if errors.As(err, &e) && e.Unknown {
		return 0, &bridge.TransmitError{Retry: bridge.RetrySoon, Err: e.Err}
	}
	return ref, err
}

// hopeful calls a segment sent that may not have been.
type hopeful struct{ bridge.Transmitter }

func (s hopeful) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	ref, err := s.Transmitter.Transmit(ctx, seg, commit)
	var e *bridge.TransmitError
	if errors.As(err, &e) && e.Unknown {
		return 0, nil
	}
	return ref, err
}

// early commits only when the network has already taken the message.
type early struct{ bridge.Transmitter }

func (s early) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	ref, err := s.Transmitter.Transmit(ctx, seg, func() error { return nil })
	if failed := commit(); err == nil && failed != nil {
		return 0, &bridge.TransmitError{Err: failed}
	}
	return ref, err
}

// noBarrier believes that whatever was written has arrived.
type noBarrier struct{ bridge.Courier }

func (noBarrier) Barrier(context.Context) error { return nil }

// newIDs gives a stanza another id each time that it is written.
type newIDs struct {
	bridge.Courier
	mu   *sync.Mutex
	seen map[string]bool
}

func (c newIDs) Send(ctx context.Context, s bridge.Stanza) error {
	c.mu.Lock()
	again := c.seen[s.ID]
	c.seen[s.ID] = true
	c.mu.Unlock()
	if again && s.Kind == bridge.ChatStanza {
		s.ID = rand.Text()
	}
	return c.Courier.Send(ctx, s)
}

// silent says nothing when it is not known whether a message was sent.
type silent struct{ bridge.Courier }

func (c silent) Send(ctx context.Context, s bridge.Stanza) error {
	if doubtNB.MatchString(s.Body) {
		return nil
	}
	return c.Courier.Send(ctx, s)
}

// patient lets an emergency wait as for a timetable that does not open any more today.
type patient struct{ bridge.Transmitter }

func (s patient) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	if seg.Emergency {
		return 0, &bridge.TransmitError{Retry: bridge.RetrySlowly, Err: errors.New("the timetable is closed")}
	}
	return s.Transmitter.Transmit(ctx, seg, commit)
}

// rash takes the first word of a service centre for the last: it is still trying, and the text is called delivered.
type rash struct{ modem.Sink }

func (s rash) Take(ctx context.Context, r modem.Received) error {
	if report := r.Message.Report; report != nil && report.Fate() == tpdu.FateTrying {
		whole := *report
		whole.Status = 0
		r.Message.Report = &whole
	}
	return s.Sink.Take(ctx, r)
}

// meant says which promise a mutant breaks, in which kind of weather it must be seen.
type meant struct {
	mutant
	promise Promise
	says    string // part of what the ledger must say
	weather string
	patient bool   // it is left to `make mutants`
	first   uint64 // the seed to begin with, where it is known that those before it do not see it
}

// weathers are kinds of faults in which a mutant must be seen.
var weathers = map[string][]kind{
	"modem": modemKinds, "network": networkKinds, "server": serverKinds,
	"disk and process": slices.Concat(diskKinds, processKinds), "network and modem": slices.Concat(networkKinds, modemKinds),
	"process and server": slices.Concat(processKinds, serverKinds),
}

func mutants() []meant {
	ids := newIDs{mu: &sync.Mutex{}, seen: map[string]bool{}}
	return append([]meant{
		{
			mutant{name: "commit after CMGD", sink: func(s modem.Sink) modem.Sink { return takeLater{s} }},
			NothingIsLost, "neither arrived nor", "disk and process", false, 0,
		},
		{
			mutant{name: "no dedupe", forgetful: true},
			NothingIsDoubled, "", "network and modem", false, 0,
		},
		{
			mutant{name: "no barrier", courier: func(c bridge.Courier) bridge.Courier { return noBarrier{c} }},
			NothingIsLost, "neither arrived nor", "server", false, 0,
		},
		{
			mutant{name: "new id on repeat", courier: func(c bridge.Courier) bridge.Courier { ids.Courier = c; return ids }},
			NothingIsDoubled, "ids", "process and server", false, 0,
		},
		{
			mutant{name: "retry after an error that proves nothing", transmitter: func(t bridge.Transmitter) bridge.Transmitter { return sure{t} }},
			NothingIsDoubled, "", "modem", false, 0,
		},
		{
			mutant{name: "an unknown outcome taken for success", transmitter: func(t bridge.Transmitter) bridge.Transmitter { return hopeful{t} }},
			NothingIsLost, "neither arrived nor", "modem", false, 0,
		},
		{
			mutant{name: "marked as sending after it was sent", transmitter: func(t bridge.Transmitter) bridge.Transmitter { return early{t} }},
			NothingIsDoubled, "", "disk and process", false, 0,
		},
		{
			mutant{name: "unknown is told to nobody", courier: func(c bridge.Courier) bridge.Courier { return silent{c} }},
			NothingIsLost, "neither arrived nor", "modem", false, 0,
		},
		{
			mutant{name: "delivered before it is", sink: func(s modem.Sink) modem.Sink { return rash{s} }},
			StatusIsTrue, "receipted", "modem", false, 0,
		},
		{
			mutant{name: "an emergency waits behind a timetable", transmitter: func(t bridge.Transmitter) bridge.Transmitter { return patient{t} }},
			AnEmergencyPasses, "never saw", "network", false, 0,
		},
	}, listMutants()...)
}

// TestMutants proves that the simulation can fail: a gateway that breaks a promise is caught by that promise, within some
// seeds, and the real one passes the same seeds. MUTANTS=1 tries all of them and prints the table; without it those are left out
// that do not keep to the lists.
func TestMutants(t *testing.T) {
	const most = 25
	var table strings.Builder
	rows := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(rows, "mutant\tcaught by\tseed\twhat was said") // a strings.Builder takes everything
	controls := map[question][]Broken{}
	control := func(t *testing.T, q question) []Broken {
		q.Mutant = ""
		broken, known := controls[q]
		if !known {
			broken = q.retell(t).Broken
			controls[q] = broken
		}
		return broken
	}
	for _, m := range mutants() {
		if m.patient && os.Getenv("MUTANTS") == "" {
			continue
		}
		t.Run(strings.ReplaceAll(m.name, " ", "_"), func(t *testing.T) {
			for seed := max(m.first, 1); seed <= most; seed++ {
				q := question{Seed: seed, Weather: m.weather, Mutant: m.name}
				if caught, by := m.caughtBy(q.retell(t).Broken); caught {
					if broken := control(t, q); len(broken) > 0 {
						t.Errorf("seed %d fails without the mutant, too: %v", seed, broken)
					}
					_, _ = fmt.Fprintf(rows, "%s\tpromise %v\t%d\t%.90s\n", m.name, by.Promise, seed, by.Message+": "+by.What)
					return
				}
			}
			_, _ = fmt.Fprintf(rows, "%s\tNOT CAUGHT\t1–%d\t\n", m.name, most)
			t.Errorf("%q was not caught by promise %v in %d seeds", m.name, m.promise, most)
		})
	}
	_ = rows.Flush()
	if os.Getenv("MUTANTS") != "" {
		fmt.Print(table.String())
	}
}

func (m meant) caughtBy(broken []Broken) (bool, Broken) {
	for _, b := range broken {
		if b.Promise == m.promise && strings.Contains(b.What, m.says) {
			return true, b
		}
	}
	return false, Broken{}
}
