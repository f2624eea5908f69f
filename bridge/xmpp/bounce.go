package xmpp

import (
	"context"
	"time"

	"knapp/bridge"
)

const (
	bounceAgain = 10 * time.Second // until an error that could not be taken is offered again
	mostUntaken = 1000             // errors kept meanwhile
)

// bounce passes an error on. It is never answered (RFC 6120 §8.3.1).
func (c *Component) bounce(ctx context.Context, st stanza, to string) {
	if st.id == "" {
		return // it could speak of anything
	}
	condition, typ := st.stanzaError()
	c.offerBounce(ctx, bridge.Bounce{From: st.from, To: to, ID: st.id, Condition: condition, Type: typ})
}

// offerBounce hands an error to the office. The server says it once: what the office could not commit is kept and
// offered again, or a child would never hear that its text did not arrive. Only the worker calls it.
func (c *Component) offerBounce(ctx context.Context, b bridge.Bounce) {
	err := c.o.Office.TakeBounce(ctx, b)
	if err == nil {
		return
	}
	c.o.Log.Error("xmpp: an error stanza could not be taken", "from", loggable(b.From), "condition", b.Condition,
		"error", err, "again_in", bounceAgain)
	if len(c.untaken) >= mostUntaken {
		c.o.Log.Error("xmpp: too many of them: the oldest is lost")
		c.untaken = c.untaken[1:]
	}
	c.untaken = append(c.untaken, b)
	if len(c.untaken) == 1 {
		time.AfterFunc(bounceAgain, c.announceSoon)
	}
}

// offerUntaken offers again what the office could not take. Only the worker calls it.
func (c *Component) offerUntaken(ctx context.Context) {
	again := c.untaken
	c.untaken = nil
	for _, b := range again {
		c.offerBounce(ctx, b)
	}
}
