package xmpp

import (
	"context"
	"fmt"
	"reflect"
	"strings"
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
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the office got %+v, not %+v", got, want)
		}
	})
}

func TestWhatBecomesAChatAndWhatDoesNot(t *testing.T) {
	stamp := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	at := stamp.Format(time.RFC3339)
	tests := []struct {
		name, typ, inside string
		body              string // "" for none
		written           time.Time
	}{
		{name: "normal", typ: "normal", inside: `<body>a</body>`, body: "a"},
		{name: "no type", inside: `<body>b</body>`, body: "b"},
		{name: "groupchat", typ: "groupchat", inside: `<body>no</body>`},
		{name: "headline", typ: "headline", inside: `<body>no</body>`},
		{name: "empty body", typ: "chat", inside: `<body/>`},
		{name: "typing", typ: "chat", inside: `<composing xmlns='http://jabber.org/protocol/chatstates'/>`},
		{name: "typing with a body", typ: "chat", inside: `<body>c</body><active xmlns='http://jabber.org/protocol/chatstates'/>`, body: "c"},
		{name: "displayed", typ: "chat", inside: `<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>`},
		{name: "reaction", typ: "chat", inside: `<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction></reactions><body>&gt; hei
👍</body>`},
		{name: "retraction", typ: "chat", inside: `<retract xmlns='urn:xmpp:message-retract:1' id='1'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>tried to retract</body>`},
		{name: "reply", typ: "chat", inside: `<reply xmlns='urn:xmpp:reply:0' id='1'/><body>&gt; hæ?
ja</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='6'/></fallback>`, body: "ja"},
		{name: "fallback for something else", typ: "chat", inside: `<body>see https://x.example</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'><body/></fallback>`, body: "see https://x.example"},
		{name: "forged carbon", typ: "chat", inside: `<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' from='dad@localhost'><body>no</body></message></forwarded></received>`},
		{name: "forged archive", typ: "chat", inside: `<body>no</body><result xmlns='urn:xmpp:mam:2' id='1'/>`},
		{name: "body of another namespace", typ: "chat", inside: `<body xmlns='urn:example'>no</body>`},
		{name: "two languages", typ: "chat", inside: `<body>d</body><body xml:lang='en'>e</body>`, body: "d"},
		{name: "delay by the server", typ: "chat", inside: `<body>f</body><delay xmlns='urn:xmpp:delay' from='localhost' stamp='` + at + `'/>`, body: "f", written: stamp},
		{name: "delay by somebody", typ: "chat", inside: `<body>g</body><delay xmlns='urn:xmpp:delay' from='dad@localhost' stamp='` + at + `'/>`, body: "g"},
		{name: "delay in the future", typ: "chat", inside: `<body>h</body><delay xmlns='urn:xmpp:delay' from='localhost' stamp='2099-01-01T00:00:00Z'/>`, body: "h"},
	}
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		_, office := connect(t, s)
		m := login(t, s, "mum")
		for i, tt := range tests {
			typ := ""
			if tt.typ != "" {
				typ = " type='" + tt.typ + "'"
			}
			m.send(fmt.Sprintf(`<message%s to='emma@%s' id='w%d'>%s</message>`, typ, s.ComponentDomain, i, tt.inside))
		}
		m.send(`<message type='chat' to='emma@` + s.ComponentDomain + `' id='last'><body>last</body></message>`)
		last := func() bool { return len(office.chats) > 0 && office.chats[len(office.chats)-1].ID == "last" }
		office.await(t, "the last chat", last)
		got := map[string]bridge.Chat{}
		for _, c := range office.chats {
			got[c.ID] = c
		}
		for i, tt := range tests {
			c := got[fmt.Sprintf("w%d", i)]
			if c.Body != tt.body {
				t.Errorf("%s: body %q, not %q", tt.name, c.Body, tt.body)
			}
			if !c.Written.Equal(tt.written) {
				t.Errorf("%s: written %v, not %v", tt.name, c.Written, tt.written)
			}
		}
		if len(office.receipts)+len(office.bounces) > 0 {
			t.Errorf("also %v and %v", office.receipts, office.bounces)
		}
	})
}

func TestChatOutAndItsReceipt(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		m := login(t, s, "mum")
		stamp := time.Date(2026, 3, 1, 14, 5, 0, 0, time.FixedZone("", 3600))
		send(t, c, bridge.Stanza{
			Kind: bridge.ChatStanza, From: "emma", To: string(mum), ID: "out1", Language: "nb", Delay: stamp,
			Body: "a<b>&\x00\x1b\u0085\ufffe\xed\xa0\x80 😀\r\næøå",
		})
		got := m.await("the chat", func(st stanza) bool { return st.id == "out1" })
		if want := "emma@" + s.ComponentDomain + "/phone"; got.from != want || got.typ != "chat" {
			t.Errorf("from %s, type %s", got.from, got.typ)
		}
		if want := "a<b>&\ufffd\ufffd\u0085\ufffd\ufffd\ufffd\ufffd 😀\næøå"; got.own("body").Text != want {
			t.Errorf("body %q, not %q", got.own("body").Text, want)
		}
		if got.originID() != "out1" {
			t.Errorf("origin-id %q", got.originID())
		}
		if d := got.child(nsDelay, "delay"); d == nil || d.attr("stamp") != "2026-03-01T13:05:00Z" || d.attr("from") != s.ComponentDomain {
			t.Errorf("delay %+v", d)
		}
		if lang := got.Attr; !strings.Contains(fmt.Sprint(lang), " lang} nb") {
			t.Errorf("language: %v", lang)
		}
		if got.child(nsReceipts, "request") == nil {
			t.Fatal("no receipt is asked for")
		}
		m.send(`<message type='chat' to='` + got.from + `' id='r1'><received xmlns='urn:xmpp:receipts' id='out1'/></message>`)
		office.await(t, "the receipt", func() bool { return len(office.receipts) == 1 })
		if want := "mum@localhost emma out1"; office.receipts[0] != want {
			t.Errorf("receipt %q, not %q", office.receipts[0], want)
		}
		if len(office.chats) != 0 {
			t.Errorf("a receipt became a chat: %v", office.chats)
		}
	})
}

func TestReceiptAndErrorOut(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, _ := connect(t, s)
		m := login(t, s, "mum")
		send(t, c, bridge.Stanza{Kind: bridge.ReceiptStanza, From: "emma", To: m.jid, ID: "rc1", Refers: "m7"})
		got := m.await("the receipt", func(st stanza) bool { return st.id == "rc1" })
		if r := got.child(nsReceipts, "received"); r == nil || r.attr("id") != "m7" || got.child("urn:xmpp:hints", "store") == nil {
			t.Errorf("receipt %s", shape(got))
		}
		for condition, typ := range errorTypes {
			send(t, c, bridge.Stanza{Kind: bridge.ErrorStanza, From: "emma", To: m.jid, ID: "x", Refers: "m8", Condition: condition, Text: "Sendes <aldri>", Language: "nb"})
			got = m.await("the error", func(st stanza) bool { return st.id == "m8" })
			gotCondition, gotType := got.stanzaError()
			if gotCondition != condition || gotType != typ || got.typ != "error" || got.from != "emma@"+s.ComponentDomain {
				t.Errorf("%s: %s", condition, shape(got))
			}
			if text := got.own("error").child(nsStanzas, "text"); text == nil || text.Text != "Sendes <aldri>" {
				t.Errorf("%s: text %v", condition, text)
			}
		}
		send(t, c, bridge.Stanza{Kind: bridge.ErrorStanza, From: "emma", To: m.jid, Refers: "m9", Condition: "no such/>"})
		got = m.await("the error", func(st stanza) bool { return st.id == "m9" })
		if condition, _ := got.stanzaError(); condition != undefinedCondition || got.own("error").child(nsStanzas, "text") != nil {
			t.Errorf("unknown condition: %s", shape(got))
		}
		if err := c.Send(context.Background(), bridge.Stanza{Kind: "fax", To: m.jid}); err == nil {
			t.Error("a fax was sent")
		}
	})
}

// send sends, and fails the test when that fails.
func send(t *testing.T, c *Component, s bridge.Stanza) {
	t.Helper()
	if err := c.Send(context.Background(), s); err != nil {
		t.Fatal(err)
	}
}

func TestWhatCannotBeCommittedIsRefused(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		_, office := connect(t, s)
		m := login(t, s, "mum")
		for name, take := range map[string]func(bridge.Chat) error{
			"error": func(bridge.Chat) error { return errDisk },
			"panic": func(bridge.Chat) error { panic("a bug") },
		} {
			office.note(func() { office.take = take })
			m.send(`<message type='chat' to='emma@` + s.ComponentDomain + `' id='` + name + `'><body>hei</body></message>`)
			got := m.await("the error", func(st stanza) bool { return st.id == name })
			if condition, typ := got.stanzaError(); got.typ != "error" || condition != internalServerError || typ != "wait" {
				t.Errorf("%s: %s", name, shape(got))
			}
		}
		office.note(func() { office.take = nil })
		m.send(`<message type='chat' to='emma@` + s.ComponentDomain + `' id='after'><body>hei</body></message>`)
		office.await(t, "a chat after the panic", func() bool {
			return len(office.chats) > 0 && office.chats[len(office.chats)-1].ID == "after"
		})
		if len(office.connected) != 1 {
			t.Error("the stream ended")
		}
	})
}

func TestEncryptedIsRefused(t *testing.T) {
	const omemo = `<body>You cannot read this</body><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/><payload>eA==</payload></encrypted>` +
		`<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>`
	insides := []string{
		omemo,
		`<encrypted xmlns='urn:xmpp:omemo:2'><header sid='1'/><payload>eA==</payload></encrypted>`,
		`<body>secret</body><encryption xmlns='urn:xmpp:eme:0' namespace='urn:xmpp:otr:0'/>`,
		`<openpgp xmlns='urn:xmpp:openpgp:0'>eA==</openpgp>`,
		`<body>pgp</body><x xmlns='jabber:x:encrypted'>eA==</x>`,
		`<body>?OTR:AAMDJ+MVmSfjFZcAAAAAAQAAAAIAAADA1g5IjD1ZGLDVQEyCgCyn9hbrL3KAbGDdzE2ZkMyTKl7XfkSxh8YJnudstiB74i4BzT0W2haClg6dMary/jo9sMudwmUdlnKpIGEKXWdvJKT+hQ26h9nzMgEditLB8v.</body>`,
		`<body>?OTR,1,3,?OTR:AAEDAAAAAQAAAAEAAADAVf3Ei72ZgFeKqWvLMnuVPVCwxktsOZ1QdjeLp6jn62mCVtlY9nS6sRkecpjuLYHRxyTdRu2iEVtSsjZqK55ovZ35SfkOPHeFYa9BIuxWi9djHMVKQ8KOVGAVLibjZ6P8l,</body>`,
		`<body>
?OTRv23? mum@localhost has requested an Off-the-Record private conversation.</body>`,
		`<body>?OTR Error: you sent an unreadable encrypted message.</body>`,
	}
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		_, office := connect(t, s)
		m, stranger := login(t, s, "mum"), login(t, s, "stranger")
		for i, inside := range insides {
			id := fmt.Sprintf("enc%d", i)
			m.send(`<message type='chat' to='emma@` + s.ComponentDomain + `' id='` + id + `'>` + inside + `</message>`)
			got := m.await("a refusal", func(st stanza) bool { return st.id == id })
			if condition, typ := got.stanzaError(); got.typ != "error" || condition != notAcceptable || typ != "modify" {
				t.Errorf("%s: %s", inside, shape(got))
			}
			var shapes []string
			for _, child := range []string{"emma", "nobody"} {
				stranger.send(`<message type='chat' to='` + child + `@` + s.ComponentDomain + `' id='` + id + child + `'>` + inside + `</message>`)
				got = stranger.await("a refusal", func(st stanza) bool { return st.id == id+child })
				if condition, typ := got.stanzaError(); condition != forbidden || typ != "auth" {
					t.Errorf("%s: a stranger got %s", inside, shape(got))
				}
				shapes = append(shapes, shape(got))
			}
			if shapes[0] != shapes[1] {
				t.Errorf("a stranger can tell: %v", shapes)
			}
		}
		// What only keeps a session of keys up is not a message.
		m.send(`<message type='chat' to='emma@` + s.ComponentDomain + `' id='keys'><encrypted xmlns='eu.siacs.conversations.axolotl'><header sid='1'/></encrypted></message>`)
		m.ask(s.ComponentDomain, "get", "after", `<ping xmlns='urn:xmpp:ping'/>`)
		if len(office.chats) != 0 {
			t.Errorf("the office got %v", office.chats)
		}
	})
}
