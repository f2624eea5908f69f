package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"knapp/bridge"
	"knapp/bridge/store"
)

// operations is what a keeper can do from the command line: through the control socket while the gateway runs,
// else on the database itself.
type operations interface {
	Status(ctx context.Context) (status, error)
	Family(ctx context.Context) (bridge.Family, error)
	ApplyFamily(ctx context.Context, f bridge.Family, dryRun bool) ([]bridge.Change, error)
	Log(ctx context.Context, q bridge.LogQuery) ([]bridge.LogEntry, error)
	approver
	budgeter
	AdoptSIM(ctx context.Context, modem string) (adopted, error)
	// Invite makes a link by which a guardian chooses a password for the console.
	Invite(ctx context.Context, name string) (invited, error)
	// Backup writes a copy of the database into the folder of the copies.
	Backup(ctx context.Context) (backupMade, error)
	// Resume ends the pause after a restore.
	Resume(ctx context.Context) error
}

// status is what `knapp status` shows.
type status struct {
	Version string        `json:"version"`
	Started time.Time     `json:"started"`
	Modems  []modemStatus `json:"modems"`
	XMPP    xmppStatus    `json:"xmpp"`
	Waiting waiting       `json:"waiting"`
	Paused  *time.Time    `json:"paused,omitempty"` // restored from a copy of that time, and nothing leaves
	Console consoleStatus `json:"console"`
	Family  familyStatus  `json:"family"`
}

type modemStatus struct {
	Name         string    `json:"name"`
	Number       string    `json:"number"`
	Phase        string    `json:"phase"`
	Ready        bool      `json:"ready"`
	Since        time.Time `json:"since"`
	Device       string    `json:"device,omitempty"`
	Profile      string    `json:"profile,omitempty"` // empty for a modem of which nothing is known
	Warning      string    `json:"warning,omitempty"` // what the profile says its owner should know
	Ports        int       `json:"ports,omitempty"`   // on which it answers AT: 2 where messages leave by the second
	Registration string    `json:"registration,omitempty"`
	Operator     string    `json:"operator,omitempty"`
	Signal       string    `json:"signal,omitempty"`
	Storage      string    `json:"storage,omitempty"`
	Problem      string    `json:"problem,omitempty"`
	Role         string    `json:"role,omitempty"` // where it is not relay
	SIM          string    `json:"sim,omitempty"`
	Balance      string    `json:"balance,omitempty"`
	TopUp        string    `json:"top_up,omitempty"` // until when its SIM must be topped up
	DeafSince    time.Time `json:"deaf_since,omitzero"`
}

type xmppStatus struct {
	Domain    string    `json:"domain"`
	Connected bool      `json:"connected"`
	Since     time.Time `json:"since"`
	Problem   string    `json:"problem,omitempty"`
}

// consoleStatus is how the console is reached, and by which code its first account is made.
type consoleStatus struct {
	URL       string `json:"url"`
	FirstCode string `json:"first_code,omitempty"` // while nobody can sign in
}

type waiting struct {
	SMS  int `json:"sms"`
	XMPP int `json:"xmpp"`
}

func (c config) socket() string   { return filepath.Join(c.DataDir, "knapp.sock") }
func (c config) database() string { return filepath.Join(c.DataDir, "knapp.db") }

// prepareDataDir makes the data folder, for the service alone.
func prepareDataDir(c config) error {
	if err := os.MkdirAll(c.DataDir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w: make %s and let the service's user own it", err, c.DataDir)
	}
	return nil
}

// errRunning says that another process has the data folder.
var errRunning = errors.New("another knapp is using the data folder")

// lockDataDir takes the data folder for this process, until it ends or unlocks.
func lockDataDir(c config) (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(c.DataDir, "knapp.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if errors.Is(err, unix.EROFS) {
		return nil, fmt.Errorf("data folder: %w: mount it to be written, or name another data_dir", err)
	}
	if err != nil {
		return nil, fmt.Errorf("data folder: %w: the user who runs knapp must own %s", err, c.DataDir)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%w %s: stop it first", errRunning, c.DataDir)
	}
	return func() { _ = f.Close() }, nil
}

// connect finds the way to the operations: the running gateway, else the database.
func connect(ctx context.Context, c config) (operations, func(), error) {
	remote := newClient(c.socket())
	if remote.alive(ctx) {
		return remote, func() {}, nil
	}
	if err := prepareDataDir(c); err != nil {
		return nil, nil, err
	}
	unlock, err := lockDataDir(c)
	if err != nil {
		return nil, nil, err
	}
	s, err := store.Open(ctx, c.database(), store.Options{Log: quiet, Now: time.Now, Location: c.location})
	if err != nil {
		unlock()
		return nil, nil, err
	}
	return offline{c: c, store: s}, func() { _ = s.Close(); unlock() }, nil
}

// offline works on the database of a gateway that does not run.
type offline struct {
	c     config
	store *store.Store
}

func (o offline) Status(context.Context) (status, error) {
	return status{}, fmt.Errorf("the gateway does not run (nothing answers at %s): start it with knapp run", o.c.socket())
}

func (o offline) Family(ctx context.Context) (bridge.Family, error) { return o.store.Family(ctx) }

func (o offline) ApplyFamily(ctx context.Context, f bridge.Family, dryRun bool) ([]bridge.Change, error) {
	f, err := checkFamily(o.c, f)
	if err != nil {
		return nil, err
	}
	if dryRun {
		return o.store.DryRunFamily(ctx, f, time.Now())
	}
	relay, err := o.relay()
	if err != nil {
		return nil, err
	}
	// Whoever loses sight of a child is not told while nothing runs.
	changes, _, err := relay.ApplyFamily(ctx, f)
	return changes, err
}

func (o offline) Log(ctx context.Context, q bridge.LogQuery) ([]bridge.LogEntry, error) {
	relay, err := o.relay()
	if err != nil {
		return nil, err
	}
	return relay.Log(ctx, bridge.Keeper, q)
}

// checkFamily checks a family document, also against what only the configuration knows.
func checkFamily(c config, f bridge.Family) (bridge.Family, error) {
	f, err := f.Check(c.numbers)
	if err != nil {
		return f, err
	}
	var own bridge.Problems
	reach := func(path, jid string) {
		if _, domain, _ := strings.Cut(jid, "@"); domain == c.XMPP.Domain {
			own = append(own, bridge.Problem{Path: path, Text: jid + " is at the gateway itself: name the child as the contact"})
		}
	}
	look := func(path, number string) {
		if number != "" && c.ownNumber(bridge.Phone(number)) {
			own = append(own, bridge.Problem{Path: path, Text: number + " is the gateway's own number"})
		}
	}
	for i, g := range f.Guardians {
		look(fmt.Sprintf("guardian[%d].phone", i), g.Phone)
		reach(fmt.Sprintf("guardian[%d].jid", i), g.JID)
	}
	for i, o := range f.Contacts {
		look(fmt.Sprintf("contact[%d].phone", i), o.Phone)
		reach(fmt.Sprintf("contact[%d].jid", i), o.JID)
	}
	for i, k := range f.Children {
		look(fmt.Sprintf("child[%d].phone", i), k.Phone)
		for j, a := range k.Allow {
			if a.Modem != "" && !slices.Contains(c.names()[min(1, len(c.names())):], a.Modem) {
				own = append(own, bridge.Problem{
					Path: fmt.Sprintf("child[%d].allow[%d].modem", i, j),
					Text: a.Modem + " is no [[modem]] that relays, after the first: the first has the gateway's own number",
				})
			}
		}
	}
	if len(own) > 0 {
		return f, own
	}
	return f, nil
}
