package ordeal

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// link is a component's stream, as the server has it.
type link struct {
	s    *standIn
	conn net.Conn
	done chan struct{}
	wake chan struct{}
	melt chan struct{} // closed when nothing is read or written any more
	once sync.Once
	cold sync.Once

	mu      sync.Mutex
	queue   []queued
	written []queued // with the offset of their last octet
	offset  int
	ended   bool
	in, out int // octets until the cut; 0 none
}

type queued struct {
	octets []byte
	key    string
	end    int
}

// unread is told that the component has closed its end after so many octets: what was written behind them is lost.
func (l *link) unread(read int) {
	l.mu.Lock()
	var lost []queued
	for _, q := range l.written {
		if q.end > read {
			lost = append(lost, q)
		}
	}
	l.written = nil
	l.mu.Unlock()
	for _, q := range lost {
		l.s.vanished(q.key)
	}
}

// put queues a stanza for the component; false when the stream has ended.
func (l *link) put(octets []byte, key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.s.handing(key)
	l.queue = append(l.queue, queued{octets: octets, key: key})
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return true
}

// end closes the stream. What was queued is lost.
func (l *link) end() {
	l.once.Do(func() {
		l.s.mu.Lock()
		if l.s.link == l {
			l.s.link = nil
		}
		l.s.mu.Unlock()
		l.mu.Lock()
		l.ended = true
		lost := l.queue
		l.queue = nil
		l.mu.Unlock()
		close(l.done)
		_ = l.conn.Close()
		l.s.tell("component's stream ends; lost with it:", len(lost))
		l.s.broke()
		for _, q := range lost {
			l.s.vanished(q.key)
		}
	})
}

func (l *link) freeze() { l.cold.Do(func() { close(l.melt) }) }

// Read is the stream from the component, with its faults.
func (l *link) Read(b []byte) (int, error) {
	select {
	case <-l.melt:
		<-l.done
		return 0, io.EOF
	default:
	}
	l.mu.Lock()
	limit := l.in
	l.mu.Unlock()
	if limit > 0 && len(b) > limit {
		b = b[:limit]
	}
	n, err := l.conn.Read(b)
	if limit > 0 {
		l.mu.Lock()
		l.in = max(limit-n, 1)
		l.mu.Unlock()
		if limit-n <= 0 {
			l.s.tell("stream cut at an octet from the component")
			l.end()
			return n, io.ErrUnexpectedEOF
		}
	}
	return n, err
}

// write is the other direction.
func (l *link) write(b []byte) error {
	select {
	case <-l.melt:
		<-l.done
		return io.EOF
	default:
	}
	l.mu.Lock()
	limit := l.out
	if limit > 0 {
		l.out = max(limit-len(b), 1)
	}
	l.offset += len(b)
	l.mu.Unlock()
	if limit > 0 && len(b) >= limit {
		_, _ = l.conn.Write(b[:limit-1]) // it is cut whatever comes of it
		l.s.tell("stream cut at an octet to the component")
		l.end()
		return io.ErrUnexpectedEOF
	}
	_, err := l.conn.Write(b)
	return err
}

// deliver is the writing goroutine.
func (l *link) deliver() {
	for {
		l.mu.Lock()
		var next queued
		found := len(l.queue) > 0
		if found {
			next = l.queue[0] // stays at the head until it is written whole
		}
		l.mu.Unlock()
		if !found {
			select {
			case <-l.wake:
				continue
			case <-l.done:
				return
			}
		}
		if err := l.write(next.octets); err != nil {
			l.end()
			return
		}
		l.mu.Lock()
		if len(l.queue) > 0 {
			l.queue = l.queue[1:]
			if next.key != "" {
				next.end, next.octets = l.offset, nil
				l.written = append(l.written, next)
			}
		}
		l.mu.Unlock()
	}
}

const streamHead = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' " +
	"xmlns:stream='http://etherx.jabber.org/streams' from='%s' id='%s'>"

// read is the reading goroutine: handshake (XEP-0114 §3), then stanza after stanza.
func (l *link) read() {
	defer l.end()
	d := xml.NewDecoder(l)
	head, err := nextStart(d)
	if err != nil {
		return
	}
	_ = head
	l.s.mu.Lock()
	l.s.streams++
	id := fmt.Sprintf("stream%d", l.s.streams)
	l.s.mu.Unlock()
	if l.write([]byte(fmt.Sprintf(streamHead, l.s.component, id))) != nil {
		return
	}
	var handshake struct {
		Digest string `xml:",chardata"`
	}
	if err := d.Decode(&handshake); err != nil {
		return
	}
	sum := sha1.Sum([]byte(id + l.s.secret))
	if strings.TrimSpace(handshake.Digest) != hex.EncodeToString(sum[:]) {
		_ = l.write([]byte(streamError("not-authorized"))) // and the stream ends either way
		return
	}
	if !l.claim() {
		_ = l.write([]byte(streamError("conflict")))
		return
	}
	if l.write([]byte("<handshake/>")) != nil {
		return
	}
	l.s.tell("component connected")
	go l.deliver()
	for {
		var c chat
		start, err := nextStart(d)
		if err == nil {
			err = d.DecodeElement(&c, &start)
		}
		if err != nil {
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) && !errors.Is(err, io.EOF) {
				_ = l.write([]byte(streamError("not-well-formed")))
			}
			return
		}
		l.s.mu.Lock()
		slow := l.s.slow
		l.s.mu.Unlock()
		if slow > 0 {
			pause := time.NewTimer(slow)
			select {
			case <-pause.C:
			case <-l.done:
				pause.Stop()
				return
			}
		}
		select {
		case <-l.melt:
			<-l.done
			return
		case <-l.done:
			return
		default:
		}
		if !l.ours(c.From) {
			_ = l.write([]byte(streamError("invalid-from"))) // the stream ends either way
			return
		}
		l.s.fromComponent(l, c)
	}
}

// ours tells whether the component may write from an address.
func (l *link) ours(from string) bool {
	bare, _, _ := strings.Cut(from, "/")
	return bare == l.s.component || strings.HasSuffix(bare, "@"+l.s.component)
}

// claim takes the component's place, if it may have another stream: Prosody refuses it, ejabberd lets it in. It is taken
// before the handshake is answered, as with both: who was let in gets what is sent to it, and no second one comes in.
func (l *link) claim() bool {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.s.link != nil && l.s.like != likeEjabberd {
		return false
	}
	l.s.link = l
	return true
}

func streamError(condition string) string {
	return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
}

func nextStart(d *xml.Decoder) (xml.StartElement, error) {
	for {
		t, err := d.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			return t, nil
		case xml.EndElement:
			return xml.StartElement{}, io.EOF // </stream:stream>
		}
	}
}
