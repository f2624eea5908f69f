package bridge_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

var schoolWeek = []bridge.WeekHours{
	{Mode: "school", Days: "fri,mon-thu", From: "8:15", To: "13:30"},
	{Mode: "sleep", Days: "daily", From: "20:30", To: "7:00"},
}

// twoHomes gives Jonas a guardian of his own.
func twoHomes(f *bridge.Family) {
	f.Guardians = append(f.Guardians, bridge.Guardian{Name: "Farmor", JID: "grandma@example.org", Role: bridge.RoleGuardian})
	f.Children[0].Guardians, f.Children[1].Guardians = []string{"Mamma", "Pappa"}, []string{"Farmor"}
}

// told returns what went to the child's phone since it was asked last, and to the chats.
func (d *desk) told() []string {
	d.t.Helper()
	return append(d.transmit(&hand{}), d.stanzas()...)
}

func TestAWeekIsSetToldAndWrittenDown(t *testing.T) {
	d := hurried(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	if err := d.relay.SetWeek(t.Context(), mum, emma, schoolWeek); err != nil {
		t.Fatal(err)
	}
	want(t, "the child and the other guardians are told", d.told(),
		"+4793333333 Knapp: Mamma har endret timeplanen din. Skole: man-fre 08.15-13.30. Natt: hver dag 20.30-07.00.",
		"chat →dad@example.org | Mamma har endret timeplanen til Emma.",
		"chat →sitter@example.org | Mamma har endret timeplanen til Emma.",
		"chat →uncle@example.org | Mamma har endret timeplanen til Emma.")
	now, err := d.relay.ChildTime(t.Context(), mum, emma)
	if err != nil {
		t.Fatal(err)
	}
	if want := []bridge.WeekHours{
		{Mode: "school", Days: "mon-fri", From: "08:15", To: "13:30"}, {Mode: "sleep", Days: "daily", From: "20:30", To: "07:00"},
	}; !reflect.DeepEqual(now.Week, want) {
		t.Errorf("the week is %v", now.Week)
	}
	if err := d.relay.SetWeek(t.Context(), mum, emma, now.Week); err != nil {
		t.Fatal(err)
	}
	want(t, "the same week again costs no SMS", d.told())
	if err := d.relay.SetWeek(t.Context(), mum, emma, nil); err != nil {
		t.Fatal(err)
	}
	if first := d.told()[0]; first != "+4793333333 Knapp: Mamma har endret timeplanen din. Du har ingen faste tider nå." {
		t.Errorf("Emma reads %q", first)
	}
	audit, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 5, Child: "Emma"})
	if err != nil || len(audit) < 2 || audit[0].What != "set_week" || audit[1].Detail != "school mon-fri 08:15–13:30; sleep daily 20:30–07:00" {
		t.Errorf("the audit log has %+v (%v)", audit, err)
	}
}

// What waits for a timetable goes when the timetable lets it.
func TestWhatWaitsFollowsTheNewWeek(t *testing.T) {
	d := hurried(t)
	d.arrange(func(f *bridge.Family) { twoHomes(f); f.Children[0].Allow[3].When = "home" })
	mum, emma := d.actor("Mamma"), d.named("Emma")
	if err := d.relay.SetWeek(t.Context(), mum, emma, []bridge.WeekHours{{Mode: "school", Days: "mon-fri", From: "08:00", To: "23:00"}}); err != nil {
		t.Fatal(err)
	}
	d.told()
	d.chat("coach@example.org", "emma", "c1", "Trening i dag")
	d.releaseDue()
	want(t, "she is at school", d.transmit(&hand{}))
	if err := d.relay.SetWeek(t.Context(), mum, emma, nil); err != nil {
		t.Fatal(err)
	}
	d.releaseDue()
	if all := strings.Join(d.transmit(&hand{}), "\n"); !strings.Contains(all, "Trener: Trening i dag") {
		t.Errorf("Emma got %s", all)
	}
}

func TestHolidaysComeAndGo(t *testing.T) {
	d := hurried(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	autumn := bridge.FreeDays{Name: " Fri  fra skolen ", First: "2026-11-20", Last: "2026-11-22", Child: "emma"}
	if err := d.relay.AddFreeDays(t.Context(), mum, autumn); err != nil {
		t.Fatal(err)
	}
	want(t, "it is told", d.told()[:2],
		"+4793333333 Knapp: Mamma har lagt inn fri for deg: Fri fra skolen (20.11.-22.11.)",
		"chat →dad@example.org | Mamma har lagt inn ferie: Fri fra skolen (20.11.-22.11.)")
	now, err := d.relay.ChildTime(t.Context(), mum, emma)
	if err != nil || len(now.FreeDays) != 1 {
		t.Fatal(now, err)
	}
	if today, err := d.relay.Today(t.Context(), mum, emma); err != nil || today.Mode != policy.Holidays {
		t.Errorf("today is %+v (%v)", today, err)
	}
	var refused *bridge.Refusal
	if err := d.relay.AddFreeDays(t.Context(), mum, now.FreeDays[0]); !errors.As(err, &refused) {
		t.Errorf("the same twice: %v", err)
	}
	if err := d.relay.RemoveFreeDays(t.Context(), mum, now.FreeDays[0]); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.RemoveFreeDays(t.Context(), mum, now.FreeDays[0]); !errors.As(err, &refused) {
		t.Errorf("taken away twice: %v", err)
	}
	// For all children it takes a guardian of all.
	all := bridge.FreeDays{Name: "Jul", First: "2026-12-19", Last: "2027-01-03"}
	if err := d.relay.AddFreeDays(t.Context(), mum, all); !errors.As(err, &refused) || refused.Sentence != words.NotYoursForAll {
		t.Errorf("a holiday of somebody else's child: %v", err)
	}
	if err := d.relay.AddFreeDays(t.Context(), bridge.Keeper, all); err != nil {
		t.Fatal(err)
	}
	now, err = d.relay.ChildTime(t.Context(), mum, emma)
	if err != nil || len(now.FreeDays) != 1 || now.FreeDays[0] != all {
		t.Errorf("%+v (%v)", now.FreeDays, err)
	}
}

func TestNamedHoursKeepTheirRules(t *testing.T) {
	d := hurried(t)
	mum, emma, coach := d.actor("Mamma"), d.named("Emma"), d.named("Trener")
	hours := bridge.Timetable{Name: "Trening", Windows: []bridge.Hours{{Days: "mon,wed", From: "16:00", To: "18:30"}}}
	if err := d.relay.SetTimetable(t.Context(), mum, "", hours); err != nil {
		t.Fatal(err)
	}
	want(t, "nobody's list names it, and nobody is told", d.told())
	d.arrange(func(f *bridge.Family) {
		twoHomes(f)
		f.Timetables = []bridge.Timetable{hours}
		f.Children[0].Allow[3].When = "school, Trening"
	})
	hours.Name, hours.Windows[0].To = "Håndball", "19:00"
	if err := d.relay.SetTimetable(t.Context(), mum, "trening", hours); err != nil {
		t.Fatal(err)
	}
	want(t, "Emma is told", d.told()[:2], "+4793333333 Knapp: Mamma har endret tidene for Håndball: man, ons 16.00-19.00.",
		"chat →dad@example.org | Mamma har endret tidene for Håndball.")
	dir, err := d.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if rule, _ := dir.Rules.Rule(emma, coach); rule.When != "school, Håndball" {
		t.Errorf("the rule's hours are %q", rule.When)
	}
	var refused *bridge.Refusal
	for what, err := range map[string]error{
		"somebody else's guardian": d.relay.SetTimetable(t.Context(), d.actor("Farmor"), "Håndball", hours),
		"still used":               d.relay.RemoveTimetable(t.Context(), mum, "Håndball"),
		"not there":                d.relay.RemoveTimetable(t.Context(), mum, "Korps"),
		"another of the name":      d.relay.SetTimetable(t.Context(), mum, "", hours),
	} {
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if time, err := d.relay.ChildTime(t.Context(), d.actor("Farmor"), d.named("Jonas")); err != nil || len(time.Timetables) != 0 {
		t.Errorf("Jonas's guardian sees %+v (%v)", time.Timetables, err)
	}
	d.arrange(func(f *bridge.Family) { twoHomes(f); f.Timetables = []bridge.Timetable{hours} })
	if err := d.relay.RemoveTimetable(t.Context(), mum, "håndball"); err != nil {
		t.Errorf("no longer used: %v", err)
	}
}

func TestOddTimesAreRefusedInPlainWords(t *testing.T) {
	d := hurried(t)
	mum, emma := d.actor("Mamma"), d.named("Emma")
	week := func(mode policy.Mode, days, from, to string) error {
		return d.relay.SetWeek(t.Context(), mum, emma, []bridge.WeekHours{{Mode: mode, Days: days, From: from, To: to}})
	}
	free := func(name, first, last string) error {
		return d.relay.AddFreeDays(t.Context(), mum, bridge.FreeDays{Name: name, First: first, Last: last, Child: "Emma"})
	}
	named := func(name string, windows ...bridge.Hours) error {
		return d.relay.SetTimetable(t.Context(), mum, "", bridge.Timetable{Name: name, Windows: windows})
	}
	good := bridge.Hours{Days: "mon", From: "10:00", To: "11:00"}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"25 o'clock", week("school", "mon", "25:00", "26:00"), "«25:00» er ikke et klokkeslett. Skriv for eksempel 08.15."},
		{"empty", week("school", "mon", "", "13:00"), "«» er ikke et klokkeslett. Skriv for eksempel 08.15."},
		{"ends as it begins", week("sleep", "mon", "08:00", "8:00"), "Fra og til er det samme, 08:00. Skal det være hele dagen, skriv fra midnatt til midnatt."},
		{"begins at the end", week("sleep", "mon", "24:00", "08:00"), "«24:00» er ikke et klokkeslett. Skriv for eksempel 08.15."},
		{"no day", week("school", "", "08:00", "13:00"), "Velg minst én dag."},
		{"no mode", week("skole\x00", "mon", "08:00", "13:00"), "«skole» er verken hjemme, skole, natt eller ferie."},
		{"a long word", week("school", "mon", strings.Repeat("9", 4000), "13:00"), "«" + strings.Repeat("9", 30) + "…» er ikke et klokkeslett. Skriv for eksempel 08.15."},
		{"too many", d.relay.SetWeek(t.Context(), mum, emma, make([]bridge.WeekHours, 101)), "Det er flere tider enn noen holder styr på. Slå sammen dager som er like."},
		{"no date", free("Jul", "24.12.2026", ""), "«24.12.2026» er ikke en dato. Skriv for eksempel 2026-12-24."},
		{"a day that is not", free("Jul", "2026-12-24", "2027-02-30"), "«2027-02-30» er ikke en dato. Skriv for eksempel 2026-12-24."},
		{"backwards", free("Jul", "2026-12-24", "2026-12-23"), "Den siste dagen er før den første."},
		{"for ever", free("Jul", "2026-12-24", "9999-12-23"), "En ferie varer høyst hundre dager."},
		{"over", free("Sommer", "2026-07-01", "2026-07-02"), "Den ferien er over allerede."},
		{"nameless", free(" ", "2026-12-24", ""), "Gi ferien et navn på høyst 30 tegn, som Høstferie."},
		{"a name of control characters", free("Jul\x1b[2J", "2026-12-24", ""), "Gi ferien et navn på høyst 30 tegn, som Høstferie."},
		{"a name with a comma", named("a,b", good), "Gi tidene et navn på høyst 20 tegn, uten komma."},
		{"a long name", named(strings.Repeat("a", 21), good), "Gi tidene et navn på høyst 20 tegn, uten komma."},
		{"a mode's name", named("School", good), "«School» betyr noe fra før. Velg et annet navn."},
		{"never open", named("Korps"), "Korps er aldri åpent. Skriv minst én tid."},
		{"no time", named("Korps", bridge.Hours{Days: "mon", From: "10", To: "11:00"}), "«10» er ikke et klokkeslett. Skriv for eksempel 08.15."},
	} {
		var refused *bridge.Refusal
		if !errors.As(c.err, &refused) || refused.Say("nb") != c.want {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
	want(t, "nobody is told of what was not done", d.told())
}

func TestWhoMayArrangeTime(t *testing.T) {
	d := hurried(t)
	emma := d.named("Emma")
	for _, c := range []struct {
		name string
		do   func(who bridge.Actor) error
		who  string
	}{
		{"week", func(who bridge.Actor) error { return d.relay.SetWeek(t.Context(), who, emma, nil) }, "Mamma Pappa"},
		{"holiday", func(who bridge.Actor) error {
			return d.relay.AddFreeDays(t.Context(), who, bridge.FreeDays{Name: who.Via + " " + d.now.String()[11:19], First: "2026-12-24", Child: "Emma"})
		}, "Mamma Pappa"},
		{"read", func(who bridge.Actor) error { _, err := d.relay.ChildTime(t.Context(), who, emma); return err }, "Mamma Pappa Barnevakt Onkel"},
		{"meaning", func(who bridge.Actor) error {
			_, err := d.relay.Meaning(t.Context(), who, emma, nil, "nb")
			return err
		}, "Mamma Pappa Barnevakt Onkel"},
		{"foresee", func(who bridge.Actor) error {
			_, err := d.relay.Foresee(t.Context(), who, emma, 0, policy.ToChild, d.now, "nb")
			return err
		}, "Mamma Pappa Barnevakt Onkel"},
	} {
		for _, name := range []string{"Mamma", "Pappa", "Barnevakt", "Onkel", "Farmor", "Trener", "Emma"} {
			d.now = d.now.Add(time.Second)
			err := c.do(bridge.Actor{Person: d.named(name), Via: "xmpp"})
			var refused *bridge.Refusal // of a child that is none to whoever asks
			denied := errors.Is(err, bridge.ErrNotAllowed) || errors.As(err, &refused) && refused.Sentence == words.NoChildCalled
			if may := strings.Contains(c.who, name); may && err != nil || !may && !denied {
				t.Errorf("%s by %s: %v", c.name, name, err)
			}
		}
	}
}
