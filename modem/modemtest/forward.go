package modemtest

import "maps"

// forwardCommands are call forwarding, TS 27.007 §7.11. The operator keeps it,
// so it outlives the modem's power.
func forwardCommands() map[string]handler { return map[string]handler{"+CCFC": forward} }

// Reasons of +CCFC (TS 27.007 §7.11); 4 and 5 are all of them, and all but 0.
const (
	forwardAlways = iota
	forwardBusy
	forwardNoReply
	forwardUnreachable
	forwardAll
	forwardConditional
)

// Modes of +CCFC.
const (
	forwardOff = iota
	forwardOn
	forwardAsk
	forwardRegister
	forwardErase
)

func forward(c *call) final {
	m := c.m
	if c.form == test {
		c.info("+CCFC: (0-5)")
		return finalOK
	}
	if f, bad := c.simTrouble(); bad {
		return f
	}
	reason, okReason := c.num(0, -1, forwardAlways, forwardConditional)
	mode, okMode := c.num(1, -1, forwardOff, forwardErase)
	if c.form != set || !okReason || !okMode || reason < 0 || mode < 0 {
		return c.p.cmeFinal(50)
	}
	if !m.onAir() {
		return c.p.cmeFinal(30)
	}
	reasons := []int{reason}
	switch reason {
	case forwardAll:
		reasons = []int{forwardAlways, forwardBusy, forwardNoReply, forwardUnreachable}
	case forwardConditional:
		reasons = []int{forwardBusy, forwardNoReply, forwardUnreachable}
	}
	switch mode {
	case forwardAsk:
		if len(reasons) > 1 {
			return c.p.cmeFinal(50)
		}
		if to := m.forwards[reason]; to != "" {
			c.info(`+CCFC: 1,1,"` + to + `",` + itoa(int(address(to).TOA)))
		} else {
			c.info("+CCFC: 0,7")
		}
	case forwardOn, forwardRegister:
		to := c.str(2, "")
		if to == "" {
			return c.p.cmeFinal(50)
		}
		for _, r := range reasons {
			m.divert(r, to)
		}
	case forwardOff, forwardErase:
		for _, r := range reasons {
			delete(m.forwards, r)
		}
	}
	return finalOK
}

func (m *Modem) divert(reason int, to string) {
	if m.forwards == nil {
		m.forwards = map[int]string{}
	}
	m.forwards[reason] = to
}

// Forwards gives the numbers to which the operator diverts calls, by the reason
// of +CCFC.
func (m *Modem) Forwards() map[int]string {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	return maps.Clone(m.forwards)
}

// diverted is where the operator sends a call before the modem hears of it, or
// "".
func (m *Modem) diverted() string {
	for _, d := range []struct {
		reason  int
		applies bool
	}{
		{forwardAlways, true},
		{forwardUnreachable, !m.onAir()},
		{forwardBusy, m.call != nil},
	} {
		if to := m.forwards[d.reason]; d.applies && to != "" {
			return to
		}
	}
	return ""
}

// Forwarded is the number to which the operator has diverted the call, "" while
// it has not. A diverted call costs the caller a voicemail.
func (c *Call) Forwarded() string {
	c.m.net.mu.Lock()
	defer c.m.net.mu.Unlock()
	return c.forwarded
}

// ringsBeforeDivert is after how many RINGs a call counts as not replied to.
const ringsBeforeDivert = 5

// noReply diverts a call that has rung long enough, if that is set.
func (m *Modem) noReply(c *Call) bool {
	to := m.forwards[forwardNoReply]
	if to == "" || c.rings < ringsBeforeDivert {
		return false
	}
	c.forwarded, c.over = to, true
	m.call = nil
	m.unasked(direct, "NO CARRIER")
	return true
}
