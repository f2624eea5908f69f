package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// RulesTx is the part of Tx that the rules need: what was spent, and what is held.
type RulesTx interface {
	// Charge counts the segments of a leg as spent on a day, for the child and the other of its message; what is in
	// the gateway's own words is nobody's but the child's. FinishSMS gives back what never left.
	Charge(leg LegID, day Day) error
	// Spent returns how many parts were counted on a day and in its month.
	Spent(child, other policy.Person, day Day) (policy.Spent, error)

	// Warn notes that people were warned of the end of a child's (0: the gateway's) budget of a day or a month, and
	// tells whether that is for the first time.
	Warn(child policy.Person, period int) (first bool, err error)
	// SetLimits keeps the budgets of a child, or (0) of the gateway, which alone has a storm.
	SetLimits(child policy.Person, l LimitsRow, storm int) error

	// What is done in a hurry; the directory is another one after each of these.
	SetMute(m policy.Mute) error
	EndMute(child, other policy.Person, byChild bool) error
	SetOverride(o policy.Override) error
	EndOverride(child, other policy.Person) error
	SetStop(s policy.Stop, why string, at time.Time) (fresh bool, err error)
	EndStop(s policy.Stop) (was bool, err error)
	SetLost(child policy.Person, on bool, at time.Time) (changed bool, err error)

	// Urgent counts the messages between two that passed for their urgency since a time.
	Urgent(child, other policy.Person, since time.Time) (int, error)

	// SetVerdict writes what became of a message that was held, and the parts that it goes out with.
	SetVerdict(id MessageID, v policy.Verdict, parts int) error

	// AddHeld keeps a message until it is released or dropped.
	AddHeld(h Held) (HoldID, error)
	// Held returns everything that is held, the oldest first.
	Held() ([]Held, error)
	// HeldBetween returns what waits for a time between two, one way, the oldest first.
	HeldBetween(child, other policy.Person, way policy.Direction) ([]Held, error)
	// HeldFor returns what waits for the answer to a question, the oldest first.
	HeldFor(question int64) ([]Held, error)
	// HeldMessage returns what is held of a message, or ErrNotFound.
	HeldMessage(id MessageID) (Held, error)
	// AssignHeld says whose what waits for a question is: a stranger has become somebody, and a guardian has picked
	// the child. The log's entries say so too.
	AssignHeld(question int64, child, other policy.Person) error
	// SetHeld changes the text and the time of something held. It waits for no answer any more.
	SetHeld(id HoldID, text string, until time.Time) error
	// DropHeld forgets something held, with its text.
	DropHeld(id HoldID) error
}

// Day is a day of the family's calendar, as 20261122.
type Day int

// DayOf returns the day that a wall shows at a time in its location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(y*10000 + int(m)*100 + d)
}

// Month returns the first and the last number that a day of the same month can have.
func (d Day) Month() (first, last Day) { return d/100*100 + 1, d/100*100 + 31 }

// DayOfDate returns the day of a date.
func DayOfDate(d policy.Date) Day { return Day(d.Year*10000 + int(d.Month)*100 + d.Day) }

// Date returns the day as the rules know it.
func (d Day) Date() policy.Date {
	return policy.Date{Year: int(d) / 10000, Month: time.Month(int(d) / 100 % 100), Day: int(d) % 100}
}
