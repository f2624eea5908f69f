package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/hardware"
	"knapp/modem"
)

// newModem makes a modem of its configuration.
func (g *gateway) newModem(m modemConfig, db *store.Store, log *slog.Logger) *modem.Modem {
	socket := hardware.Finder{}.Socket(m.Port)
	return modem.New(modem.Options{
		Name: m.Name, Number: m.Number,
		Open: socket.Open, Second: socket.OpenSecond, Reset: socket.Reset,
		Sink:  inbox{relay: g.relay, numbers: g.c.numbers, events: g.event},
		Trace: g.wire.on(m.Name),
		SIMs:  simDrawer{store: db, modem: m.Name},
		Log:   log.With("part", "modem"),
		PIN:   m.pin, SMSC: m.SMSC, Roaming: m.Roaming, Provision: !m.relays(),
		SelfTestEvery: m.selfTest, HangUpAfter: m.hangUpAfter,
	})
}

// simDrawer remembers the SIMs of one modem in the database (modem.SIMs).
type simDrawer struct {
	store *store.Store
	modem string
}

func (d simDrawer) key(what string) string { return what + " of modem " + d.modem }

// Owns implements modem.SIMs: the first SIM that tells its ICCID is adopted, afterwards only `knapp sim adopt` changes
// it. One that does not tell it is ours as long as none was adopted.
func (d simDrawer) Owns(ctx context.Context, iccid string) (bool, error) {
	adopted, found, err := d.store.Setting(ctx, d.key("sim"))
	switch {
	case err != nil:
		return false, err
	case found:
		return adopted == iccid, nil
	case iccid == "":
		return true, nil
	}
	return true, d.adopt(ctx, iccid)
}

func (d simDrawer) adopt(ctx context.Context, iccid string) error {
	return d.store.SetSetting(ctx, d.key("sim"), iccid)
}

// Cleared implements modem.SIMs.
func (d simDrawer) Cleared(ctx context.Context, iccid string) (bool, error) {
	cleared, found, err := d.store.Setting(ctx, d.key("forwarding cleared on sim"))
	return found && cleared == iccid, err
}

// SetCleared implements modem.SIMs.
func (d simDrawer) SetCleared(ctx context.Context, iccid string) error {
	return d.store.SetSetting(ctx, d.key("forwarding cleared on sim"), iccid)
}

// AdoptSIM implements operations: the SIM that is in the modem now is the gateway's from here on.
func (g *gateway) AdoptSIM(ctx context.Context, name string) (adopted, error) {
	for i, c := range g.c.Modems {
		switch {
		case c.Name != name:
			continue
		case !c.relays():
			return adopted{}, fmt.Errorf("modem %s has the role provision: the SIMs in it are other people's", name)
		}
		s := g.modems[i].State()
		if s.ICCID == "" {
			return adopted{}, fmt.Errorf("modem %s has told no SIM (it is %s): look at knapp status", name, s.Phase)
		}
		if err := (simDrawer{store: g.store, modem: name}).adopt(ctx, s.ICCID); err != nil {
			return adopted{}, err
		}
		g.log.Info("a SIM was adopted", "modem", name)
		g.modems[i].AskSIMAgain()
		return adopted{Modem: name, ICCID: s.ICCID}, nil
	}
	return adopted{}, fmt.Errorf("there is no modem %q in the configuration", name)
}

// lookEvery is how often the modems' state is looked at for those who must be told.
const lookEvery = 15 * time.Second

// look is how the relaying modems are now (bridge.RunVigil). What presence shows of them goes by the same look.
func (g *gateway) look() []bridge.ModemView {
	g.showReach()
	return g.views()
}

// views is how the relaying modems are now.
func (g *gateway) views() []bridge.ModemView {
	var views []bridge.ModemView
	for i, c := range g.c.Modems {
		if c.relays() {
			views = append(views, viewOf(c, g.modems[i].State()))
		}
	}
	return views
}

func viewOf(c modemConfig, s modem.State) bridge.ModemView {
	v := bridge.ModemView{Name: c.Name, Listening: s.Phase == modem.Ready, Foreign: s.Foreign, MoveAfter: c.moveAfter}
	v.Abroad = s.Registered == modem.Roaming && !c.Roaming
	// A modem that does not say whether a network serves it is believed.
	v.Served = !v.Abroad && (s.Registered.Served() || s.Registered == modem.RegUnknown)
	switch {
	case !v.Listening:
		v.Since = s.DeafSince
	case !v.Served:
		v.Since = s.RegisteredSince
	}
	return v
}
