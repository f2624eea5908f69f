package ordeal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/store"
	"knapp/bridge/xmpp"
	"knapp/modem"
)

// errKilled is what a process that is dead gets for an answer: nothing that it still does reaches anybody.
var errKilled = errors.New("the process was killed")

// moment is a step of the process at which it can be killed.
type moment string

const (
	beforeCommit moment = "before a transaction"
	inCommit     moment = "inside a transaction, which is rolled back"
	afterCommit  moment = "after a commit of which nobody hears"
	toModem      moment = "in the middle of a write to the modem"
	toServer     moment = "in the middle of a write to the server"
)

// process is one life of the gateway, wired as `knapp run` does it.
type process struct {
	w         *world
	file      string
	db        *store.Store
	relay     *bridge.Relay
	modem     *modem.Modem
	component *xmpp.Component
	started   time.Time

	dead  atomic.Bool
	once  sync.Once
	died  chan struct{}
	ended chan struct{}
	stop  context.CancelFunc

	mu    sync.Mutex
	ports []io.Closer
	fuse  map[moment]int // how many such steps more until the kill
}

// startProcess opens the database file and runs the gateway on it.
func startProcess(w *world, file string) (*process, error) {
	p := &process{w: w, file: file, started: time.Now(), died: make(chan struct{}), ended: make(chan struct{}), fuse: map[moment]int{}}
	var err error
	if p.db, err = store.Open(context.Background(), file, store.Options{Log: w.log, Now: w.clock, Uptime: p.uptime}); err != nil {
		return nil, err
	}
	p.relay, err = bridge.New(bridge.Options{
		Store: &gatedStore{Store: p.db, p: p}, Texts: texts{}, Log: w.log.With("part", "bridge"), Now: w.clock,
		Uptime: p.uptime, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
		FallbackAfter: fallbackAfter, Addresses: numbers{},
	})
	if err != nil {
		return nil, err
	}
	var sink modem.Sink = inbox{office: p.relay, events: p.event}
	if w.mutant.sink != nil {
		sink = w.mutant.sink(sink)
	}
	p.modem = modem.New(modem.Options{
		Name: "main", Open: p.openModem, Sink: sink, Log: w.log.With("part", "modem"), Now: w.clock, Trace: w.trace(),
	})
	p.component = xmpp.NewComponent(xmpp.Options{
		Domain: w.server.component, Server: "stand-in", Secret: w.server.secret, Office: p.relay,
		Log: w.log.With("part", "xmpp"), Now: w.clock, Dial: p.dial,
		BackoffMin: 1, BackoffMax: 1, // its pauses are drawn by chance: dial waits instead, by the seed
	})
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	if err := p.relay.Recover(ctx); err != nil {
		stop()
		return nil, errors.Join(err, p.db.Close())
	}
	go p.run(ctx)
	return p, nil
}

func (p *process) uptime() time.Duration { return time.Since(p.started) }

// run is gateway.run of package main, without console and control socket.
func (p *process) run(ctx context.Context) {
	defer close(p.ended)
	wires, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	work, workCtx := errgroup.WithContext(ctx)
	ends, wiresCtx := errgroup.WithContext(wires)
	var t bridge.Transmitter = transmitter{p.modem}
	if p.w.mutant.transmitter != nil {
		t = p.w.mutant.transmitter(t)
	}
	t = watched{t, p.w}
	var c bridge.Courier = p.component
	if p.w.mutant.courier != nil {
		c = p.w.mutant.courier(c)
	}
	ends.Go(func() error { return p.modem.Run(wiresCtx) })
	ends.Go(func() error { return p.component.Run(wiresCtx) })
	work.Go(func() error { return p.relay.RunModem(workCtx, "main", t) })
	work.Go(func() error { return p.relay.RunCourier(workCtx, c) })
	work.Go(func() error { return p.relay.RunAlarms(workCtx) })
	work.Go(func() error { return p.relay.RunHolds(workCtx) })
	work.Go(func() error { return p.relay.RunConversations(workCtx) })
	work.Go(func() error { return p.relay.RunApprovals(workCtx) })
	work.Go(func() error { return p.relay.RunKnocks(workCtx) })
	work.Go(func() error { return p.tidy(workCtx) })
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = work.Wait()
	}()
	<-workCtx.Done()
	select {
	case <-stopped:
	case <-time.After(600 * time.Millisecond):
	}
	cut()
	<-stopped
	if err := ends.Wait(); err != nil {
		p.w.tell("a part ended with", err)
	}
}

// tidy is gateway.tidy of package main.
func (p *process) tidy(ctx context.Context) error {
	tick := time.NewTicker(10 * time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if p.dead.Load() {
				return nil
			}
			s := p.modem.State()
			behind := !s.BehindSince.IsZero() && time.Since(s.BehindSince) < time.Hour
			if s.Phase == modem.Ready && p.w.clock().Sub(s.Since) > time.Minute && !behind {
				if err := p.relay.SettleParts(ctx); err != nil && ctx.Err() == nil {
					p.w.tell("settle parts:", err)
				}
			}
			if err := p.w.countUnheard(p); err != nil {
				p.w.tell("read the log:", err)
			}
			if _, err := p.db.Purge(ctx, p.w.clock()); err != nil && ctx.Err() == nil {
				p.w.tell("purge:", err)
			}
		}
	}
}

func (p *process) event(e modem.Event) {
	switch e := e.(type) {
	case modem.Up:
		p.relay.ModemReady(e.Modem)
	case modem.Registration:
		p.relay.ModemReady(e.Modem)
	}
	s := p.modem.State()
	p.component.SetAvailable(s.Phase == modem.Ready && s.Registered.Served())
}

// kill is a SIGKILL: from here on nothing that this life does is seen by anybody. It may be called from any of its own
// goroutines.
func (p *process) kill(why string) {
	p.once.Do(func() {
		p.w.tell("SIGKILL", why)
		p.dead.Store(true)
		p.mu.Lock()
		for _, port := range p.ports {
			_ = port.Close() // the system closes what a dead process had open
		}
		p.mu.Unlock()
		close(p.died)
	})
}

// bury waits until the last goroutine of a dead life has ended, and returns the database file as the life left it: the
// store's own Close would move the write-ahead log, which a SIGKILL does not.
func (p *process) bury() (string, error) {
	p.stop()
	<-p.ended
	next := filepath.Join(filepath.Dir(p.file), fmt.Sprintf("life%d.db", p.w.lives.Add(1)))
	for _, suffix := range []string{"", "-wal"} {
		if err := copyFile(p.file+suffix, next+suffix); err != nil {
			return "", err
		}
	}
	if err := p.db.Close(); err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		_ = os.Remove(p.file + suffix) // it is not there after a clean Close
	}
	return next, nil
}

// end is a SIGTERM.
func (p *process) end() error {
	p.stop()
	<-p.ended
	return p.db.Close()
}

func copyFile(from, to string) error {
	b, err := os.ReadFile(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// step counts a step of the process and kills it at the one that was chosen.
func (p *process) step(at moment) (dies bool) {
	p.mu.Lock()
	n, armed := p.fuse[at]
	if armed {
		if n--; n <= 0 {
			delete(p.fuse, at)
		} else {
			p.fuse[at] = n
		}
	}
	p.mu.Unlock()
	return armed && n <= 0
}

// arm chooses the step at which the process is killed.
func (p *process) arm(at moment, after int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fuse[at] = after
}

func (p *process) hold(port io.Closer) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.dead.Load() {
		return false
	}
	p.ports = append(p.ports, port)
	return true
}

func (p *process) openModem(context.Context) (io.ReadWriteCloser, error) {
	conn, err := p.w.plug()
	if err != nil {
		return nil, err
	}
	port := &gatedPort{Conn: conn, p: p, at: toModem}
	if !p.hold(port) {
		return nil, errors.Join(errKilled, conn.Close())
	}
	return port, nil
}

func (p *process) dial(ctx context.Context) (net.Conn, error) {
	wait := time.NewTimer(p.w.backoff())
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	conn, err := p.w.server.dial()
	if err != nil {
		return nil, err
	}
	port := &gatedPort{Conn: conn, p: p, at: toServer}
	if !p.hold(port) {
		return nil, errors.Join(errKilled, conn.Close())
	}
	return port, nil
}

// gatedPort is a connection that a dead process cannot use.
type gatedPort struct {
	net.Conn
	p  *process
	at moment
}

func (g *gatedPort) Read(b []byte) (int, error) {
	n, err := g.Conn.Read(b)
	if g.p.dead.Load() {
		return 0, errKilled
	}
	return n, err
}

func (g *gatedPort) Write(b []byte) (int, error) {
	if g.p.dead.Load() {
		return 0, errKilled
	}
	if g.p.step(g.at) {
		n, _ := g.Conn.Write(b[:len(b)/2])
		g.p.kill(string(g.at))
		return n, errKilled
	}
	return g.Conn.Write(b)
}

// gatedStore is the database as a process has it that can be killed at any step, on a disk that can be full or slow.
type gatedStore struct {
	*store.Store
	p *process
}

func (g *gatedStore) Do(ctx context.Context, step func(bridge.Tx) error) error {
	p := g.p
	if p.dead.Load() {
		return errKilled
	}
	if p.step(beforeCommit) {
		p.kill(string(beforeCommit))
		return errKilled
	}
	dies := p.step(inCommit)
	diesAfter := p.step(afterCommit)
	fails, slow := p.w.disk()
	var noted []string
	err := g.Store.Do(ctx, func(tx bridge.Tx) error {
		noted = nil
		if p.w.mutant.tx != nil {
			tx = p.w.mutant.tx(tx)
		}
		if err := step(&witness{Tx: tx, noted: &noted, mutant: &p.w.mutant}); err != nil {
			return err
		}
		if slow > 0 {
			time.Sleep(slow) // of the bubble's clock: nobody else may write meanwhile
		}
		switch {
		case dies:
			p.kill(string(inCommit))
			return errKilled
		case p.dead.Load():
			return errKilled
		case fails:
			return fmt.Errorf("commit: %w", store.ErrFull)
		}
		return nil
	})
	if err == nil {
		p.w.committed(noted)
	}
	if diesAfter {
		p.kill(string(afterCommit))
	}
	if p.dead.Load() {
		return errKilled
	}
	return err
}

func (g *gatedStore) NextSegment(ctx context.Context, m string, now time.Time) (bridge.Segment, bool, time.Time, error) {
	if g.p.dead.Load() {
		return bridge.Segment{}, false, time.Time{}, errKilled
	}
	return g.Store.NextSegment(ctx, m, now)
}

func (g *gatedStore) QueuedStanzas(ctx context.Context, now time.Time, limit int) ([]bridge.QueuedStanza, time.Time, error) {
	if g.p.dead.Load() {
		return nil, time.Time{}, errKilled
	}
	return g.Store.QueuedStanzas(ctx, now, limit)
}

// witness notes what a step takes, so that the harness knows what was committed.
type witness struct {
	bridge.Tx
	noted  *[]string
	mutant *mutant
}

func (t *witness) NewStanza(c bridge.Chat, m bridge.MessageID) (bool, error) {
	*t.noted = append(*t.noted, c.ID)
	fresh, err := t.Tx.NewStanza(c, m)
	return fresh || t.mutant.forgetful, err
}

func (t *witness) NewPDU(modem, pdu string, at time.Time) (bool, error) {
	fresh, err := t.Tx.NewPDU(modem, pdu, at)
	return fresh || t.mutant.forgetful, err
}

func (t *witness) StanzaByID(id, answeredBy string) (bridge.SentStanza, error) {
	*t.noted = append(*t.noted, "bounce "+id)
	return t.Tx.StanzaByID(id, answeredBy)
}

// spared is what the gateway calls it when it does not tell a child once more that nobody has read what it wrote.
const spared = "not told again that nobody has read"

func (t *witness) Lately(what string, child, other policy.Person, now time.Time) (time.Time, error) {
	if what == spared {
		d, err := t.Directory()
		if err != nil {
			return time.Time{}, err
		}
		if p, known := d.Person(child); known {
			*t.noted = append(*t.noted, "spared "+string(p.Phone))
		}
	}
	return t.Tx.Lately(what, child, other, now)
}

// mutant is what a gateway would do that breaks a promise, injected at its ports.
type mutant struct {
	name        string
	forgetful   bool // nothing was ever seen before
	tx          func(bridge.Tx) bridge.Tx
	sink        func(modem.Sink) modem.Sink
	transmitter func(bridge.Transmitter) bridge.Transmitter
	courier     func(bridge.Courier) bridge.Courier
}

// storyLog is a slog.Handler that writes into the run's story.
type storyLog struct {
	w     *world
	attrs string
}

func (h storyLog) Enabled(context.Context, slog.Level) bool { return true }

func (h storyLog) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString("  " + r.Level.String() + h.attrs + " " + r.Message)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(" " + a.String())
		return true
	})
	h.w.tell(b.String())
	return nil
}

func (h storyLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		h.attrs += " " + a.Value.String()
	}
	return h
}

func (h storyLog) WithGroup(string) slog.Handler { return h }
