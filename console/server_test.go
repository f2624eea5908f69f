package console

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// noon is when the tests happen.
var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

// healthy is a gateway where everything works.
func healthy() Health {
	return Health{
		Modems:  []ModemHealth{{Name: "hovedmodem-4799", Ready: true, Registered: true, Since: noon.Add(-3 * time.Hour)}},
		XMPP:    true,
		Started: noon.Add(-26 * time.Hour),
	}
}

// site is a console that listens on a port of loopback.
type site struct {
	t      testing.TB
	url    string
	client *http.Client
	stop   func() error // ends Run and gives what it returned
	server *Server
}

func open(t testing.TB, o Options) site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return openOn(t, o, listener)
}

func openOn(t testing.TB, o Options, listener net.Listener) site {
	t.Helper()
	o.Listen = listener.Addr().String()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	o.TimeZone = time.UTC
	server := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- server.serve(ctx, listener) }()
	stop := sync.OnceValue(func() error { cancel(); return <-done })
	t.Cleanup(func() { _ = stop() })
	scheme := "http://"
	if o.TLS != nil {
		scheme = "https://"
	}
	transport := &http.Transport{DisableCompression: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return site{t: t, url: scheme + o.Listen, client: &http.Client{Transport: transport}, stop: stop, server: server}
}

// ask sends a request; headers come in pairs, "Host" among them.
func (s site) ask(method, path string, headers ...string) (*http.Response, string) {
	s.t.Helper()
	req := httptest.NewRequest(method, s.url+path, nil)
	req.RequestURI = ""
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := s.client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res, string(body)
}

func TestDoors(t *testing.T) {
	s := open(t, Options{Health: healthy})
	for _, c := range []struct {
		method, path string
		code         int
	}{
		{"GET", "/", 200},
		{"HEAD", "/", 200},
		{"GET", "/?lang=en", 200},
		{"GET", "/healthz", 200},
		{"HEAD", "/healthz", 200},
		{"POST", "/", 405},
		{"PUT", "/healthz", 405},
		{"DELETE", "/", 405},
		{"OPTIONS", "/", 405},
		{"TRACE", "/", 405},
		{"POST", "/log", 404},
		{"GET", "/healthz/", 404},
		{"GET", "/Healthz", 404},
		{"GET", "/index.html", 404},
		{"GET", "/login", 404},
		{"GET", "/metrics", 404},
		{"GET", "/debug/pprof/", 404},
		{"GET", "/static", 404},
		{"GET", "/static/", 404},
		{"GET", "/static/console.css", 404}, // only under the name that has the hash
		{"GET", "/views/status.html", 404},
		{"GET", "/locale/nb.json", 404},
	} {
		res, body := s.ask(c.method, c.path)
		if res.StatusCode != c.code {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, res.StatusCode, c.code)
		}
		if c.code == 405 && res.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s %s: Allow %q", c.method, c.path, res.Header.Get("Allow"))
		}
		if c.method == "HEAD" && body != "" {
			t.Errorf("HEAD %s has a body", c.path)
		}
	}
}

// raw sends bytes and gives the status code and the body that come back.
func (s site) raw(request string) (int, string) {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatalf("%q: %v", request, err)
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(body)
}

func TestPathsCannotLeaveTheFolder(t *testing.T) {
	s := open(t, Options{Health: healthy})
	for _, path := range []string{
		"/static/../server.go", "/static/..%2fserver.go", "/static/%2e%2e/%2e%2e/etc/passwd", "/static/....//....//etc/passwd",
		"/static/..\\..\\etc\\passwd", "//etc/passwd", "/../../../../etc/passwd", "/static/%00", "/static/console.css%00.svg",
	} {
		code, body := s.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		if code != 404 || strings.Contains(body, "root:") || strings.Contains(body, "package console") {
			t.Errorf("%s: %d %.80q, want 404", path, code, body)
		}
	}
}

func TestBrokenRequestsGetNoWordsOfOurs(t *testing.T) {
	s := open(t, Options{Health: healthy})
	for _, c := range []struct {
		request string
		code    int
	}{
		{"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("a", 9000) + "\r\n\r\n", 431},
		{"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 999999\r\n\r\n", 413},
		{"NONSENSE\r\n\r\n", 400},
	} {
		code, body := s.raw(c.request)
		if code != c.code || strings.Contains(body, "fasthttp") || strings.Contains(body, "error") || len(body) > 60 {
			t.Errorf("%.30q…: %d %q, want %d and no inner words", c.request, code, body, c.code)
		}
	}
}

func TestOnlyOurOwnNamesAreAnswered(t *testing.T) {
	s := open(t, Options{Health: healthy, PublicHosts: []string{"Knapp.example.org", "pi.local:8080"}})
	for host, ours := range map[string]bool{
		"localhost": true, "LOCALHOST:8080": true, "localhost.": true, "127.0.0.1": true, "127.0.0.1:9": true, "127.1.2.3": true,
		"[::1]": true, "[::1]:8080": true, "knapp.example.org": true, "KNAPP.EXAMPLE.ORG:443": true, "pi.local": true,
		"evil.example": false, "localhost.evil.example": false, "127.0.0.1.evil.example": false, "knapp.example.org.evil.example": false,
		"192.168.1.4": false, "0.0.0.0": false, "169.254.1.1": false, "[fe80::1]": false,
	} {
		for _, path := range []string{"/", "/healthz", "/nowhere"} {
			res, body := s.ask("GET", path, "Host", host)
			if (res.StatusCode != 421) != ours {
				t.Errorf("Host %q %s: %d, ours %v", host, path, res.StatusCode, ours)
			}
			if !ours && (strings.Contains(body, "<html") || strings.Contains(body, host)) {
				t.Errorf("Host %q %s was told %q", host, path, body)
			}
		}
	}
	if code, _ := s.raw("GET / HTTP/1.0\r\n\r\n"); code != 421 && code != 400 {
		t.Errorf("no Host at all: %d, want to be turned away", code)
	}
	// X-Forwarded-Host is what a page of somebody else could set; no proxy is trusted.
	if res, _ := s.ask("GET", "/", "Host", "evil.example", "X-Forwarded-Host", "localhost"); res.StatusCode != 421 {
		t.Errorf("X-Forwarded-Host was believed: %d", res.StatusCode)
	}
}

func TestListeningEverywhereAnswersTheAddressThatWasAsked(t *testing.T) {
	lan := &net.TCPAddr{IP: net.IPv4(192, 168, 1, 4), Port: 8080}
	for _, listen := range []string{":8080", "0.0.0.0:8080", "[::]:8080"} {
		h := newHosts(listen, nil)
		for host, ours := range map[string]bool{
			"192.168.1.4:8080": true, "127.0.0.1": true, "localhost": true,
			"192.168.1.5:8080": false, "evil.example": false, "0.0.0.0": false, "": false,
		} {
			if h.allow(host, lan) != ours {
				t.Errorf("listening on %s, Host %q: %v", listen, host, !ours)
			}
		}
	}
	h := newHosts("192.168.1.4:8080", nil)
	if !h.allow("192.168.1.4:8080", lan) || h.allow("192.168.1.5", lan) {
		t.Error("an address of our own is not told from another")
	}
}

func TestEveryAnswerIsGuarded(t *testing.T) {
	s := open(t, Options{Health: healthy})
	for _, c := range [][]string{{"GET", "/"}, {"GET", "/healthz"}, {"GET", "/nowhere"}, {"POST", "/"}, {"GET", "/", "Host", "evil.example"}} {
		res, _ := s.ask(c[0], c[1], c[2:]...)
		for header, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
			"Cache-Control": "no-store", "Strict-Transport-Security": "", "Server": "",
		} {
			if got := res.Header.Get(header); got != want {
				t.Errorf("%v: %s is %q, want %q", c, header, got, want)
			}
		}
		policy := res.Header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || !strings.Contains(policy, "frame-ancestors 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%v: policy %q", c, policy)
		}
		if !strings.Contains(res.Header.Get("Permissions-Policy"), "serial=()") {
			t.Errorf("%v: Permissions-Policy %q", c, res.Header.Get("Permissions-Policy"))
		}
	}
}

func TestOverTLSTheBrowserIsToldToStay(t *testing.T) {
	s := open(t, Options{Health: healthy, TLS: &tls.Config{Certificates: []tls.Certificate{certificate(t)}}})
	res, _ := s.ask("GET", "/?lang=en")
	if got := res.Header.Get("Strict-Transport-Security"); got != "max-age=31536000" {
		t.Errorf("HSTS is %q", got)
	}
	if cookie := res.Header.Get("Set-Cookie"); !strings.Contains(strings.ToLower(cookie), "secure") {
		t.Errorf("cookie %q is not for TLS only", cookie)
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
}

// certificate makes one for 127.0.0.1, signed by itself.
func certificate(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "knapp"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func TestStaticFilesAreKeptForEver(t *testing.T) {
	s := open(t, Options{Health: healthy})
	_, page := s.ask("GET", "/")
	paths := regexp.MustCompile(`/static/[a-z]+\.[0-9a-f]{12}\.(css|svg)`).FindAllString(page, -1)
	if len(paths) != 2 {
		t.Fatalf("the page names %v, want style and icon", paths)
	}
	for _, path := range paths {
		plain, content := s.ask("GET", path)
		if plain.StatusCode != 200 || plain.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || plain.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: %d %v", path, plain.StatusCode, plain.Header)
		}
		packed, body := s.ask("GET", path, "Accept-Encoding", "gzip, deflate, br")
		if packed.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(packed.Header.Get("Vary"), "Accept-Encoding") || len(body) >= len(content) {
			t.Errorf("%s is not compressed: %v", path, packed.Header)
			continue
		}
		r, err := gzip.NewReader(strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if unpacked, err := io.ReadAll(r); err != nil || string(unpacked) != content {
			t.Errorf("%s unpacks to something else (%v)", path, err)
		}
		if res, _ := s.ask("GET", path, "Accept-Encoding", "identity"); res.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s is packed for a browser that cannot unpack", path)
		}
	}
}

func TestRunSaysWhenThePortIsTaken(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = New(Options{Listen: other.Addr().String()}).Run(t.Context())
	var listen *ListenError
	if !errors.As(err, &listen) || !errors.Is(err, syscall.EADDRINUSE) {
		t.Fatalf("got %v, want a *ListenError", err)
	}
	for _, word := range []string{other.Addr().String(), "another program has this port", "[console] listen"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q lacks %q", err, word)
		}
	}
	if err := New(Options{Listen: "192.0.2.1:80"}).Run(t.Context()); !errors.As(err, &listen) || !strings.Contains(err.Error(), "address of this machine") {
		t.Errorf("a foreign address: %v", err)
	}
}

func TestRunEndsInTime(t *testing.T) {
	s := open(t, Options{Health: healthy})
	s.ask("GET", "/") // leaves a connection that waits for the next request
	silent, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // a browser's spare connection, on which nothing was ever said
	slow, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := io.WriteString(slow, "GET / HTTP/1.1\r\nHost: loc"); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.stop(); err != nil {
		t.Errorf("Run gave %v at its end", err)
	}
	if took := time.Since(began); took > 300*time.Millisecond {
		t.Errorf("it took %v to end", took)
	}
	for name, conn := range map[string]net.Conn{"silent": silent, "slow": slow} {
		_ = conn.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := io.ReadAll(conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the %s connection outlives Run: what it asks is answered by a gateway that has ended", name)
		}
	}
	if again, err := net.Listen("tcp", strings.TrimPrefix(s.url, "http://")); err != nil {
		t.Errorf("the port is still taken: %v", err)
	} else {
		_ = again.Close()
	}
}

func TestRunWithAnEndedContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := New(Options{Listen: "127.0.0.1:0"}).Run(ctx); err != nil {
		t.Fatal(err)
	}
}

// diary collects what is logged.
type diary struct {
	mu    sync.Mutex
	lines strings.Builder
}

func (d *diary) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines.Write(b)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.lines.String()
}

func TestWarnsLoudlyOnTheOpenNetwork(t *testing.T) {
	for _, c := range []struct {
		listen string
		tls    *tls.Config
		warns  bool
	}{
		{"0.0.0.0:0", nil, true},
		{"127.0.0.1:0", nil, false},
		{"0.0.0.0:0", &tls.Config{Certificates: []tls.Certificate{certificate(t)}}, false},
	} {
		log := &diary{}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		server := New(Options{Listen: c.listen, TLS: c.tls, Log: slog.New(slog.NewTextHandler(log, nil))})
		go func() { done <- server.Run(ctx) }()
		for deadline := time.Now().Add(5 * time.Second); !strings.Contains(log.String(), "listening") && time.Now().Before(deadline); {
			<-time.After(time.Millisecond)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := strings.Contains(log.String(), "level=WARN"); got != c.warns {
			t.Errorf("%s: warned %v, want %v:\n%s", c.listen, got, c.warns, log)
		}
	}
}

func TestAPanicIsAPageAndALogLine(t *testing.T) {
	log := &diary{}
	s := open(t, Options{Health: func() Health { panic("secret of the inside") }, Log: slog.New(slog.NewTextHandler(log, nil))})
	res, body := s.ask("GET", "/", "Accept-Language", "nb")
	if res.StatusCode != 500 || !strings.Contains(body, "Siden lot seg ikke vise") || strings.Contains(body, "secret") {
		t.Errorf("%d %s", res.StatusCode, body)
	}
	if !strings.Contains(log.String(), "secret of the inside") {
		t.Errorf("the log does not say what happened: %s", log)
	}
}
