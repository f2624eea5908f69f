package xmpptest_test

import (
	"context"
	"encoding/xml"
	"net"
	"testing"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmlstream"
	"mellium.im/xmpp"
	"mellium.im/xmpp/component"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"knapp/bridge/xmpp/xmpptest"
)

// patience bounds every wait; nothing here is expected to take a second.
const patience = 20 * time.Second

// message is what the tests send and read.
type message struct {
	stanza.Message
	Body string `xml:"body"`
}

// rosterItem is what the tests read of a roster.
type rosterItem struct {
	JID          string `xml:"jid,attr"`
	Name         string `xml:"name,attr"`
	Subscription string `xml:"subscription,attr"`
}

// peer is one end: a client or the component.
type peer struct {
	*xmpp.Session
	messages chan message
	roster   chan []rosterItem
}

func serve(t *testing.T, session *xmpp.Session) *peer {
	t.Helper()
	p := &peer{Session: session, messages: make(chan message, 100), roster: make(chan []rosterItem, 10)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = session.Serve(xmpp.HandlerFunc(p.handle)) // ends when the connection does
	}()
	t.Cleanup(func() {
		session.Conn().Close()
		<-done
	})
	return p
}

func (p *peer) handle(t xmlstream.TokenReadEncoder, start *xml.StartElement) error {
	d := xml.NewTokenDecoder(xmlstream.MultiReader(xmlstream.Token(*start), t))
	switch start.Name.Local {
	case "message":
		var m message
		if err := d.Decode(&m); err != nil {
			return err
		}
		p.messages <- m
	case "iq":
		var iq struct {
			Items []rosterItem `xml:"jabber:iq:roster query>item"`
		}
		if err := d.Decode(&iq); err != nil {
			return err
		}
		p.roster <- iq.Items
	}
	return nil
}

// login is a client's session with STARTTLS and SCRAM, there for messages.
func login(t *testing.T, s *xmpptest.Server, user, password string) *peer {
	t.Helper()
	session, err := tryLogin(t, s, user, password)
	if err != nil {
		t.Fatalf("%s logs in: %v", user, err)
	}
	p := serve(t, session)
	if err := session.Send(context.Background(), stanza.Presence{}.Wrap(nil)); err != nil {
		t.Fatal(err)
	}
	return p
}

func tryLogin(t *testing.T, s *xmpptest.Server, user, password string) (*xmpp.Session, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return xmpp.NewClientSession(ctx, jid.MustParse(user+"@"+s.Domain), dial(t, s.C2SAddr),
		xmpp.StartTLS(s.TLSConfig()),
		xmpp.SASL("", password, sasl.ScramSha1, sasl.ScramSha256),
		xmpp.BindResource())
}

// connect is the component's session.
func connect(t *testing.T, s *xmpptest.Server) *peer {
	t.Helper()
	session, err := tryComponent(t, s, s.ComponentSecret)
	if err != nil {
		t.Fatalf("component connects: %v", err)
	}
	return serve(t, session)
}

func tryComponent(t *testing.T, s *xmpptest.Server, secret string) (*xmpp.Session, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	return component.NewSession(ctx, jid.MustParse(s.ComponentDomain), []byte(secret), dial(t, s.ComponentAddr))
}

// dial returns a connection that ends with the test.
func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func (p *peer) send(t *testing.T, from, to, body string) {
	t.Helper()
	m := message{Message: stanza.Message{To: jid.MustParse(to), Type: stanza.ChatMessage}, Body: body}
	if from != "" {
		m.From = jid.MustParse(from)
	}
	if err := p.Encode(context.Background(), m); err != nil {
		t.Fatalf("send to %s: %v", to, err)
	}
}

// receive is the next message with a text.
func (p *peer) receive(t *testing.T) message {
	t.Helper()
	for {
		select {
		case m := <-p.messages:
			if m.Body != "" {
				return m
			}
		case <-time.After(patience):
			t.Fatal("no message arrived")
		}
	}
}

// contacts fetches the roster.
func (p *peer) contacts(t *testing.T) []rosterItem {
	t.Helper()
	query := xmlstream.Wrap(nil, xml.StartElement{Name: xml.Name{Space: "jabber:iq:roster", Local: "query"}})
	err := p.Send(context.Background(), stanza.IQ{ID: "roster", Type: stanza.GetIQ}.Wrap(query))
	if err != nil {
		t.Fatal(err)
	}
	select {
	case items := <-p.roster:
		return items
	case <-time.After(patience):
		t.Fatal("no roster arrived")
		return nil
	}
}
