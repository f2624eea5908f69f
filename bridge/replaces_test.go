package bridge_test

import (
	"fmt"
	"strings"
	"testing"

	"knapp/bridge"
)

// replacing is a text that takes the place of the last one of its type and sender.
func (d *desk) replacing(from bridge.Phone, kind int, text string) {
	d.t.Helper()
	d.number++
	d.now = d.now.Add(1e9)
	err := d.relay.TakeSMS(d.t.Context(), bridge.SMS{
		Modem: "main", PDU: fmt.Sprintf("%04X", d.number), At: d.now, Written: d.now, From: from, Text: text,
		Replaces: fmt.Sprintf("%d %s", kind, from),
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestAReplacementTakesThePlaceOfWhatHasNotLeft(t *testing.T) {
	d := open(t)
	h := &hand{}
	const gran = "+4792222222"
	d.replacing(gran, 1, "Emma: kom kl 5")
	d.replacing(gran, 2, "Emma: bursdag")
	d.replacing(gran, 1, "Emma: kom kl 6")
	want(t, "the first was never sent", d.transmit(h), "+4793333333 Bestemor: bursdag", "+4793333333 Bestemor: kom kl 6")
	h.sent = nil
	d.restart()
	d.replacing(gran, 1, "Emma: kom kl 7")
	d.sms(gran, "Emma: ha det")
	want(t, "what has left is followed by one that says so", d.transmit(h), "+4793333333 Bestemor: kom kl 7 (rettet)", "+4793333333 Bestemor: ha det")

	// A child's text that no stream has carried yet, and one for whose address it was asked.
	h.sent = nil
	d.replacing("+4793333333", 1, "2 hei")
	d.replacing("+4793333333", 1, "2 hei mamma")
	want(t, "to a chat", d.stanzas(), "chat emma→mum@example.org | hei mamma")
	d.relay.Connected(true)
	d.replacing("+4793333333", 1, "2 hei du")
	want(t, "it may have left", d.stanzas(), "chat emma→mum@example.org | hei du (rettet)")
	want(t, "nobody is told of what they replaced themselves", d.transmit(h))
	for _, e := range d.log() {
		if e.Verdict == "refuse" && e.Reason != "taken_back" {
			t.Errorf("in the log: %+v", e)
		}
	}
}

func TestANoticeOfAMailboxIsNobodys(t *testing.T) {
	d := open(t)
	for _, from := range []bridge.Phone{"+4793333333", "+4792222222", "5600"} {
		d.number++
		err := d.relay.TakeSMS(t.Context(), bridge.SMS{
			Modem: "main", PDU: fmt.Sprintf("%04X", d.number), At: d.now, From: from, Text: "Du har 1 ny beskjed", Notice: true,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(append(d.stanzas(), d.transmit(&hand{})...), "\n"); got != "" {
		t.Errorf("told: %s", got)
	}
	if log := d.log(); len(log) != 3 || log[0].Verdict != "refuse" || log[0].Address != "5600" || log[2].Child != "Emma" {
		t.Errorf("in the log: %+v", log)
	}
}
