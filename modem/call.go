package modem

import (
	"context"
	"fmt"
	"strings"
	"time"

	"knapp/modem/at"
)

// callOver is how long after its last ring a call is over, where the modem does not say so, and ringsEvery the longest
// pause between two rings.
const (
	callOver   = 10 * time.Second
	ringsEvery = 6 * time.Second
)

// longestCall is how long a call may go on while nobody hears it ring: no network lets it ring for longer.
const longestCall = time.Minute

// call is the one that rings, or rang last. It outlives the connection: one call that was told twice would be two, and
// two in a row are a cry for help.
type call struct {
	rang  time.Time // last, by when it was read from the port
	told  bool
	ended time.Time // when the modem confirmed that it was hung up
}

// wentOn says that a modem that was away hears again: what rings then is still the same call.
func (c *call) wentOn(now time.Time) {
	if now.Sub(c.rang) < longestCall {
		c.rang = now
	}
}

// over tells whether the call was over before a ring was read. The rings of one call may lie far apart where the modem
// hung and kept them back, so there must have been silence: the call was hung up, or the modem was awake when the next
// ring was due.
func (c *call) over(u at.URC) bool {
	switch silence := u.At.Sub(c.rang); {
	case silence <= callOver:
		return false
	case silence > longestCall:
		return true
	default:
		return !c.ended.IsZero() && u.At.After(c.ended) || u.Awake.Sub(c.rang) > ringsEvery
	}
}

// ring notes one ring, and tells of a call once, with the caller's number if the network gives it before the second ring.
// due says that the call is to be hung up.
func (m *Modem) ring(u at.URC) (due bool) {
	c := &m.call
	first := c.over(u)
	if first {
		*c = call{}
	}
	c.rang = u.At
	numbered := strings.ToUpper(u.Name()) == "+CLIP"
	switch {
	case c.told:
		return c.ended.IsZero() && m.o.HangUpAfter <= 0
	case first && !numbered:
		return false
	}
	number := ""
	if numbered {
		number = field(fieldsOf(u.Args()), 0)
	}
	c.told = true
	m.tell(Call{Modem: m.o.Name, Number: number})
	return true
}

// rung notes one ring and has the call hung up: some modems freeze after a call that nobody ended (Huawei E3372h).
func (s *session) rung(ctx context.Context, u at.URC) error {
	if !s.m.ring(u) {
		return nil
	}
	if d := s.m.o.HangUpAfter; d > 0 {
		// Some modems end a call only while it rings: it is never left to the caller.
		time.AfterFunc(d, func() { _, _ = s.hangUp(ctx) })
		return nil
	}
	ended, err := s.hangUp(ctx)
	if ended {
		s.m.call.ended = time.Now()
	}
	return err
}

// hangUp ends whatever call there is, and tells whether the modem says so.
func (s *session) hangUp(ctx context.Context) (ended bool, err error) {
	if _, ended, err = s.tryWithin(ctx, s.m.o.CommandTimeout, "+CHUP"); err != nil || ended {
		return ended, err
	}
	_, ended, err = s.tryWithin(ctx, s.m.o.CommandTimeout, "H")
	return ended, err
}

// reasons are those for which the network forwards a call (TS 27.007 §7.11): always, when busy, without a reply, when
// out of reach.
var reasons = []int{0, 1, 2, 3}

// forwardWithin is how long the network may take over one question.
const forwardWithin = 30 * time.Second

// clearForwarding switches off what sends a caller to a voicemail: a child that rings as a signal must not pay for one.
// It is network traffic, free of charge, so it is done once for each SIM, and once a run where the SIM is not known.
func (s *session) clearForwarding(ctx context.Context) error {
	m := s.m
	if m.o.SIMs == nil || m.forwarding == s.iccid+"#" {
		return nil
	}
	cleared, err := m.o.SIMs.Cleared(ctx, s.iccid)
	if err != nil || cleared {
		return err
	}
	m.forwarding = s.iccid + "#"
	for _, reason := range reasons {
		on, known, err := s.forwards(ctx, reason)
		if err != nil || !known {
			return err
		}
		if !on {
			continue
		}
		// Switched off first: what is only switched off can be switched on again with the number that it had.
		for _, mode := range []int{0, 4} {
			if _, _, err := s.tryWithin(ctx, forwardWithin, fmt.Sprintf("+CCFC=%d,%d", reason, mode)); err != nil {
				return err
			}
			if on, known, err = s.forwards(ctx, reason); err != nil {
				return err
			}
			if known && !on {
				break
			}
		}
		if on {
			s.log.Warn("the operator does not switch call forwarding off: a call may cost the caller a voicemail", "reason", reason)
			return nil
		}
		s.log.Info("call forwarding was switched off", "reason", reason)
	}
	if s.iccid == "" {
		return nil
	}
	return m.o.SIMs.SetCleared(ctx, s.iccid)
}

// forwards asks whether voice calls are forwarded; known is false where the modem or the network does not say.
func (s *session) forwards(ctx context.Context, reason int) (on, known bool, err error) {
	lines, ok, err := s.tryWithin(ctx, forwardWithin, fmt.Sprintf("+CCFC=%d,2", reason))
	if err != nil || !ok {
		return false, false, err
	}
	for i := range lines {
		args, found := argsOf(lines[i:i+1], "+CCFC")
		if !found {
			continue
		}
		f := fieldsOf(args)
		status, _ := number(f[0])
		class, given := number(field(f, 1))
		on = on || status == 1 && (!given || class&1 != 0)
		known = true
	}
	return on, known, nil
}
