package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/bridge/xmpp"
	"knapp/console"
	"knapp/modem"
)

type runCommand struct {
	Verbose bool `short:"v" help:"Log more: what was offered again, what was confirmed."`
}

// Run runs the gateway until the context is done.
func (r runCommand) Run(ctx context.Context, k keeper) error {
	c, err := loadConfig(k.configFile)
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if r.Verbose {
		level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(k.err, &slog.HandlerOptions{Level: level}))
	if err := prepareDataDir(c); err != nil {
		return err
	}
	unlock, err := lockDataDir(c)
	if err != nil {
		return err
	}
	defer unlock()
	for {
		err := r.once(ctx, c, k.configFile, log)
		var back *putBackCopy
		if !errors.As(err, &back) {
			return err
		}
		if err := restoreSent(ctx, c, back); err != nil {
			log.Error("the copy was not put back, and the database is as it was", "err", err)
		}
	}
}

// once runs the gateway until the context is done, or until it ends by itself.
func (runCommand) once(ctx context.Context, c config, configFile string, log *slog.Logger) error {
	began := time.Now()
	db, err := store.Open(ctx, c.database(), store.Options{
		Log: log, Now: time.Now, Uptime: func() time.Duration { return time.Since(began) }, Location: c.location,
	})
	if err != nil {
		return offerRestore(ctx, c, configFile, err)
	}
	defer func() { _ = db.Close() }()
	g, err := newGateway(c, db, log)
	if err != nil {
		return err
	}
	return g.run(ctx)
}

// gateway is the running whole. Everything is made by newGateway and started by run.
type gateway struct {
	c         config
	log       *slog.Logger
	store     *store.Store
	relay     *bridge.Relay
	modems    []*modem.Modem
	wire      wiretap
	component *xmpp.Component
	console   *console.Server
	started   time.Time
	clockSet  func() bool      // nil: always
	notes     modemNotes       // what happened to the modems last
	everUp    atomic.Bool      // some modem has been ready since the start
	events    chan modem.Event // what people must be told of
	fatal     chan error       // what ends the program although it is not the program's fault
}

func newGateway(c config, db *store.Store, log *slog.Logger) (*gateway, error) {
	g := &gateway{
		c: c, log: log, store: db, started: time.Now(),
		events: make(chan modem.Event, 64), fatal: make(chan error, 1),
	}
	clockSet, err := c.clockSet(db)
	if err != nil {
		return nil, err
	}
	g.clockSet = clockSet
	g.relay, err = bridge.New(bridge.Options{
		Store: db, Texts: texts{}, Log: log.With("part", "bridge"), Now: time.Now,
		Uptime: func() time.Duration { return time.Since(g.started) }, Modems: c.names(), Numbers: c.relayNumbers(), Language: c.Language, Location: c.location,
		ClockSet: clockSet, Country: c.Country, Expires: c.expires, FallbackAfter: c.Alarm.fallback, Addresses: c.numbers,
		CheckFamily: func(f bridge.Family) (bridge.Family, error) { return checkFamily(c, f) },
		Condition:   g.condition, Balance: g.balances,
		FamilyChanged:   func(ended []bridge.Subscription) { go g.familyChanged(ended) },
		PresenceChanged: func() { g.component.Announce() },
	})
	if err != nil {
		return nil, err
	}
	for _, m := range c.Modems {
		g.modems = append(g.modems, g.newModem(m, db, log))
	}
	o := c.XMPP.options()
	o.Version, o.Office, o.Log = versionText(), g.relay, log.With("part", "xmpp")
	g.component = xmpp.NewComponent(o)
	var hosts []string
	if c.Console.host != "" {
		hosts = append(hosts, c.Console.host)
	}
	g.console = console.New(console.Options{
		Listen: c.Console.Listen, Health: g.health, Version: versionText(), Log: log.With("part", "console"),
		Language: c.Language, PublicHosts: hosts, PublicTLS: strings.HasPrefix(c.Console.PublicURL, "https:"), TLS: c.Console.tls,
		TimeZone: c.location, Store: db, Office: g.relay, Machine: g.machine(), Proxies: c.Console.proxies,
	})
	return g, nil
}

// finishing is how long a segment that is on the air when the program is told to stop may take to be answered.
// What is not answered then is found again at the next start, as unknown.
const finishing = 600 * time.Millisecond

// run starts every part, and ends them in two steps: first whoever begins something new, then the wires.
func (g *gateway) run(ctx context.Context) error {
	if err := g.relay.Recover(ctx); err != nil {
		return fmt.Errorf("settle what the last run left: %w", err)
	}
	wires, cut := context.WithCancel(context.WithoutCancel(ctx))
	defer cut()
	work, workCtx := errgroup.WithContext(ctx)
	ends, wiresCtx := errgroup.WithContext(wires)
	for i, m := range g.modems {
		ends.Go(func() error { return g.fail(m.Run(wiresCtx)) })
		if !g.c.Modems[i].relays() {
			continue
		}
		work.Go(func() error { return g.relay.RunModem(workCtx, g.c.Modems[i].Name, transmitter{m}) })
		work.Go(func() error { return g.watchBalance(workCtx, g.c.Modems[i], m) })
	}
	ends.Go(func() error { return g.fail(g.component.Run(wiresCtx)) })
	work.Go(func() error { return g.relay.RunCourier(workCtx, g.component) })
	work.Go(func() error { return g.relay.RunAlarms(workCtx) })
	work.Go(func() error { return g.relay.RunHolds(workCtx) })
	work.Go(func() error { return g.relay.RunPresence(workCtx) })
	work.Go(func() error { return g.relay.RunConversations(workCtx) })
	work.Go(func() error { return g.relay.RunApprovals(workCtx) })
	work.Go(func() error { return g.relay.RunKnocks(workCtx) })
	work.Go(func() error { return g.beat(workCtx) })
	work.Go(func() error { return g.console.Run(workCtx) })
	work.Go(func() error { return serveControl(workCtx, g.c.socket(), g, g.ready) })
	work.Go(func() error { return g.tidy(workCtx) })
	work.Go(func() error { return g.tellEvents(workCtx) })
	work.Go(func() error { return g.relay.RunVigil(workCtx, lookEvery, g.look) })
	work.Go(func() error {
		select {
		case err := <-g.fatal:
			return err
		case <-workCtx.Done():
			return nil
		}
	})
	stopped := make(chan error, 1)
	go func() { stopped <- work.Wait() }()
	<-workCtx.Done()
	g.notify(daemon.SdNotifyStopping)
	g.log.Info("stopping")
	var err error
	select {
	case err = <-stopped:
		cut()
	case <-time.After(finishing):
		cut()
		err = <-stopped
	}
	if wireErr := ends.Wait(); err == nil && ctx.Err() == nil {
		err = wireErr
	}
	return err
}

// fail ends the program for an error that no waiting mends.
func (g *gateway) fail(err error) error {
	if err != nil {
		select {
		case g.fatal <- err:
		default:
		}
	}
	return err
}

// ready says that the gateway is there: the database is open and its parts run. A modem or a server that is
// not there yet is waited for.
func (g *gateway) ready() {
	g.log.Info("ready", "version", versionText(), "modems", len(g.modems), "domain", g.c.XMPP.Domain)
	if at, paused := g.store.Paused(); paused {
		g.log.Warn("paused: restored from a copy; all is taken and nothing is sent until knapp resume", "copy", at)
	}
	g.notify(daemon.SdNotifyReady)
}

func (g *gateway) notify(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		g.log.Warn("systemd cannot be told", "state", state, "err", err)
	}
}

// tidyEvery is how often what need not be kept is dropped (promise 7), and what waits in vain is settled.
const tidyEvery = 10 * time.Minute

func (g *gateway) tidy(ctx context.Context) error {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	var tried time.Time // to make the daily copy, in vain
	for {
		if err := g.settleParts(ctx); err != nil && ctx.Err() == nil {
			g.log.Error("messages without all their parts could not be relayed", "err", err)
		}
		if err := g.relay.RemindOfDrills(ctx); err != nil && ctx.Err() == nil {
			g.log.Error("nobody could be asked to test the alarm", "err", err)
		}
		if _, err := g.store.Purge(ctx, time.Now()); err != nil && ctx.Err() == nil {
			g.log.Error("old texts could not be dropped", "err", err)
		}
		tried = g.daily(ctx, tried)
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// behindFor is how long a modem may be behind with its messages before what it holds is given up: one of them may be what nobody
// can ever take.
const behindFor = time.Hour

// settleParts gives up waiting for parts that do not come any more.
func (g *gateway) settleParts(ctx context.Context) error {
	states := make([]modem.State, len(g.modems))
	for i, m := range g.modems {
		states[i] = m.State()
	}
	if !readToTheEnd(states) {
		return nil
	}
	return g.relay.SettleParts(ctx)
}

// readToTheEnd tells whether no modem can hold the part that a text waits for: one at least was asked, and none that is ready is
// still being read. One that is slow and sends all the time is read a message a minute.
func readToTheEnd(modems []modem.State) bool {
	asked := false
	for _, s := range modems {
		if s.Phase == modem.Ready && !s.BehindSince.IsZero() && time.Since(s.BehindSince) < behindFor {
			return false
		}
		asked = asked || s.Phase == modem.Ready && time.Since(s.Since) > time.Minute
	}
	return asked
}
