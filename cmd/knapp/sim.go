package main

import (
	"context"
	"errors"
	"fmt"
)

// adopted is what `knapp sim adopt` has done.
type adopted struct {
	Modem string `json:"modem"`
	ICCID string `json:"iccid"`
}

// simAdopt is `knapp sim adopt`.
type simAdopt struct {
	Modem string `help:"The modem whose SIM is the gateway's from now on." required:"" placeholder:"NAME"`
}

// Run makes the SIM in a modem the gateway's.
func (s simAdopt) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		a, err := ops.AdoptSIM(ctx, s.Modem)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(k.out, "modem %s relays with SIM %s now\n", a.Modem, a.ICCID)
		return err
	})
}

// AdoptSIM implements operations.
func (o offline) AdoptSIM(context.Context, string) (adopted, error) {
	return adopted{}, errors.New("only the running gateway can look at the SIM: start it with knapp run")
}
