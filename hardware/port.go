// Package hardware knows what is bolted to the Pi: it opens serial ports so that they cannot hurt anybody, and finds
// the one a modem answers AT commands on, by the USB socket it is plugged into.
//
// It resets a device only when it is asked to. It never speaks AT (that is the modem's), and imports nothing else of
// Knapp.
package hardware

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Why a port could not be opened or used. Callers ask with errors.Is; the text of the whole error says what to do.
var (
	ErrNoPort      = errors.New("no such port")
	ErrDenied      = errors.New("permission denied")
	ErrBusy        = errors.New("port is in use")
	ErrNotTerminal = errors.New("not a serial port")
	ErrStalled     = errors.New("the device takes no more bytes")
)

// DefaultBaud is what a Finder asks for. A USB modem ignores it; one on a UART is usually set to it.
const DefaultBaud = 115200

const (
	// writeWithin is how long one write may take. The longest thing written is a PDU of some 350 characters: 36 ms at
	// 115,200 baud and 0.4 s at 9,600, so five seconds without taking it is a modem that has hung.
	writeWithin = 5 * time.Second

	// closeWithin is how long Close waits. The kernel may hold a close back for 30 s while it tries to send what is
	// still buffered (closing_wait of the tty layer); recovery must not stand still for that.
	closeWithin = 500 * time.Millisecond
)

// Open opens a serial port raw, 8N1, without flow control, at baud bits a second, and for this process alone.
// It resets nothing: DTR, RTS and what the modem has already said stay as they are.
//
// Reads block until there is something and end when the device goes or the port is closed. A write that the device
// does not take within five seconds ends with ErrStalled, and the port is dead from then on: every later call fails.
// Close is safe at any time and from any goroutine, and never waits longer than half a second.
//
// Errors are ErrNoPort, ErrDenied, ErrBusy or ErrNotTerminal, with a hint.
func Open(path string, baud int) (io.ReadWriteCloser, error) {
	return open(path, baud, writeWithin)
}

// open is Open with the time that a write may take, in which tests are less patient.
//
// go.bug.st/serial sets the line up, but the bytes go through an os.File of our own. The library writes to a bare
// descriptor number, which after Close may be somebody else's file, and knows no write timeout; os.File counts its
// users and has deadlines. Our file is opened first and stays open across the library's, so that the library's close is
// not the last one and DTR does not fall.
func open(path string, baud int, within time.Duration) (*port, error) {
	if err := checkDevice(path); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, openError(path, err)
	}
	p := &port{file: file, path: path, within: within}
	if err := p.claim(); err != nil {
		_ = file.Close()
		return nil, openError(path, err)
	}
	line, err := serial.Open(path, &serial.Mode{BaudRate: baud})
	if err == nil {
		err = line.Close()
	}
	if err != nil {
		_ = file.Close()
		return nil, openError(path, err)
	}
	p.exclude(unix.TIOCEXCL)
	return p, nil
}

// checkDevice refuses what is there but is no device, before it is opened: opening a FIFO has effects of its own.
func checkDevice(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return openError(path, err)
	}
	if info.Mode()&fs.ModeCharDevice == 0 {
		return openError(path, unix.ENOTTY)
	}
	return nil
}

// port is one open serial port.
type port struct {
	file   *os.File
	path   string
	within time.Duration

	writing sync.Mutex // one write at a time; guards dead
	dead    error      // why no more is written

	closing  sync.Once
	closeErr error // written once, under closing
}

// claim checks that the file is a terminal and takes it for this process: flock against other programs that ask
// politely (and against a second Knapp, even as root), and a look at TIOCEXCL, which root would walk through.
func (p *port) claim() error {
	var fault error
	err := p.control(func(fd int) {
		if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
			fault = err
			return
		}
		if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
			fault = err
			return
		}
		if taken, err := unix.IoctlGetInt(fd, unix.TIOCGEXCL); err == nil && taken != 0 {
			fault = unix.EBUSY
		}
	})
	if err = errors.Join(err, fault); err != nil {
		return err
	}
	return p.file.SetDeadline(time.Time{}) // a file without deadlines would not be a port that we can use
}

// exclude turns the tty's exclusive mode on (TIOCEXCL) or off (TIOCNXCL), which keeps ModemManager and a keeper's
// minicom from reading our answers. Not on a pty: its other end keeps the tty alive, so that the mark of a killed
// process would stay and lock out the next one.
func (p *port) exclude(request uint) {
	_ = p.control(func(fd int) {
		var stat unix.Stat_t
		if unix.Fstat(fd, &stat) == nil && isPTY(stat.Rdev) {
			return
		}
		_ = unix.IoctlSetInt(fd, request, 0)
	})
}

// isPTY says whether a device number is the slave of a UNIX 98 pty (majors 136 to 143, Documentation/admin-guide/devices.txt).
func isPTY(rdev uint64) bool {
	major := unix.Major(rdev)
	return major >= 136 && major <= 143
}

// control runs f with the descriptor, which stays this file's while f runs.
func (p *port) control(f func(fd int)) error {
	raw, err := p.file.SyscallConn()
	if err != nil {
		return err
	}
	return raw.Control(func(fd uintptr) { f(int(fd)) })
}

// Read implements io.Reader. It never returns 0 bytes without an error.
func (p *port) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	if err == nil || n > 0 {
		return n, nil
	}
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.EIO) {
		return 0, fmt.Errorf("hardware: read %s: the device is gone: %w", p.path, err)
	}
	return 0, fmt.Errorf("hardware: read %s: %w", p.path, err)
}

// Write implements io.Writer.
func (p *port) Write(b []byte) (int, error) {
	p.writing.Lock()
	defer p.writing.Unlock()
	if p.dead != nil {
		return 0, p.dead
	}
	if err := p.file.SetWriteDeadline(time.Now().Add(p.within)); err != nil {
		return 0, fmt.Errorf("hardware: write %s: %w", p.path, os.ErrClosed) // open made sure of every other reason
	}
	n, err := p.file.Write(b)
	if err == nil {
		return n, nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = ErrStalled
	}
	p.dead = fmt.Errorf("hardware: write %s: %w", p.path, err)
	// Half a command is worse than none, and whoever reads must learn of it as well: nothing comes any more.
	p.discard()
	_ = p.Close()
	return n, p.dead
}

// discard throws away what the device did not take, so that closing need not wait for it.
func (p *port) discard() {
	_ = p.control(func(fd int) { _ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) })
}

// Close gives the port back. A blocked Read or Write ends with os.ErrClosed. Closing twice is no error.
func (p *port) Close() error {
	p.closing.Do(func() {
		p.exclude(unix.TIOCNXCL)
		done := make(chan error, 1)
		go func() { done <- p.file.Close() }()
		patience := time.NewTimer(closeWithin)
		defer patience.Stop()
		select {
		case p.closeErr = <-done:
		case <-patience.C: // the kernel finishes by itself; the descriptor's number is not reused before it has
		}
	})
	return p.closeErr
}

// openError says in words why a port did not open, and what to do about it.
func openError(path string, cause error) error {
	reason, hint := cause, ""
	code := serial.PortErrorCode(-1)
	var fault *serial.PortError
	if errors.As(cause, &fault) {
		code = fault.Code()
	}
	switch {
	case errors.Is(cause, fs.ErrNotExist), errors.Is(cause, unix.ENXIO), errors.Is(cause, unix.ENODEV), code == serial.PortNotFound:
		reason, hint = ErrNoPort, `is the modem plugged in? "ls -l /dev/serial/by-path" shows what is; port = "auto" finds a single modem by itself`
	case errors.Is(cause, unix.EPERM): // not EACCES: the device cgroup said no
		reason, hint = ErrDenied, "the service's sandbox forbids it: DeviceAllow in knapp.service names the drivers, and the driver must be loaded when the unit starts (systemctl restart knapp)"
	case errors.Is(cause, fs.ErrPermission), code == serial.PermissionDenied:
		reason, hint = ErrDenied, `the user must be in the group dialout: "sudo usermod -aG dialout USER", then sign in again`
	case errors.Is(cause, unix.EBUSY), errors.Is(cause, unix.EWOULDBLOCK), code == serial.PortBusy:
		reason, hint = ErrBusy, `another program has it, often ModemManager: install udev/77-knapp.rules or "sudo systemctl disable --now ModemManager"; "sudo fuser -v `+path+`" says which`
	case errors.Is(cause, unix.ENOTTY), errors.Is(cause, unix.EISDIR), code == serial.InvalidSerialPort:
		reason, hint = ErrNotTerminal, "port must name a terminal such as /dev/serial/by-path/…, or be \"auto\""
	case code == serial.InvalidSpeed:
		hint = "115200 is what nearly every modem takes"
	}
	if hint == "" {
		return fmt.Errorf("hardware: open %s: %w", path, reason)
	}
	if errors.Is(cause, reason) {
		return fmt.Errorf("hardware: open %s: %w; %s", path, reason, hint)
	}
	return fmt.Errorf("hardware: open %s: %w (%w); %s", path, reason, cause, hint)
}
