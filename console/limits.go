package console

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

func limitsScreen() screen {
	return screen{
		menu: "/limits", aside: true,
		doors: []door{
			{"GET", "/limits", bridge.See, false, (*visit).limits},
			{"POST", "/limits/release", bridge.Approve, false, (*visit).releaseStop},
			{"POST", "/limits/child", bridge.Arrange, false, (*visit).setChildLimits},
			{"POST", "/limits/gateway", bridge.Govern, false, (*visit).setGatewayLimits},
			{"POST", "/limits/storm", bridge.Govern, false, (*visit).setStorm},
		},
		rehearse: func(r *rehearsal) {
			r.inside("limits.html", limitsView{})
			r.inside("limits.html", rehearsedLimits())
		},
	}
}

// limitsView is what SMS may cost, what they did, and what was stopped.
type limitsView struct {
	Stops    []stopRow
	Children []budgetRow
	Gateway  budgetRow
	Govern   bool // the visitor may set the gateway's
	Storm    stormForm
}

// stormForm is how many texts in ten minutes are too many.
type stormForm struct {
	Now   int
	Value string // as it was set or typed; "" for as usual
	Typed bool   // it was refused a moment ago
}

// stopRow is something that was stopped until a guardian releases it.
type stopRow struct {
	Child       policy.Person
	Other       policy.Person // 0 is the gateway's own answers
	Name, Whose string
	Why         string // "storm", "repeats", "answers", "asks"
	When        string
	May         bool
}

// budgetRow is a child's budget, or the gateway's.
type budgetRow struct {
	ID         policy.Person // 0 is the gateway
	Name       string
	Day, Month meter
	Reserve    int
	Contacts   []contactSpent
	Contact    int // how many one contact may cause a day; 0 for no limit
	May        bool
	Typed      bool // it was refused a moment ago
	Fields     []limitField
}

// meter is a budget as a bar: what is spent of what there is.
type meter struct {
	Spent, Most int // Most 0 is no limit
	Guardians   int // from here on only guardians' pass
	State       string
}

type contactSpent struct {
	Name string
	meter
}

// limitField is one limit in a form. Value is as it was set, "" for as usual.
type limitField struct {
	Key   string // "day", "month", "contact", "reserve"
	ID    string
	Value string
	None  bool // no limit is set
	Now   int  // what holds, when nothing is set; 0 for no limit
}

// nearlyShare is from which share of a budget in percent on it is shown as nearly spent, as the guardians are told.
const nearlyShare = 80

func newMeter(spent, most, reserve int) meter {
	m := meter{Spent: spent, Most: most, Guardians: max(most-reserve, 0), State: "well"}
	switch {
	case most == 0:
	case spent >= most:
		m.State = "spent"
	case reserve > 0 && spent >= m.Guardians:
		m.State = "guardians"
	case spent*100 >= m.Guardians*nearlyShare:
		m.State = "nearly"
	}
	return m
}

func (v *visit) limits() error { return v.showLimits(0, nil) }

// showLimits shows the budgets; typed is what a form said that was refused, of a child or (0) the gateway.
func (v *visit) showLimits(about policy.Person, typed map[string]string) error {
	office := v.s.options.Office
	status, err := office.Status(v.ctx(), v.who)
	if err != nil {
		return err
	}
	all, err := office.FamilyLimits(v.ctx(), v.who)
	if err != nil {
		return err
	}
	view := limitsView{Govern: v.d.May(v.who, bridge.Govern, 0), Storm: v.stormForm(all.Storm)}
	for _, s := range status.Stops {
		row := stopRow{Child: s.Child, Other: s.Other, Why: s.Why, May: v.d.May(v.who, bridge.Approve, s.Child)}
		child, _ := v.d.Person(s.Child)
		other, _ := v.d.Person(s.Other)
		row.Name, row.Whose, row.When = child.Name, other.Name, v.words().moment(s.At.In(v.now.Location()), v.now)
		view.Stops = append(view.Stops, row)
	}
	for _, b := range status.Budgets {
		row := budgetRow{
			ID: b.Child, Name: b.Name, Reserve: b.Limits.Reserve, Contact: b.Limits.Contact,
			Day: newMeter(b.Day, b.Limits.Day, b.Limits.Reserve), Month: newMeter(b.Month, b.Limits.Month, b.Limits.Reserve),
		}
		if b.Child == 0 {
			row.May, row.Fields = view.Govern, limitFields(0, all.Row(), b.Limits)
			row.Fields = append(row.Fields[:2:2], row.Fields[3]) // one contact's are of a child
			row.retype(about, typed)
			view.Gateway = row
			continue
		}
		spending, err := office.Spending(v.ctx(), v.who, b.Child)
		if err != nil {
			return err
		}
		for _, c := range spending.Contacts {
			if c.Parts > 0 {
				most := b.Limits.Contact
				if v.d.Rules.IsGuardian(b.Child, c.Person) {
					most = 0 // the limit of one contact is not for guardians
				}
				row.Contacts = append(row.Contacts, contactSpent{c.Name, newMeter(c.Parts, most, 0)})
			}
		}
		row.May, row.Fields = v.d.May(v.who, bridge.Arrange, b.Child), limitFields(b.Child, spending.Limits.Row(), b.Limits)
		row.retype(about, typed)
		view.Children = append(view.Children, row)
	}
	return v.show("limits.html", view)
}

// limitFields are the fields of a form: what is set, and what holds.
func limitFields(child policy.Person, set bridge.LimitsRow, now policy.Limits) []limitField {
	fields := []limitField{
		{Key: "day", Now: now.Day}, {Key: "month", Now: now.Month}, {Key: "contact", Now: now.Contact}, {Key: "reserve", Now: now.Reserve},
	}
	for i, value := range []int{set.Day, set.Month, set.Contact, set.Reserve} {
		f := &fields[i]
		f.ID = f.Key + "-" + strconv.FormatInt(int64(child), 10)
		switch value {
		case 0:
		case bridge.NoLimit:
			f.None = true
		default:
			f.Value = strconv.Itoa(value)
		}
	}
	return fields
}

// retype puts back what was typed into a form that was refused.
func (b *budgetRow) retype(about policy.Person, typed map[string]string) {
	if typed == nil || about != b.ID {
		return
	}
	b.Typed = true
	for i := range b.Fields {
		f := &b.Fields[i]
		f.Value, f.None = typed[f.Key], typed["no-"+f.Key] != ""
	}
}

// mostParts is the highest limit that somebody can mean: beyond it there is none.
const mostParts = 100_000

// typedLimits reads a form of limits: an empty field is as usual, a tick is none.
func (v *visit) typedLimits() (l bridge.LimitsRow, typed map[string]string, ok bool) {
	typed, ok = map[string]string{}, true
	for key, into := range map[string]*int{"day": &l.Day, "month": &l.Month, "contact": &l.Contact, "reserve": &l.Reserve} {
		said := v.shortly(key)
		typed[key], typed["no-"+key] = said, v.c.FormValue("no-"+key)
		switch n, err := strconv.Atoi(strings.ReplaceAll(said, " ", "")); {
		case typed["no-"+key] != "":
			*into = bridge.NoLimit
		case said == "":
		case err != nil || n < 0 || n > mostParts || n == 0 && key != "reserve":
			ok = false
		case n == 0:
			*into = bridge.NoLimit // nothing is kept back
		default:
			*into = n
		}
	}
	return l, typed, ok
}

// noNumber is said of what is no limit. To let nobody write is to change the list.
var noNumber = words.Sentence{
	Bokmål:  "En grense er et tall fra 1 til 100000. La feltet stå tomt for det vanlige.",
	English: "A limit is a number from 1 to 100000. Leave the field empty for the usual one.",
}

func (v *visit) setChildLimits() error {
	child, ok := v.childOf(bridge.Arrange)
	switch {
	case v.c.FormValue("child") == "" || child.ID == 0 && ok:
		return fiber.ErrBadRequest
	case !ok:
		return v.deny()
	}
	l, typed, ok := v.typedLimits()
	again := func() error { return v.showLimits(child.ID, typed) }
	if !ok {
		return v.unclear(noNumber, nil, again)
	}
	return v.limited(v.s.options.Office.SetLimits(v.ctx(), v.who, child.ID, l.Child()), child.ID, "limits", again)
}

func (v *visit) setGatewayLimits() error {
	l, typed, ok := v.typedLimits()
	again := func() error { return v.showLimits(0, typed) }
	if !ok {
		return v.unclear(noNumber, nil, again)
	}
	now, err := v.s.options.Office.FamilyLimits(v.ctx(), v.who)
	if err != nil {
		return v.limited(err, 0, "limits", again)
	}
	now.Day, now.Month, now.Reserve = l.Day, l.Month, l.Reserve
	return v.limited(v.s.options.Office.SetFamilyLimits(v.ctx(), v.who, now), 0, "limits", again)
}

// stormForm tells how many texts make a storm, and what was typed of it.
func (v *visit) stormForm(set int) stormForm {
	form := stormForm{Now: cmp.Or(set, bridge.DefaultStorm)}
	if set != 0 {
		form.Value = strconv.Itoa(set)
	}
	if v.c.Path() == "/limits/storm" {
		form.Value, form.Typed = v.typed("storm", form.Value), true
	}
	return form
}

// setStorm sets how many texts in ten minutes are too many; an empty field is as usual.
func (v *visit) setStorm() error {
	again := func() error { return v.showLimits(0, nil) }
	texts := 0
	if said := v.shortly("storm"); said != "" {
		n, err := strconv.Atoi(strings.ReplaceAll(said, " ", ""))
		if err != nil || n <= 0 {
			return v.unclear(noNumber, nil, again)
		}
		texts = n
	}
	return v.limited(v.s.options.Office.SetStorm(v.ctx(), v.who, texts), 0, "storm", again)
}

// limited goes on after limits were set: back to them, or to the form again with the reason why not.
func (v *visit) limited(err error, about policy.Person, done string, again func() error) error {
	var problems bridge.Problems
	switch {
	case err == nil:
		return v.see("/limits", url.Values{"done": {done}})
	case errors.As(err, &problems) && len(problems) > 0:
		v.refused = problems[0].Say(v.lang)
		v.c.Status(fiber.StatusUnprocessableEntity)
		return again()
	}
	return v.ended(err, "/limits", "", again)
}

func (v *visit) releaseStop() error {
	child, other := v.person("child"), v.person("other")
	if child == 0 {
		return fiber.ErrBadRequest
	}
	return v.ended(v.s.options.Office.Release(v.ctx(), v.who, child, other), "/limits", "released", v.limits)
}

func rehearsedLimits() limitsView {
	view := limitsView{Govern: true, Storm: stormForm{1, "2", true}}
	for _, why := range []string{"storm", "repeats", "answers", "asks"} {
		view.Stops = append(view.Stops, stopRow{Child: 1, Other: 2, Name: "1", Whose: "2", Why: why, When: "3", May: true}, stopRow{Child: 1, Name: "1", Why: why})
	}
	for i, m := range []meter{newMeter(1, 9, 2), newMeter(6, 9, 2), newMeter(8, 9, 2), newMeter(9, 9, 2), newMeter(1, 0, 0)} {
		view.Children = append(view.Children, budgetRow{
			ID: policy.Person(i + 1), Name: "1", Day: m, Month: m, Reserve: i, Contact: i, May: i > 0,
			Contacts: []contactSpent{{"2", m}}, Fields: limitFields(policy.Person(i+1), bridge.LimitsRow{Day: i - 1, Month: 3}, policy.Limits{Day: 3}),
		})
	}
	view.Children = append(view.Children, budgetRow{ID: 6, Name: "1", Day: newMeter(0, 9, 2), Month: newMeter(0, 0, 0), Contact: 1})
	view.Gateway = budgetRow{Day: newMeter(1, 9, 2), Month: newMeter(1, 0, 0), Reserve: 2, May: true, Fields: limitFields(0, bridge.LimitsRow{}, policy.Limits{})}
	return view
}
