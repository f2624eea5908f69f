package xmpptest

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed ejabberd.yml.tmpl
var ejabberdTemplate string

// StartEjabberd starts ejabberd and returns when it accepts connections. The
// context bounds the start only; end the server by Stop. Where ejabberd is missing
// the error says what to run.
func StartEjabberd(ctx context.Context, o Options) (*Server, error) {
	found, err := findPrograms(o.Servers, Ejabberd, "ejabberd-erl")
	if err != nil {
		return nil, err
	}
	s, err := newServer(Ejabberd, o)
	if err != nil {
		return nil, err
	}
	s.program = programs{server: found[0]}
	configure := func() error { return s.writeConfig(s.ejabberdConfig(), ejabberdTemplate) }
	if err := s.start(ctx, configure); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) ejabberdConfig() string {
	return filepath.Join(s.Dir, "ejabberd.yml")
}

// ejabberdCommand starts Erlang without a node name: then there is no distribution,
// no epmd and no port but those of the configuration.
func (s *Server) ejabberdCommand() command {
	return command{
		path: s.program.server,
		args: []string{
			"-noinput",
			// An Erlang term, in which the path is a string.
			"-mnesia", "dir", fmt.Sprintf("%q", filepath.Join(s.Dir, "data")),
			"-s", "ejabberd",
		},
		env: []string{
			"HOME=" + s.Dir,
			"EJABBERD_CONFIG_PATH=" + s.ejabberdConfig(),
			"EJABBERD_LOG_PATH=" + s.Log(),
			"ERL_CRASH_DUMP_SECONDS=0",
		},
		dir: s.Dir,
	}
}

// registerEjabberd makes an account and fills its roster with those who share a
// group with it: ejabberd's own shared groups drop contacts of a component.
func (s *Server) registerEjabberd(user, password string) error {
	if err := s.call("register", map[string]any{"user": user, "host": s.Domain, "password": password}); err != nil {
		return err
	}
	s.expectOnDisk("passwd", user)
	own := user + "@" + s.Domain
	for _, g := range s.options.Groups {
		if !g.has(own) {
			continue
		}
		for _, m := range g.Members {
			if m.JID == own {
				continue
			}
			if err := s.addRosterItem(user, m, g.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// has tells whether jid is a member.
func (g Group) has(jid string) bool {
	for _, m := range g.Members {
		if m.JID == jid {
			return true
		}
	}
	return false
}

func (s *Server) addRosterItem(user string, m Member, group string) error {
	local, domain, _ := strings.Cut(m.JID, "@")
	item := map[string]any{
		"localuser": user, "localhost": s.Domain, "user": local, "host": domain,
		"nick": m.Name, "group": group, "subs": "both",
	}
	if err := s.call("add_rosteritem", item); err != nil {
		// ejabberd 24 and later take a list under another name.
		delete(item, "group")
		item["groups"] = []string{group}
		if err := s.call("add_rosteritem", item); err != nil {
			return err
		}
	}
	s.expectOnDisk("roster", local)
	return nil
}

// record is a name that Mnesia has been given to keep in a table.
type record struct{ table, name string }

// expectOnDisk notes what must be written before the server may be killed.
func (s *Server) expectOnDisk(table, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unwritten = append(s.unwritten, record{table, name})
}

// waitWritten waits until Mnesia has put on disk what this package gave it: it
// answers at once and writes within 3 s. The caller holds s.mu.
func (s *Server) waitWritten() error {
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	deadline := time.Now().Add(stopGrace)
	for len(s.unwritten) > 0 {
		next := s.unwritten[0]
		if s.onDisk(next) {
			s.unwritten = s.unwritten[1:]
			continue
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("xmpptest: ejabberd: %s did not reach the disk (table %s)", next.name, next.table)
		}
		<-poll.C
	}
	return nil
}

// onDisk looks into each of the files in which Mnesia may keep a table.
func (s *Server) onDisk(r record) bool {
	for _, suffix := range []string{".DAT", ".DCL", ".DCD"} {
		text, err := os.ReadFile(filepath.Join(s.Dir, "data", r.table+suffix))
		if err == nil && bytes.Contains(text, []byte(r.name)) {
			return true
		}
	}
	return false
}

// call asks ejabberd's HTTP API, which is open to loopback.
func (s *Server) call(what string, arguments map[string]any) error {
	body, err := json.Marshal(arguments)
	if err != nil {
		return fmt.Errorf("xmpptest: ejabberd %s: %w", what, err)
	}
	client := http.Client{Timeout: 30 * time.Second}
	answer, err := client.Post("http://"+s.HTTPAddr+"/api/"+what, "application/json", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("xmpptest: ejabberd %s: %w", what, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<16))
	if err != nil {
		return fmt.Errorf("xmpptest: ejabberd %s: %w", what, err)
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("xmpptest: ejabberd %s: %s: %s", what, answer.Status, bytes.TrimSpace(text))
	}
	return nil
}
