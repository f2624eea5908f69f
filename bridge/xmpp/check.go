package xmpp

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
)

// errChecked ends a stream that was opened to be looked at.
var errChecked = errors.New("xmpp: only looked")

// Checked is how a server treats a gateway, as Check found it.
type Checked struct {
	// Rosters is what domains let the gateway do with their people's rosters (XEP-0356 §4.1): "get", "set", "both" or
	// "none". A domain that said nothing is not in it.
	Rosters map[string]string
}

// Check connects as the component would, has the server answer a ping, and leaves again. Its error says what is wrong
// with domain, server or secret, and what to do. It must not run beside a gateway of the same domain: some servers let
// both in and split what is written.
func Check(ctx context.Context, o Options) (Checked, error) {
	c := NewComponent(o)
	o = c.o
	s, err := open(ctx, o)
	if err != nil {
		return Checked{}, err
	}
	s.self = c.self
	var mu sync.Mutex
	rosters := make(map[string]string)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.fail(s.receive(o.Now, func(st stanza) {
			if domain, access, told := rosterPrivilege(st); told {
				mu.Lock()
				defer mu.Unlock()
				rosters[domain] = access
			}
		}))
	}()
	err = s.ping(ctx, o.BarrierTimeout)
	_ = s.write([]byte("</stream:stream>"))
	s.fail(errChecked)
	<-ended
	if err != nil {
		return Checked{}, fmt.Errorf("xmpp: the server let the gateway in and answers nothing: %w", err)
	}
	mu.Lock()
	defer mu.Unlock()
	return Checked{Rosters: maps.Clone(rosters)}, nil
}
