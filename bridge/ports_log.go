package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
)

// LogStore is what is asked about the log by somebody who may see only a part of it.
type LogStore interface {
	// LogFor returns entries, newest first.
	LogFor(ctx context.Context, f LogFilter) ([]LogEntry, error)
}

// LogFilter selects log entries: those that somebody may see, and of these those that it asks for. Where the two
// differ, a field is marked.
type LogFilter struct {
	Viewer   policy.Person   // who looks; what other guardians write with a child stays out but for emergencies (promise 7)
	Children []policy.Person // whom the viewer may see; entries that belong to no child are shown as well

	Child     policy.Person    // asked for: one child; 0 is all
	Person    string           // asked for: a part of a name or an address, in any case; "" is all
	Direction policy.Direction // asked for: one way; 0 is both
	Trouble   bool             // asked for: only what was refused, held, failed, or of which the fate is unknown
	Since     time.Time        // asked for: not older; zero is all

	Before MessageID // only older ones; 0 for the newest
	Limit  int       // 1–1000
}
