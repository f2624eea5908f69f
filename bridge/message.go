package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// MessageID names a row of the log: one message, as its sender meant it.
type MessageID int64

// LegID names a row of the outbox: one message to one recipient by one way.
type LegID int64

// Message is one entry of the log: who, when, how long, and what was decided. It never holds the text.
type Message struct {
	ID        MessageID
	At        time.Time        // when the gateway had it
	Written   time.Time        // what the sender's side says: the SCTS, or the stanza's delay; zero when unknown
	Direction policy.Direction // FromChild or ToChild
	Child     policy.Person    // 0 when no child is concerned (a stranger)
	Other     policy.Person    // 0 when nobody in the directory is
	Address   string           // the sender's number or JID when Other is nobody, else ""
	Modem     string           // the modem it came in by or goes out by
	Length    int              // characters
	Parts     int              // SMS parts that it came in or goes out with; 0 when none
	Emergency bool
	Verdict   policy.Verdict
	StanzaID  string // the id of the stanza that it came as; "" for an SMS
	Receipt   bool   // the sender asked for an XEP-0184 receipt
	Resource  string // the resource it came from, for receipts and errors
}

// LegState is how far a leg has come. Promise 5: each is only said when it is true.
type LegState string

// The states of a leg.
const (
	Queued    LegState = "queued"    // committed; not yet taken by the network
	Sent      LegState = "sent"      // the network took all of it (SMS), or the server has it (stanza)
	Delivered LegState = "delivered" // a report with TP-ST 00 for every part, or the client's receipt
	Failed    LegState = "failed"    // will never be sent or never arrived; its sender was told
	Unknown   LegState = "unknown"   // may have been sent; never sent again by itself; its sender was told
)

// Leg is a row of the outbox to be written. Exactly one of SMS and Stanza is set.
type Leg struct {
	Message   MessageID
	Emergency bool
	Verdict   policy.Verdict // never zero: nothing leaves that nobody decided about
	SMS       *SMSLeg
	Stanza    *Stanza
}

// SMSLeg is a text to a phone.
type SMSLeg struct {
	Modem    string
	To       Phone
	Segments [][]byte // SUBMIT TPDUs in order, without the service centre
}

// Segment is one TPDU of an SMS leg that waits to be sent.
type Segment struct {
	Leg      LegID
	Message  MessageID
	Modem    string
	To       Phone
	N, Of    int // 1-based
	TPDU     []byte
	Attempts int       // tries so far that were refused for certain
	Created  time.Time // of the leg

	Emergency bool // it goes out abroad too
	More      bool // another follows at once; Store leaves it false
}

// StanzaKind tells what a stanza of the outbox is.
type StanzaKind string

// The kinds of stanzas that must not be lost.
const (
	ChatStanza    StanzaKind = "chat"    // a text with a body
	ReceiptStanza StanzaKind = "receipt" // XEP-0184: delivered to the handset
	ErrorStanza   StanzaKind = "error"   // RFC 6120 §8.3: will never be sent
)

// Stanza is a message stanza to a contact.
type Stanza struct {
	Kind      StanzaKind
	From      string    // the localpart: a child's, or "" for the gateway itself
	To        string    // a bare JID, or a full one for receipts and errors
	ID        string    // the stanza's id and origin-id (XEP-0359); the same at every repeat
	Body      string    // ChatStanza
	Delay     time.Time // XEP-0203 stamp; zero when it is as good as now
	Refers    string    // ReceiptStanza, ErrorStanza: the id of the stanza that this speaks of
	Condition string    // ErrorStanza: an RFC 6120 §8.3.3 condition
	Text      string    // ErrorStanza: what a person reads; "" for strangers
	Language  string    // of Body or Text: "nb", "en"
}

// QueuedStanza is a stanza of the outbox that waits for the server's barrier.
type QueuedStanza struct {
	Leg LegID
	Stanza
}

// Chat is a message stanza with a body that the server handed to us.
type Chat struct {
	From     JID       // bare; authenticated by the server
	Resource string    // of the sender's client
	To       string    // the localpart as it was addressed, in lower case; "" for the gateway itself
	ID       string    // the stanza's id attribute
	OriginID string    // XEP-0359, if any
	Body     string    // what the person typed: without quotations, fences and what stands for attachments
	Receipt  bool      // XEP-0184 request
	Written  time.Time // XEP-0203 delay by a server, zero when none
	At       time.Time // when it was read

	Replaces    string // XEP-0308: the id of the same sender's message that this one corrects; "" for none
	ReplyTo     string // XEP-0461: the id of the message that this one answers; "" for none
	Attachments []Attachment
}

// Attachment is a picture or a file that came with a chat, of which a button phone shows nothing (XEP-0066, XEP-0447,
// XEP-0385). Its URL is the sender's secret and no text.
type Attachment struct {
	URL  string
	Type string // the media type, "image/jpeg", as far as it is known; else ""
}

// Bounce is an error stanza that came back for one of ours.
type Bounce struct {
	From      string // who answers, as written on the stanza
	To        string // our localpart
	ID        string // our stanza's id
	Condition string // RFC 6120 §8.3.3
	Type      string // auth, cancel, continue, modify, wait
}

// SMS is a short message as a modem received it, decoded as far as it goes.
type SMS struct {
	Modem   string
	PDU     string    // as the modem printed it
	At      time.Time // the host's clock
	Err     error     // why it could not be decoded; then only the fields above are set, and From where it was readable
	From    Phone
	Written time.Time // SCTS; zero when it could not be read
	Text    string    // of a whole message, or of this part alone
	Part    *Part     // nil for a message that came in one piece
	Silent  bool      // to be acknowledged and not shown (23.040 §9.2.3.9, PID 0x40)
	Data    bool      // 8-bit or port-addressed: nothing to read
	Notice  bool      // says that a mailbox holds something: to be logged and not shown (23.038 §4)

	// Replaces names the messages of which a later one takes the place of an earlier: type, sender and service centre
	// (23.040 §9.2.3.9, PID 0x41–47); "" for all others.
	Replaces string
}

// Part places a short message in a longer one (23.040 §9.2.3.24.1, .24.8).
type Part struct {
	Ref   int
	Wide  bool // a 16-bit reference
	Total int
	Seq   int // 1-based
}

// PartKey tells which longer message a part belongs to.
type PartKey struct {
	Modem string
	From  Phone
	Ref   int
	Wide  bool
	Total int
}

// Report is a status report for one segment (23.040 §9.2.2.3).
type Report struct {
	Modem string
	PDU   string
	To    Phone
	Ref   byte      // TP-MR
	SCTS  time.Time // when the service centre had taken the segment; zero when unreadable
	At    time.Time // the host's clock
	Fate  Fate
	Code  byte // TP-ST
}

// Fate is what a status report says of a segment (23.040 §9.2.3.15).
type Fate int

// The fates of a segment.
const (
	StillTrying Fate = iota // 0x20–0x3F, and whatever is not known to be final
	Arrived                 // 0x00 only
	Unconfirmed             // 0x01, 0x02: forwarded or replaced; nobody says that the phone has it
	Lost                    // 0x40–0x7F: permanent, or given up
)
