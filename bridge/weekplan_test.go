package bridge_test

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// modesOf is what a week is at, every five minutes, by the rules themselves.
func modesOf(t *testing.T, week []bridge.WeekHours) []policy.Mode {
	t.Helper()
	var slots []policy.Slot
	for _, h := range week {
		w, err := h.Hours().Window()
		if err != nil {
			t.Fatal(err)
		}
		slots = append(slots, policy.Slot{Window: w, Mode: h.Mode})
	}
	rules := policy.New(policy.Book{Weeks: map[policy.Person][]policy.Slot{1: slots}})
	var all []policy.Mode
	for at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC); at.Day() < 8; at = at.Add(5 * time.Minute) {
		all = append(all, rules.Mode(1, at))
	}
	return all
}

func TestAWeekIsWrittenDownDayByDay(t *testing.T) {
	p, err := bridge.PlanOf([]bridge.WeekHours{
		{Mode: "school", Days: "mon-fri", From: "08:15", To: "13:30"},
		{Mode: "sleep", Days: "mon-thu,sun", From: "20:30", To: "07:00"},
		{Mode: "sleep", Days: "fri,sat", From: "22:00", To: "09:00"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []bridge.Start{{420, "home"}, {495, "school"}, {810, "home"}, {1230, "sleep"}}; !reflect.DeepEqual(p[0], want) {
		t.Errorf("Monday is %v, want %v", p[0], want)
	}
	if want := []bridge.Start{{540, "home"}, {1230, "sleep"}}; !reflect.DeepEqual(p[6], want) {
		t.Errorf("Sunday is %v, want %v", p[6], want)
	}
}

func TestAPlanBecomesHours(t *testing.T) {
	every := func(starts ...bridge.Start) (p bridge.WeekPlan) {
		for day := range p {
			p[day] = starts
		}
		return p
	}
	night := []bridge.Start{{7 * 60, "home"}, {20 * 60, "sleep"}}
	for _, c := range []struct {
		name string
		plan bridge.WeekPlan
		want []bridge.WeekHours
	}{
		{"nothing", bridge.WeekPlan{}, []bridge.WeekHours{}},
		{"at home", every(bridge.Start{0, "home"}), []bridge.WeekHours{}},
		{"nights", every(night...), []bridge.WeekHours{{Mode: "sleep", Days: "daily", From: "20:00", To: "07:00"}}},
		{"until midnight", every(bridge.Start{0, "home"}, bridge.Start{20 * 60, "sleep"}), []bridge.WeekHours{{Mode: "sleep", Days: "daily", From: "20:00", To: "24:00"}}},
		{"a whole day", bridge.WeekPlan{{{0, "school"}}, {{0, "home"}}}, []bridge.WeekHours{{Mode: "school", Days: "mon", From: "00:00", To: "24:00"}}},
		{"a day and a night", bridge.WeekPlan{{{600, "sleep"}}, {{660, "home"}}}, []bridge.WeekHours{
			{Mode: "sleep", Days: "mon", From: "10:00", To: "24:00"}, {Mode: "sleep", Days: "tue", From: "00:00", To: "11:00"},
		}},
		{"twenty-four hours", bridge.WeekPlan{{{600, "sleep"}}, {{600, "home"}}}, []bridge.WeekHours{
			{Mode: "sleep", Days: "mon", From: "10:00", To: "24:00"}, {Mode: "sleep", Days: "tue", From: "00:00", To: "10:00"},
		}},
		{"always asleep", every(bridge.Start{0, "sleep"}), []bridge.WeekHours{{Mode: "sleep", Days: "daily", From: "00:00", To: "24:00"}}},
		{"from Sunday into Monday", bridge.WeekPlan{0: {{420, "home"}}, 6: {{1200, "sleep"}}}, []bridge.WeekHours{{Mode: "sleep", Days: "sun", From: "20:00", To: "07:00"}}},
	} {
		if got := c.plan.Week(); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// Whatever a week is, written down day by day and read again it means the same at every minute.
func TestAPlanMeansWhatItsWeekMeans(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	clock := func() string { return bridge.FormatClock(random.IntN(48) * 30) }
	kinds := []policy.Mode{"school", "sleep", "holidays", "home"}
	for range 150 {
		var week []bridge.WeekHours
		for range random.IntN(6) {
			from, to := clock(), clock()
			if from == to {
				to = "24:00"
			}
			week = append(week, bridge.WeekHours{
				Mode: kinds[random.IntN(4)], Days: bridge.FormatDays(policy.Days(1 + random.IntN(127))), From: from, To: to,
			})
		}
		p, err := bridge.PlanOf(week)
		if err != nil {
			t.Fatal(err)
		}
		again := p.Week()
		if !reflect.DeepEqual(modesOf(t, again), modesOf(t, week)) {
			t.Fatalf("%v became %v, which is another week", week, again)
		}
		q, err := bridge.PlanOf(again)
		if err != nil || !reflect.DeepEqual(p, q) {
			t.Fatalf("%v: planned again it is %v, not %v (%v)", week, q, p, err)
		}
		// A document takes what comes out.
		f := household
		f.Children = append([]bridge.Child(nil), f.Children...)
		f.Children[0].Week = again
		if checked, err := f.Check(plain{}); err != nil || len(again) > 0 && !reflect.DeepEqual(checked.Children[0].Week, again) {
			t.Fatalf("%v is not in its normal form: %v", again, err)
		}
	}
}
