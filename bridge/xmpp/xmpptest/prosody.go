package xmpptest

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/template"
)

//go:embed prosody.cfg.lua.tmpl
var prosodyTemplate string

// StartProsody starts Prosody and returns when it accepts connections. The context
// bounds the start only; end the server by Stop. Where Prosody is missing the error
// says what to run.
func StartProsody(ctx context.Context, o Options) (*Server, error) {
	found, err := findPrograms(o.Servers, Prosody, "prosody", "prosodyctl")
	if err != nil {
		return nil, err
	}
	s, err := newServer(Prosody, o)
	if err != nil {
		return nil, err
	}
	s.program = programs{server: found[0], control: found[1]}
	if err := s.start(ctx, s.configureProsody); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Server) prosodyConfig() string {
	return filepath.Join(s.Dir, "prosody.cfg.lua")
}

func (s *Server) prosodyCommand() command {
	return command{path: s.program.server, args: []string{"-F", "--config", s.prosodyConfig()}, dir: s.Dir}
}

// configureProsody writes the configuration and the shared groups.
func (s *Server) configureProsody() error {
	var groups bytes.Buffer
	for _, g := range s.options.Groups {
		fmt.Fprintf(&groups, "[%s]\n", g.Name)
		for _, m := range g.Members {
			fmt.Fprintf(&groups, "%s=%s\n", m.JID, m.Name)
		}
	}
	if err := os.WriteFile(filepath.Join(s.Dir, "groups.txt"), groups.Bytes(), 0o600); err != nil {
		return fmt.Errorf("xmpptest: prosody: %w", err)
	}
	return s.writeConfig(s.prosodyConfig(), prosodyTemplate)
}

// registerProsody makes an account, or gives it another password.
func (s *Server) registerProsody(user, password string) error {
	out, err := exec.Command(s.program.control, "--config", s.prosodyConfig(), "register", user, s.Domain, password).CombinedOutput()
	if err != nil {
		return fmt.Errorf("xmpptest: register %s@%s: %w: %s", user, s.Domain, err, bytes.TrimSpace(out))
	}
	return nil
}

// writeConfig fills a template, in which values are quoted by %q: Lua and YAML both
// read Go's quoting of what occurs here (paths, domains, a hexadecimal secret).
func (s *Server) writeConfig(path, text string) error {
	t, err := template.New(filepath.Base(path)).Parse(text)
	if err != nil {
		return fmt.Errorf("xmpptest: %s: %w", s.Kind, err)
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Server": s, "Options": s.options,
		"C2S": s.ports.c2s, "TLS": s.ports.tls, "Component": s.ports.component, "HTTP": s.ports.http,
		"Certificate": s.Certificate(), "Key": filepath.Join(s.Dir, keyFile), "Both": filepath.Join(s.Dir, bothFile),
		"Data": filepath.Join(s.Dir, "data"), "Uploads": filepath.Join(s.Dir, "uploads"), "Groups": filepath.Join(s.Dir, "groups.txt"), "Log": s.Log(),
		"PIDFile": filepath.Join(s.Dir, "prosody.pid"),
	})
	if err != nil {
		return fmt.Errorf("xmpptest: %s: %w", s.Kind, err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("xmpptest: %s: %w", s.Kind, err)
	}
	return nil
}
