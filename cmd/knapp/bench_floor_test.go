package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the floor's one commit
	"golang.org/x/sys/unix"
)

// floor is the least that a durable relay can cost, measured beside the gateway, in the same run and on the same disk:
// a blocking read, one commit of one small row that an fsync ends (WAL, synchronous=FULL), one write. Both ways.
type floor struct {
	tty    benchPTY
	socket int // the server's end
	own    int // the relay's end
	db     *sql.DB
	insert *sql.Stmt
	ended  sync.WaitGroup
	failed error // of the commits; nobody waits for two at once
}

func startFloor(tb testing.TB, dir string) *floor {
	tb.Helper()
	f := &floor{tty: openBenchPTY(tb)}
	listener, address := listenLoopback(tb)
	defer func() { _ = unix.Close(listener) }()
	var err error
	if f.own, err = dialLoopback(address); err != nil {
		tb.Fatal(err)
	}
	if f.socket, err = acceptOne(listener); err != nil {
		tb.Fatal(err)
	}
	f.db, err = sql.Open("sqlite3", "file:"+filepath.Join(dir, "floor.db")+"?_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		tb.Fatal(err)
	}
	f.db.SetMaxOpenConns(1)
	if _, err := f.db.Exec("CREATE TABLE message (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT"); err != nil {
		tb.Fatal(err)
	}
	if f.insert, err = f.db.Prepare("INSERT INTO message (text) VALUES (?)"); err != nil {
		tb.Fatal(err)
	}
	stanza := []byte(floorStanza)
	f.ended.Go(func() { f.pass(f.tty.slave, "OK\r\n", f.own, stanza) })
	f.ended.Go(func() { f.pass(f.own, "</message>", f.tty.slave, []byte(floorCommand)) })
	return f
}

const (
	floorStanza  = "<message from='emma@" + benchDomain + "/phone' to='" + benchMum + "' type='chat' id='1'><body>melding 0001</body></message>"
	floorCommand = "AT+CMGS=23\r"
	floorEnd     = "END\r\n" // on either wire: the relay's goroutine leaves
)

func dialLoopback(address string) (int, error) {
	var port int
	if _, err := fmt.Sscanf(address, "127.0.0.1:%d", &port); err != nil {
		return -1, err
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, err
	}
	if err := unix.Connect(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}, Port: port}); err != nil {
		return -1, err
	}
	return fd, unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
}

// pass relays one way: what ends so is committed, then the other is written.
func (f *floor) pass(from int, ending string, to int, what []byte) {
	var held []byte
	buf := make([]byte, 4096)
	for {
		n, err := readSome(from, buf)
		if err != nil {
			return
		}
		held = append(held, buf[:n]...)
		if bytes.HasSuffix(held, []byte(floorEnd)) {
			return
		}
		if !bytes.HasSuffix(held, []byte(ending)) {
			continue
		}
		if _, err := f.insert.ExecContext(context.Background(), string(held[:min(len(held), 64)])); err != nil {
			f.failed = err // told by stop; whoever measures is not left waiting
		}
		held = held[:0]
		if err := writeWhole(to, what); err != nil {
			return
		}
	}
}

// in measures from the PDU's last byte to the stanza's last byte.
func (f *floor) in(tb testing.TB, answer string) time.Duration {
	tb.Helper()
	return f.measure(tb, f.tty.master, answer, f.socket, "</message>")
}

// out measures from the stanza's last byte to the command's first. The command is one write, so its first byte comes
// with its last.
func (f *floor) out(tb testing.TB, stanza string) time.Duration {
	tb.Helper()
	return f.measure(tb, f.socket, stanza, f.tty.master, "\r")
}

func (f *floor) measure(tb testing.TB, to int, what string, from int, ending string) time.Duration {
	tb.Helper()
	question := []byte(what)
	var held []byte
	buf := make([]byte, 4096)
	began := time.Now()
	if err := writeWhole(to, question); err != nil {
		tb.Fatal(err)
	}
	for {
		n, err := readSome(from, buf)
		took := time.Since(began)
		if err != nil {
			tb.Fatal(err)
		}
		if held = append(held, buf[:n]...); bytes.HasSuffix(held, []byte(ending)) {
			return took
		}
	}
}

func (f *floor) stop(tb testing.TB) {
	tb.Helper()
	_ = writeWhole(f.tty.master, []byte(floorEnd))
	_ = writeWhole(f.socket, []byte(floorEnd))
	f.ended.Wait()
	for _, fd := range []int{f.tty.slave, f.tty.master, f.own, f.socket} {
		_ = unix.Close(fd)
	}
	if f.failed != nil {
		tb.Fatal(f.failed)
	}
	if err := f.db.Close(); err != nil {
		tb.Fatal(err)
	}
}
