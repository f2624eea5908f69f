package xmpp

import (
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// order is a command's element.
func order(node, rest, inside string) string {
	return `<command xmlns='http://jabber.org/protocol/commands' node='` + node + `' ` + rest + `>` + inside + `</command>`
}

const filledForm = `<x xmlns='jabber:x:data' type='submit'><field var='child'><value>emma</value></field><field var='until'><value>21</value></field><field var='not-asked'><value>x</value></field></x>`

func TestGuardianCommands(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		_, office := connect(t, s)
		m := login(t, s, "mum")
		to := s.ComponentDomain

		items := childOf(m.ask(to, "get", "c1", strings.Replace(askItems, "/>", " node='"+nsCommands+"'/>", 1)), nsDiscoItems, "query")
		if items == nil || len(items.Children) != 2 || items.Children[0].attr("node") != "status" || items.Children[0].attr("name") != "Hvordan står det til?" || items.Children[0].attr("jid") != to {
			t.Errorf("items %+v", items)
		}
		about := childOf(m.ask(to, "get", "c2", strings.Replace(askInfo, "/>", " node='mute'/>", 1)), nsDiscoInfo, "query")
		if id := about.child(nsDiscoInfo, "identity"); id == nil || id.attr("category") != "automation" || id.attr("type") != "command-node" || id.attr("name") != "Stille" || !hasFeature(about, nsForms) {
			t.Errorf("about a command: %+v", about)
		}

		done := childOf(m.ask(to, "set", "c3", order("status", "action='execute' xml:lang='en'", "")), nsCommands, "command")
		if done == nil || done.attr("status") != "completed" || done.child(nsCommands, "note").Text != "Alt er i orden." {
			t.Errorf("one stage: %+v", done)
		}
		if got := language(stanza{}, done); got != "nb" {
			t.Errorf("what is said in nb is marked %q", got)
		}
		asked := childOf(m.ask(to, "set", "c4", order("mute", "", "")), nsCommands, "command")
		form := asked.child(nsForms, "x")
		if asked.attr("status") != "executing" || asked.attr("sessionid") == "" || form == nil || form.attr("type") != "form" {
			t.Fatalf("the first of two stages: %+v", asked)
		}
		if choices := form.Children[2]; choices.attr("var") != "child" || choices.attr("type") != "list-single" || choices.child(nsForms, "required") == nil || choices.child(nsForms, "option").attr("label") != "Emma" {
			t.Errorf("a choice: %+v", choices)
		}
		session := "sessionid='" + asked.attr("sessionid") + "'"

		// Only who began it goes on with it.
		other := login(t, s, "mum")
		if got := other.ask(to, "set", "c5", order("mute", session, filledForm)); got.own("error").child(nsCommands, "bad-sessionid") == nil {
			t.Errorf("another client goes on: %s", shape(got))
		}
		done = childOf(m.ask(to, "set", "c6", order("mute", session+" action='complete'", filledForm)), nsCommands, "command")
		if done == nil || done.attr("status") != "completed" || done.child(nsCommands, "note").Text != "Stille til 21." {
			t.Errorf("the second of two stages: %+v", done)
		}
		if got := m.ask(to, "set", "c7", order("mute", session, filledForm)); got.own("error").child(nsCommands, "bad-sessionid") == nil {
			t.Errorf("a command that is done goes on: %s", shape(got))
		}

		asked = childOf(m.ask(to, "set", "c8", order("mute", "", "")), nsCommands, "command")
		session = "sessionid='" + asked.attr("sessionid") + "'"
		if got := childOf(m.ask(to, "set", "c9", order("mute", session+" action='cancel'", "")), nsCommands, "command"); got == nil || got.attr("status") != "canceled" {
			t.Errorf("canceled: %+v", got)
		}
		if got := m.ask(to, "set", "c10", order("unheard", "", "")); got.typ != "error" {
			t.Errorf("an unknown command: %s", shape(got))
		} else if condition, _ := got.stanzaError(); condition != itemNotFound {
			t.Errorf("an unknown command: %s", shape(got))
		}
		if want := []string{"mum@localhost status  en", "mum@localhost mute  ", "mum@localhost mute emma ", "mum@localhost mute  "}; !equalButLanguage(office.executed, want) {
			t.Errorf("the office did %q", office.executed)
		}

		// Everybody else is answered as if there were none, at every address.
		for _, user := range []string{"gran", "stranger"} {
			c := login(t, s, user)
			for i, address := range []string{to, "emma@" + to, "nobody@" + to} {
				got := c.ask(address, "set", "n"+string(rune('0'+i)), order("status", "action='execute'", ""))
				if condition, typ := got.stanzaError(); condition != serviceUnavailable || typ != "cancel" {
					t.Errorf("%s commands %s: %s", user, address, shape(got))
				}
			}
		}
		if len(office.executed) != 4 {
			t.Errorf("the office did %q", office.executed)
		}
	})
}

// equalButLanguage compares what the office did. Some servers add the stream's language to a stanza that has none.
func equalButLanguage(got, want []string) bool {
	if len(got) != len(want) {
		return false
	}
	for i := range got {
		if !strings.HasPrefix(got[i], want[i]) {
			return false
		}
	}
	return true
}

func TestCommandsThatGoWrong(t *testing.T) {
	const ask = `<iq type='set' id='1' from='mum@localhost/x' to='sms.localhost'>`
	tests := []struct {
		name    string
		execute func(string, map[string]string) (bridge.CommandResult, error)
		command string
		want    string
	}{
		{"gone", failing(bridge.ErrNoCommand), order("status", "", ""), "item-not-found"},
		{"not this role", failing(bridge.ErrNotAllowed), order("status", "", ""), "forbidden"},
		{"not now", failing(errDisk), order("status", "", ""), "internal-server-error"},
		{"no such action", nil, order("status", "action='jump'", ""), "bad-action"},
		{"no such session", nil, order("status", "sessionid='x'", ""), "bad-sessionid"},
		{"cancel what never began", nil, order("status", "action='cancel'", ""), "bad-action"},
		{"wrong", func(string, map[string]string) (bridge.CommandResult, error) {
			return bridge.CommandResult{Wrong: true, Text: "Nei."}, nil
		}, order("status", "", ""), `status="completed"><note type="error">Nei.</note>`},
	}
	for _, tt := range tests {
		office := newRecorder()
		office.execute = tt.execute
		if got := strings.Join(answers(t, office, ask+tt.command+`</iq>`), ""); !strings.Contains(got, tt.want) {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

func failing(err error) func(string, map[string]string) (bridge.CommandResult, error) {
	return func(string, map[string]string) (bridge.CommandResult, error) { return bridge.CommandResult{}, err }
}

// Forms that nobody fills in are forgotten, and nobody fills the memory with them.
func TestDialoguesAreForgotten(t *testing.T) {
	c := NewComponent(Options{Domain: "sms.localhost", Office: newRecorder()})
	now := time.Now()
	for i := range 1000 {
		from := bridge.JID(strings.Repeat("a", i/20+1) + "@localhost")
		c.keepDialogue(string(rune(i)), dialogue{from: from, began: now.Add(time.Duration(i) * time.Millisecond)}, now)
	}
	if len(c.dialogues) != mostSessions {
		t.Errorf("%d dialogues are kept", len(c.dialogues))
	}
	if _, last := c.dialogues[string(rune(999))]; !last {
		t.Error("the newest was forgotten")
	}
	c.keepDialogue("new", dialogue{from: mum, began: now.Add(time.Hour)}, now.Add(time.Hour))
	if len(c.dialogues) != 1 {
		t.Errorf("%d dialogues are kept after an hour", len(c.dialogues))
	}
}

// childOf returns a child of an answer.
func childOf(st stanza, space, local string) *element { return st.child(space, local) }
