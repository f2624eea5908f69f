package at

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	wat "github.com/warthog618/modem/at"
)

// Options are the limits of a Conn; zero values mean the defaults.
type Options struct {
	Timeout      time.Duration // for the final result of a command; 10 s
	WriteTimeout time.Duration // for one write to the port; 5 s
	ProbeEvery   time.Duration // between two AT while nothing answers; 1 s
	TrailingWait time.Duration // for the PDU after +CMT and +CDS; 2 s
	Queue        int           // unsolicited codes kept while nobody takes them; 1024
}

func (o Options) withDefaults() Options {
	setDefault(&o.Timeout, 10*time.Second)
	setDefault(&o.WriteTimeout, 5*time.Second)
	setDefault(&o.ProbeEvery, time.Second)
	setDefault(&o.TrailingWait, 2*time.Second)
	if o.Queue <= 0 {
		o.Queue = 1024
	}
	return o
}

func setDefault(d *time.Duration, def time.Duration) {
	if *d <= 0 {
		*d = def
	}
}

// Conn is one opening of a modem's AT port. Its methods are safe for concurrent use; commands go out one at a time,
// in the order in which they were asked for.
type Conn struct {
	o    Options
	port *guard
	pipe *pipe
	urcs chan URC

	turn  chan struct{} // holds the right to issue commands
	stale bool          // a late answer may come; owned by who has the turn

	started chan struct{} // closed by Run when loop is set
	loop    *wat.AT

	mu       sync.Mutex // guards what follows
	filter   filter
	seen     chan struct{} // poked at every line while the place in the stream is searched
	dropping bool          // codes are being dropped: the Lost mark is in the queue
	trailing *time.Timer   // running while a code awaits its further lines
	awake    time.Time     // when a command was last ended without delay
	cause    error         // why the connection ended
	gone     bool

	done chan struct{} // closed when the connection has ended
}

// New prepares a connection over an open port, which it owns from here on; Run starts it.
func New(port io.ReadWriteCloser, o Options) *Conn {
	o = o.withDefaults()
	c := &Conn{
		o: o, port: newGuard(port, o.WriteTimeout), pipe: newPipe(),
		// One place more than Queue: it is kept for the Lost mark.
		urcs: make(chan URC, o.Queue+1),
		turn: make(chan struct{}, 1), started: make(chan struct{}), done: make(chan struct{}),
		seen: make(chan struct{}, 1),
	}
	c.filter.answer = c.handOn
	c.filter.urc = c.deliver
	return c
}

// URCs is the channel of all unsolicited codes, in the order in which they came. It is closed when the connection has
// ended; what was queued can still be read then.
func (c *Conn) URCs() <-chan URC { return c.urcs }

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Run reads the port until ctx is done or the connection breaks, closes the port, and returns why: ctx.Err(), the
// port's error, ErrBlocked or ErrOutOfStep. It is called once.
func (c *Conn) Run(ctx context.Context) error {
	// warthog's at gets no timeout of its own: every exchange ends in the filter, so that no late line can be taken
	// for the next command's, and no ESC goes out after a PDU.
	c.loop = wat.New(&modemSide{c}, wat.WithTimeout(-1))
	close(c.started)
	stop := context.AfterFunc(ctx, func() { c.fail(ctx.Err()) })
	defer stop()
	read := make(chan struct{})
	go func() {
		defer close(read)
		c.fail(c.read())
	}()
	<-c.done
	_ = c.port.Close() // why the connection ended matters more than how the port took it
	// A driver that does not return from Read after Close must not keep the program from ending.
	select {
	case <-read:
	case <-time.After(closeGrace):
	}
	// Nor must a commit function that is still at work.
	select {
	case <-c.loop.Closed():
	case <-time.After(closeGrace):
	}
	return c.cause
}

// read feeds the filter until the port fails.
func (c *Conn) read() error {
	buf := make([]byte, 4096)
	for idle := 0; idle < 100; {
		select {
		case <-c.done: // the port may be closed by now
			return ErrClosed
		default:
		}
		n, err := c.port.port.Read(buf)
		if n > 0 {
			idle = 0
			c.feed(buf[:n])
		} else {
			idle++
		}
		if err != nil {
			return fmt.Errorf("read the modem's port: %w", err)
		}
	}
	return fmt.Errorf("read the modem's port: %w", io.ErrNoProgress)
}

func (c *Conn) feed(chunk []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return
	}
	searching, head := c.filter.search != nil, c.filter.head
	c.filter.feed(chunk)
	if searching {
		c.poke()
	}
	if c.filter.head != head && c.trailing != nil {
		c.trailing.Stop()
		c.trailing = nil
	}
	if c.filter.head != nil && c.trailing == nil {
		head = c.filter.head
		c.trailing = time.AfterFunc(c.o.TrailingWait, func() { c.giveUpTrailing(head) })
	}
}

func (c *Conn) poke() {
	select {
	case c.seen <- struct{}{}:
	default:
	}
}

// giveUpTrailing delivers a code whose PDU never came and after which the line fell silent.
func (c *Conn) giveUpTrailing(head *URC) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone && c.filter.head == head {
		c.trailing = nil
		c.filter.flush()
	}
}

// handOn is called by the filter, under mu.
func (c *Conn) handOn(text string) {
	if !c.pipe.put(text) {
		go c.fail(fmt.Errorf("an answer of more than %d bytes: %w", maxAnswer, ErrOutOfStep))
	}
}

// deliver is called by the filter, under mu; it never blocks. When nobody takes the codes, the last free place gets
// the Lost mark.
func (c *Conn) deliver(u URC) {
	u.At, u.Awake = time.Now(), c.awake
	free := cap(c.urcs) - len(c.urcs)
	switch {
	case free >= 2:
		c.dropping = false
		c.urcs <- u
	case free == 1 && !c.dropping:
		c.dropping = true
		c.urcs <- URC{Lost: true}
	}
}

// fail ends the connection; the first cause stands.
func (c *Conn) fail(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return
	}
	c.gone, c.cause = true, cause
	if c.trailing != nil {
		c.trailing.Stop()
	}
	c.filter.flush()
	if x := c.filter.pending; x != nil {
		c.filter.abandon(x, ErrClosed)
	}
	c.pipe.close()
	close(c.urcs)
	close(c.done)
}

// modemSide is the modem as warthog's at sees it.
type modemSide struct{ c *Conn }

func (m *modemSide) Read(b []byte) (int, error) { return m.c.pipe.Read(b) }

const sub = 0x1A // Ctrl-Z ends the body of an SMS command (TS 27.005 §4.3)

// errWithdrawn says that an SMS command ended before its body was written.
var errWithdrawn = errors.New("ended before its text was written")

// Write passes a command on, and the body of an SMS command only when its commit function has agreed.
func (m *modemSide) Write(p []byte) (int, error) {
	isBody := len(p) > 0 && p[len(p)-1] == sub
	var x *exchange
	if isBody {
		var err error
		if x, err = m.c.release(); err != nil {
			return 0, err
		}
	}
	n, err := m.c.port.Write(p)
	if err != nil {
		if isBody && errors.Is(err, ErrNotWritten) {
			x.left = false
		}
		m.c.fail(fmt.Errorf("write to the modem's port: %w", err))
	}
	return n, err
}

// release asks the pending command's commit function whether the body may leave, and notes that it does.
func (c *Conn) release() (*exchange, error) {
	c.mu.Lock()
	x := c.filter.pending
	c.mu.Unlock()
	if x == nil {
		return nil, errWithdrawn
	}
	var err error
	if x.commit != nil {
		err = x.commit()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil && !x.ended {
		// Ended here and now: what the modem answers to the ESC must not be taken for the outcome.
		x.cause = err
		c.filter.end(x, "")
	}
	if x.ended {
		return nil, errWithdrawn
	}
	x.left = true
	return x, nil
}
