package ordeal

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a Ledger knows of emergencies, of texts that go on to a mobile when nobody reads them, and of what must never wait.

// call is a child's call for help.
type call struct {
	name, child string
	helpers     []string
	reached     map[string]bool // who saw this alert, a later one of the same child, or that somebody took it
	taken       bool
}

// Guards says that of what this writer writes to whoever is called so nothing may ever be held: they are a child and its
// own guardian.
func (l *Ledger) Guards(writer, called string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.guards[pair{writer, called}] = true
}

// Waits says that a writer was told that a message to somebody is held.
func (l *Ledger) Waits(writer, called string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.guards[pair{writer, called}] {
		l.stray = append(l.stray, Broken{DenyByDefault, "", fmt.Sprintf(
			"what %s wrote to the own guardian %s was held", writer, called)})
	}
}

// Called says that a child has called for help, in a text that holds this name and no other's does. All helpers, each an
// address, must see it: somebody with several addresses, at every one of them.
func (l *Ledger) Called(name, child string, helpers ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, &call{name: name, child: child, helpers: helpers, reached: map[string]bool{}})
}

// Heard says that a child was told that its call has been taken up (`Mottatt`).
func (l *Ledger) Heard(child string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.heard[child]++
}

// Taken says that an address was told that somebody has taken a child's emergency.
func (l *Ledger) Taken(child, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range l.calls {
		if c.child == child {
			c.taken, c.reached[address] = true, true
		}
	}
}

// alerted takes what is shown somewhere for an alert, if it is one. The lock is held.
func (l *Ledger) alerted(address, text string) bool {
	for i, c := range l.calls {
		if !strings.Contains(text, c.name+" ") {
			continue
		}
		for _, earlier := range l.calls[:i+1] {
			if earlier.child == c.child {
				earlier.reached[address] = true
			}
		}
		return true
	}
	return false
}

// Read says that whoever an address belongs to has shown that everything which was written there so far has been read:
// nothing of it need go on to a mobile.
func (l *Ledger) Read(address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range l.messages {
		for _, one := range m.legs {
			one.read = one.read || one.Address == address
		}
	}
}

// unreadWord is a word to a writer that nobody has read a text, or one that was spared.
type unreadWord struct {
	writer string
	at     time.Time
}

// Unread says that a writer was told at a time that nobody has read a text.
func (l *Ledger) Unread(writer string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unread = append(l.unread, unreadWord{writer, at})
}

// spares is how long one such word speaks of what else was given up.
const spares = 10 * time.Minute

// Spared says that the gateway told a writer of nothing when it gave up a text that nobody had read, since it had told it so of
// another less than ten minutes before (an answer loop is nobody's help). That word must have reached the writer.
func (l *Ledger) Spared(writer string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.spared = append(l.spared, unreadWord{writer, at})
}

// heardSince tells whether a writer was told after some moment that nobody has read a text. The lock is held. Service centres
// count whole seconds.
func (l *Ledger) heardSince(writer string, from time.Time) bool {
	return slices.ContainsFunc(l.unread, func(w unreadWord) bool {
		return w.writer == writer && w.at.After(from.Add(-time.Second))
	})
}

// judgeCalls looks at the emergencies. Where one was taken, an alert that was in doubt is not sent again.
func (l *Ledger) judgeCalls() (out []Broken) {
	calls := map[string]int{}
	for _, c := range l.calls {
		calls[c.child]++
		for _, to := range c.helpers {
			if !c.reached[to] && !(c.taken && l.unsure > 0) {
				out = append(out, Broken{AnEmergencyPasses, c.name, fmt.Sprintf("%s never saw that %s called for help", to, c.child)})
			}
		}
	}
	for child, n := range calls {
		if told := l.heard[child] + l.unheard[pair{child, "Knapp"}]; told < n {
			out = append(out, Broken{AnEmergencyPasses, "", fmt.Sprintf("%s called for help %d times and was answered %d times", child, n, told)})
		}
	}
	return out
}

// judgeUnread looks at what nobody has read and somebody has a mobile for.
func (l *Ledger) judgeUnread() (out []Broken) {
	owed := map[string][]string{}
	told := map[string]int{}
	for _, word := range l.unread {
		told[word.writer]++
	}
	for _, word := range l.spared {
		if l.heardSince(word.writer, word.at.Add(-spares)) {
			told[word.writer]++
		}
	}
	lost := map[string]int{}
	for who, n := range l.unheard {
		if who.called != Itself {
			lost[who.writer] += n
		}
	}
	for _, m := range l.messages {
		for _, one := range m.legs {
			if one.copied > 1 {
				out = append(out, Broken{NothingIsDoubled, m.Name, fmt.Sprintf("%s was sent %q %d times", one.Mobile, one.OnMobile, one.copied)})
			}
			// A text to several is read when any of them has read it.
			if len(m.legs) == 1 && one.Mobile != "" && one.arrived() && !one.read && one.copied == 0 && !one.copyOnAir {
				owed[m.From] = append(owed[m.From], m.Name)
				if lost[m.From] == 0 && told[m.From] > 0 && !l.heardSince(m.From, m.At) {
					out = append(out, Broken{NothingIsLost, m.Name, "it was read by nobody and went on to no mobile, and its writer was told so only before it was written"})
				}
			}
		}
	}
	for writer, names := range owed {
		if n := told[writer] + lost[writer]; len(names) > n {
			out = append(out, Broken{NothingIsLost, strings.Join(names, ", "), fmt.Sprintf(
				"%d from %s were read by nobody and went on to no mobile, and it was told so %d times", len(names), writer, n)})
		}
	}
	return out
}

// absences counts what did not arrive of a text that named nobody: of whom its writer may be told is not known outside.
func (l *Ledger) absences(m *message, absent map[pair]int) {
	all := true
	for _, one := range m.legs {
		if !one.arrived() {
			absent[pair{m.From, one.Called}]++
		}
		all = all && one.arrived()
	}
	if !all {
		absent[pair{m.From, "Knapp"}] += len(m.legs)
	}
}

// judgeUnaddressed looks at the texts that named nobody: each must have reached somebody, or its writer must have been told
// more often that somebody did not get a message than those account for who were named and did not get one.
func (l *Ledger) judgeUnaddressed(missing map[pair][]*leg) (out []Broken) {
	lost := map[string][]string{}
	for _, m := range l.messages {
		reached := !m.Unaddressed
		for _, one := range m.legs {
			reached = reached || one.arrived() || one.settled()
		}
		if !reached {
			lost[m.From] = append(lost[m.From], m.Name)
		}
	}
	for writer, names := range lost {
		told := 0
		for _, reports := range []map[pair]int{l.failures, l.doubts, l.unheard} {
			for who, n := range reports {
				if who.writer == writer && who.called != Itself {
					told += n
				}
			}
		}
		for who, legs := range missing {
			if who.writer == writer {
				told -= len(legs)
			}
		}
		if len(names) > told {
			out = append(out, Broken{NothingIsLost, strings.Join(names, ", "), fmt.Sprintf(
				"%d from %s for whom it did not say reached nobody, and were not reported", len(names), writer)})
		}
	}
	return out
}
