package policy

import (
	"testing"
	"time"
)

// week is Emma's Monday at home, school and night, with what bounds it.
func week(t testing.TB, change func(*Book)) Rules {
	b := Book{
		Location: oslo(t),
		Rules: []Rule{
			{ID: 2, Child: emma, Contact: gran, FromChild: true, ToChild: true, When: "home"},
			{ID: 3, Child: emma, Contact: coach, FromChild: true, ToChild: true, When: "training, holidays"},
			{ID: 4, Child: emma, Contact: aunt, FromChild: true, ToChild: true, Emergency: true, When: "home"},
			{ID: 5, Child: emma, Contact: friend, FromChild: true, ToChild: true, When: "no such table"},
			{ID: 6, Child: emma, Contact: guest, FromChild: true, ToChild: true, When: Always, Until: at(t, "2026-11-16 12:00")},
			{ID: 7, Child: emma, Contact: dad, FromChild: true, ToChild: true, When: "home"},
		},
		Guardianships: []Guardianship{{Child: emma, Guardian: mum}, {Child: emma, Guardian: dad}},
		Weeks:         map[Person][]Slot{emma: schoolWeek},
		Holidays:      holidays,
		Timetables:    []Timetable{{Name: "training", Windows: []Window{{DaysOf(time.Monday, time.Wednesday), clock(16, 0), clock(18, 30)}}}},
		Limits:        map[Person]Limits{},
	}
	if change != nil {
		change(&b)
	}
	return New(b)
}

const (
	aunt Person = iota + 100
	friend
	guest
)

func TestDecideByWhatBounds(t *testing.T) {
	var (
		school   = at(t, "2026-11-16 10:00") // a Monday
		home     = at(t, "2026-11-16 15:00")
		training = at(t, "2026-11-16 17:00")
		night    = at(t, "2026-11-16 23:00")
		holiday  = at(t, "2026-09-30 10:00")
		out      = at(t, "2026-11-16 14:00")
		in2h     = at(t, "2026-11-16 12:00")
	)
	mute := func(m ...Mute) func(*Book) { return func(b *Book) { b.Mutes = m } }
	limit := func(child, all Limits) func(*Book) {
		return func(b *Book) { b.Limits = map[Person]Limits{emma: child, 0: all} }
	}
	for _, c := range []struct {
		name   string
		change func(*Book)
		q      Request
		unset  bool
		want   Verdict
	}{
		{"school holds until it is out", nil, Request{Other: gran, At: school}, false, Verdict{Hold, ClosedNow, 2, out}},
		{"from the child too", nil, Request{Other: gran, At: school, Direction: FromChild}, false, Verdict{Hold, ClosedNow, 2, out}},
		{"at home it passes", nil, Request{Other: gran, At: home}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"the night holds until the morning", nil, Request{Other: gran, At: night}, false, Verdict{Hold, ClosedNow, 2, at(t, "2026-11-17 07:00")}},
		{"what is open at home is open in the holidays", nil, Request{Other: gran, At: holiday}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"one of several hours", nil, Request{Other: coach, At: training}, false, Verdict{Deliver, ByRule, 3, time.Time{}}},
		{"a day with none of them waits for the next", nil, Request{Other: coach, At: at(t, "2026-11-16 20:00")}, false, Verdict{Hold, ClosedNow, 3, at(t, "2026-11-18 16:00")}},
		{"the other of several hours", nil, Request{Other: coach, At: holiday}, false, Verdict{Deliver, ByRule, 3, time.Time{}}},
		{"hours that nobody knows", nil, Request{Other: friend, At: home}, false, Verdict{Refuse, NeverOpen, 5, time.Time{}}},
		{"a guardian without a rule knows no hours", nil, Request{Other: mum, At: night}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"a guardian with hours keeps to them", nil, Request{Other: dad, At: school}, false, Verdict{Hold, ClosedNow, 7, out}},
		{"but the child need not", nil, Request{Other: dad, At: school, Direction: FromChild}, false, Verdict{Deliver, ByGuardianship, 7, time.Time{}}},
		{"an emergency knows no hours", nil, Request{Other: gran, At: school, Emergency: true, Direction: FromChild}, false, Verdict{Deliver, ByEmergency, 2, time.Time{}}},

		{"HASTER of the emergency list", nil, Request{Other: aunt, At: school, Urgent: true}, false, Verdict{Deliver, ByUrgency, 4, time.Time{}}},
		{"HASTER when it is open is no matter", nil, Request{Other: aunt, At: home, Urgent: true}, false, Verdict{Deliver, ByRule, 4, time.Time{}}},
		{"HASTER of others", nil, Request{Other: gran, At: school, Urgent: true}, false, Verdict{Hold, ClosedNow, 2, out}},
		{"HASTER of a guardian", nil, Request{Other: dad, At: school, Urgent: true}, false, Verdict{Deliver, ByUrgency, 7, time.Time{}}},

		{"once, before its end", nil, Request{Other: guest, At: school}, false, Verdict{Deliver, ByRule, 6, time.Time{}}},
		{"once, at its end", nil, Request{Other: guest, At: in2h}, false, Verdict{Refuse, NotOnList, 0, time.Time{}}},

		{"an override opens", func(b *Book) { b.Overrides = []Override{{emma, gran, in2h}} }, Request{Other: gran, At: school}, false, Verdict{Deliver, ByOverride, 2, time.Time{}}},
		{"for everybody", func(b *Book) { b.Overrides = []Override{{emma, 0, in2h}} }, Request{Other: gran, At: school}, false, Verdict{Deliver, ByOverride, 2, time.Time{}}},
		{"until its end", func(b *Book) { b.Overrides = []Override{{emma, 0, in2h}} }, Request{Other: gran, At: in2h}, false, Verdict{Hold, ClosedNow, 2, out}},
		{"for nobody else", func(b *Book) { b.Overrides = []Override{{emma, gran, in2h}} }, Request{Other: aunt, At: school}, false, Verdict{Hold, ClosedNow, 4, out}},
		{"and nobody who is not on the list", func(b *Book) { b.Overrides = []Override{{emma, 0, in2h}} }, Request{Other: 999, At: school}, false, Verdict{Refuse, NotOnList, 0, time.Time{}}},

		{"a mute of one", mute(Mute{Child: emma, Other: gran, Until: at(t, "2026-11-16 16:00")}), Request{Other: gran, At: home}, false, Verdict{Hold, Muted, 2, at(t, "2026-11-16 16:00")}},
		{"of two the longer", mute(Mute{Child: emma, Other: gran, Until: at(t, "2026-11-16 16:00")}, Mute{Child: emma, Until: at(t, "2026-11-16 18:00")}), Request{Other: gran, At: home}, false, Verdict{Hold, Muted, 2, at(t, "2026-11-16 18:00")}},
		{"without an end", mute(Mute{Child: emma}), Request{Other: gran, At: home}, false, Verdict{Hold, Muted, 2, time.Time{}}},
		{"over", mute(Mute{Child: emma, Until: home}), Request{Other: gran, At: home}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"not what the child writes", mute(Mute{Child: emma}), Request{Other: gran, At: home, Direction: FromChild}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"not the other parent", mute(Mute{Child: emma}, Mute{Child: emma, Other: mum}), Request{Other: mum, At: home}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"HASTER passes it", mute(Mute{Child: emma}), Request{Other: aunt, At: home, Urgent: true}, false, Verdict{Deliver, ByUrgency, 4, time.Time{}}},
		{"an override does not", func(b *Book) { mute(Mute{Child: emma})(b); b.Overrides = []Override{{emma, 0, out}} }, Request{Other: gran, At: school}, false, Verdict{Hold, Muted, 2, time.Time{}}},
		{"the child's own", mute(Mute{Child: emma, Other: gran, ByChild: true}), Request{Other: gran, At: home}, false, Verdict{Refuse, MutedByChild, 2, time.Time{}}},
		{"the child's own beside a guardian's", mute(Mute{Child: emma, Other: gran, ByChild: true}, Mute{Child: emma, Other: gran, Until: school}), Request{Other: gran, At: home}, false, Verdict{Refuse, MutedByChild, 2, time.Time{}}},
		{"never the emergency list", mute(Mute{Child: emma, Other: aunt, ByChild: true}), Request{Other: aunt, At: home}, false, Verdict{Deliver, ByRule, 4, time.Time{}}},
		{"never a guardian", mute(Mute{Child: emma, Other: mum, ByChild: true}), Request{Other: mum, At: home}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},

		{"stopped", func(b *Book) { b.Stops = []Stop{{emma, gran}} }, Request{Other: gran, At: home}, false, Verdict{Refuse, Stopped, 2, time.Time{}}},
		{"stopped the other way", func(b *Book) { b.Stops = []Stop{{emma, gran}} }, Request{Other: gran, At: home, Direction: FromChild}, false, Verdict{Refuse, Stopped, 2, time.Time{}}},
		{"a stopped guardian hears the child", func(b *Book) { b.Stops = []Stop{{emma, mum}} }, Request{Other: mum, At: home, Direction: FromChild}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"a lost phone", func(b *Book) { b.Lost = []Person{emma} }, Request{Other: mum, At: home}, false, Verdict{Refuse, PhoneLost, 0, time.Time{}}},
		{"HASTER does not reach it", func(b *Book) { b.Lost = []Person{emma} }, Request{Other: aunt, At: home, Urgent: true}, false, Verdict{Refuse, PhoneLost, 4, time.Time{}}},
		{"what it writes is heard", func(b *Book) { b.Lost = []Person{emma} }, Request{Other: gran, At: home, Direction: FromChild}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},

		{"within the day", limit(Limits{Day: 10}, Limits{}), Request{Other: gran, At: home, Parts: 2, Spent: Spent{Day: 8}}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"over the day", limit(Limits{Day: 10}, Limits{}), Request{Other: gran, At: home, Parts: 3, Spent: Spent{Day: 8}}, false, Verdict{Refuse, OverDay, 2, time.Time{}}},
		{"a chat costs nothing", limit(Limits{Day: 10}, Limits{}), Request{Other: gran, At: home, Direction: FromChild, Spent: Spent{Day: 10}}, false, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"the reserve is not for others", limit(Limits{Day: 10, Reserve: 4}, Limits{}), Request{Other: gran, At: home, Parts: 1, Spent: Spent{Day: 6}}, false, Verdict{Refuse, OverDay, 2, time.Time{}}},
		{"the reserve is for guardians", limit(Limits{Day: 10, Reserve: 4}, Limits{}), Request{Other: mum, At: home, Parts: 4, Spent: Spent{Day: 6}}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"and ends", limit(Limits{Day: 10, Reserve: 4}, Limits{}), Request{Other: mum, At: home, Parts: 1, Spent: Spent{Day: 10}}, false, Verdict{Refuse, OverDay, 0, time.Time{}}},
		{"what the gateway itself says eats nothing of it", limit(Limits{Day: 10, Month: 10, Reserve: 4}, Limits{Day: 10, Month: 10, Reserve: 4}), Request{Other: mum, At: home, Parts: 4, Spent: Spent{
			Day: 20, Month: 20, GatewayDay: 20, GatewayMonth: 20, Own: Own{Day: 14, Month: 14, GatewayDay: 14, GatewayMonth: 14},
		}}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"but of what others have", limit(Limits{Day: 10, Reserve: 4}, Limits{}), Request{Other: gran, At: home, Parts: 1, Spent: Spent{Day: 6, Own: Own{Day: 6}}}, false, Verdict{Refuse, OverDay, 2, time.Time{}}},
		{"over the month", limit(Limits{Month: 100}, Limits{}), Request{Other: gran, At: home, Parts: 1, Spent: Spent{Month: 100}}, false, Verdict{Refuse, OverMonth, 2, time.Time{}}},
		{"over one contact's", limit(Limits{Contact: 5}, Limits{}), Request{Other: gran, At: home, Parts: 1, Spent: Spent{Contact: 5}}, false, Verdict{Refuse, OverContact, 2, time.Time{}}},
		{"no guardian is counted so", limit(Limits{Contact: 5}, Limits{}), Request{Other: mum, At: home, Parts: 1, Spent: Spent{Contact: 5}}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"over the gateway's day", limit(Limits{}, Limits{Day: 50}), Request{Other: gran, At: home, Parts: 1, Spent: Spent{GatewayDay: 50}}, false, Verdict{Refuse, OverGateway, 2, time.Time{}}},
		{"over the gateway's month", limit(Limits{}, Limits{Month: 50}), Request{Other: gran, At: home, Parts: 1, Spent: Spent{GatewayMonth: 50}}, false, Verdict{Refuse, OverGateway, 2, time.Time{}}},
		{"no budget stops an emergency", limit(Limits{Day: 1}, Limits{Day: 1}), Request{Other: gran, At: home, Parts: 6, Emergency: true, Spent: Spent{Day: 9, GatewayDay: 9}}, false, Verdict{Deliver, ByEmergency, 2, time.Time{}}},
		{"nor a child's word to its guardian", limit(Limits{Day: 1}, Limits{Day: 1}), Request{Other: mum, At: home, Parts: 6, Direction: FromChild, Spent: Spent{Day: 9, GatewayDay: 9}}, false, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},

		{"no clock: hours wait for it", nil, Request{Other: gran, At: home}, true, Verdict{Hold, ClockNotSet, 2, time.Time{}}},
		{"no clock: always passes", func(b *Book) { b.Rules[0].When = Always }, Request{Other: gran, At: home}, true, Verdict{Deliver, ByRule, 2, time.Time{}}},
		{"no clock: a guardian passes", nil, Request{Other: mum, At: home}, true, Verdict{Deliver, ByGuardianship, 0, time.Time{}}},
		{"no clock: an emergency passes", nil, Request{Other: aunt, At: home, Emergency: true, Direction: FromChild}, true, Verdict{Deliver, ByEmergency, 4, time.Time{}}},
		{"no clock: an override waits for it", func(b *Book) { b.Overrides = []Override{{emma, 0, out}} }, Request{Other: gran, At: school}, true, Verdict{Hold, ClockNotSet, 2, time.Time{}}},
		{"no clock: HASTER waits for it", nil, Request{Other: aunt, At: school, Urgent: true}, true, Verdict{Hold, ClockNotSet, 4, time.Time{}}},
		{"no clock: once waits for it", nil, Request{Other: guest, At: home}, true, Verdict{Hold, ClockNotSet, 6, time.Time{}}},
		{"no clock: a mute that may be over holds", mute(Mute{Child: emma, Other: gran, Until: school}), Request{Other: gran, At: home}, true, Verdict{Hold, Muted, 2, school}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := c.q
			q.Child, q.ClockSet = emma, !c.unset
			if q.Direction == 0 {
				q.Direction = ToChild
			}
			got := Decide(week(t, c.change), q)
			if got.Action != c.want.Action || got.Reason != c.want.Reason || got.Rule != c.want.Rule || !got.Until.Equal(c.want.Until) {
				t.Errorf("%s %s by rule %d until %s, want %s %s by rule %d until %s", got.Action, got.Reason, got.Rule,
					got.Until, c.want.Action, c.want.Reason, c.want.Rule, c.want.Until)
			}
		})
	}
}

func TestListed(t *testing.T) {
	rules := week(t, func(b *Book) {
		b.Mutes, b.Lost = []Mute{{Child: emma}}, []Person{emma}
		b.Rules = append(b.Rules, Rule{ID: 9, Child: emma, Contact: mum, FromChild: true})
	})
	for _, c := range []struct {
		other Person
		way   Direction
		want  bool
	}{
		{gran, ToChild, true},
		{friend, ToChild, true},
		{mum, FromChild, true},
		{mum, ToChild, false},
		{dad, ToChild, true},
		{999, ToChild, false},
		{0, FromChild, false},
		{gran, 0, false},
	} {
		if got := rules.Listed(emma, c.other, c.way); got != c.want {
			t.Errorf("%d %s: %v", c.other, c.way, got)
		}
	}
}
