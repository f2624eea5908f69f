package console

import (
	"log/slog"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// An owner says how many texts are too many; what was typed stays where it is refused, and others only read it.
func TestAStormIsSet(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	b := h.signedIn("Mamma")
	b.get("/limits")
	b.shows("Går det 60 meldinger på ti minutter", "Fra 20 til 600", `name="storm"`)
	b.post("/limits/storm", "storm", "30")
	b.shows("Lagret. De andre foresatte får vite det.", "Går det 30 meldinger på ti minutter", `value="30"`)
	for odd, why := range map[string]string{"3": "Fra 20 til 600 på ti minutter", "9999": "Fra 20 til 600 på ti minutter", "x": "En grense er et tall", "-4": "En grense er et tall"} {
		b.get("/limits")
		if b.post("/limits/storm", "storm", odd); b.code != 422 {
			t.Errorf("%s: %d", odd, b.code)
		}
		b.shows(why, `name="storm" inputmode="numeric" maxlength="6" autocomplete="off" value="`+odd+`"`, "Går det 30 meldinger")
	}
	b.post("/limits/gateway", "day", "100")
	b.shows("Går det 30 meldinger")
	b.post("/limits/storm", "storm", "")
	b.shows("Går det 60 meldinger")
	other := h.signedIn("Pappa")
	other.get("/limits")
	other.shows("Går det 60 meldinger")
	other.hides(`name="storm"`)
}

// openHomeWithModems is a home whose gateway has several numbers.
func openHomeWithModems(t *testing.T, modems ...string) *home {
	t.Helper()
	return openHomeWith(t, func(o *Options) {
		s := o.Store
		relay, err := bridge.New(bridge.Options{
			Store: s, Texts: plainTexts{}, Log: slog.New(slog.DiscardHandler), Now: o.Now, Modems: modems, Language: "nb", Location: time.UTC,
			Country: "NO", Addresses: plainAddresses{}, Numbers: map[string]bridge.Phone{"main": "+4799990000", "second": "+4799990001"},
		})
		if err != nil {
			t.Fatal(err)
		}
		o.Office = relay
	})
}

// A number of its own is offered where there is one to give, and where it is somebody else's that is said.
func TestANumberOfItsOwnIsOffered(t *testing.T) {
	one := openHome(t)
	one.account("Mamma")
	b := one.signedIn("Mamma")
	b.get("/contacts/" + id(one.person("Bestemor")) + "/" + id(one.person("Emma")))
	b.hides("Eget nummer", `name="modem"`)

	h := openHomeWithModems(t, "main", "second")
	h.account("Mamma")
	b = h.signedIn("Mamma")
	line := "/contacts/" + id(h.person("Bestemor")) + "/" + id(h.person("Emma"))
	b.get(line)
	b.shows("Eget nummer for Bestemor", `<option value="second">second: +47 999 90 001</option>`)
	b.hides(`<option value="main"`)
	b.post(line+"/modem", "modem", "second")
	b.shows("Husk nummeret på barnets telefon", `<option value="second" selected>`)
	if b.path != line {
		t.Errorf("one is at %s", b.path)
	}
	b.post(line, "from", "1", "to", "1", "always", "1", "key", "4") // the line changes, and the number stays
	b.get(line)
	b.shows(`<option value="second" selected>`, `<option value="4" selected>`)
	mine := "/contacts/" + id(h.person("Mamma")) + "/" + id(h.person("Emma"))
	b.get(mine)
	b.shows(`<option value="second" disabled>second: +47 999 90 001 – brukt av Bestemor</option>`)
	for modem, why := range map[string]string{"second": "allerede Bestemor sitt", "main": "kan ikke være en kontakts eget", "<b>": "kan ikke være en kontakts eget"} {
		b.get(mine)
		if b.post(mine+"/modem", "modem", modem); b.code != 422 {
			t.Errorf("%s: %d", modem, b.code)
		}
		b.shows(why)
	}
	b.get(line)
	b.post(line+"/modem", "modem", "")
	b.get(mine)
	b.hides("brukt av Bestemor")
}

// The code word is the owners': they set, change and drop it with the password, and it stands on no page by itself. The
// others hear that it has changed, and not to what.
func TestTheCodeWordIsTheOwners(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.account("Pappa")
	b := h.signedIn("Mamma")
	b.get("/guardians")
	b.shows("Velg et kodeord", `href="/codeword"`)
	b.get("/codeword")
	b.shows("Ingen kodeord ennå")
	b.hides("/codeword/show", "/codeword/off")
	for odd, why := range map[string]string{
		"": "Skriv et kodeord", "to ord": "ett ord med bare bokstaver", "abc": "fra 4 til 20", "kake7": "bare bokstaver", "bestemor": "er et navn", "hjelp": "betyr noe",
		"Emma": "er et navn", "status": "betyr noe", "<script>": "bare bokstaver",
	} {
		b.get("/codeword")
		if b.post("/codeword", "word", odd); b.code != 422 {
			t.Errorf("%q: %d", odd, b.code)
		}
		b.shows(why, `value="`+odd+`"`)
	}
	b.post("/codeword", "word", "Tyttebær")
	b.shows("Kodeordet er lagret", "Familien har et kodeord")
	b.hides("yttebær")
	emma := "/children/" + id(h.person("Emma"))
	for _, page := range []string{"/overview", "/guardians", "/codeword", "/kept", "/log", emma} {
		b.get(page)
		b.hides("yttebær")
	}
	b.post("/codeword/show")
	b.shows("Tyttebær", "er skrevet ned")
	h.later(confirmedFor + time.Minute)
	b.get("/codeword")
	if b.post("/codeword/show"); b.path != "/confirm" || strings.Contains(b.page, "yttebær") {
		t.Errorf("long after the password it is at %s", b.path)
	}
	other := h.signedIn("Pappa")
	for _, page := range []string{"/codeword", emma} {
		other.get(page)
		other.hides("yttebær", "Velg et kodeord", "Familien har et kodeord</h2>")
	}
	other.get("/me")
	if other.post("/codeword/show"); other.code != 403 || strings.Contains(other.page, "yttebær") {
		t.Errorf("a guardian gets %d", other.code)
	}
	b.again(password)
	b.shows("Tyttebær")
	b.get("/codeword")
	b.post("/codeword/off")
	b.shows("Kodeordet er fjernet", "Ingen kodeord ennå")
	if got := h.audited(); !strings.HasPrefix(got, "Mamma drop_code_word, Mamma read_code_word, Pappa sign_in, Mamma read_code_word, Mamma read_log, Mamma read_audit, Mamma set_code_word") || strings.Contains(got, "bær") {
		t.Error(got)
	}
}

// What is said of a modem is in the visitor's language; what nobody has worded stands as it is, and says which that is.
func TestTheModemIsSpokenOfInOnesLanguage(t *testing.T) {
	h, d := openGateway(t)
	d.change(func(m *MachineView) {
		m.Modems[0].Warning, m.Modems[0].SIM = "it knows 2G only, and 2G goes: take an LTE modem", "problem"
		m.Modems[0].Note = "the SIM asks for its PIN and has 1 try left: it was not entered; enter it in a phone"
	})
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.shows("<dd>Det kan bare 2G, og 2G forsvinner", "har bare 1 forsøk igjen")
	b.get("/gateway?lang=en")
	b.shows("It knows 2G only, and 2G goes: get an LTE modem.", "has 1 try left")
	b.get("/gateway?lang=nb")
	d.change(func(m *MachineView) { m.Modems[0].Warning = "a thing of tomorrow" })
	b.post("/gateway/examine")
	b.shows(`<dd lang="en">a thing of tomorrow</dd>`, `<li lang="en">the SIM wants a PIN</li>`)
}

// Roles are changed by an owner, with notice where somebody loses by it; who is asked finds it on the page of questions.
func TestRolesAreChanged(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Pappa", "Onkel", "Nabo"} {
		h.account(name)
	}
	b, pappa := h.signedIn("Mamma"), h.signedIn("Pappa")
	b.get("/guardians")
	b.shows("Endre en rolle", `<option value="Pappa">Pappa – foresatt</option>`, "Se, og gjøre det som haster")
	b.hides(`<option value="Nabo">`)
	b.post("/guardians/role", "who", "Onkel", "role", "helper")
	b.shows("Rollen er endret. De andre får vite det.", "Onkel – hjelper")
	b.post("/guardians/role", "who", "Pappa", "role", "viewer")
	b.shows("om sju dager", "Mamma vil at Pappa skal være en som bare kan se", `href="/approvals#waiting"`)
	b.post("/guardians/role", "who", "Pappa", "role", "helper")
	b.shows("venter allerede", `<option value="helper" selected>`)
	pappa.get("/approvals")
	pappa.shows("Mamma vil at Pappa skal være en som bare kan se", "Ja, det er greit")
	onkel := h.signedIn("Onkel")
	onkel.get("/approvals")
	onkel.shows("Mamma vil at Pappa skal være")
	onkel.hides("Ja, det er greit", "Nei, stopp det")
	nabo := h.signedIn("Nabo")
	nabo.get("/approvals")
	nabo.hides("Pappa")
	code := regexp.MustCompile(`name="code" value="([^"]*)"`).FindStringSubmatch(pappa.page)[1]
	if nabo.post("/approvals/consent", "code", code, "how", "agree"); nabo.code < 400 {
		t.Errorf("another child's guardian gets %d", nabo.code)
	}
	pappa.post("/approvals/consent", "code", code, "how", "withdraw")
	if pappa.code < 400 || h.person("Pappa").Role != bridge.RoleGuardian {
		t.Errorf("his own no: %d", pappa.code)
	}
	pappa.post("/approvals/consent", "code", code, "how", "agree")
	if h.person("Pappa").Role != bridge.RoleViewer {
		t.Errorf("after his yes he is %s", h.person("Pappa").Role)
	}
	if pappa.get("/limits"); pappa.code != 200 {
		t.Errorf("he sees nothing: %d", pappa.code)
	}
	if pappa.post("/limits/child", "child", id(h.person("Emma")), "day", "50"); pappa.code != 403 {
		t.Errorf("he sets limits: %d", pappa.code)
	}
	b.get("/kept")
	b.shows("kan bare se → hjelper", "foresatt → kan bare se", "Ba om å endre en rolle")
	b.get("/guardians")
	b.post("/guardians/role", "who", "Mamma", "role", "viewer")
	b.shows("Mamma er den eneste eieren for Emma")
	b.post("/guardians/role", "who", "Pappa", "role", "owner")
	b.shows("Rollen er endret")
	b.get("/me")
	b.shows("Rollen din", "Du er eier.", "Ta et skritt tilbake")
	b.post("/me/role", "role", "helper")
	if b.shows("Rollen er endret", "Du er hjelper."); b.path != "/me" || h.person("Mamma").Role != bridge.RoleHelper {
		t.Errorf("she is at %s", b.path)
	}
	b.post("/me/role", "role", "owner")
	if b.code != 403 || h.person("Mamma").Role != bridge.RoleHelper {
		t.Errorf("she takes it back herself: %d", b.code)
	}
	for _, junk := range [][]string{{"who", "Pappa"}, {"role", "viewer"}, {"who", "Emma", "role", "viewer"}, {"who", "Pappa", "role", "<king>"}} {
		pappa.get("/guardians")
		if pappa.post("/guardians/role", junk...); pappa.code < 400 || pappa.code >= 500 {
			t.Errorf("%v: %d", junk, pappa.code)
		}
	}
}

// An owner writes until when a prepaid SIM works; the overview says so when it is near, and whoever is no owner hears
// nothing of it.
func TestTheDayForToppingUpIsWritten(t *testing.T) {
	h, _ := openGateway(t)
	h.account("Pappa")
	b := h.signedIn("Mamma")
	b.get("/gateway")
	b.shows("Kontantkort? Skriv når det må fylles på", `type="date"`)
	b.hides("Fylles på innen")
	far := h.clock().AddDate(0, 2, 0)
	b.post("/gateway/topup", "modem", "main", "day", far.Format(time.DateOnly))
	b.shows("Datoen er lagret.", "Fylles på innen", strconv.Itoa(far.Year()), "dager igjen", "Endre når det må fylles på")
	b.hides("SIM-kortet må fylles på</strong>")
	b.post("/gateway/topup", "modem", "main", "day", "2001-01-01")
	if b.shows("Skriv en dato fra i dag", `value="2001-01-01"`); b.code != 422 {
		t.Errorf("a day that is over: %d", b.code)
	}
	h.later(far.Sub(h.clock()) - 2*24*time.Hour)
	b = h.signedIn("Mamma")
	b.get("/overview")
	b.shows("SIM-kortet i modemet main må fylles på. Siste dag: ")
	b.get("/gateway")
	b.shows("SIM-kortet må fylles på", "2 dager igjen")
	h.later(4 * 24 * time.Hour)
	b.get("/gateway")
	b.shows("over tiden")
	b.post("/gateway/topup", "modem", "main", "day", "")
	b.hides("Fylles på innen")
	other := h.signedIn("Pappa")
	other.get("/me")
	if other.post("/gateway/topup", "modem", "main", "day", "2031-01-01"); other.code != 403 {
		t.Errorf("a guardian gets %d", other.code)
	}
}
