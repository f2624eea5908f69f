package xmpp

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// scripted makes a mute server answer: to whatever the component writes, say returns what is written back.
func (m *muteServer) scripted(t *testing.T, greeting string, say func(stanza) string) {
	t.Helper()
	conn := m.accepted()
	in := bufio.NewReader(conn)
	ended := make(chan struct{})
	t.Cleanup(func() { _ = conn.Close(); <-ended })
	go func() {
		defer close(ended)
		for seen := ""; !strings.HasSuffix(seen, "</handshake>"); { // the stream's start tag, which no framer takes for a stanza
			c, err := in.ReadByte()
			if err != nil {
				return
			}
			seen += string(c)
		}
		if _, err := io.WriteString(conn, greeting); err != nil {
			return
		}
		f := framer{in: in, limit: maxStanza}
		for {
			octets, err := f.next()
			if err != nil {
				return
			}
			if st, err := decode(octets, time.Now()); err == nil {
				if _, err := io.WriteString(conn, say(st)); err != nil {
					return
				}
			}
		}
	}()
}

// answered writes an IQ's answer as a server does.
func answered(st stanza, inside string) string {
	return `<iq type='result' id='` + st.id + `' from='` + st.to + `' to='` + st.from + `'>` + inside + `</iq>`
}

// echoes sends a component's IQ to itself back, as every server does with those to a full address. ejabberd 24.12 drops
// those to a bare one without a word where mod_privilege is on, which was seen there.
func echoes(st stanza) string {
	if st.kind != "iq" || !strings.HasPrefix(st.to, "sms.localhost/") {
		return ""
	}
	return `<iq type='` + st.typ + `' id='` + st.id + `' from='` + st.from + `' to='` + st.to + `'><ping xmlns='urn:xmpp:ping'/></iq>`
}

func TestBarrierPassesAServerThatDropsQuestionsToABareAddress(t *testing.T) {
	office := newRecorder()
	server := mute(t)
	o := server.options(office)
	o.BarrierTimeout = time.Second
	c, _ := run(t, o)
	office.await(t, "a connection", func() bool { return len(office.connected) > 0 })
	await(t, "a stream", func() bool { return c.current() != nil })
	server.scripted(t, "", echoes)
	if err := c.Barrier(t.Context()); err != nil {
		t.Error(err)
	}
}

// Both namespaces of XEP-0356, by its text (§4.1 and §5), and servers that promise more than they do.
func TestPrivilegeByTheText(t *testing.T) {
	const (
		kept    = "kept"
		without = "without its subscription"
		refused = "refused"
	)
	gran2 := func(name string) string {
		return `<query xmlns='jabber:iq:roster'><item jid='emma@sms.localhost' name='` + name + `' subscription='to'><group>Mine</group></item></query>`
	}
	tests := []struct {
		name, from, space, access, does, roster string
		want                                    bridge.IntroductionState
		set                                     string // what is written, "" for nothing
	}{
		{name: "version 1", space: "1", access: "both", does: kept, want: bridge.Settled, set: "Emma both Familien"},
		{name: "version 2", space: "2", access: "both", does: kept, want: bridge.Settled, set: "Emma both Familien"},
		{name: "an item that is there", space: "1", access: "both", does: kept, roster: gran2("Emma mi"), want: bridge.Settled, set: "Emma mi both Mine"},
		{name: "not kept", space: "2", access: "both", does: without, want: bridge.Asked, set: "Emma both Familien"},
		{name: "refused", space: "1", access: "both", does: refused, want: bridge.Asked, set: "Emma both Familien"},
		{name: "reading alone", space: "1", access: "get", want: bridge.Asked},
		{name: "no roster", space: "2", access: "none", want: bridge.Asked},
		{name: "version 3", space: "3", access: "both", want: bridge.Asked},
		{name: "of another domain", from: "evil.example", space: "2", access: "both", want: bridge.Asked},
		{name: "of a person", from: "stranger@localhost", space: "2", access: "both", want: bridge.Asked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			office := newRecorder()
			office.introduce = []bridge.Introduction{emmaToGran}
			server := mute(t)
			run(t, server.options(office))
			if tt.from == "" {
				tt.from = "localhost"
			}
			var mu sync.Mutex
			var written []string
			roster := tt.roster
			if roster == "" {
				roster = `<query xmlns='jabber:iq:roster'/>`
			}
			greeting := `<message from='` + tt.from + `' to='sms.localhost'><privilege xmlns='urn:xmpp:privilege:` + tt.space + `'>` +
				`<perm access='roster' type='` + tt.access + `'/><perm access='message' type='outgoing'/></privilege></message>`
			server.scripted(t, greeting, func(st stanza) string {
				query := st.child(nsRoster, "query")
				switch {
				case query == nil:
					return echoes(st)
				case st.typ == "get":
					return answered(st, roster)
				}
				item := query.Children[0]
				mu.Lock()
				written = append(written, item.attr("name")+" "+item.attr("subscription")+" "+item.child(nsRoster, "group").Text)
				mu.Unlock()
				subscription := map[string]string{kept: "both", without: "none"}[tt.does]
				if tt.does == refused {
					return `<iq type='error' id='` + st.id + `' from='` + st.to + `' to='` + st.from + `'><error type='auth'><forbidden xmlns='` + nsStanzas + `'/></error></iq>`
				}
				roster = `<query xmlns='jabber:iq:roster'><item jid='emma@sms.localhost' subscription='` + subscription + `'/></query>`
				return answered(st, "")
			})
			office.await(t, "a note of it", func() bool { return office.introduced[emmaToGran.Subscription] != "" })
			if got := office.introduced[emmaToGran.Subscription]; got != tt.want {
				t.Errorf("it became %s, not %s", got, tt.want)
			}
			mu.Lock()
			defer mu.Unlock()
			if got := strings.Join(written, "; "); got != tt.set {
				t.Errorf("written: %q, not %q", got, tt.set)
			}
		})
	}
}

// ejabberd's own privileges (23.01 speaks version 1, 24.12 version 2) let the gateway read and not write: people are
// asked, and the stream goes on. Whether its API writes instead is found out without writing anything.
func TestRosterRightsOnEjabberd(t *testing.T) {
	t.Parallel()
	s, err := xmpptest.StartEjabberd(t.Context(), xmpptest.Options{Dir: t.TempDir(), Privilege: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	if err := s.Register("gran", "secret"); err != nil {
		t.Fatal(err)
	}
	g := login(t, s, "gran")
	office := newRecorder()
	office.introduce = []bridge.Introduction{emmaToGran}
	c, _ := run(t, options(s, office))
	emma := "emma@" + s.ComponentDomain
	g.presenceFrom(emma, "subscribe")
	office.await(t, "a note of it", func() bool { return office.introduced[emmaToGran.Subscription] == bridge.Asked })
	await(t, "the server's word that the gateway may write", func() bool { return c.mayWrite(gran) })
	if err := c.writeRoster(t.Context(), c.current(), emmaToGran); err == nil {
		t.Error("it can be written: then people need not be asked")
	}
	if err := c.Barrier(t.Context()); err != nil {
		t.Error(err)
	}
	g.send(`<presence type='subscribed' to='` + emma + `'/>`)
	office.await(t, "a yes", func() bool { return office.introduced[emmaToGran.Subscription] == bridge.Settled })
	if len(office.connected) != 1 {
		t.Errorf("the stream ended: %s", c.State().LastError)
	}

	api := RosterAPI{URL: "http://" + s.HTTPAddr + "/api", Domains: []string{s.Domain}}
	if err := api.Check(t.Context()); err != nil {
		t.Errorf("an open API: %v", err)
	}
	conf := filepath.Join(s.Dir, "ejabberd.yml")
	text, err := os.ReadFile(conf)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(conf, []byte(strings.Replace(string(text), `what: ["*"]`, `what: ["status"]`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Post(api.URL+"/reload_config", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if err := api.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "api_permissions") {
		t.Errorf("a closed API: %v", err)
	}
}
