package xmpp

import (
	"context"
	"strconv"
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
	switch {
	case st.broken, st.encrypted():
		return c.unreadable(ctx, st, from, known, to)
	case !st.isChat():
		return nil // chat states, markers, reactions: nothing that becomes an SMS
	case !known:
		return refuse(st, forbidden) // as every stranger is
	}
	err := c.o.Office.TakeChat(ctx, bridge.Chat{
		From:     from,
		Resource: resource,
		To:       to,
		ID:       st.id,
		OriginID: st.originID(),
		Body:     st.plainBody(),
		Receipt:  st.child(nsReceipts, "request") != nil,
		Written:  st.written(c.o.Domain),
		At:       st.at,
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

// isChat tells whether the message holds words of a person, readable or not. Any type but the three that message
// sorts out counts as normal (RFC 6121 §5.2.2).
func (s *stanza) isChat() bool {
	switch s.typ {
	case "error", "groupchat", "headline":
		return false
	}
	return s.broken || s.encrypted() || s.plainBody() != ""
}

// encrypted tells whether the message's content is for those who hold a key: it says so (XEP-0380), or holds
// OMEMO with a payload (XEP-0384; without one it only maintains a session), or OpenPGP (XEP-0373, XEP-0027).
// Off-the-Record is told by the body alone, from the offer to the ciphertext (XEP-0364).
func (s *stanza) encrypted() bool {
	if strings.HasPrefix(strings.TrimSpace(s.plainBody()), "?OTR") {
		return true
	}
	for i := range s.Children {
		c := &s.Children[i]
		switch {
		case c.Name.Space == "urn:xmpp:eme:0" && c.Name.Local == "encryption":
			return s.own("body") != nil || s.hasPayload()
		case c.Name.Space == "urn:xmpp:openpgp:0", c.Name.Space == "jabber:x:encrypted":
			return true
		}
	}
	return s.hasPayload()
}

// hasPayload tells whether there is an OMEMO message inside, of whatever version.
func (s *stanza) hasPayload() bool {
	for i := range s.Children {
		if s.Children[i].Name.Local != "encrypted" {
			continue
		}
		for _, c := range s.Children[i].Children {
			if c.Name.Local == "payload" {
				return true
			}
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

// plainBody returns what the sender typed. A reaction or a retraction carries a body only for clients that know
// neither, and a reply may begin with what it answers: those are left out (XEP-0428), and nothing else is, since
// a text that vanished would be lost.
func (s *stanza) plainBody() string {
	if s.inNamespace(nsReactions) {
		return ""
	}
	b := s.own("body")
	if b == nil {
		return ""
	}
	text := b.Text
	for i := range s.Children {
		f := &s.Children[i]
		if f.Name.Space != nsFallback || f.Name.Local != "fallback" {
			continue
		}
		purpose := f.attr("for")
		switch {
		case strings.HasPrefix(purpose, nsRetract):
			return ""
		case purpose == nsReply:
			if part := f.child(nsFallback, "body"); part != nil {
				text = cutRange(text, part.attr("start"), part.attr("end"))
			}
		}
	}
	return text
}

// cutRange takes the characters from start up to end out of a text (XEP-0428 §4, counted in code points). A
// range that does not fit changes nothing.
func cutRange(text, start, end string) string {
	from, err1 := strconv.Atoi(start)
	to, err2 := strconv.Atoi(end)
	r := []rune(text)
	if err1 != nil || err2 != nil || from < 0 || to < from || to > len(r) {
		return text
	}
	return string(r[:from]) + string(r[to:])
}
