package console

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"html"
	"html/template"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// How a page becomes live. It is written as if there were no scripts: forms that are posted, and a page that says how
// things stand when it is asked for. Then
//
//   - what changes by itself stands in one element per page, {{live . "now" "log" "rules"}} among its attributes: its id,
//     and the topics of bridge.News on which the browser fetches the page again and takes this element out of it. The
//     page's own rights hold; the stream itself (GET /live) says nothing but "log" or "rules".
//   - a form that shall be answered without leaving the page has {{tap . "/hurry/mute"}} in place of method and action.
//     Its answer, after the redirect, is laid over <main id="content">.
//   - an element with data-list is gone through child by child, each known by its id; all others are one piece. Give each
//     row an id that stays its own. What did not change is not touched; a piece in which somebody types, has typed or
//     holds a button down is left alone, and says that something has changed. So keep a form in a piece of its own, away
//     from figures that change all the time, and give what can have the focus an id.
//   - data-say on the live element is a sentence that a screen reader hears, politely, when it has become another one;
//     data-alarm is the same for what cannot wait. Say how many, not each of them, and nothing that changes all the time.
//   - a time that comes is {{template "left" …}} (countdown.go): it ticks, and when it is over the page is fetched again.
//
// Both functions need $ (the frame) as their first argument. Without browser code of others in the binary, or without
// scripts, they give only what plain HTML needs.

const (
	streamsEach = 4                // of one session: a browser has six connections to a server, and needs some for pages
	streamsAll  = 48               // of everybody
	beatEvery   = 25 * time.Second // shorter than what proxies and routers wait; a browser that misses two asks anew
	calmFor     = time.Second      // at the least between two events of one stream
	again       = 3 * time.Second  // until a browser that lost the stream asks anew
)

// live is who follows what changes.
type live struct {
	key     []byte        // makes marks of editions
	closing chan struct{} // closed when the program stops

	mu      sync.Mutex // guards the rest
	streams map[*stream]struct{}
	closed  bool
}

func newLive() *live {
	return &live{key: hashOf(newToken()), closing: make(chan struct{}), streams: map[*stream]struct{}{}}
}

// mark names an edition, so that nobody can tell by it how much is going on.
func (l *live) mark(office *bridge.Relay) string {
	mac := hmac.New(sha256.New, l.key)
	_ = binary.Write(mac, binary.BigEndian, office.Edition()) // a hash takes all
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:9])
}

// admit makes room for a stream, unless there are enough.
func (l *live) admit(st *stream) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	same := 0
	for other := range l.streams {
		if other.token == st.token {
			same++
		}
	}
	if l.closed || same >= streamsEach || len(l.streams) >= streamsAll {
		return false
	}
	l.streams[st] = struct{}{}
	return true
}

func (l *live) leave(st *stream) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.streams, st)
}

// close ends every stream: the program stops.
func (l *live) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.closed = true
		close(l.closing)
	}
}

// sessionsEnded has every stream look whether its session still is.
func (l *live) sessionsEnded() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for st := range l.streams {
		raise(st.recheck)
	}
}

// follow is GET /live: server-sent events (HTML Living Standard §9.2) for as long as the page is open.
func (v *visit) follow() error {
	c := v.c
	c.Set(fiber.HeaderContentType, "text/event-stream")
	c.Set("X-Accel-Buffering", "no") // nginx would keep events until it has a page full
	if c.Method() == fiber.MethodHead {
		return nil
	}
	if !strings.Contains(c.Get(fiber.HeaderAccept), "text/event-stream") {
		return fiber.ErrNotAcceptable // somebody who follows links would wait for ever
	}
	st := &stream{
		s: v.s, token: v.token, who: v.who, mark: c.Get("Last-Event-ID", c.Query("at")),
		woken: make(chan struct{}, 1), recheck: make(chan struct{}, 1),
	}
	if !v.s.live.admit(st) {
		c.Set(fiber.HeaderRetryAfter, "60")
		return fiber.ErrServiceUnavailable
	}
	ctx := context.WithoutCancel(v.ctx())
	conn := c.Context().Conn()
	longLived(conn)
	c.Context().SetConnectionClose()
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer st.s.live.leave(st)
		defer func() {
			if fault := recover(); fault != nil { // nothing else would catch it here
				st.s.log.Error("console: a stream failed", "fault", fault)
			}
		}()
		stop := st.s.options.Office.Watch(st.hear)
		defer stop()
		st.run(ctx, w, hangsUp(conn))
	})
	return nil
}

// liveAttributes are those of the one element of a page that changes by itself.
func liveAttributes(f frame, id string, topics ...string) template.HTMLAttr {
	all := fmt.Sprintf(`id="%s"`, html.EscapeString(id))
	if f.Live == "" {
		return template.HTMLAttr(all) //nolint:gosec // escaped above
	}
	var triggers []string
	for _, topic := range topics {
		triggers = append(triggers, "sse:"+topic+" delay:80ms")
	}
	triggers = append(triggers, "again")
	return template.HTMLAttr(all + fmt.Sprintf( //nolint:gosec // as above
		` hx-ext="sse,gentle" sse-connect="/live?at=%s" hx-get="%s" hx-trigger="%s" hx-select="#%s" hx-target="this" hx-swap="gentle" data-list`,
		html.EscapeString(f.Live), html.EscapeString(f.Again), html.EscapeString(strings.Join(triggers, ",")), html.EscapeString(id)))
}

// tapAttributes are those of a form that is answered without leaving the page.
func tapAttributes(f frame, action string) template.HTMLAttr {
	action = html.EscapeString(action)
	all := fmt.Sprintf(`method="post" action="%s"`, action)
	if f.Live != "" {
		all += fmt.Sprintf(` hx-ext="gentle" hx-post="%s" hx-target="#content" hx-select="#content" hx-swap="gentle" hx-sync="this:drop"`, action)
	}
	return template.HTMLAttr(all) //nolint:gosec // escaped above
}

// sessionWatch is a store that tells when it has ended sessions.
type sessionWatch struct {
	bridge.Store
	ended func()
}

// Do implements bridge.Store.
func (w sessionWatch) Do(ctx context.Context, step func(bridge.Tx) error) error {
	var tx *endingTx
	err := w.Store.Do(ctx, func(inner bridge.Tx) error {
		tx = &endingTx{Tx: inner}
		return step(tx)
	})
	if err == nil && tx != nil && tx.ended {
		w.ended()
	}
	return err
}

// endingTx notes that a step ends sessions.
type endingTx struct {
	bridge.Tx
	ended bool
}

// EndSession implements bridge.Tx.
func (t *endingTx) EndSession(p policy.Person, hash []byte) (bool, error) {
	t.ended = true
	return t.Tx.EndSession(p, hash)
}

// EndSessions implements bridge.Tx.
func (t *endingTx) EndSessions(p policy.Person, but []byte) error {
	t.ended = true
	return t.Tx.EndSessions(p, but)
}
