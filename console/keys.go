package console

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func keysScreen() screen {
	return screen{
		menu: "/keys", aside: true,
		doors: []door{
			{"GET", "/keys", bridge.See, false, (*visit).keys},
			{"POST", "/keys/set", bridge.Arrange, false, (*visit).setKey},
			{"POST", "/keys/default", bridge.Arrange, false, (*visit).setDefault},
			{"GET", "/keys/card", bridge.See, false, func(v *visit) error { return v.printed(false) }},
			{"GET", "/keys/sheet", bridge.See, false, func(v *visit) error { return v.printed(true) }},
			{"GET", "/keys/send", bridge.Arrange, false, (*visit).chooseCards},
			{"POST", "/keys/send", bridge.Arrange, false, (*visit).sendCards},
		},
		rehearse: func(r *rehearsal) {
			r.inside("keys.html", keysView{})
			r.inside("keys.html", rehearsedKeys(false))
			r.inside("keys.html", rehearsedKeys(true))
			r.fill("denied.html", frame{Name: "1", Form: "1", Refused: r.e.words["keys.missing"]})
			r.inside("cards.html", cardsView{Rows: rehearsedKeys(true).Cards, Total: 2, Left: 1, Limited: true})
			rehearsePrints(r)
		},
	}
}

// keysView is a child's speed dial. Where writing the SIM and its fixed-dialling list belong, once a modem can, is behind
// Cards: they are the other ways in which a key gets onto the phone.
type keysView struct {
	Children []childChoice
	Child    policy.Person
	Name     string
	May      bool // change it
	Lost     bool
	Chat     bool
	Pad      []padKey
	Key      int // that is being changed
	Free     []int
	People   []keyPerson
	Meant    string // whom a text without a name goes to; "" for the guardians
	Default  policy.Person
	Entry    string
	Cards    []cardRow
}

type childChoice struct {
	ID   policy.Person
	Name string
	Here bool
}

// padKey is one of the twelve, as they lie on the phone.
type padKey struct {
	Label   string
	Letters string // as they are printed on it
	Key     int    // 1 to 9; 0 for the others
	Name    string // of who is on it; "" for nobody
	State   string // "now", "later", "closed", "all", "empty", "none"
	From    string
	Here    bool
}

// keyPerson is somebody on the list.
type keyPerson struct {
	ID    policy.Person
	Name  string
	Key   int
	State string // "now", "later", "closed"
	From  string
	May   bool // the child may write there
}

// onKeypad are the letters of a phone's keys (ITU-T E.161).
var onKeypad = []struct{ label, letters string }{
	{"1", ""}, {"2", "abc"}, {"3", "def"}, {"4", "ghi"}, {"5", "jkl"}, {"6", "mno"}, {"7", "pqrs"}, {"8", "tuv"}, {"9", "wxyz"}, {"*", ""}, {"0", ""}, {"#", ""},
}

// aChild is the child that a request is about: one of the visitor's own, the first where none is named.
func (v *visit) aChild() (child bridge.Person, ok bool) {
	mine := v.myChildren()
	if v.c.FormValue("child") == "" {
		if len(mine) == 0 {
			return bridge.Person{}, true
		}
		return mine[0], true
	}
	id := v.person("child")
	i := slices.IndexFunc(mine, func(p bridge.Person) bool { return p.ID == id })
	if i < 0 {
		return bridge.Person{}, false
	}
	return mine[i], true
}

func (v *visit) keys() error {
	child, ok := v.aChild()
	if !ok {
		return v.deny()
	}
	if child.ID == 0 {
		return v.show("keys.html", keysView{})
	}
	k, err := v.s.options.Office.Keys(v.ctx(), v.who, child.ID)
	if err != nil {
		return v.ended(err, "/keys", "", v.keys)
	}
	view := keysView{
		Child: child.ID, Name: child.Name, May: v.d.May(v.who, bridge.Arrange, child.ID), Lost: k.Lost, Chat: k.Chat,
		Entry: k.Entry, Default: child.Default, Cards: v.cardRows(k),
	}
	for _, c := range v.myChildren() {
		view.Children = append(view.Children, childChoice{c.ID, c.Name, c.ID == child.ID})
	}
	if key, err := strconv.Atoi(v.c.Query("key")); err == nil && key >= 1 && key <= 9 {
		view.Key = key
	}
	on := map[int]keyPerson{}
	for _, p := range k.People {
		row := keyPerson{ID: p.Person.ID, Name: p.Person.Name, Key: p.Key, State: "closed", May: p.Writes}
		switch {
		case p.Now:
			row.State = "now"
		case !p.From.IsZero():
			row.State, row.From = "later", v.words().moment(p.From.In(v.now.Location()), v.now)
		}
		view.People = append(view.People, row)
		on[p.Key] = row
		if p.Person.ID == k.Meant {
			view.Meant = p.Person.Name
		}
	}
	var all []string
	for _, g := range k.Guardians {
		all = append(all, g.Name)
	}
	view.Pad = padOf(on, strings.Join(all, ", "), view.Key)
	return v.show("keys.html", view)
}

// padOf lays the keys out as on the phone.
func padOf(on map[int]keyPerson, all string, here int) []padKey {
	pad := make([]padKey, 0, len(onKeypad))
	for i, k := range onKeypad {
		key := padKey{Label: k.label, Letters: k.letters, State: "none"}
		switch {
		case k.label == "0":
			key.State, key.Name = "all", all
		case i < 9:
			key.Key, key.State, key.Here = i+1, "empty", here == i+1
			if p, there := on[i+1]; there {
				key.Name, key.State, key.From = p.Name, p.State, p.From
			}
		}
		pad = append(pad, key)
	}
	return pad
}

// backToKeys is the page of a child's keys after something was done there.
func (v *visit) backToKeys(err error, child policy.Person, done string) error {
	if err == nil {
		return v.see("/keys", map[string][]string{"child": {strconv.FormatInt(int64(child), 10)}, "done": {done}})
	}
	return v.ended(err, "/keys", "", v.keys)
}

// setKey puts somebody on a key, or nobody.
func (v *visit) setKey() error {
	child := v.person("child")
	key, err := strconv.Atoi(v.c.FormValue("key"))
	if child == 0 || err != nil {
		return fiber.ErrBadRequest
	}
	person := v.person("who")
	switch who := v.c.FormValue("who"); {
	case who == "":
		v.refused = v.words()["keys.missing"]
		v.c.Status(fiber.StatusUnprocessableEntity)
		return v.keys()
	case person == 0 && who != "0":
		return fiber.ErrBadRequest
	}
	change, err := v.s.options.Office.SetKey(v.ctx(), v.who, child, key, person)
	return v.backToKeys(err, child, "key_"+string(change))
}

// setDefault says whom a text without a name goes to.
func (v *visit) setDefault() error {
	child, who := v.person("child"), v.c.FormValue("who")
	person := v.person("who")
	if child == 0 || person == 0 && who != "0" {
		return fiber.ErrBadRequest
	}
	return v.backToKeys(v.s.options.Office.SetDefault(v.ctx(), v.who, child, person), child, "default")
}

func rehearsedKeys(may bool) keysView {
	v := keysView{
		Children: []childChoice{{1, "1", true}, {2, "2", false}}, Child: 1, Name: "1", May: may, Lost: may, Chat: may, Entry: "2", Key: 3,
		People: []keyPerson{{1, "1", 2, "now", "", true}, {2, "2", 0, "later", "3", true}, {3, "3", 4, "closed", "", false}},
	}
	on := map[int]keyPerson{}
	for _, p := range v.People {
		on[p.Key] = p
	}
	v.Pad = padOf(on, "1", 3)
	if may {
		v.Meant = "2"
	}
	for _, state := range []string{"", "queued", "sent", "delivered", "failed", "unknown"} {
		v.Cards = append(v.Cards, cardRow{Person: 1, Name: "1", Number: "2", Parts: 1, State: state, When: "3", Differs: may})
	}
	return v
}
