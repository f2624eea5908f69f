package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// Passed is one text that went between a child and somebody. Its text is known by a keyed hash alone.
type Passed struct {
	Child, Other policy.Person
	Way          policy.Direction
	Text         uint64
	At           time.Time
}

// LoopsTx is the part of Tx by which loops are seen, whenever the program was started.
type LoopsTx interface {
	// AddPassed notes a text and returns the hash that stands for it.
	AddPassed(child, other policy.Person, way policy.Direction, text string, at time.Time) (hash uint64, err error)
	// Passed returns what was noted since a time, the oldest first.
	Passed(since time.Time) ([]Passed, error)
	// DropPassed forgets what was noted between two.
	DropPassed(child, other policy.Person) error
	// Stops returns everything that is stopped, with its reason.
	Stops() ([]StopLine, error)
}

// StopLine is something that was stopped until a guardian releases it.
type StopLine struct {
	Child policy.Person
	Other policy.Person // 0 is the gateway itself: it answers no more what the child's phone asks
	Why   string        // "storm", "repeats", "answers", "asks"
	At    time.Time
}
