package console

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// onKeys is Emma's speed dial as the gateway has it, "2 Mamma, 3 Pappa".
func (h *home) onKeys() string {
	h.t.Helper()
	k, err := h.relay.Keys(h.t.Context(), bridge.Keeper, h.person("Emma").ID)
	if err != nil {
		h.t.Fatal(err)
	}
	var on []string
	for _, p := range k.People {
		if p.Key != 0 {
			on = append(on, fmt.Sprintf("%d %s", p.Key, p.Person.Name))
		}
	}
	return strings.Join(on, ", ")
}

func TestAKeyIsSetMovedSwappedAndCleared(t *testing.T) {
	h := openHome(t)
	h.account("Pappa")
	b := h.signedIn("Pappa")
	emma, mamma, bestemor := id(h.person("Emma")), id(h.person("Mamma")), id(h.person("Bestemor"))
	b.get("/keys")
	b.shows("Tastene til Emma", "alle foresatte", "Mamma, Pappa, Tante, Onkel", "Bestemor", "kan nås nå", "2 hei", "Chattjeneren er ikke tilkoblet",
		"går meldingen til Bestemor")
	b.hides("Ola")
	for _, step := range []struct {
		key, who, says, on string
	}{
		{"2", mamma, "Lagret.", "2 Mamma, 3 Bestemor"},
		{"3", mamma, "De to har byttet tast.", "2 Bestemor, 3 Mamma"},
		{"3", id(h.person("Pappa")), "Den som lå der, har ingen tast nå.", "2 Bestemor, 3 Pappa"},
		{"9", bestemor, "Lagret.", "3 Pappa, 9 Bestemor"},
		{"9", "0", "Tasten er ledig nå.", "3 Pappa"},
	} {
		if b.post("/keys/set", "child", emma, "key", step.key, "who", step.who); b.code != 200 || b.path != "/keys" {
			t.Errorf("%v: %d at %s", step, b.code, b.path)
		}
		b.shows(step.says, "Tastene til Emma")
		if got := h.onKeys(); got != step.on {
			t.Errorf("%v: %s", step, got)
		}
	}
	b.get("/keys?child=" + emma + "&key=3")
	b.shows(`<option value="3" selected>3: Pappa`, `<option value="`+id(h.person("Pappa"))+`" selected>Pappa (nå på 3)`)

	b.post("/keys/default", "child", emma, "who", mamma)
	b.shows("Lagret.", "går meldingen til Mamma")
	b.post("/keys/default", "child", emma, "who", "0")
	b.shows("går meldingen til Pappa") // the lowest key
}

// Who is shown when: the page and the gateway must agree about the clock.
func TestWhoCanBeReachedIsShown(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	week := []bridge.WeekHours{{Mode: policy.Sleep, Days: "daily", From: "21:00", To: "07:00"}}
	if err := h.relay.SetWeek(t.Context(), bridge.Keeper, h.person("Emma").ID, week); err != nil {
		t.Fatal(err)
	}
	line := bridge.Allow{Contact: "Bestemor", Key: 3, ToChild: true, FromChild: true, When: "sleep"}
	if err := h.relay.SetRule(t.Context(), bridge.Keeper, "Emma", line); err != nil {
		t.Fatal(err)
	}
	b.get("/keys")
	b.shows("ikke nå, men kl. 21.00")
	h.later(10 * time.Hour)
	b.get("/keys")
	b.hides("ikke nå, men")
	line.FromChild = false
	if err := h.relay.SetRule(t.Context(), bridge.Keeper, "Emma", line); err != nil {
		t.Fatal(err)
	}
	b.get("/keys")
	b.shows("kan ikke nås nå")
	// Nobody can be the default who cannot be written to.
	if strings.Contains(b.page[strings.Index(b.page, `id="default"`):], ">Bestemor</option>") {
		t.Error("Bestemor can be chosen as the default")
	}
	if err := h.relay.LostPhone(t.Context(), bridge.Keeper, h.person("Emma").ID); err != nil {
		t.Fatal(err)
	}
	b.get("/keys")
	b.shows("Telefonen er meldt mistet")
}

func TestKeysOfSomebodyElse(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Onkel", "Nabo", "Mamma"} {
		h.account(name)
	}
	emma, ola, mamma := id(h.person("Emma")), id(h.person("Ola")), id(h.person("Mamma"))
	before := h.onKeys()

	viewer := h.signedIn("Onkel")
	viewer.get("/keys")
	viewer.shows("Tastene til Emma", "Bestemor", "Du kan se tastene, men ikke endre dem.")
	viewer.hides(`action="/keys/set"`, `action="/keys/send"`, "#change")

	nabo := h.signedIn("Nabo")
	nabo.get("/keys")
	nabo.shows("Tastene til Ola")
	nabo.hides("Emma", "Bestemor")
	for _, path := range []string{"/keys?child=" + emma, "/keys/card?child=" + emma, "/keys/sheet?child=" + emma, "/keys/send?child=" + emma + "&card=0", "/keys?child=" + mamma, "/keys?child=9999", "/keys?child=x"} {
		if nabo.get(path); nabo.code != 403 || strings.Contains(nabo.page, "Bestemor") {
			t.Errorf("%s: %d", path, nabo.code)
		}
	}
	for _, try := range [][]string{
		{"/keys/set", "child", emma, "key", "3", "who", "0"},
		{"/keys/set", "child", ola, "key", "3", "who", id(h.person("Bestemor"))}, // somebody else's contact
		{"/keys/set", "child", mamma, "key", "3", "who", "0"},
		{"/keys/default", "child", emma, "who", mamma},
		{"/keys/default", "child", ola, "who", id(h.person("Bestemor"))},
		{"/keys/send", "child", emma, "card", "0", "parts", "1"},
	} {
		nabo.get("/keys")
		if nabo.post(try[0], try[1:]...); nabo.code != 403 {
			t.Errorf("%v: %d", try, nabo.code)
		}
	}
	// Absurd forms change nothing, whoever sends them.
	owner := h.signedIn("Mamma")
	for _, try := range []struct {
		code int
		form []string
	}{
		{400, []string{"/keys/set"}},
		{400, []string{"/keys/set", "child", emma, "key", "x", "who", mamma}},
		{422, []string{"/keys/set", "child", emma, "key", "3"}},
		{422, []string{"/keys/set", "child", emma, "key", "3", "who", ""}},
		{400, []string{"/keys/set", "child", emma, "key", "3", "who", "00"}},
		{400, []string{"/keys/set", "child", emma, "key", "3", "who", "-5"}},
		{400, []string{"/keys/set", "child", emma, "key", "3", "who", "\x00"}},
		{400, []string{"/keys/set", "child", emma, "key", "99999999999999999999", "who", mamma}},
		{422, []string{"/keys/set", "child", emma, "key", "0", "who", mamma}},
		{422, []string{"/keys/set", "child", emma, "key", "10", "who", mamma}},
		{403, []string{"/keys/set", "child", emma, "key", "3", "who", "9223372036854775807"}},
		{413, []string{"/keys/set", "child", emma, "key", "3", "who", strings.Repeat("1", 1<<20)}},
		{400, []string{"/keys/default", "child", emma, "who", "nobody"}},
		{403, []string{"/keys/default", "child", emma, "who", emma}},
	} {
		owner.get("/keys")
		if owner.post(try.form[0], try.form[1:]...); owner.code != try.code {
			t.Errorf("%.80q: %d, want %d", try.form, owner.code, try.code)
		}
	}
	owner.get("/keys?key=99&child=" + emma)
	owner.shows("Tastene til Emma")
	if got := h.onKeys(); got != before {
		t.Errorf("on the keys: %s, and before %s", got, before)
	}
}

func TestAGuardianOfNobodySeesThat(t *testing.T) {
	h := openHome(t)
	h.account("Nabo")
	b := h.signedIn("Nabo")
	family, err := h.store.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	family.Children[1].Guardians = []string{"Mamma"}
	if _, _, err := h.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	b.get("/keys")
	if b.code == 200 {
		b.shows("Du er ikke foresatt for noe barn her ennå.")
	}
	for _, path := range []string{"/keys/card", "/keys/sheet", "/keys/send"} {
		if b.get(path); b.code >= 500 {
			t.Errorf("%s: %d", path, b.code)
		}
	}
}
