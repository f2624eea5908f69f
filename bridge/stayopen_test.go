package bridge_test

import (
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// The hours that a guardian's own line names are no way round the notice that it takes to cut a guardian off.
func TestNoTimetableClosesAnotherGuardian(t *testing.T) {
	d := open(t)
	hours := bridge.Timetable{Name: "Kveld", Windows: []bridge.Hours{{Days: "daily", From: "18:00", To: "20:00"}}}
	d.arrange(func(f *bridge.Family) {
		f.Timetables = []bridge.Timetable{hours}
		f.Children[0].Week = []bridge.WeekHours{{Mode: policy.School, Days: "mon-fri", From: "08:00", To: "14:00"}}
		f.Children[0].Allow[1].When = "home, Kveld" // Pappa
	})
	mum, dad, emma := d.actor("Mamma"), d.actor("Pappa"), d.named("Emma")
	school := func(from, to string) []bridge.WeekHours {
		return []bridge.WeekHours{{Mode: policy.School, Days: "mon-fri", From: from, To: to}}
	}
	refusedWith(t, "a longer school day", d.relay.SetWeek(t.Context(), mum, emma, school("08:00", "17:00")), words.GuardianStaysOpen)
	refusedWith(t, "a week of nights", d.relay.SetWeek(t.Context(), mum, emma, []bridge.WeekHours{{Mode: policy.Sleep, Days: "daily", From: "00:00", To: "24:00"}}), words.GuardianStaysOpen)
	if err := d.relay.SetWeek(t.Context(), mum, emma, school("08:00", "13:00")); err != nil {
		t.Errorf("a shorter one: %v", err)
	}
	if err := d.relay.SetWeek(t.Context(), dad, emma, school("08:00", "17:00")); err != nil {
		t.Errorf("by himself: %v", err)
	}
	shorter := bridge.Timetable{Name: "Kveld", Windows: []bridge.Hours{{Days: "mon-fri", From: "16:00", To: "16:30"}}}
	d.now = d.now.AddDate(0, 0, 1)
	refusedWith(t, "a week without the evening", d.relay.SetWeek(t.Context(), mum, emma, school("08:00", "18:00")), words.GuardianStaysOpen)
	if err := d.relay.SetWeek(t.Context(), dad, emma, school("08:00", "21:00")); err != nil {
		t.Fatal(err)
	}
	refusedWith(t, "shorter hours", d.relay.SetTimetable(t.Context(), mum, "Kveld", shorter), words.GuardianStaysOpen)
	longer := bridge.Timetable{Name: "Kvelden", Windows: []bridge.Hours{{Days: "daily", From: "17:30", To: "20:30"}}}
	if err := d.relay.SetTimetable(t.Context(), mum, "Kveld", longer); err != nil {
		t.Errorf("longer hours by another name: %v", err)
	}
	if err := d.relay.SetWeek(t.Context(), bridge.Keeper, emma, school("00:00", "24:00")); err != nil {
		t.Errorf("the keeper: %v", err)
	}
}

// A week of many short lessons is a week without a way in.
func TestNoLessonIsTooShortToCount(t *testing.T) {
	d := open(t)
	d.arrange(func(f *bridge.Family) { f.Children[0].Allow[1].When = "home" }) // Pappa
	mum, emma := d.actor("Mamma"), d.named("Emma")
	var lessons []bridge.WeekHours
	for at := 8 * 60; at < 15*60; at += 5 { // open for a minute in five
		lessons = append(lessons, bridge.WeekHours{
			Mode: policy.School, Days: "daily", From: bridge.FormatClock(at + 1), To: bridge.FormatClock(at + 5),
		})
	}
	refusedWith(t, "four minutes in five", d.relay.SetWeek(t.Context(), mum, emma, lessons), words.GuardianStaysOpen)
}

// Nor is a holiday: one that begins closes what is open at school, and one that ends what is open on holidays.
func TestNoHolidayClosesAnotherGuardian(t *testing.T) {
	d := open(t)
	autumn := bridge.FreeDays{Name: "Høstferie", First: "2026-11-30", Last: "2026-12-04", Child: "Emma"}
	d.amend(func(f *bridge.Family) {
		f.Children[0].Week = []bridge.WeekHours{{Mode: policy.School, Days: "mon-fri", From: "08:00", To: "14:00"}}
		f.Children[0].Allow[1].When = "school" // Pappa
	})
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	refusedWith(t, "a week without school", d.relay.AddFreeDays(t.Context(), mum, autumn), words.GuardianStaysOpen)
	refusedWith(t, "by plain words or any other way, for all", d.relay.AddFreeDays(t.Context(), mum,
		bridge.FreeDays{Name: "Høstferie", First: "2026-11-30"}), words.GuardianStaysOpen)
	weekend := bridge.FreeDays{Name: "Helg", First: "2026-11-28", Last: "2026-11-29", Child: "Emma"}
	if err := d.relay.AddFreeDays(t.Context(), mum, weekend); err != nil {
		t.Errorf("days without school: %v", err)
	}
	if err := d.relay.AddFreeDays(t.Context(), dad, autumn); err != nil {
		t.Errorf("by himself: %v", err)
	}

	d.amend(func(f *bridge.Family) { f.Children[0].Allow[1].When = "holidays" })
	refusedWith(t, "the end of a holiday", d.relay.RemoveFreeDays(t.Context(), mum, autumn), words.GuardianStaysOpen)
	d.amend(func(f *bridge.Family) { f.Children[0].Allow[1].When = "home" })
	if err := d.relay.RemoveFreeDays(t.Context(), mum, autumn); err != nil {
		t.Errorf("an ordinary week is no closing: %v", err)
	}
}
