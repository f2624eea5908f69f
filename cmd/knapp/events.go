package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/modem"
	"knapp/modem/at"
)

// event passes on what happened to a modem, which has logged it. It must not block.
func (g *gateway) event(e modem.Event) {
	g.notes.take(e, time.Now())
	switch e := e.(type) {
	case modem.Up:
		g.everUp.Store(true)
		g.relay.ModemReady(e.Modem)
	case modem.Registration:
		g.relay.ModemReady(e.Modem)
	case modem.Down:
		// A modem that hangs comes back, or is brought back; a port that was written down and on which there never was
		// one is a mistake in the configuration.
		if errors.Is(e.Reason, at.ErrNoAnswer) && len(g.modems) == 1 && g.c.Modems[0].Port != "auto" && !g.everUp.Load() {
			_ = g.fail(fmt.Errorf("modem %s, port %s: %w", e.Modem, g.c.Modems[0].Port, e.Reason))
		}
	case modem.SIMProblem, modem.StorageFull, modem.ForeignSIM, modem.Call, modem.SelfTest:
		select {
		case g.events <- e:
		default:
			g.log.Error("too many events at once: one is only in this log", "modem", e.From())
		}
	}
	g.showReach()
}

// tellEvents hands to the post office what people must be told of.
func (g *gateway) tellEvents(ctx context.Context) error {
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case e := <-g.events:
			switch e := e.(type) {
			case modem.SIMProblem:
				err = g.relay.TakeTrouble(ctx, e.Modem, bridge.SIMProblem)
			case modem.StorageFull:
				err = g.relay.TakeTrouble(ctx, e.Modem, bridge.StorageFull)
			case modem.ForeignSIM:
				err = g.relay.TakeTrouble(ctx, e.Modem, bridge.ForeignSIM)
			case modem.SelfTest:
				if e.Sent {
					err = g.relay.TakeSelfTest(ctx, e.Modem, e.Length)
				}
			case modem.Call:
				err = g.relay.TakeCall(ctx, e.Modem, g.c.numbers.sender(e.Number), time.Now())
			}
		}
		if err != nil && ctx.Err() == nil {
			g.log.Error("an event could not be told", "err", err)
		}
	}
}

// showReach has presence show whether the children's phones can be reached at all. Who is told why is told it together
// with that it is so.
func (g *gateway) showReach() {
	network := g.network()
	if network != bridge.Served {
		g.relay.SetNetwork(network)
		g.component.SetAvailable(false)
		return
	}
	g.component.SetAvailable(true)
	g.relay.SetNetwork(network)
}

// beginning is how long after the start nobody is told yet that no modem has come up.
const beginning = time.Minute

// network tells whether some modem is ready and served, and what comes for the children may leave.
func (g *gateway) network() bridge.Network {
	if _, paused := g.store.Paused(); paused {
		return bridge.Paused
	}
	network := bridge.ModemAway
	for _, v := range g.views() {
		switch {
		case v.Listening && v.Served:
			return bridge.Served
		case v.Listening:
			network = bridge.NotServed
		}
	}
	if network == bridge.ModemAway && !g.everUp.Load() && time.Since(g.started) < beginning {
		return bridge.NetworkUnknown
	}
	return network
}
