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
	g.component.SetAvailable(g.reachable())
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

// reachable tells whether the children's phones can be reached at all: some modem is ready and served, and what comes
// for them may leave.
func (g *gateway) reachable() bool {
	if _, paused := g.store.Paused(); paused {
		return false
	}
	for _, m := range g.modems {
		if s := m.State(); s.Phase == modem.Ready && s.Registered.Served() {
			return true
		}
	}
	return false
}
