package xmpp

import (
	"net"
	"strings"
	"testing"
	"time"
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
