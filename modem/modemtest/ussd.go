package modemtest

import (
	"encoding/hex"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/ucs2"
)

// USSDCoding is how a modem writes the texts of +CUSD. Modems of one maker
// differ, and all of them say <dcs> 15 or 72.
type USSDCoding int

const (
	// USSDPlain is in the character set of +CSCS, with <dcs> 15.
	USSDPlain USSDCoding = iota
	// USSDPacked is GSM-7, packed, in hexadecimal, with <dcs> 15, and wants the
	// code so as well.
	USSDPacked
	// USSDUCS2 is UCS-2 in hexadecimal with <dcs> 72; the code is taken plain.
	USSDUCS2
)

// ussd is +CUSD, TS 27.007 §7.15: the operator's answer comes after OK.
func ussd(c *call) final {
	m := c.m
	switch c.form {
	case test:
		c.info("+CUSD: (0-2)")
		return finalOK
	case read:
		c.info("+CUSD: " + itoa(m.service.cusd))
		return finalOK
	case action:
		return finalError
	case set:
	}
	n, ok := c.num(0, 0, 0, 2)
	if !ok {
		return c.p.cmeFinal(50)
	}
	if n != 2 {
		m.service.cusd = n
	}
	code := c.ussdCode()
	if code == "" {
		return finalOK
	}
	if !m.onAir() {
		return c.p.cmeFinal(30)
	}
	reply, known := m.opts.USSD[code]
	line := "+CUSD: 4" // operation not supported
	if known {
		line = c.ussdLine(reply)
	}
	epoch := m.epoch
	say := func() {
		if m.epoch == epoch && m.service.cusd == 1 {
			m.unasked(direct, line)
		}
	}
	if wait := m.opts.Timing.USSD; wait > 0 {
		c.p.afterwards(func() {
			time.AfterFunc(wait, func() {
				m.net.mu.Lock()
				defer m.net.mu.Unlock()
				say()
			})
		})
	} else {
		c.p.afterwards(say)
	}
	return finalOK
}

// ussdCode is the code that the host asked for.
func (c *call) ussdCode() string {
	code := c.str(1, "")
	if c.m.opts.Habits.USSD != USSDPacked {
		return c.p.decode(code)
	}
	packed, err := hex.DecodeString(code)
	if err != nil {
		return code // refused by the operator, who does not know it
	}
	return gsmString(gsm7.Unpack7BitUSSD(packed, 0))
}

// ussdLine is +CUSD with the operator's answer.
func (c *call) ussdLine(reply string) string {
	switch c.m.opts.Habits.USSD {
	case USSDPacked:
		return `+CUSD: 0,"` + strings.ToUpper(hex.EncodeToString(gsm7.Pack7BitUSSD(gsmText(reply), 0))) + `",15`
	case USSDUCS2:
		return `+CUSD: 0,"` + strings.ToUpper(hex.EncodeToString(ucs2.Encode([]rune(reply)))) + `",72`
	default:
		return `+CUSD: 0,"` + c.p.encode(reply) + `",15`
	}
}
