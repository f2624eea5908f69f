package console

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// axe gives what axe-core finds wrong by WCAG 2.2 A and AA, with the element.
const axe = `axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r =>
  r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 200) + ' ' + n.failureSummary)))`

// A guardian signs in, answers, mutes and reads the log, in a real browser; and every page is readable for everybody, in
// both languages, narrow and wide, light and dark.
func TestBehindTheSignInInTheBrowser(t *testing.T) {
	script, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		t.Fatalf("%v: make deps-test brings it", err)
	}
	h := openHome(t)
	h.account("Mamma")
	h.arrives("+4795555555", "hei, det er Kari")
	h.arrives("+4793333333", "SOS")
	h.exchange("Emma", "Bestemor", policy.ByRule)
	mamma := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	if _, err := h.relay.PhoneIsGone(t.Context(), mamma, "Pappa"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.relay.CutOff(t.Context(), mamma, "Emma", "Onkel"); err != nil {
		t.Fatal(err)
	}
	tab, complaints := browser(t)

	var name, done, muted string
	err = run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.EmulateViewport(390, 800),
		chromedp.Navigate(h.site.url+"/"),
		click(`footer a[href="/signin"]`),
		seen(`#password`),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.attention`),
		text(`h1`, &name),
		click(`.menu a[href="/approvals"]`),
		seen(`.question`),
		write(`.question input[name="name"]`, "Kari"),
		click(`.question button[value="allow"]`),
		seen(`main .say.good`),
		text(`main .say.good p`, &done),
		click(`#undo-now`),
		seen(`.question`),
		click(`.menu a[href="/hurry"]`),
		seen(`.alarm`),
		click(`form[action="/hurry/mute"] button[value="hour"]`),
		seen(`main .say.good`),
		text(`.rows`, &muted),
	)
	if err != nil {
		t.Fatal(err)
	}
	if name != "Hei, Mamma" || done != "Tillatt." || muted == "" {
		t.Errorf("%q, %q, %q", name, done, muted)
	}

	for _, path := range []string{"/overview", "/approvals", "/hurry", "/log", "/guardians", "/me", "/me/second", "/confirm"} {
		for _, look := range []struct {
			lang, scheme string
			width        int64
		}{{"nb", "light", 320}, {"en", "dark", 1200}} {
			what := fmt.Sprintf("inside%s-%s-%s-%d", filepath.Base(path), look.lang, look.scheme, look.width)
			var faults, found []string
			var picture []byte
			var lang string
			err := run(tab,
				network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": look.lang}),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}),
				chromedp.EmulateViewport(look.width, 800),
				chromedp.Navigate(h.site.url+path),
				seen("h1"),
				chromedp.Evaluate(`document.documentElement.lang`, &lang),
				chromedp.Evaluate(inspect, &faults),
				chromedp.Evaluate(string(script)+";1", nil),
				chromedp.Evaluate(axe, &found, chromedp.EvalAsValue, awaited),
				chromedp.FullScreenshot(&picture, 100),
			)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			if lang != look.lang {
				t.Errorf("%s: the page is in %q", what, lang)
			}
			for _, fault := range append(faults, found...) {
				t.Errorf("%s: %s", what, fault)
			}
			for _, complaint := range complaints() {
				t.Errorf("%s: the browser complains: %s", what, complaint)
			}
			if err := os.WriteFile(filepath.Join(t.ArtifactDir(), what+".png"), picture, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func awaited(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
