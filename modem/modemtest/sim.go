package modemtest

import "strings"

// sim is the SIM card. Guarded by the network's lock. It outlives power.
type sim struct {
	smsc           string
	imsi, iccid    string
	pin, puk, pin2 string
	asks           bool // the PIN is asked for at power-on (CLCK "SC")
	verified       bool // and was given
	verified2      bool
	tries, tries2  int
	pukTries       int
	full, full2    int // tries after a right PIN
	fdn            bool
	books          map[string][]entry // SM and FD
	ready          bool               // it has started
}

func newSIM(o ModemOptions) sim {
	return sim{
		smsc: o.SMSC, imsi: o.IMSI, iccid: o.ICCID,
		pin: o.PIN, puk: o.PUK, pin2: o.PIN2,
		asks:  o.PIN != "",
		tries: o.PINTries, tries2: o.PIN2Tries, pukTries: 10,
		full: 3, full2: 3,
		books: map[string][]entry{
			"SM": make([]entry, o.Phonebook),
			"FD": make([]entry, o.Phonebook),
		},
	}
}

func (s *sim) powerOn() {
	s.ready, s.verified, s.verified2 = false, false, false
}

// open reports whether the SIM serves.
func (s *sim) open() bool { return s.ready && (!s.asks || s.verified) }

// code is the answer to +CPIN? (TS 27.007 §8.3).
func (s *sim) code() string {
	switch {
	case s.open():
		return "READY"
	case s.tries <= 0:
		return "SIM PUK"
	default:
		return "SIM PIN"
	}
}

// simTrouble is the +CME ERROR of a SIM that does not serve.
func (c *call) simTrouble() (final, bool) {
	s := &c.m.sim
	switch {
	case !s.ready:
		return c.p.cmeFinal(14), true
	case s.open():
		return final{}, false
	case s.tries <= 0:
		return c.p.cmeFinal(12), true
	default:
		return c.p.cmeFinal(11), true
	}
}

// simRefuses is the same as a +CMS ERROR (TS 27.005 §3.2.5).
func (m *Modem) simRefuses() (final, bool) {
	s := &m.sim
	switch {
	case !s.ready:
		return cmsFinal(314), true
	case s.open():
		return final{}, false
	case s.tries <= 0:
		return cmsFinal(316), true
	default:
		return cmsFinal(311), true
	}
}

// try compares a PIN and counts; tries must be left.
func try(given, right string, left *int, full int) bool {
	if *left <= 0 {
		return false
	}
	if given == right {
		*left = full
		return true
	}
	*left--
	return false
}

// simCommands are PINs and locks (TS 27.007 §7.4, §7.5, §8.3, §8.65).
func simCommands() map[string]handler {
	return map[string]handler{
		"+CPIN":  enterPIN,
		"+CPIN2": enterPIN2,
		"+CLCK":  lock,
		"+CPWD":  changePIN,
	}
}

func enterPIN(c *call) final {
	s := &c.m.sim
	switch c.form {
	case test:
		return finalOK
	case read:
		if !s.ready {
			return c.p.cmeFinal(14)
		}
		c.info("+CPIN: " + s.code())
		return finalOK
	case action:
		return finalError
	case set:
	}
	if !s.ready {
		return c.p.cmeFinal(14)
	}
	if s.open() {
		return c.p.cmeFinal(3)
	}
	given, fresh := c.str(0, ""), c.str(1, "")
	if s.tries <= 0 {
		if fresh == "" || !try(given, s.puk, &s.pukTries, 10) {
			return c.p.cmeFinal(16)
		}
		s.pin, s.tries = fresh, s.full
	} else if !try(given, s.pin, &s.tries, s.full) {
		if s.tries <= 0 {
			return c.p.cmeFinal(12)
		}
		return c.p.cmeFinal(16)
	}
	s.verified = true
	c.m.registrationChanged()
	c.p.afterwards(c.m.net.pump)
	return finalOK
}

func enterPIN2(c *call) final {
	s := &c.m.sim
	switch c.form {
	case read:
		code := "READY"
		if !s.verified2 {
			code = "SIM PIN2"
		}
		if s.tries2 <= 0 {
			code = "SIM PUK2"
		}
		c.info("+CPIN2: " + code)
		return finalOK
	case set:
		return c.givePIN2(c.str(0, ""))
	default:
		return finalOK
	}
}

// givePIN2 checks PIN2; a right one holds until power goes.
func (c *call) givePIN2(given string) final {
	s := &c.m.sim
	if s.tries2 <= 0 {
		return c.p.cmeFinal(18)
	}
	if !try(given, s.pin2, &s.tries2, s.full2) {
		if s.tries2 <= 0 {
			return c.p.cmeFinal(18)
		}
		return c.p.cmeFinal(16)
	}
	s.verified2 = true
	return finalOK
}

// triesLeft is +CPINR, TS 27.007 §8.65.
func triesLeft(c *call) final {
	s := &c.m.sim
	if c.form == test {
		return finalOK
	}
	want := strings.TrimSuffix(c.str(0, ""), "*")
	for _, t := range []struct {
		name       string
		left, full int
	}{
		{"SIM PIN", s.tries, s.full},
		{"SIM PUK", s.pukTries, 10},
		{"SIM PIN2", s.tries2, s.full2},
	} {
		if strings.HasPrefix(t.name, want) {
			c.info("+CPINR: " + t.name + "," + itoa(t.left) + "," + itoa(t.full))
		}
	}
	return finalOK
}

// lock is +CLCK for the PIN ("SC") and fixed dialling ("FD"), TS 27.007 §7.4.
func lock(c *call) final {
	if c.form == test {
		c.info(`+CLCK: ("SC","FD")`)
		return finalOK
	}
	if f, bad := c.simTrouble(); bad {
		return f
	}
	s := &c.m.sim
	mode, ok := c.num(1, -1, 0, 2)
	if c.form != set || !ok {
		return c.p.cmeFinal(50)
	}
	facility := strings.ToUpper(c.str(0, ""))
	var state *bool
	switch {
	case facility == "SC":
		state = &s.asks
	case facility == "FD" && !c.m.opts.NoFDN:
		state = &s.fdn
	default:
		return c.p.cmeFinal(4)
	}
	if mode == 2 {
		on := 0
		if *state {
			on = 1
		}
		c.info("+CLCK: " + itoa(on))
		return finalOK
	}
	if facility == "FD" {
		if f := c.givePIN2(c.str(2, "")); f != finalOK {
			return f
		}
	} else {
		if s.pin == "" || !try(c.str(2, ""), s.pin, &s.tries, s.full) {
			return c.p.cmeFinal(16)
		}
		s.verified = true
	}
	*state = mode == 1
	return finalOK
}

// changePIN is +CPWD, TS 27.007 §7.5.
func changePIN(c *call) final {
	if c.form == test {
		c.info(`+CPWD: ("SC",8),("P2",8)`)
		return finalOK
	}
	s := &c.m.sim
	fresh := c.str(2, "")
	if c.form != set || fresh == "" {
		return c.p.cmeFinal(50)
	}
	switch strings.ToUpper(c.str(0, "")) {
	case "SC":
		if !s.asks || !try(c.str(1, ""), s.pin, &s.tries, s.full) {
			return c.p.cmeFinal(16)
		}
		s.pin = fresh
	case "P2":
		if f := c.givePIN2(c.str(1, "")); f != finalOK {
			return f
		}
		s.pin2 = fresh
	default:
		return c.p.cmeFinal(4)
	}
	return finalOK
}
