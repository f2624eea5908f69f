package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

// rawServer stands where the chat server would: what is written here reaches the built program as it is, and nothing but
// the program's own time lies between a question and its answer.
type rawServer struct {
	t        *testing.T
	listener net.Listener
	conn     net.Conn
	in       *bufio.Reader
}

const rawDomain = "sms.localhost"

func newRawServer(t *testing.T) *rawServer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return &rawServer{t: t, listener: l}
}

// accept shakes hands with the program (XEP-0114 §3).
func (s *rawServer) accept() {
	s.t.Helper()
	conn, err := s.listener.Accept()
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	s.conn, s.in = conn, bufio.NewReader(conn)
	s.write(`<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='` + rawDomain + `' id='1'>`)
	for seen := ""; !strings.HasSuffix(seen, "</handshake>"); {
		c, err := s.in.ReadByte()
		if err != nil {
			s.t.Fatal(err)
		}
		seen += string(c)
	}
	s.write("<handshake/>")
}

func (s *rawServer) write(xml string) {
	s.t.Helper()
	if _, err := io.WriteString(s.conn, xml); err != nil {
		s.t.Fatal(err)
	}
}

// stanzaStart is how every stanza begins (RFC 6120 §8).
var stanzaStart = regexp.MustCompile(`^<(iq|message|presence) `)

// next returns the next stanza that the program writes; its questions to itself, which are its barriers, are answered.
func (s *rawServer) next() string {
	s.t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		var b strings.Builder
		for end := ""; end == "" || !strings.HasSuffix(b.String(), end); {
			part, err := s.in.ReadString('>')
			if err != nil {
				s.t.Fatalf("%v, after %q", err, b.String())
			}
			b.WriteString(part)
			if m := stanzaStart.FindStringSubmatch(part); end == "" && m != nil {
				end = "</" + m[1] + ">"
			} else if end == "" {
				s.t.Fatalf("what is no stanza: %s", part)
			}
		}
		xml := b.String()
		if strings.HasPrefix(xml, "<iq ") && strings.Contains(xml, `from="`+rawDomain+`" to="`+rawDomain) {
			id, _, _ := strings.Cut(xml[strings.Index(xml, ` id="`)+5:], `"`)
			s.write(`<iq type='result' id='` + id + `' from='` + rawDomain + `/barrier' to='` + rawDomain + `'/>`)
			continue
		}
		return xml
	}
}

// newRawWorld starts the built program on a raw server. The guardians and contacts have addresses at a domain.
func newRawWorld(t *testing.T, domain string) (*world, *rawServer) {
	t.Helper()
	server := newRawServer(t)
	w := &world{t: t, dir: t.TempDir()}
	w.network = modemtest.NewNetwork(modemtest.NetworkOptions{})
	t.Cleanup(func() { _ = w.network.Close() })
	w.modem = w.network.NewModem(modemtest.ModemOptions{Number: gatewayNumber})
	w.emma, w.jonas, w.gran = w.network.Phone(emmaNumber), w.network.Phone(jonasNumber), w.network.Phone(granNumber)
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	w.config = w.write("knapp.toml", fmt.Sprintf(`
data_dir = %q
[[modem]]
name = "main"
port = %q
number = %q
[xmpp]
mode = "component"
domain = %q
server = %q
secret_file = %q
[console]
listen = %q
`, filepath.Join(w.dir, "data"), w.port(), gatewayNumber, rawDomain, server.listener.Addr(), w.write("secret", "x"), freeAddress(t)))
	w.mustKnapp("family", "apply", w.write("family.toml", fmt.Sprintf(family, domain)))
	w.start()
	server.accept()
	w.awaitState("a modem", func(s status) bool { return s.XMPP.Connected && len(s.Modems) == 1 && s.Modems[0].Ready })
	return w, server
}

// ask writes a stranger's stanza and a question to the gateway behind it, and returns what the stranger got, and how long
// it was until both were done.
func (s *rawServer) ask(xml, from, id string, answers int) (got string, took time.Duration) {
	s.t.Helper()
	fence := "fence-" + id
	bare, _, _ := strings.Cut(from, "/")
	began := time.Now()
	s.write(xml + `<iq type='get' id='` + fence + `' from='` + fence + `@fence.example/x' to='` + rawDomain + `'><ping xmlns='urn:xmpp:ping'/></iq>`)
	for passed := false; !passed || answers > 0; {
		st := s.next()
		switch {
		case strings.Contains(st, `to="`+fence+`@`):
			passed = true
		case strings.Contains(st, `to="`+bare):
			got += st
			answers--
		}
	}
	return got, time.Since(began)
}

// alike tells whether two lists of times, taken in pairs, could have come from one place: neither side is the longer in
// much more than half of the pairs. Chance alone passes 0.2 once in a hundred million lists of 200.
func alike(one, other []time.Duration) (alike bool, share float64) {
	longer := 0.0
	for i := range one {
		switch {
		case one[i] > other[i]:
			longer++
		case one[i] == other[i]:
			longer += 0.5
		}
	}
	share = longer / float64(len(one))
	return share > 0.3 && share < 0.7, share
}

// The measure finds a difference of half of what the times themselves vary by, and none where there is none.
func TestMeasureOfTimesCanTell(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	list := func(more time.Duration) (out []time.Duration) {
		for range 200 {
			out = append(out, 500*time.Microsecond+more+time.Duration(r.ExpFloat64()*float64(100*time.Microsecond)))
		}
		return out
	}
	if same, share := alike(list(0), list(0)); !same {
		t.Errorf("equal times are told apart: %.2f", share)
	}
	for _, more := range []time.Duration{80 * time.Microsecond, -80 * time.Microsecond, time.Millisecond} {
		if same, share := alike(list(more), list(0)); same {
			t.Errorf("%v more is not noticed: %.2f", more, share)
		}
	}
}

// Nothing that a stranger sends tells whether a child exists, from the built program with its database: neither an octet of
// the answer nor the time until it comes. Real and invented are asked in turn, in an order that chance gives.
func TestStrangersCannotTellRealFromInvented(t *testing.T) {
	_, server := newRawWorld(t, "localhost")

	const to = " from='FROM' to='CHILD@" + rawDomain + "' id='ID'"
	iq := func(typ, inside string) string { return "<iq type='" + typ + "'" + to + ">" + inside + "</iq>" }
	message := func(inside string) string { return "<message type='chat'" + to + ">" + inside + "</message>" }
	probes := []struct {
		name, xml string
		answers   int
		timed     bool
	}{
		{"a chat", message("<body>hei du</body><request xmlns='urn:xmpp:receipts'/>"), 1, true},
		{"a picture", message("<body>https://a.example/1.jpg</body><x xmlns='jabber:x:oob'><url>https://a.example/1.jpg</url></x>"), 1, false},
		{"an edit", message("<body>hei du</body><replace xmlns='urn:xmpp:message-correct:0' id='1'/>"), 1, false},
		{"an encrypted chat", message("<body>?OTRv23?</body>"), 1, true},
		{"a chat that cannot be read", message("<a:b:c/>"), 1, false},
		{"typing", message("<composing xmlns='http://jabber.org/protocol/chatstates'/>"), 0, false},
		{"a receipt", message("<received xmlns='urn:xmpp:receipts' id='1'/>"), 0, true},
		{"a marker", message("<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>"), 0, false},
		{"a retraction", message("<retract xmlns='urn:xmpp:message-retract:1' id='1'/>"), 0, true},
		{"a reaction", message("<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>x</reaction></reactions>"), 0, false},
		{"an error", "<message type='error'" + to + "><error type='cancel'/></message>", 0, true},
		{"info", iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"), 1, true},
		{"items", iq("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"), 1, true},
		{"a card", iq("get", "<vCard xmlns='vcard-temp'/>"), 1, true},
		{"a ping", iq("get", "<ping xmlns='urn:xmpp:ping'/>"), 1, false},
		{"version", iq("get", "<query xmlns='jabber:iq:version'/>"), 1, false},
		{"a command", iq("set", "<command xmlns='http://jabber.org/protocol/commands' node='status' action='execute'/>"), 1, true},
		{"a set", iq("set", "<query xmlns='jabber:iq:roster'/>"), 1, false},
		{"nothing at all", iq("get", ""), 1, false},
		{"subscribe", "<presence type='subscribe'" + to + "/>", 1, true},
		{"unsubscribe", "<presence type='unsubscribe'" + to + "/>", 1, true},
		{"a probe", "<presence type='probe'" + to + "/>", 1, true},
		{"subscribed", "<presence type='subscribed'" + to + "/>", 0, true},
		{"presence", "<presence" + to + "/>", 0, false},
	}
	asked := 0
	said := func(xml, from, child string, answers int) (string, time.Duration) {
		asked++
		id := fmt.Sprintf("q%05d", asked)
		got, took := server.ask(strings.NewReplacer("FROM", from, "CHILD", child, "ID", id).Replace(xml), from, id, answers)
		return strings.NewReplacer(child+"@", "CHILD@", id, "ID").Replace(got), took
	}
	coin := rand.New(rand.NewPCG(1, 2))
	for _, p := range probes {
		rounds := 3
		if p.timed {
			rounds = 200
		}
		times := map[string][]time.Duration{}
		for i := range rounds + 3 {
			from := fmt.Sprintf("s%d-%s@stranger.example/x", i, strings.ReplaceAll(p.name, " ", ""))
			children := []string{"emma", "nope"} // of one length
			if coin.IntN(2) == 0 {
				slices.Reverse(children)
			}
			bytes := map[string]string{}
			for _, child := range children {
				got, took := said(p.xml, from, child, p.answers)
				bytes[child] = got
				if i >= 3 { // the first of a kind pay for what is read into memory
					times[child] = append(times[child], took)
				}
			}
			if bytes["emma"] != bytes["nope"] || (bytes["emma"] != "") != (p.answers > 0) {
				t.Fatalf("%s: a real child: %s\nan invented one: %s", p.name, bytes["emma"], bytes["nope"])
			}
		}
		if !p.timed {
			continue
		}
		same, share := alike(times["emma"], times["nope"])
		t.Logf("%-20s a real child %v, an invented one %v, the real one longer in %.0f %%", p.name, middle(times["emma"]), middle(times["nope"]), 100*share)
		if !same {
			t.Errorf("%s: the real child took longer in %.0f %% of the pairs: %v and %v", p.name, 100*share, middle(times["emma"]), middle(times["nope"]))
		}
	}
	// Whoever is on the list of one child is a stranger to the others.
	for _, p := range probes {
		const coach = "coach@localhost/x"
		real, _ := said(p.xml, coach, "jonas", p.answers)
		if invented, _ := said(p.xml, coach, "nobod", p.answers); real != invented {
			t.Errorf("%s: the coach of another child hears %s and %s", p.name, real, invented)
		}
	}
}

// answeredID finds whose answer a stanza is.
var answeredID = regexp.MustCompile(`^<[^>]* id="(o\d+)"`)

// Fifteen hundred odd stanzas, and a megabyte of body, go past the built program without a word to a child, and it goes on.
func TestOddStanzasReachNoChild(t *testing.T) {
	t.Parallel()
	w, server := newRawWorld(t, "family.example")
	odd := xmpptest.NewOdd(1500)
	const at = "' to='emma@" + rawDomain + "' type='chat'><body>"
	go func() { // what the program writes must be read meanwhile
		for i := range 1500 {
			xml, _, _, _, _ := odd.Stanza(fmt.Sprintf("o%d", i))
			_, _ = io.WriteString(server.conn, xml)
		}
		_, _ = io.WriteString(server.conn, "<message id='long' from='x@family.example/x"+at+strings.Repeat("a", 1<<20)+"</body></message>"+
			"<message id='last' from='eve@localhost/x"+at+"hei</body></message>"+
			"<message id='mums' from='mum@family.example/x"+at+"kommer</body></message>")
	}()
	answered := map[string]int{}
	for st := ""; !strings.Contains(st, ` id="last"`); {
		st = server.next()
		if m := answeredID.FindStringSubmatch(st); m != nil {
			answered[m[1]]++
		}
	}
	w.reads(w.emma, "Mamma: kommer")
	if n := len(w.emma.Inbox()) + len(w.jonas.Inbox()) + len(w.gran.Inbox()); n != 1 {
		t.Errorf("the phones show %d texts: %v %v %v", n, w.emma.Inbox(), w.jonas.Inbox(), w.gran.Inbox())
	}
	for id, n := range answered {
		if n > 1 {
			t.Errorf("%s was answered %d times", id, n)
		}
	}
	if len(answered) < 100 {
		t.Errorf("%d were answered: nothing was tried", len(answered))
	}
	if log := w.gateway.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "xmpp: not connected") || strings.Count(log, "xmpp: connected") != 1 {
		t.Error("the stream did not last")
	}
}

// middle is the median.
func middle(times []time.Duration) time.Duration {
	times = slices.Sorted(slices.Values(times))
	return times[len(times)/2]
}
