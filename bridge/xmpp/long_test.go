package xmpp

import (
	"context"
	"errors"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// An id is written back, and grows on the way: 110,000 apostrophes become 550 kB, after which Prosody ends the
// stream, and would do so again on every new one.
func TestLongIDIsNone(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		office.note(func() {
			office.take = func(chat bridge.Chat) error { // what the post office does with a stranger's
				return c.Send(context.Background(), bridge.Stanza{
					Kind: bridge.ErrorStanza, From: chat.To, To: string(chat.From) + "/" + chat.Resource,
					ID: "e", Refers: chat.ID, Condition: forbidden,
				})
			}
		})
		for _, n := range []int{300, 2_000, 50_000, 110_000} {
			m := login(t, s, "stranger")
			id := strings.Repeat("'", n)
			before := office.taken()
			m.send(`<iq type="get" to="emma@` + s.ComponentDomain + `" id="` + id + `">` + askPing + `</iq>`)
			m.send(`<message type="chat" to="emma@` + s.ComponentDomain + `" id="` + id + `"><body>hei</body><origin-id xmlns="urn:xmpp:sid:0" id="` + id[:min(n, 50_000)] + `"/></message>`)
			m.send(strings.Repeat(" ", 4*n)) // expat from 2.6 on looks at a long tag again when twice as much has come
			office.await(t, "the chat", func() bool { return len(office.chats) > before })
			if chat := office.chats[before]; chat.ID != "" || chat.OriginID != "" {
				t.Errorf("%d: the office got ids of %d and %d octets", n, len(chat.ID), len(chat.OriginID))
			}
			if err := c.Barrier(t.Context()); err != nil {
				t.Fatalf("%d: %v", n, err)
			}
			got := m.await("the refusal", func(st stanza) bool { return st.typ == "error" })
			if condition, _ := got.stanzaError(); got.kind != "message" || condition != forbidden {
				t.Errorf("%d: the first answer is %s", n, shape(got))
			}
		}
		office.await(t, "a look", func() bool {
			if len(office.connected) != 1 {
				t.Errorf("the stream ended: %v", office.connected)
			}
			return true
		})
	})
}

func TestUsableID(t *testing.T) {
	for id, usable := range map[string]bool{
		"":                           true,
		"purplea1b2c3":               true,
		strings.Repeat("x", maxID):   true,
		strings.Repeat("x", 1+maxID): false,
		strings.Repeat("'", maxID/5): true,
		strings.Repeat("'", maxID/4): false,
		strings.Repeat("😀", maxID/4): true,
		strings.Repeat("😀", maxID/3): false,
	} {
		if got := usableID(id); got != "" != usable && id != "" {
			t.Errorf("%.20s…, %d octets: usable is not %v", id, len(id), usable)
		}
	}
}

// What the server would end the stream for is not written: no outbox could ever get rid of it.
func TestWhatIsTooLongIsNotSent(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		m := login(t, s, "mum")
		for _, long := range []bridge.Stanza{
			{Kind: bridge.ChatStanza, From: "emma", To: m.jid, ID: "long", Body: strings.Repeat("'", 110_000)},
			{Kind: bridge.ReceiptStanza, From: "emma", To: m.jid, ID: "long", Refers: strings.Repeat("'", 110_000)},
			{Kind: bridge.ErrorStanza, From: "emma", To: m.jid, Refers: strings.Repeat("'", 110_000), Condition: forbidden},
			{Kind: "fax", To: m.jid},
		} {
			if err := c.Send(t.Context(), long); !errors.Is(err, bridge.ErrUnsendable) || errors.Is(err, ErrStreamLost) {
				t.Errorf("%s: %v", long.Kind, err)
			}
		}
		// 255 parts of 153 septets, the longest of all SMS, and each takes five octets.
		longest := strings.Repeat("'", 255*153)
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: m.jid, ID: "longest", Body: longest})
		if got := m.await("the longest SMS", func(st stanza) bool { return st.id == "longest" }); got.own("body").Text != longest {
			t.Errorf("of %d characters %d came", len(longest), len(got.own("body").Text))
		}
		if err := c.Barrier(t.Context()); err != nil || len(office.connected) != 1 {
			t.Errorf("%v, %v", err, office.connected)
		}
	})
}
