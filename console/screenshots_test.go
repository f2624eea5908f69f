package console

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// neighbours are a family as one may live next door.
func neighbours() bridge.Family {
	f := bridge.Family{
		Guardians: []bridge.Guardian{
			{Name: "Mamma", JID: "ingrid@example.org", Phone: "+4791112131", Role: bridge.RoleOwner},
			{Name: "Pappa", JID: "anders@example.org", Phone: "+4791112132", Role: bridge.RoleOwner},
			{Name: "Tante Sunniva", JID: "sunniva@example.org", Phone: "+4791112133", Role: bridge.RoleHelper},
		},
		Contacts: []bridge.Contact{
			{Name: "Bestemor Solveig", Phone: "+4792221101"},
			{Name: "Bestefar Torbjørn", Phone: "+4792221102"},
			{Name: "Farmor", JID: "aashild@example.org"},
			{Name: "Onkel Håkon", JID: "haakon@example.org"},
			{Name: "Fotballtrener Marius", Phone: "+4792221103"},
			{Name: "Korpset", Phone: "+4792221104"},
			{Name: "SFO Bjørkelia", Phone: "+4792221105"},
			{Name: "Jonas i 4B", Phone: "+4792221106"},
			{Name: "Amina", Phone: "+4792221107"},
			{Name: "Mammaen til Jonas", JID: "kristin@example.org"},
			{Name: "Naboen, fru Berg", Phone: "+4792221108"},
		},
		Timetables: []bridge.Timetable{{Name: "Trening", Windows: []bridge.Hours{{Days: "mon,wed", From: "16:00", To: "18:30"}}}},
		FreeDays:   []bridge.FreeDays{{Name: "Påskeferie", First: "2026-03-30", Last: "2026-04-06"}},
	}
	both := func(name string, key int, when string) bridge.Allow {
		return bridge.Allow{Contact: name, Key: key, ToChild: true, FromChild: true, When: when}
	}
	week := func(school, bed string) []bridge.WeekHours {
		return []bridge.WeekHours{
			{Mode: policy.School, Days: "mon-thu", From: "08:15", To: school},
			{Mode: policy.School, Days: "fri", From: "08:15", To: "13:00"},
			{Mode: policy.Sleep, Days: "mon-thu,sun", From: bed, To: "07:00"},
			{Mode: policy.Sleep, Days: "fri,sat", From: "21:30", To: "08:30"},
		}
	}
	to := both("Korpset", 0, "home")
	to.FromChild = false
	f.Children = []bridge.Child{
		{
			Name: "Emma", Localpart: "emma", Phone: "+4793330001", Default: "Mamma", Week: week("14:00", "20:30"),
			Allow: []bridge.Allow{
				both("Mamma", 2, ""), both("Pappa", 3, ""), both("Bestemor Solveig", 4, "home, holidays"), both("Bestefar Torbjørn", 5, "home, holidays"),
				both("Jonas i 4B", 6, "home"), both("Amina", 7, "home"), both("Fotballtrener Marius", 8, "home, Trening"), to,
				both("Farmor", 0, "home, holidays"), both("Tante Sunniva", 9, ""), both("Sverre", 0, ""),
			},
		},
		{
			Name: "Sverre", Localpart: "sverre", Phone: "+4793330002", Default: "Pappa", Week: week("14:45", "21:00"),
			Allow: []bridge.Allow{
				both("Mamma", 2, ""), both("Pappa", 3, ""), both("Bestemor Solveig", 4, ""), both("Onkel Håkon", 5, "home"), both("Korpset", 6, "home"),
				both("Mammaen til Jonas", 0, ""), both("Emma", 0, ""), both("Naboen, fru Berg", 9, ""), both("Farmor", 0, "home, holidays"),
			},
		},
		{
			Name: "Åse Marie", Localpart: "aase.marie", Phone: "+4793330003", Default: "Mamma", Week: week("13:30", "19:30"),
			Allow: []bridge.Allow{
				both("Mamma", 2, ""), both("Pappa", 3, ""), both("Bestemor Solveig", 4, ""), both("SFO Bjørkelia", 5, "school, home"), both("Emma", 0, ""),
				both("Naboen, fru Berg", 9, ""),
			},
		},
	}
	f.Children[0].Allow[2].Emergency = true
	return f
}

// lively is that family on a Tuesday afternoon, after a month with Knapp.
func lively(t *testing.T) *home {
	t.Helper()
	h := openHomeWith(t, func(o *Options) { o.Machine = newDevice().machine() })
	family, err := neighbours().Check(homely{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	h.sendsCards()
	h.relay.Connected(true)
	h.later(3*time.Hour + 20*time.Minute)
	h.account("Mamma")
	h.past()
	for _, line := range [][2]string{
		{"+4793330001", "4 Kan jeg komme til deg i dag?"},
		{"+4792221101", "Ja, kom du. Det blir vafler!"},
		{"+4793330002", "Treningen er avlyst"},
		{"+4793330003", "Jeg er hos fru Berg"},
		{"+4792221106", "Blir du med ut?"},
	} {
		h.later(4 * time.Minute)
		h.arrives(line[0], line[1])
		h.arriveAt(bridge.Phone("+4793330001"))
		h.stanzasArrive()
	}
	h.arrives("+4792998877", "Hei, dette er faren til Amina")
	h.later(7 * time.Minute)
	pappa := bridge.Actor{Person: h.person("Pappa").ID, Via: bridge.ViaConsole}
	if err := h.relay.Mute(t.Context(), pappa, h.person("Sverre").ID, h.person("Onkel Håkon").ID, h.clock().Add(80*time.Minute)); err != nil {
		t.Fatal(err)
	}
	return h
}

// past writes what was exchanged in the days before: little on school days, more at the weekend, always the same.
func (h *home) past() {
	h.t.Helper()
	dice := rand.New(rand.NewPCG(7, 11))
	others := map[string][]string{
		"Emma": {"Bestemor Solveig", "Jonas i 4B", "Amina", "Mamma"}, "Sverre": {"Onkel Håkon", "Mamma", "Korpset"}, "Åse Marie": {"Bestemor Solveig", "Mamma"},
	}
	err := h.store.Do(h.t.Context(), func(tx bridge.Tx) error {
		for back := 29; back >= 1; back-- {
			for _, child := range []string{"Emma", "Sverre", "Åse Marie"} {
				n := 1 + dice.IntN(4)
				if day := h.clock().AddDate(0, 0, -back).Weekday(); day == time.Saturday || day == time.Sunday {
					n += 3
				}
				for i := range n {
					m := bridge.Message{
						At: h.clock().AddDate(0, 0, -back).Add(time.Duration(i*11-60) * time.Minute), Child: h.person(child).ID,
						Other: h.person(others[child][dice.IntN(len(others[child]))]).ID, Length: 8 + dice.IntN(90), Parts: 1, Direction: policy.FromChild,
						Verdict: policy.Verdict{Action: policy.Deliver, Reason: policy.ByRule},
					}
					if dice.IntN(2) == 0 {
						m.Direction = policy.ToChild
					}
					if dice.IntN(14) == 0 {
						m.Verdict = policy.Verdict{Action: policy.Refuse, Reason: policy.Blocked}
					}
					if _, err := tx.AddMessage(m); err != nil {
						return err
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// The main pages of a family's everyday life fit a phone and a wide window. With KNAPP_SCREENSHOTS=FOLDER each is also
// written there, in both languages, narrow and light, wide and dark; README's are console-contacts.png and console-timetable.png.
func TestScreenshots(t *testing.T) {
	folder := os.Getenv("KNAPP_SCREENSHOTS")
	h := lively(t)
	tab, complaints := browser(t)
	var welcome string
	err := run(tab,
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "nb"}),
		chromedp.Navigate(h.site.url+"/signin"),
		seen(`#password`),
		write(`#name`, "mamma"),
		write(`#password`, password+"\r"),
		seen(`.attention`),
		text(`h1`, &welcome),
	)
	if err != nil {
		t.Fatal(err)
	}
	if welcome != "Hei, Mamma" {
		t.Errorf("it says %q", welcome)
	}
	emma := id(h.person("Emma"))
	for _, page := range []struct{ name, path string }{
		{"overview", "/overview"},
		{"questions", "/approvals"},
		{"hurry", "/hurry"},
		{"log", "/log"},
		{"contacts", "/contacts"},
		{"timetable", "/timetable?child=" + emma},
		{"keys", "/keys?child=" + emma},
		{"keycard", "/keys/card?child=" + emma},
		{"gateway", "/gateway"},
	} {
		looks := []look{{"nb", "light", 390}, {"en", "dark", 1280}, {"en", "light", 390}, {"nb", "dark", 1280}}
		if folder == "" {
			looks = looks[:2]
		}
		for _, look := range looks {
			what := fmt.Sprintf("console-%s-%s-%s-%d", page.name, look.lang, look.scheme, look.width)
			var faults []string
			var picture []byte
			err := run(tab,
				network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": look.lang}),
				emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: look.scheme}}),
				chromedp.EmulateViewport(look.width, 800),
				chromedp.Navigate(h.site.url+page.path),
				seen("h1"),
				chromedp.Evaluate(`Promise.all([...document.images].map(i => i.decode())).then(() => true)`, nil, awaited),
				chromedp.Evaluate(inspect, &faults),
				chromedp.FullScreenshot(&picture, 100),
			)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			for _, fault := range append(faults, complaints()...) {
				t.Errorf("%s: %s", what, fault)
			}
			if folder == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(folder, what+".png"), picture, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if folder == "" || page.name != "contacts" && page.name != "timetable" {
			continue
		}
		var picture []byte
		err := run(tab,
			network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "en"}),
			emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "light"}}),
			chromedp.EmulateViewport(1280, 800),
			chromedp.Navigate(h.site.url+page.path),
			seen("h1"),
			chromedp.CaptureScreenshot(&picture),
		)
		if err != nil {
			t.Fatalf("README's %s: %v", page.name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, "console-"+page.name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// Whoever reads in English finds no reason in Norwegian in the log, whatever the family's own language is.
func TestTheLogGivesItsReasonsInTheReadersLanguage(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.exchange("Emma", "Bestemor", policy.ByRule)
	b := h.signedIn("Mamma")
	b.get("/log?lang=en")
	b.get("/log")
	b.shows("They may write to each other")
	b.hides("De kan skrive")
}
