package hardware

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Auto is the port name that means: the only modem there is.
const Auto = "auto"

// Why "auto" could not decide. The text of the whole error says what was looked at and what to write instead.
var (
	ErrNoModem       = errors.New("no modem found")
	ErrSeveralModems = errors.New("more than one modem")
	ErrUnknownModem  = errors.New("a modem that the table of ports does not know")
	ErrNoSecond      = errors.New("no second port for AT commands")
)

// Finder opens ports by what they are instead of by a number that changes when something is plugged. Its zero value
// looks at the real machine.
type Finder struct {
	Sys  string // where sysfs is; empty: /sys
	Dev  string // where the device nodes are; empty: /dev
	Baud int    // bits a second; 0: DefaultBaud

	// Open opens a device node; nil: the package's Open.
	Open func(path string, baud int) (io.ReadWriteCloser, error)
}

// Opener returns a function that opens a port anew at each call, wherever it is by then. port is "auto", the only
// modem's AT port, or a path, best of /dev/serial/by-path. Whatever was opened first is remembered by its socket and
// interface: a modem that comes back as ttyUSB5 is found there, and another device that took its number is not touched.
//
// Errors are those of Open and ErrNoModem, ErrSeveralModems and ErrUnknownModem. What it opens has, on USB, a method
// USB() string with the device's ids, such as "2c7c:0125".
func (f Finder) Opener(port string) func(ctx context.Context) (io.ReadWriteCloser, error) {
	return f.Socket(port).Open
}

func (f Finder) withDefaults() Finder {
	f.Sys, f.Dev = cmp.Or(f.Sys, "/sys"), cmp.Or(f.Dev, "/dev")
	f.Baud = cmp.Or(f.Baud, DefaultBaud)
	if f.Open == nil {
		f.Open = Open
	}
	return f
}

// opener is one configured port and what it turned out to be.
type opener struct {
	finder Finder
	port   string

	mu   sync.Mutex // one opening at a time; guards last
	last *Port      // what was opened last, if it was a USB port
}

func (o *opener) open(ctx context.Context) (io.ReadWriteCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("hardware: open %s: %w", o.port, err)
	}
	path, found, err := o.resolve()
	if err != nil {
		return nil, err
	}
	rw, err := o.finder.Open(path, o.finder.Baud)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return rw, nil
	}
	o.last = found
	return usbPort{rw, found.Vendor + ":" + found.Product}, nil
}

// usbPort is an open port of a USB device.
type usbPort struct {
	io.ReadWriteCloser
	id string
}

// USB is the device's vendor and product id.
func (p usbPort) USB() string { return p.id }

// openSecond opens the other AT port of the device whose first was opened.
func (o *opener) openSecond(ctx context.Context) (io.ReadWriteCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("hardware: open the second port of %s: %w", o.port, err)
	}
	if o.last == nil {
		return nil, fmt.Errorf("hardware: %w: %s is no USB port, or was not opened yet", ErrNoSecond, o.port)
	}
	ports, err := Find(o.finder.Sys, o.finder.Dev)
	if err != nil {
		return nil, err
	}
	for _, p := range ports {
		if p.Device != o.last.Device || p.Vendor != o.last.Vendor || p.Product != o.last.Product || p.Interface == o.last.Interface {
			continue
		}
		if p.Role != ATPrimary && p.Role != ATSecondary {
			continue
		}
		rw, err := o.finder.Open(p.Path, o.finder.Baud)
		if err != nil {
			return nil, err
		}
		return usbPort{rw, p.Vendor + ":" + p.Product}, nil
	}
	return nil, fmt.Errorf("hardware: %w: the table names none beside %s", ErrNoSecond, *o.last)
}

// resolve says which device node to open now, and which USB port that is, if it is one.
func (o *opener) resolve() (string, *Port, error) {
	ports, err := Find(o.finder.Sys, o.finder.Dev)
	if err != nil && o.port == Auto {
		return "", nil, err
	}
	if o.last != nil {
		for _, p := range ports {
			if p.same(*o.last) {
				return p.Path, &p, nil
			}
		}
	}
	if o.port == Auto {
		p, err := choose(ports, o.finder.Sys)
		if err != nil {
			return "", nil, err
		}
		return p.Path, &p, nil
	}
	return o.named(ports)
}

// named resolves a configured path. A link (by-path, by-id, one of udev's own) is followed anew each time.
func (o *opener) named(ports []Port) (string, *Port, error) {
	node := o.port
	if target, err := filepath.EvalSymlinks(o.port); err == nil {
		node = target
	}
	for _, p := range ports {
		path, err := filepath.EvalSymlinks(p.Path)
		if err != nil || path != node {
			continue
		}
		if o.last != nil && node == o.port && p.kind() != o.last.kind() {
			return "", nil, fmt.Errorf("hardware: open %s: %w: it is now %s, but was %s; write the name in /dev/serial/by-path into the configuration",
				o.port, ErrNoPort, p, *o.last)
		}
		return p.Path, &p, nil
	}
	return o.port, nil, nil // a UART, a pty, or nothing: Open says which
}

// modemDrivers are the kernel's drivers that serve nothing but modems. The others (ftdi_sio, cp210x, ch341, cdc_acm)
// also serve Zigbee sticks and Arduinos, to which nobody should send AT commands unasked.
var modemDrivers = []string{"option", "qcserial", "sierra", "hso", "ipw"}

// choose picks the AT port of the only modem.
func choose(ports []Port, sys string) (Port, error) {
	sticks := map[string][]Port{}
	for _, p := range ports {
		sticks[p.Device] = append(sticks[p.Device], p)
	}
	var modems [][]Port
	for _, p := range ports { // in their order, which a map has not
		stick := sticks[p.Device]
		delete(sticks, p.Device)
		if slices.ContainsFunc(stick, likelyModem) {
			modems = append(modems, stick)
		}
	}
	switch len(modems) {
	case 0:
		return Port{}, noModem(ports, sys)
	case 1:
		return atPort(modems[0])
	}
	var names []string
	for _, stick := range modems {
		names = append(names, stick[0].String())
	}
	return Port{}, fmt.Errorf(`hardware: %w; write one of these as the port of each [[modem]] instead of "auto":%s`, ErrSeveralModems, list(names))
}

func likelyModem(p Port) bool {
	return p.Role == ATPrimary || p.Role == ATSecondary || slices.Contains(modemDrivers, p.Driver)
}

// atPort picks the port of one modem; its ports are sorted by role.
func atPort(stick []Port) (Port, error) {
	best := stick[0]
	if best.Role == ATPrimary || best.Role == ATSecondary {
		return best, nil
	}
	var names []string
	for _, p := range stick {
		if p.Role == Unknown {
			names = append(names, p.String())
		}
	}
	if best.Role == Unknown && len(names) == 1 {
		return best, nil
	}
	if len(names) == 0 {
		return Port{}, fmt.Errorf("hardware: %w: %s has serial ports, but none for AT commands", ErrNoModem, best)
	}
	return Port{}, fmt.Errorf("hardware: %w; one of its ports takes AT commands: write them as port into the configuration, one after the other, until the modem answers:%s",
		ErrUnknownModem, list(names))
}

// noModem says what was looked at, and what it may be instead of a modem.
func noModem(ports []Port, sys string) error {
	devices := usbDevices(sys)
	var clues []string
	for _, p := range ports {
		clues = append(clues, fmt.Sprintf("%s is a serial adapter (%s); if a modem is behind it, write it as port into the configuration", p, p.Driver))
	}
	for _, d := range devices {
		if slices.ContainsFunc(ports, func(p Port) bool { return p.Device == d.name }) {
			continue
		}
		if clue := d.clue(); clue != "" {
			clues = append(clues, clue)
		}
	}
	if len(clues) == 0 {
		clues = append(clues, `is the stick plugged in, with a power supply strong enough? "lsusb" and "sudo dmesg" show what the Pi sees`)
	}
	return fmt.Errorf("hardware: %w: looked at %d USB devices with %d serial ports in %s:%s", ErrNoModem, len(devices), len(ports), sys, list(clues))
}

// hiLink are sticks that are a router with a web page of its own and have no AT port in this mode.
var hiLink = []string{"12d1:14db", "12d1:14dc"}

// clue says why a device without serial ports may be the modem that somebody is looking for; empty if nothing says so.
func (d usbDevice) clue() string {
	known, err := modemTable()
	if err != nil {
		return ""
	}
	id := d.vendor + ":" + d.product
	name := strings.TrimSpace(id+" "+d.model) + " at USB " + d.name
	storage := slices.ContainsFunc(d.faces, func(t usbTriple) bool { return t.class == "08" })
	_, listed := known[id]
	switch {
	case slices.Contains(hiLink, id):
		return name + " is a HiLink stick without AT port: it cannot be used; take one of the modems in hardware/README.md"
	case listed:
		return name + ` is a modem, but the kernel made no serial port: "sudo modprobe option", or for Sierra modems "sudo modprobe qcserial", then plug it again`
	case storage && known.vendor(d.vendor):
		return name + ` shows itself as a disk (mass-storage mode): "sudo apt install usb-modeswitch", then plug it again`
	case known.vendor(d.vendor) && slices.ContainsFunc(d.faces, func(t usbTriple) bool { return t.class == "02" || t.class == "ff" }):
		return name + " is of a modem maker, but has no serial port in this mode"
	default:
		return ""
	}
}

// list puts each line on a line of its own.
func list(lines []string) string { return "\n  " + strings.Join(lines, "\n  ") }
