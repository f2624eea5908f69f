package modemtest

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func itoa(n int) string { return strconv.Itoa(n) }

// basicCommands are those of V.250 without a prefix.
func basicCommands() map[string]handler {
	accept := func(*call) final { return finalOK }
	return map[string]handler{
		"E": flag(func(c *call, on bool) { c.p.line.echo = on }),
		"V": flag(func(c *call, on bool) { c.p.line.verbose = on }),
		"Q": flag(func(c *call, on bool) { c.p.line.quiet = on }),
		"Z": func(c *call) final {
			c.p.line = c.m.powerOnLine()
			c.m.restore(c.m.saved)
			return finalOK
		},
		"&F": func(c *call) final {
			c.p.line = factoryLine()
			c.m.restore(nil)
			return finalOK
		},
		"&W": func(c *call) final {
			c.m.saved = &saved{line: c.p.line, service: c.m.service}
			return finalOK
		},
		"&C": accept, "&D": accept, "&K": accept, "&S": accept, "\\Q": accept,
		"L": accept, "M": accept, "X": accept, "T": accept, "P": accept,
		"I": func(c *call) final {
			c.info(c.m.opts.Manufacturer, c.m.opts.Model, "Revision: "+c.m.opts.Revision, "IMEI: "+c.m.opts.IMEI)
			return finalOK
		},
	}
}

// flag handles E, V and Q: 0, 1, or nothing for 0.
func flag(to func(*call, bool)) handler {
	return func(c *call) final {
		switch c.raw {
		case "", "0":
			to(c, false)
		case "1":
			to(c, true)
		default:
			return finalError
		}
		return finalOK
	}
}

// restore takes the modem-wide settings of AT&W, or of the factory.
func (m *Modem) restore(s *saved) {
	m.service = factoryService()
	m.service.mem = m.opts.Habits.Memories
	if s != nil {
		m.service = s.service
	}
	m.buffered = nil
}

// register reads and sets the S-parameters that shape lines (V.250 §6.2.1 to
// §6.2.3); others are accepted and read as 0.
func register(c *call) final {
	var v *byte
	switch c.name {
	case "S3":
		v = &c.p.line.cr
	case "S4":
		v = &c.p.line.lf
	case "S5":
		v = &c.p.line.bs
	}
	switch c.form {
	case read:
		n := 0
		if v != nil {
			n = int(*v)
		}
		s := "000" + itoa(n)
		c.info(s[len(s)-3:])
	case set:
		n, err := strconv.Atoi(c.raw)
		if err != nil || n < 0 || n > 255 || v != nil && n > 127 {
			return finalError
		}
		if v != nil {
			*v = byte(n)
		}
	case action, test:
	}
	return finalOK
}

// fixed answers the action form with one line and the test form with nothing.
func fixed(line func(*Modem) string) handler {
	return func(c *call) final {
		switch c.form {
		case action:
			c.info(line(c.m))
		case test:
		case set, read:
			return finalError
		}
		return finalOK
	}
}

// identityCommands say who the modem and its SIM are (TS 27.007 §5).
func identityCommands() map[string]handler {
	maker := fixed(func(m *Modem) string { return m.opts.Manufacturer })
	model := fixed(func(m *Modem) string { return m.opts.Model })
	revision := fixed(func(m *Modem) string { return m.opts.Revision })
	serial := fixed(func(m *Modem) string { return m.opts.IMEI })
	return map[string]handler{
		"+CGMI": maker, "+GMI": maker,
		"+CGMM": model, "+GMM": model,
		"+CGMR": revision, "+GMR": revision,
		"+CGSN": serial, "+GSN": serial,
		"+CIMI": func(c *call) final {
			if f, bad := c.simTrouble(); bad {
				return f
			}
			return fixed(func(m *Modem) string { return m.sim.imsi })(c)
		},
		"+GCAP": func(c *call) final {
			c.info("+GCAP: +CGSM")
			return finalOK
		},
		"+CLAC": func(c *call) final {
			c.info(slices.Sorted(maps.Keys(c.m.commands))...)
			return finalOK
		},
		"+CNUM": func(c *call) final {
			if f, bad := c.simTrouble(); bad {
				return f
			}
			c.info(`+CNUM: ,"` + c.m.number + `",` + itoa(int(address(c.m.number).TOA)))
			return finalOK
		},
	}
}

// generalCommands are those of TS 27.007 §5, §8 and §9 that concern the modem
// itself.
func generalCommands() map[string]handler {
	return map[string]handler{
		"+CMEE": func(c *call) final { return value(&c.p.line.cmee, 0, 2)(c) },
		"+CSCS": characterSet,
		"+CCLK": clock,
		"+CBC": func(c *call) final {
			if c.form == action {
				c.info("+CBC: 0,100")
			}
			return finalOK
		},
		"+CPAS": func(c *call) final {
			if c.form == action {
				c.info("+CPAS: " + itoa(c.m.activity()))
			}
			return finalOK
		},
	}
}

func characterSet(c *call) final {
	switch c.form {
	case test:
		c.info(`+CSCS: ("GSM","IRA","UCS2")`)
	case read:
		c.info(`+CSCS: "` + c.p.line.cscs + `"`)
	case set:
		s := strings.ToUpper(c.str(0, ""))
		if !slices.Contains([]string{"GSM", "IRA", "UCS2"}, s) {
			return finalError
		}
		c.p.line.cscs = s
	case action:
		return finalError
	}
	return finalOK
}

// clockForm is <time> of TS 27.007 §8.15 without its zone.
const clockForm = "06/01/02,15:04:05"

func clock(c *call) final {
	now := c.m.net.opts.Now()
	switch c.form {
	case read:
		t := now.Add(c.m.clock)
		_, offset := t.Zone()
		c.info(`+CCLK: "` + t.Format(clockForm) + quarters(offset) + `"`)
	case set:
		s := c.str(0, "")
		if len(s) < len(clockForm) {
			return c.p.cmeFinal(50)
		}
		t, err := time.ParseInLocation(clockForm, s[:len(clockForm)], now.Location())
		if err != nil {
			return c.p.cmeFinal(50)
		}
		c.m.clock = t.Sub(now)
	case test:
	case action:
		return finalError
	}
	return finalOK
}

// quarters is a zone in quarters of an hour with its sign, TS 27.007 §8.15.
func quarters(seconds int) string {
	n, sign := seconds/900, "+"
	if n < 0 {
		n, sign = -n, "-"
	}
	s := "0" + itoa(n)
	return sign + s[len(s)-2:]
}
