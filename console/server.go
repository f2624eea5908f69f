// Package console is Knapp's face in the browser: the front door, which tells anybody whether the gateway works, and
// behind a sign-in the pages of the guardians, each of whom sees and does there what its role and its children allow.
//
// Whoever reaches the address may read the front door, so it never shows a message, a name, a number, or how much is
// written. All other doors name the right that they take (doors.go); what is done behind them are the same operations
// that chat and command line use. No page needs a script; where the browser code of others is in the binary, pages change
// by themselves (live.go).
package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/recover"

	"knapp/bridge"
)

// Options is what a Server is made of.
type Options struct {
	Listen      string        // address and port, "127.0.0.1:8080" if empty
	Health      func() Health // asked at each request, so it must be quick and safe for many goroutines
	Version     string        // the program's; goes to the log, not to the page
	Log         *slog.Logger  // nil: nothing is logged
	Language    string        // "nb" or "en", for a browser that asks for neither; "nb" if empty
	PublicHosts []string      // names under which browsers reach the console besides loopback and the listen address
	PublicTLS   bool          // browsers reach it under those names over TLS, be it a proxy's

	Store  bridge.Store  // accounts and the family; nil: nobody signs in, there is the front door only
	Office *bridge.Relay // what guardians do; needed with Store

	Machine Machine // what is known of the gateway as a machine, and done to it

	TLS      *tls.Config      // nil: plain HTTP
	Proxies  []netip.Prefix   // whose X-Forwarded-For and -Proto count
	TimeZone *time.Location   // in which times are shown; nil: the machine's
	Now      func() time.Time // the clock; nil: time.Now

	// Tests guess and hash by the hundred.
	memory uint32                                     // for one hash, in KiB; 0: hashMemory
	wait   func(ctx context.Context, d time.Duration) // before a guess is judged; nil: sleeps
}

// Server serves the console. It is made by New and started by Run.
type Server struct {
	options Options
	log     *slog.Logger
	hosts   hosts
	assets  assets
	pages   pages
	app     *fiber.App
	doors   []door
	public  map[string]bool // the names under which PublicTLS holds

	throttle   *throttle
	memory     uint32        // for one hash, in KiB
	kitchen    chan struct{} // who hashes a password holds a place
	nobodys    string        // the hash of a password that nobody has
	deviceKey  []byte        // seals the names of browsers, until the program ends
	live       *live
	first      firstStart
	links      links
	parking    parking     // forms that wait for the password
	ceremonies challenges  // passkeys that were asked for and answered
	asked      seldom      // the operators, for a balance
	examining  atomic.Bool // the modems are
}

const (
	readWithin  = 5 * time.Second  // for a whole request
	writeWithin = 10 * time.Second // for a whole answer
	idleWithin  = 60 * time.Second // between two requests of one browser
	shutWithin  = 150 * time.Millisecond
)

// New makes a server that does nothing yet. It panics if a template or a locale inside the binary is broken, which the
// package's tests find first.
func New(o Options) *Server {
	o.Listen = cmp.Or(o.Listen, "127.0.0.1:8080")
	o.Language = cmp.Or(o.Language, "nb")
	o.TimeZone = cmp.Or(o.TimeZone, time.Local)
	if o.Health == nil {
		o.Health = func() Health { return Health{} }
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Server{options: o, log: o.Log, hosts: newHosts(o.Listen, o.PublicHosts), live: newLive()}
	if o.Store != nil {
		s.options.Store = sessionWatch{o.Store, s.live.sessionsEnded}
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	s.public = map[string]bool{}
	for _, name := range o.PublicHosts {
		s.public[bareHost(name)] = true
	}
	if o.Store != nil {
		s.memory = cmp.Or(o.memory, hashMemory)
		s.throttle, s.kitchen, s.deviceKey = newThrottle(o.Now, o.wait), make(chan struct{}, hashesAtOne), hashOf(newToken())
		s.nobodys = nobodysHash(s.memory)
		s.first.code, s.first.until = rand.Text()[:startCodeLength], o.Now().Add(startCodeLives)
	}
	s.doors = doorsOf(o)
	s.assets, s.pages = printed()
	s.app = s.router()
	return s
}

// router names every door; what is not here is 404.
func (s *Server) router() *fiber.App {
	app := fiber.New(fiber.Config{
		AppName:                 "Knapp",
		Immutable:               true, // else a kept parameter changes under its owner
		StrictRouting:           true,
		CaseSensitive:           true,
		DisableStartupMessage:   true,
		DisableDefaultDate:      true, // fasthttp would wake once a second for ever to have one ready, and takes none from us
		ErrorHandler:            s.fault,
		EnableTrustedProxyCheck: true, // fiber itself trusts no proxy: proxy.go reads X-Forwarded-*
		BodyLimit:               4 << 10,
		ReadBufferSize:          8 << 10,
		Concurrency:             256,
		ReadTimeout:             readWithin,
		WriteTimeout:            writeWithin,
		IdleTimeout:             idleWithin,
	})
	app.Server().HeaderReceived = s.allowance
	app.Use(recover.New(recover.Config{EnableStackTrace: true, StackTraceHandler: func(c *fiber.Ctx, fault any) {
		s.log.Error("console: a page failed", "path", c.Path(), "fault", fault)
	}}))
	app.Use(s.secure)
	for _, d := range s.doors {
		app.Add(d.method, d.path, s.guard(d))
		if d.method == fiber.MethodGet {
			app.Head(d.path, s.guard(d))
		}
	}
	return app
}

// Run listens and serves until ctx ends, and then stops within 300 ms. It returns nil at the end of ctx, and a
// *ListenError if the address cannot be had.
func (s *Server) Run(ctx context.Context) error {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.options.Listen)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return &ListenError{Address: s.options.Listen, Err: err}
	}
	if s.options.TLS == nil && !loopback(listener.Addr()) {
		s.log.Warn("console: ANYBODY ON THIS NETWORK CAN READ ALONG: it listens beyond this machine without TLS; "+
			"listen on 127.0.0.1, behind a proxy that has a certificate if others shall reach it", "listen", listener.Addr().String())
	}
	if code, ok, err := s.FirstCode(ctx); err != nil {
		return fmt.Errorf("console: look for accounts: %w", err)
	} else if ok {
		s.log.Info("console: nobody can sign in yet: open /start there and give this one-time code", "code", code, "until", s.first.until)
	}
	s.log.Info("console: listening", "listen", listener.Addr().String(), "tls", s.options.TLS != nil, "version", s.options.Version)
	return s.serve(ctx, listener)
}

// serve answers on listener until ctx ends.
func (s *Server) serve(ctx context.Context, listener net.Listener) error {
	guests := &guests{Listener: listener, inside: map[net.Conn]struct{}{}}
	door := net.Listener(guests)
	if s.options.TLS != nil {
		door = tls.NewListener(guests, s.options.TLS)
	}
	done := make(chan error, 1)
	go func() { done <- s.app.Listener(door) }()
	select {
	case err := <-done:
		return fmt.Errorf("console: serve: %w", err)
	case <-ctx.Done():
	}
	s.live.close()
	// Answers that are being written get a moment; a browser that only keeps a connection open gets none.
	_ = s.app.ShutdownWithTimeout(shutWithin)
	guests.sendHome()
	if err := <-done; err != nil {
		s.log.Debug("console: stopped", "err", err)
	}
	return nil
}

// loopback says whether only this machine reaches an address.
func loopback(address net.Addr) bool {
	tcp, ok := address.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback()
}

// guests is a listener that knows its connections, so that the house can be closed in time.
type guests struct {
	net.Listener

	mu     sync.Mutex // guards inside and closed
	inside map[net.Conn]struct{}
	closed bool
}

// Accept implements net.Listener.
func (g *guests) Accept() (net.Conn, error) {
	conn, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		_ = conn.Close()
		return nil, net.ErrClosed
	}
	g.inside[conn] = struct{}{}
	return &guest{Conn: conn, house: g}, nil
}

// sendHome closes the listener and every connection.
func (g *guests) sendHome() {
	_ = g.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closed = true
	for conn := range g.inside {
		_ = conn.Close()
	}
}

// guest is one connection; it signs out when it closes.
type guest struct {
	net.Conn
	house *guests
	long  atomic.Bool // its answer has no end
}

// longLived lets the answer on a connection take as long as it likes, if only each piece of it is taken in time.
func longLived(conn net.Conn) {
	if over, ok := conn.(*tls.Conn); ok {
		conn = over.NetConn()
	}
	if g, ok := conn.(*guest); ok {
		g.long.Store(true)
	}
}

// SetWriteDeadline implements net.Conn. The server sets one for a whole answer.
func (g *guest) SetWriteDeadline(t time.Time) error {
	if g.long.Load() {
		return nil
	}
	return g.Conn.SetWriteDeadline(t)
}

// Write implements net.Conn.
func (g *guest) Write(b []byte) (int, error) {
	if g.long.Load() {
		if err := g.Conn.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
			return 0, err
		}
	}
	return g.Conn.Write(b)
}

// Close implements net.Conn.
func (g *guest) Close() error {
	g.house.mu.Lock()
	delete(g.house.inside, g.Conn)
	g.house.mu.Unlock()
	return g.Conn.Close()
}

// ListenError says that the console cannot have its address. It is a fault of the configuration, not one that passes:
// the program should end with exit code 1.
type ListenError struct {
	Address string
	Err     error
}

// Error says what to do.
func (e *ListenError) Error() string {
	hint := `[console] listen must be an address of this machine and a port, such as "127.0.0.1:8080"`
	switch {
	case errors.Is(e.Err, syscall.EADDRINUSE):
		hint = `another program has this port ("sudo ss -ltnp" says which): stop it, or set another port in [console] listen`
	case errors.Is(e.Err, syscall.EACCES):
		hint = "ports below 1024 are not for ordinary users: set a higher one in [console] listen"
	}
	return fmt.Sprintf("console: listen on %s: %v; %s", e.Address, e.Err, hint)
}

// Unwrap gives the system's error.
func (e *ListenError) Unwrap() error { return e.Err }
