package hardware

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// ErrNotReset says that a USB device could not be reset; the text of the whole error says why, and what to do.
var ErrNotReset = errors.New("the USB device was not reset")

// Socket is a configured port together with the USB device behind it.
type Socket struct {
	opener *opener

	// pause is how long the device is off the bus when it is taken off it by hand.
	pause time.Duration
}

// Socket returns the configured port; see Opener for what port can be.
func (f Finder) Socket(port string) *Socket {
	return &Socket{opener: &opener{finder: f.withDefaults(), port: port}, pause: time.Second}
}

// Open opens the port as Opener's function does.
func (s *Socket) Open(ctx context.Context) (io.ReadWriteCloser, error) { return s.opener.open(ctx) }

// OpenSecond opens the second AT port of the device whose first Open has opened: the other interface of the same modem
// in the same socket that the table says takes AT commands. It fails with ErrNoSecond where there is none.
func (s *Socket) OpenSecond(ctx context.Context) (io.ReadWriteCloser, error) {
	return s.opener.openSecond(ctx)
}

// Reset resets the USB device whose port was opened last, and no other: by the kernel's port reset, and where that is
// not possible by taking the device off the bus and putting it back. The port must be closed. A port that is not USB,
// or a device that has gone, is ErrNoPort; else the error is ErrNotReset with a hint.
func (s *Socket) Reset(ctx context.Context) error {
	s.opener.mu.Lock()
	last := s.opener.last
	s.opener.mu.Unlock()
	if last == nil {
		return fmt.Errorf("hardware: reset %s: %w: no USB device was opened by it", s.opener.port, ErrNoPort)
	}
	dir := filepath.Join(s.opener.finder.Sys, "bus", "usb", "devices", last.Device)
	// A modem may come back as something else of its maker's, such as a disk; another maker's device in the socket
	// is none of ours.
	if now := attribute(dir, "idVendor"); now != last.Vendor {
		return fmt.Errorf("hardware: reset USB %s: %w: the modem is not there any more", last.Device, ErrNoPort)
	}
	direct := s.resetPort(dir)
	if direct == nil {
		return nil
	}
	byHand := s.reauthorize(ctx, dir)
	if byHand == nil || ctx.Err() != nil {
		return ctx.Err()
	}
	hint := ""
	if errors.Is(direct, fs.ErrPermission) {
		hint = `; install udev/77-knapp.rules, which lets the group dialout reset the modem, and "sudo udevadm trigger"`
	}
	return fmt.Errorf("hardware: reset USB %s: %w (%w; %w)%s", last.Device, ErrNotReset, direct, byHand, hint)
}

// usbdevfsReset is USBDEVFS_RESET, _IO('U', 20) of linux/usbdevice_fs.h.
const usbdevfsReset = 'U'<<8 | 20

// resetPort asks the kernel to reset the port that the device is in.
func (s *Socket) resetPort(dir string) error {
	bus, err := strconv.Atoi(attribute(dir, "busnum"))
	if err != nil {
		return errors.New("sysfs names no bus")
	}
	number, err := strconv.Atoi(attribute(dir, "devnum"))
	if err != nil {
		return errors.New("sysfs names no device number")
	}
	node := filepath.Join(s.opener.finder.Dev, "bus", "usb", fmt.Sprintf("%03d", bus), fmt.Sprintf("%03d", number))
	f, err := os.OpenFile(node, os.O_WRONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := unix.IoctlSetInt(int(f.Fd()), usbdevfsReset, 0); err != nil {
		return fmt.Errorf("USBDEVFS_RESET %s: %w", node, err)
	}
	return nil
}

// reauthorize takes the device off the bus and puts it back (Documentation/usb/authorization.rst).
func (s *Socket) reauthorize(ctx context.Context, dir string) error {
	name := filepath.Join(dir, "authorized")
	set := func(value string) error {
		f, err := os.OpenFile(name, os.O_WRONLY, 0) // never made: it is there or it is not sysfs
		if err != nil {
			return err
		}
		_, err = f.WriteString(value)
		return errors.Join(err, f.Close())
	}
	if err := set("0"); err != nil {
		return err
	}
	timer := time.NewTimer(s.pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done(): // it must not stay off the bus
	}
	return set("1")
}
