package modemtest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// PlugIn gives the modem power and a pty for each of its ports and makes the
// links lead to them, the first to port 0. The lines are raw; what the modem
// says while no host has one open is lost, as on a USB stick. It fails when the
// modem is plugged in already.
func (m *Modem) PlugIn(link string, more ...string) error {
	ttys, err := openTTYs(append([]string{link}, more...))
	if err != nil {
		return fmt.Errorf("plug in: %w", err)
	}
	m.net.mu.Lock()
	busy, closed := m.ttys != nil, m.closed
	if !busy && !closed {
		m.ttys, m.disk = ttys, false
	}
	m.net.mu.Unlock()
	switch {
	case closed:
		return errors.Join(fmt.Errorf("plug in: %w", ErrClosed), closeTTYs(ttys))
	case busy:
		return errors.Join(errors.New("plug in: the modem is plugged in already: unplug it first"), closeTTYs(ttys))
	}
	return m.serveTTYs(ttys)
}

// Links are where the modem's ports are now, the first port's first; none when
// it is not plugged in.
func (m *Modem) Links() []string {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	var links []string
	for _, t := range m.ttys {
		if !t.rebooting {
			links = append(links, t.link)
		}
	}
	return links
}

// ResetUSB does to a modem what a reset of its USB port does: it loses its power
// and comes back, plugged in by PlugIn after Timing.Reboot under the names that
// Rename gives, on a Line after the line's time. It returns at once. A modem that
// has become a disk stays one.
func (m *Modem) ResetUSB() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	if len(m.ttys) > 0 && m.ttys[0].rebooting {
		return
	}
	m.powerOff()
	for _, p := range m.ports {
		p.drop()
	}
	if len(m.ttys) > 0 {
		m.replugAfter(m.opts.Timing.Reboot)
	}
}

func openTTYs(links []string) ([]*tty, error) {
	var ttys []*tty
	for n, link := range links {
		t, err := openTTY(link)
		if err != nil {
			return nil, errors.Join(err, closeTTYs(ttys))
		}
		t.n = n
		ttys = append(ttys, t)
	}
	return ttys, nil
}

func closeTTYs(ttys []*tty) error {
	var err error
	for _, t := range ttys {
		err = errors.Join(err, t.Close())
	}
	return err
}

// serveTTYs makes the links, last, when the modem already answers.
func (m *Modem) serveTTYs(ttys []*tty) error {
	for _, t := range ttys {
		go m.serveTTY(t, ttys)
	}
	for _, t := range ttys {
		// A link appears whole or not at all.
		next := t.link + ".new"
		err := os.Symlink(t.slave, next)
		if err == nil {
			err = os.Rename(next, t.link)
		}
		if err != nil {
			return errors.Join(fmt.Errorf("plug in: %w", err), m.Unplug())
		}
	}
	return nil
}

// serveTTY serves one port. A stick that falls off the bus takes all its ports
// with it.
func (m *Modem) serveTTY(t *tty, all []*tty) {
	defer close(t.served)
	if err := m.ServePort(t, t.n); err != nil {
		m.net.log.Error("serving the pty ended", "err", err)
	}
	_ = os.Remove(t.link) // gone already after Unplug
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	if !t.rebooting && !m.disk {
		_ = closeTTYs(all) // the others go with it; of a reboot each first tells its host
	}
	t.over = true
	if slices.ContainsFunc(all, func(t *tty) bool { return !t.over }) || !slices.Contains(m.ttys, t) || t.rebooting {
		return
	}
	// A modem that a fault threw off the bus can be plugged in again; one that
	// reboots comes back by itself.
	switch {
	case !m.disk && m.opts.Replug > 0 && !m.closed:
		m.replugAfter(m.opts.Replug)
	default:
		m.ttys = nil
	}
}

// Unplug takes the ptys and, unless the modem is Powered, the power away. A host
// that reads gets the end of the file or EIO; the links are gone when Unplug
// returns. Unplugging what is not plugged in does nothing.
func (m *Modem) Unplug() error {
	m.net.mu.Lock()
	ttys := m.ttys
	m.ttys = nil
	m.net.mu.Unlock()
	var err error
	for _, t := range ttys {
		if gone := os.Remove(t.link); gone != nil && !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		err = errors.Join(err, t.Close())
	}
	for _, t := range ttys {
		<-t.served
	}
	return err
}

// replug brings a modem that rebooted back.
func (m *Modem) replug(old []*tty) {
	var links []string
	for _, t := range old {
		<-t.served
		link := t.link
		if m.opts.Rename != nil {
			link = m.opts.Rename(link)
		}
		links = append(links, link)
	}
	ttys, err := openTTYs(links)
	if err != nil {
		m.net.log.Error("no pty after a reboot", "err", err)
		return
	}
	m.net.mu.Lock()
	current := len(m.ttys) > 0 && m.ttys[0] == old[0] && !m.closed
	if current {
		m.ttys = ttys
	}
	m.net.mu.Unlock()
	if !current {
		_ = closeTTYs(ttys) // it was unplugged meanwhile
		return
	}
	if err := m.serveTTYs(ttys); err != nil {
		m.net.log.Error("no link after a reboot", "err", err)
	}
}

// replugAfter brings a modem that is off the bus back after d. The network's
// lock is held.
func (m *Modem) replugAfter(d time.Duration) {
	ttys := m.ttys
	for _, t := range ttys {
		t.rebooting = true
	}
	time.AfterFunc(d, func() { m.replug(ttys) })
}
