package console

import (
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// matrixView is who may write to whom: a line for each person, a column for each child; or, for one child, a list that
// says it in words.
type matrixView struct {
	Children []columnHead
	One      *columnHead // the child whose list it is; nil for all of them
	Query    string
	ByKey    bool // the list of one child is sorted by key
	Groups   []matrixGroup
	Found    int
	Arrange  bool // for some child
	Several  bool // there is a choice of children
	Whole    bool // not more of them than a phone is wide
}

type columnHead struct {
	ID   policy.Person
	Name string
}

// matrixGroup is the people of one kind; it can be folded.
type matrixGroup struct {
	Kind string // a locale's key after "group."
	Rows []matrixRow
}

type matrixRow struct {
	ID      policy.Person
	Name    string
	Address string
	Cells   []matrixCell
}

// matrixCell is what joins a person to a child.
type matrixCell struct {
	Child     policy.Person
	Way       string // "both", "to", "from", "shut", "none", or "self" where a child meets itself
	Key       int
	When      string // in words; "" for always
	Until     string // in words; "" for no end
	Emergency bool
}

// Marked tells whether there is more to a cell than its direction.
func (c matrixCell) Marked() bool {
	return c.Key != 0 || c.When != "" || c.Until != "" || c.Emergency
}

// widest is how many children the matrix has columns for: more are looked at one by one.
const widest = 6

func (v *visit) contacts() error {
	children := v.myChildren()
	view := matrixView{Query: strings.TrimSpace(v.c.Query("q")), ByKey: v.c.Query("sort") == "key", Several: len(children) > 1, Whole: len(children) <= widest}
	if len(view.Query) > 100 {
		view.Query = ""
	}
	for _, child := range children {
		head := columnHead{child.ID, child.Name}
		view.Children = append(view.Children, head)
		view.Arrange = view.Arrange || v.d.May(v.who, bridge.Arrange, child.ID)
		if len(children) == 1 || v.c.Query("child") == idOf(child.ID) {
			view.One = &head
		}
	}
	if view.One == nil && !view.Whole {
		view.One = &view.Children[0]
	}
	columns := children
	if view.One != nil {
		columns = slices.DeleteFunc(slices.Clone(children), func(p bridge.Person) bool { return p.ID != view.One.ID })
	}
	people := v.circle()
	absent := matrixGroup{Kind: "absent"} // from the list of the one child
	for _, kind := range []bridge.Kind{bridge.KindGuardian, bridge.KindContact, bridge.KindChild} {
		group := matrixGroup{Kind: string(kind)}
		for _, p := range people {
			if p.Kind != kind || !matches(p, view.Query) {
				continue
			}
			row := v.matrixRow(p, columns)
			switch {
			case view.One != nil && row.Cells[0].Way == "self":
			case view.One != nil && row.Cells[0].Way == "none":
				absent.Rows = append(absent.Rows, row)
			default:
				group.Rows = append(group.Rows, row)
			}
		}
		if view.ByKey {
			slices.SortStableFunc(group.Rows, func(a, b matrixRow) int { return (a.Cells[0].Key+9)%10 - (b.Cells[0].Key+9)%10 })
		}
		view.add(group)
	}
	view.add(absent)
	return v.show("contacts.html", view)
}

func (m *matrixView) add(g matrixGroup) {
	m.Found += len(g.Rows)
	if len(g.Rows) > 0 {
		m.Groups = append(m.Groups, g)
	}
}

// circle is everybody whom the visitor may know of: on the lists of its children, their guardians, and they themselves;
// by name, as people there sort.
func (v *visit) circle() []bridge.Person {
	var all []bridge.Person
	seen := map[policy.Person]bool{}
	take := func(id policy.Person) {
		if p, ok := v.d.Person(id); ok && !seen[id] {
			seen[id] = true
			all = append(all, p)
		}
	}
	for _, child := range v.myChildren() {
		take(child.ID)
		for _, g := range v.d.Guardians(child.ID) {
			take(g.ID)
		}
		for _, rule := range v.d.List(child.ID) {
			take(rule.Contact)
		}
	}
	order := collate.New(spelling[v.lang], collate.IgnoreCase)
	slices.SortFunc(all, func(a, b bridge.Person) int { return order.CompareString(a.Name, b.Name) })
	return all
}

// spelling is by which alphabet names are sorted. The library has the Norwegian one, with æ, ø and å behind z, under
// Nynorsk alone.
var spelling = map[string]language.Tag{"nb": language.MustParse("nn"), "en": language.English}

// acquaintance returns the person of an address that the visitor may know of.
func (v *visit) acquaintance(parameter string) (bridge.Person, bool) {
	p, ok := v.about(parameter)
	if !ok {
		return p, false
	}
	return p, slices.ContainsFunc(v.circle(), func(other bridge.Person) bool { return other.ID == p.ID })
}

// matches tells whether somebody is meant by a few letters of a name, or digits of a number.
func matches(p bridge.Person, query string) bool {
	if query == "" || strings.Contains(bridge.Fold(p.Name), bridge.Fold(query)) || strings.Contains(string(p.JID), strings.ToLower(query)) {
		return true
	}
	digits := strings.NewReplacer(" ", "", "-", "").Replace(query)
	return digits != "" && strings.Contains(string(p.Phone), digits)
}

func (v *visit) matrixRow(p bridge.Person, columns []bridge.Person) matrixRow {
	row := matrixRow{ID: p.ID, Name: p.Name, Address: addressOf(p)}
	for _, child := range columns {
		row.Cells = append(row.Cells, v.matrixCell(child, p))
	}
	return row
}

// addressOf is how somebody is reached.
func addressOf(p bridge.Person) string {
	parts := []string{string(p.JID), readable(string(p.Phone))}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

func (v *visit) matrixCell(child, p bridge.Person) matrixCell {
	rule, listed := v.d.Rules.Rule(child.ID, p.ID)
	guardian := v.d.Rules.IsGuardian(child.ID, p.ID)
	cell := matrixCell{Child: child.ID, Way: "none"}
	switch {
	case p.ID == child.ID:
		cell.Way = "self"
	case guardian && (!listed || rule.ToChild), listed && rule.ToChild && rule.FromChild:
		cell.Way = "both"
	case guardian, listed && rule.FromChild:
		cell.Way = "from"
	case listed && rule.ToChild:
		cell.Way = "to"
	case listed:
		cell.Way = "shut"
	}
	cell.Emergency = rule.Emergency && !guardian // whom it is said of anyway
	if !listed {
		return cell
	}
	cell.Key = rule.Key
	if rule.When != policy.Always {
		cell.When = v.hoursInWords(rule.When)
	}
	if !rule.Until.IsZero() {
		cell.Until = v.words().moment(rule.Until.In(v.now.Location()), v.now)
	}
	return cell
}

// hoursInWords says when a rule is open: modes in the visitor's language, timetables by their names.
func (v *visit) hoursInWords(when string) string {
	var parts []string
	for word := range strings.SplitSeq(when, ",") {
		word = strings.TrimSpace(word)
		if known := v.words()["mode."+word]; known != "" {
			word = known
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, ", ")
}

func rehearsedMatrix(one bool) matrixView {
	view := matrixView{Arrange: true, Several: true, Whole: true, Query: "1", Found: 1, Children: []columnHead{{1, "1"}, {2, "2"}}}
	for i, kind := range []string{"guardian", "contact", "child", "absent"} {
		group := matrixGroup{Kind: kind}
		row := matrixRow{ID: 1, Name: "1", Address: "2"}
		for _, way := range [][]string{{"both", "to"}, {"from", "shut"}, {"none", "self"}, {"both"}}[i] {
			cell := matrixCell{Child: 1, Way: way, Key: 2, When: "3", Until: "1", Emergency: true}
			if row.Cells = append(row.Cells, cell); one {
				group.Rows = append(group.Rows, matrixRow{ID: 1, Name: "1", Address: "2", Cells: []matrixCell{cell}})
			}
		}
		if !one {
			group.Rows = []matrixRow{row}
		}
		view.Groups = append(view.Groups, group)
	}
	if one {
		view.One = &view.Children[0]
	}
	return view
}
