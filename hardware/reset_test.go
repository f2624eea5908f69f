package hardware

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// afterOpening is a socket whose modem was opened once.
func afterOpening(t *testing.T, tr tree) *Socket {
	t.Helper()
	open := func(string, int) (io.ReadWriteCloser, error) { return nopPort{}, nil }
	s := Finder{Sys: tr.sys, Dev: tr.dev, Open: open}.Socket(Auto)
	s.pause = 200 * time.Millisecond
	if _, err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// nopPort is a port that says nothing.
type nopPort struct{ io.ReadWriteCloser }

// ec25 plugs in a modem of the table and returns its folder in sysfs.
func (tr tree) ec25(socket string) string {
	tr.modem(socket, "2c7c", "0125", "ttyUSB0", "ttyUSB1", "ttyUSB2", "ttyUSB3")
	return filepath.Join(tr.sys, controller, "1-1", socket)
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// Where the kernel's reset is not to be had the modem is taken off the bus and put back, and no other device is.
func TestResetByAuthorization(t *testing.T) {
	tr := newTree(t)
	modem := tr.ec25("1-1.2")
	other := tr.device("1-1.3", "1a86", "7523", "QinHeng USB Serial")
	for _, dir := range []string{modem, other} {
		tr.write(dir, "authorized", "1")
		tr.write(dir, "busnum", "1")
		tr.write(dir, "devnum", "7")
	}
	s := afterOpening(t, tr)
	name := filepath.Join(modem, "authorized")
	done := make(chan error, 1)
	go func() { done <- s.Reset(t.Context()) }()
	for deadline := time.Now().Add(10 * time.Second); read(t, name)[0] != '0'; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the device was not taken off the bus")
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := read(t, name)[0]; got != '1' {
		t.Errorf("authorized is %q after it", got)
	}
	if got := read(t, filepath.Join(other, "authorized")); got != "1\n" {
		t.Errorf("another device was touched: %q", got)
	}
}

func TestResetRefuses(t *testing.T) {
	t.Run("nothing opened", func(t *testing.T) {
		tr := newTree(t)
		s := Finder{Sys: tr.sys, Dev: tr.dev}.Socket(Auto)
		if err := s.Reset(t.Context()); !errors.Is(err, ErrNoPort) {
			t.Error(err)
		}
	})
	t.Run("another maker's device in the socket", func(t *testing.T) {
		tr := newTree(t)
		dir := tr.ec25("1-1.2")
		tr.write(dir, "authorized", "1")
		s := afterOpening(t, tr)
		tr.write(dir, "idVendor", "1a86")
		if err := s.Reset(t.Context()); !errors.Is(err, ErrNoPort) {
			t.Error(err)
		}
		if got := read(t, filepath.Join(dir, "authorized")); got != "1\n" {
			t.Errorf("it was touched: %q", got)
		}
	})
	t.Run("no way to do it", func(t *testing.T) {
		tr := newTree(t)
		tr.ec25("1-1.2")
		if err := afterOpening(t, tr).Reset(t.Context()); !errors.Is(err, ErrNotReset) {
			t.Error(err)
		}
	})
}

// What is no USB device says so, and is not harmed: the ioctl goes to a character device that does not know it.
func TestResetAsksTheKernelFirst(t *testing.T) {
	tr := newTree(t)
	dir := tr.ec25("1-1.2")
	tr.write(dir, "busnum", "1")
	tr.write(dir, "devnum", "7")
	tr.mkdir(filepath.Join(tr.dev, "bus/usb/001"))
	tr.link("/dev/null", filepath.Join(tr.dev, "bus/usb/001/007"))
	err := afterOpening(t, tr).Reset(t.Context())
	if !errors.Is(err, ErrNotReset) || !errors.Is(err, unix.ENOTTY) {
		t.Errorf("got %v, want the kernel's refusal", err)
	}
}
