package modemtest

import (
	"bytes"
	"encoding/hex"
	"strings"
	"time"

	"github.com/warthog618/sms/encoding/semioctet"
)

// owedAck is a message that the host was given and has not acknowledged
// (TS 27.005 §3.4.1, CSMS=1).
type owedAck struct {
	msg   *message
	timer *time.Timer
}

// accept is called by the network.
func (m *Modem) accept(msg *message) outcome {
	if !m.onAir() || !m.hears() {
		return unreachable
	}
	if m.owed != nil {
		return occupied
	}
	if msg.report {
		return m.acceptReport(msg)
	}
	in, err := parseDeliver(msg.tpdu)
	class := -1
	if err == nil {
		class = messageClass(in.dcs)
		if in.pid == pidSilent {
			m.counters.Received++
			return accepted
		}
	}
	mt := m.service.cnmi.mt
	// TS 23.038 §4: class 0 is shown, not stored; a modem shows it to its host.
	shown := class == 0 && mt > 0 || mt == 2 && class != 2 || mt == 3 && class == 3
	switch {
	case shown && len(m.ports) > 0:
		return m.hand(msg, m.deliverLines(msg.tpdu)...)
	case class == 0:
		m.counters.Received++
		return accepted
	}
	mem := m.service.mem[2]
	if class == 2 {
		mem = "SM"
	}
	index, ok := m.stores[mem].receive(msg.tpdu, in)
	if !ok {
		if !msg.refused {
			msg.refused = true
			m.counters.Full++
			if m.opts.MemoryFullURC {
				m.unasked(direct, `^SMMEMFULL: "`+mem+`"`)
			}
		}
		return memoryFull
	}
	m.counters.Received++
	if mt > 0 {
		m.unasked(byMode, `+CMTI: "`+mem+`",`+itoa(index+m.opts.FirstIndex))
	}
	return accepted
}

func (m *Modem) acceptReport(msg *message) outcome {
	if m.faults.take(ReportLost, "", m.net.rand) != nil {
		return accepted
	}
	switch m.service.cnmi.ds {
	case 1:
		if len(m.ports) > 0 {
			return m.hand(msg, m.reportLines(msg.tpdu)...)
		}
	case 2:
		if index, ok := m.stores["SR"].add(slot{tpdu: msg.tpdu, report: true}); ok {
			named := "SR"
			setNonZero(&named, m.opts.Habits.ReportNamed)
			m.unasked(byMode, `+CDSI: "`+named+`",`+itoa(index+m.opts.FirstIndex))
		}
	}
	m.counters.Reports++
	return accepted
}

// hand gives a TPDU to the host itself. Under CSMS=1 it is the host's only when
// the host says so.
func (m *Modem) hand(msg *message, lines ...string) outcome {
	m.unasked(byMode, lines...)
	if m.service.csms == 0 {
		m.arrived(msg)
		return accepted
	}
	owed := &owedAck{msg: msg}
	owed.timer = time.AfterFunc(m.opts.Timing.Ack, func() {
		m.net.mu.Lock()
		defer m.net.mu.Unlock()
		if m.owed == owed {
			m.counters.Unacked++
			m.failAck()
		}
	})
	m.owed = owed
	return owesAck
}

func (m *Modem) arrived(msg *message) {
	if msg.report {
		m.counters.Reports++
	} else {
		m.counters.Received++
	}
}

// acknowledged ends the wait for +CNMA.
func (m *Modem) acknowledged(ok bool) {
	owed := m.owed
	if owed == nil {
		return
	}
	if !ok {
		m.failAck()
		return
	}
	m.owed = nil
	owed.timer.Stop()
	m.arrived(owed.msg)
	m.net.settle(owed.msg, true)
}

// failAck tells the network that the message did not arrive. The modem no
// longer trusts its host and stops handing over (TS 27.005 §3.4.1: <mt> and
// <ds> become 0).
func (m *Modem) failAck() {
	owed := m.owed
	if owed == nil {
		return
	}
	m.owed = nil
	owed.timer.Stop()
	m.service.cnmi.mt, m.service.cnmi.ds = 0, 0
	m.net.settle(owed.msg, false)
}

// pdu is a TPDU as PDU mode shows it: after the service centre's address, in
// hexadecimal (TS 27.005 §3.1, <pdu>).
func (m *Modem) pdu(tpdu []byte) string {
	return strings.ToUpper(hex.EncodeToString(append(centre(m.sim.smsc), tpdu...)))
}

// centre is a service centre's address, TS 24.011 §8.2.5.1.
func centre(smsc string) []byte {
	a := address(smsc)
	digits, err := semioctet.Encode([]byte(a.Addr))
	if err != nil || len(digits) == 0 {
		return []byte{0}
	}
	return append([]byte{byte(len(digits) + 1), a.TOA}, digits...)
}

// deliverLines is +CMT.
func (m *Modem) deliverLines(tpdu []byte) []string {
	if p := m.urcPort(); p != nil && p.line.text {
		head, text := p.textDeliver(tpdu, "")
		return []string{"+CMT: " + strings.TrimPrefix(head, ","), text}
	}
	return []string{"+CMT: ," + itoa(len(tpdu)), m.pdu(tpdu)}
}

// reportLines is +CDS.
func (m *Modem) reportLines(tpdu []byte) []string {
	if p := m.urcPort(); p != nil && p.line.text {
		return []string{"+CDS: " + p.textReport(tpdu)}
	}
	head := "+CDS: "
	if m.opts.Habits.CommaInCDS {
		head += ","
	}
	return []string{head + itoa(len(tpdu)), m.pdu(tpdu)}
}

// urcPort is the port that URCs go to: the one that set +CNMI last, else the
// oldest; where the maker names one, that one or none.
func (m *Modem) urcPort() *port {
	if m.opts.Habits.NamedURCPort {
		for _, p := range m.ports {
			if p.n == m.ail.urcOn {
				return p
			}
		}
		return nil
	}
	if m.urcTo != nil {
		return m.urcTo
	}
	if len(m.ports) > 0 {
		return m.ports[0]
	}
	return nil
}

// sameSender compares the originating addresses of two SMS-DELIVER.
func sameSender(a, b []byte) bool {
	field := func(t []byte) []byte {
		if len(t) < 3 {
			return nil
		}
		return t[1:min(len(t), 3+(int(t[1])+1)/2)]
	}
	return bytes.Equal(field(a), field(b))
}
