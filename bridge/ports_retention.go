package bridge

import "knapp/bridge/policy"

// RetentionTx is what a step may do about how long something is kept.
type RetentionTx interface {
	// Retention returns for how many days something about a child is kept, or (0) where no child is known.
	Retention(child policy.Person, what Retained) (days int, err error)
	// SetRetention changes it. What was dropped already does not come back.
	SetRetention(child policy.Person, what Retained, days int) error
}
