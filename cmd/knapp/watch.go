package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"time"
)

// watchCommand is `knapp watch URL`, on another machine: nobody is told by a gateway that has died.
type watchCommand struct {
	URL   string        `arg:"" help:"The gateway's health page, such as http://192.168.1.5:8080/healthz."`
	Every time.Duration `help:"How often to ask." default:"1m"`
	After time.Duration `help:"How long it must have been bad before it is told." default:"5m"`
	Exec  string        `help:"A program to run when it is told: with the words down or up, and the reason." placeholder:"FILE"`
	Once  bool          `help:"Ask once, and say by the exit code whether all is well."`
}

// Run asks until the context is done.
func (w watchCommand) Run(ctx context.Context, k keeper) error {
	if u, err := url.Parse(w.URL); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is no address of a page: such as http://192.168.1.5:8080/healthz", w.URL)
	}
	if w.Every < time.Second || w.After < 0 {
		return errors.New("--every is at least 1s, and --after not less than 0")
	}
	client := &http.Client{Timeout: asking}
	if w.Once {
		if err := askFor(ctx, client, w.URL); err != nil {
			return fmt.Errorf("the gateway is not well: %w", err)
		}
		_, err := fmt.Fprintln(k.out, "the gateway is well")
		return err
	}
	tick := time.NewTicker(w.Every)
	defer tick.Stop()
	var state watched
	for {
		err := askFor(ctx, client, w.URL)
		if ctx.Err() != nil {
			return nil
		}
		if word, reason := state.hear(time.Now(), err, w.After); word != "" {
			w.tell(ctx, k, word, reason)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// watched is what is known of a gateway from outside.
type watched struct {
	badSince time.Time // zero while it is well
	told     bool      // that it is bad
	known    bool      // it has been well or told once
}

// hear takes an answer and returns what is to be told now: "down", "up", or nothing.
func (s *watched) hear(now time.Time, err error, after time.Duration) (word, reason string) {
	if err == nil {
		was := *s
		*s = watched{known: true}
		if was.told {
			return "up", fmt.Sprintf("after %s", now.Sub(was.badSince).Round(time.Second))
		}
		if !was.known {
			return "up", "first answer"
		}
		return "", ""
	}
	if s.badSince.IsZero() {
		s.badSince = now
	}
	if s.told || now.Sub(s.badSince) < after {
		return "", ""
	}
	s.told, s.known = true, true
	return "down", err.Error()
}

// tell prints what happened and runs the keeper's program. A program that fails is said, and nothing else happens.
func (w watchCommand) tell(ctx context.Context, k keeper, word, reason string) {
	_, _ = fmt.Fprintf(k.out, "%s %s: %s\n", time.Now().Format(time.RFC3339), word, reason)
	if w.Exec == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, w.Exec, word, reason)
	cmd.Stdout, cmd.Stderr, cmd.Env = k.out, k.err, os.Environ()
	if err := cmd.Run(); err != nil {
		_, _ = fmt.Fprintf(k.err, "knapp: %s could not be run: %v\n", w.Exec, err)
	}
}
