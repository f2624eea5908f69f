package modemtest

import (
	"sync"
	"time"
)

// outbox is what waits to be written to the host. It has a lock of its own,
// taken after the network's.
type outbox struct {
	mu    sync.Mutex
	buf   []byte
	last  bool // close the connection after buf
	wake  chan struct{}
	spare chan struct{} // something was written
}

func (o *outbox) init() {
	o.wake = make(chan struct{}, 1)
	o.spare = make(chan struct{}, 1)
}

// put queues b. A host that never reads loses what is beyond maxUnread, as on a
// line without flow control.
func (o *outbox) put(b []byte, last bool) {
	o.mu.Lock()
	if len(o.buf)+len(b) <= maxUnread {
		o.buf = append(o.buf, b...)
	}
	o.last = o.last || last
	o.mu.Unlock()
	signal(o.wake)
}

func (o *outbox) take() ([]byte, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := o.buf
	o.buf = nil
	return b, o.last
}

// room waits until the host has read most of what it was sent; false means that
// the connection ended. A modem takes no new command before.
func (o *outbox) room(done <-chan struct{}) bool {
	for {
		o.mu.Lock()
		full := len(o.buf) > maxUnread/2
		o.mu.Unlock()
		if !full {
			return true
		}
		select {
		case <-o.spare:
		case <-done:
			return false
		}
	}
}

func signal(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

// write is the writing goroutine of a port.
func (p *port) write() {
	for {
		b, last := p.out.take()
		if len(b) > 0 {
			err := p.transmit(b)
			signal(p.out.spare)
			if err != nil {
				p.close()
				return
			}
			if !last {
				continue
			}
		}
		if last {
			if d, ok := p.rwc.(interface{ drain() }); ok {
				d.drain()
			}
			p.close()
			return
		}
		select {
		case <-p.out.wake:
		case <-p.done:
			return
		}
	}
}

// transmit writes b at the line's speed.
func (p *port) transmit(b []byte) error {
	p.m.net.mu.Lock()
	baud := p.m.opts.Timing.Baud
	p.m.net.mu.Unlock()
	if baud <= 0 {
		_, err := p.rwc.Write(b)
		return err
	}
	const slices = 100 // a second
	perSlice := max(1, baud/10/slices)
	for len(b) > 0 {
		n := min(perSlice, len(b))
		if _, err := p.rwc.Write(b[:n]); err != nil {
			return err
		}
		p.wait(time.Duration(n) * 10 * time.Second / time.Duration(baud))
		b = b[n:]
	}
	return nil
}
