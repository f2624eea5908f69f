package xmpptest_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
)

// start is how the tests start either kind.
type start func(context.Context, xmpptest.Options) (*xmpptest.Server, error)

var kinds = map[string]start{
	xmpptest.Prosody:  xmpptest.StartProsody,
	xmpptest.Ejabberd: xmpptest.StartEjabberd,
}

// asChild makes the test binary start a Prosody in the named folder, say its
// process id, and wait to be killed.
const asChild = "KNAPP_XMPPTEST_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asChild); dir != "" {
		s, err := xmpptest.StartProsody(context.Background(), xmpptest.Options{Dir: dir})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Println(s.PID())
		select {}
	}
	os.Exit(m.Run())
}

func run(t *testing.T, start start, o xmpptest.Options) *xmpptest.Server {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	s, err := start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func register(t *testing.T, s *xmpptest.Server, user string) {
	t.Helper()
	if err := s.Register(user, "hemmelig"); err != nil {
		t.Fatal(err)
	}
}

func TestMessageThereAndBack(t *testing.T) {
	for kind, start := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := run(t, start, xmpptest.Options{Domain: "familie.test", Archive: true, Rooms: true, Privilege: true, Websocket: true})
			register(t, s, "mamma")
			gateway, mamma := connect(t, s), login(t, s, "mamma", "hemmelig")

			mamma.send(t, "", "emma@"+s.ComponentDomain, "Hvor er du?")
			m := gateway.receive(t)
			if m.Body != "Hvor er du?" || m.From.Bare().String() != "mamma@familie.test" {
				t.Fatalf("the component got %q from %s", m.Body, m.From)
			}
			gateway.send(t, "emma@"+s.ComponentDomain, m.From.String(), "På skolen")
			if m := mamma.receive(t); m.Body != "På skolen" || m.From.String() != "emma@"+s.ComponentDomain {
				t.Fatalf("the client got %q from %s", m.Body, m.From)
			}
		})
	}
}

func TestOnlyTheRightPasswordAndSecret(t *testing.T) {
	s := run(t, xmpptest.StartProsody, xmpptest.Options{Secret: "riktig"})
	if s.ComponentSecret != "riktig" || s.Domain != "localhost" || s.ComponentDomain != "sms.localhost" {
		t.Errorf("server is %q %q %q", s.ComponentSecret, s.Domain, s.ComponentDomain)
	}
	connect(t, s)
	if _, err := tryComponent(t, s, "feil"); err == nil {
		t.Error("a component with a wrong secret is let in")
	}
	register(t, s, "mamma")
	if err := s.Register("mamma", "nytt"); err != nil {
		t.Fatal(err)
	}
	login(t, s, "mamma", "nytt")
	if _, err := tryLogin(t, s, "mamma", "hemmelig"); err == nil {
		t.Error("the old password still lets in")
	}
}

func TestStoppedInTheMiddleAndStartedAgain(t *testing.T) {
	for kind, start := range kinds {
		for name, end := range map[string]func(*xmpptest.Server) error{
			"stopped": (*xmpptest.Server).Stop,
			"killed":  (*xmpptest.Server).Kill,
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				t.Parallel()
				s := run(t, start, xmpptest.Options{})
				register(t, s, "mamma")
				login(t, s, "mamma", "hemmelig")
				before, addr := s.PID(), s.C2SAddr
				if err := end(s); err != nil {
					t.Fatal(err)
				}
				if !gone(before) || s.PID() != 0 {
					t.Fatalf("process %d is still there", before)
				}
				if conn, err := net.Dial("tcp", addr); err == nil {
					conn.Close()
					t.Fatal("the stopped server still accepts connections")
				}
				if err := s.Restart(t.Context()); err != nil {
					t.Fatal(err)
				}
				if s.C2SAddr != addr {
					t.Errorf("address was %s and is %s", addr, s.C2SAddr)
				}
				mamma := login(t, s, "mamma", "hemmelig")
				gateway := connect(t, s)
				gateway.send(t, "emma@"+s.ComponentDomain, "mamma@"+s.Domain, "Er du der?")
				mamma.receive(t)
			})
		}
	}
}

func TestNothingIsLeftWhenTheCallerIsKilled(t *testing.T) {
	caller := exec.Command(os.Args[0])
	caller.Env = append(os.Environ(), asChild+"="+t.TempDir())
	caller.Stderr = os.Stderr
	out, err := caller.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := caller.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		t.Fatal(err)
	}
	if gone(pid) {
		t.Fatalf("process %d never was", pid)
	}
	if err := caller.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = caller.Wait() // it was killed
	deadline := time.Now().Add(patience)
	for !gone(pid) {
		if time.Now().After(deadline) {
			t.Fatalf("process %d outlived its caller", pid)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestGroupsAreInTheRoster(t *testing.T) {
	for kind, start := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := run(t, start, xmpptest.Options{Groups: []xmpptest.Group{{
				Name: "Familien",
				Members: []xmpptest.Member{
					{JID: "mamma@localhost", Name: "Mamma"},
					{JID: "emma@sms.localhost", Name: "Emma"},
				},
			}}})
			register(t, s, "mamma")
			register(t, s, "onkel")
			items := login(t, s, "mamma", "hemmelig").contacts(t)
			want := rosterItem{JID: "emma@sms.localhost", Name: "Emma", Subscription: "both"}
			if len(items) != 1 || items[0] != want {
				t.Errorf("a member's roster is %+v, want %+v", items, want)
			}
			if items := login(t, s, "onkel", "hemmelig").contacts(t); len(items) != 0 {
				t.Errorf("another's roster is %+v", items)
			}
		})
	}
}

func TestEjabberdAddsAContact(t *testing.T) {
	s := run(t, xmpptest.StartEjabberd, xmpptest.Options{})
	register(t, s, "mamma")
	if err := s.AddContact("mamma", xmpptest.Member{JID: "emma@sms.localhost", Name: "Emma"}); err != nil {
		t.Fatal(err)
	}
	items := login(t, s, "mamma", "hemmelig").contacts(t)
	want := rosterItem{JID: "emma@sms.localhost", Name: "Emma", Subscription: "both"}
	if len(items) != 1 || items[0] != want {
		t.Errorf("the roster is %+v, want %+v", items, want)
	}
	prosody := run(t, xmpptest.StartProsody, xmpptest.Options{})
	if err := prosody.AddContact("mamma", xmpptest.Member{}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Prosody: %v, want unsupported", err)
	}
}

func TestTLSAndWebsocketAnswer(t *testing.T) {
	for kind, start := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := run(t, start, xmpptest.Options{Websocket: true})
			conn, err := tls.Dial("tcp", s.TLSAddr, s.TLSConfig())
			if err != nil {
				t.Fatalf("direct TLS: %v", err)
			}
			conn.Close()

			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, strings.Replace(s.WebsocketURL, "ws:", "http:", 1), nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range map[string]string{
				"Connection": "Upgrade", "Upgrade": "websocket", "Origin": "http://127.0.0.1:8080",
				"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
				"Sec-WebSocket-Protocol": "xmpp",
			} {
				req.Header.Set(name, value)
			}
			answer, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			if answer.StatusCode != http.StatusSwitchingProtocols {
				t.Errorf("websocket: %s", answer.Status)
			}
		})
	}
}

func TestOnlyLoopbackListens(t *testing.T) {
	for kind, start := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := run(t, start, xmpptest.Options{Websocket: true})
			open := listening(t, s.PID())
			if len(open) != 4 {
				t.Errorf("it listens on %v, want the four addresses of Server", open)
			}
			for _, addr := range open {
				if !strings.HasPrefix(addr, "0100007F:") { // 127.0.0.1 as /proc/net/tcp has it
					t.Errorf("it listens on %s", addr)
				}
			}
		})
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for name, test := range map[string]struct {
		options xmpptest.Options
		want    string
	}{
		"no folder": {xmpptest.Options{}, "Options.Dir"},
		"no server": {xmpptest.Options{Dir: t.TempDir(), Servers: t.TempDir()}, "make deps-test"},
		"port":      {xmpptest.Options{Dir: t.TempDir(), C2SPort: port}, "port"},
	} {
		for kind, start := range kinds {
			t.Run(name+" "+kind, func(t *testing.T) {
				s, err := start(t.Context(), test.options)
				if err == nil {
					s.Stop()
					t.Fatal("it started")
				}
				if !strings.Contains(err.Error(), test.want) {
					t.Errorf("error is %q, want something of %q", err, test.want)
				}
			})
		}
	}
}

// gone tells whether a process is no more, or waits only to be reaped by whoever
// inherited it.
func gone(pid int) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return true
	}
	_, after, _ := bytes.Cut(stat, []byte(") "))
	return bytes.HasPrefix(after, []byte("Z"))
}

// listening are the local addresses on which a process listens, as the kernel
// writes them.
func listening(t *testing.T, pid int) []string {
	t.Helper()
	sockets := map[string]bool{}
	fds, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if target, err := os.Readlink(fd); err == nil && strings.HasPrefix(target, "socket:[") {
			sockets[strings.Trim(target, "socket:[]")] = true
		}
	}
	var open []string
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", pid, table))
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			const local, state, inode = 1, 3, 9
			f := strings.Fields(line)
			if len(f) > inode && sockets[f[inode]] && (f[state] == "0A" || strings.HasPrefix(table, "udp")) {
				open = append(open, f[local])
			}
		}
	}
	return open
}
