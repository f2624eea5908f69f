package console

import (
	"net"
	"net/http"
	"net/netip"
	"testing"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// forwarded is a browser behind a proxy.
type forwarded struct {
	http.RoundTripper
	from string
}

func (f forwarded) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	req.Header.Set("X-Forwarded-For", f.from)
	return f.RoundTripper.RoundTrip(req)
}

func (s *surfer) through(address string) { s.client.Transport = forwarded{s.client.Transport, address} }

// Who asks is who stands before the proxies that the keeper has named, and nobody can say to be somebody else.
func TestAVisitorBehindProxies(t *testing.T) {
	app := fiber.New()
	for _, c := range []struct {
		name     string
		remote   string
		headers  [][2]string
		visitor  string
		viaTLS   bool
		untrusts bool
	}{
		{"nobody before us", "127.0.0.1", nil, "127.0.0.1", false, false},
		{"a proxy", "127.0.0.1", [][2]string{{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-Proto", "https"}}, "203.0.113.7", true, false},
		{"what the visitor wrote does not count", "127.0.0.1", [][2]string{{"X-Forwarded-For", "10.1.1.1, 198.51.100.1, 203.0.113.7"}}, "203.0.113.7", false, false},
		{"nor on a line of its own", "127.0.0.1", [][2]string{{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "203.0.113.7"}}, "203.0.113.7", false, false},
		{"two proxies", "127.0.0.1", [][2]string{{"X-Forwarded-For", "203.0.113.7, 10.9.8.7"}}, "203.0.113.7", false, false},
		{"all are proxies", "127.0.0.1", [][2]string{{"X-Forwarded-For", "10.9.8.7"}}, "10.9.8.7", false, false},
		{"with a port", "127.0.0.1", [][2]string{{"X-Forwarded-For", "203.0.113.7:5555"}}, "203.0.113.7", false, false},
		{"IPv6", "::1", [][2]string{{"X-Forwarded-For", "[2001:db8::7]:5555"}, {"X-Forwarded-Proto", "HTTPS"}}, "2001:db8::7", true, false},
		{"IPv4 in IPv6", "::ffff:127.0.0.1", [][2]string{{"X-Forwarded-For", "203.0.113.7"}}, "203.0.113.7", false, false},
		{"nonsense", "127.0.0.1", [][2]string{{"X-Forwarded-For", "203.0.113.7, unknown"}}, "127.0.0.1", false, false},
		{"the last proxy says what its own visitor's connection is", "127.0.0.1", [][2]string{{"X-Forwarded-Proto", "https, http"}}, "127.0.0.1", false, false},
		{"somebody who is no proxy", "192.0.2.5", [][2]string{{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-Proto", "https"}}, "192.0.2.5", false, false},
		{"nobody is named", "127.0.0.1", [][2]string{{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-Proto", "https"}}, "127.0.0.1", false, true},
	} {
		s := &Server{options: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("10.0.0.0/8")}}}
		if c.untrusts {
			s.options.Proxies = nil
		}
		var req fasthttp.Request
		for _, h := range c.headers {
			req.Header.Add(h[0], h[1])
		}
		var ctx fasthttp.RequestCtx
		ctx.Init(&req, &net.TCPAddr{IP: net.ParseIP(c.remote), Port: 4000}, nil)
		v := app.AcquireCtx(&ctx)
		if got := s.visitor(v); got != c.visitor {
			t.Errorf("%s: the visitor is %s, want %s", c.name, got, c.visitor)
		}
		if got := s.viaTLS(v); got != c.viaTLS {
			t.Errorf("%s: encrypted: %v", c.name, got)
		}
		app.ReleaseCtx(v)
	}
}

// Whatever stands in the headers, a visitor is an address: the connection's own, or one that is no proxy's.
func FuzzVisitor(f *testing.F) {
	for _, line := range []string{"", "203.0.113.7", "203.0.113.7, 10.0.0.1", "[2001:db8::1]:80", ",", "a, b", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1%eth0"} {
		f.Add(line, "https")
	}
	app := fiber.New()
	s := &Server{options: Options{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32"), netip.MustParsePrefix("10.0.0.0/8")}}}
	f.Fuzz(func(t *testing.T, forwarded, proto string) {
		var req fasthttp.Request
		req.Header.Set("X-Forwarded-For", forwarded)
		req.Header.Set("X-Forwarded-Proto", proto)
		for _, remote := range []string{"127.0.0.1", "203.0.113.9"} {
			var ctx fasthttp.RequestCtx
			ctx.Init(&req, &net.TCPAddr{IP: net.ParseIP(remote)}, nil)
			c := app.AcquireCtx(&ctx)
			got := s.visitor(c)
			if _, err := netip.ParseAddr(got); err != nil || remote == "203.0.113.9" && got != remote || remote == "203.0.113.9" && s.viaTLS(c) {
				t.Errorf("%q from %s: %q", forwarded, remote, got)
			}
			app.ReleaseCtx(c)
		}
	})
}

// Behind a proxy wrong guesses are counted by who makes them, and the cookies know that the way there is encrypted.
func TestThroughAProxy(t *testing.T) {
	h := openHomeWith(t, func(o *Options) { o.Proxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")} })
	h.account("Mamma")
	guesser, owner := h.surfer(), h.surfer()
	guesser.through("203.0.113.7")
	owner.through("203.0.113.8")
	for range 8 {
		guesser.get("/signin")
		guesser.post("/signin", "name", "Nabo", "password", "feil feil feil feil")
	}
	h.waits()
	owner.get("/signin")
	owner.post("/signin", "name", "Mamma", "password", password)
	if owner.path != "/overview" || len(h.waits()) > 0 {
		t.Errorf("who guesses elsewhere slows down the owner, who is at %s", owner.path)
	}
	guesser.get("/signin")
	guesser.post("/signin", "name", "Mamma", "password", "feil feil feil feil")
	if len(h.waits()) == 0 {
		t.Error("whoever has guessed is not slowed down")
	}
}
