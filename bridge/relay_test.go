package bridge_test

import (
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
	"knapp/bridge/policy"
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
func (air) Parts(text string) int              { return tpdu.Measure(text).Parts }
func (air) Join(pdus []string) (string, error) { return tpdu.Join(pdus) }

// plain takes addresses as they are: that they are good is the configuration's business.
type plain struct{}

func (plain) Phone(s string) (bridge.Phone, error) { return bridge.Phone(s), nil }
func (plain) JID(s string) (bridge.JID, error)     { return bridge.JID(s), nil }

// desk is a post office over a real database, with hands in place of a modem and a server.
type desk struct {
	t      *testing.T
	path   string
	now    time.Time
	store  *store.Store
	relay  *bridge.Relay
	number int // of SMS received
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
		Modems: []string{"main"}, Language: "nb", Location: time.UTC,
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

func (h *hand) Transmit(_ context.Context, pdu []byte, commit func() error) (byte, error) {
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
	return h.ref, nil
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

func TestChildWritesToWhomItMeans(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "hei")
	d.sms("+4793333333", "3 hei du")
	d.sms("+4793333333", "mer til deg")          // the conversation with Pappa goes on
	d.sms("+4793333333", "Tante: god bedring")   // a name and a colon, always
	d.sms("+4793333333", "mamma henter meg")     // a word: the conversation with Tante is open
	d.now = d.now.Add(bridge.ConversationWindow) // and is over
	d.sms("+4793333333", "pappa er du hjemme")   // now a name
	d.sms("+4793333333", "0 jeg er framme")      // every guardian
	want(t, "stanzas", d.stanzas(),
		"chat emma→mum@example.org | hei",
		"chat emma→dad@example.org | hei du",
		"chat emma→dad@example.org | mer til deg",
		"chat emma→aunt@example.org | god bedring",
		"chat emma→aunt@example.org | mamma henter meg",
		"chat emma→dad@example.org | er du hjemme",
		"chat emma→mum@example.org | jeg er framme",
		"chat emma→dad@example.org | jeg er framme",
	)
}

func TestChildIsToldWhomItMayNotWriteTo(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "5 når er trening")
	want(t, "stanzas", d.stanzas())
	want(t, "to the child", d.transmit(&hand{}), "+4793333333 Knapp: Du kan ikke skrive til Trener.")
	entry := d.log()[0]
	if entry.Verdict != "refuse" || entry.Reason != policy.WrongWay || entry.Rule == 0 {
		t.Errorf("the log does not say why: %+v", entry)
	}
}

func TestOwnAnswersEnd(t *testing.T) {
	d := open(t)
	for range 50 {
		d.sms("+4793333333", "5 hei")
	}
	if n := len(d.transmit(&hand{})); n != 10 {
		t.Errorf("an automaton was answered %d times", n)
	}
}

func TestContactWritesToChild(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "kommer nå")
	d.chat("coach@example.org", "emma", "c1", "trening kl 17\nMamma: husk sko")
	h := &hand{}
	want(t, "to the child", d.transmit(h),
		"+4793333333 Mamma: kommer nå", "+4793333333 Trener: trening kl 17 / »Mamma:« husk sko")
	want(t, "no receipt before the handset has it", d.stanzas())
	d.report(1, "+4793333333", bridge.StillTrying)
	want(t, "still trying is nothing to tell", d.stanzas())
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "receipt", d.stanzas(), "receipt emma→mum@example.org/phone | m1")
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "a doubled report says nothing new", d.stanzas())
	d.report(2, "+4793333333", bridge.Lost)
	want(t, "error", d.stanzas(),
		"error emma→coach@example.org/phone | recipient-unavailable | "+
			"Emma fikk ikke meldingen: telefonen har vært av eller uten dekning for lenge. | c1")
}

// A receipt means every part; one lost part is a lost message.
func TestLongTextIsDeliveredWhenEveryPartIs(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", strings.Repeat("æ", 400))
	h := &hand{}
	if n := len(d.transmit(h)); n != 3 {
		t.Fatalf("%d parts", n)
	}
	d.report(3, "+4793333333", bridge.Arrived)
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "two of three", d.stanzas())
	d.report(2, "+4793333333", bridge.Arrived)
	want(t, "all", d.stanzas(), "receipt emma→mum@example.org/phone | m1")
}

func TestVeryLongTexts(t *testing.T) {
	d := open(t)
	long := strings.Repeat("lang tekst ", 70) // 770 characters, 6 parts
	d.chat("mum@example.org", "emma", "m1", long)
	sent := d.transmit(&hand{})
	if len(sent) != 6 || !strings.Contains(sent[0], "1/2 Mamma: lang") || !strings.Contains(sent[3], "2/2 ") {
		t.Errorf("six parts go as two texts of three: %q", sent)
	}
	d.chat("mum@example.org", "emma", "m2", strings.Repeat(long, 2))
	want(t, "too long", d.stanzas(), "error emma→mum@example.org/phone | not-acceptable | "+
		"For langt for en knappetelefon: meldingen blir 11 SMS-deler, og 6 er det meste. Del den i to. | m2")
	if n := len(d.transmit(&hand{})); n != 0 {
		t.Errorf("%d segments of a refused text were sent", n)
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	d := open(t)
	d.chat("eve@example.net", "emma", "x", "hei")
	d.chat("eve@example.net", "nobody", "x2", "hei")
	d.chat("eve@example.net", "", "x3", "hei")
	d.chat("coach@example.org", "jonas", "x4", "hei") // a contact of another child is a stranger here
	want(t, "answers", d.stanzas(),
		"error emma→eve@example.net/phone | forbidden | x",
		"error nobody→eve@example.net/phone | forbidden | x2",
		"error →eve@example.net/phone | forbidden | x3",
		"error jonas→coach@example.org/phone | forbidden | x4",
	)
	d.chat("mum@example.org", "nobody", "x5", "hei")
	d.chat("aunt@example.org", "emma", "x6", "hei") // on the list, but not in this direction
	want(t, "those who know", d.stanzas(),
		"error nobody→mum@example.org/phone | item-not-found | x5",
		"error emma→aunt@example.org/phone | forbidden | Du kan ikke skrive til Emma herfra. | x6",
	)
	d.sms("+4799999999", "hei, er du alene?")
	want(t, "nothing of it reaches anybody", append(d.stanzas(), d.transmit(&hand{})...))
	if e := d.log()[0]; e.Address != "+4799999999" || e.Reason != policy.Stranger || e.Verdict != "refuse" {
		t.Errorf("the log does not show it: %+v", e)
	}
}

func TestPhoneContacts(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "4 hei bestemor")
	want(t, "to grandmother", d.transmit(&hand{}), "+4792222222 Emma: hei bestemor")
	d.sms("+4792222222", "hei vennen")
	d.sms("+4792222222", "Jonas: gratulerer")
	want(t, "to the children", d.transmit(&hand{}),
		"+4793333333 Bestemor: hei vennen", "+4794444444 Bestemor: gratulerer")
	d.now = d.now.Add(3 * time.Hour)
	d.sms("+4792222222", "hallo")
	want(t, "asked", d.transmit(&hand{}),
		"+4792222222 Knapp: Hvem er det til? Begynn med navnet og kolon: Emma, Jonas")
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

// After a final failure a person's second try is a new message, even from a client that repeats its id.
func TestASecondTryAfterAFailureIsNew(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	never := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 21")}
	d.transmit(&hand{script: []error{never}})
	want(t, "error", d.stanzas(), "error emma→mum@example.org/phone | recipient-unavailable | "+
		"Emma fikk ikke meldingen: SMS-en kunne ikke sendes. | m1")
	d.chat("mum@example.org", "emma", "m1", "ja")
	want(t, "sent", d.transmit(&hand{}), "+4793333333 Mamma: ja")
}

func TestRefusedForNowIsSentLater(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	busy := &bridge.TransmitError{Retry: bridge.RetrySoon, Err: errors.New("+CMS ERROR: 42")}
	h := &hand{script: []error{busy}}
	want(t, "not yet", d.transmit(h))
	d.now = d.now.Add(time.Second)
	want(t, "then", d.transmit(h), "+4793333333 Mamma: ja")
	want(t, "nothing to report", d.stanzas())
}

// What nobody knows is said as such, once, and never sent again by itself.
func TestUnknownIsToldAndNotRepeated(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	lost := &bridge.TransmitError{Unknown: true, Err: errors.New("no answer")}
	want(t, "sent", d.transmit(&hand{script: []error{lost}}))
	want(t, "told", d.stanzas(), "chat emma→mum@example.org | "+
		"Det er ikke sikkert at Emma fikk meldingen din fra kl. 14.00. Den sendes ikke igjen av seg selv.")
	d.restart()
	want(t, "not sent again", d.transmit(&hand{}))
	want(t, "not told again", d.stanzas())
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

func TestExpiredTextsAreToldNotSent(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "middag")
	d.now = d.now.Add(bridge.Validity + time.Second)
	want(t, "too old to send", d.transmit(&hand{}))
	if got := d.stanzas(); len(got) != 1 || !strings.HasPrefix(got[0], "error emma→mum@example.org/phone | recipient-unavailable") {
		t.Errorf("told: %q", got)
	}
}

// A Pi starts with an old time, takes messages, and then is told the time: nothing has grown old by that.
func TestAClockThatJumpsExpiresNothing(t *testing.T) {
	d := open(t)
	up := time.Duration(0)
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Uptime: func() time.Duration { return up }, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.chat("mum@example.org", "emma", "m1", "middag")
	up += time.Minute
	d.now = d.now.Add(300 * 24 * time.Hour)
	want(t, "a minute old", d.transmit(&hand{}), "+4793333333 Mamma: middag")
	d.chat("mum@example.org", "emma", "m2", "kom hjem")
	up += bridge.Validity + time.Second
	d.now = d.now.Add(bridge.Validity + time.Second)
	want(t, "too old", d.transmit(&hand{}))
}

func TestPartsAreJoinedAcrossRestartsAndOutOfOrder(t *testing.T) {
	d := open(t)
	text := strings.Repeat("Jeg fryser på øya. 😀 ", 8)
	segments, err := air{}.Segment("+4799990000", text, 7, 0)
	if err != nil || len(segments) != 3 {
		t.Fatal(len(segments), err)
	}
	for _, i := range []int{2, 0, 2, 1} {
		in := deliver(t, segments[i], "+4793333333", d.now)
		if err := d.relay.TakeSMS(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			d.restart()
		}
	}
	want(t, "one text", d.stanzas(), "chat emma→mum@example.org | "+strings.TrimSpace(text))
}

// A part that never comes does not take the others with it.
func TestIncompleteIsRelayedAfterAWhile(t *testing.T) {
	d := open(t)
	segments, err := air{}.Segment("+4799990000", strings.Repeat("hjelp ", 40)+"slutt", 9, 0)
	if err != nil || len(segments) != 2 {
		t.Fatal(len(segments), err)
	}
	if err := d.relay.TakeSMS(t.Context(), deliver(t, segments[1], "+4793333333", d.now)); err != nil {
		t.Fatal(err)
	}
	// The parts of an earlier run wait for the modem to be asked first.
	up := time.Duration(0)
	fresh := func() {
		d.relay, err = bridge.New(bridge.Options{
			Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
			Uptime: func() time.Duration { return up }, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	settle := func() []string {
		if err := d.relay.SettleParts(t.Context()); err != nil {
			t.Fatal(err)
		}
		return d.stanzas()
	}
	want(t, "it may still come", settle())
	d.restart()
	fresh()
	d.now = d.now.Add(time.Hour)
	want(t, "only just started", settle())
	up += 11 * time.Minute
	got := settle()
	if len(got) != 1 || !strings.Contains(got[0], "…") || !strings.Contains(got[0], "slutt (noe av meldingen kom ikke fram)") {
		t.Errorf("what there is: %q", got)
	}
	want(t, "once", settle())
}

func TestUndecodableIsKeptAndRelaysNothing(t *testing.T) {
	d := open(t)
	err := d.relay.TakeSMS(t.Context(), bridge.SMS{Modem: "main", PDU: "0791", At: d.now, Err: errors.New("too short")})
	if err != nil {
		t.Fatal(err)
	}
	if e := d.log()[0]; e.Reason != policy.Unreadable {
		t.Errorf("%+v", e)
	}
	want(t, "nothing", append(d.stanzas(), d.transmit(&hand{})...))
}

func TestBounces(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "hei")
	queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 10)
	if err != nil || len(queued) != 1 {
		t.Fatal(len(queued), err)
	}
	id := queued[0].ID
	d.stanzas()
	bounce := func(from, kind string) {
		t.Helper()
		b := bridge.Bounce{From: from, To: "emma", ID: id, Condition: "remote-server-timeout", Type: kind}
		if err := d.relay.TakeBounce(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	bounce("eve@example.net", "cancel") // who did not get it cannot bounce it
	want(t, "nobody is told of a forged error", d.transmit(&hand{}))
	bounce("example.org", "wait")
	d.now = d.now.Add(31 * time.Second)
	queued, _, err = d.store.QueuedStanzas(t.Context(), d.now, 10)
	if err != nil || len(queued) != 1 || queued[0].ID != id || queued[0].Body != "hei" {
		t.Fatalf("again under the same id: %+v, %v", queued, err)
	}
	d.stanzas()
	bounce("mum@example.org", "cancel")
	want(t, "the child is told", d.transmit(&hand{}),
		"+4793333333 Knapp: Mamma fikk ikke meldingen din. Prøv igjen, eller ring.")
	bounce("mum@example.org", "cancel")
	want(t, "once", d.transmit(&hand{}))
}

// The gateway's own words may fail too: nobody is told, least of all the phone that could not be reached.
func TestAFailingAnswerIsNotAnswered(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "5 hei")
	never := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 21")}
	want(t, "sent", d.transmit(&hand{script: []error{never}}))
	want(t, "nothing follows", append(d.stanzas(), d.transmit(&hand{})...))
}

// deliver turns a SUBMIT into the DELIVER that the gateway's modem prints.
func deliver(t *testing.T, submit []byte, from string, at time.Time) bridge.SMS {
	t.Helper()
	m, err := tpdu.DecodeTPDU(submit)
	if err != nil {
		t.Fatal(err)
	}
	pdu := deliverPDU(submit, from, at)
	got, err := tpdu.Decode(pdu)
	if err != nil || got.Deliver == nil {
		t.Fatal(err)
	}
	in := bridge.SMS{Modem: "main", PDU: pdu, At: at, Written: at, From: bridge.Phone(got.Deliver.From.String()), Text: got.Deliver.Text}
	if c := m.Submit.Concat; c != nil {
		in.Part = &bridge.Part{Ref: int(c.Ref), Wide: c.Wide, Total: int(c.Total), Seq: int(c.Seq)}
	}
	return in
}

// deliverPDU writes the header of 23.040 §9.2.2.1 before the user data of a SUBMIT to an 8-digit-and-country
// number without validity.
func deliverPDU(submit []byte, from string, at time.Time) string {
	digits := strings.TrimPrefix(from, "+")
	swap := func(s string) string {
		if len(s)%2 == 1 {
			s += "F"
		}
		var b strings.Builder
		for i := 0; i < len(s); i += 2 {
			b.WriteByte(s[i+1])
			b.WriteByte(s[i])
		}
		return b.String()
	}
	addressOctets := 2 + (int(submit[2])+1)/2
	rest := submit[2+addressOctets:] // PID, DCS, UDL, UD
	first := "04"
	if submit[0]&0x40 != 0 {
		first = "44"
	}
	return "00" + first + fmt.Sprintf("%02X91%s", len(digits), swap(digits)) +
		fmt.Sprintf("%X", rest[:2]) + swap(at.Format("060102150405")) + "00" + fmt.Sprintf("%X", rest[2:])
}

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
	)
	want(t, "texts", d.transmit(&hand{}),
		"+4793333333 Knapp: Bestemor fikk ikke meldingen din. Prøv igjen, eller ring.",
		"+4793333333 Knapp: Tante fikk ikke meldingen din. Prøv igjen, eller ring.",
	)
	d.apply(func(f *bridge.Family) { f.Children[0].Phone = "+4793333334" })
	d.chat("mum@example.org", "emma", "m1", "hvor er du")
	d.apply(func(f *bridge.Family) { f.Children[0].Phone = "+4793333335" })
	want(t, "nothing to a phone that may be lost", d.transmit(&hand{}))
	if got := d.stanzas(); len(got) != 1 || !strings.HasPrefix(got[0], "error emma→mum@example.org/phone | recipient-unavailable") {
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

func TestUnreadableFromAChildIsToldToItsGuardians(t *testing.T) {
	d := open(t)
	err := d.relay.TakeSMS(t.Context(), bridge.SMS{
		Modem: "main", PDU: "0791", At: d.now, From: "+4793333333", Err: errors.New("too short"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "told", d.stanzas(),
		"chat emma→mum@example.org | (en melding som ikke kunne leses; ring tilbake)",
		"chat emma→dad@example.org | (en melding som ikke kunne leses; ring tilbake)")
}

func TestEventsAreTold(t *testing.T) {
	d := open(t)
	if err := d.relay.TakeTrouble(t.Context(), "main", bridge.SIMProblem); err != nil {
		t.Fatal(err)
	}
	for _, from := range []bridge.Phone{"+4793333333", "+4799999999"} {
		if err := d.relay.TakeCall(t.Context(), "main", from, d.now); err != nil {
			t.Fatal(err)
		}
	}
	const trouble = "SIM-kortet i modemet «main» virker ikke. Ingen SMS går inn eller ut. «knapp status» på boksen sier hva som mangler."
	want(t, "told", d.stanzas(),
		"chat →mum@example.org | "+trouble, "chat →dad@example.org | "+trouble,
		"chat emma→mum@example.org | (ringte til Knapp, som ikke svarer)")
}
