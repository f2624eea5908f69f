package modemtest_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/modem/modemtest"

	"github.com/warthog618/sms/encoding/tpdu"
)

const (
	gateway = "+4799990000"
	emma    = "+4793333333"
	mamma   = "+4791111111"
	// patience bounds every wait; nothing here takes a hundredth of it.
	patience = 20 * time.Second
)

// host is the other end of the line: it types and collects what comes.
type host struct {
	t    *testing.T
	rwc  io.ReadWriteCloser
	mu   sync.Mutex
	got  string
	over bool
	news chan struct{}
}

func newHost(t *testing.T, rwc io.ReadWriteCloser) *host {
	t.Helper()
	h := &host{t: t, rwc: rwc, news: make(chan struct{}, 1)}
	go h.listen()
	t.Cleanup(func() { _ = rwc.Close() })
	return h
}

func (h *host) listen() {
	buf := make([]byte, 4096)
	for {
		n, err := h.rwc.Read(buf)
		h.mu.Lock()
		h.got += string(buf[:n])
		h.over = err != nil
		h.mu.Unlock()
		select {
		case h.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (h *host) text() (string, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.got, h.over
}

// until waits for want and returns and forgets everything up to its end.
func (h *host) until(want string) string {
	h.t.Helper()
	deadline := time.After(patience)
	for {
		h.mu.Lock()
		i := strings.Index(h.got, want)
		if i >= 0 {
			got := h.got[:i+len(want)]
			h.got = h.got[i+len(want):]
			h.mu.Unlock()
			return got
		}
		got := h.got
		h.mu.Unlock()
		select {
		case <-h.news:
		case <-deadline:
			h.t.Fatalf("no %q; got %q", want, got)
		}
	}
}

// gone waits for the end of the connection and returns what came before.
func (h *host) gone() string {
	h.t.Helper()
	deadline := time.After(patience)
	for {
		got, over := h.text()
		if over {
			return got
		}
		select {
		case <-h.news:
		case <-deadline:
			h.t.Fatalf("the connection is still there; got %q", got)
		}
	}
}

func (h *host) typeIn(s string) {
	h.t.Helper()
	if _, err := io.WriteString(h.rwc, s); err != nil {
		h.t.Fatalf("type %q: %v", s, err)
	}
}

// at types a command and returns everything up to its final result.
func (h *host) at(command string) string {
	h.t.Helper()
	h.typeIn(command + "\r")
	return h.answer(command)
}

// answer waits for the final result of what was typed.
func (h *host) answer(command string) string {
	h.t.Helper()
	deadline := time.After(patience)
	for {
		h.mu.Lock()
		got := h.got
		if end := finalEnd(got); end > 0 {
			h.got = got[end:]
			h.mu.Unlock()
			return got[:end]
		}
		h.mu.Unlock()
		select {
		case <-h.news:
		case <-deadline:
			h.t.Fatalf("%s: no final result in %q", command, got)
		}
	}
}

// finalEnd is where the first final result of an answer ends, or 0.
func finalEnd(s string) int {
	at := 0
	for _, line := range strings.SplitAfter(s, "\r\n") {
		at += len(line)
		l, whole := strings.CutSuffix(line, "\r\n")
		if whole && (l == "OK" || l == "ERROR" || strings.HasPrefix(l, "+CMS ERROR") || strings.HasPrefix(l, "+CME ERROR")) {
			return at
		}
	}
	return 0
}

// ok types a command that must succeed.
func (h *host) ok(command string) string {
	h.t.Helper()
	got := h.at(command)
	if !strings.HasSuffix(got, "\r\nOK\r\n") {
		h.t.Fatalf("%s: %q", command, got)
	}
	return got
}

// cmgs sends a PDU and returns the answer after 0x1A.
func (h *host) cmgs(pdu string) string {
	h.t.Helper()
	h.typeIn(fmt.Sprintf("AT+CMGS=%d\r", len(pdu)/2-1))
	h.until("> ")
	h.typeIn(pdu + "\x1a")
	return h.answer("AT+CMGS")
}

// wire is a network with a modem on a pipe and a host that has said ATE0 and
// CMEE=1.
func wire(t *testing.T, n modemtest.NetworkOptions, o modemtest.ModemOptions) (*modemtest.Network, *modemtest.Modem, *host) {
	t.Helper()
	network := modemtest.NewNetwork(n)
	t.Cleanup(func() {
		if err := network.Close(); err != nil {
			t.Error(err)
		}
	})
	if o.Number == "" {
		o.Number = gateway
	}
	m := network.NewModem(o)
	h := connect(t, m)
	h.ok("ATE0")
	h.ok("AT+CMEE=1")
	return network, m, h
}

// connect gives the modem a port over a pipe.
func connect(t *testing.T, m *modemtest.Modem) *host {
	t.Helper()
	ours, theirs := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- m.Serve(theirs) }()
	t.Cleanup(func() {
		_ = ours.Close()
		if err := <-served; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return newHost(t, ours)
}

// submitPDU makes the PDU of a message, without a service centre.
func submitPDU(t *testing.T, to, text string, report bool) string {
	t.Helper()
	pdus := submitPDUs(t, to, text, report)
	if len(pdus) != 1 {
		t.Fatalf("%d parts", len(pdus))
	}
	return pdus[0]
}

func submitPDUs(t *testing.T, to, text string, report bool) []string {
	t.Helper()
	ud, _, alpha := tpdu.EncodeUserData([]byte(text))
	s, err := tpdu.NewSubmit(tpdu.WithDA(tpdu.NewAddress(tpdu.FromNumber(to))))
	if err != nil {
		t.Fatal(err)
	}
	if alpha == tpdu.AlphaUCS2 {
		s.SetDCS(8)
	}
	if report {
		s.FirstOctet |= tpdu.FoSRR
	}
	var pdus []string
	for _, part := range s.Segment(ud) {
		b, err := part.MarshalBinary()
		if err != nil {
			t.Fatal(err)
		}
		pdus = append(pdus, "00"+strings.ToUpper(hex.EncodeToString(b)))
	}
	return pdus
}

// readPDU decodes a PDU as the modem prints it, towards the host.
func readPDU(t *testing.T, pdu string) tpdu.TPDU {
	t.Helper()
	b, err := hex.DecodeString(pdu)
	if err != nil {
		t.Fatalf("%q: %v", pdu, err)
	}
	out := tpdu.TPDU{Direction: tpdu.MT}
	if err := out.UnmarshalBinary(b[1+b[0]:]); err != nil {
		t.Fatalf("%q: %v", pdu, err)
	}
	return out
}

// pduIn finds the PDU in an answer or a URC: the first line of hexadecimal.
func pduIn(t *testing.T, s string) string {
	t.Helper()
	for _, l := range strings.Split(s, "\r\n") {
		if len(l) > 20 && strings.Trim(l, "0123456789ABCDEF") == "" {
			return l
		}
	}
	t.Fatalf("no PDU in %q", s)
	return ""
}

func textOf(t *testing.T, d tpdu.TPDU) string {
	t.Helper()
	alpha, _ := d.Alphabet()
	b, err := tpdu.DecodeUserData(d.UD, d.UDH, alpha)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func waitText(t *testing.T, p *modemtest.Phone, want string) modemtest.Text {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	text, err := p.Wait(ctx, func(x modemtest.Text) bool { return x.Text == want })
	if err != nil {
		t.Fatalf("%v; inbox %v", err, p.Inbox())
	}
	return text
}

func openLine(t *testing.T, path string) *host {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|0x100 /* O_NOCTTY */, 0)
	if err != nil {
		t.Fatal(err)
	}
	return newHost(t, f)
}

func linked(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
