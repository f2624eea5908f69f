package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"knapp/bridge/store"
)

// The power comes back, and goes again while the gateway settles what the first cut has left. However often that happens,
// the database opens whole, and nothing that anybody was told before the first cut is lost or doubled.
func TestPowerCutsDuringRecovery(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	worlds, cuts := times(t, "RECOVERIES", 3), times(t, "POWER", 8)
	writes, unsynced, messages := 0, 0, 0
	for range worlds {
		rec := recordLoad(t, r, 40) // anew: what is older than ten minutes is late
		j := newJudge(t, rec)
		messages += len(rec.written)
		d, err := newDisk(rec.before)
		if err != nil {
			t.Fatal(err)
		}
		// Not the first calls: there would be nothing to settle yet.
		instant := len(rec.ops)/10 + r.IntN(len(rec.ops)*9/10)
		for _, op := range rec.ops[:instant] {
			d.play(op)
		}
		left, running := inMemory(t), inMemory(t)
		how, err := d.cut(left, r)
		if err == nil {
			err = os.CopyFS(running, os.DirFS(left))
		}
		if err != nil {
			t.Fatal(err)
		}
		ops := recordStart(t, running)
		j.now = time.Now()
		writes += len(ops)
		at := rec.ops[instant].at
		cutAgain(t, left, ops, r, cuts, func(folder, again string) {
			for _, f := range j.judge(folder, at) {
				t.Errorf("cut before call %d of %d, %s; %s: %s", instant, len(rec.ops), how, again, f.what)
			}
		})
		cutAgain(t, left, asOff(ops), r, cuts, func(folder, _ string) { unsynced += len(j.judge(folder, at)) })
	}
	t.Logf("%d starts after a cut did %d calls to the disk; %d cuts in each; without a sync %d findings", worlds, writes, cuts, unsynced)
	if writes == 0 {
		t.Error("no start had anything to settle: nothing was tested")
	}
	count(t, "cut", messages, worlds*cuts)
}

// The power goes while the database is made, in any of its migrations: the next start makes it, or says in a sentence why
// it cannot.
func TestPowerCutsWhileTheDatabaseIsMade(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	before, running := inMemory(t), inMemory(t)
	ops := recordStart(t, running)
	cuts := times(t, "POWER", 40)
	refused, unsynced := map[string]int{}, 0
	cutAgain(t, before, asOff(ops), r, cuts, func(folder, _ string) {
		db, err := store.Open(context.Background(), filepath.Join(folder, "knapp.db"), store.Options{})
		if err != nil {
			unsynced++
			return
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	if unsynced == 0 {
		t.Error("these cuts damage nothing even without a single sync")
	}
	cutAgain(t, before, ops, r, cuts, func(folder, when string) {
		ctx := context.Background()
		path := filepath.Join(folder, "knapp.db")
		db, err := store.Open(ctx, path, store.Options{})
		if err != nil {
			if !errors.Is(err, store.ErrNotDatabase) && !errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrUnfinished) {
				t.Errorf("%s: no sentence says what to do: %v", when, err)
			}
			refused[err.Error()]++
			return
		}
		defer func() { _ = db.Close() }()
		if err := db.Check(ctx); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		if _, err := db.Family(ctx); err != nil {
			t.Errorf("%s: the family cannot be read: %v", when, err)
		}
		raw, err := sql.Open("sqlite3", "file:"+path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = raw.Close() }()
		var whole string
		if err := raw.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
			t.Errorf("%s: %s %v", when, whole, err)
		}
	})
	t.Logf("%d calls to the disk, %d cuts, refused: %v; without a sync %d of %d do not open", len(ops), cuts, refused, unsynced, cuts)
	if len(refused) > 0 {
		t.Error("a first start that was cut off needs a keeper")
	}
}

// cutAgain plays a recording on what a folder holds, cuts the power at seeded instants of it, and lets each state be judged.
func cutAgain(t *testing.T, before string, ops []diskOp, r *rand.Rand, cuts int, judged func(folder, when string)) {
	t.Helper()
	dir := inMemory(t)
	for i := range cuts {
		d, err := newDisk(before)
		if err != nil {
			t.Fatal(err)
		}
		instant := r.IntN(len(ops) + 1)
		for _, op := range ops[:instant] {
			d.play(op)
		}
		folder := filepath.Join(dir, fmt.Sprint(i))
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		how, err := d.cut(folder, r)
		if err != nil {
			t.Fatal(err)
		}
		judged(folder, fmt.Sprintf("then before call %d of %d of the start, %s", instant, len(ops), how))
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
}

// recordStart starts the built gateway on a data folder, with neither modem nor server, and kills it when it is ready. It
// returns what the start did to the disk.
func recordStart(t *testing.T, data string) []diskOp {
	t.Helper()
	library, err := compiled()
	if err != nil {
		t.Fatalf("compile testdata/shim.c: %v", err)
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	config := file("knapp.toml", fmt.Sprintf(`
data_dir = %q
[[modem]]
name = "main"
port = %q
number = %q
[xmpp]
mode = "component"
domain = "sms.example.org"
server = %q
secret_file = %q
[console]
listen = %q
`, data, filepath.Join(dir, "no-modem"), gatewayNumber, freeAddress(t), file("secret", "not-secret-here"), freeAddress(t)))
	s := &shim{library: library, log: filepath.Join(dir, "shim.log"), dir: data}
	gateway := &process{cmd: exec.Command(program, "run", "--config", config), log: &record{}, done: make(chan struct{})}
	gateway.cmd.Stdout, gateway.cmd.Stderr = gateway.log, gateway.log
	gateway.cmd.Env = append(os.Environ(), "LD_PRELOAD="+library, "KNAPP_SHIM_DIR="+data, "KNAPP_SHIM_LOG="+s.log)
	if err := gateway.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(gateway.done)
		_ = gateway.cmd.Wait()
	}()
	defer gateway.kill()
	end := time.Now().Add(patience)
	for {
		_, err := newClient(filepath.Join(data, "knapp.sock")).Status(t.Context())
		if err == nil {
			break
		}
		select {
		case <-gateway.done:
			t.Fatalf("the gateway does not start on what a cut has left:\n%s", gateway.log)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatalf("the gateway is not ready: %v\n%s", err, gateway.log)
		}
	}
	gateway.kill()
	return s.recorded(t)
}
