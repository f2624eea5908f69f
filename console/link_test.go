package console

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// linkSent returns the newest link in the chat to somebody; "" for none.
func (h *home) linkSent(t *testing.T) string {
	t.Helper()
	queued, _, err := h.store.QueuedStanzas(t.Context(), h.clock(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	link := ""
	var legs []bridge.LegID
	for _, q := range queued {
		if found := regexp.MustCompile(`http://\S+`).FindString(q.Body); found != "" {
			link = found
		}
		legs = append(legs, q.Leg)
	}
	if err := h.store.Do(t.Context(), func(tx bridge.Tx) error { return tx.StanzasSent(legs, h.clock()) }); err != nil {
		t.Fatal(err)
	}
	return link
}

// A link in the chat signs in once; whoever asks learns nothing of who is there, and what is dangerous takes the password.
func TestALinkInTheChat(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	ask := func(name string) *surfer {
		b := h.surfer()
		b.get("/signin")
		b.post("/signin/link", "name", name)
		if b.code != 200 {
			t.Fatalf("%s: %d", name, b.code)
		}
		b.shows("Er det en foresatt med det navnet")
		return b
	}
	follow := func(b *surfer, link string) {
		u, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		b.get(u.RequestURI())
	}
	for _, nobody := range []string{"Tante", "Emma", "Bestemor", "nobody", "", "mum@example.org"} { // an aunt without a sign-in
		ask(nobody)
		if link := h.linkSent(t); link != "" {
			t.Errorf("%q gets %s", nobody, link)
		}
	}
	b := ask("mamma")
	link := h.linkSent(t)
	if link == "" {
		t.Fatal("no link came")
	}
	ask("Mamma")
	if again := h.linkSent(t); again != "" {
		t.Error("a second one comes at once")
	}
	for range 2 { // a preview uses nothing up
		follow(b, link)
		b.shows("Hei, Mamma")
	}
	key := regexp.MustCompile(`name="key" value="([^"]*)"`).FindStringSubmatch(b.page)[1]
	b.post("/link", "key", key)
	if b.path != "/overview" {
		t.Fatalf("it leads to %s (%d)", b.path, b.code)
	}
	b.get("/me/second")
	if b.path != "/confirm" {
		t.Errorf("what is dangerous is at %s", b.path)
	}
	other := h.surfer()
	follow(other, link)
	other.shows("brukt eller for gammel")
	other.get("/signin")
	if other.post("/link", "key", key); other.code != 410 {
		t.Errorf("used twice: %d", other.code)
	}
	// One that nobody follows ends.
	h.later(linkEvery)
	ask("Mamma")
	link = h.linkSent(t)
	h.later(linkLives)
	follow(other, link)
	other.shows("brukt eller for gammel")
	// Whoever has a second factor is asked for it, and whose phone is gone gets nothing.
	err := h.store.Do(t.Context(), func(tx bridge.Tx) error {
		a := bridge.Account{Person: h.person("Mamma").ID, Password: h.s.hashPassword(password), TOTP: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Second: true, Created: h.clock()}
		return tx.SetAccount(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	ask("Mamma")
	b = h.surfer()
	follow(b, h.linkSent(t))
	b.shows("Engangskode")
	key = regexp.MustCompile(`name="key" value="([^"]*)"`).FindStringSubmatch(b.page)[1]
	if b.post("/link", "key", key, "code", "000000"); b.code != 403 || !strings.Contains(b.page, "passer ikke") {
		t.Errorf("a wrong code: %d", b.code)
	}
	if _, err := h.relay.PhoneIsGone(t.Context(), bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}, "Pappa"); err != nil {
		t.Fatal(err)
	}
	h.linkSent(t)
	ask("Pappa")
	if link := h.linkSent(t); link != "" {
		t.Error("a link goes to a phone that is gone")
	}
}

// However often somebody asks, a guardian gets few links.
func TestLinksAreFew(t *testing.T) {
	var l links
	sent := 0
	for at := noon; at.Before(noon.Add(23 * time.Hour)); at = at.Add(time.Minute) {
		if _, ok := l.make(1, at); ok {
			sent++
		}
	}
	if sent != linksADay {
		t.Errorf("%d were sent within a day", sent)
	}
	if _, ok := l.make(2, noon); !ok {
		t.Error("another guardian gets none")
	}
}
