package modemtest_test

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	"knapp/modem/modemtest"
)

// TestInABubble: everything waits on channels and timers only, so that hours
// pass at once, and nothing is left running after Close: synctest fails on a
// goroutine that stays.
func TestInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := modemtest.NewNetwork(modemtest.NetworkOptions{Transit: 10 * time.Second})
		m := network.NewModem(modemtest.ModemOptions{Number: gateway, Timing: modemtest.Timing{
			Answer: 100 * time.Millisecond, Air: 3 * time.Second, Baud: 9600, SIM: 20 * time.Second, Ack: time.Minute,
		}})
		ours, theirs := net.Pipe()
		go func() { _ = m.Serve(theirs) }()
		h := newHost(t, ours)
		time.Sleep(21 * time.Second) // of the bubble's clock
		h.ok("ATE0;+CSMS=1;+CNMI=2,2,0,1,0")

		start := time.Now()
		network.Phone(emma).SwitchOff()
		h.cmgs(submitPDU(t, emma, "hei", true))
		if d := time.Since(start); d < 3*time.Second || d > 4*time.Second {
			t.Errorf("a message took %v on air", d)
		}
		if r := nextReport(t, h); r.ST&0x60 != 0x20 {
			t.Errorf("ST %#x", r.ST)
		}
		h.ok("AT+CNMA")
		time.Sleep(10 * time.Hour) // of the bubble's clock
		network.Phone(emma).SwitchOn()
		if r := nextReport(t, h); r.ST != 0 || r.DT.Sub(r.SCTS.Time) < 10*time.Hour {
			t.Errorf("ST %#x after %v", r.ST, r.DT.Sub(r.SCTS.Time))
		}
		// Nobody acknowledges, somebody rings, something is late.
		m.Fault(modemtest.Fault{Kind: modemtest.URCLate, On: "+CMT", Delay: time.Hour})
		if _, err := network.Phone(mamma).Call(gateway); err != nil {
			t.Fatal(err)
		}
		h.until("RING\r\n")
		h.typeIn("AT+CMGS=15\r")
		h.until("> ")
		if err := network.Close(); err != nil {
			t.Fatal(err)
		}
		if got := h.gone(); got != "" {
			t.Errorf("%q", got)
		}
	})
}
