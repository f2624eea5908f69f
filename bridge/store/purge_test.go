package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// inFiles tells whether a text stands in any of the database's files.
func inFiles(t *testing.T, s *Store, text string) bool {
	t.Helper()
	files, err := filepath.Glob(s.path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files: %v %v", files, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(text)) {
			return true
		}
	}
	return false
}

func purge(t testing.TB, s *Store, now time.Time) PurgeResult {
	t.Helper()
	r, err := s.Purge(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if !r.LogTruncated {
		t.Fatal("the write-ahead log was not emptied")
	}
	return r
}

// TestTextIsGoneFromTheFiles holds promise 7 against the bytes on the disk: a text is there as long as a leg of
// it may need it, and then in no file any more.
func TestTextIsGoneFromTheFiles(t *testing.T) {
	long := strings.Repeat("a secret that fills pages of its own ", 300) // more than a page: overflow pages
	for _, test := range []struct {
		name string
		add  func(*testing.T, *Store, string) bridge.LegID
		end  func(bridge.Tx, bridge.LegID) error
		wait time.Duration // until it must be gone
	}{
		{"SMS that was taken", sms, func(tx bridge.Tx, leg bridge.LegID) error {
			_, err := tx.MarkSent(leg, 1, 1, noon)
			return err
		}, 0},
		{"SMS that failed", sms, func(tx bridge.Tx, leg bridge.LegID) error {
			_, err := tx.FinishSMS(leg, bridge.Failed, "", noon)
			return err
		}, 0},
		{"SMS that nobody knows about", sms, func(tx bridge.Tx, leg bridge.LegID) error {
			_, err := tx.FinishSMS(leg, bridge.Unknown, "", noon)
			return err
		}, 0},
		{"chat that was delivered", chat, func(tx bridge.Tx, leg bridge.LegID) error {
			return tx.FinishStanza(leg, bridge.Delivered, "", noon)
		}, 0},
		{"chat that failed", chat, func(tx bridge.Tx, leg bridge.LegID) error {
			return tx.FinishStanza(leg, bridge.Failed, "", noon)
		}, 0},
		{"chat that the server has", chat, func(tx bridge.Tx, leg bridge.LegID) error {
			return tx.StanzasSent([]bridge.LegID{leg}, noon)
		}, 10 * time.Minute},
		{"message that nobody could read", raw, func(bridge.Tx, bridge.LegID) error { return nil }, 7 * 24 * time.Hour},
	} {
		for _, text := range []string{"kjempehemmelig", long} {
			t.Run(test.name, func(t *testing.T) {
				s := openNew(t)
				// Neighbours on the same pages, so that the page is not simply given back.
				addChat(t, s, "before", mum, "something else")
				leg := test.add(t, s, text)
				addChat(t, s, "after", mum, "something else")
				probe := text[len(text)-14:]
				if !inFiles(t, s, probe) {
					t.Fatal("the text is in no file while it is needed: this test cannot fail")
				}
				purge(t, s, noon)
				if !inFiles(t, s, probe) {
					t.Fatal("the text is gone while it is needed")
				}
				do(t, s, func(tx bridge.Tx) error { return test.end(tx, leg) })
				if test.wait > 0 {
					purge(t, s, noon.Add(test.wait-time.Second))
					if !inFiles(t, s, probe) {
						t.Fatal("the text is gone before its time")
					}
				}
				purge(t, s, noon.Add(test.wait))
				if inFiles(t, s, probe) {
					t.Fatal("the text is still in a file")
				}
			})
		}
	}
}

func sms(t *testing.T, s *Store, text string) bridge.LegID { return addSMS(t, s, emma, false, text) }

func chat(t *testing.T, s *Store, text string) bridge.LegID { return addChat(t, s, "x", mum, text) }

func raw(t *testing.T, s *Store, text string) bridge.LegID {
	do(t, s, func(tx bridge.Tx) error { return tx.KeepRaw(1, modem, text, "odd", noon) })
	return 0
}

func TestTextOfADroppedStanzaCannotBeSentAgain(t *testing.T) {
	s := openNew(t)
	leg := addChat(t, s, "a", mum, "hei")
	do(t, s, func(tx bridge.Tx) error { return tx.StanzasSent([]bridge.LegID{leg}, noon) })
	if r := purge(t, s, noon.Add(10*time.Minute)); r.Texts != 1 {
		t.Fatalf("purged: %+v", r)
	}
	err := s.Do(t.Context(), func(tx bridge.Tx) error { return tx.RetryStanza(leg, noon, "late") })
	if !errors.Is(err, bridge.ErrTextGone) {
		t.Fatalf("retry: %v", err)
	}
	if got, _ := queued(t, s, noon.Add(time.Hour), 9); got != "[]" {
		t.Fatalf("queued: %s", got)
	}
}

func TestPurgeOfTheLog(t *testing.T) {
	s := openNew(t)
	done := addSMS(t, s, emma, false, "a")
	addSMS(t, s, emma, false, "waits")
	send(t, s, done, 1, 1, noon)
	c := bridge.Chat{From: mum, To: "emma", ID: "1", Body: "hei", At: noon}
	do(t, s, func(tx bridge.Tx) error {
		must[bool](t)(tx.NewPDU(modem, "00", noon))
		must[bool](t)(tx.NewStanza(c, 1))
		must[bridge.Outcome](t)(tx.TakeReport(bridge.Report{Modem: "x", To: emma, At: noon, Fate: bridge.Arrived}))
		return nil
	})
	if r := purge(t, s, noon.Add(59*time.Minute)); r != (PurgeResult{LogTruncated: true}) {
		t.Errorf("within the hour: %+v", r)
	}
	if r := purge(t, s, noon.Add(25*time.Hour)); r != (PurgeResult{Reports: 1, Seen: 1, LogTruncated: true}) {
		t.Errorf("after a day: %+v", r)
	}
	if r := purge(t, s, noon.Add(31*24*time.Hour)); r != (PurgeResult{Seen: 1, Messages: 1, LogTruncated: true}) {
		t.Errorf("after a month: %+v", r)
	}
	log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 10}))
	if len(log) != 1 || log[0].Legs[0].State != bridge.Queued {
		t.Errorf("what waits must stay: %+v", log)
	}
	for _, table := range []string{"outbox", "segment"} {
		var n int
		if err := s.readers.db.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 1 {
			t.Errorf("%s has %d rows: %v", table, n, err)
		}
	}
}

// A clock that is set far ahead makes what came a moment ago look as if it had been kept for long enough; its errors and
// reports are still to come.
func TestPurgeLeavesTheLogAloneAfterAJump(t *testing.T) {
	clock, passed := noon, time.Duration(0)
	path := filepath.Join(t.TempDir(), "knapp.db")
	again := func() *Store {
		return must[*Store](t)(Open(t.Context(), path, Options{
			Now: func() time.Time { return clock }, Uptime: func() time.Duration { return passed },
		}))
	}
	later := func(by time.Duration) { clock, passed = clock.Add(by), passed+by }
	s := again()
	leg := addChat(t, s, "one", mum, "hei")
	do(t, s, func(tx bridge.Tx) error { return tx.StanzasSent([]bridge.LegID{leg}, clock) })
	clock = clock.Add(400 * testDay)
	later(20 * time.Minute)
	if r := purge(t, s, clock); r.Messages != 0 {
		t.Errorf("%d entries are gone at once", r.Messages)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = again()
	if r := purge(t, s, clock); r.Messages != 0 {
		t.Errorf("%d entries are gone after a restart", r.Messages)
	}
	later(logRests)
	if r := purge(t, s, clock); r.Messages != 1 {
		t.Errorf("%d entries are gone when nothing can come any more", r.Messages)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What an emergency that nobody has taken is about is needed for the next alert, however old it is.
func TestPurgeKeepsWhatIsStillAlarmedAbout(t *testing.T) {
	s := openNew(t)
	emma, _ := withFamily(t, s).Named("Emma")
	var id bridge.MessageID
	var open bridge.Alarm
	do(t, s, func(tx bridge.Tx) (err error) {
		m := entry(policy.FromChild)
		m.At, m.Child = noon, emma.ID
		if id, err = tx.AddMessage(m); err != nil {
			return err
		}
		open = bridge.Alarm{Child: emma.ID, Message: id, Text: "SOS", At: noon}
		open.ID, err = tx.AddAlarm(open)
		return err
	})
	if r := purge(t, s, noon.Add(400*testDay)); r.Messages != 0 {
		t.Error("the entry of an open emergency is gone")
	}
	open.TakenAt, open.Text = noon, ""
	do(t, s, func(tx bridge.Tx) error { return tx.SaveAlarm(open) })
	if r := purge(t, s, noon.Add(401*testDay)); r.Messages != 1 {
		t.Error("the entry of an emergency that was taken is kept")
	}
}

func TestPurgeInBatches(t *testing.T) {
	s := openNew(t)
	const n = 2*purgeBatch + 1
	do(t, s, func(tx bridge.Tx) error {
		for range n {
			must[bridge.MessageID](t)(tx.AddMessage(entry(policy.ToChild)))
		}
		return nil
	})
	if r := purge(t, s, noon.Add(31*24*time.Hour)); r.Messages != n {
		t.Errorf("purged %d of %d", r.Messages, n)
	}
}
