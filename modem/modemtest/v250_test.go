package modemtest_test

import (
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

// TestLines types bytes at a fresh modem and expects exactly these back: echo,
// prefixes, chains, repeats and the two forms of results (V.250 §5 and §6.2).
func TestLines(t *testing.T) {
	for _, tt := range []struct{ name, typed, want string }{
		{"echo is on", "AT\r", "AT\r\r\nOK\r\n"},
		{"echo goes off after its own line", "ATE0\rAT\r", "ATE0\r\r\nOK\r\n\r\nOK\r\n"},
		{"lower case", "at+cmgf?\r", "at+cmgf?\r\r\n+CMGF: 0\r\n\r\nOK\r\n"},
		{"garbage before the prefix", "ATE0\r\n\x00xxAT\r", "ATE0\r\r\nOK\r\n\r\nOK\r\n"},
		{"a line without a prefix is silence", "ATE0\rhello\rAT\r", "ATE0\r\r\nOK\r\n\r\nOK\r\n"},
		{"chain", "ATE0\rATV1Q0;+CMGF=0;+CMGF?;+CSCS?\r", "ATE0\r\r\nOK\r\n\r\n+CMGF: 0\r\n\r\n+CSCS: \"GSM\"\r\n\r\nOK\r\n"},
		{"a chain ends at the first failure", "ATE0\rAT+CMGF=7;+CMGF?\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n"},
		{"a semicolon in quotes parts nothing", "ATE0\rAT+CSCS=\"a;b\"\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n"},
		{"numeric results", "ATE0V0\rAT+CMGF?\rAT+NONE\r", "ATE0V0\r0\r+CMGF: 0\r\n0\r4\r"},
		{"quiet", "ATE0Q1\rAT\rATQ0\r", "ATE0Q1\r\r\nOK\r\n"},
		{"repeat without an end", "ATE0\rAT+CMGF?\rA/", "ATE0\r\r\nOK\r\n\r\n+CMGF: 0\r\n\r\nOK\r\n\r\n+CMGF: 0\r\n\r\nOK\r\n"},
		{"backspace", "ATE0\rAT+CMGX\bF?\r", "ATE0\r\r\nOK\r\n\r\n+CMGF: 0\r\n\r\nOK\r\n"},
		{"S3 read and set", "ATE0\rATS3?\rATS4=13\rAT\r", "ATE0\r\r\nOK\r\n\r\n013\r\n\r\nOK\r\n\r\rOK\r\r\r\rOK\r\r"},
		{"unknown", "ATE0\rAT+NONE\rATY\rAT!\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n\r\nERROR\r\n\r\nERROR\r\n"},
		{"CMEE", "ATE0\rAT+CPIN=1\rAT+CMEE=1;+CPIN=1\rAT+CMEE=2;+CPIN=1\r", "ATE0\r\r\nOK\r\n\r\nERROR\r\n\r\n+CME ERROR: 3\r\n\r\n+CME ERROR: operation not allowed\r\n"},
		{"ESC gives a PDU up", "ATE0\rAT+CMGS=20\r0011\x1bAT\r", "ATE0\r\r\nOK\r\n\r\n> \r\nOK\r\n\r\nOK\r\n"},
		{"a PDU of the wrong length", "ATE0\rAT+CMGS=20\r0011\x1a", "ATE0\r\r\nOK\r\n\r\n> \r\n+CMS ERROR: 304\r\n"},
		{"a PDU that is no hexadecimal", "ATE0\rAT+CMGS=2\rhello\x1a", "ATE0\r\r\nOK\r\n\r\n> \r\n+CMS ERROR: 304\r\n"},
		{"a length of nothing", "ATE0\rAT+CMGS=0\r", "ATE0\r\r\nOK\r\n\r\n+CMS ERROR: 304\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			network := modemtest.NewNetwork(modemtest.NetworkOptions{})
			defer network.Close()
			m := network.NewModem(modemtest.ModemOptions{Number: gateway})
			h := connect(t, m)
			h.typeIn(tt.typed)
			if got := h.until(tt.want); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if len(m.Sent()) != 0 {
				t.Errorf("something was sent")
			}
		})
	}
}

func TestSettingsAndPower(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{Powered: true})
	h.ok("AT+CNMI=2,1,0,1,0")
	h.ok("AT+CMGF=1")
	h.ok("AT+CPMS=\"ME\",\"ME\",\"ME\"")
	m.PowerCycle()
	if got := h.ok("AT+CMGF?;+CNMI?;+CPMS?"); !strings.Contains(got, "+CMGF: 0") || !strings.Contains(got, "+CNMI: 0,0,0,0,0") || !strings.Contains(got, `+CPMS: "SM"`) {
		t.Errorf("settings outlived the power: %q", got)
	}
	h.ok("ATE0;+CNMI=2,1,0,1,0;&W")
	m.PowerCycle()
	if got := h.ok("AT+CNMI?"); got != "\r\n+CNMI: 2,1,0,1,0\r\n\r\nOK\r\n" {
		t.Errorf("AT&W kept %q", got)
	}
	h.ok("AT&F")
	if got := h.ok("AT+CNMI?"); got != "AT+CNMI?\r\r\n+CNMI: 0,0,0,0,0\r\n\r\nOK\r\n" {
		t.Errorf("AT&F left %q", got)
	}
	h.ok("ATZ")
	if got := h.ok("AT+CNMI?"); got != "\r\n+CNMI: 2,1,0,1,0\r\n\r\nOK\r\n" {
		t.Errorf("ATZ restored %q", got)
	}
}

func TestPowerCycleForgetsWhatWasHalfTyped(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("ATE0;&W")
	h.typeIn("AT+CMGS=15\r")
	h.until("> ")
	h.typeIn("0001")
	m.PowerCycle()
	h.ok("AT") // and is no part of a PDU
	if m.Typing() || len(m.Sent()) != 0 {
		t.Error("the prompt outlived the power")
	}
}

func TestHalfAMessageIsNothing(t *testing.T) {
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	defer network.Close()
	m := network.NewModem(modemtest.ModemOptions{Number: gateway})
	h := connect(t, m)
	pdu := submitPDU(t, emma, "half", false)
	h.typeIn("AT+CMGS=15\r")
	h.until("> ")
	h.typeIn(pdu[:len(pdu)-2])
	h.until(pdu[:len(pdu)-2])
	_ = h.rwc.Close()
	// The next host is not in the middle of the last one's PDU.
	h = connect(t, m)
	h.ok("AT")
	if len(m.Sent()) != 0 || len(network.Phone(emma).Raw()) != 0 {
		t.Error("half a PDU was sent")
	}
}

func TestTwoPorts(t *testing.T) {
	network, m, first := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	second := connect(t, m)
	second.ok("ATE0")
	second.ok("AT+CNMI=2,1,0,1,0")
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	second.until("+CMTI: \"SM\",0\r\n")
	first.ok("AT+CMGR=0")
	if got, _ := first.text(); strings.Contains(got, "CMTI") {
		t.Errorf("the other port heard it too: %q", got)
	}
}
