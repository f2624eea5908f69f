package ordeal

import (
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net"
	"path/filepath"
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
	"knapp/modem/tpdu"
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
	takings   int              // how often somebody took an emergency in a chat
	pauses    *rand.Rand       // of the component's dialling

	looking sync.Mutex
	looked  map[string]int // texts of each phone that the ledger knows; guarded by looking

	supervised sync.WaitGroup
	life       *process // guarded by mu; nil while it is down
	downFor    func() time.Duration
	stopping   chan time.Duration
	over       chan struct{}
}

func newWorld(t *testing.T, seed uint64, dir string, m mutant) *world {
	w := &world{
		t: t, seed: seed, dir: dir, began: time.Now(), mutant: m, ledger: NewLedger(),
		phones: map[string]*modemtest.Phone{}, people: map[string]*account{},
		looked: map[string]int{}, wrote: map[string]int{}, doubted: map[string]int{}, refused: map[string]bool{}, known: map[string]bool{}, open: map[string]bool{}, bounced: map[string]place{}, unheard: map[legKey]bool{},
		pauses: rand.New(rand.NewPCG(seed, 1)), stopping: make(chan time.Duration), over: make(chan struct{}),
	}
	w.ledger.Live = true
	w.ledger.Guards(liv, "Farmor")
	w.ledger.Guards(liv, "Mamma")
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
		if !tagged.MatchString(c.Body) {
			return false
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
	numbersOfAll = []string{emma, jonas, liv, gran, farmorMobile, stranger}
	namesOfAll   = []string{"mum", "dad", "eve", "farmor", "onkel"}
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

// leaps makes the host's clock jump.
func (w *world) leaps(by time.Duration) {
	w.jump.Add(int64(by))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leapt = w.leapt || by >= day
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

var (
	doubtNB  = regexp.MustCompile(`^Det er ikke sikkert at (\S+) fikk meldingen din`)
	failedNB = regexp.MustCompile(`^(\S+) fikk ikke meldingen`)
	lateNB   = regexp.MustCompile(`^\((?:man|tir|ons|tor|fre|lør|søn|\d{1,2}\.\d{1,2}\.) \d\d\.\d\d\) `)
	aboutNB  = regexp.MustCompile(`^\S+ har en knappetelefon: |^Ukjent (?:nummer|adresse) |^En ukjent |^\d+ andre ukjente |^\S+ får ikke meldinger herfra nå|^Ingen har tatt nødmeldingen|^\S+ svarte \S+\.$|^Knapp kan ikke lagre noe|^Sendt til \S+, men ikke lagret: `)
	noticeNB = regexp.MustCompile(`^\S+ fikk ikke meldingen: |^Meldingen din til \S+ ventet for lenge`)
)

// onPhone is a text as a button phone shows it: what it cannot show became words.
func onPhone(text string) string { return strings.ReplaceAll(text, "😀", "(smil)") }

// undated takes away the time that stands before a text which came late.
func undated(text string) string { return lateNB.ReplaceAllString(text, "") }

// reads is what a person's client does with a stanza.
func (w *world) reads(a *account, c chat) {
	bare := a.name + "@" + w.server.domain
	switch {
	case c.Type == "error":
		w.tell(a.name, "is told that", c.ID, "will never be sent:", c.condition())
		w.ledger.Error(c.ID)
		w.mu.Lock()
		w.refused[c.ID] = true
		w.mu.Unlock()
	case c.Receipt.ID != "":
		w.tell(a.name, "gets a receipt for", c.Receipt.ID)
		w.lookAtPhones()
		w.ledger.Receipt(c.Receipt.ID)
	case doubtNB.MatchString(c.Body):
		w.tell(a.name, "reads", c.Body)
		w.ledger.Doubtful(bare, doubtNB.FindStringSubmatch(c.Body)[1])
		w.mu.Lock()
		w.doubted[a.name]++
		w.mu.Unlock()
	case noticeNB.MatchString(c.Body):
		// The error stanza in words, for whoever was offline when it came. It names no message, so the ledger
		// counts the error; a person who has read it writes anew, and does not repeat.
		w.tell(a.name, "reads", c.Body)
		w.mu.Lock()
		w.doubted[a.name]++
		w.mu.Unlock()
	case takenNB.MatchString(c.Body):
		w.tell(a.name, "reads", c.Body)
		w.ledger.Taken(liv, bare)
	case aboutNB.MatchString(c.Body):
		w.tell(a.name, "reads", c.Body) // the gateway's own words, which owe nobody anything
	case c.Body != "":
		w.tell(a.name, "reads", c.Body, "under", c.ID)
		w.ledger.ClientShows(bare, c.ID, c.Body)
		h := fnv.New32()
		_, _ = h.Write([]byte(c.Body))
		if h.Sum32()%2 == 0 && a.name != "farmor" { // who never reads a chat
			receipt := chat{To: c.From, ID: "r" + c.ID, Inner: "<received xmlns='urn:xmpp:receipts' id='" + c.ID + "'/>"}
			receipt.XMLName.Local = "message"
			w.server.fromClient(a, receipt, "")
		}
	}
}

// writes lets a person write to a child. again is the same stanza once more.
func (w *world) writes(name, child, label, text, id string, again bool) {
	a := w.people[name]
	w.server.mu.Lock()
	can := w.server.up && a.there
	w.server.mu.Unlock()
	w.mu.Lock()
	if again {
		// Who was told of a failure, or of a doubt, and writes again means it: that is another message.
		then, wrote := w.wrote[id]
		can = can && wrote && then == w.doubted[name] && !w.refused[id]
	} else if can {
		w.wrote[id] = w.doubted[name]
	}
	w.mu.Unlock()
	if !can {
		return
	}
	number := map[string]string{"emma": emma, "jonas": jonas, "liv": liv}[child]
	called := map[string]string{"emma": "Emma", "jonas": "Jonas", "liv": "Liv"}[child]
	if again {
		w.ledger.Again(id)
	} else {
		w.ledger.Wrote(Message{
			Name: id, From: name + "@" + w.server.domain, ID: id,
			To: []Leg{{Address: number, Shown: label + ": " + onPhone(text), Called: called}},
		})
	}
	w.tell(name, "writes to", child, id, text, again)
	c := chat{To: child + "@" + w.server.component, ID: id, Type: "chat", Body: text}
	c.XMLName.Local = "message"
	c.Inner = "<body>" + text + "</body><request xmlns='urn:xmpp:receipts'/><origin-id xmlns='urn:xmpp:sid:0' id='" + id + "'/>"
	w.server.fromClient(a, c, "chat "+id)
}

// textsTo lets a phone text the gateway.
func (w *world) textsTo(number, prefix, text string, to []Leg) {
	p := w.phones[number]
	name, _, _ := strings.Cut(text, " ")
	w.tell("phone", number, "texts", prefix+text)
	if err := p.Send(gatewayNumber, prefix+text); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: name, From: number, To: to, At: time.Now()})
	if tpdu.Measure(prefix+text).Parts == 1 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.long = append(w.long, name)
	if w.unserved {
		w.ledger.Tearable(name)
	}
}

// unserve takes the network away for a time, or gives it back after that. What is longer than one part and was written before it
// is back may be torn, if that takes as long as the gateway waits for parts: the network had some of them.
func (w *world) unserve(stat int, lasts time.Duration) {
	w.modem.SetRegistration(stat, stat, stat)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unserved = stat != 1 && lasts > 8*time.Minute
	for _, name := range w.long {
		if w.unserved {
			w.ledger.Tearable(name)
		}
	}
}

// tears lets a phone text the gateway a long text of which the network loses a part.
func (w *world) tears(number, prefix, text string, ref uint16, lost int, to []Leg) {
	whole, err := tpdu.ParseAddress(gatewayNumber)
	if err != nil {
		w.t.Fatal(err)
	}
	parts, err := tpdu.Segment(whole, prefix+text, tpdu.Options{Reference: ref})
	if err != nil || len(parts) < 2 {
		w.t.Fatalf("%q has %d parts: %v", text, len(parts), err)
	}
	lost = 1 + lost%(len(parts)-1) // with the first its address would be lost, and the tag
	name, _, _ := strings.Cut(text, " ")
	w.tell("phone", number, "texts", prefix+text, "and part", lost+1, "of", len(parts), "is lost")
	if err := w.phones[number].SendTPDU(slices.Delete(parts, lost, lost+1)...); err != nil {
		return // it is off
	}
	w.ledger.Wrote(Message{Name: name, From: number, To: to, At: time.Now()})
	w.ledger.Torn(name + " ")
}

// intrudes lets somebody who is on no list write, by SMS and in a chat, to a child that there is or is not.
func (w *world) intrudes(local, text string) {
	w.ledger.Stranger(text)
	w.tell("a stranger writes", text, "to", local)
	_ = w.phones[stranger].Send(gatewayNumber, text) // it may be off
	c := chat{To: local + "@" + w.server.component, ID: "s" + text[:6], Type: "chat", Body: text}
	c.XMLName.Local = "message"
	c.Inner = "<body>" + text + "</body><request xmlns='urn:xmpp:receipts'/>"
	w.server.fromClient(w.people["eve"], c, "")
}

// live runs the gateway, life after life.
func (w *world) live() error {
	file := filepath.Join(w.dir, "life0.db")
	p, err := startProcess(w, file)
	if err != nil {
		return err
	}
	family, err := household.Check(numbers{})
	if err != nil {
		return err
	}
	if _, _, err := p.relay.ApplyFamily(w.t.Context(), family); err != nil {
		return err
	}
	w.setLife(p)
	w.supervised.Go(func() { w.supervise(p) })
	return nil
}

func (w *world) setLife(p *process) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.life = p
}

func (w *world) alive() *process {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.life
}

// supervise is systemd: it starts the gateway again when it died or was stopped.
func (w *world) supervise(p *process) {
	for {
		file := p.file
		var down time.Duration
		select {
		case <-p.died:
			w.setLife(nil)
			next, err := p.bury()
			if err != nil {
				w.t.Errorf("seed %d: bury: %v", w.seed, err)
				return
			}
			w.forgive()
			w.ledger.Break()
			file, down = next, w.downFor()
		case down = <-w.stopping:
			w.setLife(nil)
			w.tell("SIGTERM")
			if err := p.end(); err != nil {
				w.t.Errorf("seed %d: end: %v", w.seed, err)
			}
			w.ledger.Break()
		case <-w.over:
			if err := p.end(); err != nil {
				w.t.Errorf("seed %d: end: %v", w.seed, err)
			}
			return
		}
		time.Sleep(down)
		w.mu.Lock()
		if w.leapt {
			// A clock that was set while it was down is one by which a day has passed: what was written before is no repeat.
			clear(w.wrote)
			w.leapt = false
		}
		w.mu.Unlock()
		for {
			var err error
			if p, err = startProcess(w, file); err == nil {
				break
			}
			w.tell("start:", err)
			time.Sleep(10 * time.Second)
		}
		w.tell("the gateway starts")
		w.setLife(p)
	}
}
