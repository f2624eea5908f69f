package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sync/errgroup"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/bridge/xmpp"
	"knapp/console"
	"knapp/hardware"
	"knapp/modem"
	"knapp/modem/at"
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
	db, err := store.Open(ctx, c.database(), store.Options{Log: log, Now: time.Now})
	if err != nil {
		return err
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
	component *xmpp.Component
	console   *console.Server
	started   time.Time
	everUp    atomic.Bool // some modem has been ready since the start
	fatal     chan error  // what ends the program although it is not the program's fault
}

func newGateway(c config, db *store.Store, log *slog.Logger) (*gateway, error) {
	g := &gateway{c: c, log: log, store: db, started: time.Now(), fatal: make(chan error, 1)}
	var err error
	g.relay, err = bridge.New(bridge.Options{
		Store: db, Texts: texts{}, Log: log.With("part", "bridge"), Now: time.Now,
		Uptime: func() time.Duration { return time.Since(g.started) }, Modems: c.names(), Language: c.Language, Location: c.location,
	})
	if err != nil {
		return nil, err
	}
	for _, m := range c.Modems {
		g.modems = append(g.modems, modem.New(modem.Options{
			Name: m.Name, Open: opener(m.Port),
			Sink: inbox{relay: g.relay, numbers: c.numbers, events: g.event},
			Log:  log.With("part", "modem", "modem", m.Name),
			PIN:  m.pin, SMSC: m.SMSC, Roaming: m.Roaming,
		}))
	}
	g.component = xmpp.NewComponent(xmpp.Options{
		Domain: c.XMPP.Domain, Server: c.XMPP.Server, Secret: c.XMPP.secret, Version: versionText(),
		Office: g.relay, Log: log.With("part", "xmpp"), Now: time.Now,
	})
	var hosts []string
	if c.Console.host != "" {
		hosts = append(hosts, c.Console.host)
	}
	g.console = console.New(console.Options{
		Listen: c.Console.Listen, Health: g.health, Version: versionText(), Log: log.With("part", "console"),
		Language: c.Language, PublicHosts: hosts, TLS: c.Console.tls, TimeZone: c.location,
	})
	return g, nil
}

func opener(port string) modem.Opener {
	open := hardware.Finder{}.Opener(port)
	return func(ctx context.Context) (io.ReadWriteCloser, error) { return open(ctx) }
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
		work.Go(func() error { return g.relay.RunModem(workCtx, g.c.Modems[i].Name, transmitter{m}) })
	}
	ends.Go(func() error { return g.fail(g.component.Run(wiresCtx)) })
	work.Go(func() error { return g.relay.RunCourier(workCtx, g.component) })
	work.Go(func() error { return g.console.Run(workCtx) })
	work.Go(func() error { return serveControl(workCtx, g.c.socket(), g, g.ready) })
	work.Go(func() error { return g.tidy(workCtx) })
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
	for {
		if err := g.relay.SettleParts(ctx); err != nil && ctx.Err() == nil {
			g.log.Error("messages without all their parts could not be relayed", "err", err)
		}
		if _, err := g.store.Purge(ctx, time.Now()); err != nil && ctx.Err() == nil {
			g.log.Error("old texts could not be dropped", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// health is what the console's front door shows.
func (g *gateway) health() console.Health {
	h := console.Health{XMPP: g.component.State().Connected, Started: g.started}
	for _, m := range g.modems {
		s := m.State()
		h.Modems = append(h.Modems, console.ModemHealth{
			Name: s.Name, Ready: s.Phase == modem.Ready, Registered: s.Registered.Served(), Since: s.Since,
		})
	}
	return h
}

// Status implements operations.
func (g *gateway) Status(ctx context.Context) (status, error) {
	x := g.component.State()
	st := status{Version: versionText(), Started: g.started, XMPP: xmppStatus{
		Domain: g.c.XMPP.Domain, Connected: x.Connected, Since: x.Since,
	}}
	if !x.Connected {
		st.XMPP.Problem = x.LastError
	}
	for i, m := range g.modems {
		st.Modems = append(st.Modems, statusOf(g.c.Modems[i], m.State()))
	}
	var err error
	st.Waiting.SMS, st.Waiting.XMPP, err = g.store.Waiting(ctx)
	return st, err
}

func statusOf(c modemConfig, s modem.State) modemStatus {
	out := modemStatus{
		Name: c.Name, Number: c.Number, Phase: s.Phase.String(), Ready: s.Phase == modem.Ready, Since: s.Since,
		Operator: s.Operator,
	}
	for _, word := range []string{s.Manufacturer, s.Model, s.Revision} {
		if word != "" {
			out.Device += " " + word
		}
	}
	if s.Phase == modem.Ready {
		out.Registration = s.Registered.String()
	}
	if s.SignalKnown {
		out.Signal = fmt.Sprintf("%d dBm", s.Signal)
	}
	for _, u := range s.Storage {
		out.Storage += fmt.Sprintf(" %s %d/%d", u.Name, u.Used, u.Total)
	}
	if s.LastError != nil {
		out.Problem = s.LastError.Error()
	}
	return out
}

// Family implements operations.
func (g *gateway) Family(ctx context.Context) (bridge.Family, error) { return g.store.Family(ctx) }

// ApplyFamily implements operations.
func (g *gateway) ApplyFamily(ctx context.Context, f bridge.Family, dryRun bool) ([]bridge.Change, error) {
	f, err := checkFamily(g.c, f)
	if err != nil {
		return nil, err
	}
	if dryRun {
		return g.store.DryRunFamily(ctx, f, time.Now())
	}
	changes, ended, err := g.relay.ApplyFamily(ctx, f)
	if err != nil {
		return nil, err
	}
	g.component.Revoke(ended)
	g.log.Info("the family was changed", "changes", len(changes))
	return changes, nil
}

// Log implements operations.
func (g *gateway) Log(ctx context.Context, q bridge.LogQuery) ([]bridge.LogEntry, error) {
	return g.store.Log(ctx, q)
}

// event passes on what happened to a modem, which has logged it.
func (g *gateway) event(e modem.Event) {
	switch e := e.(type) {
	case modem.Up:
		g.everUp.Store(true)
		g.relay.ModemReady(e.Modem)
	case modem.Registration:
		g.relay.ModemReady(e.Modem)
	case modem.Down:
		// A modem that hangs comes back; a port on which there never was one is a mistake in the configuration.
		if errors.Is(e.Reason, at.ErrNoAnswer) && len(g.modems) == 1 && !g.everUp.Load() {
			_ = g.fail(fmt.Errorf("modem %s, port %s: %w", e.Modem, g.c.Modems[0].Port, e.Reason))
		}
	}
	g.component.SetAvailable(g.reachable())
}

// reachable tells whether the children's phones can be reached at all: some modem is ready and served.
func (g *gateway) reachable() bool {
	for _, m := range g.modems {
		if s := m.State(); s.Phase == modem.Ready && s.Registered.Served() {
			return true
		}
	}
	return false
}
