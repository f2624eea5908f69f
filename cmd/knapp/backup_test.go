package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge/store"
	"knapp/modem/modemtest"
)

// The whole of a keeper's bad day: a copy is made while the gateway runs, a page is damaged, the start is refused with
// the line that helps, that line is typed, and the gateway takes everything and sends nothing until it may.
func TestBackupDamageRestoreResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum := login(t, w.server, "mum")
	until(t, "the daily copy, which is older than the one to come", func() bool {
		found, err := filepath.Glob(filepath.Join(w.dir, "data", "backups", dailyName+"*.db"))
		return err == nil && len(found) == 1
	})
	const text = "jentehemmelighet"
	w.texts(w.emma, "2 "+text)
	mum.awaitBody(text)
	if err := w.modem.Unplug(); err != nil {
		t.Fatal(err)
	}
	w.awaitState("the modem is missed", func(s status) bool { return !s.Modems[0].Ready })
	mum.write(w.child("emma"), text+" venter")
	w.awaitState("a text waits", func(s status) bool { return s.Waiting.SMS == 1 })

	file := filepath.Join(w.dir, "copy of mine.db")
	if out := w.mustKnapp("backup", file); !strings.Contains(out, file) {
		t.Errorf("it says %q", out)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte(text)) || bytes.Contains(bytes.ToLower(content), []byte(hex.EncodeToString([]byte(text)))) {
		t.Error("the copy holds a text (promise 7)")
	}
	if !bytes.Contains(content, []byte(emmaNumber)) {
		t.Error("the copy does not hold the family")
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v (%v)", info.Mode(), err)
	}
	if _, said, code := w.knapp("backup", file); code != exitFailed || !strings.Contains(said, "already exists") {
		t.Errorf("a copy over a copy: %d, %s", code, said)
	}
	if _, said, code := w.knapp("restore", file); code != exitFailed || !strings.Contains(said, "stop it first") {
		t.Errorf("a restore under a running gateway: %d, %s", code, said)
	}
	var made backupMade
	if err := json.Unmarshal([]byte(w.mustKnapp("backup", "--json")), &made); err != nil || filepath.Dir(made.File) != filepath.Join(w.dir, "data", "backups") {
		t.Errorf("%+v, %v", made, err)
	}

	if code, _ := w.stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	path := filepath.Join(w.dir, "data", "knapp.db")
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 3 * 4096; i < 4*4096; i++ {
		image[i] ^= 0xA5
	}
	if err := os.WriteFile(path, image, 0o600); err != nil {
		t.Fatal(err)
	}
	_, said, _ := w.knapp("run")
	_, line, found := strings.Cut(strings.TrimSpace(said), " UTC: ")
	if !found || !strings.Contains(line, "knapp restore "+made.File+" --config "+w.config) {
		t.Fatalf("the line that helps is not in %q", said)
	}
	// Typed as it stands, by a keeper whose shell finds knapp.
	shell := exec.Command("sh", "-c", line)
	shell.Env = append(os.Environ(), "PATH="+filepath.Dir(program)+":"+os.Getenv("PATH"))
	out, err := shell.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "1 that waited then are unknown") || !strings.Contains(string(out), "knapp resume") {
		t.Fatalf("%s: %v: %s", line, err, out)
	}
	aside, err := filepath.Glob(path + "-aside-????????-??????")
	if err != nil || len(aside) != 1 {
		t.Fatalf("the damaged database is kept as %v (%v)", aside, err)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, image) {
		t.Errorf("what is kept is not what was there (%v)", err)
	}
	if _, said, code := w.knapp("resume"); code != exitFailed || !strings.Contains(said, "does not run") {
		t.Errorf("the end of a pause without a gateway: %d, %s", code, said)
	}

	// Paused: what comes is taken from the modem and kept, and nothing leaves.
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	w.start()
	w.awaitReady()
	if out := w.mustKnapp("status"); !strings.Contains(out, "PAUSED") {
		t.Errorf("the status does not say so:\n%s", out)
	}
	w.texts(w.emma, "2 mens det er pause")
	mum.write(w.child("emma"), "også i pausen")
	w.awaitState("both are kept", func(s status) bool {
		return s.Paused != nil && s.Waiting.SMS == 1 && s.Waiting.XMPP == 1 && len(w.modem.Stored("SM"))+len(w.modem.Stored("ME")) == 0
	})
	if strings.Contains(shownBodies(mum), "mens det er pause") || len(w.emma.Inbox()) > 0 {
		t.Error("something left during the pause")
	}
	w.mustKnapp("resume")
	mum.awaitBody("mens det er pause")
	w.reads(w.emma, "Mamma: også i pausen")
	mum.await("the word about the copy", func(a arrived) bool { return strings.HasPrefix(a.Body, "Knapp er satt tilbake til en kopi") })
	w.awaitRest()
	for _, m := range w.emma.Inbox() {
		if strings.Contains(m.Text, text) {
			t.Errorf("what waited when the copy was made was sent: %q", m.Text)
		}
	}
	if out := w.mustKnapp("log"); !strings.Contains(out, "unknown (it waited when the restored copy was made)") {
		t.Errorf("the log does not show what is unknown:\n%s", out)
	}
	if out := w.mustKnapp("status"); strings.Contains(out, "PAUSED") {
		t.Errorf("the pause does not end:\n%s", out)
	}
	if _, said, code := w.knapp("resume"); code != exitFailed || !strings.Contains(said, "it is not paused") {
		t.Errorf("the end of a pause that is over: %d, %s", code, said)
	}
}

// The gateway makes a copy by itself when it starts with none of that day; a stopped one is copied, too.
func TestBackupWithoutBeingAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	c, err := loadConfig(w.config)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the daily copy", func() bool {
		times, err := dailies(c)
		if err != nil {
			t.Fatal(err)
		}
		return len(times) == 1
	})
	if code, _ := w.stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	w.mustKnapp("backup")
	if newest, ok := newestBackup(t.Context(), c); !ok || !strings.HasPrefix(filepath.Base(newest.File), askedName) {
		t.Errorf("the newest is %+v, %v", newest, ok)
	}
}

// One copy a day, the newest seven, none of a damaged database; what a wrong clock has named is not in the way.
func TestDailyBackups(t *testing.T) {
	now := time.Now().UTC()
	ago := func(d time.Duration) string { return dailyName + now.Add(-d).Format(nameTime) + ".db" }
	const day = 24 * time.Hour
	week := []string{ago(25 * time.Hour), ago(2 * day), ago(3 * day), ago(4 * day), ago(5 * day), ago(6 * day), ago(7 * day)}
	future := []string{ago(-1000 * day), ago(-999 * day)}
	for _, c := range []struct {
		name    string
		there   []string
		damage  bool
		made    bool
		dropped []string
	}{
		{name: "the first", made: true},
		{name: "a day later", there: week, made: true, dropped: week[6:]},
		{name: "on the same day", there: append([]string{ago(23 * time.Hour)}, week...)},
		{name: "after a clock that was years ahead", there: append(slices.Clone(future), week...), made: true, dropped: append(slices.Clone(future), week[6])},
		{name: "of a damaged database", there: week, damage: true},
		{name: "beside those that were asked for", there: []string{askedName + now.Add(-100*day).Format(nameTime) + ".db", "notes.txt"}, made: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := config{DataDir: t.TempDir()}
			s, err := store.Open(t.Context(), cfg.database(), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := os.Mkdir(cfg.backups(), 0o700); err != nil {
				t.Fatal(err)
			}
			for _, name := range c.there {
				if err := os.WriteFile(filepath.Join(cfg.backups(), name), []byte("an older copy"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if c.damage {
				damagePage(t, s, cfg.database())
			}
			made, err := dailyBackup(t.Context(), cfg, s)
			if made != c.made || (err != nil) != c.damage {
				t.Fatalf("made %v, %v", made, err)
			}
			for _, name := range c.there {
				_, err := os.Stat(filepath.Join(cfg.backups(), name))
				if gone := os.IsNotExist(err); gone != slices.Contains(c.dropped, name) {
					t.Errorf("%s is gone: %v", name, gone)
				}
			}
			if again, err := dailyBackup(t.Context(), cfg, s); again || (err != nil) != c.damage {
				t.Errorf("at once another: %v, %v", again, err)
			}
		})
	}
}

// damagePage breaks a page under an open store.
func damagePage(t *testing.T, s *store.Store, path string) {
	t.Helper()
	if _, err := s.Purge(t.Context(), time.Now()); err != nil { // moves the write-ahead log
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xA5}, 4096), 5*4096); err != nil {
		t.Fatal(err)
	}
}

func TestQuotedForTheShell(t *testing.T) {
	for _, path := range []string{"/var/lib/knapp/backups/daily-20261122-203728.db", "/home/ola nordmann/it's mine.toml", "/tmp/$(reboot)"} {
		out, err := exec.Command("sh", "-c", "printf %s "+quoted(path)).Output()
		if err != nil || string(out) != path {
			t.Errorf("the shell reads %s as %q (%v)", quoted(path), out, err)
		}
	}
}
