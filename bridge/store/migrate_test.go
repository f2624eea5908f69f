package store

import (
	"database/sql"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A database of the first schema, with a family, a log and a queue in it, keeps all of it, and can hold messages then.
func TestTheFirstSchemaIsBroughtUpToDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "knapp.db")
	db := sql.OpenDB(connector{dsn: writerDSN(path)})
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, folder, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := provider.UpTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	for _, query := range strings.Split(`
		INSERT INTO person (id, kind, name, folded, phone, localpart, created) VALUES (1, 'child', 'Emma', 'emma', '+4793333333', 'emma', 1);
		INSERT INTO person (id, kind, name, folded, jid, role, created) VALUES (2, 'guardian', 'Mamma', 'mamma', 'mum@example.org', 'owner', 1);
		INSERT INTO guardianship (child, guardian, position) VALUES (1, 2, 0);
		INSERT INTO rule (child, contact, key, to_child, from_child, timetable, emergency) VALUES (1, 2, 2, 1, 1, 'always', 1);
		INSERT INTO message (id, at, direction, child, other, length, parts, emergency, verdict, reason, rule, receipt)
			VALUES (1, 1, 'to_child', 1, 2, 3, 1, 0, 'deliver', 'rule', 1, 0), (2, 2, 'to_child', NULL, NULL, 3, 1, 0, 'refuse', 'stranger', NULL, 0);
		INSERT INTO outbox (id, message, way, address, modem, emergency, verdict, reason, state, due, created, changed)
			VALUES (1, 1, 'sms', '+4793333333', 'main', 0, 'deliver', 'rule', 'queued', 0, 1, 1), (2, 1, 'xmpp', 'mum@example.org', NULL, 0, 'deliver', 'gateway', 'queued', 0, 1, 1);
		INSERT INTO segment (leg, n, tpdu, state) VALUES (1, 1, x'01', 'queued');
		INSERT INTO stanza (leg, kind, sender, recipient, stanza_id, body) VALUES (2, 'chat', 'emma', 'mum@example.org', 'a', 'hei')`, ";\n") {
		if _, err := db.Exec(query); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}

	s := open(t, path)
	entries, err := s.Log(t.Context(), bridge.LogQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 2 || entries[1].Verdict != "deliver" || entries[0].Verdict != "refuse" || len(entries[1].Legs) != 2 {
		t.Errorf("the log is another one: %+v", entries)
	}
	seg, ok, _, err := s.NextSegment(t.Context(), "main", noon)
	if err != nil || !ok || len(seg.TPDU) != 1 {
		t.Errorf("what waited to be sent does not any more: %+v %v %v", seg, ok, err)
	}
	stanzas, _, err := s.QueuedStanzas(t.Context(), noon, 10)
	if err != nil || len(stanzas) != 1 || stanzas[0].Body != "hei" {
		t.Errorf("the chat that waited: %+v %v", stanzas, err)
	}
	d := directory(t, s)
	if rule, ok := d.Rules.Rule(1, 2); !ok || rule.Key != 2 || rule.When != policy.Always {
		t.Errorf("the rule is another one: %+v", rule)
	}
	do(t, s, func(tx bridge.Tx) error {
		v := policy.Verdict{Action: policy.Hold, Reason: policy.ClosedNow}
		id, err := tx.AddMessage(bridge.Message{At: noon, Direction: policy.ToChild, Child: 1, Other: 2, Verdict: v})
		if err != nil {
			return err
		}
		_, err = tx.AddHeld(bridge.Held{Message: id, Child: 1, Other: 2, Direction: policy.ToChild, Text: "hei", At: noon})
		return err
	})
	for _, wrong := range []string{
		`UPDATE message SET verdict = 'perhaps'`, `UPDATE outbox SET verdict = 'perhaps'`, `UPDATE message SET verdict = NULL`,
	} {
		if _, err := s.writer.exec(wrong); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
}
