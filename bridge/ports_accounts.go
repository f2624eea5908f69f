package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
)

// Account is how a guardian signs in to the console. Nothing in it is a secret by itself but TOTP, which no copy of the
// database holds.
type Account struct {
	Person   policy.Person
	Password string    // argon2id in the PHC format
	TOTP     string    // the secret in base32; "" when there is none
	Second   bool      // a second factor is asked for: after a restore only a recovery code is left as one
	Recovery int       // recovery codes that are left
	Created  time.Time // when it was made, or made anew by an invitation
}

// Session is a browser in which somebody has signed in.
type Session struct {
	Hash      []byte // SHA-256 of the token that the browser holds
	Person    policy.Person
	Created   time.Time
	Seen      time.Time // when it was last used, to some minutes
	Confirmed time.Time // when the password was last given
	Agent     string    // what the browser calls itself, shortened
}

// Invitation lets a guardian choose a password, once.
type Invitation struct {
	Hash   []byte // SHA-256 of the token in the link
	Person policy.Person
	By     Actor
	Until  time.Time
}

// AccountStore is what is asked about accounts outside of a step.
type AccountStore interface {
	// Account returns a guardian's account; ok is false when there is none.
	Account(ctx context.Context, p policy.Person) (a Account, ok bool, err error)
	// HaveAccounts returns who has an account.
	HaveAccounts(ctx context.Context) ([]policy.Person, error)
	// Session returns a session by the hash of its token, however old it is.
	Session(ctx context.Context, hash []byte) (s Session, ok bool, err error)
	// Sessions returns a guardian's sessions, the one that was used last first.
	Sessions(ctx context.Context, p policy.Person) ([]Session, error)
	// Invitation returns an invitation by the hash of its token, however old it is.
	Invitation(ctx context.Context, hash []byte) (i Invitation, ok bool, err error)
}

// AccountTx is what a step may do about accounts.
type AccountTx interface {
	// SetAccount makes an account, or changes its Password, TOTP and Second.
	SetAccount(a Account) error
	// SetRecovery puts new recovery codes, as SHA-256, in the place of all that there were.
	SetRecovery(p policy.Person, hashes [][]byte) error
	// UseRecovery takes a recovery code and tells whether it was there: each serves once.
	UseRecovery(p policy.Person, hash []byte) (bool, error)
	// UseStep takes a time step of the second factor and tells whether it is later than every one before: no code
	// serves twice (RFC 6238 §5.2).
	UseStep(p policy.Person, step int64) (bool, error)

	// AddSession begins a session.
	AddSession(s Session) error
	// SaveSession writes back Seen and Confirmed.
	SaveSession(s Session) error
	// EndSession ends a guardian's session and tells whether there was one.
	EndSession(p policy.Person, hash []byte) (bool, error)
	// EndSessions ends all sessions of a guardian but one; nil is none.
	EndSessions(p policy.Person, but []byte) error
	// DropSessions forgets sessions begun or last used before a time each, and invitations that ended before now.
	DropSessions(created, seen, now time.Time) error

	// AddInvitation writes an invitation, in the place of an earlier one to the same guardian.
	AddInvitation(i Invitation) error
	// TakeInvitation takes an invitation and tells whether it was there: it serves once.
	TakeInvitation(hash []byte) (i Invitation, ok bool, err error)
}
