package xmpp

import (
	"context"
	"time"

	"knapp/bridge"
)

// Rate bounds how much one sender may ask of the gateway: Burst stanzas at once, and then one more every Every.
type Rate struct {
	Burst int
	Every time.Duration
}

// mostSenders is how many senders are counted at once. Who has been quiet for long enough is not.
const mostSenders = 10000

// allowance is what a sender has left.
type allowance struct {
	left   float64
	since  time.Time // when left was true
	warned bool      // was told that it is too much
}

// limiter counts what each sender sends, those who see the child apart from those who do not: a known person's client
// may catch up with a day's texts at once, and a stranger has nothing to say here that is urgent. Only the worker
// touches it.
type limiter struct {
	known, unknown Rate
	senders        map[sender]*allowance
}

// sender is whose allowance it is.
type sender struct {
	from  bridge.JID
	known bool
}

// verdict tells what to do with a stanza.
type limitVerdict int

const (
	within   limitVerdict = iota
	tooMuch               // and its sender is told, this once
	muchMore              // and nobody is told any more
)

// take counts a stanza.
func (l *limiter) take(s sender, now time.Time) limitVerdict {
	rate := l.unknown
	if s.known {
		rate = l.known
	}
	a := l.senders[s]
	if a == nil {
		l.makeRoom(now)
		a = &allowance{left: float64(rate.Burst), since: now}
		l.senders[s] = a
	}
	a.refill(rate, now)
	if a.left >= 1 {
		a.left--
		// Told again only after a rest, or a sender at the limit would be told of every second stanza.
		if a.left >= float64(rate.Burst)/2 {
			a.warned = false
		}
		return within
	}
	if a.warned {
		return muchMore
	}
	a.warned = true
	return tooMuch
}

// refill gives what time has brought.
func (a *allowance) refill(rate Rate, now time.Time) {
	if passed := now.Sub(a.since); passed > 0 {
		a.left = min(a.left+float64(passed)/float64(rate.Every), float64(rate.Burst))
	}
	a.since = now
}

// makeRoom forgets whoever has all of the allowance again, and, if most are busy, some of them: so many at once that a
// crowd of addresses does not make each stanza cost a look at all.
func (l *limiter) makeRoom(now time.Time) {
	if len(l.senders) < mostSenders {
		return
	}
	for s, a := range l.senders {
		rate := l.unknown
		if s.known {
			rate = l.known
		}
		if now.Sub(a.since) > time.Duration(rate.Burst)*rate.Every {
			delete(l.senders, s)
		}
	}
	for s := range l.senders {
		if len(l.senders) <= mostSenders/2 {
			return
		}
		delete(l.senders, s)
	}
}

// admit tells whether a stanza is worked on; if not, answers is what its sender hears. Errors and results answer
// something of ours and are never too many.
func (c *Component) admit(ctx context.Context, st stanza, to string) (answers []outgoing, admitted bool) {
	switch {
	case st.typ == "error", st.typ == "result" && st.kind == "iq":
		return nil, true
	}
	from, _, valid := c.sender(st)
	s := sender{from: from}
	if valid {
		_, sees, err := c.o.Office.Sees(ctx, from, to)
		s.known = err == nil && sees
	}
	switch c.limits.take(s, st.at) {
	case within:
		return nil, true
	case tooMuch:
		c.o.Log.Warn("xmpp: a sender sends too much; the rest is dropped", "from", loggable(st.from), "kind", st.kind)
		if st.kind == "presence" {
			return nil, false // it has no answer that says so and means nothing else
		}
		return refuse(st, resourceConstraint), false
	default:
		return nil, false
	}
}
