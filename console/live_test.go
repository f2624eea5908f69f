package console

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// listener is a browser that follows a page.
type listener struct {
	t      testing.TB
	events chan string // "log", or "" when the stream is over
	ids    chan string
	res    *http.Response
}

// follow opens a stream as the browser that somebody has signed in with.
func (s *surfer) follow(path string, headers ...string) *listener {
	s.h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	s.h.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.h.site.url+path, nil)
	if err != nil {
		s.h.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.h.t.Fatal(err)
	}
	l := &listener{t: s.h.t, events: make(chan string, 64), ids: make(chan string, 64), res: res}
	go func() {
		defer res.Body.Close()
		lines := bufio.NewScanner(res.Body)
		for lines.Scan() {
			if id, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
				l.ids <- id
			}
			if event, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				l.events <- event
			}
		}
		close(l.events)
	}()
	return l
}

// hears waits for all of these, in any order, and for nothing else.
func (l *listener) hears(topics ...string) {
	l.t.Helper()
	late := time.After(20 * time.Second)
	for len(topics) > 0 {
		select {
		case got, open := <-l.events:
			i := slices.Index(topics, got)
			if i < 0 {
				l.t.Fatalf("it hears %q (open: %v), and waits for %v", got, open, topics)
			}
			topics = slices.Delete(topics, i, i+1)
		case <-late:
			l.t.Fatalf("it waits in vain for %v", topics)
		}
	}
}

func (l *listener) ends(within time.Duration) {
	l.t.Helper()
	late := time.After(within)
	for {
		select {
		case _, open := <-l.events:
			if !open {
				return
			}
		case <-late:
			l.t.Fatal("the stream goes on")
		}
	}
}

// page is where the overview's stream begins.
func (s *surfer) at() string {
	s.h.t.Helper()
	s.get("/overview")
	_, rest, ok := strings.Cut(s.page, `sse-connect="`)
	if !ok {
		s.h.t.Fatal("the page follows nothing: make deps-test brings htmx")
	}
	path, _, _ := strings.Cut(rest, `"`)
	return path
}

func TestAPageFollowsWhatItMaySee(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Pappa", "Nabo"} {
		h.account(name)
	}
	mamma, pappa, nabo := h.signedIn("Mamma"), h.signedIn("Pappa"), h.signedIn("Nabo")
	one, two, three := mamma.follow(mamma.at()), pappa.follow(pappa.at()), nabo.follow(nabo.at())
	if kind := one.res.Header.Get("Content-Type"); kind != "text/event-stream" || one.res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("it comes as %q, %v", kind, one.res.Header)
	}
	h.arrives("+4793333333", "3 hemmelig hei") // Emma to Bestemor
	one.hears("log")
	two.hears("log")
	h.relay.Connected(false) // the neighbour hears of this, and not of what was before
	one.hears("gateway")
	two.hears("gateway")
	three.hears("gateway")
	h.arrives("+4795555555", "hvem er dette") // a stranger's belongs to no child
	one.hears("log", "questions")
	two.hears("log", "questions")
	three.hears("log", "questions")
}

// Whoever comes back learns whether something was missed, and nothing about how much.
func TestNothingIsMissedInBetween(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	at := b.at()
	h.arrives("+4793333333", "3 hei")
	late := b.follow(at)
	late.hears("alarms", "questions", "log", "rules", "gateway")
	id := <-late.ids
	if strings.Contains(at, id) || len(id) != 12 {
		t.Errorf("the mark is %q after %q", id, at)
	}
	again := b.follow(at, "Last-Event-ID", id)
	h.relay.Connected(true)
	again.hears("gateway")
}

func TestAStreamEndsWithItsSession(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Pappa"} {
		h.account(name)
	}
	mamma, other := h.signedIn("Mamma"), h.signedIn("Mamma")
	one, two := mamma.follow(mamma.at()), other.follow(other.at())
	mamma.get("/me")
	mamma.post("/me/sessions", "id", "others")
	two.hears("ended")
	two.ends(10 * time.Second)
	pappa := h.signedIn("Pappa")
	three := pappa.follow(pappa.at())
	if _, err := h.relay.PhoneIsGone(t.Context(), bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}, "Pappa"); err != nil {
		t.Fatal(err)
	}
	three.hears("ended")
	three.ends(10 * time.Second)
	one.hears("log", "rules") // its own goes on
	mamma.get("/me")
	mamma.post("/signout")
	one.hears("ended")
	one.ends(10 * time.Second)
}

func TestStreamsAreBounded(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	at := b.at()
	var open []*listener
	for range streamsEach {
		l := b.follow(at)
		if l.res.StatusCode != 200 {
			t.Fatalf("a stream gets %d", l.res.StatusCode)
		}
		open = append(open, l)
	}
	if l := b.follow(at); l.res.StatusCode != 503 || l.res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many gets %d", l.res.StatusCode)
	}
	if other := h.signedIn("Mamma"); other.follow(at).res.StatusCode != 200 {
		t.Error("another session has to suffer for it")
	}
	_ = open[0].res.Body.Close() // the tab is closed, or shows another page
	for deadline := time.Now().Add(20 * time.Second); ; {
		l := b.follow(at)
		if l.res.StatusCode == 200 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a browser that has gone keeps its place")
		}
		<-time.After(5 * time.Millisecond)
	}
	// Whoever only follows links, and whoever may not, is not kept waiting.
	if b.get("/live"); b.code != 406 {
		t.Errorf("a link to the stream gets %d", b.code)
	}
	if l := h.surfer().follow("/live"); l.res.Request.URL.Path != "/signin" {
		t.Errorf("nobody comes to %s", l.res.Request.URL.Path)
	}
}

// A stream outlives the time that any other answer may take, and ends with the program at once.
func TestAStreamLastsAndEndsInTime(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	l := b.follow(b.at())
	server, client := guestPair(t)
	longLived(server)
	if err := server.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Write([]byte("late")); err != nil {
		t.Errorf("the deadline of a whole answer cuts it: %v", err)
	}
	_ = client.Close()
	h.relay.Connected(true)
	l.hears("gateway")
	began := time.Now()
	if err := h.site.stop(); err != nil {
		t.Error(err)
	}
	if took := time.Since(began); took > 300*time.Millisecond {
		t.Errorf("it took %v to end", took)
	}
	l.ends(5 * time.Second)
}

// What comes all at once is told about once a second.
func TestAStormIsToldCalmly(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	l := b.follow(b.at())
	began := time.Now()
	for i := range 200 {
		h.exchangeBy(i)
	}
	l.hears("log")
	n := 1
	for quiet := false; !quiet; {
		select {
		case <-l.events: // of the log, and of the storm that was stopped
			n++
		case <-time.After(2 * calmFor):
			quiet = true
		}
	}
	if most := 3 + int(time.Since(began)/calmFor); n > most {
		t.Errorf("it was told %d times", n)
	}
}

// exchangeBy has Bestemor's n-th text come.
func (h *home) exchangeBy(n int) {
	h.t.Helper()
	h.arrives("+4792222222", fmt.Sprintf("hei %d", n))
}

// A clone of the source has none of the browser code of others. Everything works; nothing is live.
func TestWithoutBrowserCodeOfOthers(t *testing.T) {
	files := fstest.MapFS{}
	for _, name := range []string{"console.css", "icon.svg", "live.js", "countdown.js"} {
		content, err := os.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files["static/"+name] = &fstest.MapFile{Data: content}
	}
	bare, err := newAssets(files)
	if err != nil {
		t.Fatal(err)
	}
	if bare.enhanced() {
		t.Error("it takes itself for enhanced")
	}
	words, err := readLocale("nb")
	if err != nil {
		t.Fatal(err)
	}
	e, err := newEdition(words, bare)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	f := frame{Name: "Mamma", View: rehearsedHurry(true), Form: "x"}
	if err := e.write(&out, "hurry.html", f); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"htmx", "hx-", "sse-", "live."} {
		if strings.Contains(out.String(), word) {
			t.Errorf("the page has %q", word)
		}
	}
	if !strings.Contains(out.String(), `id="now"`) || !strings.Contains(out.String(), `method="post" action="/hurry/mute"`) {
		t.Error("the page is not what it was")
	}
}

// The whole of a page, with everything that it loads, is small enough for a phone at the edge of the network.
func TestAPageIsLight(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.arrives("+4793333333", "SOS")
	b := h.signedIn("Mamma")
	for _, path := range []string{"/overview", "/approvals", "/hurry"} {
		b.get(path)
		size := len(b.page)
		files := regexp.MustCompile(`/static/[^"]+`).FindAllString(b.page, -1)
		if len(files) < 6 {
			t.Errorf("%s loads only %v", path, files)
		}
		for _, file := range files {
			_, content := h.site.ask("GET", file, "Accept-Encoding", "gzip")
			size += len(content)
		}
		if size > 60<<10 {
			t.Errorf("%s is %d octets", path, size)
		}
	}
}

// A topic's name is told, never what it is about.
func TestEventsSayNothing(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	req, err := http.NewRequest(http.MethodGet, h.site.url+b.at(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept", "text/event-stream")
	res, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	h.arrives("+4793333333", "SOS hjelp meg hemmelig")
	h.exchange("Emma", "Bestemor", policy.ByRule)
	var said strings.Builder
	buffer := make([]byte, 4096)
	for deadline := time.Now().Add(20 * time.Second); !strings.Contains(said.String(), "alarms"); {
		n, err := res.Body.Read(buffer)
		said.Write(buffer[:n])
		if err == io.EOF || time.Now().After(deadline) {
			t.Fatalf("it said only %q", said.String())
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(said.String()), "\n") {
		field, value, _ := strings.Cut(line, ": ")
		switch {
		case line == "", field == "id" && len(value) == 12, field == "retry", field == "data" && value == ".":
		case field == "event" && slices.Contains([]string{"alarms", "questions", "log", "rules", "gateway"}, value):
		default:
			t.Errorf("it says %q", line)
		}
	}
}

// guestPair is a connection as the server has it, and its other end.
func guestPair(t *testing.T) (server, client net.Conn) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	house := &guests{Listener: inner, inside: map[net.Conn]struct{}{}}
	t.Cleanup(house.sendHome)
	if client, err = net.Dial("tcp", inner.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = house.Accept(); err != nil {
		t.Fatal(err)
	}
	return server, client
}

// reopen starts the console anew, at the same address, as after a restart of the program.
func (h *home) reopen() {
	h.t.Helper()
	listener, err := net.Listen("tcp", strings.TrimPrefix(h.site.url, "http://"))
	if err != nil {
		h.t.Fatal(err)
	}
	h.site = openOn(h.t, Options{Health: healthy, Store: h.store, Office: h.relay, Now: h.clock, memory: 64, wait: h.pause}, listener)
	h.s = h.site.server
}
