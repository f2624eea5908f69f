package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/words"
	"knapp/console"
	"knapp/modem"
)

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
	topUps, err := g.relay.TopUps(ctx, bridge.Keeper)
	if err != nil {
		return st, err
	}
	for i, m := range g.modems {
		one := statusOf(g.c.Modems[i], m.State())
		one.Balance, one.TopUp = g.balanceOf(ctx, g.c.Modems[i]), topUpOf(topUps, g.c.Modems[i].Name, time.Now().In(g.c.location))
		st.Modems = append(st.Modems, one)
	}
	if at, paused := g.store.Paused(); paused {
		st.Paused = &at
	}
	st.Console.URL = g.c.Console.address()
	if st.Console.FirstCode, _, err = g.console.FirstCode(ctx); err != nil {
		return st, err
	}
	if st.Waiting.SMS, st.Waiting.XMPP, err = g.store.Waiting(ctx); err != nil {
		return st, err
	}
	st.Family, err = keepersAnswers{g.relay, g.store}.familyStatus(ctx)
	return st, err
}

func statusOf(c modemConfig, s modem.State) modemStatus {
	out := modemStatus{
		Name: c.Name, Number: c.Number, Phase: s.Phase.String(), Ready: s.Phase == modem.Ready, Since: s.Since,
		Operator: s.Operator, Profile: s.Profile, Warning: s.Warning,
	}
	for _, word := range []string{s.Manufacturer, s.Model, s.Revision} {
		if word != "" {
			out.Device += " " + word
		}
	}
	if s.Phase == modem.Ready {
		out.Registration, out.Ports = s.Registered.String(), s.Ports
	}
	if s.SignalKnown {
		out.Signal = fmt.Sprintf("%d dBm", s.Signal)
	}
	for _, u := range s.Storage {
		out.Storage += fmt.Sprintf(" %s %d/%d", u.Name, u.Used, u.Total)
	}
	if s.LastError != nil && s.Phase != modem.Provisioning {
		out.Problem = s.LastError.Error()
	}
	if !c.relays() {
		out.Role = c.Role
	}
	out.SIM, out.DeafSince = s.ICCID, s.DeafSince
	if s.Foreign {
		out.SIM += " (foreign)"
		out.Problem = "the SIM is not the one that was adopted: put that one back, or knapp sim adopt --modem " + c.Name
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
	g.familyChanged(ended)
	g.log.Info("the family was changed", "changes", len(changes))
	return changes, nil
}

// familyChanged tells those who no longer see a child, and introduces the children to those who now do.
func (g *gateway) familyChanged(ended []bridge.Subscription) {
	g.component.Revoke(ended)
	g.component.Introduce()
}

// Log implements operations.
func (g *gateway) Log(ctx context.Context, q bridge.LogQuery) ([]bridge.LogEntry, error) {
	return g.relay.Log(ctx, bridge.Keeper, q)
}

// condition says in a line or two, for a guardian, how the modems are.
func (g *gateway) condition(_ context.Context, language string) string {
	var lines []string
	for i, m := range g.modems {
		lines = append(lines, words.Say(language, words.ModemIs, g.c.Modems[i].Name, words.Say(language, map[bool]words.Sentence{
			true: words.ModemReady, false: words.ModemNotReady,
		}[m.State().Phase == modem.Ready])))
	}
	return strings.Join(lines, "\n")
}

// balances says, for a guardian, what is left on the SIM cards.
func (g *gateway) balances(ctx context.Context, language string) string {
	var lines []string
	for _, m := range g.c.Modems {
		b, found, err := g.lastBalance(ctx, m)
		if m.balance == nil || err != nil || !found {
			continue
		}
		lines = append(lines, words.Say(language, words.BalanceIs, m.Name, b.Amount, words.Date(language, b.At.In(g.c.location))))
	}
	for _, t := range g.topUps(ctx) {
		if day, err := time.Parse(time.DateOnly, t.Day); err == nil {
			lines = append(lines, words.Say(language, words.TopUpIs, t.Modem, fmt.Sprintf("%s %d", words.Date(language, day), day.Year())))
		}
	}
	return strings.Join(lines, "\n")
}

// topUps are until when which SIM must be topped up; none where they cannot be read.
func (g *gateway) topUps(ctx context.Context) []bridge.TopUp {
	all, err := g.relay.TopUps(ctx, bridge.Keeper)
	if err != nil {
		g.log.Warn("it cannot be read when to top up", "err", err)
	}
	return all
}

// topUpOf says until when the SIM of a modem must be topped up.
func topUpOf(all []bridge.TopUp, modem string, now time.Time) string {
	for _, t := range all {
		days, ok := t.DaysLeft(now)
		switch {
		case t.Modem != modem || !ok:
		case days < 0:
			return t.Day + ", which is over"
		case days == 0:
			return t.Day + ", today"
		default:
			return fmt.Sprintf("%s, %d days left", t.Day, days)
		}
	}
	return ""
}
