package console

import (
	"errors"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/words"
)

// newChildView is the form for a child that is new in the family.
type newChildView struct {
	ChildName string
	Phone     string
	Localpart string
	Language  string
	Guardians []tickRow
	Sure      bool // the number that was typed costs extra
}

// tickRow is something that can be ticked.
type tickRow struct {
	Name string
	On   bool
}

func (v *visit) newChild() error { return v.showNewChild(false) }

func (v *visit) showNewChild(sure bool) error {
	view := newChildView{
		ChildName: v.typed("name", ""), Phone: v.typed("phone", ""), Localpart: v.typed("localpart", ""), Language: v.typed("language", v.lang), Sure: sure,
	}
	chosen := v.chosen("guardian")
	for _, g := range v.d.AllGuardians() {
		on := g.ID == v.me.ID
		if v.c.Method() == fiber.MethodPost {
			on = chosen[g.Name]
		}
		view.Guardians = append(view.Guardians, tickRow{g.Name, on})
	}
	return v.show("child_new.html", view)
}

// chosen are the values of a field that a form may have several of.
func (v *visit) chosen(field string) map[string]bool {
	all := map[string]bool{}
	for _, value := range v.c.Request().PostArgs().PeekMulti(field) {
		all[string(value)] = true
	}
	return all
}

// costs tells whether an operation asks for an owner's second word, which the form shows a place for then.
func (v *visit) costs(err error) bool {
	var refused *bridge.Refusal
	return errors.As(err, &refused) && refused.Sentence == words.CostlySure
}

// finish goes on after an operation, as ended does, to a page with a query; a number that costs extra is said in the
// words of a page.
func (v *visit) finish(err error, path string, query url.Values, done string, again func() error) error {
	if err == nil {
		query.Set("done", done)
		return v.see(path, query)
	}
	return v.ended(err, path, done, func() error {
		if v.costs(err) {
			v.refused = "" // the form says it, beside the place for the second word
		}
		return again()
	})
}

func (v *visit) addChild() error {
	c := bridge.NewChild{
		Name: tidy(v.c.FormValue("name")), Localpart: v.c.FormValue("localpart"), Phone: v.c.FormValue("phone"),
		Language: v.c.FormValue("language"), Sure: v.c.FormValue("sure") != "",
	}
	chosen := v.chosen("guardian")
	for _, g := range v.d.AllGuardians() { // in the family's order, whatever the form's
		if chosen[g.Name] {
			c.Guardians = append(c.Guardians, g.Name)
		}
	}
	err := v.s.options.Office.AddChild(v.ctx(), v.who, c)
	return v.finish(err, "/children", url.Values{}, "child_added", func() error { return v.showNewChild(v.costs(err)) })
}

// aboutChild does something about the child of the address and goes back to its page.
func (v *visit) aboutChild(done string, do func(child bridge.Person) error) error {
	child, ok := v.myChild()
	if !ok {
		return fiber.ErrNotFound
	}
	err := do(child)
	return v.finish(err, "/children/"+v.c.Params("child"), url.Values{}, done, func() error { return v.showChild(child, v.costs(err)) })
}

func (v *visit) editChild() error {
	return v.aboutChild("child_edited", func(child bridge.Person) error {
		preferred, _ := v.d.Person(child.Default)
		return v.s.options.Office.EditChild(v.ctx(), v.who, child.Name, bridge.ChildEdit{
			Name: tidy(v.typed("name", child.Name)), Localpart: strings.TrimSpace(v.typed("localpart", child.Localpart)),
			Language: v.typed("language", child.Language), Default: v.typed("default", preferred.Name),
		})
	})
}

func (v *visit) moveChild() error {
	return v.aboutChild("number_changed", func(child bridge.Person) error {
		number := strings.TrimSpace(v.c.FormValue("number"))
		if number == "" || strings.Contains(number, "@") {
			return &bridge.Refusal{Sentence: words.NoAddress, Args: []any{number}}
		}
		return v.s.options.Office.ChangeNumber(v.ctx(), v.who, child.Name, number, v.c.FormValue("sure") != "")
	})
}

func (v *visit) entrust() error {
	return v.aboutChild("guardian_made", func(child bridge.Person) error {
		return v.s.options.Office.MakeGuardian(v.ctx(), v.who, child.Name, v.c.FormValue("who"))
	})
}

// cutOff ends a guardianship: one's own at once, another's with its yes or in seven days.
func (v *visit) cutOff() error {
	child, ok := v.myChild()
	if !ok {
		return fiber.ErrNotFound
	}
	waits, err := v.s.options.Office.CutOff(v.ctx(), v.who, child.Name, v.c.FormValue("who"))
	again := func() error { return v.showChild(child, false) }
	if err == nil && waits.Due.IsZero() { // the child is nothing of the visitor's any more
		return v.finish(nil, "/children", url.Values{}, "guardian_left", again)
	}
	return v.finish(err, "/children/"+v.c.Params("child"), url.Values{}, "guardian_cut", again)
}

// settle agrees to the end of a guardianship, or takes it back.
func (v *visit) settle() error {
	child, ok := v.myChild()
	if !ok {
		return fiber.ErrNotFound
	}
	again := func() error { return v.showChild(child, false) }
	switch code := v.c.FormValue("code"); v.c.FormValue("how") {
	case "yes":
		_, err := v.s.options.Office.Consent(v.ctx(), v.who, code)
		return v.finish(err, "/children", url.Values{}, "guardian_left", again)
	case "no":
		_, err := v.s.options.Office.Withdraw(v.ctx(), v.who, code)
		return v.finish(err, "/children/"+v.c.Params("child"), url.Values{}, "guardian_stays", again)
	}
	return fiber.ErrBadRequest
}

func (v *visit) archiveChild() error {
	child, ok := v.myChild()
	if !ok {
		return fiber.ErrNotFound
	}
	err := v.s.options.Office.ArchiveChild(v.ctx(), v.who, child.Name)
	return v.finish(err, "/children", url.Values{}, "child_archived", func() error { return v.showChild(child, false) })
}
