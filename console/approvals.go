package console

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func approvalsScreen() screen {
	return screen{
		menu: "/approvals",
		doors: []door{
			{"GET", "/approvals", bridge.See, false, (*visit).approvals},
			{"POST", "/approvals/answer", bridge.Approve, false, (*visit).answer},
			{"POST", "/approvals/text", bridge.Read, false, (*visit).showText},
			{"POST", "/approvals/consent", bridge.See, false, (*visit).consent},
		},
		rehearse: func(r *rehearsal) {
			r.inside("approvals.html", approvalsView{})
			r.inside("approvals.html", rehearsedApprovals())
		},
	}
}

// approvalsView is the page of questions about people who are on nobody's list yet.
type approvalsView struct {
	Open     []questionRow
	Answered []questionRow
	Just     *questionRow // what the visitor has answered a moment ago
	Changes  []changeRow
	May      bool // answer
	Owner    bool // say that a number that costs extra is meant
	Texts    bool // see what is held
}

// questionRow is one question.
type questionRow struct {
	Code     string
	Kind     string // "sms", "chat", "ask"
	Address  string
	Name     string // as a child calls whom it asks for
	Child    string // "" for an SMS from a stranger
	Children []string
	Known    []string // whose new number it may be
	Count    int
	Length   int
	When     string
	State    string // of one that was answered
	By       string
	Texts    []string // what is held, when it was asked for

	Taken string // of Children, Known: what the visitor had chosen when it was refused
	Moved string
	Sure  bool
}

// changeRow is a change that waits for somebody's yes.
type changeRow struct {
	Code    string
	Kind    string // "cut", "role", "owner", "held", "metadata", "audit"
	Role    string // which somebody is to have
	Child   string
	Who     string // who is to be cut off
	By      string
	Days    int
	Due     string // when it happens by itself; "" for never
	Yes, No bool   // the visitor may say so
}

func (v *visit) approvals() error { return v.showApprovals("", nil) }

// showApprovals shows the questions; texts are what is held for the question of a code.
func (v *visit) showApprovals(code string, texts []string) error {
	view := approvalsView{
		May: v.d.May(v.who, bridge.Approve, 0), Owner: v.d.May(v.who, bridge.Govern, 0), Texts: v.d.May(v.who, bridge.Read, 0),
	}
	open, err := v.s.options.Office.Questions(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, q := range open {
		row := v.questionRow(q, q.Latest)
		if q.Code == code {
			row.Texts = texts
		}
		if v.refused != "" && q.Code == strings.ToUpper(v.c.FormValue("code")) {
			row.Name, row.Taken, row.Moved = v.c.FormValue("name"), v.c.FormValue("child"), v.c.FormValue("known")
			row.Sure = v.c.FormValue("sure") != ""
		}
		view.Open = append(view.Open, row)
	}
	answered, err := v.s.options.Office.Answered(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, q := range answered {
		if q.State == bridge.QuestionOpen || q.State == bridge.QuestionExpired {
			continue
		}
		row := v.questionRow(q, q.Answered)
		row.State, row.By = string(q.State), "Knapp"
		if p, ok := v.d.Person(q.By.Person); ok {
			row.By = p.Name
		}
		view.Answered = append(view.Answered, row)
		if view.May && row.Code == v.c.Query("code") && q.By.Person == v.me.ID {
			view.Just = &row
		}
	}
	if view.Changes, err = v.changes(); err != nil {
		return err
	}
	return v.show("approvals.html", view)
}

// changes are those that wait for somebody's yes.
func (v *visit) changes() ([]changeRow, error) {
	waiting, err := v.s.options.Office.Waiting(v.ctx(), v.who)
	if err != nil {
		return nil, err
	}
	rows := make([]changeRow, 0, len(waiting.Changes))
	for _, p := range waiting.Changes {
		child, _ := v.d.Person(p.Child)
		person, _ := v.d.Person(p.Person)
		by, ok := v.d.Person(p.By.Person)
		if !ok {
			by.Name = "Knapp" // the keeper's wish
		}
		mine := p.By.Person == v.me.ID
		row := changeRow{Code: p.Code, Child: child.Name, Who: person.Name, By: by.Name, Days: p.Days}
		if !p.Due.IsZero() {
			row.Due = v.words().moment(p.Due.In(v.now.Location()), v.now)
		}
		switch p.Kind {
		case bridge.CutGuardian:
			row.Kind, row.Yes = "cut", p.Person == v.me.ID
			row.No = mine || v.d.May(v.who, bridge.Govern, p.Child) && p.Person != v.me.ID
		case bridge.ChangeRole:
			concerned, owner := p.Person == v.me.ID, v.d.Governs(v.who, person)
			if row.Kind, row.Role = "role", string(p.Role); p.Due.IsZero() {
				row.Kind, row.Yes, row.No = "owner", owner && !mine && !concerned, owner || concerned
			} else {
				row.Yes, row.No = concerned, mine || owner && !concerned
			}
		default:
			row.Kind, row.Yes, row.No = string(p.What), !mine && v.d.May(v.who, bridge.Arrange, p.Child), true
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// consent says yes or no to a change that waits.
func (v *visit) consent() error {
	code := v.c.FormValue("code")
	var err error
	how := v.c.FormValue("how")
	switch how {
	case "agree":
		_, err = v.s.options.Office.Consent(v.ctx(), v.who, code)
	case "withdraw":
		_, err = v.s.options.Office.Withdraw(v.ctx(), v.who, code)
	default:
		return fiber.ErrBadRequest
	}
	return v.ended(err, "/approvals", how, v.approvals)
}

func (v *visit) questionRow(q bridge.Question, at time.Time) questionRow {
	row := questionRow{
		Code: q.Code, Kind: string(q.Kind), Address: q.Address, Name: q.Name, Count: q.Count, Length: q.Length,
		When: v.words().moment(at.In(v.now.Location()), v.now), Known: v.known(q.Child),
	}
	if child, ok := v.d.Person(q.Child); ok {
		row.Child = child.Name
		return row
	}
	for _, child := range v.myChildren() {
		row.Children = append(row.Children, child.Name)
	}
	return row
}

// known are the people on a child's list, or (0) on those of all of the visitor's children.
func (v *visit) known(child policy.Person) []string {
	var out []string
	seen := map[policy.Person]bool{}
	for _, k := range v.myChildren() {
		if child != 0 && child != k.ID {
			continue
		}
		for _, rule := range v.d.List(k.ID) {
			p, ok := v.d.Person(rule.Contact)
			if ok && !seen[p.ID] && p.Kind != bridge.KindChild {
				seen[p.ID] = true
				out = append(out, p.Name)
			}
		}
	}
	return out
}

// answer gives one of the answers, or takes one back, by the same operations as chat and command line.
func (v *visit) answer() error {
	office, code := v.s.options.Office, v.c.FormValue("code")
	sure := v.c.FormValue("sure") != ""
	admission := bridge.Admission{Child: v.c.FormValue("child"), Name: v.c.FormValue("name"), Sure: sure}
	var err error
	how := v.c.FormValue("how")
	switch how {
	case "allow":
		_, err = office.Approve(v.ctx(), v.who, code, admission)
	case "once":
		_, err = office.Once(v.ctx(), v.who, code, admission)
	case "block":
		_, err = office.Refuse(v.ctx(), v.who, code)
	case "moved":
		_, err = office.NewNumber(v.ctx(), v.who, code, v.c.FormValue("known"), sure)
	case "undo":
		_, err = office.Undo(v.ctx(), v.who, code)
	default:
		return fiber.ErrBadRequest
	}
	if err == nil {
		return v.see("/approvals", url.Values{"done": {how}, "code": {strings.ToUpper(code)}})
	}
	return v.ended(err, "/approvals", how, v.approvals)
}

// showText shows what a stranger wrote, once: it is written down, and told.
func (v *visit) showText() error {
	code := v.c.FormValue("code")
	texts, err := v.s.options.Office.ShowText(v.ctx(), v.who, code)
	if err != nil {
		return v.ended(err, "/approvals", "", v.approvals)
	}
	return v.showApprovals(code, texts)
}

// ended goes on after an operation: back to its page when it was done, to the page with the reason when it was refused.
func (v *visit) ended(err error, path, done string, again func() error) error {
	var refused *bridge.Refusal
	switch {
	case err == nil:
		return v.done(path, done)
	case errors.As(err, &refused):
		v.refused = refused.Say(v.lang)
		v.c.Status(fiber.StatusUnprocessableEntity)
		if v.d, err = v.s.options.Store.Directory(v.ctx()); err != nil {
			return err
		}
		return again()
	case errors.Is(err, bridge.ErrNotAllowed):
		return v.deny()
	}
	return err
}

func rehearsedApprovals() approvalsView {
	v := approvalsView{May: true, Owner: true, Texts: true, Open: []questionRow{
		{Code: "1", Kind: "sms", Address: "1", Children: []string{"1", "2"}, Known: []string{"3"}},
		{Code: "2", Kind: "chat", Address: "2", Child: "1", Texts: []string{"1"}},
		{Code: "3", Kind: "ask", Address: "3", Child: "1", Name: "2"},
	}}
	v.Just = &questionRow{Code: "1", Address: "2"}
	for _, kind := range []string{"cut", "role", "owner", "held", "metadata", "audit"} {
		v.Changes = append(v.Changes, changeRow{Code: "1", Kind: kind, Role: "viewer", Child: "1", Who: "2", By: "3", Days: 2, Due: "1", Yes: true, No: true})
	}
	for _, state := range []string{"allowed", "once", "blocked", "moved"} {
		v.Answered = append(v.Answered, questionRow{Code: "1", Address: "2", State: state, By: "3"})
	}
	return v
}
