package bridge_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// What makes a storm is the owners' to say, within bounds, and the others hear it.
func TestAnOwnerSaysWhatAStormIs(t *testing.T) {
	d := open(t)
	ctx, mum := t.Context(), d.actor("Mamma")
	d.stanzas()
	if err := d.relay.SetStorm(ctx, mum, 25); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "Pappa hears it", told(d.stanzas(), "dad@example.org"), "Mamma har endret når meldinger stanses: når det går 25 på ti minutter")
	if err := d.relay.SetStorm(ctx, mum, 25); err != nil || len(d.stanzas()) > 0 {
		t.Errorf("the same again is told again, or refused: %v", err)
	}
	for _, odd := range []int{1, 19, 601, -1} {
		refusedWith(t, "a storm of nothing, or none", d.relay.SetStorm(ctx, mum, odd), words.StormOutside)
	}
	refusedWith(t, "by the way round", d.relay.SetFamilyLimits(ctx, mum, bridge.FamilyLimits{Storm: 2}), words.StormOutside)
	if err := d.relay.SetFamilyLimits(ctx, mum, bridge.FamilyLimits{Day: 90, Storm: 25}); err != nil {
		t.Fatal(err)
	}
	l, err := d.relay.FamilyLimits(ctx, mum)
	if err != nil || l != (bridge.FamilyLimits{Day: 90, Storm: 25}) {
		t.Errorf("%+v, %v", l, err)
	}
	d.stanzas()
	if err := d.relay.SetStorm(ctx, mum, 0); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "and as usual", told(d.stanzas(), "dad@example.org"), "når det går 60 på ti minutter")
}

// A number of its own is given, moved to nobody else, and taken back; the gateway number is everybody's.
func TestANumberOfItsOwnIsGiven(t *testing.T) {
	d := open(t)
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main", "second"}, Numbers: map[string]bridge.Phone{"second": "+4799990001"},
		Language: "nb", Location: time.UTC, Country: "NO", Addresses: plain{},
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, dad, emma := t.Context(), d.actor("Pappa"), d.named("Emma")
	if got := d.relay.SpareNumbers(); len(got) != 1 || got[0] != (bridge.SpareNumber{Modem: "second", Number: "+4799990001"}) {
		t.Errorf("to give away there is %+v", got)
	}
	refusedWith(t, "everybody's", d.relay.SetOwnNumber(ctx, dad, "Emma", "Bestemor", "main"), words.NoSpareNumber)
	refusedWith(t, "of no modem", d.relay.SetOwnNumber(ctx, dad, "Emma", "Bestemor", "third"), words.NoSpareNumber)
	refusedWith(t, "to nobody", d.relay.SetOwnNumber(ctx, dad, "Emma", "Ingen", "second"), words.NobodyCalled)
	line := func() policy.Rule {
		now, err := d.store.Directory(ctx)
		if err != nil {
			t.Fatal(err)
		}
		rule, _ := now.Rules.Rule(emma, d.named("Bestemor"))
		return rule
	}
	before := line()
	if err := d.relay.SetOwnNumber(ctx, dad, "Emma", "Bestemor", "second"); err != nil {
		t.Fatal(err)
	}
	before.Modem = "second"
	if after := line(); after != before {
		t.Errorf("the line was to be %+v and is %+v", before, after)
	}
	refusedWith(t, "to two", d.relay.SetOwnNumber(ctx, dad, "Emma", "Mamma", "second"), words.NumberGivenAway)
	if err := d.relay.SetOwnNumber(ctx, dad, "Emma", "Bestemor", ""); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.SetOwnNumber(ctx, dad, "Emma", "Mamma", "second"); err != nil {
		t.Errorf("once it is free: %v", err)
	}
}

// The code word can be set and dropped by an owner; the others hear that, and never which it is.
func TestAnOwnerSetsTheCodeWord(t *testing.T) {
	d := open(t)
	ctx, mum := t.Context(), d.actor("Mamma")
	d.stanzas()
	if err := d.relay.SetCodeWord(ctx, mum, " Tyttebær "); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "Pappa hears it", told(d.stanzas(), "dad@example.org"), "Mamma har byttet kodeordet til familien. Det står ikke her: spør, eller se det i konsollen hvis du er eier.")
	if word, err := d.relay.CodeWord(ctx, mum); err != nil || word != "Tyttebær" {
		t.Errorf("%q, %v", word, err)
	}
	d.sms(stranger, "tyttebær jeg er på stasjonen")
	if got := strings.Join(told(d.stanzas(), "mum@example.org"), "\n"); !strings.Contains(got, "Fra ukjent nummer "+string(stranger)) {
		t.Errorf("it does not work: %s", got)
	}
	for _, odd := range []string{"abc", "to ord", "bestemor", "sos", "hjelp", "knapp", "a1b2c3"} {
		refusedWith(t, odd, d.relay.SetCodeWord(ctx, mum, odd), words.FamilyProblem)
	}
	if err := d.relay.SetCodeWord(ctx, mum, ""); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "and that it is gone", told(d.stanzas(), "dad@example.org"), "Mamma har fjernet kodeordet")
	trail, err := d.store.Audit(ctx, bridge.AuditQuery{Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range trail {
		if strings.Contains(bridge.Fold(line.Detail), "tytte") {
			t.Errorf("the audit log has it: %+v", line)
		}
	}
}
