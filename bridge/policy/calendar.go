package policy

import (
	"slices"
	"strings"
	"time"
)

// Always is the hours of a rule that knows none.
const Always = "always"

// Mode is what a child's day is at a time.
type Mode string

// The modes. Outside of the slots of its week a child is at home.
const (
	Home     Mode = "home"
	School   Mode = "school"
	Sleep    Mode = "sleep"
	Holidays Mode = "holidays" // a holiday, but for the hours of sleep; what is open at home is open then too
)

// Days is a set of days of the week.
type Days uint8

// DaysOf returns a set.
func DaysOf(days ...time.Weekday) Days {
	var d Days
	for _, day := range days {
		d |= 1 << day
	}
	return d
}

// Has tells whether a day is in the set.
func (d Days) Has(day time.Weekday) bool { return d&(1<<day) != 0 }

// Window is a part of some days of the week, by the clock on the wall. When To is not after From it ends on the day
// after. A day that has no such time (the night that summer begins) has the next one that there is.
type Window struct {
	Days     Days
	From, To int // minutes after midnight, 0–1440; To is not part of it
}

// covers tells whether the wall shows a time of the window.
func (w Window) covers(t time.Time) bool {
	minute, day := t.Hour()*60+t.Minute(), t.Weekday()
	if w.To > w.From {
		return w.Days.Has(day) && minute >= w.From && minute < w.To
	}
	yesterday := (day + 6) % 7
	return w.Days.Has(day) && minute >= w.From || w.Days.Has(yesterday) && minute < w.To
}

// Slot is a part of a child's week in which it is not at home.
type Slot struct {
	Window
	Mode Mode
}

// Date is a day of the calendar.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

func dateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// After tells whether a day comes later than another.
func (d Date) After(o Date) bool {
	if d.Year != o.Year {
		return d.Year > o.Year
	}
	if d.Month != o.Month {
		return d.Month > o.Month
	}
	return d.Day > o.Day
}

// Holiday is a time without school.
type Holiday struct {
	Child       Person // 0 for all
	First, Last Date   // both are part of it
}

// Timetable is hours of the week by a name of their own.
type Timetable struct {
	Name    string
	Windows []Window
}

// hours is when a rule is open.
type hours struct {
	always bool
	modes  []Mode
	tables []Window
}

// hoursOf looks up what a rule's hours name. A name that nobody knows is closed.
func hoursOf(when string, timetables []Timetable) hours {
	if when == "" || when == Always {
		return hours{always: true}
	}
	var h hours
	for name := range strings.SplitSeq(when, ",") {
		name = strings.TrimSpace(name)
		switch m := Mode(name); m {
		case Home, School, Sleep, Holidays:
			h.modes = append(h.modes, m)
		}
		for _, t := range timetables {
			if t.Name == name {
				h.tables = append(h.tables, t.Windows...)
			}
		}
	}
	return h
}

// open tells whether a rule is open at a time on the wall.
func (h hours) open(c *calendar, at time.Time) bool {
	if h.always {
		return true
	}
	for _, w := range h.tables {
		if w.covers(at) {
			return true
		}
	}
	if len(h.modes) == 0 {
		return false
	}
	mode := c.mode(at)
	return slices.Contains(h.modes, mode) || mode == Holidays && slices.Contains(h.modes, Home)
}

// next returns when a rule that is closed opens.
func (h hours) next(c *calendar, at time.Time) (time.Time, bool) {
	return c.next(at, h.tables, func(t time.Time) bool { return h.open(c, t) })
}

// calendar is a child's week with the holidays that it has.
type calendar struct {
	week     []Slot
	holidays []Holiday
}

func newCalendar(child Person, week []Slot, holidays []Holiday) *calendar {
	c := &calendar{week: week}
	for _, h := range holidays {
		if h.Child == 0 || h.Child == child {
			c.holidays = append(c.holidays, h)
		}
	}
	return c
}

func (c *calendar) holiday(at time.Time) bool {
	day := dateOf(at)
	for _, h := range c.holidays {
		if !h.First.After(day) && !day.After(h.Last) {
			return true
		}
	}
	return false
}

// mode returns the mode at a time on the wall. Of slots that overlap the first counts.
func (c *calendar) mode(at time.Time) Mode {
	holiday := c.holiday(at)
	for _, s := range c.week {
		if s.covers(at) && !(holiday && s.Mode != Sleep) {
			return s.Mode
		}
	}
	if holiday {
		return Holidays
	}
	return Home
}

// horizon is how many days ahead a change is looked for: a week, and the longest holidays of a school.
const horizon = 100

// next returns the first moment after a time on the wall at which is begins to hold: a boundary of a window or a
// day, or a change of the clocks, which can jump over a boundary (spring) or show one twice (autumn).
func (c *calendar) next(at time.Time, more []Window, is func(time.Time) bool) (time.Time, bool) {
	y, m, d := at.Date()
	for ahead := range horizon {
		f := finder{day: time.Date(y, m, d+ahead, 0, 0, 0, 0, at.Location()), after: at, is: is}
		f.minute(0)
		_, change := f.day.ZoneBounds()
		f.consider(change)
		for _, s := range c.week {
			f.minute(s.From)
			f.minute(s.To)
		}
		for _, w := range more {
			f.minute(w.From)
			f.minute(w.To)
		}
		if !f.first.IsZero() {
			return f.first, true
		}
	}
	return time.Time{}, false
}

// finder looks for the first moment of a day.
type finder struct {
	day, after, first time.Time
	is                func(time.Time) bool
}

// minute considers a minute of the day by the wall, both times if the clocks show it twice.
func (f *finder) minute(minute int) {
	y, m, d := f.day.Date()
	t := time.Date(y, m, d, 0, minute, 0, 0, f.day.Location())
	f.consider(t)
	_, offset := t.Zone()
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		_, before := start.Add(-time.Second).Zone()
		f.consider(t.Add(time.Duration(offset-before) * time.Second))
	}
	if !end.IsZero() {
		_, after := end.Zone()
		f.consider(t.Add(time.Duration(offset-after) * time.Second))
	}
}

func (f *finder) consider(t time.Time) {
	if t.Sub(f.day) <= 25*time.Hour && t.After(f.after) && (f.first.IsZero() || t.Before(f.first)) && f.is(t) {
		f.first = t
	}
}
