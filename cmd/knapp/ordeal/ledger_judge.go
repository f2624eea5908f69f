package ordeal

import (
	"fmt"
	"sort"
	"strings"
)

// Judge says which promises were broken, once everything has come to rest: nothing waits any more, neither in the
// gateway, nor in its modem, nor with the network.
func (l *Ledger) Judge() []Broken {
	l.mu.Lock()
	defer l.mu.Unlock()
	broken := append([]Broken(nil), l.stray...)
	missing := map[pair][]*leg{}
	absent := map[pair]int{}
	broken = append(broken, l.judgeCalls()...)
	broken = append(broken, l.judgeUnread()...)
	broken = append(broken, l.judgeWishes()...)
	broken = append(broken, l.judgeRooms()...)
	broken = append(broken, l.judgeCorrections()...)
	for _, m := range l.messages {
		broken = append(broken, m.judge(l.breaks)...)
		if m.Unaddressed {
			l.absences(m, absent)
			continue
		}
		for _, one := range m.legs {
			who := pair{m.From, one.Called}
			if !one.arrived() {
				absent[who]++
				if !one.settled() {
					missing[who] = append(missing[who], one)
				}
			}
		}
	}
	broken = append(broken, l.judgeUnaddressed(missing)...)
	for who, legs := range missing {
		told := l.failures[who] + l.doubts[who] + l.unheard[who]
		if len(legs) <= told {
			continue
		}
		var names []string
		for _, one := range legs {
			names = append(names, one.message.Name)
		}
		broken = append(broken, Broken{NothingIsLost, strings.Join(names, ", "), fmt.Sprintf(
			"%d from %s to %s neither arrived nor were reported, but for %d reports in words", len(legs), who.writer, who.called, told)})
	}
	for who, told := range l.failures {
		if told > absent[who] {
			broken = append(broken, Broken{StatusIsTrue, "", fmt.Sprintf(
				"%s was told %d times that %s did not get a message, and %d did not arrive", who.writer, told, who.called, absent[who])})
		}
	}
	doubts := 0
	for _, n := range l.doubts {
		doubts += n
	}
	if doubts > l.unsure {
		broken = append(broken, Broken{StatusIsTrue, "", fmt.Sprintf("%d messages were called doubtful, %d could be", doubts, l.unsure)})
	}
	sort.SliceStable(broken, func(i, j int) bool { return broken[i].String() < broken[j].String() })
	return broken
}

// judge looks at one message alone.
func (m *message) judge(breaks int) []Broken {
	var out []Broken
	say := func(p Promise, format string, args ...any) {
		out = append(out, Broken{p, m.Name, fmt.Sprintf(format, args...)})
	}
	arrived := len(m.legs) > 0
	stranger := false
	for _, one := range m.legs {
		if one.seen > 1 {
			say(NothingIsDoubled, "%s shows %q %d times", one.Address, one.Shown, one.seen)
		}
		if len(one.ids) > 1 {
			say(NothingIsDoubled, "%s got %q under %d ids", one.Address, one.Shown, len(one.ids))
		}
		for id, n := range one.ids {
			if n > 1+breaks {
				say(NothingIsDoubled, "%s got %q %d times under the id %s, and only %d times something died", one.Address, one.Shown, n, id, breaks)
			}
		}
		arrived = arrived && one.arrived()
		stranger = stranger || one.gate != nil && one.gate.stranger // the answer to whom tells nothing
	}
	switch {
	case m.receipts > 0 && !m.onHandset():
		say(StatusIsTrue, "it was receipted, and the handset does not have it")
	case m.early:
		say(StatusIsTrue, "it was receipted before the handset had it")
	case m.receipts > 0 && m.errors > 0 && !m.again && !stranger:
		say(StatusIsTrue, "it was both receipted and refused")
	case m.errors > 0 && arrived && !m.again && !stranger:
		say(StatusIsTrue, "its writer was told that it will never be sent, and it arrived")
	}
	return out
}

// arrived tells whether the recipient has the text.
func (l *leg) arrived() bool { return l.seen > 0 || len(l.ids) > 0 }

// settled tells whether nothing more is owed for a text that did not arrive.
func (l *leg) settled() bool {
	if g := l.gate; g != nil && !g.owed && !g.released {
		return true
	}
	return l.message.errors > 0 || l.onAir || l.excused != "" || l.copied > 0 || l.copyOnAir || l.message.corrected()
}
