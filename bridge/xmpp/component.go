package xmpp

import (
	"context"
	crand "crypto/rand"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"knapp/bridge"
)

// Options says how a Component connects. Fields that are zero get the defaults named.
type Options struct {
	Domain  string // the component's own, "sms.example.org"
	Server  string // host:port of the server's component listener
	Secret  string // shared with the server (XEP-0114 §3)
	Version string // told by XEP-0092; "" is not told
	Office  Office
	Log     *slog.Logger     // nothing is logged without one
	Now     func() time.Time // time.Now

	// TLS, when it is not nil, is spoken from the first octet, as ejabberd's component listener can (tls: true).
	TLS *tls.Config
	// Dial opens a connection to Server, within DialTimeout; TCP, or TLS over it, without one.
	Dial func(ctx context.Context) (net.Conn, error)

	Rosters RosterAPI // the way into the rosters of an ejabberd's people; not used when it is empty

	BackoffMin     time.Duration // before the first new try; 1 s
	BackoffMax     time.Duration // between tries at most; 60 s
	DialTimeout    time.Duration // for the connection, and again for the handshake; 10 s
	WriteTimeout   time.Duration // of one write; 10 s
	BarrierTimeout time.Duration // of standing still, after which a server that owes an answer counts as gone; 30 s
	KeepAlive      time.Duration // of silence, before the server is asked whether it is there; 60 s
	Queue          int           // stanzas that are read ahead of the office; 64

	Known   Rate // of one person who sees the child written to; 2000, and one every 100 ms
	Unknown Rate // of one who does not; 60, and one every 2 s
}

// The shares of a shutdown: the office finishes what was sent, then the stream is closed in good order.
const (
	drainTime    = 150 * time.Millisecond
	farewellTime = 100 * time.Millisecond
)

// Component is the gateway as a component of an XMPP server. It implements bridge.Courier. Its methods may be
// called from any goroutine.
type Component struct {
	o         Options
	self      string          // begins the id of every ping
	wake      chan struct{}   // the worker should tell presence anew
	introduce chan struct{}   // the rosters should be looked after
	available atomic.Bool     // the children can be reached
	untaken   []bridge.Bounce // only the worker touches it
	avatars   gallery
	limits    limiter             // only the worker touches it
	dialogues map[string]dialogue // by session id; only the worker touches it

	using  sync.Mutex // guards stream, and is held while the office hears of a new one
	stream *stream    // nil without a connection

	mu         sync.Mutex
	state      State
	privileged map[string]bool                    // by domain: whether it lets the gateway write rosters
	shown      map[bridge.Subscription]appearance // what was told to whom
}

// State is how the connection stands.
type State struct {
	Connected bool
	Since     time.Time // of Connected or of its opposite
	LastError string    // the newest, also while connected; "" when there was none
	Rival     time.Time // when another gateway was last seen to serve the same domain; zero for never
}

// NewComponent makes a component. Nothing happens before Run.
func NewComponent(o Options) *Component {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&o.BackoffMin, time.Second},
		{&o.BackoffMax, time.Minute},
		{&o.DialTimeout, 10 * time.Second},
		{&o.WriteTimeout, 10 * time.Second},
		{&o.BarrierTimeout, 30 * time.Second},
		{&o.KeepAlive, time.Minute},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if o.Dial == nil {
		o.Dial = func(ctx context.Context) (net.Conn, error) {
			dialer := &net.Dialer{Timeout: o.DialTimeout}
			if o.TLS == nil {
				return dialer.DialContext(ctx, "tcp", o.Server)
			}
			ctx, cancel := context.WithTimeout(ctx, o.DialTimeout)
			defer cancel()
			return (&tls.Dialer{NetDialer: dialer, Config: o.TLS}).DialContext(ctx, "tcp", o.Server)
		}
	}
	if o.Queue == 0 {
		o.Queue = 64
	}
	if o.Known.Burst == 0 {
		o.Known = Rate{Burst: 2000, Every: 100 * time.Millisecond}
	}
	if o.Unknown.Burst == 0 {
		o.Unknown = Rate{Burst: 60, Every: 2 * time.Second}
	}
	return &Component{
		o:          o,
		self:       crand.Text()[:8] + "-",
		wake:       make(chan struct{}, 1),
		introduce:  make(chan struct{}, 1),
		privileged: make(map[string]bool),
		limits:     limiter{known: o.Known, unknown: o.Unknown, senders: make(map[sender]*allowance)},
		dialogues:  make(map[string]dialogue),
		state:      State{Since: o.Now()},
		shown:      make(map[bridge.Subscription]appearance),
	}
}

// Run connects, serves, and connects again whenever the stream ends. It returns nil after ctx is done, within
// 300 ms, and a *RefusedError when the server does not let the component in at the first connection. It may be
// called once.
func (c *Component) Run(ctx context.Context) error {
	worker := c.startWorker(context.WithoutCancel(ctx))
	defer worker.end()
	delay, connected := c.o.BackoffMin, false
	for ctx.Err() == nil {
		s, err := open(ctx, c.o)
		var refused *RefusedError
		switch {
		case err == nil:
			delay, connected = c.o.BackoffMin, true
			err = c.serve(ctx, s, worker)
		case ctx.Err() != nil:
			return nil
		case errors.As(err, &refused) && !connected:
			return err
		case errors.As(err, &refused):
			c.o.Log.Error("xmpp: the server no longer lets the gateway in; nothing is delivered until somebody mends this", "error", err)
		}
		if ctx.Err() != nil {
			return nil
		}
		c.noteError(err)
		if lasting(err) {
			delay = c.o.BackoffMax
		}
		pause := delay/2 + rand.N(delay/2+1) // so that many components do not return in step
		c.o.Log.Warn("xmpp: not connected", "error", err, "again_in", pause.Round(time.Millisecond))
		delay = min(2*delay, c.o.BackoffMax)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
	return nil
}

// serve uses a stream until it ends, or closes it when ctx is done.
func (c *Component) serve(ctx context.Context, s *stream, w *worker) error {
	s.self, s.rival = c.self, c.noteRival
	c.attach(s)
	defer c.detach(s)
	go s.keepAlive(c.o.KeepAlive, c.o.BarrierTimeout)
	go c.introducing(context.WithoutCancel(ctx), s)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.fail(s.receive(c.o.Now, func(st stanza) {
			if !c.notePrivilege(st) {
				w.put(item{stanza: st})
			}
		}))
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		c.close(s, w, ended)
	}
	return s.err()
}

// close ends a stream so that nothing is swallowed: what the server has sent by now is handed to the office, or
// its sender is told that it was not.
func (c *Component) close(s *stream, w *worker, ended <-chan struct{}) {
	cutOff := time.AfterFunc(time.Until(w.hurry()), func() { s.fail(errors.New("xmpp: the server took too long to let go")) })
	defer cutOff.Stop()
	worked := make(chan struct{})
	go func() {
		if s.ping(context.Background(), c.o.BarrierTimeout) == nil {
			w.put(item{mark: worked})
		}
	}()
	select {
	case <-worked:
	case <-ended:
	case <-time.After(drainTime):
		w.refuse()
	}
	c.farewell(s)
	if err := s.write([]byte("</stream:stream>")); err != nil {
		c.o.Log.Warn("xmpp: the stream was not closed in good order", "error", err)
	}
	<-ended // the server's own end of the stream (RFC 6120 §4.4), or cutOff
}

// attach makes a stream the one that is used. The office hears of it before anybody can send on it: that is how
// it tells whether a barrier speaks of the stream that it wrote to.
func (c *Component) attach(s *stream) {
	c.noteConnected(true)
	c.o.Log.Info("xmpp: connected", "domain", c.o.Domain, "server", c.o.Server)
	c.using.Lock()
	c.o.Office.Connected(true)
	c.stream = s
	c.using.Unlock()
	c.announceSoon()
}

// detach forgets a stream that has ended.
func (c *Component) detach(s *stream) {
	c.using.Lock()
	c.stream = nil
	c.using.Unlock()
	s.fail(errors.New("xmpp: no longer used"))
	c.noteConnected(false)
	c.o.Office.Connected(false)
}

// noteConnected keeps for State whether there is a stream.
func (c *Component) noteConnected(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.Connected, c.state.Since = on, c.o.Now()
}

// noteError keeps an error for State.
func (c *Component) noteError(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state.LastError = err.Error()
}

// noteRival keeps that another gateway serves the domain as well, and says so, though not each time.
func (c *Component) noteRival() {
	c.mu.Lock()
	now, before := c.o.Now(), c.state.Rival
	c.state.Rival = now
	c.state.LastError = "xmpp: another gateway serves " + c.o.Domain +
		" as well, and each gets a part of what is written: stop one of the two, or give it a domain of its own"
	said := c.state.LastError
	c.mu.Unlock()
	if now.Sub(before) > time.Hour {
		c.o.Log.Error(said)
	}
}

// State tells how the connection stands.
func (c *Component) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// current returns the stream in use, nil when there is none.
func (c *Component) current() *stream {
	c.using.Lock()
	defer c.using.Unlock()
	return c.stream
}
