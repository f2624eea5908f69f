package hardware

import (
	"cmp"
	"slices"
)

// Stick is a USB device that is a modem, or may be one.
type Stick struct {
	Device  string // the kernel's name for the socket, such as 1-1.2
	Vendor  string // USB vendor id, four hex digits
	Product string // USB product id, four hex digits
	Model   string // what the table calls it, else what the device calls itself
	Ports   []Port // its serial ports, the likeliest AT port first; empty: see Problem
	Modem   bool   // whether "auto" would take it; else it is a serial adapter behind which a modem may be
	Problem string // a sentence, if it cannot be used as it is
}

// USB is the vendor and product id, such as "2c7c:0125".
func (s Stick) USB() string { return s.Vendor + ":" + s.Product }

// AT returns the port for AT commands and the second one; nil where there is none.
func (s Stick) AT() (first, second *Port) {
	for i, p := range s.Ports {
		switch {
		case p.Role != ATPrimary && p.Role != ATSecondary:
		case first == nil:
			first = &s.Ports[i]
		case second == nil:
			second = &s.Ports[i]
		}
	}
	if first == nil && len(s.Ports) > 0 {
		if best, err := atPort(s.Ports); err == nil {
			return &best, nil
		}
	}
	return first, second
}

// Sticks lists the modems on the bus and what may be one, by socket: those with serial ports, and those that have none
// because they are in a mode without (a disk, a router) or have no driver. An unreadable sysfs is an error.
func (f Finder) Sticks() ([]Stick, error) {
	f = f.withDefaults()
	ports, err := Find(f.Sys, f.Dev)
	if err != nil {
		return nil, err
	}
	bySocket := map[string]*Stick{}
	for _, p := range ports {
		s := bySocket[p.Device]
		if s == nil {
			s = &Stick{Device: p.Device, Vendor: p.Vendor, Product: p.Product, Model: p.Model}
			bySocket[p.Device] = s
		}
		s.Ports = append(s.Ports, p)
		s.Modem = s.Modem || likelyModem(p)
	}
	for _, d := range usbDevices(f.Sys) {
		if clue := d.clue(); clue != "" && bySocket[d.name] == nil {
			bySocket[d.name] = &Stick{Device: d.name, Vendor: d.vendor, Product: d.product, Model: d.model, Problem: clue}
		}
	}
	var sticks []Stick
	for _, s := range bySocket {
		if s.Problem == "" && s.Modem {
			if _, err := atPort(s.Ports); err != nil {
				s.Problem = err.Error()
			}
		}
		sticks = append(sticks, *s)
	}
	slices.SortFunc(sticks, func(a, b Stick) int { return cmp.Compare(a.Device, b.Device) })
	return sticks, nil
}
