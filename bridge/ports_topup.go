package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// TopUp is until when a prepaid SIM must be topped up.
type TopUp struct {
	Modem  string        // that it is in
	Day    string        // the last day on which it works: "2027-03-01"
	By     policy.Person // who said so; 0 for the keeper
	At     time.Time
	Warned int // how far the owners were warned of this day, of topUpWarnings
}

// TopUpTx is what a step may do about top-ups.
type TopUpTx interface {
	// SetTopUp writes one, in the place of the one that the modem had; DropTopUp forgets it.
	SetTopUp(t TopUp) error
	DropTopUp(modem string) error
	// TopUps returns all, by modem.
	TopUps() ([]TopUp, error)
}
