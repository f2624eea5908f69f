package modem_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

func TestSlowSIM(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Timing: modemtest.Timing{SIM: 1200 * time.Millisecond}}, modem.Options{})
	if err := r.net.Phone(emma).Send(gateway, "tidlig"); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"tidlig"}) })
}

func TestPIN(t *testing.T) {
	for _, c := range []struct {
		name     string
		stick    modemtest.ModemOptions
		pin      string
		up       bool
		problem  string
		attempts int // AT+CPIN= on the wire
	}{
		{"right", modemtest.ModemOptions{PIN: "1234"}, "1234", true, "", 1},
		{"wrong, never again", modemtest.ModemOptions{PIN: "1234"}, "9999", false, "refused", 1},
		{"one try left", modemtest.ModemOptions{PIN: "1234", PINTries: 1}, "1234", false, "1 try left", 0},
		{"none configured", modemtest.ModemOptions{PIN: "1234"}, "", false, "none is configured", 0},
		{"no digits", modemtest.ModemOptions{PIN: "1234"}, "12\"4", false, "not 4 to 8 digits", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.stick, modem.Options{PIN: c.pin, SIMWithin: 500 * time.Millisecond})
			r.start(t)
			opens := func() int {
				r.wire.mu.Lock()
				defer r.wire.mu.Unlock()
				n := 0
				for _, l := range r.wire.lines {
					if strings.HasSuffix(l, "> AT+CPIN?") {
						n++
					}
				}
				return n
			}
			if c.up {
				r.await(t, "the modem is up", func() bool { return r.modem.State().Phase == modem.Ready })
			} else {
				r.await(t, "it was tried several times", func() bool { return opens() >= 3 })
				problems := eventsOf[modem.SIMProblem](r.bridge)
				if len(problems) == 0 || !strings.Contains(problems[0].Problem, c.problem) {
					t.Errorf("problems: %+v", problems)
				}
			}
			r.wire.mu.Lock()
			defer r.wire.mu.Unlock()
			n := 0
			for _, l := range r.wire.lines {
				if strings.Contains(l, "> AT+CPIN=") {
					n++
				}
			}
			if n != c.attempts {
				t.Errorf("the PIN was entered %d times, want %d", n, c.attempts)
			}
		})
	}
}

func TestRegistration(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.SetRegistration(2, 2, 2)
	r.await(t, "searching", func() bool { return r.modem.State().Registered == modem.Searching })
	_, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil)
	var se *modem.SendError
	if !errors.As(err, &se) || se.Unknown || !errors.Is(err, modem.ErrNoNetwork) {
		t.Errorf("Send while searching: %v", err)
	}
	r.stick.SetRegistration(0, 0, 5)
	r.await(t, "roaming over LTE alone", func() bool { return r.modem.State().Registered == modem.Roaming })
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil); !errors.Is(err, modem.ErrRoaming) {
		t.Errorf("Send while roaming: %v", err)
	}
	r.stick.SetRegistration(6, 0, 0)
	r.await(t, "SMS only is good enough", func() bool { return r.modem.State().Registered == modem.Home })
	if _, err := r.modem.Send(t.Context(), submit(t, emma, "x")[0], nil); err != nil {
		t.Error(err)
	}
	regs := eventsOf[modem.Registration](r.bridge)
	if last := regs[len(regs)-1]; last.Status != modem.Home || last.Roaming {
		t.Errorf("events: %+v", regs)
	}
}

func TestCallIsTold(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{}).up(t)
	r.stick.URC("RING", "", `+CLIP: "+4793333333",145,,,,0`)
	r.stick.URC("RING", "", `+CLIP: "+4793333333",145,,,,0`)
	r.await(t, "the call", func() bool { return len(eventsOf[modem.Call](r.bridge)) == 1 })
	if c := eventsOf[modem.Call](r.bridge)[0]; c.Number != emma {
		t.Errorf("caller %q", c.Number)
	}
}

func TestSilentRestart(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{WatchEvery: 50 * time.Millisecond}).up(t)
	r.stick.PowerCycle()
	r.await(t, "it is brought up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) >= 2 })
	if err := r.net.Phone(emma).Send(gateway, "hører du?"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"hører du?"}) })
}

func TestHungModemIsFoundAndRecovers(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{
		WatchEvery: 50 * time.Millisecond, CommandTimeout: 100 * time.Millisecond, AnswerWithin: 200 * time.Millisecond,
		ListTimeout: 200 * time.Millisecond,
	}).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.Deaf, Times: -1})
	r.await(t, "Down", func() bool { return len(eventsOf[modem.Down](r.bridge)) == 1 })
	r.stick.ClearFaults()
	r.await(t, "Up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
}

func TestSlowBoot(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	r.stick.Fault(modemtest.Fault{Kind: modemtest.Deaf, Times: 3})
	r.stick.Fault(modemtest.Fault{Kind: modemtest.LateAnswer, Times: 3, Delay: 300 * time.Millisecond})
	r.up(t)
	if s := r.modem.State(); s.Model != "Software Modem" || s.Manufacturer != "Knapp" {
		t.Errorf("answers out of step: %+v", s)
	}
}

func TestLeftAtThePrompt(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{Powered: true}, modem.Options{})
	// A program died between AT+CMGS and the text.
	port, err := openTTY(r.link)(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(port, "AT+CMGF=0\rAT+CMGS=14\r"); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 256)
	for seen := ""; !strings.Contains(seen, "> "); {
		n, err := port.Read(buf)
		if err != nil {
			t.Fatal(err)
		}
		seen += string(buf[:n])
	}
	if err := port.Close(); err != nil {
		t.Fatal(err)
	}
	r.up(t)
	if n := len(r.stick.Sent()); n != 0 {
		t.Errorf("%d messages were sent by bringing the modem up", n)
	}
}
