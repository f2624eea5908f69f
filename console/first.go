package console

import (
	"fmt"
	"net/netip"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func firstScreen() screen {
	return screen{
		doors: []door{
			{"GET", "/first", bridge.Maintain, false, (*visit).firstSteps},
			{"GET", "/certificate", anybody, false, (*visit).certificate},
			{"GET", "/agreement", bridge.Arrange, false, (*visit).agreement},
			{"POST", "/agreement", bridge.Arrange, false, (*visit).agree},
		},
		rehearse: func(r *rehearsal) {
			r.inside("first.html", firstView{List: rehearsedChecklist("done", "")})
			for _, l := range rehearsedChecklists() {
				r.inside("first.html", firstView{
					List: l, Text: trialView{Can: true, To: "1"}, Chat: trialView{Can: true, To: "2", Again: true},
					Reach: reachView{Listen: "1", Open: true}, Cards: true,
				})
			}
			for _, state := range trialStates {
				tried := trialView{Can: true, To: "1", State: state, When: "1"}
				r.inside("first.html", firstView{
					List: rehearsedChecklist("todo", "todo"), Text: tried, Chat: tried, Reach: reachView{URL: "1", Print: "2"},
				})
			}
			r.inside("agreement.html", []agreed(nil))
			r.inside("agreement.html", []agreed{
				{Child: 1, Name: "1", Held: 2, Kept: 3, Audit: 4}, {Child: 2, Name: "2", When: "3", By: "1", Stands: true}, {Child: 3, Name: "2", When: "3", Stands: true}, {Child: 3, Name: "2", When: "3"},
			})
		},
	}
}

// firstView is the walk of the first start.
type firstView struct {
	List       checklist
	Text, Chat trialView
	Reach      reachView
	Cards      bool // there are key cards to print
}

// trialView is a test message of the visitor's own.
type trialView struct {
	Can   bool   // there is an address
	To    string // the mobile, shortened, or the chat address
	State string // "" for none yet
	When  string
	Again bool // long enough ago for another
}

// Moves tells whether there may be news of it soon.
func (t trialView) Moves() bool {
	return t.State == string(bridge.Queued) || t.State == string(bridge.Sent)
}

// trialStates are what a test message can have come to.
var trialStates = []string{string(bridge.Queued), string(bridge.Sent), string(bridge.Delivered), string(bridge.Failed), string(bridge.Unknown)}

// reachView is how the console is reached.
type reachView struct {
	Listen string // as it is configured
	URL    string // the public address; "" for none
	Open   bool   // the whole network can read along
	Print  string // the fingerprint of the certificate that phones must take; "" for none

	Make, Own, Proxy, Restart string // what to type, and what to write into the configuration
}

func (v *visit) firstSteps() error {
	l, m, err := v.checks()
	if err != nil {
		return err
	}
	view := firstView{List: l, Reach: v.reach(m), Cards: v.way("/keys") != ""}
	if view.Text, view.Chat, err = v.ownTrials(); err != nil {
		return err
	}
	return v.show("first.html", view)
}

func (v *visit) reach(m MachineView) reachView {
	name := m.Host
	came := bareHost(string(v.c.Context().Host()))
	if _, err := netip.ParseAddr(came); err != nil && came != "localhost" {
		name = came
	}
	mark := ""
	if der := v.s.authority(); der != nil {
		mark = fingerprint(der)
	}
	return reachView{
		Print: mark, Listen: m.Listen, URL: m.PublicURL, Open: reachStep(m).Why == "open",
		Make: "sudo knapp setup certificate " + name, Restart: "sudo systemctl restart knapp",
		Own: fmt.Sprintf(`[console]
listen = "0.0.0.0:8443"
cert_file = "/etc/knapp/console.crt"
key_file = "/etc/knapp/console.key"
public_url = "https://%s:8443"`, name),
		Proxy: `[console]
listen = "127.0.0.1:8080"
public_url = "https://knapp.example.org"
trusted_proxies = ["127.0.0.1"]`,
	}
}

// trialAgain is when the page offers another test; the post office decides.
const trialAgain = 2 * time.Minute

// ownTrials are the visitor's own last test messages.
func (v *visit) ownTrials() (text, chat trialView, err error) {
	trials, err := v.s.options.Office.Trials(v.ctx(), v.who)
	if err != nil {
		return text, chat, err
	}
	text = trialView{Can: v.me.Phone != "", To: shortened(string(v.me.Phone)), Again: true}
	chat = trialView{Can: v.me.JID != "", To: string(v.me.JID), Again: true}
	for _, t := range trials {
		if t.Person != v.me.ID {
			continue
		}
		to := &chat
		if t.SMS {
			to = &text
		}
		to.State, to.When = string(t.State), v.words().moment(t.At.In(v.now.Location()), v.now)
		to.Again = v.now.Sub(t.At) >= trialAgain || v.now.Before(t.At)
	}
	return text, chat, nil
}

// shortened is a number as it is shown where it is enough to know which one is meant.
func shortened(number string) string {
	if len(number) < 7 {
		return number
	}
	return number[:3] + " … " + number[len(number)-3:]
}

func (v *visit) agreement() error {
	terms, err := v.s.options.Office.Agreements(v.ctx(), v.who)
	if err != nil {
		return err
	}
	var rows []agreed
	for _, t := range terms {
		child, _ := v.d.Person(t.Child)
		if !v.d.May(v.who, bridge.Arrange, t.Child) {
			continue
		}
		row := agreed{
			Child: t.Child, Name: child.Name, Stands: t.Stands,
			Held: t.Days[bridge.KeepHeld], Kept: t.Days[bridge.KeepMetadata], Audit: t.Days[bridge.KeepAudit],
		}
		if !t.Agreed.At.IsZero() {
			row.When = v.words().moment(t.Agreed.At.In(v.now.Location()), v.now)
			if by, ok := v.d.Person(t.Agreed.Who); ok {
				row.By = by.Name
			}
		}
		rows = append(rows, row)
	}
	return v.show("agreement.html", rows)
}

// agree takes the tick, which stands for a child that was there.
func (v *visit) agree() error {
	child := v.person("child")
	if v.c.FormValue("together") == "" {
		v.refused = v.words()["agreement.tick.missing"]
		v.c.Status(422)
		return v.agreement()
	}
	return v.ended(v.s.options.Office.Agree(v.ctx(), v.who, child), "/agreement", "agreed", v.agreement)
}

// rehearsedChecklists reach every sentence of the checklist.
func rehearsedChecklists() []checklist {
	all := []checklist{rehearsedChecklist("todo", "todo"), rehearsedChecklist("broken", "todo")}
	for key, whys := range map[string][]string{
		"modem": {"none", "sim", "silent", "network"}, "text": {"todo", "queued", "sent", "failed", "unknown"},
		"chat": {"todo", "away", "queued", "sent", "failed", "unknown"}, "reach": {"open", "here"}, "child": {"todo"},
		"people": {"todo", "nobody"}, "agree": {"todo", "with", "changed"},
	} {
		for _, why := range whys {
			for _, state := range []string{"todo", "wait", "broken"} {
				item := checkItem{Key: key, State: state, Why: why, Href: "/gateway"}
				if why == "nobody" || why == "with" || why == "changed" {
					item.Arg = "1"
				}
				all = append(all, checklist{Steps: []checkItem{item}})
			}
		}
	}
	l := checklist{}
	for _, key := range []string{"paused", "clock", "disk", "copies"} {
		l.Cares = append(l.Cares, checkItem{Key: key, State: "broken", Why: "broken", Href: "/gateway"})
	}
	for _, key := range []string{"balance", "topup", "storage"} {
		l.Cares = append(l.Cares, checkItem{Key: key, State: "broken", Why: "broken", Arg: "1"})
	}
	return append(all, l)
}

func rehearsedChecklist(state, why string) checklist {
	l := checklist{Steps: []checkItem{{Key: "owner", State: "done"}, {Key: "reach", State: "done"}, {Key: "modem", State: "done"}}}
	for _, key := range []string{"text", "chat", "child", "people", "agree"} {
		l.Steps = append(l.Steps, checkItem{Key: key, State: state, Why: why, Href: "/first"})
	}
	return l
}

// agreed is how one child's agreement is shown.
type agreed struct {
	Child             policy.Person
	Name              string
	Held, Kept, Audit int // days
	When, By          string
	Stands            bool
}
