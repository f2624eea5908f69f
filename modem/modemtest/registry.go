package modemtest

import (
	"slices"
)

// networkCommands are TS 27.007 §7 and §8: registration, operator, signal,
// functionality.
func networkCommands() map[string]handler {
	return map[string]handler{
		"+CREG":  registrationOf("+CREG", func(m *Modem) (*int, int) { return &m.service.creg, m.reg.cs }),
		"+CGREG": registrationOf("+CGREG", func(m *Modem) (*int, int) { return &m.service.cgreg, m.reg.ps }),
		"+CEREG": registrationOf("+CEREG", func(m *Modem) (*int, int) { return &m.service.cereg, m.reg.eps }),
		"+COPS":  operator,
		"+CSQ":   signalQuality,
		"+CFUN":  functionality,
		"+CGATT": func(c *call) final {
			if c.form == read {
				c.info("+CGATT: " + itoa(min(c.m.stat(c.m.reg.ps), 1)))
			}
			return finalOK
		},
	}
}

// Where the modem is, for <n> 2 of the registration commands.
const cell = `,"00C3","0A265185",7`

// stat is <stat> as the modem sees it: without radio or SIM it is not
// registered and not searching.
func (m *Modem) stat(granted int) int {
	if !m.camped() {
		return 0
	}
	return granted
}

func registrationOf(name string, of func(*Modem) (n *int, granted int)) handler {
	return func(c *call) final {
		n, granted := of(c.m)
		if c.form == read {
			stat := c.m.stat(granted)
			line := name + ": " + itoa(*n) + "," + itoa(stat)
			if *n == 2 && (stat == 1 || stat == 5) {
				line += cell
			}
			c.info(line)
			return finalOK
		}
		return value(n, 0, 2)(c)
	}
}

// registrationChanged tells a host that asked for it.
func (m *Modem) registrationChanged() {
	for _, r := range []struct {
		name       string
		n, granted int
	}{
		{"+CREG", m.service.creg, m.reg.cs},
		{"+CGREG", m.service.cgreg, m.reg.ps},
		{"+CEREG", m.service.cereg, m.reg.eps},
	} {
		if r.n == 0 {
			continue
		}
		stat := m.stat(r.granted)
		line := r.name + ": " + itoa(stat)
		if r.n == 2 && (stat == 1 || stat == 5) {
			line += cell
		}
		m.unasked(direct, line)
	}
}

// The operator, in the forms of +COPS (TS 27.007 §7.3).
var operatorNames = [3]string{"Telenor Knapp", "Knapp", "24201"}

func operator(c *call) final {
	switch c.form {
	case test:
		if f, bad := c.simTrouble(); bad {
			return f
		}
		c.info(`+COPS: (2,"` + operatorNames[0] + `","` + operatorNames[1] + `","` + operatorNames[2] + `",7),,(0-4),(0-2)`)
	case read:
		line := "+COPS: 0"
		if s := c.m.stat(max(c.m.reg.cs, c.m.reg.eps)); s == 1 || s == 5 || s == 6 {
			line += "," + itoa(c.m.service.cops) + `,"` + operatorNames[c.m.service.cops] + `",7`
		}
		c.info(line)
	case set:
		mode, ok := c.num(0, 0, 0, 4)
		format, okFormat := c.num(1, c.m.service.cops, 0, 2)
		if !ok || !okFormat {
			return c.p.cmeFinal(50)
		}
		c.m.service.cops = format
		switch mode {
		case 2:
			return c.deregister(registration{0, 0, 0})
		case 0, 1, 4:
			if c.m.reg == (registration{0, 0, 0}) {
				return c.deregister(c.m.opts.Habits.home())
			}
		}
	case action:
		return finalError
	}
	return finalOK
}

func (c *call) deregister(r registration) final {
	c.m.reg = r
	c.p.afterwards(func() {
		c.m.registrationChanged()
		c.m.net.pump()
	})
	return finalOK
}

func signalQuality(c *call) final {
	switch c.form {
	case action:
		rssi := c.m.signal
		if c.m.fun != 1 {
			rssi = 99
		}
		c.info("+CSQ: " + itoa(rssi) + ",99")
	case test:
		c.info("+CSQ: (0-31,99),(0-7,99)")
	case read, set:
		return finalError
	}
	return finalOK
}

// functionality is +CFUN, TS 27.007 §8.2: 0 minimum, 1 full, 4 radio off; a
// second parameter of 1 resets.
func functionality(c *call) final {
	m := c.m
	switch c.form {
	case read:
		c.info("+CFUN: " + itoa(m.fun))
		return finalOK
	case test:
		c.info("+CFUN: (0,1,4),(0,1)")
		return finalOK
	case action:
		return finalError
	case set:
	}
	fun, ok := c.num(0, -1, 0, 4)
	reset, okReset := c.num(1, 0, 0, 1)
	if !ok || !okReset || !slices.Contains([]int{0, 1, 4}, fun) {
		return c.p.cmeFinal(50)
	}
	if reset == 1 {
		c.p.afterwards(m.reboot)
		return finalOK
	}
	before := m.camped()
	if m.fun != 1 && fun == 1 {
		m.cured(ByRadio)
	}
	m.fun = fun
	if m.camped() != before {
		c.p.afterwards(func() {
			m.registrationChanged()
			m.net.pump()
		})
	}
	return finalOK
}

// reboot is what AT+CFUN=1,1 does to a USB stick: it falls off the bus, and,
// when it was plugged in by PlugIn, comes back after Timing.Reboot, under the
// names that Rename gives.
func (m *Modem) reboot() {
	m.powerOff()
	for _, p := range m.ports {
		p.drop()
	}
	m.restarting = true
	switch {
	case len(m.ttys) == 0:
	case m.opts.Habits.MassStorage:
		m.disk = true
	default:
		m.replugAfter(m.opts.Timing.Reboot)
	}
}
