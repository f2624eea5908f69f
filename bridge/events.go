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
	s, args := words.SIMNeedsHelp, []any{modem}
	switch what {
	case StorageFull:
		s = words.StorageFull
	case ForeignSIM:
		s, args = words.ForeignSIM, []any{modem, modem}
	}
	say := func(language string) string { return words.Say(language, s, args...) }
	if err := r.do(ctx, func(tx Tx) error { return r.tellGuardians(tx, modem, anyGuardian, say) }); err != nil {
		return fmt.Errorf("bridge: tell of a modem's trouble: %w", err)
	}
	return nil
}

// TakeRestored tells every guardian that everything was put back to how it was at a time.
func (r *Relay) TakeRestored(ctx context.Context, made time.Time) error {
	made = made.In(r.o.Location)
	say := func(language string) string {
		return words.Say(language, words.Restored, made.Format("02.01."), words.Clock(language, made))
	}
	if err := r.do(ctx, func(tx Tx) error { return r.tellGuardians(tx, "", anyGuardian, say) }); err != nil {
		return fmt.Errorf("bridge: tell of a restore: %w", err)
	}
	return nil
}

// TakeLowBalance tells the owners that a SIM's money is nearly gone. amount is as the operator wrote it.
func (r *Relay) TakeLowBalance(ctx context.Context, modem, amount string) error {
	say := func(language string) string { return words.Say(language, words.LowBalance, modem, amount) }
	if err := r.do(ctx, func(tx Tx) error { return r.tellGuardians(tx, modem, onlyOwners, say) }); err != nil {
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
