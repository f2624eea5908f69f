package store

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"knapp/bridge"
)

func TestNextSegmentGoesInOrder(t *testing.T) {
	s := openNew(t)
	first := addSMS(t, s, emma, false, "a1", "a2")
	second := addSMS(t, s, emma, false, "b1")
	if got := next(t, s, noon); got != "a1" {
		t.Fatalf("next is %q, want the oldest", got)
	}
	alarm := addSMS(t, s, emma, true, "e1")
	if got := next(t, s, noon); got != "e1" {
		t.Fatalf("next is %q, want the emergency", got)
	}
	send(t, s, alarm, 1, 1, noon)

	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(first, 1, noon) })
	if got := next(t, s, noon); got != "b1" {
		t.Fatalf("next is %q while a1 is in the air", got)
	}
	do(t, s, func(tx bridge.Tx) error { _, err := tx.MarkSent(first, 1, 2, noon); return err })
	if got := next(t, s, noon); got != "a2" {
		t.Fatalf("next is %q, want the leg that has begun", got)
	}
	due := noon.Add(time.Minute)
	do(t, s, func(tx bridge.Tx) error { return tx.Retry(first, 2, due, "CMS 42") })
	if got := next(t, s, noon); got != "b1" {
		t.Fatalf("next is %q while a2 waits for its next try", got)
	}
	send(t, s, second, 1, 3, noon)
	_, ok, at, err := s.NextSegment(t.Context(), modem, noon)
	if ok || err != nil || !at.Equal(due) {
		t.Fatalf("nothing should be due before %v: %v %v %v", due, ok, at, err)
	}
	seg, ok, _, err := s.NextSegment(t.Context(), modem, due)
	if !ok || err != nil || string(seg.TPDU) != "a2" || seg.Attempts != 1 || seg.N != 2 || seg.Of != 2 || seg.To != emma {
		t.Fatalf("at its time: %+v %v %v", seg, ok, err)
	}
	if _, ok, at, _ := s.NextSegment(t.Context(), "other", due); ok || !at.IsZero() {
		t.Fatal("another modem was given something")
	}
}

func TestOnlyTheNextSegmentCanBeMarkedAsSending(t *testing.T) {
	s := openNew(t)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	mark := func(n int) error {
		return s.Do(t.Context(), func(tx bridge.Tx) error { return tx.MarkSending(leg, n, noon) })
	}
	if err := mark(2); !errors.Is(err, bridge.ErrNotFound) {
		t.Fatalf("the second segment before the first: %v", err)
	}
	if err := mark(1); err != nil {
		t.Fatal(err)
	}
	if err := mark(1); !errors.Is(err, bridge.ErrNotFound) {
		t.Fatalf("a segment twice: %v", err)
	}
	if err := mark(2); !errors.Is(err, bridge.ErrNotFound) {
		t.Fatalf("the second segment beside the first: %v", err)
	}
}

func TestLegIsSentWithItsLastSegment(t *testing.T) {
	s := openNew(t)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	if o := send(t, s, leg, 1, 1, noon); o.State != bridge.Queued || o.Changed {
		t.Fatalf("after the first of two: %+v", o)
	}
	if o := send(t, s, leg, 2, 2, noon); o.State != bridge.Sent || !o.Changed || o.Leg != leg || o.Message == 0 || o.Own {
		t.Fatalf("after the last: %+v", o)
	}
	if sms, stanzas, err := s.Waiting(t.Context()); sms != 0 || stanzas != 0 || err != nil {
		t.Fatalf("%d and %d wait: %v", sms, stanzas, err)
	}
}

func TestFinishedLegIsNeverSent(t *testing.T) {
	for _, state := range []bridge.LegState{bridge.Failed, bridge.Unknown} {
		t.Run(string(state), func(t *testing.T) {
			s := openNew(t)
			leg := addSMS(t, s, emma, false, "a1", "a2")
			do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 1, noon) })
			finish := func(as bridge.LegState) (o bridge.Outcome) {
				do(t, s, func(tx bridge.Tx) (err error) {
					o, err = tx.FinishSMS(leg, as, "CMS 500", noon)
					return err
				})
				return o
			}
			if o := finish(state); o.State != state || !o.Changed {
				t.Fatalf("finished: %+v", o)
			}
			if o := finish(bridge.Failed); o.State != state || o.Changed {
				t.Fatalf("finished again: %+v", o)
			}
			if got := next(t, s, noon.Add(time.Hour)); got != "" {
				t.Fatalf("next is %q", got)
			}
			// The network's answer comes after all: it is kept, and the leg's end stays what its sender was told.
			do(t, s, func(tx bridge.Tx) error {
				if o, err := tx.MarkSent(leg, 1, 9, noon); err != nil || o.State != state || o.Changed {
					t.Errorf("a late answer: %+v %v", o, err)
				}
				return tx.Retry(leg, 1, noon, "late")
			})
			if got := next(t, s, noon.Add(time.Hour)); got != "" {
				t.Fatalf("next is %q after a late answer", got)
			}
		})
	}
}

func TestInterruptedAfterRestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "knapp.db")
	s := open(t, path)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	addSMS(t, s, emma, false, "b1")
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 1, noon) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	do(t, s, func(tx bridge.Tx) error {
		list, err := tx.Interrupted()
		if len(list) != 1 || list[0].Leg != leg || list[0].N != 1 || list[0].Of != 2 || string(list[0].TPDU) != "a1" {
			t.Errorf("interrupted: %+v", list)
		}
		if err == nil {
			_, err = tx.FinishSMS(leg, bridge.Unknown, "the power went", noon)
		}
		return err
	})
	do(t, s, func(tx bridge.Tx) error {
		list, err := tx.Interrupted()
		if len(list) != 0 {
			t.Errorf("still interrupted: %+v", list)
		}
		return err
	})
	if got := next(t, s, noon); got != "b1" {
		t.Fatalf("next is %q", got)
	}
}

func TestDeliveredOnlyWhenEverySegmentIs(t *testing.T) {
	s := openNew(t)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	send(t, s, leg, 1, 1, noon)
	send(t, s, leg, 2, 2, noon.Add(5*time.Second))
	r := bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: bridge.Arrived}
	if o := report(t, s, r); o.Leg != leg || o.State != bridge.Sent || o.Changed {
		t.Fatalf("one of two: %+v", o)
	}
	if o := report(t, s, r); o.State != bridge.Sent || o.Changed {
		t.Fatalf("the same report again: %+v", o)
	}
	r.Ref, r.SCTS = 2, noon.Add(5*time.Second)
	if o := report(t, s, r); o.State != bridge.Delivered || !o.Changed {
		t.Fatalf("both: %+v", o)
	}
	if o := report(t, s, r); o.State != bridge.Delivered || o.Changed {
		t.Fatalf("both, again: %+v", o)
	}
}

func TestWhatAReportSays(t *testing.T) {
	for _, test := range []struct {
		name  string
		fates []bridge.Fate
		state bridge.LegState
		news  bool // of the last
	}{
		{"arrived", []bridge.Fate{bridge.Arrived}, bridge.Delivered, true},
		{"still trying", []bridge.Fate{bridge.StillTrying}, bridge.Sent, false},
		{"still trying, then arrived", []bridge.Fate{bridge.StillTrying, bridge.Arrived}, bridge.Delivered, true},
		{"unconfirmed", []bridge.Fate{bridge.Unconfirmed}, bridge.Sent, false},
		{"unconfirmed, then arrived", []bridge.Fate{bridge.Unconfirmed, bridge.Arrived}, bridge.Delivered, true},
		{"lost", []bridge.Fate{bridge.Lost}, bridge.Failed, true},
		{"lost twice", []bridge.Fate{bridge.Lost, bridge.Lost}, bridge.Failed, false},
		{"arrived, then lost", []bridge.Fate{bridge.Arrived, bridge.Lost}, bridge.Delivered, false},
		{"lost, then arrived", []bridge.Fate{bridge.Lost, bridge.Arrived}, bridge.Failed, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			leg := addSMS(t, s, emma, false, "a")
			send(t, s, leg, 1, 7, noon)
			var o bridge.Outcome
			for _, fate := range test.fates {
				o = report(t, s, bridge.Report{To: emma, Ref: 7, SCTS: noon, Fate: fate, Code: 0x46})
			}
			if o.Leg != leg || o.State != test.state || o.Changed != test.news {
				t.Fatalf("%+v, want %s, news %v", o, test.state, test.news)
			}
			if got := stateOf(t, s, leg); got != test.state {
				t.Fatalf("kept as %s", got)
			}
		})
	}
}

func TestLostSegmentStopsTheRest(t *testing.T) {
	s := openNew(t)
	leg := addSMS(t, s, emma, false, "a1", "a2")
	send(t, s, leg, 1, 1, noon)
	if o := report(t, s, bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: bridge.Lost, Code: 0x41}); o.State != bridge.Failed {
		t.Fatalf("%+v", o)
	}
	if got := next(t, s, noon.Add(time.Hour)); got != "" {
		t.Fatalf("next is %q: half a text is money for nothing", got)
	}
}

func TestReportMatching(t *testing.T) {
	yesterday := noon.Add(-24 * time.Hour)
	type sent struct {
		to  bridge.Phone
		ref byte
		at  time.Time
	}
	for _, test := range []struct {
		name  string
		sent  []sent
		r     bridge.Report
		match int // of sent, from 1; 0 for none
	}{
		{"the only one", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon}, 1},
		{"another reference", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 2, SCTS: noon}, 0},
		{"another recipient", []sent{{emma, 1, noon}}, bridge.Report{To: "+4794444444", Ref: 1, SCTS: noon}, 0},
		{"another modem", []sent{{emma, 1, noon}}, bridge.Report{Modem: "b", To: emma, Ref: 1, SCTS: noon}, 0},
		{"a national recipient", []sent{{emma, 1, noon}}, bridge.Report{To: "93333333", Ref: 1, SCTS: noon}, 1},
		{"a recipient without plus", []sent{{emma, 1, noon}}, bridge.Report{To: "4793333333", Ref: 1, SCTS: noon}, 1},
		{"too short to compare", []sent{{emma, 1, noon}}, bridge.Report{To: "333", Ref: 1, SCTS: noon}, 0},
		{
			"the full number before the national", []sent{{"+4693333333", 1, noon}, {emma, 1, noon.Add(-time.Minute)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon}, 2,
		},
		{
			"the reference came round", []sent{{emma, 1, yesterday}, {emma, 1, noon}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon}, 2,
		},
		{
			"the older of two", []sent{{emma, 1, yesterday}, {emma, 1, noon}},
			bridge.Report{To: emma, Ref: 1, SCTS: yesterday}, 1,
		},
		{"of yesterday's, today", []sent{{emma, 1, yesterday}}, bridge.Report{To: emma, Ref: 1, SCTS: noon}, 0},
		{"of one before", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(-6 * time.Minute)}, 0},
		{"a clock that is behind", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(-4 * time.Minute)}, 1},
		{"an hour of summer", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(time.Hour)}, 1},
		{
			"the nearer one", []sent{{emma, 1, noon}, {emma, 1, noon.Add(time.Minute)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(5 * time.Second)}, 1,
		},
		{
			"two that are the same", []sent{{emma, 1, noon}, {emma, 1, noon.Add(time.Second)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon}, 0,
		},
		{"no SCTS", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1}, 1},
		{"no SCTS and long ago", []sent{{emma, 1, noon.Add(-72 * time.Hour)}}, bridge.Report{To: emma, Ref: 1}, 0},
		{"no SCTS and two that wait", []sent{{emma, 1, yesterday}, {emma, 1, noon}}, bridge.Report{To: emma, Ref: 1}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			legs := []bridge.LegID{0}
			for _, one := range test.sent {
				leg := addSMS(t, s, one.to, false, "a")
				send(t, s, leg, 1, one.ref, one.at)
				legs = append(legs, leg)
			}
			test.r.Fate = bridge.Arrived
			if o := report(t, s, test.r); o.Leg != legs[test.match] {
				t.Fatalf("matched leg %d, want %d", o.Leg, legs[test.match])
			}
			for i, leg := range legs[1:] {
				want := bridge.Sent
				if i+1 == test.match {
					want = bridge.Delivered
				}
				if got := stateOf(t, s, leg); got != want {
					t.Errorf("leg %d is %s, want %s", leg, got, want)
				}
			}
		})
	}
}

func TestDoubledReportDoesNotSpeakOfANewSegment(t *testing.T) {
	s := openNew(t)
	first := addSMS(t, s, emma, false, "a")
	send(t, s, first, 1, 1, noon)
	r := bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: bridge.Arrived}
	report(t, s, r)
	// The modem began anew with its references, three minutes later.
	second := addSMS(t, s, emma, false, "b")
	send(t, s, second, 1, 1, noon.Add(3*time.Minute))
	if o := report(t, s, r); o.Leg != first || o.Changed {
		t.Fatalf("the doubled report: %+v", o)
	}
	if got := stateOf(t, s, second); got != bridge.Sent {
		t.Fatalf("the new one is %s", got)
	}
}

func TestReportThatOvertakesTheCommit(t *testing.T) {
	for _, test := range []struct {
		name  string
		fate  bridge.Fate
		early time.Duration // after the segment began to leave
		ref   byte
		to    bridge.Phone
		scts  time.Time
		state bridge.LegState
	}{
		{"arrived", bridge.Arrived, time.Second, 5, emma, noon, bridge.Delivered},
		{"arrived, national", bridge.Arrived, time.Second, 5, "93333333", noon, bridge.Delivered},
		{"arrived, no SCTS", bridge.Arrived, time.Second, 5, emma, time.Time{}, bridge.Delivered},
		{"lost", bridge.Lost, time.Second, 5, emma, noon, bridge.Failed},
		{"another reference", bridge.Arrived, time.Second, 6, emma, noon, bridge.Sent},
		{"another phone", bridge.Arrived, time.Second, 5, "+4794444444", noon, bridge.Sent},
		{"long before", bridge.Arrived, -time.Second, 5, emma, time.Time{}, bridge.Sent},
		{"of another day", bridge.Arrived, time.Second, 5, emma, noon.Add(-24 * time.Hour), bridge.Sent},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			leg := addSMS(t, s, emma, false, "a")
			do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 1, noon) })
			o := report(t, s, bridge.Report{
				To: test.to, Ref: test.ref, SCTS: test.scts, At: noon.Add(test.early), Fate: test.fate, Code: 0x41,
			})
			if o != (bridge.Outcome{}) {
				t.Fatalf("before the commit: %+v", o)
			}
			do(t, s, func(tx bridge.Tx) (err error) {
				o, err = tx.MarkSent(leg, 1, 5, noon.Add(2*time.Second))
				return err
			})
			if o.State != test.state || !o.Changed {
				t.Fatalf("%+v, want %s", o, test.state)
			}
		})
	}
}
