package xmpp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// muteServer accepts components, shakes hands, and says nothing more by itself.
type muteServer struct {
	listener net.Listener
	conns    chan net.Conn
	conn     net.Conn
	got      strings.Builder
}

func mute(t *testing.T) *muteServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &muteServer{listener: l, conns: make(chan net.Conn, 1000)}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				close(m.conns)
				return
			}
			_, _ = conn.Write([]byte(`<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept'` +
				` xmlns:stream='http://etherx.jabber.org/streams' from='sms.localhost' id='1'><handshake/>`))
			m.conns <- conn
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		for conn := range m.conns {
			_ = conn.Close()
		}
		if m.conn != nil {
			_ = m.conn.Close()
		}
	})
	return m
}

func (m *muteServer) options(office Office) Options {
	return Options{
		Domain: "sms.localhost", Server: m.listener.Addr().String(), Secret: "x", Office: office,
		BackoffMin: 20 * time.Millisecond, BackoffMax: 100 * time.Millisecond,
	}
}

// accepted returns the connection in use.
func (m *muteServer) accepted() net.Conn {
	if m.conn == nil {
		m.conn = <-m.conns
	}
	return m.conn
}

// awaitInput reads what the component writes until some of it has come.
func (m *muteServer) awaitInput(t *testing.T, part string) {
	t.Helper()
	conn := m.accepted()
	buf := make([]byte, 4096)
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	for !strings.Contains(m.got.String(), part) {
		n, err := conn.Read(buf)
		m.got.Write(buf[:n])
		if err != nil {
			t.Fatalf("waited for %s: %v; got %s", part, err, m.got.String())
		}
	}
}

// drop cuts the connection without a word.
func (m *muteServer) drop() {
	_ = m.accepted().Close()
	m.conn = nil
}

func (m *muteServer) send(t *testing.T, xml string) {
	t.Helper()
	if _, err := m.accepted().Write([]byte(xml)); err != nil {
		t.Fatal(err)
	}
}

// A flood keeps the reader waiting for the office, and the server's answer lies behind it: that is no dead server.
func TestFloodIsNoDeadStream(t *testing.T) {
	const many, takes = 25, 100 * time.Millisecond
	office := newRecorder()
	office.take = func(bridge.Chat) error {
		time.Sleep(takes) // a slow disk
		return nil
	}
	server := mute(t)
	o := server.options(office)
	o.BarrierTimeout, o.Queue = many*takes/3, 1
	c, _ := run(t, o)
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	for i := range many {
		server.send(t, fmt.Sprintf(`<message from='mum@localhost/x' to='emma@sms.localhost' id='f%d'><body>hei</body></message>`, i))
	}
	office.await(t, "the first of the flood", func() bool { return len(office.chats) > 0 })
	passed := make(chan error, 1)
	go func() { passed <- c.Barrier(context.Background()) }()
	server.awaitInput(t, `<ping xmlns="urn:xmpp:ping"`)
	_, id, _ := strings.Cut(server.got.String(), `to="sms.localhost/barrier" id="`)
	id, _, _ = strings.Cut(id, `"`)
	server.send(t, `<iq type='result' from='sms.localhost/barrier' to='sms.localhost' id='`+id+`'/>`)
	if err := <-passed; err != nil {
		t.Errorf("the barrier behind a flood: %v, after %d of %d", err, office.taken(), many)
	}
	office.await(t, "the whole flood", func() bool { return len(office.chats) == many })
	if len(office.connected) != 1 {
		t.Errorf("the stream ended: %v", office.connected)
	}
}

// An office that hangs is none that is slow.
func TestStreamThatStandsStillIsDead(t *testing.T) {
	office := newRecorder()
	hang := make(chan struct{})
	office.take = func(bridge.Chat) error { <-hang; return nil }
	server := mute(t)
	o := server.options(office)
	o.BarrierTimeout, o.Queue = 200*time.Millisecond, 1
	c, _ := run(t, o)
	t.Cleanup(func() { close(hang) })
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	for range 5 {
		server.send(t, `<message from='mum@localhost/x' to='emma@sms.localhost'><body>hei</body></message>`)
	}
	if err := c.Barrier(t.Context()); !errors.Is(err, ErrStreamLost) {
		t.Errorf("the barrier of a stream that stands still: %v", err)
	}
}
