package bridge_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// timed is Emma with a list that knows every kind of hours.
func timed(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.arrange(func(f *bridge.Family) {
		f.Timetables = []bridge.Timetable{{Name: "Trening", Windows: []bridge.Hours{
			{Days: "mon,wed", From: "16:00", To: "18:30"}, {Days: "sat", From: "10:00", To: "12:00"},
		}}}
		emma := &f.Children[0]
		emma.Week = []bridge.WeekHours{
			{Mode: "school", Days: "mon-thu", From: "08:15", To: "13:30"},
			{Mode: "school", Days: "fri", From: "08:15", To: "12:00"},
			{Mode: "sleep", Days: "mon-thu,sun", From: "20:30", To: "07:00"},
			{Mode: "sleep", Days: "fri,sat", From: "22:00", To: "09:00"},
		}
		emma.Allow[2].When, emma.Allow[2].Emergency = "home", true
		emma.Allow[3].When = "Trening"
		emma.Allow[4].When, emma.Allow[4].ToChild = "home,school", true
	})
	return d
}

func TestAWeekIsExplained(t *testing.T) {
	d := timed(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	now, err := d.relay.ChildTime(t.Context(), mum, emma)
	if err != nil {
		t.Fatal(err)
	}
	for language, want := range map[string]string{
		"nb": `Emma er på skolen mandag til torsdag kl. 08.15–13.30 og fredag kl. 08.15–12.00. Da når bare de foresatte og Tante fram; meldinger fra andre venter. Haster det, kan Bestemor likevel nå fram, med HASTER først i meldingen.
Emma sover søndag til torsdag kl. 20.30–07.00 og fredag og lørdag kl. 22.00–09.00. Da når bare de foresatte fram; meldinger fra andre venter. Haster det, kan Bestemor likevel nå fram, med HASTER først i meldingen.
Ellers er Emma hjemme. Da når alle på listen fram, unntatt Trener.
I ferier og på fridager er det ingen skole. Da gjelder det samme som hjemme. Natten er som ellers.
Trener når også fram mandag og onsdag kl. 16.00–18.30 og lørdag kl. 10.00–12.00 (Trening).
Det Emma skriver til noen som er stengt, venter også. SOS, og det Emma skriver til sine egne foresatte, venter aldri.`,
		"en": `Emma is at school Monday to Thursday from 08:15 to 13:30 and Friday from 08:15 to 12:00. Then only the guardians and Tante can get through; messages from others wait. If it is urgent, Bestemor can get through all the same, with URGENT first in the message.
Emma sleeps Sunday to Thursday from 20:30 to 07:00 and Friday and Saturday from 22:00 to 09:00. Then only the guardians can get through; messages from others wait. If it is urgent, Bestemor can get through all the same, with URGENT first in the message.
Otherwise Emma is at home. Then everybody on the list gets through, but for Trener.
In holidays and on days off there is no school. Then the same holds as at home. The night is as usual.
Trener also gets through Monday and Wednesday from 16:00 to 18:30 and Saturday from 10:00 to 12:00 (Trening).
What Emma writes to somebody who is closed waits as well. SOS, and anything that Emma writes to a guardian, never waits.`,
	} {
		said, err := d.relay.Meaning(t.Context(), mum, emma, now.Week, language)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(said, "\n"); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", language, got, want)
		}
	}
	said, err := d.relay.Meaning(t.Context(), mum, emma, nil, "nb")
	if err != nil || said[0] != "Emma har ingen faste tider. Da når alle på listen fram, unntatt Trener." {
		t.Errorf("without a week: %q (%v)", said, err)
	}
}

// Whom the sentences name as getting through in a part of the week is who gets through then, by the rules.
func TestTheExplanationIsTrue(t *testing.T) {
	d := timed(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	now, err := d.relay.ChildTime(t.Context(), mum, emma)
	if err != nil {
		t.Fatal(err)
	}
	said, err := d.relay.Meaning(t.Context(), mum, emma, now.Week, "nb")
	if err != nil {
		t.Fatal(err)
	}
	about := map[policy.Mode]string{policy.School: said[0], policy.Sleep: said[1], policy.Home: said[2]}
	dir, err := d.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		at := time.Date(2026, 11, 23, 0, random.IntN(7*24*60), 0, 0, time.UTC)
		text := about[dir.Rules.Mode(emma, at)]
		_, who, _ := strings.Cut(text, "Da når ")
		who, _, _ = strings.Cut(who, ". ")
		for _, name := range []string{"Bestemor", "Tante"} {
			f, err := d.relay.Foresee(t.Context(), mum, emma, d.named(name), policy.ToChild, at, "nb")
			if err != nil {
				t.Fatal(err)
			}
			open := strings.Contains(who, name) || strings.HasPrefix(who, "alle")
			if open != (f.Action == policy.Deliver) {
				t.Fatalf("%s at %s: %v %s, and it says %q", name, at, f.Action, f.Why, text)
			}
		}
	}
}

func TestWhatWouldHappen(t *testing.T) {
	d := timed(t)
	mum, emma, jonas := d.actor("Mamma"), d.named("Emma"), d.named("Jonas")
	tuesday := time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)
	gran, coach := d.named("Bestemor"), d.named("Trener")
	for _, c := range []struct {
		name   string
		other  policy.Person
		way    policy.Direction
		at     time.Time
		action policy.Action
		nb, en string
	}{
		{"at school", gran, policy.ToChild, tuesday, policy.Hold, "Timeplanen er stengt; den åpner kl. 13.30.", "The timetable is closed; it opens at 13:30."},
		{"in the evening", gran, policy.ToChild, tuesday.Add(8 * time.Hour), policy.Deliver, "De kan skrive til hverandre: det står på lista.", "They may write to each other: the list says so."},
		{"at night", gran, policy.ToChild, tuesday.Add(13 * time.Hour), policy.Hold, "Timeplanen er stengt; den åpner i morgen kl. 07.00.", "The timetable is closed; it opens tomorrow at 07:00."},
		{"the other way only", coach, policy.FromChild, tuesday, policy.Refuse, "Lista gjelder bare den andre veien.", "The list is for the other way only."},
		{"her mother", d.named("Mamma"), policy.FromChild, tuesday, policy.Deliver, "Det er en av barnets egne voksne.", "That is one of the child's own guardians."},
		{"a stranger", 0, policy.ToChild, tuesday, policy.Ask, "Ingen kjenner avsenderen, så dere blir spurt først. Barnet får ingenting før en av dere har sagt ja.", "Nobody knows the sender, so you are asked first. The child gets nothing until one of you has said yes."},
		{"to a stranger", 0, policy.FromChild, tuesday, policy.Refuse, "Nummeret er ikke på barnets liste. Barnet kan be om det med SPØR, nummeret og navnet; da blir dere spurt.", "The number is not on the child's list. The child can ask for it by ASK, the number and the name; then you are asked."},
		{"a child who is on no list", jonas, policy.FromChild, tuesday, policy.Refuse, "Det står ikke på barnets liste.", "The child's list does not say so."},
	} {
		for language, want := range map[string]string{"nb": c.nb, "en": c.en} {
			f, err := d.relay.Foresee(t.Context(), mum, emma, c.other, c.way, c.at, language)
			if err != nil || f.Action != c.action || f.Why != want {
				t.Errorf("%s: %v %q (%v)", c.name, f.Action, f.Why, err)
			}
		}
	}
	// What Emma may write to Jonas, Jonas's own list must let in.
	d.arrange(func(f *bridge.Family) {
		f.Children[0].Allow = append(f.Children[0].Allow, bridge.Allow{Contact: "Jonas", FromChild: true, ToChild: true})
	})
	f, err := d.relay.Foresee(t.Context(), mum, emma, jonas, policy.FromChild, tuesday, "nb")
	if err != nil || f.Action != policy.Refuse || f.Why != "Reglene til Jonas slipper det ikke gjennom da." || f.Rule != 0 {
		t.Errorf("%+v (%v)", f, err)
	}
}

// The night in which summer ends has its hour twice, and that in which it begins lacks one.
func TestTheNightsOfTheClocks(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	p, err := bridge.PlanOf([]bridge.WeekHours{{Mode: "sleep", Days: "daily", From: "20:30", To: "02:30"}})
	if err != nil {
		t.Fatal(err)
	}
	var slots []policy.Slot
	for _, h := range p.Week() {
		w, err := h.Hours().Window()
		if err != nil {
			t.Fatal(err)
		}
		slots = append(slots, policy.Slot{Window: w, Mode: h.Mode})
	}
	rules := policy.New(policy.Book{Location: oslo, Weeks: map[policy.Person][]policy.Slot{1: slots}})
	for _, c := range []struct{ at, wakes string }{
		{"2026-03-28T23:00:00+01:00", "2026-03-29T03:00:00+02:00"}, // 02:30 is not there
		{"2026-10-24T23:00:00+02:00", "2026-10-25T02:30:00+02:00"}, // the first of two
		{"2026-11-24T23:00:00+01:00", "2026-11-25T02:30:00+01:00"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if wakes, mode, ok := rules.NextMode(1, at); !ok || mode != policy.Home || wakes.Format(time.RFC3339) != c.wakes {
			t.Errorf("from %s it is %s at %s", c.at, mode, wakes.Format(time.RFC3339))
		}
	}
}
