package demo

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"
	"time"
)

// Our own page. It works without anything from npm.
//
//go:embed page locale
var pageFiles embed.FS

// The chat client, put here by `make`; on a fresh clone there is only .keep.
//
//go:embed all:vendor
var vendorFiles embed.FS

// converseScript is the file that tells whether the chat client is there.
const converseScript = "converse.min.js"

// account is one XMPP account of the demo, and whose it is.
type account struct {
	Name     string // as in the family: "Mamma"
	User     string // localpart: "mamma"
	JID      string
	Password string
}

// site is everything that the pages need to know of the world behind them.
type site struct {
	phones    []*line
	accounts  []account
	chats     []string // JIDs of the children, the chats that open by themselves
	websocket *url.URL // Prosody's HTTP port, http://127.0.0.1:PORT
	console   string   // address of the gateway's console, or ""
	hosts     []string // names, beside the loopback ones, that this server answers to
	language  string   // of a visitor whose browser asks for neither
	vendor    fs.FS    // the chat client's files, at their top level
	log       *slog.Logger
}

// server answers the visitor's browser: the page, the phones, the chat client.
type server struct {
	site
	page    *template.Template
	words   map[string]map[string]string
	streams chan struct{} // one token for each open event stream
}

// newServer checks templates and words once, so that a request cannot find them broken.
func newServer(s site) (*server, error) {
	page, err := template.ParseFS(pageFiles, "page/*.html")
	if err != nil {
		return nil, fmt.Errorf("demo: page: %w", err)
	}
	srv := &server{site: s, page: page, words: map[string]map[string]string{}, streams: make(chan struct{}, maxStreams)}
	for _, lang := range languages {
		raw, err := pageFiles.ReadFile("locale/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("demo: words: %w", err)
		}
		var w map[string]string
		if err := json.Unmarshal(raw, &w); err != nil {
			return nil, fmt.Errorf("demo: words %s: %w", lang, err)
		}
		srv.words[lang] = w
	}
	return srv, nil
}

// handler is the whole site behind its guards.
func (s *server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.servePage)
	mux.HandleFunc("GET /page/{file...}", s.serveAsset)
	mux.HandleFunc("GET /words/{lang}", s.serveWords)
	mux.HandleFunc("POST /language/{lang}", s.chooseLanguage)
	mux.HandleFunc("POST /phone/{child}/send", s.sendText)
	mux.HandleFunc("POST /phone/{child}/switch", s.turnSwitch)
	mux.HandleFunc("GET /phone/{child}/events", s.streamEvents)
	mux.HandleFunc("GET /chat/{who}/{$}", s.serveChat)
	mux.HandleFunc("GET /chat/{who}/account", s.serveAccount)
	mux.HandleFunc("GET /vendor/{file...}", s.serveVendor)
	mux.Handle("GET /xmpp-websocket", s.websocketProxy())
	return s.guard(http.NewCrossOriginProtection().Handler(mux))
}

// guard lets only this machine's own names in, so that no foreign site can reach the demo by a name that it makes
// resolve to 127.0.0.1 (DNS rebinding), and sets the headers that every answer carries.
func (s *server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if !s.knownHost(r.Host) {
			http.Error(w, "This is the Knapp demo; it answers only to the address that it printed.", http.StatusMisdirectedRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *server) knownHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	switch host {
	case "localhost", "127.0.0.1", "::1":
		return true
	}
	for _, name := range s.hosts {
		if host == name {
			return true
		}
	}
	return false
}

// pageCSP allows our own files and nothing else; the chat has a policy of its own (chatCSP).
const pageCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

func (s *server) servePage(w http.ResponseWriter, r *http.Request) {
	lang := s.languageOf(r)
	s.render(w, "index.html", pageCSP, map[string]any{
		"Lang":      lang,
		"Other":     otherLanguage(lang),
		"T":         s.words[lang],
		"Phones":    s.phones,
		"Accounts":  s.accounts,
		"Console":   s.console,
		"HasClient": s.hasClient(),
	})
}

// render writes a page only when it is whole.
func (s *server) render(w http.ResponseWriter, name, csp string, data map[string]any) {
	var body strings.Builder
	if err := s.page.ExecuteTemplate(&body, name, data); err != nil {
		s.log.Error("page not rendered", "page", name, "error", err)
		http.Error(w, "The page could not be made.", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", csp)
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, Cookie")
	_, _ = w.Write([]byte(body.String())) // a visitor who has left is no error of ours
}

func (s *server) serveAsset(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	if path.Ext(file) == ".html" { // templates, not pages
		http.NotFound(w, r)
		return
	}
	sub, err := fs.Sub(pageFiles, "page")
	if err != nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, sub, file)
}

func (s *server) serveWords(w http.ResponseWriter, r *http.Request) {
	words, ok := s.words[r.PathValue("lang")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	s.writeJSON(w, words)
}

func (s *server) writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.log.Debug("answer not written", "error", err)
	}
}

// serve answers on l until ctx ends, then lets go within a second: event streams and websockets hang on ctx, the rest
// is short.
func serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		IdleTimeout:       time.Minute,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("demo: serve: %w", err)
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := srv.Shutdown(patience); err != nil {
		_ = srv.Close()
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("demo: serve: %w", err)
	}
	return nil
}
