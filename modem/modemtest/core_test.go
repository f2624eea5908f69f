package modemtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

func TestPhoneToHost(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CNMI=2,1,0,1,0")
	if err := network.Phone(emma).Send(gateway, "hei på deg"); err != nil {
		t.Fatal(err)
	}
	h.until("\r\n+CMTI: \"SM\",0\r\n")
	got := h.ok("AT+CMGR=0")
	if !strings.HasPrefix(got, "\r\n+CMGR: 0,,") {
		t.Errorf("unread message: %q", got)
	}
	d := readPDU(t, pduIn(t, got))
	if textOf(t, d) != "hei på deg" || d.OA.Number() != emma {
		t.Errorf("read %q from %s", textOf(t, d), d.OA.Number())
	}
	if got := h.ok("AT+CMGR=0"); !strings.HasPrefix(got, "\r\n+CMGR: 1,,") {
		t.Errorf("reading does not mark as read: %q", got)
	}
	h.ok("AT+CMGD=0")
	if got := h.at("AT+CMGR=0"); got != "\r\n+CMS ERROR: 321\r\n" {
		t.Errorf("an empty slot reads %q", got)
	}
	if c := m.Counters(); c.Received != 1 {
		t.Errorf("received %d", c.Received)
	}
}

func TestHostToPhoneWithReports(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CNMI=2,1,0,1,0")
	long := strings.Repeat("blåbærsyltetøy ", 25)
	for i, pdu := range submitPDUs(t, emma, long, true) {
		got := h.cmgs(pdu)
		if !strings.HasPrefix(got, "\r\n+CMGS: "+string(rune('0'+i))+"\r\n") {
			t.Fatalf("part %d: %q", i, got)
		}
		h.until("+CDS: ")
		report := readPDU(t, pduIn(t, h.until("\r\n")+h.until("\r\n")))
		if int(report.MR) != i || report.ST != 0 || report.RA.Number() != emma {
			t.Errorf("report %d: MR %d ST %#x RA %s", i, report.MR, report.ST, report.RA.Number())
		}
	}
	text := waitText(t, network.Phone(emma), long)
	if text.From != gateway || text.Parts != 3 {
		t.Errorf("%+v", text)
	}
	if len(m.Sent()) != 3 || len(network.Phone(emma).Raw()) != 3 {
		t.Errorf("sent %d, arrived %d", len(m.Sent()), len(network.Phone(emma).Raw()))
	}
}

func TestPtyUnplugAndPlugIn(t *testing.T) {
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	defer network.Close()
	m := network.NewModem(modemtest.ModemOptions{Number: gateway})
	link := filepath.Join(t.TempDir(), "ttyKnapp")
	if err := m.PlugIn(link); err != nil {
		t.Fatal(err)
	}
	h := openLine(t, link)
	h.ok("ATE0")
	h.ok("AT+CNMI=2,1,0,1,0")
	if err := network.Phone(emma).Send(gateway, "en"); err != nil {
		t.Fatal(err)
	}
	h.until("+CMTI: \"SM\",0\r\n")
	// The host goes and comes back: the modem kept its power.
	_ = h.rwc.Close()
	h = openLine(t, link)
	if got := h.ok("AT+CNMI?"); !strings.Contains(got, "+CNMI: 2,1,0,1,0") {
		t.Errorf("settings after the host reopened the line: %q", got)
	}
	if err := m.Unplug(); err != nil {
		t.Fatal(err)
	}
	h.gone()
	if _, err := os.Lstat(link); !os.IsNotExist(err) {
		t.Errorf("the link is still there: %v", err)
	}
	if err := network.Phone(emma).Send(gateway, "to"); err != nil {
		t.Fatal(err)
	}
	if network.Waiting(gateway) != 1 {
		t.Errorf("%d wait at the network", network.Waiting(gateway))
	}
	if err := m.PlugIn(link); err != nil {
		t.Fatal(err)
	}
	h = openLine(t, link)
	if got := h.ok("AT+CNMI?"); !strings.Contains(got, "AT+CNMI?\r") || !strings.Contains(got, "+CNMI: 0,0,0,0,0") {
		t.Errorf("after the power cycle: %q", got)
	}
	if got := h.ok("AT+CMGL=4"); strings.Count(got, "+CMGL: ") != 2 {
		t.Errorf("the SIM forgot: %q", got)
	}
}
