package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

// knappAt runs the program with a configuration that may not be there.
func knappAt(t *testing.T, configFile string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	w := &world{t: t, config: configFile}
	return w.knapp(args...)
}

// plug makes a USB device with serial ports in a sysfs of files.
func plug(t *testing.T, root, socket, ids string, ports ...string) {
	t.Helper()
	sys, dev := filepath.Join(root, "sys"), filepath.Join(root, "dev")
	device := filepath.Join(sys, "devices", socket)
	vendor, product, _ := strings.Cut(ids, ":")
	put := func(dir, name, value string) {
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), []byte(value+"\n"), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	link := func(target, name string) {
		if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.Symlink(target, name)); err != nil {
			t.Fatal(err)
		}
	}
	put(device, "idVendor", vendor)
	put(device, "idProduct", product)
	link(device, filepath.Join(sys, "bus/usb/devices", socket))
	for i, port := range ports {
		face := filepath.Join(device, socket+":1."+string(rune('0'+i)))
		put(face, "bInterfaceNumber", "0"+string(rune('0'+i)))
		put(face, "bInterfaceClass", "ff")
		put(filepath.Join(face, port, "tty", port), "dev", "188:0")
		link(filepath.Join(sys, "bus/usb/drivers/option"), filepath.Join(face, "driver"))
		link(filepath.Join(face, port), filepath.Join(face, port, "tty", port, "device"))
		link(filepath.Join(face, port, "tty", port), filepath.Join(sys, "class/tty", port))
		put(dev, port, "")
	}
	if err := os.MkdirAll(filepath.Join(sys, "class/tty"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestModemList(t *testing.T) {
	root := t.TempDir()
	plug(t, root, "1-1", "2c7c:0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	plug(t, root, "1-2", "12d1:14dc")
	args := []string{"modem", "list", "--sys", filepath.Join(root, "sys"), "--dev", filepath.Join(root, "dev")}
	out, errs, code := knappAt(t, filepath.Join(root, "none.toml"), args...)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	for _, want := range []string{
		"2c7c:0125 Quectel EC25/EG25 at USB 1-1", "profile     quectel-lte: its USB id is 2c7c:0125", "second port " + root,
		"interface 02, option: AT commands", "12d1:14dc at USB 1-2", "has no port for AT commands",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	out, errs, _ = knappAt(t, filepath.Join(root, "none.toml"), append(args, "--json")...)
	var listed []listedModem
	if err := json.Unmarshal([]byte(out), &listed); err != nil {
		t.Fatalf("%v: %s%s", err, out, errs)
	}
	if len(listed) != 2 || listed[0].AT != filepath.Join(root, "dev", "ttyUSB2") || listed[0].SecondAT != filepath.Join(root, "dev", "ttyUSB3") ||
		listed[1].Problem == "" || listed[1].Modem {
		t.Errorf("%+v", listed)
	}
}

func TestModemProbeWithoutAGateway(t *testing.T) {
	dir := t.TempDir()
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	defer func() { _ = network.Close() }()
	stick := network.NewModem(modemtest.ModemOptions{Number: gatewayNumber, Manufacturer: "Quectel", Model: "EC25"})
	port := filepath.Join(dir, "modem")
	if err := stick.PlugIn(port); err != nil {
		t.Fatal(err)
	}
	out, errs, code := knappAt(t, filepath.Join(dir, "none.toml"), "modem", "probe", port)
	if code != 0 || !strings.Contains(out, "quectel-lte: the modem says it is") || !strings.Contains(out, "3 tries left") {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if strings.Contains(out, "4792001000") || strings.Contains(out, "490154203237518") {
		t.Errorf("whole numbers are shown:\n%s", out)
	}
	if _, errs, code = knappAt(t, filepath.Join(dir, "none.toml"), "modem", "probe", filepath.Join(dir, "nothing")); code == 0 {
		t.Errorf("a port that is not there was probed: %s", errs)
	}
}

// While the gateway has the modem, it is asked through it, and goes on receiving.
func TestModemProbeOfARunningGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	for _, args := range [][]string{{"modem", "probe"}, {"modem", "probe", w.port()}} {
		out := w.mustKnapp(args...)
		if !strings.Contains(out, "main "+w.port()) || !strings.Contains(out, "+CREG home") || !strings.Contains(out, "storage") {
			t.Errorf("knapp %s:\n%s", strings.Join(args, " "), out)
		}
	}
	out := w.mustKnapp("modem", "probe", "--json")
	var found []probedModem
	if err := json.Unmarshal([]byte(out), &found); err != nil || len(found) != 1 || found[0].Found == nil || found[0].Found.Announces != "1,1,0,1,0" {
		t.Errorf("%v: %s", err, out)
	}
	if !w.modemReady() {
		t.Error("the gateway lost its modem")
	}
}

// modemReady asks the status.
func (w *world) modemReady() bool {
	w.t.Helper()
	var st status
	if err := json.Unmarshal([]byte(w.mustKnapp("status", "--json")), &st); err != nil {
		w.t.Fatal(err)
	}
	return len(st.Modems) == 1 && st.Modems[0].Ready
}
