package xmpp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"mellium.im/sasl"
	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"

	"knapp/bridge/xmpp/xmpptest"
)

// patience bounds every wait; nothing here is expected to take a second.
const patience = 20 * time.Second

// servers are what every test of behaviour runs on. Each is started once, by the first test that needs it.
var servers = []*sharedServer{
	{name: xmpptest.Prosody, start: xmpptest.StartProsody},
	{name: xmpptest.Ejabberd, start: xmpptest.StartEjabberd},
}

// sharedServer is a server with accounts for mum, gran and a stranger.
type sharedServer struct {
	name   string
	start  func(context.Context, xmpptest.Options) (*xmpptest.Server, error)
	once   sync.Once
	server *xmpptest.Server
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	for _, shared := range servers {
		if shared.server == nil {
			continue
		}
		if err := errors.Join(shared.server.Stop(), os.RemoveAll(shared.server.Dir)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// get starts the server if that was not done yet.
func (shared *sharedServer) get() (*xmpptest.Server, error) {
	shared.once.Do(func() {
		dir, err := os.MkdirTemp("", "knapp-xmpp-")
		if err != nil {
			shared.err = err
			return
		}
		if shared.server, shared.err = shared.start(context.Background(), xmpptest.Options{Dir: dir, Websocket: true, Upload: true}); shared.err != nil {
			shared.err = errors.Join(shared.err, os.RemoveAll(dir))
			return
		}
		for _, user := range []string{"mum", "gran", "stranger"} {
			shared.err = errors.Join(shared.err, shared.server.Register(user, "secret"))
		}
	})
	return shared.server, shared.err
}

// onServers runs a test on each server.
func onServers(t *testing.T, test func(t *testing.T, s *xmpptest.Server)) {
	for _, shared := range servers {
		t.Run(shared.name, func(t *testing.T) {
			s, err := shared.get()
			if err != nil {
				t.Fatal(err)
			}
			test(t, s)
		})
	}
}

// options are a component's for a server, with an impatient back-off.
func options(s *xmpptest.Server, office Office) Options {
	return Options{
		Domain:     s.ComponentDomain,
		Server:     s.ComponentAddr,
		Secret:     s.ComponentSecret,
		Version:    "1.2",
		Office:     office,
		Log:        slog.New(slog.NewTextHandler(testLog{}, nil)),
		BackoffMin: 20 * time.Millisecond,
		BackoffMax: 100 * time.Millisecond,
		Unknown:    Rate{Burst: 5000, Every: time.Millisecond},
	}
}

// testLog shows the log with go test -v.
type testLog struct{}

func (testLog) Write(p []byte) (int, error) {
	if testing.Verbose() {
		return os.Stderr.Write(p)
	}
	return len(p), nil
}

// run runs a component until the test ends and returns what stops it earlier.
func run(t testing.TB, o Options) (c *Component, stop func() error) {
	t.Helper()
	c = NewComponent(o)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	done := false
	stop = func() error {
		if done {
			return nil
		}
		done = true
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(patience):
			t.Fatal("Run did not return")
			return nil
		}
	}
	t.Cleanup(func() { _ = stop() })
	return c, stop
}

// connect runs a component on a server and returns when it is connected.
func connect(t *testing.T, s *xmpptest.Server) (*Component, *recorder) {
	t.Helper()
	office := newRecorder()
	c, _ := run(t, options(s, office))
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	return c, office
}

// client is somebody's client: a mellium session whose stream is then read and written as it is.
type client struct {
	t       testing.TB
	jid     string // full
	conn    *wire
	stanzas chan stanza
}

// login signs in, and is there.
func login(t testing.TB, s *xmpptest.Server, user string) *client {
	t.Helper()
	conn, err := tls.Dial("tcp", s.TLSAddr, s.TLSConfig())
	if err != nil {
		t.Fatal(err)
	}
	w := newWire(conn, patience)
	t.Cleanup(func() { _ = w.Close() })
	origin := jid.MustParse(user + "@" + s.Domain)
	negotiator := xmpp.NewNegotiator(func(*xmpp.Session, *xmpp.StreamConfig) xmpp.StreamConfig {
		return xmpp.StreamConfig{Features: []xmpp.StreamFeature{
			xmpp.SASL("", "secret", sasl.ScramSha256, sasl.ScramSha1),
			xmpp.BindResource(),
		}}
	})
	session, err := xmpp.NewSession(context.Background(), origin.Domain(), origin, w, xmpp.Secure, negotiator)
	if err != nil {
		t.Fatalf("%s signs in: %v", user, err)
	}
	c := &client{t: t, jid: session.LocalAddr().String(), conn: w, stanzas: make(chan stanza, 5000)}
	go c.read()
	// Subscription answers reach only sessions that have asked for the roster.
	c.send(`<iq type='get' id='roster'><query xmlns='jabber:iq:roster'/></iq><presence/>`)
	c.await("the roster", func(st stanza) bool { return st.id == "roster" })
	c.await("my own presence", func(st stanza) bool { return st.kind == "presence" && st.from == c.jid })
	return c
}

// read queues what comes.
func (c *client) read() {
	defer close(c.stanzas)
	f := framer{in: c.conn.in, limit: maxStanza}
	for {
		octets, err := f.next()
		if err != nil {
			return
		}
		if st, err := decode(octets, time.Now()); err == nil {
			c.stanzas <- st
		}
	}
}

// send writes XML as it is given.
func (c *client) send(xml string) {
	c.t.Helper()
	if _, err := c.conn.Write([]byte(xml)); err != nil {
		c.t.Fatal(err)
	}
}

// await returns the next stanza of a kind, and passes over others.
func (c *client) await(what string, is func(stanza) bool) stanza {
	c.t.Helper()
	late := time.After(patience)
	for {
		select {
		case st, more := <-c.stanzas:
			if !more {
				c.t.Fatalf("the server ended the client's stream; waited for %s", what)
			}
			if is(st) {
				return st
			}
		case <-late:
			c.t.Fatalf("in vain: waited for %s", what)
		}
	}
}

// ask sends an IQ and returns the answer.
func (c *client) ask(to, typ, id, payload string) stanza {
	c.t.Helper()
	c.send(`<iq type='` + typ + `' to='` + to + `' id='` + id + `'>` + payload + `</iq>`)
	return c.await("the answer to "+id, func(st stanza) bool { return st.kind == "iq" && st.id == id })
}

// shape writes a stanza down without what must differ: its id, and whom it goes to and comes from.
func shape(st stanza) string {
	var b strings.Builder
	var write func(e element, root bool)
	write = func(e element, root bool) {
		b.WriteString("<" + e.Name.Space + " " + e.Name.Local)
		for _, a := range e.Attr {
			if root && (a.Name.Local == "id" || a.Name.Local == "from" || a.Name.Local == "to") {
				continue
			}
			b.WriteString(" " + a.Name.Space + " " + a.Name.Local + "=" + a.Value)
		}
		b.WriteString(">" + e.Text)
		for _, c := range e.Children {
			write(c, false)
		}
		b.WriteString("</>")
	}
	write(st.element, true)
	return b.String()
}
