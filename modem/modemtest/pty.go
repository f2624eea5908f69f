package modemtest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// tty is the modem's end of a pty. The host's end lies at a stable link, as
// udev's links do; the device's number changes with every plugging in.
type tty struct {
	master *os.File
	slave  string // /dev/pts/N
	link   string
	n      int // which of the modem's ports it is
	closed chan struct{}
	once   sync.Once
	served chan struct{} // closed when Serve has returned

	// Guarded by the network's lock.
	rebooting bool // it will come back by itself
	over      bool // it is served no more, and its link is gone
}

// absence is how often a pty that no host has open is looked at again.
const absence = 5 * time.Millisecond

// openTTY makes a pty in raw mode. It is opened by hand because the descriptor
// must stay non-blocking for Close to end a Read.
func openTTY(link string) (*tty, error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/ptmx: %w", err)
	}
	n, err := unlock(fd)
	if err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return &tty{
		master: os.NewFile(uintptr(fd), "/dev/ptmx"),
		slave:  fmt.Sprintf("/dev/pts/%d", n),
		link:   link,
		closed: make(chan struct{}),
		served: make(chan struct{}),
	}, nil
}

func unlock(fd int) (int, error) {
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return 0, fmt.Errorf("unlock the pty: %w", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return 0, fmt.Errorf("number of the pty: %w", err)
	}
	// On a pty's master these act on the host's end.
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return 0, fmt.Errorf("read the pty's modes: %w", err)
	}
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag &^= unix.OPOST
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return 0, fmt.Errorf("set the pty raw: %w", err)
	}
	return n, nil
}

// Read waits over the times in which no host has the line open: the master then
// reads EIO (pty(7)).
func (t *tty) Read(b []byte) (int, error) {
	for {
		n, err := t.master.Read(b)
		if !errors.Is(err, syscall.EIO) {
			return n, err
		}
		select {
		case <-t.closed:
			return 0, io.EOF
		case <-time.After(absence):
		}
	}
}

func (t *tty) Write(b []byte) (int, error) {
	n, err := t.master.Write(b)
	if errors.Is(err, syscall.EIO) {
		return len(b), nil
	}
	return n, err
}

// drainTime is how long a host may take to read the last words.
const drainTime = 500 * time.Millisecond

// drain waits until the host has read what was written: a hang-up throws away
// what it has not.
func (t *tty) drain() {
	fd, err := unix.Open(t.slave, unix.O_RDONLY|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }() // it was only looked at
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(drainTime); time.Now().Before(deadline); {
		unread := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		if n, err := unix.Poll(unread, 0); n == 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
		select {
		case <-tick.C:
		case <-t.closed:
			return
		}
	}
}

func (t *tty) Close() error {
	err := error(nil)
	t.once.Do(func() {
		close(t.closed)
		err = t.master.Close()
	})
	return err
}
