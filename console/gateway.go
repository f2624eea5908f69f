package console

import (
	"fmt"
	"math"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/words"
)

func gatewayScreen() screen {
	return screen{
		menu: "/gateway", aside: true,
		doors: []door{
			{"GET", "/gateway", bridge.Maintain, false, (*visit).gateway},
			{"POST", "/gateway/text", bridge.Maintain, false, (*visit).tryText},
			{"POST", "/gateway/chat", bridge.Maintain, false, (*visit).tryChat},
			{"POST", "/gateway/balance", bridge.Maintain, false, (*visit).askBalance},
			{"POST", "/gateway/topup", bridge.Maintain, false, (*visit).setTopUp},
			{"POST", "/gateway/examine", bridge.Maintain, false, (*visit).examine},
			{"POST", "/gateway/copy", bridge.Maintain, true, (*visit).takeCopy},
			{"POST", restorePath, bridge.Maintain, true, (*visit).putBack},
			{"POST", "/gateway/resume", bridge.Maintain, true, (*visit).endPause},
		},
		rehearse: func(r *rehearsal) {
			r.inside("gateway.html", gatewayView{})
			for _, view := range rehearsedGateway(r.e.words, r.now) {
				r.inside("gateway.html", view)
			}
			r.inside("restoring.html", nil)
			for _, key := range []string{
				"gateway.balance.again", "gateway.balance.failed", "gateway.examine.again", "gateway.examine.failed", "gateway.copy.failed",
				"gateway.notpaused", "restore.sure.missing", "restore.nofile", "restore.bad", "agreement.tick.missing",
			} {
				r.fill("denied.html", frame{Name: "1", Form: "1", Refused: r.e.words[key]})
			}
		},
	}
}

// gatewayView is how the gateway is, as far as it is no secret of somebody's.
type gatewayView struct {
	List       checklist
	Modems     []modemRow
	Chat       chatRow
	Text, Talk trialView
	Machine    machineRow
	Can        abilities
	Examined   []examinedRow // a moment ago; nil when nobody asked
	Fresh      bool          // the password was given a short while ago: a file is chosen only then
}

// abilities are what the program can do to itself.
type abilities struct{ Balance, Examine, Copy, Restore, Resume bool }

type modemRow struct {
	ModemView
	Bars, Below                int    // the signal: of 4, and how many dB it is below a milliwatt
	Since, Deaf, RungAt, Asked string // in words
	ShortICCID, Phone          string
	Adopt                      string // what to type for a SIM that is another
	TopUpBy                    string // the day in words
	Days                       int    // until then
	Near                       bool   // it is time to think of it
	TopUpDay                   string // in the form
	Today                      string // the first day that can be chosen
	WarningLang, NoteLang      string // "en" for what nobody has worded
}

type chatRow struct {
	Domain, Since, Fault string
	Up                   bool
	SMS, Stanzas         int // that wait
}

type machineRow struct {
	Version, Since, Database, Free, Disk, LastCopy string
	Low                                            bool
	Paused                                         bool
	PausedCopy                                     string
}

func (v *visit) gateway() error { return v.showGateway(nil) }

func (v *visit) showGateway(examined []Examined) error {
	l, m, err := v.checks()
	if err != nil {
		return err
	}
	text, talk, err := v.ownTrials()
	if err != nil {
		return err
	}
	can := v.s.options.Machine
	view := gatewayOf(m, v.now, v.words())
	if m.Paused {
		l.Cares = l.Cares[1:] // it has a place of its own here
	}
	for i := range view.Modems {
		row := &view.Modems[i]
		row.Warning, row.WarningLang = v.machine(row.Warning)
		row.Note, row.NoteLang = v.machine(row.Note)
		if v.c.Path() == "/gateway/topup" && v.c.FormValue("modem") == row.Name {
			row.TopUpDay = v.typed("day", row.TopUpDay)
		}
	}
	view.List, view.Text, view.Talk, view.Examined, view.Fresh = l, text, talk, v.examined(examined), v.confirmed()
	view.Can = abilities{can.Balance != nil, can.Examine != nil, can.Copy != nil, can.PutBack != nil, can.Resume != nil}
	return v.show("gateway.html", view)
}

// gatewayOf turns the machine into words.
func gatewayOf(m MachineView, now time.Time, words locale) gatewayView {
	since := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return words.since(at.In(now.Location()), now)
	}
	moment := func(at time.Time) string {
		if at.IsZero() {
			return ""
		}
		return words.moment(at.In(now.Location()), now)
	}
	view := gatewayView{
		Chat: chatRow{Domain: m.Domain, Up: m.Chat, Since: since(m.ChatSince), Fault: m.ChatFault, SMS: m.WaitingSMS, Stanzas: m.WaitingChat},
		Machine: machineRow{
			Version: m.Version, Since: since(m.Started), LastCopy: moment(m.LastCopy),
			Low: m.Disk > 0 && m.Free < leastFree, Paused: m.Paused, PausedCopy: moment(m.PausedCopy),
		},
	}
	if m.Database > 0 {
		view.Machine.Database = words.size(m.Database)
	}
	if m.Disk > 0 {
		view.Machine.Free, view.Machine.Disk = words.size(m.Free), words.size(m.Disk)
	}
	for _, one := range m.Modems {
		row := modemRow{
			ModemView: one, Bars: one.bars(), Below: -one.Signal, Since: since(one.Since), Deaf: since(one.DeafSince), RungAt: moment(one.RungAt),
			Asked: moment(one.BalanceAt), ShortICCID: lastOf(one.ICCID), Phone: one.Number,
			Adopt: adoptCommand + one.Name,
		}
		if row.Network == "" {
			row.Network = "unknown"
		}
		if days, ok := one.TopUp.DaysLeft(now); ok {
			row.TopUpBy, row.Days, row.Near, row.TopUpDay = words.longDay(one.TopUp.Day), days, one.TopUp.Near(now), one.TopUp.Day
		}
		row.Today = now.Format(time.DateOnly)
		if row.SIM == "" {
			row.SIM = "unknown"
		}
		view.Modems = append(view.Modems, row)
	}
	return view
}

// machine words what is told of a modem; lang is "en" for what has no words, and stands as it was said.
func (v *visit) machine(said string) (text, lang string) {
	text, ok := words.Machine(v.lang, said)
	if !ok && said != "" {
		lang = "en"
	}
	return text, lang
}

// examined are the findings of an examination as they are shown.
func (v *visit) examined(all []Examined) (out []examinedRow) {
	for _, one := range all {
		row := examinedRow{Name: one.Name, Fault: one.Fault}
		for _, finding := range one.Findings {
			text, lang := v.machine(finding)
			row.Findings = append(row.Findings, findingRow{text, lang})
		}
		for _, fact := range one.Facts {
			if first, rest, ok := strings.Cut(fact[1], " "); ok && (fact[0] == "profile" || fact[0] == "port") {
				said, _ := v.machine(rest)
				fact[1] = first + " " + said
			}
			row.Facts = append(row.Facts, fact)
		}
		out = append(out, row)
	}
	return out
}

// examinedRow is what was found of a modem a moment ago.
type examinedRow struct {
	Name, Fault string
	Findings    []findingRow
	Facts       [][2]string
}

// findingRow is what stands in the way; Lang is "en" for what nobody has worded.
type findingRow struct{ Text, Lang string }

// longDay is a date with its year, in words.
func (l locale) longDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return fmt.Sprintf(l["date.long"], t.Day(), l["month."+t.Format("01")], t.Year())
}

// adoptCommand has a modem relay with the SIM that is in it now.
const adoptCommand = "sudo knapp sim adopt --modem "

// lastOf is the end of an ICCID, by which a card in the hand is known again.
func lastOf(iccid string) string {
	if len(iccid) <= 6 {
		return iccid
	}
	return "… " + iccid[len(iccid)-6:]
}

// size is a number of octets as people there write it.
func (l locale) size(octets int64) string {
	value, unit := float64(octets), "B"
	for _, next := range []string{"kB", "MB", "GB", "TB"} {
		if value < 1000 {
			break
		}
		value, unit = value/1000, next
	}
	text := fmt.Sprintf("%.1f", value)
	if value >= 10 || unit == "B" {
		text = fmt.Sprintf("%.0f", math.Round(value))
	}
	return fmt.Sprintf(l["size."+unit], strings.ReplaceAll(text, ".", l["decimal"]))
}

// rehearsedGateway reaches every branch of the page.
func rehearsedGateway(words locale, now time.Time) (views []gatewayView) {
	add := func(m MachineView, change func(v *gatewayView)) {
		view := gatewayOf(m, now, words)
		view.Can, view.Text.Can, view.Talk.Can = abilities{true, true, true, true, true}, true, true
		view.Text.To, view.Talk.To = "1", "2"
		for i := range view.Modems {
			view.Modems[i].Adopt = "1"
		}
		change(&view)
		views = append(views, view)
	}
	for i, network := range []string{"home", "roaming", "searching", "denied", "none", "unknown"} {
		one := ModemView{
			Name: "1", Number: "2", Maker: "3", Profile: "1", Ready: true, Since: now, Relays: i > 0, Network: network, Operator: "3",
			DeafSince: map[bool]time.Time{true: now}[i == 1],
			SIM:       []string{"ready", "foreign", "problem", "unknown"}[i%4], SignalKnown: i > 0, Signal: -60 - 10*i, ICCID: "12",
			Storage: []StorageView{{"1", 1, 2}, {"2", 1, 0}}, Rung: []string{"", "ask", "reopen", "radio", "restart", "reset"}[i], RungAt: now,
			Warning: "1", Note: "3", Balance: "1", BalanceAt: now, BalanceLow: i == 0, MayAsk: true,
			TopUp: bridge.TopUp{Day: []string{"", "1999-01-01", "2001-09-09", "2001-09-10", "2001-09-20", "2030-01-01"}[i]},
		}
		size := []int64{0, 1, 1200, 3_000_000, 4_000_000_000, 5_000_000_000_000}[i]
		m := MachineView{
			Version: "1", Started: now, Domain: "1", Chat: i > 0, ChatFault: "1", Database: size, Free: size, Disk: size, LastCopy: now,
			Paused: i == 1, PausedCopy: now, Modems: []ModemView{one},
		}
		add(m, func(v *gatewayView) {
			v.Text.Again, v.Fresh = i == 2, i > 0
			if i < len(trialStates) {
				v.Text.State, v.Talk.State, v.Text.When, v.Talk.When = trialStates[i], trialStates[i], "1", "2"
			}
		})
	}
	silent := MachineView{Modems: []ModemView{{Name: "1", Since: now, Fault: "2", Relays: true}}}
	add(silent, func(v *gatewayView) {
		v.Examined = []examinedRow{{Name: "1", Fault: "2"}, {Name: "1", Findings: []findingRow{{"3", "en"}, {"4", ""}}, Facts: rehearsedFacts()}, {Name: "1"}}
	})
	for _, l := range rehearsedChecklists() {
		add(MachineView{}, func(v *gatewayView) { v.List = l })
	}
	return views
}

func rehearsedFacts() (facts [][2]string) {
	for _, key := range examinedFacts {
		facts = append(facts, [2]string{key, "1"})
	}
	return facts
}

// examinedFacts are the keys of what a modem may say of itself, each a locale's after "fact.".
var examinedFacts = []string{"modem", "imei", "profile", "port", "sim", "pin", "centre", "network", "operator", "signal", "storage", "announce"}
