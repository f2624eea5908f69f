package at

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// script is a modem that answers command lines by a table; a missing command gets no answer.
type script struct {
	net.Conn
	t       *testing.T
	mu      sync.Mutex
	answers map[string]string
	got     []string
}

// dial starts a connection to a scripted modem.
func dial(t *testing.T, o Options, answers map[string]string) (*Conn, *script, <-chan error) {
	t.Helper()
	host, far := net.Pipe()
	s := &script{Conn: far, t: t, answers: answers}
	go s.serve()
	c := New(host, o)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		_ = far.Close() // closed already where the test did
		select {
		case <-c.Done():
		case <-time.After(5 * time.Second):
			t.Error("the connection does not end")
		}
	})
	return c, s, ended
}

func (s *script) serve() {
	r := bufio.NewReader(s.Conn)
	var line []byte
	for {
		b, err := r.ReadByte()
		if err != nil {
			return
		}
		if b != '\r' && b != 0x1A && b != 0x1B {
			if b != '\n' {
				line = append(line, b)
			}
			continue
		}
		cmd := string(line)
		if b == 0x1A {
			cmd += "<SUB>"
		} else if b == 0x1B {
			cmd += "<ESC>"
		}
		line = nil
		s.mu.Lock()
		s.got = append(s.got, cmd)
		answer := s.answers[cmd]
		s.mu.Unlock()
		if answer != "" {
			s.say(answer)
		}
	}
}

func (s *script) say(text string) {
	if _, err := io.WriteString(s.Conn, text); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		s.t.Error(err)
	}
}

func (s *script) set(cmd, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[cmd] = answer
}

func (s *script) received() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

func (s *script) await(t *testing.T, cmd string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); !slices.Contains(s.received(), cmd); {
		if time.Now().After(deadline) {
			t.Fatalf("never received %q, only %q", cmd, s.received())
		}
		time.Sleep(time.Millisecond)
	}
}

const marker = "\r\n+CMEE: 1\r\n\r\nOK\r\n"

func TestCommand(t *testing.T) {
	c, _, _ := dial(t, Options{}, map[string]string{
		"AT+CGMM":  "\r\nEC25\r\n\r\nOK\r\n",
		"AT+WIND?": "\r\nCOMMAND NOT SUPPORT\r\n",
		"AT+CPIN?": "\r\n+CME ERROR: SIM busy\r\n",
	})
	if info, err := c.Command(t.Context(), "+CGMM"); err != nil || !slices.Equal(info, []string{"EC25"}) {
		t.Errorf("%q, %v", info, err)
	}
	var e *Error
	if _, err := c.Command(t.Context(), "+WIND?"); !errors.As(err, &e) || e.Class != Plain || e.Text != "COMMAND NOT SUPPORT" {
		t.Errorf("%v", err)
	}
	if _, err := c.Command(t.Context(), "+CPIN?"); !errors.As(err, &e) || e.Class != CME || e.Code != 14 {
		t.Errorf("%v", err)
	}
}

func TestLateAnswer(t *testing.T) {
	c, s, _ := dial(t, Options{Timeout: 50 * time.Millisecond}, map[string]string{
		"AT": "\r\nOK\r\n", "AT+CGMM": "\r\nEC25\r\n\r\nOK\r\n", "AT+CMEE?": marker,
	})
	if _, err := c.Command(t.Context(), "+COPS=?"); !errors.Is(err, ErrTimeout) {
		t.Fatalf("got %v", err)
	}
	// The late answer comes when the modem is asked whether it is there.
	s.set("AT", "\r\n+COPS: (2,\"x\")\r\n\r\nOK\r\n\r\nOK\r\n")
	if info, err := c.Command(t.Context(), "+CGMM"); err != nil || !slices.Equal(info, []string{"EC25"}) {
		t.Errorf("%q, %v", info, err)
	}
	if u := <-c.URCs(); u.Line != `+COPS: (2,"x")` {
		t.Errorf("the late answer was not told: %+v", u)
	}
}

func TestAnswerWithoutResult(t *testing.T) {
	c, _, _ := dial(t, Options{Timeout: 50 * time.Millisecond}, map[string]string{"AT+CPIN?": "\r\n+CPIN: READY\r\n"})
	info, err := c.Command(t.Context(), "+CPIN?")
	if !errors.Is(err, ErrTimeout) || !slices.Equal(info, []string{"+CPIN: READY"}) {
		t.Errorf("%q, %v", info, err)
	}
}

func TestDeadModemBreaksTheConnection(t *testing.T) {
	c, _, ended := dial(t, Options{Timeout: 20 * time.Millisecond}, map[string]string{})
	if _, err := c.Command(t.Context(), "+CSQ"); !errors.Is(err, ErrTimeout) {
		t.Fatalf("got %v", err)
	}
	if _, err := c.Command(t.Context(), "+CSQ"); !errors.Is(err, ErrOutOfStep) {
		t.Errorf("got %v", err)
	}
	if err := <-ended; !errors.Is(err, ErrOutOfStep) {
		t.Errorf("Run: %v", err)
	}
}

func TestSync(t *testing.T) {
	c, s, _ := dial(t, Options{ProbeEvery: 20 * time.Millisecond}, map[string]string{"AT+CMEE?": marker})
	go func() {
		// Three questions go by while the modem starts; then it answers each of them.
		for n := 0; n < 3; {
			n = len(slices.DeleteFunc(s.received(), func(l string) bool { return l != "AT" }))
		}
		s.set("AT", "\r\nOK\r\n\r\nOK\r\n\r\nOK\r\n\r\nOK\r\n")
	}()
	if err := c.Sync(t.Context(), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	s.set("AT+CGMM", "\r\nEC25\r\n\r\nOK\r\n")
	if info, err := c.Command(t.Context(), "+CGMM"); err != nil || !slices.Equal(info, []string{"EC25"}) {
		t.Errorf("%q, %v", info, err)
	}
}

func TestSyncWithoutMarker(t *testing.T) {
	c, s, _ := dial(t, Options{}, map[string]string{"AT": "\r\nOK\r\n", "AT+CMEE?": "\r\nERROR\r\n"})
	if err := c.Sync(t.Context(), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	s.set("AT+CGMM", "\r\nX\r\n\r\nOK\r\n")
	if info, err := c.Command(t.Context(), "+CGMM"); err != nil || !slices.Equal(info, []string{"X"}) {
		t.Errorf("%q, %v", info, err)
	}
}

func TestSyncNoAnswer(t *testing.T) {
	c, _, _ := dial(t, Options{ProbeEvery: 10 * time.Millisecond}, map[string]string{})
	if err := c.Sync(t.Context(), 50*time.Millisecond); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("got %v", err)
	}
}

func TestSMSCommit(t *testing.T) {
	no := errors.New("disk full")
	for _, c := range []struct {
		name   string
		script map[string]string
		commit error
		left   bool
		code   int
		wire   string
	}{
		{"sent", map[string]string{"AT+CMGS=3": "\r\n> ", "00112233<SUB>": "\r\n+CMGS: 7\r\n\r\nOK\r\n"}, nil, true, 0, "00112233<SUB>"},
		{"refused before the prompt", map[string]string{"AT+CMGS=3": "\r\n+CMS ERROR: 330\r\n"}, nil, false, 330, ""},
		{"refused after the text", map[string]string{"AT+CMGS=3": "\r\n> ", "00112233<SUB>": "\r\n+CMS ERROR: 38\r\n"}, nil, true, 38, "00112233<SUB>"},
		{"not committed", map[string]string{"AT+CMGS=3": "\r\n> ", "<ESC>": "\r\nOK\r\n"}, no, false, 0, "<ESC>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn, s, _ := dial(t, Options{}, c.script)
			info, left, err := conn.SMS(t.Context(), time.Second, "+CMGS=3", "00112233", func() error { return c.commit })
			var e *Error
			switch {
			case left != c.left:
				t.Errorf("left: %v", left)
			case c.commit != nil && !errors.Is(err, c.commit), c.code != 0 && (!errors.As(err, &e) || e.Code != c.code):
				t.Errorf("error: %v", err)
			case c.code == 0 && c.commit == nil && (err != nil || !slices.Equal(info, []string{"+CMGS: 7"})):
				t.Errorf("%q, %v", info, err)
			}
			if c.wire != "" {
				s.await(t, c.wire)
			}
			if c.commit != nil && slices.Contains(s.received(), "00112233<SUB>") {
				t.Error("the text left although it was not committed")
			}
		})
	}
}

// stuck is a port that reads nothing and takes no bytes.
type stuck struct {
	closed chan struct{}
	once   sync.Once
}

func (s *stuck) Read([]byte) (int, error)  { <-s.closed; return 0, io.EOF }
func (s *stuck) Write([]byte) (int, error) { select {} }
func (s *stuck) Close() error              { s.once.Do(func() { close(s.closed) }); return nil }

func TestBlockedWrite(t *testing.T) {
	c := New(&stuck{closed: make(chan struct{})}, Options{WriteTimeout: 50 * time.Millisecond})
	ended := make(chan error, 1)
	go func() { ended <- c.Run(t.Context()) }()
	if _, err := c.Command(t.Context(), "+CSQ"); !errors.Is(err, ErrClosed) {
		t.Errorf("Command: %v", err)
	}
	select {
	case err := <-ended:
		if !errors.Is(err, ErrBlocked) {
			t.Errorf("Run: %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Run hangs")
	}
}

// late counts writes after Close.
type late struct {
	net.Conn
	mu     sync.Mutex
	closed bool
	after  int
}

func (l *late) Write(p []byte) (int, error) {
	l.mu.Lock()
	if l.closed {
		l.after++
	}
	l.mu.Unlock()
	return l.Conn.Write(p)
}

func (l *late) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	return l.Conn.Close()
}

func TestNoWriteAfterClose(t *testing.T) {
	for range 50 {
		host, far := net.Pipe()
		port := &late{Conn: host}
		go func() { _, _ = io.Copy(io.Discard, far) }() // ends with the pipe
		c := New(port, Options{Timeout: time.Millisecond})
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() { _ = c.Run(ctx) }) // its reason is the cancellation below
		for range 4 {
			all.Go(func() {
				for {
					if _, err := c.Command(ctx, "+CSQ"); err != nil && !errors.Is(err, ErrTimeout) {
						return
					}
				}
			})
		}
		cancel()
		all.Wait()
		if port.after > 0 {
			t.Fatalf("%d writes after Close", port.after)
		}
	}
}

func TestQueueOverflowIsMarked(t *testing.T) {
	c, s, _ := dial(t, Options{Queue: 4}, map[string]string{"AT": "\r\nOK\r\n"})
	for i := range 10 {
		s.say(fmt.Sprintf("\r\n+CMTI: \"SM\",%d\r\n", i))
	}
	// The answer comes after the codes, so all of them have been read by then.
	if _, err := c.Command(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		if u := <-c.URCs(); u.Lost || u.Args() != fmt.Sprintf("\"SM\",%d", i) {
			t.Fatalf("code %d: %+v", i, u)
		}
	}
	if u := <-c.URCs(); !u.Lost {
		t.Fatalf("no mark: %+v", u)
	}
	s.say("\r\n+CMTI: \"SM\",10\r\n")
	if u := <-c.URCs(); u.Lost || u.Args() != `"SM",10` {
		t.Fatalf("after the mark: %+v", u)
	}
}

func TestSilenceAfterACodeThatAwaitsItsPDU(t *testing.T) {
	c, s, _ := dial(t, Options{TrailingWait: 20 * time.Millisecond}, map[string]string{})
	s.say("\r\n+CMT: ,29\r\n")
	if u := <-c.URCs(); u.Line != "+CMT: ,29" || u.Trailing != "" {
		t.Errorf("%+v", u)
	}
}

func TestHangUp(t *testing.T) {
	c, s, ended := dial(t, Options{}, map[string]string{})
	go func() {
		s.await(t, "AT+CSQ")
		_ = s.Conn.Close() // the unplugging
	}()
	if _, err := c.Command(t.Context(), "+CSQ"); !errors.Is(err, ErrClosed) {
		t.Errorf("Command: %v", err)
	}
	if err := <-ended; !errors.Is(err, io.EOF) {
		t.Errorf("Run: %v", err)
	}
	if _, open := <-c.URCs(); open {
		t.Error("the channel of codes is still open")
	}
}

func TestTrace(t *testing.T) {
	host, far := net.Pipe()
	var mu sync.Mutex
	var lines []string
	port := TracePort(host, Redacted(func(d Direction, line string) {
		mu.Lock()
		defer mu.Unlock()
		lines = append(lines, string(d)+" "+line)
	}))
	go func() {
		_, _ = io.WriteString(far, "\r\n+CMGR: 0,,29\r\n"+deliver+"\r\n+CLIP: \"+4793333333\",145\r\n> ") // net.Pipe ends it
		_ = far.Close()                                                                                   // so that the copy ends
	}()
	if _, err := io.Copy(io.Discard, port); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, far) }()                                                  // ends at once, the pipe is closed
	_, _ = port.Write([]byte("AT+CPIN=\"1234\"\r\n" + "0011000A9174393333330000A70548656C6C6F\x1a")) // refused by the closed pipe, and traced
	want := []string{
		"< +CMGR: 0,,29", "< …(36 octets)", `< +CLIP: "+…33",145`, "< >", "> AT+CPIN=…", "> …(19 octets)", "> <SUB>",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got %s", strings.Join(lines, "\n"))
	}
}
