package bridge

import (
	"strings"
	"testing"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

const ask policy.Person = 20 // a friend whose name is a word of English

// village is house with more people: a name that is a command, one of two words, and a free key.
func village() *Directory {
	return NewDirectory([]Person{
		{ID: emma, Kind: KindChild, Name: "Emma", Phone: "+4793333333", Localpart: "emma", Language: "nb"},
		{ID: mum, Kind: KindGuardian, Name: "Mamma", JID: "mum@example.org"},
		{ID: dad, Kind: KindGuardian, Name: "Pappa", JID: "dad@example.org"},
		{ID: gran, Kind: KindContact, Name: "Mor Åse", JID: "gran@example.org"},
		{ID: coach, Kind: KindContact, Name: "Trener", Phone: "+4795555555"},
		{ID: ask, Kind: KindContact, Name: "Ask", Phone: "+4797777777"},
		{ID: other, Kind: KindContact, Name: "Ola", Phone: "+4796666666"},
	}, policy.Book{
		Guardianships: []policy.Guardianship{{Child: emma, Guardian: mum}, {Child: emma, Guardian: dad}},
		Rules: []policy.Rule{
			{ID: 1, Child: emma, Contact: mum, Key: 2, FromChild: true, ToChild: true},
			{ID: 2, Child: emma, Contact: dad, Key: 3, FromChild: true, ToChild: true},
			{ID: 3, Child: emma, Contact: gran, Key: 4, FromChild: true, ToChild: true},
			{ID: 4, Child: emma, Contact: coach, ToChild: true},
			{ID: 5, Child: emma, Contact: ask, Key: 5, FromChild: true, ToChild: true},
		},
	})
}

var (
	nb    = Talk{Language: words.Bokmål, Country: "NO"}
	en    = Talk{Language: words.English, Country: "NO"}
	talks = Talk{Language: words.Bokmål, Country: "NO", Open: true}
	asked = Talk{Language: words.Bokmål, Country: "NO", Open: true, Asked: true}
)

func says(text string) Intent                { return Intent{Addressed: Addressed{Text: text}} }
func to(p policy.Person, text string) Intent { return Intent{Addressed: Addressed{To: p, Text: text}} }

func alarm(text string) Intent {
	return Intent{Kind: Alarm112, Addressed: Addressed{Text: text}}
}

func fire(ring, text string) Intent {
	return Intent{Kind: RingEmergency, Number: ring, Addressed: Addressed{Text: text}}
}

func doubt(p policy.Person, text string) Intent {
	return Intent{Kind: DoubtfulHelp, Addressed: Addressed{To: p, Text: text}}
}
func line(number string) Intent { return Intent{Kind: RingHelpline, Number: number} }

// What a child can type, row by row of DESIGN section 4, as children type it.
func TestWhatAChildTypes(t *testing.T) {
	d := village()
	for _, c := range []struct {
		text string
		talk Talk
		want Intent
	}{
		// Just text, whatever it looks like.
		{"hei", nb, says("hei")},
		{"ok", nb, says("ok")},
		{"ok", asked, says("ok")},
		{"Ok!", talks, says("Ok!")},
		{"Hvem henter meg?", nb, says("Hvem henter meg?")},
		{"hvem er du", nb, says("hvem er du")},
		{"regler er teit", nb, says("regler er teit")},
		{"2 timer til", nb, says("2 timer til")},
		{"3 kr", nb, says("3 kr")},
		{"2. plass!", nb, says("2. plass!")},
		{"3d film?", nb, says("3d film?")},
		{"4ever", nb, says("4ever")},
		{"2:30", nb, says("2:30")},
		{"2 - 1 til oss", nb, says("2 - 1 til oss")},
		{"7 hei", nb, says("7 hei")},
		{"Pappa henter meg", talks, says("Pappa henter meg")},
		{"pappa henter meg", asked, says("pappa henter meg")},
		{"mamma hei", talks, says("mamma hei")},
		{"mamma", nb, says("mamma")},
		{"Ola: hei", nb, says("Ola: hei")},
		{"😀", nb, says("😀")},
		{"!!!", nb, says("!!!")},
		{"", nb, says("")},
		{"   ", nb, says("")},

		// To somebody.
		{"2 hei", nb, to(mum, "hei")},
		{"2 hei", talks, to(mum, "hei")},
		{"2 hei", asked, to(mum, "hei")},
		{"2: hei", talks, to(mum, "hei")},
		{"2:hei", talks, to(mum, "hei")},
		{"2hei mamma", nb, to(mum, "hei mamma")},
		{"2hei mamma", talks, says("2hei mamma")},
		{"2\u00a0hei", nb, to(mum, "hei")},
		{"Mamma: hei", nb, to(mum, "hei")},
		{"Mamma:hei", talks, to(mum, "hei")},
		{"MAMMA : hei", talks, to(mum, "hei")},
		{"mamma hei", nb, to(mum, "hei")},
		{"mor ase: hei", talks, to(gran, "hei")},
		{"Mor Åse hei", nb, to(gran, "hei")},
		{"0 jeg er framme", talks, Intent{Addressed: Addressed{All: true, Text: "jeg er framme"}}},
		{"0: kom", talks, Intent{Addressed: Addressed{All: true, Text: "kom"}}},

		// A friend who is called like a command of another language, and of one's own.
		{"Ask kommer", nb, to(ask, "kommer")},
		{"Ask kommer", talks, says("Ask kommer")},
		{"Ask: hei", en, to(ask, "hei")},
		{"ask 91234567 Emma", nb, to(ask, "91234567 Emma")},

		// Keys and who is on them.
		{"0", nb, Intent{Kind: ShowKeys}},
		{"0", talks, Intent{Kind: ShowKeys}},
		{"0!", talks, Intent{Kind: ShowKeys}},
		{"? ", nb, Intent{Kind: ShowKeys}},
		{"??", nb, Intent{Kind: ShowKeys}},
		{"?", asked, Intent{Kind: ShowKeys}},
		{"?", talks, says("?")},
		{"2", nb, Intent{Kind: AskWhoIsOn, Addressed: Addressed{To: mum}, Key: 2}},
		{"2?", nb, Intent{Kind: AskWhoIsOn, Addressed: Addressed{To: mum}, Key: 2}},
		{"7", nb, Intent{Kind: AskWhoIsOn, Key: 7}},
		{"2", talks, says("2")},

		// The answer to `Til hvem?`.
		{"2", asked, Intent{Kind: Answer, Addressed: Addressed{To: mum}, Key: 2}},
		{"2.", asked, Intent{Kind: Answer, Addressed: Addressed{To: mum}, Key: 2}},
		{"7", asked, Intent{Kind: Answer, Key: 7}},
		{"0", asked, Intent{Kind: Answer, Addressed: Addressed{All: true}}},
		{"mamma", asked, Intent{Kind: Answer, Addressed: Addressed{To: mum}, Key: -1}},
		{"Mor Ase!", asked, Intent{Kind: Answer, Addressed: Addressed{To: gran}, Key: -1}},

		// Commands of the child's own language.
		{"HVEM", nb, Intent{Kind: ShowWho}},
		{"hvem?", nb, Intent{Kind: ShowWho}},
		{"hvem", talks, Intent{Kind: ShowWho}},
		{"Hvem?", talks, says("Hvem?")},
		{"hvem 😀", nb, Intent{Kind: ShowWho}},
		{"who", nb, says("who")},
		{"WHO", en, Intent{Kind: ShowWho}},
		{"hvem", en, says("hvem")},
		{" Regler. ", nb, Intent{Kind: ShowRules}},
		{"rules", en, Intent{Kind: ShowRules}},
		{"SPØR 91234567 Emma fotball", nb, Intent{Kind: AskFor, Number: "91234567", Name: "Emma fotball"}},
		{"spor 912 34 567 Emma", nb, Intent{Kind: AskFor, Number: "91234567", Name: "Emma"}},
		{"SPØR +47 912 34 567: Emma!", nb, Intent{Kind: AskFor, Number: "+4791234567", Name: "Emma"}},
		{"spør91234567emma", nb, Intent{Kind: AskFor, Number: "91234567", Name: "emma"}},
		{"SPO\u0308R 91234567 x", nb, Intent{Kind: AskFor, Number: "91234567", Name: "x"}},
		{"spør 91234567", nb, Intent{Kind: AskFor, Number: "91234567"}},
		{"SPØR", nb, says("SPØR")},
		{"spør mamma", nb, says("spør mamma")},
		{"spør 2 ganger", nb, says("spør 2 ganger")},
		{"ASK 91234567 Emma", en, Intent{Kind: AskFor, Number: "91234567", Name: "Emma"}},
		{"STOPP 4", nb, Intent{Kind: Mute, Key: 4, Addressed: Addressed{To: gran}}},
		{"stopp4", talks, Intent{Kind: Mute, Key: 4, Addressed: Addressed{To: gran}}},
		{"Stopp 4!", talks, Intent{Kind: Mute, Key: 4, Addressed: Addressed{To: gran}}},
		{"stopp 7", nb, Intent{Kind: Mute, Key: 7}},
		{"stopp ask", nb, Intent{Kind: Mute, Addressed: Addressed{To: ask}}},
		{"stopp ask", talks, says("stopp ask")},
		{"stopp", nb, says("stopp")},
		{"STOPP!", talks, says("STOPP!")},
		{"stopp 4 ganger", nb, says("stopp 4 ganger")},
		{"stop 4", en, Intent{Kind: Mute, Key: 4, Addressed: Addressed{To: gran}}},

		// Emergencies, in every language, however they are typed.
		{"SOS", nb, alarm("SOS")},
		{"sos", talks, alarm("sos")},
		{"sos!!", asked, alarm("sos!!")},
		{"S.O.S.", en, alarm("S.O.S.")},
		{"s o s", nb, alarm("s o s")},
		{"sossos sosss", nb, alarm("sossos sosss")},
		{"🆘sos🆘", nb, alarm("🆘sos🆘")},
		{"2 SOS!!", nb, alarm("2 SOS!!")},
		{"2sos", talks, alarm("2sos")},
		{"7 sos", nb, alarm("7 sos")},
		{"0 HJELP", nb, alarm("0 HJELP")},
		{"Mamma: sos", talks, alarm("Mamma: sos")},
		{"mamma hjelp", talks, alarm("mamma hjelp")},
		{"Mamma: HJELP!!!", nb, alarm("Mamma: HJELP!!!")},
		{"Ola: hjelp", nb, alarm("Ola: hjelp")},
		{"HJELP", nb, alarm("HJELP")},
		{"hjelp?", nb, alarm("hjelp?")},
		{"hjeeelp", nb, alarm("hjeeelp")},
		{"hjelp hjelp", nb, alarm("hjelp hjelp")},
		{"help", nb, alarm("help")},
		{"HJELP", en, alarm("HJELP")},
		{"SOS jeg er i skogen", nb, alarm("SOS jeg er i skogen")},
		{"SOS-barnebyer", nb, says("SOS-barnebyer")},
		{"sosial", nb, says("sosial")},
		{"so", nb, says("so")},
		{"hjelper du meg", nb, says("hjelper du meg")},

		// Perhaps an emergency.
		{"hjelp meg med leksene", nb, doubt(0, "hjelp meg med leksene")},
		{"hjelp meg med leksene", talks, doubt(0, "hjelp meg med leksene")},
		{"2 hjelp meg", nb, doubt(mum, "hjelp meg")},
		{"Mamma: hjelp meg", talks, doubt(mum, "hjelp meg")},
		{"mamma hjelp meg", talks, doubt(0, "mamma hjelp meg")},
		{"help me", nb, doubt(0, "help me")},
		{"rop", nb, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "rop"}}},
		{"Sør!", talks, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "Sør!"}}},
		{"rør", nb, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "rør"}}},
		{"søs", en, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "søs"}}},
		{"2 rop", nb, Intent{Kind: PerhapsSOS, Addressed: Addressed{To: mum, Text: "rop"}}},
		{"Hjelpmeg", talks, Intent{Kind: DoubtfulHelp, Addressed: Addressed{Text: "Hjelpmeg"}}},
		{"2 hjelpmeg jeg er låst inne", nb, Intent{Kind: DoubtfulHelp, Addressed: Addressed{To: mum, Text: "hjelpmeg jeg er låst inne"}}},
		{"hjelpsom", nb, says("hjelpsom")},
		{"Hjlep!!", talks, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "Hjlep!!"}}},
		{"hejlp", nb, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "hejlp"}}},
		{"hjelm", nb, says("hjelm")},
		{"helg?", nb, says("helg?")},
		{"S0S", nb, alarm("S0S")},
		{"s0s!! s0s", talks, alarm("s0s!! s0s")},
		{"S0S jeg er i skogen", nb, alarm("S0S jeg er i skogen")},
		{"505", nb, says("505")},
		{"767", nb, Intent{Kind: PerhapsSOS, Addressed: Addressed{Text: "767"}}},
		{"rop på pappa", nb, says("rop på pappa")},

		// Numbers that are rung.
		{"112 brann", nb, fire("112", "112 brann")},
		{"112", talks, fire("112", "112")},
		{"112!", nb, fire("112", "112!")},
		{"113 mamma falt", nb, fire("113", "113 mamma falt")},
		{"110brann", nb, fire("110", "110brann")},
		{"ring 113", nb, fire("113", "ring 113")},
		{"911", nb, fire("112", "911")},
		{"999", Talk{Language: words.English, Country: "GB"}, fire("999", "999")},
		{"911 fire", Talk{Language: words.English, Country: "US"}, fire("911", "911 fire")},
		{"112 kr", nb, says("112 kr")},
		{"110 000", nb, says("110 000")},
		{"1120", nb, says("1120")},
		{"116 111", nb, line("116 111")},
		{"116111", talks, line("116 111")},
		{"116111!", asked, line("116 111")},
		{"116-111 jeg er redd hjemme", nb, line("116 111")},
		{"116 117", nb, line("116 117")},
		{"116 006", nb, line("116 006")},
		{"116123", en, line("116 123")},
		{"80033321", nb, line("800 33 321")},
		{"116 000", nb, line("116 111")}, // nobody answers 116 000 in Norway
		{"116 000", Talk{Language: words.English, Country: "GB"}, line("116 000")},
		{"113 ik wil praten", Talk{Language: words.English, Country: "NL"}, Intent{Kind: RingHelpline, Number: "113", Addressed: Addressed{Text: "ik wil praten"}}},
		{"113", Talk{Language: words.English, Country: "NL"}, line("113")},
		{"988 Main Street", Talk{Language: words.English, Country: "US"}, Intent{Kind: RingHelpline, Number: "988", Addressed: Addressed{Text: "Main Street"}}},
		{"13 jaar", Talk{Language: words.English, Country: "NL"}, says("13 jaar")},
		{"19", Talk{Language: words.English, Country: "FR"}, says("19")},
		{"8004224453", Talk{Language: words.English, Country: "US"}, line("18004224453")},
		{"+18004224453 please", Talk{Language: words.English, Country: "US"}, line("18004224453")},
		{"08009428787", Talk{Language: words.English, Country: "NZ"}, says("08009428787")}, // it could not be confirmed
		{"08001111", Talk{Language: words.English, Country: "GB"}, line("08001111")},
		{"988", Talk{Language: words.English, Country: "US"}, line("988")},
		{"988 points", Talk{Language: words.English, Country: "US"}, says("988 points")},
		{"1161111", nb, says("1161111")},
		{"116 kr", nb, says("116 kr")},
	} {
		if got := d.Read(emma, c.text, c.talk); got != c.want {
			t.Errorf("%q %+v:\n got  %+v\n want %+v", c.text, c.talk, got, c.want)
		}
	}
}

// Whatever is typed: nobody who is not on the list is reached, nothing is lost from a text but its address, and a
// call for help is heard behind any address.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{"2 hei", "SPØR 91234567 x", "STOPP 4", "116 111", "112", "hjelp meg", "Mor Åse: 2", "?", "٢ hei"} {
		f.Add(seed, true, false)
	}
	d := village()
	f.Fuzz(func(t *testing.T, text string, open, waits bool) {
		in := d.Read(emma, text, Talk{Language: words.Bokmål, Country: "NO", Open: open, Asked: waits})
		if in.To == other {
			t.Fatalf("%q reaches somebody who is not on the list", text)
		}
		if in.Kind == Plain && !strings.HasSuffix(strings.TrimSpace(strings.Map(typed, text)), in.Text) {
			t.Fatalf("%q lost some of its text: %q", text, in.Text)
		}
		for _, call := range []string{"2 SOS!!", "Mamma: hjelp"} {
			if got := d.Read(emma, call, Talk{Open: open, Asked: waits}); got.Kind != Alarm112 {
				t.Fatalf("%q: %+v", call, got)
			}
		}
	})
}
