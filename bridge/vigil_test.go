package bridge_test

import (
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// pool is a desk with two modems.
func pool(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main", "spare"}, Language: "nb", Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var (
	well  = bridge.ModemView{Name: "main", Listening: true, Served: true, MoveAfter: 5 * time.Minute}
	deaf  = bridge.ModemView{Name: "main", MoveAfter: 5 * time.Minute}
	lost  = bridge.ModemView{Name: "main", Listening: true, MoveAfter: 5 * time.Minute}
	spare = bridge.ModemView{Name: "spare", Listening: true, Served: true, MoveAfter: 5 * time.Minute}
)

// looks lets time pass and looks every ten seconds.
func (d *desk) looks(passed time.Duration, views ...bridge.ModemView) {
	d.t.Helper()
	for end := d.now.Add(passed); d.now.Before(end); {
		d.now = d.now.Add(10 * time.Second)
		if err := d.relay.Look(d.t.Context(), views); err != nil {
			d.t.Fatal(err)
		}
	}
}

// notes returns what guardians were told, without addresses.
func (d *desk) notes() []string {
	d.t.Helper()
	var out []string
	for _, line := range d.stanzas() {
		if strings.Contains(line, "mum@") {
			out = append(out, line)
		}
	}
	return out
}

func (d *desk) wantNote(parts ...string) {
	d.t.Helper()
	notes := d.notes()
	if len(notes) != 1 {
		d.t.Fatalf("%d notes: %q", len(notes), notes)
	}
	for _, p := range parts {
		if !strings.Contains(notes[0], p) {
			d.t.Errorf("%q does not say %q", notes[0], p)
		}
	}
}

func (d *desk) wantNone(when string) {
	d.t.Helper()
	if notes := d.notes(); len(notes) != 0 {
		d.t.Errorf("%s: %q", when, notes)
	}
}

func TestADeafModemIsToldOnceEachWay(t *testing.T) {
	d := pool(t)
	d.looks(time.Minute, well)
	d.looks(4*time.Minute+50*time.Second, deaf)
	d.wantNone("nothing waits, and it is not long yet")
	d.looks(20*time.Second, deaf)
	d.wantNote("«main» har ikke svart på 5 minutter")
	d.looks(time.Hour, deaf)
	d.wantNone("it was told")
	d.looks(10*time.Second, well)
	d.wantNone("what the network held may still come")
	d.now = d.now.Add(time.Second)
	held := bridge.SMS{Modem: "main", PDU: "AA01", At: d.now, Written: d.now.Add(-10 * time.Minute), From: "+4793333333", Text: "Pappa: hei"}
	if err := d.relay.TakeSMS(t.Context(), held); err != nil {
		t.Fatal(err)
	}
	d.looks(30*time.Second, well)
	d.wantNote("«main» er i gang igjen. Det var borte i 65 minutter. Én melding ble liggende imens.")
	d.looks(time.Hour, well)
	d.wantNone("all is well")
}

func TestADeafModemIsToldSoonerWhenMessagesWait(t *testing.T) {
	d := pool(t)
	d.chat("mum@example.org", "emma", "1", "kommer")
	d.chat("mum@example.org", "emma", "2", "straks")
	d.looks(50*time.Second, deaf)
	d.wantNone("a hiccup")
	d.looks(20*time.Second, deaf)
	d.wantNote("ett minutt", "2 meldinger venter.")
	d.looks(30*time.Second, well)
	d.wantNote("2 meldinger ble liggende imens.")
}

// A modem that comes and goes is no flood.
func TestAFlappingModem(t *testing.T) {
	d := pool(t)
	for range 6 {
		d.looks(6*time.Minute, deaf)
		d.looks(time.Minute, well)
	}
	if notes := d.notes(); len(notes) > 4 {
		t.Errorf("%d notes in three quarters of an hour: %q", len(notes), notes)
	}
}

func TestNoNetworkIsToldWhenItLasts(t *testing.T) {
	d := pool(t)
	d.looks(4*time.Minute, lost)
	d.looks(time.Minute, well)
	d.wantNone("a tunnel")
	d.looks(6*time.Minute, lost)
	d.wantNote("ikke hatt dekning på 5 minutter")
	abroad := lost
	abroad.Abroad = true
	d = pool(t)
	d.looks(6*time.Minute, abroad)
	d.wantNote("utenlandsk nett")
}

// One dead modem does not stop the others: what waits leaves by another, unless a part of it may have left.
func TestWhatWaitsLeavesByAnother(t *testing.T) {
	d := pool(t)
	add := func(l bridge.Leg) (id bridge.LegID) {
		err := d.store.Do(t.Context(), func(tx bridge.Tx) (err error) {
			m, err := tx.AddMessage(bridge.Message{At: d.now, Direction: policy.ToChild, Modem: "main", Verdict: l.Verdict})
			if err != nil {
				return err
			}
			l.Message = m
			id, err = tx.AddLeg(l, d.now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	leg := func(emergency bool) bridge.Leg {
		return bridge.Leg{
			Emergency: emergency, Verdict: policy.Verdict{Action: policy.Deliver, Reason: policy.Gateway},
			SMS: &bridge.SMSLeg{Modem: "main", To: "+4793333333", Segments: [][]byte{{1}, {2}}},
		}
	}
	half, whole, urgent := add(leg(false)), add(leg(false)), add(leg(true))
	err := d.store.Do(t.Context(), func(tx bridge.Tx) error {
		if err := tx.MarkSending(half, 1, d.now); err != nil {
			return err
		}
		_, err := tx.MarkSent(half, 1, bridge.NoReference, d.now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	next := func(modem string) bridge.LegID {
		seg, _, _, err := d.store.NextSegment(t.Context(), modem, d.now)
		if err != nil {
			t.Fatal(err)
		}
		return seg.Leg
	}
	d.looks(20*time.Second, deaf, spare)
	if got := next("spare"); got != 0 {
		t.Errorf("leg %d moved at once", got)
	}
	d.looks(30*time.Second, deaf, spare)
	if got := next("spare"); got != urgent {
		t.Errorf("an emergency waits: leg %d is next", got)
	}
	d.looks(5*time.Minute, deaf, spare)
	var moved []bridge.LegID
	for range 2 {
		id := next("spare")
		moved = append(moved, id)
		err := d.store.Do(t.Context(), func(tx bridge.Tx) error {
			_, err := tx.FinishSMS(id, bridge.Failed, "test", d.now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(moved, []bridge.LegID{urgent, whole}) {
		t.Errorf("moved %v, want %v", moved, []bridge.LegID{urgent, whole})
	}
	if got := next("main"); got != half {
		t.Errorf("what had half left is leg %d of the old modem, not %d", got, half)
	}
}

// The reply leaves by the number that the child wrote to.
func TestTheReplyLeavesByTheChildsNumber(t *testing.T) {
	d := pool(t)
	err := d.relay.TakeSMS(t.Context(), bridge.SMS{
		Modem: "spare", PDU: "BB01", At: d.now, Written: d.now, From: "+4793333333", Text: "Mamma: hei",
	})
	if err != nil {
		t.Fatal(err)
	}
	d.chat("mum@example.org", "emma", "1", "hei selv")
	d.chat("mum@example.org", "emma", "2", "og du")
	for modem, want := range map[string]bool{"main": false, "spare": true} {
		if _, ok, _, err := d.store.NextSegment(t.Context(), modem, d.now); err != nil || ok != want {
			t.Errorf("%s has something to send: %v, %v", modem, ok, err)
		}
	}
}

// A segment whose reference nobody knows is matched by no report: it stays sent.
func TestNoReferenceIsNoReport(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "1", "hei")
	seg, ok, _, err := d.store.NextSegment(t.Context(), "main", d.now)
	if err != nil || !ok {
		t.Fatal(err)
	}
	err = d.store.Do(t.Context(), func(tx bridge.Tx) error {
		if err := tx.MarkSending(seg.Leg, seg.N, d.now); err != nil {
			return err
		}
		_, err := tx.MarkSent(seg.Leg, seg.N, bridge.NoReference, d.now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.report(0, "+4793333333", bridge.Arrived)
	if lines := d.stanzas(); len(lines) != 0 {
		t.Errorf("a receipt for nothing: %q", lines)
	}
}
