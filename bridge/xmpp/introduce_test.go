package xmpp

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// emmaToGran is an introduction that the family wishes for.
var emmaToGran = bridge.Introduction{
	Subscription: bridge.Subscription{Localpart: "emma", Contact: gran}, Name: "Emma", Group: "Familien",
}

// rosterOf returns the item of an address in a client's roster, nil when there is none.
func (c *client) rosterOf(jid string) *element {
	c.send(`<iq type='get' id='look'><query xmlns='jabber:iq:roster'/></iq>`)
	answer := c.await("the roster", func(st stanza) bool { return st.id == "look" })
	for i := range answer.Children[0].Children {
		if item := &answer.Children[0].Children[i]; item.attr("jid") == jid {
			return item
		}
	}
	return nil
}

// Where the server lets the gateway write rosters, or has an API for it, a child is there without anybody's typing,
// with its name, and is seen at once.
func TestChildComesIntoARosterWithoutTyping(t *testing.T) {
	for _, shared := range servers {
		t.Run(shared.name, func(t *testing.T) {
			s, err := shared.get()
			if shared.name == xmpptest.Prosody { // one that lets the gateway write rosters; the API of the other does
				if s, err = shared.start(t.Context(), xmpptest.Options{Dir: t.TempDir(), Privilege: true}); err == nil {
					t.Cleanup(func() { _ = s.Stop() })
					err = s.Register("gran", "secret")
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			m := login(t, s, "gran")
			emma := "emma@" + s.ComponentDomain
			defer m.send(`<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='` + emma + `' subscription='remove'/></query></iq>`)
			office := newRecorder()
			office.introduce = []bridge.Introduction{emmaToGran}
			o := options(s, office)
			if shared.name == xmpptest.Ejabberd {
				o.Rosters = RosterAPI{URL: "http://" + s.HTTPAddr + "/api/", Domains: []string{s.Domain}}
			}
			c, stop := run(t, o)
			c.SetAvailable(true)
			m.await("a roster push", func(st stanza) bool { return st.kind == "iq" && st.typ == "set" && st.child(nsRoster, "query") != nil })
			m.presenceFrom(emma, "")
			item := m.rosterOf(emma)
			if item == nil || item.attr("name") != "Emma" || item.attr("subscription") != "both" || item.child(nsRoster, "group").Text != "Familien" {
				t.Fatalf("in the roster: %+v", item)
			}
			office.await(t, "a note of it", func() bool { return office.introduced[emmaToGran.Subscription] == bridge.Settled })
			if !office.subs[emmaToGran.Subscription] {
				t.Error("the subscription is not kept")
			}

			// A name that its owner gave stays, should it ever be written again.
			if shared.name == xmpptest.Prosody {
				m.send(`<iq type='set' id='rename'><query xmlns='jabber:iq:roster'><item jid='` + emma + `' name='Emma mi'/></query></iq>`)
				m.await("the new name", func(st stanza) bool { return st.id == "rename" })
				if err := stop(); err != nil {
					t.Fatal(err)
				}
				again := newRecorder()
				again.introduce = []bridge.Introduction{emmaToGran}
				run(t, options(s, again))
				again.await(t, "a note of it", func() bool { return again.introduced[emmaToGran.Subscription] == bridge.Settled })
				if item := m.rosterOf(emma); item == nil || item.attr("name") != "Emma mi" {
					t.Errorf("in the roster: %+v", item)
				}
			}
		})
	}
}

// Elsewhere the person is asked once, with the child's name, and a no is a no.
func TestContactIsAskedOnceAndMayDecline(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		for answer, want := range map[string]bridge.IntroductionState{"unsubscribed": bridge.Declined, "subscribed": bridge.Settled} {
			m := login(t, s, "gran")
			emma := "emma@" + s.ComponentDomain
			// Servers keep a request until it is answered: this one is another test's.
			m.send(`<presence type='unsubscribed' to='` + emma + `'/>`)
			m.rosterOf(emma)
			office := newRecorder()
			office.introduce = []bridge.Introduction{emmaToGran}
			c, stop := run(t, options(s, office))
			got := m.presenceFrom(emma, "subscribe")
			if n := got.child("http://jabber.org/protocol/nick", "nick"); n == nil || n.Text != "Emma" || got.from != emma {
				t.Errorf("asked by %s: %s", got.from, shape(got))
			}
			office.await(t, "a note of it", func() bool { return office.introduced[emmaToGran.Subscription] == bridge.Asked })
			m.send(`<presence type='` + answer + `' to='` + emma + `'/>`)
			office.await(t, answer, func() bool { return office.introduced[emmaToGran.Subscription] == want })
			// Neither a change of the family nor a new start asks again.
			c.Introduce()
			if err := c.Barrier(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			again, stopAgain := run(t, options(s, office))
			await(t, "a stream", func() bool { return again.current() != nil })
			m.send(`<iq type='get' to='` + s.ComponentDomain + `' id='behind'>` + askPing + `</iq>`)
			m.await("the answer behind", func(st stanza) bool {
				if st.kind == "presence" && st.typ == "subscribe" {
					t.Errorf("asked again: %s", shape(st))
				}
				return st.id == "behind"
			})
			if err := stopAgain(); err != nil {
				t.Fatal(err)
			}
			m.send(`<iq type='set' id='gone'><query xmlns='jabber:iq:roster'><item jid='` + emma + `' subscription='remove'/></query></iq>`)
			m.await("the removal", func(st stanza) bool { return st.id == "gone" })
			_ = m.conn.Close()
		}
	})
}

// Nobody but the one who was asked, and nobody who may not know of the child, changes what is noted.
func TestAnswersToIntroductionsOfOthers(t *testing.T) {
	office := newRecorder()
	for _, xml := range []string{
		`<presence type='unsubscribed' from='stranger@localhost' to='emma@sms.localhost'/>`,
		`<presence type='subscribed' from='stranger@localhost' to='nobody@sms.localhost'/>`,
		`<presence type='subscribed' from='😀@localhost' to='emma@sms.localhost'/>`,
	} {
		if got := answers(t, office, xml); len(got) > 0 {
			t.Errorf("%s was answered by %v", xml, got)
		}
	}
	if len(office.introduced) > 0 {
		t.Errorf("noted: %v", office.introduced)
	}
}

func TestRosterAPISaysWhatIsWrong(t *testing.T) {
	tests := []struct {
		status     int
		said, want string
	}{
		{200, "0", ""},
		{200, `"ok"`, ""},
		{200, "1", "answered 1"},
		{401, "", "api_permissions"},
		{403, "", "api_permissions"},
		{404, "", "mod_admin_extra"},
		{400, `"unknown_command"`, "mod_admin_extra"},
		{500, "broken", "broken"},
	}
	for _, tt := range tests {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Authorization") != "Bearer s3cret" || r.URL.Path != "/api/add_rosteritem" {
				t.Errorf("%s %s", r.URL.Path, r.Header.Get("Authorization"))
			}
			w.WriteHeader(tt.status)
			_, _ = w.Write([]byte(tt.said))
		}))
		api := RosterAPI{URL: server.URL + "/api", Token: "s3cret", Domains: []string{"localhost"}}
		err := api.add(t.Context(), emmaToGran, "emma@sms.localhost")
		server.Close()
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%d %s: %v", tt.status, tt.said, err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the token is in %v", err)
		}
	}
	api := RosterAPI{URL: "http://127.0.0.1:1/api", Domains: []string{"localhost"}}
	if err := api.add(t.Context(), emmaToGran, "emma@sms.localhost"); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("no API: %v", err)
	}
	if err := api.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("no API, looked at: %v", err)
	}
	if api.serves("gran@elsewhere.example") || !api.serves(gran) || (RosterAPI{}).serves(gran) {
		t.Error("whom it serves")
	}
}
