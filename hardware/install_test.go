package hardware

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// The rules and the program must agree on which interface takes AT commands.
func TestUdevRulesAgreeWithTheTable(t *testing.T) {
	rules, err := os.ReadFile("udev/77-knapp.rules")
	if err != nil {
		t.Fatal(err)
	}
	table, err := modemTable()
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`(?m)^ATTRS\{idVendor\}=="(\w+)", ATTRS\{idProduct\}=="(\w+)", ENV\{ID_USB_INTERFACE_NUM\}=="(\w+)"`)
	found := link.FindAllStringSubmatch(string(rules), -1)
	if len(found) < 4 {
		t.Fatalf("only %d modems get a name", len(found))
	}
	for _, m := range found {
		_, role := table.role(Port{Vendor: m[1], Product: m[2], Interface: m[3]}, usbTriple{})
		if role != ATPrimary {
			t.Errorf("%s:%s interface %s: the table says %v", m[1], m[2], m[3], role)
		}
		if ignored := `ATTR{idVendor}=="` + m[1] + `", ENV{ID_MM_DEVICE_IGNORE}="1"`; !strings.Contains(string(rules), ignored) {
			t.Errorf("ModemManager is not kept off %s", m[1])
		}
	}
}

// The unit must keep the sandbox that it has: systemd's own measure, where the tool is installed, and what it must
// leave open for the gateway to work at all.
func TestUnitIsSandboxed(t *testing.T) {
	unit, err := os.ReadFile("systemd/knapp.service")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"Type=notify", "User=knapp", "StateDirectory=knapp", "SupplementaryGroups=dialout", "Restart=always",
		"Wants=modprobe@usbserial.service modprobe@cdc_acm.service", "After=modprobe@usbserial.service modprobe@cdc_acm.service",
		"DevicePolicy=closed", "DeviceAllow=char-ttyUSB rw", "DeviceAllow=char-ttyACM rw", "ProtectSystem=strict",
		"RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6",
		"ExecStart=/usr/local/bin/knapp run --config /etc/knapp/knapp.toml",
	} {
		if !strings.Contains(string(unit), "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		return // a machine without systemd; the lines above were checked
	}
	out, err := exec.Command(tool, "security", "--offline=true", "--threshold=20", "./systemd/knapp.service").CombinedOutput()
	if err != nil {
		t.Errorf("exposure is above 2.0: %v\n%s", err, out)
	}
}
