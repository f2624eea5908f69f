package xmpp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// presenceFrom awaits a presence stanza of a type from a bare address.
func (c *client) presenceFrom(bare, typ string) stanza {
	c.t.Helper()
	return c.await("presence "+typ+" from "+bare, func(st stanza) bool {
		return st.kind == "presence" && st.typ == typ && splitAddress(st.from).bare() == bare
	})
}

func TestPresenceOfAChild(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		office := newRecorder()
		c, stop := run(t, options(s, office))
		office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
		emma := "emma@" + s.ComponentDomain
		m := login(t, s, "gran")
		defer func() {
			m.send(`<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='` + emma + `' subscription='remove'/></query></iq>`)
		}()

		m.send(`<presence type='subscribe' to='` + emma + `'/>`)
		m.presenceFrom(emma, "subscribed")
		m.presenceFrom(emma, "unavailable") // no modem yet
		c.SetAvailable(true)
		if got := m.presenceFrom(emma, ""); got.from != emma+"/phone" || got.own("show") != nil || got.own("status") != nil {
			t.Errorf("available: from %s: %s", got.from, shape(got))
		}
		c.SetAvailable(true) // says nothing new
		c.SetAvailable(false)
		m.presenceFrom(emma, "unavailable")
		c.SetAvailable(true)
		m.presenceFrom(emma, "")

		// A client that comes later is told by its server's probe.
		later := login(t, s, "gran")
		later.presenceFrom(emma, "")

		if err := stop(); err != nil {
			t.Fatal(err)
		}
		m.presenceFrom(emma, "unavailable")

		// The next stream tells everybody anew.
		again := newRecorder()
		again.subs = office.subs
		c, _ = run(t, options(s, again))
		c.SetAvailable(true)
		m.presenceFrom(emma, "")

		m.send(`<presence type='unsubscribe' to='` + emma + `'/>`)
		again.await(t, "the end of the subscription", func() bool { return len(again.subs) == 0 })
	})
}

// A guardian reads why a child cannot be reached; a contact sees that it cannot, and no more.
func TestGuardiansSeeWhy(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		c.SetAvailable(true)
		emma := "emma@" + s.ComponentDomain
		m, g := login(t, s, "mum"), login(t, s, "gran")
		for _, who := range []*client{m, g} {
			defer who.send(`<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='` + emma + `' subscription='remove'/></query></iq>`)
			who.send(`<presence type='subscribe' to='` + emma + `'/>`)
			who.presenceFrom(emma, "")
		}
		for _, tt := range []struct{ show, status string }{{"xa", "Telefonen er av"}, {"dnd", "Leggetid til 07.00"}, {"away", "<Utenfor & borte>\x01"}} {
			office.note(func() { office.show, office.status = tt.show, tt.status })
			c.Announce()
			c.Announce() // nothing is told twice
			got := m.presenceFrom(emma, "")
			if got.own("show").Text != tt.show || got.own("status").Text != clean(tt.status) {
				t.Errorf("a guardian sees %s", shape(got))
			}
		}
		// The modem is gone: a guardian is told so, or nothing is there.
		office.note(func() { office.show, office.status = bridge.Unavailable, "Modemet svarer ikke" })
		c.SetAvailable(false)
		if got := m.presenceFrom(emma, "unavailable"); got.own("status") == nil || got.own("status").Text != "Modemet svarer ikke" {
			t.Errorf("a guardian sees %s", shape(got))
		}
		office.note(func() { office.show, office.status = "", "" })
		c.SetAvailable(true)
		m.presenceFrom(emma, "")
		var seen []string
		g.await("everything", func(st stanza) bool {
			if st.kind != "presence" || st.typ == "subscribe" || splitAddress(st.from).bare() != emma {
				return false
			}
			seen = append(seen, st.typ)
			if st.own("show") != nil || st.own("status") != nil {
				t.Errorf("a contact sees %s", shape(st))
			}
			return st.typ == "" && len(seen) > 1
		})
		if !slices.Equal(seen, []string{"unavailable", ""}) {
			t.Errorf("a contact saw %q", seen)
		}
	})
}

func TestGatewayIsThereAsLongAsItIsConnected(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		_, office := connect(t, s)
		m := login(t, s, "mum")
		defer func() {
			m.send(`<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='` + s.ComponentDomain + `' subscription='remove'/></query></iq>`)
		}()
		m.send(`<presence type='subscribe' to='` + s.ComponentDomain + `'/>`)
		m.presenceFrom(s.ComponentDomain, "subscribed")
		m.presenceFrom(s.ComponentDomain, "")
		office.await(t, "the subscription", func() bool {
			return office.subs[bridge.Subscription{Localpart: "", Contact: mum}]
		})
	})
}

// What the server lets through of the answers to a stranger must be alike, and must not be a presence.
func TestStrangersLearnNothingFromPresence(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		c.SetAvailable(true)
		m := login(t, s, "stranger")
		var seen [2][]string
		for i, child := range []string{"emma", "nobody"} {
			bare := child + "@" + s.ComponentDomain
			for _, typ := range []string{"subscribe", "probe", "unsubscribe"} {
				m.send(`<presence type='` + typ + `' to='` + bare + `'/>`)
				m.send(`<iq type='get' to='` + s.ComponentDomain + `' id='` + typ + child + `'>` + askPing + `</iq>`)
				m.await("the answer behind", func(st stanza) bool {
					if st.kind == "presence" && splitAddress(st.from).bare() == bare {
						seen[i] = append(seen[i], typ+": "+shape(st))
						if st.typ == "" || st.typ == "subscribed" {
							t.Errorf("%s was answered by %s", typ, shape(st))
						}
					}
					return st.id == typ+child
				})
			}
		}
		if !slices.Equal(seen[0], seen[1]) {
			t.Errorf("a real child: %q\nan invented one: %q", seen[0], seen[1])
		}
		if len(seen[0]) == 0 {
			t.Error("nothing was answered")
		}
		office.await(t, "a look", func() bool {
			if len(office.subs) != 0 {
				t.Errorf("subscribed: %v", office.subs)
			}
			return true
		})
	})
}

// Neither does the time that an answer takes. Real and invented are asked in turn, so that whatever else the machine
// does meets both, and the middle of many is compared.
func TestStrangersLearnNothingFromTime(t *testing.T) {
	ask := map[string]string{
		"a message":  `<message type='chat' to='CHILD' id='ID'><body>hei</body></message>`,
		"a question": `<iq type='get' to='CHILD' id='ID'>` + askInfo + `</iq>`,
		"a card":     `<iq type='get' to='CHILD' id='ID'>` + askVCard + `</iq>`,
		// Servers drop answers to requests for presence, if alike for all: the question behind is answered.
		"presence": `<presence type='subscribe' to='CHILD'/><iq type='get' to='DOMAIN' id='ID'>` + askPing + `</iq>`,
	}
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		office.note(func() {
			office.take = func(chat bridge.Chat) error {
				return c.Send(context.Background(), bridge.Stanza{
					Kind: bridge.ErrorStanza, From: chat.To, To: string(chat.From) + "/" + chat.Resource, Refers: chat.ID, Condition: forbidden,
				})
			}
		})
		m := login(t, s, "stranger")
		for what, xml := range ask {
			rounds := 150
			if what == "presence" {
				rounds = 25 // Prosody's second answer waits for the TCP acknowledgement of the first
			}
			took := map[string][]time.Duration{}
			for i := range rounds {
				for _, child := range []string{"emma", "nope"} { // of one length
					id := fmt.Sprintf("%s%s%d", what[:3], child, i)
					begin := time.Now()
					m.send(strings.NewReplacer("CHILD", child+"@"+s.ComponentDomain, "DOMAIN", s.ComponentDomain, "ID", id).Replace(xml))
					m.await("the answer", func(st stanza) bool { return st.id == id })
					took[child] = append(took[child], time.Since(begin))
				}
			}
			there, invented := middle(took["emma"]), middle(took["nope"])
			if longer, shorter := max(there, invented), min(there, invented); longer > shorter*3/2 && longer-shorter > 300*time.Microsecond {
				t.Errorf("%s: a real child answers within %v, an invented one within %v", what, there, invented)
			}
		}
	})
}

// middle is the median.
func middle(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
