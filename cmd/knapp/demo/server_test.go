package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"knapp/modem/modemtest"
)

// testSite is the page with two real phones on a network of their own, and no gateway.
func testSite(t *testing.T) (site, *modemtest.Network) {
	t.Helper()
	network := modemtest.NewNetwork(modemtest.NetworkOptions{})
	t.Cleanup(func() { _ = network.Close() })
	s := site{
		accounts:  []account{{Name: "Mamma", User: "mamma", JID: "mamma@localhost", Password: "hemmelig"}},
		chats:     []string{"emma@sms.localhost"},
		websocket: &url.URL{Scheme: "http", Host: "127.0.0.1:9"},
		console:   "http://127.0.0.1:8080",
		hosts:     []string{"pi.example"},
		language:  "nb",
		vendor:    fstest.MapFS{converseScript: {Data: []byte("export {}")}, "converse.min.js.map": {Data: []byte("{}")}},
		log:       slog.New(slog.DiscardHandler),
	}
	for _, c := range children() {
		s.phones = append(s.phones, newLine(c.localpart, c.name, c.number, gatewayNumber, network.Phone(c.number)))
	}
	return s, network
}

func testHandler(t *testing.T, s site) http.Handler {
	t.Helper()
	srv, err := newServer(s)
	if err != nil {
		t.Fatal(err)
	}
	return srv.handler()
}

func ask(h http.Handler, method, target, body string, header map[string]string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	req.Host = "127.0.0.1:8090"
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range header {
		if name == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

func TestOnlyKnownHosts(t *testing.T) {
	s, _ := testSite(t)
	h := testHandler(t, s)
	for host, want := range map[string]int{
		"localhost:8090":          200,
		"LocalHost":               200,
		"127.0.0.1:1":             200,
		"[::1]:8090":              200,
		"pi.example:8090":         200,
		"evil.example":            421,
		"127.0.0.1.evil.example":  421,
		"localhost.evil.example":  421,
		"evil.example:8090":       421,
		"":                        421,
		"[::ffff:192.168.1.1]:80": 421,
	} {
		for _, target := range []string{"/", "/chat/mamma/account", "/phone/emma/events-not", "/xmpp-websocket"} {
			got := ask(h, "GET", target, "", map[string]string{"Host": host}).Code
			if refused := got == 421; refused != (want == 421) {
				t.Errorf("host %q, %s: %d", host, target, got)
			}
		}
	}
}

func TestPagesHaveTheirPolicies(t *testing.T) {
	s, _ := testSite(t)
	h := testHandler(t, s)
	page := ask(h, "GET", "/", "", nil)
	csp := page.Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "script-src 'self';") || strings.Contains(csp, "unsafe") || !strings.Contains(csp, "default-src 'none'") {
		t.Errorf("page policy: %s", csp)
	}
	chat := ask(h, "GET", "/chat/mamma/", "", nil)
	csp = chat.Header().Get("Content-Security-Policy")
	for _, want := range []string{"script-src 'self';", "connect-src 'self' ws://127.0.0.1:8090;", "frame-ancestors 'self'", "img-src 'self' data: blob:;"} {
		if !strings.Contains(csp, want) {
			t.Errorf("chat policy lacks %q: %s", want, csp)
		}
	}
	for name, rec := range map[string]*httptest.ResponseRecorder{"page": page, "chat": chat} {
		body := rec.Body.String()
		if strings.Contains(body, "hemmelig") {
			t.Errorf("%s holds a password", name)
		}
		for _, script := range regexp.MustCompile(`(?s)<script[^>]*>(.*?)</script>`).FindAllStringSubmatch(body, -1) {
			if strings.TrimSpace(script[1]) != "" {
				t.Errorf("%s has an inline script: %s", name, script[0])
			}
		}
		if found := regexp.MustCompile(` (style|on\w+)="`).FindString(body); found != "" {
			t.Errorf("%s has an inline %s", name, found)
		}
	}
}

func TestLanguage(t *testing.T) {
	s, _ := testSite(t)
	h := testHandler(t, s)
	for _, c := range []struct{ accept, cookie, want string }{
		{"", "", "nb"},
		{"en-GB,en;q=0.9", "", "en"},
		{"nn,nb;q=0.8,en;q=0.5", "", "nb"},
		{"no", "", "nb"},
		{"ja", "", "nb"},
		{"en", "nb", "nb"},
		{"nb", "en", "en"},
		{"en", "xx", "en"},
	} {
		header := map[string]string{"Accept-Language": c.accept}
		if c.cookie != "" {
			header["Cookie"] = languageCookie + "=" + c.cookie
		}
		body := ask(h, "GET", "/", "", header).Body.String()
		if !strings.Contains(body, `<html lang="`+c.want+`">`) {
			t.Errorf("%+v: not %s", c, c.want)
		}
	}
	rec := ask(h, "POST", "/language/en", "", nil)
	if rec.Code != http.StatusSeeOther || !strings.Contains(rec.Header().Get("Set-Cookie"), languageCookie+"=en") {
		t.Errorf("switch: %d %q", rec.Code, rec.Header().Get("Set-Cookie"))
	}
	if got := ask(h, "POST", "/language/xx", "", nil).Code; got != 404 {
		t.Errorf("no such language: %d", got)
	}
}

// Every word is there in both languages, and every word that the scripts ask for.
func TestWords(t *testing.T) {
	s, _ := testSite(t)
	srv, err := newServer(s)
	if err != nil {
		t.Fatal(err)
	}
	nb, en := slices.Sorted(maps.Keys(srv.words["nb"])), slices.Sorted(maps.Keys(srv.words["en"]))
	if !slices.Equal(nb, en) {
		t.Fatalf("nb and en differ:\n%v\n%v", nb, en)
	}
	place := regexp.MustCompile(`\{\w+\}`)
	for _, key := range nb {
		if a, b := place.FindAllString(srv.words["nb"][key], -1), place.FindAllString(srv.words["en"][key], -1); !slices.Equal(a, b) {
			t.Errorf("%s: places %v and %v", key, a, b)
		}
	}
	var used strings.Builder
	err = fs.WalkDir(pageFiles, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := pageFiles.ReadFile(name)
		if err != nil {
			return err
		}
		used.Write(text)
		for _, m := range regexp.MustCompile(`say\('(\w+)'`).FindAllSubmatch(text, -1) {
			if !slices.Contains(nb, string(m[1])) {
				t.Errorf("%s says %q, which is no word", name, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`\.T\.(\w+)`).FindAllSubmatch(text, -1) {
			if !slices.Contains(nb, string(m[1])) {
				t.Errorf("%s shows %q, which is no word", name, m[1])
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range nb {
		if !regexp.MustCompile(`\b` + key + `\b`).MatchString(used.String()) {
			t.Errorf("nobody uses the word %q", key)
		}
	}
}

func TestAccountIsForOurPageAlone(t *testing.T) {
	s, _ := testSite(t)
	h := testHandler(t, s)
	var got struct{ JID, Password string }
	rec := ask(h, "GET", "/chat/mamma/account", "", map[string]string{"Sec-Fetch-Site": "same-origin"})
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || got.JID != "mamma@localhost" || got.Password != "hemmelig" {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	if rec.Header().Get("Access-Control-Allow-Origin") != "" || rec.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", rec.Header())
	}
	for _, site := range []string{"cross-site", "same-site", "none"} {
		if got := ask(h, "GET", "/chat/mamma/account", "", map[string]string{"Sec-Fetch-Site": site}).Code; got != 403 {
			t.Errorf("%s: %d", site, got)
		}
	}
	if got := ask(h, "GET", "/chat/nobody/account", "", nil).Code; got != 404 {
		t.Errorf("nobody: %d", got)
	}
}

func TestChatClientMissing(t *testing.T) {
	s, _ := testSite(t)
	s.vendor = fstest.MapFS{".keep": {}}
	body := ask(testHandler(t, s), "GET", "/chat/mamma/", "", map[string]string{"Accept-Language": "en"}).Body.String()
	for _, want := range []string{"The chat is missing", "Chatten mangler", "make run"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page without a client does not say %q", want)
		}
	}
	if strings.Contains(body, "<script") {
		t.Error("the page without a client loads a script")
	}
}

func TestAssets(t *testing.T) {
	s, _ := testSite(t)
	h := testHandler(t, s)
	for target, want := range map[string]int{
		"/page/page.css":              200,
		"/page/main.js":               200,
		"/page/index.html":            404,
		"/page/../server.go":          404,
		"/page/nothing.js":            404,
		"/vendor/converse.min.js":     200,
		"/vendor/converse.min.js.map": 404,
		"/vendor/.keep":               404,
		"/words/nb":                   200,
		"/words/xx":                   404,
		"/locale/nb.json":             404,
		"/nothing":                    404,
	} {
		rec := ask(h, "GET", path.Clean(target), "", nil)
		if rec.Code != want {
			t.Errorf("%s: %d", target, rec.Code)
		}
		if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: no nosniff", target)
		}
	}
}

func TestSend(t *testing.T) {
	s, network := testSite(t)
	h := testHandler(t, s)
	gateway := network.Phone(gatewayNumber)
	if rec := ask(h, "POST", "/phone/emma/send", `{"text":"2 hei på deg"}`, nil); rec.Code != 204 {
		t.Fatalf("%d %s", rec.Code, rec.Body)
	}
	texts := gateway.Inbox()
	if len(texts) != 1 || texts[0].Text != "2 hei på deg" || texts[0].From != children()[0].number {
		t.Fatalf("the gateway's number has %v", texts)
	}
	long := `{"text":"` + strings.Repeat("a", maxText+1) + `"}`
	for _, c := range []struct {
		target, body string
		header       map[string]string
		want         int
	}{
		{"/phone/nobody/send", `{"text":"x"}`, nil, 404},
		{"/phone/emma/send", `{"text":""}`, nil, 422},
		{"/phone/emma/send", long, nil, 422},
		{"/phone/emma/send", `{"text":"` + strings.Repeat("a", maxBody) + `"}`, nil, 413},
		{"/phone/emma/send", `{"text":"x","to":"+4711111111"}`, nil, 400},
		{"/phone/emma/send", `{"text":"x"}{}`, nil, 400},
		{"/phone/emma/send", `text=x`, map[string]string{"Content-Type": "text/plain"}, 415},
		{"/phone/emma/send", `{"text":"x"}`, map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"/phone/emma/send", `{"text":"x"}`, map[string]string{"Origin": "http://evil.example"}, 403},
		{"/phone/emma/switch", `{"on":true}`, nil, 422},
		{"/phone/emma/switch", `{"on":1,"reach":true}`, nil, 400},
		{"/phone/nobody/switch", `{"on":true,"reach":true}`, nil, 404},
	} {
		if rec := ask(h, "POST", c.target, c.body, c.header); rec.Code != c.want {
			t.Errorf("%s %.60s: %d, want %d (%s)", c.target, c.body, rec.Code, c.want, rec.Body)
		}
	}
	if n := len(gateway.Inbox()); n != 1 {
		t.Errorf("what was refused has arrived: %d texts", n)
	}
	if got := ask(h, "GET", "/phone/emma/send", "", nil).Code; got != 405 {
		t.Errorf("GET: %d", got)
	}
}

func TestSwitches(t *testing.T) {
	s, network := testSite(t)
	h := testHandler(t, s)
	turn := func(body string) {
		t.Helper()
		if rec := ask(h, "POST", "/phone/emma/switch", body, nil); rec.Code != 204 {
			t.Fatalf("%s: %d %s", body, rec.Code, rec.Body)
		}
	}
	emma := network.Phone(children()[0].number)
	for _, off := range []string{`{"on":false,"reach":true}`, `{"on":true,"reach":false}`} {
		before := len(emma.Inbox())
		turn(off)
		if rec := ask(h, "POST", "/phone/emma/send", `{"text":"x"}`, nil); rec.Code != 409 {
			t.Errorf("%s: sending answers %d", off, rec.Code)
		}
		if err := network.Phone(gatewayNumber).Send(emma.Number(), "vent"); err != nil {
			t.Fatal(err)
		}
		if n := len(emma.Inbox()); n != before {
			t.Errorf("%s: a text arrived", off)
		}
		turn(`{"on":true,"reach":true}`)
		if n := len(emma.Inbox()); n != before+1 {
			t.Errorf("%s and back: %d texts, want %d", off, n, before+1)
		}
	}
}

// stream opens an event stream on a real server and gives its events' names and data, one line each.
func stream(t *testing.T, url string) (<-chan string, *http.Response) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines := make(chan string, 64)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(res.Body); in.Scan(); {
			if text := in.Text(); strings.HasPrefix(text, "event: ") || strings.HasPrefix(text, "data: ") {
				lines <- text
			}
		}
	}()
	return lines, res
}

func next(t *testing.T, lines <-chan string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		select {
		case line, open := <-lines:
			if !open || !strings.Contains(line, want) {
				t.Fatalf("stream says %q (open %v), want %q", line, open, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("stream does not say %q", want)
		}
	}
}

func TestEvents(t *testing.T) {
	s, network := testSite(t)
	gateway, emma := network.Phone(gatewayNumber), s.phones[0]
	if err := gateway.Send(emma.number, "Mamma: før"); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, testHandler(t, s), s.log) }()
	base := "http://" + l.Addr().String()

	lines, res := stream(t, base+"/phone/emma/events")
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("content type %q", got)
	}
	next(t, lines, "event: inbox", "Mamma: før")
	if err := gateway.Send(emma.number, "Mamma: nå"); err != nil {
		t.Fatal(err)
	}
	next(t, lines, "event: text", "Mamma: nå")
	emma.turn(switches{On: true, Reach: false})
	next(t, lines, "event: switch", `"reach":false`)

	// At the end the streams go, and nobody waits for a browser.
	start := time.Now()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the server does not end")
	}
	if took := time.Since(start); took > 900*time.Millisecond {
		t.Errorf("ending took %v", took)
	}
	if line, open := <-lines; open {
		t.Errorf("the stream goes on: %q", line)
	}
}

func TestStreamsAreBounded(t *testing.T) {
	s, _ := testSite(t)
	srv := httptest.NewServer(testHandler(t, s))
	defer srv.Close()
	open := make([]*http.Response, maxStreams)
	for i := range open {
		lines, res := stream(t, srv.URL+"/phone/emma/events")
		next(t, lines, "event: inbox")
		open[i] = res
	}
	res, err := http.Get(srv.URL + "/phone/emma/events")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, res.Body)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s", res.Status)
	}
	for _, r := range open {
		_ = r.Body.Close()
	}
	// The places are free again as soon as the server has seen them go.
	deadline := time.Now().Add(5 * time.Second)
	for {
		res, err := http.Get(srv.URL + "/phone/emma/events")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a closed stream keeps its place")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestWebsocketRefusesForeignPages(t *testing.T) {
	s, _ := testSite(t)
	h := testHandler(t, s)
	upgrade := func(origin string) int {
		return ask(h, "GET", "/xmpp-websocket", "", map[string]string{
			"Connection": "Upgrade", "Upgrade": "websocket", "Origin": origin,
		}).Code
	}
	for origin, want := range map[string]int{
		"http://evil.example":   403,
		"null":                  403,
		"http://127.0.0.1:9999": 403,
		"http://127.0.0.1:8090": 502, // led on; nobody is there in this test
	} {
		if got := upgrade(origin); got != want {
			t.Errorf("%s: %d, want %d", origin, got, want)
		}
	}
}
