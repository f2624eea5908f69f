// Package policy decides who may write to whom. It is pure: no I/O, no clock of its own, no state. What it is
// given decides what it answers, so that every verdict can be replayed and explained.
//
// Deny by default: without a rule that says so, nothing passes, in an emergency either.
package policy

import (
	"fmt"
	"time"
)

// Person names a member of the family's directory: a child, a guardian or a contact. 0 is nobody.
type Person int64

// Direction tells which way a message goes, seen from the child.
type Direction uint8

// The two directions. The zero value is neither, and nothing passes in it.
const (
	FromChild Direction = iota + 1
	ToChild
)

// String returns the direction as the log and the database write it.
func (d Direction) String() string {
	switch d {
	case FromChild:
		return "from_child"
	case ToChild:
		return "to_child"
	default:
		return fmt.Sprintf("direction(%d)", uint8(d))
	}
}

// Rule joins one child to one contact.
type Rule struct {
	ID        int64     // the row it came from; shown as the answer to "why?"
	Child     Person    // the child whose list this is
	Contact   Person    // a guardian, a contact or another child
	Key       int       // the speed-dial key, 1–9; 0 is none
	FromChild bool      // the child may write to the contact
	ToChild   bool      // the contact may write to the child
	Emergency bool      // the contact is on the child's emergency list
	When      string    // Always or "", or modes and names of timetables with commas between: open when any is
	Until     time.Time // the rule is gone from then on; zero for one that stays
	Modem     string    // the contact has this modem's number for its own towards the child; "" for none
}

// Guardianship says that a person is a guardian of a child. Alone it lets both write to each other; a rule of
// the same pair may take the way to the child away, never the way from the child.
type Guardianship struct {
	Child, Guardian Person
}

// Mute holds back what comes to a child, from one person or (Other 0) from everybody but for what is urgent.
type Mute struct {
	Child   Person
	Other   Person
	ByChild bool      // the child itself: until it writes to that person again; never guardians or the emergency list
	Until   time.Time // zero: until it is taken back
}

// Override opens what a timetable has closed, for one person or (Other 0) for everybody on the child's list.
type Override struct {
	Child Person
	Other Person
	Until time.Time
}

// Stop ends what two automatons or a storm keep going between a child and a person, until a guardian releases it.
type Stop struct {
	Child, Other Person
}

// Limits are how many SMS parts may be sent. 0 is no limit.
type Limits struct {
	Day, Month int // to or for one child; or, for nobody (Person 0), by the whole gateway
	Contact    int // a day, caused by one person, towards one child
	Reserve    int // of Day and of Month: kept for what guardians write
}

// Spent is how many SMS parts were sent already.
type Spent struct {
	Day, Month               int // to or for the child
	Contact                  int // today, caused by the other, towards the child
	GatewayDay, GatewayMonth int
	Own
}

// Own is how many of the parts that were sent are the gateway's own words: answers, refusals, notes.
type Own struct {
	Day, Month               int // to the child, or about it
	GatewayDay, GatewayMonth int
}

// Book is all that is decided by.
type Book struct {
	Location      *time.Location // of modes and timetables; nil is UTC
	Rules         []Rule
	Guardianships []Guardianship
	Weeks         map[Person][]Slot // a child's week; outside of its slots it is at home
	Holidays      []Holiday
	Timetables    []Timetable
	Mutes         []Mute
	Overrides     []Override
	Stops         []Stop
	Lost          []Person          // children whose phone is lost
	Limits        map[Person]Limits // by child; 0 is the whole gateway
}

// Action is what is done with a message.
type Action uint8

// The actions. The zero value is not one of them, so that a verdict nobody made cannot pass for a verdict.
const (
	Deliver Action = iota + 1
	Refuse
	Hold // until a time, or, when that is zero, until the clock is set
	Ask  // hold until a guardian has said yes or no
)

// actions are the words by which the log and the database write an action.
var actions = map[Action]string{Deliver: "deliver", Refuse: "refuse", Hold: "hold", Ask: "ask"}

// String returns the action as the log and the database write it.
func (a Action) String() string {
	if s, ok := actions[a]; ok {
		return s
	}
	return fmt.Sprintf("action(%d)", uint8(a))
}

// ParseAction reads what String wrote. What it does not know is a refusal.
func ParseAction(s string) Action {
	for a, word := range actions {
		if word == s {
			return a
		}
	}
	return Refuse
}

// Reason tells why, as data; package words puts it into sentences.
type Reason string

// The reasons.
const (
	ByRule         Reason = "rule"          // a rule of the child's list lets it pass
	ByGuardianship Reason = "guardianship"  // the other is a guardian of the child
	ByEmergency    Reason = "emergency"     // an emergency passes timetables, mutes, stops and budgets
	ByUrgency      Reason = "urgent"        // somebody of the emergency list wrote HASTER
	ByOverride     Reason = "override"      // a guardian has opened what the timetable closes
	NotOnList      Reason = "not_on_list"   // no rule joins the two
	WrongWay       Reason = "wrong_way"     // the rule does not go in this direction
	Stranger       Reason = "stranger"      // the sender or the recipient is nobody in the directory
	Gateway        Reason = "gateway"       // the gateway's own words, not a person's
	NotText        Reason = "not_text"      // there is nothing in it that a person could read
	Unreadable     Reason = "unreadable"    // it could not be decoded; the raw message is kept
	TooLong        Reason = "too_long"      // more parts than a button phone takes
	ClosedNow      Reason = "timetable"     // the timetable is closed; it opens at Until
	NeverOpen      Reason = "never_open"    // the timetable is closed, and stays so
	ClockNotSet    Reason = "clock_not_set" // whoever does not know the time cannot keep to a timetable
	Muted          Reason = "muted"         // a guardian wants it quiet until Until
	MutedByChild   Reason = "muted_by_child"
	Stopped        Reason = "stopped"      // a loop or a storm was stopped; a guardian releases it
	PhoneLost      Reason = "phone_lost"   // nothing goes to a phone that is lost
	OverDay        Reason = "over_day"     // the child's parts for today are spent
	OverMonth      Reason = "over_month"   // for this month
	OverContact    Reason = "over_contact" // this person's parts towards the child for today
	OverGateway    Reason = "over_gateway" // the whole gateway's
	Blocked        Reason = "blocked"      // a guardian has blocked this address
	ChildAsks      Reason = "child_asks"   // a child asks for a new contact
	Helpline       Reason = "helpline"     // never relayed: the child is told to ring
	Command        Reason = "command"      // a word to the gateway itself
	Corrects       Reason = "corrects"     // the last of several corrections of a text that has left is waited for
	Unaddressed    Reason = "unaddressed"  // the child was asked whom a text is for; unanswered it goes to its guardians
	Expired        Reason = "expired"      // it was held for longer than a text is kept
	ByCodeWord     Reason = "code_word"    // from or to an unknown phone from which the family's code word came
	TakenBack      Reason = "taken_back"   // its writer took it back while it was held
)

// Verdict is what was decided, and by which rule.
type Verdict struct {
	Action Action
	Reason Reason
	Rule   int64     // the deciding Rule's ID; 0 when no rule did
	Until  time.Time // of Hold: when it is worth asking again; zero when nobody knows
}

// Request asks about one message between a child and one other person.
type Request struct {
	Child     Person
	Other     Person
	Direction Direction
	At        time.Time
	ClockSet  bool // At can be trusted; without it only what is always allowed passes
	Emergency bool // the child's SOS, or an answer to it while it is open
	Urgent    bool // the sender wrote HASTER, and has not done so too often
	Parts     int  // SMS parts that it costs; 0 for a chat
	Spent     Spent
}

type pair struct{ child, other Person }

type keyOf struct {
	child Person
	key   int
}

type numberOf struct {
	child Person
	modem string
}

// ruled is a rule with its hours looked up.
type ruled struct {
	Rule
	hours hours
}

// Rules is the family's allowlist with all that bounds it, made by New and never changed after. It is safe for use
// by several goroutines at once.
type Rules struct {
	location  *time.Location
	rules     map[pair]ruled
	keys      map[keyOf]Person
	numbers   map[numberOf]Person // who has a modem's number for its own
	guardians map[pair]bool
	calendars map[Person]*calendar
	everybody *calendar          // of children without a week of their own
	mutes     map[pair]time.Time // of guardians: until when, forever for no end
	refused   map[pair]bool      // what the child itself does not want to hear
	overrides map[pair]time.Time
	stops     map[pair]bool
	lost      map[Person]bool
	limits    map[Person]Limits
}

// New makes the rules ready for Decide. Of two rules for the same child and contact the later counts; the
// database does not hold two.
func New(b Book) Rules {
	r := Rules{
		location:  b.Location,
		rules:     make(map[pair]ruled, len(b.Rules)),
		keys:      make(map[keyOf]Person, len(b.Rules)),
		numbers:   map[numberOf]Person{},
		guardians: make(map[pair]bool, len(b.Guardianships)),
		calendars: make(map[Person]*calendar, len(b.Weeks)),
		mutes:     make(map[pair]time.Time, len(b.Mutes)),
		refused:   make(map[pair]bool),
		overrides: make(map[pair]time.Time, len(b.Overrides)),
		stops:     make(map[pair]bool, len(b.Stops)),
		lost:      make(map[Person]bool, len(b.Lost)),
		limits:    b.Limits,
	}
	if r.location == nil {
		r.location = time.UTC
	}
	for _, rule := range b.Rules {
		r.rules[pair{rule.Child, rule.Contact}] = ruled{rule, hoursOf(rule.When, b.Timetables)}
		if rule.Key != 0 {
			r.keys[keyOf{rule.Child, rule.Key}] = rule.Contact
		}
		if rule.Modem != "" {
			r.numbers[numberOf{rule.Child, rule.Modem}] = rule.Contact
		}
	}
	for _, g := range b.Guardianships {
		r.guardians[pair{g.Child, g.Guardian}] = true
	}
	r.everybody = newCalendar(0, nil, b.Holidays)
	for child, week := range b.Weeks {
		r.calendars[child] = newCalendar(child, week, b.Holidays)
	}
	for _, h := range b.Holidays {
		if r.calendars[h.Child] == nil && h.Child != 0 {
			r.calendars[h.Child] = newCalendar(h.Child, nil, b.Holidays)
		}
	}
	for _, m := range b.Mutes {
		p := pair{m.Child, m.Other}
		switch {
		case m.ByChild:
			r.refused[p] = true
		case m.Until.IsZero():
			r.mutes[p] = forever
		default:
			r.mutes[p] = later(r.mutes[p], m.Until)
		}
	}
	for _, o := range b.Overrides {
		p := pair{o.Child, o.Other}
		r.overrides[p] = later(r.overrides[p], o.Until)
	}
	for _, s := range b.Stops {
		r.stops[pair{s.Child, s.Other}] = true
	}
	for _, child := range b.Lost {
		r.lost[child] = true
	}
	return r
}

// forever is the end of a mute that has none.
var forever = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// OnKey returns who lies on a child's speed-dial key, or 0.
func (r Rules) OnKey(child Person, key int) Person { return r.keys[keyOf{child, key}] }

// OnNumber returns who has a modem's number for its own towards a child, or 0.
func (r Rules) OnNumber(child Person, modem string) Person { return r.numbers[numberOf{child, modem}] }

// Rule returns the rule between a child and another, if there is one.
func (r Rules) Rule(child, other Person) (Rule, bool) {
	rule, ok := r.rules[pair{child, other}]
	return rule.Rule, ok
}

// IsGuardian tells whether a person is a guardian of the child.
func (r Rules) IsGuardian(child, person Person) bool { return r.guardians[pair{child, person}] }

// IsLost tells whether a child's phone is lost.
func (r Rules) IsLost(child Person) bool { return r.lost[child] }

// Limits returns the limits of a child, or (0) of the whole gateway.
func (r Rules) Limits(child Person) Limits { return r.limits[child] }

// Mode returns the mode that a child is in.
func (r Rules) Mode(child Person, at time.Time) Mode {
	return r.calendar(child).mode(at.In(r.location))
}

// NextMode returns when the child's mode next changes, and to what; false when it never does.
func (r Rules) NextMode(child Person, at time.Time) (time.Time, Mode, bool) {
	at = at.In(r.location)
	c := r.calendar(child)
	now := c.mode(at)
	next, ok := c.next(at, nil, func(t time.Time) bool { return c.mode(t) != now })
	return next, c.mode(next), ok
}

func (r Rules) calendar(child Person) *calendar {
	if c := r.calendars[child]; c != nil {
		return c
	}
	return r.everybody
}
