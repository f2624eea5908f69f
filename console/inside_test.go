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
		chromedp.Click(`footer a[href="/signin"]`),
		chromedp.WaitVisible(`#password`),
		chromedp.SendKeys(`#name`, "mamma"),
		chromedp.SendKeys(`#password`, password+"\r"),
		chromedp.WaitVisible(`.attention`),
		chromedp.Text(`h1`, &name),
		chromedp.Click(`.menu a[href="/approvals"]`),
		chromedp.WaitVisible(`.question`),
		chromedp.SendKeys(`.question input[name="name"]`, "Kari"),
		chromedp.Click(`.question button[value="allow"]`),
		chromedp.WaitVisible(`main .say.good`),
		chromedp.Text(`main .say.good p`, &done),
		chromedp.Click(`#undo-now`, chromedp.ByQuery),
		chromedp.WaitVisible(`.question`),
		chromedp.Click(`.menu a[href="/hurry"]`),
		chromedp.WaitVisible(`.alarm`),
		chromedp.Click(`form[action="/hurry/mute"] button[value="hour"]`),
		chromedp.WaitVisible(`main .say.good`),
		chromedp.Text(`.rows`, &muted),
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
				chromedp.WaitVisible("h1"),
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
