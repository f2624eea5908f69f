package modem_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// The operator's answer is read however the modem writes it, and however it wants the code.
func TestUSSD(t *testing.T) {
	const answer = "Saldo: kr 42,50. Påfyll på *101#"
	for name, coding := range map[string]modemtest.USSDCoding{
		"plain": modemtest.USSDPlain, "packed": modemtest.USSDPacked, "UCS-2": modemtest.USSDUCS2,
	} {
		t.Run(name, func(t *testing.T) {
			want := answer
			if coding == modemtest.USSDPlain {
				want = "Saldo: kr 42,50." // beyond ASCII it would be in whatever alphabet the modem was left with
			}
			r := newRig(t, modemtest.ModemOptions{
				USSD: map[string]string{"*100#": want}, Habits: modemtest.Habits{USSD: coding},
			}, modem.Options{}).up(t)
			got, err := r.modem.USSD(t.Context(), "*100#")
			if err != nil || got != want {
				t.Errorf("got %q, %v", got, err)
			}
			if _, err := r.modem.USSD(t.Context(), "*999#"); !errors.Is(err, modem.ErrUSSDRefused) {
				t.Errorf("an unknown code: %v", err)
			}
		})
	}
}

func TestUSSDNeedsAModem(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, modem.Options{})
	if _, err := r.modem.USSD(t.Context(), "*100#"); !errors.Is(err, modem.ErrDown) {
		t.Error(err)
	}
}

// A signal from a child must not cost it a voicemail: forwarding is looked at once for each SIM.
func TestForwardingIsClearedOncePerSIM(t *testing.T) {
	d := &drawer{}
	o := watchful()
	o.SIMs = d
	r := newRig(t, modemtest.ModemOptions{Forwards: map[int]string{2: "+4799999999", 3: "+4799999999"}}, o).up(t)
	r.await(t, "it is off", func() bool { return len(r.stick.Forwards()) == 0 })
	r.await(t, "it is remembered", func() bool { ok, _ := d.Cleared(t.Context(), ourICCID); return ok })
	asked := countSaid(r, "AT+CCFC")
	r.stick.PowerCycle()
	r.await(t, "up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
	r.await(t, "it is watched for a while", func() bool { return countSaid(r, "AT+CNMI?") > 6 })
	if n := countSaid(r, "AT+CCFC"); n != asked {
		t.Errorf("asked again: %d times, then %d", asked, n)
	}
}

// A call is told once, never answered, and hung up when it was meant to be.
func TestACallIsHungUp(t *testing.T) {
	for _, after := range []time.Duration{0, 300 * time.Millisecond} {
		r := newRig(t, modemtest.ModemOptions{Timing: modemtest.Timing{Ring: 50 * time.Millisecond}}, modem.Options{HangUpAfter: after}).up(t)
		began := time.Now()
		call, err := r.net.Phone(emma).Call(gateway)
		if err != nil {
			t.Fatal(err)
		}
		r.await(t, "it is over", func() bool { _, over, _ := call.State(); return over })
		if d := time.Since(began); d < after {
			t.Errorf("hung up after %v, not %v", d, after)
		}
		if answered, _, _ := call.State(); answered {
			t.Error("it was answered")
		}
		if calls := eventsOf[modem.Call](r.bridge); len(calls) != 1 || calls[0].Number != emma {
			t.Errorf("told %+v", calls)
		}
	}
}

// A test message proves reception, is shown to nobody, and costs what it costs.
func TestSelfTest(t *testing.T) {
	o := watchful()
	o.Number, o.SelfTestEvery, o.SelfTestWithin = gateway, 100*time.Millisecond, 10*time.Second
	r := newRig(t, modemtest.ModemOptions{}, o).up(t)
	r.await(t, "two tests", func() bool { return len(eventsOf[modem.SelfTest](r.bridge)) >= 2 })
	for _, e := range eventsOf[modem.SelfTest](r.bridge) {
		if !e.Sent || !e.Back || e.Length == 0 {
			t.Errorf("%+v", e)
		}
	}
	if len(r.texts()) != 0 {
		t.Errorf("it was shown: %q", r.texts())
	}
	if n := len(eventsOf[modem.Recovery](r.bridge)); n != 0 {
		t.Errorf("%d recoveries of a modem that listens", n)
	}
}

// A modem that sends and receives nothing is found by its own test and by nothing else.
func TestSelfTestFindsADeafModem(t *testing.T) {
	o := watchful()
	o.Number, o.SelfTestEvery, o.SelfTestWithin = gateway, 200*time.Millisecond, 300*time.Millisecond
	r := newRig(t, modemtest.ModemOptions{}, o).up(t)
	r.stick.DeafUntil(modemtest.ByRadio)
	r.await(t, "the radio is switched", func() bool { return slices.Contains(steps(r.bridge), modem.RadioCycle) })
	r.await(t, "the next test comes back", func() bool {
		all := eventsOf[modem.SelfTest](r.bridge)
		return len(all) > 0 && all[len(all)-1].Back
	})
	if len(r.texts()) != 0 {
		t.Errorf("it was shown: %q", r.texts())
	}
}

// What only looks like a test message is somebody's.
func TestNotATest(t *testing.T) {
	o := watchful()
	o.Number = gateway
	r := newRig(t, modemtest.ModemOptions{}, o).up(t)
	if err := r.net.Phone(emma).Send(gateway, "knapp-test hei"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "it is shown", func() bool { return slices.Equal(r.texts(), []string{"knapp-test hei"}) })
}
