package console

import (
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
)

// What owners set, in a real browser: a form that takes the password again goes through as it was typed, from a page that
// is answered in place too; and the pages are readable for everybody, in both languages, narrow and wide, light and dark.
func TestTheSettingsInTheBrowser(t *testing.T) {
	h := openSettings(t)
	tab, complaints := browser(t)
	do := func(what string, actions ...chromedp.Action) {
		t.Helper()
		if err := run(tab, actions...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	do("signing in", network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}), chromedp.EmulateViewport(390, 800),
		chromedp.Navigate(h.site.url+"/signin"), seen(`#password`),
		write(`#name`, "mamma"), write(`#password`, password+"\r"), seen(`.attention`))

	var does, at, name string
	do("a child is typed in", chromedp.Navigate(h.site.url+"/children/new"), seen(`#name`),
		write(`#name`, "Åse Marie"), write(`#phone`, "+4745454545"))
	h.later(confirmedFor + time.Minute)
	do("the password is asked for", click(`main form button`), seen(`#password`), text(`main .say`, &does),
		write(`#password`, password+"\r"), seen(`main .say.good`), chromedp.Location(&at), text(`main`, &name))
	if does == "" || h.person("Åse Marie").Phone != "+4745454545" {
		t.Errorf("it says %q, and leads to %s", does, at)
	}

	forms := `document.querySelectorAll("details").forEach(d => d.open = true)`
	confirming := func() {
		h.later(confirmedFor + time.Minute)
		do("the code word is asked for", chromedp.Navigate(h.site.url+"/codeword"), click(`form[action="/codeword/show"] button`), seen(`#password`))
	}
	confirmed := func() {
		do("and shown", write(`#password`, password+"\r"), seen(`.secret`))
	}
	fetching := func() {
		h.later(confirmedFor + time.Minute)
		do("a copy is asked for", chromedp.Navigate(h.site.url+"/gateway"), click(`form[action="/gateway/copy"] button`), seen(`#password`),
			write(`#password`, password+"\r"), seen(`form[action="/confirm/fetch"]`))
	}
	all := []look{{"nb", "light", 320}, {"en", "dark", 1200}, {"en", "light", 1200}, {"nb", "dark", 390}}
	for i, page := range []struct {
		name, path string
		before     func()
	}{
		{"guardians", "/guardians", nil},
		{"codeword", "/codeword", nil},
		{"limits", "/limits", nil},
		{"line", "/contacts/" + id(h.person("Bestemor")) + "/" + id(h.person("Emma")), nil},
		{"gateway", "/gateway", nil},
		{"me", "/me", nil},
		{"approvals", "/approvals", nil},
		{"child", "/children/" + id(h.person("Emma")), nil},
		{"confirm", "", confirming},
		{"shown", "", confirmed},
		{"fetch", "", fetching},
	} {
		looks := all[2*(i%2) : 2*(i%2)+2]
		if os.Getenv("KNAPP_SCREENSHOTS") != "" {
			looks = all
		}
		if page.before != nil {
			do("in Norwegian", network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": looks[0].lang}))
			page.before()
			looks = []look{looks[0], {looks[0].lang, "dark", 1200}}
		}
		for _, look := range looks {
			address := ""
			if page.path != "" {
				address = h.site.url + page.path
			}
			looksAt(tab, t, complaints, address, "settings-"+page.name, look, chromedp.Evaluate(forms, nil))
		}
	}
}

// openSettings is a family with all that owners set: two modems, one of them old and its SIM about to end, a code word, a
// number of a contact's own, and roles that wait.
func openSettings(t *testing.T) *home {
	t.Helper()
	d := newDevice()
	h := openHomeWith(t, func(o *Options) {
		relay, err := bridge.New(bridge.Options{
			Store: o.Store, Texts: plainTexts{}, Log: slog.New(slog.DiscardHandler), Now: o.Now, Modems: []string{"main", "second"}, Language: "nb",
			Location: time.UTC, Country: "NO", Addresses: plainAddresses{}, Numbers: map[string]bridge.Phone{"second": "+4799990001"},
		})
		if err != nil {
			t.Fatal(err)
		}
		o.Office, o.Machine = relay, d.machine()
	})
	d.change(func(m *MachineView) {
		old := m.Modems[0]
		old.Name, old.Number, old.Maker, old.Model, old.Profile = "second", "+4799990001", "SIMCom", "SIM800", "simcom-2g"
		old.Warning = "it knows 2G only, and 2G goes: take an LTE modem"
		old.SIM, old.Note = "problem", "the SIM asks for its PIN and none is configured: set pin_file, or turn the PIN off"
		m.Modems = append(m.Modems, old)
	})
	h.account("Mamma")
	h.account("Pappa")
	relay, mamma := h.s.options.Office, bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	day := func(n int) string { return h.clock().AddDate(0, 0, n).Format(time.DateOnly) }
	for _, err := range []error{
		relay.SetCodeWord(t.Context(), mamma, "tyttebær"), relay.SetOwnNumber(t.Context(), mamma, "Emma", "Bestemor", "second"),
		relay.SetTopUp(t.Context(), mamma, "main", day(120)), relay.SetTopUp(t.Context(), mamma, "second", day(2)),
		relay.SetStorm(t.Context(), mamma, 40),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if _, err := relay.SetRole(t.Context(), mamma, "Pappa", bridge.RoleViewer); err != nil {
		t.Fatal(err)
	}
	return h
}
