package modemtest_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

// device is a modem of a kind on a pipe, and a host.
func device(t *testing.T, name string, change func(*modemtest.ModemOptions)) (*modemtest.Network, *modemtest.Modem, *host) {
	t.Helper()
	d, ok := modemtest.DeviceNamed(name)
	if !ok {
		t.Fatalf("no device %q", name)
	}
	o := d.Options()
	if change != nil {
		change(&o)
	}
	return wire(t, modemtest.NetworkOptions{}, o)
}

// TestEveryDeviceTakesAText: whatever its habits, a text gets through to a host
// that does what is needed, and one leaves.
func TestEveryDeviceTakesAText(t *testing.T) {
	for _, d := range modemtest.Devices() {
		t.Run(d.Name, func(t *testing.T) {
			network, m, h := device(t, d.Name, nil)
			h.at("AT^CURC=0")
			h.at(`AT+CPMS="ME"`)
			h.ok(`AT+CPMS="SM"`)
			if got := h.at("AT+CNMI=1,1,0,1,0"); strings.HasSuffix(got, "ERROR: 302\r\n") {
				h.ok("AT+CNMI=1,1,0,2,1")
			}
			if listening, why := m.Listening(); !listening {
				t.Fatalf("deaf: %s", why)
			}
			if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
				t.Fatal(err)
			}
			h.until(`+CMTI: "SM",`)
			if got := h.cmgs(submitPDU(t, emma, "hei selv", false)); !strings.Contains(got, "OK") {
				t.Errorf("send: %q", got)
			}
			waitText(t, network.Phone(emma), "hei selv")
		})
	}
}

func TestNoiseUntilHushed(t *testing.T) {
	_, m, h := device(t, "Huawei E173", func(o *modemtest.ModemOptions) { o.Habits.NoiseEvery = time.Millisecond })
	h.until("^BOOT:")
	h.until("^BOOT:")
	h.ok("AT^CURC=0")
	quiet := m.Counters().URCs
	time.Sleep(20 * time.Millisecond) // twenty times the pause between two
	if now := m.Counters().URCs; now != quiet {
		t.Errorf("%d URCs after AT^CURC=0", now-quiet)
	}
}

func TestFreezesAfterACallThatNobodyEnded(t *testing.T) {
	network, m, h := device(t, "Huawei E3372h", nil)
	for _, ended := range []bool{true, false} {
		call, err := network.Phone(emma).Call(gateway)
		if err != nil {
			t.Fatal(err)
		}
		h.until("RING\r\n")
		if ended {
			h.ok("AT+CHUP")
			h.ok("AT")
			continue
		}
		call.HangUp()
		h.until("NO CARRIER")
		h.typeIn("AT\r")
		if listening, _ := m.Listening(); listening {
			t.Error("a frozen modem listens")
		}
		m.PowerCycle()
		h.ok("AT") // the first was never answered
		if got, _ := h.text(); strings.Contains(got, "OK") {
			t.Errorf("an answer too many: %q", got)
		}
	}
}

func TestURCPort(t *testing.T) {
	network, m, first := device(t, "Quectel EC25", nil)
	second := connectPort(t, m, 1)
	second.ok("AT") // what is said to a port before the modem knows of its host is lost
	first.ok("AT+CNMI=2,1,0,2,0")
	first.ok(`AT+QURCCFG="urcport","usbmodem"`)
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	second.until(`+CMTI: "SM",0`)
	if got, _ := first.text(); strings.Contains(got, "CMTI") {
		t.Errorf("the first port was told: %q", got)
	}
	// A report is announced where it is not (recorded of this device).
	first.cmgs(submitPDU(t, emma, "hei", true))
	second.until(`+CDSI: "SM",0`)
	first.ok("AT+CMGD=0")
	if got := first.ok("AT+CMGR=0"); strings.Contains(got, "+CMGR") {
		t.Errorf("%q", got)
	}
	first.ok(`AT+CPMS="SR"`)
	if got := first.ok("AT+CMGR=0"); !strings.Contains(got, "+CMGR") {
		t.Errorf("no report in SR: %q", got)
	}
}

func TestDeafUntilCPMS(t *testing.T) {
	network, m, h := device(t, "Foxconn T77W968", nil)
	h.ok("AT+CNMI=1,1,0,1,0")
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	if listening, _ := m.Listening(); listening || network.Waiting(gateway) != 1 {
		t.Fatalf("it listens, %d wait", network.Waiting(gateway))
	}
	h.ok(`AT+CPMS="ME"`)
	h.ok(`AT+CPMS="SM"`)
	h.until("+CMTI: ")
}

func TestSmallHabits(t *testing.T) {
	_, _, h := device(t, "ZTE K3565-Z", nil)
	h.ok("AT+CNMI=1,1,0,1,0")
	h.cmgs(submitPDU(t, emma, "hei", true))
	h.until("+CDS: ,")
	h.ok("AT+CSMP=49,167,0,0")
	if got := h.ok("AT+CSCA?"); strings.Contains(got, "+CSCA") {
		t.Errorf("the service centre outlived AT+CSMP: %q", got)
	}
	_, _, h = device(t, "Meig MF103", nil)
	if got := h.ok("AT+CPMS?"); !strings.Contains(got, `"ME",0,23,"ME",0,23,"SM",0,10`) {
		t.Errorf("%q", got)
	}
	_, _, h = device(t, "Cinterion MC75i", nil)
	if got := h.ok("AT+CNMI=?"); !strings.Contains(got, "(0-3),(0,1),(0,2,3),(0,2),(1)") {
		t.Errorf("%q", got)
	}
	_, _, h = device(t, "SIMCom SIM7600", nil)
	if got := h.ok("AT+CREG?;+CEREG?"); !strings.Contains(got, "+CREG: 0,0") || !strings.Contains(got, "+CEREG: 0,1") {
		t.Errorf("%q", got)
	}
}

func TestWhoTheSIMIs(t *testing.T) {
	pin := func(o *modemtest.ModemOptions) { o.PIN, o.PINTries = "1234", 2 }
	for name, ask := range map[string][2]string{
		"plain": {"AT+CCID", `AT+CPINR`}, "Huawei E173": {"AT^ICCID?", "AT^CPIN?"},
		"Quectel EC25": {"AT+QCCID", "AT+QPINC?"}, "SIMCom SIM7600": {"AT+CICCID", "AT+SPIC"},
	} {
		_, m, h := device(t, name, pin)
		if got := h.ok(ask[0]); !strings.Contains(got, "8947080000000000013") {
			t.Errorf("%s: %q", name, got)
		}
		if got := h.ok("AT+CRSM=176,12258,0,0,10"); !strings.Contains(got, `+CRSM: 144,0,"987480000000000010F3"`) {
			t.Errorf("%s: %q", name, got)
		}
		if got := h.ok(ask[1]); !strings.Contains(got, "2") {
			t.Errorf("%s: %q", name, got)
		}
		m.SwapSIM(modemtest.ModemOptions{Number: "+4794444444", ICCID: "8947080000000000021"})
		if got := h.ok(ask[0]); !strings.Contains(got, "8947080000000000021") {
			t.Errorf("%s: another SIM: %q", name, got)
		}
		if got := h.ok("AT+CPIN?"); !strings.Contains(got, "READY") || m.Number() != "+4794444444" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestUSSDCodings(t *testing.T) {
	for coding, want := range map[modemtest.USSDCoding][2]string{
		modemtest.USSDPlain:  {"*100#", `+CUSD: 0,"Saldo 42",15`},
		modemtest.USSDPacked: {"AA180C3602", `+CUSD: 0,"D3309BFC06D164",15`},
		modemtest.USSDUCS2:   {"*100#", `+CUSD: 0,"00530061006C0064006F002000340032",72`},
	} {
		_, _, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{
			USSD: map[string]string{"*100#": "Saldo 42"}, Habits: modemtest.Habits{USSD: coding},
		})
		h.ok(`AT+CUSD=1,"` + want[0] + `",15`)
		h.until(want[1])
	}
}

func TestForwarding(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{
		Timing: modemtest.Timing{Ring: time.Millisecond}, Forwards: map[int]string{2: "+4788888888"},
	})
	if got := h.ok("AT+CCFC=2,2"); !strings.Contains(got, `+CCFC: 1,1,"+4788888888",145`) {
		t.Errorf("%q", got)
	}
	call, err := network.Phone(emma).Call(gateway)
	if err != nil {
		t.Fatal(err)
	}
	h.until("NO CARRIER")
	if call.Forwarded() != "+4788888888" {
		t.Error("the call went to no voicemail")
	}
	h.ok("AT+CCFC=4,4")
	if len(m.Forwards()) != 0 {
		t.Errorf("forwards left: %v", m.Forwards())
	}
	if call, err = network.Phone(emma).Call(gateway); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		h.until("RING\r\n")
	}
	if call.Forwarded() != "" {
		t.Error("diverted though nothing is set")
	}
}

// TestRebootUnderAnotherName: AT+CFUN=1,1 takes both ports away, and they come
// back under other names; a disk does not come back.
func TestRebootUnderAnotherName(t *testing.T) {
	dir := t.TempDir()
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	defer network.Close()
	names := map[string]string{filepath.Join(dir, "ttyUSB0"): filepath.Join(dir, "ttyUSB2"), filepath.Join(dir, "ttyUSB1"): filepath.Join(dir, "ttyUSB3")}
	m := network.NewModem(modemtest.ModemOptions{Number: gateway, Rename: func(link string) string { return names[link] }})
	if err := m.PlugIn(filepath.Join(dir, "ttyUSB0"), filepath.Join(dir, "ttyUSB1")); err != nil {
		t.Fatal(err)
	}
	h, second := openLine(t, m.Links()[0]), openLine(t, m.Links()[1])
	second.ok("AT")
	h.ok("AT+CFUN=1,1")
	h.gone()
	second.gone()
	want := []string{filepath.Join(dir, "ttyUSB2"), filepath.Join(dir, "ttyUSB3")}
	until(t, func() bool { return slices.Equal(m.Links(), want) && linked(want[0]) && linked(want[1]) })
	openLine(t, want[1]).ok("AT")
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%v %v", entries, err)
	}
}

func TestRebootAsADisk(t *testing.T) {
	d, _ := modemtest.DeviceNamed("Huawei E173")
	_, m, link := plugged(t, d.Options())
	h := openLine(t, link)
	h.ok("AT+CFUN=1,1")
	h.gone()
	until(t, func() bool { return len(m.Links()) == 0 })
	if listening, why := m.Listening(); listening || why != "it is a disk" {
		t.Errorf("%v, %q", listening, why)
	}
	if err := m.PlugIn(link); err != nil {
		t.Fatal(err)
	}
	openLine(t, link).ok("AT")
}

func TestUSBReset(t *testing.T) {
	_, m, link := plugged(t, modemtest.ModemOptions{})
	h := openLine(t, link)
	h.ok("AT")
	m.Freeze()
	h.typeIn("AT\r")
	m.ResetUSB()
	h.gone()
	until(t, func() bool { return linked(link) })
	openLine(t, link).ok("AT")
}

func TestOutage(t *testing.T) {
	network, m, h := wire(t, modemtest.NetworkOptions{}, modemtest.ModemOptions{})
	h.ok("AT+CREG=1;+CNMI=1,1,0,1,0")
	network.SetService(false)
	h.until("+CREG: 2")
	if err := network.Phone(emma).Send(gateway, "hei"); err != nil {
		t.Fatal(err)
	}
	if listening, _ := m.Listening(); listening || network.Waiting(gateway) != 1 {
		t.Error("an outage changes nothing")
	}
	network.SetService(true)
	h.until("+CREG: 1")
	h.until("+CMTI")
}

// connectPort is connect for another port of the modem.
func connectPort(t *testing.T, m *modemtest.Modem, number int) *host {
	t.Helper()
	ours, theirs := net.Pipe()
	served := make(chan error, 1)
	go func() { served <- m.ServePort(theirs, number) }()
	t.Cleanup(func() {
		_ = ours.Close()
		if err := <-served; err != nil {
			t.Errorf("ServePort: %v", err)
		}
	})
	return newHost(t, ours)
}

// until waits for a condition.
func until(t *testing.T, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !cond(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it never came about")
		}
	}
}
