package modem_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/modem"
	"knapp/modem/modemtest"
)

// steps returns the rungs that were told, each once where it repeats.
func steps(b *bridge) []modem.Step {
	var s []modem.Step
	for _, e := range eventsOf[modem.Recovery](b) {
		s = append(s, e.Step)
	}
	return slices.Compact(s)
}

// watchful are options with which every rung is reached in a test's time.
func watchful() modem.Options {
	return modem.Options{
		WatchEvery: 40 * time.Millisecond, CommandTimeout: 300 * time.Millisecond, AnswerWithin: 300 * time.Millisecond,
		ListTimeout: 300 * time.Millisecond, RadioPause: 10 * time.Millisecond, RadioTimeout: time.Second,
	}
}

// A modem that answers nothing is opened anew, and then reset on its bus.
func TestSilentModemIsResetOnItsBus(t *testing.T) {
	o := watchful()
	var r *rig
	o.Reset = func(context.Context) error {
		r.stick.ClearFaults()
		return errors.Join(r.stick.Unplug(), r.stick.PlugIn(r.link))
	}
	r = newRig(t, modemtest.ModemOptions{}, o).up(t)
	r.await(t, "the watch has begun", func() bool { return countSaid(r, "AT+CNMI?") > 1 })
	r.stick.Fault(modemtest.Fault{Kind: modemtest.Deaf, Times: -1})
	r.await(t, "Up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
	if got, want := steps(r.bridge), []modem.Step{modem.AskAgain, modem.Reopen, modem.ResetUSB}; !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
	if up := eventsOf[modem.Up](r.bridge)[1]; up.Deaf <= 0 {
		t.Errorf("deaf for %v", up.Deaf)
	}
	for _, e := range eventsOf[modem.Recovery](r.bridge) {
		if e.Reason == "" || e.Modem != "main" {
			t.Errorf("%+v", e)
		}
	}
	if s := r.modem.State(); !s.DeafSince.IsZero() {
		t.Errorf("still deaf since %v", s.DeafSince)
	}
}

// A command that goes unanswered once needs no more than to be asked again.
func TestOneAnswerLost(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, watchful()).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CSQ"})
	r.await(t, "it is asked again", func() bool { return slices.Equal(steps(r.bridge), []modem.Step{modem.AskAgain}) })
	if err := r.net.Phone(emma).Send(gateway, "hører du?"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"hører du?"}) })
	if n := len(eventsOf[modem.Down](r.bridge)); n != 0 {
		t.Errorf("it went down %d times", n)
	}
}

// Registered but deaf: what is sent is not taken although there is network. Each cure is found.
func TestRegisteredButDeaf(t *testing.T) {
	for _, c := range []struct {
		name string
		cure modemtest.Cure
		want []modem.Step
	}{
		{"radio", modemtest.ByRadio, []modem.Step{modem.RadioCycle}},
		{"restart", modemtest.ByRestart, []modem.Step{modem.RadioCycle, modem.Restart}},
		{"power", modemtest.ByPower, []modem.Step{modem.RadioCycle, modem.Restart, modem.ResetUSB}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := watchful()
			o.MayRestart = true
			var r *rig
			o.Reset = func(context.Context) error { return errors.Join(r.stick.Unplug(), r.stick.PlugIn(r.link)) }
			r = newRig(t, modemtest.ModemOptions{}, o).up(t)
			r.stick.DeafUntil(c.cure)
			if err := r.net.Phone(emma).Send(gateway, "er du der?"); err != nil {
				t.Fatal(err)
			}
			// The family's answers fail one after the other, each proven not to have left.
			r.await(t, "what waited", func() bool {
				_, _ = r.modem.Send(t.Context(), submit(t, emma, "hei")[0], nil)
				return slices.Equal(r.texts(), []string{"er du der?"})
			})
			told := slices.DeleteFunc(steps(r.bridge), func(s modem.Step) bool { return s == modem.Reopen })
			if !slices.Equal(told, c.want) {
				t.Errorf("steps %v, want %v", told, c.want)
			}
			r.await(t, "it sends", func() bool {
				_, err := r.modem.Send(t.Context(), submit(t, emma, "hei")[0], nil)
				return err == nil
			})
		})
	}
}

// No network for too long: the radio is switched off and on, once, and then it rests.
func TestNoNetworkForTooLong(t *testing.T) {
	o := watchful()
	o.NoNetworkAfter = 150 * time.Millisecond
	r := newRig(t, modemtest.ModemOptions{}, o).up(t)
	r.stick.SetRegistration(2, 2, 2)
	r.await(t, "the radio is switched", func() bool { return slices.Contains(steps(r.bridge), modem.RadioCycle) })
	r.await(t, "it is up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
	r.await(t, "it rests", func() bool {
		return r.modem.State().Phase == modem.Ready && len(eventsOf[modem.Recovery](r.bridge)) >= 1
	})
	r.stick.SetRegistration(1, 1, 1)
	r.await(t, "network again", func() bool { return r.modem.State().Registered == modem.Home })
	if d := eventsOf[modem.Recovery](r.bridge)[0]; d.Deaf < o.NoNetworkAfter {
		t.Errorf("deaf for %v only", d.Deaf)
	}
}

// Storages that cannot be read are deafness too: nothing can arrive there.
func TestStoragesLost(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, watchful()).up(t)
	r.stick.Load(&modemtest.Profile{Answers: map[string][][]string{"AT+CPMS?": {{"+CMS ERROR: 300"}}}})
	r.await(t, "the radio is switched", func() bool { return slices.Contains(steps(r.bridge), modem.RadioCycle) })
	r.stick.Load(nil)
	r.await(t, "it is up again", func() bool { return len(eventsOf[modem.Up](r.bridge)) == 2 })
}

// A radio that was switched off behind our back is switched on, without losing the connection.
func TestRadioSwitchedOff(t *testing.T) {
	r := newRig(t, modemtest.ModemOptions{}, watchful()).up(t)
	r.stick.SwitchRadioOff()
	if err := r.net.Phone(emma).Send(gateway, "hører du?"); err != nil {
		t.Fatal(err)
	}
	r.await(t, "the message", func() bool { return slices.Equal(r.texts(), []string{"hører du?"}) })
	if n := len(eventsOf[modem.Down](r.bridge)); n != 0 {
		t.Errorf("it went down %d times", n)
	}
}

// Recovery waits for what is in the air: cut off, it would be unknown. With two ports one sends while the other finds
// the modem deaf.
func TestRecoveryWaitsForTheAir(t *testing.T) {
	o := watchful()
	o.CommandTimeout, o.Profile = 2*time.Second, &modem.Profile{Name: "two", TwoPorts: true}
	r := newRig(t, modemtest.ModemOptions{}, o)
	second := &secondPort{stick: r.stick}
	r.options.Second = second.open
	r.modem = modem.New(r.options)
	r.up(t)
	r.await(t, "both ports", func() bool { return r.modem.State().Ports == 2 })
	r.stick.SetTiming(modemtest.Timing{Air: 800 * time.Millisecond})
	sent := make(chan error, 1)
	go func() {
		_, err := r.modem.Send(t.Context(), submit(t, emma, "i lufta")[0], nil)
		sent <- err
	}()
	r.await(t, "it is in the air", func() bool { return strings.Contains(second.said(), "AT+CMGS") })
	before := countSaid(r, "AT+CPMS?")
	r.stick.Load(&modemtest.Profile{Answers: map[string][][]string{"AT+CPMS?": {{"+CMS ERROR: 300"}}}})
	r.await(t, "the evidence is there", func() bool { return countSaid(r, "AT+CPMS?") > before+4 })
	if err := <-sent; err != nil {
		t.Errorf("the message that was in the air: %v", err)
	}
	r.await(t, "then it recovers", func() bool { return slices.Contains(steps(r.bridge), modem.RadioCycle) })
	r.stick.Load(nil)
}

// What nothing helps against is left alone after one round, and tried again later: no step comes twice at once.
func TestTheLadderIsBounded(t *testing.T) {
	o := watchful()
	o.MayRestart = true
	resets := 0
	var r *rig
	o.Reset = func(context.Context) error { resets++; return errors.New("not there") }
	r = newRig(t, modemtest.ModemOptions{}, o).up(t)
	r.stick.Fault(modemtest.Fault{Kind: modemtest.Deaf, Times: -1})
	opens := 0
	r.await(t, "many openings later", func() bool {
		if r.modem.State().Phase == modem.Opening || r.modem.State().Phase == modem.Closed {
			opens++
		}
		return opens > 20
	})
	if n := len(eventsOf[modem.Recovery](r.bridge)); n > 4 {
		t.Errorf("%d steps were told: %v", n, steps(r.bridge))
	}
	if resets > 1 {
		t.Errorf("it was reset %d times", resets)
	}
}
