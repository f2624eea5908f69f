package at

import (
	"context"
	"time"
)

// Command issues one command, without "AT" and without line end, and returns the lines of its answer without the
// final result. A refusal is an *Error. ErrTimeout and ctx.Err() come with the lines so far. Its time is
// Options.Timeout.
func (c *Conn) Command(ctx context.Context, cmd string) ([]string, error) {
	return c.CommandWithin(ctx, c.o.Timeout, cmd)
}

// CommandWithin is Command with a time of its own.
func (c *Conn) CommandWithin(ctx context.Context, limit time.Duration, cmd string) ([]string, error) {
	x := newExchange(cmd, "", nil)
	return c.issue(ctx, limit, x, func() ([]string, error) { return c.loop.Command(cmd) })
}

// CommandIf is CommandWithin for a command that does harm if the modem has forgotten a setting, such as the storage in
// which AT+CMGD deletes: it is issued only if Doubts is still what it was when that was set, else ErrDoubt is returned.
// A limit of 0 is Options.Timeout.
func (c *Conn) CommandIf(ctx context.Context, doubts int, limit time.Duration, cmd string) ([]string, error) {
	x := newExchange(cmd, "", nil)
	x.doubts = &doubts
	if limit <= 0 {
		limit = c.o.Timeout
	}
	return c.issue(ctx, limit, x, func() ([]string, error) { return c.loop.Command(cmd) })
}

// Doubts counts the signs that the modem has restarted and forgotten its settings: a command that was not answered, an
// echo after it had been turned off. A modem says nothing else of a brown-out.
func (c *Conn) Doubts() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.filter.doubts
}

// SMS issues a command that asks for a body with "> ", such as +CMGS=23, and writes the body, a PDU in hex, with
// Ctrl-Z. commit is called between the two; if it fails the command is called off with ESC and its error returned.
// left tells whether the body was handed to the port, so that the outcome is unknown if err does not settle it.
func (c *Conn) SMS(ctx context.Context, limit time.Duration, cmd, body string, commit func() error) (
	info []string, left bool, err error,
) {
	x := newExchange(cmd, body, commit)
	info, err = c.issue(ctx, limit, x, func() ([]string, error) { return c.loop.SMSCommand(cmd, body) })
	return info, x.left, err
}

// issue runs one exchange from the turn to the final result.
func (c *Conn) issue(ctx context.Context, limit time.Duration, x *exchange, run func() ([]string, error)) (
	[]string, error,
) {
	if err := c.takeTurn(ctx); err != nil {
		return nil, err
	}
	defer func() { <-c.turn }()
	if c.stale {
		if err := c.findPlaceSoon(ctx); err != nil {
			return nil, err
		}
	}
	if err := c.begin(x); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { c.abandon(x, ctx.Err()) })
	timer := time.AfterFunc(limit, func() { c.abandon(x, ErrTimeout) })
	// The long time of a message is that on the air; a modem that does not even ask for it has restarted, or hangs.
	prompt := time.AfterFunc(promptPatience*c.o.Timeout, func() { c.abandonUnprompted(x) })
	info, err := run()
	stop()
	timer.Stop()
	prompt.Stop()
	err = c.outcome(x, err)
	if c.stale && x.body != "" && !x.left {
		// A modem left at its prompt would say nothing of what arrives.
		if err := c.say(escape); err != nil {
			return info, err
		}
	}
	return info, err
}

func (c *Conn) takeTurn(ctx context.Context) error {
	select {
	case <-c.started:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-c.done:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case c.turn <- struct{}{}:
		return nil
	}
}

func (c *Conn) begin(x *exchange) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone {
		return ErrClosed
	}
	if x.doubts != nil && *x.doubts != c.filter.doubts {
		return ErrDoubt
	}
	x.begun = time.Now()
	c.filter.begin(x)
	return nil
}

// delayed is how long a command takes that a modem answers at once, and more than that.
const delayed = 5 * time.Second

func (c *Conn) abandon(x *exchange, cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.filter.abandon(x, cause)
}

// promptPatience is how many times Options.Timeout a modem may take to ask for a message: it may be busy with the SIM.
const promptPatience = 3

func (c *Conn) abandonUnprompted(x *exchange) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if x.body != "" && !x.prompted {
		c.filter.abandon(x, ErrTimeout)
	}
}

// outcome settles x after the command loop is done with it. Only the holder of the turn calls it.
func (c *Conn) outcome(x *exchange, err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !x.ended {
		// The loop gave up before the modem did: a write failed.
		c.filter.end(x, "")
		x.cause = err
	}
	if x.cause != nil {
		c.stale = !c.gone
		return x.cause
	}
	if time.Since(x.begun) < delayed {
		c.awake = time.Now()
	}
	if isOK(x.final) {
		return nil
	}
	return parseError(x.final)
}
