package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"knapp/hardware"
	"knapp/modem"
)

type modemProbe struct {
	Port string `arg:"" optional:"" help:"The port, such as /dev/serial/by-path/…; left out, the configured ones, or the only modem there is."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// probedModem is what one modem was found to be.
type probedModem struct {
	Name  string        `json:"name,omitempty"` // of the [[modem]]
	Port  string        `json:"port"`
	Found *modem.Probed `json:"found,omitempty"`
	Error string        `json:"error,omitempty"`
}

// modemProber is a running gateway.
type modemProber interface {
	ProbeModems(ctx context.Context) ([]probedModem, error)
}

// Run probes modems: through the gateway those that it has, all others itself.
func (p modemProbe) Run(ctx context.Context, k keeper) error {
	c, err := loadConfig(k.configFile)
	if err != nil && p.Port == "" && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var running modemProber
	if err == nil {
		if remote := newClient(c.socket()); remote.alive(ctx) {
			running = remote
		}
	}
	found, err := p.probe(ctx, c, running)
	if err != nil {
		return err
	}
	if p.JSON {
		err = printJSON(k.out, found)
	} else {
		err = printProbed(k.out, found)
	}
	for _, m := range found {
		if m.Error != "" && err == nil {
			err = errors.New("not every modem could be probed")
		}
	}
	return err
}

func (p modemProbe) probe(ctx context.Context, c config, running modemProber) ([]probedModem, error) {
	if running != nil && (p.Port == "" || has(c, p.Port)) {
		all, err := running.ProbeModems(ctx)
		if err != nil || p.Port == "" {
			return all, err
		}
		for _, m := range all {
			if samePort(m.Port, p.Port) {
				return []probedModem{m}, nil
			}
		}
	}
	ports := []probedModem{{Port: p.Port}}
	if p.Port == "" {
		ports = nil
		for _, m := range c.Modems {
			ports = append(ports, probedModem{Name: m.Name, Port: m.Port})
		}
		if len(ports) == 0 {
			ports = []probedModem{{Port: hardware.Auto}}
		}
	}
	for i := range ports {
		socket := hardware.Finder{}.Socket(ports[i].Port)
		found, err := modem.Probe(ctx, modem.ProbeOptions{Open: socket.Open, Second: socket.OpenSecond})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(err, hardware.ErrBusy) && running != nil:
			ports[i].Error = "the gateway has this port: ask it with \"knapp modem probe\", without a port, or stop it first"
		case err != nil:
			ports[i].Error = err.Error()
		default:
			ports[i].Found = &found
		}
	}
	return ports, nil
}

// has tells whether a port is a configured modem's.
func has(c config, port string) bool {
	for _, m := range c.Modems {
		if samePort(m.Port, port) {
			return true
		}
	}
	return false
}

// samePort tells whether two names lead to the same device node.
func samePort(a, b string) bool {
	if a == b {
		return true
	}
	nodeA, errA := filepath.EvalSymlinks(a)
	nodeB, errB := filepath.EvalSymlinks(b)
	return errA == nil && errB == nil && nodeA == nodeB
}

// ProbeModems probes the gateway's own modems while it uses them.
func (g *gateway) ProbeModems(ctx context.Context) ([]probedModem, error) {
	var all []probedModem
	for i, m := range g.modems {
		one := probedModem{Name: g.c.Modems[i].Name, Port: g.c.Modems[i].Port}
		if found, err := m.Probe(ctx); err != nil {
			one.Error = err.Error()
		} else {
			one.Found = &found
		}
		all = append(all, one)
	}
	return all, nil
}

// ProbeModems asks the running gateway.
func (c client) ProbeModems(ctx context.Context) (v []probedModem, err error) {
	return v, c.call(ctx, http.MethodGet, "/modem/probe", nil, &v)
}

// serveProbe answers ProbeModems on the control socket.
func serveProbe(mux *http.ServeMux, ops operations) {
	if g, ok := ops.(modemProber); ok {
		mux.HandleFunc("GET /modem/probe", func(w http.ResponseWriter, r *http.Request) {
			v, err := g.ProbeModems(r.Context())
			answer(w, v, err)
		})
	}
}

func printProbed(out io.Writer, found []probedModem) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, text string) {
		if strings.TrimSpace(text) != "" {
			_, _ = fmt.Fprintf(w, "  %s\t%s\n", name, strings.ReplaceAll(text, "\n", "; ")) // Flush reports the error
		}
	}
	for _, m := range found {
		_, _ = fmt.Fprintf(w, "%s\n", strings.TrimSpace(m.Name+" "+m.Port))
		if m.Error != "" {
			row("error", m.Error)
			continue
		}
		p := m.Found
		row("modem", strings.Join([]string{p.Manufacturer, p.Model, p.Revision}, " "))
		row("IMEI", p.IMEI)
		row("USB", p.USB)
		row("profile", orDash(p.Profile)+": "+p.Why)
		row("second port", p.SecondPort)
		row("SIM", p.SIM)
		if p.PINTries != nil {
			row("PIN", fmt.Sprintf("%d tries left", *p.PINTries))
		}
		row("centre", p.SMSC)
		for _, n := range p.Networks {
			row("network", n.Command+" "+n.Status)
		}
		row("operator", p.Operator)
		if p.Signal != nil {
			row("signal", fmt.Sprintf("%d dBm", *p.Signal))
		}
		for _, s := range p.Storages {
			row("storage", fmt.Sprintf("%s %d of %d", s.Name, s.Used, s.Total))
		}
		row("stores in", p.StoresIn)
		row("CSMS", p.Service)
		row("CNMI", p.Announces)
		row("", "offered "+orDash(p.Offers)+", the gateway sets "+orDash(p.WouldSet))
		for _, f := range p.Findings {
			row("look", f)
		}
	}
	return w.Flush()
}
