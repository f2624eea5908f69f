package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/store"
	"knapp/modem"
	"knapp/modem/tpdu"
)

// Every vector goes the way of a received message: what cannot be read is logged as such and kept to the letter,
// and nothing of all this comes from anybody that a child knows, so nothing is relayed.
func TestVectorsAreTakenOrKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "knapp.db")
	db, err := store.Open(t.Context(), path, store.Options{Log: quiet, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	relay, err := bridge.New(bridge.Options{
		Store: db, Texts: texts{}, Log: quiet, Now: time.Now, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	in := inbox{relay: relay, numbers: numbers{country: "NO"}}
	vectors, err := os.Open("../../modem/tpdu/testdata/vectors.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = vectors.Close() }()
	unread := map[string]bool{}
	rows := 0
	for lines := bufio.NewScanner(vectors); lines.Scan(); rows++ {
		var row struct{ ID, PDU string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		r := modem.Received{Modem: "main", PDU: row.PDU, At: time.Now(), Index: -1}
		r.Message, r.Err = tpdu.Decode(row.PDU)
		if r.Err != nil || r.Message.Deliver == nil && r.Message.Report == nil {
			unread[row.PDU] = true
		}
		if err := in.Take(t.Context(), r); err != nil {
			t.Errorf("%s was not taken: %v", row.ID, err)
		}
	}
	if rows != 183 {
		t.Errorf("%d vectors, not 183", rows)
	}
	entries, err := db.Log(t.Context(), bridge.LogQuery{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	logged := 0
	for _, e := range entries {
		// Nobody of them is in the family: a text waits for a guardian's word at most.
		if e.Verdict != "refuse" && e.Verdict != "ask" || len(e.Legs) > 0 {
			t.Errorf("relayed: %+v", e)
		}
		if e.Reason == policy.Unreadable {
			logged++
		}
	}
	raw, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	kept, err := raw.Query(`SELECT pdu FROM raw`)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	n := 0
	for ; kept.Next(); n++ {
		var pdu string
		if err := kept.Scan(&pdu); err != nil {
			t.Fatal(err)
		}
		if !unread[strings.TrimSpace(pdu)] && !unread[pdu] {
			t.Errorf("%s is kept and was readable", pdu)
		}
	}
	if err := kept.Err(); err != nil {
		t.Fatal(err)
	}
	if n < len(unread) || logged < len(unread) {
		t.Errorf("%d of %d unreadable messages are kept, %d are in the log", n, len(unread), logged)
	}
	t.Logf("%d vectors, %d unreadable and kept, %d log entries", rows, n, len(entries))
}
