package main

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// The benches read and write with bare blocking system calls, from goroutines that wait in them, and take each time
// beside the call: before a write, after a read. Go's poller would add its own time to what is measured.

// benchPTY is a pty in raw mode, as a USB stick's tty is. The bench keeps both ends open: with the host's end closed
// the modem's could not be read.
type benchPTY struct {
	master, slave int
	path          string // of the host's end
}

func openBenchPTY(tb testing.TB) benchPTY {
	tb.Helper()
	master, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		tb.Fatal(err)
	}
	if err := unix.IoctlSetPointerInt(master, unix.TIOCSPTLCK, 0); err != nil {
		tb.Fatal(err)
	}
	n, err := unix.IoctlGetInt(master, unix.TIOCGPTN)
	if err != nil {
		tb.Fatal(err)
	}
	p := benchPTY{master: master, path: fmt.Sprintf("/dev/pts/%d", n)}
	if p.slave, err = unix.Open(p.path, unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0); err != nil {
		tb.Fatal(err)
	}
	modes, err := unix.IoctlGetTermios(p.slave, unix.TCGETS)
	if err != nil {
		tb.Fatal(err)
	}
	modes.Iflag, modes.Oflag, modes.Lflag = 0, 0, 0
	modes.Cflag = unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(p.slave, unix.TCSETS, modes); err != nil {
		tb.Fatal(err)
	}
	return p
}

// listenLoopback opens a listening socket on 127.0.0.1 and tells its address.
func listenLoopback(tb testing.TB) (fd int, address string) {
	tb.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}})
	}
	if err == nil {
		err = unix.Listen(fd, 8)
	}
	if err != nil {
		tb.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		tb.Fatal(err)
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", name.(*unix.SockaddrInet4).Port)
}

// acceptOne takes a connection that sends at once what it is given.
func acceptOne(listener int) (int, error) {
	fd, _, err := unix.Accept4(listener, unix.SOCK_CLOEXEC)
	if err != nil {
		return -1, os.NewSyscallError("accept", err)
	}
	return fd, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// readSome waits for the next bytes. An end of the file is an error, too.
func readSome(fd int, b []byte) (int, error) {
	for {
		n, err := unix.Read(fd, b)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, os.NewSyscallError("read", err)
		case n == 0:
			return 0, os.NewSyscallError("read", unix.ECONNRESET)
		default:
			return n, nil
		}
	}
}

func writeWhole(fd int, b []byte) error {
	for len(b) > 0 {
		n, err := unix.Write(fd, b)
		if err != nil && err != unix.EINTR {
			return os.NewSyscallError("write", err)
		}
		b = b[max(n, 0):]
	}
	return nil
}
