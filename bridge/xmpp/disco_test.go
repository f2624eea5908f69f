package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
)

// The questions that clients ask.
const (
	askInfo    = `<query xmlns='http://jabber.org/protocol/disco#info'/>`
	askItems   = `<query xmlns='http://jabber.org/protocol/disco#items'/>`
	askPing    = `<ping xmlns='urn:xmpp:ping'/>`
	askVersion = `<query xmlns='jabber:iq:version'/>`
	askTime    = `<time xmlns='urn:xmpp:time'/>`
	askVCard   = `<vCard xmlns='vcard-temp'/>`
)

func TestDiscoOfTheGateway(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		connect(t, s)
		names := map[string]string{"mum": "Knapp", "gran": "", "stranger": ""}
		items := map[string]int{"mum": 1, "gran": 0, "stranger": 0}
		for user := range names {
			m := login(t, s, user)
			got := m.ask(s.ComponentDomain, "get", "i1", askInfo)
			query := got.child(nsDiscoInfo, "query")
			if got.typ != "result" || query == nil {
				t.Fatalf("%s: %s", user, shape(got))
			}
			id := query.child(nsDiscoInfo, "identity")
			if id == nil || id.attr("category") != "gateway" || id.attr("type") != "sms" || id.attr("name") != names[user] {
				t.Errorf("%s: identity %+v", user, id)
			}
			for feature, guardians := range map[string]bool{nsPing: false, nsVersion: false, nsTime: false, nsReceipts: false, nsVCard: true, nsCommands: true} {
				if has := hasFeature(query, feature); has != (!guardians || user == "mum") {
					t.Errorf("%s: %s is announced: %v", user, feature, has)
				}
			}
			got = m.ask(s.ComponentDomain, "get", "i2", askItems)
			query = got.child(nsDiscoItems, "query")
			if got.typ != "result" || query == nil || len(query.Children) != items[user] {
				t.Fatalf("%s: items %s", user, shape(got))
			}
			for _, item := range query.Children {
				if item.attr("jid") != "emma@"+s.ComponentDomain || item.attr("name") != "Emma" {
					t.Errorf("%s: item %+v", user, item)
				}
			}
		}
	})
}

// hasFeature tells whether a feature is announced.
func hasFeature(query *element, name string) bool {
	for _, f := range query.Children {
		if f.Name.Local == "feature" && f.attr("var") == name {
			return true
		}
	}
	return false
}

func TestQuestionsToAChildThatIsSeen(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		connect(t, s)
		for _, user := range []string{"mum", "gran"} {
			m := login(t, s, user)
			for _, to := range []string{"emma@" + s.ComponentDomain, "emma@" + s.ComponentDomain + "/phone"} {
				info := m.ask(to, "get", "q1", askInfo)
				query := info.child(nsDiscoInfo, "query")
				if query == nil || info.from != to {
					t.Fatalf("%s: %s from %s", user, shape(info), info.from)
				}
				id := query.child(nsDiscoInfo, "identity")
				if id == nil || id.attr("category") != "client" || id.attr("type") != "phone" || id.attr("name") != "Emma" {
					t.Errorf("%s: identity %+v", user, id)
				}
				for _, feature := range []string{"urn:xmpp:message-correct:0", "urn:xmpp:message-retract:1", "vcard-temp", "urn:xmpp:receipts", "jabber:x:oob"} {
					if !hasFeature(query, feature) {
						t.Errorf("%s: %s is not announced", user, feature)
					}
				}
				if hasFeature(query, nsCommands) {
					t.Errorf("%s: a child has commands", user)
				}
				if got := m.ask(to, "get", "q2", askPing); got.typ != "result" {
					t.Errorf("%s: ping: %s", user, shape(got))
				}
				answer := m.ask(to, "get", "q3", askVersion)
				version := answer.child(nsVersion, "query")
				if version == nil || version.child(nsVersion, "name").Text != "Knapp" || version.child(nsVersion, "version").Text != "1.2" {
					t.Errorf("%s: version %+v", user, version)
				}
				answer = m.ask(to, "get", "q4", askTime)
				now := answer.child(nsTime, "time")
				if now == nil || now.child(nsTime, "tzo") == nil {
					t.Fatalf("%s: time %+v", user, now)
				}
				if at, err := time.Parse(time.RFC3339, now.child(nsTime, "utc").Text); err != nil || time.Since(at) > patience {
					t.Errorf("%s: time %v, %v", user, at, err)
				}
				if got := m.ask(to, "get", "q5", askItems); got.typ != "result" || len(got.Children[0].Children) != 0 {
					t.Errorf("%s: items: %s", user, shape(got))
				}
				node := m.ask(to, "get", "q6", strings.Replace(askInfo, "/>", " node='x'/>", 1))
				if condition, _ := node.stanzaError(); condition != itemNotFound {
					t.Errorf("%s: node: %s", user, shape(node))
				}
			}
		}
	})
}

// Whoever may not know of a child gets the same octets for a child that is there and for one that is not.
func TestStrangersCannotTellWhoIsThere(t *testing.T) {
	type question struct{ typ, inside string }
	var questions []question
	for _, inside := range []string{
		askInfo, askItems, askPing, askVersion, askTime, askVCard,
		strings.Replace(askInfo, "/>", " node='x'/>", 1),
		`<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='eu.siacs.conversations.axolotl.devicelist'/></pubsub>`,
		`<command xmlns='http://jabber.org/protocol/commands' node='x'/>`,
		`<command xmlns='http://jabber.org/protocol/commands' node='status' action='execute'/>`,
		strings.Replace(askItems, "/>", " node='http://jabber.org/protocol/commands'/>", 1),
		`<unheard xmlns='urn:example'/>`,
	} {
		questions = append(questions, question{"get", inside}, question{"set", inside})
	}
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		connect(t, s)
		ask := func(user, child string) (shapes []string) {
			m := login(t, s, user)
			for i, q := range questions {
				for _, resource := range []string{"", "/phone", "/x"} {
					st := m.ask(child+"@"+s.ComponentDomain+resource, q.typ, fmt.Sprintf("s%d%s%s", i, q.typ, resource), q.inside)
					shapes = append(shapes, shape(st))
					if condition, typ := st.stanzaError(); condition != serviceUnavailable || typ != "cancel" {
						t.Errorf("%s asks %s %s: %s", user, q.typ, q.inside, shape(st))
					}
				}
			}
			return shapes
		}
		emma, nobody := ask("stranger", "emma"), ask("stranger", "nobody")
		for i := range emma {
			if emma[i] != nobody[i] {
				t.Errorf("a real child: %s\nan invented one: %s", emma[i], nobody[i])
			}
		}
		ask("mum", "nobody") // a guardian's question about nobody is answered too
	})
}

func TestMalformedQuestions(t *testing.T) {
	tests := []struct{ name, xml, condition string }{
		{"no payload", `<iq type='get' id='%s' to='%s'/>`, badRequest},
		{"two payloads", `<iq type='get' id='%s' to='%s'>` + askPing + askPing + `</iq>`, badRequest},
		{"text before the payload", `<iq type='get' id='%s' to='%s'>hei` + askPing + `</iq>`, ""},
		{"unknown namespace", `<iq type='get' id='%s' to='%s'><a xmlns='urn:example'/></iq>`, serviceUnavailable},
		{"wrong element", `<iq type='get' id='%s' to='%s'><pong xmlns='urn:xmpp:ping'/></iq>`, serviceUnavailable},
		{"set", `<iq type='set' id='%s' to='%s'>` + askPing + `</iq>`, serviceUnavailable},
	}
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		connect(t, s)
		m := login(t, s, "mum")
		for i, tt := range tests {
			id := fmt.Sprintf("mal%d", i)
			m.send(fmt.Sprintf(tt.xml, id, s.ComponentDomain))
			got := m.await(tt.name, func(st stanza) bool { return st.id == id })
			condition := ""
			if got.typ == "error" {
				condition, _ = got.stanzaError()
			}
			if condition != tt.condition {
				t.Errorf("%s: %s", tt.name, shape(got))
			}
		}
	})
}
