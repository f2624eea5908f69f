package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
)

// Somebody unpacks the box, begins the family in a real browser and walks through the list; the pages are readable for
// everybody, in both languages, narrow and wide, light and dark.
func TestTheFirstStartInTheBrowser(t *testing.T) {
	d := newDevice()
	h := openHomeWith(t, func(o *Options) { o.Machine = d.machine() })
	if _, _, err := h.relay.ApplyFamily(t.Context(), bridge.Family{}); err != nil {
		t.Fatal(err)
	}
	code, _, err := h.s.FirstCode(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tab, complaints := browser(t)
	sights, turn := [][]look{{{"nb", "light", 320}, {"en", "dark", 1200}}, {{"en", "light", 1280}, {"nb", "dark", 390}}}, 0
	look := func(name, path string) {
		t.Helper()
		turn++
		for _, look := range sights[turn%2] {
			looksAt(tab, t, complaints, h.site.url+path, name, look)
		}
		if err := run(tab, network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}), chromedp.EmulateViewport(390, 800)); err != nil {
			t.Fatal(err)
		}
	}
	do := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := run(tab, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	look("start", "/start")
	var heading, refused, done, state string
	do("the code, and a number that is none",
		chromedp.Navigate(h.site.url+"/start"),
		write(`#code`, code+"\r"),
		seen(`#jid`),
		write(`#name`, "Mamma"),
		write(`#phone`, "911"),
		write(`#jid`, "mum@example.org"),
		write(`#password`, password),
		write(`#again`, password+"\r"),
		seen(`.say.bad`),
		text(`.say.bad`, &refused),
		set(`#phone`, "+4791111111"),
		write(`#password`, password),
		write(`#again`, password+"\r"),
		seen(`.steps`),
		text(`h1`, &heading),
	)
	complaints() // that a form was refused
	if refused != "911 er ikke et telefonnummer." || heading != "Kom i gang" {
		t.Errorf("%q, %q", refused, heading)
	}
	do("a test to the own mobile",
		chromedp.Navigate(h.site.url+"/first"),
		click(`#text button`),
		seen(`.say.good`),
		text(`#text .soft`, &state),
	)
	if state != "Prøven fra kl. 12.00 venter på modemet." {
		t.Errorf("%q", state)
	}
	h.arriveAt("+4791111111")
	family := people()
	family.Guardians, family.Children[0].Guardians, family.Children = family.Guardians[:1], []string{"Mamma"}, family.Children[:1]
	if _, _, err := h.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	look("agreement", "/agreement")
	do("the child sits there",
		chromedp.Navigate(h.site.url+"/first"),
		click(`#agree a`),
		seen(`.tick input`),
		click(`.tick input`),
		click(`.card form button`),
		seen(`.say.good`),
		text(`.card .say`, &done),
	)
	if done != "Dere ble enige kl. 12.00, sier Mamma." {
		t.Errorf("%q", done)
	}
	d.change(func(m *MachineView) { m.Listen, m.Beyond = "0.0.0.0:8080", true })
	look("first-open", "/first")
	d.change(func(m *MachineView) { m.PublicURL, m.TLS = "https://knapp.local:8443", true })
	do("the chat", chromedp.Navigate(h.site.url+"/first"), click(`#chat button`), seen(`.say.good`))
	h.stanzasArrive()
	do("all is done", chromedp.Navigate(h.site.url+"/first"), text(`.lead`, &done))
	if !strings.HasPrefix(done, "Alt er på plass.") {
		t.Errorf("%q", done)
	}
	look("gateway", "/gateway")
	d.change(func(m *MachineView) {
		m.Paused, m.PausedCopy, m.Chat, m.ChatFault = true, noon.Add(-50*time.Hour), false, "dial tcp 127.0.0.1:5347: connection refused"
		m.Modems[0].Ready, m.Modems[0].Fault, m.Modems[0].Rung, m.Modems[0].RungAt = false, "no answer to AT on any port of 1-1.3", "radio", noon.Add(-time.Minute)
		m.Modems[0].DeafSince, m.Modems[0].SIM = noon.Add(-20*time.Minute), "foreign"
	})
	look("gateway-broken", "/gateway")
	do("it is examined", chromedp.Navigate(h.site.url+"/gateway"), click(`#examine button`), seen(`#examine h3`))
}

// arriveAt has everything that waits for a phone sent, and reported as delivered.
func (h *home) arriveAt(phone bridge.Phone) {
	h.t.Helper()
	for n := byte(1); ; n++ {
		seg, ok, _, err := h.store.NextSegment(h.t.Context(), "main", h.clock())
		if err != nil {
			h.t.Fatal(err)
		}
		if !ok {
			return
		}
		err = h.store.Do(h.t.Context(), func(tx bridge.Tx) error { return tx.MarkSending(seg.Leg, seg.N, h.clock()) })
		if err == nil {
			err = h.store.Do(h.t.Context(), func(tx bridge.Tx) error {
				_, err := tx.MarkSent(seg.Leg, seg.N, int(n), h.clock())
				return err
			})
		}
		if err == nil && seg.To == phone {
			err = h.relay.TakeReport(h.t.Context(), bridge.Report{
				Modem: "main", PDU: fmt.Sprint("report ", n), To: phone, Ref: n, SCTS: h.clock(), At: h.clock(), Fate: bridge.Arrived,
			})
		}
		if err != nil {
			h.t.Fatal(err)
		}
	}
}

// stanzasArrive has everything that waits for the chat server taken by it.
func (h *home) stanzasArrive() {
	h.t.Helper()
	queued, _, err := h.store.QueuedStanzas(h.t.Context(), h.clock(), 100)
	if err != nil {
		h.t.Fatal(err)
	}
	var legs []bridge.LegID
	for _, q := range queued {
		legs = append(legs, q.Leg)
	}
	if err := h.store.Do(h.t.Context(), func(tx bridge.Tx) error { return tx.StanzasSent(legs, h.clock()) }); err != nil {
		h.t.Fatal(err)
	}
}
