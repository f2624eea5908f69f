package console

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"knapp/bridge"
)

var parkedField = regexp.MustCompile(`name="parked" value="([^"]*)"`)

// again gives the password that the page asks for, as a browser without scripts would.
func (s *surfer) again(given string) {
	s.h.t.Helper()
	fields := []string{"password", given, "to", "/overview"}
	if found := parkedField.FindStringSubmatch(s.page); found != nil {
		fields = append(fields, "parked", found[1])
	}
	s.post("/confirm", fields...)
}

// guardedForms are a form for each door that takes the password again, as somebody would fill it in, and what tells that
// it went through as it was typed.
func guardedForms(h *home, now func() string) map[string]struct {
	path   string
	fields []string
	shows  string
} {
	emma := "/children/" + id(h.person("Emma"))
	return map[string]struct {
		path   string
		fields []string
		shows  string
	}{
		"/children/new":           {"/children/new", []string{"name", "Åse Marie", "phone", "+4745454545", "localpart", "aase", "language", "nb", "guardian", "Mamma"}, "Åse Marie"},
		"/children/:child/number": {emma + "/number", []string{"number", "+4746464646"}, "+47 464 64 646"},
		"/children/:child/guardian": {
			emma + "/guardian", []string{"who", "Nabo"}, "Nabo",
		},
		"/children/:child/cut":     {emma + "/cut", []string{"who", "Onkel"}, "Onkel"},
		"/children/:child/archive": {emma + "/archive", nil, "Emma har også andre foresatte"},
		"/contacts/:person/reach": {
			"/contacts/" + id(h.person("Mamma")) + "/reach", []string{"jid", "mor@example.org", "phone", "+4791111111"}, "mor@example.org",
		},
		"/gateway/copy":    {"/gateway/copy", nil, "copycopy"},
		"/gateway/restore": {"/gateway/restore", []string{"sure", "1"}, "Kopien settes tilbake"},
		"/gateway/resume":  {"/gateway/resume", nil, "ikke på pause"},
		"/guardians/new": {
			"/guardians/new", []string{"name", "Bestefar Ole", "jid", "ole@example.org", "role", "helper", "child", "Emma"}, "Bestefar Ole",
		},
		"/guardians/invite": {"/guardians/invite", []string{"who", "Tante"}, "/invited?key="},
		"/codeword":         {"/codeword", []string{"word", "tyttebær"}, "Kodeordet er lagret"},
		"/codeword/show":    {"/codeword/show", nil, "At du så det"},
		"/codeword/off":     {"/codeword/off", nil, "Kodeordet er fjernet"},
		"/guardians/role":   {"/guardians/role", []string{"who", "Tante", "role", "guardian"}, "Rollen er endret"},
		"/me/role":          {"/me/role", []string{"role", "helper"}, "er den eneste eieren"},
		"/kept/days":        {"/kept/days", []string{"child", "Emma", "what", "metadata", "days", "17"}, "17"},
		"/log/export":       {"/log/export", []string{"child", "Emma", "as", "json"}, "["},
		"/me/password":      {"/me/password", []string{"password", "fire nye tilfeldige ord", "again", "fire nye tilfeldige ord"}, "Passordet er byttet"},
		"/me/second":        {"/me/second", []string{"secret", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "code", now()}, "<code>"},
		"/me/second/off":    {"/me/second/off", nil, "Bare passordet kreves nå"},
		"/me/codes":         {"/me/codes", nil, "<code>"},
		"/me/passkey":       {"/me/passkey", []string{"state", "1", "credential", "{}"}, "passnøkkel"},
		"/me/passkey/off":   {"/me/passkey/off", []string{"id", "00"}, "passnøkkel"},
	}
}

// Whoever sends a form when the password's quarter of an hour is over is asked for the password, and the form goes
// through as it was typed: each door that takes the password, without scripts.
func TestNothingTypedIsLost(t *testing.T) {
	probe, _ := openGateway(t)
	code := func(h *home) func() string {
		return func() string {
			one, err := totp.GenerateCode("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", h.clock().Add(confirmedFor+2*time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			return one
		}
	}
	for _, d := range probe.s.doors {
		if !d.fresh || d.method != "POST" || d.path == "/confirm/fetch" {
			continue
		}
		t.Run(d.path, func(t *testing.T) {
			h, _ := openGateway(t)
			f, known := guardedForms(h, code(h))[d.path]
			if !known {
				t.Fatal("nobody knows what is typed here")
			}
			if strings.HasPrefix(d.path, "/me/codes") || d.path == "/me/second/off" {
				err := h.store.Do(t.Context(), func(tx bridge.Tx) error {
					return tx.SetAccount(bridge.Account{Person: h.person("Mamma").ID, Password: h.s.hashPassword(password), TOTP: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Created: h.clock()})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := h.relay.SetCodeWord(t.Context(), bridge.Keeper, "multebær"); err != nil {
				t.Fatal(err)
			}
			b := h.signedIn("Mamma")
			if d.path == "/me/codes" || d.path == "/me/second/off" {
				h.second("Mamma")
			}
			h.later(confirmedFor + time.Minute)
			b.get("/me")
			if d.path == "/gateway/restore" {
				b.send(f.path, 10, f.fields...)
			} else {
				b.post(f.path, f.fields...)
			}
			if b.path != "/confirm" {
				t.Fatalf("without the password it comes to %s (%d)", b.path, b.code)
			}
			b.shows("Når passordet er riktig", "Nei, gå tilbake")
			if len(f.fields) > 0 {
				b.shows("Det du skrev, er tatt vare på")
			} else {
				b.hides("Det du skrev")
			}
			for i := 1; i < len(f.fields); i += 2 {
				if typed := f.fields[i]; len(typed) > 8 {
					b.hides(typed)
				}
			}
			h.later(time.Minute)
			b.again("feil passord er dette")
			b.shows("Passordet var feil", "Når passordet er riktig")
			if b.again(password); downloads[d.path] {
				b.shows("Hent filen")
				b.post("/confirm/fetch", "parked", parkedField.FindStringSubmatch(b.page)[1])
			}
			b.shows(f.shows)
			if strings.Contains(b.page, "Er det fortsatt deg?") || b.code >= 500 {
				t.Errorf("it comes to %s (%d)", b.path, b.code)
			}
		})
	}
}

// What waits is its session's own, serves once, and not for ever.
func TestAParkedFormIsItsSessionsOwn(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b, other := h.signedIn("Mamma"), h.signedIn("Mamma")
	park := func() string {
		h.later(confirmedFor + time.Minute)
		b.get("/me")
		b.post("/guardians/new", "name", "Ole", "jid", "ole@example.org", "role", "viewer", "child", "Emma")
		return parkedField.FindStringSubmatch(b.page)[1]
	}
	there := func() bool {
		d, err := h.store.Directory(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, ok := d.Named("Ole")
		return ok
	}
	name := park()
	other.get("/me")
	other.post("/confirm", "password", password, "to", "/guardians", "parked", name)
	if other.shows("ikke tatt vare på lenger"); there() {
		t.Fatal("another session's form went through")
	}
	h.later(parkedFor)
	b.again(password)
	if b.shows("ikke tatt vare på lenger"); there() {
		t.Fatal("a form went through long after it was sent")
	}
	// Without the right it does not go through, whatever the password: the door decides anew.
	park()
	if _, err := h.relay.PhoneIsGone(t.Context(), bridge.Actor{Person: h.person("Pappa").ID, Via: bridge.ViaConsole}, "Mamma"); err != nil {
		t.Fatal(err)
	}
	if b.again(password); there() || b.code != 403 {
		t.Errorf("somebody without rights gets %d", b.code)
	}
	if err := h.relay.PhoneIsBack(t.Context(), bridge.Actor{Person: h.person("Pappa").ID, Via: bridge.ViaConsole}, "Mamma"); err != nil {
		t.Fatal(err)
	}
	// Many forms push each other out, and those of nobody else.
	for range parkedEach + 3 {
		park()
	}
	if n := len(h.s.parking.forms); n > parkedEach {
		t.Errorf("%d forms of one session are kept", n)
	}
	b.again(password)
	if b.shows("Ole"); !there() {
		t.Error("the last one did not go through")
	}
	b.post("/confirm", "password", password, "to", "/guardians", "parked", "x")
	park()
	b.post("/signout")
	if n := len(h.s.parking.forms); n != 0 {
		t.Errorf("%d forms are kept for nobody", n)
	}
}

// second turns the second factor on behind somebody's back, so that it can be turned off.
func (h *home) second(name string) {
	h.t.Helper()
	err := h.store.Do(h.t.Context(), func(tx bridge.Tx) error {
		return tx.SetAccount(bridge.Account{
			Person: h.person(name).ID, Password: h.s.hashPassword(password), TOTP: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", Second: true, Created: h.clock(),
		})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}
