package main

import (
	"context"
	"log/slog"
	"os"

	"knapp/cmd/knapp/demo"
)

type demoCommand struct {
	Listen   string `help:"The address of the page." default:"127.0.0.1:8090"`
	Dir      string `help:"The working folder; a new temporary one if not given." placeholder:"DIR"`
	Servers  string `help:"The folder of the unpacked servers; .cache, looked for upwards, if not given." placeholder:"DIR"`
	Language string `help:"nb or en." default:"nb" enum:"nb,en"`
	Once     bool   `help:"Start everything, fetch the page once, and end." env:"KNAPP_DEMO_ONCE"`
}

// Run starts the gateway on its stand-in for the hardware.
func (d demoCommand) Run(ctx context.Context, k keeper) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return demo.Run(ctx, demo.Options{
		Knapp: self, Dir: d.Dir, Listen: d.Listen, Servers: d.Servers, Language: d.Language, Once: d.Once,
		Out: k.out, Log: slog.New(slog.NewTextHandler(k.err, nil)),
	})
}
