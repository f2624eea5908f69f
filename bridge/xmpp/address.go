package xmpp

import (
	"fmt"
	"strings"

	"mellium.im/xmpp/jid"

	"knapp/bridge"
)

// ParseJID prepares a person's bare address as RFC 7622 asks: "Mum@Example.org" becomes "mum@example.org". An
// address with a resource, or without a name before the @, is an error that says so.
func ParseJID(s string) (bridge.JID, error) {
	a := splitAddress(s)
	switch {
	case a.resource != "" || strings.HasSuffix(s, "/"):
		return "", fmt.Errorf("xmpp: %q names one client: leave out the / and what follows", s)
	case a.local == "":
		return "", fmt.Errorf("xmpp: %q has no name before an @: write it like mum@example.org", s)
	}
	return prepare(s)
}

// prepare returns a bare address in the form in which addresses are compared. Servers have addresses too, so
// the localpart may be missing.
func prepare(bare string) (bridge.JID, error) {
	j, err := jid.Parse(bare)
	if err != nil {
		return "", fmt.Errorf("xmpp: %q is not an address like mum@example.org: %w", bare, err)
	}
	return bridge.JID(j.String()), nil
}

// address is a JID as it stands on a stanza: taken apart, not validated. Servers pass addresses that mellium
// does not accept, and whoever has one gets the same answers as everybody else.
type address struct {
	local, domain, resource string
}

// splitAddress takes an address apart (RFC 7622 §3.1: the resource begins at the first slash).
func splitAddress(s string) address {
	var a address
	s, a.resource, _ = strings.Cut(s, "/")
	local, domain, found := strings.Cut(s, "@")
	if !found {
		return address{domain: s, resource: a.resource}
	}
	a.local, a.domain = local, domain
	return a
}

// bare returns the address without its resource.
func (a address) bare() string {
	if a.local == "" {
		return a.domain
	}
	return a.local + "@" + a.domain
}
