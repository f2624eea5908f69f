package console

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// trusts tells whether an address is a proxy's that the keeper has named: only what those say of a visitor counts.
func (s *Server) trusts(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip = ip.Unmap().WithZone("")
	for _, p := range s.options.Proxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// visitor is the address that a request comes from. Behind trusted proxies it is the last in X-Forwarded-For that is
// none of theirs: what stands before it the visitor may have written itself.
func (s *Server) visitor(c *fiber.Ctx) string {
	address := c.Context().RemoteIP().String()
	if !s.trusts(address) {
		return address
	}
	var hops []string
	for _, line := range c.Request().Header.PeekAll(fiber.HeaderXForwardedFor) {
		hops = append(hops, strings.Split(string(line), ",")...)
	}
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if with, err := netip.ParseAddrPort(hop); err == nil {
			hop = with.Addr().String()
		}
		if _, err := netip.ParseAddr(strings.Trim(hop, "[]")); err != nil {
			return address // a proxy that says nonsense: everybody behind it is one
		}
		address = strings.Trim(hop, "[]")
		if !s.trusts(address) {
			return address
		}
	}
	return address
}

// viaTLS tells whether the browser's connection is encrypted: to us, or as a trusted proxy says to it.
func (s *Server) viaTLS(c *fiber.Ctx) bool {
	if c.Context().IsTLS() {
		return true
	}
	if !s.trusts(c.Context().RemoteIP().String()) {
		return false
	}
	lines := c.Request().Header.PeekAll(fiber.HeaderXForwardedProto)
	if len(lines) == 0 {
		return false
	}
	hops := strings.Split(string(lines[len(lines)-1]), ",")
	return strings.EqualFold(strings.TrimSpace(hops[len(hops)-1]), "https")
}
