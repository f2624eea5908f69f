package console

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// month writes a month of Emma's exchange with her grandmother: n messages on the nth day back, of which the third is
// refused.
func (h *home) month() {
	h.t.Helper()
	emma, bestemor := h.person("Emma").ID, h.person("Bestemor").ID
	err := h.store.Do(h.t.Context(), func(tx bridge.Tx) error {
		for back := 29; back >= 0; back-- {
			for n := range back % 7 {
				m := bridge.Message{
					At: h.clock().AddDate(0, 0, -back).Add(-time.Hour), Child: emma, Other: bestemor, Length: 5, Parts: 1,
					Direction: policy.FromChild, Verdict: policy.Verdict{Action: policy.Deliver, Reason: policy.ByRule},
				}
				switch n {
				case 1:
					m.Direction = policy.ToChild
				case 2:
					m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.Blocked}
				}
				if _, err := tx.AddMessage(m); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// What a chart shows stands beside it as figures, and both are only what the viewer may see.
func TestFiguresDayByDay(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Nabo")
	b := h.signedIn("Mamma")
	b.get("/log")
	b.hides("Dag for dag")
	if b.get("/log/chart/light"); b.code != 404 {
		t.Errorf("a chart of nothing: %d", b.code)
	}
	h.month()
	b.get("/log")
	b.shows("Dag for dag", "49 fra barnet, 20 til barnet, 16 som ikke gikk rett fram")
	if n := strings.Count(b.page, "<time datetime=\"20"); n < 30 {
		t.Errorf("the table has %d days", n)
	}
	b.get("/log?days=7")
	b.shows("12 fra barnet, 5 til barnet, 4 som")
	b.get("/log?way=from&person=bestemor")
	b.shows("49 fra barnet, 0 til barnet")
	looks := map[string]string{}
	for _, look := range []string{"light", "dark", "narrow", "dark-narrow", "nonsense"} {
		b.get("/log/chart/" + look)
		looks[look] = b.page
		if b.code != 200 || !strings.HasPrefix(b.page, "<svg") || !strings.Contains(b.page, "Ikke rett fram") {
			t.Fatalf("%s: %d %.80s", look, b.code, b.page)
		}
		for in := xml.NewDecoder(strings.NewReader(b.page)); ; {
			if _, err := in.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s is not well-formed: %v", look, err)
			}
		}
	}
	if looks["light"] == looks["dark"] || looks["light"] == looks["narrow"] || looks["nonsense"] != looks["light"] {
		t.Error("the looks are not what they say")
	}
	nabo := h.signedIn("Nabo")
	nabo.get("/log")
	nabo.hides("Dag for dag")
	if nabo.get("/log/chart/light"); nabo.code != 404 {
		t.Errorf("another child's guardian gets a chart: %d", nabo.code)
	}
}

// The chart is seen, in light and dark, narrow and wide, and the browser has nothing against its style.
func TestChartInTheBrowser(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.month()
	tab, complaints := browser(t)
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.Navigate(h.site.url+"/signin"),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.attention`),
	)
	if err != nil {
		t.Fatal(err)
	}
	for name, look := range map[string]struct {
		scheme string
		width  int64
		chart  string
	}{
		"light": {"light", 1200, "/log/chart/light"}, "dark": {"dark", 1200, "/log/chart/dark"},
		"narrow": {"light", 390, "/log/chart/narrow"}, "dark-narrow": {"dark", 390, "/log/chart/dark-narrow"},
	} {
		var source string
		var width int
		err := run(tab,
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}),
			chromedp.EmulateViewport(look.width, 800),
			chromedp.Navigate(h.site.url+"/log"),
			until(`document.querySelector('.figures img').complete`),
			chromedp.Evaluate(`new URL(document.querySelector('.figures img').currentSrc).pathname`, &source),
			chromedp.Evaluate(`document.querySelector('.figures img').naturalWidth`, &width),
			click(`.figures summary`),
		)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if source != look.chart || width == 0 {
			t.Errorf("%s: it shows %s, %d px wide", name, source, width)
		}
		photo(tab, t, "figures-"+name)
	}
	for _, complaint := range complaints() {
		t.Errorf("the browser complains: %s", complaint)
	}
}
