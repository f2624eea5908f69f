package modemtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrNoService is returned when a phone that is off or out of reach is asked to
// send or to ring.
var ErrNoService = errors.New("modemtest: the phone has no service: switch it on and bring it into reach")

// Phone is a button phone: it sends, joins the parts that arrive, and shows
// texts in the order in which they became complete.
type Phone struct {
	net    *Network
	number string

	// Guarded by net.mu.
	off, away bool
	ref       byte
	raw       []Arrival
	inbox     inbox
	subs      map[chan Text]struct{}
	calls     []*Call
}

// Arrival is one TPDU that reached a phone.
type Arrival struct {
	// TPDU is the SMS-DELIVER as it came, without the service centre.
	TPDU []byte
	// At is the network's time of arrival.
	At time.Time
}

// subscriptionDepth is how many texts a slow subscriber may lag behind before
// it misses some; the inbox has them all.
const subscriptionDepth = 256

func newPhone(n *Network, number string) *Phone {
	return &Phone{net: n, number: number, subs: map[chan Text]struct{}{}}
}

// Number is the phone's number as the network knows it.
func (p *Phone) Number() string { return p.number }

// Send sends a text, split into joined parts as a phone does: GSM-7 where that
// holds every character, else UCS-2. It returns ErrNoService when the phone is
// off or out of reach.
func (p *Phone) Send(to, text string) error {
	n := p.net
	n.mu.Lock()
	defer n.mu.Unlock()
	p.ref++
	raws, err := submits(address(to), text, p.ref)
	if err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return p.send(raws)
}

// SendTPDU sends SMS-SUBMIT TPDUs (TS 23.040 §9.2.2.2) as they stand; the
// network routes them by their destination and stamps them.
func (p *Phone) SendTPDU(submits ...[]byte) error {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return p.send(submits)
}

func (p *Phone) send(raws [][]byte) error {
	n := p.net
	if p.off || p.away {
		return ErrNoService
	}
	if f := n.faults.take(PartsReversed, p.number, n.rand); f != nil {
		slices.Reverse(raws)
	}
	if f := n.faults.take(PartsShuffled, p.number, n.rand); f != nil {
		n.rand.Shuffle(len(raws), func(i, j int) { raws[i], raws[j] = raws[j], raws[i] })
	}
	if f := n.faults.take(PartLost, p.number, n.rand); f != nil && len(raws) > 0 {
		lost := min(max(f.Part-1, 0), len(raws)-1)
		raws = slices.Delete(slices.Clone(raws), lost, lost+1)
	}
	var all []*message
	for i, raw := range raws {
		msgs, err := n.submit(p.number, raw)
		if err != nil {
			n.release(all)
			return fmt.Errorf("send: part %d of %d: %w", i+1, len(raws), err)
		}
		all = append(all, msgs...)
	}
	n.release(all)
	return nil
}

// Inbox gives the complete texts as the child would read them, in order.
func (p *Phone) Inbox() []Text {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return slices.Clone(p.inbox.texts)
}

// Data gives the complete binary messages, for instance cards sent to a port.
func (p *Phone) Data() []Data {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return slices.Clone(p.inbox.data)
}

// Raw gives every TPDU that arrived, doubles included: what is lost or doubled
// is counted here.
func (p *Phone) Raw() []Arrival {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return slices.Clone(p.raw)
}

// Wait returns the first text of the inbox that matches, waiting for it until
// ctx ends.
func (p *Phone) Wait(ctx context.Context, match func(Text) bool) (Text, error) {
	p.net.mu.Lock()
	ch, cancel := p.subscribe()
	p.net.mu.Unlock()
	defer cancel()
	for {
		// The inbox, not the channel, is complete.
		texts := p.Inbox()
		if i := slices.IndexFunc(texts, match); i >= 0 {
			return texts[i], nil
		}
		select {
		case _, open := <-ch:
			if !open {
				return Text{}, errors.New("wait for a text: the network is closed")
			}
		case <-ctx.Done():
			return Text{}, fmt.Errorf("wait for a text at %s, which has %d: %w", p.number, len(texts), ctx.Err())
		}
	}
}

// Subscribe gives texts as they become complete, for a live page. A subscriber
// that falls far behind misses some. The channel is closed by cancel, which may
// be called more than once, and by Close of the network.
func (p *Phone) Subscribe() (<-chan Text, func()) {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return p.subscribe()
}

func (p *Phone) subscribe() (<-chan Text, func()) {
	ch := make(chan Text, subscriptionDepth)
	if p.net.closed {
		close(ch)
		return ch, func() {}
	}
	p.subs[ch] = struct{}{}
	return ch, func() {
		p.net.mu.Lock()
		defer p.net.mu.Unlock()
		if _, ok := p.subs[ch]; ok {
			delete(p.subs, ch)
			close(ch)
		}
	}
}

func (p *Phone) closeSubscriptions() {
	for ch := range p.subs {
		delete(p.subs, ch)
		close(ch)
	}
}

// SwitchOff turns the phone off; what is sent to it waits at the network.
func (p *Phone) SwitchOff() { p.set(func() { p.off = true }) }

// SwitchOn turns the phone on again; what waits arrives.
func (p *Phone) SwitchOn() { p.set(func() { p.off = false }) }

// OutOfReach takes the phone out of the network's reach.
func (p *Phone) OutOfReach() { p.set(func() { p.away = true }) }

// InReach brings the phone back into the network's reach.
func (p *Phone) InReach() { p.set(func() { p.away = false }) }

func (p *Phone) set(change func()) {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	change()
	p.net.pump()
}

// accept is called by the network.
func (p *Phone) accept(msg *message) outcome {
	if p.off || p.away {
		return unreachable
	}
	if msg.report {
		return accepted
	}
	p.raw = append(p.raw, Arrival{TPDU: msg.tpdu, At: p.net.opts.Now()})
	if text, ok := p.inbox.add(msg.tpdu); ok {
		for ch := range p.subs {
			select {
			case ch <- text:
			default:
			}
		}
	}
	return accepted
}

var _ recipient = (*Phone)(nil)
