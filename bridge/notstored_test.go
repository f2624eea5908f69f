package bridge_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"knapp/bridge"
)

// full is a family whose disk is full, with hands that go on.
type full struct {
	*desk
	h      *hand
	c      *pigeon
	broken *brokenStore
	clock  atomic.Int64 // nanoseconds since 1970: several goroutines ask for it
	n      int
}

func (f *full) at() time.Time { return time.Unix(0, f.clock.Load()).UTC() }

// fill lets a desk go on over a store that commits nothing, until empty.
func fill(d *desk) *full {
	d.t.Helper()
	f := &full{desk: d, h: &hand{}, c: &pigeon{}, broken: &brokenStore{Store: d.store}}
	f.clock.Store(d.now.UnixNano())
	relay, err := bridge.New(bridge.Options{
		Store: f.broken, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: f.at,
		Modems: []string{"main"}, Language: "nb", Location: time.UTC, Country: "NO", FallbackAfter: 10 * time.Minute, Addresses: plain{},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	d.relay = relay
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan struct{}, 2)
	go func() { _ = relay.RunModem(ctx, "main", f.h); done <- struct{}{} }()
	go func() { _ = relay.RunCourier(ctx, f.c); done <- struct{}{} }()
	d.t.Cleanup(func() { cancel(); <-done; <-done })
	relay.Connected(true)
	for deadline := time.Now().Add(10 * time.Second); !f.broken.bothAsked(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			d.t.Fatal("the queues do not run")
		}
	}
	f.broken.on.Store(true)
	return f
}

// offers offers a text as a modem does that was not told to forget it; it is not taken.
func (f *full) offers(from bridge.Phone, text string) {
	f.t.Helper()
	f.n++
	in := bridge.SMS{Modem: "main", PDU: fmt.Sprintf("F%04X", f.n), At: f.at(), Written: f.at(), From: from, Text: text}
	if err := f.relay.TakeSMS(f.t.Context(), in); err == nil {
		f.t.Fatalf("%q was taken although nothing was committed", text)
	}
}

func (f *full) writes(from bridge.JID, to, text string) {
	f.t.Helper()
	f.n++
	err := f.relay.TakeChat(f.t.Context(), bridge.Chat{From: from, Resource: "phone", To: to, ID: fmt.Sprint("f", f.n), Body: text, At: f.at()})
	if err == nil {
		f.t.Fatalf("%q was taken although nothing was committed", text)
	}
}

// The disk is full, whatever is under way: nothing is taken that is not kept, whoever waits hears of it, and a call for
// help and its answer pass.
func TestAFullDiskInEveryState(t *testing.T) {
	for name, prepare := range map[string]func(d *desk){
		"nothing under way": func(*desk) {},
		"a question":        func(d *desk) { d.sms(stranger, "hei") },
		"a held text":       func(d *desk) { d.chat("coach@example.org", "emma", "h", "Trening kl. 17") },
		"a text for nobody": func(d *desk) {
			d.sms("+4793333333", "2 a")
			d.chat("dad@example.org", "emma", "h", "b")
			d.sms("+4793333333", "c")
		},
		"an unread hjelp": func(d *desk) { d.sms("+4793333333", "hjelp meg med leksene") },
		"an emergency":    func(d *desk) { d.sms("+4793333333", "SOS") },
		"a drill":         func(d *desk) { _ = d.relay.StartDrill(d.t.Context(), d.actor("Mamma"), d.named("Emma")) },
		"a stop": func(d *desk) {
			for range 40 {
				d.sms("+4793333333", "?")
			}
		},
		"a budget at its end": func(d *desk) {
			d.amend(func(f *bridge.Family) { f.Children[0].Limits.Day = 1 })
			d.chat("coach@example.org", "emma", "h", "hei")
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := openHelping(t)
			prepare(d)
			d.stanzas()
			d.transmit(&hand{})
			before := d.count(`SELECT count(*) FROM message`)
			f := fill(d)
			f.offers("+4793333333", "2 er du der")
			if got := said(f.h.sent, "+4793333333"); len(got) != 0 {
				t.Errorf("a moment is told: %q", got)
			}
			f.clock.Add(int64(2 * time.Minute))
			for range 5 { // offered again and again
				f.offers("+4793333333", "2 er du der")
				f.offers("+4792222222", "Emma: hei")
				f.offers(stranger, "hvem er dette")
			}
			mustContain(t, "the child hears it once", said(f.h.sent, "+4793333333"), "Knapp: Meldingen din kommer ikke fram ennå.")
			for _, jid := range []string{"mum@example.org", "dad@example.org"} {
				mustContain(t, "a guardian hears it once", f.c.to(jid), "Knapp kan ikke lagre noe")
			}
			if got := append(said(f.h.sent, "+4792222222"), said(f.h.sent, string(stranger))...); len(got) != 0 {
				t.Errorf("others: %q", got)
			}
			f.writes("mum@example.org", "emma", "kommer snart")
			f.writes("coach@example.org", "emma", "trening")
			f.writes("mum@example.org", "", "ja K2 Emma Anne")
			f.writes("mum@example.org", "", "øvelse Emma")
			f.writes("mum@example.org", "", "status")
			if _, err := f.relay.TakeAlarm(t.Context(), d.actor("Mamma"), 0); err == nil {
				t.Error("an emergency was taken that nobody will know of")
			}
			if got := said(f.h.sent, "+4793333333"); len(got) != 1 {
				t.Errorf("what was refused went on: %q", got)
			}
			f.offers("+4793333333", "SOS")
			mustContain(t, "chat", said(f.c.to("dad@example.org"), "NØD"), "Emma skriver: «SOS»")
			for _, number := range []string{"+4791111111", "+4791111112", "+4791111113", "+4792222222"} {
				mustContain(t, "the mobile "+number, said(f.h.sent, number), "NØD!")
			}
			mustContain(t, "the child", said(f.h.sent, "Mottatt"), "+4793333333 Knapp: Mottatt")
			f.writes("coach@example.org", "emma", "hva skjer")
			f.writes("dad@example.org", "emma", "Jeg kommer nå")
			mustContain(t, "the answer reaches the child", said(f.h.sent, "Jeg kommer"), "+4793333333 Pappa: Jeg kommer nå")
			mustContain(t, "Pappa knows that it is not kept", said(f.c.to("dad@example.org"), "Sendt til"), "Sendt til Emma, men ikke lagret")
			f.offers("+4791111113", "jeg tar den")
			mustContain(t, "by SMS", said(f.h.sent, "tar seg av det"), "+4793333333 Knapp: Besteforeldre har sett det og tar seg av det.")
			if n := d.count(`SELECT count(*) FROM message`); n != before {
				t.Errorf("%d entries were written", n-before)
			}
			f.broken.on.Store(false)
			f.offered("+4793333333", "2 her er jeg igjen")
			until := time.Now().Add(10 * time.Second)
			for len(said(f.c.to("mum@example.org"), "her er jeg igjen")) != 1 {
				if time.Now().After(until) {
					t.Fatal("what is offered when there is room again does not arrive")
				}
				time.Sleep(time.Millisecond)
			}
		})
	}
}

// offered offers a text that is taken.
func (f *full) offered(from bridge.Phone, text string) {
	f.t.Helper()
	f.n++
	in := bridge.SMS{Modem: "main", PDU: fmt.Sprintf("F%04X", f.n), At: f.at(), Written: f.at(), From: from, Text: text}
	if err := f.relay.TakeSMS(f.t.Context(), in); err != nil {
		f.t.Fatal(err)
	}
}
