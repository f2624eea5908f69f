package xmpp

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os/exec"
	"reflect"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/xmpp/xmpptest"
)

// A day with slixmpp: subscribe, card, chat and receipt, edit, picture, answer and marker, error, command and plain
// words, away and back.
func TestGuardianWithSlixmpp(t *testing.T) {
	onServers(t, func(t *testing.T, s *xmpptest.Server) {
		c, office := connect(t, s)
		c.SetAvailable(true)
		answer := func(kind bridge.StanzaKind, to bridge.Chat, id string, more bridge.Stanza) error {
			more.Kind, more.From, more.To, more.ID, more.Refers = kind, "emma", string(to.From)+"/"+to.Resource, id, to.ID
			return c.Send(context.Background(), more)
		}
		office.note(func() {
			office.take = func(chat bridge.Chat) error {
				switch {
				case chat.To == "" && chat.Body == "hjelp":
					return c.Send(context.Background(), bridge.Stanza{Kind: bridge.ChatStanza, To: string(chat.From) + "/" + chat.Resource, ID: "words1", Body: "STATUS, HVEM"})
				case chat.Body == "Kommer nå":
					return answer(bridge.ReceiptStanza, chat, "r", bridge.Stanza{})
				case len(chat.Attachments) > 0:
					return answer(bridge.ChatStanza, chat, "answer1", bridge.Stanza{Body: "fint 😀"})
				case chat.Body == "for langt":
					return answer(bridge.ErrorStanza, chat, "", bridge.Stanza{Condition: notAcceptable, Text: "For langt.", Language: "nb"})
				default:
					return nil
				}
			}
		})
		script, in, steps := slixmpp(t, s, "testdata/guardian.py", "emma@"+s.ComponentDomain, s.ComponentDomain)
		for _, want := range [][]any{
			{"card", "Emma", true},
			{"receipt", true},
			{"answer", "fint 😀"},
			{"error", "not-acceptable", "For langt."},
			{"commands", []any{"mute", "status"}},
			{"form", "Hvem?", []any{"child", "until"}},
			{"done", "completed", "Stille til 21."},
			{"unheard", "item-not-found"},
			{"words", "STATUS, HVEM"},
			{"offline"},
		} {
			if got := script.step(t, steps); !reflect.DeepEqual(got, want) {
				t.Fatalf("the client tells %v, not %v\n%s", got, want, script.complaints.String())
			}
		}
		office.await(t, "the marker and the receipt", func() bool { return len(office.markers) == 1 && len(office.receipts) == 1 })
		if got := office.markers[0] + "; " + office.receipts[0]; got != "mum@localhost emma answer1 displayed; mum@localhost emma answer1" {
			t.Errorf("the office heard %s", got)
		}
		edit, picture := office.chats[1], office.chats[2]
		if edit.Body != "Kommer kl. 5" || edit.Replaces != office.chats[0].ID || edit.Replaces == "" {
			t.Errorf("the edit: %+v", edit)
		}
		if picture.Body != "" || picture.Attachments[0] != (bridge.Attachment{URL: "https://upload.example/bilde.jpg", Type: "image/jpeg"}) {
			t.Errorf("the picture: %+v", picture)
		}
		send(t, c, bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: string(mum), ID: "late1", Body: "er du der?"})
		if err := c.Barrier(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(in, "go on"); err != nil {
			t.Fatal(err)
		}
		if got := script.step(t, steps); !reflect.DeepEqual(got, []any{"late", "er du der?"}) {
			t.Errorf("back again, the client tells %v", got)
		}
		if err := script.cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, script.complaints.String())
		}
	})
}

// pythonScript is a script of slixmpp's that runs.
type pythonScript struct {
	cmd        *exec.Cmd
	complaints strings.Builder
}

// slixmpp starts a script as mum's client.
func slixmpp(t *testing.T, s *xmpptest.Server, path string, more ...string) (*pythonScript, io.Writer, *bufio.Scanner) {
	t.Helper()
	host, port, err := net.SplitHostPort(s.C2SAddr)
	if err != nil {
		t.Fatal(err)
	}
	arguments := append([]string{path, "mum@" + s.Domain, "secret", host, port, s.Certificate()}, more...)
	p := &pythonScript{cmd: exec.CommandContext(t.Context(), "/usr/bin/python3", arguments...)}
	p.cmd.Stderr = &p.complaints
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return p, in, bufio.NewScanner(out)
}

// step reads what the script tells next.
func (p *pythonScript) step(t *testing.T, out *bufio.Scanner) []any {
	t.Helper()
	if !out.Scan() {
		_ = p.cmd.Wait()
		t.Fatalf("the client has ended: %s", p.complaints.String())
	}
	var step []any
	if err := json.Unmarshal(out.Bytes(), &step); err != nil {
		t.Fatalf("%s: %v", out.Text(), err)
	}
	return step
}
