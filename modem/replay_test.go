package modem_test

import (
	"bytes"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/at"
	"knapp/modem/modemtest"
)

// TestReplay records a session with one modem and plays it to another driver: it takes the same texts, though nobody
// sends any, and the modem that answers is an empty one.
func TestReplay(t *testing.T) {
	var mu sync.Mutex
	var tape bytes.Buffer
	record := func(d at.Direction, line string) {
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(&tape, "%s\tmain\t%c\t%s\n", time.Now().Format(time.RFC3339Nano), d, line)
	}
	want := []string{"mens du var borte", "og nå"}
	first := newRig(t, modemtest.ModemOptions{Manufacturer: "Maker", Model: "One"}, modem.Options{})
	if err := first.net.Phone(emma).Send(gateway, want[0]); err != nil {
		t.Fatal(err)
	}
	o := quick(modem.Options{Sink: first.bridge, Open: openTTY(first.link), Trace: record})
	first.modem = modem.New(o)
	first.up(t)
	first.await(t, "the text that waited", func() bool { return len(first.texts()) == 1 })
	if err := first.net.Phone(emma).Send(gateway, want[1]); err != nil {
		t.Fatal(err)
	}
	first.await(t, "both texts", func() bool { return len(first.texts()) == 2 })
	first.await(t, "an empty modem", func() bool { return len(first.stick.Stored("SM"))+len(first.stick.Stored("ME")) == 0 })

	mu.Lock()
	recording, err := modemtest.Replay(bytes.NewReader(slices.Clone(tape.Bytes())))
	mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	second := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	second.stick.Load(recording)
	second.up(t)
	second.await(t, "the texts of the recording", func() bool {
		got := second.texts()
		return slices.Contains(got, want[0]) && slices.Contains(got, want[1])
	})
	if s := second.modem.State(); s.Manufacturer != "Maker" || s.Model != "One" {
		t.Errorf("the modem says that it is a %s %s", s.Manufacturer, s.Model)
	}
	if n := second.stick.Counters().Received; n != 0 {
		t.Errorf("the modem received %d texts of its own", n)
	}
}

func TestReplayRefuses(t *testing.T) {
	for _, bad := range []string{"x", "a\tb\t?\tAT", "\t\t<"} {
		if _, err := modemtest.Replay(bytes.NewReader([]byte(bad))); err == nil {
			t.Errorf("%q is taken for a recording", bad)
		}
	}
}
