package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// shim is testdata/shim.c, preloaded into a gateway: it stands between SQLite and libc.
type shim struct {
	library string
	log     string // what was done to the database's files
	page    []byte // shared with the gateway
	dir     string // the data folder
}

var compiled = sync.OnceValues(func() (string, error) {
	library := filepath.Join(filepath.Dir(program), "shim.so")
	out, err := exec.Command("cc", "-O1", "-shared", "-fPIC", "-o", library, "testdata/shim.c", "-ldl", "-lpthread").CombinedOutput()
	if err != nil {
		return "", errors.Join(err, errors.New(string(out)))
	}
	return library, nil
})

// newShim prepares a shim for the gateway of a world.
func newShim(w *world) *shim {
	w.t.Helper()
	library, err := compiled()
	if err != nil {
		w.t.Fatalf("compile testdata/shim.c: %v", err)
	}
	s := &shim{library: library, log: filepath.Join(w.dir, "shim.log"), dir: filepath.Join(w.dir, "data")}
	control := w.write("shim.control", string(make([]byte, 8)))
	f, err := os.OpenFile(control, os.O_RDWR, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if s.page, err = unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED); err != nil {
		w.t.Fatal(err)
	}
	page := s.page
	w.t.Cleanup(func() { _ = unix.Munmap(page) })
	return s
}

// start starts the world's gateway with the shim in it. record says whether to keep a log.
func (s *shim) start(w *world, record bool) {
	w.t.Helper()
	env := []string{
		"LD_PRELOAD=" + s.library, "KNAPP_SHIM_DIR=" + s.dir, "KNAPP_SHIM_CONTROL=" + filepath.Join(w.dir, "shim.control"),
	}
	if record {
		env = append(env, "KNAPP_SHIM_LOG="+s.log)
	}
	w.start(env...)
}

// slow makes every sync of the running gateway take a time, in whole milliseconds.
func (s *shim) slow(d time.Duration) {
	binary.NativeEndian.PutUint32(s.page, uint32(d/time.Millisecond))
}

// fill makes the disk of the running gateway full: no file can grow.
func (s *shim) fill(full bool) {
	value := uint32(0)
	if full {
		value = 1
	}
	binary.NativeEndian.PutUint32(s.page[4:], value)
}

// opKind is what a call did; the numbers are testdata/shim.c's.
type opKind uint32

const (
	opOpened opKind = iota + 1
	opWritten
	opCut
	opSyncBegun
	opSyncEnded
	opUnlinked
)

// The files by number, as in testdata/shim.c; 0 is the folder.
const (
	fileDB = iota + 1
	fileWAL
	fileJournal
	fileCount
)

var fileNames = [fileCount]string{"", "knapp.db", "knapp.db-wal", "knapp.db-journal"}

// diskOp is one call that changed a file or made a change last.
type diskOp struct {
	at     int64 // nanoseconds of CLOCK_MONOTONIC
	kind   opKind
	file   int
	offset int64 // of opWritten; the size of opCut
	data   []byte
	made   bool // opOpened made the file
}

// recorded reads the shim's log.
func (s *shim) recorded(t *testing.T) []diskOp {
	t.Helper()
	raw, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	var ops []diskOp
	for r := bytes.NewReader(raw); ; {
		var head struct {
			At                 uint64
			Offset             int64
			Kind, File, Length uint32
			Flags              int32
		}
		err := binary.Read(r, binary.NativeEndian, &head)
		if errors.Is(err, io.EOF) {
			return ops
		}
		op := diskOp{
			at: int64(head.At), kind: opKind(head.Kind), file: int(head.File), offset: head.Offset,
			made: head.Flags != 0, data: make([]byte, head.Length),
		}
		if err == nil {
			_, err = io.ReadFull(r, op.data)
		}
		if err != nil {
			t.Fatalf("read the shim's log: %v", err)
		}
		ops = append(ops, op)
	}
}

// monotonic is the shim's clock.
func monotonic() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic(err) // the clock is always there
	}
	return ts.Nano()
}
