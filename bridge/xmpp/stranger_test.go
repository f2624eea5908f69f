package xmpp

import (
	"context"
	"net"
	"os/exec"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// A client of another make, in the hands of a stranger, cannot tell a child from none.
func TestStrangerWithSlixmpp(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		office.note(func() {
			office.take = func(chat bridge.Chat) error { // what the post office does with a stranger's
				return c.Send(context.Background(), bridge.Stanza{
					Kind: bridge.ErrorStanza, From: chat.To, To: string(chat.From) + "/" + chat.Resource,
					ID: "e", Refers: chat.ID, Condition: forbidden,
				})
			}
		})
		var said [2]string
		for i, child := range []string{"emma", "nobody"} {
			host, port, err := net.SplitHostPort(s.C2SAddr)
			if err != nil {
				t.Fatal(err)
			}
			script := exec.CommandContext(t.Context(), "/usr/bin/python3", "testdata/stranger.py",
				"stranger@"+s.Domain, "secret", host, port, s.Certificate(), child+"@"+s.ComponentDomain)
			var complaints strings.Builder
			script.Stderr = &complaints
			out, err := script.Output()
			if err != nil {
				t.Fatalf("%v\n%s%s", err, out, complaints.String())
			}
			said[i] = string(out)
			for _, want := range []string{`["chat", `, `forbidden`, `["subscribe", `, `unsubscribed`, `["info", `, `["items", `, `["version", `, `["ping", `} {
				if !strings.Contains(said[i], want) {
					t.Errorf("%s: %s is missing from\n%s%s", child, want, said[i], complaints.String())
				}
			}
			if n := strings.Count(said[i], "service-unavailable"); n != 4 {
				t.Errorf("%s: %d questions were refused, not 4:\n%s", child, n, said[i])
			}
		}
		if said[0] != said[1] {
			t.Errorf("a real child:\n%s\nan invented one:\n%s", said[0], said[1])
		}
	})
}
