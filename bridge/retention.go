package bridge

import (
	"context"
	"fmt"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Retained is something that is kept for a number of days (promise 7). Texts are not among them: a delivered one is
// kept for none, a held one for TextKept, and nobody can raise that.
type Retained string

// What is kept.
const (
	KeepMetadata Retained = "metadata" // the log: who, when, how long
	KeepAudit    Retained = "audit"    // who read, exported or changed what
)

// keptDays is for how many days each is kept, unless the guardians say otherwise, and the bounds of what they may say.
var keptDays = map[Retained]struct{ usual, least, most int }{
	KeepMetadata: {30, 1, 365},
	KeepAudit:    {365, 90, 3650}, // the child may ask for it
}

var retainedWords = map[Retained]words.Sentence{KeepMetadata: words.RetainedMetadata, KeepAudit: words.RetainedAudit}

// DaysKept returns for how many days something is kept by default.
func DaysKept(what Retained) int { return keptDays[what].usual }

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
		if g.ID != but && d.May(Actor{Person: g.ID, Via: ViaXMPP}, Arrange, child) {
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
	k, ok := d.Person(child)
	if err := r.audit(tx, who, "set_retention", child, 0, detailOfRetention(what, before, days)); err != nil || !ok || days <= before {
		return err
	}
	sentence := words.KeptLongerLog
	if what == KeepAudit {
		sentence = words.KeptLongerAudit
	}
	if err := r.tellChild(tx, k, sentence, days); err != nil {
		return err
	}
	return r.informGuardians(tx, d, child, See, who.Person, func(_ Person, language string) string {
		return words.Say(language, words.GuardianKeeps, words.Say(language, retainedWords[what]), k.Name, days)
	})
}

func detailOfRetention(what Retained, before, days int) string {
	return fmt.Sprintf("%s: %d → %d days", what, before, days)
}
