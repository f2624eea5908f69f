package bridge

import (
	"context"
	"fmt"

	"knapp/bridge/policy"
)

// Subscribe answers a contact's request to see a child's presence (RFC 6121 §3.1). Everybody who is on no list
// is refused, for real and invented addresses alike. to is a localpart; "" is the gateway, whose presence its
// guardians may see.
func (r *Relay) Subscribe(ctx context.Context, from JID, to string) (granted bool, err error) {
	_, granted, err = r.Sees(ctx, from, to)
	if err != nil || !granted {
		return false, err
	}
	err = r.setSubscription(ctx, from, to, true)
	return err == nil, err
}

// Unsubscribe ends a contact's subscription to a child's presence. Whoever still may see the child does not want to:
// they are not asked again.
func (r *Relay) Unsubscribe(ctx context.Context, from JID, to string) error {
	return r.setSubscription(ctx, from, to, false)
}

// invented stands for a child that there is not, so that a stranger's wish costs as much for one as for another.
const invented policy.Person = -1

func (r *Relay) setSubscription(ctx context.Context, from JID, to string, on bool) error {
	err := r.o.Store.Do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		child, known := d.Child(to)
		if !known && to != "" {
			child.ID = invented
		}
		if !on {
			if err := r.introduced(tx, Subscription{Localpart: to, Contact: from}, Declined); err != nil {
				return err
			}
		}
		return tx.SetSubscription(child.ID, from, on) // 0 is the gateway itself
	})
	if err != nil {
		return fmt.Errorf("bridge: subscription: %w", err)
	}
	return nil
}

// Subscriptions returns who sees which child's presence.
func (r *Relay) Subscriptions(ctx context.Context) ([]Subscription, error) {
	return r.o.Store.Subscriptions(ctx)
}

// Sees tells whether a JID may know that an address exists, and by which name.
func (r *Relay) Sees(ctx context.Context, from JID, to string) (name string, ok bool, err error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return "", false, err
	}
	name, ok = d.Shows(to, from)
	return name, ok, nil
}

// Shows tells whether a JID may know that an address exists, and by which name. The gateway's own, "", is for
// guardians.
func (d *Directory) Shows(localpart string, to JID) (name string, ok bool) {
	person, known := d.ByJID(to)
	if localpart == "" {
		return GatewayName, known && person.Kind == KindGuardian
	}
	child, _ := d.Child(localpart)
	if !known || !d.Sees(person.ID, child.ID) {
		return "", false
	}
	return child.Name, true
}

// Item is a child as a guardian finds it at the gateway (XEP-0030).
type Item struct{ Localpart, Name string }

// Items returns the children whose guardian a JID is; nothing for everybody else.
func (r *Relay) Items(ctx context.Context, from JID) ([]Item, error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return nil, err
	}
	var items []Item
	person, known := d.ByJID(from)
	if !known {
		return nil, nil
	}
	for _, child := range d.Children() {
		if d.Rules.IsGuardian(child.ID, person.ID) {
			items = append(items, Item{Localpart: child.Localpart, Name: child.Name})
		}
	}
	return items, nil
}
