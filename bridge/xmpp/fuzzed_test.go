package xmpp

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// Below the server, where nothing was sorted out: a stream of a thousand odd stanzas, and a megabyte of body, is
// survived. Questions get one answer each, errors and results none, and no words from nowhere become a chat.
func TestThousandOddStanzasBelowTheServer(t *testing.T) {
	const many = 1200
	office := newRecorder()
	server := mute(t)
	o := server.options(office)
	o.Unknown, o.Known = Rate{Burst: 1 << 20, Every: time.Millisecond}, Rate{Burst: 1 << 20, Every: time.Millisecond}
	c, _ := run(t, o)
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	await(t, "a stream", func() bool { return c.current() != nil })
	f := xmpptest.NewOdd(120)
	answered, silent := map[string]bool{}, map[string]bool{}
	conn := server.accepted()
	go func() { // what the component writes must be read meanwhile
		for i := range many {
			id := fmt.Sprintf("z%dz", i)
			xml, kind, typ, from, to := f.Stanza(id)
			question := kind == "iq" && (typ == "get" || typ == "set")
			// A start tag that is no XML at all says neither who asks nor whom: there is nobody to answer.
			ours := !strings.Contains(from, "\x00") && strings.HasSuffix(strings.ToLower(splitAddress(to).domain), "sms.localhost") && !strings.EqualFold(splitAddress(from).domain, "sms.localhost")
			office.note(func() {
				answered[id] = question && ours
				silent[id] = typ == "error" || kind == "iq" && typ == "result" || !ours
			})
			_, _ = conn.Write([]byte(xml))
		}
		_, _ = conn.Write([]byte(`<message type='chat' id='zlongz' from='mum@localhost/x' to='emma@sms.localhost'><body>` + strings.Repeat("æ", 1<<19) + `</body></message>`))
		_, _ = conn.Write([]byte(`<iq type='get' id='zlastz' from='mum@localhost/x' to='sms.localhost'><ping xmlns='urn:xmpp:ping'/></iq>`))
	}()
	server.awaitInput(t, `id="zlastz"`)
	office.await(t, "the look", func() bool { return true })
	said := map[string]int{}
	for _, m := range regexp.MustCompile(` id="(z\d+z)"`).FindAllStringSubmatch(server.got.String(), -1) {
		said[m[1]]++
	}
	for id, wanted := range answered {
		n := said[id]
		if wanted && n != 1 {
			t.Errorf("the question %s was answered %d times", id, n)
		}
		if silent[id] && n != 0 {
			t.Errorf("%s was answered %d times and should not be", id, n)
		}
	}
	for _, chat := range office.chats {
		if _, err := prepare(string(chat.From)); err != nil || chat.Body == "" && len(chat.Attachments) == 0 {
			t.Errorf("a chat out of nothing: %+v", chat)
		}
	}
	if len(office.chats) == 0 || len(office.bounces) == 0 {
		t.Errorf("%d chats and %d errors: nothing was fuzzed", len(office.chats), len(office.bounces))
	}
	if len(office.connected) != 1 {
		t.Errorf("the stream ended: %s", c.State().LastError)
	}
}

// friendlyOffice lets everybody see Ola and Emma, as that of a family whose children know each other would.
type friendlyOffice struct{ *recorder }

func (friendlyOffice) Sees(_ context.Context, _ bridge.JID, to string) (string, bool, error) {
	return to, to == "ola" || to == "emma", nil
}

func (friendlyOffice) Subscribe(_ context.Context, _ bridge.JID, to string) (bool, error) {
	return to == "ola" || to == "emma", nil
}

// Two gateways that write to each other come to rest, whatever was said first.
func TestTwoGatewaysComeToRest(t *testing.T) {
	gateways := map[string]*Component{}
	var wire []string // what was written and not yet delivered
	for _, domain := range []string{"sms.one.example", "sms.two.example"} {
		office := newRecorder()
		office.take = func(chat bridge.Chat) error { // what the post office does with a stranger's
			octets, err := buildStanza(domain, bridge.Stanza{
				Kind: bridge.ErrorStanza, From: chat.To, To: string(chat.From) + "/" + chat.Resource, Refers: chat.ID, Condition: forbidden,
			})
			wire = append(wire, string(octets))
			return err
		}
		gateways[domain] = NewComponent(Options{Domain: domain, Office: friendlyOffice{office}})
	}
	var firsts []string
	for _, typ := range []string{"subscribe", "subscribed", "unsubscribe", "unsubscribed", "probe", "unavailable", "error"} {
		firsts = append(firsts, `<presence type='`+typ+`' from='emma@sms.one.example' to='ola@sms.two.example'/>`)
	}
	for _, first := range firsts {
		firsts = append(firsts, strings.ReplaceAll(first, "ola", "nobody"))
	}
	for _, typ := range []string{"get", "set", "result", "error", "x"} {
		firsts = append(firsts, `<iq id='1' type='`+typ+`' from='emma@sms.one.example/phone' to='ola@sms.two.example/phone'><ping xmlns='urn:xmpp:ping'/></iq>`)
	}
	for _, typ := range []string{"chat", "normal", "error", "groupchat", "headline"} {
		firsts = append(firsts, `<message id='1' type='`+typ+`' from='emma@sms.one.example/phone' to='ola@sms.two.example'><body>hei</body><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>`)
	}
	for _, first := range firsts {
		wire = []string{first}
		steps := 0
		for ; len(wire) > 0 && steps < 30; steps++ {
			next := wire[0]
			wire = wire[1:]
			st, err := decode([]byte(next), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			c := gateways[splitAddress(st.to).domain]
			for _, o := range c.handle(t.Context(), st) {
				octets, err := o.octets(o.XMLName.Local)
				if err != nil {
					t.Fatal(err)
				}
				wire = append(wire, string(octets))
			}
		}
		if len(wire) > 0 {
			t.Errorf("%s: %d steps, and then %q", first, steps, wire)
		}
	}
}
