package bridge

import (
	"context"
	"fmt"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Trouble is what a modem cannot mend by itself.
type Trouble int

// The troubles that guardians are told of.
const (
	SIMProblem  Trouble = iota // the SIM is missing, locked or refused
	StorageFull                // it takes no more messages
)

// TakeTrouble tells every guardian of the family, from the gateway's own address, that somebody must look.
func (r *Relay) TakeTrouble(ctx context.Context, modem string, what Trouble) error {
	sentence := words.SIMNeedsHelp
	if what == StorageFull {
		sentence = words.StorageFull
	}
	if err := r.tellGuardians(ctx, modem, words.Say(r.o.Language, sentence, modem)); err != nil {
		return fmt.Errorf("bridge: tell of a modem's trouble: %w", err)
	}
	return nil
}

// TakeRestored tells every guardian that everything was put back to how it was at a time.
func (r *Relay) TakeRestored(ctx context.Context, made time.Time) error {
	made = made.In(r.o.Location)
	text := words.Say(r.o.Language, words.Restored, made.Format("02.01."), words.Clock(r.o.Language, made))
	if err := r.tellGuardians(ctx, "", text); err != nil {
		return fmt.Errorf("bridge: tell of a restore: %w", err)
	}
	return nil
}

// tellGuardians writes a chat to every guardian of the family, about a modem or ("") about none.
func (r *Relay) tellGuardians(ctx context.Context, modem, text string) error {
	return r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		id, err := tx.AddMessage(Message{
			At: r.o.Now(), Direction: policy.FromChild, Modem: modem, Length: len([]rune(text)), Verdict: own,
		})
		if err != nil {
			return err
		}
		for _, g := range d.guardiansOfAll() {
			if g.JID == "" {
				continue // an SMS would need the very modem
			}
			s := Stanza{Kind: ChatStanza, To: string(g.JID), Body: text, Delay: r.o.Now(), Language: r.o.Language}
			if err := r.addStanza(tx, id, own, s); err != nil {
				return err
			}
		}
		return nil
	})
}

// TakeCall takes a call to the gateway number, which is never answered: a signal from a child, to the one that
// its texts go to when they name nobody. Anybody else's is only logged by the modem.
func (r *Relay) TakeCall(ctx context.Context, modem string, from Phone, at time.Time) error {
	err := r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		child, known := d.ByPhone(from)
		if !known || child.Kind != KindChild {
			return nil
		}
		text := words.Say(r.o.Language, words.Rang)
		m := Message{At: at, Direction: policy.FromChild, Child: child.ID, Modem: modem, Length: len([]rune(text))}
		to := d.Unaddressed(child)
		if to.All {
			return r.toGuardians(tx, d, child, m, text)
		}
		return r.toPerson(tx, d, child, to.To, m, text)
	})
	if err != nil {
		return fmt.Errorf("bridge: take call: %w", err)
	}
	return nil
}
