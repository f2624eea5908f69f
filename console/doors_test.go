package console

import (
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Every door, as everybody: nobody, each role, and somebody whose rights are suspended. What a role may is written here
// anew, and not taken from the code.
func TestEveryDoorAsEverybody(t *testing.T) {
	h := openHome(t)
	visitors := []string{"", "Mamma", "Pappa", "Tante", "Onkel", "Nabo"}
	browsers := map[string]*surfer{}
	for _, name := range visitors {
		if name != "" {
			h.account(name)
		}
		browsers[name] = h.signedIn(name)
	}
	may := map[bridge.Right][]string{
		bridge.See:     {"Mamma", "Pappa", "Tante", "Onkel", "Nabo"},
		bridge.Hurry:   {"Mamma", "Pappa", "Tante", "Nabo"},
		bridge.Approve: {"Mamma", "Pappa", "Nabo"},
		bridge.Read:    {"Mamma", "Pappa", "Nabo"},
		bridge.Arrange: {"Mamma", "Pappa", "Nabo"},
		bridge.Govern:  {"Mamma"},

		bridge.Maintain: {"Mamma"},
	}
	public := []string{"GET /", "GET /healthz", "GET /static/:name", "GET /signin", "POST /signin", "POST /signin/passkey", "POST /signin/link", "GET /link", "POST /link", "GET /start", "POST /start", "GET /invited", "POST /invited", "GET /certificate"}
	for _, d := range h.s.doors {
		if d.path == "/signout" {
			continue // it would end the walk; TestSignOut
		}
		if d.right == anybody {
			if !slices.Contains(public, d.method+" "+d.path) {
				t.Errorf("%s %s is open to anybody", d.method, d.path)
			}
			continue
		}
		if may[d.right] == nil {
			t.Errorf("%s %s takes the right %q, of which nobody knows who has it", d.method, d.path, d.right)
		}
		for _, name := range visitors {
			b := browsers[name]
			knock := func() {
				if d.method == "GET" {
					b.get(d.path)
				} else {
					b.get("/me") // any page of its own with a form
					b.post(d.path)
				}
			}
			knock()
			switch {
			case name == "":
				if b.path != "/signin" {
					t.Errorf("%s %s: nobody comes to %s (%d)", d.method, d.path, b.path, b.code)
				}
			case !slices.Contains(may[d.right], name):
				if b.code != 403 || !strings.Contains(b.page, "Dette kan du ikke gjøre") {
					t.Errorf("%s %s: %s gets %d at %s", d.method, d.path, name, b.code, b.path)
				}
			case strings.Contains(b.page, "Dette kan du ikke gjøre") || b.path == "/signin" || b.code >= 500:
				t.Errorf("%s %s: %s, who may, gets %d at %s", d.method, d.path, name, b.code, b.path)
			}
		}
	}
	// *My phone is gone* ends what a session may, at once.
	if _, err := h.relay.PhoneIsGone(t.Context(), bridge.Actor{Person: h.person("Pappa").ID, Via: bridge.ViaConsole}, "Mamma"); err != nil {
		t.Fatal(err)
	}
	for _, d := range h.s.doors {
		if b := browsers["Mamma"]; d.right != anybody && d.method == "GET" {
			if b.get(d.path); b.code != 403 {
				t.Errorf("%s: a suspended owner gets %d", d.path, b.code)
			}
		}
	}
}

// A door that names no right is shut, even for an owner.
func TestADoorWithoutARightIsShut(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	app := fiber.New()
	app.Get("/overview", h.s.guard(door{method: "GET", path: "/overview", enter: (*visit).overview}))
	req := httptest.NewRequest("GET", "/overview", nil)
	address, err := url.Parse(h.site.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range b.client.Jar.Cookies(address) {
		req.AddCookie(cookie)
	}
	res, err := app.Test(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 403 {
		t.Errorf("it answers %d", res.StatusCode)
	}
}

// A guardian of another child sees and does nothing about this one.
func TestAnotherChildIsNobodysBusiness(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Pappa", "Nabo"} {
		h.account(name)
	}
	h.exchange("Emma", "Bestemor", policy.ByRule)
	h.exchange("Emma", "Mamma", policy.ByGuardianship)
	emma, bestemor := h.person("Emma"), h.person("Bestemor")
	nabo := h.signedIn("Nabo")
	for _, path := range []string{"/overview", "/approvals", "/hurry", "/log", "/log?child=Emma", "/log?person=Bestemor"} {
		if nabo.get(path); nabo.code != 200 {
			t.Errorf("%s: %d", path, nabo.code)
		}
		nabo.page = strings.ReplaceAll(nabo.page, path, "") // what she asked for herself, to load it anew
		nabo.hides("Emma", "Bestemor &rarr;", "Bestemor →", "→ Bestemor")
	}
	for _, try := range [][]string{
		{"/hurry/mute", "child", id(emma), "other", "0", "how", "on"},
		{"/hurry/mute", "child", id(emma), "other", id(bestemor), "how", "on"},
		{"/hurry/allow", "child", id(emma), "other", "0", "how", "60"},
		{"/hurry/phone", "child", id(emma), "how", "lost"},
	} {
		nabo.get("/me")
		if nabo.post(try[0], try[1:]...); nabo.code != 403 {
			t.Errorf("%v: %d", try, nabo.code)
		}
	}
	d, err := h.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d.Rules.IsLost(emma.ID) || len(d.Rules.Mutes(emma.ID, noon)) > 0 || len(d.Rules.Overrides(emma.ID, noon)) > 0 {
		t.Error("somebody else's guardian has changed something")
	}
	// Promise 7: what the mother writes with Emma is hers.
	pappa := h.signedIn("Pappa")
	pappa.get("/log")
	pappa.shows("Emma → Bestemor")
	pappa.hides("Emma → Mamma")
}

// A form that we did not give to this browser does nothing.
func TestForeignForms(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	b, other := h.signedIn("Mamma"), h.signedIn("Pappa")
	emma := h.person("Emma")
	lost := func() bool {
		d, err := h.store.Directory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return d.Rules.IsLost(emma.ID)
	}
	fields := url.Values{"child": {id(emma)}, "how": {"lost"}}
	send := func(form string, headers ...string) int {
		if form != "" {
			fields.Set("form", form)
		}
		req, err := newForm(h.site.url+"/hurry/phone", fields, headers...)
		if err != nil {
			t.Fatal(err)
		}
		res, err := b.client.Do(req)
		b.take(res, err)
		return b.code
	}
	other.get("/me")
	theirs := formField.FindStringSubmatch(other.page)[1]
	b.get("/me")
	ours := formField.FindStringSubmatch(b.page)[1]
	for name, code := range map[string]int{
		"no token":       send(""),
		"a guess":        send("AAAA"),
		"another's":      send(theirs),
		"another origin": send(ours, "Origin", "http://evil.example"),
		"another site":   send(ours, "Sec-Fetch-Site", "cross-site"),
		"a sibling site": send(ours, "Sec-Fetch-Site", "same-site"),
	} {
		if code != 403 || lost() {
			t.Errorf("%s: %d, done: %v", name, code, lost())
		}
	}
	if code := send(ours, "Origin", h.site.url, "Sec-Fetch-Site", "same-origin"); code != 200 || !lost() {
		t.Errorf("our own: %d, done: %v", code, lost())
	}
	// Nobody is signed in by a foreign page either, which could make somebody write under another's name.
	fresh := h.surfer()
	if fresh.post("/signin", "name", "Mamma", "password", password); fresh.code != 403 {
		t.Errorf("a sign-in without our form: %d", fresh.code)
	}
}

func TestSessionsHaveAnEnd(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	inside := func(b *surfer) bool { b.get("/me"); return b.path == "/me" && b.code == 200 }

	b := h.signedIn("Mamma")
	h.later(idleEnd - time.Hour)
	if !inside(b) {
		t.Error("a session that is used has ended")
	}
	h.later(idleEnd - time.Hour)
	if !inside(b) {
		t.Error("a session that is used every week has ended early")
	}
	h.later(idleEnd + time.Hour)
	if inside(b) {
		t.Error("a session that nobody used goes on")
	}
	b = h.signedIn("Mamma")
	for range 10 {
		h.later(absoluteEnd / 9)
		inside(b)
	}
	if inside(b) {
		t.Error("a session goes on for ever")
	}
	b, second := h.signedIn("Mamma"), h.signedIn("Mamma")
	b.get("/me")
	b.shows("Denne nettleseren", "Logg ut alle andre")
	b.post("/me/sessions", "id", "others")
	if !inside(b) || inside(second) {
		t.Error("signing out all others did something else")
	}
	b.post("/signout")
	if inside(b) {
		t.Error("a session goes on after it was ended")
	}
}
