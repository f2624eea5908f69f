package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// queued returns the ids of the stanzas that should be sent, and when the next one is due.
func queued(t testing.TB, s *Store, at time.Time, limit int) (string, time.Time) {
	t.Helper()
	list, due, err := s.QueuedStanzas(t.Context(), at, limit)
	if err != nil {
		t.Fatal(err)
	}
	ids := []string{}
	for _, q := range list {
		ids = append(ids, q.ID)
	}
	return fmt.Sprint(ids), due
}

func TestStanzaComesBackAsItWas(t *testing.T) {
	s := openNew(t)
	for _, want := range []bridge.Stanza{
		{Kind: bridge.ChatStanza, From: "emma", To: mum, ID: "1", Body: "hei\x00på", Delay: noon, Language: "nb"},
		{Kind: bridge.ReceiptStanza, From: "emma", To: mum + "/phone", ID: "2", Refers: "s1"},
		{Kind: bridge.ErrorStanza, To: mum, ID: "3", Refers: "s1", Condition: "forbidden", Text: "nei", Language: "nb"},
	} {
		do(t, s, func(tx bridge.Tx) error {
			m := must[bridge.MessageID](t)(tx.AddMessage(entry(policy.FromChild)))
			_, err := tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &want}, noon)
			return err
		})
		list, _, err := s.QueuedStanzas(t.Context(), noon, 10)
		if err != nil {
			t.Fatal(err)
		}
		if got := list[len(list)-1].Stanza; got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	}
}

func TestStanzasWaitForTheirBarrier(t *testing.T) {
	s := openNew(t)
	a := addChat(t, s, "a", mum, "hei")
	b := addChat(t, s, "b", mum, "hei")
	addChat(t, s, "c", mum, "hei")
	if got, _ := queued(t, s, noon, 2); got != "[a b]" {
		t.Fatalf("queued: %s", got)
	}
	do(t, s, func(tx bridge.Tx) error { return tx.StanzasSent([]bridge.LegID{a, b}, noon) })
	if got, due := queued(t, s, noon, 9); got != "[c]" || !due.IsZero() {
		t.Fatalf("queued after the barrier: %s, next %v", got, due)
	}
	// A late error reopens the leg, under its own id and with its text.
	later := noon.Add(30 * time.Second)
	do(t, s, func(tx bridge.Tx) error { return tx.RetryStanza(a, later, "remote-server-timeout") })
	if got, due := queued(t, s, noon, 9); got != "[c]" || !due.IsZero() {
		t.Fatalf("queued before the next try: %s, next %v", got, due)
	}
	do(t, s, func(tx bridge.Tx) error { return tx.StanzasSent([]bridge.LegID{a}, noon) }) // a barrier behind the error
	list, _, err := s.QueuedStanzas(t.Context(), later, 9)
	if err != nil || len(list) != 2 || list[0].ID != "a" || list[0].Body != "hei" {
		t.Fatalf("at the next try: %+v %v", list, err)
	}
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.FinishStanza(b, bridge.Delivered, "", noon); err != nil {
			return err
		}
		if err := tx.FinishStanza(b, bridge.Failed, "late", noon); err != nil {
			return err
		}
		return tx.StanzasSent([]bridge.LegID{b}, noon)
	})
	if got := stateOf(t, s, b); got != bridge.Delivered {
		t.Fatalf("after a receipt, an error and a barrier: %s", got)
	}
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.RetryStanza(b, noon, ""); !errors.Is(err, bridge.ErrTextGone) {
			t.Errorf("retry of what was delivered: %v", err)
		}
		return nil
	})
}

func TestWhoMayAnswerForAStanza(t *testing.T) {
	s := openNew(t)
	leg := addChat(t, s, "bare", mum, "hei")
	addChat(t, s, "full", mum+"/phone", "hei")
	addChat(t, s, "host", "example.net", "hei")
	for _, test := range []struct {
		id, from string
		ok       bool
	}{
		{"bare", mum, true},
		{"bare", "MUM@Example.org/phone", true},
		{"bare", "example.org", true},
		{"full", mum, true},
		{"full", mum + "/phone", true},
		{"full", "example.org", true},
		{"host", "example.net", true},
		{"bare", "dad@example.org", false},
		{"bare", "org", false},
		{"bare", "evil.example", false},
		{"bare", "mum@example.org.evil.example", false},
		{"bare", "", false},
		{"host", "", false},
		{"host", "net", false},
		{"never sent", mum, false},
	} {
		do(t, s, func(tx bridge.Tx) error {
			got, err := tx.StanzaByID(test.id, test.from)
			if test.ok != (err == nil) || err != nil && !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("%s answered by %q: %v", test.id, test.from, err)
			}
			if test.id == "bare" && test.ok && (got.Leg != leg || got.State != bridge.Queued || got.Message == 0 || got.Own) {
				t.Errorf("%s answered by %q: %+v", test.id, test.from, got)
			}
			return nil
		})
	}
}

func TestAnIDIsUsedOnce(t *testing.T) {
	s := openNew(t)
	addChat(t, s, "a", mum, "hei")
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		m := must[bridge.MessageID](t)(tx.AddMessage(entry(policy.FromChild)))
		_, err := tx.AddLeg(bridge.Leg{
			Message: m, Verdict: passed, Stanza: &bridge.Stanza{Kind: bridge.ChatStanza, To: mum, ID: "a"},
		}, noon)
		return err
	})
	if err == nil {
		t.Fatal("two stanzas have one id")
	}
}

// What waits for its next try says when, so that nobody has to look before.
func TestNextTryOfAStanzaIsKnown(t *testing.T) {
	s := openNew(t)
	leg := addChat(t, s, "a", mum, "hei")
	later := noon.Add(30 * time.Second)
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.StanzasSent([]bridge.LegID{leg}, noon); err != nil {
			return err
		}
		return tx.RetryStanza(leg, later, "remote-server-timeout")
	})
	if got, due := queued(t, s, noon, 9); got != "[]" || !due.Equal(later) {
		t.Errorf("queued: %s, next %v", got, due)
	}
}
