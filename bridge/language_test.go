package bridge_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/words"
)

// openBilingual is the household with a father and a coach who read English, in a gateway that speaks Norwegian.
func openBilingual(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.apply(func(f *bridge.Family) {
		f.Guardians[1].Language, f.Guardians[1].Phone = "en", "+4791111112"
		f.Contacts[1].Language = "en"
	})
	return d
}

// inBoth wants one line to each guardian with its own words in it.
func (d *desk) inBoth(what, norwegian, english string) {
	d.t.Helper()
	lines := d.stanzas()
	for to, says := range map[string]string{"mum@example.org": norwegian, "dad@example.org": english} {
		said := slices.ContainsFunc(lines, func(line string) bool {
			return strings.Contains(line, "→"+to+" ") && strings.Contains(line, says)
		})
		if !said || len(lines) != 2 {
			d.t.Errorf("%s: %s is not told %q: %q", what, to, says, lines)
		}
	}
}

func TestEachGuardianIsToldInItsLanguage(t *testing.T) {
	d := openBilingual(t)
	d.sms(stranger, "hei, det er Anne")
	d.inBoth("a question", "Ukjent nummer", "Unknown number")

	emma := d.named("Emma")
	if err := d.relay.LostPhone(t.Context(), bridge.Keeper, emma); err != nil {
		t.Fatal(err)
	}
	d.inBoth("a lost phone", words.Say("nb", words.GuardianLostPhone, "Knapp", "Emma"), words.Say("en", words.GuardianLostPhone, "Knapp", "Emma"))
	if err := d.relay.Found(t.Context(), bridge.Keeper, emma); err != nil {
		t.Fatal(err)
	}
	d.inBoth("a found phone", words.Say("nb", words.GuardianFoundPhone, "Knapp", "Emma"), words.Say("en", words.GuardianFoundPhone, "Knapp", "Emma"))

	if err := d.relay.TakeTrouble(t.Context(), "main", bridge.StorageFull); err != nil {
		t.Fatal(err)
	}
	d.inBoth("a modem", words.Say("nb", words.StorageFull, "main"), words.Say("en", words.StorageFull, "main"))
	if err := d.relay.TakeRestored(t.Context(), time.Date(2026, 11, 20, 9, 5, 0, 0, time.UTC)); err != nil {
		t.Fatal(err)
	}
	d.inBoth("a restore", "09.05", "09:05")
}

func TestAGuardianIsAnsweredInItsLanguage(t *testing.T) {
	d := openBilingual(t)
	const dad = bridge.JID("dad@example.org")
	if answer, _ := d.says(dad, "spørsmål"); answer != "Nothing waits for an answer." {
		t.Errorf("in plain words: %q", answer)
	}
	for asked, wants := range map[string]string{"nb": "Nothing waits for an answer.", "": "Nothing waits for an answer."} {
		r, err := d.relay.Execute(t.Context(), dad, "questions", nil, asked)
		if err != nil || r.Text != wants || r.Language != "en" {
			t.Errorf("a command with xml:lang %q: %+v %v", asked, r, err)
		}
	}
	r, err := d.relay.Execute(t.Context(), mumJID, "questions", nil, "en-GB")
	if err != nil || r.Language != "en" || r.Text != "Nothing waits for an answer." {
		t.Errorf("one without a language, whose client is English: %+v %v", r, err)
	}
}

// What nobody has read goes to each guardian's mobile with a remark in its language.
func TestAMobileIsWrittenToInItsLanguage(t *testing.T) {
	d := openBilingual(t)
	d.sms("+4793333333", "0 hei")
	d.stanzas()
	d.later(10 * time.Minute)
	texts := d.transmit(&hand{})
	mustContain(t, "the mother", said(texts, "+4791111111"), "ikke lest på 10 min")
	mustContain(t, "the father", said(texts, "+4791111112"), "not read for 10 min")
}

// What a writer is told of its own text is in its language: that it waits, and that it is refused.
func TestAWriterIsToldInItsLanguage(t *testing.T) {
	d := openBilingual(t)
	if err := d.relay.Mute(t.Context(), bridge.Keeper, d.named("Emma"), 0, d.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.stanzas()
	d.chat(coachJID, "emma", "c1", "training at six")
	if got := d.stanzas(); len(got) != 1 || !strings.Contains(got[0], "arrives at 15:00") {
		t.Errorf("a text that waits: %q", got)
	}
	d.chat("dad@example.org", "emma", "c2", strings.Repeat("a long story ", 200))
	if got := d.stanzas(); len(got) != 1 || !strings.Contains(got[0], words.Say("en", words.TooLong, 17, 6)) {
		t.Errorf("a text that is too long: %q", got)
	}
}

func TestHowAGuardianIsReachedKeepsItsLanguage(t *testing.T) {
	d := openBilingual(t)
	if err := d.relay.SetReach(t.Context(), d.actor("Pappa"), "Pappa", "dad@new.example", "+4791111113", false); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.Rename(t.Context(), d.actor("Pappa"), "Pappa", "Far"); err != nil {
		t.Fatal(err)
	}
	f := d.family()
	if g := f.Guardians[1]; g.Language != "en" || g.JID != "dad@new.example" || g.Name != "Far" {
		t.Errorf("kept %+v", g)
	}
	if c := f.Contacts[1]; c.Language != "en" {
		t.Errorf("kept %+v", c)
	}
}

// What a child writes is its own; what Knapp puts beside it is in the reader's language, whether it goes at once, waits for
// a word of the child's, or goes on to a mobile.
func TestOurWordsInATextAreInTheReadersLanguage(t *testing.T) {
	d := openBilingual(t)
	emma := d.named("Emma")
	d.sms("+4793333333", "0 \u200b")
	d.now = d.now.Add(3 * time.Hour)
	d.stanzas()

	d.chat("mum@example.org", "emma", "a", "hei")
	d.chat("dad@example.org", "emma", "b", "hello")
	d.transmit(&hand{})
	d.sms("+4793333333", "hei på deg")
	d.stanzas()
	d.now = d.now.Add(6 * time.Minute)
	d.tend()
	d.inBoth("for nobody named", "(Emma sa ikke hvem dette var til) hei på deg", "(Emma did not say who this was for) hei på deg")
	d.now = d.now.Add(11 * time.Minute)
	if err := d.relay.TendAlarms(t.Context()); err != nil {
		t.Fatal(err)
	}
	mobiles := strings.Join(d.transmit(&hand{}), "\n")
	for _, line := range []string{"+4791111111 Emma: ", "(Emma sa ikke hvem", "+4791111112 Emma: ", "(Emma did not say who"} {
		if !strings.Contains(mobiles, line) {
			t.Errorf("unread, the mobiles do not get %q: %q", line, mobiles)
		}
	}

	d.amend(func(f *bridge.Family) { f.Children[0].Default = "Pappa" })
	d.now = d.now.Add(3 * time.Hour)
	d.stanzas()
	if err := d.relay.TakeCall(t.Context(), "main", "+4793333333", d.now); err != nil {
		t.Fatal(err)
	}
	want(t, "a call", d.stanzas(), "chat emma→dad@example.org | (Emma rang)")
	d.now = d.now.Add(time.Minute)
	if err := d.relay.TakeCall(t.Context(), "main", "+4793333333", d.now); err != nil {
		t.Fatal(err)
	}
	d.inBoth("two calls", "(ringte to ganger på kort tid)", "(rang twice within a short time)")
	d.relay.Connected(true)
	d.replacing("+4793333333", 1, "3 hi")
	d.stanzas()
	d.replacing("+4793333333", 1, "3 hi there")
	want(t, "a text in the place of another", d.stanzas(), "chat emma→dad@example.org | hi there (corrected)")

	if err := d.relay.LostPhone(t.Context(), bridge.Keeper, emma); err != nil {
		t.Fatal(err)
	}
	d.stanzas()
	d.sms("+4793333333", "hvem er dette?")
	d.inBoth("from a lost phone", "(ikke bekreftet: telefonen er meldt mistet) hvem er dette?", "(not confirmed: the phone is reported lost) hvem er dette?")
}
