package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"knapp/bridge"
	"knapp/hardware"
	"knapp/modem/at"
)

// wiretap lets a keeper listen to what the gateway and its modems say to each other. While nobody listens it keeps
// nothing.
type wiretap struct {
	active atomic.Int32 // how many listen

	mu        sync.Mutex
	listeners []*tapped
}

// tapped is one who listens.
type tapped struct {
	modem string // "" hears all
	texts bool
	lines chan string
	lost  atomic.Int64 // lines that came faster than they were taken
}

// hear takes a line, or counts it. It never blocks: the modem waits behind it.
func (l *tapped) hear(modem string, d at.Direction, line string) {
	tracing(l.texts, func(d at.Direction, line string) {
		select {
		case l.lines <- traceLine(time.Now(), modem, d, line):
		default:
			l.lost.Add(1)
		}
	})(d, line)
}

// tapDepth is how many lines wait for a listener; a modem that lists a full storage says a few hundred.
const tapDepth = 4096

// traceLine is a line of a trace, as modemtest.Replay reads it.
func traceLine(at time.Time, modem string, d at.Direction, line string) string {
	return at.UTC().Format("2006-01-02T15:04:05.000000Z") + "\t" + modem + "\t" + string(rune(d)) + "\t" + line + "\n"
}

// on is what the modem with this name tells the wiretap.
func (w *wiretap) on(modem string) at.TraceFunc {
	return func(d at.Direction, line string) {
		if w.active.Load() == 0 {
			return
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, l := range w.listeners {
			if l.modem == "" || l.modem == modem {
				l.hear(modem, d, line)
			}
		}
	}
}

// listen adds a listener; it ends with done. Without texts it hears forms and lengths only.
func (w *wiretap) listen(modem string, texts bool) (l *tapped, done func()) {
	l = &tapped{modem: modem, texts: texts, lines: make(chan string, tapDepth)}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listeners = append(w.listeners, l)
	w.active.Add(1)
	return l, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if i := slices.Index(w.listeners, l); i >= 0 {
			w.listeners = slices.Delete(w.listeners, i, i+1)
			w.active.Add(-1)
		}
	}
}

// tracing is f with what it must not hear taken out. A PIN is in no trace.
func tracing(texts bool, f at.TraceFunc) at.TraceFunc {
	if texts {
		return at.WithoutPINs(f)
	}
	return at.Redacted(f)
}

// serveTrace streams a trace over the control socket until the other side has enough.
func (g *gateway) serveTrace(w http.ResponseWriter, r *http.Request) {
	name, texts := r.URL.Query().Get("modem"), r.URL.Query().Get("texts") != ""
	if name != "" && !slices.Contains(g.c.names(), name) {
		answer(w, nil, fmt.Errorf("there is no modem %q in the configuration", name))
		return
	}
	if texts {
		if err := g.relay.ReadWire(r.Context(), bridge.Keeper, cmp.Or(name, strings.Join(g.c.names(), ", "))); err != nil {
			answer(w, nil, err)
			return
		}
	}
	g.log.Warn("the wire to the modem is traced", "modem", name, "texts", texts)
	defer g.log.Info("the trace has ended")
	heard, done := g.wire.listen(name, texts)
	defer done()
	stream := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/tab-separated-values; charset=utf-8")
	if stream.Flush() != nil {
		return // gone already
	}
	for {
		select {
		case line := <-heard.lines:
			if n := heard.lost.Swap(0); n > 0 {
				line += fmt.Sprintf("# %d lines came too fast\n", n)
			}
			if _, err := w.Write([]byte(line)); err != nil {
				return
			}
			if len(heard.lines) == 0 && stream.Flush() != nil {
				return
			}
		case <-r.Context().Done():
			return
		}
	}
}

// wireTracer is a running gateway.
type wireTracer interface {
	serveTrace(w http.ResponseWriter, r *http.Request)
}

// serveWire answers traces on the control socket.
func serveWire(mux *http.ServeMux, ops operations) {
	if g, ok := ops.(wireTracer); ok {
		mux.HandleFunc("GET /modem/trace", g.serveTrace)
	}
}

var _ wireTracer = (*gateway)(nil)

// traceRemote streams the running gateway's trace to each.
func (c client) traceRemote(ctx context.Context, modem string, texts bool, each func(line string) error) error {
	path := "http://knapp/modem/trace?modem=" + url.QueryEscape(modem)
	if texts {
		path += "&texts=1"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return refusalOf(resp)
	}
	return eachLine(resp.Body, each)
}

// ownUp writes down that texts are about to be read at a port by itself, if it may be the modem of a gateway that does
// not run now: what the children hear of it leaves with its next start.
func ownUp(ctx context.Context, c config, port string) error {
	auto := slices.ContainsFunc(c.Modems, func(m modemConfig) bool { return m.Port == hardware.Auto })
	if _, err := os.Stat(c.database()); err != nil || !auto && !has(c, port) {
		return nil // there never was a gateway here, or the port is none of its own
	}
	ops, done, err := connect(ctx, c)
	if err != nil {
		return err
	}
	defer done()
	o, ok := ops.(offline)
	if !ok {
		return nil // the gateway runs, and has other ports
	}
	relay, err := o.relay()
	if err != nil {
		return err
	}
	return relay.ReadWire(ctx, bridge.Keeper, port)
}
