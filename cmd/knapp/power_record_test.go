package main

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"knapp/cmd/knapp/ordeal"
	"knapp/modem/modemtest"
	"knapp/modem/tpdu"
)

// recording is one mixed load of the built gateway: what its database did to the disk, and what everybody outside was
// told and when. All times are the shim's.
type recording struct {
	config   string
	before   string // a copy of the data folder from before
	ops      []diskOp
	written  []writing
	evidence []evidence  // in the order of time
	incoming []*incoming // every TPDU that the modem had for the gateway
}

// writing is a message and when it was about to be written.
type writing struct {
	ordeal.Message
	at int64
}

// evidence is something that somebody outside has seen.
type evidence struct {
	at  int64
	say func(*ordeal.Ledger)
	// of is the id of the stanza that this answers; "" for none.
	of string
	// client and id: a chat that a client was shown.
	client, id string
	// onAir is a TPDU that the network took.
	onAir []byte
	// doubt: a client was told that something may not have arrived.
	doubt bool
}

// incoming is a TPDU that lay on the modem until the gateway had it deleted.
type incoming struct {
	pdu     string // as the modem printed it
	tpdu    string
	deleted int64
}

// tap is the modem's end of a line, with somebody listening: what is deleted, and when the command for it came.
type tap struct {
	*os.File
	modem *modemtest.Modem

	mu       sync.Mutex
	in, out  string // lines that are not yet whole
	memory   string // that AT+CPMS has chosen
	printed  map[string]string
	incoming []*incoming
}

// tapModem unplugs a world's modem and plugs it in again with a tap in the line.
func tapModem(w *world) *tap {
	w.t.Helper()
	if err := w.modem.Unplug(); err != nil {
		w.t.Fatal(err)
	}
	line := openBenchPTY(w.t)
	if err := unix.SetNonblock(line.master, true); err != nil { // so that Close ends a Read
		w.t.Fatal(err)
	}
	p := &tap{File: os.NewFile(uintptr(line.master), line.path), modem: w.modem, printed: map[string]string{}}
	if err := os.Symlink(line.path, w.port()); err != nil {
		w.t.Fatal(err)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = w.modem.Serve(p) // ends with the line
	}()
	w.t.Cleanup(func() {
		_ = w.modem.Close()
		<-served
		_ = unix.Close(line.slave)
	})
	return p
}

var (
	chosen  = regexp.MustCompile(`^AT\+CPMS="(\w+)"`)
	deletes = regexp.MustCompile(`^AT\+CMGD=(\d+)$`)
)

// Read gives the modem what the host says, after it was noted.
func (p *tap) Read(b []byte) (int, error) {
	n, err := p.File.Read(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.in += string(b[:n])
	for {
		end := strings.IndexAny(p.in, "\r\x1a") // a command's end, a message's end
		if end < 0 {
			return n, err
		}
		line := strings.TrimSpace(p.in[:end])
		p.in = p.in[end+1:]
		if m := chosen.FindStringSubmatch(line); m != nil {
			p.memory = m[1]
		}
		if m := deletes.FindStringSubmatch(line); m != nil {
			index, _ := strconv.Atoi(m[1])
			for _, s := range p.modem.Stored(p.memory) {
				if s.Index == index {
					p.incoming = append(p.incoming, &incoming{tpdu: string(s.TPDU), deleted: monotonic()})
				}
			}
		}
	}
}

// Write gives the host what the modem says. The lines that are PDUs are kept as they were printed.
func (p *tap) Write(b []byte) (int, error) {
	p.mu.Lock()
	p.out += string(b)
	for {
		line, rest, whole := strings.Cut(p.out, "\r\n")
		if !whole {
			break
		}
		p.out = rest
		raw, err := hex.DecodeString(line)
		if err == nil && len(raw) > 1 && len(raw) > 1+int(raw[0]) {
			p.printed[string(raw[1+raw[0]:])] = line
		}
	}
	p.mu.Unlock()
	return p.File.Write(b)
}

// all returns what was deleted, with the PDUs.
func (p *tap) all() []*incoming {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, in := range p.incoming {
		in.pdu = p.printed[in.tpdu]
	}
	return p.incoming
}

// watch notes what a client is shown, when it is shown it, until the world ends.
func (p *person) watch(jid string, note func(evidence)) {
	var over sync.WaitGroup
	ended := p.t.Context().Done()
	over.Go(func() {
		for seen := 0; ; {
			p.mu.Lock()
			got, news := p.got[seen:], p.news
			p.mu.Unlock()
			seen += len(got)
			for _, a := range got {
				note(a.evidence(jid))
			}
			select {
			case <-news:
			case <-ended:
				return
			}
		}
	})
	p.t.Cleanup(over.Wait)
}

var inDoubt = regexp.MustCompile(`^(?:Knapp: )?Det er ikke sikkert at (\S+) fikk meldingen din`)

// inWords is the error stanza once more, in words, for whoever was offline when it came: the error counts.
var inWords = regexp.MustCompile(`^\S+ fikk ikke meldingen: `)

// evidence is what a stanza tells.
func (a arrived) evidence(jid string) evidence {
	e := evidence{at: monotonic(), say: func(*ordeal.Ledger) {}}
	doubt := inDoubt.FindStringSubmatch(a.Body)
	switch {
	case a.Type == "error":
		e.of, e.say = a.ID, func(l *ordeal.Ledger) { l.Error(a.ID) }
	case a.Received.ID != "":
		e.of, e.say = a.Received.ID, func(l *ordeal.Ledger) { l.Receipt(a.Received.ID) }
	case doubt != nil:
		e.doubt, e.say = true, func(l *ordeal.Ledger) { l.Doubtful(jid, doubt[1]) }
	case inWords.MatchString(a.Body), aboutPhones.MatchString(a.Body):
	case a.Body != "":
		e.client, e.id, e.say = jid, a.ID, func(l *ordeal.Ledger) { l.ClientShows(jid, a.ID, a.Body) }
	}
	return e
}

// recordLoad runs the gateway with the shim through a mixed load, and stops it.
func recordLoad(t *testing.T, r *rand.Rand, messages int) *recording {
	t.Helper()
	w := newQuietWorld(t, modemtest.ModemOptions{Timing: modemtest.Timing{Answer: time.Millisecond, Air: 4 * time.Millisecond}})
	line := tapModem(w)
	rec := &recording{config: w.config, before: t.TempDir()}
	if err := os.CopyFS(rec.before, os.DirFS(filepath.Join(w.dir, "data"))); err != nil {
		t.Fatal(err)
	}
	s := newShim(w)
	began, zero := monotonic(), time.Now()
	s.start(w, true)
	w.awaitReady()
	var mu sync.Mutex
	note := func(e evidence) {
		mu.Lock()
		defer mu.Unlock()
		rec.evidence = append(rec.evidence, e)
	}
	clients := map[string]*person{}
	for _, name := range []string{"mum", "dad"} {
		clients[name] = login(t, w.server, name)
		clients[name].watch(name+"@"+w.server.Domain, note)
	}
	rec.written = mixedLoad(w, clients, r, messages)
	w.awaitRest()
	for _, m := range rec.written {
		if m.ID != "" {
			clients[strings.SplitN(m.From, "@", 2)[0]].awaitReceipt(m.ID)
		}
	}
	if code, _ := w.stop(); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	for _, sent := range w.modem.Sent() {
		// zero was read after began: no time comes out too early by more than lies between the two.
		e := evidence{at: began + sent.At.Sub(zero).Nanoseconds(), onAir: sent.TPDU}
		e.say = func(l *ordeal.Ledger) { l.Sent(e.onAir) }
		note(e)
	}
	rec.incoming = line.all()
	mu.Lock()
	defer mu.Unlock()
	slices.SortStableFunc(rec.evidence, func(a, b evidence) int { return int(a.at - b.at) })
	rec.ops = s.recorded(t)
	return rec
}

// awaitRest waits until nothing waits any more, neither here nor with the network.
func (w *world) awaitRest() {
	w.t.Helper()
	rested := false
	defer func() {
		if !rested {
			w.t.Logf("with the network %d, in the modem %v and %v", w.network.Waiting(gatewayNumber), w.modem.Stored("SM"), w.modem.Stored("ME"))
		}
	}()
	w.awaitState("nothing waits", func(s status) bool {
		return s.Waiting.SMS == 0 && s.Waiting.XMPP == 0 && w.network.Waiting(gatewayNumber) == 0 &&
			len(w.modem.Stored("SM"))+len(w.modem.Stored("ME")) == 0
	})
	rested = true
}

// onPhone is a text as a button phone shows it: what it cannot show became words.
func onPhone(text string) string { return strings.ReplaceAll(text, "🥶", "(kald)") }

// aboutPhones is what the gateway tells a contact once about button phones.
var aboutPhones = regexp.MustCompile(`^\S+ har en knappetelefon: |^\S+ svarte \S+\.$`)

// mixedLoad writes messages of every kind, both ways, a few milliseconds apart. It returns what was written.
func mixedLoad(w *world, clients map[string]*person, r *rand.Rand, n int) []writing {
	w.t.Helper()
	var out []writing
	for i := range n {
		m := w.anyMessage(r, fmt.Sprintf("k%d", i))
		out = append(out, writing{m.Message, monotonic()})
		m.write(clients)
		time.Sleep(time.Duration(r.IntN(12)) * time.Millisecond) // a load, not a burst; the seeded rhythm
	}
	return out
}

// planned is a message that was thought of and not yet written.
type planned struct {
	ordeal.Message
	write func(clients map[string]*person)
}

// anyMessage makes up a message of a family's day.
func (w *world) anyMessage(r *rand.Rand, name string) planned {
	text := name + " " + []string{"hei", "kommer nå", "må jeg ha på lue? 🥶", "æøå ÆØÅ"}[r.IntN(4)]
	if r.IntN(5) == 0 { // two or three parts
		text = name + strings.Repeat(" og så litt til", 11+r.IntN(15))
	}
	mum, dad := "mum@"+w.server.Domain, "dad@"+w.server.Domain
	sms := func(from *modemtest.Phone, address string, to ...ordeal.Leg) planned {
		return planned{ordeal.Message{Name: name, From: from.Number(), To: to}, func(map[string]*person) { w.texts(from, address+text) }}
	}
	chat := func(who, label string) planned {
		m := ordeal.Message{
			Name: name, From: who + "@" + w.server.Domain, ID: name + "-" + strconv.FormatInt(time.Now().UnixNano(), 36),
			To: []ordeal.Leg{{Address: emmaNumber, Shown: label + ": " + onPhone(text), Called: "Emma"}},
		}
		return planned{m, func(clients map[string]*person) { clients[who].writeAs(m.ID, w.child("emma"), text) }}
	}
	switch r.IntN(10) {
	case 0, 1, 2:
		return sms(w.emma, "2 ", ordeal.Leg{Address: mum, Shown: text, Called: "Mamma"})
	case 3:
		return sms(w.emma, "0 ", ordeal.Leg{Address: mum, Shown: text, Called: "Knapp"}, ordeal.Leg{Address: dad, Shown: text, Called: "Knapp"})
	case 4:
		return sms(w.emma, "4 ", ordeal.Leg{Address: granNumber, Shown: "Emma: " + onPhone(text), Called: "Bestemor"})
	case 5:
		return sms(w.gran, "", ordeal.Leg{Address: emmaNumber, Shown: "Bestemor: " + onPhone(text), Called: "Emma"})
	case 6:
		return chat("dad", "Pappa")
	default:
		return chat("mum", "Mamma")
	}
}

// messageOf finds whose message each incoming TPDU is, or a part of.
func (rec *recording) messageOf(t *testing.T) map[*incoming]string {
	t.Helper()
	type key struct {
		from       string
		ref, total int
	}
	groups := map[key]map[int]*incoming{}
	out := map[*incoming]string{}
	tag := regexp.MustCompile(`k\d+`)
	for i, in := range rec.incoming {
		m, err := tpdu.Decode(in.pdu)
		if err != nil || m.Deliver == nil && m.Report == nil {
			t.Fatalf("a PDU that the modem printed as %q: %v", in.pdu, err)
		}
		switch {
		case m.Report != nil:
		case m.Deliver.Concat == nil:
			out[in] = tag.FindString(m.Deliver.Text)
		default:
			c := m.Deliver.Concat
			k := key{m.Deliver.From.String(), int(c.Ref), int(c.Total)}
			if groups[k] == nil {
				groups[k] = map[int]*incoming{}
			}
			groups[k][int(c.Seq)] = rec.incoming[i]
			if len(groups[k]) < int(c.Total) {
				continue
			}
			first, _ := tpdu.Decode(groups[k][1].pdu)
			for _, part := range groups[k] {
				out[part] = tag.FindString(first.Deliver.Text)
			}
			delete(groups, k) // a reference comes round
		}
	}
	return out
}
