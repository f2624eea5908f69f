package modemtest

import (
	"maps"
	"strings"
)

// handler executes one command with the network's lock held and gives its final
// result; one without text means that a prompt is open.
type handler func(*call) final

// lineTyped executes a command line.
func (p *port) lineTyped() {
	line := string(p.editing)
	tooLong := len(p.editing) >= maxLine
	p.editing = p.editing[:0]
	// V.250 §5.2.1: what stands before "AT" is ignored, a line without it too.
	at := strings.Index(capitals(line), "AT")
	if at < 0 {
		return
	}
	body := strings.TrimSpace(line[at+2:])
	p.last = line
	m := p.m
	mu := &m.net.mu

	mu.Lock()
	p.busy = true
	m.counters.Commands++
	delay := m.opts.Timing.Answer
	name := capitals(body)
	epoch := m.epoch
	m.strike(name)
	deaf := m.epoch != epoch || m.faults.take(Deaf, name, m.net.rand) != nil
	if f := m.faults.take(LateAnswer, name, m.net.rand); f != nil {
		delay += f.Delay
	}
	mu.Unlock()

	if !deaf {
		p.wait(delay)
	}

	mu.Lock()
	defer mu.Unlock()
	switch {
	case deaf || !m.powered || m.ail.frozen || m.epoch != epoch:
		p.finished()
	case tooLong:
		p.reply(name, answer{final: finalError})
	default:
		p.execute(name, body)
	}
}

// execute runs the commands of a line up to the first that fails (V.250 §5.3).
func (p *port) execute(name, body string) {
	a := answer{final: finalOK}
	if recorded, ok := p.recorded("AT" + body); ok {
		p.reply(name, recorded)
		return
	}
	for rest := body; strings.Trim(rest, " ;") != "" && a.final == finalOK; {
		c := &call{p: p, m: p.m}
		var ok bool
		before := rest
		c.name, c.form, c.raw, rest, ok = split(rest)
		if !ok {
			a.final = finalError
			break
		}
		if recorded, ok := p.recorded("AT" + strings.TrimLeft(strings.TrimSuffix(before, rest), " ;")); ok {
			a.blocks = append(a.blocks, recorded.blocks...)
			a.final = recorded.final
			continue
		}
		c.args = parameters(c.raw)
		a.final = p.dispatch(c)
		if len(c.out) > 0 {
			a.blocks = append(a.blocks, c.out)
		}
	}
	if p.prompt == nil {
		p.reply(name, a)
		return
	}
	p.typing = true
	p.send(p.render(answer{blocks: a.blocks}, nil))
	// TS 27.005 §3.5.1: <CR><LF><greater_than><space>.
	p.send([]byte("\r\n> "))
}

func (p *port) dispatch(c *call) final {
	if len(c.name) > 1 && c.name[0] == 'S' {
		return register(c)
	}
	if h, ok := p.m.commands[c.name]; ok {
		return h(c)
	}
	return finalError
}

// commandTable joins the tables of all subjects.
func commandTable() map[string]handler {
	all := map[string]handler{}
	for _, t := range []map[string]handler{
		basicCommands(), identityCommands(), generalCommands(), simCommands(), networkCommands(),
		callCommands(), forwardCommands(), vendorCommands(), phonebookCommands(), messageCommands(), storeCommands(), sendCommands(),
	} {
		maps.Copy(all, t)
	}
	return all
}

// value handles a command whose whole state is one number.
func value(v *int, lo, hi int) handler {
	return func(c *call) final {
		switch c.form {
		case read:
			c.info(c.name + ": " + itoa(*v))
		case test:
			c.info(c.name + ": (" + itoa(lo) + "-" + itoa(hi) + ")")
		case set:
			n, ok := c.num(0, lo, lo, hi)
			if !ok || len(c.args) > 1 {
				return finalError
			}
			*v = n
		case action:
			return finalError
		}
		return finalOK
	}
}
