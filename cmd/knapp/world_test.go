package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

const (
	// patience bounds every wait for something that must happen.
	patience = 30 * time.Second
	password = "not-secret-here"

	gatewayNumber = "+4799990000"
	emmaNumber    = "+4793333333"
	jonasNumber   = "+4794444444"
	granNumber    = "+4792222222"
)

// program is the built gateway: what dies in these tests is the program that a family runs.
var program string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "knapp-test-")
	if err != nil {
		panic(err)
	}
	program = filepath.Join(dir, "knapp")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Stderr = os.Stderr
	code := 1
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the program:", err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// world is everything outside the gateway, and the gateway in it: a real chat server, an operator with phones, a
// modem on a pty.
type world struct {
	t       *testing.T
	dir     string
	config  string
	server  *xmpptest.Server
	network *modemtest.Network
	modem   *modemtest.Modem
	emma    *modemtest.Phone
	jonas   *modemtest.Phone
	gran    *modemtest.Phone
	gateway *process
}

const family = `
[[guardian]]
name = "Mamma"
jid = "mum@%[1]s"
role = "owner"

[[guardian]]
name = "Pappa"
jid = "dad@%[1]s"

[[contact]]
name = "Bestemor"
phone = "92 22 22 22"

[[contact]]
name = "Trener"
jid = "coach@%[1]s"

[[child]]
name = "Emma"
localpart = "emma"
phone = "+4793333333"
language = "nb"
default = "Mamma"

  [[child.allow]]
  contact = "Mamma"
  key = 2
  to_child = true
  from_child = true
  emergency = true

  [[child.allow]]
  contact = "Pappa"
  key = 3
  to_child = true
  from_child = true

  [[child.allow]]
  contact = "Bestemor"
  key = 4
  to_child = true
  from_child = true

  [[child.allow]]
  contact = "Trener"
  key = 5
  to_child = true

[[child]]
name = "Jonas"
localpart = "jonas"
phone = "+4794444444"

[limits]
storm = 100000 # tests write faster than people, and more
day = -1
month = -1
`

// newWorld starts everything but the gateway, applies the family and then starts the gateway.
func newWorld(t *testing.T, o modemtest.ModemOptions) *world {
	t.Helper()
	w := newQuietWorld(t, o)
	w.start()
	w.awaitReady()
	return w
}

// newLinkedWorld is a world in which a link stands before the server.
func newLinkedWorld(t *testing.T, o modemtest.ModemOptions) (*world, *link) {
	t.Helper()
	var l *link
	w := newWorldOn(t, o, xmpptest.StartProsody, xmpptest.Options{}, func(w *world) string {
		l = watchLink(w)
		return ""
	})
	w.start()
	w.awaitReady()
	return w, l
}

// newQuietWorld is a world whose gateway was not yet started.
func newQuietWorld(t *testing.T, o modemtest.ModemOptions) *world {
	t.Helper()
	return newWorldOn(t, o, xmpptest.StartProsody, xmpptest.Options{}, nil)
}

// newWorldOn is a quiet world with a chat server of its own kind. lines gives more lines for [xmpp]; nil for none.
func newWorldOn(
	t *testing.T, o modemtest.ModemOptions,
	start func(context.Context, xmpptest.Options) (*xmpptest.Server, error), so xmpptest.Options, lines func(*world) string,
) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	so.Dir = filepath.Join(w.dir, "server")
	if w.server, err = start(ctx, so); err != nil {
		t.Fatal(err)
	}
	more := ""
	if lines != nil {
		more = lines(w)
	}
	t.Cleanup(func() { _ = w.server.Stop() })
	for _, user := range []string{"mum", "dad", "coach", "eve"} {
		if err := w.server.Register(user, password); err != nil {
			t.Fatal(err)
		}
	}
	w.network = modemtest.NewNetwork(modemtest.NetworkOptions{})
	t.Cleanup(func() { _ = w.network.Close() })
	o.Number = gatewayNumber
	w.modem = w.network.NewModem(o)
	w.emma, w.jonas, w.gran = w.network.Phone(emmaNumber), w.network.Phone(jonasNumber), w.network.Phone(granNumber)
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	w.write("secret", w.server.ComponentSecret)
	w.config = w.write("knapp.toml", fmt.Sprintf(`
data_dir = %q
[[modem]]
name = "main"
port = %q
number = %q
[xmpp]
mode = "component"
domain = %q
server = %q
secret_file = %q
%s
[console]
listen = %q
`, filepath.Join(w.dir, "data"), w.port(), gatewayNumber, w.server.ComponentDomain, w.server.ComponentAddr,
		filepath.Join(w.dir, "secret"), more, freeAddress(t)))
	w.mustKnapp("family", "apply", w.write("family.toml", fmt.Sprintf(family, w.server.Domain)))
	return w
}

func (w *world) port() string { return filepath.Join(w.dir, "modem") }

// write makes a file that only this user reads.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// freeAddress returns an address to listen on. As xmpptest's, its port lies below those of outgoing connections, so that
// it is still free when a gateway that was killed starts again.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 200 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(10000)))
		if err != nil {
			continue
		}
		defer func() { _ = l.Close() }()
		return l.Addr().String()
	}
	t.Fatal("no free port on 127.0.0.1 between 10000 and 20000")
	return ""
}

// knapp runs a sub-command as a keeper would.
func (w *world) knapp(args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, append(args, "--config", w.config)...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func (w *world) mustKnapp(args ...string) string {
	w.t.Helper()
	out, errs, code := w.knapp(args...)
	if code != 0 {
		w.t.Fatalf("knapp %s: exit code %d: %s", strings.Join(args, " "), code, errs)
	}
	return out
}

// process is a running gateway.
type process struct {
	cmd  *exec.Cmd
	log  *record
	done chan struct{}
}

// record keeps what a process printed.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}

var _ io.Writer = (*record)(nil)

// start starts the gateway, with more in its environment if any is given, and does not wait for it.
func (w *world) start(env ...string) {
	w.t.Helper()
	p := &process{cmd: exec.Command(program, "run", "--verbose", "--config", w.config), log: &record{}, done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	go func() {
		defer close(p.done)
		_ = p.cmd.Wait()
	}()
	w.gateway = p
	w.t.Cleanup(func() {
		p.kill()
		if w.t.Failed() {
			w.t.Logf("the gateway's log:\n%s", p.log)
		}
	})
}

// kill is a SIGKILL; it returns when the process is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop is a SIGTERM; it returns the exit code and how long it took.
func (w *world) stop() (code int, took time.Duration) {
	w.t.Helper()
	began := time.Now()
	if err := w.gateway.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-w.gateway.done:
	case <-time.After(patience):
		w.t.Fatal("the gateway does not stop")
	}
	return w.gateway.cmd.ProcessState.ExitCode(), time.Since(began)
}

// state asks the running gateway how it is.
func (w *world) state() (status, error) {
	return newClient(filepath.Join(w.dir, "data", "knapp.sock")).Status(w.t.Context())
}

// awaitState waits until the running gateway is as it should be.
func (w *world) awaitState(what string, is func(status) bool) {
	w.t.Helper()
	var last status
	until(w.t, what, func() bool {
		st, err := w.state()
		last = st
		return err == nil && is(st)
	}, func() string {
		text, _ := json.Marshal(last)
		return string(text)
	})
}

func (w *world) awaitReady() {
	w.t.Helper()
	w.awaitState("modem and chat server", func(s status) bool {
		return s.XMPP.Connected && len(s.Modems) == 1 && s.Modems[0].Ready
	})
}

// until waits for a condition.
func until(t *testing.T, what string, is func() bool, explain ...func() string) {
	t.Helper()
	for deadline := time.Now().Add(patience); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			text := ""
			for _, e := range explain {
				text += ": " + e()
			}
			t.Fatalf("%s: not within %v%s", what, patience, text)
		}
	}
}

// reads waits until a phone shows a text.
func (w *world) reads(p *modemtest.Phone, text string) modemtest.Text {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	got, err := p.Wait(ctx, func(m modemtest.Text) bool { return m.Text == text })
	if err != nil {
		var all []string
		for _, m := range p.Inbox() {
			all = append(all, m.Text)
		}
		w.t.Fatalf("the phone does not show %q; it shows %q", text, all)
	}
	return got
}

// texts sends an SMS from a phone to the gateway.
func (w *world) texts(p *modemtest.Phone, text string) {
	w.t.Helper()
	if err := p.Send(gatewayNumber, text); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) child(name string) string { return name + "@" + w.server.ComponentDomain }
