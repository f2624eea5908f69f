package xmpp

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"knapp/bridge"
)

// StreamError says that the server ended the stream, and why (RFC 6120 §4.9).
type StreamError struct {
	Condition string // RFC 6120 §4.9.3, as the server wrote it
	Text      string // what the server said beside it
	Other     string // of see-other-host: where the server wants the gateway
}

// ended is what a stream error means to whoever keeps the gateway.
type ended struct {
	words  string
	blames bool // it speaks of what the server has read: then the post office looks which stanza it was
}

// ends is every condition of RFC 6120 §4.9.3.
var ends = map[string]ended{
	"bad-format":               {"it could not read what the gateway sent", true},
	"bad-namespace-prefix":     {"it could not read what the gateway sent", true},
	"conflict":                 {"another gateway has connected with the same domain: stop one of the two, or give it a domain of its own", false},
	"connection-timeout":       {"it had heard nothing for too long: the line is bad, or one of the two stood still", false},
	"host-gone":                {"it no longer serves the component's domain: add the component to its configuration again", false},
	"host-unknown":             {"it knows no component of this domain: add one to its configuration, or correct domain under [xmpp]", false},
	"improper-addressing":      {"a stanza of the gateway lacked an address", true},
	"internal-server-error":    {"it has a fault of its own: its log says more", false},
	"invalid-from":             {"the gateway wrote from an address that is not the component's: is domain under [xmpp] the one that the server has?", true},
	"invalid-namespace":        {"it speaks another protocol on this port: is it the one for components (XEP-0114)?", true},
	"invalid-xml":              {"it took something of the gateway for invalid", true},
	"not-authorized":           {"the secret is not the one that the server has: put the same into both", false},
	"not-well-formed":          {"it could not read what the gateway sent", true},
	"policy-violation":         {"something broke a rule of its own, of size or of speed: look for limits in its configuration", true},
	"remote-connection-failed": {"it could not reach something that it needs: its log says more", false},
	"reset":                    {"it begins anew, to take up a change of its own", false},
	"resource-constraint":      {"it has too little memory or too many connections", false},
	"restricted-xml":           {"it took something of the gateway for forbidden XML", true},
	"see-other-host":           {"it wants the gateway elsewhere: put that address into server under [xmpp], if you know it for yours", false},
	"system-shutdown":          {"it is being stopped or restarted; the gateway comes back when it does", false},
	"undefined-condition":      {"it gave no reason that has a name", true},
	"unsupported-encoding":     {"it could not read what the gateway sent", true},
	"unsupported-feature":      {"it demands something that components do not have: is this the port for components?", false},
	"unsupported-stanza-type":  {"it took something of the gateway for no stanza", true},
	"unsupported-version":      {"it speaks another version of XMPP on this port: is it the one for components (XEP-0114)?", false},
}

// Error is one sentence that says what happened and, where somebody can do something, what.
func (e *StreamError) Error() string {
	what, known := ends[e.Condition]
	if !known {
		what = ends["undefined-condition"]
	}
	said := e.Condition
	if e.Other != "" {
		said += " " + e.Other
	}
	if e.Text != "" {
		said += ", “" + e.Text + "”"
	}
	return fmt.Sprintf("xmpp: the server ended the stream: %s (%s)", what.words, said)
}

// Unwrap returns bridge.ErrHungUp where the server means something that it has read.
func (e *StreamError) Unwrap() error {
	if ends[e.Condition].blames {
		return bridge.ErrHungUp
	}
	return nil
}

// lasting tells whether coming back at once would only be repeated: two gateways that push each other out, or a server
// that wants this one elsewhere.
func lasting(err error) bool {
	var e *StreamError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Condition {
	case "conflict", "see-other-host", "host-gone", "host-unknown", "not-authorized", "unsupported-version", "unsupported-feature":
		return true
	default:
		return false
	}
}

// inWords puts what is wrong with a server's certificate before the library's words.
func inWords(err error) error {
	var invalid x509.CertificateInvalidError
	var name x509.HostnameError
	var unknown x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return fmt.Errorf("the server's certificate is good from %s to %s only: renew it and have the server read it anew, or set this machine's clock: %w",
			invalid.Cert.NotBefore.Format("2 January 2006"), invalid.Cert.NotAfter.Format("2 January 2006"), err)
	case errors.As(err, &name):
		return fmt.Errorf("the server's certificate is for another name: %w", err)
	case errors.As(err, &unknown):
		return fmt.Errorf("the server's certificate is signed by nobody whom this machine trusts: %w", err)
	case errors.As(err, &record):
		return fmt.Errorf("the server does not speak TLS on this port: %w", err)
	default:
		return err
	}
}
