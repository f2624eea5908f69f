package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/store"
)

// home is a console with a real family in a real database behind it.
type home struct {
	t     testing.TB
	site  site
	s     *Server
	store *store.Store
	file  string // the database
	relay *bridge.Relay

	mu     sync.Mutex // guards the rest
	now    time.Time
	waited []time.Duration // what guesses had to wait, if they had waited
}

func (h *home) clock() time.Time { h.mu.Lock(); defer h.mu.Unlock(); return h.now }

func (h *home) later(d time.Duration) { h.mu.Lock(); defer h.mu.Unlock(); h.now = h.now.Add(d) }

func (h *home) pause(_ context.Context, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.waited = append(h.waited, d)
}

// waits returns what guesses had to wait since it was asked last.
func (h *home) waits() []time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	waited := h.waited
	h.waited = nil
	return waited
}

type plainTexts struct{}

func (plainTexts) Segment(_ bridge.Phone, text string, _ int, _ time.Duration) ([][]byte, error) {
	return [][]byte{[]byte(text)}, nil
}
func (plainTexts) Parts(string) int { return 1 }
func (plainTexts) Join(pdus []string) (string, error) {
	return strings.Join(pdus, ""), nil
}

func (plainTexts) Text(tpdus [][]byte) (string, error) { return string(bytes.Join(tpdus, nil)), nil }

type plainAddresses struct{}

func (plainAddresses) Phone(s string) (bridge.Phone, error) {
	if !strings.HasPrefix(s, "+") {
		return "", fmt.Errorf("%q is no number", s)
	}
	return bridge.Phone(s), nil
}

func (plainAddresses) JID(s string) (bridge.JID, error) { return bridge.JID(strings.ToLower(s)), nil }

// people are one of each role, and a guardian of another child.
func people() bridge.Family {
	all := []string{"Mamma", "Pappa", "Tante", "Onkel"}
	return bridge.Family{
		Guardians: []bridge.Guardian{
			{Name: "Mamma", JID: "mum@example.org", Phone: "+4791111111", Role: bridge.RoleOwner},
			{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
			{Name: "Tante", JID: "aunt@example.org", Role: bridge.RoleHelper},
			{Name: "Onkel", JID: "uncle@example.org", Role: bridge.RoleViewer},
			{Name: "Nabo", JID: "neighbour@example.org", Role: bridge.RoleGuardian},
		},
		Contacts: []bridge.Contact{{Name: "Bestemor", Phone: "+4792222222"}},
		Children: []bridge.Child{
			{Name: "Emma", Localpart: "emma", Phone: "+4793333333", Guardians: all, Allow: []bridge.Allow{
				{Contact: "Bestemor", Key: 3, ToChild: true, FromChild: true, When: "always"},
			}},
			{Name: "Ola", Localpart: "ola", Phone: "+4794444444", Guardians: []string{"Nabo"}},
		},
	}
}

func openHome(t testing.TB) *home { t.Helper(); return openHomeWith(t, nil) }

// openHomeWith changes the options of the console before it begins.
func openHomeWith(t testing.TB, change func(o *Options)) *home {
	t.Helper()
	h := &home{t: t, now: noon}
	var err error
	h.file = filepath.Join(t.TempDir(), "knapp.db")
	h.store, err = store.Open(t.Context(), h.file, store.Options{Now: h.clock, Location: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.store.Close() })
	h.relay, err = bridge.New(bridge.Options{
		Store: h.store, Texts: plainTexts{}, Log: slog.New(slog.DiscardHandler), Now: h.clock, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
		Country: "NO", Addresses: plainAddresses{},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.relay.ApplyFamily(t.Context(), people()); err != nil {
		t.Fatal(err)
	}
	o := Options{Health: healthy, Store: h.store, Office: h.relay, Now: h.clock, memory: 64, wait: h.pause}
	if change != nil {
		change(&o)
	}
	h.site = open(t, o)
	h.s = h.site.server
	return h
}

const password = "riktig hest batteri stift"

// person is a guardian of the family.
func (h *home) person(name string) bridge.Person {
	h.t.Helper()
	d, err := h.store.Directory(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	p, ok := d.Named(name)
	if !ok {
		h.t.Fatalf("there is no %s", name)
	}
	return p
}

// account gives a guardian the password.
func (h *home) account(name string) {
	h.t.Helper()
	err := h.store.Do(context.Background(), func(tx bridge.Tx) error {
		return tx.SetAccount(bridge.Account{Person: h.person(name).ID, Password: h.s.hashPassword(password), Created: h.clock()})
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// surfer is a browser without scripts.
type surfer struct {
	h      *home
	client *http.Client
	page   string // what it shows
	path   string
	code   int
}

func (h *home) surfer() *surfer {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &surfer{h: h, client: &http.Client{Jar: jar, Transport: h.site.client.Transport}}
}

// signedIn is a surfer who is somebody; "" is nobody.
func (h *home) signedIn(name string) *surfer {
	h.t.Helper()
	s := h.surfer()
	if name == "" {
		return s
	}
	s.get("/signin")
	s.post("/signin", "name", name, "password", password)
	if s.path != "/overview" || s.code != 200 {
		h.t.Fatalf("%s could not sign in: %s %d", name, s.path, s.code)
	}
	return s
}

func (s *surfer) take(res *http.Response, err error) {
	s.h.t.Helper()
	if err != nil {
		s.h.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.h.t.Fatal(err)
	}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		body = []byte(html.UnescapeString(string(body)))
	}
	s.page, s.code, s.path = string(body), res.StatusCode, res.Request.URL.Path
}

func (s *surfer) get(path string) {
	s.h.t.Helper()
	res, err := s.client.Get(s.h.site.url + path)
	s.take(res, err)
}

var formField = regexp.MustCompile(`name="form" value="([^"]*)"`)

// post sends the form that the page shows, with fields in pairs.
func (s *surfer) post(path string, fields ...string) {
	s.h.t.Helper()
	values := url.Values{}
	if found := formField.FindStringSubmatch(s.page); found != nil {
		values.Set("form", found[1])
	}
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	res, err := s.client.PostForm(s.h.site.url+path, values)
	if shut := errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE); shut && len(values.Encode()) > 1<<16 {
		s.page, s.code, s.path = "", http.StatusRequestEntityTooLarge, path // the door was shut before all of it was through
		return
	}
	s.take(res, err)
}

func (s *surfer) shows(texts ...string) {
	s.h.t.Helper()
	for _, text := range texts {
		if !strings.Contains(s.page, text) {
			s.h.t.Errorf("%s (%d) does not show %q:\n%s", s.path, s.code, text, s.page[max(0, strings.Index(s.page, "<main")):])
		}
	}
}

func (s *surfer) hides(texts ...string) {
	s.h.t.Helper()
	for _, text := range texts {
		if strings.Contains(s.page, text) {
			s.h.t.Errorf("%s (%d) shows %q", s.path, s.code, text)
		}
	}
}

// arrives is a text from a phone to the gateway.
func (h *home) arrives(from, text string) {
	h.t.Helper()
	err := h.relay.TakeSMS(context.Background(), bridge.SMS{
		Modem: "main", PDU: fmt.Sprintf("%x", from+text+h.clock().String()), From: bridge.Phone(from), Text: text, Written: h.clock(), At: h.clock(),
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

// exchange writes an entry into the log.
func (h *home) exchange(child, other string, reason policy.Reason) {
	h.t.Helper()
	m := bridge.Message{At: h.clock(), Direction: policy.FromChild, Child: h.person(child).ID, Length: 5, Verdict: policy.Verdict{Action: policy.Deliver, Reason: reason}}
	if other != "" {
		m.Other = h.person(other).ID
	}
	err := h.store.Do(context.Background(), func(tx bridge.Tx) error { _, err := tx.AddMessage(m); return err })
	if err != nil {
		h.t.Fatal(err)
	}
}

func id(p bridge.Person) string { return strconv.FormatInt(int64(p.ID), 10) }

func newForm(address string, fields url.Values, headers ...string) (*http.Request, error) {
	req, err := http.NewRequest(http.MethodPost, address, strings.NewReader(fields.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return req, nil
}
