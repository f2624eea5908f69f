package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

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
		{"after nobody knew", func(*bridge.Chat) {}, bridge.Unknown, false},
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
		want string        // the parts that are there, by seq
		sent time.Duration // by the service centre's clock; 0: it cannot be read
	}
	wide := key
	wide.Wide = true
	const m = time.Minute
	for name, steps := range map[string][]step{
		"in order":           {{key, 1, "A", 0, "A", m}, {key, 2, "B", 0, "A B", m}},
		"out of order":       {{key, 2, "B", 0, "B", m}, {key, 1, "A", 0, "A B", m}},
		"twice":              {{key, 1, "A", 0, "A", m}, {key, 1, "A", 0, "A", m}},
		"8 and 16 bits":      {{key, 1, "A", 0, "A", m}, {wide, 2, "B", 0, "B", m}},
		"a stale first part": {{key, 1, "old", 0, "old", m}, {key, 1, "A", 1, "A", 60 * m}, {key, 2, "B", 2, "A B", 61 * m}},
		"the nearer of two": {
			{key, 1, "old", 0, "old", m}, {key, 1, "A", 1, "A", 3 * m}, {key, 2, "B", 2, "A B", 3 * m},
		},
		"the nearer is the elder": {
			{key, 1, "A", 0, "A", m}, {key, 1, "old", 1, "old", 9 * m}, {key, 2, "B", 2, "A B", 2 * m},
		},
		"a reference come round":    {{key, 1, "old", 0, "old", m}, {key, 2, "B", 1, "B", 20 * m}},
		"held by the network":       {{key, 1, "A", 0, "A", m}, {key, 2, "B", 72 * time.Hour, "A B", 2 * m}},
		"no stamps, come together":  {{key, 1, "A", 0, "A", 0}, {key, 2, "B", 9 * m, "A B", 0}},
		"no stamps, come far apart": {{key, 1, "old", 0, "old", 0}, {key, 2, "B", 11 * m, "B", 0}},
		"one stamp, come together":  {{key, 1, "A", 0, "A", m}, {key, 2, "B", m, "A B", 0}},
		"one stamp, come far apart": {{key, 1, "old", 0, "old", 0}, {key, 2, "B", 11 * m, "B", m}},
	} {
		t.Run(name, func(t *testing.T) {
			for i, st := range steps {
				st.key.From += bridge.Phone(name)
				var scts time.Time
				if st.sent > 0 {
					scts = noon.Add(-testDay + st.sent)
				}
				do(t, s, func(tx bridge.Tx) error {
					pdus, err := tx.AddPart(st.key, st.seq, st.pdu, scts, noon.Add(st.at))
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
	if got := fmt.Sprint(waiting); got != "[A A B B B B old old old old old old]" {
		t.Errorf("waiting parts: %s", got)
	}
}

// Parts that wait in vain are handed out once, message by message, the longest waiting first.
func TestStaleParts(t *testing.T) {
	s := openNew(t)
	first := bridge.PartKey{Modem: modem, From: emma, Ref: 1, Total: 3}
	second := bridge.PartKey{Modem: modem, From: emma, Ref: 2, Total: 2}
	do(t, s, func(tx bridge.Tx) error {
		must[map[int]string](t)(tx.AddPart(first, 3, "third", time.Time{}, noon))
		must[map[int]string](t)(tx.AddPart(second, 1, "other", time.Time{}, noon.Add(time.Minute)))
		must[map[int]string](t)(tx.AddPart(first, 1, "first", time.Time{}, noon.Add(2*time.Minute)))
		return nil
	})
	take := func(before time.Time) (k bridge.PartKey, pdus map[int]string, ok bool) {
		do(t, s, func(tx bridge.Tx) (err error) {
			k, pdus, ok, err = tx.TakeStaleParts(before)
			return err
		})
		return k, pdus, ok
	}
	if _, _, ok := take(noon.Add(time.Minute)); ok {
		t.Error("the newest part counts, not the oldest")
	}
	if k, pdus, ok := take(noon.Add(time.Hour)); !ok || k != second || len(pdus) != 1 || pdus[1] != "other" {
		t.Errorf("first: %+v %v", k, pdus)
	}
	if k, pdus, ok := take(noon.Add(time.Hour)); !ok || k != first || pdus[1] != "first" || pdus[3] != "third" {
		t.Errorf("then: %+v %v", k, pdus)
	}
	if _, _, ok := take(noon.Add(time.Hour)); ok {
		t.Error("they are handed out again")
	}
}
