package modemtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

func TestReferencesWrap(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	pdu := submitPDU(t, emma, "x", false)
	for i := range 258 {
		if got, want := h.cmgs(pdu), fmt.Sprintf("\r\n+CMGS: %d\r\n\r\nOK\r\n", i%256); got != want {
			t.Fatalf("message %d: %q", i, got)
		}
	}
	if s := m.Sent(); s[257].MR != 1 || s[257].TPDU[1] != 1 || !s[257].Answered {
		t.Errorf("the 258th: %+v", s[257])
	}
}

func TestDirectDelivery(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CSMS=1")
	h.ok("AT+CNMI=2,2,0,1,0")
	for _, text := range []string{"en", "to"} {
		if err := network.Phone(emma).Send(gateway, text); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{"en", "to"} {
		h.until("+CMT: ,")
		if got := textOf(t, readPDU(t, pduIn(t, h.until("\r\n")+h.until("\r\n")))); got != text {
			t.Fatalf("got %q, want %q: one at a time, in order", got, text)
		}
		h.ok("AT+CNMA")
	}
	if got := h.at("AT+CNMA"); got != "\r\n+CMS ERROR: 340\r\n" {
		t.Errorf("nothing is owed: %q", got)
	}
	if n := network.Waiting(gateway); n != 0 || m.Counters().Received != 2 {
		t.Errorf("%d wait, %d received", n, m.Counters().Received)
	}
}

// TestUnackedMakesDeaf: a host that does not acknowledge loses +CMT and +CDS,
// but no message.
func TestUnackedMakesDeaf(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{Retry: time.Millisecond},
		modemtest.ModemOptions{Timing: modemtest.Timing{Ack: 20 * time.Millisecond}})
	h.ok("AT+CSMS=1;+CNMI=2,2,0,1,0")
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	h.until("+CMT: ,")
	eventually(t, "the message in storage", func() bool { return len(m.Stored("SM")) == 1 })
	if got := h.ok("AT+CNMI?"); !strings.Contains(got, "+CNMI: 2,0,0,0,0") {
		t.Errorf("after the deadline: %q", got)
	}
	if c := m.Counters(); c.Unacked != 1 || c.Received != 1 {
		t.Errorf("%+v", c)
	}
}

func TestFullStorageHoldsAtTheNetwork(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{SM: 2, ME: 1})
	h.ok("AT+CNMI=2,1,0,1,0")
	for i := range 4 {
		if err := network.Phone(emma).Send(gateway, fmt.Sprint("nr ", i)); err != nil {
			t.Fatal(err)
		}
	}
	h.until("+CMTI: \"SM\",1\r\n")
	if got := h.ok("AT+CPMS?"); !strings.Contains(got, `+CPMS: "SM",2,2,"SM",2,2,"SM",2,2`) {
		t.Errorf("full: %q", got)
	}
	if network.Waiting(gateway) != 2 || m.Counters().Full != 1 {
		t.Errorf("%d wait, %d refused", network.Waiting(gateway), m.Counters().Full)
	}
	h.ok("AT+CMGD=0")
	h.until("+CMTI: \"SM\",0\r\n")
	// Another memory has room too.
	h.ok(`AT+CPMS="SM","SM","ME"`)
	h.until("+CMTI: \"ME\",0\r\n")
	if network.Waiting(gateway) != 0 {
		t.Errorf("%d still wait", network.Waiting(gateway))
	}
}

func TestListAndDelete(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	deliver := []byte{0x04, 0x04, 0x81, 0x21, 0x43, 0, 0, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 1, 0x61}
	for stat := range 4 {
		if _, err := m.Put("ME", stat, deliver); err != nil {
			t.Fatal(err)
		}
	}
	h.ok(`AT+CPMS="ME"`)
	for _, tt := range []struct {
		command string
		indices []int
	}{
		{"AT+CMGL=0", []int{0}},
		{"AT+CMGL=0", nil}, // it is read now
		{"AT+CMGL=1", []int{0, 1}},
		{"AT+CMGL=3", []int{3}},
		{"AT+CMGL=4", []int{0, 1, 2, 3}},
		{"AT+CMGD=0,1", nil},
		{"AT+CMGL=4", []int{2, 3}},
		{"AT+CMGD=0,2", nil},
		{"AT+CMGL=4", []int{2}},
		{"AT+CMGD=0,4", nil},
		{"AT+CMGL=4", nil},
	} {
		got := h.ok(tt.command)
		for _, i := range tt.indices {
			if !strings.Contains(got, fmt.Sprintf("+CMGL: %d,", i)) {
				t.Errorf("%s lacks %d: %q", tt.command, i, got)
			}
		}
		if strings.Count(got, "+CMGL:") != len(tt.indices) {
			t.Errorf("%s: %q", tt.command, got)
		}
	}
	if got := h.at("AT+CMGL=5"); got != "\r\n+CMS ERROR: 302\r\n" {
		t.Errorf("CMGL=5: %q", got)
	}
}

func TestModesOfIndication(t *testing.T) {
	for _, tt := range []struct {
		mode string
		want string // what comes after 0x1A while a message arrives
	}{
		{"2", "\r\n+CMGS: 0\r\n\r\nOK\r\n\r\n+CMTI: \"SM\",0\r\n"},
		{"3", "\r\n+CMTI: \"SM\",0\r\n\r\n+CMGS: 0\r\n\r\nOK\r\n"},
		{"1", "\r\n+CMTI: \"SM\",0\r\n\r\n+CMGS: 0\r\n\r\nOK\r\n"},
	} {
		t.Run(tt.mode, func(t *testing.T) {
			network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{Timing: modemtest.Timing{Air: 50 * time.Millisecond}})
			h.ok("AT+CNMI=" + tt.mode + ",1,0,1,0")
			pdu := submitPDU(t, mamma, "x", false)
			h.typeIn(fmt.Sprintf("AT+CMGS=%d\r", len(pdu)/2-1))
			h.until("> ")
			h.typeIn(pdu + "\x1a")
			eventually(t, "the message on air", func() bool { return !m.Typing() })
			if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
				t.Fatal(err)
			}
			if got := h.until(tt.want); got != tt.want {
				t.Errorf("%q", got)
			}
		})
	}
	t.Run("0 keeps them for later", func(t *testing.T) {
		network, _, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
		h.ok("AT+CNMI=0,1,0,1,0")
		if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
			t.Fatal(err)
		}
		if got := h.ok("AT"); strings.Contains(got, "CMTI") {
			t.Errorf("%q", got)
		}
		h.ok("AT+CNMI=2,1,0,1,0")
		h.until("+CMTI: \"SM\",0\r\n")
	})
}

func TestReportsInStorage(t *testing.T) {
	_, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CNMI=2,1,0,2,0")
	h.cmgs(submitPDU(t, emma, "hei", true))
	h.until("+CDSI: \"SR\",0\r\n")
	h.ok(`AT+CPMS="SR"`)
	if r := readPDU(t, pduIn(t, h.ok("AT+CMGR=0"))); r.ST != 0 || r.MR != 0 {
		t.Errorf("%+v", r)
	}
	if len(m.Stored("SR")) != 1 {
		t.Error("not in SR")
	}
}

func TestPIN(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{PIN: "4711"})
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ command, want string }{
		{"AT+CPIN?", "\r\n+CPIN: SIM PIN\r\n\r\nOK\r\n"},
		{"AT+CPINR=\"SIM PIN\"", "\r\n+CPINR: SIM PIN,3,3\r\n+CPINR: SIM PIN2,3,3\r\n\r\nOK\r\n"},
		{"AT+CPMS?", "\r\n+CMS ERROR: 311\r\n"},
		{"AT+CREG?", "\r\n+CREG: 0,0\r\n\r\nOK\r\n"},
		{"AT+CPIN=0000", "\r\n+CME ERROR: 16\r\n"},
		{"AT+CPIN=0000", "\r\n+CME ERROR: 16\r\n"},
		{"AT+CPIN=0000", "\r\n+CME ERROR: 12\r\n"},
		{"AT+CPIN?", "\r\n+CPIN: SIM PUK\r\n\r\nOK\r\n"},
		{"AT+CPIN=4711", "\r\n+CME ERROR: 16\r\n"},
		{"AT+CPIN=12345678,2580", "\r\nOK\r\n"},
		{"AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"},
		{"AT+CREG?", "\r\n+CREG: 0,1\r\n\r\nOK\r\n"},
	} {
		if got := h.at(tt.command); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.command, got, tt.want)
		}
	}
	if len(m.Stored("SM")) != 1 {
		t.Error("what waited did not come with the PIN")
	}
}

func TestFixedDialling(t *testing.T) {
	network, _, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{SMSC: "+4792001000"})
	if got := h.at(`AT+CPBS="FD";+CPBW=1,"+4793333333",145,"Emma"`); got != "\r\n+CME ERROR: 17\r\n" {
		t.Errorf("without PIN2: %q", got)
	}
	h.ok(`AT+CPBS="FD","2222"`)
	h.ok(`AT+CPBW=1,"+4793333333",145,"Emma"`)
	h.ok(`AT+CLCK="FD",1,"2222"`)
	if got := h.ok(`AT+CLCK="FD",2`); !strings.Contains(got, "+CLCK: 1") {
		t.Errorf("%q", got)
	}
	if got := h.cmgs(submitPDU(t, emma, "x", false)); got != "\r\n+CMS ERROR: 342\r\n" {
		t.Errorf("the service centre is not on the list: %q", got)
	}
	h.ok(`AT+CPBW=2,"+4792001000",145,"SMSC"`)
	if got := h.cmgs(submitPDU(t, mamma, "x", false)); got != "\r\n+CMS ERROR: 341\r\n" {
		t.Errorf("the destination is not on the list: %q", got)
	}
	if got := h.cmgs(submitPDU(t, emma, "x", false)); !strings.Contains(got, "+CMGS: ") {
		t.Errorf("both are on the list: %q", got)
	}
	waitText(t, network.Phone(emma), "x")
	h.ok(`AT+CSCS="UCS2"`)
	h.ok(`AT+CPBS="SM";+CPBW=2,"+4791111111",145,"005300F80073"`)
	if got := h.ok("AT+CPBR=1,9"); !strings.Contains(got, `+CPBR: 2,"+4791111111",145,"005300F80073"`) {
		t.Errorf("%q", got)
	}
}

func TestCallsAndBalance(t *testing.T) {
	network, _, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{
		Timing: modemtest.Timing{Ring: 10 * time.Millisecond},
		USSD:   map[string]string{"*100#": "Saldo: kr 42"},
	})
	h.ok("AT+CLIP=1")
	c, err := network.Phone(emma).Call(gateway)
	if err != nil {
		t.Fatal(err)
	}
	h.until("\r\nRING\r\n\r\n+CLIP: \"" + emma + "\",145,")
	h.until("RING\r\n")
	h.ok("ATH")
	if answered, over, rings := c.State(); answered || !over || rings < 2 {
		t.Errorf("answered %v, over %v, %d rings", answered, over, rings)
	}
	h.ok(`AT+CUSD=1,"*100#",15`)
	h.until("\r\n+CUSD: 0,\"Saldo: kr 42\",15\r\n")
}

// eventually waits for a condition of the modem.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !cond() {
		if time.Now().After(deadline) {
			t.Fatal("never: " + what)
		}
		<-tick.C
	}
}
