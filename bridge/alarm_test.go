package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"knapp/bridge"
)

// helping is a family with mobiles and an emergency list: two guardians with chat and mobile, one by mobile alone, an
// aunt and a neighbour on the list, and a coach who is not.
var helping = bridge.Family{
	Guardians: []bridge.Guardian{
		{Name: "Mamma", JID: "mum@example.org", Phone: "+4791111111", Role: bridge.RoleOwner},
		{Name: "Pappa", JID: "dad@example.org", Phone: "+4791111112", Role: bridge.RoleGuardian},
		{Name: "Besteforeldre", Phone: "+4791111113", Role: bridge.RoleHelper},
	},
	Contacts: []bridge.Contact{
		{Name: "Tante", JID: "aunt@example.org"},
		{Name: "Nabo", Phone: "+4792222222"},
		{Name: "Trener", JID: "coach@example.org"},
	},
	Children: []bridge.Child{
		{Name: "Emma", Localpart: "emma", Phone: "+4793333333", Language: "nb", Default: "Mamma", Allow: []bridge.Allow{
			{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
			{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true},
			{Contact: "Tante", ToChild: true, Emergency: true},
			{Contact: "Nabo", ToChild: true, FromChild: true, Emergency: true},
			{Contact: "Trener", ToChild: true, FromChild: true},
		}},
	},
}

func openHelping(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	family, err := helping.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	return d
}

// later lets time pass and does what is due then.
func (d *desk) later(by time.Duration) {
	d.t.Helper()
	d.now = d.now.Add(by)
	if err := d.relay.TendAlarms(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

// said keeps of lines only what was said to one address, by chat or by SMS.
func said(lines []string, to string) []string {
	return slices.DeleteFunc(slices.Clone(lines), func(l string) bool {
		if strings.HasPrefix(to, "+") { // a text may speak of a number as well
			return !strings.HasPrefix(l, to+" ")
		}
		return !strings.Contains(l, to)
	})
}

func mustContain(t *testing.T, what string, lines []string, parts ...string) {
	t.Helper()
	if len(lines) != len(parts) {
		t.Errorf("%s: %d lines, not %d: %q", what, len(lines), len(parts), lines)
		return
	}
	for i, part := range parts {
		if !strings.Contains(lines[i], part) {
			t.Errorf("%s: %q does not say %q", what, lines[i], part)
		}
	}
}

// Everybody is told by every way at once, in rounds, until somebody takes it; then all hear who.
func TestAnAlarmIsRepeatedUntilItIsTaken(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "SOS ved skolen")
	h := &hand{}
	chats, texts := d.stanzas(), d.transmit(h)
	mustContain(t, "Mamma's chat", said(chats, "mum@"), "NØD: Emma skriver: «SOS ved skolen»")
	mustContain(t, "Mamma's mobile", said(texts, "+4791111111"), "NØD! Emma skriver: SOS ved skolen. Ring +4793333333. Svar JEG TAR DEN")
	mustContain(t, "Pappa", said(append(chats, texts...), "dad@"), "NØD: Emma")
	mustContain(t, "who has only a mobile", said(texts, "+4791111113"), "Svar JEG TAR DEN")
	mustContain(t, "the aunt, to whom Emma may not write otherwise", said(chats, "aunt@"), "Foreldrene er varslet")
	mustContain(t, "the neighbour", said(texts, "+4792222222"), "Foreldrene er varslet")
	mustContain(t, "who is not on the list", said(append(chats, texts...), "coach@"))
	mustContain(t, "Emma", said(texts, "+4793333333"), "Mottatt. Jeg sier fra til Mamma, Pappa, Besteforeldre, Tante, Nabo nå.")

	for round, wait := range []time.Duration{2 * time.Minute, 2 * time.Minute, time.Hour, time.Hour} {
		h.sent = nil
		d.later(wait - time.Second)
		if got := append(d.stanzas(), d.transmit(h)...); len(got) != 0 {
			t.Errorf("before round %d: %q", round+2, got)
		}
		d.later(time.Second)
		chats, texts = d.stanzas(), d.transmit(h)
		mustContain(t, "the next round", said(chats, "mum@"), fmt.Sprintf("(varsel %d)", round+2))
		mustContain(t, "the next round by SMS", said(texts, "+4791111112"), "NØD!")
		if round < 3 {
			mustContain(t, "Emma hears that nobody answers", said(texts, "+4793333333"), "Ingen har svart ennå. Jeg prøver igjen. Ring Mamma: hold 2, eller 112.")
		}
	}

	h.sent = nil
	d.now = d.now.Add(time.Minute)
	d.chat("dad@example.org", "emma", "p1", "jeg ringer deg nå")
	chats, texts = d.stanzas(), d.transmit(h)
	mustContain(t, "Emma gets the answer and hears who has it", said(texts, "+4793333333"), "Pappa har sett det", "Pappa: jeg ringer deg nå")
	mustContain(t, "Mamma", said(append(chats, texts...), "mum@"), "Pappa tar nødmeldingen fra Emma (i chat)")
	mustContain(t, "Mamma's mobile", said(texts, "+4791111111"), "Pappa tar nødmeldingen fra Emma (i chat)")
	mustContain(t, "Pappa himself", said(chats, "dad@"), "Du har tatt nødmeldingen")
	h.sent = nil
	d.later(3 * time.Hour)
	if got := append(d.stanzas(), d.transmit(h)...); len(got) != 0 {
		t.Errorf("after it was taken: %q", got)
	}
}

// What takes an emergency, and what does not.
func TestWhoTakesAnAlarm(t *testing.T) {
	for _, c := range []struct {
		name  string
		do    func(d *desk)
		taken string // what Emma hears, "" for not taken
	}{
		{"the words, in a chat to the child", func(d *desk) { d.chat("mum@example.org", "emma", "a", "Jeg tar den!") }, "Mamma har sett det"},
		{"the words, from the own mobile", func(d *desk) { d.sms("+4791111112", "jeg tar den") }, "Pappa har sett det"},
		{"the words in English", func(d *desk) { d.sms("+4791111113", "I have it.") }, "Besteforeldre har sett det"},
		{"the console", func(d *desk) {
			dir, _ := d.store.Directory(d.t.Context())
			mum, _ := dir.Named("Mamma")
			if n, err := d.relay.TakeAlarm(d.t.Context(), bridge.Actor{Person: mum.ID, Via: "console"}, 0); err != nil || n != 1 {
				d.t.Error(n, err)
			}
		}, "Mamma har sett det"},
		{"an automatic answer", func(d *desk) { d.sms("+4791111112", "Jeg kjører bil og ringer deg senere") }, ""},
		{"an automatic answer in a chat", func(d *desk) { d.chat("mum@example.org", "emma", "a", "Autosvar: jeg er på ferie til 1. mai") }, ""},
		{"the emergency list", func(d *desk) { d.chat("aunt@example.org", "emma", "a", "jeg tar den") }, ""},
		{"the child's phone", func(d *desk) { d.sms("+4793333333", "jeg tar den") }, ""},
		{"the keeper, who is nobody's guardian", func(d *desk) {
			if _, err := d.relay.TakeAlarm(d.t.Context(), bridge.Keeper, 0); !errors.Is(err, bridge.ErrNotAllowed) {
				d.t.Error(err)
			}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openHelping(t)
			d.sms("+4793333333", "sos")
			d.stanzas()
			d.transmit(&hand{})
			d.now = d.now.Add(30 * time.Second)
			c.do(d)
			heard := said(d.transmit(&hand{}), "+4793333333")
			d.stanzas()
			if c.taken != "" {
				mustContain(t, "Emma", heard, c.taken)
			}
			d.later(10 * time.Minute)
			again := len(said(d.stanzas(), "NØD")) > 0
			if again != (c.taken == "") {
				t.Errorf("told again: %v", again)
			}
		})
	}
}

// A receipt takes nothing; that somebody has read it, Emma hears once. STOPP from her phone ends nothing.
func TestAnAlarmIsReadAndStaysOpen(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "HJELP!!")
	d.transmit(&hand{})
	queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 100)
	if err != nil {
		t.Fatal(err)
	}
	d.stanzas()
	for _, q := range queued {
		for _, displayed := range []bool{false, true, true} {
			if err := d.relay.TakeMarker(t.Context(), bridge.JID(q.To), q.From, q.ID, displayed); err != nil {
				t.Fatal(err)
			}
		}
	}
	mustContain(t, "Emma", said(d.transmit(&hand{}), "+4793333333"), "Mamma har lest det.")
	d.sms("+4793333333", "stopp")
	chats := d.stanzas()
	mustContain(t, "Mamma", said(chats, "mum@"), "Emma skriver STOPP. Det avslutter ingenting")
	d.transmit(&hand{})
	d.later(5 * time.Minute)
	mustContain(t, "still open", said(d.stanzas(), "mum@"), "NØD")
}

// The ceiling holds, restarts forget nothing, and a clock that is put back silences nothing.
func TestAlarmCeilingRestartAndClock(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "sos")
	total := 0
	for range 40 {
		d.restart()
		d.later(time.Hour)
		total += len(said(d.stanzas(), "mum@"))
	}
	if total != 16 { // 15 alerts, and that there will be no more
		t.Errorf("Mamma got %d chats", total)
	}
	d.now = d.now.Add(-30 * 24 * time.Hour)
	d.sms("+4793333333", "sos sos")
	if got := said(d.stanzas(), "mum@"); len(got) == 0 {
		t.Error("after the ceiling the child's own call is not passed on")
	}
	d = openHelping(t)
	d.sms("+4793333333", "sos")
	d.stanzas()
	d.now = d.now.Add(-365 * 24 * time.Hour)
	d.later(0)
	mustContain(t, "the clock was put back", said(d.stanzas(), "mum@"), "(varsel 2)")
}

// The database cannot be written: the call for help goes out all the same, and once it can, the ordinary way.
func TestAnAlarmPassesADeadDatabase(t *testing.T) {
	d := openHelping(t)
	d.amend(func(f *bridge.Family) { f.CodeWord = "blåbær" })
	broken := &brokenStore{Store: d.store}
	relay, err := bridge.New(bridge.Options{
		Store: broken, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main"}, Language: "nb", Location: time.UTC, Country: "NO",
	})
	if err != nil {
		t.Fatal(err)
	}
	h, c := &hand{}, &pigeon{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{}, 2)
	go func() { _ = relay.RunModem(ctx, "main", h); done <- struct{}{} }()
	go func() { _ = relay.RunCourier(ctx, c); done <- struct{}{} }()
	stop := sync.OnceFunc(func() { cancel(); <-done; <-done })
	defer stop()
	relay.Connected(true)
	for deadline := time.Now().Add(10 * time.Second); !broken.bothAsked(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the queues do not run")
		}
	}
	broken.on.Store(true)
	in := bridge.SMS{Modem: "main", PDU: "AA", At: d.now, From: "+4793333333", Text: "SOS"}
	for range 5 {
		if err := relay.TakeSMS(t.Context(), in); err == nil {
			t.Fatal("taken although nothing was committed")
		}
	}
	mustContain(t, "Mamma's chat, once", c.to("mum@example.org"), "NØD: Emma")
	mustContain(t, "Mamma's mobile, once", said(h.sent, "+4791111111"), "NØD! Emma")
	mustContain(t, "Emma", said(h.sent, "+4793333333"), "Mottatt")
	if err := relay.TakeSMS(t.Context(), bridge.SMS{Modem: "main", PDU: "AB", At: d.now, From: "+4793333333", Text: "hei"}); err == nil {
		t.Fatal("taken although nothing was committed")
	}
	if got := c.to("mum@example.org"); len(got) != 1 {
		t.Errorf("an ordinary text passed as well: %q", got)
	}
	for _, text := range []string{"blåbær SOS", "SOS", "blåbær hei"} {
		if err := relay.TakeSMS(t.Context(), bridge.SMS{Modem: "main", PDU: text, At: d.now, From: borrowed, Text: text}); err == nil {
			t.Fatal("taken although nothing was committed")
		}
	}
	mustContain(t, "from a borrowed phone, with the code word", c.to("mum@example.org"), "NØD: Emma", "NØD? Fra +4740000001 med kodeordet: SOS")
	mustContain(t, "and on the mobile", said(h.sent, "+4791111112"), "NØD! Emma", "NØD? Fra +4740000001 med kodeordet: SOS")
	stop() // else the courier may have it before it is looked for
	broken.on.Store(false)
	if err := relay.TakeSMS(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	if got := said(d.stanzas(), "mum@"); len(got) != 1 {
		t.Errorf("then the ordinary way: %q", got)
	}
}

// `hjelp …` is a text first: answered it stays one, unread it is an emergency.
func TestHelpWithText(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "hjelp meg med leksene")
	mustContain(t, "the text", d.stanzas(), "hjelp meg med leksene")
	mustContain(t, "Emma is asked", d.transmit(&hand{}), "Haster det? Svar SOS.")
	d.chat("mum@example.org", "emma", "x", "hvilket fag?")
	d.transmit(&hand{})
	d.later(20 * time.Minute)
	mustContain(t, "answered", append(d.stanzas(), d.transmit(&hand{})...))

	d.sms("+4793333333", "hjelp jeg har falt")
	d.stanzas()
	d.transmit(&hand{})
	d.later(5 * time.Minute)
	mustContain(t, "unread", said(d.stanzas(), "mum@"), "NØD: Emma skriver: «hjelp jeg har falt»")
}

// A client says by itself that it has a text: that is no reading of one that calls for help.
func TestAReceiptDoesNotReadHelp(t *testing.T) {
	for displayed, emergencies := range map[bool]int{false: 1, true: 0} {
		d := openHelping(t)
		d.sms("+4793333333", "2 hjelp jeg har falt")
		queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 10)
		if err != nil || len(queued) != 1 {
			t.Fatal(queued, err)
		}
		d.stanzas()
		if displayed {
			d.marks("mum@example.org", queued[0].ID, true)
		} else if err := d.relay.TakeReceipt(t.Context(), "mum@example.org", "emma", queued[0].ID); err != nil {
			t.Fatal(err)
		}
		d.transmit(&hand{})
		d.later(5 * time.Minute)
		if got := said(said(d.stanzas(), "mum@"), "NØD"); len(got) != emergencies {
			t.Errorf("displayed %v: %q", displayed, got)
		}
	}
}

func TestDrill(t *testing.T) {
	d := openHelping(t)
	dir, err := d.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	mum, _ := dir.Named("Mamma")
	emma, _ := dir.Named("Emma")
	aunt, _ := dir.Named("Tante")
	who := bridge.Actor{Person: mum.ID, Via: "console"}
	for _, other := range []bridge.Actor{{Person: aunt.ID, Via: "xmpp"}, {Person: emma.ID, Via: "sms"}, {Via: "xmpp"}} {
		if err := d.relay.StartDrill(t.Context(), other, emma.ID); !errors.Is(err, bridge.ErrNotAllowed) {
			t.Errorf("%+v: %v", other, err)
		}
	}
	if err := d.relay.StartDrill(t.Context(), who, emma.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.StartDrill(t.Context(), who, emma.ID); err == nil {
		t.Error("two drills at once")
	}
	h := &hand{}
	chats, texts := d.stanzas(), d.transmit(h)
	for _, line := range append(slices.Clone(chats), texts...) {
		if !strings.Contains(line, "ØVELSE") || strings.Contains(line, "NØD") {
			t.Errorf("not marked as a drill: %q", line)
		}
	}
	if len(chats) != 3 || len(texts) != 5 {
		t.Errorf("told: %q %q", chats, texts)
	}
	d.report(1, "+4791111111", bridge.Arrived)
	d.now = d.now.Add(41 * time.Second)
	d.sms("+4791111112", "jeg tar den")
	mustContain(t, "Pappa", d.stanzas(), "Pappa tok den med SMS etter 42 sekunder.")
	d.later(2 * time.Minute)
	mustContain(t, "no second round", d.stanzas())
	d.later(15 * time.Minute)
	result := said(d.stanzas(), "mum@")
	mustContain(t, "the result", result, "Øvelsen for Emma: Pappa tok den med SMS etter 42 sekunder.\nMamma: chat sendt, SMS kom fram\nPappa: chat sendt, SMS sendt")
	d.later(48 * time.Hour)
	mustContain(t, "over", d.stanzas())
}

func TestDrillsAreAskedForMonthly(t *testing.T) {
	d := openHelping(t)
	asked := 0
	for range 100 {
		d.now = d.now.Add(24 * time.Hour)
		if err := d.relay.RemindOfDrills(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, line := range d.stanzas() {
			asked++
			if !strings.Contains(line, "→mum@example.org") || !strings.Contains(line, "ØVELSE Emma") {
				t.Errorf("%q", line)
			}
		}
	}
	if asked != 3 {
		t.Errorf("asked %d times in 100 days", asked)
	}
}

// brokenStore is a database on a disk that can fail.
type brokenStore struct {
	bridge.Store
	on           atomic.Bool
	texts, chats atomic.Bool // the queues have asked
}

var errDisk = errors.New("the disk is full")

func (b *brokenStore) bothAsked() bool { return b.texts.Load() && b.chats.Load() }

func (b *brokenStore) Do(ctx context.Context, step func(bridge.Tx) error) error {
	if b.on.Load() {
		return errDisk
	}
	return b.Store.Do(ctx, step)
}

func (b *brokenStore) NextSegment(ctx context.Context, modem string, now time.Time) (bridge.Segment, bool, time.Time, error) {
	b.texts.Store(true)
	return b.Store.NextSegment(ctx, modem, now)
}

func (b *brokenStore) QueuedStanzas(ctx context.Context, now time.Time, limit int) ([]bridge.QueuedStanza, time.Time, error) {
	b.chats.Store(true)
	return b.Store.QueuedStanzas(ctx, now, limit)
}

// pigeon is a courier that takes everything.
type pigeon struct {
	mu   sync.Mutex
	sent []bridge.Stanza
}

func (p *pigeon) Send(_ context.Context, s bridge.Stanza) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = append(p.sent, s)
	return nil
}

func (*pigeon) Barrier(context.Context) error { return nil }

func (p *pigeon) to(jid string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []string
	for _, s := range p.sent {
		if s.To == jid {
			out = append(out, s.Body)
		}
	}
	return out
}
