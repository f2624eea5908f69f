package bridge

import (
	"context"
	"fmt"
	"slices"
)

// Introductions returns whom the gateway should bring into whose roster: every child into those of the people who may
// see it, and the gateway's own address into its guardians'. Each pair is returned until Introduced was told of it, and
// not again before a change of the family has parted and joined the two.
func (r *Relay) Introductions(ctx context.Context) ([]Introduction, error) {
	var out []Introduction
	err := r.o.Store.Do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		tried, err := tx.Introduced()
		if err != nil {
			return err
		}
		for _, i := range d.introductions() {
			if tried[i.Subscription] == "" {
				out = append(out, i)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("bridge: whom to introduce: %w", err)
	}
	return out, nil
}

// Introduced records what became of an introduction. What is said of somebody who may not see the child is forgotten.
func (r *Relay) Introduced(ctx context.Context, who Subscription, state IntroductionState) error {
	err := r.o.Store.Do(ctx, func(tx Tx) error { return r.introduced(tx, who, state) })
	if err != nil {
		return fmt.Errorf("bridge: note an introduction: %w", err)
	}
	return nil
}

func (r *Relay) introduced(tx Tx, who Subscription, state IntroductionState) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	if _, sees := d.Shows(who.Localpart, who.Contact); !sees {
		return nil
	}
	return tx.SetIntroduced(who, state, r.o.Now())
}

// introductions returns every pair that belongs into a roster, guardians' first.
func (d *Directory) introductions() []Introduction {
	var out []Introduction
	for _, p := range slices.Concat(d.ofKind(KindGuardian), d.ofKind(KindContact)) {
		if p.JID == "" {
			continue
		}
		if p.Kind == KindGuardian {
			out = append(out, Introduction{Subscription{"", p.JID}, GatewayName, GatewayName})
		}
		for _, child := range d.Children() {
			if d.Sees(p.ID, child.ID) {
				out = append(out, Introduction{Subscription{child.Localpart, p.JID}, child.Name, GatewayName})
			}
		}
	}
	return out
}
