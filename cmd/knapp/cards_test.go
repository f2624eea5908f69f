package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

var (
	childOfForm = regexp.MustCompile(`name="child" value="(\d+)"`)
	bestemorsID = regexp.MustCompile(`<option value="(\d+)"[^>]*>Bestemor`)
)

// A guardian sends entries of the phone book from the console of the built program; the child's phone gets them at the
// port for vCards, through a modem that speaks AT, and the page tells when it has.
func TestCardsReachTheChildsPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	link, _, _ := strings.Cut(w.mustKnapp("invite", "Mamma"), "\n")
	invitation, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	v := w.visitor("nb")
	v.get(invitation.RequestURI())
	v.post(invitation.RequestURI(), "password", "riktig hest batteri stift", "again", "riktig hest batteri stift")
	v.get("/keys")
	v.shows("Tastene til Emma", "Knapp SMS", "Bestemor RING")
	child, gran := childOfForm.FindStringSubmatch(v.page)[1], bestemorsID.FindStringSubmatch(v.page)[1]
	for n, want := range []tpdu.Card{{Name: "Knapp SMS", Number: gatewayNumber}, {Name: "Bestemor RING", Number: granNumber}} {
		card := []string{"0", gran}[n]
		v.get("/keys/send?child=" + child + "&card=" + card)
		v.shows("Det koster 1 SMS.")
		v.post("/keys/send", "child", child, "card", card, "parts", "1")
		v.shows("Kortene er på vei.")
		until(t, want.Name, func() bool { return len(w.emma.Data()) == n+1 }, func() string { v.get("/keys"); return v.page })
		data := w.emma.Data()[n]
		got, err := tpdu.ParseCard(data.Bytes)
		if err != nil || got != want || data.Port != tpdu.PortVCard || data.From != gatewayNumber || data.Parts != 1 {
			t.Errorf("the phone has %+v from %s at port %d in %d parts (%v)", got, data.From, data.Port, data.Parts, err)
		}
		until(t, "framme", func() bool {
			v.get("/keys")
			return strings.Count(v.page, "framme på telefonen") == n+1
		}, func() string { return v.page })
	}
	if texts := w.emma.Inbox(); len(texts) != 0 {
		t.Errorf("the phone shows %+v", texts)
	}
	if audit := w.mustKnapp("audit"); !strings.Contains(audit, "send_cards") {
		t.Errorf("not in the audit log: %s", audit)
	}
}
