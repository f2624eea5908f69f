package bridge_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/bridge/words"
	"knapp/modem/tpdu"
)

var update = flag.Bool("update", false, "write testdata/week.txt anew: then read it, line by line")

// weekFamily is three children, two guardians and eight contacts.
var weekFamily = bridge.Family{
	Guardians: []bridge.Guardian{
		{Name: "Mamma", JID: "mamma@example.org", Phone: "+4791111111", Role: bridge.RoleOwner},
		{Name: "Pappa", JID: "pappa@example.org", Phone: "+4791111112", Role: bridge.RoleGuardian},
	},
	Contacts: []bridge.Contact{
		{Name: "Bestemor", Phone: "+4792222221"},
		{Name: "Farfar", Phone: "+4792222222"},
		{Name: "Nabo", Phone: "+4792222223"},
		{Name: "Trener", JID: "trener@example.org"},
		{Name: "Tante", JID: "tante@example.org"},
		{Name: "Ida", JID: "ida@example.org"},
		{Name: "Lærer", JID: "laerer@example.org"},
		{Name: "Ask", JID: "ask@example.org"},
	},
	Children: []bridge.Child{
		{
			Name: "Emma", Localpart: "emma", Phone: "+4793333331", Language: "nb", Default: "Mamma",
			Week: []bridge.WeekHours{{Mode: "school", Days: "mon-fri", From: "08:15", To: "14:00"}, {Mode: "sleep", Days: "daily", From: "21:00", To: "06:30"}},
			Allow: []bridge.Allow{
				{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true, Emergency: true},
				{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true, Emergency: true},
				{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true, Emergency: true},
				{Contact: "Ida", Key: 5, ToChild: true, FromChild: true, When: "home"},
				{Contact: "Trener", Key: 6, ToChild: true},
				{Contact: "Tante", ToChild: true, FromChild: true},
				{Contact: "Lily", ToChild: true, FromChild: true},
			},
		},
		{
			Name: "Jonas", Localpart: "jonas", Phone: "+4793333332", Language: "nb", Default: "Pappa",
			Limits: bridge.ChildLimits{Day: 40},
			Allow: []bridge.Allow{
				{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
				{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true},
				{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true},
				{Contact: "Farfar", Key: 5, ToChild: true, FromChild: true},
				{Contact: "Ask", Key: 6, ToChild: true, FromChild: true},
				{Contact: "Nabo", Key: 7, ToChild: true, FromChild: true},
			},
		},
		{
			Name: "Lily", Localpart: "lily", Phone: "+4793333333", Language: "en", Default: "Mamma",
			Allow: []bridge.Allow{
				{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
				{Contact: "Pappa", Key: 3, ToChild: true, FromChild: true},
				{Contact: "Emma", Key: 4, ToChild: true, FromChild: true},
				{Contact: "Lærer", Key: 5, ToChild: true, FromChild: true, When: "home"},
				{Contact: "Ask", Key: 6, ToChild: true, FromChild: true},
			},
		},
	},
}

// town is a gateway in virtual time with everybody around it. It writes down what everybody does and sees.
type town struct {
	t     *testing.T
	path  string
	where *time.Location
	store *store.Store
	relay *bridge.Relay
	stop  func()

	mu      sync.Mutex
	lines   []string
	off     map[bridge.Phone][]bridge.Report // phones that are off, and what the network keeps for them
	away    map[string]bool                  // who does not look at the chat
	ref     byte
	pdus    int
	stanzas int
	chats   map[string]string // the last chat of somebody to a child
}

func (w *town) write(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now().In(w.where)
	w.lines = append(w.lines, words.Day("nb", now)+now.Format(" 15.04 ")+fmt.Sprintf(format, args...))
}

// begin opens the gateway and starts all that runs in it.
func (w *town) begin() {
	w.t.Helper()
	var err error
	if w.store, err = store.Open(context.Background(), w.path, store.Options{Now: time.Now, Location: w.where}); err != nil {
		w.t.Fatal(err)
	}
	w.relay, err = bridge.New(bridge.Options{
		Store: w.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: time.Now, Modems: []string{"main"},
		Language: "nb", Location: w.where, Country: "NO", FallbackAfter: 10 * time.Minute, Addresses: plain{},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.relay.Recover(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	for _, loop := range []func(context.Context) error{
		func(ctx context.Context) error { return w.relay.RunModem(ctx, "main", w) },
		func(ctx context.Context) error { return w.relay.RunCourier(ctx, w) },
		w.relay.RunConversations, w.relay.RunAlarms, w.relay.RunHolds, w.relay.RunApprovals,
	} {
		loops.Go(func() {
			if err := loop(ctx); err != nil && !errors.Is(err, context.Canceled) {
				w.t.Error(err)
			}
		})
	}
	w.relay.Connected(true)
	w.stop = func() {
		cancel()
		loops.Wait()
		if err := w.store.Close(); err != nil {
			w.t.Error(err)
		}
	}
}

// nameOf names whom an address belongs to.
func nameOf(address string) string {
	for _, g := range weekFamily.Guardians {
		if g.Phone == address || g.JID == address {
			return g.Name
		}
	}
	for _, c := range weekFamily.Contacts {
		if c.Phone == address || c.JID == address {
			return c.Name
		}
	}
	for _, c := range weekFamily.Children {
		if c.Phone == address || c.Localpart == address {
			return c.Name
		}
	}
	return address
}

// Transmit implements bridge.Transmitter: the network takes everything, and reports when the phone has it.
func (w *town) Transmit(_ context.Context, seg bridge.Segment, commit func() error) (int, error) {
	if err := commit(); err != nil {
		return 0, &bridge.TransmitError{Err: err}
	}
	time.Sleep(2 * time.Second)
	m, err := tpdu.DecodeTPDU(seg.TPDU)
	if err != nil {
		return 0, err
	}
	w.mu.Lock()
	w.ref++
	report := bridge.Report{Modem: "main", To: seg.To, Ref: w.ref, SCTS: time.Now(), Fate: bridge.Arrived}
	held, isOff := w.off[seg.To]
	if isOff {
		w.off[seg.To] = append(held, report)
	}
	w.mu.Unlock()
	if isOff {
		w.write("  → %s (av): %s", nameOf(string(seg.To)), m.Submit.Text)
		go w.expire(w.relay, seg.To, report.Ref)
		return int(report.Ref), nil
	}
	w.write("  → %s: %s", nameOf(string(seg.To)), m.Submit.Text)
	go w.arrive(w.relay, report)
	return int(report.Ref), nil
}

// expire gives a text up that a phone has not fetched while the network keeps it.
func (w *town) expire(relay *bridge.Relay, to bridge.Phone, ref byte) {
	time.Sleep(bridge.Validity)
	w.mu.Lock()
	i := slices.IndexFunc(w.off[to], func(r bridge.Report) bool { return r.Ref == ref })
	if i < 0 {
		w.mu.Unlock()
		return
	}
	report := w.off[to][i]
	w.off[to] = slices.Delete(w.off[to], i, i+1)
	w.mu.Unlock()
	report.Fate = bridge.Lost
	w.arrive(relay, report)
}

func (w *town) arrive(relay *bridge.Relay, report bridge.Report) {
	time.Sleep(3 * time.Second)
	w.mu.Lock()
	w.pdus++
	report.PDU, report.At = fmt.Sprintf("R%06X", w.pdus), time.Now()
	w.mu.Unlock()
	if err := relay.TakeReport(context.Background(), report); err != nil {
		w.t.Error(err)
	}
}

// Send implements bridge.Courier: the server has it, and whoever looks at the chat has read it half a minute later.
func (w *town) Send(_ context.Context, s bridge.Stanza) error {
	bare, _, _ := strings.Cut(s.To, "/")
	name := nameOf(bare)
	switch s.Kind {
	case bridge.ReceiptStanza:
		return nil
	case bridge.ErrorStanza:
		w.write("  → %s: [%s] %s", name, s.Condition, s.Text)
		return nil
	}
	from := "Knapp"
	if s.From != "" {
		from = nameOf(s.From)
	}
	w.write("  → %s: %s: %s", name, from, strings.ReplaceAll(s.Body, "\n", " / "))
	if !w.away[name] {
		relay := w.relay
		go func() {
			time.Sleep(30*time.Second + time.Duration(name[0])*time.Millisecond)
			if err := relay.TakeMarker(context.Background(), bridge.JID(bare), s.From, s.ID, true); err != nil {
				w.t.Error(err)
			}
		}()
	}
	return nil
}

// Barrier implements bridge.Courier.
func (w *town) Barrier(context.Context) error { return nil }

// do does what a line of the script says.
func (w *town) do(line string) {
	w.t.Helper()
	ctx := context.Background()
	who, rest, _ := strings.Cut(line, " ")
	if name, text, ok := strings.Cut(line, "> "); ok {
		w.pdus++
		err := w.relay.TakeSMS(ctx, bridge.SMS{
			Modem: "main", PDU: fmt.Sprintf("%06X", w.pdus), At: time.Now(), Written: time.Now(), From: w.phone(name), Text: text,
		})
		if err != nil {
			w.t.Fatal(err)
		}
		return
	}
	if name, rest, ok := strings.Cut(line, " til "); ok {
		child, text, _ := strings.Cut(rest, ": ")
		text, corrects := strings.CutPrefix(text, "(retter) ")
		text, picture := strings.CutPrefix(text, "(bilde) ")
		w.stanzas++
		c := bridge.Chat{
			From: w.jid(name), Resource: "phone", To: strings.ToLower(child), ID: fmt.Sprintf("s%d", w.stanzas), Body: text,
			Receipt: true, At: time.Now(),
		}
		if child == "Knapp" {
			c.To = ""
		}
		if corrects {
			c.Replaces = w.chats[name+child]
		} else {
			w.chats[name+child] = c.ID
		}
		if picture {
			c.Attachments = []bridge.Attachment{{URL: "https://example.org/x", Type: "image/jpeg"}}
		}
		if err := w.relay.TakeChat(ctx, c); err != nil {
			w.t.Fatal(err)
		}
		return
	}
	switch rest {
	case "ringer":
		if err := w.relay.TakeCall(ctx, "main", w.phone(who), time.Now()); err != nil {
			w.t.Fatal(err)
		}
	case "skrur av telefonen":
		w.off[w.phone(who)] = nil
	case "skrur på telefonen":
		held := w.off[w.phone(who)]
		delete(w.off, w.phone(who))
		for _, report := range held {
			go w.arrive(w.relay, report)
		}
	case "ser ikke på chatten":
		w.away[who] = true
	case "ser på chatten":
		delete(w.away, who)
	case "er strømløs":
		w.stop()
		w.begin()
	default:
		w.t.Fatalf("what is %q?", line)
	}
}

func (w *town) phone(name string) bridge.Phone {
	for _, c := range weekFamily.Children {
		if c.Name == name {
			return bridge.Phone(c.Phone)
		}
	}
	for _, c := range weekFamily.Contacts {
		if c.Name == name {
			return bridge.Phone(c.Phone)
		}
	}
	for _, g := range weekFamily.Guardians {
		if g.Name == name {
			return bridge.Phone(g.Phone)
		}
	}
	return bridge.Phone(name)
}

func (w *town) jid(name string) bridge.JID {
	for _, g := range weekFamily.Guardians {
		if g.Name == name {
			return bridge.JID(g.JID)
		}
	}
	for _, c := range weekFamily.Contacts {
		if c.Name == name {
			return bridge.JID(c.JID)
		}
	}
	return bridge.JID(name)
}

// A week of a family with three children and eight contacts, minute by minute: what each does stands in
// testdata/week.txt, and behind an arrow what each sees of it.
func TestAWeekInAFamily(t *testing.T) {
	where, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", "week.txt")
	read, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got string
	path := filepath.Join(t.TempDir(), "knapp.db")
	synctest.Test(t, func(t *testing.T) {
		got = liveThrough(t, string(read), where, path)
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Error(err)
			}
		}
	})
	if *update {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(read), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		if i >= len(gotLines) || i >= len(wantLines) || gotLines[i] != wantLines[i] {
			t.Fatalf("line %d:\n got  %q\n want %q", i+1, gotLines[min(i, len(gotLines)-1):min(i+3, len(gotLines))],
				wantLines[min(i, len(wantLines)-1):min(i+3, len(wantLines))])
		}
	}
}

func liveThrough(t *testing.T, script string, where *time.Location, path string) string {
	t.Helper()
	w := &town{
		t: t, path: path, where: where, off: map[bridge.Phone][]bridge.Report{}, away: map[string]bool{}, chats: map[string]string{},
	}
	w.begin()
	family, err := weekFamily.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.relay.ApplyFamily(context.Background(), family); err != nil {
		t.Fatal(err)
	}
	monday := time.Date(2000, 1, 3, 0, 0, 0, 0, where) // a bubble begins on the Saturday before
	time.Sleep(time.Until(monday))
	var header []string
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") {
			header = append(header, line)
		}
		if line == "" || strings.HasPrefix(line, "#") || strings.Contains(line, "  → ") {
			continue
		}
		day, rest, _ := strings.Cut(line, " ")
		clock, what, _ := strings.Cut(rest, " ")
		at, err := time.Parse("15.04", clock)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		ahead := slices.Index([]string{"man", "tir", "ons", "tor", "fre", "lør", "søn"}, day)
		moment := time.Date(2000, 1, 3+ahead, at.Hour(), at.Minute(), 0, 0, where)
		if time.Until(moment) < 0 {
			t.Fatalf("%q is in the past: it is %s", line, time.Now().In(where))
		}
		time.Sleep(time.Until(moment))
		synctest.Wait()
		w.write("%s", what)
		w.do(what)
	}
	time.Sleep(8 * 24 * time.Hour) // until nothing that is held is kept any more
	synctest.Wait()
	w.atTheEnd()
	w.stop()
	return strings.Join(header, "\n") + "\n" + strings.Join(w.lines, "\n") + "\n"
}

// atTheEnd holds what must be true whatever was said: nothing waits, nothing was lost on the way, no text is kept.
func (w *town) atTheEnd() {
	w.t.Helper()
	sms, stanzas, err := w.store.Waiting(context.Background())
	if err != nil || sms+stanzas != 0 {
		w.t.Errorf("%d texts and %d chats still wait (%v)", sms, stanzas, err)
	}
	if _, err := w.store.Purge(context.Background(), time.Now()); err != nil {
		w.t.Error(err)
	}
	d := &desk{t: w.t, path: w.path}
	for _, query := range []string{
		`SELECT count(*) FROM undecided`, `SELECT count(*) FROM notice`, `SELECT count(*) FROM held`,
		`SELECT count(*) FROM segment WHERE tpdu IS NOT NULL`, `SELECT count(*) FROM stanza WHERE body IS NOT NULL`,
		`SELECT count(*) FROM message WHERE verdict IN ('hold', 'ask') AND reason <> 'child_asks'`,
		`SELECT count(*) FROM message m WHERE verdict = 'deliver' AND reason NOT IN ('command', 'gateway')
			AND NOT EXISTS (SELECT 1 FROM outbox WHERE message = m.id)`,
	} {
		if n := d.count(query); n != 0 {
			w.t.Errorf("%d: %s", n, query)
		}
	}
}
