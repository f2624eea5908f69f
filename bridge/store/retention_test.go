package store

import (
	"strings"
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

// A document says for how long things are kept in the family and about one child; its export says the same, and what it
// changes is said in words.
func TestRetentionIsInTheDocument(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	f := export(t, s)
	f.Retention = bridge.RetentionDays{Held: 3, Metadata: 60}
	f.Children[0].Retention = bridge.RetentionDays{Metadata: 10}
	said := apply(t, s, f)
	for _, want := range []string{
		"change family all: kept: as usual → held 3 days, metadata 60 days",
		"change child " + f.Children[0].Name + ": kept: as usual → metadata 10 days",
	} {
		if !strings.Contains(said, want) {
			t.Errorf("it is said:\n%s\nwant %s", said, want)
		}
	}
	out := export(t, s)
	if out.Retention != f.Retention || out.Children[0].Retention != f.Children[0].Retention || out.Children[1].Retention != (bridge.RetentionDays{}) {
		t.Errorf("exported: %+v %+v", out.Retention, out.Children)
	}
	if again := apply(t, s, out); again != "" {
		t.Errorf("the export changes: %s", again)
	}
	d := directory(t, s)
	for i, want := range [][3]int{{3, 10, 365}, {3, 60, 365}} {
		child, _ := d.Named(f.Children[i].Name)
		var got [3]int
		do(t, s, func(tx bridge.Tx) (err error) {
			for j, what := range bridge.AllRetained {
				if got[j], err = tx.Retention(child.ID, what); err != nil {
					return err
				}
			}
			return nil
		})
		if got != want {
			t.Errorf("%s: %v, want %v", child.Name, got, want)
		}
	}
}

// What concerns no child, and children of whom nothing else was said, are kept for as long as the family's document says.
func TestPurgeKeepsToTheFamilysRetention(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	emma, _ := d.Named("Emma")
	f := export(t, s)
	f.Retention = bridge.RetentionDays{Metadata: 60}
	apply(t, s, f)
	do(t, s, func(tx bridge.Tx) error {
		for _, child := range []policy.Person{emma.ID, 0} {
			m := entry(policy.FromChild)
			if m.Child = child; child == 0 {
				m.Address = "+4795555555"
			}
			if _, err := tx.AddMessage(m); err != nil {
				return err
			}
		}
		return nil
	})
	for _, test := range []struct{ days, want int }{{59, 2}, {61, 0}} {
		purge(t, s, noon.Add(time.Duration(test.days)*24*time.Hour))
		if got := count(t, s, `SELECT count(*) FROM message`); got != test.want {
			t.Errorf("after %d days: %d entries, want %d", test.days, got, test.want)
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
