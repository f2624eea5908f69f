package xmpp

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"knapp/bridge"
)

// worker hands what was read to the office, one stanza after the other. It lives as long as Run: what was read
// before a stream died is taken all the same, and answered on the next.
type worker struct {
	c        *Component
	queue    chan item     // a full queue makes the server wait
	refusing chan struct{} // closed when the office is asked no more
	stopping chan struct{} // closed when nothing more will come
	idle     chan struct{} // closed when the worker has ended
	deadline time.Time     // of the end, once it has begun; only Run's goroutine touches it
}

// item is a place in the queue: a stanza, or a mark that is closed when everything before it is done.
type item struct {
	stanza
	mark chan struct{}
}

// startWorker starts it. The context is for the office, and is not cancelled.
func (c *Component) startWorker(ctx context.Context) *worker {
	w := &worker{
		c:        c,
		queue:    make(chan item, c.o.Queue),
		refusing: make(chan struct{}),
		stopping: make(chan struct{}),
		idle:     make(chan struct{}),
	}
	go w.run(ctx)
	return w
}

// put queues something, and waits for room.
func (w *worker) put(it item) {
	select {
	case <-w.refusing:
		w.c.answer(it.stanza, w.c.fault(it.stanza))
		return
	default:
	}
	select {
	case w.queue <- it:
	case <-w.refusing:
		w.c.answer(it.stanza, w.c.fault(it.stanza))
	}
}

// run works until it is stopped, and then through what is still queued.
func (w *worker) run(ctx context.Context) {
	defer close(w.idle)
	var told *stream // the stream on which everybody's presence was told
	for {
		select {
		case it := <-w.queue:
			w.do(ctx, it)
		case <-w.c.wake:
			w.c.offerUntaken(ctx)
			told = w.c.announce(ctx, told)
		case <-w.stopping:
			for {
				select {
				case it := <-w.queue:
					w.do(ctx, it)
				default:
					w.c.offerUntaken(ctx)
					return
				}
			}
		}
	}
}

// do works at one place of the queue.
func (w *worker) do(ctx context.Context, it item) {
	if it.mark != nil {
		close(it.mark)
		return
	}
	w.c.work(ctx, it.stanza)
	if s := w.c.current(); s != nil {
		s.conn.noteMoved() // its reader may have waited for this
	}
}

// refuse answers whatever waits, and whatever still comes, with the truth: it will not be sent. What the office
// is at just now it finishes. It is called once.
func (w *worker) refuse() {
	close(w.refusing)
	for {
		select {
		case it := <-w.queue:
			w.c.answer(it.stanza, w.c.fault(it.stanza))
		default:
			return
		}
	}
}

// hurry returns until when everything must have ended, counted from the first call.
func (w *worker) hurry() time.Time {
	if w.deadline.IsZero() {
		w.deadline = time.Now().Add(drainTime + farewellTime)
	}
	return w.deadline
}

// end waits until what was read is worked through. An office that hangs keeps nobody from ending.
func (w *worker) end() {
	close(w.stopping)
	select {
	case <-w.idle:
	case <-time.After(time.Until(w.hurry())):
		w.c.o.Log.Error("xmpp: ended while the post office was still at work")
	}
}

// work handles one stanza and sends what there is to answer. A panic is this stanza's alone.
func (c *Component) work(ctx context.Context, st stanza) {
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
	switch st.kind {
	case "message", "presence", "iq":
	default:
		return nil // no stanza, and no answer of that name would be one (RFC 6120 §8)
	}
	local := strings.ToLower(to.local) // ejabberd passes it as it was written
	if answers, admitted := c.admit(ctx, st, local); !admitted {
		return answers
	}
	switch st.kind {
	case "message":
		return c.message(ctx, st, local)
	case "presence":
		return c.presence(ctx, st, local)
	default:
		return c.iq(ctx, st, local)
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
		return refuseForNow(st)
	default:
		return nil
	}
}

// refuseForNow answers that the same may pass later.
func refuseForNow(st stanza) []outgoing {
	e := newError(internalServerError, "", "")
	e.Type = "wait"
	return []outgoing{reply(st, "error", e)}
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
