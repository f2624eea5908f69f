package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// SeveralTx is the part of Tx that guardians of one child need to know of each other.
type SeveralTx interface {
	// LastToAll returns the newest text of a child that went to all its guardians, none older than a time; 0 for none.
	// Emergencies are not among them.
	LastToAll(child policy.Person, since time.Time) (id MessageID, at time.Time, err error)
}
