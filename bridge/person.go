package bridge

import (
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"

	"knapp/bridge/policy"
)

// Phone is a number in E.164 with its plus sign ("+4791234567"), or, for a sender that is none, the short
// number or the word that the network gave ("72999", "NETFLIX").
type Phone string

// LogValue shortens the number: a log file tells one caller from another and names none (promise 8).
func (p Phone) LogValue() slog.Value { return slog.StringValue(Shorten(string(p))) }

// Shorten returns an address with its middle taken out, for a log file.
func Shorten(s string) string {
	r := []rune(s)
	if len(r) <= 4 {
		return strings.Repeat("·", len(r))
	}
	return string(r[:3]) + "…" + string(r[len(r)-2:])
}

// JID is a bare Jabber ID (RFC 7622), prepared and in lower case ("mum@example.org").
type JID string

// LogValue shortens the localpart, as Phone's does a number.
func (j JID) LogValue() slog.Value {
	local, domain, found := strings.Cut(string(j), "@")
	if !found {
		return slog.StringValue(string(j))
	}
	return slog.StringValue(Shorten(local) + "@" + domain)
}

// Kind tells what a person is in the family's directory.
type Kind string

// The kinds of persons.
const (
	KindGuardian Kind = "guardian"
	KindContact  Kind = "contact"
	KindChild    Kind = "child"
)

// Role is what a guardian may do in the gateway.
type Role string

// The roles (DESIGN: owner, guardian, helper, viewer).
const (
	RoleOwner    Role = "owner"
	RoleGuardian Role = "guardian"
	RoleHelper   Role = "helper"
	RoleViewer   Role = "viewer"
)

// Person is a child, a guardian or a contact, as the directory keeps it.
type Person struct {
	ID        policy.Person
	Kind      Kind
	Name      string        // unique in the family when folded
	JID       JID           // "" when there is none; a child has none of its own
	Phone     Phone         // "" when there is none
	Role      Role          // guardians only
	Localpart string        // children only: the name before the @ of the gateway's domain
	Language  string        // "nb" or "en"; "" means the gateway's
	Default   policy.Person // children only: the one meant when nobody is named; 0 is none
	Confirmed bool          // an owner has said that an unusual number is meant
	Created   time.Time     // when the family got to know them
}

// Fold brings a name to the form in which names are compared: no case, no accents that T9 leaves out, one
// space. Å and its kind fold as well (Åse is found as ase); Ø and Æ have no decomposition and are spelt out.
func Fold(name string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(cases.Fold().String(strings.Join(strings.Fields(name), " "))) {
		switch {
		case r >= 0x0300 && r <= 0x036f: // combining marks
		case r == 'ø':
			b.WriteByte('o')
		case r == 'æ':
			b.WriteString("ae")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
