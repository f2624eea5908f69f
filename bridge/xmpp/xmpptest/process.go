package xmpptest

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// stopGrace is how long a server may take to end by itself.
const stopGrace = 10 * time.Second

// command is what to run.
type command struct {
	path string
	args []string
	env  []string // added to the environment
	dir  string
}

// process is a child that was started and is waited for by one goroutine.
type process struct {
	pid    int
	handle *os.Process   // safe to signal when the child is gone: it holds no mere number
	exited chan struct{} // closed when the child is gone and reaped
}

// startProcess runs c with its output in the file output.
//
// The kernel kills the child when the thread that started it ends
// (PR_SET_PDEATHSIG), so that nothing is left behind when a test is killed or times
// out. It is the thread that counts and not the process, and Go ends threads as it
// likes: the starting goroutine therefore keeps its thread for itself and stays on
// it, waiting, for as long as the child lives.
func startProcess(kind string, c command, output string) (*process, error) {
	out, err := os.OpenFile(output, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("xmpptest: %s: %w", kind, err)
	}
	cmd := exec.Command(c.path, c.args...)
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Dir = c.dir
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		// A group of its own: Ctrl-C in a terminal is for the caller, who stops
		// its servers in order.
		Setpgid: true,
	}
	p := &process{exited: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer out.Close()
		err := cmd.Start()
		if err == nil {
			p.pid, p.handle = cmd.Process.Pid, cmd.Process
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // the exit code says nothing: it was told to end
			close(p.exited)
		}
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("xmpptest: %s: %w", kind, err)
	}
	return p, nil
}

func (p *process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// stop asks, waits, forces, and returns when the process is gone.
func (p *process) stop() {
	p.signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(stopGrace):
		p.kill()
	}
}

// kill forces, and returns when the process is gone. Erlang's helpers (name lookup,
// memory watch) end by themselves when their pipe to it breaks.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.exited
}

// signal can fail only with os.ErrProcessDone, which is what both callers want.
func (p *process) signal(sig syscall.Signal) {
	_ = p.handle.Signal(sig)
}
