package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// Trial is a test message to a guardian, by one of the two ways, and how far it came.
type Trial struct {
	Person  policy.Person
	SMS     bool // to the mobile; else to the chat
	Message MessageID
	At      time.Time
	State   LegState
	Proven  time.Time // when one by this way was last known to have arrived; zero for never
}

// Agreement is what a child and a guardian have agreed on about what is kept.
type Agreement struct {
	Child policy.Person
	Who   policy.Person // 0 for the keeper
	At    time.Time     // zero when nothing was agreed yet
	Terms string        // what was so then
}

// GatewayTx is what a step may do about test messages and agreements.
type GatewayTx interface {
	// Trials returns the last test message to each guardian by each way.
	Trials() ([]Trial, error)
	// SaveTrial writes one, in the place of the last by this way.
	SaveTrial(t Trial) error
	// Agreement returns what was agreed with a child; ok is false for nothing.
	Agreement(child policy.Person) (a Agreement, ok bool, err error)
	// SetAgreement writes what was agreed, in the place of what was.
	SetAgreement(a Agreement) error
}
