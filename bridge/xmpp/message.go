package xmpp

import (
	"context"
	"strings"
	"time"

	"knapp/bridge"
)

// message handles a message stanza (RFC 6121 §5).
func (c *Component) message(ctx context.Context, st stanza, to string) []outgoing {
	switch st.typ {
	case "error":
		c.bounce(ctx, st, to)
		return nil
	case "groupchat", "headline":
		return nil
	}
	// Copies of what somebody else wrote count from our own server only, and a component gets none.
	if st.inNamespace(nsCarbons) || st.inNamespace(nsArchive) {
		return nil
	}
	from, resource, known := c.sender(st)
	if r := st.child(nsReceipts, "received"); r != nil && known && usableID(r.attr("id")) != "" {
		if err := c.o.Office.TakeReceipt(ctx, from, to, r.attr("id")); err != nil {
			c.o.Log.Error("xmpp: a receipt could not be taken", "from", from, "error", err)
		}
	}
	if id, displayed, is := st.marker(); is && known {
		if err := c.o.Office.TakeMarker(ctx, from, to, id, displayed); err != nil {
			c.o.Log.Error("xmpp: a marker could not be taken", "from", from, "error", err)
		}
	}
	if id := st.retracts(); id != "" && known {
		if err := c.o.Office.TakeRetraction(ctx, from, to, id); err != nil {
			c.o.Log.Error("xmpp: a retraction could not be taken, its sender is told", "from", from, "error", err)
			return refuseForNow(st)
		}
	}
	switch {
	case st.broken, st.encrypted():
		return c.unreadable(ctx, st, from, known, to)
	case !st.isChat():
		return nil // chat states, reactions, hints: nothing that becomes an SMS
	case !known:
		return refuse(st, forbidden) // as every stranger is
	}
	body, attachments := st.content()
	err := c.o.Office.TakeChat(ctx, bridge.Chat{
		From:        from,
		Resource:    resource,
		To:          to,
		ID:          st.id,
		OriginID:    st.originID(),
		Body:        body,
		Receipt:     st.child(nsReceipts, "request") != nil,
		Written:     st.written(c.o.Domain),
		At:          st.at,
		Replaces:    st.refersTo(nsCorrect, "replace"),
		ReplyTo:     st.refersTo(nsReply, "reply"),
		Attachments: attachments,
	})
	if err != nil {
		c.o.Log.Error("xmpp: a chat could not be taken, its sender is told", "from", from, "error", err)
		return c.fault(st)
	}
	return nil
}

// unreadable answers a message that is encrypted for somebody else, or that only the server could parse. Its
// fallback text is never sent. A stranger is answered as for any other message.
func (c *Component) unreadable(ctx context.Context, st stanza, from bridge.JID, known bool, to string) []outgoing {
	if !known {
		return refuse(st, forbidden)
	}
	_, sees, err := c.o.Office.Sees(ctx, from, to)
	switch {
	case err != nil:
		c.o.Log.Error("xmpp: cannot tell who sees whom", "from", from, "error", err)
		return c.fault(st)
	case sees:
		return refuse(st, notAcceptable)
	default:
		return refuse(st, forbidden)
	}
}

// inNamespace tells whether a child is in a namespace.
func (s *stanza) inNamespace(space string) bool {
	for _, c := range s.Children {
		if c.Name.Space == space {
			return true
		}
	}
	return false
}

// originID returns the id that the sender's client gave (XEP-0359), if any that is usable.
func (s *stanza) originID() string {
	if e := s.child(nsIDs, "origin-id"); e != nil {
		return usableID(e.attr("id"))
	}
	return ""
}

// refersTo returns the id that an element of the message points to: what it corrects (XEP-0308) or answers (XEP-0461).
func (s *stanza) refersTo(space, local string) string {
	if e := s.child(space, local); e != nil {
		return usableID(e.attr("id"))
	}
	return ""
}

// marker returns which message of ours has reached a device, and whether somebody has seen it (XEP-0333 §4). What was
// acknowledged by hand, as versions before 1.0 had it, was seen.
func (s *stanza) marker() (id string, displayed, ok bool) {
	for i := range s.Children {
		m := &s.Children[i]
		if m.Name.Space != nsMarkers {
			continue
		}
		switch m.Name.Local {
		case "displayed", "acknowledged":
			displayed = true
		case "received":
		default:
			continue // "markable" only asks for one
		}
		id = usableID(m.attr("id"))
		return id, displayed, id != ""
	}
	return "", false, false
}

// retracts returns the id of the message that this one unsays, in XEP-0424's present form or in that of its version
// 0.3, which clients still send; "" when it unsays none.
func (s *stanza) retracts() string {
	if e := s.child(nsRetract+"1", "retract"); e != nil {
		return usableID(e.attr("id"))
	}
	if e := s.child(nsFasten, "apply-to"); e != nil && e.child(nsRetract+"0", "retract") != nil {
		return usableID(e.attr("id"))
	}
	return ""
}

// written returns the stamp of an XEP-0203 delay, zero when there is none to be believed: it must come from the
// sender's server or from one that our domain lies under. That a client forges even this cannot be seen here, so
// the stamp may be shown and decides nothing.
func (s *stanza) written(domain string) time.Time {
	server := splitAddress(s.from).domain
	for i := range s.Children {
		d := &s.Children[i]
		by := d.attr("from")
		if d.Name.Space != nsDelay || d.Name.Local != "delay" || by == "" {
			continue
		}
		if by != server && !strings.HasSuffix(domain, "."+by) {
			continue
		}
		stamp, err := time.Parse(time.RFC3339, d.attr("stamp")) // XEP-0082 §3.2
		if err == nil && !stamp.After(s.at) {
			return stamp
		}
	}
	return time.Time{}
}
