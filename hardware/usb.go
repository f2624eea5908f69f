package hardware

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Port is one serial port of a USB device.
type Port struct {
	Path      string // the device node, such as /dev/ttyUSB2; the number changes when something is plugged
	ByPath    string // udev's name for it by the socket it is in, in /dev/serial/by-path; empty if udev made none
	Device    string // the kernel's name for the socket, such as 1-1.2: bus, then the hubs' ports
	Interface string // USB interface number, two hex digits
	Vendor    string // USB vendor id, four hex digits
	Product   string // USB product id, four hex digits
	Serial    string // USB serial number; many modems have none, and some all have the same
	Driver    string // kernel driver, such as option, qcserial, cdc_acm, ftdi_sio
	Model     string // what the table calls it, else what the device calls itself
	Role      Role
}

// Stable is the name to write into a configuration: the one by socket where there is one.
func (p Port) Stable() string {
	if p.ByPath != "" {
		return p.ByPath
	}
	return p.Path
}

// String names the port for a person.
func (p Port) String() string {
	name := strings.TrimSpace(p.Vendor + ":" + p.Product + " " + p.Model)
	return fmt.Sprintf("%s (%s, interface %s, %s)", p.Stable(), name, p.Interface, p.Role)
}

// same says whether two sightings are the same port of the same kind of device in the same socket.
func (p Port) same(other Port) bool {
	return p.Device == other.Device && p.Interface == other.Interface && p.kind() == other.kind()
}

// kind is what the port is, wherever it is plugged.
func (p Port) kind() string { return p.Vendor + ":" + p.Product + "/" + p.Interface }

// Find lists the serial ports of USB devices, the likeliest AT port first: by role, then by socket and interface.
// sys is where sysfs is ("/sys") and dev where the device nodes are ("/dev"). No ports is no error; an unreadable
// sysfs is.
func Find(sys, dev string) ([]Port, error) {
	class := filepath.Join(sys, "class", "tty")
	entries, err := os.ReadDir(class)
	if err != nil {
		return nil, fmt.Errorf("hardware: find ports: %w", err)
	}
	known, err := modemTable()
	if err != nil {
		return nil, err
	}
	names := byPath(dev)
	var ports []Port
	for _, entry := range entries {
		face, device, ok := usbParents(sys, filepath.Join(class, entry.Name()))
		if !ok {
			continue
		}
		p := Port{
			Path:      filepath.Join(dev, entry.Name()),
			ByPath:    names[entry.Name()],
			Device:    filepath.Base(device),
			Interface: attribute(face, "bInterfaceNumber"),
			Vendor:    attribute(device, "idVendor"),
			Product:   attribute(device, "idProduct"),
			Serial:    attribute(device, "serial"),
			Driver:    driver(face),
			Model:     strings.TrimSpace(attribute(device, "manufacturer") + " " + attribute(device, "product")),
		}
		model, role := known.role(p, triple(face))
		p.Role = role
		if model != "" {
			p.Model = model
		}
		ports = append(ports, p)
	}
	slices.SortFunc(ports, func(a, b Port) int {
		return cmp.Or(cmp.Compare(a.Role, b.Role), cmp.Compare(a.Device, b.Device),
			cmp.Compare(a.Interface, b.Interface), cmp.Compare(a.Path, b.Path))
	})
	return ports, nil
}

// usbParents climbs from a tty to the USB interface and device it belongs to. A tty of anything else (a console, a
// UART, a pty) has none.
func usbParents(sys, tty string) (face, device string, ok bool) {
	if _, err := os.Lstat(filepath.Join(tty, "device")); err != nil {
		return "", "", false // virtual consoles have no device; this spares resolving 60 of them
	}
	dir, err := filepath.EvalSymlinks(tty)
	if err != nil {
		return "", "", false
	}
	root, err := filepath.EvalSymlinks(sys)
	if err != nil {
		return "", "", false
	}
	for ; strings.HasPrefix(dir, root+string(filepath.Separator)); dir = filepath.Dir(dir) {
		if face == "" && exists(dir, "bInterfaceNumber") {
			face = dir
		}
		if face != "" && exists(dir, "idVendor") {
			return face, dir, true
		}
	}
	return "", "", false
}

// byPath maps a tty's name to udev's name for its socket. Newer udev makes two names, …-usb-0:… and …-usbv2-0:…; the
// first in the alphabet is the one that every version makes.
func byPath(dev string) map[string]string {
	dir := filepath.Join(dev, "serial", "by-path")
	links, err := os.ReadDir(dir)
	if err != nil {
		return nil // without udev there are none
	}
	names := make(map[string]string, len(links))
	for _, link := range links { // ReadDir sorts
		target, err := os.Readlink(filepath.Join(dir, link.Name()))
		if err != nil {
			continue
		}
		if tty := filepath.Base(target); names[tty] == "" {
			names[tty] = filepath.Join(dir, link.Name())
		}
	}
	return names
}

// usbDevice is a device on the bus, with or without serial ports.
type usbDevice struct {
	name, vendor, product, model string
	faces                        []usbTriple
}

// usbTriple is an interface's class, subclass and protocol, each two hex digits.
type usbTriple struct{ class, sub, protocol string }

// usbDevices lists what is on the bus, hubs left out.
func usbDevices(sys string) []usbDevice {
	bus := filepath.Join(sys, "bus", "usb", "devices")
	entries, err := os.ReadDir(bus)
	if err != nil {
		return nil
	}
	var devices []usbDevice
	for _, entry := range entries {
		dir, err := filepath.EvalSymlinks(filepath.Join(bus, entry.Name()))
		if err != nil || !exists(dir, "idVendor") || attribute(dir, "bDeviceClass") == "09" {
			continue
		}
		d := usbDevice{
			name: entry.Name(), vendor: attribute(dir, "idVendor"), product: attribute(dir, "idProduct"),
			model: strings.TrimSpace(attribute(dir, "manufacturer") + " " + attribute(dir, "product")),
		}
		children, _ := os.ReadDir(dir)
		for _, child := range children {
			if strings.HasPrefix(child.Name(), entry.Name()+":") {
				d.faces = append(d.faces, triple(filepath.Join(dir, child.Name())))
			}
		}
		devices = append(devices, d)
	}
	return devices
}

// triple reads what kind of interface a sysfs folder describes.
func triple(face string) usbTriple {
	return usbTriple{
		class: attribute(face, "bInterfaceClass"), sub: attribute(face, "bInterfaceSubClass"),
		protocol: attribute(face, "bInterfaceProtocol"),
	}
}

// driver is the name of the kernel driver bound to a sysfs folder, or nothing.
func driver(dir string) string {
	target, err := os.Readlink(filepath.Join(dir, "driver"))
	if err != nil {
		return ""
	}
	return filepath.Base(target)
}

// attribute reads one value of sysfs; what is not there is empty.
func attribute(dir, name string) string {
	value, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(value))
}

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}
