package main

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const (
	benchDomain = "sms.example.org"
	benchMum    = "mum@example.org"
)

// benchServer is the component's side of a chat server (XEP-0114): it lets everybody in, gives the gateway's barrier
// pings back as a server routes them, and notes when each message came. A real server's own time is not the gateway's.
type benchServer struct {
	listener int
	address  string
	greeting func() string // what is said to a component as soon as it is in; may be nil
	ended    chan struct{}

	mu   sync.Mutex // guards what follows
	conn int        // -1 without one
	got  []message
	news *sync.Cond
}

// message is a message stanza of the gateway.
type message struct {
	body string
	at   time.Time // its last byte was read
}

func startBenchServer(tb testing.TB, greeting func() string) *benchServer {
	tb.Helper()
	s := &benchServer{greeting: greeting, ended: make(chan struct{}), conn: -1}
	s.listener, s.address = listenLoopback(tb)
	s.news = sync.NewCond(&s.mu)
	go s.serve()
	return s
}

// stop ends the server; a component that is still there is cut off.
func (s *benchServer) stop() {
	_ = unix.Shutdown(s.listener, unix.SHUT_RD)
	s.mu.Lock()
	if s.conn >= 0 {
		_ = unix.Shutdown(s.conn, unix.SHUT_RDWR)
	}
	s.mu.Unlock()
	<-s.ended
	_ = unix.Close(s.listener)
}

// serve takes one component after the other.
func (s *benchServer) serve() {
	defer close(s.ended)
	for {
		fd, err := acceptOne(s.listener)
		if err != nil {
			return
		}
		s.use(fd)
		s.read(fd)
		s.use(-1)
		_ = unix.Close(fd)
	}
}

func (s *benchServer) use(fd int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = fd
}

// read serves one component until it leaves.
func (s *benchServer) read(fd int) {
	var held []byte
	buf := make([]byte, 1<<16)
	for {
		n, err := readSome(fd, buf)
		at := time.Now()
		if err != nil {
			return
		}
		held = append(held, buf[:n]...)
		for {
			stanza, rest, whole := cutStanza(held)
			if !whole {
				break
			}
			held = rest
			s.take(stanza, at)
		}
	}
}

// endings are how what the gateway writes ends: encoding/xml closes no element by "/>".
var endings = []string{"</message>", "</iq>", "</presence>", "</handshake>", "</stream:stream>"}

// cutStanza takes the first whole element off what was read; the stream's own start tag counts as one.
func cutStanza(held []byte) (stanza string, rest []byte, whole bool) {
	if i := bytes.Index(held, []byte("<stream:stream")); i >= 0 {
		end := bytes.IndexByte(held[i:], '>')
		if end < 0 {
			return "", held, false
		}
		return string(held[i : i+end+1]), held[i+end+1:], true
	}
	first := -1
	for _, ending := range endings {
		if i := bytes.Index(held, []byte(ending)); i >= 0 && (first < 0 || i+len(ending) < first) {
			first = i + len(ending)
		}
	}
	if first < 0 {
		return "", held, false
	}
	return string(held[:first]), held[first:], true
}

// take answers one element.
func (s *benchServer) take(stanza string, at time.Time) {
	switch {
	case strings.HasPrefix(stanza, "<stream:stream"):
		s.say("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' " +
			"xmlns:stream='http://etherx.jabber.org/streams' id='bench' from='" + benchDomain + "'>")
	case strings.HasSuffix(stanza, "</handshake>"):
		s.say("<handshake/>")
		if s.greeting != nil {
			s.say(s.greeting())
		}
	case strings.HasSuffix(stanza, "</iq>"):
		s.say(stanza) // to itself: the server gives it back
	case strings.HasSuffix(stanza, "</stream:stream>"):
		s.say("</stream:stream>")
	case strings.HasSuffix(stanza, "</message>"):
		_, body, _ := strings.Cut(stanza, "<body>")
		body, _, _ = strings.Cut(body, "</body>")
		s.mu.Lock()
		s.got = append(s.got, message{body, at})
		s.news.Broadcast()
		s.mu.Unlock()
	}
}

// say writes to the component and returns when it began to.
func (s *benchServer) say(text string) time.Time {
	b := []byte(text)
	s.mu.Lock()
	defer s.mu.Unlock()
	began := time.Now()
	_ = writeWhole(s.conn, b) // a component that is gone is found by reading
	return began
}

// seen counts the messages so far.
func (s *benchServer) seen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.got)
}

// await returns the messages from a place in the list on when there are as many as wanted.
func (s *benchServer) await(tb testing.TB, from, wanted int) []message {
	tb.Helper()
	overdue := false
	timer := time.AfterFunc(patience, func() {
		s.mu.Lock()
		overdue = true
		s.news.Broadcast()
		s.mu.Unlock()
	})
	defer timer.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.got) < from+wanted {
		if overdue {
			tb.Fatalf("%d of %d stanzas came within %v", len(s.got)-from, wanted, patience)
		}
		s.news.Wait()
	}
	return append([]message(nil), s.got[from:]...)
}

// chat is what the child's mother writes.
func chat(id, body string) string {
	return fmt.Sprintf("<message from='%s/phone' to='emma@%s' type='chat' id='%s'><body>%s</body>"+
		"<request xmlns='urn:xmpp:receipts'/></message>", benchMum, benchDomain, id, body)
}
