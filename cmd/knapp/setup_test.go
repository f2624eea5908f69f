package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
)

// A keeper who has a server and no component yet is led to one that works, on both servers.
func TestSetupXMPP(t *testing.T) {
	t.Parallel()
	for _, kind := range []struct {
		name, file string
		wants      string // is said where rosters may not be written
		start      func(context.Context, xmpptest.Options) (*xmpptest.Server, error)
		without    *regexp.Regexp // the component that the server is started with
	}{
		{"prosody", "prosody.cfg.lua", "privileged_entities", xmpptest.StartProsody, regexp.MustCompile(`(?s)\nComponent .*`)},
		{"ejabberd", "ejabberd.yml", "api_permissions", xmpptest.StartEjabberd, regexp.MustCompile(`(?s)  - port: \d+\n    ip: "127.0.0.1"\n    module: ejabberd_service\n.*?password: \S+\n`)},
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
			rewrite(t, theirs, func(s string) string {
				return strings.Replace(kind.without.ReplaceAllString(s, "\n"), `what: ["*"]`, `what: ["status"]`, 1)
			})
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
			if kept, err := os.ReadFile(theirs + beforeKnapp); err != nil || strings.Contains(string(kept), server.ComponentDomain) {
				t.Error(string(kept), err)
			}
			if err := server.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			out, errs, code = setup("--server", kind.name, "--write")
			if code != 0 || !strings.Contains(out, "nothing was changed") || !strings.Contains(out, "it works") || !strings.Contains(out, "come into the rosters of localhost") {
				t.Errorf("a second time: %d %s %s", code, out, errs)
			}
			out, errs, code = setup("--server", kind.name)
			if code != 0 || !strings.Contains(out, "it works") || !strings.Contains(out, server.ComponentDomain) {
				t.Errorf("shown: %d %s %s", code, out, errs)
			}
			// A right that was taken away is told, and nothing else is wrong.
			rewrite(t, theirs, func(s string) string {
				return strings.NewReplacer(`roster = "both"`, `roster = "get"`, `- "add_rosteritem"`, `- "status"`).Replace(s)
			})
			if err := server.Restart(ctx); err != nil {
				t.Fatal(err)
			}
			out, errs, code = setup("--server", kind.name)
			if code != 0 || !strings.Contains(out, "it works") || !strings.Contains(out, "rosters are not written") || !strings.Contains(out, kind.wants) {
				t.Errorf("without the right: %d %s %s", code, out, errs)
			}
			write(t, filepath.Join(folder, "secret"), "another\n")
			if out, errs, code = setup("--server", kind.name); code != exitFailed || !strings.Contains(errs, "secret") {
				t.Errorf("a wrong secret: %d %s %s", code, out, errs)
			}
		})
	}
}

// What a keeper has written stays as it is, in every way of writing that is touched, and a second time nothing is changed.
func TestWhatIsWrittenToProsody(t *testing.T) {
	const component = "\n\n-- Knapp: the children's phones\nComponent \"sms.example.org\"\n  component_secret = \"s3cret\"\n  modules_enabled = { \"privilege\" }\n"
	const entities = "  privileged_entities = { [\"sms.example.org\"] = { roster = \"both\" } } -- Knapp\n"
	const own = "  modules_enabled = { \"privilege\" } -- Knapp\n"
	for _, tt := range []struct{ name, before, after, included, includedAfter string }{
		{
			name:   "a host alone",
			before: "admins = {}\nVirtualHost \"example.org\"\n  enabled = true\n",
			after:  "admins = {}\nVirtualHost \"example.org\"\n" + own + entities + "  enabled = true" + component,
		},
		{
			name:   "lists that are there",
			before: "modules_enabled = {\n\t\"roster\"; -- \"privilege\"\n}\nVirtualHost 'example.org'\n  modules_enabled = { \"mam\" }\n  privileged_entities = {\n    [\"other\"] = { roster = \"get\" },\n  }\n",
			after:  "modules_enabled = {\n\t\"roster\"; -- \"privilege\"\n}\nVirtualHost 'example.org'\n  modules_enabled = { \"privilege\"; \"mam\" }\n  privileged_entities = { [\"sms.example.org\"] = { roster = \"both\" };\n    [\"other\"] = { roster = \"get\" },\n  }" + component,
		},
		{
			name:   "the module for all, and a component of long ago",
			before: "modules_enabled = { 'privilege' }\nVirtualHost \"example.org\"\nComponent \"sms.example.org\"\n  component_secret = \"s3cret\"\nVirtualHost \"other.org\"\n",
			after:  "modules_enabled = { 'privilege' }\nVirtualHost \"example.org\"\n" + entities + "Component \"sms.example.org\"\n" + own + "  component_secret = \"s3cret\"\nVirtualHost \"other.org\"\n",
		},
		{
			name:     "the host in a file of its own",
			before:   "--[[ VirtualHost \"example.org\"\nold ]]\nInclude \"conf.d/*.cfg.lua\"\n",
			after:    "--[[ VirtualHost \"example.org\"\nold ]]\nInclude \"conf.d/*.cfg.lua\"" + component,
			included: "VirtualHost(\"example.org\")", includedAfter: "VirtualHost(\"example.org\")\n" + own + entities,
		},
		{
			name:   "no such host",
			before: "VirtualHost \"elsewhere.org\"\n",
			after:  "VirtualHost \"elsewhere.org\"" + component,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			name, included := filepath.Join(folder, "prosody.cfg.lua"), filepath.Join(folder, "conf.d", "one.cfg.lua")
			if err := os.Mkdir(filepath.Dir(included), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, name, tt.before)
			write(t, included, tt.included)
			c := config{XMPP: xmppConfig{Domain: "sms.example.org", Server: "127.0.0.1:5347", secret: "s3cret"}}
			edits, err := prosodyEdits(name, c, "example.org")
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range edits {
				if _, err := replaceFile(e); err != nil {
					t.Fatal(err)
				}
			}
			for file, want := range map[string]string{name: tt.after, included: tt.includedAfter} {
				if got, err := os.ReadFile(file); err != nil || string(got) != want {
					t.Errorf("%v\n%s\nnot\n%s", err, got, want)
				}
			}
			if again, err := prosodyEdits(name, c, "example.org"); err != nil || len(again) > 0 {
				t.Errorf("a second time: %v %v", again, err)
			}
		})
	}
	for _, before := range []string{"VirtualHost \"example.org\" {\n}\n", "VirtualHost \"example.org\"\nprivileged_entities = mine\n"} {
		name := filepath.Join(t.TempDir(), "prosody.cfg.lua")
		write(t, name, before)
		c := config{XMPP: xmppConfig{Domain: "sms.example.org"}}
		if edits, err := prosodyEdits(name, c, "example.org"); err == nil || !strings.Contains(err.Error(), "by hand") {
			t.Errorf("%s: %v %v", before, edits, err)
		}
	}
}

// What Debian ships is what most keepers have.
func TestWhatIsWrittenToDebiansOwn(t *testing.T) {
	c := config{XMPP: xmppConfig{Domain: "sms.localhost", Server: "127.0.0.1:5347", secret: "s3cret", RosterAPI: "http://127.0.0.1:5281/api"}}
	for file, edits := range map[string]func(string) ([]edit, error){
		"etc/prosody/prosody.cfg.lua":             func(name string) ([]edit, error) { return prosodyEdits(name, c, "localhost") },
		"usr/share/ejabberd/ejabberd.yml.example": func(name string) ([]edit, error) { return ejabberdEdits(name, c) },
	} {
		theirs, err := os.ReadFile("../../.cache/servers/" + file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), filepath.Base(file))
		write(t, name, string(theirs))
		first, err := edits(name)
		if err != nil || len(first) != 1 {
			t.Fatalf("%s: %v %v", file, first, err)
		}
		if _, err := replaceFile(first[0]); err != nil {
			t.Fatal(err)
		}
		// Nothing of theirs is gone: what was added are lines, or stands within one.
		after := strings.Split(first[0].after, "\n")
		for _, line := range strings.Split(string(theirs), "\n") {
			i := slices.IndexFunc(after, func(l string) bool { return strings.HasPrefix(l, strings.TrimRight(line, "{")) })
			if i < 0 {
				t.Fatalf("%s: %q is gone", file, line)
			}
			after = after[i+1:]
		}
		if again, err := edits(name); err != nil || len(again) > 0 {
			t.Errorf("%s, a second time: %v %v", file, again, err)
		}
	}
}

func TestUnder(t *testing.T) {
	entry := "  # Knapp\n  -\n    port: 1\n"
	for _, c := range []struct{ name, yaml, want string }{
		{"as Debian has it", "a: 1\nlisten:\n  -\n    port: 5222\nb: 2\n", "a: 1\nlisten:\n  # Knapp\n  -\n    port: 1\n  -\n    port: 5222\nb: 2\n"},
		{"not indented", "listen:\n-\n  port: 5222\n", "listen:\n# Knapp\n-\n  port: 1\n-\n  port: 5222\n"},
		{"a comment first", "listen:\n    # here\n    - port: 5222\n", "listen:\n    # Knapp\n    -\n      port: 1\n    # here\n    - port: 5222\n"},
		{"nothing there yet", "listen:\nb: 2\n", "listen:\n  # Knapp\n  -\n    port: 1\nb: 2\n"},
	} {
		if got, err := under(c.yaml, "listen", entry); err != nil || got != c.want {
			t.Errorf("%s: %v\n%s", c.name, err, got)
		}
	}
	if _, err := under("hosts: []\n", "listen", entry); err == nil {
		t.Error("no listen, and no error")
	}
	name := filepath.Join(t.TempDir(), "ejabberd.yml")
	c := config{XMPP: xmppConfig{Domain: "sms.example.org", Server: "127.0.0.1:5347", RosterAPI: "http://127.0.0.1:5281/api"}}
	write(t, name, "listen:\n  - port: 5222\nmodules:\n  mod_roster: {}\n")
	edits, err := ejabberdEdits(name, c)
	if err != nil || len(edits) != 1 || !strings.Contains(edits[0].after, consoleCommands) || !strings.Contains(edits[0].after, "modules:\n  mod_admin_extra: {}\n  mod_roster") {
		t.Errorf("%v %v", edits, err)
	}
	write(t, name, "listen:\n  - port: 5222\nmodules: {}\n")
	if edits, err := ejabberdEdits(name, c); err == nil || !strings.Contains(err.Error(), "by hand") {
		t.Errorf("%v %v", edits, err)
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
