package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"sync"
	"time"

	"knapp/hardware"
	"knapp/modem"
	"knapp/modem/at"
)

// modemTrace is `knapp modem trace`.
type modemTrace struct {
	Port  string        `arg:"" optional:"" help:"A port that the gateway does not use; left out, the running gateway's modems."`
	Modem string        `help:"Only the modem with this name in the configuration." placeholder:"NAME"`
	Texts bool          `help:"Numbers and texts as well. Whoever has the trace reads what the children write: they and their guardians are told, and the audit log holds it."`
	For   time.Duration `help:"How long (${default})." default:"10m"`
	Lines int           `help:"How many lines at most (${default})." default:"100000"`
	Out   string        `short:"o" help:"A new file, which only its owner reads, instead of the terminal." placeholder:"FILE"`
}

// longestTrace bounds a trace that somebody forgets.
const longestTrace = 24 * time.Hour

// errEnough ends a trace that has all the lines it was to have.
var errEnough = errors.New("that is all")

// Run traces until it was long enough, or is interrupted.
func (tr modemTrace) Run(ctx context.Context, k keeper) (err error) {
	if tr.For <= 0 || tr.For > longestTrace || tr.Lines < 1 {
		return fmt.Errorf("--for %v, --lines %d: at most %v, and at least a line", tr.For, tr.Lines, longestTrace)
	}
	c, err := loadConfig(k.configFile)
	if err != nil && (tr.Port == "" || !errors.Is(err, fs.ErrNotExist)) {
		return err
	}
	remote := newClient(c.socket())
	running := err == nil && remote.alive(ctx)
	switch {
	case tr.Port == "" && !running:
		return errors.New("no gateway runs here: name a port (knapp modem list shows them), or start it")
	case tr.Port != "" && running && has(c, tr.Port):
		return errors.New("the gateway has this port: trace it without naming a port, or stop the gateway first")
	}
	if tr.Texts && tr.Port != "" && err == nil {
		if err := ownUp(ctx, c, tr.Port); err != nil {
			return fmt.Errorf("texts are read in nobody's secret, and it cannot be written down: %w", err)
		}
	}
	out := k.out
	if tr.Out != "" {
		// Never over what is there: the file may be somebody else's link.
		file, err := os.OpenFile(tr.Out, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("trace: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = file
	}
	if tr.Texts {
		_, _ = fmt.Fprintln(k.err, "This trace holds numbers and whole texts. Give it to nobody who may not read them, and delete it.")
	}
	ctx, cancel := context.WithTimeout(ctx, tr.For)
	defer cancel()
	left := tr.Lines
	each := func(line string) error {
		if left--; left < 0 {
			return errEnough
		}
		_, err := io.WriteString(out, line)
		return err
	}
	if tr.Port == "" {
		err = remote.traceRemote(ctx, tr.Modem, tr.Texts, each)
	} else {
		err = tr.own(ctx, each)
	}
	if errors.Is(err, errEnough) || ctx.Err() != nil {
		return nil
	}
	return err
}

// own probes the modem at a port, which changes nothing, and then hears what it says by itself.
func (tr modemTrace) own(ctx context.Context, each func(line string) error) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	var mu sync.Mutex // lines of both directions come from goroutines of their own
	hear := tracing(tr.Texts, func(d at.Direction, line string) {
		mu.Lock()
		defer mu.Unlock()
		if err := each(traceLine(time.Now(), tr.Port, d, line)); err != nil {
			end(err)
		}
	})
	socket := hardware.Finder{}.Socket(tr.Port)
	if _, err := modem.Probe(ctx, modem.ProbeOptions{Open: socket.Open, Trace: hear}); err != nil && ctx.Err() == nil {
		return err
	}
	port, err := socket.Open(ctx)
	if err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	stop := context.AfterFunc(ctx, func() { _ = port.Close() }) // whatever it says, nobody listens any more
	defer stop()
	_, err = io.Copy(io.Discard, at.TracePort(port, hear))
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// refusalOf is what the gateway said instead of a stream.
func refusalOf(resp *http.Response) error {
	var r refusal
	if err := json.NewDecoder(resp.Body).Decode(&r); err != nil {
		return fmt.Errorf("the gateway answered %s: is it of another version?", resp.Status)
	}
	return errors.New(r.Error)
}

// eachLine hands on the lines of a stream as they come, with their ends.
func eachLine(r io.Reader, each func(line string) error) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			if err := each(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
