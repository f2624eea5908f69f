package modemtest

import (
	"slices"
	"time"

	"github.com/warthog618/sms/encoding/tpdu"
)

// TP-ST values that this network gives, TS 23.040 §9.2.3.15. 0x20–0x3F mean
// that the service centre is still trying.
const (
	statusReceived   = 0x00
	statusNoResponse = 0x22
	statusExpired    = 0x46
)

// message is one TPDU at the service centre.
type message struct {
	seq     uint64
	from    string // "" when injected
	to      string
	tpdu    []byte // SMS-DELIVER or SMS-STATUS-REPORT as it will arrive
	report  bool   // it is a status report
	scts    time.Time
	ready   time.Time // not before
	expires time.Time
	held    bool // the sender has not had its answer yet
	offered bool // the handset has it and owes an acknowledgement
	refused bool // the handset had no room for it once
	asked   *reportWanted
}

// reportWanted remembers whom to tell (TP-SRR, TS 23.040 §9.2.3.5).
type reportWanted struct {
	to     string
	mr     byte
	da     tpdu.Address
	trying bool // the report that it is still trying has gone out
}

// outcome is what a handset did with a TPDU.
type outcome int

const (
	accepted    outcome = iota
	unreachable         // off, out of reach, not registered
	memoryFull          // TP-FCS 0xD0–0xD3: the handset tells when it has room
	owesAck             // taken; settle says later how it ended
	occupied            // it still owes the acknowledgement of another
)

// recipient is a phone or a modem on the air. Its methods are called with the
// network's lock held.
type recipient interface {
	accept(*message) outcome
}

// submit takes an SMS-SUBMIT from a subscriber and gives the messages that it
// became: none, one, or doubled by a fault. They wait until release.
func (n *Network) submit(from string, raw []byte) ([]*message, error) {
	s, err := parseSubmit(raw)
	if err != nil {
		return nil, err
	}
	now := n.opts.Now()
	body, err := s.deliver(address(from), now)
	if err != nil {
		return nil, err
	}
	msg := &message{
		from:    from,
		to:      n.canonical(s.da.Number()),
		tpdu:    body,
		scts:    now,
		ready:   now.Add(n.opts.Transit),
		expires: now.Add(n.validity(s, now)),
		held:    true,
	}
	if s.first&foReport != 0 {
		msg.asked = &reportWanted{to: from, mr: s.mr, da: s.da}
	}
	msgs := []*message{msg}
	if f := n.faults.take(DuplicateDeliver, msg.to, n.rand); f != nil {
		twin := *msg
		twin.asked = nil
		msgs = append(msgs, &twin)
	}
	for _, m := range msgs {
		n.enqueue(m)
	}
	n.log.Debug("network took a message", "seq", msg.seq, "octets", len(raw), "report", msg.asked != nil)
	return msgs, nil
}

// release lets messages go once their sender has its answer, so that a report
// does not overtake the +CMGS that it belongs to.
func (n *Network) release(msgs []*message) {
	for _, m := range msgs {
		m.held = false
	}
	n.pump()
}

// validity reads TP-VP (TS 23.040 §9.2.3.12), cut to what the operator allows.
func (n *Network) validity(s submission, now time.Time) time.Duration {
	d := n.opts.Validity
	switch s.vp.Format {
	case tpdu.VpfRelative, tpdu.VpfEnhanced:
		if s.vp.Duration > 0 {
			d = s.vp.Duration
		}
	case tpdu.VpfAbsolute:
		d = max(0, s.vp.Time.Sub(now))
	}
	return min(d, n.opts.Validity)
}

func (n *Network) enqueue(msg *message) {
	n.seq++
	msg.seq = n.seq
	q := n.queues[msg.to]
	if len(q) == 0 && !slices.Contains(n.order, msg.to) {
		n.order = append(n.order, msg.to)
	}
	at := len(q)
	if f := n.faults.take(Overtake, msg.to, n.rand); f != nil && at > 0 && !q[at-1].offered {
		at--
	}
	n.queues[msg.to] = slices.Insert(q, at, msg)
}

// pump delivers what is due and reports what has expired. A delivery may bring
// forth messages (status reports), so it goes round until nothing moves.
func (n *Network) pump() {
	if n.closed {
		return
	}
	if n.pumping {
		n.again = true
		return
	}
	n.pumping = true
	for {
		n.again = false
		for i := 0; i < len(n.order); i++ {
			n.pumpTo(n.order[i])
		}
		if !n.again {
			break
		}
	}
	n.pumping = false
	n.setTimer()
}

func (n *Network) pumpTo(to string) {
	now := n.opts.Now()
	r := n.recipient(to)
	full := false
	for i := 0; i < len(n.queues[to]); {
		msg := n.queues[to][i]
		switch {
		case msg.offered:
			return // one at a time until it is acknowledged
		case !msg.expires.After(now):
			n.remove(msg)
			n.reportOn(msg, statusExpired)
			continue
		case msg.held || msg.ready.After(now) || full && !msg.report:
			i++
			continue
		}
		switch r.accept(msg) {
		case accepted:
			n.remove(msg)
			n.reportOn(msg, statusReceived)
		case owesAck:
			msg.offered = true
		case memoryFull:
			full = true
			n.stillTrying(msg)
			i++
		case unreachable:
			n.stillTrying(msg)
			i++
		case occupied:
			return
		}
	}
}

// settle ends the wait for an acknowledgement (RP-ACK or RP-ERROR).
func (n *Network) settle(msg *message, ok bool) {
	msg.offered = false
	if ok {
		n.remove(msg)
		n.reportOn(msg, statusReceived)
	} else {
		msg.ready = n.opts.Now().Add(n.opts.Retry)
		n.stillTrying(msg)
	}
	n.pump()
}

func (n *Network) remove(msg *message) {
	q := n.queues[msg.to]
	if i := slices.Index(q, msg); i >= 0 {
		n.queues[msg.to] = slices.Delete(q, i, i+1)
	}
}

// stillTrying tells the sender once that the first attempt failed.
func (n *Network) stillTrying(msg *message) {
	if msg.asked == nil || msg.asked.trying {
		return
	}
	msg.asked.trying = true
	n.reportOn(msg, statusNoResponse)
}

// reportOn sends the status report that was asked for, if one was.
func (n *Network) reportOn(msg *message, status byte) {
	if msg.asked == nil {
		return
	}
	now := n.opts.Now()
	raw, err := statusReport(msg.asked.mr, msg.asked.da, msg.scts, now, status)
	if err != nil {
		n.log.Error("no status report", "err", err)
		return
	}
	n.enqueue(&message{
		to:      msg.asked.to,
		tpdu:    raw,
		report:  true,
		ready:   now,
		expires: now.Add(n.opts.Validity),
	})
	n.again = true
}

// setTimer wakes the pump at the next moment at which time alone changes
// something.
func (n *Network) setTimer() {
	var next time.Time
	for _, q := range n.queues {
		for _, msg := range q {
			at := msg.expires
			if msg.ready.After(n.opts.Now()) && msg.ready.Before(at) {
				at = msg.ready
			}
			if next.IsZero() || at.Before(next) {
				next = at
			}
		}
	}
	if next.IsZero() {
		if n.timer != nil {
			n.timer.Stop()
		}
		return
	}
	// A clock that stands still must not make this spin.
	d := max(next.Sub(n.opts.Now()), time.Millisecond)
	if n.timer == nil {
		n.timer = time.AfterFunc(d, n.Wake)
		return
	}
	n.timer.Reset(d)
}
