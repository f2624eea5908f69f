package xmpp

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"knapp/bridge"
)

// worker hands what was read to the office, one stanza after the other. It lives as long as Run: what was read
// before a stream died is taken all the same, and answered on the next.
type worker struct {
	c    *Component
	idle chan struct{} // closed when it has ended
	once sync.Once
}

// startWorker starts it. The context is for the office, and is not cancelled.
func (c *Component) startWorker(ctx context.Context) *worker {
	w := &worker{c: c, idle: make(chan struct{})}
	go w.run(ctx)
	return w
}

// run works until the queue is closed and empty.
func (w *worker) run(ctx context.Context) {
	defer close(w.idle)
	var told announced
	for {
		select {
		case st, more := <-w.c.queue:
			if !more {
				return
			}
			w.c.work(ctx, st)
		case <-w.c.wake:
			told = w.c.announce(ctx, told)
		}
	}
}

// drainBy says until when the office is asked at all. What is still waiting then is refused, which is the
// truth: it will not be sent.
func (w *worker) drainBy(deadline time.Time) { w.c.drainBy.CompareAndSwap(0, deadline.UnixNano()) }

// drain ends the worker when it has worked through the queue, and waits for that, but not for ever: an office
// that hangs keeps nobody from ending. Nothing may be put into the queue any more.
func (w *worker) drain() {
	w.once.Do(func() {
		w.drainBy(time.Now().Add(drainTime))
		close(w.c.queue)
		select {
		case <-w.idle:
		case <-time.After(time.Until(time.Unix(0, w.c.drainBy.Load()))):
		}
	})
}

// work handles one stanza and sends what there is to answer. A panic is this stanza's alone.
func (c *Component) work(ctx context.Context, st stanza) {
	if by := c.drainBy.Load(); by != 0 && time.Now().UnixNano() > by {
		c.answer(st, c.fault(st))
		return
	}
	defer func() {
		if p := recover(); p != nil {
			c.o.Log.Error("xmpp: a stanza made the gateway panic", "kind", st.kind, "type", st.typ,
				"from", loggable(st.from), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			c.answer(st, c.fault(st))
		}
	}()
	c.answer(st, c.handle(ctx, st))
}

// handle returns what is to be answered, if anything.
func (c *Component) handle(ctx context.Context, st stanza) []outgoing {
	to := splitAddress(st.to)
	if !strings.EqualFold(to.domain, c.o.Domain) {
		// An answer would have to come from a domain that is not ours, and that ends the stream.
		c.o.Log.Warn("xmpp: a stanza for another domain; does ejabberd's listener lack global_routes: false?", "domain", to.domain)
		return nil
	}
	local := strings.ToLower(to.local) // ejabberd passes it as it was written
	switch st.kind {
	case "message":
		return c.message(ctx, st, local)
	case "presence":
		return c.presence(ctx, st, local)
	case "iq":
		return c.iq(ctx, st, local)
	default:
		return nil
	}
}

// answer sends what the office said, if there is still somebody to send it through.
func (c *Component) answer(st stanza, answers []outgoing) {
	for _, o := range answers {
		octets, err := o.octets(o.XMLName.Local)
		if err == nil {
			err = c.write(octets)
		}
		if err != nil {
			c.o.Log.Warn("xmpp: could not answer", "kind", st.kind, "to", loggable(st.from), "error", err)
			return
		}
	}
}

// write writes to the stream in use. It is for answers and presence, which nobody waits for a barrier with.
func (c *Component) write(octets []byte) error {
	s := c.current()
	if s == nil {
		return ErrNotConnected
	}
	return s.write(octets)
}

// fault answers for an office that could not do its work: what a person wrote will never be sent, and a
// question gets an answer. Promise 5: it is said as it is, and never a receipt.
func (c *Component) fault(st stanza) []outgoing {
	switch {
	case !strings.EqualFold(splitAddress(st.to).domain, c.o.Domain):
		return nil
	case st.kind == "message" && st.isChat(), st.kind == "iq" && (st.typ == "get" || st.typ == "set"):
		e := newError(internalServerError, "", "")
		e.Type = "wait" // the same message may pass later
		return []outgoing{reply(st, "error", e)}
	default:
		return nil
	}
}

// reply makes an answer that comes from where the stanza was addressed to, and goes to where it came from.
func reply(st stanza, typ string, payload ...any) outgoing {
	o := outgoing{Type: typ, From: st.to, To: st.from, ID: st.id, Payload: payload}
	o.XMLName.Local = st.kind
	return o
}

// refuse answers with an error stanza.
func refuse(st stanza, condition string) []outgoing {
	return []outgoing{reply(st, "error", newError(condition, "", ""))}
}

// sender returns whose stanza it is. An address that RFC 7622 does not allow comes from nobody: the server let
// it pass, but it can be on no list.
func (c *Component) sender(st stanza) (from bridge.JID, resource string, ok bool) {
	a := splitAddress(st.from)
	from, err := prepare(a.bare())
	if err != nil {
		return "", "", false
	}
	return from, a.resource, true
}

// loggable returns an address from a stanza as a log file may show it.
func loggable(addr string) slog.LogValuer { return bridge.JID(splitAddress(addr).bare()) }
