package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// Card is an entry of a phone's own phone book, as it is sent over the air.
type Card struct {
	Name   string
	Number Phone
}

// CardTexts is what a Texts can do besides, where cards can be sent.
type CardTexts interface {
	// SegmentCard returns the SUBMIT TPDUs for a card, as Segment does for a text.
	SegmentCard(to Phone, c Card, ref int, validity time.Duration) ([][]byte, error)
	// CardParts returns how many segments a card needs.
	CardParts(c Card) int
}

// SentCard is a card that was given to the outbox.
type SentCard struct {
	Person policy.Person // whom it rings; 0 for the gateway's own entry
	Card
	At    time.Time
	State LegState
}

// CardsTx is the part of Tx that cards need.
type CardsTx interface {
	// AddCard notes that a leg is a card of a child's phone book about a person (0: the gateway).
	AddCard(leg LegID, child, person policy.Person, c Card) error
	// Cards returns the newest card about each that was sent to a child and that the log still has.
	Cards(child policy.Person) ([]SentCard, error)
}
