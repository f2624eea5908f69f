package xmpp

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"time"

	"knapp/bridge"
)

// Children come into their contacts' rosters without anybody's typing. Where the server lets the gateway write rosters
// (XEP-0356) or has an API for it, the child is put there; everybody else is asked, once, by a subscription request.
// Who is to be introduced, and what became of it, the office keeps.

// introducePause is how long a roster may take to answer.
const introducePause = 10 * time.Second

// The payloads of a roster's reading and writing (RFC 6121 §2).
type (
	rosterQuery struct {
		XMLName xml.Name `xml:"jabber:iq:roster query"`
		Items   []rosterItem
	}
	rosterItem struct {
		XMLName      xml.Name `xml:"item"`
		JID          string   `xml:"jid,attr"`
		Name         string   `xml:"name,attr,omitempty"`
		Subscription string   `xml:"subscription,attr"`
		Groups       []string `xml:"group"`
	}
)

// rosterPrivilege reads what a domain lets the gateway do with its people's rosters (XEP-0356 §4.1). A domain speaks for
// itself alone: the server sees to it that nobody else writes from there.
func rosterPrivilege(st stanza) (domain, access string, told bool) {
	if st.kind != "message" || strings.ContainsAny(st.from, "@/") {
		return "", "", false
	}
	for _, space := range []string{nsPrivilege + "2", nsPrivilege + "1"} {
		p := st.child(space, "privilege")
		if p == nil {
			continue
		}
		access = "none"
		for i := range p.Children {
			if perm := &p.Children[i]; perm.Name.Local == "perm" && perm.attr("access") == "roster" {
				access = perm.attr("type")
			}
		}
		return strings.ToLower(st.from), access, true
	}
	return "", "", false
}

// notePrivilege notes which domains let the gateway write their people's rosters.
func (c *Component) notePrivilege(st stanza) bool {
	domain, access, told := rosterPrivilege(st)
	if !told {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.privileged[domain] = access == "both"
	return true
}

// mayWrite tells whether somebody's server lets the gateway write rosters.
func (c *Component) mayWrite(contact bridge.JID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.privileged[splitAddress(string(contact)).domain]
}

// Introduce has the office asked anew whom to introduce: the family has changed. It does not block.
func (c *Component) Introduce() {
	select {
	case c.introduce <- struct{}{}:
	default: // it is about to look anyway
	}
}

// introducing brings children into rosters as long as a stream lasts. The office's context is not cancelled with it.
func (c *Component) introducing(office context.Context, s *stream) {
	ctx, cancel := context.WithCancel(office)
	defer cancel()
	go func() { // a roster that does not answer holds up nothing when the stream has ended
		select {
		case <-s.done:
			cancel()
		case <-ctx.Done():
		}
	}()
	c.Introduce()
	for {
		select {
		case <-s.done:
			return
		case <-c.introduce:
		}
		list, err := c.o.Office.Introductions(office)
		if err != nil {
			c.o.Log.Error("xmpp: nobody can be introduced", "error", err, "again_in", announceAgain)
			time.AfterFunc(announceAgain, c.Introduce)
			continue
		}
		if len(list) == 0 {
			continue
		}
		// What the server allows, it says at the beginning; behind its answer that is known.
		if err := s.ping(ctx, c.o.BarrierTimeout); err != nil {
			return
		}
		for _, i := range list {
			err := c.introduceOne(ctx, office, s, i)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				c.o.Log.Warn("xmpp: somebody could not be introduced", "contact", i.Contact, "error", err)
			}
		}
	}
}

// introduceOne puts a child into a roster, or asks.
func (c *Component) introduceOne(ctx, office context.Context, s *stream, i bridge.Introduction) error {
	written := false
	var err error
	switch {
	case c.o.Rosters.serves(i.Contact):
		written, err = true, c.o.Rosters.add(ctx, i, bareAddress(c.o.Domain, i.Localpart))
	case c.mayWrite(i.Contact):
		written, err = true, c.writeRoster(ctx, s, i)
	}
	if ctx.Err() != nil {
		return err
	}
	if err != nil {
		c.o.Log.Warn("xmpp: a roster could not be written, so its owner is asked", "contact", i.Contact, "error", err)
		written = false
	}
	if !written {
		return c.ask(office, s, i)
	}
	if _, err := c.o.Office.Subscribe(office, i.Contact, i.Localpart); err != nil {
		return err
	}
	if err := c.o.Office.Introduced(office, i.Subscription, bridge.Settled); err != nil {
		return err
	}
	c.announceSoon() // the client that has just been given the item has seen no presence yet
	return nil
}

// ask sends a subscription request (RFC 6121 §3.1), with the name that the child has here.
func (c *Component) ask(office context.Context, s *stream, i bridge.Introduction) error {
	o := c.presenceOf(i.Localpart, string(i.Contact), "subscribe")
	o.Payload = []any{nick{Name: clean(i.Name)}}
	octets, err := o.octets("presence")
	if err != nil {
		return err
	}
	if err := s.write(octets); err != nil {
		return err
	}
	return c.o.Office.Introduced(office, i.Subscription, bridge.Asked)
}

// writeRoster adds a child to somebody's roster by privilege (XEP-0356 §5.1). An item that is there keeps the name and
// the groups that its owner gave it.
func (c *Component) writeRoster(ctx context.Context, s *stream, i bridge.Introduction) error {
	ctx, cancel := context.WithTimeout(ctx, introducePause)
	defer cancel()
	jid := bareAddress(c.o.Domain, i.Localpart)
	got, err := s.ask(ctx, "get", string(i.Contact), rosterQuery{})
	if err != nil {
		return fmt.Errorf("read the roster: %w", err)
	}
	item := rosterItem{JID: jid, Name: clean(i.Name), Subscription: "both"}
	if i.Group != "" {
		item.Groups = []string{clean(i.Group)}
	}
	if old := itemOf(got, jid); old != nil {
		if old.attr("subscription") == "both" {
			return nil
		}
		item.Groups = nil
		for _, g := range old.Children {
			if g.Name.Local == "group" {
				item.Groups = append(item.Groups, g.Text)
			}
		}
		if name := old.attr("name"); name != "" {
			item.Name = name
		}
	}
	if _, err := s.ask(ctx, "set", string(i.Contact), rosterQuery{Items: []rosterItem{item}}); err != nil {
		return fmt.Errorf("write the roster: %w", err)
	}
	// ejabberd 24.12 says yes, and keeps the item without its subscription.
	got, err = s.ask(ctx, "get", string(i.Contact), rosterQuery{})
	if err != nil {
		return fmt.Errorf("read the roster that was written: %w", err)
	}
	if now := itemOf(got, jid); now == nil || now.attr("subscription") != "both" {
		return errNotKept
	}
	return nil
}

// errNotKept says that a server took a roster's item and did not keep it as it was given.
var errNotKept = errors.New("write the roster: the server agreed and did not do it")

// itemOf returns a roster's item for an address, nil when there is none.
func itemOf(roster stanza, jid string) *element {
	query := roster.child(nsRoster, "query")
	if query == nil {
		return nil
	}
	for k := range query.Children {
		if item := &query.Children[k]; strings.EqualFold(item.attr("jid"), jid) {
			return item
		}
	}
	return nil
}

// introductionAnswered notes whether somebody who was asked agrees. That somebody's presence may be seen is of no use
// to a button phone; that the child may not is respected.
func (c *Component) introductionAnswered(ctx context.Context, st stanza, to string) {
	from, _, valid := c.sender(st)
	if !valid {
		return
	}
	if _, sees, err := c.o.Office.Sees(ctx, from, to); err != nil || !sees {
		return
	}
	state := bridge.Settled
	if st.typ == "unsubscribed" {
		state = bridge.Declined
	}
	if err := c.o.Office.Introduced(ctx, bridge.Subscription{Localpart: to, Contact: from}, state); err != nil {
		c.o.Log.Error("xmpp: an answer to an introduction could not be kept", "from", from, "error", err)
	}
}
