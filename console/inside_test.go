package console

import (
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A guardian signs in, answers, mutes and reads the log, in a real browser; and every page is readable for everybody, in
// both languages, narrow and wide, light and dark.
func TestBehindTheSignInInTheBrowser(t *testing.T) {
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
	err := run(tab,
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
		for _, look := range []look{{"nb", "light", 320}, {"en", "dark", 1200}} {
			looksAt(tab, t, complaints, h.site.url+path, "inside"+filepath.Base(path), look)
		}
	}
}
