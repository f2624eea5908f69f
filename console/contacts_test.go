package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// square is the address of what joins a person to a child.
func (h *home) square(person, child string) string {
	return "/contacts/" + id(h.person(person)) + "/" + id(h.person(child))
}

func (h *home) rule(child, person string) (policy.Rule, bool) {
	return h.directory().Rules.Rule(h.person(child).ID, h.person(person).ID)
}

func TestContactsAreAMatrix(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Onkel", "Nabo"} {
		h.account(name)
	}
	b := h.signedIn("Mamma")
	b.get("/contacts")
	if n := strings.Count(b.page, "<td"); n != (5+40+5)*5 {
		t.Errorf("%d squares", n)
	}
	if len(b.page) > 58<<10 {
		t.Errorf("the page has %d octets", len(b.page))
	}
	// Å comes last, as in a Norwegian phone book, and Æ and Ø before it.
	if a, z, ae := strings.Index(b.page, ">Tante Åse<"), strings.Index(b.page, ">Zahra<"), strings.Index(b.page, ">Tante Øyvor<"); a < ae || z < a {
		t.Errorf("sorted: Åse %d, Øyvor %d, Zahra %d", a, ae, z)
	}
	b.get("/contacts?q=trener")
	b.shows("Trener Kari", "Fotballtreneren")
	b.hides("Bestemor")
	b.get("/contacts?q=92000000")
	b.shows(">Bestemor<")
	b.hides("Bestefar<")
	b.get("/contacts?q=ingen+slik")
	b.shows("Ingen passer til det.")
	b.get("/contacts?child=" + id(h.person("Emma")) + "&sort=key")
	b.shows("Disse kan Emma ha kontakt med", "bare til barnet, tast 3", "bare hjemme", "Ikke på listen")
	if strings.Count(b.page, "Ikke på listen") != 1 || strings.Index(b.page, ">Bestemor<") < strings.Index(b.page, "Ikke på listen") {
		t.Error("whoever is not on the list cannot be found at its end, to be put on it")
	}

	// Whoever answers for another child sees that child's people, and no others.
	nabo := h.signedIn("Nabo")
	nabo.get("/contacts")
	nabo.shows("Disse kan Ola ha kontakt med")
	nabo.hides(">Emma<", ">Pappa<", ">Sofie Marie<")
	for _, path := range []string{h.square("Bestemor", "Emma"), "/contacts/" + id(h.person("Pappa")), "/contacts/" + id(h.person("Emma")), h.page("Emma"), "/contacts/99999", "/contacts/x", "/contacts/1/x", "/children/0", "/children/-1", "/children/" + id(h.person("Mamma"))} {
		if nabo.get(path); nabo.code != 404 {
			t.Errorf("%s: %d", path, nabo.code)
		}
	}
	nabo.get("/contacts?child=" + id(h.person("Emma")))
	nabo.hides("Emma")
	onkel := h.signedIn("Onkel")
	onkel.get("/contacts")
	onkel.hides("Legg til en kontakt")
	onkel.get(h.square("Bestemor", "Emma"))
	onkel.shows("Rollen din kan se dette")
	onkel.hides("<button>")
}

func TestASquareIsChanged(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Pappa"} {
		h.account(name)
	}
	b := h.signedIn("Pappa")
	path := h.square("Farmor", "Emma")
	b.get(path)
	b.post(path, "from", "1", "key", "9", "always", "0", "when", "home", "emergency", "1", "list", "1")
	if b.shows("Lagret.", "Disse kan Emma ha kontakt med"); b.path != "/contacts" {
		t.Errorf("afterwards one is at %s", b.path)
	}
	rule, _ := h.rule("Emma", "Farmor")
	if rule.ToChild || !rule.FromChild || rule.Key != 9 || rule.When != "home" || !rule.Emergency || !h.did("Pappa", "set_rule") {
		t.Errorf("the rule is %+v", rule)
	}
	b.get(path)
	b.shows("Farmor får det Emma skriver, men kan ikke svare.", "2 – opptatt av Mamma")
	b.post(path, "from", "1", "to", "1", "key", "2", "always", "1")
	b.shows("Tast 2 er allerede i bruk, av Mamma.")
	b.post(path, "from", "1", "to", "1", "always", "0")
	b.shows("Velg minst én tid, eller «Alltid».")
	if again, _ := h.rule("Emma", "Farmor"); again != rule {
		t.Errorf("a refused form has changed the rule: %+v", again)
	}

	// Somebody new on the list, and off it again.
	path = h.square("Bestemor", "Emma")
	b.get(path)
	b.shows("Bestemor står ikke på listen til Emma", "Sett på listen")
	b.post(path, "from", "1", "to", "1", "key", "", "always", "0", "when", "Etter leksene", "when", "sleep")
	b.shows("Lagret.")
	if rule, ok := h.rule("Emma", "Bestemor"); !ok || rule.When != "sleep" && !strings.Contains(rule.When, "Etter leksene") {
		t.Errorf("the rule is %+v", rule)
	}
	b.get(path)
	b.post(path + "/remove")
	b.shows("Tatt av listen.")
	if _, ok := h.rule("Emma", "Bestemor"); ok || !h.did("Pappa", "remove_contact") {
		t.Error("it is still there")
	}

	// A guest's end stays until somebody makes it last.
	until := noon.Add(5 * time.Hour).UTC().Format(time.RFC3339)
	err := h.relay.SetRule(t.Context(), bridge.Keeper, "Emma", bridge.Allow{Contact: "Farmor", ToChild: true, FromChild: true, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	path = h.square("Farmor", "Emma")
	b.get(path)
	b.shows("Gjør det varig")
	b.post(path, "from", "1", "to", "1", "always", "1")
	if rule, _ := h.rule("Emma", "Farmor"); rule.Until.IsZero() {
		t.Error("a guest has become lasting by itself")
	}
	b.get(path)
	b.post(path, "from", "1", "to", "1", "always", "1", "lasting", "1")
	if rule, _ := h.rule("Emma", "Farmor"); !rule.Until.IsZero() {
		t.Errorf("the rule is %+v", rule)
	}
}

// What a form cannot say, a hostile one cannot either: a guardian is shut out by nobody else.
func TestAGuardiansSquare(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Pappa"} {
		h.account(name)
	}
	b := h.signedIn("Pappa")
	path := h.square("Mamma", "Emma")
	b.get(path)
	b.shows("Mamma er foresatt for Emma.", "Ingenting fra Emma til Mamma holdes noen gang tilbake.", "Foresatte får alltid vite det")
	b.hides(`id="to"`, `id="times"`)
	b.post(path, "key", "2", "always", "1")
	b.shows("bare Mamma kan stenge sin egen vei")
	b.post(path, "to", "1", "key", "2", "always", "0", "when", "sleep")
	b.shows("bare Mamma kan stenge sin egen vei")
	b.post(path, "to", "1", "key", "9", "always", "1")
	b.shows("Lagret.")
	if rule, _ := h.rule("Emma", "Mamma"); rule.Key != 9 || !rule.ToChild || !rule.FromChild {
		t.Errorf("the rule is %+v", rule)
	}
	own := h.square("Pappa", "Emma")
	b.get(own)
	b.shows(`id="to"`)
	b.post(own, "key", "8", "always", "1")
	if rule, ok := h.rule("Emma", "Pappa"); !ok || rule.ToChild || !rule.FromChild || rule.Key != 8 {
		t.Errorf("his own way: %+v", rule)
	}
	b.get("/contacts")
	b.shows("bare fra barnet, tast 8")
	b.get(own)
	b.shows("Fjern tast og tider")
	b.post(own + "/remove")
	if _, ok := h.rule("Emma", "Pappa"); ok || !h.directory().Rules.IsGuardian(h.person("Emma").ID, h.person("Pappa").ID) {
		t.Error("his line, or more than that, is there")
	}
}

func TestAContactIsAdded(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Pappa", "Nabo"} {
		h.account(name)
	}
	b := h.signedIn("Pappa")
	b.get("/contacts/new?child=" + id(h.person("Emma")))
	b.shows(`name="child" value="Emma" checked`)
	send := func(b *surfer, fields ...string) { b.get("/contacts/new"); b.post("/contacts/new", fields...) }
	send(b, "name", "Ny Venn", "address", "45 67 89 01", "child", "Emma", "from", "1", "to", "1", "always", "0", "when", "home")
	b.shows("Kontakten er lagt til.", "Disse kan Emma ha kontakt med", "Ny Venn")
	if rule, ok := h.rule("Emma", "Ny Venn"); !ok || rule.When != "home" || !rule.FromChild || !rule.ToChild || !h.did("Pappa", "add_contact") {
		t.Errorf("the rule is %+v", rule)
	}
	for said, fields := range map[string][]string{
		"For hvilket barn?":               {"name", "X", "address", "x@example.org", "always", "1"},
		"Nummer eller adresse mangler.":   {"name", "X", "child", "Emma", "always", "1"},
		"Velg minst én tid":               {"name", "X", "address", "x@example.org", "child", "Emma", "always", "0"},
		"Alle må ha et navn.":             {"name", "   ", "address", "x@example.org", "child", "Emma", "always", "1"},
		"er bare tall":                    {"name", "12", "address", "x@example.org", "child", "Emma", "always", "1"},
		"er navnet på selve porten":       {"name", "knapp", "address", "x@example.org", "child", "Emma", "always", "1"},
		"er for langt: høyst 20 tegn":     {"name", strings.Repeat("å", 21), "address", "x@example.org", "child", "Emma", "always", "1"},
		"har et tegn som ikke kan stå i":  {"name", "a\u202eb", "address", "x@example.org", "child", "Emma", "always", "1"},
		"er opptatt av":                   {"name", "ny venn", "address", "x@example.org", "child", "Emma", "always", "1"},
		"er verken et telefonnummer":      {"name", "X", "address", "ikke noe", "child", "Emma", "always", "1"},
		"hører allerede til Bestemor":     {"name", "X", "address", "92000000", "child", "Emma", "always", "1"},
		"bare en eier kan slippe det inn": {"name", "X", "address", "+46701234567", "child", "Emma", "always", "1", "sure", "1"},
		"hører allerede til Sofie Marie":  {"name", "X", "address", "+4793333003", "child", "Emma", "always", "1"},
	} {
		send(b, fields...)
		if b.code != 422 {
			t.Errorf("%v: %d", fields, b.code)
		}
		b.shows(said, `role="alert"`)
		if len(fields[1]) < 15 && strings.TrimSpace(fields[1]) != "" {
			b.shows(`name="name" value="` + fields[1] + `"`)
		}
	}
	owner := h.signedIn("Mamma")
	send(owner, "name", "Svensk Tante", "address", "+46701234567", "child", "Emma", "child", "Jonas", "to", "1", "always", "1")
	owner.shows("koster ekstra", "er riktig, også om det koster ekstra", `value="+46701234567"`)
	owner.post("/contacts/new", "name", "Svensk Tante", "address", "+46701234567", "child", "Jonas", "to", "1", "always", "1", "sure", "1")
	owner.shows("Kontakten er lagt til.")
	if rule, ok := h.rule("Jonas", "Svensk Tante"); !ok || rule.FromChild || !rule.ToChild {
		t.Errorf("the rule is %+v", rule)
	}

	// Nabo learns nothing of a number that others know, and adds nobody for their children.
	nabo := h.signedIn("Nabo")
	send(nabo, "name", "X", "address", "+46701234567", "child", "Ola", "always", "1")
	nabo.shows("hører til noen som en annen foresatt har lagt inn")
	nabo.hides("Svensk")
	send(nabo, "name", "X", "address", "x@example.org", "child", "Emma", "always", "1")
	nabo.shows("For hvilket barn?")
}

func TestAContactsPage(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Pappa", "Onkel"} {
		h.account(name)
	}
	mum, dad, uncle := h.signedIn("Mamma"), h.signedIn("Pappa"), h.signedIn("Onkel")
	path := "/contacts/" + id(h.person("Rektor"))
	dad.get(path)
	dad.shows("Bare den som bestemmer for alle barn som har kontakten") // Ola has him too
	dad.hides(path + "/rename")
	mum.get(path)
	mum.post(path+"/rename", "name", "Rektor  Moe")
	mum.shows("Navnet er endret.", "<h1>Rektor Moe</h1>")
	mum.post(path+"/rename", "name", "Bestemor")
	mum.shows("er opptatt av")
	mum.post(path+"/number", "address", "rektor@skolen.example")
	mum.shows("Nummeret er byttet.", "rektor@skolen.example")
	mum.post(path+"/number", "address", "+46701234567")
	mum.shows("koster ekstra", `name="sure"`)
	mum.post(path+"/number", "address", "+46701234567", "sure", "1")
	mum.shows("+46701234567")
	dad.get(path)
	dad.post(path + "/remove")
	dad.shows("Tatt av listene.")
	if _, ok := h.rule("Ola", "Rektor Moe"); !ok {
		t.Error("off the list of a child that is not his")
	}
	mum.get(path)
	mum.post(path + "/remove")
	if _, there := h.directory().Named("Rektor Moe"); there {
		t.Error("who is on no list is still there")
	}

	// Everybody says how it is reached itself; the others' is for an owner.
	own := "/contacts/" + id(h.person("Onkel"))
	uncle.get(own)
	uncle.shows("· deg", `value="uncle@example.org"`)
	uncle.post(own+"/reach", "jid", "uncle@new.example", "phone", "41 00 00 00")
	uncle.shows("Lagret. De andre foresatte får vite det.", `value="+4741000000"`)
	uncle.post(own+"/reach", "jid", "", "phone", "")
	uncle.shows("må ha et telefonnummer eller en XMPP-adresse")
	uncle.post(own+"/rename", "name", "Onkel Bo")
	uncle.shows("Navnet er endret.")
	other := "/contacts/" + id(h.person("Mamma"))
	uncle.get(other)
	uncle.shows("Bare personen selv kan endre dette.")
	for _, try := range []string{"/reach", "/rename"} {
		uncle.get(own)
		if uncle.post(other+try, "jid", "evil@example.org", "name", "X"); uncle.code != 403 {
			t.Errorf("a viewer changes an owner by %s: %d", try, uncle.code)
		}
	}
	mum.get("/contacts/" + id(h.person("Pappa")))
	mum.shows("Bare personen selv kan endre dette.") // an owner too: whoever decides for a child has its name and address to itself
	mum.hides("/rename", "/reach")
	// A guardian's and a child's address go through no back door without the password.
	for _, name := range []string{"Pappa", "Emma"} {
		mum.get(own)
		if mum.post("/contacts/"+id(h.person(name))+"/number", "address", "evil@example.org"); mum.code != 400 {
			t.Errorf("%s is moved as a contact: %d", name, mum.code)
		}
	}
}

func TestBlockedNumbers(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Mamma", "Nabo", "Onkel"} {
		h.account(name)
	}
	b := h.signedIn("Mamma")
	b.get("/contacts/blocked")
	b.shows("Ingen er blokkert.")
	b.post("/contacts/block", "address", "48 88 88 88", "child", "Emma")
	b.shows("Blokkert.", "+47 488 88 888", "for Emma · Mamma")
	b.post("/contacts/block", "address", "REKLAME", "child", "")
	b.shows("REKLAME", "for hele familien")
	b.post("/contacts/block", "address", "92000000", "child", "Emma")
	b.shows("hører til familien")
	b.post("/contacts/block", "address", "48888888", "child", "Bestemor")
	b.shows("Jeg finner ikke noe barn")
	b.get("/contacts/new")
	b.post("/contacts/new", "name", "X", "address", "48888888", "child", "Emma", "always", "1")
	b.shows("er blokkert. Opphev blokkeringen først.")
	nabo, onkel := h.signedIn("Nabo"), h.signedIn("Onkel")
	nabo.get("/contacts/blocked")
	nabo.hides("488 88 888")
	onkel.get("/contacts/blocked")
	onkel.shows("488 88 888")
	onkel.hides("Opphev")
	b.get("/contacts/blocked")
	b.post("/contacts/unblock", "address", "+4748888888", "child", "Emma")
	b.shows("Ikke blokkert lenger.")
	b.hides("488 88 888")
	b.post("/contacts/unblock", "address", "+4748888888", "child", "Emma")
	b.shows("er ikke blokkert")
}

// Forms that no page of ours has sent: words or a refusal, and nothing is changed.
func TestHostileContactForms(t *testing.T) {
	h := openKin(t)
	for _, name := range []string{"Nabo", "Mamma", "Onkel", "Pappa"} {
		h.account(name)
	}
	before, err := h.store.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	emma, ola := h.person("Emma"), h.person("Ola")
	forms := map[string][][]string{
		"Nabo": {
			{h.square("Bestemor", "Emma"), "from", "1", "to", "1", "always", "1"},
			{h.square("Pappa", "Ola"), "from", "1", "always", "1"},
			{h.square("Emma", "Ola"), "from", "1", "always", "1"},
			{h.square("Bestefar", "Emma") + "/remove"},
			{h.page("Emma") + "/edit", "name", "X", "localpart", "x"},
			{h.page("Emma") + "/number", "number", "41234567"},
			{h.page("Emma") + "/cut", "who", "Mamma"},
			{h.page("Ola") + "/edit", "name", "Ola", "localpart", "nytt"},
			{h.page("Ola") + "/waiting", "code", "K2", "how", "yes"},
			{h.page("Ola") + "/waiting", "code", "K2", "how", "maybe"},
			{"/contacts/" + id(emma) + "/rename", "name", "X"},
		},
		"Onkel": {
			{h.square("Bestefar", "Emma"), "always", "1"},
			{h.square("Bestefar", "Emma") + "/remove"},
			{h.page("Emma") + "/archive"},
			{"/contacts/new", "name", "X", "address", "x@example.org", "child", "Emma", "always", "1"},
			{"/contacts/block", "address", "48888888"},
			{"/contacts/" + id(h.person("Bestefar")) + "/rename", "name", "X"},
		},
		"Pappa": {
			{h.page("Emma") + "/edit", "name", "Emma", "localpart", "nytt"},
			{h.page("Emma") + "/archive"},
			{h.page("Emma") + "/guardian", "who", "Nabo"},
			{"/contacts/" + id(h.person("Mamma")) + "/rename", "name", "X"},
		},
		"Mamma": {
			{h.square("Bestefar", "Emma"), "from", "1", "key", "99", "always", "1"},
			{h.square("Bestefar", "Emma"), "from", "1", "key", "-1", "always", "1"},
			{h.square("Bestefar", "Emma"), "from", "1", "key", "x", "always", "1"},
			{h.square("Bestefar", "Emma"), "from", "1", "always", "0", "when", "midnight"},
			{h.square("Emma", "Emma"), "from", "1", "always", "1"},
			{"/contacts/" + id(ola) + "/0", "always", "1"},
			{"/contacts/0/" + id(ola), "always", "1"},
			{"/contacts/99999999999999999999/" + id(ola), "always", "1"},
			{h.page("Emma") + "/edit", "name", "a\x00b", "localpart", "emma"},
			{h.page("Emma") + "/edit", "name", "Emma", "localpart", "em ma@x"},
			{h.page("Emma") + "/edit", "name", "Emma", "localpart", ""},
			{h.page("Emma") + "/edit", "name", "Emma", "language", "klingon", "localpart", "emma"},
			{h.page("Emma") + "/edit", "name", "Emma", "localpart", "emma", "default", "Zorro"},
			{h.page("Emma") + "/guardian", "who", "Bestemor"},
			{h.page("Emma") + "/cut", "who", "Zorro"},
			{"/children/new", "name", "X", "phone", "41234567"},
			{"/children/new", "name", "X", "phone", "41234567", "guardian", "Zorro"},
			{"/children/new", "name", "X", "phone", "", "guardian", "Mamma"},
			{"/contacts/" + id(h.person("Bestefar")) + "/rename", "name", "a\x07b"},
			{"/contacts/" + id(h.person("Bestefar")) + "/number", "address", "<script>@x"},
			{"/contacts/block", "address", ""},
			{"/contacts/block", "address", strings.Repeat("9", 300)},
			{"/contacts/unblock", "address", "nobody"},
		},
	}
	for name, list := range forms {
		b := h.signedIn(name)
		for _, form := range list {
			b.get("/contacts/blocked") // a form like any other's
			b.post(form[0], form[1:]...)
			if b.code < 400 || b.code >= 500 {
				t.Errorf("%s sends %q: %d at %s", name, form, b.code, b.path)
			}
		}
		if res, err := b.client.Post(h.site.url+"/contacts/new", "application/x-www-form-urlencoded", strings.NewReader("name="+strings.Repeat("a", 1<<20))); err == nil {
			if res.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("a megabyte: %d", res.StatusCode)
			}
			_ = res.Body.Close()
		}
	}
	after, err := h.store.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(before.Contacts) != len(after.Contacts) || len(before.Children) != len(after.Children) {
		t.Error("somebody is new or gone")
	}
	for i, k := range before.Children {
		a := after.Children[i]
		if k.Name != a.Name || k.Localpart != a.Localpart || k.Phone != a.Phone || k.Language != a.Language || k.Default != a.Default || len(k.Guardians) != len(a.Guardians) || len(k.Allow) != len(a.Allow) {
			t.Errorf("%s is another: %+v", k.Name, a)
		}
		for j := range k.Allow {
			if k.Allow[j] != a.Allow[j] {
				t.Errorf("%s: %+v has become %+v", k.Name, k.Allow[j], a.Allow[j])
			}
		}
	}
}
