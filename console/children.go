package console

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

func childrenScreen() screen {
	return screen{
		menu: "/children", aside: true,
		doors: []door{
			{"GET", "/children", bridge.See, false, (*visit).children},
			{"GET", "/children/new", bridge.Govern, true, (*visit).newChild},
			{"POST", "/children/new", bridge.Govern, true, (*visit).addChild},
			{"GET", "/children/:child", bridge.See, false, (*visit).child},
			{"POST", "/children/:child/edit", bridge.Arrange, false, (*visit).editChild},
			{"POST", "/children/:child/number", bridge.Arrange, true, (*visit).moveChild},
			{"POST", "/children/:child/guardian", bridge.Govern, true, (*visit).entrust},
			{"POST", "/children/:child/cut", bridge.See, true, (*visit).cutOff},
			{"POST", "/children/:child/waiting", bridge.See, false, (*visit).settle},
			{"POST", "/children/:child/archive", bridge.Govern, true, (*visit).archiveChild},
		},
		rehearse: func(r *rehearsal) {
			r.inside("children.html", childrenView{})
			r.inside("children.html", childrenView{May: true})
			r.inside("children.html", childrenView{May: true, Children: []childCard{
				{ID: 1, Name: "1", Initial: "1", Mode: "home", Listed: 2, Guardians: "2"}, {ID: 2, Name: "2", Lost: true},
			}})
			r.inside("child_new.html", newChildView{Guardians: []tickRow{{"1", true}, {"2", false}}, Sure: true})
			r.inside("child.html", childView{})
			r.inside("child.html", rehearsedChild())
		},
	}
}

// childrenView is the page of all children.
type childrenView struct {
	Children []childCard
	May      bool // add one
}

// childCard is what is known of a child at a glance.
type childCard struct {
	ID        policy.Person
	Name      string
	Initial   string
	Localpart string
	Phone     string
	Guardians string
	Listed    int // people on its list
	Lost      bool
	Mode      string
	Until     string // when the mode ends; "" for never
	Next      string
}

func (v *visit) children() error {
	view := childrenView{May: v.d.May(v.who, bridge.Govern, 0)}
	for _, child := range v.myChildren() {
		view.Children = append(view.Children, v.childCard(child))
	}
	return v.show("children.html", view)
}

func (v *visit) childCard(child bridge.Person) childCard {
	card := childCard{
		ID: child.ID, Name: child.Name, Localpart: child.Localpart, Phone: readable(string(child.Phone)),
		Listed: len(v.d.List(child.ID)), Lost: v.d.Rules.IsLost(child.ID), Mode: string(v.d.Rules.Mode(child.ID, v.now)),
	}
	first, _ := utf8.DecodeRuneInString(child.Name)
	card.Initial = strings.ToUpper(string(first))
	var guardians []string
	for _, g := range v.d.Guardians(child.ID) {
		guardians = append(guardians, g.Name)
	}
	card.Guardians = strings.Join(guardians, ", ")
	if at, next, ok := v.d.Rules.NextMode(child.ID, v.now); ok {
		card.Until, card.Next = v.words().moment(at, v.now), string(next)
	}
	return card
}

// readable is a number as people in its country write it; others are as they are.
func readable(number string) string {
	own, norwegian := strings.CutPrefix(number, "+47")
	if !norwegian || len(own) != 8 {
		return number
	}
	if own[0] == '4' || own[0] == '9' { // a mobile's
		return "+47 " + own[:3] + " " + own[3:5] + " " + own[5:]
	}
	return "+47 " + own[:2] + " " + own[2:4] + " " + own[4:6] + " " + own[6:]
}

// about returns whom an address speaks of; ok is false for nobody.
func (v *visit) about(parameter string) (bridge.Person, bool) {
	n, err := strconv.ParseInt(v.c.Params(parameter), 10, 64)
	if err != nil {
		return bridge.Person{}, false
	}
	return v.d.Person(policy.Person(n))
}

// myChild returns the child that an address speaks of, if the visitor is its guardian.
func (v *visit) myChild() (bridge.Person, bool) {
	child, ok := v.about("child")
	return child, ok && child.Kind == bridge.KindChild && v.d.May(v.who, bridge.See, child.ID)
}

// typed is what stands in a field of a form that was sent, else what is there already: who is refused need not write
// everything again.
func (v *visit) typed(field, now string) string {
	if v.c.Method() == fiber.MethodPost && v.c.Request().PostArgs().Has(field) {
		return v.c.FormValue(field)
	}
	return now
}

// tidy is a name without the spaces that nobody sees.
func tidy(name string) string { return strings.Join(strings.Fields(name), " ") }

// leads tells whether there is a page, for links from one subject to the other.
func (v *visit) leads(path string) string {
	if slices.ContainsFunc(v.s.doors, func(d door) bool { return d.method == fiber.MethodGet && d.path == path }) {
		return path
	}
	return ""
}

// childView is the page of one child.
type childView struct {
	childCard
	Language  string
	Default   string // a name; "" for the lowest key
	CodeWord  bool   // the family has one
	People    []string
	Answering []answeringRow
	Waiting   []waitingRow
	Others    []string // who can be made a guardian too
	Log       string   // the page's address
	Timetable string   // "" where there is no such page
	Keys      string
	Number    string // as it was typed
	NewName   string
	Arrange   bool
	Govern    bool
	Leave     bool // somebody can be asked to stop
	Fresh     bool // the password was given a short while ago
	Sure      bool // the number that was typed costs extra: a second word is asked for
}

// answeringRow is a guardian of the child.
type answeringRow struct {
	Name string
	Role string
	Me   bool
	Cut  bool // the visitor may ask for its end, or end its own
}

// waitingRow is the end of a guardianship that waits.
type waitingRow struct {
	Code string
	Name string
	When string
	Yes  bool // the visitor may agree
	No   bool // the visitor may take it back
}

func (v *visit) child() error {
	child, ok := v.myChild()
	if !ok {
		return fiber.ErrNotFound
	}
	return v.showChild(child, false)
}

func (v *visit) showChild(child bridge.Person, sure bool) error {
	view := childView{
		childCard: v.childCard(child), CodeWord: v.d.CodeWord != "", Sure: sure, Fresh: v.confirmed(),
		Arrange: v.d.May(v.who, bridge.Arrange, child.ID), Govern: v.d.May(v.who, bridge.Govern, child.ID),
		Timetable: v.leads("/timetable"), Keys: v.leads("/keys"), Number: v.typed("number", ""),
		NewName: v.typed("name", child.Name), Language: v.typed("language", child.Language),
	}
	view.Localpart = v.typed("localpart", view.Localpart)
	preferred, _ := v.d.Person(child.Default)
	view.Default = v.typed("default", preferred.Name)
	var guardians []bridge.Person
	for _, g := range v.d.Guardians(child.ID) {
		guardians = append(guardians, g)
		view.People = append(view.People, g.Name)
		me := g.ID == v.me.ID
		view.Answering = append(view.Answering, answeringRow{Name: g.Name, Role: string(g.Role), Me: me, Cut: me || view.Govern})
	}
	if len(guardians) == 1 {
		view.Answering[0].Cut = false // somebody must remain
	}
	view.Leave = slices.ContainsFunc(view.Answering, func(g answeringRow) bool { return g.Cut })
	for _, rule := range v.d.List(child.ID) {
		if p, ok := v.d.Person(rule.Contact); ok && rule.FromChild && !v.d.Rules.IsGuardian(child.ID, p.ID) {
			view.People = append(view.People, p.Name)
		}
	}
	for _, g := range v.d.AllGuardians() {
		if view.Govern && !v.d.Rules.IsGuardian(child.ID, g.ID) {
			view.Others = append(view.Others, g.Name)
		}
	}
	waiting, err := v.s.options.Office.Waiting(v.ctx(), v.who)
	if err != nil {
		return err
	}
	for _, p := range waiting.Changes {
		if p.Kind != bridge.CutGuardian || p.Child != child.ID {
			continue
		}
		g, _ := v.d.Person(p.Person)
		concerned := p.Person == v.me.ID
		view.Waiting = append(view.Waiting, waitingRow{
			Code: p.Code, Name: g.Name, When: words.Date(v.lang, p.Due.In(v.now.Location())), Yes: concerned,
			No: p.By.Person == v.me.ID || view.Govern && !concerned,
		})
	}
	return v.show("child.html", view)
}

func rehearsedChild() childView {
	return childView{
		childCard: childCard{ID: 1, Name: "1", Mode: "home", Until: "2", Next: "school", Lost: true}, Default: "2", People: []string{"2", "3"},
		Language: "nb", CodeWord: true, Timetable: "/1", Keys: "/2", Arrange: true, Govern: true, Fresh: true, Leave: true, Sure: true, Others: []string{"1"},
		Answering: []answeringRow{{"2", "owner", true, true}, {"3", "guardian", false, true}, {"2", "helper", false, false}, {"3", "viewer", false, false}},
		Waiting:   []waitingRow{{Code: "1", Name: "3", When: "1", Yes: true, No: true}},
	}
}

// leadsTo tells whether the pattern of a door is that of an address.
func leadsTo(pattern, address string) bool {
	return pattern == address || strings.Contains(pattern, "/:") && fiber.RoutePatternMatch(address, pattern)
}
