package modemtest_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

func TestURCInsideAnAnswer(t *testing.T) {
	deliver := []byte{0x04, 0x04, 0x81, 0x21, 0x43, 0, 0, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 1, 0x61}
	for _, tt := range []struct {
		line int
		want string
	}{
		{0, "\r\n\r\nRING\r\n+CMGL: 0,1,,16\r\n0691"},
		{1, "\r\n+CMGL: 0,1,,16\r\n\r\nRING\r\n0691"},
		{-1, "61\r\n\r\nRING\r\n\r\nOK\r\n"},
	} {
		_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
		if _, err := m.Put("SM", 1, deliver); err != nil {
			t.Fatal(err)
		}
		m.Fault(modemtest.Fault{Kind: modemtest.URCInside, On: "+CMGL", Line: tt.line, Text: "RING"})
		if got := h.ok("AT+CMGL=4"); !strings.Contains(got, tt.want) {
			t.Errorf("line %d: %q", tt.line, got)
		}
		if got := h.ok("AT+CMGL=4"); strings.Contains(got, "RING") {
			t.Errorf("a second time: %q", got)
		}
	}
}

// TestURCInsideAnAnswerIsTheRealOne: without Text the URC that waits goes inside.
func TestURCInsideAnAnswerIsTheRealOne(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{Timing: modemtest.Timing{Answer: 50 * time.Millisecond}})
	h.ok("AT+CNMI=2,1,0,1,0")
	m.Fault(modemtest.Fault{Kind: modemtest.URCInside, On: "+CSQ", Line: -1})
	h.typeIn("AT+CSQ\r")
	eventually(t, "the command begun", func() bool { return m.Counters().Commands == 4 })
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	if got := h.answer("AT+CSQ"); got != "\r\n+CSQ: 21,99\r\n\r\n+CMTI: \"SM\",0\r\n\r\nOK\r\n" {
		t.Errorf("%q", got)
	}
}

func TestURCFaults(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CNMI=2,1,0,1,0")
	m.Fault(modemtest.Fault{Kind: modemtest.URCLost, On: "+CMTI"})
	m.Fault(modemtest.Fault{Kind: modemtest.URCTwice, On: "+CMTI"})
	m.Fault(modemtest.Fault{Kind: modemtest.URCLate, On: "+CMTI: \"SM\",2", Delay: 30 * time.Millisecond})
	for range 4 {
		if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
			t.Fatal(err)
		}
	}
	got := h.until("+CMTI: \"SM\",2\r\n")
	want := "\r\n+CMTI: \"SM\",1\r\n\r\n+CMTI: \"SM\",1\r\n\r\n+CMTI: \"SM\",3\r\n\r\n+CMTI: \"SM\",2\r\n"
	if got != want {
		t.Errorf("got %q", got)
	}
}

func TestSendFaults(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  modemtest.Fault
		sent   int
		answer string // what the host sees; "" is the end of the line
	}{
		{"error", modemtest.Fault{Kind: modemtest.CMSError, Code: 42}, 0, "\r\n+CMS ERROR: 42\r\n"},
		{"error although sent", modemtest.Fault{Kind: modemtest.CMSErrorSent, Code: 500}, 1, "\r\n+CMS ERROR: 500\r\n"},
		{"cut before it was sent", modemtest.Fault{Kind: modemtest.CutBeforeSend}, 0, ""},
		{"cut before the result", modemtest.Fault{Kind: modemtest.CutBeforeResult}, 1, ""},
		{"cut after the result", modemtest.Fault{Kind: modemtest.CutAfterResult, On: "+CMGS"}, 1, "\r\n+CMGS: 0\r\n\r\nOK\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			network := modemtest.NewNetwork(modemtest.NetworkOptions{})
			defer network.Close()
			m := network.NewModem(modemtest.ModemOptions{Number: gateway})
			link := filepath.Join(t.TempDir(), "tty")
			if err := m.PlugIn(link); err != nil {
				t.Fatal(err)
			}
			h := openLine(t, link)
			h.ok("ATE0")
			m.Fault(tt.fault)
			pdu := submitPDU(t, emma, "hei", false)
			h.typeIn("AT+CMGS=15\r")
			h.until("> ")
			h.typeIn(pdu + "\x1a")
			var got string
			if strings.HasPrefix(tt.name, "cut") {
				got = h.gone()
			} else {
				got = h.answer("AT+CMGS")
			}
			if got != tt.answer {
				t.Errorf("the host saw %q, want %q", got, tt.answer)
			}
			if n := len(network.Phone(emma).Raw()); n != tt.sent || len(m.Sent()) != tt.sent {
				t.Errorf("%d arrived, %d sent, want %d", n, len(m.Sent()), tt.sent)
			}
			if tt.sent == 1 && m.Sent()[0].Answered != strings.Contains(tt.answer, "+CMGS: ") {
				t.Errorf("Answered is %v", m.Sent()[0].Answered)
			}
			if len(m.Faults()) != 0 {
				t.Error("the fault is still armed")
			}
			if strings.HasPrefix(tt.name, "cut") {
				eventually(t, "the modem plugged in again", func() bool { return m.PlugIn(link) == nil })
				openLine(t, link).ok("AT")
			}
		})
	}
}

func TestCutAtByte(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	m.Fault(modemtest.Fault{Kind: modemtest.CutAtByte, Byte: 10})
	h.typeIn("AT+CSQ\r")
	if got := h.gone(); got != "\r\n+CSQ: 21" {
		t.Errorf("%q", got)
	}
}

func TestSilence(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	m.Fault(modemtest.Fault{Kind: modemtest.NoAnswer, On: "+CMGF"})
	m.Fault(modemtest.Fault{Kind: modemtest.Deaf, On: "+CSCS"})
	m.Fault(modemtest.Fault{Kind: modemtest.LateAnswer, On: "+CSQ", Delay: 30 * time.Millisecond})
	h.typeIn("AT+CMGF=1\r")
	h.typeIn("AT+CSCS=\"UCS2\"\r")
	start := time.Now()
	if got := h.ok("AT+CSQ"); got != "\r\n+CSQ: 21,99\r\n\r\nOK\r\n" || time.Since(start) < 30*time.Millisecond {
		t.Errorf("%q after %v", got, time.Since(start))
	}
	if got := h.ok("AT+CMGF?;+CSCS?"); got != "\r\n+CMGF: 1\r\n\r\n+CSCS: \"GSM\"\r\n\r\nOK\r\n" {
		t.Errorf("what was not answered was executed, what was not heard was not: %q", got)
	}
}

func TestSlowSIM(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{Timing: modemtest.Timing{SIM: 50 * time.Millisecond}})
	if got := h.at("AT+CPIN?"); got != "\r\n+CME ERROR: 14\r\n" {
		t.Errorf("%q", got)
	}
	if got := h.at("AT+CMGL=4"); got != "\r\n+CMS ERROR: 314\r\n" {
		t.Errorf("%q", got)
	}
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the SIM ready", func() bool { return len(m.Stored("SM")) == 1 })
	h.ok("AT+CPIN?")
}

func TestResetComesBackOnAnotherPty(t *testing.T) {
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	defer network.Close()
	m := network.NewModem(modemtest.ModemOptions{Number: gateway, Timing: modemtest.Timing{Reboot: 10 * time.Millisecond}})
	link := filepath.Join(t.TempDir(), "tty")
	if err := m.PlugIn(link); err != nil {
		t.Fatal(err)
	}
	h := openLine(t, link)
	h.typeIn("AT+CFUN=1,1\r")
	if got := h.gone(); !strings.HasSuffix(got, "\r\nOK\r\n") {
		t.Errorf("%q", got)
	}
	eventually(t, "the modem back", func() bool { return m.Counters().PowerOns == 2 && linked(link) })
	h = openLine(t, link)
	h.ok("AT")
}

// TestFaultsByChance: the same seed gives the same faults.
func TestFaultsByChance(t *testing.T) {
	run := func() string {
		network, m, h := wire(t, modemtest.NetworkOptions{Seed: 42}, modemtest.ModemOptions{})
		m.Fault(modemtest.Fault{Kind: modemtest.CMSError, Code: 17, Times: -1, Chance: 0.5})
		outcome := ""
		for range 24 {
			outcome += string(h.cmgs(submitPDU(t, emma, "x", false))[7])
		}
		if n := len(network.Phone(emma).Raw()); n == 0 || n == 24 {
			t.Errorf("%d of 24 arrived", n)
		}
		return outcome
	}
	if a, b := run(), run(); a != b {
		t.Errorf("%q and %q", a, b)
	}
}
