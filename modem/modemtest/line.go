package modemtest

import (
	"context"
	"io"
	"os"
	"sync"
	"time"
)

// Line is what PlugIn makes, but in memory: a port that a host opens and closes
// while the modem stays. It waits on channels and timers only, so that it works
// in a bubble of testing/synctest. A modem that falls off the bus comes back on
// its line by itself.
type Line struct {
	m      *Modem
	number int
	back   time.Duration
	closed chan struct{}
	once   sync.Once
	ended  chan struct{}

	mu  sync.Mutex
	end *lineEnd // the modem's end, nil while it is off the bus
}

// lineDepth is how many writes wait in a line before the writer does.
const lineDepth = 1 << 12

// NewLine plugs a modem in, its port with this number (0 is the first) to a new
// line. A modem that a fault throws off comes back after back. Close the line
// before the network.
func NewLine(m *Modem, number int, back time.Duration) *Line {
	l := &Line{m: m, number: number, back: back, closed: make(chan struct{}), ended: make(chan struct{})}
	l.plug()
	go l.serve()
	return l
}

// Open gives a host its end of the line. It fails with os.ErrNotExist while the
// modem is off the bus. What another host had open is closed.
func (l *Line) Open(context.Context) (io.ReadWriteCloser, error) {
	l.mu.Lock()
	end := l.end
	l.mu.Unlock()
	if end == nil {
		return nil, os.ErrNotExist
	}
	return end.open(), nil
}

// Close unplugs the modem for good.
func (l *Line) Close() error {
	l.once.Do(func() { close(l.closed) })
	l.mu.Lock()
	end := l.end
	l.mu.Unlock()
	if end != nil {
		_ = end.Close() // it has no more to say than that it is closed
	}
	<-l.ended
	return nil
}

func (l *Line) plug() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end = &lineEnd{typed: make(chan []byte, lineDepth), gone: make(chan struct{})}
}

func (l *Line) serve() {
	defer close(l.ended)
	for {
		l.mu.Lock()
		end := l.end
		l.mu.Unlock()
		err := l.m.ServePort(end, l.number)
		l.mu.Lock()
		l.end = nil
		l.mu.Unlock()
		if err != nil {
			return // the network is closed
		}
		select {
		case <-l.closed:
			return
		case <-time.After(l.back):
		}
		l.plug()
	}
}

// lineEnd is the modem's end of a line.
type lineEnd struct {
	typed chan []byte
	rest  []byte // owned by the modem's reading goroutine
	gone  chan struct{}
	once  sync.Once

	mu   sync.Mutex
	host *lineHost
}

func (e *lineEnd) open() *lineHost {
	h := &lineHost{end: e, heard: make(chan []byte, lineDepth), gone: make(chan struct{})}
	e.mu.Lock()
	before := e.host
	e.host = h
	e.mu.Unlock()
	if before != nil {
		_ = before.Close() // closing is all there is to it
	}
	return h
}

func (e *lineEnd) Read(b []byte) (int, error) {
	if len(e.rest) == 0 {
		select {
		case e.rest = <-e.typed:
		case <-e.gone:
			return 0, io.EOF
		}
	}
	n := copy(b, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// Write reaches the host that has the line open; what nobody reads is lost.
func (e *lineEnd) Write(b []byte) (int, error) {
	e.mu.Lock()
	h := e.host
	e.mu.Unlock()
	if h == nil {
		return len(b), nil
	}
	select {
	case h.heard <- append([]byte(nil), b...):
	case <-h.gone:
	case <-e.gone:
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

func (e *lineEnd) Close() error {
	e.once.Do(func() { close(e.gone) })
	return nil
}

// lineHost is a host's end of a line.
type lineHost struct {
	end   *lineEnd
	heard chan []byte
	rest  []byte // owned by the host's reading goroutine
	gone  chan struct{}
	once  sync.Once
}

// Read gives what the modem said before it fell off the bus, and then the end.
func (h *lineHost) Read(b []byte) (int, error) {
	if len(h.rest) == 0 {
		select {
		case <-h.gone:
			return 0, os.ErrClosed
		case h.rest = <-h.heard:
		case <-h.end.gone:
			select {
			case h.rest = <-h.heard:
			default:
				return 0, io.EOF
			}
		}
	}
	n := copy(b, h.rest)
	h.rest = h.rest[n:]
	return n, nil
}

func (h *lineHost) Write(b []byte) (int, error) {
	select {
	case <-h.gone:
		return 0, os.ErrClosed
	case h.end.typed <- append([]byte(nil), b...):
		return len(b), nil
	case <-h.end.gone:
		return 0, io.ErrClosedPipe
	}
}

func (h *lineHost) Close() error {
	h.once.Do(func() { close(h.gone) })
	h.end.mu.Lock()
	defer h.end.mu.Unlock()
	if h.end.host == h {
		h.end.host = nil
	}
	return nil
}
