package bridge

import (
	"errors"
	"fmt"

	"knapp/bridge/policy"
)

// Actor is who does something to the family and its rules.
type Actor struct {
	Person policy.Person // 0 is the keeper, who may do everything
	Via    string        // how: "terminal", "xmpp", "console", "sms"
}

// Keeper is whoever sits at the box itself.
var Keeper = Actor{Via: "terminal"}

// Right is something that a guardian may be allowed to do, for the children that it is a guardian of.
type Right string

// The rights.
const (
	See      Right = "see"      // who is reachable, the log, the rules
	Hurry    Right = "hurry"    // mute, allow for a while, a phone lost and found
	Approve  Right = "approve"  // answer questions about strangers, release what was stopped
	Arrange  Right = "arrange"  // the list, hours, keys, budgets
	Read     Right = "read"     // show a held text, export the log: always audited
	Govern   Right = "govern"   // guardians and their roles, retention, foreign and premium numbers
	Maintain Right = "maintain" // the gateway itself: modem, balance, backups
)

// rights is what each role may do. Whoever may do something for a child is also a guardian of it.
var rights = map[Role][]Right{
	RoleOwner:    {See, Hurry, Approve, Arrange, Read, Govern, Maintain},
	RoleGuardian: {See, Hurry, Approve, Arrange, Read},
	RoleHelper:   {See, Hurry},
	RoleViewer:   {See},
}

// ErrNotAllowed is returned when an actor may not do what it asked for. It does not tell whether what was asked
// about exists.
var ErrNotAllowed = errors.New("not allowed")

// May tells whether an actor has a right, for a child or (0) for the family as a whole.
func (d *Directory) May(who Actor, right Right, child policy.Person) bool {
	if who.Person == 0 {
		return who.Via == Keeper.Via
	}
	p, ok := d.Person(who.Person)
	if !ok || p.Kind != KindGuardian || d.suspended[p.ID] || child != 0 && !d.Rules.IsGuardian(child, p.ID) {
		return false
	}
	for _, r := range rights[p.Role] {
		if r == right {
			return true
		}
	}
	return false
}

// allow returns ErrNotAllowed unless the actor has the right.
func (d *Directory) allow(who Actor, right Right, child policy.Person) error {
	if !d.May(who, right, child) {
		return fmt.Errorf("%w: it takes the right to %s", ErrNotAllowed, right)
	}
	return nil
}
