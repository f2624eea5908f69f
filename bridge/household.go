package bridge

import (
	"context"
	"fmt"
	"slices"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// ApplyFamily makes the directory equal to a document that has passed Check, all of it or nothing. What waits
// in the outbox and may no longer go where it was meant to is ended with it, and its sender told. ended are the
// presence subscriptions that no longer stand: whoever held them must be told.
func (r *Relay) ApplyFamily(ctx context.Context, f Family) (changes []Change, ended []Subscription, err error) {
	before, err := r.o.Store.Subscriptions(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = r.do(ctx, func(tx Tx) error {
		old, err := tx.Directory()
		if err != nil {
			return err
		}
		before, err := termsOf(tx, old)
		if err != nil {
			return err
		}
		if changes, err = tx.ApplyFamily(f, r.o.Now()); err != nil {
			return err
		}
		now, err := tx.Directory()
		if err != nil {
			return err
		}
		if len(changes) > 0 {
			if err := r.audit(tx, Keeper, "apply_family", 0, 0, fmt.Sprintf("%d changes", len(changes))); err != nil {
				return err
			}
		}
		if err := r.tellKeptSince(tx, now, Keeper, before); err != nil {
			return err
		}
		if err := r.settleKnown(tx, now, Keeper); err != nil {
			return err
		}
		return r.reviewQueue(tx, now, old)
	})
	if err != nil {
		return nil, nil, fmt.Errorf("bridge: apply family: %w", err)
	}
	// A chat that was written to an old address and not yet confirmed is written again to the new one: the next
	// barrier must not speak for it.
	r.stream.Add(1)
	r.courier.up()
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range before {
		if _, still := d.Shows(s.Localpart, s.Contact); !still {
			ended = append(ended, s)
		}
	}
	return changes, ended, r.dropSubscriptions(ctx, ended)
}

// dropSubscriptions forgets the subscriptions of people who lost sight of a child that is still there.
func (r *Relay) dropSubscriptions(ctx context.Context, ended []Subscription) error {
	for _, s := range ended {
		if err := r.Unsubscribe(ctx, s.Contact, s.Localpart); err != nil {
			return err
		}
	}
	return nil
}

// reviewQueue ends what waits for somebody who is no longer there, who may no longer be written to, or whose
// number is another one now: a lost phone must not get what was meant for its owner.
func (r *Relay) reviewQueue(tx Tx, now, old *Directory) error {
	queued, err := tx.QueuedLegs()
	if err != nil {
		return err
	}
	for _, leg := range queued {
		m, err := tx.Message(leg.Message)
		if err != nil {
			return err
		}
		to, good := now.still(m, leg)
		switch {
		case good && to == "":
		case good:
			err = tx.Readdress(leg.Leg, to)
		case leg.SMS:
			err = r.withdraw(tx, people{now, old}, leg)
		case leg.Kind == ChatStanza:
			err = r.failStanza(tx, people{now, old}, leg.Leg, leg.Message, leg.Own, "the family was changed")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// withdraw ends a queued SMS and tells its sender.
func (r *Relay) withdraw(tx Tx, who people, leg QueuedLeg) error {
	outcome, err := tx.FinishSMS(leg.Leg, Failed, "the family was changed", r.o.Now())
	if err != nil {
		return err
	}
	return r.report(tx, who, outcome, words.NotSent)
}

// at returns whose number or JID an address is.
func (d *Directory) at(address string) (Person, bool) {
	if p, ok := d.ByPhone(Phone(address)); ok {
		return p, true
	}
	return d.ByJID(JID(address))
}

// helps tells whether somebody is told of a child's emergency.
func (d *Directory) helps(child, person policy.Person) bool {
	return slices.ContainsFunc(d.helpers(child), func(p Person) bool { return p.ID == person })
}

// still tells whether a queued leg may leave as it was decided. A chat to somebody who has another JID now goes
// there: to is that one.
func (d *Directory) still(m Message, leg QueuedLeg) (to JID, good bool) {
	if !leg.SMS && (leg.Own || leg.Kind != ChatStanza) {
		return "", true // an answer goes to whom it answers
	}
	child, _ := d.Person(m.Child)
	other, _ := d.Person(m.Other)
	at, there := d.at(leg.To)
	guardian := there && at.Kind == KindGuardian
	switch {
	case m.Verdict.Reason == policy.ByCodeWord:
		return "", guardian || leg.To == m.Address
	case leg.Urgent: // to the child, or to whoever is called when it calls for help
		return "", leg.To == string(child.Phone) || there && d.helps(m.Child, at.ID)
	case leg.Own:
		return "", leg.To == string(child.Phone) || leg.To == string(other.Phone) ||
			guardian && (m.Child == 0 || d.Rules.IsGuardian(m.Child, at.ID))
	}
	if m.Direction == policy.ToChild {
		return "", leg.To == string(child.Phone) &&
			d.Rules.Listed(m.Child, m.Other, policy.ToChild)
	}
	if m.Other == 0 { // to all guardians: this is one of them, or no longer
		for _, g := range d.Guardians(m.Child) {
			if leg.To == string(g.JID) || leg.SMS && leg.To == string(g.Phone) {
				return "", true
			}
		}
		return "", false
	}
	if !d.Rules.Listed(m.Child, m.Other, policy.FromChild) {
		return "", false
	}
	if leg.SMS {
		return "", leg.To == string(other.Phone)
	}
	if leg.To == string(other.JID) {
		return "", true
	}
	return other.JID, other.JID != ""
}
