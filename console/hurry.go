package console

import (
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func hurryScreen() screen {
	return screen{
		menu: "/hurry",
		doors: []door{
			{"GET", "/hurry", bridge.See, false, (*visit).hurry},
			{"POST", "/hurry/mute", bridge.Hurry, false, (*visit).mute},
			{"POST", "/hurry/allow", bridge.Hurry, false, (*visit).allow},
			{"POST", "/hurry/phone", bridge.Hurry, false, (*visit).phone},
			{"POST", "/hurry/alarm", bridge.See, false, (*visit).takeAlarm},
		},
		rehearse: func(r *rehearsal) {
			r.inside("hurry.html", hurryView{})
			r.inside("hurry.html", rehearsedHurry(false))
			r.inside("hurry.html", rehearsedHurry(true))
		},
	}
}

// hurryView is the page for somebody who has no time.
type hurryView struct {
	Alarms   []alarmRow
	Children []hurryRow
	May      bool
}

type alarmRow struct {
	Child policy.Person
	Who   string
	Drill bool
	When  string
}

// hurryRow is what can be done at once about a child, and what was done already.
type hurryRow struct {
	ID       policy.Person
	Name     string
	Lost     bool
	NextMode string // when allowing *until the next mode* would end; "" for never
	People   []personRow
	Muted    []standingRow
	Opened   []standingRow
}

type personRow struct {
	ID   policy.Person
	Name string
}

type standingRow struct {
	Other   policy.Person
	Name    string // "" for everybody
	Until   string // "" until it is taken back
	Minutes int    // that are left; 0 where the end says enough
}

func (v *visit) hurry() error {
	view := hurryView{May: v.d.May(v.who, bridge.Hurry, 0)}
	alarms, err := v.s.options.Office.Emergencies(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		child, _ := v.d.Person(a.Child)
		view.Alarms = append(view.Alarms, alarmRow{
			Child: a.Child, Who: child.Name, Drill: a.Drill, When: v.words().moment(a.At.In(v.now.Location()), v.now),
		})
	}
	for _, child := range v.myChildren() {
		row := hurryRow{ID: child.ID, Name: child.Name, Lost: v.d.Rules.IsLost(child.ID)}
		if at, _, ok := v.d.Rules.NextMode(child.ID, v.now); ok {
			row.NextMode = v.words().moment(at, v.now)
		}
		for _, rule := range v.d.List(child.ID) {
			if p, ok := v.d.Person(rule.Contact); ok && !v.d.Rules.IsGuardian(child.ID, p.ID) {
				row.People = append(row.People, personRow{p.ID, p.Name})
			}
		}
		row.Muted = v.standing(v.d.Rules.Mutes(child.ID, v.now))
		row.Opened = v.standing(v.d.Rules.Overrides(child.ID, v.now))
		view.Children = append(view.Children, row)
	}
	return v.show("hurry.html", view)
}

func (v *visit) standing(list []policy.Standing) []standingRow {
	var out []standingRow
	for _, s := range list {
		p, _ := v.d.Person(s.Other)
		row := standingRow{Other: s.Other, Name: p.Name}
		if !s.Until.IsZero() {
			row.Until = v.words().moment(s.Until.In(v.now.Location()), v.now)
			if left := s.Until.Sub(v.now); left < 2*time.Hour {
				row.Minutes = int((left + time.Minute - 1) / time.Minute)
			}
		}
		out = append(out, row)
	}
	return out
}

// person reads whom a form is about. What is no number is nobody, whom no operation takes for a child.
func (v *visit) person(field string) policy.Person {
	n, err := strconv.ParseInt(v.c.FormValue(field), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return policy.Person(n)
}

func (v *visit) mute() error {
	child, other := v.person("child"), v.person("other")
	if child == 0 {
		return fiber.ErrBadRequest
	}
	var err error
	how := v.c.FormValue("how")
	switch how {
	case "hour":
		err = v.s.options.Office.Mute(v.ctx(), v.who, child, other, v.now.Add(time.Hour))
	case "tomorrow":
		err = v.s.options.Office.Mute(v.ctx(), v.who, child, other, time.Date(v.now.Year(), v.now.Month(), v.now.Day()+1, 7, 0, 0, 0, v.now.Location()))
	case "on":
		err = v.s.options.Office.Mute(v.ctx(), v.who, child, other, time.Time{})
	case "off":
		err = v.s.options.Office.Unmute(v.ctx(), v.who, child, other)
	default:
		return fiber.ErrBadRequest
	}
	done := "muted"
	if how == "off" {
		done = "unmuted"
	}
	return v.ended(err, "/hurry", done, v.hurry)
}

func (v *visit) allow() error {
	child, other := v.person("child"), v.person("other")
	if child == 0 {
		return fiber.ErrBadRequest
	}
	long := map[string]time.Duration{"15": 15 * time.Minute, "60": time.Hour}[v.c.FormValue("how")]
	switch how := v.c.FormValue("how"); {
	case how == "off":
		err := v.s.options.Office.EndAllow(v.ctx(), v.who, child, other)
		return v.ended(err, "/hurry", "closed", v.hurry)
	case how == "mode":
		at, _, ok := v.d.Rules.NextMode(child, v.now)
		if !ok {
			return fiber.ErrBadRequest
		}
		long = at.Sub(v.now)
	case long == 0:
		return fiber.ErrBadRequest
	}
	err := v.s.options.Office.AllowFor(v.ctx(), v.who, child, other, long)
	return v.ended(err, "/hurry", "opened", v.hurry)
}

func (v *visit) phone() error {
	child := v.person("child")
	switch how := v.c.FormValue("how"); {
	case child == 0:
	case how == "lost":
		return v.ended(v.s.options.Office.LostPhone(v.ctx(), v.who, child), "/hurry", "lost", v.hurry)
	case how == "found":
		return v.ended(v.s.options.Office.Found(v.ctx(), v.who, child), "/hurry", "found", v.hurry)
	}
	return fiber.ErrBadRequest
}

// takeAlarm is *I have it*: whoever is a guardian of the child may say so, whatever its role.
func (v *visit) takeAlarm() error {
	child := v.person("child")
	if child == 0 {
		return fiber.ErrBadRequest
	}
	taken, err := v.s.options.Office.TakeAlarm(v.ctx(), v.who, child)
	done := "taken"
	if taken == 0 {
		done = "taken_by_other"
	}
	return v.ended(err, "/hurry", done, v.hurry)
}

func rehearsedHurry(may bool) hurryView {
	return hurryView{
		May:    may,
		Alarms: []alarmRow{{Child: 1, Who: "1"}, {Child: 2, Who: "2", Drill: true}},
		Children: []hurryRow{
			{
				ID: 1, Name: "1", NextMode: "2", People: []personRow{{3, "3"}}, Muted: []standingRow{{Other: 3, Name: "3"}, {Until: "1"}},
				Opened: []standingRow{{Until: "1", Minutes: 2}},
			},
			{ID: 2, Name: "2", Lost: true},
		},
	}
}
