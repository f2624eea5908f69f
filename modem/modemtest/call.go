package modemtest

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/ucs2"
)

// Call is one voice call between a phone and a modem.
type Call struct {
	m        *Modem
	from, to string
	incoming bool // seen from the modem
	answered bool
	over     bool
	rings    int
	// forwarded is where the operator sent it instead.
	forwarded string
}

// longestRing is how long the network lets a call ring that nobody takes.
const longestRing = time.Minute

// Call rings a modem until somebody hangs up, until a minute has passed, or until
// the operator diverts it; see Call.Forwarded. It returns ErrNoService when the phone has none or the
// other side cannot be reached or is busy.
func (p *Phone) Call(number string) (*Call, error) {
	n := p.net
	n.mu.Lock()
	defer n.mu.Unlock()
	m := n.modem(n.canonical(number))
	if p.off || p.away || m == nil {
		return nil, ErrNoService
	}
	if to := m.diverted(); to != "" {
		c := &Call{m: m, from: p.number, to: m.number, incoming: true, over: true, forwarded: to}
		p.calls = append(p.calls, c)
		return c, nil
	}
	if !m.onAir() || m.call != nil {
		return nil, ErrNoService
	}
	c := &Call{m: m, from: p.number, to: m.number, incoming: true}
	m.call = c
	p.calls = append(p.calls, c)
	m.ring(c, m.epoch)
	time.AfterFunc(longestRing, c.ringOut)
	return c, nil
}

// ringOut ends a call that nobody has taken.
func (c *Call) ringOut() {
	if answered, _, _ := c.State(); !answered {
		c.HangUp()
	}
}

// Calls gives the calls that this phone made and got, in order.
func (p *Phone) Calls() []*Call {
	p.net.mu.Lock()
	defer p.net.mu.Unlock()
	return append([]*Call(nil), p.calls...)
}

// HangUp ends the call from the phone's side.
func (c *Call) HangUp() {
	c.m.net.mu.Lock()
	defer c.m.net.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	if c.m.call == c {
		c.m.call = nil
		c.m.unasked(direct, "NO CARRIER")
		c.m.leftRinging(c)
	}
}

// State says whether the call was answered, and whether it is over, and how
// often it rang.
func (c *Call) State() (answered, over bool, rings int) {
	c.m.net.mu.Lock()
	defer c.m.net.mu.Unlock()
	return c.answered, c.over, c.rings
}

func (m *Modem) ring(c *Call, epoch int) {
	if c.over || c.answered || m.epoch != epoch || m.noReply(c) {
		return
	}
	c.rings++
	ring := "RING"
	if m.service.cring {
		ring = "+CRING: VOICE"
	}
	m.unasked(direct, ring)
	if m.service.clip {
		m.unasked(direct, `+CLIP: "`+c.from+`",145,"",0,"",0`)
	}
	time.AfterFunc(m.opts.Timing.Ring, func() {
		m.net.mu.Lock()
		defer m.net.mu.Unlock()
		m.ring(c, epoch)
	})
}

// leftRinging is what a modem makes of an incoming call that its host neither
// took nor ended.
func (m *Modem) leftRinging(c *Call) {
	if c.incoming && !c.answered && m.opts.Habits.FreezesAfterCall {
		m.ail.frozen = true
	}
}

// hangUp ends the modem's call, if it has one.
func (m *Modem) hangUp() {
	if m.call != nil {
		m.call.over = true
		m.call = nil
	}
}

// activity is <pas> of +CPAS, TS 27.007 §8.1.
func (m *Modem) activity() int {
	switch {
	case m.call == nil:
		return 0
	case m.call.incoming && !m.call.answered:
		return 3
	default:
		return 4
	}
}

// callCommands are voice calls (V.250 §6.3, TS 27.007 §6 and §7) and USSD.
func callCommands() map[string]handler {
	hangUp := func(c *call) final {
		c.m.hangUp()
		return finalOK
	}
	return map[string]handler{
		"D": dial, "A": pickUp, "H": hangUp, "+CHUP": hangUp,
		"+CLIP": func(c *call) final {
			if c.form == read {
				c.info("+CLIP: " + itoa(number(c.m.service.clip)) + ",1")
				return finalOK
			}
			return onOff(c, &c.m.service.clip)
		},
		"+CRC": func(c *call) final {
			if c.form == read {
				c.info("+CRC: " + itoa(number(c.m.service.cring)))
				return finalOK
			}
			return onOff(c, &c.m.service.cring)
		},
		"+CLCC": listCalls,
		"+CUSD": ussd,
	}
}

func number(on bool) int {
	if on {
		return 1
	}
	return 0
}

// onOff sets a switch from its set form.
func onOff(c *call, v *bool) final {
	n, ok := c.num(0, 0, 0, 1)
	if c.form == test {
		c.info(c.name + ": (0,1)")
		return finalOK
	}
	if c.form != set || !ok {
		return finalError
	}
	*v = n == 1
	return finalOK
}

func dial(c *call) final {
	number, voice := strings.CutSuffix(strings.TrimSpace(c.raw), ";")
	number = strings.TrimLeft(strings.ToUpper(number), "TP")
	if !voice || number == "" {
		return final{"NO CARRIER", "3"}
	}
	if !c.m.onAir() {
		return c.p.cmeFinal(30)
	}
	if c.m.call != nil {
		return final{"BUSY", "7"}
	}
	p := c.m.net.phone(c.m.net.canonical(number))
	if p.off || p.away {
		return final{"NO CARRIER", "3"}
	}
	c.m.call = &Call{m: c.m, from: c.m.number, to: p.number}
	p.calls = append(p.calls, c.m.call)
	return finalOK
}

func pickUp(c *call) final {
	if c.m.call == nil || !c.m.call.incoming {
		return final{"NO CARRIER", "3"}
	}
	c.m.call.answered = true
	return finalOK
}

func listCalls(c *call) final {
	if call := c.m.call; call != nil && c.form == action {
		dir, stat, other := 0, 3, call.to
		if call.incoming {
			dir, stat, other = 1, 4, call.from
		}
		if call.answered {
			stat = 0
		}
		c.info("+CLCC: 1," + itoa(dir) + "," + itoa(stat) + `,0,0,"` + other + `",145`)
	}
	return finalOK
}

// encode gives a string in the character set of +CSCS (TS 27.007 §5.5).
func (p *port) encode(s string) string {
	switch p.line.cscs {
	case "UCS2":
		return strings.ToUpper(hex.EncodeToString(ucs2.Encode([]rune(s))))
	case "GSM":
		return string(gsmText(s))
	default:
		return strings.Map(func(r rune) rune {
			if r > 126 {
				return '?'
			}
			return r
		}, s)
	}
}

// decode reads a string that the host gave in the character set of +CSCS.
func (p *port) decode(s string) string {
	switch p.line.cscs {
	case "UCS2":
		b, err := hex.DecodeString(s)
		if err != nil || len(b)%2 != 0 {
			return s
		}
		return decodeUTF16(b)
	case "GSM":
		return gsmString([]byte(s))
	default:
		return s
	}
}
