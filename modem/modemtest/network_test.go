package modemtest_test

import (
	"bytes"
	"encoding/hex"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/modem/modemtest"

	"github.com/warthog618/sms/encoding/tpdu"
)

// wall is a clock that a test moves.
type wall struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wall) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *wall) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// reports collects the next status report that the modem announces.
func nextReport(t *testing.T, h *host) tpdu.TPDU {
	t.Helper()
	h.until("+CDS: ")
	return readPDU(t, pduIn(t, h.until("\r\n")+h.until("\r\n")))
}

func TestStoreAndForward(t *testing.T) {
	oslo := time.FixedZone("CET", 3600)
	clock := &wall{now: time.Date(2026, 11, 22, 12, 0, 0, 0, oslo)}
	network, _, h := wire(t, modemtest.NetworkOptions{Now: clock.Now}, modemtest.ModemOptions{})
	h.ok("AT+CNMI=2,1,0,1,0")
	phone := network.Phone(emma)
	phone.SwitchOff()

	h.cmgs(submitPDU(t, emma, "hei", true))
	if r := nextReport(t, h); r.ST&0x60 != 0x20 || r.MR != 0 {
		t.Errorf("while the phone is off: ST %#x MR %d", r.ST, r.MR)
	}
	clock.move(time.Hour)
	phone.SwitchOn()
	r := nextReport(t, h)
	if r.ST != 0 || r.MR != 0 || !r.DT.Equal(clock.Now()) || !r.SCTS.Equal(clock.Now().Add(-time.Hour)) {
		t.Errorf("delivered: ST %#x MR %d, sent %v, discharged %v", r.ST, r.MR, r.SCTS, r.DT)
	}
	text := waitText(t, phone, "hei")
	if _, offset := text.At.Zone(); offset != 3600 || !text.At.Equal(clock.Now().Add(-time.Hour)) {
		t.Errorf("stamped %v", text.At)
	}

	// A validity period of five minutes (TP-VP 0) ends while out of reach.
	phone.OutOfReach()
	short := submitPDU(t, emma, "for sent", true)
	b, err := hex.DecodeString(short)
	if err != nil {
		t.Fatal(err)
	}
	var s tpdu.TPDU
	s.Direction = tpdu.MO
	if err := s.UnmarshalBinary(b[1:]); err != nil {
		t.Fatal(err)
	}
	var vp tpdu.ValidityPeriod
	vp.SetRelative(5 * time.Minute)
	s.SetVP(vp)
	raw, err := s.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	h.cmgs("00" + hex.EncodeToString(raw))
	if r := nextReport(t, h); r.ST&0x60 != 0x20 || r.MR != 1 {
		t.Errorf("out of reach: ST %#x MR %d", r.ST, r.MR)
	}
	clock.move(11 * time.Minute)
	network.Wake()
	if r := nextReport(t, h); r.ST != 0x46 || r.MR != 1 {
		t.Errorf("expired: ST %#x MR %d", r.ST, r.MR)
	}
	phone.InReach()
	if len(phone.Raw()) != 1 {
		t.Errorf("%d arrived: an expired message was delivered", len(phone.Raw()))
	}
}

func TestTransitTakesItsTime(t *testing.T) {
	network, _, h := wire(t, modemtest.NetworkOptions{Transit: 30 * time.Millisecond}, modemtest.ModemOptions{})
	start := time.Now()
	h.cmgs(submitPDU(t, emma, "hei", false))
	waitText(t, network.Phone(emma), "hei")
	if d := time.Since(start); d < 30*time.Millisecond {
		t.Errorf("it took only %v", d)
	}
}

func TestPartsAndDoubles(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{Seed: 7}, modemtest.ModemOptions{})
	long := strings.Repeat("Blåbær 🫐 ", 25)
	// Between phones: reversed parts and doubles still read as one text.
	network.Fault(modemtest.Fault{Kind: modemtest.PartsReversed})
	network.Fault(modemtest.Fault{Kind: modemtest.DuplicateDeliver, On: mamma, Skip: 1})
	if err := network.Phone(emma).Send("91111111", long); err != nil {
		t.Fatal(err)
	}
	p := network.Phone(mamma)
	waitText(t, p, long)
	raw := p.Raw()
	first := readPDU(t, "00"+hex.EncodeToString(raw[0].TPDU))
	if total, part, _, _ := first.ConcatInfo(); part != total {
		t.Errorf("part %d of %d came first", part, total)
	}
	if len(p.Inbox()) != 1 || !bytes.Equal(raw[1].TPDU, raw[2].TPDU) || len(raw) != p.Inbox()[0].Parts+1 {
		t.Errorf("%d texts, %d TPDUs", len(p.Inbox()), len(raw))
	}
	// To a modem: a lost part stays lost.
	network.Fault(modemtest.Fault{Kind: modemtest.PartLost, Part: 2})
	if err := network.Phone(emma).Send(gateway, strings.Repeat("a", 400)); err != nil {
		t.Fatal(err)
	}
	if len(m.Stored("SM")) != 2 {
		t.Errorf("%d parts of 3 arrived", len(m.Stored("SM")))
	}
	if n := len(network.Faults()); n != 0 {
		t.Errorf("%d faults are still armed", n)
	}
	h.ok("AT")
}

func TestSubscribe(t *testing.T) {
	network, _, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	texts, cancel := network.Phone(emma).Subscribe()
	h.cmgs(submitPDU(t, emma, "hei", false))
	select {
	case got := <-texts:
		if got.Text != "hei" {
			t.Errorf("%+v", got)
		}
	case <-time.After(patience):
		t.Fatal("nothing came")
	}
	cancel()
	cancel()
	if _, open := <-texts; open {
		t.Error("still open")
	}
}

func TestOddDelivers(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CNMI=2,1,0,1,0")
	for _, tt := range []struct{ name, pdu, urc string }{
		{"flash is shown, not stored", "04048121430010621122214365400161", "+CMT: ,16\r\n"},
		{"class 2 goes to the SIM", "04048121430012621122214365400161", "+CMTI: \"SM\",0\r\n"},
		{"reserved coding", "04048121430080621122214365400161", "+CMTI: \"SM\",1\r\n"},
		{"torn in the middle", "0404812143", "+CMTI: \"SM\",2\r\n"},
		{"an impossible time stamp", "04048121430000FFFFFFFFFFFFFF0161", "+CMTI: \"SM\",3\r\n"},
		{"silent", "04048121434000621122214365400161", ""},
		{"replaces nothing yet", "04048121434100621122214365400161", "+CMTI: \"SM\",4\r\n"},
		{"replaces the last", "04048121434100621122214365400162", "+CMTI: \"SM\",4\r\n"},
		{"a report for nobody", "06FF048121436211222143654062112221436540" + "00", "+CDS: 21\r\n"},
	} {
		raw, err := hex.DecodeString(tt.pdu)
		if err != nil {
			t.Fatal(err)
		}
		network.Inject(m, raw)
		if tt.urc != "" {
			h.until(tt.urc)
			if strings.HasPrefix(tt.urc, "+CM") && strings.Contains(tt.urc, ",") && !strings.HasPrefix(tt.urc, "+CMTI") {
				if got := h.until("\r\n"); !strings.Contains(got, tt.pdu) {
					t.Errorf("%s: %q", tt.name, got)
				}
			}
		}
	}
	got := h.ok("AT+CMGL=4")
	for _, pdu := range []string{"0404812143\r\n", "04048121430080621122214365400161", "04048121434100621122214365400162"} {
		if !strings.Contains(got, pdu) {
			t.Errorf("%s is not in %q", pdu, got)
		}
	}
	h.ok("AT+CMGF=1")
	h.ok(`AT+CMGL="ALL"`) // what text mode makes of them must not matter
}

func TestSendWithoutService(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	network.Phone(emma).SwitchOff()
	if err := network.Phone(emma).Send(gateway, "x"); err == nil {
		t.Error("a phone that is off sent")
	}
	h.ok("AT+CREG=1;+CEREG=2")
	m.SetRegistration(2, 2, 2)
	h.until("+CREG: 2\r\n")
	h.until("+CEREG: 2\r\n")
	if got := h.cmgs(submitPDU(t, emma, "x", false)); got != "\r\n+CMS ERROR: 331\r\n" {
		t.Errorf("%q", got)
	}
	m.SetRegistration(0, 0, 1) // as NB-IoT and LTE modems say: +CREG 0, +CEREG 1
	h.until("+CEREG: 1,")
	h.ok("AT+CSCA=\"\"")
	if got := h.cmgs(submitPDU(t, emma, "x", false)); got != "\r\n+CMS ERROR: 330\r\n" {
		t.Errorf("without a service centre: %q", got)
	}
	h.ok("AT+CSCA=\"+4792001000\"")
	if got := h.cmgs(submitPDU(t, emma, "x", false)); !strings.Contains(got, "+CMGS: 0") {
		t.Errorf("%q", got)
	}
	h.ok("AT+CFUN=4")
	if err := network.Phone(mamma).Send(gateway, "x"); err != nil {
		t.Fatal(err)
	}
	if len(m.Stored("SM")) != 0 {
		t.Error("it came without a radio")
	}
	h.ok("AT+CFUN=1")
	if !slices.ContainsFunc(m.Stored("SM"), func(s modemtest.Stored) bool { return s.Stat == 0 }) {
		t.Error("it did not come with the radio")
	}
}
