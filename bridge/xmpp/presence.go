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
	case "subscribed", "unsubscribed":
		c.introductionAnswered(ctx, st, to)
		return nil
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
		c.forget(bridge.Subscription{Localpart: to, Contact: from})
		return []outgoing{c.presenceOf(to, bare, "unsubscribed")}
	}
	var out []outgoing
	sub := bridge.Subscription{Localpart: to, Contact: from}
	_, before := c.told(sub)
	if st.typ == "subscribe" {
		out = append(out, c.presenceOf(to, bare, "subscribed"))
	}
	out = append(out, c.currentPresence(ctx, sub))
	if st.typ == "subscribe" && !before {
		out = append(out, c.subscribeBack(ctx, sub))
	}
	return out
}

// subscribeBack asks for the contact's presence as well, which is of no use here: but many clients tell nobody that a
// text has arrived or was seen who may not see their presence (XEP-0184 §8, XEP-0333 §8). Whoever asks twice is not
// asked twice: another gateway would do the same.
func (c *Component) subscribeBack(ctx context.Context, s bridge.Subscription) outgoing {
	o := c.presenceOf(s.Localpart, string(s.Contact), "subscribe")
	if name, sees, err := c.o.Office.Sees(ctx, s.Contact, s.Localpart); err == nil && sees {
		o.Payload = []any{nick{Name: clean(name)}}
	}
	return o
}

// presenceOf makes a presence stanza. Only available ("") and unavailable speak from a full address.
func (c *Component) presenceOf(localpart, to, typ string) outgoing {
	o := outgoing{Type: typ, From: childAddress(c.o.Domain, localpart), To: to}
	if typ == "subscribe" || typ == "subscribed" || typ == "unsubscribed" {
		o.From = bareAddress(c.o.Domain, localpart) // RFC 6121 §3.1.2
	}
	o.XMLName.Local = "presence"
	return o
}

// appearance is how somebody is shown to one person.
type appearance struct {
	show   string // RFC 6121 §4.7.2.1, "" or bridge.Unavailable
	status string
	photo  string // XEP-0153: the hash of the avatar
}

// there tells whether it is available presence.
func (a appearance) there() bool { return a.show != bridge.Unavailable }

// shows are what RFC 6121 §4.7.2.1 knows.
var shows = map[string]bool{"away": true, "chat": true, "dnd": true, "xa": true}

// look asks how somebody is shown just now. A child that no modem can reach is not there, unless the office has
// something else to tell: to a guardian that may be a word about the modem.
func (c *Component) look(ctx context.Context, s bridge.Subscription) appearance {
	var a appearance
	a.show, a.status = c.o.Office.PresenceFor(ctx, s.Localpart, s.Contact)
	if a.show == "" && s.Localpart != "" && !c.available.Load() {
		a.show = bridge.Unavailable
	}
	if !a.there() {
		return a
	}
	if !shows[a.show] {
		a.show = ""
	}
	if name, sees, err := c.o.Office.Sees(ctx, s.Contact, s.Localpart); err == nil && sees {
		a.photo = c.avatars.of(s.Localpart, name).hash
	}
	return a
}

// presenceAs makes the presence stanza of an appearance.
func (c *Component) presenceAs(s bridge.Subscription, a appearance) outgoing {
	if !a.there() {
		o := c.presenceOf(s.Localpart, string(s.Contact), bridge.Unavailable)
		if a.status != "" {
			o.Payload = append(o.Payload, status{Text: clean(a.status)}) // RFC 6121 §4.5.1: why
		}
		return o
	}
	o := c.presenceOf(s.Localpart, string(s.Contact), "")
	if a.show != "" {
		o.Payload = append(o.Payload, show{Text: a.show})
	}
	if a.status != "" {
		o.Payload = append(o.Payload, status{Text: clean(a.status)})
	}
	if a.photo != "" {
		o.Payload = append(o.Payload, photoUpdate{Photo: a.photo})
	}
	return o
}

// currentPresence tells how things stand with one whom somebody may see.
func (c *Component) currentPresence(ctx context.Context, s bridge.Subscription) outgoing {
	a := c.look(ctx, s)
	c.remember(s, a)
	return c.presenceAs(s, a)
}

// remember keeps what was told to whom, for announce and farewell.
func (c *Component) remember(s bridge.Subscription, a appearance) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown[s] = a
}

// told returns what was last told to somebody.
func (c *Component) told(s bridge.Subscription) (appearance, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.shown[s]
	return a, ok
}

// forget drops somebody who no longer sees somebody.
func (c *Component) forget(s bridge.Subscription) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.shown, s)
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
		c.forget(sub)
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

// Announce tells everybody whose view of a child has changed: its phone was found unreachable, a timetable closed, a
// name is another. It does not block.
func (c *Component) Announce() { c.announceSoon() }

// announce tells presence to all subscribers on a new stream, and where it has changed. It returns the stream on which
// all was told. Only the worker calls it.
func (c *Component) announce(ctx context.Context, before *stream) *stream {
	now := c.current()
	if now == nil {
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
		a := c.look(ctx, s)
		if old, told := c.told(s); told && old == a && now == before {
			continue
		}
		c.remember(s, a)
		octets, err := c.presenceAs(s, a).octets("presence")
		if err != nil {
			c.o.Log.Error("xmpp: presence could not be told", "to", s.Contact, "error", err)
			continue
		}
		out = append(out, octets...)
	}
	if err := now.write(out); err != nil {
		c.o.Log.Warn("xmpp: presence could not be told", "error", err)
		return before // the next stream tells everybody
	}
	return now
}

// farewell tells everybody who saw somebody available that this is over.
func (c *Component) farewell(s *stream) {
	c.mu.Lock()
	var out []byte
	for sub, a := range c.shown {
		if !a.there() {
			continue
		}
		if octets, err := c.presenceOf(sub.Localpart, string(sub.Contact), bridge.Unavailable).octets("presence"); err == nil {
			out = append(out, octets...)
		}
	}
	clear(c.shown)
	c.mu.Unlock()
	if err := s.write(out); err != nil {
		c.o.Log.Warn("xmpp: could not take leave", "error", err)
	}
}
