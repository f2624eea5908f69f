package bridge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// A text that nobody has read goes to the guardians' mobiles; what is read, answered or received in time does not.
func TestUnreadTextsFallBack(t *testing.T) {
	for _, c := range []struct {
		name   string
		text   string
		do     func(d *desk, ids map[string]string)
		mobile map[string]string // number → what it gets
		emma   string
	}{
		{"nobody", "2 hei", func(*desk, map[string]string) {}, map[string]string{"+4791111111": "Emma: (ikke lest på 10 min) hei"}, ""},
		{"to all, nobody", "0 hei", func(*desk, map[string]string) {}, map[string]string{
			"+4791111111": "Emma: (ikke lest på 10 min) hei", "+4791111112": "Emma: (ikke lest på 10 min) hei",
		}, ""},
		{"answered", "2 hei", func(d *desk, _ map[string]string) { d.chat("mum@example.org", "emma", "x", "ja") }, nil, ""},
		{
			"answered by a machine", "2 hei", func(d *desk, _ map[string]string) { d.chat("mum@example.org", "emma", "x", "Autosvar: ute") },
			map[string]string{"+4791111111": "Emma: (ikke lest på 10 min) hei"},
			"",
		},
		{"displayed", "2 hei", func(d *desk, ids map[string]string) { d.marks("mum@example.org", ids["mum@example.org"], true) }, nil, ""},
		{"to all, displayed by one", "0 hei", func(d *desk, ids map[string]string) { d.marks("dad@example.org", ids["dad@example.org"], true) }, nil, ""},
		{"received by a client that shows nothing", "2 hei", func(d *desk, ids map[string]string) {
			d.marks("mum@example.org", ids["mum@example.org"], false)
		}, nil, ""},
		{"to somebody who is no guardian", "Trener: hei", func(*desk, map[string]string) {}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := openHelping(t)
			d.sms("+4793333333", c.text)
			ids := map[string]string{}
			queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range queued {
				ids[q.To] = q.ID
			}
			d.stanzas()
			c.do(d, ids)
			d.transmit(&hand{})
			d.later(10 * time.Minute)
			texts := d.transmit(&hand{})
			for _, number := range []string{"+4791111111", "+4791111112", "+4791111113", "+4793333333"} {
				var parts []string
				if c.mobile[number] != "" {
					parts = []string{c.mobile[number]}
				}
				mustContain(t, number, said(texts, number), parts...)
			}
		})
	}
}

// A receipt counts only for clients that never tell what they displayed.
func TestAReceiptIsNotReadWhereMarkersAreSent(t *testing.T) {
	d := openHelping(t)
	id := func(text string) string {
		t.Helper()
		d.sms("+4793333333", text)
		queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 10)
		if err != nil || len(queued) != 1 {
			t.Fatal(queued, err)
		}
		d.stanzas()
		return queued[0].ID
	}
	d.marks("mum@example.org", id("2 en"), true)
	d.marks("mum@example.org", id("2 to"), false)
	d.later(10 * time.Minute)
	mustContain(t, "unread", d.transmit(&hand{}), "(ikke lest på 10 min) to")
}

// When the mobile cannot be reached either, the child hears whom to ring.
func TestNobodyCanBeReached(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "2 hei")
	d.stanzas()
	d.later(10 * time.Minute)
	refused := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 28")}
	texts := d.transmit(&hand{script: []error{refused}})
	mustContain(t, "Emma", texts, "+4793333333 Knapp: Ingen har lest ennå. Ring Mamma: hold 2.")

	d = openHelping(t)
	family := helping
	family.Guardians = slices.Clone(family.Guardians)
	family.Guardians[0].Phone = ""
	checked, err := family.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(t.Context(), checked); err != nil {
		t.Fatal(err)
	}
	d.sms("+4793333333", "2 hei")
	d.stanzas()
	d.later(10 * time.Minute)
	mustContain(t, "no mobile at all", d.transmit(&hand{}), "Ingen har lest ennå. Ring")
}

// A child that may not have heard that nobody has read one text hears it of the next, however soon that is: first the
// word is lost before the next text is given up, then after.
func TestAnUnheardWordIsSaidOfTheNextText(t *testing.T) {
	never := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 28")}
	lost := &bridge.TransmitError{Unknown: true, Err: errors.New("no answer")}
	busy := &bridge.TransmitError{Retry: bridge.RetrySoon, Err: errors.New("+CMS ERROR: 332")}
	for name, script := range map[string][]error{
		"before": {never, lost, never, nil},
		"after":  {never, busy, never, lost, nil},
	} {
		d := openHelping(t)
		d.sms("+4793333333", "2 en")
		d.sms("+4793333333", "2 to")
		d.stanzas()
		d.later(10 * time.Minute)
		h := &hand{script: script}
		d.transmit(h)
		for range 3 {
			d.later(2 * time.Minute) // a busy network is asked again
			d.transmit(h)
		}
		said := 0
		for _, text := range h.sent {
			if strings.Contains(text, "+4793333333 Knapp: Ingen har lest") {
				said++
			}
		}
		if said != 1 {
			t.Errorf("%s: the child hears it %d times: %q", name, said, h.sent)
		}
	}
}

// One word that nobody has read speaks of all that lay unread when it was said, and of nothing that was written after it.
func TestAWordOfAnUnreadTextSpeaksOfWhatWasWrittenBeforeIt(t *testing.T) {
	never := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 28")}
	d := openHelping(t)
	d.fallback = 2 * time.Minute
	d.restart()
	d.sms("+4793333333", "2 en")
	d.sms("+4793333333", "2 to")
	d.stanzas()
	d.later(2 * time.Minute)
	mustContain(t, "of both", said(d.transmit(&hand{script: []error{never, nil, never}}), "+4793333333"), "Knapp: Ingen har lest ennå. Ring Mamma: hold 2.")

	d.sms("+4793333333", "2 tre")
	d.stanzas()
	d.later(2 * time.Minute)
	mustContain(t, "of the third", said(d.transmit(&hand{script: []error{never}}), "+4793333333"), "Knapp: Ingen har lest ennå. Ring Mamma: hold 2.")
}

// A guardian who has only a mobile did not get the text itself: that is told, whatever was sent on to the others.
func TestAFailureIsToldBesideAFallback(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "0 hei")
	d.stanzas()
	d.later(10 * time.Minute)
	refused := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 28")}
	texts := d.transmit(&hand{script: []error{refused}})
	mustContain(t, "Emma", said(texts, "+4793333333"), "fikk ikke meldingen din")
}

// marks is a client that says what it received or displayed.
func (d *desk) marks(from bridge.JID, id string, displayed bool) {
	d.t.Helper()
	if err := d.relay.TakeMarker(d.t.Context(), from, "emma", id, displayed); err != nil {
		d.t.Fatal(err)
	}
}
