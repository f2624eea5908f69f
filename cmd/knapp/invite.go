package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// inviteCommand is `knapp invite NAME`: the keeper's way to let a guardian into the console, also one who has forgotten
// the password.
type inviteCommand struct {
	Name string `arg:"" help:"The guardian, as the family document names it."`
	JSON bool   `name:"json" help:"Print JSON."`
}

// invited is a link that was made.
type invited struct {
	Link  string    `json:"link"`
	Until time.Time `json:"until"`
}

// Run prints the link.
func (i inviteCommand) Run(ctx context.Context, k keeper) error {
	return k.with(ctx, func(ops operations) error {
		made, err := ops.Invite(ctx, i.Name)
		if err != nil {
			return err
		}
		if i.JSON {
			return printJSON(k.out, made)
		}
		_, err = fmt.Fprintf(k.out, "%s\nlets %s choose a password, once, until %s; the audit log says that it was made\n",
			made.Link, i.Name, made.Until.Local().Format("2006-01-02 15:04"))
		return err
	})
}

// Invite implements operations.
func (g *gateway) Invite(ctx context.Context, name string) (invited, error) {
	path, until, err := g.console.Invite(ctx, name)
	return invited{Link: g.c.Console.address() + path, Until: until}, err
}

// Invite implements operations.
func (o offline) Invite(context.Context, string) (invited, error) {
	return invited{}, errors.New("the link leads to the running gateway: start it with knapp run")
}
