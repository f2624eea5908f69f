package xmpp

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

func TestBurstStaysInOrder(t *testing.T) {
	const many = 1000
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		m := login(t, s, "mum")
		var b strings.Builder
		for i := range many {
			fmt.Fprintf(&b, `<message type='chat' to='emma@%s' id='in%d'><body>%d</body></message>`, s.ComponentDomain, i, i)
		}
		m.send(b.String())
		for i := range many {
			send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: m.jid, ID: fmt.Sprintf("out%d", i), Body: "hei"})
		}
		if err := c.Barrier(context.Background()); err != nil {
			t.Fatal(err)
		}
		for i := range many {
			got := m.await("a text", func(st stanza) bool { return st.kind == "message" && strings.HasPrefix(st.id, "out") })
			if want := fmt.Sprintf("out%d", i); got.id != want {
				t.Fatalf("%s came, not %s", got.id, want)
			}
		}
		office.await(t, "all of them", func() bool { return len(office.chats) == many })
		for i, chat := range office.chats {
			if want := fmt.Sprint(i); chat.Body != want {
				t.Fatalf("%s came, not %s", chat.Body, want)
			}
		}
	})
}

// The server answers messages to nobody at once, so their bounces must all be read before a barrier's answer.
func TestBarrierIsBehindEverything(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c := NewComponent(options(s, newRecorder()))
		stream, err := open(context.Background(), c.o)
		if err != nil {
			t.Fatal(err)
		}
		var read []string // only receive touches it before the barrier's answer, which comes from receive
		go func() {
			stream.fail(stream.receive(time.Now, func(st stanza) { read = append(read, st.id) }))
		}()
		defer func() {
			stream.fail(ErrStreamLost)
			<-stream.done
		}()
		sent := 0
		for round := range 20 {
			for range 50 {
				octets, err := buildStanza(s.ComponentDomain, bridge.Stanza{
					Kind: bridge.ChatStanza, From: "emma", To: "nobody@" + s.Domain, ID: fmt.Sprintf("b%d", sent), Body: "hei",
				})
				if err != nil {
					t.Fatal(err)
				}
				if err := stream.write(octets); err != nil {
					t.Fatal(err)
				}
				sent++
			}
			if err := stream.ping(context.Background(), patience); err != nil {
				t.Fatal(err)
			}
			if len(read) != sent {
				t.Fatalf("round %d: the barrier overtook %d of %d bounces", round, sent-len(read), sent)
			}
		}
	})
}

func TestBouncesReachTheOfficeAndAreNotAnswered(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: "nobody@" + s.Domain, ID: "bounced", Body: "hei"})
		office.await(t, "the bounce", func() bool { return len(office.bounces) == 1 })
		want := bridge.Bounce{From: "nobody@" + s.Domain, To: "emma", ID: "bounced", Condition: serviceUnavailable, Type: "cancel"}
		if got := office.bounces[0]; got != want {
			t.Errorf("the office got %+v, not %+v", got, want)
		}
		m := login(t, s, "mum")
		m.send(`<message type='error' to='emma@` + s.ComponentDomain + `' id='bad'><error/></message>`)
		m.send(`<message type='error' to='emma@` + s.ComponentDomain + `'><body>hei</body></message>`)
		m.ask(s.ComponentDomain, "get", "after", `<ping xmlns='urn:xmpp:ping'/>`)
		if got := office.bounces[len(office.bounces)-1]; got.Condition != undefinedCondition || got.Type != "cancel" {
			t.Errorf("an error that says nothing: %+v", got)
		}
		if len(office.chats) != 0 {
			t.Errorf("an error became a chat: %v", office.chats)
		}
	})
}
