package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"knapp/bridge"
)

// Run prints how the gateway is.
func (s statusCommand) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		st, err := ops.Status(ctx)
		if err != nil {
			return err
		}
		if s.JSON {
			return printJSON(k.out, st)
		}
		return printStatus(k.out, st)
	})
}

func printStatus(out io.Writer, st status) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		_, _ = fmt.Fprintf(w, name+"\t"+format+"\n", args...) // a tabwriter keeps its error for Flush
	}
	row("knapp", "%s, running for %s", st.Version, ago(st.Started))
	if st.Paused != nil {
		row("PAUSED", "restored from a copy of %s: nothing is sent until knapp resume", st.Paused.Local().Format("2006-01-02 15:04"))
	}
	for _, m := range st.Modems {
		row("modem "+m.Name, "%s for %s, %s", m.Phase, ago(m.Since), m.Number)
		for _, detail := range [][2]string{
			{"role", m.Role},
			{"device", strings.TrimSpace(m.Device)},
			{"profile", profileOf(m)},
			{"ports", portsOf(m)},
			{"warning", m.Warning},
			{"sim", m.SIM},
			{"network", strings.TrimSpace(m.Registration + " " + m.Operator)},
			{"signal", m.Signal},
			{"storage", strings.TrimSpace(m.Storage)},
			{"balance", m.Balance},
			{"top up by", m.TopUp},
			{"deaf for", deafFor(m)},
			{"problem", m.Problem},
		} {
			if detail[1] != "" {
				row("  "+detail[0], "%s", strings.ReplaceAll(detail[1], "\n", "; "))
			}
		}
	}
	state := "not connected"
	if st.XMPP.Connected {
		state = "connected"
	}
	row("xmpp", "%s, %s for %s", st.XMPP.Domain, state, ago(st.XMPP.Since))
	if st.XMPP.Problem != "" {
		row("  problem", "%s", st.XMPP.Problem)
	}
	row("console", "%s", st.Console.URL)
	if st.Console.FirstCode != "" {
		row("  first start", "nobody can sign in yet: open %s/start and give the code %s", st.Console.URL, st.Console.FirstCode)
	}
	row("waiting", "%d SMS, %d chat messages", st.Waiting.SMS, st.Waiting.XMPP)
	st.Family.rows(row)
	return w.Flush()
}

// profileOf says what is known of a kind of modem.
func profileOf(m modemStatus) string {
	if m.Device == "" || m.Profile != "" {
		return m.Profile
	}
	return "none: it is asked for everything"
}

// portsOf says where messages leave by a port of their own.
func portsOf(m modemStatus) string {
	if m.Ports < 2 {
		return ""
	}
	return "2: messages leave by the second"
}

// deafFor is how long a modem has not listened, empty for one that does.
func deafFor(m modemStatus) string {
	if m.DeafSince.IsZero() {
		return ""
	}
	return ago(m.DeafSince)
}

// Run prints the log, newest first.
func (l logCommand) Run(ctx context.Context, k keeper) error {
	if l.Limit < 1 || l.Limit > 1000 {
		return fmt.Errorf("--limit %d: 1 to 1000", l.Limit)
	}
	return k.with(ctx, func(ops operations) error {
		entries, err := ops.Log(ctx, bridge.LogQuery{Child: l.Child, Limit: l.Limit, Before: bridge.MessageID(l.Before)})
		if err != nil {
			return err
		}
		if l.JSON {
			return printJSON(k.out, entries)
		}
		return printLog(k.out, entries, l.Why)
	})
}

func printLog(out io.Writer, entries []bridge.LogEntry, why bool) error {
	if len(entries) == 0 {
		_, err := fmt.Fprintln(out, "nothing yet")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tWHEN\tFROM\tTO\tLENGTH\tVERDICT\tWHAT BECAME OF IT")
	for _, e := range entries {
		from, to := e.Child, e.Other
		if e.Direction == "to_child" {
			from, to = to, from
		}
		if from == "" {
			from = orDash(e.Address)
		}
		verdict := e.Verdict + " (" + string(e.Reason)
		if e.Rule != 0 {
			verdict += fmt.Sprintf(" %d", e.Rule)
		}
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%d\t%s)\t%s\n", e.ID, e.At.Local().Format("2006-01-02 15:04:05"),
			from, orDash(to), e.Length, verdict, orDash(fates(e.Legs)))
		if why {
			_, _ = fmt.Fprintf(w, "\t%s\n", e.Why)
		}
	}
	return w.Flush()
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// fates says in a few words how far each leg came.
func fates(legs []bridge.LogLeg) string {
	var words []string
	for _, leg := range legs {
		word := leg.Way
		if leg.Kind != "" && leg.Kind != string(bridge.ChatStanza) {
			word += " " + leg.Kind
		}
		word += " " + string(leg.State)
		if leg.Why != "" {
			word += " (" + leg.Why + ")"
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}
