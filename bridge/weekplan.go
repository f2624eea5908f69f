package bridge

import (
	"slices"
	"time"

	"knapp/bridge/policy"
)

// Start is when a part of a day begins, and what the child's day is at from then on.
type Start struct {
	At   int // minutes after midnight, 0–1439
	Mode policy.Mode
}

// WeekPlan is a child's week as people write one down: for each day, Monday first, when what begins. A day begins in the
// mode that the day before ended in, so that a night is one entry.
type WeekPlan [7][]Start

const minutesADay = 24 * 60

// oneWeek is a week without holidays or changes of the clock, to ask the rules what a week means.
var oneWeek = time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) // a Monday

// PlanOf returns the plan of a week. Where hours overlap the first count, as everywhere. It fails for what Check refuses.
func PlanOf(week []WeekHours) (WeekPlan, error) {
	slots := make([]policy.Slot, len(week))
	edges := []int{0}
	for i, h := range week {
		w, err := h.Hours().Window()
		if err != nil {
			return WeekPlan{}, err
		}
		slots[i] = policy.Slot{Window: w, Mode: h.Mode}
		edges = append(edges, w.From, w.To%minutesADay)
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	rules := policy.New(policy.Book{Weeks: map[policy.Person][]policy.Slot{1: slots}})
	mode := func(day, minute int) policy.Mode {
		return rules.Mode(1, oneWeek.AddDate(0, 0, day).Add(time.Duration(minute)*time.Minute))
	}
	var p WeekPlan
	last := mode(-1, minutesADay-1)
	for day := range p {
		for _, minute := range edges {
			if now := mode(day, minute); now != last {
				p[day] = append(p[day], Start{minute, now})
				last = now
			}
		}
		if len(p[day]) == 0 { // whoever reads one day must not have to look at another
			p[day] = []Start{{0, last}}
		}
	}
	return p, nil
}

// part is a piece of the week in one mode, in minutes after the midnight that it begins with.
type part struct {
	mode     policy.Mode
	from, to int
}

// parts cuts the plan where the mode changes; it begins with the first change and ends a week later.
func (p WeekPlan) parts() []part {
	var all []part
	for day, starts := range p {
		for _, s := range starts {
			if n := len(all); n > 0 {
				if all[n-1].mode == s.Mode {
					continue
				}
				all[n-1].to = day*minutesADay + s.At
			}
			all = append(all, part{mode: s.Mode, from: day*minutesADay + s.At})
		}
	}
	switch n := len(all); {
	case n == 0:
		return nil
	case n == 1:
		return []part{{all[0].mode, 0, 7 * minutesADay}}
	case all[0].mode == all[n-1].mode: // the last goes on into the first of the next week
		all[n-1].to = 7*minutesADay + all[1].from
		return all[1:]
	default:
		all[n-1].to = 7*minutesADay + all[0].from
		return all
	}
}

// Week returns the plan as a document has it: days with the same hours together, school before the nights.
func (p WeekPlan) Week() []WeekHours {
	type hours struct {
		mode     policy.Mode
		from, to int
	}
	days := map[hours]policy.Days{}
	add := func(mode policy.Mode, day, from, to int) {
		days[hours{mode, from, to}] |= policy.DaysOf(weekday(day % 7))
	}
	for _, one := range p.parts() {
		if one.mode == policy.Home {
			continue
		}
		day, from := one.from/minutesADay, one.from%minutesADay
		for left := one.to - one.from; left > 0; day, from = day+1, 0 {
			end := from + left
			switch {
			case end <= minutesADay:
				add(one.mode, day, from, end)
				left = 0
			case end-minutesADay < from: // a night, less than a day long
				add(one.mode, day, from, end-minutesADay)
				left = 0
			default:
				add(one.mode, day, from, minutesADay)
				left -= minutesADay - from
			}
		}
	}
	all := make([]hours, 0, len(days))
	for h := range days {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b hours) int {
		if a.mode != b.mode {
			return slices.Index(modes, a.mode) - slices.Index(modes, b.mode)
		}
		if first := firstDay(days[a]) - firstDay(days[b]); first != 0 {
			return first
		}
		return a.from - b.from
	})
	week := make([]WeekHours, len(all))
	for i, h := range all {
		week[i] = WeekHours{Mode: h.mode, Days: FormatDays(days[h]), From: FormatClock(h.from), To: FormatClock(h.to)}
	}
	return week
}

// firstDay returns the place in dayNames of the first day of a set.
func firstDay(d policy.Days) int {
	for i := range dayNames {
		if d.Has(weekday(i)) {
			return i
		}
	}
	return len(dayNames)
}
