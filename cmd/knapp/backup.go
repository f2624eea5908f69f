package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"knapp/bridge/store"
)

// backupMade is a copy of the database.
type backupMade struct {
	File string    `json:"file"`
	Made time.Time `json:"made"`
}

const (
	dailyEvery = 24 * time.Hour
	dailyKept  = 7
	dailyTry   = time.Hour // after a daily copy that could not be made

	dailyName = "daily-"
	askedName = "copy-"
	nameTime  = "20060102-150405"
)

// backups is the folder of the copies.
func (c config) backups() string { return filepath.Join(c.DataDir, "backups") }

// makeBackup writes a copy into the folder of the copies, under a name with the time.
func makeBackup(ctx context.Context, c config, s *store.Store, name string) (backupMade, error) {
	if err := os.MkdirAll(c.backups(), 0o700); err != nil {
		return backupMade{}, fmt.Errorf("backup: %w: the service's user must own %s", err, c.DataDir)
	}
	at := time.Now().UTC()
	file := func() string { return filepath.Join(c.backups(), name+at.Format(nameTime)+".db") }
	for _, err := os.Lstat(file()); err == nil; _, err = os.Lstat(file()) {
		at = at.Add(time.Second) // two in one second
	}
	info, err := s.Copy(ctx, file())
	if err != nil {
		return backupMade{}, err
	}
	return backupMade{File: file(), Made: info.Made}, giveToOwner(c, c.backups(), file())
}

// dailyBackup makes a copy when the last is a day old, and keeps the newest seven. From a damaged database none is made,
// and the older ones stay.
func dailyBackup(ctx context.Context, c config, s *store.Store) (made bool, err error) {
	now := time.Now().UTC()
	times, err := dailies(c)
	if err != nil {
		return false, err
	}
	recent := func(at time.Time) bool { return !at.After(now) && now.Sub(at) < dailyEvery }
	if slices.ContainsFunc(times, recent) {
		return false, nil
	}
	if err := s.Check(ctx); err != nil {
		return false, err
	}
	if _, err := makeBackup(ctx, c, s, dailyName); err != nil {
		return false, err
	}
	if times, err = dailies(c); err != nil {
		return true, err
	}
	// A name from the future was given before the clock was set right: it is older than it seems.
	slices.SortFunc(times, func(a, b time.Time) int {
		if a.After(now.Add(time.Minute)) != b.After(now.Add(time.Minute)) {
			if a.After(b) {
				return -1
			}
			return 1
		}
		return a.Compare(b)
	})
	for _, old := range times[:max(0, len(times)-dailyKept)] {
		if err := os.Remove(filepath.Join(c.backups(), dailyName+old.Format(nameTime)+".db")); err != nil {
			return true, fmt.Errorf("backup: drop an old copy: %w", err)
		}
	}
	return true, nil
}

// dailies returns when the daily copies were made, by their names.
func dailies(c config) ([]time.Time, error) {
	files, err := filepath.Glob(filepath.Join(c.backups(), dailyName+"*.db"))
	if err != nil {
		return nil, err
	}
	var times []time.Time
	for _, file := range files {
		if at, err := timeOf(file); err == nil {
			times = append(times, at)
		}
	}
	return times, nil
}

// timeOf reads the time in a copy's name.
func timeOf(file string) (time.Time, error) {
	_, at, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".db"), "-")
	return time.Parse(nameTime, at)
}

// newestBackup returns the newest copy in which every page is good. ok is false when there is none.
func newestBackup(ctx context.Context, c config) (newest backupMade, ok bool) {
	files, err := filepath.Glob(filepath.Join(c.backups(), "*.db"))
	if err != nil {
		return backupMade{}, false
	}
	times := map[string]time.Time{}
	files = slices.DeleteFunc(files, func(file string) bool {
		at, err := timeOf(file)
		times[file] = at
		return err != nil
	})
	slices.SortFunc(files, func(a, b string) int { return times[b].Compare(times[a]) })
	for _, file := range files {
		if info, err := store.CheckCopy(ctx, file); err == nil {
			return backupMade{File: file, Made: info.Made}, true
		}
	}
	return backupMade{}, false
}

// offerRestore adds to the error of a damaged database what it can be replaced with, as the line to type.
func offerRestore(ctx context.Context, c config, configFile string, err error) error {
	if !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrNotDatabase) && !errors.Is(err, store.ErrUnfinished) {
		return err
	}
	newest, ok := newestBackup(ctx, c)
	if !ok {
		return fmt.Errorf("%w; there is no good copy in %s", err, c.backups())
	}
	line := []string{"knapp", "restore", quoted(newest.File), "--config", quoted(configFile)}
	if owner, err := ownerOf(c); err == nil && owner.uid != 0 {
		if known, err := user.LookupId(strconv.Itoa(owner.uid)); err == nil {
			line = append([]string{"sudo", "-u", known.Username}, line...)
		}
	}
	return fmt.Errorf("%w; the newest good copy is of %s: %s", err, newest.Made.Format(nameOfTime), strings.Join(line, " "))
}

const nameOfTime = "2006-01-02 15:04:05 MST"

// quoted writes a path as a shell reads it.
func quoted(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:@") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}

type owner struct{ uid, gid int }

// ownerOf returns whose the data folder is.
func ownerOf(c config) (owner, error) {
	info, err := os.Stat(c.DataDir)
	if err != nil {
		return owner{}, err
	}
	whose, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return owner{}, errors.New("this system does not tell whose a folder is")
	}
	return owner{int(whose.Uid), int(whose.Gid)}, nil
}

// giveToOwner gives what root has made to the service's user, who must be able to use it.
func giveToOwner(c config, paths ...string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	whose, err := ownerOf(c)
	for i := 0; err == nil && i < len(paths); i++ {
		err = os.Lchown(paths[i], whose.uid, whose.gid)
	}
	return err
}

// backupCommand is `knapp backup [FILE]`.
type backupCommand struct {
	File string `arg:"" optional:"" help:"Where to; without it, into the folder backups in data_dir."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// Run makes a copy of the database of the running gateway, or of one that is stopped.
func (b backupCommand) Run(ctx context.Context, k keeper) error {
	if _, err := os.Lstat(b.File); b.File != "" && err == nil {
		return fmt.Errorf("backup to %s: %w: choose another name", b.File, os.ErrExist)
	}
	return k.with(ctx, func(ops operations) error {
		made, err := ops.Backup(ctx)
		if err != nil {
			return err
		}
		if b.File != "" {
			if made.File, err = moveCopy(ctx, made.File, b.File); err != nil {
				return err
			}
		}
		if b.JSON {
			return printJSON(k.out, made)
		}
		_, err = fmt.Fprintf(k.out, "%s\nThe family, the log and what was seen already; no text of any message.\n", made.File)
		return err
	})
}

// moveCopy takes a copy out of the folder of the copies. It may go to another disk, so it is looked at again there.
func moveCopy(ctx context.Context, from, to string) (file string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("backup to %s: %w; the copy is at %s", to, err, from)
		}
	}()
	if to, err = filepath.Abs(to); err != nil {
		return "", err
	}
	in, err := os.Open(from)
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Sync(), out.Close()); err == nil {
		_, err = store.CheckCopy(ctx, to)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(to))
	}
	return to, os.Remove(from)
}

// restoreCommand is `knapp restore FILE`.
type restoreCommand struct {
	File string `arg:"" help:"A copy that knapp backup has made."`
}

// Run puts a copy in the place of the database of a stopped gateway.
func (r restoreCommand) Run(ctx context.Context, k keeper) error {
	c, err := loadConfig(k.configFile)
	if err != nil {
		return err
	}
	if newClient(c.socket()).alive(ctx) {
		return errors.New("the gateway runs: stop it first (systemctl stop knapp)")
	}
	if err := prepareDataDir(c); err != nil {
		return err
	}
	unlock, err := lockDataDir(c)
	if err != nil {
		return err
	}
	defer unlock()
	done, err := store.Restore(ctx, r.File, c.database(), store.Options{Log: quiet, Now: time.Now})
	if err != nil {
		return err
	}
	if err := giveToOwner(c, c.database(), filepath.Join(c.DataDir, "knapp.lock")); err != nil {
		return fmt.Errorf("restored, but the service's user must own %s: %w", c.database(), err)
	}
	_, err = fmt.Fprintf(k.out, "restored as it was at %s\n", done.Made.Format(nameOfTime))
	if err == nil && done.Aside != "" {
		_, err = fmt.Fprintf(k.out, "what was there is kept: %s\n", done.Aside)
	}
	if err == nil && done.Unknown > 0 {
		_, err = fmt.Fprintf(k.out, "%d that waited then are unknown: nobody can tell whether they arrived (knapp log)\n", done.Unknown)
	}
	if err == nil {
		_, err = fmt.Fprint(k.out, "The gateway starts paused: it takes everything and sends nothing. Who may write may have changed since the\n"+
			"copy: look at knapp family export. Then let it go on: knapp resume\n")
	}
	return err
}

// resumeCommand is `knapp resume`.
type resumeCommand struct{}

// Run lets a restored gateway send.
func (resumeCommand) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		if err := ops.Resume(ctx); err != nil {
			return err
		}
		_, err := fmt.Fprintln(k.out, "what waits leaves now")
		return err
	})
}

// Backup implements operations.
func (g *gateway) Backup(ctx context.Context) (backupMade, error) {
	return makeBackup(ctx, g.c, g.store, askedName)
}

// Resume implements operations.
func (g *gateway) Resume(ctx context.Context) error {
	made, paused := g.store.Paused()
	if !paused {
		return errors.New("it is not paused")
	}
	// Told first: it leaves with what waits, and only a stop in between lets it be told twice.
	if err := g.relay.TakeRestored(ctx, made); err != nil {
		return err
	}
	if err := g.store.Resume(ctx); err != nil {
		return err
	}
	g.log.Info("a keeper has ended the pause after the restore")
	g.relay.Resumed()
	g.showReach()
	return nil
}

// daily makes the daily copy when it is time. Only the tidying goroutine calls it.
func (g *gateway) daily(ctx context.Context, last time.Time) (tried time.Time) {
	if since := time.Since(last); since < dailyTry {
		return last
	}
	made, err := dailyBackup(ctx, g.c, g.store)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		g.log.Error("the daily copy of the database was not made", "err", err)
		return time.Now()
	case made:
		g.log.Info("the daily copy of the database was made", "folder", g.c.backups())
	}
	return last
}

// Backup implements operations.
func (o offline) Backup(ctx context.Context) (backupMade, error) {
	return makeBackup(ctx, o.c, o.store, askedName)
}

// Resume implements operations.
func (o offline) Resume(ctx context.Context) error {
	_, err := o.Status(ctx) // says that it does not run
	return err
}
