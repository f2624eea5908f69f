package modem

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"knapp/modem/at"
)

// callSink keeps the calls that it is told of.
type callSink struct{ calls []Call }

func (*callSink) Take(context.Context, Received) error { return nil }

func (c *callSink) Event(e Event) {
	if told, ok := e.(Call); ok {
		c.calls = append(c.calls, told)
	}
}

// ringing is a connection on which a call rings every five seconds while nobody handles it, until it breaks.
func ringing(t *testing.T, m *Modem, rings int, last string) *session {
	t.Helper()
	port, modem := net.Pipe()
	conn := at.New(port, at.Options{})
	ended := make(chan error, 1)
	go func() { ended <- conn.Run(t.Context()) }()
	go func() { _, _ = io.Copy(io.Discard, modem) }()
	for range rings {
		if _, err := fmt.Fprint(modem, "\r\nRING\r\n\r\n+CLIP: \"+4793333333\",145\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second) // of the bubble's clock
	}
	if _, err := fmt.Fprint(modem, last); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	_ = modem.Close()
	<-ended
	return &session{m: m, conn: conn, log: m.log}
}

// A call that rings on while the modem is away is one call, however late it was handled: two in a row are an emergency.
func TestACallIsToldOnceAcrossABreak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := &callSink{}
		m := New(Options{Sink: told, Log: slog.New(slog.DiscardHandler)})
		s := ringing(t, m, 15, "")
		m.ring(<-s.conn.URCs()) // a command was late: the first ring is handled 75 seconds after it was read,
		m.ring(<-s.conn.URCs())
		s.salvage(t.Context()) // and the port has gone before the others are
		time.Sleep(25 * time.Second)
		m.call.wentOn(time.Now())
		m.ring(at.URC{Line: "RING", At: time.Now()})
		m.ring(at.URC{Line: `+CLIP: "+4793333333",145`, At: time.Now()})
		if len(told.calls) != 1 || told.calls[0].Number != "+4793333333" {
			t.Errorf("told of %+v", told.calls)
		}
	})
}

// A call that nobody had handled when the connection broke is told of, and one that ended with it leaves the next alone.
func TestACallIsToldWhenTheConnectionBroke(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := &callSink{}
		m := New(Options{Sink: told, Log: slog.New(slog.DiscardHandler)})
		ringing(t, m, 1, "\r\nNO CARRIER\r\n").salvage(t.Context())
		if len(told.calls) != 1 || told.calls[0].Number != "+4793333333" {
			t.Fatalf("told of %+v", told.calls)
		}
		m.ring(at.URC{Line: "RING", At: time.Now()})
		m.ring(at.URC{Line: `+CLIP: "+4793333333",145`, At: time.Now()})
		if len(told.calls) != 2 {
			t.Errorf("the second call was told of as the first: %+v", told.calls)
		}
	})
}

// A modem that hangs keeps the rings of one call back; one that answered meanwhile has had silence, and a second call.
func TestACallThatAHangingModemKeptBack(t *testing.T) {
	began := time.Now()
	after := func(d time.Duration) time.Time { return began.Add(d) }
	for _, c := range []struct {
		name  string
		next  time.Duration // when the next ring is read
		awake time.Duration // when the modem was last known to answer
		calls int
	}{
		{"it rings on", 5 * time.Second, -time.Second, 1},
		{"it hung", 40 * time.Second, -time.Second, 1},
		{"it hung soon after the ring", 40 * time.Second, 300 * time.Millisecond, 1},
		{"it was awake, and heard no ring", 12 * time.Second, 8 * time.Second, 2},
		{"no network lets a call ring for so long", 70 * time.Second, -time.Second, 2},
	} {
		told := &callSink{}
		m := New(Options{Sink: told, Log: slog.New(slog.DiscardHandler)})
		m.ring(at.URC{Line: `+CLIP: "+4793333333",145`, At: began, Awake: after(-time.Second)})
		m.ring(at.URC{Line: `+CLIP: "+4793333333",145`, At: after(c.next), Awake: after(c.awake)})
		if len(told.calls) != c.calls {
			t.Errorf("%s: told of %d calls, want %d", c.name, len(told.calls), c.calls)
		}
	}
}

// Two calls in a row are two, where the modem has ended the first.
func TestACallAfterOneThatWasHungUp(t *testing.T) {
	told := &callSink{}
	m := New(Options{Sink: told, Log: slog.New(slog.DiscardHandler)})
	began := time.Now()
	m.ring(at.URC{Line: `+CLIP: "+4793333333",145`, At: began})
	m.call.ended = began.Add(200 * time.Millisecond)
	for _, d := range []time.Duration{100 * time.Millisecond, 15 * time.Second} {
		m.ring(at.URC{Line: `+CLIP: "+4793333333",145`, At: began.Add(d), Awake: m.call.ended})
	}
	if len(told.calls) != 2 {
		t.Errorf("told of %d calls", len(told.calls))
	}
}
