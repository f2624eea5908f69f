package store

import (
	"errors"
	"fmt"

	"github.com/mattn/go-sqlite3"
)

// What a keeper can do something about. Errors of this package wrap one of these where it is the cause.
var (
	// ErrFull: there is no room for another commit. Nothing of the step was kept.
	ErrFull = errors.New("no room left on the disk")
	// ErrUnwritable: the file or its folder cannot be read or written by this user.
	ErrUnwritable = errors.New("the file cannot be read and written")
	// ErrDamaged: the file is a database with broken pages.
	ErrDamaged = errors.New("the database is damaged")
	// ErrNotDatabase: the file is something else.
	ErrNotDatabase = errors.New("not a database")
	// ErrNewer: a newer program has written the file.
	ErrNewer = errors.New("the database was written by a newer program")
	// ErrBusy: another program held the database for longer than the store waits.
	ErrBusy = errors.New("another program holds the database")
)

// hints tell a keeper what to do, by cause.
var hints = map[error]string{
	ErrFull:        "free some space (df -h), nothing of this step was kept",
	ErrUnwritable:  "check that the folder is there, who owns it and the file, and that the disk is not mounted read-only",
	ErrDamaged:     "stop the gateway and restore a copy with knapp restore FILE, which keeps the damaged file aside",
	ErrNotDatabase: "check the path, or move the file away",
	ErrNewer:       "install the newer program again",
	ErrUnfinished:  "run knapp restore FILE again; what was there before is kept beside it",
	ErrBusy:        "end the other program: only one gateway may use a database",
}

// explained joins an error, its cause for this package's callers, and a hint.
type explained struct {
	cause error // one of this package's
	err   error // SQLite's or the system's
}

func (e *explained) Error() string {
	return fmt.Sprintf("%v (%v): %s", e.cause, e.err, hints[e.cause])
}

func (e *explained) Unwrap() []error { return []error{e.cause, e.err} }

// explain puts the causes that a keeper can mend into words.
func explain(err error) error {
	var known *explained
	if err == nil || errors.As(err, &known) {
		return err
	}
	var lite sqlite3.Error
	if !errors.As(err, &lite) {
		return err
	}
	var cause error
	switch lite.Code {
	case sqlite3.ErrFull:
		cause = ErrFull
	case sqlite3.ErrReadonly, sqlite3.ErrPerm, sqlite3.ErrCantOpen, sqlite3.ErrAuth:
		cause = ErrUnwritable
	case sqlite3.ErrCorrupt:
		cause = ErrDamaged
	case sqlite3.ErrNotADB:
		cause = ErrNotDatabase
	case sqlite3.ErrBusy, sqlite3.ErrLocked:
		cause = ErrBusy
	case sqlite3.ErrIoErr:
		if lite.SystemErrno != 0 && noRoom(lite.SystemErrno) {
			cause = ErrFull
		}
	}
	if cause == nil {
		return err
	}
	return &explained{cause: cause, err: err}
}
