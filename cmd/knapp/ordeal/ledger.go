package ordeal

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Promise is a promise of the gateway, by its number in the design.
type Promise int

// The promises that a Ledger judges.
const (
	NothingIsLost    Promise = 1
	NothingIsDoubled Promise = 2
	DenyByDefault    Promise = 3

	AnEmergencyPasses Promise = 4
	StatusIsTrue      Promise = 5
	NoSMSIsSpent      Promise = 6
)

func (p Promise) String() string {
	switch p {
	case NothingIsLost:
		return "1, nothing is lost"
	case NothingIsDoubled:
		return "2, nothing is doubled"
	case DenyByDefault:
		return "3, deny by default"
	case AnEmergencyPasses:
		return "4, an emergency passes"
	case StatusIsTrue:
		return "5, status is true"
	case NoSMSIsSpent:
		return "6, no SMS is spent silently"
	default:
		return fmt.Sprintf("promise %d", int(p))
	}
}

// Message is what a person wrote, as the Ledger must know it. Every text of a run must be another.
type Message struct {
	Name string // unique in the run, for the report
	From string // who wrote it: a number, or a bare JID
	ID   string // of its stanza; "" for an SMS
	To   []Leg  // everybody whom it is for
	At   time.Time
	// Unaddressed says that its writer did not say for whom it is: it is for one of them, or for several, and it may be
	// shown with a word about that. Its texts begin with its name and a space, and no other's hold them.
	Unaddressed bool
	// Loose says that it may be shown with a label or a word that is not known here. Its text begins with its name and a space, and
	// no other's holds them.
	Loose bool
	// Corrects is the id of an earlier stanza that this one is to stand for: whoever has not been shown that need not be.
	Corrects string
}

// Leg is one recipient of a message.
type Leg struct {
	Address string // a number, or a bare JID
	Shown   string // the text as it is to be seen there, label and all
	Called  string // what the writer is told who did not get it; several recipients may be called by one name

	// Mobile is where the text goes too, once, when it stays unread, and OnMobile how it is shown there; "" for nowhere.
	Mobile, OnMobile string
}

// Broken is one promise broken.
type Broken struct {
	Promise Promise
	Message string // its name; "" where no single one can be named
	What    string // in words
}

func (b Broken) String() string {
	return fmt.Sprintf("promise %v: %s: %s", b.Promise, b.Message, b.What)
}

// leg is a recipient and what was seen there.
type leg struct {
	Leg
	message *message
	onAir   bool           // the network took all of it from the gateway's modem
	seen    int            // how often, on a phone
	ids     map[string]int // how often under which stanza id, at a client
	excused string
	gate    *gate // behind which it was written
	tried   bool  // to send it
	plain   bool  // it was shown as a text of its own, though it corrects another

	read      bool // its reader has shown that it is read
	copied    int  // how often it was shown on the mobile
	copyOnAir bool
}

type message struct {
	Message
	legs     []*leg
	receipts int
	errors   int
	again    bool
	early    bool // it was receipted before it had arrived

	mustSay   string   // when it was written
	by, of    *message // what corrects it, and what it corrects
	retracted bool
}

type place struct{ address, text string }

type pair struct{ writer, called string }

// Ledger judges one run. Its methods may be called by several goroutines at once.
type Ledger struct {
	// Live says that everything is told in the order in which it happened, so that a receipt can come too early. It is set
	// before the run.
	Live bool

	mu       sync.Mutex
	messages []*message
	byID     map[string]*message
	byText   map[place]*leg
	failures map[pair]int // told: it did not arrive
	doubts   map[pair]int // told: it may or may not have arrived
	unheard  map[pair]int // words to a writer that were lost with the writer's own phone or server
	breaks   int
	unsure   int
	tpdus    map[string]int
	stray    []Broken
	strange  []string            // texts of strangers
	torn     map[string]*message // by what their texts begin with

	copies map[place]*leg // by what is shown on mobiles
	guards map[pair]bool
	calls  []*call
	heard  map[string]int // by the child: told that its call was taken up
	unread []unreadWord   // words that nobody has read a text
	spared []unreadWord   // such words that were not given

	gates   map[pair]*gate // by who writes, and to which address
	hushes  []hush
	mustSay map[string]string // by who writes
	wishes  map[wish]*fate
	rooms   map[pair]*room // by who writes, and to which address
	days    int            // that there were
}

// NewLedger makes an empty one.
func NewLedger() *Ledger {
	return &Ledger{
		byID: map[string]*message{}, byText: map[place]*leg{},
		failures: map[pair]int{}, doubts: map[pair]int{}, unheard: map[pair]int{}, tpdus: map[string]int{},
		torn: map[string]*message{}, copies: map[place]*leg{}, guards: map[pair]bool{}, heard: map[string]int{},
		gates: map[pair]*gate{}, mustSay: map[string]string{}, wishes: map[wish]*fate{}, rooms: map[pair]*room{}, days: 1,
	}
}

// Wrote says that a person's phone or client has handed a message to its network or server, which accepted it. The same
// stanza written again is no new message.
func (l *Ledger) Wrote(m Message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := &message{Message: m, mustSay: l.mustSay[m.From]}
	for _, to := range m.To {
		one := &leg{Leg: to, message: kept, ids: map[string]int{}}
		kept.legs = append(kept.legs, one)
		l.enter(one)
		l.byText[place{to.Address, to.Shown}] = one
		if to.Mobile != "" {
			l.copies[place{to.Mobile, to.OnMobile}] = one
		}
	}
	if m.Unaddressed || m.Loose {
		l.torn[m.Name+" "] = kept
	}
	if old := l.byID[m.Corrects]; old != nil {
		old.by, kept.of = kept, old
	}
	l.messages = append(l.messages, kept)
	if m.ID != "" {
		l.byID[m.ID] = kept
	}
}

// Stranger says that somebody who is on no list wrote a text, which nobody may be shown.
func (l *Ledger) Stranger(text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.strange = append(l.strange, text)
}

// Torn says that the network lost a part, but not the first, of the message that was written last, whose texts hold
// this tag and no other's do. What is shown of it is no longer known; that it is shown is owed all the same.
func (l *Ledger) Torn(tag string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.torn[tag] = l.messages[len(l.messages)-1]
}

// Tearable says that parts of a message may have lain with the network for longer than the gateway waits for one: what it has
// may be shown first, and the rest by itself.
func (l *Ledger) Tearable(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages {
		if m.Name == name {
			l.torn[name+" "] = m
		}
	}
}

// remnant tells whether a text is what was shown by itself of a message that was torn. The lock is held.
func (l *Ledger) remnant(address, text string) bool {
	_, rest, found := strings.Cut(text, "…")
	rest, _, cut := strings.Cut(rest, " (")
	if !found || !cut {
		return false
	}
	for _, m := range l.torn {
		for _, one := range m.legs {
			if (one.Address == address || one.Mobile == address) && strings.Contains(one.Shown, strings.TrimSuffix(rest, "…")) {
				return true
			}
		}
	}
	return false
}

// find returns whose text is shown at an address, if anybody's. The lock is held.
func (l *Ledger) find(address, text string) *leg {
	if one := l.byText[place{address, text}]; one != nil {
		return one
	}
	for tag, m := range l.torn {
		if !strings.Contains(text, tag) {
			continue
		}
		for _, one := range m.legs {
			if one.Address == address {
				return one
			}
		}
	}
	return nil
}

// findCopy returns whose text has gone on to a mobile, if anybody's. The lock is held.
func (l *Ledger) findCopy(address, text string) *leg {
	if one := l.copies[place{address, text}]; one != nil {
		return one
	}
	for tag, m := range l.torn {
		for _, one := range m.legs {
			if one.Mobile == address && strings.Contains(text, tag) {
				return one
			}
		}
	}
	return nil
}

// unwritten notes that something was shown that nobody wrote to there. The lock is held.
func (l *Ledger) unwritten(address, text string) {
	for _, strange := range l.strange {
		if strings.Contains(text, strange) {
			l.stray = append(l.stray, Broken{DenyByDefault, "", fmt.Sprintf("%s was shown a stranger's %q", address, text)})
			return
		}
	}
	if l.remnant(address, text) {
		return
	}
	l.stray = append(l.stray, Broken{StatusIsTrue, "", fmt.Sprintf("%s was shown %q, which nobody wrote to it", address, text)})
}

// Again says that a client wrote a stanza a second time, under its id, before it had heard of its fate. After an error
// that was on its way just then this is a new message.
func (l *Ledger) Again(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.byID[id]; m != nil {
		m.again = true
	}
}

// OnAir says that the network took a whole text from the gateway's modem: it is the network's from here on.
func (l *Ledger) OnAir(number, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.find(number, text); one != nil {
		if r := l.rooms[pair{one.message.From, number}]; r != nil {
			r.taken++
		}
		one.onAir = true
	} else if one := l.findCopy(number, text); one != nil {
		one.copyOnAir = true
	} else {
		l.alerted(number, text) // on the air it is the network's
	}
}

// Sent says that the network took one TPDU from the gateway's modem. Two that are equal in all but their reference
// (TP-MR, the second octet) are one segment sent twice.
func (l *Ledger) Sent(tpdu []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(tpdu) < 2 {
		return
	}
	key := string(tpdu[:1]) + string(tpdu[2:])
	if l.tpdus[key]++; l.tpdus[key] == 2 {
		l.stray = append(l.stray, Broken{NothingIsDoubled, "", fmt.Sprintf("the same segment was sent twice: %X", tpdu)})
	}
}

// PhoneShows says that a phone shows a text. What the gateway itself has to say is told by Failed and Doubtful.
func (l *Ledger) PhoneShows(number, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.find(number, text); one != nil {
		one.seen++
		l.shows(one, text)
		return
	}
	if one := l.findCopy(number, text); one != nil {
		one.copied++
		return
	}
	if l.alerted(number, text) {
		return
	}
	l.unwritten(number, text)
}

// shows looks at what is shown. The lock is held.
func (l *Ledger) shows(one *leg, text string) {
	l.seenBehind(one)
	l.marked(one, text)
	one.plain = one.plain || one.message.Corrects != "" && !strings.Contains(text, "Rettet: ")
}

// ClientShows says that a client got a chat.
func (l *Ledger) ClientShows(jid, id, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.find(jid, text); one != nil {
		one.ids[id]++
		l.shows(one, text)
		return
	}
	if l.alerted(jid, text) {
		return
	}
	l.unwritten(jid, text)
}

// Receipt says that the writer of a stanza was told that the handset has it (XEP-0184).
func (l *Ledger) Receipt(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.byID[id]; m != nil {
		m.receipts++
		m.early = m.early || l.Live && !m.onHandset()
		return
	}
	l.stray = append(l.stray, Broken{StatusIsTrue, "", fmt.Sprintf("a receipt for %q, which was never written", id)})
}

// Error says that the writer of a stanza was told that it will never be sent (RFC 6120 §8.3).
func (l *Ledger) Error(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.byID[id]; m != nil {
		m.errors++
	}
}

// Failed says that a writer was told in words that somebody did not get a message.
func (l *Ledger) Failed(writer, called string) { l.count(l.failures, writer, called) }

// Doubtful says that a writer was told in words that it is not known whether somebody got a message.
func (l *Ledger) Doubtful(writer, called string) { l.count(l.doubts, writer, called) }

// Unheard says that such words were given and could not reach the writer, by no fault of the gateway.
func (l *Ledger) Unheard(writer, called string) { l.count(l.unheard, writer, called) }

func (l *Ledger) count(m map[pair]int, writer, called string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m[pair{writer, called}]++
}

// Excuse says that a text was lost where the gateway cannot know of it: by the sender's server before the gateway had
// committed it, or by the recipient's after the gateway had handed it on and no error came back.
func (l *Ledger) Excuse(address, text, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if one := l.find(address, text); one != nil {
		one.excused = why
	}
}

// ExcuseStanza is Excuse for all recipients of a stanza.
func (l *Ledger) ExcuseStanza(id, why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.byID[id]; m != nil {
		for _, one := range m.legs {
			one.excused = why
		}
	}
}

// Break says that the process or the stream to the server died: what was under way may be written once more under its
// id, and an SMS may be in doubt.
func (l *Ledger) Break() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.breaks++
	l.unsure++
}

// Unsure says that the modem gave an answer, or none, that leaves open whether a segment has left.
func (l *Ledger) Unsure() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsure++
}

// Messages counts what was written.
func (l *Ledger) Messages() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.messages)
}
