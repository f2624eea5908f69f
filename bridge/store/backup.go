package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// copied is all that a copy of the database may hold: by table, the columns, each with what is written in its place
// when it is not copied as it is. What does not stand here stays out, so that a text can get into a copy only by
// being named here (promise 7).
var copied = map[string]map[string]string{
	"setting":      asTheyAre("name", "value"),
	"person":       asTheyAre("id", "kind", "name", "folded", "jid", "phone", "role", "localpart", "language", "preferred", "created", "archived_at", "confirmed"),
	"guardianship": asTheyAre("child", "guardian", "position"),
	"rule":         asTheyAre("id", "child", "contact", "key", "to_child", "from_child", "timetable", "emergency", "until", "modem"),
	"subscription": asTheyAre("child", "contact"),
	"card":         asTheyAre("leg", "child", "person", "name", "number"),
	"introduction": asTheyAre("localpart", "contact", "state", "at"),
	"message": asTheyAre("id", "at", "written", "direction", "child", "other", "address", "modem", "length", "parts", "emergency",
		"verdict", "reason", "rule", "stanza", "receipt", "resource"),
	// Whoever puts a copy in the database's place cannot know what has become of what waited then: it is Unknown, and
	// is never sent again by itself (promise 2).
	"outbox": except(asTheyAre("id", "message", "way", "address", "modem", "emergency", "verdict", "reason", "rule", "attempts", "created", "changed", "charged"),
		map[string]string{
			"state": `iif(state = 'queued', 'unknown', state)`,
			"why":   `iif(state = 'queued', '` + whyUnknown + `', why)`,
			"due":   `0`, "sending": `0`,
		}),
	"stanza": asTheyAre("leg", "kind", "sender", "recipient", "stanza_id", "delay", "refers", "condition", "language", "sent_at"),
	"segment": except(asTheyAre("leg", "n", "ref", "sending_at", "sent_at", "attempts"),
		map[string]string{"state": `iif(state IN ('queued', 'sending'), 'unknown', state)`}),
	"held":             asTheyAre("id", "message", "child", "other", "direction", "address", "modem", "until", "question", "at"),
	"spent":            asTheyAre("day", "child", "other", "parts"),
	"holiday":          asTheyAre("id", "name", "first", "last", "child"),
	"timetable":        asTheyAre("id", "name"),
	"timetable_window": asTheyAre("id", "timetable", "days", "begins", "ends"),
	"week":             asTheyAre("id", "child", "mode", "days", "begins", "ends"),
	"limits":           asTheyAre("child", "day", "month", "contact", "reserve", "storm"),
	"warned":           asTheyAre("child", "period"),
	"mute":             asTheyAre("child", "other", "by_child", "until"),
	"opened":           asTheyAre("child", "other", "until"),
	"stop":             asTheyAre("child", "other", "why", "at"),
	"lost":             asTheyAre("child", "at"),
	// An emergency of the day before is not raised again by a restored copy.
	"alarm": except(asTheyAre("id", "child", "message", "at", "drill", "rounds", "read", "taken", "via"),
		map[string]string{"taken_at": `coalesce(taken_at, at)`}),
	"drill_asked": asTheyAre("child", "at"),
	"undecided":   asTheyAre("message", "child", "corrects", "due"),
	"lately":      asTheyAre("what", "child", "other", "at"),
	"marks":       asTheyAre("person"),
	"seen_pdu":    asTheyAre("hash", "at"),
	"seen_stanza": asTheyAre("hash", "at", "message"),
	"report":      asTheyAre("id", "modem", "recipient", "ref", "scts", "at", "fate", "code"),
	"reference":   asTheyAre("number", "last"),
	"audit":       asTheyAre("id", "at", "who", "via", "what", "child", "other", "detail"),
	"question": asTheyAre("id", "code", "kind", "address", "child", "name", "opened", "latest", "count", "length", "state", "told",
		"waited", "answered", "who", "via", "contact", "previous"),
	"retention":  asTheyAre("child", "what", "days"),
	"block":      asTheyAre("address", "child", "at", "who"),
	"pending":    asTheyAre("id", "code", "kind", "child", "person", "what", "role", "days", "who", "via", "asked", "due", "state"),
	"topup":      asTheyAre("modem", "day", "who", "at", "warned"),
	"suspension": asTheyAre("person", "who", "at", "until"),
	// A guardian signs in after a restore with the password of before; it is a slow hash. Whoever had a second factor is
	// still asked for one: the codes on paper serve, since what the phone counts with is a secret and stays out.
	"account":  asTheyAre("person", "password", "second", "created"),
	"recovery": asTheyAre("person", "hash"),
	"passkey":  asTheyAre("id", "person", "record", "agent", "created", "used"),
	// How far a test came that was under way when the copy was made, nobody knows.
	"trial":            except(asTheyAre("person", "sms", "message", "at", "proven"), map[string]string{"state": `iif(state = 'queued', 'unknown', state)`}),
	"agreement":        asTheyAre("child", "who", "at", "terms"),
	"goose_db_version": asTheyAre("id", "version_id", "is_applied", "tstamp"),
}

// withheld is the rest: what is, or may hold, a text or a secret. That each column stands in one of the two lists is held by a
// test, so that a new one is thought about.
var withheld = map[string][]string{
	"part":     {"modem", "sender", "ref", "wide", "total", "round", "seq", "pdu", "at", "written"},
	"borrowed": {"id", "code", "address", "modem", "began", "said", "texts", "alarms"},
	"knock":    {"id", "message", "sender", "localpart", "resource", "stanza", "receipt", "text", "at"},
	"raw":      {"id", "message", "modem", "pdu", "reason", "at"},
	"stanza":   {"body", "text"},
	"segment":  {"tpdu"},
	"held":     {"text"},
	// What a phone was told, and must still be told, concerns legs that are Unknown in the copy.
	"undecided": {"text"},
	"answered":  {"phone", "at"},
	"passed":    {"child", "other", "way", "text", "at"},
	"notice":    {"id", "message", "phone", "text", "times", "due"},
	// What waits in a copy is never sent, so that nothing of it can be replaced.
	"replaceable": {"key", "message"},
	// Whoever finds a copy must not be able to make a code from it, and no browser is signed in to what was restored.
	"account":    {"totp", "step"},
	"session":    {"hash", "person", "created", "seen", "confirmed", "agent"},
	"invitation": {"hash", "person", "who", "via", "until"},
	"alarm":      {"text", "due"},
	"unseen":     {"message", "child", "guardian", "text", "at", "due", "doubt", "sent"},
}

// whyUnknown is what the log says of a leg that had not ended when the copy was made.
const whyUnknown = "it waited when the restored copy was made"

func asTheyAre(columns ...string) map[string]string {
	as := map[string]string{}
	for _, c := range columns {
		as[c] = c
	}
	return as
}

func except(as, others map[string]string) map[string]string {
	for c, expression := range others {
		as[c] = expression
	}
	return as
}

// CopyInfo tells what a copy is.
type CopyInfo struct {
	Made    time.Time // by the clock of the machine, in UTC
	Unknown int       // legs that had not ended when it was made
}

// Copy writes a copy of the database as it stands to a path where nothing is yet, with mode 0600, while steps go on. It
// holds the directory, the log and what was seen (as hashes), and no text of any message. It is a database that can be
// opened: then it is paused, and what waited is Unknown. After an error nothing is left at the path.
func (s *Store) Copy(ctx context.Context, path string) (CopyInfo, error) {
	info, err := copyDatabase(ctx, attachable(s.path, url.Values{"mode": {"ro"}}), path, s.now())
	if err != nil {
		return info, fmt.Errorf("store: copy to %s: %w", path, explain(err))
	}
	return info, nil
}

// attachable names a database file for ATTACH.
func attachable(path string, how url.Values) string { return dsn(path, how) }

// copyDatabase makes a copy and checks it. made is when what it holds was true.
func copyDatabase(ctx context.Context, source, path string, made time.Time) (info CopyInfo, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return info, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return info, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeDatabase(path))
		}
	}()
	if err := f.Close(); err != nil {
		return info, err
	}
	if err := fillCopy(ctx, source, path, made); err != nil {
		return info, err
	}
	if info, err = inspect(ctx, path); err != nil {
		return info, err
	}
	return info, syncFolder(filepath.Dir(path))
}

// fillCopy copies in one transaction: of the source, too, which is seen as it was at one moment.
func fillCopy(ctx context.Context, source, path string, made time.Time) (err error) {
	// No write-ahead log: a copy is one file.
	db := sql.OpenDB(connector{dsn: dsn(path, url.Values{"_journal_mode": {"DELETE"}, "_synchronous": {"FULL"}})})
	db.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `ATTACH ? AS source`, source); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // nothing is left of it but an error that is returned
	schema, err := readSchema(ctx, tx)
	if err != nil {
		return err
	}
	// Rows come before what is built over them.
	for _, table := range schema["table"] {
		if _, err := tx.ExecContext(ctx, table.sql); err != nil {
			return err
		}
		if err := copyTable(ctx, tx, table.name); err != nil {
			return fmt.Errorf("copy %s: %w", table.name, err)
		}
	}
	for _, kind := range []string{"index", "view", "trigger"} {
		for _, object := range schema[kind] {
			if _, err := tx.ExecContext(ctx, object.sql); err != nil {
				return err
			}
		}
	}
	for _, statement := range []string{
		`DELETE FROM main.sqlite_sequence`,
		`INSERT INTO main.sqlite_sequence SELECT * FROM source.sqlite_sequence`, // an id is never given twice
	} {
		if _, err := tx.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO main.setting (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, pausedSetting, []byte(made.UTC().Format(time.RFC3339)))
	if err != nil {
		return err
	}
	return tx.Commit()
}

type schemaObject struct{ name, sql string }

// readSchema returns what the source is made of, by kind.
func readSchema(ctx context.Context, tx *sql.Tx) (map[string][]schemaObject, error) {
	rows, err := tx.QueryContext(ctx, `SELECT type, name, sql FROM source.sqlite_master
		WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid`)
	if err != nil {
		return nil, err
	}
	out := map[string][]schemaObject{}
	err = walk(rows, func(scan scanner) error {
		var kind string
		var o schemaObject
		err := scan(&kind, &o.name, &o.sql)
		out[kind] = append(out[kind], o)
		return err
	})
	if err == nil && !slices.ContainsFunc(out["table"], func(o schemaObject) bool { return o.name == "setting" }) {
		err = &explained{cause: ErrNotDatabase, err: errors.New("it was not made by knapp")}
	}
	return out, err
}

// copyTable copies what may be copied of those columns that the source has: an older program had fewer.
func copyTable(ctx context.Context, tx *sql.Tx, table string) error {
	may := copied[table]
	if len(may) == 0 {
		return nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT name FROM pragma_table_info(?, 'source')`, table)
	if err != nil {
		return err
	}
	var columns, values []string
	err = walk(rows, func(scan scanner) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		if value, ok := may[name]; ok {
			columns, values = append(columns, name), append(values, value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf(`INSERT INTO main.%[1]s (%[2]s) SELECT %[3]s FROM source.%[1]s`,
		table, strings.Join(columns, ", "), strings.Join(values, ", ")))
	return err
}

// CheckCopy looks at every page of a copy and tells what it is. Its error wraps ErrDamaged, ErrNotDatabase or
// ErrUnwritable where that is the cause. It changes nothing.
func CheckCopy(ctx context.Context, path string) (CopyInfo, error) {
	info, err := inspect(ctx, path)
	if err != nil {
		return info, fmt.Errorf("store: check the copy %s: %w", path, explain(err))
	}
	return info, nil
}

// standing is how a file is read that nobody writes: without locks, and without leaving anything beside it.
var standing = url.Values{"mode": {"ro"}, "immutable": {"1"}}

func inspect(ctx context.Context, path string) (info CopyInfo, err error) {
	file, err := os.Stat(path)
	if err != nil {
		return info, err
	}
	// A copy is one file. Beside a database that was copied by hand its latest commits may lie in a second one, which
	// would be left out in silence.
	if log, err := os.Stat(path + "-wal"); err == nil && log.Size() > 0 {
		return info, fmt.Errorf("%s-wal lies beside it: it is no copy made by knapp backup, but a database in use", path)
	}
	db := sql.OpenDB(connector{dsn: attachable(path, standing)})
	defer func() { err = errors.Join(err, db.Close()) }()
	var found string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&found); err != nil {
		return info, err
	}
	if found != "ok" {
		return info, &explained{cause: ErrDamaged, err: errors.New(strings.Join(strings.Fields(found), " "))}
	}
	var orphans int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_foreign_key_check`).Scan(&orphans); err != nil {
		return info, err
	}
	if orphans > 0 {
		return info, &explained{cause: ErrDamaged, err: fmt.Errorf("%d rows refer to rows that are not there", orphans)}
	}
	var tables int
	err = db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('setting', 'person', 'outbox')`).Scan(&tables)
	if err != nil {
		return info, err
	}
	if tables < 3 {
		return info, &explained{cause: ErrNotDatabase, err: errors.New("it was not made by knapp")}
	}
	var made []byte
	err = db.QueryRowContext(ctx, `SELECT value FROM setting WHERE name = ?`, pausedSetting).Scan(&made)
	if err == nil {
		info.Made, err = time.Parse(time.RFC3339, string(made))
	} else if errors.Is(err, sql.ErrNoRows) {
		info.Made, err = file.ModTime().UTC().Truncate(time.Second), nil // the file of a stopped gateway
	}
	if err != nil {
		return info, err
	}
	return info, db.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE state = 'queued' OR why = ?`, whyUnknown).Scan(&info.Unknown)
}

// removeDatabase removes a database with what SQLite may have left beside it.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-journal", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// syncFolder makes the names in a folder last.
func syncFolder(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
