package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
)

// Passkey is a key in a guardian's phone or computer that signs in to the console in the place of a password (W3C Web
// Authentication). What is kept of it is public.
type Passkey struct {
	ID      []byte // as the authenticator names it
	Person  policy.Person
	Record  []byte // the credential record (Web Authentication, §4 *Terminology*), in JSON; the console's alone
	Agent   string // the browser in which it was made, shortened
	Created time.Time
	Used    time.Time // zero for never
}

// PasskeyStore is what is asked about passkeys outside of a step.
type PasskeyStore interface {
	// Passkeys returns a guardian's passkeys, the oldest first.
	Passkeys(ctx context.Context, p policy.Person) ([]Passkey, error)
}

// PasskeyTx is what a step may do about passkeys.
type PasskeyTx interface {
	// AddPasskey keeps one. Its guardian has an account. It fails for one that is there already.
	AddPasskey(k Passkey) error
	// UsePasskey writes back Record and Used, and tells whether the passkey is still there.
	UsePasskey(k Passkey) (bool, error)
	// DropPasskey forgets one of a guardian's passkeys, or (nil) all.
	DropPasskey(p policy.Person, id []byte) error
}
