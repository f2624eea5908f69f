package modemtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Mix is a mixture of faults that a seed has drawn.
type Mix struct {
	// Seed is what NewMix was given: it draws the same mixture again. On which
	// occasions its faults strike is drawn by the network's own seed, in the
	// order in which the occasions come.
	Seed uint64
	// Modem are armed on the modem, Network on its network.
	Modem, Network []Fault
}

// NewMix draws a mixture of all faults, except those that lose a message in the
// network itself. number is the modem's, whose messages the network doubles.
func NewMix(seed uint64, number string) Mix {
	r := rand.New(rand.NewPCG(seed, 0x6368616f73))
	x := Mix{Seed: seed}
	some := func(to *[]Fault, f Fault, highest float64) {
		if r.IntN(3) == 0 {
			return // every mixture lacks some, so that one does not hide another
		}
		f.Times, f.Chance = -1, highest*(0.1+0.9*r.Float64())
		*to = append(*to, f)
	}
	pause := func(most time.Duration) time.Duration { return time.Duration(r.Int64N(int64(most))) + time.Millisecond }
	one := func(codes ...int) int { return codes[r.IntN(len(codes))] }

	m := &x.Modem
	for _, command := range []string{"+CMGR", "+CMGL", "+CMGS", "+CPMS"} {
		some(m, Fault{Kind: URCInside, On: command, Line: r.IntN(4) - 1}, 0.2)
	}
	some(m, Fault{Kind: URCInside, On: "+C", Text: "^RSSI:14"}, 0.1)
	some(m, Fault{Kind: URCTwice, On: "+CMTI"}, 0.1)
	some(m, Fault{Kind: URCTwice, On: "+CDS"}, 0.1)
	some(m, Fault{Kind: URCLost, On: "+CMTI"}, 0.1)
	some(m, Fault{Kind: URCLost, On: "+CDS"}, 0.1)
	some(m, Fault{Kind: URCLate, On: "+CM", Delay: pause(time.Minute)}, 0.1)
	some(m, Fault{Kind: CutBeforeSend}, 0.02)
	some(m, Fault{Kind: CutBeforeResult}, 0.02)
	some(m, Fault{Kind: CutAfterResult, On: "+C"}, 0.005)
	some(m, Fault{Kind: CMSError, Code: one(17, 22, 42, 47, 302, 314, 331)}, 0.1)
	some(m, Fault{Kind: CMSError, Code: one(27, 38)}, 0.05)
	some(m, Fault{Kind: CMSErrorSent, Code: one(332, 500)}, 0.03)
	some(m, Fault{Kind: NoAnswer, On: "+CMG"}, 0.01)
	some(m, Fault{Kind: NoAnswer, On: "+C"}, 0.003)
	some(m, Fault{Kind: Deaf, On: "+C"}, 0.003)
	some(m, Fault{Kind: LateAnswer, On: "+C", Delay: pause(2 * time.Minute)}, 0.003)
	some(m, Fault{Kind: ReportLost}, 0.1)
	some(m, Fault{Kind: Restart, On: "+C"}, 0.003)
	some(m, Fault{Kind: Hang, On: "+C", Delay: pause(5 * time.Minute)}, 0.002)
	some(m, Fault{Kind: NetworkGone, On: "+C", Delay: pause(10 * time.Minute)}, 0.003)
	some(m, Fault{Kind: RadioDeaf, On: "+C", Delay: pause(10 * time.Minute)}, 0.003)
	for range r.IntN(6) {
		*m = append(*m, Fault{Kind: CutAtByte, Byte: 1 + r.IntN(60_000), Times: 1})
	}

	n := &x.Network
	some(n, Fault{Kind: DuplicateDeliver, On: number}, 0.05)
	some(n, Fault{Kind: Overtake}, 0.2)
	some(n, Fault{Kind: PartsReversed}, 0.2)
	some(n, Fault{Kind: PartsShuffled}, 0.2)
	return x
}

// String names the faults of the mixture, for a failing test.
func (x Mix) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d:", x.Seed)
	for _, f := range append(append([]Fault(nil), x.Modem...), x.Network...) {
		fmt.Fprintf(&b, " %s", f.Kind)
		if f.On != "" {
			fmt.Fprintf(&b, " on %s", f.On)
		}
		if f.Code > 0 {
			fmt.Fprintf(&b, " (%d)", f.Code)
		}
		if f.Delay > 0 {
			fmt.Fprintf(&b, " for %v", f.Delay.Round(time.Second))
		}
		if f.Chance > 0 {
			fmt.Fprintf(&b, " %.1f%%", 100*f.Chance)
		}
		b.WriteByte(';')
	}
	return b.String()
}

// Chaos arms a mixture of all faults, which the seed determines, on the modem
// and its network, and tells which. Calm ends it.
func (m *Modem) Chaos(seed uint64) Mix {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	x := NewMix(seed, m.number)
	for _, f := range x.Modem {
		m.faults.add(f)
	}
	for _, f := range x.Network {
		m.net.faults.add(f)
	}
	return x
}

// Calm disarms all faults of the modem and its network. What they have done
// already stays: a modem that hangs hangs on.
func (m *Modem) Calm() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.faults.armed = nil
	m.net.faults.armed = nil
}

// strike does what strikes a modem at a command, before it is executed. The
// network's lock is held.
func (m *Modem) strike(command string) {
	r := m.net.rand
	epoch := m.epoch
	later := func(d time.Duration, f func()) {
		time.AfterFunc(d, func() {
			m.net.mu.Lock()
			defer m.net.mu.Unlock()
			if m.epoch == epoch && m.powered {
				f()
			}
		})
	}
	if m.faults.take(Restart, command, r) != nil {
		m.restart()
		return
	}
	if f := m.faults.take(Hang, command, r); f != nil {
		m.ail.frozen = true
		if f.Delay > 0 {
			later(f.Delay, m.restart)
		}
	}
	if f := m.faults.take(NetworkGone, command, r); f != nil {
		m.reg = registration{2, 2, 2}
		m.registrationChanged()
		// The network comes back whatever the modem does meanwhile.
		time.AfterFunc(f.Delay, func() {
			m.net.mu.Lock()
			defer m.net.mu.Unlock()
			m.reg = m.opts.Habits.home()
			m.registrationChanged()
			m.net.pump()
		})
	}
	if f := m.faults.take(RadioDeaf, command, r); f != nil {
		m.deafness = ByRadio
		if f.Delay > 0 {
			later(f.Delay, func() {
				m.cured(ByRadio)
				m.net.pump()
			})
		}
	}
}

// restart is a brown-out: the ports stay open, what was half typed and every
// setting is forgotten.
func (m *Modem) restart() {
	m.powerOff()
	for _, p := range m.ports {
		p.line = m.powerOnLine()
		p.held = nil
		p.typing, p.reset = false, true
	}
	m.powerOn()
}
