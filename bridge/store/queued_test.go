package store

import (
	"errors"
	"slices"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// queuedLegs returns what QueuedLegs does, without the message ids, which must be there.
func queuedLegs(t *testing.T, s *Store) (out []bridge.QueuedLeg) {
	t.Helper()
	do(t, s, func(tx bridge.Tx) error {
		out = must[[]bridge.QueuedLeg](t)(tx.QueuedLegs())
		return nil
	})
	for i := range out {
		if out[i].Message == 0 {
			t.Errorf("leg %d belongs to no message", out[i].Leg)
		}
		out[i].Message = 0
	}
	return out
}

func TestQueuedLegsAreThoseOfWhichNothingHasLeft(t *testing.T) {
	s := openNew(t)
	waits := addSMS(t, s, emma, true, "a1", "a2")
	begun := addSMS(t, s, emma, false, "b1", "b2")
	air := addSMS(t, s, emma, false, "c1")
	send(t, s, addSMS(t, s, emma, false, "d1"), 1, 1, noon)
	refused := addSMS(t, s, emma, false, "e1")
	send(t, s, begun, 1, 2, noon)
	do(t, s, func(tx bridge.Tx) error {
		if err := errors.Join(tx.MarkSending(air, 1, noon), tx.MarkSending(refused, 1, noon)); err != nil {
			return err
		}
		return tx.Retry(refused, 1, noon.Add(1), "CMS 331")
	})
	chat := addChat(t, s, "a", mum, "hei")
	gone := addChat(t, s, "b", mum, "hei")
	var answer bridge.LegID
	do(t, s, func(tx bridge.Tx) error {
		own := policy.Verdict{Action: policy.Deliver, Reason: policy.Gateway}
		m := must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		answer = must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{Message: m, Verdict: own, Stanza: &bridge.Stanza{
			Kind: bridge.ErrorStanza, From: "emma", To: mum + "/phone", ID: "c", Refers: "s1", Condition: "forbidden",
		}}, noon))
		return tx.StanzasSent([]bridge.LegID{gone}, noon)
	})
	want := []bridge.QueuedLeg{
		{Leg: waits, SMS: true, To: string(emma), Urgent: true},
		{Leg: refused, SMS: true, To: string(emma)},
		{Leg: chat, Kind: bridge.ChatStanza, To: mum},
		{Leg: answer, Kind: bridge.ErrorStanza, To: mum + "/phone", Own: true},
	}
	if got := queuedLegs(t, s); !slices.Equal(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestReaddressedChatGoesToTheNewAddress(t *testing.T) {
	const dad = "dad@example.net"
	s := openNew(t)
	leg := addChat(t, s, "a", mum, "hei")
	do(t, s, func(tx bridge.Tx) error { return tx.Readdress(leg, dad) })
	list, _, err := s.QueuedStanzas(t.Context(), noon, 9)
	if err != nil || len(list) != 1 || list[0].To != dad || list[0].ID != "a" || list[0].Body != "hei" {
		t.Fatalf("queued: %+v %v", list, err)
	}
	if log, err := s.Log(t.Context(), bridge.LogQuery{Limit: 1}); err != nil || log[0].Legs[0].To != dad {
		t.Errorf("the log says %+v, %v", log, err)
	}
	do(t, s, func(tx bridge.Tx) error {
		if _, err := tx.StanzaByID("a", mum); !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("the old address answers: %v", err)
		}
		must[bridge.SentStanza](t)(tx.StanzaByID("a", dad))
		return nil
	})
}

func TestOnlyAQueuedChatIsReaddressed(t *testing.T) {
	s := openNew(t)
	sent, sms := addChat(t, s, "a", mum, "hei"), addSMS(t, s, emma, false, "a1")
	var receipt bridge.LegID
	do(t, s, func(tx bridge.Tx) error {
		m := must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		receipt = must[bridge.LegID](t)(tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &bridge.Stanza{
			Kind: bridge.ReceiptStanza, From: "emma", To: mum, ID: "r", Refers: "s1",
		}}, noon))
		return tx.StanzasSent([]bridge.LegID{sent}, noon)
	})
	for name, leg := range map[string]bridge.LegID{"sent": sent, "SMS": sms, "receipt": receipt, "none": 99} {
		do(t, s, func(tx bridge.Tx) error {
			if err := tx.Readdress(leg, "dad@example.net"); !errors.Is(err, bridge.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
			return nil
		})
	}
	log, err := s.Log(t.Context(), bridge.LogQuery{Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range log {
		if to := e.Legs[0].To; to != mum && to != string(emma) {
			t.Errorf("a leg goes to %s", to)
		}
	}
}

func TestTextsOfAModemThatIsGoneLeaveByAnother(t *testing.T) {
	s := openNew(t)
	sent := addSMS(t, s, emma, false, "a1")
	send(t, s, sent, 1, 1, noon)
	begun := addSMS(t, s, emma, false, "b1", "b2")
	send(t, s, begun, 1, 2, noon)
	addSMS(t, s, emma, false, "c1")
	addChat(t, s, "a", mum, "hei")
	for _, test := range []struct {
		modems []string
		moved  int
	}{{nil, 0}, {[]string{"other", modem}, 0}, {[]string{"stick", "other"}, 2}, {[]string{"other", "stick"}, 0}} {
		do(t, s, func(tx bridge.Tx) error {
			if moved := must[int](t)(tx.Reassign(test.modems)); moved != test.moved {
				t.Errorf("%v: %d moved, want %d", test.modems, moved, test.moved)
			}
			return nil
		})
	}
	if got := next(t, s, noon); got != "" {
		t.Errorf("the modem that is gone was given %q", got)
	}
	seg, ok, _, err := s.NextSegment(t.Context(), "stick", noon)
	if err != nil || !ok || seg.Leg != begun || string(seg.TPDU) != "b2" {
		t.Errorf("the first of the list was given %+v %v", seg, err)
	}
	// What is waited for comes from the modem that sent it.
	if o := report(t, s, bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: bridge.Arrived}); o.Leg != sent || o.State != bridge.Delivered {
		t.Errorf("a report of what had left: %+v", o)
	}
}
