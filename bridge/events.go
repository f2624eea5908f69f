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
	ForeignSIM                 // it is not the SIM that was adopted
)

// TakeTrouble tells every guardian of the family, from the gateway's own address, that somebody must look.
func (r *Relay) TakeTrouble(ctx context.Context, modem string, what Trouble) error {
	text := words.Say(r.o.Language, words.SIMNeedsHelp, modem)
	switch what {
	case StorageFull:
		text = words.Say(r.o.Language, words.StorageFull, modem)
	case ForeignSIM:
		text = words.Say(r.o.Language, words.ForeignSIM, modem, modem)
	}
	if err := r.do(ctx, func(tx Tx) error { return r.tellGuardians(tx, modem, text, anyGuardian) }); err != nil {
		return fmt.Errorf("bridge: tell of a modem's trouble: %w", err)
	}
	return nil
}

// TakeRestored tells every guardian that everything was put back to how it was at a time.
func (r *Relay) TakeRestored(ctx context.Context, made time.Time) error {
	made = made.In(r.o.Location)
	text := words.Say(r.o.Language, words.Restored, made.Format("02.01."), words.Clock(r.o.Language, made))
	if err := r.do(ctx, func(tx Tx) error { return r.tellGuardians(tx, "", text, anyGuardian) }); err != nil {
		return fmt.Errorf("bridge: tell of a restore: %w", err)
	}
	return nil
}

// TakeLowBalance tells the owners that a SIM's money is nearly gone. amount is as the operator wrote it.
func (r *Relay) TakeLowBalance(ctx context.Context, modem, amount string) error {
	text := words.Say(r.o.Language, words.LowBalance, modem, amount)
	if err := r.do(ctx, func(tx Tx) error { return r.tellGuardians(tx, modem, text, onlyOwners) }); err != nil {
		return fmt.Errorf("bridge: tell of a low balance: %w", err)
	}
	return nil
}

// TakeSelfTest writes into the log what a test message of a modem to itself has cost.
func (r *Relay) TakeSelfTest(ctx context.Context, modem string, length int) error {
	err := r.do(ctx, func(tx Tx) error {
		_, err := tx.AddMessage(Message{
			At: r.o.Now(), Direction: policy.ToChild, Modem: modem, Length: length, Parts: 1, Verdict: own,
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("bridge: log a modem's test message: %w", err)
	}
	return nil
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
		return r.rang(tx, d, child, modem, at)
	})
	if err != nil {
		return fmt.Errorf("bridge: take call: %w", err)
	}
	return nil
}
