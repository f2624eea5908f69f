package bridge

import (
	"context"
	"slices"
	"strings"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// CardLine is an entry that a child's phone book should have, and how far it has come.
type CardLine struct {
	Card
	Person  policy.Person // whom it rings; 0 for the gateway's own entry, which is texted
	Parts   int           // SMS that it costs
	State   LegState      // of the newest that was sent; "" for none
	At      time.Time     // when
	Differs bool          // what was sent is not what it is now
}

// cardLines are the entries of a child's phone book: the gateway's own, and a number to ring of everybody who has one.
func (r *Relay) cardLines(tx Tx, k Keyboard) ([]CardLine, error) {
	codec, able := r.o.Texts.(CardTexts)
	if !able || k.Number == "" {
		return nil, nil
	}
	sent, err := tx.Cards(k.Child.ID)
	if err != nil {
		return nil, err
	}
	lines := []CardLine{{Card: Card{Name: k.Entry, Number: k.Number}}}
	for _, on := range k.People {
		if on.Person.Phone != "" {
			name := words.Say(k.Language, words.EntryRing, on.Person.Name)
			lines = append(lines, CardLine{Card: Card{Name: name, Number: on.Person.Phone}, Person: on.Person.ID})
		}
	}
	for i := range lines {
		line := &lines[i]
		line.Parts = codec.CardParts(line.Card)
		for _, s := range sent {
			if s.Person == line.Person {
				line.State, line.At, line.Differs = s.State, s.At, s.Card != line.Card
			}
		}
	}
	return lines, nil
}

// SendCards sends entries of its phone book to a child's phone, over the air: the gateway's own (0) and those that ring
// people. parts is what the sender was shown that they cost. Each is a message of the gateway's own, with a leg of its
// own that has a status; all are queued, or none. It takes the right to Arrange.
//
// Not every phone takes such cards. One that does asks its owner; a phone that does not shows nothing, and its report
// says delivered all the same.
func (r *Relay) SendCards(ctx context.Context, who Actor, child policy.Person, people []policy.Person, parts int) error {
	return r.operate(ctx, "send cards", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Arrange, child, 0)
		if err != nil {
			return err
		}
		board, err := r.keys(tx, d, who, child)
		if err != nil {
			return err
		}
		chosen, err := r.chooseCards(d, board, people)
		if err != nil {
			return err
		}
		cost := 0
		for _, line := range chosen {
			cost += line.Parts
		}
		switch {
		case cost != parts:
			return refuse(words.CardsCost, cost, parts)
		case board.Limited && cost > board.Left:
			return refuse(words.CardsBeyondBudget, cost, board.Left)
		}
		if err := r.queueCards(tx, k, chosen, cost); err != nil {
			return err
		}
		spent, err := tx.Spent(child, 0, r.today())
		if err != nil {
			return err
		}
		if err := r.warn(tx, d, policy.Request{Child: child, Spent: spent}); err != nil {
			return err
		}
		names := make([]string, len(chosen))
		for i, line := range chosen {
			names[i] = line.Name
		}
		return r.audit(tx, who, "send_cards", child, 0, strings.Join(names, ", "))
	})
}

// chooseCards finds what shall be sent, in the order of the keys, or says why it cannot be.
func (r *Relay) chooseCards(d *Directory, k Keyboard, people []policy.Person) (chosen []CardLine, err error) {
	if _, able := r.o.Texts.(CardTexts); !able {
		return nil, refuse(words.CardsNotSent)
	}
	switch {
	case k.Number == "":
		return nil, refuse(words.NoGatewayNumber)
	case k.Lost:
		return nil, refuse(words.CardsToLostPhone, k.Child.Name)
	case len(people) == 0:
		return nil, refuse(words.ChooseACard)
	}
	for _, id := range people {
		if slices.ContainsFunc(k.Cards, func(c CardLine) bool { return c.Person == id }) {
			continue
		}
		if _, known := d.Rules.Rule(k.Child.ID, id); !known && !d.Rules.IsGuardian(k.Child.ID, id) {
			return nil, ErrNotAllowed
		}
		p, _ := d.Person(id)
		return nil, refuse(words.NoPhoneToRing, p.Name)
	}
	for _, line := range k.Cards {
		if !slices.Contains(people, line.Person) {
			continue
		}
		if line.State == Queued && !line.Differs {
			return nil, refuse(words.CardOnItsWay, line.Name)
		}
		chosen = append(chosen, line)
	}
	return chosen, nil
}

// queueCards writes one entry of the log, and a row of the outbox for each card.
func (r *Relay) queueCards(tx Tx, child Person, cards []CardLine, parts int) error {
	modem, err := r.modemTowards(tx, child)
	if err != nil {
		return err
	}
	id, err := tx.AddMessage(Message{
		At: r.o.Now(), Direction: policy.ToChild, Child: child.ID, Modem: modem, Parts: parts, Verdict: own,
	})
	if err != nil {
		return err
	}
	for _, card := range cards {
		segments, err := r.cardSegments(tx, child.Phone, card)
		if err != nil {
			return err
		}
		leg, err := tx.AddLeg(Leg{Message: id, Verdict: own, SMS: &SMSLeg{Modem: modem, To: child.Phone, Segments: segments}}, r.o.Now())
		if err != nil {
			return err
		}
		if err := tx.Charge(leg, r.today()); err != nil {
			return err
		}
		if err := tx.AddCard(leg, child.ID, card.Person, card.Card); err != nil {
			return err
		}
	}
	return nil
}

func (r *Relay) cardSegments(tx Tx, to Phone, card CardLine) ([][]byte, error) {
	ref := 0
	if card.Parts > 1 {
		var err error
		if ref, err = tx.NextReference(to); err != nil {
			return nil, err
		}
	}
	return r.o.Texts.(CardTexts).SegmentCard(to, card.Card, ref, r.validity(false))
}
