package bridge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// onKeys is a child's speed dial, "2 Mamma, 3 Pappa".
func (d *desk) onKeys(child string) string {
	d.t.Helper()
	k, err := d.relay.Keys(d.t.Context(), bridge.Keeper, d.named(child))
	if err != nil {
		d.t.Fatal(err)
	}
	var on []string
	for _, p := range k.People {
		if p.Key != 0 {
			on = append(on, fmt.Sprintf("%d %s", p.Key, p.Person.Name))
		}
	}
	return strings.Join(on, ", ")
}

func TestKeysAreSetSwappedAndCleared(t *testing.T) {
	d := open(t)
	emma := d.named("Emma")
	for _, c := range []struct {
		key    int
		who    string
		change bridge.KeyChange
		after  string
	}{
		{7, "Bestemor", bridge.KeySet, "2 Mamma, 3 Pappa, 5 Trener, 6 Tante, 7 Bestemor"},
		{3, "Mamma", bridge.KeySwapped, "2 Pappa, 3 Mamma, 5 Trener, 6 Tante, 7 Bestemor"},
		{3, "Mamma", bridge.KeySet, "2 Pappa, 3 Mamma, 5 Trener, 6 Tante, 7 Bestemor"},
		{7, "", bridge.KeyCleared, "2 Pappa, 3 Mamma, 5 Trener, 6 Tante"},
		{7, "", bridge.KeyCleared, "2 Pappa, 3 Mamma, 5 Trener, 6 Tante"},
		{5, "Bestemor", bridge.KeyDisplaced, "2 Pappa, 3 Mamma, 5 Bestemor, 6 Tante"},
		{1, "Trener", bridge.KeySet, "1 Trener, 2 Pappa, 3 Mamma, 5 Bestemor, 6 Tante"},
	} {
		var who policy.Person
		if c.who != "" {
			who = d.named(c.who)
		}
		change, err := d.relay.SetKey(t.Context(), d.actor("Pappa"), emma, c.key, who)
		if err != nil || change != c.change {
			t.Errorf("%s on %d: %s, %v; want %s", c.who, c.key, change, err, c.change)
		}
		if got := d.onKeys("Emma"); got != c.after {
			t.Errorf("%s on %d: %s, want %s", c.who, c.key, got, c.after)
		}
	}
	// A text to a key goes to whoever is there now, and the rest of the line is as it was.
	d.sms("+4793333333", "2 hei")
	want(t, "to key 2", d.stanzas(), "chat emma→dad@example.org | hei")
	d.sms("+4793333333", "1 hei")
	want(t, "Trener is still not to be written to", d.stanzas())
}

// A guardian without a line on the list has none to put a key on: it gets one that changes nothing else.
func TestAGuardianWithoutALineGetsAKey(t *testing.T) {
	d := open(t)
	jonas := d.named("Jonas")
	if change, err := d.relay.SetKey(t.Context(), d.actor("Mamma"), jonas, 2, d.named("Pappa")); err != nil || change != bridge.KeySet {
		t.Fatal(change, err)
	}
	if got := d.onKeys("Jonas"); got != "2 Pappa" {
		t.Errorf("on the keys: %s", got)
	}
	d.sms("+4794444444", "2 hei")
	want(t, "to key 2", d.stanzas(), "chat jonas→dad@example.org | hei")
}

func TestKeysThatCannotBe(t *testing.T) {
	d := open(t)
	emma, before := d.named("Emma"), d.onKeys("Emma")
	var refused *bridge.Refusal
	for _, key := range []int{-1, 0, 10, 1 << 40} {
		if _, err := d.relay.SetKey(t.Context(), d.actor("Mamma"), emma, key, d.named("Tante")); !errors.As(err, &refused) {
			t.Errorf("key %d: %v", key, err)
		}
	}
	for name, try := range map[string][2]policy.Person{
		"nobody":           {emma, 9999},
		"the child itself": {emma, emma},
		"on another list":  {d.named("Jonas"), d.named("Tante")},
		"no child":         {d.named("Tante"), d.named("Mamma")},
	} {
		if _, err := d.relay.SetKey(t.Context(), d.actor("Mamma"), try[0], 8, try[1]); !errors.Is(err, bridge.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := d.onKeys("Emma"); got != before {
		t.Errorf("on the keys: %s, and before %s", got, before)
	}
}

func TestWhomATextWithoutANameIsFor(t *testing.T) {
	d := open(t)
	emma := d.named("Emma")
	if err := d.relay.SetDefault(t.Context(), d.actor("Mamma"), emma, d.named("Pappa")); err != nil {
		t.Fatal(err)
	}
	d.sms("+4793333333", "hei")
	want(t, "to the default", d.stanzas(), "chat emma→dad@example.org | hei")
	var refused *bridge.Refusal
	if err := d.relay.SetDefault(t.Context(), d.actor("Mamma"), emma, d.named("Trener")); !errors.As(err, &refused) {
		t.Errorf("whom she may not write to: %v", err)
	}
	if err := d.relay.SetDefault(t.Context(), d.actor("Mamma"), emma, 0); err != nil {
		t.Fatal(err)
	}
	k, err := d.relay.Keys(t.Context(), d.actor("Mamma"), emma)
	if err != nil || k.Meant != d.named("Mamma") {
		t.Errorf("without a default it is %d (%v), want the lowest key", k.Meant, err)
	}
}

func TestWhatThePageOfKeysKnows(t *testing.T) {
	d := open(t)
	d.relay.Connected(true)
	k, err := d.relay.Keys(t.Context(), d.actor("Pappa"), d.named("Emma"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range k.People {
		lines = append(lines, fmt.Sprintf("%d %s %v %v %v", p.Key, p.Person.Name, p.Guardian, p.Writes, p.Now))
	}
	want(t, "people", lines, "2 Mamma true true true", "3 Pappa true true true", "4 Bestemor false true true",
		"5 Trener false false false", "6 Tante false true true")
	if k.Police != "112" || k.Helpline != "116 111" || k.Language != "nb" || k.Days != 30 || k.Ring != 2 || k.RingName != "Mamma" ||
		k.Entry != "Knapp SMS" || !k.Chat || len(k.Guardians) != 2 {
		t.Errorf("%+v", k)
	}
}
