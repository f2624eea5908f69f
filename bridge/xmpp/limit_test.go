package xmpp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// Who sends too much is told once, and then no more: an answer to each would be a flood as well.
func TestWhoSendsTooMuchIsToldOnce(t *testing.T) {
	c := NewComponent(Options{
		Domain: "sms.localhost", Office: newRecorder(),
		Known: Rate{Burst: 8, Every: time.Hour}, Unknown: Rate{Burst: 4, Every: time.Hour},
	})
	now := time.Now()
	say := func(xml string) string {
		st, err := decode([]byte(xml), now)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, o := range c.handle(t.Context(), st) {
			octets, err := o.octets(o.XMLName.Local)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(octets))
		}
		return strings.Join(out, "")
	}
	flood := func(from, to string, n int) (refused, silent, taken int) {
		for i := range n {
			switch got := say(fmt.Sprintf(`<iq type='get' id='%d' from='%s' to='%s@sms.localhost'><ping xmlns='urn:xmpp:ping'/></iq>`, i, from, to)); {
			case strings.Contains(got, "resource-constraint"):
				refused++
			case got == "":
				silent++
			default:
				taken++
			}
		}
		return refused, silent, taken
	}
	for _, tt := range []struct {
		from, to string
		taken    int
	}{
		{"stranger@localhost/x", "emma", 4},
		{"other@localhost/x", "nobody", 4}, // the same for an address that does not exist
		{"mum@localhost/x", "emma", 8},
		{"mum@localhost/x", "nobody", 4},
	} {
		if refused, silent, taken := flood(tt.from, tt.to, 20); refused != 1 || taken != tt.taken || silent != 19-tt.taken {
			t.Errorf("%s to %s: %d taken, %d refused, %d not answered", tt.from, tt.to, taken, refused, silent)
		}
	}
	flood("flood@localhost/x", "nobody", 4)
	if got := say(`<message id='1' from='stranger@localhost/y' to='nobody@sms.localhost'><body>x</body></message>`); got != "" {
		t.Errorf("another client of the same person: %s", got)
	}
	if got := say(`<presence type='subscribe' from='stranger@localhost' to='emma@sms.localhost'/>`); got != "" {
		t.Errorf("presence: %s", got)
	}
	if got := say(`<stream id='1' from='flood@localhost/y' to='nobody@sms.localhost'/>`); got != "" {
		t.Errorf("what is no stanza: %s", got)
	}
	now = now.Add(time.Hour)
	if _, _, taken := flood("stranger@localhost/x", "emma", 3); taken != 1 {
		t.Errorf("after an hour %d were taken", taken)
	}
	now = now.Add(24 * time.Hour)
	if refused, _, taken := flood("stranger@localhost/x", "emma", 6); taken != 4 || refused != 1 {
		t.Errorf("after a day %d were taken and %d refused", taken, refused)
	}
}

// What answers something of ours is never too many: an error that was dropped would be a text that is lost.
func TestErrorsAreNeverTooMany(t *testing.T) {
	office := newRecorder()
	c := NewComponent(Options{Domain: "sms.localhost", Office: office, Unknown: Rate{Burst: 1, Every: time.Hour}})
	for i := range 50 {
		st, err := decode(fmt.Appendf(nil, `<message type='error' id='%d' from='gone@localhost' to='emma@sms.localhost'><error type='cancel'/></message>`, i), time.Now())
		if err != nil {
			t.Fatal(err)
		}
		c.handle(t.Context(), st)
	}
	if len(office.bounces) != 50 {
		t.Errorf("%d errors were taken", len(office.bounces))
	}
}

func TestSendersAreForgotten(t *testing.T) {
	l := limiter{known: Rate{Burst: 5, Every: time.Second}, unknown: Rate{Burst: 5, Every: time.Second}, senders: map[sender]*allowance{}}
	now := time.Now()
	for i := range 3 * mostSenders {
		l.take(sender{from: bridge.JID(fmt.Sprint(i))}, now)
	}
	if len(l.senders) > mostSenders {
		t.Errorf("%d senders are counted", len(l.senders))
	}
	later := now.Add(time.Minute)
	for i := range mostSenders {
		l.take(sender{from: bridge.JID(fmt.Sprint("new", i))}, later)
	}
	if l.senders[sender{from: bridge.JID(fmt.Sprint(3*mostSenders - 1))}] != nil {
		t.Error("who was quiet for a minute is still counted")
	}
}

// Grandmother's twenty devices are one person, and all of them are heard.
func TestTwentyDevices(t *testing.T) {
	const devices = 20
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		var all []*client
		for range devices {
			all = append(all, login(t, s, "gran"))
		}
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: string(gran), ID: "many", Body: "hei"})
		for _, m := range all {
			got := m.await("the chat", func(st stanza) bool { return st.id == "many" })
			m.send(`<message to='` + got.from + `'><received xmlns='urn:xmpp:receipts' id='many'/></message>` +
				`<message to='` + got.from + `'><displayed xmlns='urn:xmpp:chat-markers:0' id='many'/></message>`)
		}
		office.await(t, "a word of each", func() bool { return len(office.receipts) == devices && len(office.markers) == devices })
		for _, m := range all {
			if got := m.ask("emma@"+s.ComponentDomain, "get", "alive", askPing); got.typ != "result" {
				t.Errorf("a device is refused: %s", shape(got))
			}
		}
	})
}
