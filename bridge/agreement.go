package bridge

import (
	"context"
	"fmt"
	"strings"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Terms is what is kept about one child, and what was agreed on with it.
type Terms struct {
	Child  policy.Person
	Days   map[Retained]int // for how long each is kept
	Agreed Agreement        // the zero value for nothing yet
	Stands bool             // what was agreed is still so
}

// Agree writes down that a guardian has gone through what is kept with the child itself, which is told so by SMS: whoever
// says it without having done it is found out. It takes the right to Arrange.
func (r *Relay) Agree(ctx context.Context, who Actor, child policy.Person) error {
	return r.operate(ctx, "agree with a child", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Arrange, child, 0)
		if err != nil {
			return err
		}
		t, err := r.termsFor(tx, child)
		if err != nil || t.Stands {
			return err
		}
		a := Agreement{Child: child, Who: who.Person, At: r.o.Now(), Terms: t.inWords()}
		if err := tx.SetAgreement(a); err != nil {
			return err
		}
		if err := r.tellChild(tx, k, words.AgreedForYou, r.whoDid(d, who)); err != nil {
			return err
		}
		return r.audit(tx, who, "agree", child, 0, a.Terms)
	})
}

// Agreements returns what is kept about each child that somebody may see, and what was agreed. It takes the right to See.
func (r *Relay) Agreements(ctx context.Context, who Actor) (list []Terms, err error) {
	err = r.operate(ctx, "read agreements", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		for _, child := range d.maySee(who, See) {
			t, err := r.termsFor(tx, child)
			if err != nil {
				return err
			}
			list = append(list, t)
		}
		return nil
	})
	return list, err
}

func (r *Relay) termsFor(tx Tx, child policy.Person) (t Terms, err error) {
	t = Terms{Child: child, Days: map[Retained]int{}}
	for _, what := range AllRetained {
		if t.Days[what], err = tx.Retention(child, what); err != nil {
			return t, err
		}
	}
	a, ok, err := tx.Agreement(child)
	if err != nil || !ok {
		return t, err
	}
	t.Agreed, t.Stands = a, a.Terms == t.inWords()
	return t, nil
}

// inWords is the terms as they are kept, and as the audit log has them.
func (t Terms) inWords() string {
	parts := make([]string, len(AllRetained))
	for i, what := range AllRetained {
		parts[i] = fmt.Sprintf("%s %d", what, t.Days[what])
	}
	return strings.Join(parts, ", ")
}
