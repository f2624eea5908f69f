package modemtest

import (
	"fmt"
	"slices"
	"strings"
)

// <stat> of TS 27.005 §3.1.
const (
	recUnread = iota
	recRead
	stoUnsent
	stoSent
	allStats
)

var statNames = [...]string{"REC UNREAD", "REC READ", "STO UNSENT", "STO SENT", "ALL"}

// slot is one place of a storage; an empty one has no TPDU.
type slot struct {
	tpdu   []byte
	stat   int
	report bool
}

// store is one message storage. Guarded by the network's lock.
type store struct{ slots []slot }

func newStore(size int) *store { return &store{slots: make([]slot, max(size, 0))} }

func (s *store) used() int {
	n := 0
	for _, sl := range s.slots {
		if sl.tpdu != nil {
			n++
		}
	}
	return n
}

func (s *store) count() string { return itoa(s.used()) + "," + itoa(len(s.slots)) }

// add puts a message into the first free slot.
func (s *store) add(sl slot) (int, bool) {
	for i := range s.slots {
		if s.slots[i].tpdu == nil {
			s.slots[i] = sl
			return i, true
		}
	}
	return 0, false
}

// receive stores an SMS-DELIVER. One with a replacing TP-PID takes the place of
// the earlier one of that sender (TS 23.040 §9.2.3.9).
func (s *store) receive(tpdu []byte, in incoming) (int, bool) {
	if in.pid >= pidReplaceFirst && in.pid <= pidReplaceLast {
		for i, old := range s.slots {
			if old.tpdu == nil || old.report || old.stat > recRead || !sameSender(old.tpdu, tpdu) {
				continue
			}
			if was, err := parseDeliver(old.tpdu); err == nil && was.pid == in.pid {
				s.slots[i] = slot{tpdu: tpdu}
				return i, true
			}
		}
	}
	return s.add(slot{tpdu: tpdu})
}

// Stored is one message in a modem's storage.
type Stored struct {
	// Index is as +CMGR takes it.
	Index int
	// Stat is <stat>: 0 unread, 1 read, 2 unsent, 3 sent (TS 27.005 §3.1).
	Stat int
	// TPDU is the message without the service centre's address.
	TPDU []byte
}

// Stored gives what is in a storage: "SM", "ME" or "SR".
func (m *Modem) Stored(mem string) []Stored {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	var out []Stored
	s := m.stores[mem]
	if s == nil {
		return nil
	}
	for i, sl := range s.slots {
		if sl.tpdu != nil {
			out = append(out, Stored{Index: i + m.opts.FirstIndex, Stat: sl.stat, TPDU: slices.Clone(sl.tpdu)})
		}
	}
	return out
}

// Put puts a TPDU straight into a storage, as if it had been there all along,
// and gives its index. stat is <stat>; no URC is given.
func (m *Modem) Put(mem string, stat int, tpdu []byte) (int, error) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	s := m.stores[mem]
	if s == nil || stat < recUnread || stat > stoSent {
		return 0, fmt.Errorf("modemtest: put: no storage %q with <stat> %d: use SM, ME or SR, and 0 to 3", mem, stat)
	}
	i, ok := s.add(slot{tpdu: slices.Clone(tpdu), stat: stat, report: mem == "SR"})
	if !ok {
		return 0, fmt.Errorf("modemtest: put: %s is full", mem)
	}
	return i + m.opts.FirstIndex, nil
}

// storeCommands read and delete messages (TS 27.005 §3.4.2, §3.4.3, §3.5.4).
func storeCommands() map[string]handler {
	return map[string]handler{"+CMGL": listMessages, "+CMGR": readMessage, "+CMGD": deleteMessage}
}

func listMessages(c *call) final {
	text := c.p.line.text
	if c.form == test {
		if text {
			c.info(`+CMGL: ("` + strings.Join(statNames[:], `","`) + `")`)
		} else {
			c.info("+CMGL: (0-4)")
		}
		return finalOK
	}
	if f, bad := c.m.simRefuses(); bad {
		return f
	}
	want := recUnread
	ok := c.form == set || c.form == action
	if text {
		if c.form == set {
			want = slices.Index(statNames[:], strings.ToUpper(c.str(0, "")))
		}
	} else {
		var good bool
		want, good = c.num(0, recUnread, recUnread, allStats)
		ok = ok && good
	}
	if !ok || want < 0 {
		return cmsFinal(302)
	}
	s := c.m.stores[c.m.service.mem[0]]
	for i := range s.slots {
		sl := &s.slots[i]
		if sl.tpdu == nil || want != allStats && sl.stat != want {
			continue
		}
		head := "+CMGL: " + itoa(i+c.m.opts.FirstIndex) + ","
		if text {
			h, body := c.p.textMessage(*sl)
			c.info(head + h)
			if !sl.report {
				c.info(body)
			}
		} else {
			c.info(head+itoa(sl.stat)+",,"+itoa(len(sl.tpdu)), c.m.pdu(sl.tpdu))
		}
		if sl.stat == recUnread {
			sl.stat = recRead
		}
	}
	return finalOK
}

// slot finds the slot that parameter 0 names.
func (c *call) slot(mem string) (*slot, bool) {
	s := c.m.stores[mem]
	first := c.m.opts.FirstIndex
	i, ok := c.num(0, -1, first, first+len(s.slots)-1)
	if !ok || c.form != set || i < first {
		return nil, false
	}
	return &s.slots[i-first], true
}

func readMessage(c *call) final {
	if c.form == test {
		return finalOK
	}
	if f, bad := c.m.simRefuses(); bad {
		return f
	}
	sl, ok := c.slot(c.m.service.mem[0])
	if ok && sl.tpdu == nil && c.m.opts.Habits.EmptyIsOK {
		return finalOK
	}
	if !ok || sl.tpdu == nil {
		return cmsFinal(321)
	}
	if c.p.line.text {
		h, body := c.p.textMessage(*sl)
		c.info("+CMGR: " + h)
		if !sl.report {
			c.info(body)
		}
	} else {
		c.info("+CMGR: "+itoa(sl.stat)+",,"+itoa(len(sl.tpdu)), c.m.pdu(sl.tpdu))
	}
	if sl.stat == recUnread {
		sl.stat = recRead
	}
	return finalOK
}

// deleteMessage is +CMGD=<index>[,<delflag>]: 1 what was read, 2 and what was
// sent, 3 and what was not sent, 4 everything.
func deleteMessage(c *call) final {
	s := c.m.stores[c.m.service.mem[0]]
	if c.form == test {
		first := c.m.opts.FirstIndex
		c.info("+CMGD: (" + itoa(first) + "-" + itoa(first+len(s.slots)-1) + "),(0-4)")
		return finalOK
	}
	if f, bad := c.m.simRefuses(); bad {
		return f
	}
	flag, ok := c.num(1, 0, 0, 4)
	if !ok || c.form != set {
		return cmsFinal(302)
	}
	if flag == 0 {
		sl, ok := c.slot(c.m.service.mem[0])
		if !ok {
			return cmsFinal(321)
		}
		*sl = slot{}
	}
	doomed := map[int][]int{
		1: {recRead}, 2: {recRead, stoSent}, 3: {recRead, stoSent, stoUnsent},
		4: {recUnread, recRead, stoSent, stoUnsent},
	}[flag]
	for i, sl := range s.slots {
		if sl.tpdu != nil && slices.Contains(doomed, sl.stat) {
			s.slots[i] = slot{}
		}
	}
	// TS 23.040 §9.3.2.2: the network hears that there is room again.
	c.p.afterwards(c.m.net.pump)
	return finalOK
}
