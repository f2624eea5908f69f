package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/mattn/go-sqlite3"

	"knapp/bridge"
)

// Options are what a Store is given from outside.
type Options struct {
	Log    *slog.Logger         // nil for none
	Now    func() time.Time     // the clock for what a step gives no time for, which may jump; nil for the host's
	Uptime func() time.Duration // since any moment, and never jumps; nil: Now never jumps

	Location *time.Location // of the family's week; nil for UTC
}

// Store keeps everything in one SQLite file. Its methods may be called by several goroutines at once.
type Store struct {
	log *slog.Logger
	now func() time.Time
	key []byte // of the hashes in seen_pdu and seen_stanza

	location *time.Location
	path     string

	clock    hostClock
	turn     chan struct{} // holds one token: whoever has it may use the writer
	writer   *writer
	writerDB *sql.DB
	readers  *readers

	directory atomic.Pointer[bridge.Directory]
	paused    atomic.Pointer[time.Time] // when the copy was made that this was restored from; nil when it may send
	swept     atomic.Int64              // when Purge last looked through the log: nanoseconds since 1970, 0 for never
}

var _ bridge.Store = (*Store)(nil)

// Open opens the database at a path, made with mode 0600 when it is not there, brings its schema up to date and
// checks it. Its errors wrap ErrUnwritable, ErrNotDatabase, ErrDamaged, ErrNewer, ErrFull, ErrBusy or ErrUnfinished
// where that is the cause.
func Open(ctx context.Context, path string, o Options) (_ *Store, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("store: open %s: %w", path, explain(err))
		}
	}()
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	s := &Store{log: o.Log, now: o.Now, clock: newHostClock(o), location: o.Location, path: absolute, turn: make(chan struct{}, 1)}
	s.turn <- struct{}{}
	if err := checkFinished(absolute); err != nil {
		return nil, err
	}
	if err := s.claimFiles(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	s.writerDB = sql.OpenDB(connector{dsn: writerDSN(absolute)})
	s.writerDB.SetMaxOpenConns(1)
	if err := s.verify(ctx); err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	conn, err := s.writerDB.Conn(ctx)
	if err != nil {
		return nil, err
	}
	s.writer = &writer{conn: conn, stmts: map[string]*sql.Stmt{}}
	s.readers = newReaders(absolute)
	err = s.Do(ctx, func(t bridge.Tx) error { return s.load(t.(*tx)) })
	if err != nil {
		return nil, err
	}
	return s, nil
}

// load takes the hash key, the pause and the directory into memory, and mends times that cannot be true.
func (s *Store) load(t *tx) error {
	found, err := t.row("read the key", `SELECT value FROM setting WHERE name = 'hash key'`, nil, &s.key)
	if err != nil {
		return err
	}
	if !found {
		s.key = make([]byte, 32)
		rand.Read(s.key) // never fails: crypto/rand ends the program instead
		if _, err := t.exec("keep the key", `INSERT INTO setting (name, value) VALUES ('hash key', ?)`, s.key); err != nil {
			return err
		}
	}
	if err := s.readPause(t); err != nil {
		return err
	}
	if err := t.datePartsBack(s.now()); err != nil {
		return err
	}
	t.directory, err = loadDirectory(t.each, s.location)
	return err
}

// Close waits for the step that runs, and ends all connections. The last one moves the write-ahead log into the
// database. A second Close does nothing.
func (s *Store) Close() error {
	if _, open := <-s.turn; !open {
		return nil
	}
	close(s.turn)
	var errs []error
	if s.readers != nil {
		errs = append(errs, s.readers.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	if s.writerDB != nil {
		errs = append(errs, s.writerDB.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("store: close: %w", explain(err))
	}
	return nil
}

// claimFiles makes the file with mode 0600 before SQLite does: SQLite gives -wal and -shm the mode that it finds.
func (s *Store) claimFiles() error {
	f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
			return &explained{cause: ErrUnwritable, err: err}
		}
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, name := range []string{s.path, s.path + "-wal", s.path + "-shm"} {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if info.Mode().Perm() == 0o600 {
			continue
		}
		s.log.Warn("others could read the database: its mode is set to 0600", "file", name, "mode", info.Mode())
		if err := os.Chmod(name, 0o600); err != nil {
			return &explained{cause: ErrUnwritable, err: err}
		}
	}
	return nil
}

// busyMS is how many milliseconds a connection waits for another program's lock.
const busyMS = 5000

// writerDSN asks for commits that survive a power cut (the driver's default does not sync them), for write
// locks from the start of a transaction, and for deleted content to be overwritten.
func writerDSN(path string) string {
	return dsn(path, url.Values{
		"_journal_mode":  {"WAL"},
		"_synchronous":   {"FULL"},
		"_busy_timeout":  {strconv.Itoa(busyMS)},
		"_txlock":        {"immediate"},
		"_secure_delete": {"true"},
		"_foreign_keys":  {"true"},
	})
}

func readerDSN(path string) string {
	return dsn(path, url.Values{"_busy_timeout": {strconv.Itoa(busyMS)}, "_txlock": {"deferred"}, "_query_only": {"true"}})
}

// dsn writes a path as a URI, so that a ? or a % in it stays what it is.
func dsn(path string, parameters url.Values) string {
	u := url.URL{Scheme: "file", Path: path, RawQuery: parameters.Encode()}
	return u.String()
}

// verify makes sure that the writer's connection is what was asked for: a wrong word in a DSN is passed over in
// silence. It then looks for damaged pages.
func (s *Store) verify(ctx context.Context) error {
	for _, want := range []struct{ pragma, value string }{
		{"journal_mode", "wal"},
		{"synchronous", "2"}, // FULL
		{"secure_delete", "1"},
		{"foreign_keys", "1"},
	} {
		var got string
		if err := s.writerDB.QueryRowContext(ctx, "PRAGMA "+want.pragma).Scan(&got); err != nil {
			return fmt.Errorf("read %s: %w", want.pragma, err)
		}
		if got != want.value {
			return fmt.Errorf("%s is %s and not %s: this file system may not be able to hold the database", want.pragma, got, want.value)
		}
	}
	return s.check(ctx)
}

// quickCheckLimit is the size in bytes up to which every page is looked at when the store is opened: about 25 ms a
// megabyte on the machine that it was measured on, and more on a small one (BenchmarkQuickCheck). A family's month
// is smaller.
const quickCheckLimit = 2 << 20

// check looks for damaged pages when that is quick. In a large database SQLite finds a damaged page when it reads
// it, and Check finds all.
func (s *Store) check(ctx context.Context) error {
	info, err := os.Stat(s.path)
	if err != nil {
		return err
	}
	if info.Size() > quickCheckLimit {
		s.log.Info("the database is too large to be checked at every start", "bytes", info.Size())
		return nil
	}
	return quickCheck(ctx, s.writerDB)
}

// Check looks at every page of the database, while steps go on. Its error wraps ErrDamaged.
func (s *Store) Check(ctx context.Context) error {
	if err := quickCheck(ctx, s.readers.db); err != nil {
		return fmt.Errorf("store: %w", explain(err))
	}
	return nil
}

func quickCheck(ctx context.Context, db *sql.DB) error {
	var found string
	if err := db.QueryRowContext(ctx, "PRAGMA quick_check(1)").Scan(&found); err != nil {
		return fmt.Errorf("check: %w", err)
	}
	if found != "ok" {
		// SQLite answers on several lines; this is for one.
		return &explained{cause: ErrDamaged, err: errors.New(strings.Join(strings.Fields(found), " "))}
	}
	return nil
}

// connector opens SQLite connections; it spares a driver registered under a name.
type connector struct{ dsn string }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	return c.Driver().Open(c.dsn)
}

func (c connector) Driver() driver.Driver {
	return &sqlite3.SQLiteDriver{ConnectHook: func(conn *sqlite3.SQLiteConn) error {
		// A sort must not leave addresses in a temporary file.
		_, err := conn.Exec("PRAGMA temp_store = MEMORY", nil)
		return err
	}}
}

// noRoom tells whether the system refused a write for want of space.
func noRoom(errno syscall.Errno) bool {
	return errno == syscall.ENOSPC || errno == syscall.EDQUOT || errno == syscall.EFBIG
}
