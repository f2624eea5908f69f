package console

import (
	"errors"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// contentPolicy is what a browser may do with our pages: load our style, pictures and scripts, and ask us, and nobody
// else, for more. Nothing that stands in a page itself runs.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secure goes before every page: it sets the headers and turns away requests for somebody else's name.
func (s *Server) secure(c *fiber.Ctx) error {
	s.headers(c)
	if !s.hosts.allow(string(c.Context().Host()), c.Context().LocalAddr()) {
		return fiber.ErrMisdirectedRequest
	}
	return c.Next()
}

// headers sets what every answer carries, errors too.
func (s *Server) headers(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentSecurityPolicy, contentPolicy)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderXFrameOptions, "DENY") // for browsers older than frame-ancestors
	c.Set(fiber.HeaderReferrerPolicy, "same-origin")
	c.Set(fiber.HeaderPermissionsPolicy, "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), interest-cohort=()")
	c.Set("Cross-Origin-Opener-Policy", "same-origin")
	c.Set("Cross-Origin-Resource-Policy", "same-origin")
	c.Set(fiber.HeaderCacheControl, "no-store")
	if s.encrypted(c) {
		// RFC 6797 §7.2: not over plain HTTP. Without includeSubDomains: the domain is the family's, not ours.
		c.Set(fiber.HeaderStrictTransportSecurity, "max-age=31536000")
	}
}

// fault answers what went wrong: our page for a person, without the error's own words.
func (s *Server) fault(c *fiber.Ctx, err error) error {
	code := fiber.StatusInternalServerError
	var known *fiber.Error
	if errors.As(err, &known) {
		code = known.Code
	}
	if code >= fiber.StatusInternalServerError {
		s.log.Error("console: request failed", "path", c.Path(), "error", err)
	}
	s.headers(c) // a request that could not even be read has not been through secure
	c.Status(code)
	switch code {
	case fiber.StatusNotFound:
		return s.visit(c).show("notfound.html", nil)
	case fiber.StatusMethodNotAllowed:
		c.Set(fiber.HeaderAllow, s.allowed(c.Path()))
		return c.SendString("This is not done here.\n")
	case fiber.StatusMisdirectedRequest:
		// RFC 9110 §15.5.20. Not a page: the name is somebody else's, perhaps a page that made its name point at us.
		return c.SendString("Knapp does not answer under this name. If it is yours, set public_url in [console] of the configuration to it.\n")
	case fiber.StatusInternalServerError:
		return s.visit(c).show("broken.html", nil)
	default:
		return c.SendString(http.StatusText(code) + "\n")
	}
}

// allowed are the methods that a path takes (RFC 9110 §10.2.1).
func (s *Server) allowed(path string) string {
	var methods []string
	for _, d := range s.doors {
		if d.path == path || strings.HasPrefix(d.path, "/static/") && strings.HasPrefix(path, "/static/") {
			methods = append(methods, d.method)
			if d.method == fiber.MethodGet {
				methods = append(methods, fiber.MethodHead)
			}
		}
	}
	return strings.Join(methods, ", ")
}

// hosts are the names under which we answer. A foreign page can make a name of its own point at 127.0.0.1 or at the Pi
// and then read what is there as if it were its own (DNS rebinding); it cannot make the browser send another Host.
type hosts struct {
	names map[string]bool
	any   bool // we listen on all addresses: the one that the request came to is ours
}

func newHosts(listen string, public []string) hosts {
	h := hosts{names: map[string]bool{"localhost": true}}
	host := bareHost(listen)
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		h.any = true
	} else {
		h.names[host] = true
	}
	for _, name := range public {
		if name = bareHost(name); name != "" {
			h.names[name] = true
		}
	}
	return h
}

// allow says whether a request for host, which came in at the address local, is for us.
func (h hosts) allow(host string, local net.Addr) bool {
	name := bareHost(host)
	if h.names[name] {
		return true
	}
	ip, err := netip.ParseAddr(name)
	if err != nil {
		return false
	}
	if ip.IsLoopback() {
		return true
	}
	tcp, ok := local.(*net.TCPAddr)
	return h.any && ok && tcp.AddrPort().Addr().Unmap().WithZone("") == ip.Unmap().WithZone("")
}

// bareHost is a Host header, an address or a name without port, brackets and last dot, in lower case.
func bareHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}
