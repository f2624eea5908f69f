package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

const (
	startWithin = 20 * time.Second // a gateway that is not up by then will not come
	stopWithin  = 1500 * time.Millisecond
	tailLines   = 12
)

// gateway is a plain `knapp run` as a process of its own. Nothing tells it that it is in a demo.
type gateway struct {
	knapp  string // the program
	config string
	socket string // appears when the gateway is up
	log    string // a file: what the gateway writes to standard error
	out    io.Writer

	cmd  *exec.Cmd
	done chan struct{} // closed when the process is gone
	err  error         // why; read after done
}

// start starts the process and waits for its control socket.
func (g *gateway) start(ctx context.Context) error {
	// Of an earlier run in the same folder: it would be taken for this one's.
	if err := os.Remove(g.socket); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("demo: %w", err)
	}
	log, err := os.OpenFile(g.log, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	g.cmd = exec.Command(g.knapp, "run", "--config", g.config)
	g.cmd.Dir = filepath.Dir(g.config)
	g.cmd.Stdout, g.cmd.Stderr = g.out, log
	g.cmd.WaitDelay = time.Second
	// A group of its own, so that Ctrl-C in the terminal reaches only us and we end things in order; and if we are
	// killed, it hears of it.
	g.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	g.done = make(chan struct{})
	started := make(chan error, 1)
	go func() {
		// The death signal comes when the *thread* that started the process ends (prctl(2)): keep this one.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(g.done)
		defer log.Close()
		err := g.cmd.Start()
		started <- err
		if err == nil {
			g.err = g.cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("demo: start the gateway: %w", err)
	}
	return g.await(ctx)
}

func (g *gateway) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		if info, err := os.Stat(g.socket); err == nil && info.Mode()&os.ModeSocket != 0 {
			return nil
		}
		select {
		case <-look.C:
		case <-g.done:
			return g.ended()
		case <-ctx.Done():
			return fmt.Errorf("demo: the gateway did not come up: %w\n%s", context.Cause(ctx), g.tail())
		}
	}
}

// ended is the error of a gateway that went by itself, with the end of what it said.
func (g *gateway) ended() error {
	why := g.err
	if why == nil {
		why = errors.New("it ended without a word of why")
	}
	return fmt.Errorf("demo: the gateway stopped: %w\n%s", why, g.tail())
}

func (g *gateway) tail() string {
	text, err := os.ReadFile(g.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-tailLines):], "\n")
}

// run runs a sub-command beside the gateway to its end, and returns what it printed.
func (g *gateway) run(ctx context.Context, args ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, startWithin)
	defer cancel()
	cmd := exec.CommandContext(ctx, g.knapp, args...)
	cmd.Dir = filepath.Dir(g.config)
	var said, complained bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &complained
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("demo: knapp %s: %w\n%s", strings.Join(args, " "), err, strings.TrimSpace(said.String()+complained.String()))
	}
	return said.Bytes(), nil
}

// stop ends the gateway and everything that it started: politely, then surely.
func (g *gateway) stop() {
	if g.cmd == nil || g.cmd.Process == nil {
		return
	}
	group := -g.cmd.Process.Pid
	select {
	case <-g.done: // its children may still be there
	default:
		_ = syscall.Kill(group, syscall.SIGTERM) // an error only says that it is gone
		select {
		case <-g.done:
		case <-time.After(stopWithin):
		}
	}
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-g.done
}
