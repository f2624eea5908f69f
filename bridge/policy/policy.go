// Package policy decides who may write to whom. It is pure: no I/O, no clock of its own, no state. What it is
// given decides what it answers, so that every verdict can be replayed and explained.
//
// Deny by default: without a rule that says so, nothing passes, in an emergency either.
package policy

import "fmt"

// Person names a member of the family's directory: a child, a guardian or a contact. 0 is nobody.
type Person int64

// Direction tells which way a message goes, seen from the child.
type Direction uint8

// The two directions. The zero value is neither, and nothing passes in it.
const (
	FromChild Direction = iota + 1
	ToChild
)

// String returns the direction as the log and the database write it.
func (d Direction) String() string {
	switch d {
	case FromChild:
		return "from_child"
	case ToChild:
		return "to_child"
	default:
		return fmt.Sprintf("direction(%d)", uint8(d))
	}
}

// Rule joins one child to one contact.
type Rule struct {
	ID        int64  // the row it came from; shown as the answer to "why?"
	Child     Person // the child whose list this is
	Contact   Person // a guardian, a contact or another child
	Key       int    // the speed-dial key, 1–9; 0 is none
	FromChild bool   // the child may write to the contact
	ToChild   bool   // the contact may write to the child
	Emergency bool   // the contact is on the child's emergency list
}

// Guardianship says that a person is a guardian of a child. Alone it lets both write to each other; a rule of
// the same pair may take the way to the child away, never the way from the child.
type Guardianship struct {
	Child, Guardian Person
}

// Action is what is done with a message.
type Action uint8

// The actions. The zero value is not one of them, so that a verdict nobody made cannot pass for a verdict.
const (
	Deliver Action = iota + 1
	Refuse
)

// String returns the action as the log and the database write it.
func (a Action) String() string {
	switch a {
	case Deliver:
		return "deliver"
	case Refuse:
		return "refuse"
	default:
		return fmt.Sprintf("action(%d)", uint8(a))
	}
}

// Reason tells why, as data; package words puts it into sentences.
type Reason string

// The reasons.
const (
	ByRule         Reason = "rule"         // a rule of the child's list lets it pass
	ByGuardianship Reason = "guardianship" // the other is a guardian of the child
	NotOnList      Reason = "not_on_list"  // no rule joins the two
	WrongWay       Reason = "wrong_way"    // the rule does not go in this direction
	Stranger       Reason = "stranger"     // the sender or the recipient is nobody in the directory
	Gateway        Reason = "gateway"      // the gateway's own words, not a person's
	NotText        Reason = "not_text"     // there is nothing in it that a person could read
	Unreadable     Reason = "unreadable"   // it could not be decoded; the raw message is kept
	TooLong        Reason = "too_long"     // more parts than a button phone takes
)

// Verdict is what was decided, and by which rule.
type Verdict struct {
	Action Action
	Reason Reason
	Rule   int64 // the deciding Rule's ID; 0 when no rule did
}

// Request asks about one message between a child and one other person.
type Request struct {
	Child     Person
	Other     Person
	Direction Direction
}

type pair struct{ child, other Person }

type keyOf struct {
	child Person
	key   int
}

// Rules is the family's allowlist, made by New and never changed after. It is safe for use by several
// goroutines at once.
type Rules struct {
	rules     map[pair]Rule
	keys      map[keyOf]Person
	guardians map[pair]bool
}

// New makes the rules ready for Decide. Of two rules for the same child and contact the later counts; the
// database does not hold two.
func New(rules []Rule, guardianships []Guardianship) Rules {
	r := Rules{
		rules:     make(map[pair]Rule, len(rules)),
		keys:      make(map[keyOf]Person, len(rules)),
		guardians: make(map[pair]bool, len(guardianships)),
	}
	for _, rule := range rules {
		r.rules[pair{rule.Child, rule.Contact}] = rule
		if rule.Key != 0 {
			r.keys[keyOf{rule.Child, rule.Key}] = rule.Contact
		}
	}
	for _, g := range guardianships {
		r.guardians[pair{g.Child, g.Guardian}] = true
	}
	return r
}

// OnKey returns who lies on a child's speed-dial key, or 0.
func (r Rules) OnKey(child Person, key int) Person { return r.keys[keyOf{child, key}] }

// Rule returns the rule between a child and another, if there is one.
func (r Rules) Rule(child, other Person) (Rule, bool) {
	rule, ok := r.rules[pair{child, other}]
	return rule, ok
}

// IsGuardian tells whether a person is a guardian of the child.
func (r Rules) IsGuardian(child, person Person) bool { return r.guardians[pair{child, person}] }

// Decide says what is done with a message.
func Decide(rules Rules, q Request) Verdict {
	if q.Child == 0 || q.Other == 0 {
		return Verdict{Action: Refuse, Reason: Stranger}
	}
	guardian := rules.guardians[pair{q.Child, q.Other}]
	rule, found := rules.rules[pair{q.Child, q.Other}]
	switch {
	case guardian && q.Direction == FromChild:
		// Promise 3: nothing from a child to its own guardian is ever held, whatever the list says.
		return Verdict{Action: Deliver, Reason: ByGuardianship, Rule: rule.ID}
	case found && (q.Direction == FromChild && rule.FromChild || q.Direction == ToChild && rule.ToChild):
		return Verdict{Action: Deliver, Reason: ByRule, Rule: rule.ID}
	case found:
		return Verdict{Action: Refuse, Reason: WrongWay, Rule: rule.ID}
	case guardian && q.Direction == ToChild:
		return Verdict{Action: Deliver, Reason: ByGuardianship}
	default:
		return Verdict{Action: Refuse, Reason: NotOnList}
	}
}
