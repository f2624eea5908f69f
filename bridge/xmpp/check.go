package xmpp

import (
	"context"
	"errors"
	"fmt"
)

// errChecked ends a stream that was opened to be looked at.
var errChecked = errors.New("xmpp: only looked")

// Check connects as the component would, has the server answer a ping, and leaves again. Its error says what is wrong
// with domain, server or secret, and what to do. It must not run beside a gateway of the same domain: some servers let
// both in and split what is written.
func Check(ctx context.Context, o Options) error {
	c := NewComponent(o)
	o = c.o
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	s.self = c.self
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.fail(s.receive(o.Now, func(stanza) {}))
	}()
	err = s.ping(ctx, o.BarrierTimeout)
	_ = s.write([]byte("</stream:stream>"))
	s.fail(errChecked)
	<-ended
	if err != nil {
		return fmt.Errorf("xmpp: the server let the gateway in and answers nothing: %w", err)
	}
	return nil
}
