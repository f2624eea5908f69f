package bridge

import (
	"context"
	"fmt"

	"knapp/bridge/words"
)

// ReadWire writes down, for every child, that the keeper is about to read what goes through a modem, texts and all, and
// tells the children and their guardians, once an hour. Nothing may be read before it has returned nil.
func (r *Relay) ReadWire(ctx context.Context, who Actor, modem string) error {
	return r.operate(ctx, "read the wire", func(tx Tx, d *Directory) error {
		if who != Keeper { // a guardian's own exchange with a child is no other guardian's
			return fmt.Errorf("%w: only whoever sits at the box may", ErrNotAllowed)
		}
		fresh := false
		for _, child := range d.Children() {
			looks, err := tx.LastLooks(child.ID, r.o.Now().Add(-lookedAgain), 100)
			if err != nil {
				return err
			}
			known := false
			for _, l := range looks {
				known = known || l.What == ReadTexts
			}
			if err := r.audit(tx, who, ReadTexts, child.ID, 0, modem); err != nil {
				return err
			}
			if known {
				continue
			}
			fresh = true
			if err := r.tellChild(tx, child, words.WireIsRead); err != nil {
				return err
			}
		}
		if !fresh {
			return nil
		}
		return r.informGuardians(tx, d, 0, See, 0, func(_ Person, language string) string {
			return words.Say(language, words.GuardianWire, modem)
		})
	})
}
