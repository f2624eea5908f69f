package ordeal

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// newWire is a connection with a buffer in each direction, as sockets and serial ports have: what was written before an
// end was closed still arrives. net.Pipe would not do: a write to it can block while a mutex of the gateway is held, and
// whoever waits for a mutex stops the bubble's clock. The buffer has no limit, so no write blocks, but for the
// faults of a lane.
func newWire() (a, b net.Conn) {
	there, back := newLane(), newLane()
	return &wireEnd{in: back, out: there, gone: make(chan struct{})}, &wireEnd{in: there, out: back, gone: make(chan struct{})}
}

// lane is one direction.
type lane struct {
	mu     sync.Mutex
	buf    []byte
	closed bool // by its writer: the rest can be read
	cut    bool // by its reader: nobody reads any more
	read   int  // octets that its reader took
	onCut  func(read int)
	wake   chan struct{}
	limit  int           // octets that find room while nobody reads; 0: all
	stuck  chan struct{} // closed when there is room again; nil: there is
}

// stall makes the lane take no more than so many octets; then a write fails as after its deadline, at once: a writer
// that waits while it holds a mutex would stop the bubble's clock.
func (l *lane) stall(room int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = max(len(l.buf)+room, 1)
}

// block makes every write wait, as on a serial line whose other end does not read, until it is unblocked or its own end
// is closed.
func (l *lane) block() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stuck == nil {
		l.stuck = make(chan struct{})
	}
}

func (l *lane) unblock() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stuck != nil {
		close(l.stuck)
		l.stuck = nil
	}
}

func newLane() *lane { return &lane{wake: make(chan struct{}, 1)} }

func (l *lane) poke() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

type wireEnd struct {
	in, out *lane

	once sync.Once
	gone chan struct{} // closed with this end

	mu   sync.Mutex
	late time.Time // the reading deadline
}

func (e *wireEnd) Read(b []byte) (int, error) {
	for {
		e.in.mu.Lock()
		switch {
		case e.in.cut:
			e.in.mu.Unlock()
			e.in.poke() // for the next reader
			return 0, net.ErrClosed
		case len(e.in.buf) > 0:
			n := copy(b, e.in.buf)
			e.in.buf = e.in.buf[n:]
			e.in.read += n
			e.in.mu.Unlock()
			return n, nil
		case e.in.closed:
			e.in.mu.Unlock()
			e.in.poke()
			return 0, io.EOF
		}
		e.in.mu.Unlock()
		e.mu.Lock()
		late := e.late
		e.mu.Unlock()
		if late.IsZero() {
			<-e.in.wake
			continue
		}
		timer := time.NewTimer(time.Until(late))
		select {
		case <-e.in.wake:
			timer.Stop()
		case <-timer.C:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

func (e *wireEnd) Write(b []byte) (int, error) {
	e.out.mu.Lock()
	defer e.out.mu.Unlock()
	for stuck := e.out.stuck; stuck != nil && !e.out.closed; stuck = e.out.stuck {
		e.out.mu.Unlock()
		select {
		case <-stuck:
		case <-e.gone:
		}
		e.out.mu.Lock()
	}
	if e.out.closed || e.out.cut {
		return 0, net.ErrClosed
	}
	if e.out.limit > 0 && len(e.out.buf)+len(b) > e.out.limit {
		return 0, os.ErrDeadlineExceeded
	}
	e.out.buf = append(e.out.buf, b...)
	e.out.poke()
	return len(b), nil
}

func (e *wireEnd) Close() error {
	e.out.mu.Lock()
	e.out.closed = true
	e.out.mu.Unlock()
	e.once.Do(func() { close(e.gone) })
	e.out.poke()
	e.in.mu.Lock()
	tell, read := e.in.onCut, e.in.read
	if e.in.cut {
		tell = nil
	}
	e.in.cut = true
	e.in.mu.Unlock()
	e.in.poke()
	if tell != nil {
		tell(read)
	}
	return nil
}

func (e *wireEnd) SetReadDeadline(t time.Time) error {
	e.mu.Lock()
	e.late = t
	e.mu.Unlock()
	e.in.poke()
	return nil
}

func (e *wireEnd) SetDeadline(t time.Time) error    { return e.SetReadDeadline(t) }
func (e *wireEnd) SetWriteDeadline(time.Time) error { return nil }
func (e *wireEnd) LocalAddr() net.Addr              { return wireAddr{} }
func (e *wireEnd) RemoteAddr() net.Addr             { return wireAddr{} }

type wireAddr struct{}

func (wireAddr) Network() string { return "wire" }
func (wireAddr) String() string  { return "wire" }
