package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
)

// A keeper who has a server and no component yet is led to one that works, on both servers.
func TestSetupXMPP(t *testing.T) {
	for _, kind := range []struct {
		name, file string
		start      func(context.Context, xmpptest.Options) (*xmpptest.Server, error)
		without    *regexp.Regexp // the component that the server is started with
	}{
		{"prosody", "prosody.cfg.lua", xmpptest.StartProsody, regexp.MustCompile(`(?s)\nComponent .*`)},
		{"ejabberd", "ejabberd.yml", xmpptest.StartEjabberd, regexp.MustCompile(`(?s)  - port: \d+\n    ip: "127.0.0.1"\n    module: ejabberd_service\n.*?password: \S+\n`)},
	} {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			server, err := kind.start(ctx, xmpptest.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = server.Stop() })
			theirs := filepath.Join(server.Dir, kind.file)
			if err := server.Stop(); err != nil {
				t.Fatal(err)
			}
			rewrite(t, theirs, func(s string) string { return kind.without.ReplaceAllString(s, "\n") })
			folder := t.TempDir()
			conf := filepath.Join(folder, "knapp.toml")
			write(t, conf, `data_dir = "`+folder+`/data"
[[modem]]
name = "main"
number = "+4799990000"
[xmpp]
mode = "component"
domain = "`+server.ComponentDomain+`"
server = "`+server.ComponentAddr+`"
secret_file = "`+folder+`/secret"
`)
			setup := func(more ...string) (string, string, int) {
				t.Helper()
				var out, errs bytes.Buffer
				args := append([]string{"--config", conf, "setup", "xmpp", "--" + kind.name, theirs}, more...)
				code := run(args, &out, &errs)
				return out.String(), errs.String(), code
			}
			if out, errs, code := setup("--server", kind.name); code != exitFailed || !strings.Contains(errs, "secret") {
				t.Errorf("without a secret: %d %s %s", code, out, errs)
			}
			out, errs, code := setup("--server", kind.name, "--write")
			if code != 0 || !strings.Contains(out, "made a secret") || !strings.Contains(out, "restart "+kind.name) {
				t.Fatalf("%d %s %s", code, out, errs)
			}
			if info, err := os.Stat(filepath.Join(folder, "secret")); err != nil || info.Mode().Perm() != 0o600 {
				t.Error(info, err)
			}
			if _, err := os.Stat(theirs + beforeKnapp); err != nil {
				t.Error(err)
			}
			if err := server.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			out, errs, code = setup("--server", kind.name, "--write")
			if code != 0 || !strings.Contains(out, "nothing was changed") || !strings.Contains(out, "it works") {
				t.Errorf("a second time: %d %s %s", code, out, errs)
			}
			out, errs, code = setup("--server", kind.name)
			if code != 0 || !strings.Contains(out, "it works") || !strings.Contains(out, server.ComponentDomain) {
				t.Errorf("shown: %d %s %s", code, out, errs)
			}
			write(t, filepath.Join(folder, "secret"), "another\n")
			if out, errs, code = setup("--server", kind.name); code != exitFailed || !strings.Contains(errs, "secret") {
				t.Errorf("a wrong secret: %d %s %s", code, out, errs)
			}
		})
	}
}

func TestIntoListen(t *testing.T) {
	entry := "  # Knapp\n  -\n    port: 1\n"
	for _, c := range []struct{ name, yaml, want string }{
		{"as Debian has it", "a: 1\nlisten:\n  -\n    port: 5222\nb: 2\n", "a: 1\nlisten:\n  # Knapp\n  -\n    port: 1\n  -\n    port: 5222\nb: 2\n"},
		{"not indented", "listen:\n-\n  port: 5222\n", "listen:\n# Knapp\n-\n  port: 1\n-\n  port: 5222\n"},
		{"a comment first", "listen:\n    # here\n    - port: 5222\n", "listen:\n    # Knapp\n    -\n      port: 1\n    # here\n    - port: 5222\n"},
	} {
		if got, err := intoListen(c.yaml, entry); err != nil || got != c.want {
			t.Errorf("%s: %v\n%s", c.name, err, got)
		}
	}
	if _, err := intoListen("hosts: []\n", entry); err == nil {
		t.Error("no listen, and no error")
	}
}

func rewrite(t *testing.T, name string, change func(string) string) {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	changed := change(string(data))
	if changed == string(data) {
		t.Fatalf("%s: nothing to change", name)
	}
	write(t, name, changed)
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
