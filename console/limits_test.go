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

// writes has Bestemor write to Emma, each text another one.
func (h *home) writes(times int) {
	h.t.Helper()
	for i := range times {
		h.later(time.Minute)
		h.arrives("+4792222222", fmt.Sprintf("hei nummer %d", i))
	}
}

func (h *home) limitsOf(name string) bridge.ChildLimits {
	h.t.Helper()
	s, err := h.relay.Spending(h.t.Context(), bridge.Keeper, h.person(name).ID)
	if err != nil {
		h.t.Fatal(err)
	}
	return s.Limits
}

func TestBudgetsAreSeenAndSet(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.writes(3)
	b := h.signedIn("Mamma")
	b.get("/limits")
	b.shows("Emma", "3 av 200 SMS", "Bestemor", "3 av 100 SMS", "Hele Knapp", "3 av 600 SMS", `<meter min="0" max="200" value="3"`)
	b.hides("Ola")
	emma := id(h.person("Emma"))
	// The child hears of each change in an SMS, which counts.
	b.post("/limits/child", "child", emma, "day", "25", "month", "300", "contact", "3", "reserve", "22")
	b.shows("Grensene er lagret.", "4 av 25 SMS", "resten er for foresatte", "brukt opp", "De siste 22 er satt av")
	if got := h.limitsOf("Emma"); got != (bridge.ChildLimits{Day: 25, Month: 300, Contact: 3, Reserve: 22}) {
		t.Errorf("the limits are %+v", got)
	}
	b.post("/limits/child", "child", emma, "no-day", "1", "no-month", "1", "no-contact", "1")
	b.shows("5 SMS, ingen grense", "3 SMS, ingen grense")
	if got := h.limitsOf("Emma"); got != (bridge.ChildLimits{Day: bridge.NoLimit, Month: bridge.NoLimit, Contact: bridge.NoLimit}) {
		t.Errorf("the limits are %+v", got)
	}
	b.post("/limits/child", "child", emma)
	b.shows("6 av 200 SMS")
	b.post("/limits/gateway", "day", "50", "month", "900", "reserve", "10")
	b.shows("Grensene er lagret.", "6 av 50 SMS")
}

func TestOddLimits(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	h.account("Onkel")
	h.account("Nabo")
	b := h.signedIn("Mamma")
	emma, before := id(h.person("Emma")), h.limitsOf("Emma")
	for _, c := range []struct {
		path   string
		fields []string
		shows  string
	}{
		{"/limits/child", []string{"child", emma, "day", "-5"}, "En grense er et tall"},
		{"/limits/child", []string{"child", emma, "day", "0"}, "En grense er et tall"},
		{"/limits/child", []string{"child", emma, "day", "1e9"}, "En grense er et tall"},
		{"/limits/child", []string{"child", emma, "day", "99999999999999999999999"}, "En grense er et tall"},
		{"/limits/child", []string{"child", emma, "month", "<b>\x00"}, "En grense er et tall"},
		{"/limits/child", []string{"child", emma, "day", "50", "month", "40"}, `value="50"`},
		{"/limits/child", []string{"child", emma, "day", "50", "reserve", "50"}, `role="alert"`},
		{"/limits/gateway", []string{"day", "x"}, "En grense er et tall"},
	} {
		b.get("/limits")
		if b.post(c.path, c.fields...); b.code != 422 {
			t.Errorf("%v: %d", c.fields, b.code)
		}
		b.shows(c.shows)
	}
	for _, try := range [][]string{
		{"/limits/child", "child", emma, "day", "1"}, {"/limits/release", "child", emma, "other", "0"}, {"/limits/gateway", "day", "1"},
	} {
		for _, name := range []string{"Onkel", "Nabo", "Pappa"} {
			if name == "Pappa" && try[0] != "/limits/gateway" {
				continue
			}
			other := h.signedIn(name)
			other.get("/me")
			if other.post(try[0], try[1:]...); other.code != 403 {
				t.Errorf("%s %v: %d", name, try, other.code)
			}
		}
	}
	for _, junk := range [][]string{{"/limits/child"}, {"/limits/child", "child", "x"}, {"/limits/release"}, {"/limits/release", "child", "-1"}, {"/limits/child", "child", emma, "day", strings.Repeat("1", 1<<20)}} {
		b.get("/limits")
		if b.post(junk[0], junk[1:]...); b.code < 400 || b.code >= 500 {
			t.Errorf("%.60v: %d", junk, b.code)
		}
	}
	if got := h.limitsOf("Emma"); got != before {
		t.Errorf("the limits were %+v and are %+v", before, got)
	}
	nabo := h.signedIn("Nabo")
	nabo.get("/limits")
	nabo.shows("Ola")
	nabo.hides("Emma", "Bestemor")
}

func TestWhatWasStoppedIsOpenedAgain(t *testing.T) {
	h := openHome(t)
	h.account("Pappa")
	for range 9 {
		h.later(time.Second)
		h.arrives("+4792222222", "ring meg")
	}
	b := h.signedIn("Pappa")
	b.get("/limits")
	b.shows("Meldingene mellom Emma og Bestemor er stanset", "Den samme meldingen kom om og om igjen.")
	b.post("/limits/release", "child", id(h.person("Emma")), "other", id(h.person("Bestemor")))
	b.hides("Meldingene mellom")
	d, err := h.store.Directory(t.Context())
	if err != nil || len(d.Rules.Stopped(h.person("Emma").ID)) != 0 {
		t.Errorf("it is still stopped (%v)", err)
	}
}

func TestTheLimitsInTheBrowser(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.writes(17)
	for range 9 {
		h.later(time.Second)
		h.arrives("+4792222222", "ring meg")
	}
	mum := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	if err := h.relay.SetLimits(t.Context(), mum, h.person("Emma").ID, bridge.ChildLimits{Day: 30, Month: 400, Contact: 28, Reserve: 4}); err != nil {
		t.Fatal(err)
	}
	tab, complaints := browser(t)
	var done string
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.EmulateViewport(390, 800),
		chromedp.Navigate(h.site.url+"/signin"),
		seen(`#password`),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.attention`),
		chromedp.Navigate(h.site.url+"/limits"),
		click(`#child-`+id(h.person("Emma"))+` summary`),
		seen(`form[action="/limits/child"]`),
		set(`form[action="/limits/child"] input[name="month"]`, "500"),
		click(`form[action="/limits/child"] button`),
		seen(`.say.good`),
		text(`.say.good`, &done),
	)
	if err != nil {
		t.Fatal(err)
	}
	if done != "Grensene er lagret." || h.limitsOf("Emma").Month != 500 {
		t.Errorf("%q, %+v", done, h.limitsOf("Emma"))
	}
	for _, look := range []look{{"nb", "light", 320}, {"en", "dark", 1200}} {
		looksAt(tab, t, complaints, h.site.url+"/limits", "limits", look, click(`#child-`+id(h.person("Emma"))+` summary`), seen(`form[action="/limits/child"]`))
	}
}
