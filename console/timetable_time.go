package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// holidayRow is a time without school.
type holidayRow struct {
	Name, Dates string
	First, Last string // as the form that removes it has them
	All         bool   // of all children
	May         bool
}

func newHolidayRow(words locale, h bridge.FreeDays, may bool) holidayRow {
	row := holidayRow{Name: h.Name, First: h.First, Last: h.Last, All: h.Child == "", May: may, Dates: words.fullDate(h.First)}
	if h.Last != h.First {
		row.Dates = fmt.Sprintf(words["holiday.dates"], words.fullDate(h.First), words.fullDate(h.Last))
	}
	return row
}

// fullDate writes a day of the calendar, as "2026-12-24", in full.
func (l locale) fullDate(iso string) string {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return fmt.Sprintf(l["holiday.date"], l["weekday."+strconv.Itoa((int(t.Weekday())+6)%7)], t.Day(), l["month."+t.Format("01")], t.Year())
}

// isoDate reads a day as browsers and people write it.
func isoDate(s string) string {
	s = strings.TrimSpace(s)
	for _, form := range []string{time.DateOnly, "2.1.2006"} {
		if t, err := time.Parse(form, s); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	return s
}

// setHoliday enters a holiday, or takes one away.
func (v *visit) setHoliday() error {
	return v.forChild(func(child bridge.Person) error {
		office := v.s.options.Office
		h := bridge.FreeDays{
			Name: v.c.FormValue("name"), First: isoDate(v.c.FormValue("first")), Last: isoDate(v.c.FormValue("last")), Child: child.Name,
		}
		if v.c.FormValue("all") != "" {
			h.Child = ""
		}
		today := v.now.Format(time.DateOnly)
		switch v.c.FormValue("how") {
		case "add":
			return v.backToTime(office.AddFreeDays(v.ctx(), v.who, h), child, "holiday", v.timetable)
		case "today":
			h = bridge.FreeDays{Name: v.words()["holiday.off"], First: today, Last: today, Child: child.Name}
			return v.backToTime(office.AddFreeDays(v.ctx(), v.who, h), child, "holiday", v.timetable)
		case "weekend": // until Sunday is over
			sunday := mondayOf(v.now).AddDate(0, 0, 6).Format(time.DateOnly)
			h = bridge.FreeDays{Name: v.words()["holiday.off"], First: today, Last: sunday, Child: child.Name}
			return v.backToTime(office.AddFreeDays(v.ctx(), v.who, h), child, "holiday", v.timetable)
		case "remove":
			return v.backToTime(office.RemoveFreeDays(v.ctx(), v.who, h), child, "holiday_gone", v.timetable)
		}
		return fiber.ErrBadRequest
	})
}

// hoursView is the form for hours with a name.
type hoursView struct {
	Child personRow
	Was   string // the name until now; "" for new ones
	Name  string
	Used  bool // a list names them, so they stay
	Rows  []hoursRow
}

// hoursRow is one line of the form.
type hoursRow struct {
	N        int
	Days     []dayBox
	From, To string
}

// hoursLines is how many lines the form has for new hours.
const hoursLines = 3

func (v *visit) hoursForm() error {
	return v.forChild(func(child bridge.Person) error {
		view := hoursView{Child: personRow{child.ID, child.Name}}
		name := v.c.Query("name")
		its, err := v.s.options.Office.ChildTime(v.ctx(), v.who, child.ID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(its.Timetables, func(t bridge.NamedHours) bool { return name != "" && t.Name == name })
		if i < 0 && name != "" {
			return v.see("/timetable", nil)
		}
		if i >= 0 {
			t := its.Timetables[i]
			view.Was, view.Name, view.Used = t.Name, t.Name, len(t.Children) > 0
			for n, h := range t.Windows {
				w, err := h.Window()
				if err != nil {
					return err
				}
				var on uint8
				for day := range 7 {
					if w.Days.Has(time.Weekday((day + 1) % 7)) {
						on |= 1 << day
					}
				}
				to := h.To
				if w.To == minutesADay {
					to = "00:00" // as a field for a time has it
				}
				view.Rows = append(view.Rows, hoursRow{n, markedBoxes(v.words(), on, n), h.From, to})
			}
		}
		return v.showHours(view)
	})
}

// showHours shows the form with a line that is empty.
func (v *visit) showHours(view hoursView) error {
	for len(view.Rows) < hoursLines || !slices.ContainsFunc(view.Rows, emptyHours) {
		n := len(view.Rows)
		view.Rows = append(view.Rows, hoursRow{N: n, Days: markedBoxes(v.words(), 0, n)})
	}
	return v.show("timetable_hours.html", view)
}

func emptyHours(r hoursRow) bool { return r.From == "" && r.To == "" }

// markedBoxes are the days of a line of hours.
func markedBoxes(words locale, on uint8, n int) []dayBox {
	boxes := dayBoxes(words, on)
	for i := range boxes {
		boxes[i].Field += "_" + strconv.Itoa(n)
	}
	return boxes
}

// mostLines is how many lines of hours are read from a form.
const mostLines = 12

func (v *visit) setHours() error {
	return v.forChild(func(child bridge.Person) error {
		was := v.c.FormValue("was")
		if v.c.FormValue("how") == "remove" {
			return v.backToTime(v.s.options.Office.RemoveTimetable(v.ctx(), v.who, was), child, "hours_gone", v.timetable)
		}
		view := hoursView{Child: personRow{child.ID, child.Name}, Was: was, Name: v.c.FormValue("name")}
		table := bridge.Timetable{Name: view.Name}
		var why words.Sentence
		var args []any
		for n := range mostLines {
			row := hoursRow{N: len(view.Rows), From: v.shortly(fmt.Sprintf("from%d", n)), To: v.shortly(fmt.Sprintf("to%d", n))}
			on := v.ticked("_" + strconv.Itoa(n))
			if emptyHours(row) && on == 0 {
				continue
			}
			row.Days = markedBoxes(v.words(), on, row.N)
			view.Rows = append(view.Rows, row)
			h, wrong, with := hoursOf(row, on)
			if wrong != (words.Sentence{}) && why == (words.Sentence{}) {
				why, args = wrong, with
			}
			table.Windows = append(table.Windows, h)
		}
		again := func() error { return v.showHours(view) }
		if why != (words.Sentence{}) {
			return v.unclear(why, args, again)
		}
		return v.backToTime(v.s.options.Office.SetTimetable(v.ctx(), v.who, was, table), child, "hours", again)
	})
}

// hoursOf reads a line of hours, or says what is wrong with it. From midnight to midnight is the whole day.
func hoursOf(row hoursRow, on uint8) (h bridge.Hours, why words.Sentence, args []any) {
	if on == 0 {
		return h, words.NoDays, nil
	}
	from, ok := clockOf(row.From)
	if !ok {
		return h, words.NoClock, []any{row.From}
	}
	to, ok := clockOf(row.To)
	if !ok {
		return h, words.NoClock, []any{row.To}
	}
	if from %= minutesADay; from == 0 && to == 0 {
		to = minutesADay
	}
	if from == to {
		return h, words.EndsAsItBegins, []any{bridge.FormatClock(from)}
	}
	return bridge.Hours{Days: bridge.FormatDays(daysOf(on)), From: bridge.FormatClock(from), To: bridge.FormatClock(to)}, why, nil
}

// daysOf are the days that are ticked.
func daysOf(on uint8) (days policy.Days) {
	for day := range 7 {
		if on&(1<<day) != 0 {
			days |= policy.DaysOf(time.Weekday((day + 1) % 7))
		}
	}
	return days
}
