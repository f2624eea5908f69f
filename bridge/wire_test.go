package bridge_test

import (
	"errors"
	"testing"
	"time"

	"knapp/bridge"
)

// Whoever reads the texts on the wire is written down, and does it in nobody's secret.
func TestReadingTheWireIsAuditedAndTold(t *testing.T) {
	d := open(t)
	if err := d.relay.ReadWire(t.Context(), d.actor("Mamma"), "main"); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("an owner may read everybody's texts: %v", err)
	}
	read := func() {
		t.Helper()
		if err := d.relay.ReadWire(t.Context(), bridge.Keeper, "main"); err != nil {
			t.Fatal(err)
		}
	}
	read()
	const toChild = " Knapp: Den som passer Knapp-boksen leser nå det du sender og får, for å finne en feil."
	want(t, "the children are told", d.transmit(&hand{}), "+4793333333"+toChild, "+4794444444"+toChild)
	const told = " | Den som passer Knapp-boksen leser nå alt som går gjennom modemet main, også tekstene, for å finne en feil. Barna har fått vite det."
	want(t, "the guardians are told", d.stanzas(), "chat →mum@example.org"+told, "chat →dad@example.org"+told)
	d.now = d.now.Add(10 * time.Minute)
	read()
	want(t, "the children are told once", d.transmit(&hand{}))
	want(t, "the guardians are told once", d.stanzas())
	lines, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 9, Child: "Emma"})
	if err != nil || len(lines) != 2 || lines[0].What != bridge.ReadTexts || lines[0].Detail != "main" || lines[0].Via != bridge.ViaTerminal {
		t.Errorf("audited: %+v %v", lines, err)
	}
	d.now = d.now.Add(2 * time.Hour)
	read()
	if sent := d.transmit(&hand{}); len(sent) != 2 {
		t.Errorf("hours later: %q", sent)
	}
}
