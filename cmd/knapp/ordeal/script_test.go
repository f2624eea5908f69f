package ordeal

import (
	"bufio"
	"context"
	"crypto/sha1"
	"crypto/tls"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"

	"knapp/bridge/xmpp/xmpptest"
)

// stage is a server on which the script is played: a real one, or the stand-in.
type stage struct {
	domain, component, secret string
	login                     func(t *testing.T, user string) *part
	dial                      func(t *testing.T) net.Conn
}

// part is somebody on the stage: a client or the component.
type part struct {
	t     *testing.T
	write func(xml string)
	leave func()
	came  chan chat // closed when the stream ends
}

const patience = 20 * time.Second

// await returns the next stanza that matches, and what came before it.
func (p *part) await(what string, is func(chat) bool) (before []chat, found chat) {
	p.t.Helper()
	late := time.After(patience)
	for {
		select {
		case c, more := <-p.came:
			if !more {
				p.t.Fatalf("the stream ended; waited for %s", what)
			}
			if is(c) {
				return before, c
			}
			before = append(before, c)
		case <-late:
			p.t.Fatalf("in vain: waited for %s", what)
		}
	}
}

func withID(id string) func(chat) bool { return func(c chat) bool { return c.ID == id } }

// ends waits for the end of the stream and returns the stream error, if one was said.
func (p *part) ends() string {
	p.t.Helper()
	said := "without a word"
	late := time.After(patience)
	for {
		select {
		case c, more := <-p.came:
			if !more {
				return said
			}
			if c.XMLName.Local == "error" {
				said = "with an error"
			}
		case <-late:
			return "not at all"
		}
	}
}

// decodeInto reads stanzas until the stream ends.
func (p *part) decodeInto(d *xml.Decoder) {
	defer close(p.came)
	for {
		var c chat
		if err := d.Decode(&c); err != nil {
			return
		}
		p.came <- c
	}
}

// connect is the component's handshake; refused says why there is none.
func (s *stage) connect(t *testing.T, secret string) (_ *part, refused string) {
	t.Helper()
	conn := s.dial(t)
	t.Cleanup(func() { _ = conn.Close() })
	d := xml.NewDecoder(conn)
	say := func(text string) {
		if _, err := conn.Write([]byte(text)); err != nil {
			t.Logf("the component cannot write: %v", err)
		}
	}
	say("<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='" + s.component + "'>")
	head, err := nextStart(d)
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, a := range head.Attr {
		if a.Name.Local == "id" {
			id = a.Value
		}
	}
	sum := sha1.Sum([]byte(id + secret))
	say("<handshake>" + hex.EncodeToString(sum[:]) + "</handshake>")
	answer, err := nextStart(d)
	if err != nil {
		return nil, "ended"
	}
	if answer.Name.Local != "handshake" {
		condition, err := nextStart(d)
		if err != nil {
			return nil, "ended"
		}
		return nil, condition.Name.Local
	}
	if err := d.Skip(); err != nil {
		t.Fatal(err)
	}
	p := &part{t: t, write: say, leave: func() { _ = conn.Close() }, came: make(chan chat, 1000)}
	go p.decodeInto(d)
	return p, ""
}

// mustConnect waits until the server lets the component in: it may not have noticed yet that the last one has gone.
func (s *stage) mustConnect(t *testing.T) *part {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		p, refused := s.connect(t, s.secret)
		if refused == "" {
			return p
		}
		if time.Now().After(deadline) {
			t.Fatalf("the component is refused: %s", refused)
		}
	}
}

// reader gives no octet more than it is asked for, so that mellium leaves what follows the negotiation.
type reader struct {
	net.Conn
	in *bufio.Reader
}

func (r reader) Read(p []byte) (int, error)  { return r.in.Read(p) }
func (r reader) ReadByte() (byte, error)     { return r.in.ReadByte() }
func (r reader) Write(p []byte) (int, error) { return r.Conn.Write(p) }

var _ io.ByteReader = reader{}

// realStage is a server as families run it.
func realStage(s *xmpptest.Server) *stage {
	out := &stage{domain: s.Domain, component: s.ComponentDomain, secret: s.ComponentSecret}
	out.dial = func(t *testing.T) net.Conn {
		t.Helper()
		conn, err := net.Dial("tcp", s.ComponentAddr)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	out.login = func(t *testing.T, user string) *part {
		t.Helper()
		conn, err := tls.Dial("tcp", s.TLSAddr, s.TLSConfig())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		r := reader{conn, bufio.NewReader(conn)}
		origin := jid.MustParse(user + "@" + s.Domain)
		negotiator := xmpp.NewNegotiator(func(*xmpp.Session, *xmpp.StreamConfig) xmpp.StreamConfig {
			return xmpp.StreamConfig{Features: []xmpp.StreamFeature{
				xmpp.SASL("", "secret", sasl.ScramSha256, sasl.ScramSha1), xmpp.BindResource(),
			}}
		})
		session, err := xmpp.NewSession(context.Background(), origin.Domain(), origin, r, xmpp.Secure, negotiator)
		if err != nil {
			t.Fatalf("%s signs in: %v", user, err)
		}
		me := session.LocalAddr().String()
		p := &part{t: t, came: make(chan chat, 1000), leave: func() {
			_, _ = conn.Write([]byte("<presence type='unavailable'/></stream:stream>")) // the close does it as well
			_ = conn.Close()
		}}
		p.write = func(text string) {
			if _, err := conn.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		go p.decodeInto(xml.NewDecoder(r))
		p.write("<presence/>")
		before, _ := p.await("my own presence", func(c chat) bool { return c.XMLName.Local == "presence" && c.From == me })
		for _, c := range before {
			p.came <- c // what waited comes first on some servers
		}
		return p
	}
	return out
}

// standInStage is the server of the simulation.
func standInStage(like flavour) *stage {
	s := newStandIn(like, "localhost")
	out := &stage{domain: s.domain, component: s.component, secret: s.secret}
	out.dial = func(t *testing.T) net.Conn {
		t.Helper()
		conn, err := s.dial()
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	accounts := map[string]*account{}
	current := map[string]*part{}
	for _, user := range []string{"mum"} {
		accounts[user] = s.register(user, func(c chat) {
			current[user].came <- c
		})
	}
	out.login = func(t *testing.T, user string) *part {
		a := accounts[user]
		p := &part{t: t, came: make(chan chat, 1000), leave: func() { s.present(a, false) }}
		p.write = func(text string) {
			var c chat
			if err := xml.Unmarshal([]byte(text), &c); err != nil {
				t.Fatal(err)
			}
			s.fromClient(a, c, "")
		}
		current[user] = p
		s.present(a, true)
		return p
	}
	return out
}

// scene is one exchange of the script; it returns what happened, in words that must be the same on every server.
type scene struct {
	name string
	play func(t *testing.T, s *stage) string
}

const receiptTo = "<message from='emma@%s/phone' to='%s' id='%s' type='chat'><received xmlns='urn:xmpp:receipts' id='m1'/>" +
	"<store xmlns='urn:xmpp:hints'/></message>"

const errorTo = "<message from='emma@%s' to='%s' id='%s' type='error'><error type='cancel'>" +
	"<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"

func chatTo(s *stage, to, id, body string) string {
	return fmt.Sprintf("<message from='emma@%s/phone' to='%s' id='%s' type='chat'><body>%s</body></message>", s.component, to, id, body)
}

var script = []scene{
	{"a chat to a client", func(t *testing.T, s *stage) string {
		c, mum := s.mustConnect(t), s.login(t, "mum")
		c.write(chatTo(s, "mum@"+s.domain, "a1", "hei"))
		_, got := mum.await("the chat", withID("a1"))
		return fmt.Sprintf("%s %s %q from %s", got.Type, got.ID, got.Body, got.From)
	}},
	{"a chat to the component", func(t *testing.T, s *stage) string {
		c, mum := s.mustConnect(t), s.login(t, "mum")
		mum.write(fmt.Sprintf("<message to='emma@%s' id='m1' type='chat'><body>ja</body><request xmlns='urn:xmpp:receipts'/>"+
			"<origin-id xmlns='urn:xmpp:sid:0' id='m1'/></message>", s.component))
		_, got := c.await("the chat", withID("m1"))
		bare, _, full := strings.Cut(got.From, "/")
		return fmt.Sprintf("%s %s %q from %s (full: %v) to %s, request kept: %v", got.Type, got.ID, got.Body, bare, full, got.To,
			strings.Contains(got.Inner, "urn:xmpp:receipts"))
	}},
	{"a ping to oneself comes back behind what was sent", func(t *testing.T, s *stage) string {
		c, mum := s.mustConnect(t), s.login(t, "mum")
		for i := range 20 {
			c.write(chatTo(s, "mum@"+s.domain, fmt.Sprintf("p%d", i), "hei"))
		}
		c.write(fmt.Sprintf("<iq from='%[1]s' to='%[1]s' type='get' id='ping'><ping xmlns='urn:xmpp:ping'/></iq>", s.component))
		_, back := c.await("the ping", withID("ping"))
		before, _ := mum.await("the last chat", withID("p19"))
		ids := ""
		for _, one := range before {
			if one.XMLName.Local == "message" {
				ids += one.ID + " "
			}
		}
		return back.XMLName.Local + " back from " + back.From + "; in order " + ids
	}},
	{"what waits for a client that is away", func(t *testing.T, s *stage) string {
		c, mum := s.mustConnect(t), s.login(t, "mum")
		mum.leave()
		time.Sleep(300 * time.Millisecond) // the server has no way to say that it has noticed
		to := "mum@" + s.domain
		c.write(chatTo(s, to, "o1", "vent"))
		c.write(fmt.Sprintf(receiptTo, s.component, to, "o2"))
		c.write(fmt.Sprintf(receiptTo, s.component, to+"/phone", "o3"))
		c.write(fmt.Sprintf(errorTo, s.component, to, "o4"))
		c.write(fmt.Sprintf(errorTo, s.component, to+"/phone", "o5"))
		c.write(fmt.Sprintf("<iq from='%[1]s' to='%[1]s' type='get' id='behind'><ping xmlns='urn:xmpp:ping'/></iq>", s.component))
		bounced, _ := c.await("the ping", withID("behind"))
		again := s.login(t, "mum")
		c.write(chatTo(s, to, "last", "siste"))
		waited, _ := again.await("the last", withID("last"))
		out := ""
		for _, one := range waited {
			if one.XMLName.Local == "message" {
				out += fmt.Sprintf("%s (delayed: %v) ", one.ID, one.Delay != nil)
			}
		}
		for _, one := range bounced {
			out += fmt.Sprintf("bounced %s with %s %s ", one.ID, one.Error.Type, one.condition())
		}
		return out
	}},
	{"a chat to a client's resource that is gone", func(t *testing.T, s *stage) string {
		c, mum := s.mustConnect(t), s.login(t, "mum")
		to := "mum@" + s.domain
		c.write(chatTo(s, to+"/gone", "g1", "hei"))
		c.write(fmt.Sprintf(receiptTo, s.component, to+"/gone", "g2"))
		c.write(fmt.Sprintf(errorTo, s.component, to+"/gone", "g3"))
		c.write(chatTo(s, to, "glast", "siste"))
		got, _ := mum.await("the last", withID("glast"))
		out := ""
		for _, one := range got {
			if one.XMLName.Local == "message" {
				out += one.ID + " "
			}
		}
		return out
	}},
	{"a chat to nobody", func(t *testing.T, s *stage) string {
		c := s.mustConnect(t)
		c.write(chatTo(s, "nobody@"+s.domain, "n1", "hei"))
		_, got := c.await("the error", withID("n1"))
		return got.Type + " " + got.Error.Type + " " + got.condition() + " from " + got.From
	}},
	{"a chat while the component is away", func(t *testing.T, s *stage) string {
		c, mum := s.mustConnect(t), s.login(t, "mum")
		c.leave()
		time.Sleep(300 * time.Millisecond) // as above
		mum.write(fmt.Sprintf("<message to='emma@%s' id='w1' type='chat'><body>er du der</body></message>", s.component))
		_, got := mum.await("the error", withID("w1"))
		return got.Type + " " + got.Error.Type + " " + got.condition()
	}},
	{"a second connection of the component", func(t *testing.T, s *stage) string {
		s.mustConnect(t)
		_, refused := s.connect(t, s.secret)
		return "refused: " + refused
	}},
	{"a wrong secret", func(t *testing.T, s *stage) string {
		_, refused := s.connect(t, "wrong")
		return refused
	}},
	{"a control character", func(t *testing.T, s *stage) string {
		c := s.mustConnect(t)
		c.write(chatTo(s, "mum@"+s.domain, "x1", "h\x01i"))
		return "the stream ends " + c.ends()
	}},
	{"somebody else's address", func(t *testing.T, s *stage) string {
		c := s.mustConnect(t)
		c.write("<message from='a@elsewhere.example' to='mum@" + s.domain + "' type='chat'><body>hei</body></message>")
		return "the stream ends " + c.ends()
	}},
}

// TestSameScript plays one script on both real servers and on the stand-in with their habits, and compares.
func TestSameScript(t *testing.T) {
	for _, server := range []struct {
		like  flavour
		start func(context.Context, xmpptest.Options) (*xmpptest.Server, error)
	}{{likeProsody, xmpptest.StartProsody}, {likeEjabberd, xmpptest.StartEjabberd}} {
		t.Run(string(server.like), func(t *testing.T) {
			real, err := server.start(t.Context(), xmpptest.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = real.Stop() })
			if err := real.Register("mum", "secret"); err != nil {
				t.Fatal(err)
			}
			for _, scene := range script {
				t.Run(strings.ReplaceAll(scene.name, " ", "_"), func(t *testing.T) {
					want := scene.play(t, realStage(real))
					got := scene.play(t, standInStage(server.like))
					t.Logf("%s", want)
					if got != want {
						t.Errorf("%s:\n%s says      %s\nthe stand-in says %s", scene.name, server.like, want, got)
					}
				})
			}
		})
	}
}
