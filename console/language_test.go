package console

import (
	"strings"
	"testing"
)

// A choice of language keeps the page, with all that it was asked for, and never sends anybody elsewhere.
func TestTheLanguageKeepsThePage(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	other := func() string {
		_, after, _ := strings.Cut(b.page, `<nav class="tongues"`)
		_, after, _ = strings.Cut(after, `lang="nb"`)
		_, after, _ = strings.Cut(after, `<a href="`)
		address, _, _ := strings.Cut(after, `"`)
		return address
	}
	emma := id(h.person("Emma"))
	for path, want := range map[string]string{
		"/log?person=a%26b&days=7&done=x": "/log?days=7&lang=en&person=a%26b",
		"/children/" + emma:               "/children/" + emma + "?lang=en",
		"//evil.example/overview":         "/?lang=en",
		"/overview?lang=nb":               "/overview?lang=en",
	} {
		b.get(path)
		if got := other(); got != want && !(strings.HasPrefix(path, "//") && strings.HasPrefix(got, "/") && !strings.HasPrefix(got, "//")) {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
	b.get("/keys?child=" + emma)
	b.get(other())
	b.shows("Emma", "Speed dial")
	b.get("/log")
	b.post("/hurry/mute", "child", emma, "how", "on") // a page that was sent for by a form
	if got := other(); got != "/hurry?lang=en" {
		t.Errorf("after a form: %q", got)
	}
}
