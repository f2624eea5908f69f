package bridge_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"knapp/bridge"
)

// schoolFamily is the household with a school week and everything else that a document can say of time and money.
func schoolFamily() bridge.Family {
	f := household
	f.Timetables = []bridge.Timetable{{Name: "Trening", Windows: []bridge.Hours{
		{Days: "mon, wed", From: "16:00", To: "18:30"}, {Days: "sat,sun,fri", From: "09:00", To: "24:00"},
	}}}
	f.FreeDays = []bridge.FreeDays{
		{Name: "Høstferie", First: "2026-09-28", Last: "2026-10-02"},
		{Name: "Planleggingsdag", First: "2026-11-13", Child: "emma"},
	}
	f.Limits = bridge.FamilyLimits{Day: 100, Month: 1000, Reserve: 20, Storm: 30}
	emma := f.Children[0]
	emma.Week = []bridge.WeekHours{
		{Mode: "school", Days: "mon-fri", From: "08:15", To: "14:00"},
		{Mode: "sleep", Days: "mon,tue,wed,thu,fri,sat,sun", From: "20:30", To: "07:00"},
	}
	emma.Limits = bridge.ChildLimits{Day: 30, Month: 400, Contact: 10, Reserve: 5}
	emma.Allow = append([]bridge.Allow(nil), emma.Allow...)
	emma.Allow[2].When = "Home"
	emma.Allow[3].When = "trening,holidays"
	emma.Allow[4].Until = "2026-12-24T18:00:00+01:00"
	f.Children = append([]bridge.Child{emma}, f.Children[1:]...)
	return f
}

func TestTheFamilysTimeIsBroughtToItsNormalForm(t *testing.T) {
	f, err := schoolFamily().Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	emma := f.Children[0]
	for _, c := range []struct{ what, got, want string }{
		{"a list of two days", f.Timetables[0].Windows[0].Days, "mon,wed"},
		{"three days in a row", f.Timetables[0].Windows[1].Days, "fri-sun"},
		{"all days", emma.Week[1].Days, "daily"},
		{"one mode", emma.Allow[2].When, "home"},
		{"a timetable and a mode", emma.Allow[3].When, "Trening, holidays"},
		{"an end", emma.Allow[4].Until, "2026-12-24T17:00:00Z"},
		{"a single free day", f.FreeDays[1].Last, "2026-11-13"},
		{"whose it is", f.FreeDays[1].Child, "Emma"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", c.what, c.got, c.want)
		}
	}
	again, err := f.Check(plain{})
	if err != nil || !reflect.DeepEqual(again, f) {
		t.Errorf("checked again it is another one (%v):\n%+v\n%+v", err, f, again)
	}
}

func TestWrongTimesAreNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*bridge.Family)
		want   string
	}{
		{"a day", func(f *bridge.Family) { f.Children[0].Week[0].Days = "man-fre" }, `child[0].week[0].days: "man-fre" names no days: write mon,`},
		{"no day", func(f *bridge.Family) { f.Children[0].Week[0].Days = "" }, `child[0].week[0].days: "" names no days`},
		{"a time", func(f *bridge.Family) { f.Children[0].Week[0].From = "8.15" }, `child[0].week[0].from: "8.15" is no time: write "08:15"`},
		{"the end of a day as a beginning", func(f *bridge.Family) { f.Children[0].Week[0].From = "24:00" }, `write "00:00" of the next`},
		{"no length", func(f *bridge.Family) { f.Children[0].Week[0].To = "08:15" }, `child[0].week[0].to: "08:15" is when it begins`},
		{"a mode", func(f *bridge.Family) { f.Children[0].Week[0].Mode = "skole" }, `child[0].week[0].mode: "skole" is no mode: home, school, sleep or holidays`},
		{"a timetable that nobody knows", func(f *bridge.Family) { f.Children[0].Allow[2].When = "home,korps" }, `child[0].allow[2].when: "home,korps" names no hours: always, home, school, sleep, holidays, Trening`},
		{"nothing between commas", func(f *bridge.Family) { f.Children[0].Allow[2].When = "home,," }, `child[0].allow[2].when: "home,," names no hours`},
		{"a timetable called like a mode", func(f *bridge.Family) {
			f.Timetables = append(f.Timetables, bridge.Timetable{Name: "School", Windows: f.Timetables[0].Windows})
		}, `timetable[1].name: "School" has a meaning already`},
		{"a timetable twice", func(f *bridge.Family) { f.Timetables = append(f.Timetables, f.Timetables[0]) }, `timetable[1].name: "Trening" is taken`},
		{"a timetable that never opens", func(f *bridge.Family) { f.Timetables[0].Windows = nil }, `timetable[0]: "Trening" is never open`},
		{"a window", func(f *bridge.Family) { f.Timetables[0].Windows[1].To = "25:00" }, `timetable[0].window[1].to: "25:00" is no time`},
		{"a date", func(f *bridge.Family) { f.FreeDays[0].First = "28.09.2026" }, `holiday[0].first: "28.09.2026" is no day: write "2026-12-24"`},
		{"a day that is not", func(f *bridge.Family) { f.FreeDays[0].Last = "2026-02-30" }, `holiday[0].last: "2026-02-30" is no day`},
		{"the wrong way round", func(f *bridge.Family) { f.FreeDays[0].Last = "2026-09-01" }, `holiday[0].last: 2026-09-01 is before the first day`},
		{"of nobody", func(f *bridge.Family) { f.FreeDays[1].Child = "Mamma" }, `holiday[1].child: "Mamma" is no child`},
		{"without a name", func(f *bridge.Family) { f.FreeDays[0].Name = " " }, `holiday[0].name: is missing`},
		{"an end of a rule", func(f *bridge.Family) { f.Children[0].Allow[4].Until = "in an hour" }, `child[0].allow[4].until: "in an hour" is no time`},
		{"less than nothing", func(f *bridge.Family) { f.Children[0].Limits.Day = -2 }, `child[0].limits.day: -2 is less than nothing`},
		{"a day above the month", func(f *bridge.Family) { f.Children[0].Limits.Day = 500 }, `child[0].limits.day: 500 is more than the month's 400`},
		{"nothing but a reserve", func(f *bridge.Family) { f.Children[0].Limits = bridge.ChildLimits{Reserve: 5} }, `child[0].limits.reserve: is a part of day or month`},
		{"all of it reserved", func(f *bridge.Family) { f.Limits.Reserve = 100 }, `limits.reserve: 100 leaves nothing for anybody else: less than day, which is 100`},
		{"a storm", func(f *bridge.Family) { f.Limits.Storm = -1 }, `limits.storm: -1 is less than nothing`},
		{"a short number", func(f *bridge.Family) { f.Contacts[0].Phone = "2097" }, `contact[0].phone: 2097 is a short number, whose price only the network knows: an owner says so with confirmed = true`},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := schoolFamily()
			f.Contacts = append([]bridge.Contact(nil), f.Contacts...)
			c.change(&f)
			_, err := f.Check(plain{})
			var problems bridge.Problems
			if !errors.As(err, &problems) || len(problems) != 1 {
				t.Fatalf("%v", err)
			}
			if !strings.HasPrefix(problems.Error(), c.want) && !strings.Contains(problems.Error(), c.want) {
				t.Errorf("%s\nwant %s", problems, c.want)
			}
		})
	}
	f := schoolFamily()
	f.Contacts = append([]bridge.Contact(nil), f.Contacts...)
	f.Contacts[0].Phone, f.Contacts[0].Confirmed = "2097", true
	if _, err := f.Check(plain{}); err != nil {
		t.Errorf("a number that was confirmed: %v", err)
	}
}

// What was applied is what is exported, and applying that changes nothing.
func TestTheFamilysTimeGoesRound(t *testing.T) {
	d := open(t)
	f, err := schoolFamily().Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	changes, _, err := d.relay.ApplyFamily(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	var notes []string
	for _, c := range changes {
		notes = append(notes, c.Name+": "+c.Note)
	}
	want := []string{
		"Emma: list: Bestemor: key 4, both ways → key 4, both ways, home",
		"Emma: list: Trener: key 5, to the child → key 5, to the child, Trening, holidays",
		"Emma: list: Tante: key 6, from the child → key 6, from the child, until 2026-12-24T17:00:00Z",
		"all: timetable Trening added: mon,wed 16:00–18:30; fri-sun 09:00–24:00",
		"all: holiday added: Høstferie 2026-09-28 to 2026-10-02",
		"all: holiday added: Planleggingsdag 2026-11-13 (Emma)",
		"all: limits: as usual → day 100, month 1000, reserve 20, storm 30",
		"Emma: week: none → school mon-fri 08:15–14:00; sleep daily 20:30–07:00",
		"Emma: limits: as usual → day 30, month 400, contact 10, reserve 5",
	}
	if !reflect.DeepEqual(notes, want) {
		t.Errorf("what changed:\n%s\nwant\n%s", strings.Join(notes, "\n"), strings.Join(want, "\n"))
	}
	out, err := d.store.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	checked, err := out.Check(plain{})
	if err != nil || !reflect.DeepEqual(out, checked) {
		t.Errorf("the export is not in its normal form (%v)", err)
	}
	if !reflect.DeepEqual(out.Children[0].Week, f.Children[0].Week) || !reflect.DeepEqual(out.FreeDays, f.FreeDays) ||
		!reflect.DeepEqual(out.Timetables, f.Timetables) || out.Limits != f.Limits || out.Children[0].Limits != f.Children[0].Limits {
		t.Errorf("exported:\n%+v\napplied:\n%+v", out, f)
	}
	again, _, err := d.relay.ApplyFamily(t.Context(), checked)
	if err != nil || len(again) != 0 {
		t.Errorf("the export applied again changes %v (%v)", again, err)
	}
	bare, err := household.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(t.Context(), bare); err != nil {
		t.Fatal(err)
	}
	if out, err = d.store.Family(t.Context()); err != nil || out.Timetables != nil || out.Children[0].Week != nil {
		t.Errorf("what was taken away is still there: %+v (%v)", out, err)
	}
}
