package xmpp

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

func TestWrongSecretSaysWhatToDo(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		o := options(s, newRecorder())
		o.Secret = "wrong"
		err := NewComponent(o).Run(context.Background())
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Condition != "not-authorized" || !strings.Contains(err.Error(), "secret_file") {
			t.Fatalf("Run returned %v", err)
		}
	})
}

func TestUnknownDomainSaysWhatToDo(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		o := options(s, newRecorder())
		o.Domain = "other.localhost"
		err := NewComponent(o).Run(context.Background())
		var refused *RefusedError
		if !errors.As(err, &refused) {
			t.Fatalf("Run returned %v", err)
		}
		t.Log(err)
	})
}

func TestDomainMustBeOne(t *testing.T) {
	for _, domain := range []string{"", "sms@example.org", "sms.example.org/phone"} {
		o := Options{Domain: domain, Server: "127.0.0.1:1", Office: newRecorder()}
		ctx, cancel := context.WithCancel(context.Background())
		_, err := open(ctx, NewComponent(o).o)
		cancel()
		if err == nil || !strings.Contains(err.Error(), "sms.example.org") {
			t.Errorf("domain %q: %v", domain, err)
		}
	}
}

func TestServerThatIsNotThereYetIsWaitedFor(t *testing.T) {
	t.Parallel()
	for _, shared := range servers {
		t.Run(shared.name, func(t *testing.T) {
			t.Parallel()
			s, err := shared.start(t.Context(), xmpptest.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Stop() })
			if err := s.Stop(); err != nil {
				t.Fatal(err)
			}
			office := newRecorder()
			c, _ := run(t, options(s, office))
			await(t, "a failed try", func() bool { return c.State().LastError != "" })
			if c.State().Connected {
				t.Error("connected to a server that is stopped")
			}
			if err := c.Send(context.Background(), bridge.Stanza{Kind: bridge.ChatStanza, To: string(mum), Body: "hei"}); !errors.Is(err, ErrNotConnected) {
				t.Errorf("Send without a server: %v", err)
			}
			if err := c.Barrier(context.Background()); !errors.Is(err, ErrNotConnected) {
				t.Errorf("Barrier without a server: %v", err)
			}
			for _, end := range []func() error{s.Stop, s.Kill} {
				office.note(func() { office.connected = nil })
				if err := s.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				office.await(t, "a connection", func() bool { return slices.Equal(office.connected, []bool{true}) })
				if err := c.Barrier(context.Background()); err != nil {
					t.Errorf("barrier after the start: %v", err)
				}
				if !c.State().Connected {
					t.Error("State does not know")
				}
				if err := end(); err != nil {
					t.Fatal(err)
				}
				office.await(t, "the loss", func() bool { return slices.Equal(office.connected, []bool{true, false}) })
			}
		})
	}
}

// await polls a condition that nobody signals.
func await(t testing.TB, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("in vain: waited for %s", what)
		}
	}
}

func TestBarrierFailsWhenTheStreamDies(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	c, _ := run(t, server.options(office))
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	failed := make(chan error, 1)
	go func() { failed <- c.Barrier(context.Background()) }()
	server.awaitInput(t, "<ping")
	server.drop()
	select {
	case err := <-failed:
		if !errors.Is(err, ErrStreamLost) {
			t.Errorf("Barrier returned %v", err)
		}
	case <-time.After(patience):
		t.Fatal("Barrier hangs")
	}
	office.await(t, "the next connection", func() bool { return slices.Equal(office.connected, []bool{true, false, true}) })
}

func TestServerThatDoesNotAnswerIsLeft(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	o := server.options(office)
	o.BarrierTimeout = 50 * time.Millisecond
	c, _ := run(t, o)
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	if err := c.Barrier(context.Background()); !errors.Is(err, ErrStreamLost) {
		t.Errorf("Barrier returned %v", err)
	}
	office.await(t, "the next connection", func() bool { return slices.Equal(office.connected, []bool{true, false, true}) })
}

func TestSilenceIsProbed(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	o := server.options(office)
	o.KeepAlive, o.BarrierTimeout = 30*time.Millisecond, 30*time.Millisecond
	run(t, o)
	office.await(t, "a loss by silence", func() bool { return slices.Contains(office.connected, false) })
}

func TestKeepAliveKeepsAStreamThatAnswers(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		office := newRecorder()
		o := options(s, office)
		o.KeepAlive, o.BarrierTimeout = 20*time.Millisecond, patience
		c, _ := run(t, o)
		office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
		first := c.current().conn.moved.Load()
		await(t, "answers to five probes", func() bool {
			return time.Duration(c.current().conn.moved.Load()-first) > 5*o.KeepAlive
		})
		if len(office.connected) != 1 {
			t.Errorf("the stream did not last: %v", office.connected)
		}
	})
}

// What was read is taken when its stream has died, by a context that is still good, and answered on the next.
func TestStanzasOutliveTheirStream(t *testing.T) {
	office := newRecorder()
	taking, goOn := make(chan struct{}), make(chan struct{})
	office.take = func(c bridge.Chat) error {
		if c.ID == "1" {
			close(taking)
			<-goOn
		}
		return errDisk
	}
	server := mute(t)
	run(t, server.options(office))
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	for _, id := range []string{"1", "2"} {
		server.send(t, `<message from='mum@localhost/x' to='emma@sms.localhost' id='`+id+`'><body>hei</body></message>`)
	}
	<-taking
	server.drop()
	office.await(t, "the next stream", func() bool { return slices.Equal(office.connected, []bool{true, false, true}) })
	close(goOn)
	office.await(t, "both chats", func() bool { return len(office.chats) == 2 })
	server.awaitInput(t, `id="1"`)
	server.awaitInput(t, `id="2"`)
}

// The office tells by it whether a barrier speaks of the stream that it wrote to.
func TestOfficeHearsOfAStreamBeforeItCanBeUsed(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	c := NewComponent(server.options(office))
	usable := make(chan bool, 1)
	office.hear = func(on bool) {
		if on {
			usable <- c.stream != nil
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	if <-usable {
		t.Error("the stream could be used before the office knew of it")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A server that takes nothing is given up, and Send does not hang.
func TestServerThatTakesNothingIsLeft(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	o := server.options(office)
	o.WriteTimeout = 50 * time.Millisecond
	c, _ := run(t, o)
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	long := strings.Repeat("x", maxBuilt-1000)
	var err error
	for begin := time.Now(); err == nil && time.Since(begin) < patience; {
		err = c.Send(context.Background(), bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: string(mum), ID: "1", Body: long})
	}
	if !errors.Is(err, ErrStreamLost) {
		t.Errorf("Send returned %v", err)
	}
	office.await(t, "the next connection", func() bool { return slices.Equal(office.connected, []bool{true, false, true}) })
}
