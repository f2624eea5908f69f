package ordeal

import (
	"encoding/xml"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
)

// flavour is whose habits the stand-in has where the two servers differ (TestSameScript holds it to both).
type flavour string

const (
	likeProsody  flavour = "prosody"
	likeEjabberd flavour = "ejabberd"
)

// chat is a stanza as a client, or the stand-in, reads it.
type chat struct {
	XMLName xml.Name
	From    string `xml:"from,attr"`
	To      string `xml:"to,attr"`
	ID      string `xml:"id,attr"`
	Type    string `xml:"type,attr"`
	Body    string `xml:"body"`
	Inner   string `xml:",innerxml"`
	Receipt struct {
		ID string `xml:"id,attr"`
	} `xml:"urn:xmpp:receipts received"`
	Store *struct{} `xml:"urn:xmpp:hints store"`
	Ping  *struct{} `xml:"urn:xmpp:ping ping"`
	Delay *struct{} `xml:"urn:xmpp:delay delay"`
	Error struct {
		Type       string `xml:"type,attr"`
		Conditions []struct {
			XMLName xml.Name
		} `xml:",any"`
	} `xml:"error"`
}

func (c chat) condition() string {
	for _, one := range c.Error.Conditions {
		if one.XMLName.Local != "text" {
			return one.XMLName.Local
		}
	}
	return ""
}

// octets writes a stanza out. Its inside is passed on as it came.
func (c chat) octets() []byte {
	var b strings.Builder
	b.WriteString("<" + c.XMLName.Local)
	for _, a := range [...][2]string{{"from", c.From}, {"to", c.To}, {"id", c.ID}, {"type", c.Type}} {
		if a[1] != "" {
			b.WriteString(" " + a[0] + "='")
			_ = xml.EscapeText(&b, []byte(a[1])) // a strings.Builder takes everything
			b.WriteString("'")
		}
	}
	b.WriteString(">" + c.Inner + "</" + c.XMLName.Local + ">")
	return []byte(b.String())
}

// bounced is the error that a server answers with (RFC 6120 §8.3).
func (c chat) bounced(typ, condition string) chat {
	c.From, c.To, c.Type = c.To, c.From, "error"
	c.Error.Type = typ
	c.Error.Conditions = []struct{ XMLName xml.Name }{{xml.Name{Local: condition}}}
	c.Body, c.Inner = "", "<error type='"+typ+"'><"+condition+" xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
	return c
}

// standIn is an XMPP server in memory: accounts, offline storage, and one component. It does to the component what a
// real server does; what of that has been compared stands in TestSameScript.
type standIn struct {
	like                      flavour
	domain, component, secret string
	vanished                  func(key string)  // a stanza of that key was lost between us and somebody
	handing                   func(key string)  // it was queued for the component's stream
	broke                     func()            // a stream of the component has ended
	story                     func(args ...any) // may be nil
	bouncing                  func(chat) bool   // whether a late bounce may strike it

	mu       sync.Mutex
	up       bool
	link     *link // the component's stream
	frozen   []*link
	accounts map[string]*account
	slow     time.Duration // for each stanza of the component
	late     []lateBounce  // what becomes of the next chats from the component
	cutIn    int           // the next stream ends after so many octets from the component; 0 never
	cutOut   int           // and after so many to it
	streams  int
	given    map[string]bool // ids of chats that were handed on: no late error strikes their repeats
}

// lateBounce is an error that comes after a chat was accepted.
type lateBounce struct {
	after          time.Duration
	typ, condition string
}

// account is a person's, with one client.
type account struct {
	name    string
	there   bool
	offline []chat
	receive func(chat) // called without the lock
}

func newStandIn(like flavour, domain string) *standIn {
	return &standIn{
		like: like, domain: domain, component: "sms." + domain, secret: "not-secret-here", up: true,
		accounts: map[string]*account{}, given: map[string]bool{}, vanished: func(string) {}, handing: func(string) {}, broke: func() {},
		bouncing: func(chat) bool { return true },
	}
}

func (s *standIn) tell(args ...any) {
	if s.story != nil {
		s.story(args...)
	}
}

// register makes an account whose client gets what comes.
func (s *standIn) register(name string, receive func(chat)) *account {
	a := &account{name: name, receive: receive}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[name+"@"+s.domain] = a
	return a
}

// present signs a client in or out. What waited for it is handed over.
func (s *standIn) present(a *account, on bool) {
	s.mu.Lock()
	a.there = on
	var waited []chat
	if on {
		waited, a.offline = a.offline, nil
	}
	s.mu.Unlock()
	for _, c := range waited {
		c.Inner += "<delay xmlns='urn:xmpp:delay' from='" + s.domain + "'/>"
		c.Delay = &struct{}{}
		a.receive(c)
	}
}

// dial is how the component reaches the server.
func (s *standIn) dial() (net.Conn, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.up {
		return nil, errors.New("connection refused")
	}
	ours, theirs := newWire()
	l := &link{
		s: s, conn: theirs, done: make(chan struct{}), wake: make(chan struct{}, 1), melt: make(chan struct{}),
		in: s.cutIn, out: s.cutOut,
	}
	s.cutIn, s.cutOut = 0, 0
	if end, ok := theirs.(*wireEnd); ok {
		end.out.onCut = l.unread
	}
	go l.read()
	return ours, nil
}

// stop ends the server: the stream ends, what was not worked on is gone.
func (s *standIn) stop() {
	s.mu.Lock()
	s.up = false
	l := s.link
	frozen := s.frozen
	s.frozen = nil
	s.mu.Unlock()
	if l != nil {
		l.end()
	}
	for _, l := range frozen {
		l.end()
	}
}

func (s *standIn) start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = true
}

// replace puts another machine with the same accounts in the server's place: the old stream hears nothing any more,
// not even of its end.
func (s *standIn) replace() {
	s.mu.Lock()
	l := s.link
	s.link = nil
	if l != nil {
		s.frozen = append(s.frozen, l)
	}
	s.mu.Unlock()
	if l != nil {
		l.freeze()
	}
}

// stall stops reading what the component writes, and its buffers fill: something between the two has died.
func (s *standIn) stall(room int) {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l == nil {
		return
	}
	if end, ok := l.conn.(*wireEnd); ok {
		end.in.stall(room)
	}
	s.replace()
}

// cut ends the present stream after so many octets more in one direction.
func (s *standIn) cut(toComponent bool, after int) {
	s.mu.Lock()
	l := s.link
	if l == nil {
		if toComponent {
			s.cutOut = after
		} else {
			s.cutIn = after
		}
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if toComponent {
		l.out = after
	} else {
		l.in = after
	}
}

// connected tells whether the component is there.
func (s *standIn) connected() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.link != nil
}

// calm ends every fault.
func (s *standIn) calm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slow, s.late, s.cutIn, s.cutOut = 0, nil, 0, 0
}

// fromClient routes what a client wrote. key is what is lost if it never gets to the component.
func (s *standIn) fromClient(a *account, c chat, key string) {
	c.From = a.name + "@" + s.domain + "/phone"
	_, domain, _ := strings.Cut(c.To, "@")
	if d, _, _ := strings.Cut(domain, "/"); d != s.component {
		s.toAccount(c)
		return
	}
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	if l != nil && l.put(c.octets(), key) {
		return
	}
	if c.Type == "error" {
		return
	}
	typ, condition := s.away()
	a.receive(c.bounced(typ, condition))
}

// away is the error of a component that is not there.
func (s *standIn) away() (typ, condition string) {
	if s.like == likeEjabberd {
		return "cancel", "remote-server-not-found"
	}
	return "wait", "remote-server-timeout"
}

// toAccount hands a stanza to an account's client, or keeps it (XEP-0160), or answers that there is none.
func (s *standIn) toAccount(c chat) {
	bare, resource, _ := strings.Cut(c.To, "/")
	s.mu.Lock()
	a := s.accounts[bare]
	switch {
	case a != nil && a.there && (c.Type != "error" || resource == "" || resource == "phone"):
		s.mu.Unlock()
		a.receive(c)
	case a != nil && c.Type != "error" && (c.Body != "" || c.Store != nil):
		a.offline = append(a.offline, c)
		s.mu.Unlock()
	case a == nil && c.Type != "error":
		s.mu.Unlock()
		s.toComponent(c.bounced("cancel", "service-unavailable"), "")
	default:
		s.mu.Unlock() // an error for somebody who is away is dropped (RFC 6121 §8.5.2.2.1)
		if c.Type == "error" {
			s.vanished("error " + c.ID)
		}
	}
}

func (s *standIn) toComponent(c chat, key string) bool {
	s.mu.Lock()
	l := s.link
	s.mu.Unlock()
	return l != nil && l.put(c.octets(), key)
}

// fromComponent works on one stanza of the component.
func (s *standIn) fromComponent(l *link, c chat) {
	_, domain, found := strings.Cut(c.To, "@")
	if !found {
		domain = c.To
	}
	domain, _, _ = strings.Cut(domain, "/")
	switch {
	case domain == s.component:
		l.put(c.octets(), "") // routed back, in its turn
	case c.XMLName.Local != "message":
	case domain != s.domain:
		typ, condition := s.away()
		l.put(c.bounced(typ, condition).octets(), "")
	default:
		if c.Body != "" && c.Type != "error" && s.bouncing(c) {
			s.mu.Lock()
			var b lateBounce
			if len(s.late) > 0 && !s.given[c.ID] {
				b, s.late = s.late[0], s.late[1:]
			}
			s.given[c.ID] = s.given[c.ID] || b.typ == ""
			s.mu.Unlock()
			if b.typ != "" {
				s.tell("server accepts, and will bounce", c.ID, c.Body, b)
				time.AfterFunc(b.after, func() { s.bounceLate(c, b) })
				return
			}
		}
		s.toAccount(c)
	}
}

// bounceLate answers what was accepted. A server keeps such an answer for nobody.
func (s *standIn) bounceLate(c chat, b lateBounce) {
	s.mu.Lock()
	repeated := s.given[c.ID]
	s.mu.Unlock()
	if repeated {
		return // a repeat under its id has arrived meanwhile
	}
	key := "bounce " + c.ID
	if !s.toComponent(c.bounced(b.typ, b.condition), key) {
		s.vanished(key)
	}
}
