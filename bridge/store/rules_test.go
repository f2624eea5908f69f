package store

import (
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// ids returns the persons of the test family by name.
func ids(t testing.TB, s *Store, names ...string) []policy.Person {
	t.Helper()
	d := directory(t, s)
	var out []policy.Person
	for _, name := range names {
		p, ok := d.Named(name)
		if !ok {
			t.Fatalf("%s is nobody", name)
		}
		out = append(out, p.ID)
	}
	return out
}

func spent(t testing.TB, s *Store, child, other policy.Person, day bridge.Day) (out policy.Spent) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) (err error) {
		out, err = tx.Spent(child, other, day)
		return err
	})
	return out
}

// charged queues a text of so many segments to a child from a person and charges it to a day.
func charged(t testing.TB, s *Store, child, other policy.Person, day bridge.Day, reason policy.Reason, segments int) (leg bridge.LegID) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error {
		v := policy.Verdict{Action: policy.Deliver, Reason: reason}
		m, err := tx.AddMessage(bridge.Message{At: noon, Direction: policy.ToChild, Child: child, Other: other, Verdict: v})
		if err != nil {
			return err
		}
		sms := &bridge.SMSLeg{Modem: "main", To: "+4793333333"}
		for range segments {
			sms.Segments = append(sms.Segments, []byte{1})
		}
		if leg, err = tx.AddLeg(bridge.Leg{Message: m, Verdict: v, SMS: sms}, noon); err != nil {
			return err
		}
		return tx.Charge(leg, day)
	})
	return leg
}

func TestWhatIsSpentIsCounted(t *testing.T) {
	s := openNew(t)
	apply(t, s, testFamily())
	p := ids(t, s, "Emma", "Bestemor", "Mamma", "Ola")
	emma, gran, mum, ola := p[0], p[1], p[2], p[3]
	charged(t, s, emma, gran, 20261122, policy.ByRule, 3)
	charged(t, s, emma, mum, 20261122, policy.ByRule, 2)
	charged(t, s, emma, gran, 20261122, policy.Gateway, 1)
	charged(t, s, emma, gran, 20261101, policy.ByRule, 4)
	charged(t, s, emma, gran, 20261031, policy.ByRule, 8)
	charged(t, s, ola, mum, 20261122, policy.ByRule, 5)
	want := policy.Spent{
		Day: 6, Month: 10, Contact: 3, GatewayDay: 11, GatewayMonth: 15, Own: policy.Own{Day: 1, Month: 1, GatewayDay: 1, GatewayMonth: 1},
	}
	if got := spent(t, s, emma, gran, 20261122); got != want {
		t.Errorf("spent %+v, want %+v", got, want)
	}
	if got := spent(t, s, emma, gran, 20261123); got.Day != 0 || got.Month != 10 {
		t.Errorf("the day after: %+v", got)
	}
}

func TestWhatNeverLeftIsGivenBack(t *testing.T) {
	const day = bridge.Day(20261122)
	s := openNew(t)
	apply(t, s, testFamily())
	p := ids(t, s, "Emma", "Bestemor")
	finish := func(leg bridge.LegID, state bridge.LegState) {
		do(t, s, func(tx bridge.Tx) error {
			_, err := tx.FinishSMS(leg, state, "test", noon)
			return err
		})
	}
	for _, c := range []struct {
		name string
		do   func(leg bridge.LegID)
		want int
	}{
		{"refused before anything left", func(leg bridge.LegID) { finish(leg, bridge.Failed) }, 0},
		{"refused after the first of three", func(leg bridge.LegID) { send(t, s, leg, 1, 7, noon); finish(leg, bridge.Failed) }, 1},
		{"nobody knows", func(leg bridge.LegID) { finish(leg, bridge.Unknown) }, 3},
		{"ended twice", func(leg bridge.LegID) { finish(leg, bridge.Failed); finish(leg, bridge.Failed) }, 0},
	} {
		before := spent(t, s, p[0], p[1], day).Day
		c.do(charged(t, s, p[0], p[1], day, policy.ByRule, 3))
		if got := spent(t, s, p[0], p[1], day).Day - before; got != c.want {
			t.Errorf("%s: %d parts stay counted, want %d", c.name, got, c.want)
		}
	}
}

func TestHurriesAreInTheDirectoryAtOnceAndAfterAStart(t *testing.T) {
	s := openNew(t)
	apply(t, s, testFamily())
	p := ids(t, s, "Emma", "Bestemor")
	emma, gran := p[0], p[1]
	ask := func(s *Store) policy.Reason {
		return policy.Decide(directory(t, s).Rules, policy.Request{Child: emma, Other: gran, Direction: policy.ToChild, At: noon, ClockSet: true}).Reason
	}
	steps := []struct {
		name string
		do   func(tx bridge.Tx) error
		want policy.Reason
	}{
		{"muted by the child", func(tx bridge.Tx) error { return tx.SetMute(policy.Mute{Child: emma, Other: gran, ByChild: true}) }, policy.MutedByChild},
		{"a guardian's unmute is not the child's", func(tx bridge.Tx) error { return tx.EndMute(emma, gran, false) }, policy.MutedByChild},
		{"heard again", func(tx bridge.Tx) error { return tx.EndMute(emma, gran, true) }, policy.ByRule},
		{"muted", func(tx bridge.Tx) error {
			return tx.SetMute(policy.Mute{Child: emma, Until: noon.Add(time.Hour)})
		}, policy.Muted},
		{"unmuted", func(tx bridge.Tx) error { return tx.EndMute(emma, 0, false) }, policy.ByRule},
		{"lost", func(tx bridge.Tx) error { _, err := tx.SetLost(emma, true, noon); return err }, policy.PhoneLost},
		{"found", func(tx bridge.Tx) error { _, err := tx.SetLost(emma, false, noon); return err }, policy.ByRule},
		{"stopped", func(tx bridge.Tx) error {
			_, err := tx.SetStop(policy.Stop{Child: emma, Other: gran}, "storm", noon)
			return err
		}, policy.Stopped},
		{"released", func(tx bridge.Tx) error { _, err := tx.EndStop(policy.Stop{Child: emma, Other: gran}); return err }, policy.ByRule},
	}
	for _, step := range steps {
		do(t, s, step.do)
		if got := ask(s); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
		again := reopen(t, s)
		if got := ask(again); got != step.want {
			t.Errorf("%s, after a start: %s, want %s", step.name, got, step.want)
		}
		s = again
	}
}

func TestAWarningIsGivenOnce(t *testing.T) {
	s := openNew(t)
	for _, c := range []struct {
		child  policy.Person
		period int
		want   bool
	}{{1, 20261122, true}, {1, 20261122, false}, {1, 202611, true}, {2, 20261122, true}, {0, 20261122, true}, {1, 20261123, true}} {
		var first bool
		do(t, s, func(tx bridge.Tx) (err error) {
			first, err = tx.Warn(c.child, c.period)
			return err
		})
		if first != c.want {
			t.Errorf("%d in %d: first is %v", c.child, c.period, first)
		}
	}
}

// reopen is what a SIGKILL leaves, opened again.
func reopen(t testing.TB, s *Store) *Store {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(t.Context(), s.path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	return again
}
