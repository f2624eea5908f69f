package console

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func contactsScreen() screen {
	return screen{
		menu: "/contacts", aside: true,
		doors: []door{
			{"GET", "/contacts", bridge.See, false, (*visit).contacts},
			{"GET", "/contacts/new", bridge.Arrange, false, (*visit).newContact},
			{"POST", "/contacts/new", bridge.Arrange, false, (*visit).addContact},
			{"GET", "/contacts/blocked", bridge.See, false, (*visit).blocked},
			{"POST", "/contacts/block", bridge.Approve, false, (*visit).block},
			{"POST", "/contacts/unblock", bridge.Approve, false, (*visit).unblock},
			{"GET", "/contacts/:person", bridge.See, false, (*visit).contact},
			{"POST", "/contacts/:person/rename", bridge.See, false, (*visit).renameContact},
			{"POST", "/contacts/:person/number", bridge.Arrange, false, (*visit).moveContact},
			{"POST", "/contacts/:person/reach", bridge.See, true, (*visit).reachGuardian},
			{"POST", "/contacts/:person/remove", bridge.Arrange, false, (*visit).removeContact},
			{"GET", "/contacts/:person/:child", bridge.See, false, (*visit).cell},
			{"POST", "/contacts/:person/:child", bridge.Arrange, false, (*visit).setCell},
			{"POST", "/contacts/:person/:child/remove", bridge.Arrange, false, (*visit).removeFromList},
			{"POST", "/contacts/:person/:child/modem", bridge.Arrange, false, (*visit).setOwnNumber},
		},
		rehearse: func(r *rehearsal) {
			r.inside("contacts.html", matrixView{})
			r.inside("contacts.html", matrixView{Children: []columnHead{{1, "1"}}})
			r.inside("contacts.html", matrixView{Children: []columnHead{{1, "1"}}, Query: "2"})
			r.inside("contacts.html", rehearsedMatrix(false))
			r.inside("contacts.html", rehearsedMatrix(true))
			r.inside("cell.html", rehearsedCell(true))
			r.inside("cell.html", rehearsedCell(false))
			for _, way := range []string{"both", "to", "from", "shut", "none"} {
				r.inside("cell.html", cellView{matrixCell: matrixCell{Way: way}, Listed: true, From: true})
				r.inside("cell.html", cellView{matrixCell: matrixCell{Way: way}, Listed: true, Arrange: true, Wrong: "cell.nohours"})
			}
			r.inside("contact_new.html", newContactView{Children: []tickRow{{"1", true}}, Hours: []hourRow{{"home", "1", true}}, Sure: true, Owner: true, Wrong: "contact.noaddress"})
			r.inside("contact.html", contactView{Kind: "contact"})
			r.inside("contact.html", contactView{Kind: "contact", Edit: true, Sure: true, Remove: true, Lists: []listRow{{1, "1", matrixCell{Way: "both"}}}})
			r.inside("contact.html", contactView{Kind: "guardian", Role: "owner", Me: true, Edit: true, Fresh: true})
			r.inside("contact.html", contactView{Kind: "guardian", Phone: "1", JID: "2"})
			r.inside("contact.html", contactView{Kind: "guardian", Phone: "1", JID: "2", Edit: true})
			r.inside("contact.html", contactView{Kind: "child", Lists: []listRow{{1, "1", matrixCell{Way: "to"}}}})
			r.inside("blocked.html", blockedView{})
			r.inside("blocked.html", blockedView{May: true, Blocks: []blockRow{{"1", "", "", "2", "3"}, {"1", "2", "2", "3", ""}}, Children: []columnHead{{1, "1"}}})
		},
	}
}

// newContactView is the form for somebody new.
type newContactView struct {
	Name      string
	Address   string
	Children  []tickRow // whom the visitor arranges for
	From, To  bool
	Emergency bool
	Always    bool
	Hours     []hourRow
	Sure      bool // the number that was typed costs extra
	Owner     bool // may say that it is meant
	Wrong     string
}

func (v *visit) newContact() error { return v.showNewContact(false, "") }

// showNewContact shows the form; wrong is a locale's key for what it lacks.
func (v *visit) showNewContact(sure bool, wrong string) error {
	if wrong != "" {
		v.c.Status(fiber.StatusUnprocessableEntity)
	}
	posted := v.c.Method() == fiber.MethodPost
	flag := func(field string, first bool) bool {
		if posted {
			return v.c.FormValue(field) != ""
		}
		return first
	}
	view := newContactView{
		Name: v.typed("name", ""), Address: v.typed("address", ""), Sure: sure, Owner: v.d.May(v.who, bridge.Govern, 0), Wrong: wrong,
		From: flag("from", true), To: flag("to", true), Emergency: flag("emergency", false), Always: !posted || v.c.FormValue("always") == "1",
	}
	chosen, ticked := v.chosen("child"), v.chosen("when")
	mine := v.arranged()
	for _, child := range mine {
		on := v.c.Query("child") == idOf(child.ID) || len(mine) == 1
		if posted {
			on = chosen[child.Name]
		}
		view.Children = append(view.Children, tickRow{child.Name, on})
	}
	names, err := v.hours()
	if err != nil {
		return err
	}
	for _, name := range names {
		view.Hours = append(view.Hours, hourRow{Value: name, Name: v.hoursInWords(name), On: ticked[name]})
	}
	return v.show("contact_new.html", view)
}

// arranged are the children whose lists the visitor may change.
func (v *visit) arranged() []bridge.Person {
	return slices.DeleteFunc(v.myChildren(), func(p bridge.Person) bool { return !v.d.May(v.who, bridge.Arrange, p.ID) })
}

func (v *visit) addContact() error {
	line, err := v.line(bridge.Person{}, bridge.Person{}, policy.Rule{})
	if err != nil {
		return err
	}
	if line.Key = 0; line.When == "" { // a key is given child by child
		return v.showNewContact(false, "cell.nohours")
	}
	c := bridge.NewContact{Name: tidy(v.c.FormValue("name")), Address: strings.TrimSpace(v.c.FormValue("address")), Sure: v.c.FormValue("sure") != ""}
	if c.Address == "" {
		return v.showNewContact(false, "contact.noaddress")
	}
	var children []string
	chosen, back := v.chosen("child"), url.Values{}
	for _, child := range v.arranged() {
		if chosen[child.Name] {
			children = append(children, child.Name)
			back.Set("child", idOf(child.ID))
		}
	}
	if len(children) != 1 {
		back = url.Values{}
	}
	err = v.s.options.Office.AddContactTo(v.ctx(), v.who, children, c, line)
	return v.finish(err, "/contacts", back, "contact_added", func() error { return v.showNewContact(v.costs(err), "") })
}

// blockedView is the page of addresses that nobody is asked about.
type blockedView struct {
	Blocks   []blockRow
	Children []columnHead
	Address  string
	May      bool
}

type blockRow struct {
	Address string
	Child   string // "" for all
	Name    string // the same, for the form
	When    string
	By      string // "" for the keeper
}

func (v *visit) blocked() error {
	list, err := v.s.options.Office.Blocks(v.ctx(), v.who)
	if err != nil {
		return v.ended(err, "/contacts", "", nil)
	}
	view := blockedView{May: v.d.May(v.who, bridge.Approve, 0), Address: v.typed("address", "")}
	for _, b := range list {
		child, _ := v.d.Person(b.Child)
		by, _ := v.d.Person(b.Who)
		view.Blocks = append(view.Blocks, blockRow{
			Address: readable(b.Address), Child: child.Name, Name: b.Address, When: v.words().moment(b.At.In(v.now.Location()), v.now), By: by.Name,
		})
	}
	for _, child := range v.myChildren() {
		view.Children = append(view.Children, columnHead{child.ID, child.Name})
	}
	return v.show("blocked.html", view)
}

func (v *visit) block() error {
	address := strings.TrimSpace(v.c.FormValue("address"))
	if address == "" || len(address) > 200 {
		return fiber.ErrBadRequest
	}
	err := v.s.options.Office.Block(v.ctx(), v.who, address, v.c.FormValue("child"))
	return v.finish(err, "/contacts/blocked", url.Values{}, "block", v.blocked)
}

func (v *visit) unblock() error {
	err := v.s.options.Office.Unblock(v.ctx(), v.who, v.c.FormValue("address"), v.c.FormValue("child"))
	return v.finish(err, "/contacts/blocked", url.Values{}, "unblocked", v.blocked)
}
