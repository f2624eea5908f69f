package bridge_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// A gateway with two modems, and the second one's number is Bestemor's for Emma: what Emma writes there needs no prefix,
// whomever else she talks with, and what Bestemor writes comes from there; nobody else's does.
func TestAContactWithANumberOfItsOwn(t *testing.T) {
	d := open(t)
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main", "second"}, Language: "nb", Location: time.UTC, Country: "NO", FallbackAfter: 10 * time.Minute, Addresses: plain{},
	})
	if err != nil {
		t.Fatal(err)
	}
	d.amend(func(f *bridge.Family) {
		f.Contacts[0].Phone, f.Contacts[0].JID = "", "gran@example.org"
		f.Children[0].Allow[2].Modem = "second"
	})
	at := func(modem, text string) []string {
		t.Helper()
		d.number++
		d.now = d.now.Add(time.Second)
		in := bridge.SMS{Modem: modem, PDU: strings.Repeat("B", d.number+2), At: d.now, Written: d.now, From: "+4793333333", Text: text}
		if err := d.relay.TakeSMS(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		return d.stanzas()
	}
	waits := func(modem string) (texts int) {
		t.Helper()
		err := d.store.Do(t.Context(), func(tx bridge.Tx) (err error) {
			texts, err = tx.WaitingFor(modem)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return texts
	}
	want(t, "to the gateway number", at("main", "hei"), "chat emma→mum@example.org | hei")
	want(t, "to hers, while talking with Mamma", at("second", "hei bestemor"), "chat emma→gran@example.org | hei bestemor")
	want(t, "a name is a word there", at("second", "Pappa henter meg"), "chat emma→gran@example.org | Pappa henter meg")
	want(t, "a key is not", at("second", "2 hei mamma"), "chat emma→mum@example.org | hei mamma")
	d.chat("gran@example.org", "emma", "a", "kommer på søndag")
	if n := waits("second"); n != 1 {
		t.Errorf("%d texts leave by her number", n)
	}
	d.chat("dad@example.org", "emma", "b", "husk nøkkelen")
	d.chat("mum@example.org", "emma", "c", "og luen")
	at("second", "0")
	if n, m := waits("main"), waits("second"); n != 3 || m != 1 {
		t.Errorf("%d texts leave by the gateway's number, %d by hers", n, m)
	}
	if lines := at("second", "SOS"); !slices.ContainsFunc(lines, func(l string) bool { return strings.Contains(l, "→dad@example.org | 🚨") }) {
		t.Errorf("SOS to her number: %q", lines)
	}
	f, err := d.store.Family(t.Context())
	if err != nil || f.Children[0].Allow[2].Modem != "second" {
		t.Errorf("exported: %+v %v", f.Children[0].Allow, err)
	}
	if err := d.relay.SetRule(t.Context(), d.actor("Mamma"), "Emma", bridge.Allow{Contact: "Bestemor", Key: 4, FromChild: true, ToChild: true}); err != nil {
		t.Fatal(err)
	}
	if f, err = d.store.Family(t.Context()); err != nil || f.Children[0].Allow[2].Modem != "second" {
		t.Errorf("after a change of the line: %+v %v", f.Children[0].Allow, err)
	}
	f.Children[0].Allow[3].Modem = "second"
	if _, err := f.Check(plain{}); err == nil || !strings.Contains(err.Error(), `"second" is already Bestemor's`) {
		t.Errorf("two for one number: %v", err)
	}
}
