package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// ConversationTx is the part of Tx that conversations need: who spoke last, and what waits for a word of the child.
type ConversationTx interface {
	// Exchanges returns who has written to a child since the child last wrote to somebody, and that last text itself,
	// newest first, none older than a time. What the network has not taken yet the child cannot have seen.
	Exchanges(child policy.Person, since time.Time) ([]Exchange, error)
	// SetOther says in the log who a message was for in the end.
	SetOther(id MessageID, other policy.Person) error

	// AddUndecided keeps a text that waits.
	AddUndecided(u Undecided) error
	// UndecidedOf returns a child's texts that wait for whom they are for, oldest first.
	UndecidedOf(child policy.Person) ([]Undecided, error)
	// UndecidedDue returns the texts that have waited long enough, oldest first, and those that a clock which has
	// been put back would make wait for longer than most.
	UndecidedDue(now time.Time, most time.Duration) ([]Undecided, error)
	// DropUndecided forgets a text that waits.
	DropUndecided(id MessageID) error

	// MessageOf returns the newest message of a person to a child that came as a stanza of an id, or ErrNotFound.
	MessageOf(child, other policy.Person, stanza string) (MessageID, error)
	// Reached tells whether the text of a message has left towards the child's phone.
	Reached(id MessageID) (bool, error)
	// UnsentText returns the TPDUs of a person's text of which nothing has left yet; nothing for any other leg.
	UnsentText(leg LegID) ([][]byte, error)
	// Resegment replaces them, and counts what they cost in place of what was counted.
	Resegment(leg LegID, tpdus [][]byte) error
	// CorrectionsOf returns what waits to correct a message.
	CorrectionsOf(id MessageID) ([]Undecided, error)

	// Answered counts what a phone has asked of the gateway since a time, a day ago at most. AddAnswered counts one more,
	// DropAnswered begins anew.
	Answered(to Phone, since time.Time) (int, error)
	AddAnswered(to Phone, at time.Time) error
	DropAnswered(to Phone) error
	// AddNotice keeps what must be said to a phone later. Words that wait already are kept once, and counted.
	AddNotice(n Notice) error
	// NoticesDue returns all that waits for every phone to which something is due, by phone, oldest first.
	NoticesDue(now time.Time, most time.Duration) ([]Notice, error)
	// DropNotice forgets a notice.
	DropNotice(id int64) error
	// NextConversation returns when the next text or notice is due; zero for nothing.
	NextConversation() (time.Time, error)

	// Lately returns when something last happened, or the zero time, and notes that it happens now.
	Lately(what string, child, other policy.Person, now time.Time) (before time.Time, err error)
	// LastOf returns the same without noting anything.
	LastOf(what string, child, other policy.Person) (time.Time, error)
}

// Exchange is one text between a child and somebody.
type Exchange struct {
	Other     policy.Person // 0 for all guardians
	FromChild bool
}

// Undecided is a text that waits: a child's for whom it is for, or a contact's correction for the last of several.
type Undecided struct {
	Message  MessageID
	Child    policy.Person
	Corrects MessageID // 0 for a child's text
	Text     string
	Due      time.Time
}

// Notice is what must still be said to a phone.
type Notice struct {
	ID    int64
	About MessageID
	To    Phone
	Text  string // without the gateway's name
	Times int
	Due   time.Time
}
