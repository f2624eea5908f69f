package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	"knapp/modem/modemtest"
)

// attempt runs the program and returns what it said and how it ended. as is a user to run as, 0 for this one.
func attempt(t *testing.T, as uint32, args ...string) (said string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	if as != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: as, Gid: as}}
	}
	var out bytes.Buffer
	cmd.Stderr, cmd.Stdout = &out, &out
	_ = cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("%v goes on: %s", args, out.String())
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// goodConfig is a configuration in which each test spoils one line.
func goodConfig(t *testing.T) string {
	t.Helper()
	return fmt.Sprintf(`data_dir = %q
country = "NO"
language = "nb"
timezone = "Europe/Oslo"
[[modem]]
name = "main"
port = "auto"
number = "+4799990000"
role = "relay"
pin_file = ""
smsc = ""
roaming = false
balance_ussd = ""
[xmpp]
mode = "component"
domain = "sms.example.org"
server = "127.0.0.1:5347"
secret_file = %q
[console]
listen = "127.0.0.1:0"
`, filepath.Join(t.TempDir(), "data"), file(t, "secret", "abc"))
}

func TestMistakesInTheConfiguration(t *testing.T) {
	open := file(t, "open", "abc")
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ line, instead, says string }{
		{`country = "NO"`, `country = "Norge"`, `:2: country: "Norge" is no country code: two letters, such as NO`},
		{`language = "nb"`, `language = "no"`, `:3: language: "no" is not spoken here: nb or en`},
		{`language = "nb"`, `language = nb`, `:3: `},
		{`timezone = "Europe/Oslo"`, `timezone = "Oslo"`, `:4: timezone: "Oslo" is not known`},
		{`name = "main"`, `name = 5`, `:6: modem.name: wants a text in quotes`},
		{`name = "main"`, `nam = "main"`, `:6: modem.nam: unknown key "nam"; allowed here: name, port, number`},
		{`number = "+4799990000"`, `number = "12"`, `:8: modem[0].number: "12" is no phone number`},
		{`number = "+4799990000"`, ``, `:5: modem[0].number: "" is no phone number`},
		{`role = "relay"`, `role = "boss"`, `:9: modem[0].role: "boss" is no role: relay or provision`},
		{`pin_file = ""`, `pin_file = "/nonexistent"`, `:10: modem[0].pin_file: stat /nonexistent`},
		{`pin_file = ""`, fmt.Sprintf("pin_file = %q", file(t, "pin", "abc")), `holds no PIN: 4 to 8 digits`},
		{`roaming = false`, `roaming = "no"`, `:12: modem.roaming: wants true or false, without quotes`},
		{`balance_ussd = ""`, `balance_ussd = "ring 100"`, `:13: modem[0].balance_ussd: "ring 100" is no code: such as *100#`},
		{`balance_ussd = ""`, `balance_low = 50`, `:13: modem[0].balance_low: is of no use without balance_ussd`},
		{`balance_ussd = ""`, "balance_ussd = \"*100#\"\nbalance_pattern = \"kr\"", `:14: modem[0].balance_pattern: has 0 groups: put parentheses around the amount`},
		{`balance_ussd = ""`, `self_test = "1m"`, `:13: modem[0].self_test: 1m is too short: 1h0m0s at least`},
		{`balance_ussd = ""`, `hang_up_after = "soon"`, `:13: modem[0].hang_up_after: "soon" is no length of time: such as 90s`},
		{`role = "relay"`, `role = "provision"`, `:9: modem[0].role: no modem relays: give one the role relay`},
		{`mode = "component"`, `mode = "account"`, `:15: xmpp.mode: account is not built yet: component`},
		{`domain = "sms.example.org"`, `domain = "sms example"`, `:16: xmpp.domain: "sms example" is no domain`},
		{`server = "127.0.0.1:5347"`, `server = "127.0.0.1"`, `:17: xmpp.server: "127.0.0.1" is no host and port`},
		{`secret_file = "`, fmt.Sprintf("secret_file = %q #", open), `may be read by everybody on this machine: chmod 600`},
		{`listen = "127.0.0.1:0"`, `listen = "here"`, `:20: console.listen: "here" is no address and port`},
		{`listen = "127.0.0.1:0"`, `cert_file = "/x"`, `:20: console.cert_file: a certificate needs its key`},
		{`[console]`, "tls_name = \"localhost\"\n[console]", `:19: xmpp.tls_name: is of no use without tls = true`},
		{`[console]`, "ca_file = \"/nonexistent\"\n[console]", `:19: xmpp.ca_file: is of no use without tls = true`},
		{`[console]`, "tls = true\nca_file = \"/nonexistent\"\n[console]", `xmpp.ca_file: open /nonexistent`},
		{`[console]`, fmt.Sprintf("tls = true\nca_file = %q\n[console]", file(t, "ca", "abc")), `holds no certificate in PEM`},
		{`[console]`, "roster_api = \"here\"\n[console]", `:19: xmpp.roster_api: "here" is no address of an API: such as http://127.0.0.1:5281/api`},
		{`[console]`, "roster_api = \"http://127.0.0.1:5281/api\"\n[console]", `:14: xmpp.roster_domains: is missing: whose rosters the API writes`},
		{`[console]`, "roster_api = \"http://me:s3cret@127.0.0.1:5281/api\"\n[console]", `:19: xmpp.roster_api: holds a password`},
		{`[console]`, "roster_api_token_file = \"/nonexistent\"\n[console]", `:19: xmpp.roster_api_token_file: is of no use without roster_api`},
		{
			`[console]`, fmt.Sprintf("roster_api = \"http://example.org/api\"\nroster_api_token_file = %q\n[console]", file(t, "token", "abc")),
			`:19: xmpp.roster_api: example.org would send the token over the network for all to read`,
		},
		{`[console]`, "roster_domains = [\"exa mple\"]\nroster_api = \"http://127.0.0.1/api\"\n[console]", `:19: xmpp.roster_domains: "exa mple" is no domain`},
		{`[console]`, `[consol]`, `:19: consol: unknown key "consol"; allowed here: data_dir`},
		{`[[modem]]`, `[[modem`, `:5: `},
	} {
		text := strings.Replace(goodConfig(t), c.line, c.instead, 1)
		name := file(t, "knapp.toml", text)
		said, code := attempt(t, 0, "config", "check", "--config", name)
		if code != exitFailed || !strings.Contains(said, name) || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit code %d, %s\nshould say %s", c.instead, code, said, c.says)
		}
	}
	if said, code := attempt(t, 0, "config", "check", "--config", file(t, "knapp.toml", goodConfig(t))); code != 0 {
		t.Errorf("a good one: exit code %d, %s", code, said)
	}
}

func TestMistakesInTheFamily(t *testing.T) {
	config := file(t, "knapp.toml", goodConfig(t))
	good := fmt.Sprintf(family, "example.org")
	for _, c := range []struct{ line, instead, says string }{
		{`name = "Mamma"`, `nme = "Mamma"`, `:3: guardian.nme: unknown key "nme"; allowed here: name, was, jid, phone, role`},
		{`role = "owner"`, `language = "se"`, `:5: guardian[0].language: "se" is not spoken here: nb or en`},
		{`phone = "92 22 22 22"`, "phone = \"92 22 22 22\"\nlanguage = \"se\"", `:14: contact[0].language: "se" is not spoken here: nb or en`},
		{`role = "owner"`, `role = "boss"`, `:5: guardian[0].role: "boss" is no role: owner, guardian, helper or viewer`},
		{`jid = "mum@example.org"`, `jid = "mum"`, `:4: guardian[0].jid: "mum" is no address like name@example.org`},
		{`jid = "dad@example.org"`, `jid = "MUM@example.org"`, `:9: guardian[1].jid: mum@example.org is already Mamma's address`},
		{`name = "Pappa"`, `name = "mamma"`, `:8: guardian[1].name: "mamma" is taken by "Mamma"`},
		{`name = "Pappa"`, `name = "Knapp"`, `is the gateway's own name`},
		{`name = "Trener"`, `name = "22"`, `is only digits`},
		{`phone = "92 22 22 22"`, `phone = "9222"`, `:13: contact[0].phone: "9222" is no phone number`},
		{`phone = "92 22 22 22"`, `phone = "+4793333333"`, `is already Bestemor's number`},
		{`phone = "92 22 22 22"`, `phone = "99990000"`, `:13: contact[0].phone: +4799990000 is the gateway's own number`},
		{`phone = "92 22 22 22"`, `room = "a@b"`, `:13: contact[0].room: groups are not relayed yet`},
		{`jid = "coach@example.org"`, `jid = "jonas@sms.example.org"`, `:17: contact[1].jid: jonas@sms.example.org is at the gateway itself`},
		{`localpart = "emma"`, `localpart = "em ma"`, `:21: child[0].localpart: "em ma" cannot stand before an @`},
		{`localpart = "jonas"`, `localpart = "EMMA"`, `:52: child[1].localpart: "emma" is already Emma's`},
		{`language = "nb"`, `language = "se"`, `child[0].language: "se" is not spoken here: nb or en`},
		{`default = "Mamma"`, `default = "Nobody"`, `:24: child[0].default: "Nobody" is neither on Emma's list nor a guardian`},
		{`contact = "Bestemor"`, `contact = "Farmor"`, `child[0].allow[2].contact: "Farmor" is nobody in this document`},
		{`key = 4`, `key = 2`, `child[0].allow[2].key: key 2 is Mamma's already`},
		{`key = 4`, `key = 12`, `child[0].allow[2].key: 12 is no key: 1 to 9, or leave it out`},
		{`key = 4`, `key = "4"`, `child.allow.key: wants a number, without quotes`},
		{`emergency = true`, `when = "skole"`, `child[0].allow[0].when: "skole" names no hours: always, home, school, sleep, holidays, or the name of a [[timetable]]`},
		{"from_child = true\n  emergency", "from_child = false\n  emergency", `nothing from Emma to the own guardian Mamma is ever held back`},
	} {
		text := strings.Replace(good, c.line, c.instead, 1)
		if text == good {
			t.Errorf("%s is not in the document", c.line)
		}
		name := file(t, "family.toml", text)
		said, code := attempt(t, 0, "family", "apply", "--config", config, name)
		if code != exitFailed || !strings.Contains(said, name) || !strings.Contains(said, c.says) {
			t.Errorf("%s: exit code %d, %s\nshould say %s", c.instead, code, said, c.says)
		}
	}
	said, code := attempt(t, 0, "family", "export", "--config", config)
	if code != 0 || strings.Contains(said, "Mamma") {
		t.Errorf("something of what was refused was kept: %s", said)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"frobnicate"}, {"family"}, {"family", "apply"}, {"run", "--colour"}, {"log", "-n", "many"}} {
		if said, code := attempt(t, 0, args...); code != exitUsage || !strings.Contains(said, "knapp --help") {
			t.Errorf("%v: exit code %d, %s", args, code, said)
		}
	}
	if said, code := attempt(t, 0, "--help"); code != 0 || !strings.Contains(said, "family apply") {
		t.Errorf("--help: exit code %d, %s", code, said)
	}
	if said, code := attempt(t, 0, "version"); code != 0 || !strings.HasPrefix(said, "knapp ") {
		t.Errorf("version: exit code %d, %s", code, said)
	}
}

// ends starts the gateway, which must end by itself with a sentence that says what to do.
func (w *world) ends(says ...string) {
	w.t.Helper()
	w.start()
	select {
	case <-w.gateway.done:
	case <-time.After(patience):
		w.t.Fatal("the gateway goes on")
	}
	log := w.gateway.log.String()
	lines := strings.Split(strings.TrimSpace(log), "\n")
	last := lines[len(lines)-1]
	if code := w.gateway.cmd.ProcessState.ExitCode(); code != exitFailed {
		w.t.Errorf("exit code %d", code)
	}
	for _, s := range append(says, "knapp: ") {
		if !strings.Contains(last, s) {
			w.t.Errorf("the last line does not say %q: %s", s, last)
		}
	}
}

func (w *world) spoil(old, new string) {
	w.t.Helper()
	text, err := os.ReadFile(w.config)
	if err != nil {
		w.t.Fatal(err)
	}
	w.write("knapp.toml", strings.Replace(string(text), old, new, 1))
}

func TestWrongSecret(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	w.write("secret", "not the secret")
	w.ends("secret", w.server.ComponentAddr)
}

func TestTakenPort(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	c, err := loadConfig(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.spoil(c.Console.Listen, taken.Addr().String())
	w.ends(taken.Addr().String())
}

func TestPortThatIsNoModem(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = master.Close(); _ = slave.Close() }()
	w.spoil(w.port(), slave.Name())
	w.ends(slave.Name(), "answers no AT commands", "is this the modem's AT port?")
}

func TestTwoGatewaysInOneFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	said, code := attempt(t, 0, "run", "--config", w.config)
	if code != exitFailed || !strings.Contains(said, "another knapp is using the data folder") {
		t.Errorf("exit code %d, %s", code, said)
	}
}

func TestDataFolderOfSomebodyElse(t *testing.T) {
	dir := t.TempDir()
	config := strings.Replace(goodConfig(t), "data_dir = ", "data_dir = \"/proc/knapp\" #", 1)
	said, code := attempt(t, 0, "run", "--config", file(t, "knapp.toml", config))
	if code != exitFailed || !strings.Contains(said, "data folder: mkdir /proc/knapp") {
		t.Errorf("a folder that cannot be made: exit code %d, %s", code, said)
	}
	if err := os.WriteFile(filepath.Join(dir, "knapp.db"), bytes.Repeat([]byte("no database "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	config = strings.Replace(goodConfig(t), "data_dir = ", fmt.Sprintf("data_dir = %q #", dir), 1)
	said, code = attempt(t, 0, "run", "--config", file(t, "knapp.toml", config))
	if code != exitFailed || !strings.Contains(said, "knapp.db") || !strings.Contains(said, "database") {
		t.Errorf("no database: exit code %d, %s", code, said)
	}
}

// What needs the running gateway says so without one.
func TestStatusWithoutAGateway(t *testing.T) {
	said, code := attempt(t, 0, "status", "--config", file(t, "knapp.toml", goodConfig(t)))
	if code != exitFailed || !strings.Contains(said, "the gateway does not run") || !strings.Contains(said, "knapp run") {
		t.Errorf("exit code %d, %s", code, said)
	}
}

// systemd is told when the gateway is there, and when it goes (sd_notify(3)).
func TestReadiness(t *testing.T) {
	w := newQuietWorld(t, modemtest.ModemOptions{})
	path := filepath.Join(w.dir, "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	t.Setenv("NOTIFY_SOCKET", path)
	w.start()
	read := func() string {
		if err := socket.SetReadDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		buffer := make([]byte, 256)
		n, err := socket.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		return string(buffer[:n])
	}
	if got := read(); got != "READY=1" {
		t.Errorf("said %q", got)
	}
	if _, err := w.state(); err != nil {
		t.Errorf("ready, and the control socket does not answer: %v", err)
	}
	if code, took := w.stop(); code != 0 || took > time.Second {
		t.Errorf("exit code %d after %v", code, took)
	}
	if got := read(); got != "STOPPING=1" {
		t.Errorf("said %q", got)
	}
}

// Only the service may use the control socket, or read the database.
func TestDoorsOfTheDataFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	for _, name := range []string{"knapp.sock", "knapp.db", "knapp.db-wal", "knapp.lock"} {
		info, err := os.Stat(filepath.Join(w.dir, "data", name))
		if err != nil {
			t.Error(err)
		} else if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	info, err := os.Stat(filepath.Join(w.dir, "data"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v (%v)", info.Mode(), err)
	}
}
