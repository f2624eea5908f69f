package console

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// A guardian makes a passkey, signs in with it, confirms by it, and removes it, in a real browser whose phone is made of
// software. Without the finger nothing happens.
func TestPasskeyInTheBrowser(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	tab, _ := browser(t)
	home := strings.Replace(h.site.url, "127.0.0.1", "localhost", 1)
	var phone webauthn.AuthenticatorID
	finger := func(right bool) chromedp.Action { // read when it runs: phone is known only then
		return chromedp.ActionFunc(func(ctx context.Context) error { return webauthn.SetUserVerified(phone, right).Do(ctx) })
	}
	signIn := func(name string) chromedp.Tasks {
		return chromedp.Tasks{
			chromedp.Navigate(home + "/signin"),
			write(`#name`, name),
			write(`#password`, password+"\r"),
			seen(`.attention`),
		}
	}
	var said, failed, where string
	const submitOut = `document.querySelector('form[action="/signout"]').submit()`
	err := run(
		tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		webauthn.Enable(),
		chromedp.ActionFunc(func(ctx context.Context) (err error) {
			phone, err = webauthn.AddVirtualAuthenticator(&webauthn.VirtualAuthenticatorOptions{
				Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal,
				HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
			}).Do(ctx)
			return err
		}),
		signIn("mamma"),
		chromedp.Navigate(home+"/me"),
		finger(false),
		click(`form[action="/me/passkey"] button`),
		seen(`form[action="/me/passkey"] .failed`),
		text(`form[action="/me/passkey"] .failed`, &failed),
		finger(true),
		click(`form[action="/me/passkey"] button`),
		seen(`.say.good`),
		text(`.say.good`, &said),
		chromedp.Evaluate(submitOut, nil),
		seen(`footer a[href="/signin"]`),
		chromedp.Navigate(home+"/signin"),
		click(`form[data-passkey] button`),
		seen(`.attention`),
		chromedp.Location(&where),
	)
	if err != nil {
		t.Fatal(err)
	}
	if said != "Passnøkkelen er klar." || !strings.Contains(failed, "Det ble ikke noe av") || !strings.HasSuffix(where, "/overview") {
		t.Errorf("%q, %q, %q", said, failed, where)
	}
	keys, err := h.store.Passkeys(t.Context(), h.person("Mamma").ID)
	if err != nil || len(keys) != 1 || keys[0].Used.IsZero() {
		t.Fatalf("%+v, %v", keys, err)
	}

	// What takes the password again takes the passkey as well; it is asked for an hour later.
	h.later(time.Hour)
	var again string
	err = run(tab,
		chromedp.Navigate(home+"/me/second"),
		seen(`form[data-passkey] button`),
		click(`form[data-passkey] button`),
		seen(`.say.good`),
		text(`.say.good`, &again),
		chromedp.Evaluate(submitOut, nil),
		seen(`footer a[href="/signin"]`),
		// Somebody else's passkey confirms nothing.
		signIn("pappa"),
	)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(again, "Takk") {
		t.Errorf("after the confirmation it says %q", again)
	}
	h.later(time.Hour)
	var wrong string
	err = run(tab,
		chromedp.Navigate(home+"/me"),
		seen(`form[action="/me/passkey"]`), // he has none and could make one
		chromedp.Navigate(home+"/confirm?to=/me"),
		seen(`#password`),
		chromedp.Evaluate(`String(document.querySelector('form[data-passkey]'))`, &wrong),
	)
	if err != nil || wrong != "null" {
		t.Errorf("%v: whoever has no passkey is asked for one: %s", err, wrong)
	}

	// A passkey that was removed signs nobody in.
	for _, k := range keys {
		b := h.signedIn("Mamma")
		b.get("/me")
		b.shows("sist brukt")
		const hexDigits = "0123456789abcdef"
		var name strings.Builder
		for _, octet := range k.ID {
			name.WriteByte(hexDigits[octet>>4])
			name.WriteByte(hexDigits[octet&15])
		}
		b.post("/me/passkey/off", "id", name.String())
		b.shows("fjernet her")
	}
	err = run(tab,
		chromedp.Evaluate(submitOut, nil),
		seen(`footer a[href="/signin"]`),
		chromedp.Navigate(home+"/signin"),
		click(`form[data-passkey] button`),
		seen(`.say.bad:not(.failed)`),
		text(`.say.bad:not(.failed)`, &wrong),
	)
	if err != nil || !strings.Contains(wrong, "ikke godtatt") {
		t.Errorf("a removed passkey: %q (%v)", wrong, err)
	}
}

// What is not the answer to what this browser was asked, a moment ago and once, is refused in words.
func TestForgedPasskeys(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.surfer()
	state := func(page string) string {
		_, after, _ := strings.Cut(page, `name="state" value="`)
		s, _, _ := strings.Cut(after, `"`)
		return s
	}
	local := strings.Replace(h.site.url, "127.0.0.1", "localhost", 1)
	visit := func() {
		res, err := b.client.Get(local + "/signin")
		b.take(res, err)
	}
	visit()
	given := state(b.page)
	if given == "" {
		t.Fatal("no passkey is asked for on localhost")
	}
	const fresh = "fresh"
	for name, try := range map[string][2]string{
		"nothing":     {"", ""},
		"no answer":   {fresh, ""},
		"no JSON":     {fresh, "{"},
		"empty":       {fresh, "{}"},
		"other state": {"eyJjaGFsbGVuZ2UiOiJhIn0.AAAA", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`},
		"much":        {fresh, strings.Repeat("[", 1000)},
		"half answer": {fresh, `{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}`},
	} {
		visit()
		if try[0] == fresh {
			try[0] = state(b.page)
		}
		fields := url.Values{"form": {formField.FindStringSubmatch(b.page)[1]}, "state": {try[0]}, "credential": {try[1]}}
		res, err := b.client.PostForm(local+"/signin/passkey", fields)
		b.take(res, err)
		if b.code != 403 || !strings.Contains(b.page, "ikke godtatt") {
			t.Errorf("%s: %d", name, b.code)
		}
	}
	// On an address that is a number there are none, and the page says why.
	m := h.signedIn("Mamma")
	m.get("/me")
	m.shows("den er et tall og ikke et navn")
	m.hides("data-passkey")
}

// A challenge is answered once, and not for ever.
func TestChallengesServeOnce(t *testing.T) {
	var c challenges
	if !c.use("a", noon.Add(time.Minute), noon) || c.use("a", noon.Add(time.Minute), noon) {
		t.Error("a challenge is answered twice, or never")
	}
	if c.use("b", noon, noon) {
		t.Error("one that has ended is answered")
	}
	if !c.use("c", noon.Add(2*time.Minute), noon.Add(time.Minute)) || len(c.used) != 1 {
		t.Errorf("%d are remembered", len(c.used))
	}
}
