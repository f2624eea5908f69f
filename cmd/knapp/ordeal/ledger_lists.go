package ordeal

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// What a Ledger knows of who may write to whom: of strangers whom a guardian lets in or not, of what is muted, of a phone that is
// lost, of a child's wishes and of corrections.

// gate is between two people, one way.
type gate struct {
	open     bool
	released bool // whoever was kept out has been let in: what waited is owed
	owed     bool // what waits is owed all the while, or a word about it
	stranger bool // it is closed to somebody who is told nothing
	once     bool // it is opened for a day only: what is owed is what was written before
	legs     []*leg
	sent     []int // of legs, as they were first tried
}

// Shut says that from now on nothing of what one writes may be shown to another: it has been decided and is kept for good. What
// is written from now on is owed all the same, sometime, or a word about it.
func (l *Ledger) Shut(from, to string) { l.shut(from, to, gate{owed: true}) }

// Unknown says that somebody is on nobody's list. Nothing of what is written there may be shown, its writer may be told
// nothing, and nothing is owed: until Opened.
func (l *Ledger) Unknown(from, to string) { l.shut(from, to, gate{stranger: true}) }

func (l *Ledger) shut(from, to string, g gate) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gates[pair{from, to}] = &g
}

// Opening says that somebody begins to open what Shut or Unknown has closed: from now on what waited may be shown.
func (l *Ledger) Opening(from, to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.gates[pair{from, to}]; g != nil {
		g.open = true
	}
}

// Opened says that it is open, and kept for good. What waited is owed, in the order in which it was written.
func (l *Ledger) Opened(from, to string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.gates[pair{from, to}]; g != nil {
		g.open, g.released = true, true
	}
}

// OpenedOnce is Opened for a day.
func (l *Ledger) OpenedOnce(from, to string) {
	l.Opened(from, to)
	l.mu.Lock()
	defer l.mu.Unlock()
	if g := l.gates[pair{from, to}]; g != nil {
		g.once = true
	}
}

// Moved says that from now on somebody writes from another address, and who writes from this one is on no list. What was under way
// from there may be taken for a stranger's.
func (l *Ledger) Moved(from, to string) {
	l.mu.Lock()
	for _, m := range l.messages {
		for _, one := range m.legs {
			if m.From == from && one.Address == to && !one.arrived() && one.excused == "" {
				one.excused = "it was under way when its writer's number changed"
			}
		}
	}
	l.mu.Unlock()
	l.Unknown(from, to)
}

// Forgotten says that a day has passed or more, at least by the clock: what a stranger wrote may have been kept for longer than it
// may be kept and is owed no more, and who was let in once is a stranger again.
func (l *Ledger) Forgotten() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.gates {
		if g.once {
			g.released = false
		}
		for _, one := range g.legs {
			if g.stranger && one.excused == "" {
				one.excused = "it was kept for as long as it may be"
			}
		}
	}
}

// enter puts a leg behind the gate that is closed when it is written. The lock is held.
func (l *Ledger) enter(one *leg) {
	g := l.gates[pair{one.message.From, one.Address}]
	if g == nil || g.open && !g.once {
		return
	}
	one.gate = g
	g.legs = append(g.legs, one)
}

// seenBehind looks at a leg that is shown somewhere. The lock is held.
func (l *Ledger) seenBehind(one *leg) {
	if one.gate != nil && !one.gate.open {
		l.stray = append(l.stray, Broken{DenyByDefault, one.message.Name, fmt.Sprintf(
			"%s was shown what %s wrote, and nobody had let it through", one.Address, one.message.From)})
	}
}

// Tried says that the gateway has its modem send a text. What the network refuses is tried again, and others overtake it there; but
// they are tried in order at first.
func (l *Ledger) Tried(number, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.find(number, text)
	if one == nil || one.gate == nil || one.tried {
		return
	}
	one.tried = true
	place := one
	if of := one.message.of; of != nil && len(of.legs) > 0 && slices.Contains(one.gate.legs, of.legs[0]) {
		place = of.legs[0] // it goes in its place
	}
	at := slices.Index(one.gate.legs, place)
	for _, before := range one.gate.sent {
		if before > at {
			l.stray = append(l.stray, Broken{DenyByDefault, one.message.Name, fmt.Sprintf(
				"what %s had written to %s was let go in another order", one.message.From, one.Address)})
			break
		}
	}
	one.gate.sent = append(one.gate.sent, at)
}

// Disclosed says that an address was told anything at all in the gateway's own words. Who is on no list learns nothing.
func (l *Ledger) Disclosed(address, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for who, g := range l.gates {
		if who.writer == address && g.stranger && !g.open {
			l.stray = append(l.stray, Broken{DenyByDefault, "", fmt.Sprintf("%s is on no list, and was told %q", address, text)})
			return
		}
	}
}

// hush is when nothing may go to a phone.
type hush struct {
	number      string
	from, until time.Time
	but         string
}

// Lost says that nothing may go to a phone between two times but what begins with these words.
func (l *Ledger) Lost(number string, from, until time.Time, but string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hushes = append(l.hushes, hush{number, from, until, but})
}

// WentOut says when the network took a text. It is told once Lost is known.
func (l *Ledger) WentOut(number, text string, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, h := range l.hushes {
		if h.number == number && at.After(h.from) && at.Before(h.until) && !strings.HasPrefix(text, h.but) {
			l.stray = append(l.stray, Broken{DenyByDefault, "", fmt.Sprintf("%q went to the lost phone %s", text, number)})
		}
	}
}

// MustSay says of what somebody writes from now on that it is shown with these words, for as long as they are set; "" is none.
func (l *Ledger) MustSay(from, words string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mustSay[from] = words
}

// marked looks whether a text that was written under MustSay says what it must, while it still must. The lock is held.
func (l *Ledger) marked(one *leg, text string) {
	if must := one.message.mustSay; must != "" && l.mustSay[one.message.From] == must && !strings.Contains(text, must) {
		l.stray = append(l.stray, Broken{DenyByDefault, one.message.Name, fmt.Sprintf("%s was shown %q without %q", one.Address, text, must)})
	}
}

// room is how many texts of one may go to another in a day.
type room struct{ most, taken int }

// Allowance says that no more than so many texts of one may go to a phone in a day; each must be a single part.
func (l *Ledger) Allowance(from, to string, most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rooms[pair{from, to}] = &room{most: most}
}

// Days says how many days there were, by the clock.
func (l *Ledger) Days(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.days = n
}

// judgeRooms looks whether more was sent than there was room for.
func (l *Ledger) judgeRooms() (out []Broken) {
	for who, r := range l.rooms {
		if r.taken > r.most*l.days {
			out = append(out, Broken{NoSMSIsSpent, "", fmt.Sprintf(
				"%d texts of %s went to %s in %d days, with room for %d in each", r.taken, who.writer, who.called, l.days, r.most)})
		}
	}
	return out
}

// wish is what a child has asked for.
type wish struct{ child, name string }

// fate counts what became of one.
type fate struct {
	granted, denied, expired int // what became of it
	yes, no, nobody          int // what the child heard
}

// Answered says that guardians have answered a child's wish, and it is kept for good.
func (l *Ledger) Answered(child, name string, yes bool) {
	l.wished(child, name, func(f *fate) {
		if yes {
			f.granted++
		} else {
			f.denied++
		}
	})
}

// HeardAnswer says that a child was told of an answer.
func (l *Ledger) HeardAnswer(child, name string, yes bool) {
	l.wished(child, name, func(f *fate) {
		if yes {
			f.yes++
		} else {
			f.no++
		}
	})
}

// Unanswered says that a child's wish has come to its end without an answer.
func (l *Ledger) Unanswered(child, name string) {
	l.wished(child, name, func(f *fate) { f.expired++ })
}

// HeardNothing says that a child was told that nobody has answered.
func (l *Ledger) HeardNothing(child, name string) {
	l.wished(child, name, func(f *fate) { f.nobody++ })
}

func (l *Ledger) wished(child, name string, do func(*fate)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f := l.wishes[wish{child, name}]
	if f == nil {
		f = &fate{}
		l.wishes[wish{child, name}] = f
	}
	do(f)
}

// Itself is what a Ledger calls the gateway where it says something that is about no text.
const Itself = "Knapp itself"

// judgeWishes looks whether the child heard what was answered, and nothing else.
func (l *Ledger) judgeWishes() (out []Broken) {
	for of, f := range l.wishes {
		say := func(p Promise, format string, args ...any) {
			out = append(out, Broken{p, "", fmt.Sprintf("%s asked for %s: ", of.child, of.name) + fmt.Sprintf(format, args...)})
		}
		lost := l.unheard[pair{of.child, Itself}]
		switch {
		case f.yes > f.granted:
			say(StatusIsTrue, "it heard yes %d times, and the answer was yes %d times", f.yes, f.granted)
		case f.no > f.denied:
			say(StatusIsTrue, "it heard no %d times, and the answer was no %d times", f.no, f.denied)
		case f.yes+f.no+lost < f.granted+f.denied:
			say(NothingIsLost, "answered %d times, and it heard so %d times", f.granted+f.denied, f.yes+f.no)
		case f.nobody+lost < f.expired:
			say(NothingIsLost, "nobody answered, and it never heard so")
		}
	}
	return out
}

// corrected tells whether another text of the same writer has come, or will come, in the place of this one, or its writer was
// told that it will not.
func (m *message) corrected() bool {
	if m.of != nil && m.of.errors > 0 { // what was corrected while it was held is refused under its id
		return true
	}
	by := m.by
	if by == nil {
		return m.retracted
	}
	for _, one := range by.legs {
		if one.arrived() || one.onAir || by.errors > 0 || by.corrected() {
			return true
		}
	}
	return m.retracted
}

// onHandset tells whether all recipients have it, or what corrects it: that may have gone under its id.
func (m *message) onHandset() bool {
	all := len(m.legs) > 0
	for _, one := range m.legs {
		all = all && one.arrived()
	}
	return all || m.by != nil && m.by.onHandset()
}

// Retracted says that the writer of a stanza has taken it back. It may have left.
func (l *Ledger) Retracted(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.byID[id]; m != nil {
		m.retracted = true
	}
}

// judgeCorrections looks whether anybody saw both what was corrected and what corrects it, as if they were two texts.
func (l *Ledger) judgeCorrections() (out []Broken) {
	for _, m := range l.messages {
		if m.by == nil {
			continue
		}
		for i, one := range m.legs {
			if i < len(m.by.legs) && one.arrived() && m.by.legs[i].plain {
				out = append(out, Broken{NothingIsDoubled, m.Name, fmt.Sprintf(
					"%s got it and its correction %s, and no word that the one corrects the other", one.Address, m.by.Name)})
			}
		}
	}
	return out
}
