package store

import (
	"database/sql"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// AddCard implements bridge.CardsTx.
func (t *tx) AddCard(leg bridge.LegID, child, person policy.Person, c bridge.Card) error {
	_, err := t.exec("note a card", `INSERT INTO card (leg, child, person, name, number) VALUES (?, ?, nullif(?, 0), ?, ?)`,
		leg, child, person, c.Name, string(c.Number))
	return err
}

// Cards implements bridge.CardsTx.
func (t *tx) Cards(child policy.Person) (list []bridge.SentCard, err error) {
	err = t.each("look what cards were sent", `SELECT c.person, c.name, c.number, o.created, o.state
		FROM card c JOIN outbox o ON o.id = c.leg
		WHERE c.child = ?1 AND c.leg = (SELECT max(leg) FROM card n WHERE n.child = ?1 AND n.person IS c.person)
		ORDER BY c.leg`, []any{child},
		func(scan scanner) error {
			var card bridge.SentCard
			var person sql.NullInt64
			var number, state string
			var created int64
			if err := scan(&person, &card.Name, &number, &created, &state); err != nil {
				return err
			}
			card.Person, card.Number = policy.Person(person.Int64), bridge.Phone(number)
			card.At, card.State = time.UnixMicro(created).UTC(), bridge.LegState(state)
			list = append(list, card)
			return nil
		})
	return list, err
}
