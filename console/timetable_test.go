package console

import (
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// timed is a home in which Emma has a week, a list with every kind of hours, and a holiday.
func timed(t *testing.T) *home {
	t.Helper()
	h := openHome(t)
	f := people()
	emma := &f.Children[0]
	emma.Week = []bridge.WeekHours{
		{Mode: policy.School, Days: "mon-fri", From: "08:15", To: "13:30"}, {Mode: policy.Sleep, Days: "daily", From: "20:30", To: "07:00"},
	}
	emma.Allow[0].When = "home, Trening"
	f.Timetables = []bridge.Timetable{{Name: "Trening", Windows: []bridge.Hours{{Days: "mon,wed", From: "16:00", To: "18:30"}}}}
	if _, _, err := h.relay.ApplyFamily(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	return h
}

// weekOf is a child's week as the database has it.
func (h *home) weekOf(name string) []bridge.WeekHours {
	h.t.Helper()
	f, err := h.store.Family(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, k := range f.Children {
		if k.Name == name {
			return k.Week
		}
	}
	return nil
}

func weekText(week []bridge.WeekHours) string {
	var parts []string
	for _, w := range week {
		parts = append(parts, string(w.Mode)+" "+w.Days+" "+w.From+"-"+w.To)
	}
	return strings.Join(parts, "; ")
}

func TestATimetableIsReadAndChanged(t *testing.T) {
	h := timed(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	b.get("/timetable")
	b.shows("Slik er det for Emma", "Emma er på skolen mandag til fredag kl. 08.15–13.30. Da når bare de foresatte fram",
		"Bestemor når også fram mandag og onsdag kl. 16.00–18.30 (Trening).", "Mandag til fredag", "Lørdag og søndag", "Endre")
	b.hides("Ola")
	emma := id(h.person("Emma"))
	b.get("/timetable/day?child=" + emma + "&day=4")
	b.shows(`value="08:15"`, `name="d0" value="1" checked`, `name="d4" value="1" checked`)
	b.hides(`name="d5" value="1" checked`)
	b.post("/timetable/day", "child", emma, "d4", "1", "at0", "07:00", "mode0", "home", "at1", "8.15", "mode1", "school", "at2", "1200", "mode2", "home",
		"at5", "22", "mode5", "sleep")
	b.shows("Timeplanen er endret.", "fredag kl. 08.15–12.00")
	if got := weekText(h.weekOf("Emma")); got != "school mon-thu 08:15-13:30; school fri 08:15-12:00; sleep mon-thu,sat,sun 20:30-07:00; sleep fri 22:00-07:00" {
		t.Errorf("the week is %s", got)
	}
	b.get("/timetable/day?child=" + emma + "&day=5&like=free")
	b.shows(`value="00:00"`)
	b.get("/timetable/template?child=" + emma + "&name=teen")
	b.shows("Ingenting er endret ennå.", "kl. 22.30–07.00", "Bruk denne uken")
	b.post("/timetable/template", "child", emma, "name", "teen")
	b.shows("Timeplanen er endret.")
	if got := weekText(h.weekOf("Emma")); !strings.HasPrefix(got, "school mon-fri 08:15-14:30; sleep mon-thu,sun 22:30-07:00") {
		t.Errorf("the week is %s", got)
	}
	b.post("/timetable/template", "child", emma, "name", "none")
	b.shows("Emma har ingen faste tider.")
}

func TestHolidaysAreEnteredAndTakenAway(t *testing.T) {
	h := timed(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	emma := id(h.person("Emma"))
	b.get("/timetable")
	b.shows("Ingen ferier er lagt inn.")
	b.hides("Gjelder alle barna") // Ola is none of hers
	first := noon.AddDate(0, 0, 3)
	b.post("/timetable/holiday", "child", emma, "how", "add", "name", "Hytta", "first", first.Format("2.1.2006"), "last", first.AddDate(0, 0, 2).Format(time.DateOnly))
	b.shows("Lagt inn.", "Hytta")
	b.post("/timetable/holiday", "child", emma, "how", "today")
	b.shows("Lagt inn.", `class="mode holidays"`)
	today := noon.Format(time.DateOnly)
	b.post("/timetable/holiday", "child", emma, "how", "remove", "name", "Fri", "first", today, "last", today)
	b.shows("Fjernet.")
	b.post("/timetable/holiday", "child", emma, "how", "remove", "name", "Fri", "first", today, "last", today)
	b.shows("Den ferien finnes ikke.")
	b.post("/timetable/holiday", "child", emma, "how", "add", "name", "Jul", "first", "2050-12-24", "all", "1")
	b.shows("Det gjelder barn som du ikke er foresatt for.")
}

func TestNamedHoursAreEdited(t *testing.T) {
	h := timed(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	emma := id(h.person("Emma"))
	b.get("/timetable/hours?child=" + emma + "&name=Trening")
	b.shows(`value="16:00"`, `name="d0_0" value="1" checked`, `name="d2_0" value="1" checked`)
	b.hides("Fjern Trening") // it is used
	b.post("/timetable/hours", "child", emma, "was", "Trening", "name", "Håndball", "d0_0", "1", "from0", "16:00", "to0", "19:00", "d5_1", "1", "from1", "00:00", "to1", "00:00")
	b.shows("Tidene er lagret.", "Håndball", "mandag kl. 16.00–19.00; lørdag hele dagen", "brukes av Emma")
	b.get("/timetable/hours?child=" + emma + "&name=H%C3%A5ndball")
	b.post("/timetable/hours", "child", emma, "was", "Håndball", "how", "remove")
	b.shows("Håndball brukes i listen til Emma.")
	b.post("/timetable/hours", "child", emma, "name", "Korps", "d1_0", "1", "from0", "22:00", "to0", "01:30")
	b.shows("Korps", "tirsdag kl. 22.00–01.30")
	b.get("/timetable/hours?child=" + emma + "&name=Korps")
	b.shows("Fjern Korps")
	b.post("/timetable/hours", "child", emma, "was", "Korps", "how", "remove")
	b.shows("Tidene er fjernet.")
	b.get("/timetable/hours?child=" + emma + "&name=Korps")
	if b.path != "/timetable" {
		t.Errorf("hours that are gone are at %s", b.path)
	}
}

// What cannot be meant is said in words, with what was written still there, and nothing is changed.
func TestOddTimesInForms(t *testing.T) {
	h := timed(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	emma, before := id(h.person("Emma")), weekText(h.weekOf("Emma"))
	day := []string{"child", emma, "d0", "1"}
	for _, c := range []struct {
		path   string
		fields []string
		shows  string
	}{
		{"/timetable/day", append(day, "at0", "25:00", "mode0", "home"), "«25:00» er ikke et klokkeslett."},
		{"/timetable/day", append(day, "at0", "24:00", "mode0", "home"), "«24:00» er ikke et klokkeslett."},
		{"/timetable/day", append(day, "at0", "12:60", "mode0", "home"), "«12:60» er ikke et klokkeslett."},
		{"/timetable/day", append(day, "at0", "-1", "mode0", "home"), "er ikke et klokkeslett."},
		{"/timetable/day", append(day, "at0", strings.Repeat("9", 900), "mode0", "home"), "er ikke et klokkeslett."},
		{"/timetable/day", append(day, "at0", "\x00\x1b[2J", "mode0", "home"), "er ikke et klokkeslett."},
		{"/timetable/day", append(day, "at0", "08:00", "mode0", "party"), "er verken hjemme, skole, natt eller ferie."},
		{"/timetable/day", append(day, "at0", "08:00", "mode0", "home", "at1", "8", "mode1", "school"), "To linjer begynner kl. 08:00."},
		{"/timetable/day", day, "Skriv minst én linje."},
		{"/timetable/day", []string{"child", emma, "at0", "08:00", "mode0", "home"}, "Velg minst én dag."},
		{"/timetable/holiday", []string{"child", emma, "how", "add", "name", "Jul", "first", "x"}, "er ikke en dato."},
		{"/timetable/holiday", []string{"child", emma, "how", "add", "name", "Jul", "first", "2050-12-24", "last", "2050-12-01"}, "Den siste dagen er før den første."},
		{"/timetable/holiday", []string{"child", emma, "how", "add", "name", "", "first", "2050-12-24"}, "Gi ferien et navn"},
		{"/timetable/hours", []string{"child", emma, "name", "Korps"}, "Korps er aldri åpent."},
		{"/timetable/hours", []string{"child", emma, "name", "Korps", "from0", "10:00", "to0", "11:00"}, "Velg minst én dag."},
		{"/timetable/hours", []string{"child", emma, "name", "Korps", "d0_0", "1", "from0", "10:00", "to0", "10:00"}, "Fra og til er det samme, 10:00."},
		{"/timetable/hours", []string{"child", emma, "name", "Korps", "d0_0", "1", "from0", "10:00"}, "er ikke et klokkeslett."},
		{"/timetable/hours", []string{"child", emma, "name", "school", "d0_0", "1", "from0", "10:00", "to0", "11:00"}, "betyr noe fra før."},
		{"/timetable/hours", []string{"child", emma, "was", "Dans", "name", "Dans", "d0_0", "1", "from0", "10:00", "to0", "11:00"}, "Det finnes ingen tider som heter Dans."},
	} {
		b.get("/timetable")
		b.post(c.path, c.fields...)
		if b.code != 422 {
			t.Errorf("%s %v: %d", c.path, c.fields, b.code)
		}
		b.shows(c.shows, `role="alert"`)
	}
	if now := weekText(h.weekOf("Emma")); now != before {
		t.Errorf("the week was %s and is %s", before, now)
	}
	// What no form of ours sends.
	for _, junk := range [][]string{
		{"/timetable/day", "child", "x"},
		{"/timetable/day", "child", "99999999999999999999"},
		{"/timetable/holiday", "child", emma, "how", "sell"},
		{"/timetable/template", "child", emma, "name", "wild"},
		{"/timetable/day", "child", emma, "at0", strings.Repeat("1", 1<<20)},
	} {
		b.get("/timetable")
		if b.post(junk[0], junk[1:]...); b.code < 400 || b.code >= 500 {
			t.Errorf("%.60v: %d", junk, b.code)
		}
	}
	for _, path := range []string{"?from=x", "?from=0001-01-01", "?from=9999-12-31", "/day?day=99", "/day?day=-1&like=x", "/template?name=x", "/hours?name=x", "/ask?other=0&date=x&time=y", "/ask?other=0&date=9999-12-31&time=10:00"} {
		if b.get("/timetable" + path); b.code != 200 && b.code != 422 {
			t.Errorf("%s: %d", path, b.code)
		}
	}
}

// Somebody else's child and its time are nobody's business, and whoever may only look changes nothing.
func TestAForeignTimetable(t *testing.T) {
	h := timed(t)
	h.account("Nabo")
	h.account("Onkel")
	emma, before := id(h.person("Emma")), weekText(h.weekOf("Emma"))
	nabo := h.signedIn("Nabo")
	nabo.get("/timetable")
	nabo.shows("Slik er det for Ola")
	nabo.hides("Emma", "16.00–18.30")
	for _, path := range []string{"", "/ask", "/day", "/template", "/hours"} {
		if nabo.get("/timetable" + path + "?name=Trening&other=0&child=" + emma); nabo.code != 403 {
			t.Errorf("%s: %d", path, nabo.code)
		}
		nabo.hides("Emma")
	}
	if nabo.get("/timetable/ask?other=" + id(h.person("Bestemor")) + "&date=2050-01-01&time=10:00&child=" + id(h.person("Ola"))); nabo.code != 403 {
		t.Errorf("somebody else's grandmother: %d", nabo.code)
	}
	changes := [][]string{
		{"/timetable/day", "child", emma, "d0", "1", "at0", "08:00", "mode0", "sleep"},
		{"/timetable/template", "child", emma, "name", "none"},
		{"/timetable/holiday", "child", emma, "how", "today"},
		{"/timetable/hours", "child", emma, "was", "Trening", "how", "remove"},
	}
	onkel := h.signedIn("Onkel")
	onkel.get("/timetable")
	onkel.shows("Slik er det for Emma", "Rollen din kan se dette")
	onkel.hides("Bruk", "Legg inn", "/timetable/day")
	for _, b := range []*surfer{nabo, onkel} {
		for _, try := range changes {
			b.get("/me")
			if b.post(try[0], try[1:]...); b.code != 403 {
				t.Errorf("%v: %d", try, b.code)
			}
		}
	}
	// Hours that Emma's list names are not Nabo's to change, by way of the own child.
	nabo.get("/timetable")
	nabo.post("/timetable/hours", "child", id(h.person("Ola")), "was", "Trening", "name", "Trening", "d0_0", "1", "from0", "10:00", "to0", "11:00")
	nabo.shows("Det gjelder barn som du ikke er foresatt for.")
	if now := weekText(h.weekOf("Emma")); now != before {
		t.Errorf("the week was %s and is %s", before, now)
	}
}

func TestTheSimulator(t *testing.T) {
	h := timed(t)
	h.account("Onkel")
	b := h.signedIn("Onkel")
	emma, gran := id(h.person("Emma")), id(h.person("Bestemor"))
	monday := mondayOf(noon).AddDate(0, 0, 7)
	ask := func(other string, day int, clock string) {
		b.get("/timetable/ask?child=" + emma + "&other=" + other + "&date=" + monday.AddDate(0, 0, day).Format(time.DateOnly) + "&time=" + clock)
	}
	ask(gran, 1, "10:15")
	b.shows("Kan Bestemor skrive til Emma?", "Nei, ikke da: meldingen venter.", "Timeplanen er stengt; den åpner kl. 13.30.", "på skolen", "Kan Emma skrive til Bestemor?",
		"Regelen på listen: når barnet er hjemme eller i tidene for Trening.", `href="/timetable?child=`+emma+`#week"`)
	ask(gran, 1, "15:00")
	b.shows("Ja.", "De kan skrive til hverandre: det står på lista.")
	ask(gran, 1, "23.30")
	b.shows("den åpner i morgen kl. 07.00.")
	ask("0", 1, "15:00")
	b.shows("Kan en ukjent skrive til Emma?", "Nei, ikke uten videre.", "Ingen kjenner avsenderen", "Se spørsmålene")
	ask(id(h.person("Pappa")), 1, "10:15")
	b.shows("Ja.", "Det er en av barnets egne voksne.")
	ask(gran, 1, "25:00")
	b.shows("«25:00» er ikke et klokkeslett.")
	b.hides("Kan Bestemor")
	b.get("/timetable/ask?lang=en&child=" + emma + "&other=" + gran + "&date=" + monday.Format(time.DateOnly) + "&time=10:15")
	b.shows("No, not then: the message waits.", "The timetable is closed; it opens at 13:30.", "The rule on the list: when the child is at home or in the hours of Trening.")
}

// The week in which the clocks change is drawn by the clock on the wall, and says so.
func TestTheWeeksOfTheClocks(t *testing.T) {
	oslo, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	rules := policy.New(policy.Book{Location: oslo, Weeks: map[policy.Person][]policy.Slot{1: slotsOf([]bridge.WeekHours{
		{Mode: policy.Sleep, Days: "daily", From: "20:30", To: "07:00"}, {Mode: policy.School, Days: "mon-fri", From: "08:15", To: "13:30"},
	})}})
	words, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{pages: pages{"nb": edition{words: words}}}
	its := bridge.ChildTime{For: 1, Week: []bridge.WeekHours{
		{Mode: policy.Sleep, Days: "daily", From: "20:30", To: "07:00"}, {Mode: policy.School, Days: "mon-fri", From: "08:15", To: "13:30"},
	}, FreeDays: []bridge.FreeDays{{Name: "Påske", First: "2026-03-30", Last: "2026-04-06"}}}
	for _, c := range []struct{ day, clocks, title string }{
		{"2026-03-25", "spring", "23.–29. mars"}, {"2026-10-25", "autumn", "19.–25. oktober"}, {"2026-04-01", "", "30. mars – 5. april"},
	} {
		at, err := time.ParseInLocation(time.DateOnly, c.day, oslo)
		if err != nil {
			t.Fatal(err)
		}
		v := &visit{s: s, lang: "nb", now: at}
		p := v.picture(rules, its, mondayOf(at))
		if p.Clocks != c.clocks || p.Title != c.title {
			t.Errorf("%s: %q %q", c.day, p.Clocks, p.Title)
		}
		for _, day := range p.Days {
			total := 0
			for _, b := range day.Bars {
				total += b.W
				if b.X < 0 || b.X+b.W > minutesADay {
					t.Errorf("%s %s: %+v sticks out", c.day, day.Date, b)
				}
			}
			if day.Bars[0] != (bar{"sleep", 0, 420}) {
				t.Errorf("%s %s begins with %+v", c.day, day.Date, day.Bars[0])
			}
		}
		if sunday := p.Days[6].Line; sunday != "sover kl. 00.00–07.00, hjemme kl. 07.00–20.30, sover kl. 20.30–24.00" {
			t.Errorf("%s: Sunday is %q", c.day, sunday)
		}
		if free := p.Days[1].Free; (free == "Påske") != (c.clocks == "") {
			t.Errorf("%s: Tuesday is %q", c.day, free)
		}
	}
}

// Whatever is typed for a time, it is a minute of the day or none, and written out and read again the same.
func FuzzClockOf(f *testing.F) {
	for _, s := range []string{"8.15", "08:15", "0815", "8", "24:00", "25:00", "", "12:60", "-1", " 7.05 ", "٨:١٥"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		minutes, ok := clockOf(s)
		if !ok {
			return
		}
		if minutes < 0 || minutes > minutesADay {
			t.Fatalf("%q is %d", s, minutes)
		}
		if again, ok := clockOf(bridge.FormatClock(minutes)); !ok || again != minutes {
			t.Fatalf("%q is %d, and written out %d", s, minutes, again)
		}
	})
}
