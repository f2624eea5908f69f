package console

import (
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// staleCopy is how old the newest copy of the database may be. It is made daily.
const staleCopy = 3 * 24 * time.Hour

// attend collects what needs attention, the most urgent first, and today's figures.
func (v *visit) attend(view *overviewView) error {
	for _, look := range []func(*overviewView) error{v.attendAlarms, v.attendPeople, v.attendMessages, v.attendHouse, v.attendUpkeep} {
		if err := look(view); err != nil {
			return err
		}
	}
	return nil
}

func (view *overviewView) needs(a attention) { view.Attention = append(view.Attention, a) }

// attendAlarms is what cannot wait: emergencies, and what keeps messages from passing.
func (v *visit) attendAlarms(view *overviewView) error {
	alarms, err := v.s.options.Office.Emergencies(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, a := range alarms {
		child, _ := v.d.Person(a.Child)
		when := v.words().moment(a.At.In(v.now.Location()), v.now)
		kind := "alarm"
		if a.Drill {
			kind = "drill"
		} else if view.Alarm == "" {
			view.Alarm, _ = v.words().say("need.alarm", child.Name, when) // the rehearsal has said it
		}
		view.needs(attention{Kind: kind, Who: child.Name, When: when, Href: "/hurry"})
	}
	for _, fault := range v.s.options.Health().faults() {
		view.needs(attention{Kind: fault, Href: "#gateway"})
	}
	return nil
}

// attendPeople is what a child or a guardian waits for.
func (v *visit) attendPeople(view *overviewView) error {
	for _, child := range v.myChildren() {
		if v.d.Rules.IsLost(child.ID) {
			view.needs(attention{Kind: "lost", Who: child.Name, Href: "/hurry"})
		}
		for _, id := range v.d.Rules.Stopped(child.ID) {
			other, _ := v.d.Person(id)
			a := attention{Kind: "stopped", Who: child.Name, Other: other.Name, Child: child.ID, With: id}
			if id == 0 {
				a.Kind = "asks"
			}
			a.Release = v.d.May(v.who, bridge.Approve, child.ID)
			view.needs(a)
		}
	}
	questions, err := v.s.options.Office.Questions(v.ctx(), v.who)
	if err != nil {
		return err
	}
	if len(questions) > 0 {
		view.needs(attention{Kind: "questions", N: len(questions), Href: "/approvals"})
	}
	waiting, err := v.s.options.Office.Waiting(v.ctx(), v.who)
	if err != nil {
		return err
	}
	if n := len(waiting.Changes); n > 0 {
		view.needs(attention{Kind: "consent", N: n, Href: "/approvals#waiting"})
	}
	for _, s := range waiting.Suspended {
		p, _ := v.d.Person(s.Person)
		view.needs(attention{Kind: "suspended", Who: p.Name, Left: left(s.Until, v.now), Href: "/hurry#gone"})
	}
	return nil
}

// attendMessages is what did not arrive today, and why it may go on.
func (v *visit) attendMessages(view *overviewView) error {
	midnight := time.Date(v.now.Year(), v.now.Month(), v.now.Day(), 0, 0, 0, 0, v.now.Location())
	entries, err := v.s.options.Office.Recent(v.ctx(), v.who, midnight)
	if err != nil {
		return err
	}
	view.Today = v.traffic(entries)
	spent := map[string]bool{}
	for _, e := range entries {
		switch e.Reason {
		case policy.OverDay, policy.OverMonth, policy.OverContact, policy.OverGateway:
			if !spent[e.Child] {
				spent[e.Child] = true
				view.needs(attention{Kind: "spent", Who: e.Child, Href: v.some("/children", "/log?trouble=1")})
			}
		}
	}
	unarrived := 0
	for _, row := range view.Today {
		unarrived += row.Unarrived
	}
	if unarrived > 0 {
		view.needs(attention{Kind: "unsent", N: unarrived, Href: "/log?trouble=1"})
	}
	return nil
}

// attendHouse is what can wait until somebody has time.
func (v *visit) attendHouse(view *overviewView) error {
	if look := v.s.options.Machine.Look; look != nil && v.d.May(v.who, bridge.Maintain, 0) {
		machine, err := look(v.ctx())
		if err != nil {
			return err
		}
		switch {
		case machine.Paused:
			view.needs(attention{Kind: "paused", Href: v.some("/gateway", "")})
		case machine.LastCopy.IsZero() && v.now.Sub(machine.Started) > staleCopy:
			view.needs(attention{Kind: "nocopy", Href: v.some("/gateway", "")})
		case !machine.LastCopy.IsZero() && v.now.Sub(machine.LastCopy) > staleCopy:
			view.needs(attention{Kind: "oldcopy", N: int(v.now.Sub(machine.LastCopy).Hours() / 24), Href: v.some("/gateway", "")})
		}
	}
	account, _, err := v.s.options.Store.Account(v.ctx(), v.me.ID)
	if err == nil && !account.Second {
		view.needs(attention{Kind: "second", Href: "/me"})
	}
	return err
}

// some is a page of ours, or where there is none another way.
func (v *visit) some(page, otherwise string) string {
	if v.own(page) == page {
		return page
	}
	return otherwise
}

func rehearsedAttention(words locale, now time.Time) []attention {
	var all []attention
	for _, kind := range []string{"alarm", "drill"} {
		all = append(all, attention{Kind: kind, Who: "1", When: words.moment(now, now), Href: "/hurry"})
	}
	all = append(all, attention{Kind: "topup", Who: "1", When: "2", Href: "/gateway"})
	for _, kind := range []string{"modem", "network", "chat", "second", "paused", "nocopy"} {
		all = append(all, attention{Kind: kind, Href: "#gateway"})
	}
	for _, kind := range []string{"lost", "spent", "suspended"} {
		all = append(all, attention{Kind: kind, Who: "1", Left: left(now.Add(time.Hour), now), Href: "/hurry"})
	}
	for _, kind := range []string{"questions", "unsent", "consent", "oldcopy", "upkeep", "setup"} {
		all = append(all, attention{Kind: kind, N: 2, Href: "/log"})
	}
	return append(all, attention{Kind: "stopped", Who: "1", Other: "2", Child: 1, With: 2, Release: true}, attention{Kind: "asks", Who: "1"})
}
