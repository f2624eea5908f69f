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
	// LogFloor returns the entry that lies a number of entries before another (0: before the next), or (0) when there
	// are no more than that.
	LogFloor(ctx context.Context, before MessageID, entries int) (id MessageID, at time.Time, err error)
	// Traffic counts entries by quarters of an hour, the oldest first, without the gateway's own words.
	Traffic(ctx context.Context, f LogFilter) ([]Traffic, error)
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

	From   MessageID // not older than this entry; 0 is all
	Before MessageID // only older ones; 0 for the newest
	Limit  int       // 1–1000
}

// Traffic is how much was written in some time, of what a log filter selects.
type Traffic struct {
	At        time.Time // when the time began
	FromChild int       // what went straight through
	ToChild   int
	Trouble   int // what was refused, held, failed, or of which the fate is unknown
}

// LogPage is what a search found.
type LogPage struct {
	Entries []LogEntry
	More    MessageID // where to go on, as LogFilter.Before; 0 at the end
	Looked  time.Time // how far back was looked, when that was not all
}
