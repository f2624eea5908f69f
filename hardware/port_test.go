package hardware

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// openPTY makes a pty and gives its master and the name of its slave, which stays to be opened.
func openPTY(t *testing.T) (*os.File, string) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	name := slave.Name()
	t.Cleanup(func() { _ = master.Close(); _ = slave.Close() })
	return master, name
}

// within fails the test if f has not returned in time.
func within(t *testing.T, limit time.Duration, what string, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(limit):
		t.Fatalf("%s took more than %v", what, limit)
	}
}

func TestOpenIsRawBothWays(t *testing.T) {
	master, name := openPTY(t)
	p, err := Open(name, 115200)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()

	// Ctrl-Z ends a PDU, ESC abandons one; a terminal that is not raw would eat or change every one of these.
	sent := []byte("AT+CMGS=23\r0011\x1a\x1b\x03\x11\x13\n\r")
	if _, err := p.Write(sent); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(sent))
	if _, err := io.ReadFull(master, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("the modem read %q (%v), want %q", got, err, sent)
	}
	if _, err := master.Write(sent); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(p, got); err != nil || !bytes.Equal(got, sent) {
		t.Fatalf("we read %q (%v), want %q", got, err, sent)
	}
}

func TestOpenIsExclusive(t *testing.T) {
	_, name := openPTY(t)
	p, err := Open(name, 115200)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := Open(name, 115200); !errors.Is(err, ErrBusy) || !strings.Contains(err.Error(), "ModemManager") {
		t.Fatalf("second opening: %v, %v; want ErrBusy with a hint at ModemManager", second, err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open(name, 9600)
	if err != nil {
		t.Fatalf("opening after Close: %v", err)
	}
	_ = again.Close()
}

func TestOpenRespectsExclusiveModeOfOthers(t *testing.T) {
	_, name := openPTY(t)
	other, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := unix.IoctlSetInt(int(other.Fd()), unix.TIOCEXCL, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(name, 115200); !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v, want ErrBusy although root may open it", err)
	}
}

func TestOpenErrorsHint(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := unix.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want error
		hint string
	}{
		{filepath.Join(dir, "ttyUSB2"), ErrNoPort, "plugged in"},
		{dir, ErrNotTerminal, "by-path"},
		{file, ErrNotTerminal, "by-path"},
		{fifo, ErrNotTerminal, "by-path"},
		{"/dev/null", ErrNotTerminal, "by-path"},
	} {
		within(t, 2*time.Second, "opening "+c.path, func() {
			_, err := Open(c.path, 115200)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.hint) || !strings.Contains(err.Error(), c.path) {
				t.Errorf("%s: %v; want %v and %q", c.path, err, c.want, c.hint)
			}
		})
	}
}

func TestOpenErrorFromTheKernel(t *testing.T) {
	for _, c := range []struct {
		cause error
		want  error
		hint  string
	}{
		{&os.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: syscall.EACCES}, ErrDenied, "dialout"},
		{&os.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: syscall.EPERM}, ErrDenied, "DeviceAllow"},
		{&os.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: syscall.EBUSY}, ErrBusy, "fuser"},
		{&os.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: syscall.ENODEV}, ErrNoPort, "plugged"},
		{&os.PathError{Op: "open", Path: "/dev/ttyUSB0", Err: syscall.EMFILE}, syscall.EMFILE, ""},
	} {
		err := openError("/dev/ttyUSB0", c.cause)
		if !errors.Is(err, c.want) || !errors.Is(err, c.cause) || !strings.Contains(err.Error(), c.hint) {
			t.Errorf("%v: got %v, want %v and %q", c.cause, err, c.want, c.hint)
		}
	}
}

func TestCloseEndsRead(t *testing.T) {
	_, name := openPTY(t)
	p, err := Open(name, 115200)
	if err != nil {
		t.Fatal(err)
	}
	reading := make(chan error, 1)
	go func() { _, err := p.Read(make([]byte, 1)); reading <- err }()
	within(t, 2*time.Second, "closing", func() { _ = p.Close() })
	select {
	case err := <-reading:
		if !errors.Is(err, os.ErrClosed) {
			t.Fatalf("read ended with %v, want os.ErrClosed", err)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("the reader is still blocked")
	}
	if err := p.Close(); err != nil {
		t.Fatalf("closing twice: %v", err)
	}
}

func TestUnpluggedEndsRead(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	name := slave.Name()
	p, err := Open(name, 115200)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_ = slave.Close()
	_ = master.Close()
	within(t, 2*time.Second, "reading", func() {
		if n, err := p.Read(make([]byte, 8)); n != 0 || err == nil || !strings.Contains(err.Error(), "the device is gone") {
			t.Errorf("read %d bytes, %v; want an error that the device is gone", n, err)
		}
	})
}

// A write after Close must not reach whatever has the descriptor's number by then: here a socket, in life the database.
func TestNoWriteReachesAnotherFile(t *testing.T) {
	_, name := openPTY(t)
	for range 50 {
		p, err := Open(name, 115200)
		if err != nil {
			t.Fatal(err)
		}
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for {
					if _, err := p.Write([]byte{'A'}); err != nil {
						return
					}
				}
			})
		}
		_ = p.Close()
		files, err := socketPair()
		if err != nil {
			t.Fatal(err)
		}
		writers.Wait()
		if _, err := p.Write([]byte("late")); !errors.Is(err, os.ErrClosed) {
			t.Fatalf("a write after Close gave %v, want os.ErrClosed", err)
		}
		_ = files[0].Close()
		if leaked, _ := io.ReadAll(files[1]); len(leaked) > 0 {
			t.Fatalf("%q was written into another file", leaked)
		}
		_ = files[1].Close()
		drainPTY(t, name)
	}
}

// socketPair takes the lowest free descriptors, which a port that was just closed had.
func socketPair() ([2]*os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return [2]*os.File{}, err
	}
	return [2]*os.File{os.NewFile(uintptr(fds[0]), "a"), os.NewFile(uintptr(fds[1]), "b")}, nil
}

// drainPTY throws away what was written to a slave, so that the next writes find room.
func drainPTY(t *testing.T, name string) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_ = unix.IoctlSetInt(int(f.Fd()), unix.TCFLSH, unix.TCOFLUSH)
	_ = f.Close()
}

// A modem that takes no more bytes must not take the gateway with it.
func TestStalledWriteKillsThePort(t *testing.T) {
	_, name := openPTY(t) // nobody reads the master
	p, err := open(name, 115200, 100*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	reading := make(chan error, 1)
	go func() { _, err := p.Read(make([]byte, 1)); reading <- err }()
	within(t, 5*time.Second, "the write", func() {
		if _, err := p.Write(make([]byte, 1<<20)); !errors.Is(err, ErrStalled) {
			t.Errorf("got %v, want ErrStalled", err)
		}
	})
	within(t, time.Second, "the next write", func() {
		if n, err := p.Write([]byte("AT\r")); n != 0 || !errors.Is(err, ErrStalled) {
			t.Errorf("the dead port took %d bytes, %v", n, err)
		}
	})
	select {
	case <-reading:
	case <-time.After(2 * time.Second):
		t.Fatal("the reader never learns that the port is dead")
	}
	within(t, 2*time.Second, "closing", func() { _ = p.Close() })
	again, err := Open(name, 115200)
	if err != nil {
		t.Fatalf("the port cannot be opened again: %v", err)
	}
	_ = again.Close()
}

// A pty outlives a killed process; its mark of exclusiveness must not, or the next start would find the port busy.
func TestExclusiveModeIsNotLeftOnPTY(t *testing.T) {
	_, name := openPTY(t)
	p, err := Open(name, 115200)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	look, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer look.Close()
	if taken, err := unix.IoctlGetInt(int(look.Fd()), unix.TIOCGEXCL); err != nil || taken != 0 {
		t.Fatalf("TIOCGEXCL says %d (%v), want 0", taken, err)
	}
}
