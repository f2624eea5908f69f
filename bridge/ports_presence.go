package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
)

// PresenceStore is what is asked about phones that may be off.
type PresenceStore interface {
	// Silent returns the children whose phones seem to be off: since the last sign of life (a report of delivery, or a
	// text of the child's own) the network has given up a text, or has reported nothing of two texts for longer than
	// patience. A phone of which nothing was ever reported tells nothing by that. next is when, by the mere passing of
	// time, there may be another; zero for never.
	Silent(ctx context.Context, now time.Time, patience time.Duration) (silent []policy.Person, next time.Time, err error)
}
