package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// secret marks every text that a message brings; it is also looked for as UTF-16 and in hex, as a PDU has it.
const secret = "hemmelighetskremmer"

// lived is a database in which everything that can hold a text holds one.
func lived(t *testing.T) (s *Store, waits []bridge.LegID) {
	t.Helper()
	s = openNew(t)
	withFamily(t, s)
	waits = []bridge.LegID{
		addSMS(t, s, emma, false, secret+" first", secret+" second"),
		addSMS(t, s, emma, false, secret+" in the air"),
		addChat(t, s, "id-waits", mum, secret+" waits"),
	}
	do(t, s, func(tx bridge.Tx) error { return tx.MarkSending(waits[1], 1, noon) })
	sent := addChat(t, s, "id-sent", mum, secret+" sent")
	taken := addSMS(t, s, emma, false, secret+" taken")
	send(t, s, taken, 1, 7, noon)
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.StanzasSent([]bridge.LegID{sent}, noon); err != nil {
			return err
		}
		m, err := tx.AddMessage(entry(policy.FromChild))
		if err != nil {
			return err
		}
		if err := tx.KeepRaw(m, modem, "0791"+hex.EncodeToString([]byte(secret)), "odd", noon); err != nil {
			return err
		}
		if _, err := tx.NewPDU(modem, "07914455"+hex.EncodeToString([]byte(secret)), noon); err != nil {
			return err
		}
		chat := bridge.Chat{From: mum, To: "emma", ID: "seen", Body: secret + " seen", At: noon}
		if _, err := tx.NewStanza(chat, m); err != nil {
			return err
		}
		_, err = tx.AddPart(bridge.PartKey{Modem: modem, From: emma, Ref: 3, Total: 2}, 1, hex.EncodeToString([]byte(secret)), noon, noon)
		if err != nil {
			return err
		}
		_, err = tx.AddLeg(bridge.Leg{Message: m, Verdict: passed, Stanza: &bridge.Stanza{
			Kind: bridge.ErrorStanza, From: "emma", To: mum, ID: "id-error", Refers: "x", Condition: "gone", Text: secret + " in an error",
		}}, noon)
		return err
	})
	return s, waits
}

// holdsSecret tells whether the text stands in a file in any dress.
func holdsSecret(t *testing.T, path string) bool {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var wide []byte
	for _, c := range []byte(secret) {
		wide = append(wide, 0, c)
	}
	plain := hex.EncodeToString([]byte(secret))
	return slices.ContainsFunc([][]byte{[]byte(secret), wide, []byte(plain), []byte(strings.ToUpper(plain))}, func(b []byte) bool {
		return bytes.Contains(content, b)
	})
}

// Promise 7: a copy holds who, when and what became of it, and no text. The database itself, which has the same rows,
// shows that the test would see one.
func TestCopyHoldsNoText(t *testing.T) {
	s, waits := lived(t)
	path := filepath.Join(t.TempDir(), "copy.db")
	info, err := s.Copy(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Unknown != len(waits)+1 || !info.Made.Equal(noon) { // and the error stanza
		t.Errorf("%+v", info)
	}
	if !holdsSecret(t, s.path+"-wal") && !holdsSecret(t, s.path) {
		t.Fatal("the database has no text either: this test sees nothing")
	}
	if holdsSecret(t, path) {
		t.Error("the copy holds a text")
	}
	stat, err := os.Stat(path)
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", stat.Mode(), err)
	}
	beside, err := filepath.Glob(path + "?*")
	if err != nil || len(beside) > 0 {
		t.Errorf("beside the copy lies %v (%v)", beside, err)
	}
	if _, err := s.Copy(t.Context(), path); err == nil {
		t.Error("a copy was made over another")
	}
	if checked, err := CheckCopy(t.Context(), path); err != nil || checked != info {
		t.Errorf("CheckCopy = %+v, %v; made was %+v", checked, err, info)
	}
}

// Every column of the schema is said to be one that a copy holds or one that it does not. Whoever adds a column says of
// it here which it is; until then it stays out.
func TestEveryColumnIsJudged(t *testing.T) {
	s := openNew(t)
	rows, err := s.readers.db.QueryContext(t.Context(), `SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c
		WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\_%' ESCAPE '\'`)
	if err != nil {
		t.Fatal(err)
	}
	there := map[string][]string{}
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			t.Fatal(err)
		}
		there[table] = append(there[table], column)
		_, in := copied[table][column]
		if out := slices.Contains(withheld[table], column); in == out {
			t.Errorf("%s.%s: can it hold a text of a message? Then add it to withheld in backup.go, else to copied", table, column)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	for table, columns := range copied {
		for column := range columns {
			if !slices.Contains(there[table], column) {
				t.Errorf("%s.%s is not in the schema", table, column)
			}
		}
	}
}

// What is restored is all that the copy held; it sends nothing until it is told to, and what waited then never.
func TestRestore(t *testing.T) {
	s, waits := lived(t)
	folder := t.TempDir()
	backup := filepath.Join(folder, "copy.db")
	if _, err := s.Copy(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "knapp.db")
	damaged := bytes.Repeat([]byte("rubbish "), 1000)
	for name, content := range map[string][]byte{path: damaged, path + "-wal": []byte("a log")} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Restore(t.Context(), backup, path, Options{Now: func() time.Time { return noon.Add(time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	if want := path + "-aside-20260514-130000"; r.Aside != want {
		t.Errorf("what was there is kept as %q, not %q", r.Aside, want)
	}
	for name, content := range map[string]string{r.Aside: string(damaged), r.Aside + "-wal": "a log"} {
		if kept, err := os.ReadFile(name); err != nil || string(kept) != content {
			t.Errorf("%s is not what was there: %v", name, err)
		}
	}
	again := open(t, path)
	if at, paused := again.Paused(); !paused || !at.Equal(noon) {
		t.Errorf("Paused() = %v, %v", at, paused)
	}
	if d, err := again.Directory(t.Context()); err != nil || !knows(d, emma) {
		t.Errorf("the family is not there: %v", err)
	}
	for _, leg := range waits {
		if got := stateOf(t, again, leg); got != bridge.Unknown {
			t.Errorf("a leg that waited is %s", got)
		}
	}
	do(t, again, func(tx bridge.Tx) error {
		fresh, err := tx.NewPDU(modem, "07914455"+hex.EncodeToString([]byte(secret)), noon)
		if fresh {
			t.Error("a PDU that was seen before the copy is taken for new")
		}
		return err
	})
	// A report for a text that the network had taken still finds it.
	if o := report(t, again, bridge.Report{PDU: "r", To: emma, Ref: 7, Fate: bridge.Arrived, At: noon.Add(time.Minute)}); o.State != bridge.Delivered {
		t.Errorf("a report after the restore leads to %+v", o)
	}
	late := addSMS(t, again, emma, false, "late")
	addChat(t, again, "id-late", mum, "late")
	if got := next(t, again, noon); got != "" {
		t.Errorf("a paused store sends %q", got)
	}
	if list, _, err := again.QueuedStanzas(t.Context(), noon, 10); err != nil || len(list) > 0 {
		t.Errorf("a paused store sends %v (%v)", list, err)
	}
	if err := again.Resume(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := next(t, again, noon); got != "late" {
		t.Errorf("after the pause %q is next, and not what came meanwhile (leg %d)", got, late)
	}
	if list, _, err := again.QueuedStanzas(t.Context(), noon, 10); err != nil || len(list) != 1 || list[0].ID != "id-late" {
		t.Errorf("after the pause %v waits (%v)", list, err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if _, paused := open(t, path).Paused(); paused {
		t.Error("the pause does not end for good")
	}
}

func knows(d *bridge.Directory, phone bridge.Phone) bool {
	_, ok := d.ByPhone(phone)
	return ok
}

// What is no good copy is refused, and then nothing of what was there is touched.
func TestRestoreRefuses(t *testing.T) {
	s, _ := lived(t)
	folder := t.TempDir()
	good := filepath.Join(folder, "good.db")
	if _, err := s.Copy(t.Context(), good); err != nil {
		t.Fatal(err)
	}
	image, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	broken := append([]byte(nil), image...)
	for i := 5 * 4096; i < 6*4096; i++ {
		broken[i] ^= 0xA5
	}
	write := func(name string, content []byte) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	inUse := write("in-use.db", image)
	write("in-use.db-wal", []byte("commits"))
	for _, c := range []struct {
		name, path string
		cause      error
	}{
		{"a damaged copy", write("broken.db", broken), ErrDamaged},
		{"half a copy", write("half.db", image[:len(image)/2]), ErrDamaged},
		{"something else", write("letter.txt", bytes.Repeat([]byte("Dear all, "), 900)), ErrNotDatabase},
		{"nothing in it", write("empty.db", nil), ErrNotDatabase},
		{"no file", filepath.Join(folder, "none.db"), os.ErrNotExist},
		{"a database in use", inUse, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := write("knapp.db", []byte("what was there"))
			_, err := Restore(t.Context(), c.path, path, Options{})
			if err == nil || c.cause != nil && !errors.Is(err, c.cause) {
				t.Errorf("the error is %v", err)
			}
			if kept, err := os.ReadFile(path); err != nil || string(kept) != "what was there" {
				t.Errorf("what was there is %q now (%v)", kept, err)
			}
			if left, _ := filepath.Glob(path + "-*"); len(left) > 0 {
				t.Errorf("%v was left", left)
			}
		})
	}
}

// The database of a stopped gateway, copied by hand, can be restored, and brings no text back.
func TestRestoreFromTheDatabaseItself(t *testing.T) {
	s, waits := lived(t)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !holdsSecret(t, s.path) {
		t.Fatal("this test sees nothing")
	}
	path := filepath.Join(t.TempDir(), "knapp.db")
	r, err := Restore(t.Context(), s.path, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Aside != "" {
		t.Errorf("nothing was there, and %s was kept", r.Aside)
	}
	if holdsSecret(t, path) {
		t.Error("a text came back")
	}
	again := open(t, path)
	if _, paused := again.Paused(); !paused {
		t.Error("it is not paused")
	}
	for _, leg := range waits {
		if got := stateOf(t, again, leg); got != bridge.Unknown {
			t.Errorf("a leg that waited is %s", got)
		}
	}
}

// The power goes while a restore puts the copy in its place: nobody goes on with half of a database, and the restore
// can be done again.
func TestRestoreCutOff(t *testing.T) {
	s, _ := lived(t)
	folder := t.TempDir()
	backup := filepath.Join(folder, "copy.db")
	if _, err := s.Copy(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "knapp.db")
	for _, name := range []string{path, path + unfinished, path + "-restoring"} {
		if err := os.WriteFile(name, []byte("as it was left"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Open(t.Context(), path, Options{}); !errors.Is(err, ErrUnfinished) {
		t.Errorf("Open: %v", err)
	}
	r, err := Restore(t.Context(), backup, path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := os.ReadFile(r.Aside); err != nil || string(kept) != "as it was left" {
		t.Errorf("what was there was not kept: %v", err)
	}
	open(t, path)
}

// A copy is of one moment, however much is committed meanwhile.
func TestCopyIsOfOneMoment(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			select {
			case <-stop:
				return
			default:
				addChat(t, s, rand.Text(), mum, "hei")
			}
		}
	}()
	for range 10 {
		path := filepath.Join(t.TempDir(), "copy.db")
		if _, err := s.Copy(t.Context(), path); err != nil { // which looks for rows that refer to nothing
			t.Error(err)
		}
	}
	close(stop)
	<-stopped
}
