package xmpp

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/component"
	"mellium.im/xmpp/jid"
	xmppstream "mellium.im/xmpp/stream"
)

// wire is a connection whose writes end, and whose reader gives no octet more than it was asked for: mellium
// negotiates the stream on it, and what follows the handshake is still there for our framer.
type wire struct {
	net.Conn
	in      *bufio.Reader
	timeout time.Duration // of one write
	moved   atomic.Int64  // when something last came, or the office was done with something that had; UnixNano
}

// newWire makes a wire of a connection.
func newWire(conn net.Conn, timeout time.Duration) *wire {
	w := &wire{Conn: conn, timeout: timeout}
	w.in = bufio.NewReader(arrivals{w})
	w.noteMoved()
	return w
}

// arrivals is the incoming side of a wire, below its buffer.
type arrivals struct{ w *wire }

func (a arrivals) Read(p []byte) (int, error) {
	n, err := a.w.Conn.Read(p)
	a.w.noteMoved()
	return n, err
}

// noteMoved says that the stream does not stand still.
func (w *wire) noteMoved() { w.moved.Store(time.Now().UnixNano()) }

// still returns for how long the stream has stood still.
func (w *wire) still() time.Duration { return time.Since(time.Unix(0, w.moved.Load())) }

// Read and ReadByte read through one buffer. Because of ReadByte, encoding/xml adds none of its own.
func (w *wire) Read(p []byte) (int, error) { return w.in.Read(p) }

// ReadByte implements io.ByteReader.
func (w *wire) ReadByte() (byte, error) { return w.in.ReadByte() }

// Write fails when the server takes nothing for a while. A part may then have left: the stream is of no more use.
func (w *wire) Write(p []byte) (int, error) {
	if err := w.SetWriteDeadline(time.Now().Add(w.timeout)); err != nil {
		return 0, err
	}
	return w.Conn.Write(p)
}

// stream is one stream to the server, from the handshake to its end.
type stream struct {
	conn   *wire
	domain string
	log    *slog.Logger

	writing sync.Mutex // a stanza is written whole

	mu    sync.Mutex
	pings map[string]chan struct{} // those that have not come back; closed when they do
	asked map[string]asking        // questions to others that wait for an answer, by id
	cause error                    // why the stream ended

	self  string // begins the id of every ping of this process
	rival func() // hears that another gateway serves the domain as well

	done chan struct{} // closed at the end
	once sync.Once
}

// open connects and shakes hands (XEP-0114 §3). The context only ends this; the stream does not depend on it.
func open(ctx context.Context, o Options) (*stream, error) {
	addr, err := jid.Parse(o.Domain)
	if err != nil || addr.Localpart() != "" || addr.Resourcepart() != "" {
		return nil, fmt.Errorf("xmpp: domain %q is not one like sms.example.org: %w", o.Domain, err)
	}
	conn, err := o.Dial(ctx)
	if err != nil {
		return nil, fmt.Errorf("xmpp: connect: %w", inWords(err))
	}
	// mellium breaks off by its context in a goroutine that can strike after the end (session.go, setDeadline):
	// it gets a context that never ends, and the connection is closed instead.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	w := newWire(conn, o.WriteTimeout)
	err = conn.SetReadDeadline(time.Now().Add(o.DialTimeout))
	if err == nil {
		_, err = component.NewSession(context.Background(), addr, []byte(o.Secret), w)
	}
	if err == nil {
		err = conn.SetReadDeadline(time.Time{})
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = conn.Close()
		return nil, refusal(o, err)
	}
	return newStream(w, o), nil
}

// newStream takes over a connection on which the handshake is done.
func newStream(w *wire, o Options) *stream {
	return &stream{
		conn:   w,
		domain: o.Domain,
		log:    o.Log,
		pings:  make(map[string]chan struct{}),
		asked:  make(map[string]asking),
		done:   make(chan struct{}),
		rival:  func() {},
	}
}

// refusal tells a configuration that somebody must change from a server that is not ready.
func refusal(o Options, err error) error {
	var se xmppstream.Error
	if errors.As(err, &se) && (se.Err == "not-authorized" || se.Err == "host-unknown") {
		return &RefusedError{Server: o.Server, Domain: o.Domain, Condition: se.Err}
	}
	if errors.As(err, &se) && se.Err == "conflict" {
		return fmt.Errorf("xmpp: %s is connected already: does a second gateway run with the same domain? %w", o.Domain, &StreamError{Condition: se.Err})
	}
	if errors.As(err, &se) && se.Err != "" {
		return fmt.Errorf("xmpp: handshake with %s: %w", o.Server, &StreamError{Condition: se.Err})
	}
	return fmt.Errorf("xmpp: handshake with %s: %w", o.Server, err)
}

// fail ends the stream at once. Only the first cause is kept.
func (s *stream) fail(cause error) {
	s.once.Do(func() {
		s.mu.Lock()
		s.cause = cause
		s.mu.Unlock()
		close(s.done)
		_ = s.conn.Close()
	})
}

// err returns why the stream ended.
func (s *stream) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cause
}

// write writes whole stanzas. After an error the stream has ended.
func (s *stream) write(octets []byte) error {
	if len(octets) == 0 {
		return nil
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	select {
	case <-s.done:
		return fmt.Errorf("%w (%w)", ErrStreamLost, s.err())
	default:
	}
	if _, err := s.conn.Write(octets); err != nil {
		s.fail(fmt.Errorf("xmpp: write: %w", err))
		return fmt.Errorf("%w (%w)", ErrStreamLost, err)
	}
	return nil
}

// receive reads stanzas until the stream ends and hands each to take, in order. It returns why it ended.
func (s *stream) receive(now func() time.Time, take func(stanza)) error {
	f := framer{in: s.conn.in, limit: maxStanza}
	unanswerable := 0
	for {
		octets, err := f.next()
		tooLong := errors.Is(err, errTooLong)
		if err != nil && !tooLong {
			return fmt.Errorf("xmpp: the stream ended: %w", err)
		}
		st, err := decode(octets, now())
		if err != nil {
			s.log.Warn("xmpp: dropped a stanza that cannot be read", "octets", len(octets), "error", err)
			continue
		}
		st.broken = st.broken || tooLong
		if e := st.streamError(); e != nil {
			return e
		}
		if s.isOurs(&st) || s.isAnswer(&st) {
			continue
		}
		if st.kind == "iq" && st.longID {
			// RFC 6120 §8.1.3: the answer would have to repeat the id. Whoever sends many does not fill the log.
			if unanswerable++; unanswerable&(unanswerable-1) == 0 {
				s.log.Warn("xmpp: dropped an IQ whose id is too long to be answered", "from", loggable(st.from), "so_far", unanswerable)
			}
			continue
		}
		take(st)
	}
}

// isOurs recognises what we sent to ourselves, and whatever comes from our own domain: it is never answered.
// Only we may write from there, the server sees to that.
func (s *stream) isOurs(st *stanza) bool {
	from := splitAddress(st.from)
	if !strings.EqualFold(from.domain, s.domain) {
		return false
	}
	// Its way back is the proof, no matter whether the server routed the question or answered for us.
	if from.local == "" && st.kind == "iq" {
		s.mu.Lock()
		if back, waits := s.pings[st.id]; waits {
			close(back)
			delete(s.pings, st.id)
		}
		s.mu.Unlock()
		// ejabberd lets a second gateway in and gives each a part of what comes. Then one of them gets the other's.
		if st.child(nsPing, "ping") != nil && !strings.HasPrefix(st.id, s.self) {
			s.rival()
		}
	}
	return true
}

// asking is a question that was put to somebody.
type asking struct {
	to   string
	back chan stanza // of capacity one
}

// isAnswer recognises the answer to a question of ours: by its id, which nobody can guess, and by its sender.
func (s *stream) isAnswer(st *stanza) bool {
	if st.kind != "iq" || st.typ != "result" && st.typ != "error" {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a, waits := s.asked[st.id]
	if !waits || !strings.EqualFold(a.to, st.from) {
		return false
	}
	delete(s.asked, st.id)
	a.back <- *st
	return true
}

// ask puts a question to somebody, from the gateway's own address, and returns the result. An error stanza is an error.
func (s *stream) ask(ctx context.Context, typ, to string, payload any) (stanza, error) {
	a := asking{to: to, back: make(chan stanza, 1)}
	id := rand.Text()
	octets, err := outgoing{Type: typ, From: s.domain, To: to, ID: id, Payload: []any{payload}}.octets("iq")
	if err != nil {
		return stanza{}, err
	}
	s.mu.Lock()
	s.asked[id] = a
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.asked, id)
		s.mu.Unlock()
	}()
	if err := s.write(octets); err != nil {
		return stanza{}, err
	}
	select {
	case st := <-a.back:
		if st.typ == "error" {
			condition, _ := st.stanzaError()
			return stanza{}, fmt.Errorf("xmpp: %s answers %s", splitAddress(to).domain, condition)
		}
		return st, nil
	case <-s.done:
		return stanza{}, fmt.Errorf("%w (%w)", ErrStreamLost, s.err())
	case <-ctx.Done():
		return stanza{}, fmt.Errorf("xmpp: %s does not answer: %w", splitAddress(to).domain, ctx.Err())
	}
}

// ping asks our own domain (XEP-0199), which the server routes back to us behind everything that it had to do
// before. The answer may lie behind many stanzas that the office is not done with (then nothing is read either):
// only a stream that has stood still for timeout counts as dead, and is closed.
func (s *stream) ping(ctx context.Context, timeout time.Duration) error {
	id := s.self + rand.Text()
	octets, err := buildPing(s.domain, id)
	if err != nil {
		return err
	}
	back := make(chan struct{})
	s.mu.Lock()
	s.pings[id] = back
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.pings, id)
		s.mu.Unlock()
	}()
	if err := s.write(octets); err != nil {
		return err
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		select {
		case <-back:
			return nil
		case <-s.done:
			return fmt.Errorf("%w (%w)", ErrStreamLost, s.err())
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		if still := s.conn.still(); still < timeout {
			timer.Reset(timeout - still)
			continue
		}
		err := fmt.Errorf("xmpp: the server did not answer within %v", timeout)
		s.fail(err)
		return fmt.Errorf("%w (%w)", ErrStreamLost, err)
	}
}

// keepAlive pings whenever nothing came for a while, until the stream ends. A peer that vanished without a
// word is found out this way only.
func (s *stream) keepAlive(every, timeout time.Duration) {
	timer := time.NewTimer(every)
	defer timer.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-timer.C:
		}
		if still := s.conn.still(); still < every {
			timer.Reset(every - still)
			continue
		}
		if err := s.ping(context.Background(), timeout); err != nil {
			return
		}
		timer.Reset(every)
	}
}
