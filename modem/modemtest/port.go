package modemtest

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"time"
)

// Bounds of what a host may make the modem keep.
const (
	maxLine   = 4096    // octets of a command line
	maxData   = 1024    // octets after a prompt; a PDU is at most 350
	maxUnread = 1 << 20 // octets that the host has not read
	maxHeld   = 256     // URCs that wait for a command to end
)

const (
	ctrlZ  = 0x1A
	escape = 0x1B
)

// port is one connection to a modem. One goroutine reads and executes, one
// writes.
type port struct {
	m    *Modem
	n    int // which of the modem's ports it is, the first is 0
	rwc  io.ReadWriteCloser
	out  outbox
	done chan struct{} // closed when the connection ends
	gone chan struct{} // closed when both goroutines have ended
	once sync.Once

	// Owned by the reading goroutine.
	editing []byte
	last    string // for A/
	prompt  *prompt

	// Guarded by the network's lock.
	line   lineSettings
	busy   bool     // from a command line to its final result
	typing bool     // a prompt is open
	reset  bool     // the power went: forget what was half typed
	cut    bool     // a fault took the connection
	held   [][]byte // URCs that wait for the final result
	after  []func() // what happens once the answer is out
}

// Serve speaks AT on rwc until it closes, and closes it. Several may run at
// once: they are the modem's ports. The first port gives the modem its power;
// the end of the last takes it away, unless the modem is Powered. Serve
// returns nil when the connection ended, ErrClosed on a closed modem.
func (m *Modem) Serve(rwc io.ReadWriteCloser) error { return m.ServePort(rwc, 0) }

// ServePort is Serve for the port with this number, 0 being the first; see
// Habits.NamedURCPort.
func (m *Modem) ServePort(rwc io.ReadWriteCloser, number int) error {
	p := &port{m: m, n: number, rwc: rwc, done: make(chan struct{}), gone: make(chan struct{})}
	p.out.init()
	if err := m.attach(p); err != nil {
		return errors.Join(err, rwc.Close())
	}
	var writer sync.WaitGroup
	writer.Go(p.write)
	err := p.read()
	p.close()
	writer.Wait()
	m.detach(p)
	close(p.gone)
	if ended(err) {
		return nil
	}
	return err
}

// ended tells the end of a connection from a failure of it.
func ended(err error) bool {
	return err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, os.ErrClosed) || errors.Is(err, net.ErrClosed)
}

func (m *Modem) attach(p *port) error {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	if m.closed || m.net.closed {
		return ErrClosed
	}
	p.line = m.powerOnLine()
	m.ports = append(m.ports, p)
	if !m.powered {
		m.powerOn()
		p.line = m.powerOnLine()
	}
	return nil
}

func (m *Modem) detach(p *port) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	if i := slices.Index(m.ports, p); i >= 0 {
		m.ports = slices.Delete(m.ports, i, i+1)
	}
	if m.urcTo == p {
		m.urcTo = nil
	}
	p.settleAfter()
	if len(m.ports) == 0 && !m.opts.Powered {
		m.powerOff()
	}
}

// close ends the connection; both goroutines end soon after.
func (p *port) close() {
	p.once.Do(func() {
		close(p.done)
		_ = p.rwc.Close() // whatever it says, the connection is over
	})
}

func (p *port) read() error {
	buf := make([]byte, 4096)
	for {
		n, err := p.rwc.Read(buf)
		p.feed(buf[:n])
		if err != nil {
			return err
		}
		if !p.out.room(p.done) {
			return nil
		}
	}
}

// feed takes what the host typed. What is typed is echoed before it is
// answered.
func (p *port) feed(typed []byte) {
	line, alive := p.look()
	from := 0
	for i, c := range typed {
		if !alive {
			return
		}
		if !p.edit(c, line) {
			continue
		}
		p.echo(typed[from:i+1], line)
		from = i + 1
		if p.prompt != nil {
			p.dataTyped(c == escape)
		} else {
			p.lineTyped()
		}
		line, alive = p.look()
	}
	p.echo(typed[from:], line)
}

// look reads what the editor must know, and whether it should go on.
func (p *port) look() (lineSettings, bool) {
	p.m.net.mu.Lock()
	defer p.m.net.mu.Unlock()
	if p.reset {
		p.reset = false
		p.editing, p.prompt, p.last = nil, nil, ""
	}
	return p.line, !p.cut
}

// edit files one character and reports whether it ends a line or the data of a
// prompt (V.250 §5.2.1; TS 27.005 §3.5.1).
func (p *port) edit(c byte, line lineSettings) bool {
	if p.prompt != nil {
		switch {
		case c == ctrlZ || c == escape:
			return true
		case c == line.bs && len(p.editing) > 0:
			p.editing = p.editing[:len(p.editing)-1]
		case len(p.editing) < maxData:
			p.editing = append(p.editing, c)
		}
		return false
	}
	switch {
	case c == line.cr:
		return true
	case c == line.bs:
		if len(p.editing) > 0 {
			p.editing = p.editing[:len(p.editing)-1]
		}
	case c == '/' && len(p.editing) == 1 && (p.editing[0] == 'A' || p.editing[0] == 'a'):
		// V.250 §5.2.4: A/ repeats the last line and needs no end.
		p.editing = append(p.editing[:0], p.last...)
		return true
	case c < ' ' && len(p.editing) == 0:
		// Whatever precedes the prefix is ignored, V.250 §5.2.1.
	case len(p.editing) < maxLine:
		p.editing = append(p.editing, c)
	}
	return false
}

func (p *port) echo(typed []byte, line lineSettings) {
	if !line.echo || len(typed) == 0 {
		return
	}
	if last := typed[len(typed)-1]; p.prompt != nil && (last == ctrlZ || last == escape) {
		typed = typed[:len(typed)-1]
	}
	p.m.net.mu.Lock()
	defer p.m.net.mu.Unlock()
	if p.m.ail.frozen {
		return
	}
	p.send(append([]byte(nil), typed...))
}

// send queues bytes for the host. The network's lock is held.
func (p *port) send(b []byte) {
	if p.cut || len(b) == 0 {
		return
	}
	left, cut := p.m.faults.cutAt(len(b))
	if cut {
		b = b[:left]
		p.cut = true
	}
	p.m.counters.BytesOut += len(b)
	p.out.put(b, cut)
}

// drop ends the connection once what is queued has gone out. The network's lock
// is held.
func (p *port) drop() {
	p.cut = true
	p.out.put(nil, true)
}

// wait sleeps, unless the connection ends first.
func (p *port) wait(d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-p.done:
	}
}
