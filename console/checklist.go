package console

import (
	"slices"
	"strconv"
	"time"

	"knapp/bridge"
)

// checkItem is one thing that must be so before a family can rely on the gateway.
type checkItem struct {
	Key   string // a locale's, after "check."
	State string // "done", "todo" (never was), "wait" (is on its way), or "broken" (was, and is not any more)
	Why   string // a locale's key, after "check.<Key>."; what is to be done
	Arg   string // fills Why's %s; "" for none
	Href  string // where it is done; "" where the console cannot help
}

// Open tells whether somebody has something to do about it.
func (i checkItem) Open() bool { return i.State != "done" }

// checklist is all of them, computed from how things are each time it is looked at.
type checklist struct {
	Steps []checkItem // of the first start, in their order
	Cares []checkItem // what needs attention; none when all is well
}

// Done counts the steps that are.
func (l checklist) Done() int {
	n := 0
	for _, i := range l.Steps {
		if !i.Open() {
			n++
		}
	}
	return n
}

// Todo counts the steps that never were.
func (l checklist) Todo() int { return len(l.Steps) - l.Done() - l.broken() }

func (l checklist) broken() int {
	n := 0
	for _, i := range l.Steps {
		if i.State == "broken" {
			n++
		}
	}
	return n
}

// Broken counts what was well and is not any more.
func (l checklist) Broken() int { return l.broken() + len(l.Cares) }

// Complete tells whether there is nothing to do.
func (l checklist) Complete() bool { return l.Todo()+l.Broken() == 0 }

// Next is the first step that is open; its zero value when there is none.
func (l checklist) Next() checkItem {
	for _, i := range l.Steps {
		if i.Open() {
			return i
		}
	}
	return checkItem{}
}

const (
	leastFree  = 256 << 20          // octets of the disk, below which somebody should look
	copyIsLate = 3 * 24 * time.Hour // without a daily copy
	fullAt     = 90                 // percent of a modem's store
)

// checks looks how everything is. It takes the right to Maintain.
func (v *visit) checks() (checklist, MachineView, error) {
	m, err := v.look()
	if err != nil {
		return checklist{}, m, err
	}
	trials, err := v.s.options.Office.Trials(v.ctx(), v.who)
	if err != nil {
		return checklist{}, m, err
	}
	terms, err := v.s.options.Office.Agreements(v.ctx(), v.who)
	if err != nil {
		return checklist{}, m, err
	}
	text, chat := newest(trials, true), newest(trials, false)
	l := checklist{Steps: []checkItem{
		{Key: "owner", State: "done"},
		modemStep(m, !text.Proven.IsZero()),
		trialStep("text", text),
		chatStep(m, chat),
		reachStep(m),
		v.childStep(),
		v.peopleStep(),
		v.agreeStep(terms),
	}}
	l.Cares = cares(m, v.now)
	for i := range l.Cares {
		if l.Cares[i].Key == "topup" {
			l.Cares[i].Arg = v.words().longDay(l.Cares[i].Arg)
		}
	}
	return l, m, nil
}

// look is how the machine is; nothing where nobody tells.
func (v *visit) look() (MachineView, error) {
	if v.s.options.Machine.Look == nil {
		return MachineView{ClockSet: true}, nil
	}
	m, err := v.s.options.Machine.Look(v.ctx())
	if err != nil || !v.d.May(v.who, bridge.Maintain, 0) {
		return m, err
	}
	topUps, err := v.s.options.Office.TopUps(v.ctx(), v.who)
	m.Modems = slices.Clone(m.Modems)
	for i := range m.Modems {
		for _, t := range topUps {
			if t.Modem == m.Modems[i].Name {
				m.Modems[i].TopUp = t
			}
		}
	}
	return m, err
}

// newest is the last test message of a way, whoever made it. When one has ever arrived is what all of them know.
func newest(trials []bridge.Trial, sms bool) (last bridge.Trial) {
	var proven time.Time
	for _, t := range trials {
		if t.SMS != sms {
			continue
		}
		if t.Proven.After(proven) {
			proven = t.Proven
		}
		if t.At.After(last.At) {
			last = t
		}
	}
	last.Proven = proven
	return last
}

// modemStep is whether some modem that relays has a SIM and a network. proven says that a text has gone out by one.
func modemStep(m MachineView, proven bool) checkItem {
	item := checkItem{Key: "modem", State: "todo", Why: "none", Href: "/gateway#modems"}
	if proven {
		item.State = "broken"
	}
	for _, one := range m.Modems {
		switch {
		case !one.Relays:
		case one.SIM == "problem" || one.SIM == "foreign":
			item.Why = "sim"
		case !one.Ready:
			item.Why = "silent"
		case one.Network != "home" && one.Network != "roaming" && one.Network != "unknown":
			item.Why = "network"
		default:
			return checkItem{Key: "modem", State: "done", Href: item.Href}
		}
	}
	return item
}

// trialStep is whether a test message has arrived, and the last one not in vain.
func trialStep(key string, t bridge.Trial) checkItem {
	item := checkItem{Key: key, State: "todo", Why: "todo", Href: "/first#" + key}
	switch {
	case t.At.IsZero():
	case t.State == bridge.Delivered:
		item.State = "done"
	case t.State == bridge.Failed || t.State == bridge.Unknown:
		item.Why = string(t.State)
		if !t.Proven.IsZero() {
			item.State = "broken"
		}
	case !t.Proven.IsZero():
		item.State = "done" // another is on its way
	default:
		item.State, item.Why = "wait", string(t.State)
	}
	return item
}

// chatStep is whether the chat server knows us, and a chat has arrived. A client that sends no receipts never says so:
// then it is enough that the server has taken it.
func chatStep(m MachineView, t bridge.Trial) checkItem {
	if !m.Chat {
		item := checkItem{Key: "chat", State: "todo", Why: "away", Href: "/gateway#chat"}
		if !t.Proven.IsZero() || t.State == bridge.Sent {
			item.State = "broken"
		}
		return item
	}
	item := trialStep("chat", t)
	if t.State == bridge.Sent {
		item.State = "done"
	}
	return item
}

// reachStep is whether the family reaches the console from the kitchen, with nobody reading along.
func reachStep(m MachineView) checkItem {
	public := len(m.PublicURL) > 6 && m.PublicURL[:6] == "https:"
	switch {
	case m.Beyond && !m.TLS && !(public && m.Proxied):
		return checkItem{Key: "reach", State: "broken", Why: "open", Href: "/first#reach"}
	case public || m.TLS && m.Beyond:
		return checkItem{Key: "reach", State: "done", Href: "/first#reach"}
	}
	return checkItem{Key: "reach", State: "todo", Why: "here", Href: "/first#reach"}
}

func (v *visit) childStep() checkItem {
	item := checkItem{Key: "child", State: "todo", Why: "todo", Href: v.way("/children")}
	if len(v.d.Children()) > 0 {
		item.State = "done"
	}
	return item
}

// peopleStep is whether each child knows somebody besides its guardians, or at least has them on keys.
func (v *visit) peopleStep() checkItem {
	item := checkItem{Key: "people", State: "todo", Why: "todo", Href: v.way("/contacts")}
	children := v.d.Children()
	if len(children) == 0 {
		item.Href = ""
	}
	for _, child := range children {
		if len(v.d.List(child.ID)) == 0 {
			item.Why, item.Arg = "nobody", child.Name
			return item
		}
	}
	if len(children) > 0 {
		item.State = "done"
	}
	return item
}

func (v *visit) agreeStep(terms []bridge.Terms) checkItem {
	item := checkItem{Key: "agree", State: "todo", Why: "todo", Href: "/agreement"}
	for _, t := range terms {
		child, _ := v.d.Person(t.Child)
		switch {
		case t.Stands:
		case t.Agreed.At.IsZero():
			item.Why, item.Arg = "with", child.Name
			return item
		default:
			item.State, item.Why, item.Arg = "broken", "changed", child.Name
			return item
		}
	}
	item.Href = ""
	if len(terms) > 0 {
		item.State = "done"
	}
	return item
}

// way is a page of the console that somebody else's screen makes, where there is one and the visitor may see it.
func (v *visit) way(path string) string {
	for _, s := range screens() {
		if s.menu == path && v.d.May(v.who, s.right(), 0) {
			return path
		}
	}
	return ""
}

// cares are what no step of the first start is about.
func cares(m MachineView, now time.Time) (list []checkItem) {
	add := func(key, arg, href string) {
		list = append(list, checkItem{Key: key, State: "broken", Why: "broken", Arg: arg, Href: href})
	}
	if m.Paused {
		add("paused", "", "/gateway#paused")
	}
	if !m.ClockSet {
		add("clock", "", "")
	}
	if m.Disk > 0 && m.Free < leastFree {
		add("disk", "", "/gateway#machine")
	}
	if !m.Started.IsZero() && now.Sub(m.Started) > copyIsLate && now.Sub(m.LastCopy) > copyIsLate {
		add("copies", "", "/gateway#machine")
	}
	for _, one := range m.Modems {
		if one.BalanceLow {
			add("balance", one.Balance, "/gateway#modems")
		}
		if one.TopUp.Near(now) {
			add("topup", one.TopUp.Day, "/gateway#modems")
		}
		for _, s := range one.Storage {
			if s.Total > 0 && s.Used*100 >= s.Total*fullAt {
				add("storage", strconv.Itoa(s.Used)+"/"+strconv.Itoa(s.Total), "/gateway#modems")
			}
		}
	}
	return list
}

// elsewhere are what the overview has lines of its own for.
var elsewhere = []string{"modem", "chat", "paused", "copies", "topup"}

// attendUpkeep adds to the overview what is left of the first start, and what else of the gateway needs a look. Whoever
// does not maintain the gateway sees nothing of it.
func (v *visit) attendUpkeep(view *overviewView) error {
	if !v.d.May(v.who, bridge.Maintain, 0) {
		return nil
	}
	l, m, err := v.checks()
	if err != nil {
		return err
	}
	for _, one := range m.Modems {
		if one.TopUp.Near(v.now) {
			view.needs(attention{Kind: "topup", Who: one.Name, When: v.words().longDay(one.TopUp.Day), Href: "/gateway#modems"})
		}
	}
	broken := 0
	for _, i := range slices.Concat(l.Steps, l.Cares) {
		if i.State == "broken" && !slices.Contains(elsewhere, i.Key) {
			broken++
		}
	}
	if broken > 0 {
		view.needs(attention{Kind: "upkeep", N: broken, Href: "/gateway"})
	}
	if n := l.Todo(); n > 0 {
		view.needs(attention{Kind: "setup", N: n, Href: "/first"})
	}
	return nil
}
