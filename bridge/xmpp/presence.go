package xmpp

import (
	"context"
	"time"

	"knapp/bridge"
)

// announceAgain is when presence is told again after the subscriptions could not be read.
const announceAgain = 10 * time.Second

// presence handles a presence stanza (RFC 6121 §3, §4). Who is no contact of a child gets the same answers
// whether the child exists or not.
func (c *Component) presence(ctx context.Context, st stanza, to string) []outgoing {
	switch st.typ {
	case "subscribe", "unsubscribe", "probe":
	default:
		return nil // who is online is nothing that the gateway keeps
	}
	from, _, known := c.sender(st)
	bare := splitAddress(st.from).bare()
	if !known {
		return []outgoing{c.presenceOf(to, bare, "unsubscribed")}
	}
	var granted bool
	var err error
	if st.typ == "unsubscribe" {
		err = c.o.Office.Unsubscribe(ctx, from, to)
	} else {
		// A probe says that the contact's server holds a subscription. Where we have none, it was given by the
		// server itself (a shared roster group), and the family's list decides, as for a request.
		granted, err = c.o.Office.Subscribe(ctx, from, to)
	}
	if err != nil {
		// No answer: the contact's server asks again with its next session.
		c.o.Log.Error("xmpp: a subscription could not be decided", "type", st.typ, "from", from, "error", err)
		return nil
	}
	if !granted {
		c.remember(bridge.Subscription{Localpart: to, Contact: from}, false)
		return []outgoing{c.presenceOf(to, bare, "unsubscribed")}
	}
	var out []outgoing
	if st.typ == "subscribe" {
		out = append(out, c.presenceOf(to, bare, "subscribed"))
	}
	return append(out, c.currentPresence(bridge.Subscription{Localpart: to, Contact: from}))
}

// presenceOf makes a presence stanza. Only available ("") and unavailable speak from a full address.
func (c *Component) presenceOf(localpart, to, typ string) outgoing {
	o := outgoing{Type: typ, From: childAddress(c.o.Domain, localpart), To: to}
	if typ == "subscribed" || typ == "unsubscribed" {
		o.From = bareAddress(c.o.Domain, localpart)
	}
	o.XMLName.Local = "presence"
	return o
}

// currentPresence tells how things stand: a child is there when its phone can be reached, the gateway itself as
// long as it can say so. Nothing more is told: no show, no status.
func (c *Component) currentPresence(s bridge.Subscription) outgoing {
	on := s.Localpart == "" || c.available.Load()
	c.remember(s, on)
	if on {
		return c.presenceOf(s.Localpart, string(s.Contact), "")
	}
	return c.presenceOf(s.Localpart, string(s.Contact), "unavailable")
}

// remember keeps who was told that somebody is available, for farewell.
func (c *Component) remember(s bridge.Subscription, on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if on {
		c.shown[s] = struct{}{}
	} else {
		delete(c.shown, s)
	}
}

// SetAvailable says whether the children can be reached, which is told to all who subscribed. Before the first
// call they cannot. It does not block.
func (c *Component) SetAvailable(on bool) {
	if c.available.Swap(on) != on {
		c.announceSoon()
	}
}

// Revoke tells people whose subscription was ended by the family that they no longer see a child (RFC 6121
// §3.2.1). Without a stream nobody is told now; their next probe is answered the same.
func (c *Component) Revoke(ended []bridge.Subscription) {
	s := c.current()
	var out []byte
	for _, sub := range ended {
		c.remember(sub, false)
		for _, typ := range []string{"unavailable", "unsubscribed"} {
			if octets, err := c.presenceOf(sub.Localpart, string(sub.Contact), typ).octets("presence"); err == nil {
				out = append(out, octets...)
			}
		}
	}
	if s == nil || len(out) == 0 {
		return
	}
	if err := s.write(out); err != nil {
		c.o.Log.Warn("xmpp: an end of a subscription could not be told", "error", err)
	}
}

// announceSoon wakes the worker.
func (c *Component) announceSoon() {
	select {
	case c.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

// announced is what was last told to everybody, and on which stream.
type announced struct {
	stream *stream
	on     bool
}

// announce tells everybody's presence to all subscribers, on a new stream and when it has changed. Only the
// worker calls it.
func (c *Component) announce(ctx context.Context, before announced) announced {
	now := announced{stream: c.current(), on: c.available.Load()}
	if now.stream == nil || now == before {
		return before
	}
	all, err := c.o.Office.Subscriptions(ctx)
	if err != nil {
		c.o.Log.Error("xmpp: presence could not be told", "error", err, "again_in", announceAgain)
		time.AfterFunc(announceAgain, c.announceSoon)
		return before
	}
	var out []byte
	for _, s := range all {
		if now.stream == before.stream && s.Localpart == "" {
			continue // the gateway's has not changed
		}
		o := c.currentPresence(s)
		octets, err := o.octets("presence")
		if err != nil {
			c.o.Log.Error("xmpp: presence could not be told", "to", s.Contact, "error", err)
			continue
		}
		out = append(out, octets...)
	}
	if err := now.stream.write(out); err != nil {
		c.o.Log.Warn("xmpp: presence could not be told", "error", err)
		return before
	}
	return now
}

// farewell tells everybody who saw somebody available that this is over.
func (c *Component) farewell(s *stream) {
	c.mu.Lock()
	var out []byte
	for sub := range c.shown {
		if octets, err := c.presenceOf(sub.Localpart, string(sub.Contact), "unavailable").octets("presence"); err == nil {
			out = append(out, octets...)
		}
	}
	clear(c.shown)
	c.mu.Unlock()
	if err := s.write(out); err != nil {
		c.o.Log.Warn("xmpp: could not take leave", "error", err)
	}
}
