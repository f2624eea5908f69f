package at

import (
	"errors"
	"io"
	"sync"
	"time"
)

// guard is the port as the rest of the package may touch it. No write begins after Close: with go.bug.st/serial it
// would go to whatever file has the descriptor by then. A write that blocks is given up, though the operating system
// may keep its goroutine.
type guard struct {
	port  io.ReadWriteCloser
	limit time.Duration // how long one write may take

	turn chan struct{} // full while a write is under way; no mutex, so that synctest's clock goes on

	once sync.Once
	err  error
	shut chan struct{} // closed when Close begins: no write starts from here on
}

func newGuard(port io.ReadWriteCloser, limit time.Duration) *guard {
	return &guard{port: port, limit: limit, turn: make(chan struct{}, 1), shut: make(chan struct{})}
}

// Write writes all of p, or returns ErrBlocked after the limit, ErrNotWritten (wrapped) when nothing was written.
func (g *guard) Write(p []byte) (int, error) {
	select {
	case <-g.shut:
		return 0, errors.Join(ErrClosed, ErrNotWritten)
	default:
	}
	type result struct {
		n   int
		err error
	}
	done := make(chan result, 1)
	// The copy outlives this call where the write blocks.
	own := append([]byte(nil), p...)
	go func() {
		g.turn <- struct{}{}
		defer func() { <-g.turn }()
		select {
		case <-g.shut:
			done <- result{0, errors.Join(ErrClosed, ErrNotWritten)}
			return
		default:
		}
		n, err := g.port.Write(own)
		if err == nil && n < len(own) {
			err = io.ErrShortWrite
		}
		done <- result{n, err}
	}()
	timer := time.NewTimer(g.limit)
	defer timer.Stop()
	select {
	case r := <-done:
		return r.n, r.err
	case <-g.shut:
		// The write under way may or may not reach the modem.
		return 0, ErrClosed
	case <-timer.C:
		return 0, ErrBlocked
	}
}

// closeGrace is how long Close waits for a write under way; one that takes longer sits in the driver, where closing
// the descriptor can no longer lead it astray.
const closeGrace = 200 * time.Millisecond

// Close closes the port once; further calls return the same error.
func (g *guard) Close() error {
	g.once.Do(func() {
		close(g.shut)
		idle := make(chan struct{})
		go func() {
			g.turn <- struct{}{}
			defer func() { <-g.turn }()
			close(idle)
		}()
		timer := time.NewTimer(closeGrace)
		defer timer.Stop()
		select {
		case <-idle:
		case <-timer.C:
		}
		g.err = g.port.Close()
	})
	return g.err
}

// pipe carries the lines of answers to the command loop. Writing never blocks; what the loop does not take in time is
// bounded by the answer to a single command.
type pipe struct {
	mu    sync.Mutex
	ready *sync.Cond
	buf   []byte
	done  bool
}

// maxAnswer bounds one answer; AT+CMGL=4 with a thousand messages stays below a tenth of it.
const maxAnswer = 8 << 20

func newPipe() *pipe {
	p := &pipe{}
	p.ready = sync.NewCond(&p.mu)
	return p
}

// put appends text; it reports false when the answer has grown beyond all bounds.
func (p *pipe) put(text string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.buf)+len(text) > maxAnswer {
		return false
	}
	p.buf = append(p.buf, text...)
	p.ready.Signal()
	return true
}

func (p *pipe) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.buf) == 0 {
		if p.done {
			return 0, io.EOF
		}
		p.ready.Wait()
	}
	n := copy(b, p.buf)
	p.buf = p.buf[n:]
	if len(p.buf) == 0 {
		p.buf = nil
	}
	return n, nil
}

func (p *pipe) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = true
	p.ready.Broadcast()
}
