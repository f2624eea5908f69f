package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// VigilTx is what the watch over the modems asks of the store.
type VigilTx interface {
	// WaitingFor counts the SMS legs that are queued for a modem.
	WaitingFor(modem string) (int, error)
	// HeldWhile counts the messages that came by a modem after `to`, and that the network had since `from`.
	HeldWhile(modem string, from, to time.Time) (int, error)
	// MoveLegs gives the SMS legs that are queued for one modem to another, those of emergencies alone if asked, and
	// tells how many. A leg of which a segment has left, or may have, stays: a phone joins no parts of two senders,
	// and nothing is sent twice.
	MoveLegs(from, to string, emergencyOnly bool) (int, error)
	// LastModem returns the modem by which a child wrote last, "" for none that is known.
	LastModem(child policy.Person) (string, error)
}
