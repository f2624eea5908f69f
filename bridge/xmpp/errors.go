package xmpp

import (
	"errors"
	"fmt"
)

// ErrNotConnected is returned while there is no stream to the server. Nothing was sent.
var ErrNotConnected = errors.New("xmpp: there is no connection to the server")

// ErrStreamLost is returned when the stream ended before the server was known to have worked on what was sent.
var ErrStreamLost = errors.New("xmpp: the stream ended before the server had confirmed what was sent")

// RefusedError says that the server does not let the component in, at the first connection. To try again is
// of no use before somebody changed a configuration.
type RefusedError struct {
	Server    string // host:port
	Domain    string // the component's
	Condition string // RFC 6120 §4.9.3: "not-authorized" or "host-unknown"
}

// Error is one sentence that says what to do.
func (e *RefusedError) Error() string {
	if e.Condition == "host-unknown" {
		return fmt.Sprintf("xmpp: the server at %s knows no component %s: add one to its configuration, or correct domain under [xmpp]", e.Server, e.Domain)
	}
	return fmt.Sprintf("xmpp: the server at %s refused the secret for %s: put the same secret into the server's configuration and into the file that secret_file names", e.Server, e.Domain)
}

// A condition of a stanza error (RFC 6120 §8.3.3).
const (
	badRequest          = "bad-request"
	forbidden           = "forbidden"
	internalServerError = "internal-server-error"
	itemNotFound        = "item-not-found"
	notAcceptable       = "not-acceptable"
	resourceConstraint  = "resource-constraint"
	serviceUnavailable  = "service-unavailable"
	undefinedCondition  = "undefined-condition"
)

// errorTypes holds the type that RFC 6120 §8.3.3.1–22 connects with each condition.
var errorTypes = map[string]string{
	badRequest:                "modify",
	"conflict":                "cancel",
	"feature-not-implemented": "cancel",
	forbidden:                 "auth",
	"gone":                    "cancel",
	internalServerError:       "cancel",
	itemNotFound:              "cancel",
	"jid-malformed":           "modify",
	notAcceptable:             "modify",
	"not-allowed":             "cancel",
	"not-authorized":          "auth",
	"policy-violation":        "modify",
	"recipient-unavailable":   "wait",
	"redirect":                "modify",
	"registration-required":   "auth",
	"remote-server-not-found": "cancel",
	"remote-server-timeout":   "wait",
	resourceConstraint:        "wait",
	serviceUnavailable:        "cancel",
	"subscription-required":   "auth",
	undefinedCondition:        "cancel",
	"unexpected-request":      "wait",
}
