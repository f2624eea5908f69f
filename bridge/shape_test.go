package bridge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"

	"knapp/bridge"
	"knapp/bridge/words"
)

// What a grown-up types in an app, and what a button phone shows of it.
func TestShapedForAButtonPhone(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"kommer nå", "Mamma: kommer nå"},
		{"“Hei” – sa han … ‘ja’", `Mamma: "Hei" - sa han ... 'ja'`},
		{"kl.\u00a017\u202f30", "Mamma: kl. 17 30"},
		{"bra 👍🏽", "Mamma: bra (tommel opp)"},
		{"😂😂😂", "Mamma: (ler)"},
		{"❤️ deg", "Mamma: (hjerte) deg"},
		{"glad i deg❤", "Mamma: glad i deg (hjerte)"},
		{"🇳🇴 hurra 🇸🇪", "Mamma: (norsk flagg) hurra (emoji)"},
		{"🤷‍♀️", "Mamma: (vet ikke)"},
		{"👨‍👩‍👧‍👦", "Mamma: (person)"},
		{"🦖", "Mamma: (emoji)"},
		{"1️⃣ melk", "Mamma: 1 melk"},
		{"blåbærsyltetøy ÆØÅ", "Mamma: blåbærsyltetøy ÆØÅ"},
		{"A\u030age", "Mamma: Åge"},
		{strings.Repeat("vi møtes hos José i Łódź klokka fire ", 3), "Mamma: " + strings.TrimSpace(strings.Repeat("vi møtes hos José i Lodz klokka fire ", 3))},
		{"привет", "Mamma: привет"},
		{"sjekk dette:\n- melk\n- brød", "Mamma: sjekk dette: / - melk / - brød"},
	} {
		d := open(t)
		d.chat("mum@example.org", "emma", "m1", c.text)
		want(t, c.text, d.transmit(&hand{}), "+4793333333 "+c.want)
	}
}

// The sender hears once a day what became of the text, not each time.
func TestTheSenderIsToldOnceADay(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "bra 👍")
	d.chat("mum@example.org", "emma", "m2", "fint 😀")
	want(t, "told", d.stanzas(), "chat emma→mum@example.org | Emma har en knappetelefon: emoji og uvanlige tegn ble til ord.")
	d.chat("coach@example.org", "emma", "c1", "bra 👍")
	want(t, "another", d.stanzas(), "chat emma→coach@example.org | Emma har en knappetelefon: emoji og uvanlige tegn ble til ord.")
	d.now = d.now.Add(25 * time.Hour)
	d.chat("mum@example.org", "emma", "m3", "bra 👍")
	want(t, "the next day", d.stanzas(), "chat emma→mum@example.org | Emma har en knappetelefon: emoji og uvanlige tegn ble til ord.")
}

func TestLateTextsCarryTheirTime(t *testing.T) {
	d := open(t) // a Friday, 14:00
	for _, c := range []struct {
		late time.Duration
		want string
	}{
		{9 * time.Minute, "+4793333333 Mamma: middag"},
		{11 * time.Minute, "+4793333333 (fre 13.49) Mamma: middag"},
		{22 * time.Hour, "+4793333333 (tor 16.00) Mamma: middag"},
		{8 * 24 * time.Hour, "+4793333333 (12.11. 14.00) Mamma: middag"},
	} {
		d.number++
		err := d.relay.TakeChat(t.Context(), bridge.Chat{
			From: "mum@example.org", To: "emma", ID: string(rune('a' + d.number)), Body: "middag", At: d.now, Written: d.now.Add(-c.late),
		})
		if err != nil {
			t.Fatal(err)
		}
		want(t, c.late.String(), d.transmit(&hand{}), c.want)
	}
}

// A modem that was away makes texts late that were not when they came.
func TestWhatWaitedHereCarriesItsTimeToo(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "middag klokka tre")
	d.chat("dad@example.org", "emma", "p1", strings.Repeat("lang tekst ", 30))
	d.sms("+4793333333", "5 hei")
	d.now = d.now.Add(time.Hour)
	got := d.transmit(&hand{})
	want(t, "late", got[:1], "+4793333333 (fre 14.00) Mamma: middag klokka tre")
	if !strings.HasPrefix(got[1], "+4793333333 (fre 14.00) Pappa: lang") || strings.Count(strings.Join(got, ""), "(fre") != 2 {
		t.Errorf("late, and long: %q", got)
	}
	want(t, "the gateway's own has no time", got[len(got)-1:], "+4793333333 Knapp: Du kan ikke skrive til Trener.")
	d.chat("mum@example.org", "emma", "m2", "hei")
	want(t, "not late", d.transmit(&hand{}), "+4793333333 Mamma: hei")
}

// Who is new to the family is shown so for a week: anybody can be called Emma.
func TestANewContactIsShownAsNew(t *testing.T) {
	d := open(t)
	d.now = d.now.Add(24 * time.Hour)
	d.apply(func(f *bridge.Family) {
		f.Contacts = append(f.Contacts, bridge.Contact{Name: "Ida", JID: "ida@example.org"})
		f.Children[0].Allow = append(f.Children[0].Allow, bridge.Allow{Contact: "Ida", ToChild: true, FromChild: true})
	})
	d.chat("ida@example.org", "emma", "i1", "hei")
	d.chat("mum@example.org", "emma", "m1", "hei")
	want(t, "new", d.transmit(&hand{}), "+4793333333 Ida (ny): hei", "+4793333333 Mamma: hei")
	d.now = d.now.Add(8 * 24 * time.Hour)
	d.chat("ida@example.org", "emma", "i2", "hei")
	want(t, "known", d.transmit(&hand{}), "+4793333333 Ida: hei")
}

func TestPicturesAndFiles(t *testing.T) {
	d := open(t)
	send := func(id, body string, kinds ...string) []string {
		t.Helper()
		c := bridge.Chat{From: "mum@example.org", To: "emma", ID: id, Body: body, At: d.now}
		for _, kind := range kinds {
			c.Attachments = append(c.Attachments, bridge.Attachment{URL: "https://example.org/secret", Type: kind})
		}
		if err := d.relay.TakeChat(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		return d.transmit(&hand{})
	}
	want(t, "a picture", send("1", "", "image/jpeg"), "+4793333333 Mamma: (sendte et bilde)")
	want(t, "with words", send("2", "se her!", "image/jpeg"), "+4793333333 Mamma: se her! (sendte et bilde)")
	want(t, "a voice message", send("3", "", "audio/ogg"), "+4793333333 Mamma: (sendte en lydmelding)")
	want(t, "an album", send("4", "", "image/png", "image/png"), "+4793333333 Mamma: (sendte 2 bilder eller filer)")
	want(t, "told once", d.stanzas(),
		"chat emma→mum@example.org | Emma har en knappetelefon og kan ikke se bilder eller filer. Emma fikk vite at det kom noe.")
}

func (d *desk) correct(id, replaces, body string) {
	d.t.Helper()
	d.now = d.now.Add(time.Second)
	err := d.relay.TakeChat(d.t.Context(), bridge.Chat{
		From: "mum@example.org", Resource: "phone", To: "emma", ID: id, Replaces: replaces, Body: body, At: d.now,
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

func TestCorrections(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "kommer klokka 3")
	d.correct("m2", "m1", "kommer klokka 4")
	want(t, "replaced while it waits", d.transmit(&hand{}), "+4793333333 Mamma: kommer klokka 4")
	want(t, "nothing to tell", d.stanzas())

	d.chat("mum@example.org", "emma", "m3", "ved porten")
	want(t, "it has left", d.transmit(&hand{}), "+4793333333 Mamma: ved porten")
	d.correct("m4", "m3", "ved døra")
	d.correct("m5", "m3", "ved hoveddøra")
	d.tend()
	want(t, "not yet", d.transmit(&hand{}))
	d.restart()
	d.now = d.now.Add(31 * time.Second)
	d.tend()
	want(t, "the last, once, marked", d.transmit(&hand{}), "+4793333333 Mamma: Rettet: ved hoveddøra")
	want(t, "told", d.stanzas(),
		"chat emma→mum@example.org | Meldingen var allerede gått til Emma. Rettelsen ble sendt som en ny.")
	d.now = d.now.Add(time.Hour)
	d.tend()
	want(t, "once", d.transmit(&hand{}))

	d.correct("m7", "unknown", "hei")
	want(t, "a correction of nothing is a text", d.transmit(&hand{}), "+4793333333 Mamma: hei")
}

func TestRetractions(t *testing.T) {
	d := open(t)
	unsay := func(id string) {
		t.Helper()
		if err := d.relay.TakeRetraction(t.Context(), "mum@example.org", "emma", id); err != nil {
			t.Fatal(err)
		}
	}
	d.chat("mum@example.org", "emma", "m1", "dumt sagt")
	unsay("m1")
	want(t, "never sent", d.transmit(&hand{}))
	want(t, "nothing to tell", d.stanzas())
	d.chat("mum@example.org", "emma", "m2", "dumt sagt")
	want(t, "sent", d.transmit(&hand{}), "+4793333333 Mamma: dumt sagt")
	unsay("m2")
	want(t, "told", d.stanzas(), "chat emma→mum@example.org | Emma har fått meldingen. En SMS kan ikke trekkes tilbake.")
	want(t, "the child is not", d.transmit(&hand{}))
	d.chat("mum@example.org", "emma", "m3", "hei")
	d.correct("m4", "m2", "bedre sagt")
	unsay("m2")
	d.transmit(&hand{})
	d.now = d.now.Add(time.Minute)
	d.tend()
	want(t, "a correction is taken back too", d.transmit(&hand{}))
}

// A call costs a child nothing and says `ring me`; two are an emergency.
func TestCalls(t *testing.T) {
	d := open(t)
	ring := func() {
		t.Helper()
		if err := d.relay.TakeCall(t.Context(), "main", "+4793333333", d.now); err != nil {
			t.Fatal(err)
		}
	}
	ring()
	want(t, "a signal", d.stanzas(), "chat emma→mum@example.org | (Emma ringte)")
	d.now = d.now.Add(4 * time.Minute)
	ring()
	want(t, "another", d.stanzas(), "chat emma→mum@example.org | (Emma ringte)")
	d.restart()
	d.now = d.now.Add(2 * time.Minute)
	ring()
	if got := d.stanzas(); len(got) != 2 || !strings.Contains(got[0], "NØD") {
		t.Errorf("two calls: %q", got)
	}
}

func TestTheChildsOwnMute(t *testing.T) {
	d := open(t)
	d.relay.Connected(true)
	d.play(`
		Emma> stopp 4
		→ Emma: Knapp: Nå kommer det ikke noe fra Bestemor. Skriv 4 hei når du vil høre mer.
		Emma> stopp 2
		→ Emma: Knapp: Mamma kan ikke skrus av: det er en av dem som passer på deg.
		Emma> STOPP 7!
		→ Emma: Knapp: Det er ingen på 7.`)
	d.sms("+4792222222", "Emma: vil du ha kake?")
	if got := linesTo(d.transmit(&hand{}), "+4793333333"); len(got) != 0 {
		t.Errorf("it is quiet: %q", got)
	}
	d.play(`
		Emma> 4 hei bestemor
		→ Emma: Knapp: Nå får du meldinger fra Bestemor igjen.
		→ Bestemor: Emma: hei bestemor
		Bestemor> Emma: hei
		→ Emma: Bestemor: hei`)
}

// Whoever holds a lost phone commands nothing and is answered nothing; what it sends is marked, and SOS still counts.
func TestALostPhone(t *testing.T) {
	d := open(t)
	emma := d.person("Emma")
	err := d.store.Do(t.Context(), func(tx bridge.Tx) error {
		_, err := tx.SetLost(emma.ID, true, d.now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	d.play(`
		Emma> hei, hvem er du?
		→ mum: (ikke bekreftet: telefonen er meldt mistet) hei, hvem er du?
		→ dad: (ikke bekreftet: telefonen er meldt mistet) hei, hvem er du?
		Emma> hvem
		→ mum: (ikke bekreftet: telefonen er meldt mistet) hvem
		→ dad: (ikke bekreftet: telefonen er meldt mistet) hvem
		Emma> stopp 4
		→ mum: (ikke bekreftet: telefonen er meldt mistet) stopp 4
		→ dad: (ikke bekreftet: telefonen er meldt mistet) stopp 4`)
	d.sms("+4793333333", "SOS")
	if got := d.stanzas(); len(got) == 0 || !strings.Contains(got[0], "NØD") {
		t.Errorf("SOS: %q", got)
	}
}

// person returns somebody of the family.
func (d *desk) person(name string) bridge.Person {
	d.t.Helper()
	dir, err := d.store.Directory(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	p, ok := dir.Named(name)
	if !ok {
		d.t.Fatalf("there is no %s", name)
	}
	return p
}

// Every emoji's word can be sent for the price of letters.
func TestEmojiWordsAreGSM7(t *testing.T) {
	for r := rune(0x2300); r <= 0x1faff; r++ {
		for _, language := range []string{words.Bokmål, words.English} {
			word := words.EmojiWord(language, string(r))
			if _, err := gsm7.Encode([]byte(word)); err != nil || len(word) > 20 {
				t.Errorf("%c: %q %v", r, word, err)
			}
		}
	}
}

// linesTo returns what went to one number.
func linesTo(lines []string, number string) []string {
	return slices.DeleteFunc(lines, func(line string) bool { return !strings.HasPrefix(line, number+" ") })
}
