package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/warthog618/sms"
	mobile "github.com/warthog618/sms/encoding/tpdu"

	"knapp/bridge"
	"knapp/bridge/store"
	"knapp/cmd/knapp/ordeal"
	"knapp/modem"
	"knapp/modem/tpdu"
)

// seeded returns a generator whose seed is printed, and can be given again as SEED.
func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("SEED"); given != "" {
		var err error
		if seed, err = strconv.ParseUint(given, 10, 64); err != nil {
			t.Fatalf("SEED: %v", err)
		}
	}
	t.Logf("SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// times returns how often something is done: by default, or as the environment says.
func times(t *testing.T, name string, normally int) int {
	t.Helper()
	given := os.Getenv(name)
	if given == "" {
		return normally
	}
	n, err := strconv.Atoi(given)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is no count", name, given)
	}
	return n
}

// count writes down for .ci/soak how much was done.
func count(t *testing.T, what string, messages, times int) {
	t.Helper()
	name := os.Getenv("COUNTS")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmt.Fprintln(f, what, messages, times)
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// The power goes at any moment of a mixed load. Whatever the disk kept of what was not synced, the database opens
// whole, and nothing that anybody was told is lost or doubled. The same load without the syncs that
// synchronous=NORMAL and OFF leave out must break that, or these tests see nothing.
func TestPowerCuts(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	rec := recordLoad(t, r, 100)
	cuts := times(t, "POWER", 150)
	moved := 0
	for _, op := range rec.ops {
		if op.file == fileDB && op.kind == opWritten {
			moved++
		}
	}
	t.Logf("%d messages, %d TPDUs received, %d things told, %d calls to the disk, %d of them into the database itself",
		len(rec.written), len(rec.incoming), len(rec.evidence), len(rec.ops), moved)

	t.Run("FULL", func(t *testing.T) {
		found := rec.cutPower(t, rec.ops, r, cuts)
		count(t, "cut", len(rec.written), cuts)
		for _, f := range found[:min(len(found), 10)] {
			t.Errorf("%s: %s", f.when, f.what)
		}
		if len(found) > 0 {
			t.Errorf("%d findings in %d cuts", len(found), cuts)
		}
	})
	for mode, syncs := range map[string][]diskOp{"NORMAL": asNormal(rec.ops), "OFF": asOff(rec.ops)} {
		t.Run(mode, func(t *testing.T) {
			damaged, broken := 0, map[ordeal.Promise]int{}
			found := rec.cutPower(t, syncs, r, 50)
			for _, f := range found {
				if f.damaged {
					damaged++
				} else {
					broken[f.promise]++
				}
			}
			t.Logf("%d findings: %d times damaged; by promise: %v", len(found), damaged, broken)
			if broken[ordeal.NothingIsLost]+broken[ordeal.NothingIsDoubled] == 0 {
				t.Error("these cuts lose and double nothing even without the syncs")
			}
			if mode == "OFF" && damaged == 0 {
				t.Error("these cuts damage nothing even without a single sync")
			}
		})
	}
}

// asOff is what a recording would have been with synchronous=OFF.
func asOff(ops []diskOp) []diskOp {
	return slices.DeleteFunc(slices.Clone(ops), func(op diskOp) bool {
		return op.kind == opSyncBegun || op.kind == opSyncEnded
	})
}

// asNormal is what a recording would have been with synchronous=NORMAL: the write-ahead log is synced only behind a
// new header and before its pages are moved into the database.
func asNormal(ops []diskOp) []diskOp {
	var out []diskOp
	var frames bool // the log has frames since its header
	for i, op := range ops {
		switch {
		case op.file == fileWAL && op.kind == opWritten:
			frames = op.offset != 0
		case op.file == fileWAL && op.kind == opSyncBegun && frames && !movesPages(ops[i+1:]),
			op.file == fileWAL && op.kind == opSyncEnded && frames && !movesPages(ops[i+1:]):
			continue
		}
		out = append(out, op)
	}
	return out
}

// movesPages tells whether the next write goes into the database, so that a sync before it belongs to a checkpoint.
func movesPages(ops []diskOp) bool {
	for _, op := range ops {
		switch {
		case op.kind == opSyncBegun:
			return false
		case op.kind == opWritten:
			return op.file == fileDB
		}
	}
	return false
}

// finding is a promise that did not survive a power cut.
type finding struct {
	when, what string
	damaged    bool // the database did not open, or not whole
	promise    ordeal.Promise
}

// cutPower plays a recording and cuts the power at seeded instants of it, half of them right after somebody was told
// something, or the modem told to forget something.
func (rec *recording) cutPower(t *testing.T, ops []diskOp, r *rand.Rand, cuts int) (found []finding) {
	t.Helper()
	var told, deleted []int64
	for _, e := range rec.evidence {
		told = append(told, e.at)
	}
	for _, in := range rec.incoming {
		deleted = append(deleted, in.deleted)
	}
	instants := make([]int, cuts) // how many operations were done
	for i := range instants {
		instants[i] = r.IntN(len(ops) + 1)
		if i%4 > 1 {
			after := [][]int64{2: told, 3: deleted}[i%4]
			instants[i], _ = slices.BinarySearchFunc(ops, after[r.IntN(len(after))], func(op diskOp, at int64) int { return int(op.at - at) })
		}
	}
	slices.Sort(instants)
	j := newJudge(t, rec)
	d, err := newDisk(rec.before)
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	for _, instant := range instants {
		for ; done < instant; done++ {
			d.play(ops[done])
		}
		at := int64(1<<63 - 1)
		if instant < len(ops) {
			at = ops[instant].at
		}
		folder := filepath.Join(j.dir, "state")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		how, err := d.cut(folder, r)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range j.judge(folder, at) {
			f.when = fmt.Sprintf("cut before call %d of %d, %s", instant, len(ops), how)
			found = append(found, f)
		}
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
	return found
}

// judge opens what a disk kept, does what the gateway would do, and asks the ledger.
type judge struct {
	t         *testing.T
	rec       *recording
	dir       string
	config    config
	messageOf map[*incoming]string
	writtenAt map[string]int64 // by the message's name
	now       time.Time        // at which the power comes back; a slow test must make no text late
}

// inMemory is a folder for states that are opened and thrown away: hundreds of them, each synced many times, are what such
// a test takes its time for on a disk.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "knapp-")
	if err != nil {
		return t.TempDir() // there is no such place here
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func newJudge(t *testing.T, rec *recording) *judge {
	t.Helper()
	c, err := loadConfig(rec.config)
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{t: t, rec: rec, dir: inMemory(t), config: c, messageOf: rec.messageOf(t), writtenAt: map[string]int64{}, now: time.Now()}
	for _, m := range rec.written {
		j.writtenAt[m.Name] = m.at
	}
	return j
}

func (j *judge) clock() time.Time { return j.now }

func (j *judge) judge(folder string, at int64) []finding {
	ctx := context.Background()
	path := filepath.Join(folder, "knapp.db")
	damage := func(err error) []finding { return []finding{{what: err.Error(), damaged: true}} }
	db, err := store.Open(ctx, path, store.Options{Now: j.clock})
	if err != nil {
		return damage(err)
	}
	defer func() { _ = db.Close() }()
	raw, err := sql.Open("sqlite3", "file:"+path)
	if err != nil {
		j.t.Fatal(err)
	}
	defer func() { _ = raw.Close() }()
	var whole string
	if err := raw.QueryRow("PRAGMA integrity_check").Scan(&whole); err != nil || whole != "ok" {
		return damage(fmt.Errorf("integrity check: %s %w", whole, err))
	}
	relay, err := bridge.New(bridge.Options{
		Store: db, Texts: texts{}, Log: slog.New(slog.DiscardHandler), Now: j.clock,
		Modems: j.config.names(), Language: j.config.Language, Location: j.config.location,
	})
	if err != nil {
		j.t.Fatal(err)
	}
	if err := relay.Recover(ctx); err != nil {
		return damage(err)
	}
	if err := j.offerAgain(ctx, relay, at); err != nil {
		return damage(err)
	}
	ledger := ordeal.NewLedger()
	ledger.Break()
	if err := j.tell(ctx, ledger, db, raw, at); err != nil {
		return damage(err)
	}
	var out []finding
	for _, b := range ledger.Judge() {
		out = append(out, finding{what: b.String(), promise: b.Promise})
	}
	return out
}

// offerAgain is what the modem does after the power is back: what was not deleted is still there. What was not yet
// written at the time of the cut is left for another day.
func (j *judge) offerAgain(ctx context.Context, relay *bridge.Relay, at int64) error {
	sink := inbox{relay: relay, numbers: j.config.numbers, events: func(modem.Event) {}}
	for _, in := range j.rec.incoming {
		if in.deleted < at || j.writtenAt[j.messageOf[in]] >= at {
			continue
		}
		m, err := tpdu.Decode(in.pdu)
		if err := sink.Take(ctx, modem.Received{Modem: "main", PDU: in.pdu, At: j.now, Message: m, Err: err}); err != nil {
			return err
		}
	}
	return nil
}

// tell tells the ledger what people wrote, what they had seen before the cut, and what they will see after it.
func (j *judge) tell(ctx context.Context, l *ordeal.Ledger, db *store.Store, raw *sql.DB, at int64) error {
	for _, m := range j.rec.written {
		if m.at < at {
			l.Wrote(m.Message)
		}
	}
	type shown struct{ client, id string }
	seen, answered := map[shown]bool{}, map[string]bool{}
	var air [][]byte
	for _, e := range j.rec.evidence {
		if e.at >= at {
			continue
		}
		e.say(l)
		seen[shown{e.client, e.id}] = true
		answered[e.of] = true
		if e.onAir != nil {
			air = append(air, e.onAir)
		}
	}
	// What the server had confirmed is the server's to deliver, if the client did not show it yet.
	err := query(ctx, raw, `SELECT z.recipient, z.stanza_id, z.body FROM outbox o JOIN stanza z ON z.leg = o.id
		WHERE o.state IN ('sent', 'delivered') AND z.kind = 'chat' AND z.body IS NOT NULL`,
		func(scan func(...any) error) error {
			var to, id, body string
			if err := scan(&to, &id, &body); err != nil {
				return err
			}
			if !seen[shown{to, id}] {
				chatTo(l, to, id, body)
			}
			return nil
		})
	if err != nil {
		return err
	}
	// What waits is written again.
	queued, _, err := db.QueuedStanzas(ctx, j.now.Add(time.Hour), 1<<20)
	if err != nil {
		return err
	}
	for _, q := range queued {
		switch q.Kind {
		case bridge.ChatStanza:
			chatTo(l, q.To, q.ID, q.Body)
		case bridge.ReceiptStanza:
			answered[q.Refers] = true
			l.Receipt(q.Refers)
		case bridge.ErrorStanza:
			answered[q.Refers] = true
			l.Error(q.Refers)
		}
	}
	err = query(ctx, raw, `SELECT s.tpdu FROM outbox o JOIN segment s ON s.leg = o.id
		WHERE o.state = 'queued' AND s.state = 'queued' ORDER BY o.id, s.n`, func(scan func(...any) error) error {
		var b []byte
		if err := scan(&b); err != nil {
			return err
		}
		l.Sent(b)
		air = append(air, b)
		return nil
	})
	if err != nil {
		return err
	}
	for _, text := range assembled(j.t, air) {
		if doubt := inDoubt.FindStringSubmatch(text.text); doubt != nil {
			l.Doubtful(text.to, doubt[1])
			continue
		}
		l.PhoneShows(text.to, text.text)
	}
	j.excuse(l, answered, air)
	return nil
}

// chatTo tells the ledger of a chat that a client is shown.
func chatTo(l *ordeal.Ledger, to, id, body string) {
	if doubt := inDoubt.FindStringSubmatch(body); doubt != nil {
		l.Doubtful(to, doubt[1])
		return
	}
	if aboutPhones.MatchString(body) {
		return
	}
	l.ClientShows(to, id, body)
}

// excuse excuses what the gateway owes nobody: stanzas that it may have read and had answered in no way (XEP-0114 has
// no acknowledgements).
func (j *judge) excuse(l *ordeal.Ledger, answered map[string]bool, air [][]byte) {
	begun := map[string]bool{} // by tag: some of it was on the air
	for _, b := range air {
		if t, err := sms.Unmarshal(b, sms.AsMO); err == nil {
			if text, err := sms.Decode([]*mobile.TPDU{t}); err == nil {
				for _, word := range strings.Fields(string(text)) {
					begun[word] = true
				}
			}
		}
	}
	for _, m := range j.rec.written {
		if m.ID != "" && !answered[m.ID] && !begun[m.Name] {
			l.ExcuseStanza(m.ID, "never answered before the cut")
		}
	}
}

// airText is a text as a phone shows it.
type airText struct{ to, text string }

// assembled joins the segments that were, or will be, on the air.
func assembled(t *testing.T, air [][]byte) (out []airText) {
	t.Helper()
	type key struct {
		to         string
		ref, total int
	}
	groups := map[key]map[int]*mobile.TPDU{}
	alone := map[string]bool{}
	for _, b := range air {
		s, err := sms.Unmarshal(b, sms.AsMO)
		if err != nil {
			t.Fatalf("a TPDU that was to be sent: %v", err)
		}
		to := s.DA.Number()
		total, seq, ref, joined := s.ConcatInfo()
		if !joined {
			total, seq = 1, 1
			// The same segment twice is the ledger's to find; the phone shows it twice.
			if alone[string(b[:1])+string(b[2:])] {
				continue
			}
			alone[string(b[:1])+string(b[2:])] = true
		}
		k := key{to, ref, total}
		if groups[k] == nil || !joined {
			groups[k] = map[int]*mobile.TPDU{}
		}
		groups[k][seq] = s
		if len(groups[k]) < total {
			continue
		}
		parts := make([]*mobile.TPDU, total)
		for n, part := range groups[k] {
			parts[n-1] = part
		}
		text, err := sms.Decode(parts)
		if err != nil {
			t.Fatalf("a text that was to be sent: %v", err)
		}
		delete(groups, k)
		out = append(out, airText{to, string(text)})
	}
	return out
}

// query reads all rows.
func query(ctx context.Context, db *sql.DB, q string, read func(func(...any) error) error) error {
	rows, err := db.QueryContext(ctx, q)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := read(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
