package bridge_test

import (
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// says lets a guardian write to the gateway and returns what it answers to that guardian, and what others were told.
func (d *desk) says(who bridge.JID, text string) (answer string, others []string) {
	d.t.Helper()
	d.number++
	d.chat(who, "", "w"+strings.Repeat("x", d.number), text)
	for _, line := range d.stanzas() {
		if rest, mine := strings.CutPrefix(line, "chat →"+string(who)+" | "); mine && answer == "" {
			answer = rest
			continue
		}
		others = append(others, line)
	}
	return answer, others
}

// Tables of conversations: what a guardian writes, and the beginning of what the gateway answers.
func TestGuardiansTalkToTheGateway(t *testing.T) {
	const mum, dad = bridge.JID("mum@example.org"), bridge.JID("dad@example.org")
	for name, talk := range map[string][]struct {
		from        bridge.JID
		text, wants string
	}{
		"a stranger is let in": {
			{mum, "spørsmål", "K2: SMS fra +4798765432 (1)"},
			{mum, "ja", "Hvilket? Skriv koden også"},
			{mum, "JA K9", "Jeg kjenner ikke koden K9"},
			{mum, "ja k2 Anne", "Hos hvem? Skriv JA K2 og navnet på barnet: Emma, Jonas."},
			{mum, "Ja K2 Emma Bestemor", "Det finnes en Bestemor fra før. Velg et annet navn, eller skriv NYTT K2 Bestemor"},
			{mum, "ja, k 2 emma Anne", "Anne (+4798765432) er sluppet inn hos Emma. ANGRE K2"},
			{dad, "nei K2", "Nei til +4798765432. ANGRE K2"},
			{mum, "ja K2 Emma", "K2 er besvart allerede, av Pappa."},
			{mum, "spørsmål", "Ingenting venter på svar."},
		},
		"in English": {
			{mum, "questions", "K2: SMS fra +4798765432 (1)"},
			{mum, "Yes k2 Emma Anne", "Anne (+4798765432) er sluppet inn hos Emma."},
			{dad, "undo K2", "+4798765432 er blokkert, siden dere er uenige."},
			{dad, "unblock +4798765432", "+4798765432 er ikke blokkert lenger."},
		},
		"the text": {
			{dad, "vis K2", "K2 (dette er skrevet ned):\nhei, det er Anne"},
			{mum, "innsyn", "Ingen har lest"}, // it belongs to no child yet
		},
		"what is not understood": {
			{mum, "hei Emma, kommer du?", "Det forstod jeg ikke."},
			{mum, "hallo?", ""},
			{mum, "hjelp", "STATUS – hvordan det står til"},
		},
		"in a hurry": {
			{mum, "hvem", "Emma: fritid\nJonas: fritid"},
			{mum, "stille til 16", "Hvem gjelder det? Skriv navnet også: Emma, Jonas."},
			{mum, "stille emma til 16.30", "Stille: Emma til kl. 16.30."},
			{mum, "mute Emma until noon", "Hvor lenge?"},
			{mum, "slutt stille Emma", "Ikke stille lenger: Emma."},
			{dad, "åpne Emma Bestemor 15 min", "Åpent: Bestemor → Emma til kl. 14.1"},
			{dad, "mistet Emma", "Pappa har meldt telefonen til Emma som mistet."},
			{mum, "hvem", "Emma: telefonen er mistet\n"},
			{mum, "funnet Emma", "Mamma sier at telefonen til Emma er funnet igjen."},
			{mum, "ring meg Jonas", "Jonas får beskjed om å ringe deg."},
			{mum, "øvelse Jonas", "Øvelsen for Jonas er i gang."},
			{mum, "øvelse Jonas", "Jonas har en alarm eller øvelse som ingen har tatt ennå."},
			{dad, "jeg tar den", "Du tar den."},
			{mum, "I have it", "Ingen har bedt om hjelp nå."},
			{mum, "saldo", "Jeg vet ikke hva som er igjen"},
		},
		"a phone is gone": {
			{mum, "borte pappa", "pappa kan ikke bestemme noe her før kl. 14."},
			{dad, "ja K2 Emma Anne", "Det har du ikke lov til her."},
			{dad, "hvem", "Det har du ikke lov til her."},
			{dad, "tilbake Pappa", "Det har du ikke lov til her."},
			{mum, "tilbake Pappa", "Pappa kan bestemme igjen."},
			{dad, "ja K2 Emma Anne", "Anne (+4798765432) er sluppet inn hos Emma."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.sms(stranger, "hei, det er Anne")
			d.stanzas()
			for _, line := range talk {
				answer, _ := d.says(line.from, line.text)
				if !strings.HasPrefix(answer, line.wants) || line.wants == "" && answer != "" {
					t.Errorf("%s: %q\n got  %q\n want %q", line.from, line.text, answer, line.wants)
				}
			}
		})
	}
}

// A command that comes again, or across a restart, is done once.
func TestACommandIsDoneOnce(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	d.stanzas()
	d.chat("mum@example.org", "", "c1", "ja K2 Emma Anne")
	d.restart()
	d.chat("mum@example.org", "", "c1", "ja K2 Emma Anne")
	var answers int
	for _, line := range d.stanzas() {
		if strings.HasPrefix(line, "chat →mum@example.org | Anne (+4798765432) er sluppet inn") {
			answers++
		}
	}
	if sent := d.transmit(&hand{}); answers != 1 || len(sent) != 1 {
		t.Errorf("%d answers, sent %q", answers, sent)
	}
}

// Whoever is no guardian learns nothing from the gateway's own address.
func TestStrangersHaveNoCommands(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	d.stanzas()
	for i, who := range []bridge.JID{"x@evil.example", "coach@example.org"} {
		d.chat(who, "", string(rune('a'+i)), "ja K2 Emma")
		want(t, string(who), d.stanzas(), "error →"+string(who)+"/phone | forbidden | "+string(rune('a'+i)))
	}
	want(t, "still open", d.questions(), "K2 sms +4798765432 ×1")
}

func TestAChildsWish(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "SPØR +4798765432 Sara fotball")
	sent := d.transmit(&hand{})
	want(t, "the child hears that it was asked", sent, "+4793333333 Knapp: Jeg har spurt de voksne om Sara fotball. Du får svar her.")
	asked := d.stanzas()
	if len(asked) != 2 || !strings.Contains(asked[0], "Emma spør om å få skrive til Sara fotball (+4798765432). Ikke bekreftet: ring først. Svar: JA K2") {
		t.Fatalf("asked: %q", asked)
	}
	d.now = d.now.Add(25 * time.Hour)
	d.restart()
	d.look()
	want(t, "nobody answered", d.transmit(&hand{}), "+4793333333 Knapp: Ingen har svart om Sara fotball ennå. Spør de voksne hjemme.")
	d.look()
	want(t, "said once", d.transmit(&hand{}))
	if answer, _ := d.says("dad@example.org", "JA K2"); !strings.HasPrefix(answer, "Sara fotball (+4798765432) er sluppet inn hos Emma.") {
		t.Errorf("answer: %q", answer)
	}
	want(t, "yes", d.transmit(&hand{}), "+4793333333 Knapp: Ja! Nå kan du skrive til Sara fotball. Begynn med navnet og kolon.")
	d.sms("+4793333333", "Spor +4791234567 Per")
	d.transmit(&hand{})
	d.stanzas()
	if answer, _ := d.says("mum@example.org", "nei A2"); !strings.HasPrefix(answer, "Nei til +4791234567.") {
		t.Errorf("answer: %q", answer)
	}
	want(t, "no", d.transmit(&hand{}), "+4793333333 Knapp: De voksne sa nei til Per. Spør dem gjerne hvorfor.")
}

// A child hears that nobody has answered also where the gateway was off, or its clock wrong, until its wish had come to its end.
func TestAChildsWishDoesNotEndInSilence(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "SPØR +4798765432 Sara fotball")
	d.transmit(&hand{})
	d.now = d.now.Add(8 * 24 * time.Hour)
	d.restart()
	d.look()
	want(t, "nothing is open", d.questions())
	want(t, "nobody answered", d.transmit(&hand{}), "+4793333333 Knapp: Ingen har svart om Sara fotball ennå. Spør de voksne hjemme.")
	d.look()
	want(t, "said once", d.transmit(&hand{}))
}

// Cutting off a guardian takes that person's yes or seven days; who is concerned is told at once.
func TestCuttingOffAGuardian(t *testing.T) {
	d := open(t)
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	if _, err := d.relay.CutOff(t.Context(), dad, "Emma", "Mamma"); err == nil {
		t.Error("a guardian who is no owner cut somebody off")
	}
	p, err := d.relay.CutOff(t.Context(), mum, "Emma", "Pappa")
	if err != nil {
		t.Fatal(err)
	}
	if told := d.stanzas(); len(told) != 1 || !strings.Contains(told[0], "Mamma vil at du ikke lenger skal være foresatt for Emma. Det skjer 27. november, eller når du svarer JA "+p.Code) {
		t.Errorf("told: %q", told)
	}
	if _, err := d.relay.Consent(t.Context(), mum, p.Code); err == nil {
		t.Error("whoever asked for it said yes to it")
	}
	if _, err := d.relay.Withdraw(t.Context(), dad, p.Code); err == nil {
		t.Error("whoever is concerned stopped it alone")
	}
	isGuardian := func() bool {
		family, _ := d.store.Directory(t.Context())
		return family.Rules.IsGuardian(family.Children()[0].ID, dad.Person)
	}
	d.now = d.now.Add(6 * 24 * time.Hour)
	d.restart()
	d.look()
	if !isGuardian() {
		t.Fatal("cut off before the time was up")
	}
	d.now = d.now.Add(25 * time.Hour)
	d.look()
	if isGuardian() {
		t.Fatal("not cut off after seven days")
	}
	if told := d.stanzas(); len(told) != 2 || !strings.Contains(strings.Join(told, " "), "Pappa er ikke lenger foresatt for Emma i Knapp.") {
		t.Errorf("told: %q", told)
	}
}

// To keep more takes a second guardian, and the child is told; to keep less takes neither.
func TestRaisingARetention(t *testing.T) {
	d := open(t)
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	p, err := d.relay.SetRetention(t.Context(), mum, "Emma", bridge.KeepMetadata, 90)
	if err != nil || p == nil {
		t.Fatal(p, err)
	}
	want(t, "not yet", d.transmit(&hand{}))
	if _, err := d.relay.Consent(t.Context(), mum, p.Code); err == nil {
		t.Error("the same guardian said yes twice")
	}
	if answer, _ := d.says("dad@example.org", "ja "+p.Code); answer != "Svaret på "+p.Code+" er tatt imot." && !strings.HasPrefix(answer, "Mamma vil lagre") {
		t.Errorf("answer: %q", answer)
	}
	want(t, "the child is told", d.transmit(&hand{}), "+4793333333 Knapp: Fra nå husker jeg hvem og når i 90 dager. Ikke hva du skriver.")
	if p, err = d.relay.SetRetention(t.Context(), mum, "Emma", bridge.KeepMetadata, 10); err != nil || p != nil {
		t.Errorf("to keep less: %v %v", p, err)
	}
	if _, err = d.relay.SetRetention(t.Context(), dad, "Emma", bridge.KeepMetadata, 20); err == nil {
		t.Error("a guardian who is no owner raised it")
	}
}
