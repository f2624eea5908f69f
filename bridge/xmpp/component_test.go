package xmpp

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

func TestChatIn(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		_, office := connect(t, s)
		m := login(t, s, "mum")
		before := time.Now()
		m.send(`<message type='chat' to='EMMA@` + s.ComponentDomain + `/x' id='m1'><body>Kommer nå ☺ &lt;3</body>` +
			`<origin-id xmlns='urn:xmpp:sid:0' id='o1'/><request xmlns='urn:xmpp:receipts'/></message>`)
		office.await(t, "the chat", func() bool { return len(office.chats) == 1 })
		got := office.chats[0]
		if got.At.Before(before) || time.Since(got.At) > patience {
			t.Errorf("read at %v", got.At)
		}
		want := bridge.Chat{
			From: mum, Resource: splitAddress(m.jid).resource, To: "emma", ID: "m1", OriginID: "o1",
			Body: "Kommer nå ☺ <3", Receipt: true, At: got.At,
		}
		if got != want {
			t.Errorf("the office got %+v, not %+v", got, want)
		}
	})
}

func TestBarrierIsBehindEverything(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		for i := range 200 {
			id := fmt.Sprintf("b%d", i)
			err := c.Send(context.Background(), bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: "nobody@" + s.Domain, ID: id, Body: "hei"})
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Barrier(context.Background()); err != nil {
				t.Fatal(err)
			}
			// The bounce came before the barrier's answer, so it is queued by now: it may only wait for the worker.
			office.await(t, "the bounce of "+id, func() bool { return len(office.bounces) == i+1 })
			if got := office.bounces[i]; got.ID != id || got.Condition != serviceUnavailable || got.To != "emma" {
				t.Fatalf("bounce %+v", got)
			}
		}
	})
}

func TestWrongSecretSaysWhatToDo(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		o := options(s, newRecorder())
		o.Secret = "wrong"
		c := NewComponent(o)
		err := c.Run(context.Background())
		var refused *RefusedError
		if !errors.As(err, &refused) || refused.Condition != "not-authorized" {
			t.Fatalf("Run returned %v", err)
		}
	})
}
