package console

import (
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// contactView is the page of one person.
type contactView struct {
	ID      policy.Person
	Name    string
	NewName string
	Kind    string
	Me      bool
	Role    string // of a guardian
	Phone   string
	JID     string
	Address string // as it was typed
	Lists   []listRow
	Edit    bool // its name and addresses
	Remove  bool // from all lists
	Fresh   bool // the password was given a short while ago
	Sure    bool // the number that was typed costs extra
}

// listRow is a child and what joins the person to it.
type listRow struct {
	ID   policy.Person
	Name string
	matrixCell
}

func (v *visit) contact() error {
	p, ok := v.acquaintance("person")
	if !ok {
		return fiber.ErrNotFound
	}
	return v.showContact(p, false)
}

func (v *visit) showContact(p bridge.Person, sure bool) error {
	view := contactView{
		ID: p.ID, Name: p.Name, NewName: v.typed("name", p.Name), Kind: string(p.Kind), Me: p.ID == v.me.ID, Role: string(p.Role),
		Phone: v.typed("phone", string(p.Phone)), JID: v.typed("jid", string(p.JID)), Address: v.typed("address", ""), Fresh: v.confirmed(), Sure: sure,
	}
	arranges := true
	for _, child := range v.d.Children() {
		_, listed := v.d.Rules.Rule(child.ID, p.ID)
		may := v.d.May(v.who, bridge.Arrange, child.ID)
		arranges = arranges && (may || !listed)
		view.Remove = view.Remove || may && listed
	}
	view.Remove = view.Remove && p.Kind == bridge.KindContact
	switch p.Kind {
	case bridge.KindContact:
		view.Edit = arranges && v.d.May(v.who, bridge.Arrange, 0)
	case bridge.KindGuardian:
		view.Edit = view.Me || !p.Decides() && v.d.May(v.who, bridge.Govern, 0)
	}
	for _, child := range v.myChildren() {
		if child.ID != p.ID {
			view.Lists = append(view.Lists, listRow{child.ID, child.Name, v.matrixCell(child, p)})
		}
	}
	return v.show("contact.html", view)
}

// aboutContact does something about the person of the address and goes back to its page.
func (v *visit) aboutContact(done string, do func(p bridge.Person) error) error {
	p, ok := v.acquaintance("person")
	if !ok {
		return fiber.ErrNotFound
	}
	err := do(p)
	return v.finish(err, "/contacts/"+idOf(p.ID), url.Values{}, done, func() error { return v.showContact(p, v.costs(err)) })
}

func (v *visit) renameContact() error {
	return v.aboutContact("renamed", func(p bridge.Person) error {
		return v.s.options.Office.Rename(v.ctx(), v.who, p.Name, tidy(v.c.FormValue("name")))
	})
}

func (v *visit) moveContact() error {
	return v.aboutContact("number_changed", func(p bridge.Person) error {
		if p.Kind != bridge.KindContact { // a child's and a guardian's take the password
			return fiber.ErrBadRequest
		}
		return v.s.options.Office.ChangeNumber(v.ctx(), v.who, p.Name, strings.TrimSpace(v.c.FormValue("address")), v.c.FormValue("sure") != "")
	})
}

// reachGuardian says how a guardian is reached: by itself, or by an owner.
func (v *visit) reachGuardian() error {
	return v.aboutContact("reach", func(p bridge.Person) error {
		return v.s.options.Office.SetReach(v.ctx(), v.who, p.Name, v.c.FormValue("jid"), v.c.FormValue("phone"), v.c.FormValue("sure") != "")
	})
}

// removeContact takes somebody off the lists of all the visitor's children.
func (v *visit) removeContact() error {
	p, ok := v.acquaintance("person")
	if !ok {
		return fiber.ErrNotFound
	}
	err := v.s.options.Office.RemoveFromAll(v.ctx(), v.who, p.Name)
	return v.finish(err, "/contacts", url.Values{}, "off_all", func() error { return v.showContact(p, false) })
}
