package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"knapp/bridge"
)

func TestFilesAreTheOwnersOnly(t *testing.T) {
	// A name that a URI would take apart.
	path := filepath.Join(t.TempDir(), "a %41?b#c.db")
	s := open(t, path)
	addSMS(t, s, emma, false, "a")
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v %v", name, info, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // the fault that is tested
		t.Fatal(err)
	}
	open(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("a file that others could read: %v %v", info, err)
	}
}

func TestReopenedStoreHasEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "knapp.db")
	s := open(t, path)
	withFamily(t, s)
	addSMS(t, s, emma, false, "a")
	do(t, s, func(tx bridge.Tx) error { must[bool](t)(tx.NewPDU(modem, "00", noon)); return nil })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, path)
	if _, ok := directory(t, s).Named("Emma"); !ok || next(t, s, noon) != "a" {
		t.Fatal("the family or the outbox is gone")
	}
	do(t, s, func(tx bridge.Tx) error {
		if must[bool](t)(tx.NewPDU(modem, "00", noon)) {
			t.Error("a PDU is new again: the key was not kept")
		}
		return nil
	})
}

func TestOpenSaysWhatIsWrong(t *testing.T) {
	for _, test := range []struct {
		name  string
		make  func(t *testing.T, path string)
		cause error
	}{
		{"no folder", func(t *testing.T, path string) {
			if err := os.Remove(filepath.Dir(path)); err != nil {
				t.Fatal(err)
			}
		}, ErrUnwritable},
		{"another file", func(t *testing.T, path string) {
			write(t, path, bytes.Repeat([]byte("this is a diary, not a database\n"), 100))
		}, ErrNotDatabase},
		{"a newer schema", func(t *testing.T, path string) {
			s := open(t, path)
			_, err := s.writerDBExec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
			if err = errors.Join(err, s.Close()); err != nil {
				t.Fatal(err)
			}
		}, ErrNewer},
		{"damaged pages", func(t *testing.T, path string) {
			s := open(t, path)
			for i := range 50 {
				addChat(t, s, fmt.Sprint(i), mum, strings.Repeat("x", 3000))
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for i := len(content) / 2; i < len(content)/2+3*4096; i++ {
				content[i] ^= 0x5a
			}
			write(t, path, content)
		}, ErrDamaged},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "knapp.db")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			test.make(t, path)
			s, err := Open(t.Context(), path, Options{})
			if err == nil {
				t.Fatal("it opened", s.Close())
			}
			if !errors.Is(err, test.cause) || !strings.Contains(err.Error(), hints[test.cause]) {
				t.Fatalf("%v", err)
			}
			t.Log(err)
		})
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// writerDBExec runs a statement as the writer, for a test that breaks something.
func (s *Store) writerDBExec(query string, args ...any) (sql.Result, error) {
	if err := s.take(context.Background()); err != nil {
		return nil, err
	}
	defer s.give()
	return s.writer.conn.ExecContext(context.Background(), query, args...)
}

// TestReadOnlyFolder runs itself again as a user who may not write, since root may everywhere.
func TestReadOnlyFolder(t *testing.T) {
	if path := os.Getenv("KNAPP_TEST_READ_ONLY"); path != "" {
		_, err := Open(t.Context(), path, Options{})
		if !errors.Is(err, ErrUnwritable) {
			t.Fatalf("%v", err)
		}
		return
	}
	folder, err := os.MkdirTemp("", "knapp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = os.Chmod(folder, 0o700) //nolint:gosec // so that it can be removed
		_ = os.RemoveAll(folder)
	})
	program := filepath.Join(folder, "test")
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, self, 0o755); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	if err := os.Chmod(folder, 0o555); err != nil { //nolint:gosec // the fault that is tested
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestReadOnlyFolder$")
	cmd.Env = append(os.Environ(), "KNAPP_TEST_READ_ONLY="+filepath.Join(folder, "knapp.db"))
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestFullDisk fills the disk under a running store. As root the disk is a small tmpfs; anybody else gets a limit
// on the size of a file, which SQLite sees as a write error.
func TestFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=1m,mode=0700"); err != nil {
		if os.Getenv("KNAPP_TEST_FULL") == "" {
			cmd := exec.CommandContext(t.Context(), "/proc/self/exe", "-test.run=^TestFullDisk$")
			cmd.Env = append(os.Environ(), "KNAPP_TEST_FULL=1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			return
		}
		limit := unix.Rlimit{Cur: 1 << 20, Max: 1 << 20}
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Cleanup(func() {
			if err := unix.Unmount(folder, 0); err != nil {
				t.Error(err)
			}
		})
	}
	path := filepath.Join(folder, "knapp.db")
	s := open(t, path)
	var kept int
	var full error
	for kept = 0; full == nil && kept < 1000; kept++ {
		full = s.Do(t.Context(), func(tx bridge.Tx) error {
			return tx.KeepRaw(1, modem, strings.Repeat("x", 8000), "odd", noon)
		})
	}
	kept--
	if !errors.Is(full, ErrFull) {
		t.Fatalf("after %d steps: %v", kept, full)
	}
	t.Log(full)
	// Nothing of the step was kept, all before it was, and the store works again when there is room.
	var n int
	if err := s.readers.db.QueryRowContext(t.Context(), `SELECT count(*) FROM raw`).Scan(&n); err != nil || n != kept {
		t.Fatalf("%d kept, %d committed: %v", n, kept, err)
	}
	if os.Getenv("KNAPP_TEST_FULL") != "" {
		return // the limit of a process cannot be raised again
	}
	if err := unix.Mount("", folder, "", unix.MS_REMOUNT, "size=8m"); err != nil {
		t.Fatal(err)
	}
	addSMS(t, s, emma, false, "a")
	if r := purge(t, s, noon.Add(8*24*time.Hour)); r.Raw != kept {
		t.Fatalf("purged %d of %d", r.Raw, kept)
	}
}
