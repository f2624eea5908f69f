package main

import (
	"context"
	"database/sql"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/stanza"

	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

// A contact with twenty devices that all write: each text is one SMS, each receipt goes to the device that asked, and the
// child's text is one stanza, which the server hands to them all.
func TestAContactWithTwentyDevices(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	devices := make([]*person, 20)
	for i := range devices {
		devices[i] = login(t, w.server, "mum")
	}
	devices[0].presence(w.child("emma"), stanza.SubscribePresence)
	devices[0].await("Emma is there", func(a arrived) bool { return a.Type == "" && strings.HasPrefix(a.From, w.child("emma")+"/") })
	w.texts(w.emma, "2 hei alle")
	asked := make([]string, len(devices))
	for i, d := range devices {
		d.awaitBody("hei alle")
		asked[i] = fmt.Sprintf("device-%d", i)
		d.writeAs(asked[i], w.child("emma"), fmt.Sprintf("fra %d", i))
	}
	for i, d := range devices {
		d.awaitReceipt(asked[i])
	}
	shown := map[string]int{}
	for _, m := range w.emma.Inbox() {
		shown[m.Text]++
	}
	for i, d := range devices {
		if n := shown[fmt.Sprintf("Mamma: fra %d", i)]; n != 1 {
			t.Errorf("the text of device %d was sent %d times", i, n)
		}
		for _, a := range d.all() {
			if a.Received.ID != "" && a.Received.ID != asked[i] || a.Type == "error" {
				t.Errorf("device %d got what is another's: %+v", i, a)
			}
		}
	}
	if len(shown) != len(devices) {
		t.Errorf("the phone shows %v", shown)
	}
}

// slowly stands between the gateway and its server: what is written arrives later, and in small pieces.
func slowly(t *testing.T, server string, later time.Duration) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	type piece struct {
		data []byte
		due  time.Time
	}
	pass := func(from, to net.Conn) {
		pieces := make(chan piece, 100000)
		go func() {
			defer close(pieces)
			for {
				data := make([]byte, 100)
				n, err := from.Read(data)
				if n > 0 {
					pieces <- piece{data[:n], time.Now().Add(later)}
				}
				if err != nil {
					return
				}
			}
		}()
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				break
			}
		}
		_ = from.Close()
		_ = to.Close()
	}
	go func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", server)
			if err != nil {
				_ = from.Close()
				continue
			}
			go pass(from, to)
			go pass(to, from)
		}
	}()
	return listener.Addr().String()
}

// A server that is far away, or busy, costs time and nothing else: all arrives, in order and once, on one stream.
func TestASlowServer(t *testing.T) {
	for name, start := range chatServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aSlowServer(t, start)
		})
	}
}

func aSlowServer(t *testing.T, start func(context.Context, xmpptest.Options) (*xmpptest.Server, error)) {
	w := newWorldOn(t, modemtest.ModemOptions{}, start, xmpptest.Options{}, func(w *world) string {
		w.server.ComponentAddr = slowly(t, w.server.ComponentAddr, 400*time.Millisecond)
		return ""
	})
	w.start()
	w.awaitReady()
	mum := login(t, w.server, "mum")
	const burst = 30
	var ids []string
	for i := range burst {
		w.texts(w.emma, fmt.Sprintf("2 opp %d", i))
		ids = append(ids, mum.write(w.child("emma"), fmt.Sprintf("ned %d", i)))
	}
	for _, id := range ids {
		mum.awaitReceipt(id)
	}
	mum.awaitBody(fmt.Sprintf("opp %d", burst-1))
	var up []string
	for _, a := range mum.all() {
		if strings.HasPrefix(a.Body, "opp ") {
			up = append(up, a.Body)
		}
	}
	var down []string
	for _, m := range w.emma.Inbox() {
		down = append(down, m.Text)
	}
	for i := range burst {
		if len(up) != burst || up[i] != fmt.Sprintf("opp %d", i) {
			t.Fatalf("the parent got %q", up)
		}
		if len(down) != burst || down[i] != fmt.Sprintf("Mamma: ned %d", i) {
			t.Fatalf("the phone got %q", down)
		}
	}
	if strings.Contains(w.gateway.log.String(), "xmpp: not connected") {
		t.Error("the stream was given up")
	}
}

// The server is restarted while a child's texts pour in: each arrives, and where it comes twice it is under one id. ejabberd
// loses what it had confirmed and not yet written to its client when it is told to end: that was the server's by then.
func TestServerIsRestartedInABurst(t *testing.T) {
	for name, start := range chatServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			serverIsRestartedInABurst(t, start)
		})
	}
}

func serverIsRestartedInABurst(t *testing.T, start func(context.Context, xmpptest.Options) (*xmpptest.Server, error)) {
	w := newWorldOn(t, modemtest.ModemOptions{}, start, xmpptest.Options{}, nil)
	w.start()
	w.awaitReady()
	mum := login(t, w.server, "mum")
	const burst = 60
	for i := range burst {
		w.texts(w.emma, fmt.Sprintf("2 nummer %d", i))
	}
	mum.awaitBody("nummer 10")
	if err := w.server.Stop(); err != nil {
		t.Fatal(err)
	}
	stopped := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := w.server.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	again := login(t, w.server, "mum")
	w.awaitState("nothing waits", func(s status) bool { return s.XMPP.Connected && s.Waiting.XMPP == 0 })
	w.texts(w.emma, "2 ferdig")
	until(t, "the server has confirmed all", func() bool { return len(w.confirmed("mum@"+w.server.Domain)) == burst+1 })
	// What came while mum's client was signing in is kept for whoever is offline, and is handed out behind what comes live,
	// or to the next client that signs in.
	next := login(t, w.server, "mum")
	confirmed := w.confirmed("mum@" + w.server.Domain)
	lost := func(i int) bool { // by the server
		return w.server.Kind == xmpptest.Ejabberd && len(confirmed) == burst+1 && confirmed[i].Before(stopped)
	}
	ids := map[string]map[string]bool{}
	until(t, "each text has come", func() bool {
		clear(ids)
		for _, a := range slices.Concat(mum.all(), again.all(), next.all()) {
			if ids[a.Body] == nil {
				ids[a.Body] = map[string]bool{}
			}
			ids[a.Body][a.ID] = true
		}
		for i := range burst {
			if len(ids[fmt.Sprintf("nummer %d", i)]) == 0 && !lost(i) {
				return false
			}
		}
		return len(ids["ferdig"]) == 1
	})
	for i := range burst {
		switch n := len(ids[fmt.Sprintf("nummer %d", i)]); n {
		case 1:
		case 0:
			t.Logf("nummer %d was lost by the server, which had confirmed it %v before it was gone", i, stopped.Sub(confirmed[i]))
		default:
			t.Errorf("nummer %d came under %d ids", i, n)
		}
	}
}

// confirmed returns when the server's barrier passed behind each text of a child to an address, in the texts' order.
func (w *world) confirmed(address string) (at []time.Time) {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.dir, "data", "knapp.db")+"?_query_only=true&_busy_timeout=5000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	err = query(w.t.Context(), db, `SELECT o.changed FROM outbox o JOIN message m ON m.id = o.message
		WHERE m.direction = 'from_child' AND o.way = 'xmpp' AND o.state = 'sent' AND o.address = '`+address+`' ORDER BY o.id`,
		func(scan func(...any) error) error {
			var changed int64
			err := scan(&changed)
			at = append(at, time.UnixMicro(changed))
			return err
		})
	if err != nil {
		w.t.Fatal(err)
	}
	return at
}
