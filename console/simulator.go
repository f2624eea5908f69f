package console

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// simulatorView answers "may Grandmother write to Emma on Tuesday at 10.15?".
type simulatorView struct {
	Ask     askForm
	Asked   bool // the question could be read
	When    string
	Mode    string // what the child's day is at then
	Free    string // the name of the holiday
	Answers []answerRow
}

// askForm is the question.
type askForm struct {
	Child      personRow
	People     []personRow // on the child's list; a stranger is besides
	Other      policy.Person
	Date, Time string
}

// answerRow is the answer for one way.
type answerRow struct {
	From, To string
	Verdict  string // "yes", "wait", "ask", "no"
	Why      string
	Rule     string // the hours of the rule that decided; "" where none did
	Href     string // where that is set
	Go       string // what that place is, a locale's key
}

// askForm is the question as it stands before it is asked: now.
func (v *visit) askForm(child bridge.Person) askForm {
	f := askForm{Child: personRow{child.ID, child.Name}, Date: v.now.Format(time.DateOnly), Time: v.now.Format("15:04")}
	listed := map[policy.Person]bool{}
	for _, rule := range v.d.List(child.ID) {
		if p, ok := v.d.Person(rule.Contact); ok {
			listed[p.ID] = true
			f.People = append(f.People, personRow{p.ID, p.Name})
		}
	}
	for _, g := range v.d.Guardians(child.ID) {
		if !listed[g.ID] {
			f.People = append(f.People, personRow{g.ID, g.Name})
		}
	}
	return f
}

// mostYears is how far from now a question can be asked about: nobody's rules are older or reach further.
const mostYears = 5

func (v *visit) simulate() error {
	child, ok := v.childOf(bridge.See)
	switch {
	case !ok:
		return v.deny()
	case child.ID == 0:
		return v.see("/timetable", nil)
	}
	view := simulatorView{Ask: v.askForm(child)}
	if v.c.Query("other") == "" {
		return v.show("simulator.html", view)
	}
	view.Ask.Date, view.Ask.Time = isoDate(v.c.Query("date")), v.shortly("time")
	again := func() error { return v.show("simulator.html", view) }
	n, err := strconv.ParseInt(v.c.Query("other"), 10, 64)
	other := policy.Person(n)
	if err != nil || !v.mayAskAbout(view.Ask, other) {
		return v.deny() // and not whether there is such a person
	}
	view.Ask.Other = other
	day, err := time.Parse(time.DateOnly, view.Ask.Date)
	if err != nil || max(day.Year()-v.now.Year(), v.now.Year()-day.Year()) > mostYears {
		view.Ask.Date = v.now.Format(time.DateOnly)
		return v.unclear(words.NoDate, []any{v.shortly("date")}, again)
	}
	minutes, ok := clockOf(view.Ask.Time)
	if !ok {
		asked := view.Ask.Time
		view.Ask.Time = v.now.Format("15:04")
		return v.unclear(words.NoClock, []any{asked}, again)
	}
	at := time.Date(day.Year(), day.Month(), day.Day(), 0, minutes, 0, 0, v.now.Location())
	if err := v.answerBothWays(&view, child, other, at); err != nil {
		return err
	}
	return again()
}

// mayAskAbout tells whether somebody can be chosen in a question; 0 is a stranger.
func (v *visit) mayAskAbout(f askForm, other policy.Person) bool {
	for _, p := range f.People {
		if p.ID == other {
			return true
		}
	}
	return other == 0
}

func (v *visit) answerBothWays(view *simulatorView, child bridge.Person, other policy.Person, at time.Time) error {
	its, err := v.s.options.Office.ChildTime(v.ctx(), v.who, child.ID)
	if err != nil {
		return err
	}
	name := v.words()["ask.stranger.short"]
	if p, ok := v.d.Person(other); ok {
		name = p.Name
	}
	view.Asked = true
	view.When = fmt.Sprintf(v.words()["ask.at"], capital(v.words().fullDate(at.Format(time.DateOnly))), at.Format(v.words()["clock"]))
	view.Mode, view.Free = string(v.d.Rules.Mode(child.ID, at)), freeOn(its.FreeDays, at)
	for _, way := range []policy.Direction{policy.ToChild, policy.FromChild} {
		f, err := v.s.options.Office.Foresee(v.ctx(), v.who, child.ID, other, way, at, v.lang)
		if err != nil {
			return err
		}
		row := answerRow{From: name, To: child.Name, Why: f.Why, Verdict: map[policy.Action]string{
			policy.Deliver: "yes", policy.Hold: "wait", policy.Ask: "ask", policy.Refuse: "no",
		}[f.Action]}
		if way == policy.FromChild {
			row.From, row.To = row.To, row.From
		}
		if rule, found := v.d.Rules.Rule(child.ID, other); found && rule.ID == f.Rule {
			row.Rule = whenInWords(v.words(), v.lang, rule.When)
		}
		row.Href, row.Go = v.placeOf(f.Reason, child)
		view.Answers = append(view.Answers, row)
	}
	return nil
}

// whenInWords names the hours of a rule.
func whenInWords(known locale, lang, when string) string {
	var parts []string
	for word := range strings.SplitSeq(when, ",") {
		word = strings.TrimSpace(word)
		if said, ok := known["when."+word]; ok {
			word = said
		} else if word != "" {
			word = fmt.Sprintf(known["when.named"], word)
		}
		if word != "" {
			parts = append(parts, word)
		}
	}
	if len(parts) == 0 {
		return known["when.always"]
	}
	return words.Or(lang, parts)
}

// placeOf is where what decided is set: a page of ours, and a locale's key for what it is. "" where there is none.
func (v *visit) placeOf(why policy.Reason, child bridge.Person) (href, text string) {
	its := url.Values{"child": {strconv.FormatInt(int64(child.ID), 10)}}.Encode()
	switch why {
	case policy.ClosedNow, policy.NeverOpen:
		return "/timetable?" + its + "#week", "ask.timetable"
	case policy.Muted, policy.ByOverride, policy.PhoneLost:
		return "/hurry", "ask.hurry"
	case policy.Stopped, policy.OverDay, policy.OverMonth, policy.OverContact, policy.OverGateway:
		href, text = "/limits", "ask.limits"
	case policy.Stranger:
		href, text = "/approvals", "ask.approvals"
	case policy.ByRule, policy.NotOnList, policy.WrongWay, policy.ByGuardianship:
		href, text = "/contacts", "ask.list"
	}
	if href == "" || v.own(href) != href {
		return "", ""
	}
	return href, text
}

func rehearsedSimulator(known locale) simulatorView {
	view := simulatorView{
		Ask:   askForm{Child: personRow{1, "1"}, People: []personRow{{2, "2"}}, Other: 2, Date: "1", Time: "2"},
		Asked: true, When: known["ask.at"], Mode: "school", Free: "1",
	}
	for _, when := range []string{"", "home", "school", "sleep", "holidays", "3"} {
		view.Answers = append(view.Answers, answerRow{From: known["ask.stranger.short"], To: "2", Verdict: "no", Rule: whenInWords(known, "", when)})
	}
	for _, verdict := range []string{"yes", "wait", "ask", "no"} {
		view.Answers = append(view.Answers, answerRow{From: "1", Verdict: verdict, Why: "2", Rule: "3", Href: "/hurry", Go: "ask.hurry"})
	}
	for _, text := range []string{"ask.timetable", "ask.limits", "ask.approvals", "ask.list"} {
		view.Answers = append(view.Answers, answerRow{To: "1", Verdict: "no", Href: "/hurry", Go: text})
	}
	return view
}
