package bridge_test

import (
	"fmt"
	"strings"
	"testing"

	"knapp/bridge"
)

// What was stopped is opened again with the words that the note says, by menu or by chat, and the others hear of it.
func TestAGuardianReleasesAStop(t *testing.T) {
	for name, release := range map[string]func(d *desk) (string, []string){
		"by the note's words": func(d *desk) (string, []string) { return d.says("dad@example.org", "SLIPP Emma Mamma") },
		"the only one":        func(d *desk) (string, []string) { return d.says("dad@example.org", "release emma") },
		"by the menu": func(d *desk) (string, []string) {
			form, err := d.relay.Execute(t.Context(), "dad@example.org", "release", nil, "nb")
			if err != nil || len(form.Form) != 1 || fmt.Sprint(form.Form[0].Choices) != "[{Emma Mamma Emma – Mamma}]" {
				t.Fatalf("%+v %v", form, err)
			}
			done, err := d.relay.Execute(t.Context(), "dad@example.org", "release", map[string]string{"stopped": "Emma Mamma"}, "nb")
			if err != nil || done.Wrong {
				t.Fatalf("%+v %v", done, err)
			}
			return done.Text, d.stanzas()
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			if answer, _ := d.says("dad@example.org", "slipp Emma Mamma"); answer != "Ingenting er stanset hos Emma." {
				t.Errorf("before: %q", answer)
			}
			for i := range bridge.DefaultStorm {
				d.chat("mum@example.org", "emma", fmt.Sprintf("m%d", i), fmt.Sprintf("nummer %d", i))
			}
			d.transmit(&hand{})
			d.stanzas()
			answer, others := release(d)
			if answer != "Åpent igjen mellom Emma og Mamma." {
				t.Errorf("answer: %q", answer)
			}
			contains(t, "Mamma hears of it", told(others, "mum@example.org"), "Pappa har åpnet igjen mellom Emma og Mamma.")
			d.chat("mum@example.org", "emma", "after", "beklager")
			contains(t, "it passes, and the child knows", d.transmit(&hand{}), "åpnet igjen for Mamma", "beklager")
		})
	}
}

// A guardian reads and sets how many texts a child may cause.
func TestAGuardianSetsLimits(t *testing.T) {
	d := open(t)
	for _, line := range []struct{ text, wants string }{
		{"grenser Emma", "SMS for Emma: i dag 0 av 200, denne måneden 0 av 3000, for én kontakt om dagen 100, 40 er bare for foresatte."},
		{"Grenser emma dag 40 måned 600", "SMS for Emma: i dag 1 av 40, denne måneden 1 av 600, for én kontakt om dagen 100, 10 er bare for foresatte."},
		{"limits Emma reserve 10, contact 15", "SMS for Emma: i dag 1 av 40, denne måneden 1 av 600, for én kontakt om dagen 15, 10 er bare for foresatte."},
		{"grenser Emma dag 700", "Skriv for eksempel: GRENSER Emma dag 40"}, // more than the month's
		{"grenser Emma førti", "Skriv for eksempel"},
		{"grenser Emma dag -1", "Skriv for eksempel"},
		{"grenser Emma kontakt 0", "SMS for Emma: i dag 1 av 40, denne måneden 1 av 600, for én kontakt om dagen uten grense, 10 er bare for foresatte."},
		{"grenser", "Hvem gjelder det?"},
	} {
		if answer, _ := d.says("mum@example.org", line.text); !strings.HasPrefix(answer, line.wants) {
			t.Errorf("%q\n got  %q\n want %q", line.text, answer, line.wants)
		}
	}
	done, err := d.relay.Execute(t.Context(), "mum@example.org", "limits", map[string]string{"child": "Emma", "day": "20"}, "en")
	if err != nil || !strings.HasPrefix(done.Text, "SMS for Emma: today 2 of 20, this month 2 of 600,") {
		t.Errorf("by the menu: %+v %v", done, err)
	}
	if answer, _ := d.says("mum@example.org", "grenser Emma ingen"); !strings.Contains(answer, "i dag 3 av uten grense") {
		t.Errorf("none: %q", answer)
	}
	family, err := d.store.Family(t.Context())
	if l := family.Children[0].Limits; err != nil || l.Day != bridge.NoLimit || l.Month != bridge.NoLimit {
		t.Errorf("left: %+v %v", l, err)
	}
	d.stanzas()
	answer, others := d.says("mum@example.org", "grenser Emma vanlige")
	if !strings.Contains(answer, "i dag 4 av 200, denne måneden 4 av 3000") {
		t.Errorf("as usual: %q", answer)
	}
	mustContain(t, "the other guardian is told", told(others, "dad@example.org"),
		"Mamma har satt grensene for Emma: 200 SMS om dagen, 3000 i måneden, 100 om dagen for én kontakt, 40 av dem bare for foresatte.")
}

// What a guardian reads of how things are: of its own children what is open, of the family figures.
func TestAGuardianAsksHowThingsAre(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	d.chat("mum@example.org", "emma", "m1", "kommer nå")
	d.sms("+4793333333", "SOS")
	d.stanzas()
	answer, _ := d.says("dad@example.org", "status")
	for _, want := range []string{
		"1 spørsmål venter på svar", "Emma har bedt om hjelp (", "Skriv JEG TAR DEN.", "Venter på å bli sendt: ", "Emma: fritid",
		"Alarmen til Emma er aldri prøvd (ØVELSE).",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("status: %q\nwant %q", answer, want)
		}
	}
	d.says("dad@example.org", "jeg tar den")
	d.says("dad@example.org", "øvelse Jonas")
	s, err := d.relay.Status(t.Context(), d.actor("Pappa"))
	if err != nil || len(s.Alarms) != 1 || !s.Alarms[0].Drill || s.Drills[d.named("Jonas")].IsZero() || !s.Drills[d.named("Emma")].IsZero() {
		t.Errorf("status: %+v %v", s, err)
	}
	lines, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 1})
	if err != nil || len(lines) != 1 || lines[0].What != "drill" || lines[0].Child != "Jonas" || lines[0].Who != "Pappa" {
		t.Errorf("written down: %+v %v", lines, err)
	}
}
