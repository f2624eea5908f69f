package console

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"knapp/bridge"
)

func TestFirstStart(t *testing.T) {
	h := openHome(t)
	code, ok, err := h.s.FirstCode(t.Context())
	if err != nil || !ok {
		t.Fatalf("there is no code: %v", err)
	}
	b := h.surfer()
	b.get("/start")
	b.shows("Første gang")
	b.post("/start", "code", "AAAA-AAAA-AAAA")
	b.shows("Koden er ikke riktig")
	b.hides("Mamma")
	b.post("/start", "code", strings.ToLower(code))
	b.shows("<option>Mamma</option>")
	b.hides("Pappa") // no owner
	b.post("/start", "code", code, "who", "Pappa", "password", password, "again", password)
	b.shows("Hvem er du")
	for wrong, pair := range map[string][2]string{
		"for kort": {"kort", "kort"}, "ikke like": {password, password + "x"}, "navnet ditt": {"Mamma12345", "Mamma12345"},
	} {
		b.post("/start", "code", code, "who", "Mamma", "password", pair[0], "again", pair[1])
		b.shows(wrong)
	}
	b.post("/start", "code", code, "who", "Mamma", "password", password, "again", password)
	if b.path != "/first" {
		t.Fatalf("after the first start one is at %s: %s", b.path, b.page)
	}
	b.shows("Innloggingen er klar.", "Kom i gang", "Eier og innlogging", "Sett deg ned sammen med Emma")
	b.get("/overview")
	b.shows("Hei, Mamma", "Emma")
	if _, ok, err := h.s.FirstCode(t.Context()); ok || err != nil {
		t.Errorf("the code lives after its use (%v)", err)
	}
	other := h.surfer()
	if other.get("/start"); other.code != 404 {
		t.Errorf("/start answers %d when there is an account", other.code)
	}
}

func TestFirstCodeDiesWithTheDay(t *testing.T) {
	h := openHome(t)
	h.later(startCodeLives + time.Second)
	if _, ok, err := h.s.FirstCode(t.Context()); ok || err != nil {
		t.Errorf("the code lives for more than a day (%v)", err)
	}
}

func TestInvitation(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	owner := h.signedIn("Mamma")
	owner.get("/guardians")
	owner.shows("Pappa", "kan ikke logge inn ennå")
	owner.post("/guardians/invite", "who", "Pappa")
	link := regexp.MustCompile(`/invited\?key=[A-Za-z0-9_-]{43}`).FindString(owner.page)
	if link == "" {
		t.Fatalf("no link: %s", owner.page)
	}
	owner.get("/guardians")
	owner.hides("/invited?key=")
	b := h.surfer()
	b.get(link)
	b.shows("Pappa, velg et passord")
	key := strings.TrimPrefix(link, "/invited?key=")
	b.post("/invited", "key", key, "password", password, "again", password)
	b.shows("Hei, Pappa")
	late := h.surfer()
	if late.get(link); late.code != 410 {
		t.Errorf("a link that was used answers %d", late.code)
	}
	owner.get("/guardians")
	owner.post("/guardians/invite", "who", "Tante")
	link = regexp.MustCompile(`/invited\?key=[A-Za-z0-9_-]{43}`).FindString(owner.page)
	h.later(invitationLives + time.Minute)
	if late.get(link); late.code != 410 {
		t.Errorf("an old link answers %d", late.code)
	}
	// What is dangerous takes the password again, when it was given long ago.
	owner.get("/guardians")
	if owner.post("/guardians/invite", "who", "Tante"); owner.path != "/confirm" {
		t.Fatalf("days later a link is made without the password: %s", owner.path)
	}
	if owner.post("/confirm", "to", "/guardians", "password", "feil feil feil"); owner.code != 403 {
		t.Errorf("the wrong password confirms: %d", owner.code)
	}
	owner.post("/confirm", "to", "/guardians", "password", password)
	if owner.path != "/guardians" {
		t.Errorf("after the password one is at %s", owner.path)
	}
	if owner.post("/confirm", "to", "https://evil.example/", "password", password); owner.path != "/overview" {
		t.Errorf("a link leads to %s", owner.path)
	}
}

func TestSecondFactor(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	b.get("/me/second")
	secret := regexp.MustCompile(`name="secret" value="([A-Z2-7]{32})"`).FindStringSubmatch(b.page)[1]
	now := func() string {
		code, err := totp.GenerateCode(secret, h.clock())
		if err != nil {
			t.Fatal(err)
		}
		return code
	}
	b.post("/me/second", "secret", secret, "code", "000000")
	b.shows("Koden passer ikke", secret)
	b.post("/me/second", "secret", secret, "code", now())
	codes := regexp.MustCompile(`<code>([A-Z2-7-]{19})</code>`).FindAllStringSubmatch(b.page, -1)
	if len(codes) != recoveryCodes {
		t.Fatalf("%d recovery codes", len(codes))
	}
	try := func(code string) bool {
		s := h.surfer()
		s.get("/signin")
		s.post("/signin", "name", "Mamma", "password", password, "code", code)
		return s.path == "/overview"
	}
	for _, c := range []struct {
		what, code string
		want       bool
	}{
		{"no code", "", false},
		{"the code that turned it on", now(), false},
		{"a code from paper", strings.ToLower(codes[0][1]), true},
		{"the same from paper", codes[0][1], false},
		{"another from paper", strings.ReplaceAll(codes[1][1], "-", " "), true},
	} {
		if got := try(c.code); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
	h.later(time.Minute)
	if code := now(); !try(code) || try(code) {
		t.Error("a code serves not exactly once")
	}
}

// Whoever guesses is slowed down; whoever knows is let in, also from the same address and about the same account, and a
// browser that is known does not even wait.
func TestGuessingIsSlowedDownAndLocksNobodyOut(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	known := h.signedIn("Mamma")
	known.get("/me")
	known.post("/signout")
	stranger := h.surfer()
	stranger.get("/signin")
	for range 12 {
		stranger.post("/signin", "name", "Mamma", "password", "feil feil feil")
		stranger.shows("passer ikke sammen")
	}
	waited := h.waits()
	if len(waited) != 12-freeGuesses || waited[len(waited)-1] != slowest {
		t.Errorf("twelve guesses waited %v", waited)
	}
	known.get("/signin")
	if known.post("/signin", "name", "Mamma", "password", password); known.path != "/overview" || len(h.waits()) > 0 {
		t.Errorf("the known browser is at %s, or had to wait", known.path)
	}
	parent := h.surfer()
	parent.get("/signin")
	if parent.post("/signin", "name", "Mamma", "password", password); parent.path != "/overview" {
		t.Errorf("the parent is locked out: %s", parent.path)
	}
	if waited = h.waits(); len(waited) != 1 || waited[0] > slowest {
		t.Errorf("the parent waited %v", waited)
	}
	// Nobody learns who has an account, nor who there is.
	for _, name := range []string{"Pappa", "Emma", "Ingen"} {
		stranger.post("/signin", "name", name, "password", "feil feil feil")
		stranger.shows("passer ikke sammen")
	}
}

func TestANewSessionAtEachSignIn(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	before, err := h.store.Sessions(t.Context(), h.person("Mamma").ID)
	if err != nil || len(before) != 1 {
		t.Fatal(before, err)
	}
	b.get("/signin")
	b.post("/signin", "name", "Mamma", "password", password)
	after, err := h.store.Sessions(t.Context(), h.person("Mamma").ID)
	if err != nil || len(after) != 1 || string(after[0].Hash) == string(before[0].Hash) {
		t.Errorf("the session is not another: %d, %v", len(after), err)
	}
	lines, err := h.store.Audit(t.Context(), bridge.AuditQuery{Limit: 10})
	if err != nil || len(lines) < 2 || lines[0].What != "sign_in" || lines[0].Who != "Mamma" || lines[0].Via != bridge.ViaConsole {
		t.Errorf("the audit log has %+v, %v", lines, err)
	}
}
