package modemtest

import "strings"

// entry is one record of EF_ADN or EF_FDN.
type entry struct{ number, name string }

// longestName is <tlength> of +CPBR=?, in characters; longestNumber is
// <nlength>.
const (
	longestName   = 14
	longestNumber = 40
)

// phonebookCommands are TS 27.007 §8.11 to §8.14.
func phonebookCommands() map[string]handler {
	return map[string]handler{"+CPBS": selectBook, "+CPBR": readBook, "+CPBW": writeBook}
}

func (m *Modem) books() []string {
	if m.opts.NoFDN {
		return []string{"SM"}
	}
	return []string{"SM", "FD"}
}

func selectBook(c *call) final {
	if f, bad := c.simTrouble(); bad {
		return f
	}
	m := c.m
	switch c.form {
	case test:
		c.info(`+CPBS: ("` + strings.Join(m.books(), `","`) + `")`)
	case read:
		used := 0
		for _, e := range m.sim.books[m.book] {
			if e != (entry{}) {
				used++
			}
		}
		c.info(`+CPBS: "` + m.book + `",` + itoa(used) + "," + itoa(len(m.sim.books[m.book])))
	case set:
		want := strings.ToUpper(c.str(0, ""))
		for _, b := range m.books() {
			if b != want {
				continue
			}
			if pin2 := c.str(1, ""); pin2 != "" {
				if f := c.givePIN2(pin2); f != finalOK {
					return f
				}
			}
			m.book = want
			return finalOK
		}
		return c.p.cmeFinal(4)
	case action:
		return finalError
	}
	return finalOK
}

func readBook(c *call) final {
	if f, bad := c.simTrouble(); bad {
		return f
	}
	book := c.m.sim.books[c.m.book]
	switch c.form {
	case test:
		c.info("+CPBR: (1-" + itoa(len(book)) + ")," + itoa(longestNumber) + "," + itoa(longestName))
		return finalOK
	case read, action:
		return finalError
	case set:
	}
	first, ok := c.num(0, 0, 1, len(book))
	last, okLast := c.num(1, first, 1, len(book))
	if !ok || !okLast || first == 0 {
		return c.p.cmeFinal(21)
	}
	for i := first; i <= last; i++ {
		e := book[i-1]
		if e == (entry{}) {
			continue
		}
		c.info("+CPBR: " + itoa(i) + `,"` + e.number + `",` + itoa(int(address(e.number).TOA)) + `,"` + c.p.encode(e.name) + `"`)
	}
	if first == last && len(c.out) == 0 {
		return c.p.cmeFinal(22)
	}
	return finalOK
}

func writeBook(c *call) final {
	if f, bad := c.simTrouble(); bad {
		return f
	}
	m := c.m
	book := m.sim.books[m.book]
	switch c.form {
	case test:
		c.info("+CPBW: (1-" + itoa(len(book)) + ")," + itoa(longestNumber) + ",(129,145)," + itoa(longestName))
		return finalOK
	case read, action:
		return finalError
	case set:
	}
	// TS 51.011 §10.5.2: the fixed dialling list is written with PIN2 only.
	if m.book == "FD" && !m.sim.verified2 {
		return c.p.cmeFinal(17)
	}
	at, ok := c.num(0, 0, 1, len(book))
	if !ok {
		return c.p.cmeFinal(21)
	}
	e := entry{number: c.str(1, ""), name: c.p.decode(c.str(3, ""))}
	toa, okType := c.num(2, int(address(e.number).TOA), 0, 255)
	switch {
	case !okType:
		return c.p.cmeFinal(50)
	case len([]rune(e.name)) > longestName:
		return c.p.cmeFinal(24)
	case len(e.number) > longestNumber:
		return c.p.cmeFinal(26)
	}
	if toa == 145 && e.number != "" && !strings.HasPrefix(e.number, "+") {
		e.number = "+" + e.number
	}
	if at == 0 {
		for at = 1; at <= len(book) && book[at-1] != (entry{}); at++ {
		}
		if at > len(book) {
			return c.p.cmeFinal(20)
		}
	}
	book[at-1] = e
	return finalOK
}

// fixedDialling reports whether the fixed dialling list lets a message go
// (TS 22.101 Annex A.24): both the destination and the service centre must be
// on it. It gives the CMS error otherwise.
func (m *Modem) fixedDialling(to, smsc string) (int, bool) {
	if !m.sim.fdn {
		return 0, true
	}
	listed := func(number string) bool {
		for _, e := range m.sim.books["FD"] {
			if e.number != "" && strings.HasPrefix(m.net.canonical(number), m.net.canonical(e.number)) {
				return true
			}
		}
		return false
	}
	switch {
	case !listed(smsc):
		return 342, false
	case !listed(to):
		return 341, false
	}
	return 0, true
}
