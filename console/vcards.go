package console

import (
	"slices"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// cardRow is an entry of a child's phone book, and how far it has come.
type cardRow struct {
	Person  policy.Person // 0 for the gateway's own
	Name    string
	Number  string
	Parts   int
	State   string // a bridge.LegState; "" where none was sent
	When    string
	Differs bool
	Wanted  bool // to be sent, unless somebody says otherwise
}

// cardsView is the last look before cards are sent.
type cardsView struct {
	Child   policy.Person
	Name    string
	Rows    []cardRow
	Total   int // SMS
	Left    int
	Limited bool
}

func (v *visit) cardRows(k bridge.Keyboard) []cardRow {
	var rows []cardRow
	for _, c := range k.Cards {
		row := cardRow{
			Person: c.Person, Name: c.Name, Number: spaced(string(c.Number)), Parts: c.Parts, State: string(c.State), Differs: c.Differs,
			Wanted: c.State == "" || c.State == bridge.Failed || c.Differs,
		}
		if c.State != "" {
			row.When = v.words().moment(c.At.In(v.now.Location()), v.now)
		}
		rows = append(rows, row)
	}
	return rows
}

// mostCards is how many a form can ask for.
const mostCards = 100

// cardsOf reads which cards a form is about. ok is false for what no form of ours says.
func (v *visit) cardsOf() (people []policy.Person, ok bool) {
	raw := v.c.Context().QueryArgs().PeekMulti("card")
	if v.c.Method() == fiber.MethodPost {
		raw = v.c.Context().PostArgs().PeekMulti("card")
	}
	if len(raw) > mostCards {
		return nil, false
	}
	for _, one := range raw {
		n, err := strconv.ParseInt(string(one), 10, 64)
		if err != nil || n < 0 {
			return nil, false
		}
		people = append(people, policy.Person(n))
	}
	return people, true
}

// chooseCards shows what the chosen cards cost, and asks once more.
func (v *visit) chooseCards() error {
	child, mine := v.aChild()
	people, ok := v.cardsOf()
	switch {
	case !mine || !v.d.May(v.who, bridge.Arrange, child.ID):
		return v.deny()
	case !ok:
		return fiber.ErrBadRequest
	}
	k, err := v.s.options.Office.Keys(v.ctx(), v.who, child.ID)
	if err != nil {
		return v.ended(err, "/keys", "", v.keys)
	}
	view := cardsView{Child: child.ID, Name: child.Name, Left: k.Left, Limited: k.Limited}
	for _, row := range v.cardRows(k) {
		if slices.Contains(people, row.Person) {
			view.Rows = append(view.Rows, row)
			view.Total += row.Parts
		}
	}
	if len(view.Rows) == 0 {
		return v.backToKeys(nil, child.ID, "card_none")
	}
	return v.show("cards.html", view)
}

// sendCards sends them, at the price that was shown.
func (v *visit) sendCards() error {
	child := v.person("child")
	people, ok := v.cardsOf()
	parts, err := strconv.Atoi(v.c.FormValue("parts"))
	if child == 0 || !ok || err != nil {
		return fiber.ErrBadRequest
	}
	return v.backToKeys(v.s.options.Office.SendCards(v.ctx(), v.who, child, people, parts), child, "cards")
}
