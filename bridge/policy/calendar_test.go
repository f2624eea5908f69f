package policy

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"
)

func oslo(t testing.TB) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Oslo")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// at reads a time on a wall in Oslo. "+01:00" and "+02:00" tell the two half past two apart when summer ends.
func at(t testing.TB, s string) time.Time {
	t.Helper()
	l := oslo(t)
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02 15:04 -07:00"} {
		if when, err := time.ParseInLocation(layout, s, l); err == nil {
			return when.In(l)
		}
	}
	t.Fatalf("%q is no time", s)
	return time.Time{}
}

func clock(hour, minute int) int { return hour*60 + minute }

var (
	weekdays = DaysOf(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)
	daily    = weekdays | DaysOf(time.Saturday, time.Sunday)
)

// schoolWeek is what most children have: school from Monday to Friday, and nights that cross midnight.
var schoolWeek = []Slot{
	{Window{weekdays, clock(8, 15), clock(14, 0)}, School},
	{Window{daily, clock(20, 30), clock(7, 0)}, Sleep},
}

// The autumn holidays of 2026 in Oslo, and a free day of Emma's own.
var holidays = []Holiday{
	{First: Date{2026, 9, 28}, Last: Date{2026, 10, 2}},
	{Child: emma, First: Date{2026, 11, 13}, Last: Date{2026, 11, 13}},
}

func TestModeAndItsNextChange(t *testing.T) {
	rules := New(Book{Location: oslo(t), Weeks: map[Person][]Slot{emma: schoolWeek}, Holidays: holidays})
	for _, c := range []struct {
		name, at string
		mode     Mode
		change   string
		next     Mode
	}{
		{"before school", "2026-11-16 07:30", Home, "2026-11-16 08:15", School},
		{"the first minute of school", "2026-11-16 08:15", School, "2026-11-16 14:00", Home},
		{"the last minute of school", "2026-11-16 13:59", School, "2026-11-16 14:00", Home},
		{"school is out", "2026-11-16 14:00", Home, "2026-11-16 20:30", Sleep},
		{"before midnight", "2026-11-16 23:59", Sleep, "2026-11-17 07:00", Home},
		{"after midnight", "2026-11-17 00:00", Sleep, "2026-11-17 07:00", Home},
		{"a Saturday", "2026-11-14 10:00", Home, "2026-11-14 20:30", Sleep},
		{"the night to Monday", "2026-11-16 06:59", Sleep, "2026-11-16 07:00", Home},
		{"a holiday", "2026-09-30 10:00", Holidays, "2026-09-30 20:30", Sleep},
		{"a night in the holidays", "2026-09-30 23:00", Sleep, "2026-10-01 07:00", Holidays},
		{"the last evening of the holidays", "2026-10-02 20:00", Holidays, "2026-10-02 20:30", Sleep},
		{"the night after the holidays", "2026-10-03 03:00", Sleep, "2026-10-03 07:00", Home},
		{"the evening before a free day", "2026-11-12 19:00", Home, "2026-11-12 20:30", Sleep},
		{"a free day of one's own", "2026-11-13 09:00", Holidays, "2026-11-13 20:30", Sleep},
		{"the night that summer begins", "2026-03-29 01:30", Sleep, "2026-03-29 07:00", Home},
		{"the night that summer ends, the first time", "2026-10-25 02:30 +02:00", Sleep, "2026-10-25 07:00", Home},
	} {
		t.Run(c.name, func(t *testing.T) {
			when := at(t, c.at)
			if got := rules.Mode(emma, when); got != c.mode {
				t.Errorf("mode %s, want %s", got, c.mode)
			}
			change, next, ok := rules.NextMode(emma, when)
			if !ok || !change.Equal(at(t, c.change)) || next != c.next {
				t.Errorf("next %s at %s (%v), want %s at %s", next, change, ok, c.next, c.change)
			}
		})
	}
}

func TestAHolidayIsForWhomItIs(t *testing.T) {
	const jonas Person = 77
	rules := New(Book{Location: oslo(t), Holidays: holidays, Weeks: map[Person][]Slot{emma: schoolWeek, jonas: schoolWeek}})
	free := at(t, "2026-11-13 10:00")
	if rules.Mode(emma, free) != Holidays || rules.Mode(jonas, free) != School {
		t.Errorf("Emma %s, Jonas %s", rules.Mode(emma, free), rules.Mode(jonas, free))
	}
	if got := rules.Mode(coach, at(t, "2026-09-30 10:00")); got != Holidays {
		t.Errorf("who has no week of its own has the holidays of all: %s", got)
	}
	if _, _, ok := New(Book{}).NextMode(emma, free); ok {
		t.Error("a week without slots never changes")
	}
}

// Hours of a rule on the two nights on which the clocks change.
func TestHoursWhenTheClocksChange(t *testing.T) {
	table := func(days Days, from, to int) []Timetable { return []Timetable{{"hours", []Window{{days, from, to}}}} }
	sunday := DaysOf(time.Sunday)
	for _, c := range []struct {
		name  string
		table []Timetable
		at    string
		opens string // "" for open
	}{
		{"spring: open before", table(sunday, clock(1, 0), clock(4, 0)), "2026-03-29 01:59", ""},
		{"spring: still open after the jump", table(sunday, clock(1, 0), clock(4, 0)), "2026-03-29 03:00", ""},
		{"spring: a boundary in the hour that is not", table(sunday, clock(2, 30), clock(6, 0)), "2026-03-29 01:45", "2026-03-29 03:00"},
		{"spring: a window in the hour that is not waits a week", table(sunday, clock(2, 10), clock(2, 50)), "2026-03-29 01:45", "2026-04-05 02:10"},
		{"autumn: open the first time", table(sunday, clock(2, 30), clock(2, 45)), "2026-10-25 02:31 +02:00", ""},
		{"autumn: and the second", table(sunday, clock(2, 30), clock(2, 45)), "2026-10-25 02:31 +01:00", ""},
		{"autumn: before the first", table(sunday, clock(2, 30), clock(2, 45)), "2026-10-25 01:00 +02:00", "2026-10-25 02:30 +02:00"},
		{"autumn: between the two", table(sunday, clock(2, 30), clock(2, 45)), "2026-10-25 02:50 +02:00", "2026-10-25 02:30 +01:00"},
		{"autumn: the hour begins again", table(sunday, clock(2, 0), clock(2, 15)), "2026-10-25 02:50 +02:00", "2026-10-25 02:00 +01:00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			rules := New(Book{
				Location: oslo(t), Timetables: c.table,
				Rules: []Rule{{ID: 1, Child: emma, Contact: gran, FromChild: true, ToChild: true, When: "hours"}},
			})
			v := Decide(rules, Request{Child: emma, Other: gran, Direction: ToChild, At: at(t, c.at), ClockSet: true})
			if c.opens == "" {
				if v.Action != Deliver {
					t.Errorf("closed: %+v", v)
				}
				return
			}
			if want := at(t, c.opens); v.Action != Hold || v.Reason != ClosedNow || !v.Until.Equal(want) {
				t.Errorf("%s %s until %s, want %s", v.Action, v.Reason, v.Until, want)
			}
		})
	}
}

// The next opening is the first minute that is open, walked minute by minute over the nights on which clocks change.
func TestNextOpeningIsTheFirstOpenMinute(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	starts := []time.Time{at(t, "2026-03-28 12:00"), at(t, "2026-10-24 12:00"), at(t, "2026-06-10 12:00")}
	for range 400 {
		w := Window{Days: Days(1 + r.IntN(127)), From: 5 * r.IntN(289), To: 5 * r.IntN(289)}
		c := newCalendar(emma, []Slot{{w, School}}, nil)
		is := func(t time.Time) bool { return c.mode(t) == School }
		from := starts[r.IntN(len(starts))].Add(time.Duration(r.IntN(24*60)) * time.Minute)
		got, ok := c.next(from, nil, is)
		want := from.Add(time.Minute)
		for !is(want) && want.Sub(from) < 8*24*time.Hour {
			want = want.Add(time.Minute)
		}
		if is(from) { // then the next boundary at which it is open, which the walk does not know
			if ok && (!is(got) || !got.After(from)) {
				t.Fatalf("%+v from %s: %s is no opening", w, from, got)
			}
			continue
		}
		if is(want) && (!ok || !got.Equal(want)) {
			t.Fatalf("%+v from %s: %s (%v), want %s", w, from, got, ok, want)
		}
	}
}
