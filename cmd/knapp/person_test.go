package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"knapp/bridge/xmpp/xmpptest"
)

// person is a grown-up's XMPP client on a real server. It keeps everything that it was ever sent.
type person struct {
	t       *testing.T
	session *xmpp.Session

	mu   sync.Mutex
	got  []arrived
	news chan struct{} // closed and made anew at every arrival
}

// arrived is a message or presence stanza as the client saw it.
type arrived struct {
	XMLName  xml.Name
	From     string `xml:"from,attr"`
	To       string `xml:"to,attr"`
	ID       string `xml:"id,attr"`
	Type     string `xml:"type,attr"`
	Body     string `xml:"body"`
	Received struct {
		ID string `xml:"id,attr"`
	} `xml:"urn:xmpp:receipts received"`
	Request *struct{} `xml:"urn:xmpp:receipts request"`
	Show    string    `xml:"show"`
	Status  string    `xml:"status"`
	Nick    string    `xml:"http://jabber.org/protocol/nick nick"`
	Delay   struct {
		Stamp string `xml:"stamp,attr"`
	} `xml:"urn:xmpp:delay delay"`
	Error struct {
		Type      string `xml:"type,attr"`
		Text      string `xml:"urn:ietf:params:xml:ns:xmpp-stanzas text"`
		Condition []struct {
			XMLName xml.Name
		} `xml:",any"`
	} `xml:"error"`
}

// condition returns the RFC 6120 §8.3.3 condition of an error stanza.
func (a arrived) condition() string {
	for _, c := range a.Error.Condition {
		if c.XMLName.Local != "text" {
			return c.XMLName.Local
		}
	}
	return ""
}

func login(t *testing.T, s *xmpptest.Server, user string) *person {
	t.Helper()
	conn, err := net.Dial("tcp", s.C2SAddr)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	session, err := xmpp.NewClientSession(ctx, jid.MustParse(user+"@"+s.Domain), conn,
		xmpp.StartTLS(s.TLSConfig()), xmpp.SASL("", password, sasl.ScramSha256, sasl.ScramSha1), xmpp.BindResource())
	if err != nil {
		t.Fatalf("%s logs in: %v", user, err)
	}
	p := &person{t: t, session: session, news: make(chan struct{})}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = session.Serve(xmpp.HandlerFunc(p.handle)) // ends with the connection
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done })
	// As clients do: the roster first (subscriptions are only told to who has fetched it), then presence.
	roster := stanza.IQ{Type: stanza.GetIQ, ID: "roster"}.Wrap(xmlstream.Wrap(nil,
		xml.StartElement{Name: xml.Name{Space: "jabber:iq:roster", Local: "query"}}))
	for _, stanza := range []xml.TokenReader{roster, stanza.Presence{}.Wrap(nil)} {
		if err := session.Send(context.Background(), stanza); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func (p *person) handle(r xmlstream.TokenReadEncoder, start *xml.StartElement) error {
	var a arrived
	if err := xml.NewTokenDecoder(xmlstream.MultiReader(xmlstream.Token(*start), r)).Decode(&a); err != nil {
		return nil // not for us to judge
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, a)
	close(p.news)
	p.news = make(chan struct{})
	return nil
}

// write sends a chat message that asks for a receipt, and returns its id.
func (p *person) write(to, body string) string {
	p.t.Helper()
	id := fmt.Sprintf("m%d", time.Now().UnixNano())
	p.writeAs(id, to, body)
	return id
}

func (p *person) writeAs(id, to, body string) {
	p.t.Helper()
	err := p.session.Encode(context.Background(), struct {
		stanza.Message
		Body    string    `xml:"body"`
		Request *struct{} `xml:"urn:xmpp:receipts request"`
		Origin  struct {
			ID string `xml:"id,attr"`
		} `xml:"urn:xmpp:sid:0 origin-id"`
	}{
		Message: stanza.Message{To: jid.MustParse(to), Type: stanza.ChatMessage, ID: id}, Body: body, Request: &struct{}{},
		Origin: struct {
			ID string `xml:"id,attr"`
		}{ID: id},
	})
	if err != nil {
		p.t.Fatalf("write to %s: %v", to, err)
	}
}

// presence sends a presence stanza to an address.
func (p *person) presence(to string, kind stanza.PresenceType) {
	p.t.Helper()
	err := p.session.Send(context.Background(), stanza.Presence{To: jid.MustParse(to), Type: kind}.Wrap(nil))
	if err != nil {
		p.t.Fatal(err)
	}
}

// all returns everything that came so far.
func (p *person) all() []arrived {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]arrived(nil), p.got...)
}

// await returns the first stanza that matches, of those that came and those to come.
func (p *person) await(what string, match func(arrived) bool) arrived {
	p.t.Helper()
	deadline := time.After(patience)
	for seen := 0; ; {
		p.mu.Lock()
		got, news := p.got, p.news
		p.mu.Unlock()
		for ; seen < len(got); seen++ {
			if match(got[seen]) {
				return got[seen]
			}
		}
		select {
		case <-news:
		case <-deadline:
			p.t.Fatalf("%s did not come; what came: %+v", what, got)
		}
	}
}

func (p *person) awaitBody(body string) arrived {
	p.t.Helper()
	return p.await(fmt.Sprintf("%q", body), func(a arrived) bool { return a.Body == body })
}

func (p *person) awaitReceipt(id string) arrived {
	p.t.Helper()
	return p.await("the receipt of "+id, func(a arrived) bool { return a.Received.ID == id })
}

func (p *person) awaitError(id string) arrived {
	p.t.Helper()
	return p.await("the error about "+id, func(a arrived) bool { return a.Type == "error" && a.ID == id })
}
