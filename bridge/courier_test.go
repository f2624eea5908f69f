package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"knapp/bridge"
)

// line is a courier whose server has what was sent before a barrier, of the stream that is open now.
type line struct {
	mu       sync.Mutex
	sent     []string // ids on the stream that is open now
	has      map[string]int
	barriers chan struct{} // each lets one barrier pass
	cut      chan struct{} // closed when the stream dies
	slow     chan struct{} // Send waits until it is closed
}

func newLine() *line {
	l := &line{
		has: map[string]int{}, barriers: make(chan struct{}, 100), cut: make(chan struct{}), slow: make(chan struct{}),
	}
	close(l.slow)
	return l
}

func (l *line) Send(_ context.Context, s bridge.Stanza) error {
	l.mu.Lock()
	slow := l.slow
	l.mu.Unlock()
	<-slow
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent = append(l.sent, s.ID)
	return nil
}

func (l *line) Barrier(ctx context.Context) error {
	l.mu.Lock()
	cut := l.cut
	l.mu.Unlock()
	select {
	case <-l.barriers:
	case <-cut:
		return errors.New("the stream is gone")
	case <-ctx.Done():
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range l.sent {
		l.has[id]++
	}
	l.sent = nil
	return nil
}

// renew is a new stream: what was on the old one is gone. The new one takes nothing until quick is called.
func (l *line) renew() (quick func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	close(l.cut)
	l.cut, l.slow = make(chan struct{}), make(chan struct{})
	l.sent = nil
	return sync.OnceFunc(func() { close(l.slow) })
}

func (l *line) onWire() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.sent)
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal(what)
		}
	}
}

// Several batches are written and none is confirmed when the stream dies. The barrier of the next stream speaks
// of what was written on that one only: everything is written again, under the same ids, and nothing is lost.
func TestABarrierSpeaksOfItsOwnStream(t *testing.T) {
	d := open(t)
	l := newLine()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.relay.RunCourier(ctx, l) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	d.relay.Connected(true)
	const n = 5
	for i := range n { // one by one, so that each is a batch of its own
		err := d.relay.TakeSMS(t.Context(), bridge.SMS{
			Modem: "main", PDU: fmt.Sprintf("%04X", i), At: d.now, From: "+4793333333", Text: fmt.Sprintf("2 melding %d", i),
		})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "written", func() bool { return l.onWire() == i+1 })
	}
	d.relay.Connected(false)
	quick := l.renew()
	defer quick()
	d.relay.Connected(true)
	for range n {
		l.barriers <- struct{}{}
	}
	// The barriers of the new stream would pass now, before it has taken anything.
	time.Sleep(50 * time.Millisecond)
	if _, stanzas, err := d.store.Waiting(t.Context()); err != nil || stanzas != n {
		t.Errorf("%d of %d wait (%v): a new stream's barrier confirmed what was written on the old", stanzas, n, err)
	}
	quick()
	eventually(t, "nothing waits", func() bool {
		_, stanzas, err := d.store.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		select {
		case l.barriers <- struct{}{}:
		default:
		}
		return stanzas == 0
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.has) != n {
		t.Errorf("the server has %d of %d", len(l.has), n)
	}
	for id, times := range l.has {
		if times != 1 {
			t.Errorf("%s was confirmed %d times", id, times)
		}
	}
}

// poisoned is a courier whose server hangs up at one text, whatever stands before or behind it.
type poisoned struct {
	mu    sync.Mutex
	relay *bridge.Relay
	dead  bool
	sent  []string
	has   map[string]bool
}

func (p *poisoned) Send(_ context.Context, s bridge.Stanza) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return fmt.Errorf("send: %w", bridge.ErrHungUp)
	}
	if s.Body == "gift" {
		p.dead, p.sent = true, nil
		p.relay.Connected(false)
		time.AfterFunc(20*time.Millisecond, func() {
			p.mu.Lock()
			p.dead = false
			p.mu.Unlock()
			p.relay.Connected(true)
		})
		return nil
	}
	p.sent = append(p.sent, s.Body)
	return nil
}

func (p *poisoned) Barrier(context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead {
		return fmt.Errorf("barrier: %w", bridge.ErrHungUp)
	}
	for _, body := range p.sent {
		p.has[body] = true
	}
	p.sent = nil
	return nil
}

// Whatever it is about a stanza that makes a server hang up: it does not silence everybody else for ever.
func TestAPoisonousStanzaIsGivenUp(t *testing.T) {
	d := open(t)
	for _, text := range []string{"2 før", "2 gift", "2 etter"} {
		d.sms("+4793333333", text)
	}
	p := &poisoned{relay: d.relay, has: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.relay.RunCourier(ctx, p) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	d.relay.Connected(true)
	eventually(t, "the others do not arrive", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.has["før"] && p.has["etter"]
	})
	eventually(t, "it waits for ever", func() bool {
		_, stanzas, err := d.store.Waiting(t.Context())
		return err == nil && stanzas == 0
	})
	want(t, "the child is told", d.transmit(&hand{}),
		"+4793333333 Knapp: Mamma fikk ikke meldingen din. Prøv igjen, eller ring.")
}

// A stream that ends for any other reason, however often, says nothing about what was on it.
func TestADyingServerGivesNothingUp(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "2 hei")
	l := newLine()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- d.relay.RunCourier(ctx, l) }()
	defer func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}()
	for range 12 {
		d.relay.Connected(true)
		eventually(t, "written", func() bool { return l.onWire() == 1 })
		d.relay.Connected(false)
		l.renew()()
	}
	if _, stanzas, err := d.store.Waiting(t.Context()); err != nil || stanzas != 1 {
		t.Errorf("%d stanzas wait (%v): it was given up", stanzas, err)
	}
}
