package modemtest

import (
	"slices"
	"strings"
)

// messageCommands set up the message service (TS 27.005 §3.1 to §3.4).
func messageCommands() map[string]handler {
	return map[string]handler{
		"+CMGF": func(c *call) final {
			n := number(c.p.line.text)
			f := value(&n, 0, 1)(c)
			c.p.line.text = n == 1
			return f
		},
		"+CSDH": func(c *call) final {
			n := number(c.p.line.details)
			f := value(&n, 0, 1)(c)
			c.p.line.details = n == 1
			return f
		},
		"+CMMS": func(c *call) final { return value(&c.m.service.cmms, 0, 2)(c) },
		"+CSMS": messageService,
		"+CPMS": preferredStorage,
		"+CNMI": newMessageIndications,
		"+CSCA": serviceCentre,
		"+CSMP": textParameters,
		"+CNMA": acknowledge,
	}
}

func messageService(c *call) final {
	s := &c.m.service
	switch c.form {
	case test:
		c.info("+CSMS: (0,1)")
	case read:
		c.info("+CSMS: " + itoa(s.csms) + ",1,1,1")
	case set:
		n, ok := c.num(0, 0, 0, 1)
		if !ok {
			return cmsFinal(302)
		}
		s.csms = n
		c.info("+CSMS: 1,1,1")
	case action:
		return finalError
	}
	return finalOK
}

// storages are what each of the three memories of +CPMS may be.
var storages = [3][]string{{"SM", "ME", "SR"}, {"SM", "ME"}, {"SM", "ME"}}

func preferredStorage(c *call) final {
	if f, bad := c.m.simRefuses(); bad && c.form != test {
		return f
	}
	s := &c.m.service
	switch c.form {
	case test:
		lists := make([]string, 0, 3)
		for _, l := range c.m.opts.Habits.Storages {
			lists = append(lists, `("`+strings.Join(l, `","`)+`")`)
		}
		c.info("+CPMS: " + strings.Join(lists, ","))
	case read:
		parts := make([]string, 0, 3)
		for _, mem := range s.mem {
			parts = append(parts, `"`+mem+`",`+c.m.stores[mem].count())
		}
		c.info("+CPMS: " + strings.Join(parts, ","))
	case set:
		mem := s.mem
		if len(c.args) > 3 {
			return cmsFinal(302)
		}
		for i := range c.args {
			mem[i] = strings.ToUpper(c.str(i, mem[i]))
			if !slices.Contains(c.m.opts.Habits.Storages[i], mem[i]) {
				return cmsFinal(302)
			}
		}
		s.mem = mem
		c.m.storageRead(mem[0])
		c.info("+CPMS: " + c.m.stores[mem[0]].count() + "," + c.m.stores[mem[1]].count() + "," + c.m.stores[mem[2]].count())
		c.p.afterwards(c.m.net.pump)
	case action:
		return finalError
	}
	return finalOK
}

func newMessageIndications(c *call) final {
	s := &c.m.service
	switch c.form {
	case test:
		var lists []string
		for _, values := range c.m.opts.Habits.Indications {
			lists = append(lists, ranges(values))
		}
		c.info("+CNMI: " + strings.Join(lists, ","))
		return finalOK
	case read:
		n := s.cnmi
		c.info("+CNMI: " + itoa(n.mode) + "," + itoa(n.mt) + "," + itoa(n.bm) + "," + itoa(n.ds) + "," + itoa(n.bfr))
		return finalOK
	case action:
		s.cnmi = cnmi{}
		return finalOK
	case set:
	}
	var n cnmi
	ok := len(c.args) <= 5
	for i, v := range []*int{&n.mode, &n.mt, &n.bm, &n.ds, &n.bfr} {
		all := c.m.opts.Habits.Indications[i]
		var good bool
		*v, good = c.num(i, all[0], 0, 3)
		ok = ok && good && slices.Contains(all, *v)
	}
	if !ok {
		return cmsFinal(302)
	}
	s.cnmi = n
	c.m.urcTo = c.p
	if n.mode != 0 {
		// TS 27.005 §3.4.1: <bfr> 0 gives what was kept, 1 clears it.
		kept := c.m.buffered
		c.m.buffered = nil
		if n.bfr == 0 {
			c.p.afterwards(func() {
				for _, lines := range kept {
					c.m.say(byMode, lines)
				}
			})
		}
	}
	return finalOK
}

func serviceCentre(c *call) final {
	if f, bad := c.m.simRefuses(); bad && c.form != test {
		return f
	}
	s := &c.m.sim
	switch c.form {
	case test:
	case read:
		if s.smsc == "" && c.m.opts.Habits.CSMPErasesSMSC {
			return finalOK
		}
		c.info(`+CSCA: "` + c.p.encode(s.smsc) + `",` + itoa(int(address(s.smsc).TOA)))
	case set:
		number := c.p.decode(c.str(0, ""))
		toa, ok := c.num(1, int(address(number).TOA), 0, 255)
		if !ok || strings.Trim(number, "+0123456789") != "" {
			return cmsFinal(304)
		}
		if toa == 145 && number != "" && number[0] != '+' {
			number = "+" + number
		}
		s.smsc = number
	case action:
		return finalError
	}
	return finalOK
}

func textParameters(c *call) final {
	v := &c.m.service.csmp
	switch c.form {
	case test:
	case read:
		c.info("+CSMP: " + itoa(v[0]) + "," + itoa(v[1]) + "," + itoa(v[2]) + "," + itoa(v[3]))
	case set:
		fresh := *v
		for i := range fresh {
			n, ok := c.num(i, v[i], 0, 255)
			if !ok {
				return cmsFinal(303)
			}
			fresh[i] = n
		}
		*v = fresh
		if c.m.opts.Habits.CSMPErasesSMSC {
			c.m.sim.smsc = ""
		}
	case action:
		return finalError
	}
	return finalOK
}

// acknowledge is +CNMA (TS 27.005 §3.4.4 and §4.7): <n> 0 and 1 acknowledge, 2
// refuses, with a TPDU after a prompt if a length is given.
func acknowledge(c *call) final {
	if c.form == test {
		c.info("+CNMA: (0-2)")
		return finalOK
	}
	if c.m.owed == nil {
		return cmsFinal(340)
	}
	n, ok := c.num(0, 0, 0, 2)
	if !ok || c.form == read {
		return cmsFinal(302)
	}
	if length, ok := c.num(1, 0, 0, 255); ok && length > 0 {
		c.p.prompt = &prompt{command: "+CNMA", deal: func(p *port, _ string) answer {
			p.m.acknowledged(n != 2)
			return answer{final: finalOK}
		}}
		return final{}
	}
	c.m.acknowledged(n != 2)
	return finalOK
}
