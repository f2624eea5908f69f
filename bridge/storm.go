package bridge

import (
	"context"
	"fmt"

	"knapp/bridge/words"
)

// leastStorm and mostStorm are how many texts within ten minutes a guardian may call a storm: fewer would stop another
// guardian who is in a hurry, more would stop no machine before it is dear.
const leastStorm, mostStorm = 20, 600

// SetStorm sets how many texts one person may send one child within ten minutes; 0 is as usual. Every guardian is told.
// It takes the right to Govern.
func (r *Relay) SetStorm(ctx context.Context, who Actor, texts int) error {
	return r.operate(ctx, "set what a storm is", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Govern, 0); err != nil {
			return err
		}
		if err := mayStorm(who, texts); err != nil {
			return err
		}
		if d.Storm == texts {
			return nil
		}
		if _, err := r.editFamily(tx, func(f *Family) error { f.Limits.Storm = texts; return nil }); err != nil {
			return err
		}
		if err := r.audit(tx, who, "set_storm", 0, 0, fmt.Sprintf("%d texts", texts)); err != nil {
			return err
		}
		if texts == 0 {
			texts = DefaultStorm
		}
		return r.informGuardians(tx, d, 0, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.GuardianStorm, r.whoDid(d, who), texts)
		})
	})
}

// mayStorm refuses what no guardian may call a storm. The keeper may, who says it in the document.
func mayStorm(who Actor, texts int) error {
	if who.Person != 0 && texts != 0 && (texts < leastStorm || texts > mostStorm) {
		return refuse(words.StormOutside, leastStorm, mostStorm)
	}
	return nil
}
