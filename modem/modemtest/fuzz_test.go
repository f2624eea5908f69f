package modemtest_test

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

// tape is a connection on which the host has said all it will ever say.
type tape struct {
	io.Reader
	heard bytes.Buffer
}

func (t *tape) Write(b []byte) (int, error) { return t.heard.Write(b) }
func (t *tape) Close() error                { return nil }

// FuzzServe types anything at a modem that has messages of every kind: it must
// neither panic nor hang, and must still answer the next host.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		"AT\r", "ATE0V0Q1;+CMGF=1;+CMGL=\"ALL\"\r", "AT+CPMS=\"SR\";+CMGL=4;+CMGR=0;+CMGD=0,4\r",
		"AT+CMGS=15\r0001000B9174393333330000000368F41A\x1a", "AT+CMGF=1\rAT+CMGS=\"+4793333333\"\rhei\x1aAT+CMGW=\"1\"\rx\x1aAT+CMSS=2,\"911\"\r",
		"AT+CSCS=\"UCS2\";+CPBS=\"FD\",\"2222\";+CPBW=1,\"002B\",145,\"0041\";+CPBR=1,50\r", "A/A/\x08\x1b\x1aATS3=0\rATS5=65;AT", "ATD*99#;\rATH\rATA\r",
		"AT+CFUN=0\rAT+CFUN=1,1\rAT", "AT+CSMS=1;+CNMI=2,2,0,1,0\rAT+CNMA=1,5\r00\x1aAT+CNMA\r", "AT+CNMI=0,1;+CNMI=2,1,0,1,0\rAT&W\rATZ\rAT&F\r",
		"AT+CLCK=\"SC\",1,\"\";+CPWD=\"P2\",\"2222\",\"1\";+CPIN=1,2\r", "AT+CCLK=\"26/11/22,12:00:00+04\";+CCLK?;+COPS=2;+COPS=0;+CUSD=1,\"*100#\"\r",
		"AT+CMGW=16,3\r00110000000000000000000000000000\x1aAT+CMSS=0\r", "AT+CSMP=81,255,65,247;+CMGF=1;+CMGS=\"1\"\rFFFF\x1a",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, typed []byte) {
		network := modemtest.NewNetwork(modemtest.NetworkOptions{})
		defer network.Close()
		m := network.NewModem(modemtest.ModemOptions{Number: gateway, USSD: map[string]string{"*100#": "kr 42"}})
		for mem, tpdu := range map[string][]byte{
			"SM": {0x04, 0x04, 0x81, 0x21, 0x43, 0, 0, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 1, 0x61},
			"ME": {0x40, 0xFF},
			"SR": {0x06},
		} {
			if _, err := m.Put(mem, 0, tpdu); err != nil {
				t.Fatal(err)
			}
		}
		for _, script := range [][]byte{typed, []byte("AT\r")} {
			line := &tape{Reader: bytes.NewReader(script)}
			ended := make(chan error, 1)
			go func() { ended <- m.Serve(line) }()
			select {
			case err := <-ended:
				if err != nil {
					t.Fatalf("Serve: %v", err)
				}
			case <-time.After(patience):
				t.Fatal("Serve hangs")
			}
		}
	})
}

// FuzzInject sends any TPDU to a modem in every state in which it would look
// into it, and to a phone.
func FuzzInject(f *testing.F) {
	f.Add([]byte{0x04, 0x04, 0x81, 0x21, 0x43, 0, 0, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 1, 0x61})
	f.Add([]byte{0x44, 0x04, 0xD0, 0x21, 0x43, 0x41, 0xF4, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 7, 6, 5, 4, 0x23, 0xF4, 0, 0, 0x61})
	f.Add([]byte{0x06, 0xFF, 0x04, 0x81, 0x21, 0x43, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 0x62, 0x11, 0x22, 0x21, 0x43, 0x65, 0x40, 0})
	f.Add([]byte{0x01, 0, 0x0A, 0x91, 0x74, 0x39, 0x33, 0x33, 0x33, 0, 8, 4, 0, 0x41, 0xD8, 0x3D})
	f.Fuzz(func(t *testing.T, tpdu []byte) {
		network := modemtest.NewNetwork(modemtest.NetworkOptions{})
		defer network.Close()
		m := network.NewModem(modemtest.ModemOptions{Number: gateway, Powered: true})
		for _, setup := range []string{
			"AT+CNMI=2,1,0,1,0\r", "AT+CMGF=1;+CSDH=1;+CNMI=2,2,0,1,0\r", "AT+CNMI=2,3,0,2,0\r",
		} {
			line := &tape{Reader: io.MultiReader(bytes.NewReader([]byte(setup)),
				calling(func() { network.Inject(m, tpdu) }),
				bytes.NewReader([]byte("AT+CMGF=1;+CMGL=\"ALL\"\rAT+CPMS=\"SR\";+CMGL=\"ALL\"\r")))}
			if err := m.Serve(line); err != nil {
				t.Fatal(err)
			}
		}
		if n := network.Waiting(gateway); n != 0 {
			t.Errorf("%d wait for ever", n)
		}
		_ = network.Phone(emma).SendTPDU(tpdu)
	})
}

// calling is a reader that does something and gives nothing.
type calling func()

func (c calling) Read([]byte) (int, error) {
	c()
	return 0, io.EOF
}

// FuzzReplay reads any recording: it is refused, or makes a modem that answers
// the next host.
func FuzzReplay(f *testing.F) {
	f.Add("# a comment\n1\tmain\t<\t^RSSI:3\n1\tmain\t>\tATE0\n2\tmain\t<\tATE0\n2\tmain\t<\tOK\n")
	f.Add("\t\t>\tAT+CMGS=23\n\t\t<\t>\n\t\t>\t0011\n\t\t>\t<SUB>\n\t\t<\t+CMGS: 1\n\t\t<\tOK\n")
	f.Add("\t\t>\tAT\n\t\t<\tOK\n\t\t<\tRING\n\t\t>\tAT\n\t\t<\t+CME ERROR: 3\n")
	f.Fuzz(func(t *testing.T, recording string) {
		p, err := modemtest.Replay(strings.NewReader(recording))
		if err != nil {
			return
		}
		network := modemtest.NewNetwork(modemtest.NetworkOptions{})
		defer network.Close()
		m := network.NewModem(modemtest.ModemOptions{Number: gateway})
		m.Load(p)
		line := &tape{Reader: strings.NewReader("AT\rATE0\rAT+CMGS=23\r0011\x1aAT+CPIN?\rATI\r")}
		ended := make(chan error, 1)
		go func() { ended <- m.Serve(line) }()
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("Serve: %v", err)
			}
		case <-time.After(patience):
			t.Fatal("Serve hangs")
		}
		if line.heard.Len() == 0 {
			t.Fatal("the modem says nothing")
		}
	})
}
