package modemtest

import (
	"fmt"
	"strings"
	"time"
)

// Final results, V.250 §5.7.1 and TS 27.007 §9.2, TS 27.005 §3.2.5.
type final struct {
	text string
	code string // numeric form under V0; "" has none
}

var (
	finalOK    = final{"OK", "0"}
	finalError = final{"ERROR", "4"}
)

func cmsFinal(code int) final { return final{text: fmt.Sprintf("+CMS ERROR: %d", code)} }

func (p *port) cmeFinal(code int) final {
	switch p.line.cmee {
	case 0:
		return finalError
	case 1:
		return final{text: fmt.Sprintf("+CME ERROR: %d", code)}
	default:
		return final{text: "+CME ERROR: " + cmeText(code)}
	}
}

// cmeText is the verbose form of TS 27.007 §9.2.
func cmeText(code int) string {
	switch code {
	case 3:
		return "operation not allowed"
	case 4:
		return "operation not supported"
	case 10:
		return "SIM not inserted"
	case 11:
		return "SIM PIN required"
	case 12:
		return "SIM PUK required"
	case 13:
		return "SIM failure"
	case 14:
		return "SIM busy"
	case 16:
		return "incorrect password"
	case 17:
		return "SIM PIN2 required"
	case 18:
		return "SIM PUK2 required"
	case 20:
		return "memory full"
	case 21:
		return "invalid index"
	case 22:
		return "not found"
	case 24:
		return "text string too long"
	case 26:
		return "dial string too long"
	case 30:
		return "no network service"
	case 50:
		return "incorrect parameters"
	default:
		return "unknown"
	}
}

// answer is what a command line is answered with: blocks of information text,
// each of one or more lines, and a final result.
type answer struct {
	blocks [][]string
	final  final
}

// reply sends an answer, with the faults that strike it, and ends the command.
// The network's lock is held. command is the command's name ("+CMGL").
func (p *port) reply(command string, a answer) {
	m := p.m
	inside := m.faults.take(URCInside, command, m.net.rand)
	if m.faults.take(NoAnswer, command, m.net.rand) == nil {
		p.send(p.render(a, inside))
	}
	if m.faults.take(CutAfterResult, command, m.net.rand) != nil {
		p.drop()
	}
	p.finished()
}

// render puts an answer into the form that V, S3 and S4 ask for (V.250 §6.2.6).
func (p *port) render(a answer, inside *Fault) []byte {
	var b strings.Builder
	crlf := string([]byte{p.line.cr, p.line.lf})
	urc, at := p.insertion(inside)
	count := 0
	insert := func() {
		if urc != "" && count == at {
			b.WriteString(urc)
			urc = ""
		}
	}
	for _, block := range a.blocks {
		if p.line.verbose {
			b.WriteString(crlf)
		}
		for _, l := range block {
			insert()
			b.WriteString(l + crlf)
			count++
		}
	}
	b.WriteString(urc)
	switch {
	case p.line.quiet || a.final.text == "":
	case p.line.verbose:
		b.WriteString(crlf + a.final.text + crlf)
	case a.final.code != "":
		b.WriteString(a.final.code + string(p.line.cr))
	default:
		b.WriteString(a.final.text + crlf)
	}
	return []byte(b.String())
}

// insertion is the URC that a fault puts inside an answer, and after how many
// lines.
func (p *port) insertion(f *Fault) (string, int) {
	if f == nil {
		return "", 0
	}
	p.m.counters.URCs++
	if f.Text != "" {
		return string(p.frame(strings.Split(f.Text, "\n"))), f.Line
	}
	if len(p.held) > 0 {
		urc := p.held[0]
		p.held = p.held[1:]
		return string(urc), f.Line
	}
	p.m.counters.URCs--
	return "", 0
}

// finished ends a command: URCs that waited come now, then what the command
// set going. The network's lock is held.
func (p *port) finished() {
	p.busy, p.typing = false, false
	for _, urc := range p.held {
		p.send(urc)
	}
	p.held = nil
	p.settleAfter()
}

// afterwards does f once the answer to this command is out, or the connection
// is gone.
func (p *port) afterwards(f func()) { p.after = append(p.after, f) }

func (p *port) settleAfter() {
	after := p.after
	p.after = nil
	for _, f := range after {
		f()
	}
}

// manner says when a URC may come.
type manner int

const (
	direct manner = iota // between lines, at once
	byMode               // as <mode> of +CNMI says
)

// unasked gives a URC to the host. The network's lock is held.
func (m *Modem) unasked(how manner, lines ...string) {
	r := m.net.rand
	if m.faults.take(URCLost, lines[0], r) != nil {
		return
	}
	if f := m.faults.take(URCLate, lines[0], r); f != nil {
		epoch := m.epoch
		time.AfterFunc(f.Delay, func() {
			m.net.mu.Lock()
			defer m.net.mu.Unlock()
			if m.epoch == epoch && m.powered {
				m.say(how, lines)
			}
		})
		return
	}
	if m.faults.take(URCTwice, lines[0], r) != nil {
		m.say(how, lines)
	}
	m.say(how, lines)
}

func (m *Modem) say(how manner, lines []string) {
	if m.ail.frozen || how == byMode && m.service.cnmi.mode == 2 && m.opts.Habits.Mode2IsSilent {
		return
	}
	if how == byMode && m.service.cnmi.mode == 0 {
		// TS 27.005 §3.4.1: kept in the modem; the oldest goes when it is full.
		if len(m.buffered) >= maxHeld {
			m.buffered = m.buffered[1:]
		}
		m.buffered = append(m.buffered, lines)
		return
	}
	p := m.urcPort()
	if p == nil {
		return
	}
	m.counters.URCs++
	urc := p.frame(lines)
	// <mode> 2 waits while the link is taken, 1 and 3 do not; nothing falls
	// into a PDU that is being typed.
	if p.typing || p.busy && (how == byMode && m.service.cnmi.mode == 2 || p.waitsForURC()) {
		if len(p.held) < maxHeld {
			p.held = append(p.held, urc)
		}
		return
	}
	p.send(urc)
}

// waitsForURC reports whether an armed URCInside wants a URC to put inside.
func (p *port) waitsForURC() bool {
	for _, f := range p.m.faults.armed {
		if f.Kind == URCInside && f.Text == "" {
			return true
		}
	}
	return false
}

// frame gives a URC its line ends.
func (p *port) frame(lines []string) []byte {
	crlf := string([]byte{p.line.cr, p.line.lf})
	text := strings.Join(lines, crlf) + crlf
	if p.line.verbose {
		text = crlf + text
	}
	return []byte(text)
}
