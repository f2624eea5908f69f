package bridge_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

func (d *desk) apply(change func(*bridge.Family)) {
	d.t.Helper()
	f, err := household.Check(plain{})
	if err != nil {
		d.t.Fatal(err)
	}
	change(&f)
	if _, _, err := d.relay.ApplyFamily(d.t.Context(), f); err != nil {
		d.t.Fatal(err)
	}
}

// Who was removed gets nothing that still waited, a number that was changed gets nothing any more, and whoever
// wrote it is told.
func TestWhatWaitsIsReviewedWhenTheFamilyChanges(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "6 hei tante")
	d.sms("+4793333333", "2 hei mamma")
	d.sms("+4793333333", "4 hei bestemor")
	d.chat("coach@example.org", "emma", "c1", "trening")
	d.apply(func(f *bridge.Family) {
		f.Guardians[0].JID = "new-mum@example.org"
		f.Contacts = f.Contacts[:1] // no Trener, no Tante
		f.Contacts[0].Phone = "+4792222223"
		f.Children[0].Allow = f.Children[0].Allow[:3]
	})
	want(t, "stanzas", d.stanzas(),
		"chat emma→new-mum@example.org | hei mamma",
		"error emma→coach@example.org/phone | recipient-unavailable | Emma fikk ikke meldingen: SMS-en kunne ikke sendes. | c1",
		"chat emma→coach@example.org | Emma fikk ikke meldingen: SMS-en kunne ikke sendes.",
	)
	want(t, "texts", d.transmit(&hand{}),
		"+4793333333 Knapp: Bestemor fikk ikke meldingen din. Prøv igjen, eller ring.",
		"+4793333333 Knapp: Tante fikk ikke meldingen din. Prøv igjen, eller ring.",
	)
	d.apply(func(f *bridge.Family) { f.Children[0].Phone = "+4793333334" })
	d.chat("mum@example.org", "emma", "m1", "hvor er du")
	d.apply(func(f *bridge.Family) { f.Children[0].Phone = "+4793333335" })
	want(t, "nothing to a phone that may be lost", d.transmit(&hand{}))
	if got := d.stanzas(); len(got) != 2 || !strings.HasPrefix(got[0], "error emma→mum@example.org/phone | recipient-unavailable") {
		t.Errorf("told: %q", got)
	}
}

// A person is removed while an SMS to the child is in the air, and the gateway is killed. It starts again.
func TestRecoverWithoutThePersonConcerned(t *testing.T) {
	d := open(t)
	d.chat("coach@example.org", "emma", "c1", "trening")
	seg, _, _, err := d.store.NextSegment(t.Context(), "main", d.now)
	if err != nil {
		t.Fatal(err)
	}
	err = d.store.Do(t.Context(), func(tx bridge.Tx) error { return tx.MarkSending(seg.Leg, seg.N, d.now) })
	if err != nil {
		t.Fatal(err)
	}
	d.apply(func(f *bridge.Family) {
		f.Contacts = f.Contacts[:1]
		f.Children[0].Allow = f.Children[0].Allow[:3]
	})
	d.restart()
	d.chat("mum@example.org", "emma", "m1", "hei")
	want(t, "the next one leaves", d.transmit(&hand{}), "+4793333333 Mamma: hei")
}

// What waits for a modem that the configuration no longer has leaves by another.
func TestAModemThatIsGone(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "hei")
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"stick"}, Language: "nb", Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.relay.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	seg, ok, _, err := d.store.NextSegment(t.Context(), "stick", d.now)
	if err != nil || !ok || seg.To != "+4793333333" {
		t.Errorf("%+v, %v, %v", seg, ok, err)
	}
}
