package bridge_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/modem/tpdu"
)

// air is the codec as the program wires it.
type air struct{}

func (air) Segment(to bridge.Phone, text string, ref int, validity time.Duration) ([][]byte, error) {
	address, err := tpdu.ParseAddress(string(to))
	if err != nil {
		return nil, err
	}
	return tpdu.Segment(address, text, tpdu.Options{Reference: uint16(ref), StatusReport: true, Validity: validity})
}

func (air) Parts(text string) int { return tpdu.Measure(text).Parts }

func (air) Join(pdus []string) (string, error) { return tpdu.Join(pdus) }

func (air) Text(tpdus [][]byte) (string, error) { return tpdu.Text(tpdus) }

// plain takes addresses as they are: that they are good is the configuration's business.
type plain struct{}

func (plain) Phone(s string) (bridge.Phone, error) { return bridge.Phone(s), nil }

func (plain) JID(s string) (bridge.JID, error) { return bridge.JID(s), nil }

// desk is a post office over a real database, with hands in place of a modem and a server.
type desk struct {
	t      *testing.T
	path   string
	now    time.Time
	store  *store.Store
	relay  *bridge.Relay
	number int // of SMS received

	fallback time.Duration // bridge.Options.FallbackAfter; 0 is ten minutes
}

var household = bridge.Family{
	Guardians: []bridge.Guardian{
		{Name: "Mamma", JID: "mum@example.org", Phone: "+4791111111", Role: bridge.RoleOwner},
		{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
	},
	Contacts: []bridge.Contact{
		{Name: "Bestemor", Phone: "+4792222222"},
		{Name: "Trener", JID: "coach@example.org"},
		{Name: "Tante", JID: "aunt@example.org"},
	},
	Children: []bridge.Child{
		{Name: "Emma", Localpart: "emma", Phone: "+4793333333", Language: "nb", Default: "Mamma", Allow: []bridge.Allow{
			{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
			{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true},
			{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true},
			{Contact: "Trener", Key: 5, ToChild: true},
			{Contact: "Tante", Key: 6, FromChild: true},
		}},
		{Name: "Jonas", Localpart: "jonas", Phone: "+4794444444", Allow: []bridge.Allow{
			{Contact: "Bestemor", ToChild: true, FromChild: true},
		}},
	},
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "knapp.db"), now: time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)}
	d.start()
	family, err := household.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) start() {
	d.t.Helper()
	clock := func() time.Time { return d.now }
	s, err := store.Open(context.Background(), d.path, store.Options{Now: clock})
	if err != nil {
		d.t.Fatal(err)
	}
	d.store = s
	d.t.Cleanup(func() { _ = s.Close() })
	d.relay, err = bridge.New(bridge.Options{
		Store: s, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: clock,
		Modems: []string{"main"}, Language: "nb", Location: time.UTC, Country: "NO", FallbackAfter: cmp.Or(d.fallback, 10*time.Minute),
		Addresses: plain{},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// restart is what a SIGKILL leaves: the database, opened again.
func (d *desk) restart() {
	d.t.Helper()
	_ = d.store.Close()
	d.start()
	if err := d.relay.Recover(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) sms(from bridge.Phone, text string) {
	d.t.Helper()
	d.number++
	d.now = d.now.Add(time.Second)
	err := d.relay.TakeSMS(d.t.Context(), bridge.SMS{
		Modem: "main", PDU: fmt.Sprintf("%04X", d.number), At: d.now, Written: d.now, From: from, Text: text,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) chat(from bridge.JID, to, id, body string) {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	err := d.relay.TakeChat(d.t.Context(), bridge.Chat{
		From: from, Resource: "phone", To: to, ID: id, Body: body, Receipt: true, At: d.now,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// stanzas returns what waits for the server, as a contact would see it, and takes it off the queue.
func (d *desk) stanzas() []string {
	d.t.Helper()
	queued, _, err := d.store.QueuedStanzas(d.t.Context(), d.now, 1000)
	if err != nil {
		d.t.Fatal(err)
	}
	var seen []string
	var legs []bridge.LegID
	for _, q := range queued {
		line := fmt.Sprintf("%s %s→%s", q.Kind, q.From, q.To)
		for _, s := range []string{q.Body, q.Condition, q.Text, q.Refers} {
			if s != "" {
				line += " | " + s
			}
		}
		seen = append(seen, line)
		legs = append(legs, q.Leg)
	}
	err = d.store.Do(d.t.Context(), func(tx bridge.Tx) error { return tx.StanzasSent(legs, d.now) })
	if err != nil {
		d.t.Fatal(err)
	}
	return seen
}

// hand is a modem that takes everything, or what its script says.
type hand struct {
	sent   []string // texts, one a segment
	ref    byte
	script []error
}

func (h *hand) Transmit(_ context.Context, seg bridge.Segment, commit func() error) (int, error) {
	pdu := seg.TPDU
	if len(h.script) > 0 {
		err := h.script[0]
		h.script = h.script[1:]
		var refused *bridge.TransmitError
		if errors.As(err, &refused) && refused.Unknown {
			if err := commit(); err != nil {
				return 0, err
			}
		}
		if err != nil {
			return 0, err
		}
	}
	if err := commit(); err != nil {
		return 0, &bridge.TransmitError{Err: err}
	}
	m, err := tpdu.DecodeTPDU(pdu)
	if err != nil {
		return 0, err
	}
	h.sent = append(h.sent, m.Submit.To.String()+" "+m.Submit.Text)
	h.ref++
	return int(h.ref), nil
}

// transmit empties the modem's queue through a hand, until nothing is due.
func (d *desk) transmit(h *hand) []string {
	d.t.Helper()
	ctx, cancel := context.WithCancel(d.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); _ = d.relay.RunModem(ctx, "main", h) }()
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, ok, due, err := d.store.NextSegment(ctx, "main", d.now)
		if err != nil {
			d.t.Fatal(err)
		}
		sms, _, err := d.store.Waiting(ctx)
		if err != nil {
			d.t.Fatal(err)
		}
		if !ok && (sms == 0 || !due.IsZero()) {
			break
		}
		if time.Now().After(deadline) {
			d.t.Fatal("the queue does not empty")
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-done
	return h.sent
}

func (d *desk) report(ref byte, to bridge.Phone, fate bridge.Fate) {
	d.t.Helper()
	d.number++
	err := d.relay.TakeReport(d.t.Context(), bridge.Report{
		Modem: "main", PDU: fmt.Sprintf("R%04X", d.number), To: to, Ref: ref, SCTS: d.now, At: d.now, Fate: fate,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) log() []bridge.LogEntry {
	d.t.Helper()
	entries, err := d.store.Log(d.t.Context(), bridge.LogQuery{Limit: 100})
	if err != nil {
		d.t.Fatal(err)
	}
	return entries
}

func want(t *testing.T, what string, got []string, lines ...string) {
	t.Helper()
	if !slices.Equal(got, lines) {
		t.Errorf("%s:\n got  %q\n want %q", what, got, lines)
	}
}

func TestNothingIsDoubled(t *testing.T) {
	d := open(t)
	in := bridge.SMS{Modem: "main", PDU: "AB", At: d.now, From: "+4793333333", Text: "hei"}
	for range 3 {
		if err := d.relay.TakeSMS(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	d.restart()
	if err := d.relay.TakeSMS(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	want(t, "one SMS, one stanza", d.stanzas(), "chat emma→mum@example.org | hei")
	d.chat("mum@example.org", "emma", "m1", "ja")
	d.chat("mum@example.org", "emma", "m1", "ja")
	d.chat("mum@example.org", "emma", "m1", "nei") // some clients number from 1 again
	d.restart()
	d.chat("mum@example.org", "emma", "m1", "ja")
	want(t, "one stanza, one SMS", d.transmit(&hand{}), "+4793333333 Mamma: ja", "+4793333333 Mamma: nei")
	d.now = d.now.Add(25 * time.Hour)
	d.chat("mum@example.org", "emma", "m1", "ja")
	want(t, "a day later it is another message", d.transmit(&hand{}), "+4793333333 Mamma: ja")
}

// The process dies between the PDU and the modem's answer.
func TestInterruptedIsUnknownAfterRestart(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	seg, ok, _, err := d.store.NextSegment(t.Context(), "main", d.now)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	err = d.store.Do(t.Context(), func(tx bridge.Tx) error { return tx.MarkSending(seg.Leg, seg.N, d.now) })
	if err != nil {
		t.Fatal(err)
	}
	d.restart()
	want(t, "not sent again", d.transmit(&hand{}))
	if got := d.stanzas(); len(got) != 1 || !strings.HasPrefix(got[0], "chat emma→mum@example.org | Det er ikke sikkert") {
		t.Errorf("told: %q", got)
	}
}
