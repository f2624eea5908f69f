package policy

import (
	"testing"
	"time"
)

func TestNextChangeIsWhenAnotherVerdictComes(t *testing.T) {
	day := func(hour, minute int) time.Time { return time.Date(2026, 11, 23, hour, minute, 0, 0, time.UTC) } // a Monday
	const child, gran, coach, mum, aunt = 1, 2, 3, 4, 5
	every := DaysOf(time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday)
	rules := New(Book{
		Rules: []Rule{
			{Child: child, Contact: gran, ToChild: true, When: "home"},
			{Child: child, Contact: coach, ToChild: true, When: "trening"},
			{Child: child, Contact: aunt, ToChild: true, Until: day(20, 0)},
		},
		Guardianships: []Guardianship{{Child: child, Guardian: mum}},
		Weeks: map[Person][]Slot{child: {
			{Window{every, 8 * 60, 14 * 60}, School}, {Window{every, 21 * 60, 7 * 60}, Sleep},
		}},
		Timetables: []Timetable{{Name: "trening", Windows: []Window{{every, 17 * 60, 18 * 60}}}},
		Overrides:  []Override{{Child: child, Other: coach, Until: day(12, 30)}},
		Mutes:      []Mute{{Child: child, Other: gran, Until: day(9, 0)}},
	})
	for _, c := range []struct {
		other    Person
		at, want time.Time
	}{
		{gran, day(7, 30), day(8, 0)},    // school begins
		{gran, day(8, 30), day(9, 0)},    // the mute ends, though it stays closed
		{gran, day(9, 30), day(14, 0)},   // school is over
		{gran, day(22, 0), day(31, 0)},   // the night is over
		{coach, day(10, 0), day(12, 30)}, // what was opened closes
		{coach, day(13, 0), day(17, 0)},
		{coach, day(17, 0), day(18, 0)},
		{aunt, day(10, 0), day(20, 0)}, // the rule is gone
		{mum, day(10, 0), time.Time{}},
		{aunt, day(20, 0), time.Time{}},
	} {
		got, ok := rules.NextChange(child, c.other, c.at)
		if ok == c.want.IsZero() || !got.Equal(c.want) {
			t.Errorf("%d at %v: %v, %v, want %v", c.other, c.at, got, ok, c.want)
		}
	}
}

func TestMutedUntil(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	rules := New(Book{Mutes: []Mute{
		{Child: 1, Until: now.Add(time.Hour)}, {Child: 2}, {Child: 3, Other: 9}, {Child: 4, Until: now}, {Child: 5, ByChild: true},
	}})
	for child, want := range map[Person]bool{1: true, 2: true, 3: false, 4: false, 5: false} {
		until, muted := rules.MutedUntil(child, now)
		if muted != want || child == 1 && !until.Equal(now.Add(time.Hour)) || child == 2 && !until.IsZero() {
			t.Errorf("child %d: %v, %v", child, until, muted)
		}
	}
}
