package demo

import (
	"io/fs"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"strings"
)

// chatCSP is the policy of the chat's frame: converse.js writes inline styles, shows pictures that it made itself, and
// speaks to nobody but us. What it would like to fetch elsewhere is refused by the browser.
// The websocket's address is named because not every browser lets 'self' stand for ws:.
func chatCSP(host string) string {
	return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
		"font-src 'self' data:; media-src 'self'; worker-src 'self'; connect-src 'self' ws://" + host + "; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
}

func (s *server) account(r *http.Request) *account {
	for i := range s.accounts {
		if s.accounts[i].User == r.PathValue("who") {
			return &s.accounts[i]
		}
	}
	return nil
}

// serveChat is the page inside the frame: the chat client for one person, or how to get the client.
func (s *server) serveChat(w http.ResponseWriter, r *http.Request) {
	who := s.account(r)
	if who == nil {
		http.NotFound(w, r)
		return
	}
	lang := s.languageOf(r)
	s.render(w, "chat.html", chatCSP(r.Host), map[string]any{
		"Lang": lang, "T": s.words[lang], "Words": s.words, "Name": who.Name, "HasClient": s.hasClient(),
	})
}

// serveAccount hands the frame what it needs to sign in. Only our own pages can read it: no other origin is given
// leave, and the name by which the demo is asked is checked.
func (s *server) serveAccount(w http.ResponseWriter, r *http.Request) {
	who := s.account(r)
	if who == nil {
		http.NotFound(w, r)
		return
	}
	// An older browser that does not say where a request comes from may have it; none that does may ask across sites.
	if from := r.Header.Get("Sec-Fetch-Site"); from != "" && from != "same-origin" {
		http.Error(w, "Only the demo's own page may ask.", http.StatusForbidden)
		return
	}
	s.writeJSON(w, map[string]any{"name": who.Name, "jid": who.JID, "password": who.Password, "chats": s.chats})
}

func (s *server) hasClient() bool {
	_, err := fs.Stat(s.vendor, converseScript)
	return err == nil
}

// serveVendor serves the chat client; its maps of source code are left out.
func (s *server) serveVendor(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	if strings.HasPrefix(path.Base(file), ".") || path.Ext(file) == ".map" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeFileFS(w, r, s.vendor, file)
}

// websocketProxy leads the chat client to Prosody, so that the visitor's browser sees one origin and one port.
func (s *server) websocketProxy() http.Handler {
	proxy := &httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.SetURL(s.websocket)
			pr.Out.URL.Path = "/xmpp-websocket"
			pr.Out.Host = s.websocket.Host
			pr.Out.Header.Del("Origin") // checked here; Prosody knows only its own
			pr.Out.Header.Del("Cookie")
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			s.log.Debug("websocket not led on", "error", err)
			http.Error(w, "The chat server does not answer.", http.StatusBadGateway)
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Browsers do not keep foreign pages from opening websockets: the server must (RFC 6455 §10.2).
		if origin := r.Header.Get("Origin"); origin != "" {
			u, err := url.Parse(origin)
			if err != nil || u.Host != r.Host {
				http.Error(w, "Only the demo's own page may connect.", http.StatusForbidden)
				return
			}
		}
		proxy.ServeHTTP(w, r)
	})
}
