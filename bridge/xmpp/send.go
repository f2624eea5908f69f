package xmpp

import (
	"context"
	"fmt"

	"knapp/bridge"
)

// Send writes a stanza of the outbox to the stream that is open. nil does not say that the server has it; a
// Barrier on the same stream does. It fails with bridge.ErrUnsendable (nothing left, and no stream would ever
// take it), with ErrNotConnected (nothing left), or with ErrStreamLost (some of it may have, and the stream has
// ended). The context cancels nothing that was begun: a stanza is written whole, or the stream ends.
func (c *Component) Send(ctx context.Context, s bridge.Stanza) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	octets, err := buildStanza(c.o.Domain, s)
	if err != nil {
		return err
	}
	if err := c.write(octets); err != nil {
		return fmt.Errorf("send %s: %w", s.Kind, err)
	}
	return nil
}

// Barrier returns nil when the server has worked on everything that was sent before on the stream that is open
// now. It waits as long as the stream moves; when it has stood still for Options.BarrierTimeout it is closed. When
// the stream ends, Barrier fails at once.
//
// It knows nothing of an earlier stream. The office hears of each stream (Connected) before anything can be
// sent on it: when it has heard of none between a Send and the return of a Barrier, both were on one stream.
func (c *Component) Barrier(ctx context.Context) error {
	s := c.current()
	if s == nil {
		return fmt.Errorf("barrier: %w", ErrNotConnected)
	}
	if err := s.ping(ctx, c.o.BarrierTimeout); err != nil {
		return fmt.Errorf("barrier: %w", err)
	}
	return nil
}
