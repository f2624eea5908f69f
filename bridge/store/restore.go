package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Restored tells what Restore did.
type Restored struct {
	CopyInfo
	Aside string // where the database that was there is kept; "" when there was none
}

// unfinished is the name, behind the database's, of the file that is there while a restore replaces it. Power lost
// in the middle leaves the old database without its write-ahead log: nobody must go on with that.
const unfinished = "-restore-unfinished"

// ErrUnfinished says that a restore was cut off.
var ErrUnfinished = errors.New("a restore was cut off in the middle")

// Restore puts a copy in the place of the database at a path that no process has open. The copy is checked first, and
// brought up to date beside the database; until then nothing is changed. What was there, damaged or not, is kept under
// a name with the date. The restored database is paused, what waited when the copy was made is Unknown, and no text
// comes back, even from a copy that holds some.
func Restore(ctx context.Context, from, path string, o Options) (r Restored, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("store: restore from %s: %w", from, explain(err))
		}
	}()
	if o.Now == nil {
		o.Now = time.Now
	}
	if from, err = filepath.Abs(from); err != nil {
		return r, err
	}
	if path, err = filepath.Abs(path); err != nil {
		return r, err
	}
	if r.CopyInfo, err = inspect(ctx, from); err != nil {
		return r, err
	}
	fresh := path + "-restoring"
	if err := removeDatabase(fresh); err != nil { // of a restore that was cut off
		return r, err
	}
	if _, err := copyDatabase(ctx, attachable(from, standing), fresh, r.Made); err != nil {
		return r, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeDatabase(fresh))
		}
	}()
	s, err := Open(ctx, fresh, o) // brings its schema up to date, and shows that it can be opened
	if err != nil {
		return r, err
	}
	if err := s.Close(); err != nil {
		return r, err
	}
	r.Aside, err = replace(path, fresh, o.Now())
	return r, err
}

// replace puts the database fresh in the place of another, which it keeps.
func replace(path, fresh string, now time.Time) (aside string, err error) {
	folder := filepath.Dir(path)
	mark, err := os.OpenFile(path+unfinished, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	if err := errors.Join(mark.Sync(), mark.Close(), syncFolder(folder)); err != nil {
		return "", err
	}
	name := asideName(path, now)
	for _, suffix := range []string{"-wal", "-shm", ""} {
		err := os.Rename(path+suffix, name+suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return "", err
		case suffix == "":
			aside = name
		}
	}
	if err := syncFolder(folder); err != nil {
		return aside, err
	}
	if err := os.Rename(fresh, path); err != nil {
		return aside, err
	}
	if err := syncFolder(folder); err != nil {
		return aside, err
	}
	if err := os.Remove(path + unfinished); err != nil {
		return aside, err
	}
	return aside, syncFolder(folder)
}

// asideName is a name that nothing has yet.
func asideName(path string, now time.Time) string {
	first := fmt.Sprintf("%s-aside-%s", path, now.UTC().Format("20060102-150405"))
	name := first
	for n := 2; ; n++ {
		_, db := os.Lstat(name)
		_, log := os.Lstat(name + "-wal")
		if db != nil && log != nil {
			return name
		}
		name = fmt.Sprintf("%s-%d", first, n)
	}
}

// checkFinished refuses a database that a restore was about to replace.
func checkFinished(path string) error {
	if _, err := os.Lstat(path + unfinished); err == nil {
		return &explained{cause: ErrUnfinished, err: errors.New(path + unfinished + " is there")}
	}
	return nil
}
