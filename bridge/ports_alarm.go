package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
)

// AlarmID names an emergency.
type AlarmID int64

// Alarm is a child's emergency, or a drill of one: open until a guardian takes it.
type Alarm struct {
	ID      AlarmID
	Child   policy.Person
	Message MessageID // the log entry that its alerts belong to
	Text    string    // what the child wrote; "" once it is over
	At      time.Time
	Drill   bool
	Rounds  int           // alerts so far
	Due     time.Time     // of the next; zero when there is none
	Read    bool          // a guardian's client has displayed an alert, and the child knows
	Taken   policy.Person // who takes it; 0 while it is open
	TakenAt time.Time
	Via     string // how it was taken: "xmpp", "sms", "console", "terminal"
}

// Unseen is a child's text of which nobody knows yet whether a guardian has read it.
type Unseen struct {
	Message  MessageID
	Child    policy.Person
	Guardian policy.Person // 0: it went to all of them, and one is enough
	Text     string
	At       time.Time
	Due      time.Time // when something is done about it
	Doubt    bool      // `hjelp …`: it then becomes an emergency
	Sent     bool      // it has gone to their mobiles, or could not; only its fate is waited for
}

// AlarmTx is what a step may do about emergencies and texts that nobody has read.
type AlarmTx interface {
	// AddAlarm opens an emergency.
	AddAlarm(a Alarm) (AlarmID, error)
	// SaveAlarm writes back what changed: Text, Rounds, Due, Read, Taken, TakenAt, Via.
	SaveAlarm(a Alarm) error
	// OpenAlarms returns the emergencies that nobody has taken, of one child or (0) of all, oldest first.
	OpenAlarms(child policy.Person) ([]Alarm, error)
	// AlarmsDue returns those whose next alert is due, or was set by a clock that has been put back since.
	AlarmsDue(now time.Time) ([]Alarm, error)
	// DrillDue tells whether a child's alarm was not tested for a time, nor its test asked for, and notes that it is
	// asked for now. A child that is new in the family counts from then.
	DrillDue(child policy.Person, now time.Time, every time.Duration) (bool, error)
	// LastDrill returns when a child's alarm was last tested; zero for never.
	LastDrill(child policy.Person) (time.Time, error)
	// LegsOf returns what became of the legs of a message, oldest first.
	LegsOf(m MessageID) ([]LegFate, error)

	// AddUnseen notes a text that somebody should read.
	AddUnseen(u Unseen) error
	// SaveUnseen writes back Due and Sent, and drops the text once Sent.
	SaveUnseen(u Unseen) error
	// UnseenOf returns the unread text of a message, or ErrNotFound.
	UnseenOf(m MessageID) (Unseen, error)
	// UnseenDue returns those that are due, or were noted by a clock that has been put back since.
	UnseenDue(now time.Time) ([]Unseen, error)
	// DropUnseen forgets what a guardian has read: of one child (0: of any), up to a message (0: all).
	DropUnseen(guardian, child policy.Person, upTo MessageID) error
	// DropUnseenMessage forgets one.
	DropUnseenMessage(m MessageID) error

	// ShowsMarkers tells whether a person's clients have ever said that a text was displayed (XEP-0333).
	ShowsMarkers(p policy.Person) (bool, error)
	// SetShowsMarkers remembers that they do.
	SetShowsMarkers(p policy.Person) error
}

// LegFate is what became of a leg.
type LegFate struct {
	Leg   LegID
	SMS   bool
	To    string
	State LegState
}

// AlarmStore is what is asked about emergencies outside of a step.
type AlarmStore interface {
	// NextAlarm returns when something is due about an emergency or an unread text; ok is false for never.
	NextAlarm(ctx context.Context, now time.Time) (due time.Time, ok bool, err error)
}
