package xmpp

import (
	"strings"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
)

// hostile is what any stranger may send. Servers differ in what of it they pass; the gateway's stream must last.
var hostile = []string{
	`<message type='chat' to='😀@DOMAIN' id='1'><body>hei</body></message>`,
	`<message type='chat' to='♥@DOMAIN/x' id='2'><body>hei</body></message>`,
	`<message type='chat' to='emma@DOMAIN/` + "\u115f" + `' id='3'><body>hei</body></message>`,
	`<message type='chat' to='` + strings.Repeat("x", 1000) + `@DOMAIN' id='4'><body>hei</body></message>`,
	`<presence type='subscribe' to='😀@DOMAIN'/>`,
	`<presence type='probe' to='♥@DOMAIN'/>`,
	`<presence to='emma@DOMAIN/` + "\u115f" + `'/>`,
	`<iq type='get' to='😀@DOMAIN' id='5'><ping xmlns='urn:xmpp:ping'/></iq>`,
	`<iq type='get' to='emma@DOMAIN' id='6'>text before<ping xmlns='urn:xmpp:ping'/></iq>`,
	`<iq type='get' to='DOMAIN' id='7'>text<query xmlns='http://jabber.org/protocol/disco#info'/>behind</iq>`,
	`<iq type='result' to='DOMAIN' id='8'/>`,
	`<iq type='error' to='emma@DOMAIN' id='9'/>`,
	// Elements of the stream's own namespace, which mellium's reader takes for the stream's.
	`<message type='chat' to='emma@DOMAIN' id='10'><body>hei</body><error xmlns='http://etherx.jabber.org/streams'/></message>`,
	`<message type='chat' to='emma@DOMAIN' id='11'><stream xmlns='http://etherx.jabber.org/streams'/></message>`,
	`<message type='chat' to='emma@DOMAIN' id='12'><x xmlns='http://etherx.jabber.org/streams'/></message>`,
	`<message type='chat' to='emma@DOMAIN' id='13'><handshake xmlns='jabber:component:accept'/></message>`,
	// Names that Go's parser refuses.
	`<message type='chat' to='emma@DOMAIN' id='14'><x:a:b:c xmlns:x='urn:example'/></message>`,
	`<message type='chat' to='emma@DOMAIN' id='15'><x:a xmlns:x='urn:example' x:b:c='1'/></message>`,
	`<message type='chat' to='emma@DOMAIN' id='16'><body>a</body><body xml:lang='x'>b</body><body xmlns='jabber:server'>c</body></message>`,
	`<message type='chat' to='emma@DOMAIN' id='17'><body>` + "\u0085\u2028\u202e\u200b\ufdd0" + `</body></message>`,
	`<message type='chat' to='emma@DOMAIN' id='18'>` + strings.Repeat("<a>", 200) + strings.Repeat("</a>", 200) + `</message>`,
	`<message type='chat' to='emma@DOMAIN' id='19'><body>` + strings.Repeat("å", 20000) + `</body></message>`,
	`<message type='unheard-of' to='emma@DOMAIN'><body/></message>`,
	`<message type='error' to='emma@DOMAIN' id='20'/>`,
	`<message type='error' to='emma@DOMAIN' id='21'><error><x:y:z xmlns:x='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>`,
	`<message type='chat' to='DOMAIN' id='22'><delay xmlns='urn:xmpp:delay' from='localhost' stamp='yesterday'/><body>hei</body></message>`,
	`<message type='chat' to='DOMAIN' id='23'><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='-1' end='99999999999999999999'/></fallback><body>hei</body></message>`,
	`<message type='chat' to='emma@DOMAIN' id='` + strings.Repeat("&lt;", 500) + `'><body>]]&gt;&amp;#0;</body></message>`,
}

func TestNoStanzaEndsTheStream(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		office.note(func() { office.subs = nil }) // a subscription would panic in this office: that must not matter either
		for _, xml := range hostile {
			xml = strings.ReplaceAll(xml, "DOMAIN", s.ComponentDomain)
			m := login(t, s, "stranger")
			m.send(xml)
			// The server may end the client's stream; then this is the answer behind.
			if !m.survives(s.ComponentDomain) {
				t.Logf("the server ended the stream of who sent %.80s", xml)
			}
			_ = m.conn.Close()
			if err := c.Barrier(t.Context()); err != nil {
				t.Fatalf("%.80s: %v", xml, err)
			}
		}
		office.await(t, "a look", func() bool {
			if len(office.connected) != 1 {
				t.Errorf("the stream ended: %v", office.connected)
			}
			return true
		})
		if state := c.State(); state.LastError != "" {
			t.Errorf("an error: %s", state.LastError)
		}
	})
}

// survives tells whether the client's stream still works.
func (c *client) survives(domain string) bool {
	if _, err := c.conn.Write([]byte(`<iq type='get' to='` + domain + `' id='alive'>` + askPing + `</iq>`)); err != nil {
		return false
	}
	late := time.After(patience)
	for {
		select {
		case st, more := <-c.stanzas:
			if !more {
				return false
			}
			if st.id == "alive" {
				return true
			}
		case <-late:
			c.t.Fatal("the gateway no longer answers")
		}
	}
}

// Nothing is read into memory without a limit, and who wrote it hears that it was not sent.
func TestWhatIsTooLongIsRefused(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	run(t, server.options(office))
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	long := strings.Repeat("x", 2*maxStanza)
	server.send(t, `<message from='mum@localhost/x' to='emma@sms.localhost' id='long'><body>`+long+`</body></message>`)
	server.awaitInput(t, `to="mum@localhost/x" id="long"><error type="modify"><not-acceptable `)
	server.send(t, `<iq type='get' from='mum@localhost/x' to='sms.localhost' id='longer'><ping xmlns='urn:xmpp:ping'/>`+long+`</iq>`)
	server.awaitInput(t, `id="longer"><error type="modify"><bad-request `)
	server.send(t, `<message from='mum@localhost/x' to='emma@sms.localhost' id='short'><body>hei</body></message>`)
	office.await(t, "a chat behind it", func() bool { return len(office.chats) == 1 && office.chats[0].ID == "short" })
}
