package console

import (
	"encoding/csv"
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func logScreen() screen {
	return screen{
		menu: "/log",
		doors: []door{
			{"GET", "/log", bridge.See, false, (*visit).log},
			{"GET", "/log/chart/:look", bridge.See, false, (*visit).chart},
			{"POST", "/log/export", bridge.Read, true, (*visit).export},
		},
		rehearse: func(r *rehearsal) {
			r.inside("log.html", logView{})
			r.inside("log.html", logView{Asked: true})
			r.inside("log.html", logView{Asked: true, Older: "/log", Looked: "1"})
			r.inside("log.html", rehearsedLog(r.e.words.date(r.now)))
		},
	}
}

const (
	logPage   = 50
	logExport = 50000 // entries at most in one file
)

// logView is a page of the log.
type logView struct {
	Entries  []logRow
	Children []string
	Older    string // the address of the next page; "" at the end
	Looked   string // how far back was looked, when that was not all; "" when it was
	Figures  *figuresView
	Export   bool
	Filter   logFilter
	Asked    bool // some filter is set
}

// logFilter is what was asked for, as it stands in the address.
type logFilter struct{ Child, Person, Way, Days, Trouble string }

type logRow struct {
	When, Stamp string
	From, To    string // "" is the gateway
	Length      int
	Parts       int
	Emergency   bool
	Fate        string // a locale's key after "fate."
	Why         string
}

// asked reads the filter of an address or a form. What nobody could have chosen asks for nothing.
func (v *visit) asked(value func(string) string) (f logFilter, q bridge.LogFilter) {
	f = logFilter{Child: value("child"), Person: strings.TrimSpace(value("person")), Way: value("way"), Days: value("days")}
	if value("trouble") != "" {
		f.Trouble, q.Trouble = "1", true
	}
	child, ok := v.d.Named(f.Child)
	if ok && v.d.May(v.who, bridge.See, child.ID) && child.Kind == bridge.KindChild {
		q.Child = child.ID
	} else {
		f.Child = ""
	}
	switch f.Way {
	case "from":
		q.Direction = policy.FromChild
	case "to":
		q.Direction = policy.ToChild
	default:
		f.Way = ""
	}
	switch f.Days {
	case "1", "7":
		days, _ := strconv.Atoi(f.Days) // one of the two
		q.Since = time.Date(v.now.Year(), v.now.Month(), v.now.Day()+1-days, 0, 0, 0, 0, v.now.Location())
	default:
		f.Days = ""
	}
	if len(f.Person) > 100 {
		f.Person = ""
	}
	q.Person = f.Person
	return f, q
}

func (f logFilter) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"child": f.Child, "person": f.Person, "way": f.Way, "days": f.Days, "trouble": f.Trouble} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func (v *visit) log() error {
	view := logView{Export: v.d.May(v.who, bridge.Read, 0)}
	var q bridge.LogFilter
	view.Filter, q = v.asked(func(name string) string { return v.c.Query(name) })
	before, _ := strconv.ParseInt(v.c.Query("before"), 10, 64) // no number is the newest
	q.Before, q.Limit = bridge.MessageID(max(before, 0)), logPage
	page, err := v.s.options.Office.SearchLog(v.ctx(), v.who, v.lang, q)
	if err != nil {
		return v.ended(err, "/log", "", nil)
	}
	if before <= 0 {
		if view.Figures, err = v.figures(view.Filter, q); err != nil {
			return v.ended(err, "/log", "", nil)
		}
	}
	address := view.Filter.query()
	view.Asked = len(address) > 0
	if page.More != 0 {
		address.Set("before", strconv.FormatInt(int64(page.More), 10))
		view.Older = "/log?" + address.Encode()
	}
	if !page.Looked.IsZero() {
		view.Looked = v.words().moment(page.Looked.In(v.now.Location()), v.now)
	}
	for _, child := range v.myChildren() {
		view.Children = append(view.Children, child.Name)
	}
	for _, e := range page.Entries {
		view.Entries = append(view.Entries, v.logRow(e))
	}
	return v.show("log.html", view)
}

func (v *visit) logRow(e bridge.LogEntry) logRow {
	at := e.At.In(v.now.Location())
	row := logRow{
		When: v.words().moment(at, v.now), Stamp: at.Format(time.RFC3339), From: e.Child, To: e.Other, Length: e.Length, Parts: e.Parts,
		Emergency: e.Emergency, Fate: fateOf(e), Why: e.Why,
	}
	other := e.Other
	if other == "" {
		other = e.Address
	}
	row.To = other
	if e.Direction == policy.ToChild.String() {
		row.From, row.To = other, e.Child
	}
	return row
}

// fateOf is what became of a message, in one word: the worst of what became of its legs, for they are few.
func fateOf(e bridge.LogEntry) string {
	switch policy.ParseAction(e.Verdict) {
	case policy.Hold:
		return "held"
	case policy.Ask:
		return "asked"
	case policy.Refuse:
		return "refused"
	}
	worst, fate := -1, "done"
	for _, leg := range e.Legs {
		if leg.Kind != "" && leg.Kind != string(bridge.ChatStanza) {
			continue // a receipt or a notice is not the message
		}
		for rank, state := range []bridge.LegState{bridge.Delivered, bridge.Sent, bridge.Queued, bridge.Unknown, bridge.Failed} {
			if leg.State == state && rank > worst {
				worst, fate = rank, string(state)
			}
		}
	}
	return fate
}

// export hands out the log as a file. Every reading of it is written down, and told to the children.
func (v *visit) export() error {
	_, q := v.asked(func(name string) string { return v.c.FormValue(name) })
	form := v.c.FormValue("as")
	if form != "csv" && form != "json" {
		return fiber.ErrBadRequest
	}
	q.Limit = logExport
	all, err := v.s.options.Office.ExportSearch(v.ctx(), v.who, v.lang, q)
	if err != nil {
		return v.ended(err, "/log", "", v.log)
	}
	v.c.Set(fiber.HeaderContentDisposition, `attachment; filename="knapp-`+v.now.Format("2006-01-02")+"."+form+`"`)
	if form == "json" {
		v.c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSONCharsetUTF8)
		return json.NewEncoder(v.c).Encode(all)
	}
	v.c.Set(fiber.HeaderContentType, "text/csv; charset=utf-8")
	return writeCSV(v.c, all)
}

// harmless is what a spreadsheet takes for no formula: a number with or without a plus, or what begins with a letter or
// a digit.
var harmless = regexp.MustCompile(`^(\+?[0-9]*|[\pL\pN].*)$`)

func writeCSV(w *fiber.Ctx, entries []bridge.LogEntry) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"id", "at", "direction", "child", "other", "address", "length", "parts", "emergency", "verdict", "reason", "why", "fate"})
	for _, e := range entries {
		fields := []string{
			strconv.FormatInt(int64(e.ID), 10), e.At.Format(time.RFC3339), e.Direction, e.Child, e.Other, e.Address,
			strconv.Itoa(e.Length), strconv.Itoa(e.Parts), strconv.FormatBool(e.Emergency), e.Verdict, string(e.Reason), e.Why, fateOf(e),
		}
		for i, field := range fields {
			if !harmless.MatchString(field) {
				fields[i] = "'" + field
			}
		}
		_ = out.Write(fields) // the writer keeps its error for Error
	}
	out.Flush()
	return out.Error()
}

func rehearsedLog(day string) logView {
	v := logView{Children: []string{"1"}, Older: "/log", Export: true}
	v.Figures = &figuresView{Days: []figuresDay{{Day: day, FromChild: 1, ToChild: 2, Trouble: 3}}, First: day, Last: day, From: 1, To: 2, Troubles: 3}
	for _, fate := range []string{"delivered", "sent", "queued", "held", "asked", "refused", "failed", "unknown", "done"} {
		v.Entries = append(v.Entries, logRow{From: "1", Emergency: true, Parts: 2, Fate: fate, Why: "3"})
	}
	return v
}
