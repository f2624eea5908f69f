package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// QuestionKind tells what made the guardians be asked.
type QuestionKind string

// The kinds of questions.
const (
	StrangerSMS  QuestionKind = "sms"  // somebody wrote to the gateway number: it belongs to no child
	StrangerChat QuestionKind = "chat" // somebody wrote to a child's address
	ChildsWish   QuestionKind = "ask"  // the child asks for somebody: SPØR
)

// QuestionState is what became of a question.
type QuestionState string

// The states of a question.
const (
	QuestionOpen    QuestionState = "open"
	QuestionAllowed QuestionState = "allowed"
	QuestionOnce    QuestionState = "once" // both ways, for a day
	QuestionBlocked QuestionState = "blocked"
	QuestionMoved   QuestionState = "moved" // a new number of somebody known
	QuestionExpired QuestionState = "expired"
)

// Question is what guardians are asked about one address. However much comes from there, it is one.
type Question struct {
	ID       int64
	Code     string // "K7": by which guardians answer
	Kind     QuestionKind
	Address  string        // a number or a JID
	Child    policy.Person // 0 for an SMS from a stranger, until a guardian picks one
	Name     string        // as a child calls whom it asks for; else ""
	Opened   time.Time
	Latest   time.Time
	Count    int // messages so far
	Length   int // of the latest, in characters
	State    QuestionState
	Told     bool // the guardians were asked about it by name; else it is counted in a digest
	Waited   bool // the child was told that nobody has answered
	Answered time.Time
	By       Actor         // who answered
	Contact  policy.Person // whom the answer let in
	Previous string        // the number that the answer replaced
}

// Knock is what a stranger wrote to an address of the gateway's domain, before anybody looked whether it exists.
type Knock struct {
	ID        int64
	Message   MessageID
	From      JID
	Localpart string
	Resource  string
	StanzaID  string
	Receipt   bool
	Text      string
	At        time.Time
}

// BlockedAddress is an address that nobody is asked about any more.
type BlockedAddress struct {
	Address string
	Child   policy.Person // 0 for the whole family
	At      time.Time
	Who     policy.Person // 0 for the keeper
}

// PendingKind tells what waits for somebody else's yes.
type PendingKind string

// What waits.
const (
	CutGuardian    PendingKind = "cut"       // a guardian is to be cut off from a child
	RaiseRetention PendingKind = "retention" // something is to be kept for longer
	ChangeRole     PendingKind = "role"      // a guardian is to have another role: lowered, where Due is set
)

// Pending is a change that takes somebody else's yes, or time.
type Pending struct {
	ID     int64
	Code   string
	Kind   PendingKind
	Child  policy.Person
	Person policy.Person // the guardian whom it is about
	What   Retained      // which retention
	Role   Role          // which it is to have
	Days   int
	By     Actor
	Asked  time.Time
	Due    time.Time // it happens by itself then; zero for never
	State  string    // "open", "done", "withdrawn"
}

// Suspension takes every right from a guardian for a while.
type Suspension struct {
	Person    policy.Person
	Who       policy.Person
	At, Until time.Time
}

// ApprovalsTx is what a step may do about questions, blocks and what waits for somebody's yes.
type ApprovalsTx interface {
	// Family returns the family as one document, as this step leaves it.
	Family() (Family, error)

	// AddQuestion writes a question.
	AddQuestion(q Question) (int64, error)
	// SaveQuestion writes what has changed about a question.
	SaveQuestion(q Question) error
	// OpenQuestion returns the open question of a kind about an address, or ErrNotFound.
	OpenQuestion(kind QuestionKind, address string, child policy.Person) (Question, error)
	// QuestionByCode returns the newest question of a code, or ErrNotFound.
	QuestionByCode(code string) (Question, error)
	// OpenQuestions returns all open questions, the oldest first.
	OpenQuestions() ([]Question, error)
	// AnsweredQuestions returns what was answered since a time, the oldest first.
	AnsweredQuestions(since time.Time) ([]Question, error)

	// AddKnock keeps what a stranger wrote, unless more than limit wait already. It takes the same time for every
	// localpart.
	AddKnock(k Knock, limit int) error
	// Knocks returns what waits to be sorted, the oldest first.
	Knocks() ([]Knock, error)
	// DropKnock forgets one.
	DropKnock(id int64) error

	// SetBlock blocks an address, for a child or (0) for everybody, or no longer.
	SetBlock(b BlockedAddress, on bool) (changed bool, err error)
	// Blocked tells whether an address is blocked for a child, or for everybody.
	Blocked(address string, child policy.Person) (bool, error)
	// Blocks returns all blocked addresses, the newest first.
	Blocks() ([]BlockedAddress, error)

	// AddPending writes a change that waits.
	AddPending(p Pending) (int64, error)
	// SavePending writes what became of it.
	SavePending(p Pending) error
	// OpenPending returns the changes that wait, the oldest first.
	OpenPending() ([]Pending, error)

	// Suspend takes every right from a guardian, or (with a zero Until) gives them back.
	Suspend(s Suspension) error
	// Suspensions returns all of them.
	Suspensions() ([]Suspension, error)
}
