package bridge

import (
	"context"
	"fmt"
	"slices"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Retained is something that is kept for a number of days (promise 7). Delivered texts are not among them: they are
// kept for none, and nobody can raise that.
type Retained string

// What is kept.
const (
	KeepHeld     Retained = "held"     // a text that waits
	KeepMetadata Retained = "metadata" // the log: who, when, how long
	KeepAudit    Retained = "audit"    // who read, exported or changed what
)

// AllRetained is all that is kept for a number of days.
var AllRetained = []Retained{KeepHeld, KeepMetadata, KeepAudit}

// keptDays is for how many days each is kept, unless the guardians say otherwise, and the bounds of what they may say.
var keptDays = map[Retained]struct{ usual, least, most int }{
	KeepHeld:     {7, 1, 30},
	KeepMetadata: {30, 1, 365},
	KeepAudit:    {365, 90, 3650}, // the child may ask for it
}

var retainedWords = map[Retained]words.Sentence{
	KeepHeld: words.RetainedHeld, KeepMetadata: words.RetainedMetadata, KeepAudit: words.RetainedAudit,
}

// keptLonger tells a child that something is kept for longer than before.
var keptLonger = map[Retained]words.Sentence{
	KeepHeld: words.KeptLongerHeld, KeepMetadata: words.KeptLongerLog, KeepAudit: words.KeptLongerAudit,
}

// DaysKept returns for how many days something is kept by default.
func DaysKept(what Retained) int { return keptDays[what].usual }

// MostDays returns for how many days something may be kept at most.
func MostDays(what Retained) int { return keptDays[what].most }

// SetRetention says for how many days something about a child is kept. To keep it for longer takes the yes of a second
// guardian where there is one, and the child is told in an SMS; what was dropped already does not come back. waits is
// set when it waits for that yes.
func (r *Relay) SetRetention(ctx context.Context, who Actor, child string, what Retained, days int) (waits *Pending, err error) {
	err = r.operate(ctx, "set a retention", func(tx Tx, d *Directory) error {
		k, err := d.child(who, Govern, child)
		if err != nil {
			return err
		}
		bounds, ok := keptDays[what]
		if !ok || days < bounds.least || days > bounds.most {
			return refuse(words.RetentionBounds, bounds.least, bounds.most)
		}
		now, err := tx.Retention(k.ID, what)
		if err != nil {
			return err
		}
		if days > now && who.Person != 0 && d.second(k.ID, who.Person) {
			p := Pending{Kind: RaiseRetention, Child: k.ID, What: what, Days: days, By: who, Asked: r.o.Now(), State: "open"}
			waits = &p
			return r.putOff(tx, d, waits)
		}
		return r.keepFor(tx, d, who, k.ID, what, days)
	})
	return waits, err
}

// second tells whether a child has another guardian who can agree to something.
func (d *Directory) second(child, but policy.Person) bool {
	for _, g := range d.Guardians(child) {
		// Also one whose phone is reported gone: else whoever reports it would need nobody.
		if g.ID != but && slices.Contains(rights[g.Role], Arrange) {
			return true
		}
	}
	return false
}

// keepFor sets a retention, and tells the child when it is longer than before.
func (r *Relay) keepFor(tx Tx, d *Directory, who Actor, child policy.Person, what Retained, days int) error {
	before, err := tx.Retention(child, what)
	if err != nil {
		return err
	}
	if err := tx.SetRetention(child, what, days); err != nil {
		return err
	}
	return r.tellKept(tx, d, who, child, what, before, days)
}

// tellKept writes down that something is kept for another time than before. When it is longer, the child and its
// guardians are told.
func (r *Relay) tellKept(tx Tx, d *Directory, who Actor, child policy.Person, what Retained, before, days int) error {
	k, ok := d.Person(child)
	if err := r.audit(tx, who, "set_retention", child, 0, detailOfRetention(what, before, days)); err != nil || !ok || days <= before {
		return err
	}
	if err := r.tellChild(tx, k, keptLonger[what], days); err != nil {
		return err
	}
	return r.informGuardians(tx, d, child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianKeeps, words.Say(language, retainedWords[what]), k.Name, days)
	})
}

// terms is for how many days each thing about each child is kept.
type terms map[policy.Person]RetentionDays

// termsOf returns for how long things are kept about the children of a directory.
func termsOf(tx Tx, d *Directory) (terms, error) {
	all := terms{}
	for _, child := range d.Children() {
		var days RetentionDays
		for _, what := range AllRetained {
			n, err := tx.Retention(child.ID, what)
			if err != nil {
				return nil, err
			}
			days.Set(what, n)
		}
		all[child.ID] = days
	}
	return all, nil
}

// tellKeptSince tells of all that is kept for another time since the family was changed.
func (r *Relay) tellKeptSince(tx Tx, now *Directory, who Actor, before terms) error {
	for _, child := range now.Children() {
		was, known := before[child.ID]
		for _, what := range AllRetained {
			old := was.Of(what)
			if !known {
				old = DaysKept(what)
			}
			days, err := tx.Retention(child.ID, what)
			if err != nil {
				return err
			}
			if days == old {
				continue
			}
			if err := r.tellKept(tx, now, who, child.ID, what, old, days); err != nil {
				return err
			}
		}
	}
	return nil
}

func detailOfRetention(what Retained, before, days int) string {
	return fmt.Sprintf("%s: %d → %d days", what, before, days)
}
