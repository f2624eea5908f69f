package console

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// weekPicture is one week of the calendar as it is drawn, and as it is read out.
type weekPicture struct {
	Title         string
	Axis          []int  // the hours that are marked
	Before, After string // the Mondays of the weeks beside it
	Away          bool   // it is not this week
	Days          []pictureDay
	Clocks        string // "spring" or "autumn" when the clocks are changed in it
}

// pictureDay is one day: a row of the picture.
type pictureDay struct {
	Name, Date string
	Today      bool
	Now        int    // the minute of the day that it is; -1 on another day
	Free       string // the name of the holiday
	Bars       []bar
	Line       string // the same in words
}

// bar is a part of a day, in minutes by the clock on the wall.
type bar struct {
	Mode string
	X, W int
}

// furthestWeek is how far from now a week is shown.
const furthestWeek = 60 * 7 * 24 * time.Hour

// weekShown is the Monday of the week that the address asks for, or of this week.
func (v *visit) weekShown() time.Time {
	day := v.now
	asked, err := time.ParseInLocation(time.DateOnly, v.c.Query("from"), v.now.Location())
	if err == nil && asked.Sub(v.now).Abs() < furthestWeek {
		day = asked
	}
	return mondayOf(day)
}

// mondayOf is the midnight that a week begins with.
func mondayOf(t time.Time) time.Time {
	back := (int(t.Weekday()) + 6) % 7
	return time.Date(t.Year(), t.Month(), t.Day()-back, 0, 0, 0, 0, t.Location())
}

// picture draws a week of a child, by the rules given, that begins on a Monday.
func (v *visit) picture(rules policy.Rules, its bridge.ChildTime, monday time.Time) weekPicture {
	at := func(days int) time.Time {
		return time.Date(monday.Year(), monday.Month(), monday.Day()+days, 0, 0, 0, 0, monday.Location())
	}
	p := weekPicture{
		Axis:  []int{0, 6, 12, 18, 24},
		Title: v.words().span(monday, at(6)), Before: at(-7).Format(time.DateOnly), After: at(7).Format(time.DateOnly),
		Away: !monday.Equal(mondayOf(v.now)), Clocks: clocksChange(monday, at(7)),
	}
	edges := []int{0, minutesADay}
	for _, h := range its.Week {
		if w, err := h.Hours().Window(); err == nil {
			edges = append(edges, w.From, w.To)
		}
	}
	slices.Sort(edges)
	edges = slices.Compact(edges)
	for i := range 7 {
		day := at(i)
		one := pictureDay{
			Name: words.ShortDays(v.lang, func(d time.Weekday) bool { return d == day.Weekday() }), Date: fmt.Sprintf(v.words()["week.date"], day.Day()),
			Today: daysBetween(v.now, day) == 0, Now: -1, Free: freeOn(its.FreeDays, day),
		}
		if one.Today {
			one.Now = v.now.Hour()*60 + v.now.Minute()
		}
		for j, from := range edges[:len(edges)-1] {
			// What the clock on the wall shows; an hour that it skips has the mode of the next that there is.
			mode := string(rules.Mode(its.For, time.Date(day.Year(), day.Month(), day.Day(), 0, from, 0, 0, day.Location())))
			if n := len(one.Bars); n > 0 && one.Bars[n-1].Mode == mode {
				one.Bars[n-1].W += edges[j+1] - from
			} else {
				one.Bars = append(one.Bars, bar{mode, from, edges[j+1] - from})
			}
		}
		one.Line = v.inWords(one.Bars)
		one.Bars = slices.DeleteFunc(one.Bars, func(b bar) bool { return b.Mode == string(policy.Home) })
		p.Days = append(p.Days, one)
	}
	return p
}

const minutesADay = 24 * 60

// inWords reads a day out.
func (v *visit) inWords(bars []bar) string {
	parts := make([]string, len(bars))
	for i, b := range bars {
		parts[i] = v.words()["mode."+b.Mode] + " " + words.Hours(v.lang, b.X, b.X+b.W)
	}
	return strings.Join(parts, ", ")
}

// span writes the first and the last day of a week.
func (l locale) span(first, last time.Time) string {
	month := func(t time.Time) string { return l["month."+t.Format("01")] }
	if first.Month() == last.Month() {
		return fmt.Sprintf(l["week.month"], first.Day(), last.Day(), month(last))
	}
	return fmt.Sprintf(l["week.months"], first.Day(), month(first), last.Day(), month(last))
}

// clocksChange tells whether the clocks are put forward or back between two midnights.
func clocksChange(from, to time.Time) string {
	_, before := from.Zone()
	_, after := to.Zone()
	switch {
	case after > before:
		return "spring"
	case after < before:
		return "autumn"
	}
	return ""
}

// freeOn is the name of the holiday that a day is in, "" for none.
func freeOn(list []bridge.FreeDays, day time.Time) string {
	date := day.Format(time.DateOnly)
	for _, h := range list {
		if h.First <= date && date <= h.Last {
			return h.Name
		}
	}
	return ""
}
