package store

import (
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func count(t *testing.T, s *Store, query string, args ...any) (n int) {
	t.Helper()
	if err := s.readers.db.QueryRowContext(t.Context(), query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Each child's log and audit log are kept for as long as its guardians have agreed to.
func TestPurgeKeepsToEachChildsRetention(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	emma, _ := d.Named("Emma")
	ola, _ := d.Named("Ola")
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.SetRetention(emma.ID, bridge.KeepMetadata, 60); err != nil {
			return err
		}
		if err := tx.SetRetention(ola.ID, bridge.KeepAudit, 90); err != nil {
			return err
		}
		for _, child := range []bridge.Person{emma, ola} {
			m := entry(policy.FromChild)
			m.Child = child.ID
			if _, err := tx.AddMessage(m); err != nil {
				return err
			}
			if err := tx.AddAudit(bridge.AuditEntry{At: noon, Who: bridge.Keeper, What: "look", Child: child.ID}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct {
		days                                 int
		emmaLog, olaLog, emmaAudit, olaAudit int
	}{
		{29, 1, 1, 1, 1}, {31, 1, 0, 1, 1}, {61, 0, 0, 1, 1}, {91, 0, 0, 1, 0}, {366, 0, 0, 0, 0},
	} {
		purge(t, s, noon.Add(time.Duration(test.days)*24*time.Hour))
		for what, want := range map[string][2]int{"message": {test.emmaLog, test.olaLog}, "audit": {test.emmaAudit, test.olaAudit}} {
			for i, child := range []policy.Person{emma.ID, ola.ID} {
				if got := count(t, s, `SELECT count(*) FROM `+what+` WHERE child = ?`, child); got != want[i] {
					t.Errorf("after %d days: %d rows of %s for child %d, want %d", test.days, got, what, child, want[i])
				}
			}
		}
	}
}

// Whoever writes ten thousand times from as many addresses leaves a thousand lines, and what is held for an answer.
func TestPurgeBoundsStrangers(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	do(t, s, func(tx bridge.Tx) error {
		for i := range 1500 {
			m := entry(policy.ToChild)
			m.Address = "x@evil.example"
			id, err := tx.AddMessage(m)
			if err != nil {
				return err
			}
			if i == 0 {
				_, err = tx.AddHeld(bridge.Held{Message: id, Direction: policy.ToChild, Address: m.Address, Text: "hei", Question: 1, At: noon})
			}
			if err != nil {
				return err
			}
		}
		_, err := tx.AddMessage(entry(policy.ToChild))
		return err
	})
	if r := purge(t, s, noon); r.Strangers != 499 {
		t.Errorf("purged: %+v", r)
	}
	if n := count(t, s, `SELECT count(*) FROM message`); n != 1002 {
		t.Errorf("%d entries are left", n)
	}
}
