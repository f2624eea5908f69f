package modemtest

import (
	"encoding/hex"
	"strings"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/tpdu"
)

// prompt is data that a command waits for. deal is called with the network's
// lock held when the data is complete.
type prompt struct {
	command string
	sends   bool // it goes on the air: CMGS
	deal    func(p *port, data string) answer
}

// sendCommands send and write messages (TS 27.005 §3.5 and §4.3 to §4.5).
func sendCommands() map[string]handler {
	return map[string]handler{"+CMGS": sendMessage, "+CMGW": writeMessage, "+CMSS": sendStored}
}

// dataTyped takes the data of a prompt; ESC gives it up.
func (p *port) dataTyped(abort bool) {
	pr, data := p.prompt, string(p.editing)
	p.prompt, p.editing = nil, p.editing[:0]
	mu := &p.m.net.mu
	if abort {
		mu.Lock()
		defer mu.Unlock()
		p.reply(pr.command, answer{final: finalOK})
		return
	}
	if pr.sends {
		mu.Lock()
		p.typing = false
		air := p.m.opts.Timing.Air
		mu.Unlock()
		p.wait(air)
	}
	mu.Lock()
	defer mu.Unlock()
	if !p.m.powered || p.m.ail.frozen {
		p.finished()
		return
	}
	if pr.sends && p.m.faults.take(CutBeforeSend, pr.command, p.m.net.rand) != nil {
		p.drop()
		p.finished()
		return
	}
	if recorded, ok := p.recorded("AT" + pr.command); ok {
		p.reply(pr.command, recorded)
		return
	}
	a := pr.deal(p, data)
	if p.cut {
		p.finished()
		return
	}
	p.reply(pr.command, a)
}

// sendMessage is +CMGS. In PDU mode the parameter is the TPDU's length, in text
// mode the destination.
func sendMessage(c *call) final {
	if c.form == test {
		return finalOK
	}
	if f, bad := c.m.simRefuses(); bad {
		return f
	}
	if c.form != set {
		return cmsFinal(304)
	}
	deal, ok := c.message()
	if !ok {
		return cmsFinal(304)
	}
	c.p.prompt = &prompt{command: "+CMGS", sends: true, deal: func(p *port, data string) answer {
		tpdu, smsc, f := deal(p, data)
		if f != finalOK {
			p.m.counters.Refused++
			return answer{final: f}
		}
		mr, f := p.transmitMessage(tpdu, smsc, "+CMGS")
		if f != finalOK {
			return answer{final: f}
		}
		return answer{blocks: [][]string{{"+CMGS: " + itoa(int(mr))}}, final: finalOK}
	}}
	return final{}
}

// message reads the parameters of +CMGS or +CMGW and gives what makes a TPDU of
// the data that will be typed.
func (c *call) message() (func(*port, string) (tpdu []byte, smsc string, f final), bool) {
	if c.p.line.text {
		to := c.p.decode(c.str(0, ""))
		if toa, ok := c.num(1, 0, 0, 255); ok && toa == 145 && !strings.HasPrefix(to, "+") {
			to = "+" + to
		}
		ok := to != "" && strings.Trim(to, "+0123456789*#") == ""
		return func(p *port, data string) ([]byte, string, final) {
			raw, f := p.textSubmit(to, data)
			return raw, p.m.sim.smsc, f
		}, ok || c.name == "+CMGW"
	}
	length, ok := c.num(0, 0, 1, 255)
	return func(p *port, data string) ([]byte, string, final) {
		raw, err := hex.DecodeString(strings.Map(dropSpace, data))
		if err != nil || len(raw) == 0 || len(raw) != 1+int(raw[0])+length {
			return nil, "", cmsFinal(304)
		}
		smsc := p.m.sim.smsc
		if raw[0] > 0 {
			smsc = centreNumber(raw[1 : 1+raw[0]])
		}
		return raw[1+raw[0]:], smsc, finalOK
	}, ok && length > 0
}

func dropSpace(r rune) rune {
	if r == ' ' || r == '\r' || r == '\n' {
		return -1
	}
	return r
}

// centreNumber reads a service centre's address, TS 24.011 §8.2.5.1.
func centreNumber(b []byte) string {
	a := tpdu.Address{}
	field := append([]byte{byte(2 * (len(b) - 1)), b[0]}, b[1:]...)
	if len(b) > 1 && b[len(b)-1]>>4 == 0x0F {
		field[0]--
	}
	if _, err := a.UnmarshalBinary(field); err != nil {
		return ""
	}
	return a.Number()
}

// transmitMessage gives an SMS-SUBMIT to the network under the modem's next
// reference.
func (p *port) transmitMessage(raw []byte, smsc, command string) (byte, final) {
	m := p.m
	refuse := func(code int) (byte, final) {
		m.counters.Refused++
		return 0, cmsFinal(code)
	}
	if f := m.faults.take(CMSError, command, m.net.rand); f != nil {
		return refuse(f.Code)
	}
	s, err := parseSubmit(raw)
	switch {
	case err != nil:
		return refuse(304)
	case smsc == "":
		return refuse(330)
	case !m.onAir():
		return refuse(331)
	}
	if code, ok := m.fixedDialling(s.da.Number(), smsc); !ok {
		return refuse(code)
	}
	mr := m.mr
	m.mr++ // TS 23.040 §9.2.3.6: wraps at 256
	raw = append([]byte(nil), raw...)
	raw[1] = mr
	msgs, err := m.net.submit(m.number, raw)
	if err != nil {
		return refuse(304)
	}
	m.counters.Sent++
	sent := &Sent{TPDU: raw, To: s.da.Number(), MR: mr, At: m.net.opts.Now()}
	m.sent = append(m.sent, sent)
	p.afterwards(func() { m.net.release(msgs) })
	if m.faults.take(CutBeforeResult, command, m.net.rand) != nil {
		p.drop()
		return mr, finalOK
	}
	if f := m.faults.take(CMSErrorSent, command, m.net.rand); f != nil {
		return 0, cmsFinal(f.Code)
	}
	sent.Answered = true
	return mr, finalOK
}

// writeMessage is +CMGW: into memory 2, unsent unless <stat> says otherwise.
func writeMessage(c *call) final {
	if c.form == test {
		return finalOK
	}
	if f, bad := c.m.simRefuses(); bad {
		return f
	}
	deal, ok := c.message()
	stat, okStat := stoUnsent, true
	if !c.p.line.text {
		stat, okStat = c.num(1, stoUnsent, recUnread, stoSent)
	}
	if !ok || !okStat || c.form != set {
		return cmsFinal(304)
	}
	c.p.prompt = &prompt{command: "+CMGW", deal: func(p *port, data string) answer {
		raw, _, f := deal(p, data)
		if f != finalOK {
			return answer{final: f}
		}
		i, ok := p.m.stores[p.m.service.mem[1]].add(slot{tpdu: raw, stat: stat})
		if !ok {
			return answer{final: cmsFinal(322)}
		}
		return answer{blocks: [][]string{{"+CMGW: " + itoa(i+p.m.opts.FirstIndex)}}, final: finalOK}
	}}
	return final{}
}

// sendStored is +CMSS: from memory 2, to another destination if one is given.
func sendStored(c *call) final {
	if c.form == test {
		return finalOK
	}
	if f, bad := c.m.simRefuses(); bad {
		return f
	}
	sl, ok := c.slot(c.m.service.mem[1])
	if !ok || sl.tpdu == nil {
		return cmsFinal(321)
	}
	raw := sl.tpdu
	if to := c.p.decode(c.str(1, "")); to != "" {
		s, err := parseSubmit(raw)
		if err != nil {
			return cmsFinal(304)
		}
		raw = readdress(raw, s, to)
	}
	mr, f := c.p.transmitMessage(raw, c.m.sim.smsc, "+CMSS")
	if f != finalOK {
		return f
	}
	sl.stat = stoSent
	c.info("+CMSS: " + itoa(int(mr)))
	return finalOK
}

// readdress gives an SMS-SUBMIT another destination.
func readdress(raw []byte, s submission, to string) []byte {
	old, errOld := s.da.MarshalBinary()
	a := address(to)
	fresh, errFresh := a.MarshalBinary()
	if errOld != nil || errFresh != nil || len(raw) < 2+len(old) {
		return raw
	}
	out := append([]byte(nil), raw[:2]...)
	out = append(out, fresh...)
	return append(out, raw[2+len(old):]...)
}

// textSubmit makes the SMS-SUBMIT of text mode with the parameters of +CSMP.
func (p *port) textSubmit(to, data string) ([]byte, final) {
	v := p.m.service.csmp
	da, err := p.destination(to)
	if err != nil {
		return nil, cmsFinal(304)
	}
	raw := append([]byte{byte(v[0])&^mtiMask | mtiSubmit, 0}, da...)
	raw = append(raw, byte(v[2]), byte(v[3]))
	switch tpdu.FirstOctet(v[0]).VPF() {
	case tpdu.VpfNotPresent:
	case tpdu.VpfRelative:
		raw = append(raw, byte(v[1]))
	default:
		return nil, cmsFinal(303)
	}
	data = strings.ReplaceAll(data, "\r\n", "\n")
	if alphabet(byte(v[3])) != tpdu.Alpha7Bit || v[0]&foHeader != 0 {
		octets, err := hex.DecodeString(data)
		if err != nil || len(octets) > tpdu.MaxUDL {
			return nil, cmsFinal(305)
		}
		return append(append(raw, byte(len(octets))), octets...), finalOK
	}
	septets := gsmText(p.decode(strings.ReplaceAll(data, "\r", "\n")))
	if len(septets) > 160 {
		return nil, cmsFinal(305)
	}
	return append(append(raw, byte(len(septets))), gsm7.Pack7Bit(septets, 0)...), finalOK
}

func (p *port) destination(to string) ([]byte, error) {
	a := address(to)
	return a.MarshalBinary()
}
