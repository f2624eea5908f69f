package modem_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/at"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

const (
	gateway = "+4799990000"
	emma    = "+4793333333"
)

// bridge is a Sink that remembers.
type bridge struct {
	mu     sync.Mutex
	taken  []modem.Received
	events []modem.Event
	refuse func(r modem.Received) error
	change chan struct{}
}

func newBridge() *bridge { return &bridge{change: make(chan struct{}, 1)} }

func (b *bridge) poke() {
	select {
	case b.change <- struct{}{}:
	default:
	}
}

func (b *bridge) Take(_ context.Context, r modem.Received) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.poke()
	if b.refuse != nil {
		if err := b.refuse(r); err != nil {
			return err
		}
	}
	b.taken = append(b.taken, r)
	return nil
}

func (b *bridge) Event(e modem.Event) {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer b.poke()
	b.events = append(b.events, e)
}

func (b *bridge) texts() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var s []string
	for _, r := range b.taken {
		if r.Message.Deliver != nil {
			s = append(s, r.Message.Deliver.Text)
		}
	}
	return s
}

func (b *bridge) reports() []modem.Received {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.taken), func(r modem.Received) bool { return r.Message.Report == nil })
}

// eventsOf returns the events of one type.
func eventsOf[E modem.Event](b *bridge) []E {
	b.mu.Lock()
	defer b.mu.Unlock()
	var s []E
	for _, e := range b.events {
		if e, ok := e.(E); ok {
			s = append(s, e)
		}
	}
	return s
}

// await waits until cond holds.
func (b *bridge) await(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.After(15 * time.Second)
	for !cond() {
		select {
		case <-b.change:
		case <-time.After(10 * time.Millisecond): // what cond looks at may be the modem's
		case <-deadline:
			b.mu.Lock()
			defer b.mu.Unlock()
			t.Fatalf("never: %s\ntaken: %v\nevents: %v", what, b.taken, b.events)
		}
	}
}

// rig is a gateway's modem on a network.
type rig struct {
	*bridge
	net   *modemtest.Network
	stick *modemtest.Modem
	link  string
	modem *modem.Modem
	wire  *wire

	options modem.Options // with which modem was made
	end     func()        // ends Run and waits for it
}

// wire keeps what went over the port, for failing tests.
type wire struct {
	mu    sync.Mutex
	lines []string
}

func (w *wire) trace(d at.Direction, line string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, time.Now().Format("05.000000 ")+string(d)+" "+line)
}

func openTTY(link string) modem.Opener {
	return func(context.Context) (io.ReadWriteCloser, error) {
		return os.OpenFile(link, os.O_RDWR|syscall.O_NOCTTY|syscall.O_NONBLOCK, 0)
	}
}

// quick are options with which nothing waits long.
func quick(o modem.Options) modem.Options {
	o.Name = "main"
	o.ReopenEvery, o.ReopenMax = 20*time.Millisecond, 100*time.Millisecond
	o.RetryTake = 30 * time.Millisecond
	if o.AnswerWithin == 0 {
		o.AnswerWithin = 5 * time.Second
	}
	return o
}

// newRig plugs a modem in; start runs the driver.
func newRig(t *testing.T, mo modemtest.ModemOptions, o modem.Options) *rig {
	t.Helper()
	r := &rig{bridge: newBridge(), net: modemtest.NewNetwork(modemtest.NetworkOptions{}), wire: &wire{}}
	mo.Number = gateway
	r.stick = r.net.NewModem(mo)
	r.link = filepath.Join(t.TempDir(), "modem")
	if err := r.stick.PlugIn(r.link); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.net.Close(); err != nil {
			t.Error(err)
		}
	})
	o = quick(o)
	o.Open, o.Sink, o.Trace = openTTY(r.link), r.bridge, r.wire.trace
	r.options = o
	r.modem = modem.New(o)
	return r
}

func (r *rig) start(t *testing.T) *rig {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- r.modem.Run(ctx) }()
	var ended bool
	end := func() {
		if ended {
			return
		}
		ended = true
		began := time.Now()
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
			if d := time.Since(began); d > time.Second {
				t.Errorf("Run took %v to end", d)
			}
		case <-time.After(5 * time.Second):
			t.Error("Run does not end")
		}
	}
	r.end = end
	t.Cleanup(func() {
		end()
		if t.Failed() {
			r.wire.mu.Lock()
			defer r.wire.mu.Unlock()
			for _, l := range r.wire.lines[max(0, len(r.wire.lines)-150):] {
				t.Log(l)
			}
		}
	})
	return r
}

func (r *rig) up(t *testing.T) *rig {
	t.Helper()
	r.start(t)
	r.await(t, "the modem is up", func() bool { return r.modem.State().Phase == modem.Ready })
	return r
}

func submit(t *testing.T, to, text string) [][]byte {
	t.Helper()
	a, err := tpdu.ParseAddress(to)
	if err != nil {
		t.Fatal(err)
	}
	parts, err := tpdu.Segment(a, text, tpdu.Options{StatusReport: true, Reference: 7})
	if err != nil {
		t.Fatal(err)
	}
	return parts
}

func TestBringUp(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Manufacturer: "Quectel", Model: "EC25"}, modem.Options{}).up(t)
	s := r.modem.State()
	if s.Manufacturer != "Quectel" || s.Model != "EC25" || s.Registered != modem.Home || !s.SignalKnown ||
		s.Signal != -71 || s.SMSC != "+4792001000" || s.LastError != nil || s.IMEI == "" {
		t.Errorf("state: %+v", s)
	}
	if len(s.Storage) < 2 || s.Storage[0] != (modem.StorageUse{Name: "SM", Total: 20}) {
		t.Errorf("storage: %+v", s.Storage)
	}
	if ups := eventsOf[modem.Up](r.bridge); len(ups) != 1 || ups[0].Model != "EC25" {
		t.Errorf("Up events: %+v", ups)
	}
	if regs := eventsOf[modem.Registration](r.bridge); len(regs) != 1 || regs[0].Status != modem.Home {
		t.Errorf("Registration events: %+v", regs)
	}
}

func TestReceive(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	for _, text := range []string{"hei", "2 er du der?", "æøå €"} {
		if err := r.net.Phone(emma).Send(gateway, text); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"hei", "2 er du der?", "æøå €"}
	r.await(t, "three messages", func() bool { return len(r.texts()) == 3 })
	if got := r.texts(); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	r.await(t, "the modem has forgotten them", func() bool {
		return len(r.stick.Stored("SM"))+len(r.stick.Stored("ME")) == 0
	})
}

func TestSendAndReport(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	committed := false
	mr, err := r.modem.Send(t.Context(), submit(t, emma, "kommer nå")[0], func() error {
		committed = true
		if n := len(r.stick.Sent()); n != 0 {
			t.Errorf("commit came after the message left")
		}
		return nil
	})
	if err != nil || !committed {
		t.Fatalf("Send: %v, committed %v", err, committed)
	}
	if in := r.net.Phone(emma).Inbox(); len(in) != 1 || in[0].Text != "kommer nå" {
		t.Errorf("the phone has %+v", in)
	}
	r.await(t, "a status report", func() bool { return len(r.reports()) == 1 })
	if rep := r.reports()[0].Message.Report; rep.MR != mr || rep.Fate() != tpdu.FateDelivered {
		t.Errorf("report %+v for MR %d", rep, mr)
	}
}

func TestSendThreeParts(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	text := ""
	for len(text) < 400 {
		text += "dette er en lang melding "
	}
	parts := submit(t, emma, text)
	if len(parts) != 3 {
		t.Fatalf("%d parts", len(parts))
	}
	seen := map[byte]bool{}
	for _, p := range parts {
		mr, err := r.modem.Send(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		seen[mr] = true
	}
	if len(seen) != 3 {
		t.Errorf("references: %v", seen)
	}
	if in := r.net.Phone(emma).Inbox(); len(in) != 1 || in[0].Text != text {
		t.Errorf("the phone has %+v", in)
	}
	r.await(t, "three reports", func() bool { return len(r.reports()) == 3 })
}

func TestCommitFails(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	full := errors.New("disk full")
	_, err := r.modem.Send(t.Context(), submit(t, emma, "nei")[0], func() error { return full })
	var se *modem.SendError
	if !errors.As(err, &se) || se.Unknown || !errors.Is(err, full) {
		t.Fatalf("got %v", err)
	}
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "ja")[0], nil); err != nil {
		t.Fatalf("the next one: %v", err)
	}
	if in := r.net.Phone(emma).Inbox(); len(in) != 1 || in[0].Text != "ja" {
		t.Errorf("the phone has %+v", in)
	}
}
