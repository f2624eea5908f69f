package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"

	"knapp/bridge"
	"knapp/bridge/store"
)

const migrationsFolder = "../../bridge/store/migrations"

// waitingInOld is how many texts and chats wait in an old database.
const waitingInOld = 40

// oldDatabase makes a database of an older schema in a folder: a family, a log, texts and chats that wait, written by the first
// schema and brought up as far as the version.
func oldDatabase(t *testing.T, folder string, version int64) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(folder, "knapp.db")+"?_journal_mode=WAL&_synchronous=FULL&_foreign_keys=true")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS(migrationsFolder), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	queries := []string{
		`INSERT INTO person (id, kind, name, folded, phone, localpart, created) VALUES (1, 'child', 'Emma', 'emma', '+4793333333', 'emma', 1)`,
		`INSERT INTO person (id, kind, name, folded, jid, role, created) VALUES (2, 'guardian', 'Mamma', 'mamma', 'mum@example.org', 'owner', 1)`,
		`INSERT INTO guardianship (child, guardian, position) VALUES (1, 2, 0)`,
		`INSERT INTO rule (child, contact, key, to_child, from_child, timetable, emergency) VALUES (1, 2, 2, 1, 1, 'always', 1)`,
	}
	at := time.Now().UnixMicro()
	for n := 1; n <= waitingInOld; n++ {
		text, chat := 2*n-1, 2*n
		queries = append(queries, fmt.Sprintf(`INSERT INTO message (id, at, direction, child, other, length, parts, emergency, verdict, reason, rule, receipt)
			VALUES (%d, %d, 'to_child', 1, 2, 3, 1, 0, 'deliver', 'rule', 1, 0)`, n, at),
			fmt.Sprintf(`INSERT INTO outbox (id, message, way, address, modem, emergency, verdict, reason, state, due, created, changed)
			VALUES (%d, %d, 'sms', '+4793333333', 'main', 0, 'deliver', 'rule', 'queued', 0, %d, %d)`, text, n, at, at),
			fmt.Sprintf(`INSERT INTO outbox (id, message, way, address, modem, emergency, verdict, reason, state, due, created, changed)
			VALUES (%d, %d, 'xmpp', 'mum@example.org', NULL, 0, 'deliver', 'gateway', 'queued', 0, %d, %d)`, chat, n, at, at),
			fmt.Sprintf(`INSERT INTO segment (leg, n, tpdu, state) VALUES (%d, 1, x'%02x%s', 'queued')`, text, n, strings.Repeat("aa", 100)),
			fmt.Sprintf(`INSERT INTO stanza (leg, kind, sender, recipient, stanza_id, body) VALUES (%d, 'chat', 'emma', 'mum@example.org', 'id%d', 'hei %d')`, chat, n, n))
	}
	for _, query := range queries {
		if _, err := db.Exec(query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if _, err := provider.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// missingInOld opens what a power cut has left of an old database, which brings it up to date, and says what of it is gone.
func missingInOld(t *testing.T, folder string) error {
	t.Helper()
	ctx := context.Background()
	path := filepath.Join(folder, "knapp.db")
	db, err := store.Open(ctx, path, store.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := db.Check(ctx); err != nil {
		return err
	}
	raw, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var whole string
	if err := raw.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil {
		return err
	}
	if whole != "ok" {
		return fmt.Errorf("integrity check: %s", whole)
	}
	var segments int
	if err := raw.QueryRow(`SELECT count(DISTINCT tpdu) FROM segment WHERE state = 'queued'`).Scan(&segments); err != nil {
		return err
	}
	// The new program may have written something of its own behind it.
	entries, err := db.Log(ctx, bridge.LogQuery{Before: waitingInOld + 1, Limit: 1000})
	if err != nil {
		return err
	}
	chats, _, err := db.QueuedStanzas(ctx, time.Now().Add(time.Hour), 1000)
	chats = slices.DeleteFunc(chats, func(q bridge.QueuedStanza) bool { return !strings.HasPrefix(q.Body, "hei ") })
	if err != nil {
		return err
	}
	if segments != waitingInOld || len(entries) != waitingInOld || len(chats) != waitingInOld {
		return fmt.Errorf("%d texts and %d chats wait, and the log has %d entries: there were %d of each", segments, len(chats), len(entries), waitingInOld)
	}
	family, err := db.Family(ctx)
	if err != nil {
		return err
	}
	if len(family.Children) != 1 || len(family.Children[0].Allow) != 1 {
		return fmt.Errorf("the family is another one: %+v", family)
	}
	return nil
}

// The power goes while a newer program brings the database of an older one up to date, from any schema that there ever was. The
// next start goes on, and nothing of what waited in it, of its log or of its family is gone.
func TestPowerCutsWhileAnOldDatabaseIsBroughtUpToDate(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	all, err := filepath.Glob(filepath.Join(migrationsFolder, "*.sql"))
	if err != nil || len(all) < 2 {
		t.Fatalf("%d migrations: %v", len(all), err)
	}
	cuts := times(t, "POWER", 6)
	unsynced, calls := 0, 0
	for _, name := range all[:len(all)-1] {
		var version int64
		if _, err := fmt.Sscanf(filepath.Base(name), "%d_", &version); err != nil {
			t.Fatal(err)
		}
		before, running := inMemory(t), inMemory(t)
		oldDatabase(t, before, version)
		if err := os.CopyFS(running, os.DirFS(before)); err != nil {
			t.Fatal(err)
		}
		ops := recordStart(t, running)
		calls += len(ops)
		cutAgain(t, before, ops, r, cuts, func(folder, when string) {
			if err := missingInOld(t, folder); err != nil {
				t.Errorf("from schema %d, %s: %v", version, when, err)
			}
		})
		cutAgain(t, before, asOff(ops), r, cuts, func(folder, _ string) {
			if missingInOld(t, folder) != nil {
				unsynced++
			}
		})
	}
	t.Logf("%d older schemas, %d calls to the disk, %d cuts in each; without a sync %d findings", len(all)-1, calls, cuts, unsynced)
	if unsynced == 0 {
		t.Error("these cuts damage nothing even without a single sync")
	}
	count(t, "cut", 2*waitingInOld*(len(all)-1), cuts*(len(all)-1))
}
