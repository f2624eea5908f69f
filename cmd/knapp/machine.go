package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"knapp/bridge/store"
	"knapp/console"
	"knapp/modem"
)

// machine is what the console knows of the gateway as a machine, and what its owners may have it do.
func (g *gateway) machine() console.Machine {
	return console.Machine{
		Look: g.machineView, Balance: g.balanceNow, Examine: g.examine, Copy: g.copyToTake, PutBack: g.putBack, Resume: g.Resume,
	}
}

// modemNotes remembers what happened to the modems last, for whoever looks later.
type modemNotes struct {
	mu sync.Mutex // guards by
	by map[string]modemNote
}

type modemNote struct {
	rung    modem.Step
	rungAt  time.Time // zero: nothing had to be done to bring it back
	problem string    // of its SIM, until it is ready again
}

func (n *modemNotes) take(e modem.Event, now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.by == nil {
		n.by = map[string]modemNote{}
	}
	note := n.by[e.From()]
	switch e := e.(type) {
	case modem.Recovery:
		note.rung, note.rungAt = e.Step, now
	case modem.SIMProblem:
		note.problem = e.Problem
	case modem.Up:
		note.problem = ""
	default:
		return
	}
	n.by[e.From()] = note
}

func (n *modemNotes) of(name string) modemNote {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.by[name]
}

// The keys of the console's sentences.
var (
	networkKeys = map[modem.RegStatus]string{
		modem.Home: "home", modem.Roaming: "roaming", modem.Searching: "searching", modem.Denied: "denied",
		modem.NotRegistered: "none", modem.RegUnknown: "unknown",
	}
	rungKeys = map[modem.Step]string{
		modem.AskAgain: "ask", modem.Reopen: "reopen", modem.RadioCycle: "radio", modem.Restart: "restart", modem.ResetUSB: "reset",
	}
)

func (g *gateway) machineView(ctx context.Context) (console.MachineView, error) {
	x := g.component.State()
	host, _, err := net.SplitHostPort(g.c.Console.Listen)
	if err != nil {
		return console.MachineView{}, err // cannot be: the configuration was checked
	}
	m := console.MachineView{
		Version: versionText(), Started: g.started, Domain: g.c.XMPP.Domain, Chat: x.Connected, ChatSince: x.Since,
		ClockSet: g.clockSet == nil || g.clockSet(), Listen: g.c.Console.Listen, Beyond: !loopback(host),
		TLS: g.c.Console.tls != nil, Proxied: len(g.c.Console.proxies) > 0, PublicURL: strings.TrimRight(g.c.Console.PublicURL, "/"),
	}
	if name, err := os.Hostname(); err == nil {
		// The name under which phones find it by themselves (RFC 6762).
		m.Host = strings.ToLower(strings.TrimSuffix(name, ".local")) + ".local"
	}
	if !x.Connected {
		m.ChatFault = x.LastError
	}
	m.PausedCopy, m.Paused = g.store.Paused()
	if m.WaitingSMS, m.WaitingChat, err = g.store.Waiting(ctx); err != nil {
		return m, err
	}
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(g.c.database() + suffix); err == nil {
			m.Database += info.Size()
		}
	}
	var disk unix.Statfs_t
	if err := unix.Statfs(g.c.DataDir, &disk); err == nil {
		block := int64(disk.Bsize) //nolint:unconvert // 32 bits on some machines
		m.Free, m.Disk = int64(disk.Bavail)*block, int64(disk.Blocks)*block
	}
	copies, err := dailies(g.c)
	if err != nil {
		return m, err
	}
	for _, at := range copies {
		if at.After(m.LastCopy) && !at.After(time.Now()) {
			m.LastCopy = at
		}
	}
	for i, one := range g.modems {
		view := modemViewOf(g.c.Modems[i], one.State(), g.notes.of(g.c.Modems[i].Name))
		if b, found, err := g.lastBalance(ctx, g.c.Modems[i]); err == nil && found && view.MayAsk {
			view.Balance, view.BalanceAt, view.BalanceLow = b.Amount, b.At, b.Low
		}
		m.Modems = append(m.Modems, view)
	}
	return m, nil
}

func modemViewOf(c modemConfig, s modem.State, note modemNote) console.ModemView {
	v := console.ModemView{
		Name: c.Name, Number: c.Number, Maker: s.Manufacturer, Model: s.Model, Profile: s.Profile, Relays: c.relays(),
		Ready: s.Phase == modem.Ready, Since: s.Since, Network: networkKeys[s.Registered], Operator: s.Operator,
		Signal: s.Signal, SignalKnown: s.SignalKnown, SIM: "unknown", ICCID: s.ICCID, DeafSince: s.DeafSince,
		Warning: s.Warning, MayAsk: c.balance != nil, RungAt: note.rungAt,
	}
	if !v.Ready {
		v.Network = "unknown"
	}
	if s.LastError != nil && s.Phase != modem.Provisioning {
		v.Fault = strings.ReplaceAll(s.LastError.Error(), "\n", "; ")
	}
	if !note.rungAt.IsZero() {
		v.Rung = rungKeys[note.rung]
	}
	switch {
	case s.Foreign:
		v.SIM = "foreign"
	case note.problem != "":
		v.SIM, v.Note = "problem", note.problem
	case v.Ready:
		v.SIM = "ready"
	}
	for _, u := range s.Storage {
		v.Storage = append(v.Storage, console.StorageView{Name: u.Name, Used: u.Used, Total: u.Total})
	}
	return v
}

// balanceNow asks an operator what is left.
func (g *gateway) balanceNow(ctx context.Context, name string) error {
	for i, c := range g.c.Modems {
		if c.Name == name && c.balance != nil {
			return g.askBalance(ctx, c, g.modems[i])
		}
	}
	return fmt.Errorf("modem %q: no balance_ussd is configured", name)
}

// examine has the modems say what they are and how they stand.
func (g *gateway) examine(ctx context.Context) ([]console.Examined, error) {
	all, err := g.ProbeModems(ctx)
	if err != nil {
		return nil, err
	}
	var out []console.Examined
	for _, p := range all {
		one := console.Examined{Name: p.Name, Fault: p.Error}
		if p.Found != nil {
			one.Facts, one.Findings = factsOf(p), p.Found.Findings
		}
		out = append(out, one)
	}
	return out, nil
}

// factsOf are what a modem said, under the keys of the console's sentences.
func factsOf(p probedModem) (facts [][2]string) {
	add := func(key string, words ...string) {
		if text := strings.Join(strings.Fields(strings.Join(words, " ")), " "); text != "" {
			facts = append(facts, [2]string{key, text})
		}
	}
	f := p.Found
	add("modem", f.Manufacturer, f.Model, f.Revision)
	add("imei", f.IMEI)
	add("profile", f.Profile, f.Title)
	add("port", p.Port, f.SecondPort)
	add("sim", f.SIM)
	if f.PINTries != nil {
		add("pin", fmt.Sprint(*f.PINTries))
	}
	add("centre", f.SMSC)
	for _, n := range f.Networks {
		add("network", n.Command, n.Status)
	}
	add("operator", f.Operator)
	if f.Signal != nil {
		add("signal", fmt.Sprintf("%d dBm", *f.Signal))
	}
	for _, s := range f.Storages {
		add("storage", fmt.Sprintf("%s %d/%d", s.Name, s.Used, s.Total))
	}
	add("announce", f.Announces)
	return facts
}

// copyToTake makes a copy that is gone from this disk once it was taken along.
func (g *gateway) copyToTake(ctx context.Context) (console.Copy, error) {
	made, err := makeBackup(ctx, g.c, g.store, "taken-")
	if err != nil {
		return console.Copy{}, err
	}
	f, err := os.Open(made.File)
	if err = errors.Join(err, os.Remove(made.File)); err != nil {
		return console.Copy{}, err
	}
	info, err := f.Stat()
	if err != nil {
		return console.Copy{}, errors.Join(err, f.Close())
	}
	return console.Copy{ReadCloser: f, Name: "knapp-" + made.Made.UTC().Format(nameTime) + ".db", Size: info.Size()}, nil
}

// putBackCopy ends a gateway so that the program begins again on a copy of the database.
type putBackCopy struct{ file string }

func (p *putBackCopy) Error() string { return "a copy is put in the place of the database" }

// answersFirst is how long the browser has to get its answer before the gateway under it ends.
const answersFirst = time.Second

// putBack looks at a copy that somebody has sent, and has the program start anew on it: in the running one nothing can
// be replaced, since everything has the database open.
func (g *gateway) putBack(ctx context.Context, sent io.Reader) error {
	name := filepath.Join(g.c.DataDir, "put-back.db")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, sent)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		_, err = store.CheckCopy(ctx, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(name))
	}
	g.log.Warn("an owner puts a copy in the place of the database: the gateway starts anew, and paused")
	time.AfterFunc(answersFirst, func() { _ = g.fail(&putBackCopy{name}) })
	return nil
}

// restoreSent does what `knapp restore` does with a copy that was sent. When it cannot be done the database is as it was.
func restoreSent(ctx context.Context, c config, p *putBackCopy) error {
	_, err := store.Restore(ctx, p.file, c.database(), store.Options{Log: quiet, Now: time.Now})
	return errors.Join(err, os.Remove(p.file))
}
