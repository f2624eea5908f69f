package modemtest

import (
	"encoding/hex"
	"slices"
	"strings"

	"github.com/warthog618/sms/encoding/semioctet"
)

// vendorCommands are those that only some makers have; see Habits.
func vendorCommands() map[string]handler {
	all := map[string]handler{"+QURCCFG": urcPortConfig, "+CRSM": restrictedAccess, "^CURC": hush}
	for _, name := range []string{"+CCID", "+ICCID", "^ICCID", "+QCCID", "+CICCID", "!ICCID"} {
		all[name] = tellICCID
	}
	for name, tell := range map[string]handler{
		"+CPINR": triesLeft, "^CPIN": triesHuawei, "+QPINC": triesQuectel, "+SPIC": triesSIMCom,
	} {
		all[name] = func(c *call) final {
			if c.m.opts.Habits.Tries != c.name {
				return finalError
			}
			if !c.m.sim.ready {
				return c.p.cmeFinal(14)
			}
			return tell(c)
		}
	}
	return all
}

// hush is AT^CURC=0: no more of what the modem says of its own accord.
func hush(c *call) final {
	if c.m.opts.Habits.Hush != "^CURC=0" || c.form != set {
		return finalError
	}
	c.m.ail.hushed = c.str(0, "") == "0"
	return finalOK
}

// urcPortConfig is AT+QURCCFG="urcport"[,"usbat"|"usbmodem"] (Quectel).
func urcPortConfig(c *call) final {
	names := []string{"usbat", "usbmodem"}
	if !c.m.opts.Habits.NamedURCPort || c.form != set || c.str(0, "") != "urcport" {
		return finalError
	}
	if len(c.args) == 1 {
		c.info(`+QURCCFG: "urcport","` + names[c.m.ail.urcOn] + `"`)
		return finalOK
	}
	n := slices.Index(names, c.str(1, ""))
	if n < 0 {
		return c.p.cmeFinal(50)
	}
	c.m.ail.urcOn = n
	return finalOK
}

// tellICCID answers under the name that this maker has for it. Some take it as
// a question, others as an order.
func tellICCID(c *call) final {
	want := c.m.opts.Habits.ICCID
	if want != c.name && (want != "" || c.name != "+CCID" && c.name != "+ICCID") || c.form == set || c.form == test {
		return finalError
	}
	if !c.m.sim.ready {
		return c.p.cmeFinal(14)
	}
	c.info(c.name + ": " + c.m.sim.iccid)
	return finalOK
}

// efICCID is the file of the SIM's own number (TS 51.011 §10.1.1): ten octets of
// semi-octets, the low one first, filled up with F.
const efICCID = "12258"

// restrictedAccess is +CRSM (TS 27.007 §8.18) for READ BINARY, 176, of that file.
func restrictedAccess(c *call) final {
	if c.form == test {
		return finalOK
	}
	if !c.m.sim.ready {
		return c.p.cmeFinal(14)
	}
	if c.form != set || c.str(0, "") != "176" || c.str(1, "") != efICCID {
		c.info("+CRSM: 148,4") // 94 04: no such file
		return finalOK
	}
	digits := c.m.sim.iccid
	if len(digits) < 20 {
		digits += strings.Repeat("F", 20-len(digits))
	}
	octets, err := semioctet.Encode([]byte(strings.TrimRight(digits, "F")))
	if err != nil {
		return c.p.cmeFinal(13)
	}
	for len(octets) < 10 {
		octets = append(octets, 0xFF)
	}
	c.info(`+CRSM: 144,0,"` + strings.ToUpper(hex.EncodeToString(octets)) + `"`)
	return finalOK
}

// triesHuawei is ^CPIN?: the state, its tries, and those of PUK, PIN, PUK2 and
// PIN2.
func triesHuawei(c *call) final {
	if c.form != read {
		return finalError
	}
	s := &c.m.sim
	state, left := s.code(), ""
	switch state {
	case "SIM PIN":
		left = itoa(s.tries)
	case "SIM PUK":
		left = itoa(s.pukTries)
	}
	c.info("^CPIN: " + state + "," + left + "," + itoa(s.pukTries) + "," + itoa(s.tries) + ",10," + itoa(s.tries2))
	return finalOK
}

// triesQuectel is +QPINC?: the tries of PIN and PUK, and of PIN2 and PUK2.
func triesQuectel(c *call) final {
	if c.form != read {
		return finalError
	}
	s := &c.m.sim
	c.info(`+QPINC: "SC",`+itoa(s.tries)+","+itoa(s.pukTries), `+QPINC: "P2",`+itoa(s.tries2)+",10")
	return finalOK
}

// triesSIMCom is +SPIC: the tries of PIN, PUK, PIN2 and PUK2.
func triesSIMCom(c *call) final {
	s := &c.m.sim
	c.info("+SPIC: " + itoa(s.tries) + "," + itoa(s.pukTries) + "," + itoa(s.tries2) + ",10")
	return finalOK
}
