package xmpp

import (
	"context"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// answers returns what a component says to a stanza that a server would hand to it, as XML.
func answers(t *testing.T, office Office, xml string) []string {
	t.Helper()
	c := NewComponent(Options{Domain: "sms.localhost", Office: office})
	st, err := decode([]byte(xml), time.Now())
	if err != nil {
		t.Fatalf("%s: %v", xml, err)
	}
	var out []string
	for _, o := range c.handle(context.Background(), st) {
		octets, err := o.octets(o.XMLName.Local)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(octets))
	}
	return out
}

// Strangers are answered with the same octets, whomever they write to: from addresses that are nobody's, and from
// such as RFC 7622 does not allow.
func TestStrangersGetTheSameOctets(t *testing.T) {
	froms := []string{"stranger@localhost/x", "😀@localhost/x", "a@localhost/\u115f", "localhost", "mum@evil.example", "@", "a@b@c/d/e"}
	stanzas := []string{
		`<presence type='subscribe' FROM TO/>`,
		`<presence type='unsubscribe' FROM TO/>`,
		`<presence type='probe' FROM TO/>`,
		`<iq type='get' id='1' FROM TO><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
		`<iq type='set' id='1' FROM TO><ping xmlns='urn:xmpp:ping'/></iq>`,
		`<iq type='get' id='1' FROM TO/>`,
		`<iq type='forget' id='1' FROM TO/>`,
		`<iq id='1' FROM TO/>`,
		`<iq type='get' FROM TO><ping xmlns='urn:xmpp:ping'/></iq>`,
		`<message id='1' FROM TO><openpgp xmlns='urn:xmpp:openpgp:0'/></message>`,
		`<message id='1' FROM TO><a:b:c/></message>`,
		`<iq type='get' id='1' FROM TO><vCard xmlns='vcard-temp'/></iq>`,
		`<iq type='set' id='1' FROM TO><vCard xmlns='vcard-temp'/></iq>`,
		`<iq type='set' id='1' FROM TO><command xmlns='http://jabber.org/protocol/commands' node='status' action='execute'/></iq>`,
		`<iq type='set' id='1' FROM TO><command xmlns='http://jabber.org/protocol/commands' node='status' sessionid='x'/></iq>`,
		`<iq type='get' id='1' FROM TO><query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/></iq>`,
		`<iq type='get' id='1' FROM TO><query xmlns='http://jabber.org/protocol/disco#info' node='status'/></iq>`,
		`<iq type='get' id='1' FROM TO><query xmlns='jabber:iq:version'/></iq>`,
		`<iq type='get' id='1' FROM TO><time xmlns='urn:xmpp:time'/></iq>`,
	}
	for _, from := range froms {
		for _, stanza := range stanzas {
			var got []string
			for _, child := range []string{"emma", "bobby", "♥", "bob\u115f"} {
				xml := strings.NewReplacer("FROM", "from='"+from+"'", "TO", "to='"+child+"@sms.localhost'").Replace(stanza)
				all := answers(t, newRecorder(), xml)
				if len(all) == 0 {
					t.Errorf("%s: no answer", xml)
				}
				got = append(got, strings.ReplaceAll(strings.Join(all, ""), child, "CHILD"))
			}
			for _, g := range got[1:] {
				if g != got[0] {
					t.Errorf("%s from %s: %s and %s", stanza, from, got[0], g)
				}
			}
		}
	}
}

// What is taken quietly is so for everybody, and a stranger's says nothing either.
func TestStrangersQuietThings(t *testing.T) {
	for _, inside := range []string{
		`<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>`,
		`<received xmlns='urn:xmpp:receipts' id='1'/>`,
		`<retract xmlns='urn:xmpp:message-retract:1' id='1'/>`,
		`<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>x</reaction></reactions>`,
		`<composing xmlns='http://jabber.org/protocol/chatstates'/>`,
		`<paused xmlns='http://jabber.org/protocol/chatstates'/><no-store xmlns='urn:xmpp:hints'/>`,
		`<privilege xmlns='urn:xmpp:privilege:2'><perm access='roster' type='both'/></privilege>`,
	} {
		for _, from := range []string{"stranger@localhost/x", "mum@localhost/x"} {
			for _, child := range []string{"emma", "bobby"} {
				office := newRecorder()
				xml := `<message type='chat' id='1' from='` + from + `' to='` + child + `@sms.localhost'>` + inside + `</message>`
				if got := answers(t, office, xml); len(got) > 0 {
					t.Errorf("%s was answered by %v", xml, got)
				}
				if len(office.chats) > 0 {
					t.Errorf("%s became a chat", xml)
				}
			}
		}
	}
}

func TestWhatIsNeverAnswered(t *testing.T) {
	for _, xml := range []string{
		`<iq type='result' id='1' from='mum@localhost/x' to='emma@sms.localhost'/>`,
		`<iq type='error' id='1' from='mum@localhost/x' to='emma@sms.localhost'><error type='cancel'/></iq>`,
		`<message type='error' id='1' from='mum@localhost/x' to='emma@sms.localhost'><body>x</body></message>`,
		`<message type='error' from='mum@localhost/x' to='emma@sms.localhost'><a:b:c/></message>`,
		`<presence type='error' from='mum@localhost/x' to='emma@sms.localhost'/>`,
		`<presence from='mum@localhost/x' to='emma@sms.localhost'/>`,
		`<presence type='unavailable' from='mum@localhost/x' to='emma@sms.localhost'/>`,
		`<presence type='subscribed' from='mum@localhost/x' to='emma@sms.localhost'/>`,
		`<message type='groupchat' from='mum@localhost/x' to='emma@sms.localhost'><a:b:c/></message>`,
		`<message from='mum@localhost/x' to='emma@other.example'><body>for another component</body></message>`,
		`<iq type='get' id='1' from='mum@localhost/x' to='other.example'><ping xmlns='urn:xmpp:ping'/></iq>`,
		`<iq type='get' id='1' from='mum@localhost/x'><ping xmlns='urn:xmpp:ping'/></iq>`,
		`<iq xmlns='urn:example' type='get' id='1' from='mum@localhost/x' to='emma@sms.localhost'/>`,
		`<unheard from='mum@localhost/x' to='emma@sms.localhost'/>`,
	} {
		if got := answers(t, newRecorder(), xml); len(got) != 0 {
			t.Errorf("%s was answered by %v", xml, got)
		}
	}
}

func TestOfficeThatCannotAnswer(t *testing.T) {
	office := newRecorder()
	office.fails = errDisk
	for _, xml := range []string{
		`<iq type='get' id='1' from='mum@localhost/x' to='emma@sms.localhost'><ping xmlns='urn:xmpp:ping'/></iq>`,
		`<iq type='get' id='1' from='mum@localhost/x' to='sms.localhost'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>`,
		`<message id='1' from='mum@localhost/x' to='emma@sms.localhost'><openpgp xmlns='urn:xmpp:openpgp:0'/></message>`,
	} {
		got := strings.Join(answers(t, office, xml), "")
		if !strings.Contains(got, `<error type="wait"><internal-server-error `) {
			t.Errorf("%s was answered by %s", xml, got)
		}
	}
	for _, typ := range []string{"subscribe", "probe"} {
		xml := `<presence type='` + typ + `' from='mum@localhost' to='emma@sms.localhost'/>`
		if got := answers(t, office, xml); len(got) != 0 {
			t.Errorf("%s was answered by %v: a fault must hold", xml, got)
		}
	}
}

func TestSubscriptionAnswers(t *testing.T) {
	const granted = `<presence type="subscribed" from="emma@sms.localhost" to="gran@localhost"></presence>`
	const away = `<presence type="unavailable" from="emma@sms.localhost/phone" to="gran@localhost"></presence>`
	const back = `<presence type="subscribe" from="emma@sms.localhost" to="gran@localhost"><nick xmlns="http://jabber.org/protocol/nick">Emma</nick></presence>`
	const refused = `<presence type="unsubscribed" from="emma@sms.localhost" to="gran@localhost"></presence>`
	tests := []struct {
		typ  string
		subs map[bridge.Subscription]bool
		want string
	}{
		{"subscribe", nil, granted + away + back},
		{"probe", map[bridge.Subscription]bool{{Localpart: "emma", Contact: gran}: true}, away},
		{"unsubscribe", nil, refused},
	}
	for _, tt := range tests {
		office := newRecorder()
		if tt.subs != nil {
			office.subs = tt.subs
		}
		got := strings.Join(answers(t, office, `<presence type='`+tt.typ+`' from='gran@localhost/x' to='EMMA@SMS.localhost'/>`), "")
		if got != tt.want {
			t.Errorf("%s: %s, not %s", tt.typ, got, tt.want)
		}
	}
}

func TestFamilyEndsASubscription(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	c, _ := run(t, server.options(office))
	ended := []bridge.Subscription{{Localpart: "emma", Contact: gran}}
	c.Revoke(ended) // without a stream there is nobody to tell
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	await(t, "a stream", func() bool { return c.current() != nil })
	c.Revoke(ended)
	server.awaitInput(t, `<presence type="unavailable" from="emma@sms.localhost/phone" to="gran@localhost"></presence>`+
		`<presence type="unsubscribed" from="emma@sms.localhost" to="gran@localhost"></presence>`)
}
