package console

import (
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func overviewScreen() screen {
	return screen{
		menu:  "/overview",
		doors: []door{{"GET", "/overview", bridge.See, false, (*visit).overview}},
		rehearse: func(r *rehearsal) {
			r.inside("overview.html", overviewView{})
			r.inside("overview.html", rehearsedOverview(r.e.words, r.now))
		},
	}
}

// overviewView is the first page after sign-in: what needs attention, then everything that is well.
type overviewView struct {
	Attention []attention
	Children  []childRow
	Stations  []station
	Today     []trafficRow
	Clock     string
}

// attention is one thing that somebody should look at.
type attention struct {
	Kind string // "alarm", "drill", "modem", "network", "chat", "questions", "lost", "stopped", "unsent", "second"
	Who  string
	N    int
	When string
	Href string // "" where there is nothing to do in the console
}

// childRow is how a child's day is.
type childRow struct {
	Name   string
	Mode   string
	Until  string // when the mode ends; "" for never
	Next   string // the mode after it
	Lost   bool
	Muted  int // of how many persons, everybody counting for one
	Opened int
}

// trafficRow is how much a child wrote and got since midnight.
type trafficRow struct {
	Name                string
	From, To, Unarrived int
}

func (v *visit) overview() error {
	view := overviewView{Clock: v.now.Format(v.words()["clock"])}
	if err := v.attend(&view); err != nil {
		return err
	}
	for _, child := range v.myChildren() {
		row := childRow{
			Name: child.Name, Mode: string(v.d.Rules.Mode(child.ID, v.now)), Lost: v.d.Rules.IsLost(child.ID),
			Muted: len(v.d.Rules.Mutes(child.ID, v.now)), Opened: len(v.d.Rules.Overrides(child.ID, v.now)),
		}
		if at, next, ok := v.d.Rules.NextMode(child.ID, v.now); ok {
			row.Until, row.Next = v.words().moment(at, v.now), string(next)
		}
		view.Children = append(view.Children, row)
	}
	view.Stations = statusOf(v.s.options.Health(), v.now, v.words()).Stations
	return v.show("overview.html", view)
}

// attend collects what needs attention, the most urgent first, and today's figures.
func (v *visit) attend(view *overviewView) error {
	add := func(a attention) { view.Attention = append(view.Attention, a) }
	alarms, err := v.s.options.Office.Emergencies(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		child, _ := v.d.Person(a.Child)
		kind := "alarm"
		if a.Drill {
			kind = "drill"
		}
		add(attention{Kind: kind, Who: child.Name, When: v.words().moment(a.At.In(v.now.Location()), v.now), Href: "/hurry"})
	}
	for _, fault := range v.s.options.Health().faults() {
		add(attention{Kind: fault, Href: "#gateway"})
	}
	for _, child := range v.myChildren() {
		if v.d.Rules.IsLost(child.ID) {
			add(attention{Kind: "lost", Who: child.Name, Href: "/hurry"})
		}
	}
	questions, err := v.s.options.Office.Questions(v.ctx(), v.who)
	if err != nil {
		return err
	}
	if len(questions) > 0 {
		add(attention{Kind: "questions", N: len(questions), Href: "/approvals"})
	}
	midnight := time.Date(v.now.Year(), v.now.Month(), v.now.Day(), 0, 0, 0, 0, v.now.Location())
	entries, err := v.s.options.Office.Recent(v.ctx(), v.who, midnight)
	if err != nil {
		return err
	}
	view.Today = v.traffic(entries)
	unarrived := 0
	for _, row := range view.Today {
		unarrived += row.Unarrived
	}
	if unarrived > 0 {
		add(attention{Kind: "unsent", N: unarrived, Href: "/log?trouble=1"})
	}
	account, _, err := v.s.options.Store.Account(v.ctx(), v.me.ID)
	if err == nil && !account.Second {
		add(attention{Kind: "second", Href: "/me"})
	}
	return err
}

// traffic counts what was written, without the gateway's own words.
func (v *visit) traffic(entries []bridge.LogEntry) []trafficRow {
	rows := make([]trafficRow, 0, len(v.myChildren()))
	for _, child := range v.myChildren() {
		row := trafficRow{Name: child.Name}
		for _, e := range entries {
			if e.Child != child.Name || e.Reason == policy.Gateway {
				continue
			}
			if e.Direction == policy.FromChild.String() {
				row.From++
			} else {
				row.To++
			}
			if fate := fateOf(e); fate == "failed" || fate == "unknown" {
				row.Unarrived++
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// myChildren are the children that the visitor is a guardian of.
func (v *visit) myChildren() []bridge.Person {
	var out []bridge.Person
	for _, child := range v.d.Children() {
		if v.d.May(v.who, bridge.See, child.ID) {
			out = append(out, child)
		}
	}
	return out
}

func rehearsedOverview(words locale, now time.Time) overviewView {
	v := overviewView{Today: []trafficRow{{Name: "1", From: 2, To: 3}}, Stations: statusOf(samples[0], now, words).Stations}
	for _, kind := range []string{"alarm", "drill"} {
		v.Attention = append(v.Attention, attention{Kind: kind, Who: "1", When: words.moment(now, now), Href: "/hurry"})
	}
	for _, kind := range []string{"modem", "network", "chat", "second"} {
		v.Attention = append(v.Attention, attention{Kind: kind, Href: "#gateway"})
	}
	v.Attention = append(v.Attention, attention{Kind: "lost", Who: "1", Href: "/hurry"},
		attention{Kind: "questions", N: 2, Href: "/approvals"}, attention{Kind: "unsent", N: 3, Href: "/log"})
	for days, mode := range []policy.Mode{policy.Home, policy.School, policy.Sleep, policy.Holidays} {
		v.Children = append(v.Children, childRow{
			Name: "1", Mode: string(mode), Until: words.moment(now.AddDate(0, 0, days-1), now), Next: string(policy.Home), Muted: 1, Opened: 2,
		})
	}
	v.Children = append(v.Children, childRow{Name: "2", Lost: true}, childRow{Name: "3", Mode: "home"})
	return v
}
