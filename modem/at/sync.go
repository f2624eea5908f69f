package at

import (
	"context"
	"time"
)

// The marker is a command whose answer no other command has: what comes before it is late, what comes after it is
// not. Every modem that knows result codes of TS 27.007 has it.
const (
	markerName    = "+CMEE"
	markerCommand = "AT+CMEE?\r\n"
)

// escape ends a prompt that was left open; elsewhere it is an empty line.
const escape = "\x1b\r\n"

const (
	markerLimit = 5 * time.Second // for the answer to the marker, after the last late answer
	quietTime   = time.Second     // of silence that stands for a marker which the modem refuses
)

// Sync finds the place in the stream of answers: it calls off whatever the port was left with, asks AT until
// something answers, and lets late answers pass. It fails with ErrNoAnswer after within.
func (c *Conn) Sync(ctx context.Context, within time.Duration) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer func() { <-c.turn }()
	ctx, cancel := context.WithTimeoutCause(ctx, within, ErrNoAnswer)
	defer cancel()
	return c.findPlace(ctx)
}

// findPlaceSoon finds the place in the stream again within the time of one command, or ends the connection, so that its owner opens the port anew.
func (c *Conn) findPlaceSoon(ctx context.Context) error {
	short, cancel := context.WithTimeoutCause(ctx, c.o.Timeout, ErrOutOfStep)
	defer cancel()
	err := c.findPlace(short)
	if err != nil && ctx.Err() == nil {
		c.fail(err)
	}
	return err
}

// findPlace is called by the holder of the turn.
func (c *Conn) findPlace(ctx context.Context) error {
	s := &search{}
	c.mu.Lock()
	if c.gone {
		c.mu.Unlock()
		return ErrClosed
	}
	c.filter.search = s
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.filter.search = nil
		c.mu.Unlock()
	}()
	if err := c.say(escape); err != nil {
		return err
	}
	if err := c.probe(ctx, s); err != nil {
		return err
	}
	if err := c.awaitMarker(ctx, s); err != nil {
		return err
	}
	c.stale = false
	return nil
}

func (c *Conn) say(text string) error {
	if _, err := c.port.Write([]byte(text)); err != nil {
		c.fail(err)
		return err
	}
	return nil
}

// probe asks AT, at first quickly, until a final result comes.
func (c *Conn) probe(ctx context.Context, s *search) error {
	for wait := min(100*time.Millisecond, c.o.ProbeEvery); ; wait = min(2*wait, c.o.ProbeEvery) {
		if err := c.say("AT\r\n"); err != nil {
			return err
		}
		timer := time.NewTimer(wait)
		for expired := false; !expired; {
			if c.state(s).finals > 0 {
				timer.Stop()
				return nil
			}
			select {
			case <-c.seen:
			case <-timer.C:
				expired = true
			case <-ctx.Done():
				timer.Stop()
				return context.Cause(ctx)
			case <-c.done:
				timer.Stop()
				return ErrClosed
			}
		}
	}
}

// awaitMarker lets everything pass that came before the marker's answer.
func (c *Conn) awaitMarker(ctx context.Context, s *search) error {
	errorsBefore := c.state(s).errors
	if err := c.say(markerCommand); err != nil {
		return err
	}
	limit := time.NewTimer(markerLimit)
	defer limit.Stop()
	quiet := time.NewTimer(quietTime)
	defer quiet.Stop()
	quiet.Stop() // only a refusal starts it: without one, silence says that the modem is slow
	for finals := c.state(s).finals; ; {
		now := c.state(s)
		if now.found {
			return nil
		}
		if now.finals > finals {
			// A slow modem is still at the probes that it was sent before.
			finals = now.finals
			limit.Reset(markerLimit)
		}
		if now.errors > errorsBefore && !now.marked {
			quiet.Reset(quietTime)
		}
		select {
		case <-c.seen:
		case <-quiet.C:
			return nil
		case <-limit.C:
			return ErrOutOfStep
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-c.done:
			return ErrClosed
		}
	}
}

func (c *Conn) state(s *search) search {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *s
}
