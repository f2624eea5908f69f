package hardware

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree is a sysfs and a /dev made of files, shaped as Linux shapes them.
type tree struct {
	t        *testing.T
	sys, dev string
}

func newTree(t *testing.T) tree {
	root := t.TempDir()
	tr := tree{t: t, sys: filepath.Join(root, "sys"), dev: filepath.Join(root, "dev")}
	for _, dir := range []string{"class/tty", "bus/usb/devices", "bus/usb/drivers"} {
		tr.mkdir(filepath.Join(tr.sys, dir))
	}
	tr.mkdir(filepath.Join(tr.dev, "serial", "by-path"))
	// What every Pi has besides: a console without a device, and the UART on the board.
	tr.mkdir(filepath.Join(tr.sys, "devices/virtual/tty/tty1"))
	tr.link("../../devices/virtual/tty/tty1", filepath.Join(tr.sys, "class/tty/tty1"))
	tr.mkdir(filepath.Join(tr.sys, "devices/platform/soc/uart/tty/ttyAMA0"))
	tr.link("../../../uart", filepath.Join(tr.sys, "devices/platform/soc/uart/tty/ttyAMA0/device"))
	tr.link("../../devices/platform/soc/uart/tty/ttyAMA0", filepath.Join(tr.sys, "class/tty/ttyAMA0"))
	return tr
}

func (tr tree) mkdir(dir string) {
	tr.t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr tree) write(dir, name, value string) {
	tr.t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(value+"\n"), 0o644); err != nil {
		tr.t.Fatal(err)
	}
}

func (tr tree) link(target, name string) {
	tr.t.Helper()
	if err := os.Symlink(target, name); err != nil {
		tr.t.Fatal(err)
	}
}

const controller = "devices/platform/scb/fd500000.pcie/usb1"

// device plugs a device into a socket such as 1-1.2.
func (tr tree) device(socket, vendor, product, name string) string {
	dir := filepath.Join(tr.sys, controller, "1-1", socket)
	tr.mkdir(dir)
	tr.write(dir, "idVendor", vendor)
	tr.write(dir, "idProduct", product)
	tr.write(dir, "bDeviceClass", "00")
	if maker, model, ok := strings.Cut(name, " "); ok {
		tr.write(dir, "manufacturer", maker)
		tr.write(dir, "product", model)
	}
	tr.link("../../../"+controller+"/1-1/"+socket, filepath.Join(tr.sys, "bus/usb/devices", socket))
	return dir
}

// face gives a device an interface; kind is class, subclass and protocol, as "ff/00/00".
func (tr tree) face(device, number, kind, driver string) string {
	dir := filepath.Join(device, filepath.Base(device)+":1."+strings.TrimPrefix(number, "0"))
	tr.mkdir(dir)
	tr.write(dir, "bInterfaceNumber", number)
	class, rest, _ := strings.Cut(kind, "/")
	sub, protocol, _ := strings.Cut(rest, "/")
	tr.write(dir, "bInterfaceClass", class)
	tr.write(dir, "bInterfaceSubClass", sub)
	tr.write(dir, "bInterfaceProtocol", protocol)
	if driver != "" {
		tr.mkdir(filepath.Join(tr.sys, "bus/usb/drivers", driver))
		tr.link("../../../../../../../../bus/usb/drivers/"+driver, filepath.Join(dir, "driver"))
	}
	return dir
}

// tty gives an interface a serial port, with its node and udev's name for it.
func (tr tree) tty(face, name string) {
	tr.t.Helper()
	port := filepath.Join(face, name)
	dir := filepath.Join(port, "tty", name)
	tr.mkdir(dir)
	tr.link("../../../"+name, filepath.Join(dir, "device"))
	rel, err := filepath.Rel(filepath.Join(tr.sys, "class/tty"), dir)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.link(rel, filepath.Join(tr.sys, "class/tty", name))
	tr.write(tr.dev, name, "")
	socket, number, _ := strings.Cut(filepath.Base(face), ":")
	_, hubs, _ := strings.Cut(socket, "-")
	for _, usb := range []string{"usbv2", "usb"} { // newer udev makes both names
		tr.link("../../"+name, filepath.Join(tr.dev, "serial/by-path", "platform-fd500000.pcie-"+usb+"-0:"+hubs+":"+number+"-port0"))
	}
}

// modem plugs an EC25 (or another modem with the same layout) in, whose ports from interface 0 on are called as given.
func (tr tree) modem(socket, vendor, product string, ttys ...string) {
	device := tr.device(socket, vendor, product, "Maker Modem")
	for i, name := range ttys {
		tr.tty(tr.face(device, "0"+string(rune('0'+i)), "ff/00/00", "option"), name)
	}
}

// unplug takes away what is in a socket.
func (tr tree) unplug(socket string) {
	tr.t.Helper()
	device := filepath.Join(tr.sys, controller, "1-1", socket)
	ttys, _ := filepath.Glob(filepath.Join(device, "*", "*", "tty", "*"))
	for _, tty := range ttys {
		name := filepath.Base(tty)
		_ = os.Remove(filepath.Join(tr.sys, "class/tty", name))
		_ = os.Remove(filepath.Join(tr.dev, name))
		links, _ := filepath.Glob(filepath.Join(tr.dev, "serial/by-path/*"))
		for _, link := range links {
			if target, err := os.Readlink(link); err == nil && filepath.Base(target) == name {
				_ = os.Remove(link)
			}
		}
	}
	_ = os.Remove(filepath.Join(tr.sys, "bus/usb/devices", socket))
	if err := os.RemoveAll(device); err != nil {
		tr.t.Fatal(err)
	}
}

// opened is a port that only remembers where it was opened.
type opened struct {
	io.ReadWriteCloser
	path string
}

// pathOf is where a port was opened.
func pathOf(rw io.ReadWriteCloser) string {
	if usb, ok := rw.(usbPort); ok {
		rw = usb.ReadWriteCloser
	}
	return rw.(opened).path
}

// opener is an Opener over the tree, as a function that names the node it opened.
func (tr tree) opener(port string) func() (string, error) {
	open := Finder{Sys: tr.sys, Dev: tr.dev, Open: func(path string, baud int) (io.ReadWriteCloser, error) {
		if _, err := os.Stat(path); err != nil {
			return nil, openError(path, err)
		}
		return opened{path: path}, nil
	}}.Opener(port)
	return func() (string, error) {
		rw, err := open(context.Background())
		if err != nil {
			return "", err
		}
		return filepath.Base(pathOf(rw)), nil
	}
}

func TestFindKnowsRolesAndNames(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	ports, err := Find(tr.sys, tr.dev)
	if err != nil || len(ports) != 4 {
		t.Fatalf("found %d ports, %v; want the modem's four and neither console nor UART", len(ports), err)
	}
	got := ports[0]
	want := Port{
		Path:   filepath.Join(tr.dev, "ttyUSB2"),
		ByPath: filepath.Join(tr.dev, "serial/by-path/platform-fd500000.pcie-usb-0:1.2:1.2-port0"),
		Device: "1-1.2", Interface: "02", Vendor: "2c7c", Product: "0125", Driver: "option", Model: "Quectel EC25/EG25", Role: ATPrimary,
	}
	if got != want {
		t.Errorf("first port\n got %+v\nwant %+v", got, want)
	}
	if ports[1].Interface != "03" || ports[1].Role != ATSecondary {
		t.Errorf("second port is %v, want the secondary one", ports[1])
	}
	for _, p := range ports[2:] {
		if p.Role != NotAT {
			t.Errorf("%v: diagnostics and GPS take no AT commands", p)
		}
	}
}

func TestFindWithoutSysfsSaysSo(t *testing.T) {
	if _, err := Find(filepath.Join(t.TempDir(), "sys"), "/dev"); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

func TestAutoPicksTheOnlyModem(t *testing.T) {
	for _, c := range []struct {
		name string
		plug func(tr tree)
		want string
	}{
		{"EC25", func(tr tree) { tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3") }, "ttyUSB2"},
		{"SIM7600", func(tr tree) { tr.modem("1-1.2", "1e0e", "9001", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3") }, "ttyUSB2"},
		{"A7602, whose AT port is the fifth", func(tr tree) {
			tr.modem("1-1.2", "1e0e", "9011", "ttyUSB9", "ttyUSB8", "ttyUSB7", "ttyUSB6", "ttyUSB5", "ttyUSB4")
		}, "ttyUSB5"},
		{"modem beside a Zigbee stick and an Arduino", func(tr tree) {
			tr.tty(tr.face(tr.device("1-1.1", "10c4", "ea60", "Silabs CP2102"), "00", "ff/00/00", "cp210x"), "ttyUSB0")
			tr.tty(tr.face(tr.device("1-1.3", "2341", "0043", "Arduino Uno"), "00", "02/02/01", "cdc_acm"), "ttyACM0")
			tr.modem("1-1.2", "2c7c", "0125", "ttyUSB1", "ttyUSB2", "ttyUSB3", "ttyUSB4")
		}, "ttyUSB3"},
		{"newer Huawei, by its protocols", func(tr tree) {
			d := tr.device("1-1.2", "12d1", "1506", "HUAWEI Mobile")
			tr.tty(tr.face(d, "00", "ff/02/01", "option"), "ttyUSB0")
			tr.tty(tr.face(d, "01", "ff/02/02", "option"), "ttyUSB1")
		}, "ttyUSB1"},
		{"older Huawei, by its interface", func(tr tree) {
			d := tr.device("1-1.2", "12d1", "1001", "HUAWEI Mobile")
			for i, tty := range []string{"ttyUSB0", "ttyUSB1", "ttyUSB2"} {
				tr.tty(tr.face(d, "0"+string(rune('0'+i)), "ff/ff/ff", "option"), tty)
			}
		}, "ttyUSB2"},
		{"unknown modem with a single port", func(tr tree) { tr.modem("1-1.2", "abcd", "0001", "ttyUSB0") }, "ttyUSB0"},
		{"its first AT port is missing", func(tr tree) {
			tr.tty(tr.face(tr.device("1-1.2", "2c7c", "0125", "Quectel EC25"), "03", "ff/00/00", "option"), "ttyUSB0")
		}, "ttyUSB0"},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTree(t)
			c.plug(tr)
			if got, err := tr.opener(Auto)(); err != nil || got != c.want {
				t.Fatalf("opened %q, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestAutoRefusesToGuess(t *testing.T) {
	for _, c := range []struct {
		name string
		plug func(tr tree)
		want error
		says []string
	}{
		{"nothing plugged", func(tree) {}, ErrNoModem, []string{"looked at 0 USB devices", "plugged in"}},
		{
			"two modems", func(tr tree) {
				tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
				tr.modem("1-1.4", "1e0e", "9001", "ttyUSB4", "ttyUSB5", "ttyUSB6", "ttyUSB7")
			},
			ErrSeveralModems,
			[]string{"by-path/platform-fd500000.pcie-usb-0:1.2:1.2-port0", "by-path/platform-fd500000.pcie-usb-0:1.4:1.2-port0", "EC25", "SIM7600"},
		},
		{
			"HiLink stick", func(tr tree) {
				tr.face(tr.device("1-1.2", "12d1", "14dc", "HUAWEI Mobile"), "00", "02/06/00", "cdc_ether")
			},
			ErrNoModem,
			[]string{"HiLink stick without AT port", "12d1:14dc", "looked at 1 USB devices"},
		},
		{
			"mass storage", func(tr tree) {
				tr.face(tr.device("1-1.2", "12d1", "1f01", "HUAWEI Mobile"), "00", "08/06/50", "usb-storage")
			},
			ErrNoModem,
			[]string{"mass-storage mode", "usb-modeswitch"},
		},
		{
			"modem without kernel driver", func(tr tree) { tr.face(tr.device("1-1.2", "2c7c", "0125", "Quectel EC25"), "02", "ff/00/00", "") },
			ErrNoModem,
			[]string{"modprobe option"},
		},
		{
			"only a Zigbee stick", func(tr tree) {
				tr.tty(tr.face(tr.device("1-1.1", "10c4", "ea60", "Silabs CP2102"), "00", "ff/00/00", "cp210x"), "ttyUSB0")
			},
			ErrNoModem,
			[]string{"serial adapter (cp210x)", "write it as port"},
		},
		{
			"unknown modem with three ports", func(tr tree) { tr.modem("1-1.2", "abcd", "0001", "ttyUSB0", "ttyUSB1", "ttyUSB2") },
			ErrUnknownModem,
			[]string{"one after the other", "usb-0:1.2:1.0-port0", "usb-0:1.2:1.1-port0"},
		},
		{
			"keyboard", func(tr tree) {
				tr.face(tr.device("1-1.2", "413c", "2107", "Dell Keyboard"), "00", "03/01/01", "usbhid")
			},
			ErrNoModem,
			[]string{"looked at 1 USB devices with 0 serial ports", "plugged in"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr := newTree(t)
			c.plug(tr)
			got, err := tr.opener(Auto)()
			if !errors.Is(err, c.want) {
				t.Fatalf("opened %q, %v; want %v", got, err, c.want)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("error lacks %q:\n%v", word, err)
				}
			}
		})
	}
}

func TestReopeningFollowsTheSocketNotTheNumber(t *testing.T) {
	for _, port := range []string{"auto", "ttyUSB2", "serial/by-path/platform-fd500000.pcie-usb-0:1.2:1.2-port0"} {
		t.Run(port, func(t *testing.T) {
			tr := newTree(t)
			if port != Auto {
				port = filepath.Join(tr.dev, port)
			}
			tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
			open := tr.opener(port)
			if got, err := open(); err != nil || got != "ttyUSB2" {
				t.Fatalf("first opened %q, %v", got, err)
			}
			tr.unplug("1-1.2")
			if got, err := open(); err == nil {
				t.Fatalf("opened %q with the modem unplugged", got)
			}
			// While it was away, other sticks took its numbers.
			tr.modem("1-1.4", "0403", "6001", "ttyUSB2")
			tr.modem("1-1.2", "2c7c", "0125", "ttyUSB3", "ttyUSB4", "ttyUSB5", "ttyUSB6")
			if got, err := open(); err != nil || got != "ttyUSB5" {
				t.Fatalf("after renumbering opened %q, %v; want ttyUSB5", got, err)
			}
		})
	}
}

// Two modems of the same make, each with its own number: after a restart of the bus they swap their ttyUSB names.
func TestTwinsAreToldByTheirSockets(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	tr.modem("1-1.4", "2c7c", "0125", "ttyUSB4", "ttyUSB5", "ttyUSB6", "ttyUSB7")
	open := tr.opener(filepath.Join(tr.dev, "ttyUSB6"))
	if got, err := open(); err != nil || got != "ttyUSB6" {
		t.Fatalf("first opened %q, %v", got, err)
	}
	tr.unplug("1-1.2")
	tr.unplug("1-1.4")
	tr.modem("1-1.4", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB4", "ttyUSB5", "ttyUSB6", "ttyUSB7")
	if got, err := open(); err != nil || got != "ttyUSB2" {
		t.Fatalf("after the swap opened %q, %v; want ttyUSB2, the one in the socket 1-1.4", got, err)
	}
}

func TestANumberTakenByAnotherDeviceIsNotOpened(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	open := tr.opener(filepath.Join(tr.dev, "ttyUSB2"))
	if _, err := open(); err != nil {
		t.Fatal(err)
	}
	tr.unplug("1-1.2")
	tr.modem("1-1.4", "0403", "6001", "ttyUSB2")
	if got, err := open(); !errors.Is(err, ErrNoPort) || !strings.Contains(err.Error(), "0403:6001") {
		t.Fatalf("opened %q, %v; want ErrNoPort that names the intruder", got, err)
	}
}

func TestAutoStaysWithItsModemWhenAnotherComes(t *testing.T) {
	tr := newTree(t)
	tr.modem("1-1.2", "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	open := tr.opener(Auto)
	if _, err := open(); err != nil {
		t.Fatal(err)
	}
	tr.modem("1-1.1", "1e0e", "9001", "ttyUSB4", "ttyUSB5", "ttyUSB6", "ttyUSB7")
	if got, err := open(); err != nil || got != "ttyUSB2" {
		t.Fatalf("opened %q, %v; want the one it had", got, err)
	}
	tr.unplug("1-1.2") // it is gone for good: now there is a single other one
	if got, err := open(); err != nil || got != "ttyUSB6" {
		t.Fatalf("opened %q, %v; want the modem that is left", got, err)
	}
}

func TestOpenerOnARealPTY(t *testing.T) {
	_, name := openPTY(t)
	tr := newTree(t)
	open := Finder{Sys: tr.sys}.Opener(name)
	for range 2 {
		rw, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := rw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(ended); !errors.Is(err, context.Canceled) {
		t.Fatalf("with an ended context: %v", err)
	}
}

func TestTableOfModems(t *testing.T) {
	table, err := modemTable()
	if err != nil {
		t.Fatal(err)
	}
	if len(table) != 236 {
		t.Errorf("%d rows, want 236", len(table))
	}
	for key, row := range table {
		if row.Product == "*" {
			continue
		}
		if _, role := table.role(Port{Vendor: row.Vendor, Product: row.Product, Interface: row.Primary}, usbTriple{}); role != ATPrimary {
			t.Errorf("%s: interface %s is %v, want the AT port", key, row.Primary, role)
		}
	}
}
