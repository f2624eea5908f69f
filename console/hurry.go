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
			{"POST", "/hurry/drill", bridge.Hurry, false, (*visit).startDrill},
			{"POST", "/hurry/gone", bridge.Hurry, false, (*visit).phoneIsGone},
			{"POST", "/hurry/back", bridge.Hurry, false, (*visit).phoneIsBack},
		},
		rehearse: func(r *rehearsal) {
			r.inside("hurry.html", hurryView{})
			r.inside("hurry.html", rehearsedHurry(false))
			r.inside("hurry.html", rehearsedHurry(true))
			r.inside("gone.html", "1")
		},
	}
}

// hurryView is the page for somebody who has no time.
type hurryView struct {
	Alarms    []alarmRow
	Alarm     string // the first real one, in words
	Children  []hurryRow
	Peers     []personRow // whose rights the visitor may take while their phone is gone
	Suspended []suspendedRow
	May       bool
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
	Drilled  string // when the alarm was last tested; "" for never
	NextMode string // when allowing *until the next mode* would end; "" for never
	People   []personRow
	Muted    []standingRow
	Opened   []standingRow
	Open     bool // an emergency or a drill, which leaves no room for another
}

type personRow struct {
	ID   policy.Person
	Name string
}

type standingRow struct {
	Other policy.Person
	Name  string // "" for everybody
	Until string // "" until it is taken back
	Left  *countdown
}

// suspendedRow is a guardian without rights.
type suspendedRow struct {
	Name  string
	By    string // who took them
	Until string
	Left  *countdown
	May   bool // give them back
}

func (v *visit) hurry() error {
	view := hurryView{May: v.d.May(v.who, bridge.Hurry, 0)}
	open := map[policy.Person]bool{}
	alarms, err := v.s.options.Office.Emergencies(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		child, _ := v.d.Person(a.Child)
		open[a.Child] = true
		row := alarmRow{Child: a.Child, Who: child.Name, Drill: a.Drill, When: v.words().moment(a.At.In(v.now.Location()), v.now)}
		view.Alarms = append(view.Alarms, row)
		if !a.Drill && view.Alarm == "" {
			view.Alarm, _ = v.words().say("need.alarm", row.Who, row.When) // the rehearsal has said it
		}
	}
	status, err := v.s.options.Office.Status(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, child := range v.myChildren() {
		row := hurryRow{ID: child.ID, Name: child.Name, Lost: v.d.Rules.IsLost(child.ID), Open: open[child.ID]}
		if at := status.Drills[child.ID]; !at.IsZero() {
			row.Drilled = v.words().moment(at.In(v.now.Location()), v.now)
		}
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
	if err := v.withoutRights(&view); err != nil {
		return err
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
			row.Left = left(s.Until, v.now)
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

// startDrill tests a child's alarm.
func (v *visit) startDrill() error {
	child := v.person("child")
	if child == 0 {
		return fiber.ErrBadRequest
	}
	return v.ended(v.s.options.Office.StartDrill(v.ctx(), v.who, child), "/hurry", "drill", v.hurry)
}

// withoutRights adds whose phone is gone, and whose may be.
func (v *visit) withoutRights(view *hurryView) error {
	waiting, err := v.s.options.Office.Waiting(v.ctx(), v.who)
	if err != nil {
		return err
	}
	gone := map[policy.Person]bool{}
	for _, s := range waiting.Suspended {
		p, _ := v.d.Person(s.Person)
		by, _ := v.d.Person(s.Who)
		if by.Name == "" {
			by.Name = "Knapp" // the keeper's doing
		}
		gone[p.ID] = true
		view.Suspended = append(view.Suspended, suspendedRow{
			Name: p.Name, By: by.Name, Until: v.words().moment(s.Until.In(v.now.Location()), v.now), Left: left(s.Until, v.now),
			May: view.May && s.Who == v.me.ID,
		})
	}
	for _, p := range v.d.Peers(v.me.ID) {
		if view.May && !gone[p.ID] {
			view.Peers = append(view.Peers, personRow{p.ID, p.Name})
		}
	}
	return nil
}

// phoneIsGone takes every right from a guardian for a day: from another whose phone is gone, or from oneself. Whoever does it to
// itself has no page of its own any more, and is told what it has done here and now.
func (v *visit) phoneIsGone() error {
	name := v.c.FormValue("guardian")
	if name == "" {
		return fiber.ErrBadRequest
	}
	until, err := v.s.options.Office.PhoneIsGone(v.ctx(), v.who, name)
	if p, ok := v.d.Named(name); err == nil && ok && p.ID == v.me.ID {
		if v.d, err = v.s.options.Store.Directory(v.ctx()); err != nil {
			return err
		}
		return v.show("gone.html", v.words().moment(until.In(v.now.Location()), v.now))
	}
	return v.ended(err, "/hurry", "gone", v.hurry)
}

// phoneIsBack gives the rights back before the day is over.
func (v *visit) phoneIsBack() error {
	name := v.c.FormValue("guardian")
	if name == "" {
		return fiber.ErrBadRequest
	}
	return v.ended(v.s.options.Office.PhoneIsBack(v.ctx(), v.who, name), "/hurry", "back", v.hurry)
}

func rehearsedHurry(may bool) hurryView {
	return hurryView{
		May:    may,
		Alarms: []alarmRow{{Child: 1, Who: "1"}, {Child: 2, Who: "2", Drill: true}},
		Alarm:  "1",
		Children: []hurryRow{
			{
				ID: 1, Name: "1", NextMode: "2", People: []personRow{{3, "3"}}, Muted: []standingRow{{Other: 3, Name: "3"}, {Until: "1"}},
				Opened: []standingRow{{Until: "1", Left: &countdown{120, 0, 2}}}, Drilled: "1", Open: true,
			},
			{ID: 2, Name: "2", Lost: true},
		},
		Peers: []personRow{{3, "3"}}, Suspended: []suspendedRow{{Name: "1", By: "2", Until: "3", Left: &countdown{7200, 2, 0}, May: may}},
	}
}
