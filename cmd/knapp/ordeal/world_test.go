package ordeal

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/modem/at"
	"knapp/modem/modemtest"
)

// world is everything outside the gateway, in one bubble, and the gateway in it.
type world struct {
	t      *testing.T
	seed   uint64
	dir    string
	began  time.Time
	mutant mutant
	log    *slog.Logger
	ledger *Ledger

	network *modemtest.Network
	modem   *modemtest.Modem
	phones  map[string]*modemtest.Phone
	server  *standIn
	people  map[string]*account

	jump  atomic.Int64 // of the host's clock, nanoseconds
	leapt bool         // it has jumped by a day or more, and the gateway has not seen it
	lives atomic.Int64

	mu        sync.Mutex
	lines     []string
	unplugged bool
	unserved  bool       // by the network, for as long as the gateway waits for parts
	cables    []net.Conn // the modem's ends
	failing   int        // commits that will fail; <0 all
	slow      time.Duration
	known     map[string]bool  // what was committed: ids of chats, "bounce " and ids of our stanzas
	open      map[string]bool  // what the server has given to the component's stream and was not committed
	wrote     map[string]int   // ids of chats, and how many doubts their writer had been told by then
	doubted   map[string]int   // how many doubts a person was told
	refused   map[string]bool  // those whose writer knows that they will never be sent
	bounced   map[string]place // what a late bounce speaks of, by our stanza's id
	unheard   map[legKey]bool  // own words that never left, as far as the ledger knows
	long      []string         // texts of several parts that were written to the gateway
	guests    map[string]bool  // who was let in
	asked     bool             // guardians were asked for Emil
	dates     map[string]bool  // that were by the clock
	counted   time.Time        // up to which they were counted
	applied   bool             // the document was
	denied    bool             // and said no
	lost      time.Time        // when Noa's phone was said to be
	takings   int              // how often somebody took an emergency in a chat
	pauses    *rand.Rand       // of the component's dialling

	looking sync.Mutex
	looked  map[string]int // texts of each phone that the ledger knows; guarded by looking

	supervised sync.WaitGroup
	calmed     atomic.Bool  // all faults are over
	insisting  atomic.Int64 // on how much somebody insists
	life       *process     // guarded by mu; nil while it is down
	downFor    func() time.Duration
	stopping   chan time.Duration
	over       chan struct{}
}

func newWorld(t *testing.T, seed uint64, dir string, m mutant) *world {
	w := &world{
		t: t, seed: seed, dir: dir, began: time.Now(), mutant: m, ledger: NewLedger(),
		phones: map[string]*modemtest.Phone{}, people: map[string]*account{},
		looked: map[string]int{}, wrote: map[string]int{}, doubted: map[string]int{}, refused: map[string]bool{}, known: map[string]bool{}, open: map[string]bool{}, bounced: map[string]place{}, unheard: map[legKey]bool{}, guests: map[string]bool{}, dates: map[string]bool{}, counted: time.Now(),
		pauses: rand.New(rand.NewPCG(seed, 1)), stopping: make(chan time.Duration), over: make(chan struct{}),
	}
	w.ledger.Live = true
	w.ledger.Guards(liv, "Farmor")
	w.ledger.Guards(liv, "Mamma")
	w.ledger.Allowance(tanteJID, noa, tantesShare)
	for _, from := range []string{guest, emil, fremmedJID, naboJID, trenerNew} {
		w.ledger.Unknown(from, mia)
	}
	w.log = slog.New(storyLog{w: w})
	w.network = modemtest.NewNetwork(modemtest.NetworkOptions{Seed: seed, Transit: 2 * time.Second})
	w.modem = w.network.NewModem(modemtest.ModemOptions{
		Number: gatewayNumber, SM: 6, ME: 12, Powered: true, MemoryFullURC: seed%2 == 0,
		Timing: modemtest.Timing{Answer: 5 * time.Millisecond, Air: 2 * time.Second},
	})
	for _, number := range numbersOfAll {
		w.phones[number] = w.network.Phone(number)
	}
	like := likeProsody
	if seed%3 == 0 {
		like = likeEjabberd
	}
	w.server = newStandIn(like, "example.org")
	w.server.story = w.tell
	w.server.vanished = w.vanished
	w.server.broke = w.streamEnded
	w.server.handing = w.handing
	w.server.bouncing = func(c chat) bool {
		if !tagged.MatchString(c.Body) || strings.Contains(c.Body, notConfirmed) {
			return false // to a phone that is lost no failure is told, and a ledger cannot know who should hear of it
		}
		bare, _, _ := strings.Cut(c.To, "/")
		w.mu.Lock()
		defer w.mu.Unlock()
		w.bounced[c.ID] = place{bare, c.Body}
		return true
	}
	for _, name := range namesOfAll {
		a := w.server.register(name, nil)
		a.receive = func(c chat) { w.reads(a, c) }
		w.server.present(a, true)
		w.people[name] = a
	}
	return w
}

// Everybody outside, in the order in which they are looked at: a run must not hang on the order of a map.
var (
	numbersOfAll = []string{emma, jonas, liv, gran, farmorMobile, stranger, mia, noa, morfar, trener, trenerNew, emil, guest, borrowed}
	namesOfAll   = []string{"mum", "dad", "eve", "farmor", "onkel", "moster", "tante", "fremmed", "nabo", "sport"}
)

// legKey is a leg in the log.
type legKey struct {
	message bridge.MessageID
	n       int
}

// tagged finds what every text of a run begins with.
var tagged = regexp.MustCompile(`k\d+ `)

// tell writes a line of the story.
func (w *world) tell(args ...any) {
	at := time.Since(w.began)
	line := fmt.Sprintf("%12s ", at.Round(time.Millisecond)) + strings.TrimSuffix(fmt.Sprintln(args...), "\n")
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
}

// trace writes the modem's line into the story.
func (w *world) trace() at.TraceFunc {
	return func(d at.Direction, line string) { w.tell("      ", string(d), line) }
}

func (w *world) clock() time.Time { return time.Now().Add(time.Duration(w.jump.Load())) }

// backoff is the pause before the component dials.
func (w *world) backoff() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Second + time.Duration(w.pauses.IntN(20000))*time.Millisecond
}

// plug opens the modem's port.
func (w *world) plug() (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.unplugged {
		return nil, errors.New("no such device")
	}
	ours, theirs := newWire()
	w.cables = append(w.cables, theirs)
	go func() { _ = w.modem.Serve(theirs) }()
	return ours, nil
}

// unplug pulls the modem out, or puts it in again.
func (w *world) unplug(out bool) {
	w.mu.Lock()
	w.unplugged = out
	cables := w.cables
	w.cables = nil
	w.mu.Unlock()
	for _, c := range cables {
		_ = c.Close()
	}
	if out {
		w.modem.PowerCycle() // it forgets its settings
	}
}

// disk says what becomes of a commit.
func (w *world) disk() (fails bool, slow time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failing > 0 {
		w.failing--
		return true, w.slow
	}
	return w.failing < 0, w.slow
}

// stopReading lets the modem take nothing from the line any more, or take it again.
func (w *world) stopReading(stop bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.cables {
		switch end, ok := c.(*wireEnd); {
		case !ok:
		case stop:
			end.in.block()
		default:
			end.in.unblock()
		}
	}
}

func (w *world) setDisk(failing int, slow time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing, w.slow = failing, slow
}

func (w *world) committed(what []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, one := range what {
		if number, found := strings.CutPrefix(one, "spared "); found {
			w.ledger.Spared(number, time.Now())
			continue
		}
		w.known[one] = true
		delete(w.open, one)
		w.ledger.ExcuseStanza(one, "") // whatever befell its stream: it is here
	}
	w.leapt = false // the gateway has seen the jump
}

// countDays tells the ledger of the dates that were by the clock since they were counted last.
func (w *world) countDays() {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := w.clock()
	for t := w.counted; t.Before(now); t = t.Add(day) {
		w.dates[t.Format(time.DateOnly)] = true
	}
	w.dates[now.Format(time.DateOnly)] = true
	w.counted = now
	w.ledger.Days(len(w.dates))
}

// leaps makes the host's clock jump.
func (w *world) leaps(by time.Duration) {
	w.countDays()
	w.jump.Add(int64(by))
	w.mu.Lock()
	w.counted = w.clock()
	w.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leapt = w.leapt || by >= day
	if by >= day {
		w.ledger.Forgotten()
	}
}

// handing is told by the server what it has queued for the component.
func (w *world) handing(key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if what := strings.TrimPrefix(key, "chat "); what != "" && !w.known[what] {
		w.open[what] = true
	}
}

// vanished is told by the server what it lost.
func (w *world) vanished(key string) {
	kind, id, _ := strings.Cut(key, " ")
	w.mu.Lock()
	delete(w.open, strings.TrimPrefix(key, "chat "))
	of, isBounce := w.bounced[id]
	w.mu.Unlock()
	switch {
	case kind == "chat":
		w.ledger.ExcuseStanza(id, "it was lost with the stream, before the gateway had it")
	case kind == "error":
		w.ledger.ExcuseStanza(id, "its error was dropped by a server, since the writer was away")
	case kind == "bounce" && isBounce:
		w.ledger.Excuse(of.address, of.text, "the server lost it, and its error was lost with the stream")
	}
}

// streamEnded is told by the server that the component's stream has ended. What was read from it and not committed may have
// been refused, with an error that was lost with the stream; if it is committed all the same, it is owed again.
func (w *world) streamEnded() {
	w.ledger.Break()
	w.forgive()
}

// forgive excuses what a process had read and not committed when it was killed.
func (w *world) forgive() {
	w.mu.Lock()
	keys := slices.DeleteFunc(slices.Sorted(maps.Keys(w.open)), func(key string) bool { return w.known[key] })
	clear(w.open)
	w.mu.Unlock()
	for _, key := range keys {
		if strings.HasPrefix(key, "bounce ") {
			w.vanished(key)
		} else {
			w.vanished("chat " + key)
		}
	}
}
