package main

import (
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"knapp/cmd/knapp/ordeal"
	"knapp/modem/modemtest"
)

// crashesInAWorld bounds how often one gateway is killed: what it says in its own words to one phone has a cap, and
// each kill may make it say something.
const crashesInAWorld = 30

// A SIGKILL at any instant of a load both ways, again and again. Phones and clients go on writing while the gateway
// is away. At the end the ledger is asked.
func TestKilledInAMixedLoad(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	kills := times(t, "CRASHES", crashesInAWorld)
	for world := 1; kills > 0; world, kills = world+1, kills-crashesInAWorld {
		// A number of its own: "world#01" in the folder's name would end SQLite's URI of a file in it.
		if !t.Run(fmt.Sprintf("world=%d", world), func(t *testing.T) {
			timing := modemtest.Timing{Answer: time.Millisecond, Air: 6 * time.Millisecond}
			for _, b := range killInAMixedLoad(t, r, min(kills, crashesInAWorld), timing, func(string) {}) {
				t.Error(b)
			}
		}) {
			return
		}
	}
}

// A gateway that forgets at a crash what it must not forget is found out by the same test.
func TestKilledInAMixedLoadNoticesWhatWasForgotten(t *testing.T) {
	t.Parallel()
	r := seeded(t)
	slow := modemtest.Timing{Answer: 3 * time.Millisecond, Air: 12 * time.Millisecond} // more is under way at a kill
	for _, c := range []struct {
		name, forget string
		broken       ordeal.Promise
	}{
		{"what was committed", `DELETE FROM outbox WHERE state = 'queued' AND sending = 0`, ordeal.NothingIsLost},
		{"what was in the air", `UPDATE segment SET state = 'queued' WHERE state = 'sending';
			UPDATE outbox SET sending = 0`, ordeal.NothingIsDoubled},
		{"what was received", `DELETE FROM seen_pdu`, ordeal.NothingIsDoubled},
	} {
		r := rand.New(rand.NewPCG(r.Uint64(), 0)) // one of its own: they run side by side
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			broken := killInAMixedLoad(t, r, 5, slow, func(path string) {
				db, err := sql.Open("sqlite3", "file:"+path+"?_foreign_keys=true")
				if err == nil {
					_, err = db.ExecContext(t.Context(), c.forget)
					err = errors.Join(err, db.Close())
				}
				if err != nil {
					t.Fatal(err)
				}
			})
			t.Logf("%d promises broken", len(broken))
			if !slices.ContainsFunc(broken, func(b ordeal.Broken) bool { return b.Promise == c.broken }) {
				t.Errorf("nobody noticed; what was noticed: %v", broken)
			}
		})
	}
}

// killInAMixedLoad kills a gateway so many times and returns which promises were broken. forget is called while the
// gateway is dead.
func killInAMixedLoad(
	t *testing.T, r *rand.Rand, kills int, timing modemtest.Timing, forget func(database string),
) []ordeal.Broken {
	w, link := newLinkedWorld(t, modemtest.ModemOptions{Timing: timing})
	clients := map[string]*person{"mum": login(t, w.server, "mum"), "dad": login(t, w.server, "dad")}
	load := startLoad(w, clients, rand.New(rand.NewPCG(r.Uint64(), 1)))
	died := make([]time.Time, kills)
	ledger := ordeal.NewLedger()
	for i := range died {
		time.Sleep(time.Duration(r.IntN(400)) * time.Millisecond) // the seeded instant
		w.gateway.kill()
		died[i] = time.Now()
		ledger.Break()
		forget(filepath.Join(w.dir, "data", "knapp.db"))
		w.start()
		w.awaitReady()
	}
	written := load.stop()
	w.awaitRest()
	last := clients["mum"].write(w.child("emma"), "siste")
	clients["mum"].awaitReceipt(last)
	w.texts(w.emma, "0 slutt") // what left before it is shown before it
	for _, client := range clients {
		client.awaitBody("slutt")
	}
	w.awaitRest()

	for _, m := range written {
		ledger.Wrote(m.Message)
	}
	ledger.Wrote(ordeal.Message{Name: "siste", ID: last, To: []ordeal.Leg{{Address: emmaNumber, Shown: "Mamma: siste"}}})
	ledger.Wrote(ordeal.Message{Name: "slutt", To: []ordeal.Leg{
		{Address: "mum@" + w.server.Domain, Shown: "slutt"}, {Address: "dad@" + w.server.Domain, Shown: "slutt"},
	}})
	w.tell(ledger, clients)
	vanish := link.excuses(w.takenStanzas(), died)
	vanished := 0
	for _, m := range written {
		if m.ID != "" && vanish(m.ID, m.when) {
			ledger.ExcuseStanza(m.ID, "never committed")
			vanished++
		}
	}
	t.Logf("%d messages, %d kills, %d TPDUs sent, %d stanzas that no process had taken",
		ledger.Messages(), kills, len(w.modem.Sent()), vanished)
	count(t, "killed", ledger.Messages(), kills)
	return ledger.Judge()
}

// load is people who write until they are told to stop.
type load struct {
	end     chan struct{}
	over    sync.WaitGroup
	written []loaded // owned by the goroutine until it has ended
}

type loaded struct {
	ordeal.Message
	when time.Time
}

func startLoad(w *world, clients map[string]*person, r *rand.Rand) *load {
	l := &load{end: make(chan struct{})}
	l.over.Go(func() {
		for i := 0; ; i++ {
			// A machine that does much else starts the gateway slowly: more than this would only wait for its end.
			for w.network.Waiting(gatewayNumber) > 100 {
				select {
				case <-time.After(10 * time.Millisecond):
				case <-l.end:
					return
				}
			}
			m := w.anyMessage(r, fmt.Sprintf("k%d", i))
			m.write(clients)
			l.written = append(l.written, loaded{m.Message, time.Now()})
			select {
			case <-time.After(time.Duration(r.IntN(30)) * time.Millisecond): // people are no burst
			case <-l.end:
				return
			}
		}
	})
	return l
}

// stop returns what was written.
func (l *load) stop() []loaded {
	close(l.end)
	l.over.Wait()
	return l.written
}

var notArrived = regexp.MustCompile(`^Knapp: (\S+) fikk ikke meldingen`)

// tell tells a ledger what everybody has seen.
func (w *world) tell(l *ordeal.Ledger, clients map[string]*person) {
	for name, client := range clients {
		for _, a := range client.all() {
			a.evidence(name + "@" + w.server.Domain).say(l)
		}
	}
	for _, sent := range w.modem.Sent() {
		// The gateway may have the same to say twice within a minute, and then says it in the same words.
		if text := assembled(w.t, [][]byte{sent.TPDU}); len(text) == 0 || !strings.HasPrefix(text[0].text, "Knapp: ") {
			l.Sent(sent.TPDU)
		}
	}
	for _, phone := range []*modemtest.Phone{w.emma, w.jonas, w.gran} {
		for _, m := range phone.Inbox() {
			doubt, failure := inDoubt.FindStringSubmatch(m.Text), notArrived.FindStringSubmatch(m.Text)
			switch {
			case doubt != nil:
				l.Doubtful(phone.Number(), doubt[1])
			case failure != nil:
				l.Failed(phone.Number(), failure[1])
			default:
				l.PhoneShows(phone.Number(), m.Text)
			}
		}
	}
}

// takenStanzas returns the ids of all chats that were committed.
func (w *world) takenStanzas() map[string]bool {
	w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(w.dir, "data", "knapp.db")+"?_query_only=true&_busy_timeout=5000")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	taken := map[string]bool{}
	err = query(w.t.Context(), db, `SELECT stanza FROM message WHERE stanza IS NOT NULL`, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		taken[id] = true
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return taken
}
