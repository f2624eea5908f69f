package main

import (
	"io"
	"net"
	"regexp"
	"slices"
	"sync"
	"time"
)

// link stands between the gateway and its server and writes down which stanzas the server put into which stream.
// XEP-0114 has no acknowledgements (promise 1): what was in the stream of a process that dies is gone, and only that.
type link struct {
	mu      sync.Mutex
	streams []*streamed
}

// streamed is what one stream has carried to the gateway.
type streamed struct {
	ids []string // of the chats, in the order in which the server wrote them
	cut []byte   // a start tag that is not yet whole
}

// watchLink puts a link before a world's server; it is called before the gateway is configured.
func watchLink(w *world) *link {
	w.t.Helper()
	listener, err := net.Listen("tcp", freeAddress(w.t))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = listener.Close() })
	l, server := &link{}, w.server.ComponentAddr
	w.server.ComponentAddr = listener.Addr().String()
	go func() {
		for {
			gateway, err := listener.Accept()
			if err != nil {
				return
			}
			l.join(gateway, server)
		}
	}()
	return l
}

// join carries octets between a gateway and the server, until both have ended.
func (l *link) join(gateway net.Conn, address string) {
	server, err := net.Dial("tcp", address)
	if err != nil {
		_ = gateway.Close()
		return
	}
	s := &streamed{}
	l.mu.Lock()
	l.streams = append(l.streams, s)
	l.mu.Unlock()
	go func() {
		_, _ = io.Copy(server, gateway)
		// The server hears of the end, and what it writes until it has heard is still read.
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	go func() {
		defer func() { _ = server.Close(); _ = gateway.Close() }()
		for data := make([]byte, 1<<16); ; {
			n, err := server.Read(data)
			l.note(s, data[:n]) // before anybody can have acted on it
			_, _ = gateway.Write(data[:n])
			if err != nil {
				return
			}
		}
	}()
}

var (
	chatTag = regexp.MustCompile(`<message [^>]*>`)
	tagID   = regexp.MustCompile(` id=['"]([^'"]*)`)
	openTag = regexp.MustCompile(`<[^>]*$`)
)

func (l *link) note(s *streamed, data []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.cut = append(s.cut, data...)
	for _, tag := range chatTag.FindAll(s.cut, -1) {
		if id := tagID.FindSubmatch(tag); id != nil {
			s.ids = append(s.ids, string(id[1]))
		}
	}
	s.cut = slices.Clone(openTag.Find(s.cut))
}

// dropped bounds how long before a kill a chat may have been written that the server had for a stream and did not get
// into it any more. It is far more than the one turn of the server's loop in which that can be.
const dropped = 250 * time.Millisecond

// excuses returns the judgement of chats without a fate: whether one that was written at a time may have vanished. It may
// if no process took it or anything that came behind it in its stream.
func (l *link) excuses(taken map[string]bool, kills []time.Time) func(id string, written time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	unread, carried := map[string]bool{}, map[string]bool{}
	for _, s := range l.streams {
		last := len(s.ids)
		for last > 0 && !taken[s.ids[last-1]] {
			last--
		}
		for n, id := range s.ids {
			carried[id] = true
			if n >= last {
				unread[id] = true
			}
		}
	}
	return func(id string, written time.Time) bool {
		if carried[id] || taken[id] {
			return unread[id]
		}
		return slices.ContainsFunc(kills, func(k time.Time) bool { return k.Sub(written).Abs() < dropped })
	}
}
