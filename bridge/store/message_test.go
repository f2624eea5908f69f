package store

import (
	"errors"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func TestMessageComesBackAsItWas(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	other, _ := d.Named("Mamma")
	want := bridge.Message{
		At: noon, Written: noon.Add(-time.Hour), Direction: policy.ToChild, Child: child.ID, Other: other.ID,
		Address: "x@example.net", Modem: modem, Length: 12, Parts: 2, Emergency: true,
		Verdict:  policy.Verdict{Action: policy.Refuse, Reason: policy.WrongWay, Rule: 7},
		StanzaID: "s1", Receipt: true, Resource: "phone",
	}
	do(t, s, func(tx bridge.Tx) (err error) {
		if want.ID, err = tx.AddMessage(want); err != nil {
			return err
		}
		got, err := tx.Message(want.ID)
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if _, err := tx.Message(want.ID + 1); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("a message that is not there: %v", err)
		}
		return err
	})
}

func TestReferencesCountUpAndWrap(t *testing.T) {
	s := openNew(t)
	do(t, s, func(tx bridge.Tx) error {
		for i := range 300 {
			if got, want := must[int](t)(tx.NextReference(emma)), (i+1)%256; got != want {
				t.Fatalf("reference %d is %d", i, got)
			}
		}
		if got := must[int](t)(tx.NextReference("+4790000000")); got != 1 {
			t.Errorf("another number begins at %d", got)
		}
		return nil
	})
}

func TestLastExchangeAndOwnTexts(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	mamma, _ := d.Named("Mamma")
	gran, _ := d.Named("Bestemor")
	say := func(tx bridge.Tx, at time.Duration, other policy.Person, v policy.Verdict) bridge.MessageID {
		m := entry(policy.ToChild)
		m.At, m.Child, m.Other, m.Verdict = noon.Add(at), child.ID, other, v
		return must[bridge.MessageID](t)(tx.AddMessage(m))
	}
	do(t, s, func(tx bridge.Tx) error {
		say(tx, 0, mamma.ID, passed)
		say(tx, time.Minute, gran.ID, policy.Verdict{Action: policy.Refuse, Reason: policy.WrongWay})
		own := policy.Verdict{Action: policy.Deliver, Reason: policy.Gateway}
		m := say(tx, 2*time.Minute, 0, own)
		must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{
			Message: m, Verdict: own, SMS: &bridge.SMSLeg{Modem: modem, To: emma, Segments: [][]byte{{1}}},
		}, noon.Add(-2*time.Minute)))
		if got := must[policy.Person](t)(tx.LastExchange(child.ID, noon)); got != mamma.ID {
			t.Errorf("last exchange with %d, want Mamma", got)
		}
		if got := must[policy.Person](t)(tx.LastExchange(child.ID, noon.Add(time.Second))); got != 0 {
			t.Errorf("an exchange that is too old: %d", got)
		}
		for to, want := range map[bridge.Phone]int{emma: 1, "+4794444444": 0} {
			if got := must[int](t)(tx.OwnTexts(to, noon.Add(-time.Hour))); got != want {
				t.Errorf("%d own texts to %s, want %d", got, to, want)
			}
		}
		if got := must[int](t)(tx.OwnTexts(emma, noon.Add(-time.Minute))); got != 0 {
			t.Errorf("%d own texts that are too old", got)
		}
		// The clock was a day ahead for a while: what it wrote then must not use up the cap.
		must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{
			Message: m, Verdict: own, SMS: &bridge.SMSLeg{Modem: modem, To: emma, Segments: [][]byte{{1}}},
		}, noon.Add(24*time.Hour)))
		if got := must[int](t)(tx.OwnTexts(emma, noon.Add(-time.Hour))); got != 1 {
			t.Errorf("%d own texts, want the one of the last hour", got)
		}
		return nil
	})
}
