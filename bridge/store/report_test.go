package store

import (
	"testing"
	"time"

	"knapp/bridge"
)

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

func TestReportBetweenTheSegments(t *testing.T) {
	for _, fate := range []bridge.Fate{bridge.Unconfirmed, bridge.Arrived} {
		s := openNew(t)
		leg := addSMS(t, s, emma, false, "a1", "a2")
		send(t, s, leg, 1, 1, noon)
		if o := report(t, s, bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: fate}); o.State != bridge.Queued || o.Changed {
			t.Fatalf("one of two has left: %+v", o)
		}
		if o := send(t, s, leg, 2, 2, noon); o.State != bridge.Sent || !o.Changed {
			t.Fatalf("both have left: %+v", o)
		}
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
			"the full number before the national",
			[]sent{{"+4693333333", 1, noon}, {emma, 1, noon.Add(-time.Minute)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon},
			2,
		},
		{
			"the reference came round",
			[]sent{{emma, 1, yesterday}, {emma, 1, noon}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon},
			2,
		},
		{
			"the older of two",
			[]sent{{emma, 1, yesterday}, {emma, 1, noon}},
			bridge.Report{To: emma, Ref: 1, SCTS: yesterday},
			1,
		},
		{
			"our clock was 26 hours behind",
			[]sent{{emma, 1, noon.Add(-26 * time.Hour)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon},
			1,
		},
		{"our clock is ahead", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(-10 * time.Minute)}, 1},
		{"two hours of summer", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(2 * time.Hour)}, 1},
		{
			"the clocks disagree, a national recipient",
			[]sent{{emma, 1, yesterday}, {"+4794444444", 1, yesterday}},
			bridge.Report{To: "93333333", Ref: 1, SCTS: noon},
			1,
		},
		{
			"the clocks disagree, the full number before the national",
			[]sent{{"+4693333333", 1, yesterday}, {emma, 1, yesterday.Add(-time.Hour)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon},
			2,
		},
		{
			"the clocks disagree and two wait",
			[]sent{{emma, 1, yesterday}, {emma, 1, yesterday.Add(-time.Hour)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon},
			0,
		},
		{"a clock that is behind", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(-4 * time.Minute)}, 1},
		{"an hour of summer", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(time.Hour)}, 1},
		{
			"the nearer one",
			[]sent{{emma, 1, noon}, {emma, 1, noon.Add(time.Minute)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(5 * time.Second)},
			1,
		},
		{
			"two that are the same",
			[]sent{{emma, 1, noon}, {emma, 1, noon.Add(time.Second)}},
			bridge.Report{To: emma, Ref: 1, SCTS: noon},
			0,
		},
		{"no SCTS", []sent{{emma, 1, noon}}, bridge.Report{To: emma, Ref: 1}, 1},
		{"no SCTS and long ago", []sent{{emma, 1, noon.Add(-72 * time.Hour)}}, bridge.Report{To: emma, Ref: 1}, 1},
		{"no SCTS and our clock was set back", []sent{{emma, 1, noon.Add(72 * time.Hour)}}, bridge.Report{To: emma, Ref: 1}, 1},
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

// References come round, sooner when a modem begins anew. A report that overtakes the commit of its own segment
// must not be taken for an older one's with the same reference.
func TestReportThatOvertakesTheCommitOfAReusedReference(t *testing.T) {
	for _, reported := range []bool{true, false} {
		s := openNew(t)
		older := addSMS(t, s, emma, false, "a")
		send(t, s, older, 1, 5, noon)
		if reported {
			report(t, s, bridge.Report{To: emma, Ref: 5, SCTS: noon, Fate: bridge.Arrived})
		}
		before := stateOf(t, s, older)
		newer, later := addSMS(t, s, emma, false, "b"), noon.Add(20*time.Minute)
		do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(newer, 1, later) })
		report(t, s, bridge.Report{To: emma, Ref: 5, SCTS: later, At: later.Add(time.Second), Fate: bridge.Arrived})
		do(t, s, func(tx bridge.Tx) error {
			_, err := tx.MarkSent(newer, 1, 5, later.Add(2*time.Second))
			return err
		})
		if got := stateOf(t, s, newer); got != bridge.Delivered {
			t.Errorf("older one reported %v: the newer one is %s", reported, got)
		}
		if got := stateOf(t, s, older); got != before {
			t.Errorf("older one reported %v: it was %s and is %s", reported, before, got)
		}
	}
}

// What is in the air takes no report from a segment that has just been sent, or long ago.
func TestReportWhileAnotherSegmentIsInTheAir(t *testing.T) {
	for _, ago := range []time.Duration{time.Second, 30 * time.Minute} {
		s := openNew(t)
		older := addSMS(t, s, emma, false, "a")
		send(t, s, older, 1, 5, noon)
		newer := addSMS(t, s, emma, false, "b")
		do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(newer, 1, noon.Add(ago)) })
		o := report(t, s, bridge.Report{To: emma, Ref: 5, SCTS: noon, At: noon.Add(ago + time.Second), Fate: bridge.Arrived})
		if o.Leg != older || o.State != bridge.Delivered {
			t.Errorf("sent %v before: %+v", ago, o)
		}
	}
}

// Only what still waits is looked for beyond the window: what has its report is not spoken of again.
func TestClocksThatDisagreeAndWhatHasItsReport(t *testing.T) {
	s := openNew(t)
	done, waits := addSMS(t, s, emma, false, "a"), addSMS(t, s, emma, false, "b")
	send(t, s, done, 1, 1, noon.Add(-50*time.Hour))
	report(t, s, bridge.Report{To: emma, Ref: 1, SCTS: noon.Add(-50 * time.Hour), Fate: bridge.Arrived})
	send(t, s, waits, 1, 1, noon.Add(-26*time.Hour))
	lost := bridge.Report{To: emma, Ref: 1, SCTS: noon, Fate: bridge.Lost, Code: 0x46}
	trying := lost
	trying.Fate = bridge.StillTrying
	if o := report(t, s, trying); o.Leg != waits || o.Changed {
		t.Fatalf("still trying: %+v", o)
	}
	if o := report(t, s, lost); o.Leg != waits || o.State != bridge.Failed || !o.Changed {
		t.Fatalf("lost: %+v, want leg %d", o, waits)
	}
	if o := report(t, s, lost); o.Leg != 0 {
		t.Fatalf("lost again: %+v", o)
	}
	if got := stateOf(t, s, done); got != bridge.Delivered {
		t.Errorf("what has its report is %s", got)
	}
}

// A report may be faster than the commit of its segment: yesterday's with the same reference must not take it.
func TestYesterdaysSegmentDoesNotStealAReport(t *testing.T) {
	s := openNew(t)
	old, leg := addSMS(t, s, emma, false, "a"), addSMS(t, s, emma, false, "b")
	send(t, s, old, 1, 5, noon.Add(-24*time.Hour))
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 1, noon) })
	o := report(t, s, bridge.Report{To: emma, Ref: 5, SCTS: noon, At: noon.Add(time.Second), Fate: bridge.Arrived})
	if o.Leg != 0 {
		t.Fatalf("while it is being sent: %+v", o)
	}
	do(t, s, func(tx bridge.Tx) (err error) {
		o, err = tx.MarkSent(leg, 1, 5, noon.Add(2*time.Second))
		return err
	})
	if o.Leg != leg || o.State != bridge.Delivered {
		t.Errorf("with its commit: %+v", o)
	}
	if got := stateOf(t, s, old); got != bridge.Sent {
		t.Errorf("yesterday's is %s", got)
	}
}

// The first part's report comes while the second is being sent, by a service centre whose clock is not ours.
func TestReportOfOnePartWhileTheNextIsSent(t *testing.T) {
	for _, off := range []time.Duration{10 * time.Second, time.Hour, 2 * time.Hour} {
		s := openNew(t)
		leg := addSMS(t, s, emma, false, "a1", "a2")
		send(t, s, leg, 1, 1, noon)
		do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(leg, 2, noon.Add(4*time.Second)) })
		o := report(t, s, bridge.Report{
			To: emma, Ref: 1, SCTS: noon.Add(off), At: noon.Add(5 * time.Second), Fate: bridge.Lost, Code: 0x46,
		})
		if o.Leg != leg || o.State != bridge.Failed || !o.Changed {
			t.Errorf("%v off: %+v", off, o)
		}
	}
}

// In a burst the references come round within seconds.
func TestReportThatOvertakesTheCommitInABurst(t *testing.T) {
	s := openNew(t)
	older := addSMS(t, s, emma, false, "a")
	send(t, s, older, 1, 0, noon)
	send(t, s, addSMS(t, s, "+4794444444", false, "b"), 1, 255, noon.Add(19*time.Second))
	newer, later := addSMS(t, s, emma, false, "c"), noon.Add(20*time.Second)
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(newer, 1, later) })
	report(t, s, bridge.Report{To: emma, Ref: 0, SCTS: later, At: later.Add(time.Second), Fate: bridge.Arrived})
	do(t, s, func(tx bridge.Tx) error {
		_, err := tx.MarkSent(newer, 1, 0, later.Add(2*time.Second))
		return err
	})
	if got := stateOf(t, s, newer); got != bridge.Delivered {
		t.Errorf("the newer one is %s", got)
	}
	if got := stateOf(t, s, older); got != bridge.Sent {
		t.Errorf("the older one is %s", got)
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
		{"the clocks disagree", bridge.Lost, time.Second, 5, emma, noon.Add(-24 * time.Hour), bridge.Failed},
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
