package console

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// cellView is what joins one person to one child, to be read and changed.
type cellView struct {
	matrixCell
	ChildName string
	ID        policy.Person
	Name      string
	Guardian  bool // of this child
	IsChild   bool // another child of the family
	Listed    bool
	Arrange   bool
	Mine      bool // it is the visitor itself: only its own way it may close
	From, To  bool
	Always    bool
	Hours     []hourRow
	Keys      []keyRow
	List      bool // the visitor came from the list of one child
	Wrong     string
	Numbers   []numberRow // that can be this person's own towards the child; none where there is one modem
	Own       string      // the modem whose number is, or was chosen to be
}

// numberRow is a number of the gateway's that can be somebody's own.
type numberRow struct {
	Modem, Number string
	Whose         string // somebody else's; "" for nobody's
}

// hourRow is a part of the day, or a timetable, that a rule can be open in.
type hourRow struct {
	Value string
	Name  string
	On    bool
}

// keyRow is a key of the phone and who is on it.
type keyRow struct {
	Key  int
	Who  string // somebody else; "" for nobody
	Here bool
}

// idOf is a person as addresses and forms name it.
func idOf(p policy.Person) string { return strconv.FormatInt(int64(p), 10) }

// joined returns the child and the other that an address speaks of.
func (v *visit) joined() (child, p bridge.Person, ok bool) {
	child, ok = v.myChild()
	if !ok {
		return child, p, false
	}
	p, ok = v.acquaintance("person")
	return child, p, ok && p.ID != child.ID
}

func (v *visit) cell() error {
	child, p, ok := v.joined()
	if !ok {
		return fiber.ErrNotFound
	}
	return v.showCell(child, p, "")
}

// showCell shows the form; wrong is a locale's key for what it lacks.
func (v *visit) showCell(child, p bridge.Person, wrong string) error {
	rule, listed := v.d.Rules.Rule(child.ID, p.ID)
	view := cellView{
		matrixCell: v.matrixCell(child, p), ChildName: child.Name, ID: p.ID, Name: p.Name, IsChild: p.Kind == bridge.KindChild,
		Guardian: v.d.Rules.IsGuardian(child.ID, p.ID), Listed: listed, Arrange: v.d.May(v.who, bridge.Arrange, child.ID),
		Mine: p.ID == v.me.ID, Wrong: wrong, From: rule.FromChild, To: rule.ToChild, List: v.c.Query("list") != "" || v.typed("list", "") != "",
	}
	if !listed {
		view.From, view.To, rule.When = true, true, policy.Always
	}
	view.Always = rule.When == policy.Always
	on := map[string]bool{}
	for word := range strings.SplitSeq(rule.When, ",") {
		on[strings.TrimSpace(word)] = true
	}
	if v.c.Request().PostArgs().Has("always") { // who is refused need not choose everything again
		ticked := v.chosen("when")
		view.From, view.To, view.Always = v.c.FormValue("from") != "", v.c.FormValue("to") != "", v.c.FormValue("always") == "1"
		view.Emergency, on = v.c.FormValue("emergency") != "", ticked
		view.Key, _ = strconv.Atoi(v.c.FormValue("key")) // what is no number is no key
	}
	names, err := v.hours()
	if err != nil {
		return err
	}
	for _, name := range names {
		view.Hours = append(view.Hours, hourRow{Value: name, Name: v.hoursInWords(name), On: on[name]})
	}
	for key := 1; key <= 9; key++ {
		row := keyRow{Key: key, Here: key == view.Key}
		if on := v.d.Rules.OnKey(child.ID, key); on != 0 && on != p.ID {
			other, _ := v.d.Person(on)
			row.Who = other.Name
		}
		view.Keys = append(view.Keys, row)
	}
	view.Own = v.typed("modem", rule.Modem)
	for _, spare := range v.s.options.Office.SpareNumbers() {
		row := numberRow{Modem: spare.Modem, Number: readable(string(spare.Number))}
		if whose := v.d.Rules.OnNumber(child.ID, spare.Modem); whose != 0 && whose != p.ID {
			other, _ := v.d.Person(whose)
			row.Whose = other.Name
		}
		view.Numbers = append(view.Numbers, row)
	}
	return v.show("cell.html", view)
}

// setOwnNumber gives somebody a number of the gateway's for its own towards a child, or takes it back.
func (v *visit) setOwnNumber() error {
	child, p, ok := v.joined()
	if !ok {
		return fiber.ErrNotFound
	}
	err := v.s.options.Office.SetOwnNumber(v.ctx(), v.who, child.Name, p.Name, v.c.FormValue("modem"))
	return v.finish(err, "/contacts/"+idOf(p.ID)+"/"+idOf(child.ID), v.origins(), "own_number", func() error { return v.showCell(child, p, "") })
}

// origins are those of the page of a line, as origin is.
func (v *visit) origins() url.Values {
	if v.c.FormValue("list") != "" {
		return url.Values{"list": {"1"}}
	}
	return url.Values{}
}

// hours are what a rule can be open in, besides always: the modes, then the family's timetables.
func (v *visit) hours() ([]string, error) {
	out := []string{string(policy.Home), string(policy.School), string(policy.Sleep), string(policy.Holidays)}
	family, err := v.s.options.Store.Family(v.ctx())
	for _, t := range family.Timetables {
		out = append(out, t.Name)
	}
	return out, err
}

// setCell puts somebody on a child's list, or changes the line.
func (v *visit) setCell() error {
	child, p, ok := v.joined()
	if !ok {
		return fiber.ErrNotFound
	}
	rule, listed := v.d.Rules.Rule(child.ID, p.ID)
	line, err := v.line(child, p, rule)
	if err != nil {
		return err
	}
	again := func() error { return v.showCell(child, p, "") }
	if line.When == "" {
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.showCell(child, p, "cell.nohours")
	}
	office := v.s.options.Office
	if listed {
		err = office.SetRule(v.ctx(), v.who, child.Name, line)
	} else {
		err = office.AddContact(v.ctx(), v.who, child.Name, bridge.NewContact{Name: p.Name}, line)
	}
	return v.finish(err, "/contacts", v.origin(child), "line", again)
}

// line reads the form of a cell. What a form cannot say of a guardian is as it must be.
func (v *visit) line(child, p bridge.Person, now policy.Rule) (bridge.Allow, error) {
	line := bridge.Allow{
		Contact: p.Name, FromChild: v.c.FormValue("from") != "", ToChild: v.c.FormValue("to") != "",
		Emergency: v.c.FormValue("emergency") != "", When: policy.Always,
	}
	if v.d.Rules.IsGuardian(child.ID, p.ID) {
		line.FromChild, line.Emergency = true, now.Emergency
	}
	if key := v.c.FormValue("key"); key != "" {
		n, err := strconv.Atoi(key)
		if err != nil {
			return line, fiber.ErrBadRequest
		}
		line.Key = n
	}
	if v.c.FormValue("always") != "1" {
		known, err := v.hours()
		if err != nil {
			return line, err
		}
		ticked := v.chosen("when")
		line.When = strings.Join(slices.DeleteFunc(known, func(name string) bool { return !ticked[name] }), ", ")
	}
	if !now.Until.IsZero() && v.c.FormValue("lasting") == "" {
		line.Until = now.Until.UTC().Format(time.RFC3339)
	}
	return line, nil
}

// origin is where one came from: the list of a child, or all of them.
func (v *visit) origin(child bridge.Person) url.Values {
	if v.c.FormValue("list") != "" {
		return url.Values{"child": {idOf(child.ID)}}
	}
	return url.Values{}
}

// removeFromList takes somebody off one child's list.
func (v *visit) removeFromList() error {
	child, p, ok := v.joined()
	if !ok {
		return fiber.ErrNotFound
	}
	err := v.s.options.Office.RemoveContact(v.ctx(), v.who, child.Name, p.Name)
	return v.finish(err, "/contacts", v.origin(child), "off_list", func() error { return v.showCell(child, p, "") })
}

func rehearsedCell(listed bool) cellView {
	return cellView{
		matrixCell: matrixCell{Child: 1, Way: "both", Key: 2, When: "3", Until: "1", Emergency: true}, ChildName: "1", ID: 2, Name: "2",
		Listed: listed, Guardian: listed, IsChild: !listed, Arrange: true, List: listed, Mine: listed, From: true, To: true, Always: true,
		Hours: []hourRow{{"home", "1", true}, {"2", "2", false}}, Keys: []keyRow{{1, "", false}, {2, "3", false}, {3, "", true}},
		Numbers: []numberRow{{"1", "2", ""}, {"2", "", "3"}}, Own: "1",
	}
}
