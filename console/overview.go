package console

import (
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func overviewScreen() screen {
	return screen{
		menu: "/overview",
		doors: []door{
			{"GET", "/overview", bridge.See, false, (*visit).overview},
			{"POST", "/overview/release", bridge.Approve, false, (*visit).release},
			{"GET", "/live", bridge.See, false, (*visit).follow},
		},
		rehearse: func(r *rehearsal) {
			r.inside("overview.html", overviewView{})
			r.inside("overview.html", rehearsedOverview(r.e.words, r.now))
		},
	}
}

// overviewView is the first page after sign-in: what needs attention, then everything that is well.
type overviewView struct {
	Attention []attention
	Alarm     string // what cannot wait, in words
	Children  []childRow
	Stations  []station
	Today     []trafficRow
	Clock     string
}

// attention is one thing that somebody should look at.
type attention struct {
	Kind  string // the locale's keys after "need." and "go."
	Who   string
	Other string
	N     int
	When  string
	Left  *countdown
	Href  string // "" where there is nothing to do in the console

	Child, With policy.Person // of a stop; With is 0 for what the child asks of the gateway itself
	Release     bool          // the visitor may end it
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

	MutedFor, OpenedFor *countdown // the next of them to end
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
		row.MutedFor, row.OpenedFor = v.soonest(v.d.Rules.Mutes(child.ID, v.now)), v.soonest(v.d.Rules.Overrides(child.ID, v.now))
		if at, next, ok := v.d.Rules.NextMode(child.ID, v.now); ok {
			row.Until, row.Next = v.words().moment(at, v.now), string(next)
		}
		view.Children = append(view.Children, row)
	}
	view.Stations = statusOf(v.s.options.Health(), v.now, v.words()).Stations
	return v.show("overview.html", view)
}

// soonest counts to the first end among what stands.
func (v *visit) soonest(list []policy.Standing) *countdown {
	var first time.Time
	for _, s := range list {
		if !s.Until.IsZero() && (first.IsZero() || s.Until.Before(first)) {
			first = s.Until
		}
	}
	return left(first, v.now)
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

// release lets go on what was stopped because it seemed to have no end.
func (v *visit) release() error {
	child, other := v.person("child"), v.person("other")
	if child == 0 || other == 0 && v.c.FormValue("other") != "0" {
		return fiber.ErrBadRequest
	}
	return v.ended(v.s.options.Office.Release(v.ctx(), v.who, child, other), "/overview", "released", v.overview)
}

func rehearsedOverview(words locale, now time.Time) overviewView {
	v := overviewView{Alarm: "1", Today: []trafficRow{{Name: "1", From: 2, To: 3}}, Stations: statusOf(samples[0], now, words).Stations}
	v.Attention = rehearsedAttention(words, now)
	for days, mode := range []policy.Mode{policy.Home, policy.School, policy.Sleep, policy.Holidays} {
		v.Children = append(v.Children, childRow{
			Name: "1", Mode: string(mode), Until: words.moment(now.AddDate(0, 0, days-1), now), Next: string(policy.Home), Muted: 1, Opened: 2,
			MutedFor: left(now.Add(time.Minute), now), OpenedFor: left(now.Add(2*time.Hour), now),
		})
	}
	v.Children = append(v.Children, childRow{Name: "2", Lost: true}, childRow{Name: "3", Mode: "home"})
	return v
}
