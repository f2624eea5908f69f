package console

import (
	"log/slog"
	"net/url"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// cardTexts can make cards as well; one SMS each, and two for a long name.
type cardTexts struct{ plainTexts }

func (cardTexts) SegmentCard(_ bridge.Phone, c bridge.Card, _ int, _ time.Duration) ([][]byte, error) {
	segments := [][]byte{[]byte(c.Name)}
	for range (cardTexts{}).CardParts(c) - 1 {
		segments = append(segments, []byte(c.Number))
	}
	return segments, nil
}

func (cardTexts) CardParts(c bridge.Card) int { return 1 + len(c.Name)/20 }

// sendsCards makes the office one that knows its number and can send cards.
func (h *home) sendsCards() {
	h.t.Helper()
	var err error
	h.relay, err = bridge.New(bridge.Options{
		Store: h.store, Texts: cardTexts{}, Log: slog.New(slog.DiscardHandler), Now: h.clock, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
		Numbers: map[string]bridge.Phone{"main": "+4799990000"}, Country: "NO", Addresses: plainAddresses{},
		CheckFamily: func(f bridge.Family) (bridge.Family, error) { return f, nil },
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.s.options.Office = h.relay
}

// becomes gives the newest card of a name its end.
func (h *home) becomes(state bridge.LegState) {
	h.t.Helper()
	seg, ok, _, err := h.store.NextSegment(h.t.Context(), "main", h.clock())
	if err != nil || !ok {
		h.t.Fatal(ok, err)
	}
	err = h.store.Do(h.t.Context(), func(tx bridge.Tx) error {
		if state == bridge.Failed || state == bridge.Unknown {
			_, err := tx.FinishSMS(seg.Leg, state, "", h.clock())
			return err
		}
		if err := tx.MarkSending(seg.Leg, seg.N, h.clock()); err != nil {
			return err
		}
		if _, err := tx.MarkSent(seg.Leg, seg.N, int(seg.Leg), h.clock()); err != nil || state == bridge.Sent {
			return err
		}
		_, err := tx.TakeReport(bridge.Report{Modem: "main", PDU: "R", To: seg.To, Ref: byte(seg.Leg), SCTS: h.clock(), At: h.clock(), Fate: bridge.Arrived})
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func TestCardsAreSentFromThePage(t *testing.T) {
	h := openHome(t)
	h.sendsCards()
	h.account("Pappa")
	b := h.signedIn("Pappa")
	emma, mamma, bestemor := id(h.person("Emma")), id(h.person("Mamma")), id(h.person("Bestemor"))
	b.get("/keys")
	b.shows("Knapp SMS", "+47 999 90 000", "Mamma RING", "+47 911 11 111", "Bestemor RING", "ikke sendt", "1 SMS", "Ikke alle telefoner tar imot")
	b.hides("Pappa RING") // he has no phone

	b.get("/keys/send?child=" + emma + "&card=0&card=" + mamma + "&card=" + bestemor)
	b.shows("Send kort til telefonen til Emma?", "Det koster 3 SMS.", "Send 3 SMS")
	waiting := func() int {
		t.Helper()
		sms, _, err := h.store.Waiting(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return sms
	}
	if n := waiting(); n != 0 {
		t.Fatalf("%d SMS are on their way already", n)
	}
	form := formField.FindStringSubmatch(b.page)[1]
	send := func(parts string, cards ...string) {
		t.Helper()
		res, err := b.client.PostForm(h.site.url+"/keys/send", url.Values{"form": {form}, "child": {emma}, "parts": {parts}, "card": cards})
		b.take(res, err)
	}
	send("2", "0", mamma, bestemor)
	b.shows("Det koster 3 SMS nå, og ikke 2.")
	if n := waiting(); n != 0 {
		t.Errorf("%d SMS are on their way at a price that nobody saw", n)
	}
	send("3", "0", mamma, bestemor)
	if b.path != "/keys" || b.code != 200 || waiting() != 3 {
		t.Errorf("%d at %s, %d SMS on their way", b.code, b.path, waiting())
	}
	b.shows("Kortene er på vei.", "venter på mobilnettet")
	send("3", "0", mamma, bestemor)
	b.shows("Knapp SMS er på vei allerede.")
	h.becomes(bridge.Delivered)
	h.becomes(bridge.Sent)
	h.becomes(bridge.Failed)
	b.get("/keys")
	b.shows("framme på telefonen, kl. 12.00", "ikke bekreftet", "kom ikke fram")
	// What has failed is offered again; what has arrived is not.
	if !strings.Contains(b.page, `id="card-`+mamma+`" name="card" value="`+mamma+`" checked`) || strings.Contains(b.page, `value="0" checked`) {
		t.Error("what is ticked is not what is missing")
	}
	send("1", mamma)
	h.becomes(bridge.Unknown)
	b.get("/keys")
	b.shows("kanskje sendt")
	if err := h.relay.ChangeNumber(t.Context(), bridge.Keeper, "Bestemor", "+4792222223", false); err != nil {
		t.Fatal(err)
	}
	b.get("/keys")
	b.shows("er endret siden kortet ble sendt", "+47 922 22 223")
}

func TestCardForms(t *testing.T) {
	h := openHome(t)
	h.sendsCards()
	h.account("Mamma")
	b := h.signedIn("Mamma")
	emma := id(h.person("Emma"))
	b.get("/keys/send?child=" + emma)
	b.shows("Ingen kort var valgt", "Tastene til Emma")
	for path, code := range map[string]int{
		"/keys/send?child=" + emma + "&card=x":                                        400,
		"/keys/send?child=" + emma + "&card=-1":                                       400,
		"/keys/send?child=" + emma + strings.Repeat("&card=0", mostCards+1):           400,
		"/keys/send?child=" + emma + "&card=" + id(h.person("Pappa")):                 200, // without a phone: nothing is chosen
		"/keys/send?child=" + emma + "&card=9999&card=0":                              200,
		"/keys/send?child=" + emma + "&card=0&card=0&card=" + strings.Repeat("9", 30): 400,
	} {
		if b.get(path); b.code != code {
			t.Errorf("%.80s: %d, want %d", path, b.code, code)
		}
	}
	for _, try := range [][]string{
		{"/keys/send", "child", emma, "card", "0"},
		{"/keys/send", "child", emma, "card", "0", "parts", "x"},
		{"/keys/send", "card", "0", "parts", "1"},
		{"/keys/send", "child", emma, "card", "x", "parts", "1"},
	} {
		b.get("/keys")
		if b.post(try[0], try[1:]...); b.code != 400 {
			t.Errorf("%v: %d", try, b.code)
		}
	}
	b.get("/keys")
	b.post("/keys/send", "child", emma, "card", id(h.person("Pappa")), "parts", "1")
	b.shows("Pappa har ikke noe telefonnummer")
	if err := h.relay.LostPhone(t.Context(), bridge.Keeper, h.person("Emma").ID); err != nil {
		t.Fatal(err)
	}
	b.get("/keys")
	b.post("/keys/send", "child", emma, "card", "0", "parts", "1")
	b.shows("meldt mistet. Ingenting sendes dit.")
}

// Where no card can be made, nothing is offered that does nothing.
func TestWithoutCardsThePageOffersNone(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	b.get("/keys")
	b.hides("Telefonboka", "/keys/send")
	b.get("/keys/card")
	b.shows("nummeret mangler")
	b.hides("<svg class=\"code\"")
}
