package bridge

import (
	"context"
	"slices"

	"knapp/bridge/policy"
)

// Waiting is what is in suspense between guardians.
type Waiting struct {
	Changes   []Pending    // that take somebody's yes, or time, the oldest first
	Suspended []Suspension // guardians whose phone is gone
}

// Waiting returns the changes that wait for somebody, of the children that an actor may see, and the guardians of the
// same children who have no rights for a while. It takes the right to See.
func (r *Relay) Waiting(ctx context.Context, who Actor) (w Waiting, err error) {
	err = r.operate(ctx, "read what waits", func(tx Tx, d *Directory) error {
		if err := d.allow(who, See, 0); err != nil {
			return err
		}
		if w.Changes, err = tx.OpenPending(); err != nil {
			return err
		}
		w.Changes = slices.DeleteFunc(w.Changes, func(p Pending) bool { return !d.sees(who, p) })
		if w.Suspended, err = tx.Suspensions(); err != nil {
			return err
		}
		now := r.o.Now()
		w.Suspended = slices.DeleteFunc(w.Suspended, func(s Suspension) bool {
			return !now.Before(s.Until) || s.Person != who.Person && !d.share(who, s.Person)
		})
		return nil
	})
	return w, err
}

// Peers are the guardians who have a child in common with somebody, without itself: those whom it may take the rights
// from while their phone is gone.
func (d *Directory) Peers(who policy.Person) []Person {
	return slices.DeleteFunc(d.guardiansOfAll(), func(p Person) bool {
		return p.ID == who || !d.share(Actor{Person: who}, p.ID)
	})
}
