package console

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
)

func keptScreen() screen {
	return screen{
		menu: "/kept", aside: true,
		doors: []door{
			{"GET", "/kept", bridge.See, false, (*visit).kept},
			{"POST", "/kept/days", bridge.Govern, true, (*visit).keepFor},
		},
		rehearse: func(r *rehearsal) {
			r.inside("kept.html", keptView{})
			view := rehearsedKept(r.e.words)
			r.inside("kept.html", view)
			view.May, view.Children = false, append(view.Children, view.Children[0])
			r.inside("kept.html", view)
		},
	}
}

// keptView is for how long things about the children are kept, and who read, changed or took along what.
type keptView struct {
	Children []keptChild
	Lines    []keptLine
	Older    string // the address of the next page; "" at the end
	Child    string // whose lines these are; "" for all
	May      bool   // change a number of days
}

type keptChild struct {
	Name string
	Rows []keptRow
}

type keptRow struct {
	What string // a locale's key after "kept."
	Days int
	Most int
}

// keptLine is one entry of the audit log.
type keptLine struct {
	When, Stamp string
	Who, Via    string
	What        string // a locale's key after "audit."; "other" for what has no words here
	Child       string
	Other       string
	Detail      string
}

const keptPage = 50

func (v *visit) kept() error {
	view := keptView{May: v.d.May(v.who, bridge.Govern, 0)}
	terms, err := v.s.options.Office.Agreements(v.ctx(), v.who)
	if err != nil {
		return v.ended(err, "/kept", "", nil)
	}
	for _, t := range terms {
		child, _ := v.d.Person(t.Child)
		row := keptChild{Name: child.Name}
		for _, what := range bridge.AllRetained {
			row.Rows = append(row.Rows, keptRow{What: string(what), Days: t.Days[what], Most: bridge.MostDays(what)})
		}
		view.Children = append(view.Children, row)
	}
	before, _ := strconv.ParseInt(v.c.Query("before"), 10, 64) // no number is the newest
	q := bridge.AuditQuery{Before: max(before, 0), Limit: keptPage + 1}
	if child, ok := v.d.Named(v.c.Query("child")); ok && child.Kind == bridge.KindChild && v.d.May(v.who, bridge.See, child.ID) {
		q.Child, view.Child = child.Name, child.Name
	}
	lines, err := v.s.options.Office.ReadAuditLog(v.ctx(), v.who, q)
	if err != nil {
		return v.ended(err, "/kept", "", nil)
	}
	if len(lines) > keptPage {
		lines = lines[:keptPage]
		address := logFilter{Child: view.Child}.query()
		address.Set("before", strconv.FormatInt(lines[keptPage-1].ID, 10))
		view.Older = "/kept?" + address.Encode()
	}
	for _, l := range lines {
		view.Lines = append(view.Lines, v.keptLine(l))
	}
	return v.show("kept.html", view)
}

func (v *visit) keptLine(l bridge.AuditLine) keptLine {
	at := l.At.In(v.now.Location())
	line := keptLine{
		When: v.words().moment(at, v.now), Stamp: at.Format(time.RFC3339), Who: l.Who, Via: l.Via, What: l.What, Child: l.Child, Other: l.Other,
	}
	if v.words()["via."+line.Via] == "" {
		line.Via = ""
	}
	if v.words()["audit."+line.What] == "" {
		line.What = "other"
	}
	if slices.Contains(tellingDetails, l.What) {
		line.Detail = l.Detail
	}
	if before, after, ok := strings.Cut(l.Detail, " → "); ok && l.What == "set_role" && v.words()["role."+before] != "" && v.words()["role."+after] != "" {
		line.Detail = v.words()["role."+before] + " → " + v.words()["role."+after]
	}
	return line
}

// tellingDetails are the operations of which the detail is names, numbers and addresses, and not English.
var tellingDetails = []string{
	"remove_contact", "change_number", "rename", "answer_allowed", "answer_once", "answer_blocked", "answer_moved", "expire_question",
	"dispute", "block", "unblock", "send_cards", "set_default", "archive_child", "remove_timetable", "add_holiday", "remove_holiday", "set_topup", "drop_topup",
}

// wholeDays is a number of days as somebody types it.
var wholeDays = regexp.MustCompile(`^[0-9]{1,4}$`)

func (v *visit) keepFor() error {
	typed := v.c.FormValue("days")
	days, err := strconv.Atoi(typed)
	if err != nil || !wholeDays.MatchString(typed) {
		days = -1 // which the operation refuses with its bounds
	}
	what := bridge.Retained(v.c.FormValue("what"))
	if !slices.Contains(bridge.AllRetained, what) {
		return fiber.ErrBadRequest
	}
	waits, err := v.s.options.Office.SetRetention(v.ctx(), v.who, v.c.FormValue("child"), what, days)
	done := "kept"
	if waits != nil {
		done = "kept_waits"
	}
	return v.ended(err, "/kept", done, v.kept)
}

func rehearsedKept(words locale) keptView {
	v := keptView{May: true, Older: "/kept", Child: "1", Children: []keptChild{{Name: "1"}}}
	for _, what := range bridge.AllRetained {
		v.Children[0].Rows = append(v.Children[0].Rows, keptRow{What: string(what), Days: 1, Most: 2})
	}
	for key := range words {
		if what, ok := strings.CutPrefix(key, "audit."); ok {
			v.Lines = append(v.Lines, keptLine{When: "1", Who: "1", What: what, Child: "1", Other: "2", Detail: "3"})
		}
		if via, ok := strings.CutPrefix(key, "via."); ok {
			v.Lines = append(v.Lines, keptLine{When: "1", Via: via, What: "other"})
		}
	}
	return v
}
