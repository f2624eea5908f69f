package main

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"knapp/bridge/store"
	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

// newEmptyWorld is a world in which nobody has ever entered a family, and the gateway has just been started.
func newEmptyWorld(t *testing.T, language string) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var err error
	if w.server, err = xmpptest.StartProsody(ctx, xmpptest.Options{Dir: filepath.Join(w.dir, "server")}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.server.Stop() })
	if err := w.server.Register("mum", password); err != nil {
		t.Fatal(err)
	}
	w.network = modemtest.NewNetwork(modemtest.NetworkOptions{})
	t.Cleanup(func() { _ = w.network.Close() })
	w.modem = w.network.NewModem(modemtest.ModemOptions{Number: gatewayNumber})
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	w.write("secret", w.server.ComponentSecret)
	w.config = w.write("knapp.toml", fmt.Sprintf(`
data_dir = %q
language = %q
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
`, filepath.Join(w.dir, "data"), language, w.port(), gatewayNumber, w.server.ComponentDomain, w.server.ComponentAddr,
		filepath.Join(w.dir, "secret"), freeAddress(t)))
	w.start()
	w.awaitReady()
	return w
}

// visitor is a browser without scripts.
type visitor struct {
	w      *world
	client *http.Client
	base   string
	lang   string
	page   string
	path   string
}

func (w *world) visitor(lang string) *visitor {
	w.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	st, err := w.state()
	if err != nil {
		w.t.Fatal(err)
	}
	return &visitor{w: w, client: &http.Client{Jar: jar, Timeout: patience}, base: st.Console.URL, lang: lang}
}

func (v *visitor) ask(method, path, kind string, body io.Reader) {
	v.w.t.Helper()
	req, err := http.NewRequest(method, v.base+path, body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", v.lang)
	req.Header.Set("Content-Type", kind)
	res, err := v.client.Do(req)
	if err != nil {
		v.w.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		v.w.t.Fatal(err)
	}
	v.page, v.path = string(data), res.Request.URL.Path
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		v.page = html.UnescapeString(v.page)
	}
}

func (v *visitor) get(path string) { v.w.t.Helper(); v.ask(http.MethodGet, path, "", nil) }

var pageForm = regexp.MustCompile(`name="form" value="([^"]*)"`)

func (v *visitor) form(fields []string) url.Values {
	values := url.Values{}
	if found := pageForm.FindStringSubmatch(v.page); found != nil {
		values.Set("form", found[1])
	}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	return values
}

func (v *visitor) post(path string, fields ...string) {
	v.w.t.Helper()
	v.ask(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(v.form(fields).Encode()))
}

// send sends a file along.
func (v *visitor) send(path string, file []byte, fields ...string) {
	v.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, values := range v.form(fields) {
		if err := form.WriteField(name, values[0]); err != nil {
			v.w.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("copy", "knapp.db")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		v.w.t.Fatal(err)
	}
	v.ask(http.MethodPost, path, form.FormDataContentType(), &body)
}

func (v *visitor) shows(texts ...string) {
	v.w.t.Helper()
	for _, text := range texts {
		if !strings.Contains(v.page, text) {
			v.w.t.Fatalf("%s does not show %q:\n%s", v.path, text, v.page[max(0, strings.Index(v.page, "<main")):])
		}
	}
}

// awaits looks at a page until it shows something.
func (v *visitor) awaits(path, text string) {
	v.w.t.Helper()
	until(v.w.t, text, func() bool { v.get(path); return strings.Contains(v.page, text) }, func() string { return v.page })
}

// From an empty disk to a real text on the own mobile, with the built program, a real chat server and a modem that speaks
// AT: nothing is typed at a terminal but the start.
func TestTheFirstStart(t *testing.T) {
	t.Parallel()
	for lang, say := range map[string]map[string]string{
		"nb": {
			"name": "Mamma", "first": "Kom i gang", "modem": "Modem og SIM-kort", "way": "Prøven er på vei",
			"sms": "Knapp: Dette er en prøve. Står dette på mobilen din, når porten deg her når det haster.", "there": "er framme på telefonen.",
			"chat": "Dette er en prøve. Leser du dette, når porten deg i chatten.", "got": "Chattjeneren har prøven", "home": "mobilnett",
			"back": "Kopien settes tilbake", "paused": "Porten står på pause", "go": "Det som ventet, går ut nå.",
		},
		"en": {
			"name": "Mum", "first": "Getting started", "modem": "Modem and SIM card", "way": "The test is on its way",
			"sms": "Knapp: This is a test. If you read it on your mobile, the gateway reaches you here in an emergency.", "there": "has arrived on the phone.",
			"chat": "This is a test. If you can read it, the gateway reaches you in the chat.", "got": "The chat server has the test", "home": "mobile network",
			"back": "The copy is put back", "paused": "The gateway is paused", "go": "What waited leaves now.",
		},
	} {
		t.Run(lang, func(t *testing.T) {
			w := newEmptyWorld(t, lang)
			mobile := w.network.Phone("+4791111111")
			mum := login(t, w.server, "mum")
			st, err := w.state()
			if err != nil || st.Console.FirstCode == "" {
				t.Fatalf("no one-time code: %+v, %v", st.Console, err)
			}
			v := w.visitor(lang)
			v.get("/start")
			v.post("/start", "code", st.Console.FirstCode)
			v.post("/start", "code", st.Console.FirstCode, "new", "1", "name", say["name"], "phone", "91 11 11 11",
				"jid", "Mum@"+w.server.Domain, "password", password, "again", password)
			v.shows(say["first"], say["modem"])
			if v.path != "/first" {
				t.Fatalf("the first sign-in leads to %s", v.path)
			}
			v.post("/gateway/text", "to", "/first")
			v.shows(say["way"])
			w.reads(mobile, say["sms"])
			v.awaits("/first", say["there"])
			v.post("/gateway/chat", "to", "/first")
			mum.awaitBody(say["chat"])
			v.awaits("/first", say["got"])
			v.get("/gateway")
			v.shows(say["home"], "main", gatewayNumber)
			v.post("/gateway/examine")
			v.shows("IMEI", "READY", "SM ")

			// A copy is taken along, and put back: the gateway starts anew on it, paused, until it is let go.
			v.post("/gateway/copy")
			if !strings.HasPrefix(v.page, "SQLite format 3\x00") || strings.Contains(v.page, "Knapp: ") {
				t.Fatalf("the copy begins %.40q", v.page)
			}
			taken := []byte(v.page)
			v.get("/gateway")
			v.send("/gateway/restore", []byte("nonsense"), "sure", "1")
			v.get("/gateway")
			v.send("/gateway/restore", taken, "sure", "1")
			v.shows(say["back"])
			until(t, "the gateway on the copy", func() bool { st, err := w.state(); return err == nil && st.Paused != nil })
			w.awaitReady()
			v.get("/signin")
			v.post("/signin", "name", say["name"], "password", password)
			v.get("/gateway")
			v.shows(say["paused"])
			v.post("/gateway/text")
			v.post("/gateway/resume")
			v.shows(say["go"])
			if left, err := filepath.Glob(filepath.Join(w.dir, "data", "*put-back*")); err != nil || len(left) > 0 {
				t.Errorf("the copy that was sent is left: %v, %v", left, err)
			}
			if code, _ := w.stop(); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// A copy that cannot be put back leaves the database as it was.
func TestABadCopyIsNotPutBack(t *testing.T) {
	dir := t.TempDir()
	c := config{DataDir: dir}
	s, err := store.Open(t.Context(), c.database(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetSetting(t.Context(), "what", "was"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "put-back.db")
	write(t, bad, "no database")
	if err := restoreSent(t.Context(), c, &putBackCopy{bad}); err == nil {
		t.Error("nonsense was put back")
	}
	if s, err = store.Open(t.Context(), c.database(), store.Options{}); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if value, _, err := s.Setting(t.Context(), "what"); value != "was" || err != nil {
		t.Errorf("%q, %v", value, err)
	}
}
