package bridge_test

import (
	"errors"
	"reflect"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

func TestWhatContactsSpent(t *testing.T) {
	d := open(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	d.chat("coach@example.org", "emma", "c1", "Trening i dag")
	d.chat("mum@example.org", "emma", "m1", "hei")
	d.chat("dad@example.org", "emma", "d1", "hei")
	d.transmit(&hand{})
	for who, want := range map[string]map[string]int{
		"Mamma": {"Mamma": 1, "Bestemor": 0, "Trener": 1, "Tante": 0},
		"Pappa": {"Pappa": 1, "Bestemor": 0, "Trener": 1, "Tante": 0},
	} {
		s, err := d.relay.Spending(t.Context(), d.actor(who), emma)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, c := range s.Contacts {
			got[c.Name] = c.Parts
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads %v, want %v", who, got, want)
		}
	}
	if err := d.relay.SetLimits(t.Context(), mum, emma, bridge.ChildLimits{Day: 30, Contact: bridge.NoLimit}); err != nil {
		t.Fatal(err)
	}
	if s, err := d.relay.Spending(t.Context(), mum, emma); err != nil || s.Limits != (bridge.ChildLimits{Day: 30, Contact: bridge.NoLimit}) {
		t.Errorf("the limits are %+v (%v)", s.Limits, err)
	}
}

func TestTheGatewaysLimitsAreSet(t *testing.T) {
	d := open(t)
	mum := d.actor("Mamma")
	l := bridge.FamilyLimits{Day: 100, Month: 2000, Reserve: 20}
	if err := d.relay.SetFamilyLimits(t.Context(), mum, l); err != nil {
		t.Fatal(err)
	}
	want(t, "the other guardian is told", d.stanzas(),
		"chat →dad@example.org | Mamma har satt grensene for hele Knapp: 100 SMS om dagen, 2000 i måneden, 20 av dem bare for foresatte.")
	if got, err := d.relay.FamilyLimits(t.Context(), mum); err != nil || got != l {
		t.Errorf("%+v (%v)", got, err)
	}
	dir, err := d.store.Directory(t.Context())
	if err != nil || dir.Rules.Limits(0) != (policy.Limits{Day: 100, Month: 2000, Reserve: 20}) {
		t.Errorf("the rules have %+v (%v)", dir.Rules.Limits(0), err)
	}
	if err := d.relay.SetFamilyLimits(t.Context(), mum, l); err != nil {
		t.Fatal(err)
	}
	want(t, "the same again is no news", d.stanzas())
	refusedWith(t, "a budget of nothing", d.relay.SetFamilyLimits(t.Context(), mum, bridge.FamilyLimits{Day: 5}), words.LimitsTooLow)
	var refused *bridge.Refusal
	if err := d.relay.SetFamilyLimits(t.Context(), mum, bridge.FamilyLimits{Day: 30, Reserve: 30}); !errors.As(err, &refused) {
		t.Errorf("all of it reserved: %v", err)
	}
	if err := d.relay.SetFamilyLimits(t.Context(), d.actor("Pappa"), l); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("by a guardian who is no owner: %v", err)
	}
}

// What may be sent is a rule like any other: the child hears that it has changed, and once.
func TestAChildHearsOfItsLimits(t *testing.T) {
	d := open(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	for range 2 {
		if err := d.relay.SetLimits(t.Context(), mum, emma, bridge.ChildLimits{Day: 20, Reserve: 5}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "the child", d.transmit(&hand{}), "+4793333333 Knapp: Mamma har endret hvor mange SMS du har. Nå er det 15 om dagen og 2995 i måneden. De voksne dine når du alltid.")
	want(t, "the other guardian", d.stanzas(),
		"chat →dad@example.org | Mamma har satt grensene for Emma: 20 SMS om dagen, 3000 i måneden, 100 om dagen for én kontakt, 5 av dem bare for foresatte.")
	if err := d.relay.SetLimits(t.Context(), mum, emma, bridge.ChildLimits{Day: bridge.NoLimit, Month: bridge.NoLimit}); err != nil {
		t.Fatal(err)
	}
	want(t, "no limit", d.transmit(&hand{}), "+4793333333 Knapp: Mamma har endret hvor mange SMS du har. Nå er det ingen grense. De voksne dine når du alltid.")
}
