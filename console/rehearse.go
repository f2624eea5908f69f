package console

import (
	"io"
	"strings"
	"time"

	"knapp/bridge/policy"
)

// rehearse fills every page in every state it can have: a mistake shows at the start and not at the first fault at
// night.
func (e edition) rehearse(w io.Writer) error {
	now := time.Unix(1e9, 0)
	for _, h := range samples {
		view := statusOf(h, now, e.words)
		if err := e.write(w, "status.html", frame{Tone: view.Mood, View: view, Door: true}); err != nil {
			return err
		}
	}
	for _, page := range rehearsals(e.words, now) {
		if err := e.write(w, page.view, page.frame); err != nil {
			return err
		}
	}
	// What is said in passing: each page can say each.
	for key := range e.words {
		what, done := strings.CutPrefix(key, "done.")
		if !done {
			continue
		}
		if err := e.write(w, "denied.html", frame{Name: "1", Form: "1", Done: what, Refused: "2"}); err != nil {
			return err
		}
	}
	return nil
}

// samples reach every branch of the status page.
var samples = []Health{
	{},
	{Started: time.Unix(1e9-1, 0), Modems: []ModemHealth{{}}},
	{Started: time.Unix(1e9-1e6, 0), XMPP: true, Modems: []ModemHealth{
		{Ready: true, Registered: true, Since: time.Unix(1e9-90000, 0)}, {Ready: true}, {},
	}},
	{Started: time.Unix(1e9-1e6, 0), XMPP: true, Modems: []ModemHealth{{Ready: true, Registered: true}}},
}

type rehearsal struct {
	view  string
	frame frame
}

// rehearsals reach every branch of the other pages. Names are digits: a page has none of its own.
func rehearsals(words locale, now time.Time) []rehearsal {
	menu := []menuItem{
		{"/overview", "overview", true},
		{"/approvals", "approvals", false},
		{"/hurry", "hurry", false},
		{"/log", "log", false},
		{"/guardians", "guardians", false},
		{"/me", "me", false},
	}
	var out []rehearsal
	inside := func(view string, data any) {
		out = append(out, rehearsal{view, frame{View: data, Name: "1", Menu: menu, Form: "1"}})
	}
	outside := func(view string, data any) {
		out = append(out, rehearsal{view, frame{View: data, Door: true, Form: "1"}})
	}

	for _, view := range []string{"notfound.html", "broken.html"} {
		outside(view, nil)
	}
	inside("denied.html", nil)
	inside("stale.html", "/me")
	for _, wrong := range []string{"", "signin.wrong", "signin.busy"} {
		outside("signin.html", signInView{Wrong: wrong})
	}
	inside("confirm.html", signInView{Wrong: "confirm.wrong"})
	outside("start.html", startView{Wrong: "start.wrong"})
	outside("start.html", startView{Code: "1"})
	for _, wrong := range []string{"password.short", "password.long", "password.name", "password.differ"} {
		outside("start.html", startView{Code: "1", Owners: []string{"1", "2"}, Who: "2", Wrong: wrong})
	}
	outside("invited.html", startView{})
	outside("invited.html", startView{Who: "1"})

	inside("overview.html", overviewView{})
	inside("overview.html", rehearsedOverview(words, now))
	inside("approvals.html", approvalsView{})
	inside("approvals.html", rehearsedApprovals())
	inside("hurry.html", hurryView{})
	inside("hurry.html", rehearsedHurry(false))
	inside("hurry.html", rehearsedHurry(true))
	inside("log.html", logView{})
	inside("log.html", logView{Asked: true})
	inside("log.html", rehearsedLog())
	inside("guardians.html", guardiansView{Link: "1", For: "2", Guardians: []guardianRow{
		{"1", "owner", true}, {"2", "guardian", false}, {"3", "helper", false}, {"3", "viewer", false},
	}})
	inside("me.html", mineView{Wrong: "password.short"})
	inside("me.html", mineView{Second: true, Sessions: []sessionRow{{Agent: "1", Here: true}, {}}})
	inside("second.html", secondView{Wrong: true})
	inside("codes.html", []string{"1", "2"})
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

func rehearsedApprovals() approvalsView {
	v := approvalsView{May: true, Owner: true, Texts: true, Open: []questionRow{
		{Code: "1", Kind: "sms", Address: "1", Children: []string{"1", "2"}, Known: []string{"3"}},
		{Code: "2", Kind: "chat", Address: "2", Child: "1", Texts: []string{"1"}},
		{Code: "3", Kind: "ask", Address: "3", Child: "1", Name: "2"},
	}}
	for _, state := range []string{"allowed", "once", "blocked", "moved"} {
		v.Answered = append(v.Answered, questionRow{Code: "1", Address: "2", State: state, By: "3"})
	}
	return v
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

func rehearsedLog() logView {
	v := logView{Children: []string{"1"}, Older: "/log", Export: true}
	for _, fate := range []string{"delivered", "sent", "queued", "held", "asked", "refused", "failed", "unknown", "done"} {
		v.Entries = append(v.Entries, logRow{From: "1", Emergency: true, Parts: 2, Fate: fate, Why: "3"})
	}
	return v
}
