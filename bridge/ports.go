package bridge

import (
	"context"
	"errors"
	"fmt"
	"time"

	"knapp/bridge/policy"
)

// Store keeps everything that must survive a power cut. bridge/store implements it over SQLite.
type Store interface {
	AlarmStore
	PresenceStore

	// Do runs a step inside a transaction that the store owns and returns nil only after it was committed
	// (synchronous=FULL). Acknowledgements are given after Do returned, never inside the step: the store may
	// commit several steps together. A step may be run once only; its error rolls back this step alone.
	Do(ctx context.Context, step func(Tx) error) error

	// Directory returns the family as it stands: an immutable snapshot, cheap to ask for.
	Directory(ctx context.Context) (*Directory, error)
	// NextSegment returns what this modem should send next: emergency legs first, then the oldest leg, its
	// segments in order, none of a leg that waits for its next try. ok is false when nothing is due; then due
	// is when the next will be, zero for nothing at all.
	NextSegment(ctx context.Context, modem string, now time.Time) (seg Segment, ok bool, due time.Time, err error)
	// QueuedStanzas returns up to limit stanzas that are due and wait for a barrier, emergency first, then the
	// oldest. When there is none, due is when the next one will be that waits for its next try, zero for never.
	QueuedStanzas(ctx context.Context, now time.Time, limit int) (list []QueuedStanza, due time.Time, err error)
	// Waiting counts the legs that are queued, per way.
	Waiting(ctx context.Context) (sms, stanzas int, err error)
	// Log returns entries, newest first.
	Log(ctx context.Context, q LogQuery) ([]LogEntry, error)
	AuditStore
	AccountStore
	PasskeyStore
	LogStore
	// Subscriptions returns every presence subscription that was granted.
	Subscriptions(ctx context.Context) ([]Subscription, error)
	// Family returns the family as one document.
	Family(ctx context.Context) (Family, error)
}

// Tx is what a step may do. It must not be used after the step returned.
type Tx interface {
	VigilTx
	AlarmTx
	LoopsTx
	RulesTx
	ConversationTx
	IntroductionsTx
	CodeWordTx
	SeveralTx
	ReplacesTx
	CardsTx
	TopUpTx

	Directory() (*Directory, error)

	// NewPDU records a received TPDU, or what stands for one, by a keyed hash of modem number and PDU and tells whether it
	// was new.
	NewPDU(modem, pdu string, at time.Time) (bool, error)
	// NewStanza records a chat by (bare sender, recipient, origin-id or id, hash of the body) and tells
	// whether it was new within the last 24 h. A chat without any id is always new, and so is one whose
	// earlier message has finally failed.
	NewStanza(c Chat, m MessageID) (bool, error)
	// AddPart keeps one part of a longer message, with its SCTS or the zero time, and returns all parts of it that are
	// there by now, by Seq.
	AddPart(k PartKey, seq int, pdu string, written, at time.Time) (pdus map[int]string, err error)
	// DropParts forgets the parts of a message that was joined.
	DropParts(k PartKey) error
	// TakeStaleParts forgets and returns the parts, by Seq, of one message that no part has come for since a
	// time. ok is false when there is none.
	TakeStaleParts(before time.Time) (k PartKey, pdus map[int]string, ok bool, err error)
	// KeepRaw keeps a message that nobody could read, for a guardian.
	KeepRaw(m MessageID, modem, pdu, reason string, at time.Time) error

	// AddMessage writes a log entry.
	AddMessage(m Message) (MessageID, error)
	// AddLeg writes an outbox row, at once due.
	AddLeg(l Leg, at time.Time) (LegID, error)
	// Message returns a log entry.
	Message(id MessageID) (Message, error)
	// LastExchange returns the other person of the newest delivered entry of this child since a time, or 0.
	LastExchange(child policy.Person, since time.Time) (policy.Person, error)
	// OwnTexts counts the SMS legs in the gateway's own words (reason policy.Gateway) to a phone since a time.
	OwnTexts(to Phone, since time.Time) (int, error)
	// NextReference returns the next 8-bit concatenation reference towards a number (23.040 §9.2.3.24.1).
	NextReference(to Phone) (int, error)

	// MarkSending says that from here on the outcome of a segment may be unknown.
	MarkSending(leg LegID, n int, at time.Time) error
	// MarkSent stores the message reference (TP-MR, 0 to 255, or NoReference) under which the network took a
	// segment. The leg becomes Sent with its last segment. Reports that came earlier than this commit are applied,
	// and returned as for TakeReport. A segment without a reference is matched by no report: its leg stays Sent.
	MarkSent(leg LegID, n int, ref int, at time.Time) (Outcome, error)
	// Retry puts a segment that was refused for certain back into the queue, due at a time.
	Retry(leg LegID, n int, due time.Time, why string) error
	// FinishSMS ends a leg as Failed or Unknown: none of its segments is sent any more, its text is dropped.
	FinishSMS(leg LegID, state LegState, why string, at time.Time) (Outcome, error)
	// Interrupted returns the segments that were being sent when the process died.
	Interrupted() ([]Segment, error)
	// QueuedLegs returns every leg that is still queued and of which nothing has been sent or is being sent.
	QueuedLegs() ([]QueuedLeg, error)
	// Readdress sends a queued stanza to another bare JID.
	Readdress(leg LegID, to JID) error
	// Reassign moves every queued SMS leg whose modem is not among these to the first of them, and tells how many.
	Reassign(modems []string) (int, error)
	// TakeReport matches a status report by modem, recipient, reference and time. A report for nothing that
	// is known is kept for a while, since it may have overtaken the commit of its segment.
	TakeReport(r Report) (Outcome, error)

	// StanzasSent says that the server has these stanzas.
	StanzasSent(legs []LegID, at time.Time) error
	// StanzaByID finds the leg of one of our stanzas, for an error or a receipt that speaks of it. The answer
	// must come from the address that the stanza went to (its bare JID, or its server).
	StanzaByID(id, answeredBy string) (SentStanza, error)
	// RetryStanza queues a stanza again under its own id, due at a time. It fails with ErrTextGone when the
	// text is no longer there.
	RetryStanza(leg LegID, due time.Time, why string) error
	// FinishStanza ends a leg as Delivered or Failed and drops its text.
	FinishStanza(leg LegID, state LegState, why string, at time.Time) error

	AuditTx
	AccountTx
	PasskeyTx
	ApprovalsTx
	RetentionTx
	GatewayTx

	// SetSubscription records that a contact may see a child's presence, or no longer.
	SetSubscription(child policy.Person, contact JID, on bool) error
	// ApplyFamily makes the directory equal to the document, which has passed Check. What is absent is
	// archived with its history. The caller learns what changed, line by line.
	ApplyFamily(f Family, at time.Time) ([]Change, error)
}

// Outcome is what became of a leg by a report or a result.
type Outcome struct {
	Leg     LegID // 0: it concerned nothing that we sent
	Message MessageID
	State   LegState // the leg's state now
	Changed bool     // the state is new
	Own     bool     // the leg was in the gateway's own words (reason policy.Gateway)
}

// QueuedLeg is a leg of which nothing has left yet.
type QueuedLeg struct {
	Leg     LegID
	Message MessageID
	SMS     bool       // else a stanza
	Kind    StanzaKind // of a stanza
	To      string     // a number, or a JID as it was addressed
	Own     bool       // in the gateway's own words
	Urgent  bool       // of an emergency
}

// SentStanza is a leg of ours that an error or a receipt speaks of.
type SentStanza struct {
	Leg      LegID
	Message  MessageID
	State    LegState
	Attempts int  // how often RetryStanza queued it again
	Own      bool // it was in the gateway's own words
}

// ErrNotFound is returned when a row that was asked for does not exist.
var ErrNotFound = errors.New("not found")

// ErrTextGone is returned when a text was already dropped and cannot be sent again.
var ErrTextGone = errors.New("the text is no longer kept")

// Change is one line of what ApplyFamily did or would do.
type Change struct {
	What string // "add", "change", "archive", "rename"
	Kind Kind
	Name string
	Note string // what of it, in English, for the keeper
}

// Subscription says that a contact sees a child's presence (RFC 6121 §3).
type Subscription struct {
	Localpart string
	Contact   JID
}

// LogQuery selects log entries.
type LogQuery struct {
	Before MessageID // only older ones; 0 for the newest
	Limit  int       // 1–1000
	Child  string    // a name, or "" for all
}

// LogEntry is a log row with the names and states that a person reads.
type LogEntry struct {
	ID        MessageID     `json:"id"`
	At        time.Time     `json:"at"`
	Direction string        `json:"direction"`
	Child     string        `json:"child,omitempty"`
	Other     string        `json:"other,omitempty"`
	Address   string        `json:"address,omitempty"`
	Modem     string        `json:"modem,omitempty"`
	Length    int           `json:"length"`
	Parts     int           `json:"parts,omitempty"`
	Emergency bool          `json:"emergency,omitempty"`
	Verdict   string        `json:"verdict"`
	Reason    policy.Reason `json:"reason"`
	Rule      int64         `json:"rule,omitempty"`
	Why       string        `json:"why,omitempty"` // the reason in words; Relay.Log fills it in
	Legs      []LogLeg      `json:"legs,omitempty"`
}

// LogLeg is one leg of a log entry.
type LogLeg struct {
	Way   string    `json:"way"` // "sms" or "xmpp"
	Kind  string    `json:"kind,omitempty"`
	To    string    `json:"to"`
	State LegState  `json:"state"`
	At    time.Time `json:"at"`
	Why   string    `json:"why,omitempty"`
}

// Texts knows what a text becomes on the air. cmd fills it from modem/tpdu.
type Texts interface {
	// Segment returns the SUBMIT TPDUs for a text, with status reports asked for. ref is used when there are
	// several; validity is how long the service centre may try.
	Segment(to Phone, text string, ref int, validity time.Duration) ([][]byte, error)
	// Parts returns how many segments a text needs.
	Parts(text string) int
	// Join returns the text of a longer message from its parts' PDUs. When some are missing it returns what
	// there is, with an ellipsis for each gap, and an error.
	Join(pdus []string) (string, error)
	// Text returns what the SUBMIT TPDUs of one text say, in order.
	Text(tpdus [][]byte) (string, error)
}

// NoReference stands for the reference of a segment that a modem confirmed without giving one.
const NoReference = -1

// Transmitter sends one TPDU through a modem. cmd fills it from package modem.
type Transmitter interface {
	// Transmit calls commit after the modem is ready to take the segment's TPDU and before the first byte of it
	// leaves: when commit fails, nothing has left. ref is the message reference, 0 to 255, or NoReference. An
	// error is a *TransmitError.
	Transmit(ctx context.Context, seg Segment, commit func() error) (ref int, err error)
}

// Retry tells when a refused segment is worth another try.
type Retry int

// The classes of refusals (FACTS: CMS errors; 27.005 §3.2.5).
const (
	RetryWhenUp Retry = iota // the modem is away; try when it is back
	RetrySoon
	RetrySlowly
	RetryNever
	RetryByPerson // somebody must do something first: a PIN, a service centre, a full SIM
)

// TransmitError says why a segment was not, or perhaps not, sent.
type TransmitError struct {
	Unknown bool // it may have been sent
	Retry   Retry
	Err     error
}

func (e *TransmitError) Error() string {
	if e.Unknown {
		return fmt.Sprintf("may have been sent: %v", e.Err)
	}
	return fmt.Sprintf("not sent: %v", e.Err)
}

func (e *TransmitError) Unwrap() error { return e.Err }

// ErrUnsendable is returned by Courier.Send for a stanza that no stream would ever take: to try again is of no
// use. Nothing of it was written, and the stream is as good as before.
var ErrUnsendable = errors.New("this stanza can never be sent")

// ErrHungUp is wrapped by what a Courier returns when the server ended the stream because of something that it
// had read there, and said so.
var ErrHungUp = errors.New("the server ended the stream because of what was sent")

// Courier writes stanzas to the XMPP server. bridge/xmpp implements it.
type Courier interface {
	// Send writes a stanza to the stream. That the server has it is only known after a Barrier. It fails with
	// ErrUnsendable when to try again is of no use.
	Send(ctx context.Context, s Stanza) error
	// Barrier returns nil when the server has worked on everything that was sent before on this stream.
	Barrier(ctx context.Context) error
}

// Normalizer prepares addresses. cmd fills it from a phone-number library and bridge/xmpp.
type Normalizer interface {
	// Phone returns a number as E.164; numbers without a country code are taken as the gateway's country's.
	Phone(s string) (Phone, error)
	// JID returns a bare JID as RFC 7622 prepares it.
	JID(s string) (JID, error)
}
