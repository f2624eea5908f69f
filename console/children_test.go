package console

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/store"
)

// homely takes numbers as the program does: those of another country cost extra.
type homely struct{}

func (homely) Phone(s string) (bridge.Phone, error) {
	s = strings.ReplaceAll(s, " ", "")
	if strings.Trim(s, "+0123456789") != "" || len(s) < 8 || len(s) > 16 {
		return "", fmt.Errorf("no number")
	}
	if !strings.HasPrefix(s, "+") {
		s = "+47" + s
	}
	return bridge.Phone(s), nil
}

func (homely) JID(s string) (bridge.JID, error) {
	local, domain, found := strings.Cut(s, "@")
	if !found || local == "" || domain == "" || strings.ContainsAny(s, " \x00\x07<>") {
		return "", fmt.Errorf("no address")
	}
	return bridge.JID(strings.ToLower(s)), nil
}

func (homely) Unusual(number bridge.Phone) string {
	if !strings.HasPrefix(string(number), "+47") {
		return "is abroad"
	}
	return ""
}

// kinNames are forty people whom a family of five children knows.
var kinNames = strings.Split("Bestemor,Bestefar,Farmor,Farfar,Oldemor,Tante Åse,Tante Øyvor,Onkel Per,Onkel Ærlend,Kusine Ida,Fetter Nils,Trener Kari,"+
	"Fotballtreneren,Korlederen,Lærer Hansen,Lærer Berg,Rektor,SFO,Helsesykepleieren,Leif i 3B,Anna i 3B,Mikkel i 5A,Sara i 5A,Noor,"+
	"Mammaen til Noor,Pappaen til Leif,Naboen i andre,Fru Olsen,Gudmor,Gudfar,Speiderlederen,Pianolæreren,Svømmeskolen,Tannlegen,"+
	"Barnevakt Siri,Barnevakt Jon,Besteforeldrene,Farmors venninne,Hundepasseren,Zahra", ",")

// kin is a family of five children and forty contacts; Nabo answers for Ola alone.
func kin() bridge.Family {
	f := people()
	f.Guardians[2].Name = "Tante" // as in people
	all := []string{"Mamma", "Pappa", "Tante", "Onkel"}
	f.Contacts = nil
	for i, name := range kinNames {
		c := bridge.Contact{Name: name, Phone: fmt.Sprintf("+479%07d", 2000000+i)}
		if i%3 == 2 {
			c = bridge.Contact{Name: name, JID: fmt.Sprintf("kontakt%d@example.org", i)}
		}
		f.Contacts = append(f.Contacts, c)
	}
	f.Timetables = []bridge.Timetable{{Name: "Etter leksene", Windows: []bridge.Hours{{Days: "mon-fri", From: "17:00", To: "20:00"}}}}
	f.Children = nil
	for i, name := range []string{"Emma", "Jonas", "Ola", "Sofie Marie", "Åse"} {
		child := bridge.Child{Name: name, Localpart: bridge.LocalpartOf(name), Phone: fmt.Sprintf("+4793333%03d", i), Guardians: all}
		if name == "Ola" {
			child.Guardians = []string{"Mamma", "Nabo"}
		}
		child.Allow = append(child.Allow, bridge.Allow{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true})
		key := 3
		for j, contact := range kinNames {
			line := bridge.Allow{Contact: contact, ToChild: (i+j)%7 != 1, FromChild: (i+j)%5 != 1}
			if (i*3+j*7)%4 == 0 || !line.ToChild && !line.FromChild {
				continue
			}
			if (i+j)%6 == 0 && key <= 9 {
				line.Key, key = key, key+1
			}
			switch (i + j) % 9 {
			case 2:
				line.When = "home"
			case 4:
				line.When = "home, Etter leksene"
			}
			line.Emergency = j < 2
			child.Allow = append(child.Allow, line)
		}
		f.Children = append(f.Children, child)
	}
	f.Children[0].Allow = append(f.Children[0].Allow, bridge.Allow{Contact: "Jonas", ToChild: true, FromChild: true})
	f.Children[0].Default = "Mamma"
	return f
}

// openKin is a console for kin, whose family is checked as the program checks it.
func openKin(t *testing.T) *home {
	t.Helper()
	h := &home{t: t, now: noon}
	var err error
	h.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), "knapp.db"), store.Options{Now: h.clock, Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() })
	h.relay, err = bridge.New(bridge.Options{
		Store: h.store, Texts: plainTexts{}, Log: slog.New(slog.DiscardHandler), Now: h.clock, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
		Country: "NO", Addresses: homely{},
	})
	if err != nil {
		t.Fatal(err)
	}
	checked, err := kin().Check(homely{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.relay.ApplyFamily(t.Context(), checked); err != nil {
		t.Fatal(err)
	}
	h.site = open(t, Options{Health: healthy, Store: h.store, Office: h.relay, Now: h.clock, memory: 64, wait: h.pause})
	h.s = h.site.server
	return h
}

func (h *home) directory() *bridge.Directory {
	h.t.Helper()
	d, err := h.store.Directory(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// did tells whether somebody did something that was written down.
func (h *home) did(who, what string) bool {
	h.t.Helper()
	lines, err := h.store.Audit(h.t.Context(), bridge.AuditQuery{Limit: 100})
	if err != nil {
		h.t.Fatal(err)
	}
	return slices.ContainsFunc(lines, func(l bridge.AuditLine) bool { return l.Who == who && l.What == what && l.Via == bridge.ViaConsole })
}

func (h *home) page(child string) string { return "/children/" + id(h.person(child)) }

func TestAChildIsAddedAndChanged(t *testing.T) {
	h := openKin(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	b.get("/children")
	b.shows("Sofie Marie", "+47 933 33 003", "Foresatte: Mamma, Pappa, Tante, Onkel", "Legg til et barn")
	b.get("/children/new")
	b.post("/children/new", "name", "  Lille   Ida ", "phone", "933 44 555", "language", "en", "guardian", "Mamma")
	b.shows("Barnet er lagt til.", "Lille Ida")
	ida := h.person("Lille Ida")
	if ida.Localpart != "lille-ida" || ida.Phone != "+4793344555" || ida.Language != "en" || len(h.directory().Guardians(ida.ID)) != 1 || !h.did("Mamma", "add_child") {
		t.Errorf("Ida is %+v", ida)
	}
	b.get("/children/new")
	b.post("/children/new", "name", "Ny", "phone", "+46701234567", "guardian", "Mamma", "guardian", "Mamma")
	b.shows("koster ekstra", `value="+46701234567"`, `name="sure"`)
	b.post("/children/new", "name", "Ny", "phone", "+46701234567", "guardian", "Mamma", "sure", "1")
	b.shows("Barnet er lagt til.")

	emma := h.page("Emma")
	b.get(emma)
	b.shows("emma@", "den laveste tasten", "Familien har ikke noe kodeord", "/contacts?child="+id(h.person("Emma")), "/log?child=Emma")
	b.post(emma+"/edit", "name", "Emmy", "language", "en", "default", "Farmor", "localpart", "k7w2")
	b.shows("Lagret.", "k7w2@", `<option value="Farmor" selected>`)
	emmy := h.person("Emmy")
	if emmy.Localpart != "k7w2" || emmy.Default != h.person("Farmor").ID || !h.did("Mamma", "edit_child") {
		t.Errorf("Emmy is %+v", emmy)
	}
	b.post(emma+"/edit", "name", "Jonas", "localpart", "k7w2")
	b.shows("er opptatt av", `name="name" value="Jonas"`) // what was typed is still there
	b.post(emma+"/number", "number", "41 23 45 67")
	b.shows("Nummeret er byttet.", "+47 412 34 567")
	for _, wrong := range []string{"", "x@example.org", "Mamma", "112"} {
		b.get(emma)
		if b.post(emma+"/number", "number", wrong); b.code != 422 {
			t.Errorf("the number %q: %d", wrong, b.code)
		}
	}
	if got := h.person("Emmy").Phone; got != "+4741234567" {
		t.Errorf("the number is %s", got)
	}
}

func TestGuardiansOfAChild(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Pappa", "Onkel"} {
		h.account(name)
	}
	mum, dad, uncle := h.signedIn("Mamma"), h.signedIn("Pappa"), h.signedIn("Onkel")
	emma := h.page("Emma")
	mum.get(emma)
	mum.post(emma+"/guardian", "who", "Nabo")
	mum.shows("Gjort. Barnet og de andre får vite det.")
	mum.post(emma+"/guardian", "who", "Nabo")
	mum.shows("Nabo er allerede foresatt for Emma.")
	mum.post(emma + "/archive")
	mum.shows("har også andre foresatte: Pappa, Tante, Onkel, Nabo.")
	mum.post(emma+"/cut", "who", "Pappa")
	mum.shows("De andre er varslet.", "Pappa slutter som foresatt")
	code := mum.page[strings.Index(mum.page, `name="code" value="`)+len(`name="code" value="`):]
	code = code[:strings.Index(code, `"`)]
	dad.get(emma)
	dad.shows("Pappa slutter som foresatt", "Ja, jeg slutter")
	dad.hides("Trekk tilbake")
	dad.post(emma+"/waiting", "code", code, "how", "no")
	if dad.code != 403 {
		t.Errorf("whom it concerns has stopped it: %d", dad.code)
	}
	mum.post(emma+"/waiting", "code", code, "how", "yes")
	mum.shows("Bare den det gjelder")
	mum.post(emma+"/waiting", "code", code, "how", "no")
	mum.shows("Trukket tilbake.")
	mum.hides("slutter som foresatt 2")
	uncle.get(emma)
	uncle.hides(">Pappa</option>", "Arkiver", "Nytt telefonnummer", "Enda en foresatt")
	uncle.post(emma+"/cut", "who", "Pappa")
	if uncle.code != 422 && uncle.code != 403 {
		t.Errorf("a viewer cuts another off: %d", uncle.code)
	}
	uncle.get(emma)
	uncle.post(emma+"/cut", "who", "Onkel")
	if uncle.shows("Du er ikke lenger foresatt for barnet."); uncle.path != "/children" {
		t.Errorf("who has left is at %s", uncle.path)
	}
	if uncle.get(emma); uncle.code != 404 {
		t.Errorf("who has left sees the child: %d", uncle.code)
	}
	// Alone with Åse, her mother archives her; what was said stays.
	h.exchange("Åse", "Bestemor", policy.ByRule)
	ase := h.page("Åse")
	for _, name := range []string{"Pappa", "Tante", "Onkel"} {
		who := bridge.Actor{Person: h.person(name).ID, Via: bridge.ViaConsole}
		if _, err := h.relay.CutOff(t.Context(), who, "Åse", name); err != nil {
			t.Fatal(err)
		}
	}
	mum.get(ase)
	mum.post(ase + "/archive")
	mum.shows("Barnet er arkivert.")
	if mum.get(ase); mum.code != 404 {
		t.Errorf("the page of an archived child: %d", mum.code)
	}
	if _, there := h.directory().Named("Åse"); there || !h.did("Mamma", "archive_child") {
		t.Error("the child is still there")
	}
}

// The password is asked for before what is dangerous, without anything that was typed being lost.
func TestDangerousStepsAreFresh(t *testing.T) {
	h := openKin(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	h.later(24 * time.Hour)
	emma := h.page("Emma")
	for _, path := range []string{emma + "/archive", emma + "/number", emma + "/guardian", emma + "/cut", "/children/new", "/contacts/" + id(h.person("Mamma")) + "/reach"} {
		b.get(emma)
		if b.post(path, "who", "Pappa", "number", "41234567"); b.path != "/confirm" {
			t.Errorf("%s without the password: %s", path, b.path)
		}
	}
	b.get(emma)
	b.shows("Oppgi passordet først", `/confirm?to=`+emma)
	b.hides("/archive\"", "Bytt nummer")
	b.get("/confirm?to=" + emma)
	b.post("/confirm", "to", emma, "password", password)
	if b.path != emma {
		t.Errorf("after the password one is at %s", b.path)
	}
	b.shows("Arkiver barnet", "Bytt nummer")
	for _, elsewhere := range []string{"//evil.example", "/children/5/6", "https://evil.example/children/5", "/static/x", "/children/5/archive"} {
		if b.get("/confirm?to=" + elsewhere); !strings.Contains(b.page, `name="to" value="/overview"`) && !strings.Contains(b.page, `name="to" value="/contacts`) {
			t.Errorf("one can be sent to %s", elsewhere)
		}
	}
}
