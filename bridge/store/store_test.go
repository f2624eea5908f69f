package store

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// noon is when the tests begin.
var noon = time.Date(2026, 5, 14, 12, 0, 0, 0, time.UTC)

const (
	mum   = "mum@example.org"
	emma  = bridge.Phone("+4793333333")
	modem = "main"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path, Options{Now: func() time.Time { return noon }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func openNew(t testing.TB) *Store {
	t.Helper()
	return open(t, filepath.Join(t.TempDir(), "knapp.db"))
}

// do runs a step that must succeed.
func do(t testing.TB, s *Store, step func(tx bridge.Tx) error) {
	t.Helper()
	if err := s.Do(context.Background(), step); err != nil {
		t.Fatal(err)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

// testFamily is Mamma and Pappa, a grandmother with a phone, and two children.
func testFamily() bridge.Family {
	return bridge.Family{
		Guardians: []bridge.Guardian{
			{Name: "Mamma", JID: mum, Phone: "+4791111111", Role: bridge.RoleOwner},
			{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
		},
		Contacts: []bridge.Contact{{Name: "Bestemor", Phone: "+4792222222"}},
		Children: []bridge.Child{
			{
				Name: "Emma", Localpart: "emma", Phone: string(emma), Language: "nb",
				Guardians: []string{"Mamma", "Pappa"}, Default: "Mamma",
				Allow: []bridge.Allow{
					{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true, When: "always", Emergency: true},
					{Contact: "Bestemor", Key: 3, ToChild: true, FromChild: true, When: "always"},
				},
			},
			{
				Name: "Ola", Localpart: "ola", Phone: "+4794444444", Guardians: []string{"Mamma"},
				Allow: []bridge.Allow{{Contact: "Emma", ToChild: true, FromChild: true, When: "always"}},
			},
		},
	}
}

func withFamily(t testing.TB, s *Store) *bridge.Directory {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error {
		_, err := tx.ApplyFamily(testFamily(), noon)
		return err
	})
	d, err := s.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var passed = policy.Verdict{Action: policy.Deliver, Reason: policy.ByGuardianship}

func entry(d policy.Direction) bridge.Message {
	return bridge.Message{At: noon, Direction: d, Verdict: passed, Length: 5}
}

// addSMS queues an SMS to a phone and returns its leg.
func addSMS(t testing.TB, s *Store, to bridge.Phone, emergency bool, segments ...string) bridge.LegID {
	t.Helper()
	var leg bridge.LegID
	do(t, s, func(tx bridge.Tx) error {
		m, err := tx.AddMessage(entry(policy.ToChild))
		if err != nil {
			return err
		}
		sms := bridge.SMSLeg{Modem: modem, To: to}
		for _, segment := range segments {
			sms.Segments = append(sms.Segments, []byte(segment))
		}
		leg, err = tx.AddLeg(bridge.Leg{Message: m, Emergency: emergency, Verdict: passed, SMS: &sms}, noon)
		return err
	})
	return leg
}

// addChat queues a stanza and returns its leg.
func addChat(t testing.TB, s *Store, id, to, body string) bridge.LegID {
	t.Helper()
	var leg bridge.LegID
	do(t, s, func(tx bridge.Tx) error {
		m, err := tx.AddMessage(entry(policy.FromChild))
		if err != nil {
			return err
		}
		leg, err = tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &bridge.Stanza{
			Kind: bridge.ChatStanza, From: "emma", To: to, ID: id, Body: body,
		}}, noon)
		return err
	})
	return leg
}

// send takes a segment through MarkSending and MarkSent.
func send(t testing.TB, s *Store, leg bridge.LegID, n int, ref byte, at time.Time) (o bridge.Outcome) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, n, at) })
	do(t, s, func(tx bridge.Tx) (err error) {
		o, err = tx.MarkSent(leg, n, ref, at)
		return err
	})
	return o
}

// report gives the store a status report.
func report(t testing.TB, s *Store, r bridge.Report) (o bridge.Outcome) {
	t.Helper()
	if r.Modem == "" {
		r.Modem = modem
	}
	if r.At.IsZero() {
		r.At = noon.Add(time.Minute)
	}
	do(t, s, func(tx bridge.Tx) (err error) {
		o, err = tx.TakeReport(r)
		return err
	})
	return o
}

// next returns the TPDU that a modem should send now, "" for none.
func next(t testing.TB, s *Store, at time.Time) string {
	t.Helper()
	seg, _, _, err := s.NextSegment(t.Context(), modem, at)
	if err != nil {
		t.Fatal(err)
	}
	return string(seg.TPDU)
}

// stateOf returns a leg's state as the log shows it.
func stateOf(t testing.TB, s *Store, leg bridge.LegID) bridge.LegState {
	t.Helper()
	var state string
	err := s.readers.db.QueryRowContext(t.Context(), `SELECT state FROM outbox WHERE id = ?`, leg).Scan(&state)
	if err != nil {
		t.Fatal(err)
	}
	return bridge.LegState(state)
}

func TestStepIsAllOrNothing(t *testing.T) {
	s := openNew(t)
	boom := errors.New("boom")
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("the step's error became %v", err)
	}
	if log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10})); len(log) != 0 {
		t.Fatalf("a failed step left %v", log)
	}
}

func TestStepThatPassesOverAnErrorIsNotCommitted(t *testing.T) {
	s := openNew(t)
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		m := entry(policy.ToChild)
		m.Verdict = policy.Verdict{} // nobody decided
		if _, err := tx.AddMessage(m); err == nil {
			t.Error("a message without a verdict was written")
		}
		return nil
	})
	if err == nil {
		t.Fatal("a step with a failed write was committed")
	}
	if log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10})); len(log) != 0 {
		t.Fatalf("a step with a failed write left %v", log)
	}
}

func TestPanickingStepLeavesNothingAndFreesTheWriter(t *testing.T) {
	s := openNew(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = s.Do(t.Context(), func(tx bridge.Tx) error {
			must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
			panic("boom")
		})
	}()
	addSMS(t, s, emma, false, "a")
	if log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10})); len(log) != 1 {
		t.Fatalf("%d entries after a panic and a step, want 1", len(log))
	}
}

func TestTxIsOverAfterItsStep(t *testing.T) {
	s := openNew(t)
	var kept bridge.Tx
	do(t, s, func(tx bridge.Tx) error { kept = tx; return nil })
	if _, err := kept.AddMessage(entry(policy.ToChild)); err == nil {
		t.Fatal("a Tx wrote after its step")
	}
}

func TestClosedStoreSaysSo(t *testing.T) {
	s := openNew(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Do(t.Context(), func(bridge.Tx) error { return nil }); !errors.Is(err, errClosed) {
		t.Fatalf("Do after Close: %v", err)
	}
}

func TestMessageComesBackAsItWas(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	other, _ := d.Named("Mamma")
	want := bridge.Message{
		At: noon, Written: noon.Add(-time.Hour), Direction: policy.ToChild, Child: child.ID, Other: other.ID,
		Address: "x@example.net", Modem: modem, Length: 12, Parts: 2, Emergency: true,
		Verdict:  policy.Verdict{Action: policy.Refuse, Reason: policy.WrongWay, Rule: 7},
		StanzaID: "s1", Receipt: true, Resource: "phone",
	}
	do(t, s, func(tx bridge.Tx) (err error) {
		if want.ID, err = tx.AddMessage(want); err != nil {
			return err
		}
		got, err := tx.Message(want.ID)
		if got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if _, err := tx.Message(want.ID + 1); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("a message that is not there: %v", err)
		}
		return err
	})
}

func TestPDUIsNewOnce(t *testing.T) {
	s := openNew(t)
	do(t, s, func(tx bridge.Tx) error {
		for i, test := range []struct {
			modem, pdu string
			fresh      bool
		}{
			{"a", "0791AB", true},
			{"a", "0791ab\r", false},
			{"b", "0791AB", true},
			{"a", "0791AC", true},
		} {
			fresh, err := tx.NewPDU(test.modem, test.pdu, noon)
			if err != nil {
				return err
			}
			if fresh != test.fresh {
				t.Errorf("%d: new is %v", i, fresh)
			}
		}
		return nil
	})
}

func TestStanzaIsNewUntilItWasSeen(t *testing.T) {
	s := openNew(t)
	base := bridge.Chat{From: mum, To: "emma", ID: "1", Body: "hei", At: noon}
	for _, test := range []struct {
		name   string
		change func(*bridge.Chat)
		end    bridge.LegState // of the first one's leg; "" leaves it queued
		fresh  bool
	}{
		{"the same", func(*bridge.Chat) {}, "", false},
		{"the same from another resource", func(c *bridge.Chat) { c.Resource = "tv" }, "", false},
		{"another body", func(c *bridge.Chat) { c.Body = "hi" }, "", true},
		{"another child", func(c *bridge.Chat) { c.To = "ola" }, "", true},
		{"another sender", func(c *bridge.Chat) { c.From = "dad@example.org" }, "", true},
		{"another origin-id under the same id", func(c *bridge.Chat) { c.OriginID = "o" }, "", true},
		{"a day later", func(c *bridge.Chat) { c.At = noon.Add(24 * time.Hour) }, "", true},
		{"after it had failed", func(*bridge.Chat) {}, bridge.Failed, true},
		{"after nobody knew", func(*bridge.Chat) {}, bridge.Unknown, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			first := base
			first.To += test.name // a case of its own
			again := first
			test.change(&again)
			take := func(c bridge.Chat) (fresh bool) {
				rolledBack := errors.New("seen")
				err := s.Do(t.Context(), func(tx bridge.Tx) error {
					m := must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
					if fresh = must[bool](t)(tx.NewStanza(c, m)); !fresh {
						return rolledBack
					}
					leg := must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{
						Message: m, Verdict: passed, SMS: &bridge.SMSLeg{Modem: modem, To: emma, Segments: [][]byte{{1}}},
					}, noon))
					if test.end != "" {
						_, err := tx.FinishSMS(leg, test.end, "", noon)
						return err
					}
					return nil
				})
				if err != nil && !errors.Is(err, rolledBack) {
					t.Fatal(err)
				}
				return fresh
			}
			if !take(first) {
				t.Fatal("the first one was not new")
			}
			if fresh := take(again); fresh != test.fresh {
				t.Fatalf("new is %v", fresh)
			}
		})
	}
	do(t, s, func(tx bridge.Tx) error {
		for range 2 {
			if !must[bool](t)(tx.NewStanza(bridge.Chat{From: mum, To: "emma", Body: "hei", At: noon}, 1)) {
				t.Error("a chat without an id was not new")
			}
		}
		return nil
	})
}

func TestPartsAreJoinedAndNeverMixed(t *testing.T) {
	s := openNew(t)
	key := bridge.PartKey{Modem: modem, From: emma, Ref: 7, Total: 2}
	type step struct {
		key  bridge.PartKey
		seq  int
		pdu  string
		at   time.Duration
		want string // the parts that are there, by seq
	}
	wide := key
	wide.Wide = true
	for name, steps := range map[string][]step{
		"in order":              {{key, 1, "A", 0, "A"}, {key, 2, "B", 0, "A B"}},
		"out of order":          {{key, 2, "B", 0, "B"}, {key, 1, "A", 0, "A B"}},
		"twice":                 {{key, 1, "A", 0, "A"}, {key, 1, "A", 0, "A"}},
		"8 and 16 bits":         {{key, 1, "A", 0, "A"}, {wide, 2, "B", 0, "B"}},
		"a stale first part":    {{key, 1, "old", 0, "old"}, {key, 1, "A", time.Hour, "A"}, {key, 2, "B", time.Hour, "A B"}},
		"a first part from far": {{key, 1, "old", 0, "old"}, {key, 2, "B", 25 * time.Hour, "B"}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, st := range steps {
				st.key.From += bridge.Phone(name)
				do(t, s, func(tx bridge.Tx) error {
					pdus, err := tx.AddPart(st.key, st.seq, st.pdu, noon.Add(st.at))
					got := strings.TrimSpace(pdus[1] + " " + pdus[2])
					if got != st.want {
						t.Errorf("step %d: parts %q, want %q", i, got, st.want)
					}
					if len(pdus) == st.key.Total {
						return tx.DropParts(st.key)
					}
					return err
				})
			}
		})
	}
	// What was joined is gone; the stale parts still wait for a guardian.
	var waiting []string
	rows, err := s.readers.db.QueryContext(t.Context(), `SELECT pdu FROM part ORDER BY pdu`)
	if err != nil {
		t.Fatal(err)
	}
	if err := walk(rows, func(scan scanner) error {
		var pdu string
		err := scan(&pdu)
		waiting = append(waiting, pdu)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(waiting); got != "[A A B B old old]" {
		t.Errorf("waiting parts: %s", got)
	}
}

func TestReferencesCountUpAndWrap(t *testing.T) {
	s := openNew(t)
	do(t, s, func(tx bridge.Tx) error {
		for i := range 300 {
			if got, want := must[int](t)(tx.NextReference(emma)), (i+1)%256; got != want {
				t.Fatalf("reference %d is %d", i, got)
			}
		}
		if got := must[int](t)(tx.NextReference("+4790000000")); got != 1 {
			t.Errorf("another number begins at %d", got)
		}
		return nil
	})
}

func TestLastExchangeAndOwnTexts(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	mamma, _ := d.Named("Mamma")
	gran, _ := d.Named("Bestemor")
	say := func(tx bridge.Tx, at time.Duration, other policy.Person, v policy.Verdict) bridge.MessageID {
		m := entry(policy.ToChild)
		m.At, m.Child, m.Other, m.Verdict = noon.Add(at), child.ID, other, v
		return must[bridge.MessageID](t)(tx.AddMessage(m))
	}
	do(t, s, func(tx bridge.Tx) error {
		say(tx, 0, mamma.ID, passed)
		say(tx, time.Minute, gran.ID, policy.Verdict{Action: policy.Refuse, Reason: policy.WrongWay})
		own := policy.Verdict{Action: policy.Deliver, Reason: policy.Gateway}
		m := say(tx, 2*time.Minute, 0, own)
		must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{
			Message: m, Verdict: own, SMS: &bridge.SMSLeg{Modem: modem, To: emma, Segments: [][]byte{{1}}},
		}, noon.Add(2*time.Minute)))
		if got := must[policy.Person](t)(tx.LastExchange(child.ID, noon)); got != mamma.ID {
			t.Errorf("last exchange with %d, want Mamma", got)
		}
		if got := must[policy.Person](t)(tx.LastExchange(child.ID, noon.Add(time.Second))); got != 0 {
			t.Errorf("an exchange that is too old: %d", got)
		}
		for to, want := range map[bridge.Phone]int{emma: 1, "+4794444444": 0} {
			if got := must[int](t)(tx.OwnTexts(to, noon)); got != want {
				t.Errorf("%d own texts to %s, want %d", got, to, want)
			}
		}
		if got := must[int](t)(tx.OwnTexts(emma, noon.Add(3*time.Minute))); got != 0 {
			t.Errorf("%d own texts that are too old", got)
		}
		return nil
	})
}
