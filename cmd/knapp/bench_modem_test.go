package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// benchModem is the least that the gateway takes for a modem: one goroutine, which reads a command, waits as long as
// the modem is said to need and answers with one write. modemtest's modem is truer, and slower by goroutines of its own.
type benchModem struct {
	benchPTY
	takes time.Duration // for AT+CMGR, AT+CMGD, each message of AT+CMGL, and from an AT+CMGS's text to its answer
	ended chan struct{}

	mu      sync.Mutex // guards what follows
	writing sync.Mutex // an answer is written whole
	slots   []string   // the SIM's places, empty or a PDU; index 1 is the first
	network []string   // PDUs that wait for a place
	settled string     // what AT+CNMI was set to
	told    []exchange
	news    *sync.Cond
}

// exchange is one command and its answer.
type exchange struct {
	line     string    // "AT+CMGS=23"
	pdu      string    // of an AT+CMGS
	first    time.Time // its first bytes were read
	whole    time.Time // what the modem works on was read: the line, or the text behind the prompt
	answered time.Time // just before the answer was written
	final    time.Time // after it was
}

func startBenchModem(tb testing.TB, slots int, takes time.Duration) *benchModem {
	tb.Helper()
	m := &benchModem{
		benchPTY: openBenchPTY(tb), takes: takes, ended: make(chan struct{}), slots: make([]string, slots+1),
	}
	m.news = sync.NewCond(&m.mu)
	go m.serve()
	return m
}

// stop ends the modem after the gateway has gone.
func (m *benchModem) stop() {
	_ = unix.Close(m.slave) // the last open host's end: the read below ends with EIO
	<-m.ended
	_ = unix.Close(m.master)
}

func (m *benchModem) serve() {
	defer close(m.ended)
	var x exchange
	var line []byte
	buf := make([]byte, 4096)
	for {
		n, err := readSome(m.master, buf)
		at := time.Now()
		if err != nil {
			return
		}
		for _, c := range buf[:n] {
			switch {
			case c == 0x1B, c == '\n', c == '\r' && len(line) == 0:
			case c == '\r' || c == 0x1A:
				text := string(line)
				line = line[:0]
				x.whole = at
				if x.line == "" {
					x.line = text
				} else {
					x.pdu = text
				}
				if strings.HasPrefix(x.line, "AT+CMGS=") && x.pdu == "" {
					m.say("\r\n> ")
					continue
				}
				m.answer(x)
				x = exchange{}
			default:
				if len(line) == 0 && x.line == "" {
					x.first = at
				}
				line = append(line, c)
			}
		}
	}
}

// say writes to the gateway and returns when it began to.
func (m *benchModem) say(text string) time.Time {
	b := []byte(text)
	m.writing.Lock()
	defer m.writing.Unlock()
	began := time.Now()
	_ = writeWhole(m.master, b) // a gateway that is gone is found by reading
	return began
}

// answer does what is asked and notes how long it took. A place that became free is taken by the next message that
// waits in the network.
func (m *benchModem) answer(x exchange) {
	m.mu.Lock()
	text, work := m.reply(x.line)
	m.mu.Unlock()
	if work > 0 {
		time.Sleep(time.Duration(work) * m.takes) // the modem's own time
	}
	x.answered = m.say(text)
	x.final = time.Now()
	m.mu.Lock()
	m.told = append(m.told, x)
	var arrived []int
	if strings.HasPrefix(x.line, "AT+CMGD=") {
		arrived = m.fill()
	}
	m.news.Broadcast()
	m.mu.Unlock()
	for _, index := range arrived {
		m.say(announcement(index))
	}
}

func announcement(index int) string { return fmt.Sprintf("\r\n+CMTI: \"SM\",%d\r\n", index) }

// fill puts messages from the network into free places. The lock is held.
func (m *benchModem) fill() (arrived []int) {
	for i := 1; i < len(m.slots) && len(m.network) > 0; i++ {
		if m.slots[i] == "" {
			m.slots[i], m.network = m.network[0], m.network[1:]
			arrived = append(arrived, i)
		}
	}
	return arrived
}

// reply returns the answer to a command and how many times the modem's time it takes. The lock is held.
func (m *benchModem) reply(line string) (text string, work int) {
	const ok = "\r\nOK\r\n"
	name, arg, _ := strings.Cut(strings.TrimPrefix(strings.ToUpper(line), "AT"), "=")
	index, _ := strconv.Atoi(arg)
	if arg == "?" {
		name += "=?"
	}
	switch name {
	case "+CMGS":
		return "\r\n+CMGS: 7\r\n" + ok, 1
	case "+CMGR":
		if index < 1 || index >= len(m.slots) || m.slots[index] == "" {
			return ok, 0
		}
		return fmt.Sprintf("\r\n+CMGR: 0,,%d\r\n%s\r\n%s", tpduLength(m.slots[index]), m.slots[index], ok), 1
	case "+CMGD":
		if index >= 1 && index < len(m.slots) {
			m.slots[index] = ""
		}
		return ok, 1
	case "+CMGL":
		for i, pdu := range m.slots {
			if pdu != "" {
				text += fmt.Sprintf("\r\n+CMGL: %d,0,,%d\r\n%s", i, tpduLength(pdu), pdu)
				work++
			}
		}
		return text + "\r\n" + ok, work
	case "+CMEE?":
		return "\r\n+CMEE: 1\r\n" + ok, 0
	case "+CGMI", "+CGMM", "+CGMR", "+CGSN":
		return "\r\nBench\r\n" + ok, 0
	case "+CPIN?":
		return "\r\n+CPIN: READY\r\n" + ok, 0
	case "+CPMS=?":
		return "\r\n+CPMS: (\"SM\"),(\"SM\"),(\"SM\")\r\n" + ok, 0
	case "+CPMS?", "+CPMS":
		if strings.HasPrefix(arg, `"ME"`) {
			return "\r\n+CMS ERROR: 302\r\n", 0
		}
		used, total := len(m.slots)-1-m.free(), len(m.slots)-1
		if arg != "" {
			return fmt.Sprintf("\r\n+CPMS: %[1]d,%[2]d,%[1]d,%[2]d,%[1]d,%[2]d\r\n%[3]s", used, total, ok), 0
		}
		one := fmt.Sprintf(`"SM",%d,%d`, used, total)
		return "\r\n+CPMS: " + one + "," + one + "," + one + "\r\n" + ok, 0
	case "+CSCA?":
		return "\r\n+CSCA: \"+4790002100\",145\r\n" + ok, 0
	case "+CSMS?":
		return "\r\n+CSMS: 0,1,1,1\r\n" + ok, 0
	case "+CNMI=?":
		return "\r\n+CNMI: (0-2),(0,1),(0),(0,1),(0,1)\r\n" + ok, 0
	case "+CNMI":
		m.settled = arg
		return ok, 0
	case "+CNMI?":
		return "\r\n+CNMI: " + m.settled + "\r\n" + ok, 0
	case "+CREG?":
		return "\r\n+CREG: 1,1\r\n" + ok, 0
	case "+CEREG", "+CEREG?", "+CGREG", "+CGREG?":
		return "\r\nERROR\r\n", 0
	case "+COPS?":
		return "\r\n+COPS: 0,0,\"Bench\"\r\n" + ok, 0
	case "+CSQ":
		return "\r\n+CSQ: 20,99\r\n" + ok, 0
	}
	return ok, 0
}

// free counts the empty places. The lock is held.
func (m *benchModem) free() (n int) {
	for _, pdu := range m.slots[1:] {
		if pdu == "" {
			n++
		}
	}
	return n
}

// store puts messages into the network's queue, and as many as there is room for onto the SIM, unannounced.
func (m *benchModem) store(pdus ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.network = append(m.network, pdus...)
	m.fill()
}

// announce lets one message arrive and returns when that was said.
func (m *benchModem) announce(pdu string) time.Time {
	m.mu.Lock()
	m.network = append(m.network, pdu)
	arrived := m.fill()
	m.mu.Unlock()
	return m.say(announcement(arrived[0]))
}

// seen counts the exchanges so far.
func (m *benchModem) seen() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.told)
}

// await returns the first exchange from a place in the list on whose line begins so, and the place behind it.
func (m *benchModem) await(tb testing.TB, from int, prefix string) (exchange, int) {
	tb.Helper()
	overdue := false
	timer := time.AfterFunc(patience, func() {
		m.mu.Lock()
		overdue = true
		m.news.Broadcast()
		m.mu.Unlock()
	})
	defer timer.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		for ; from < len(m.told); from++ {
			if strings.HasPrefix(m.told[from].line, prefix) {
				return m.told[from], from + 1
			}
		}
		if overdue {
			tb.Fatalf("%s did not come within %v", prefix, patience)
		}
		m.news.Wait()
	}
}

// since returns the exchanges from a place in the list on whose line begins so.
func (m *benchModem) since(from int, prefix string) (list []exchange) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.told[from:] {
		if strings.HasPrefix(x.line, prefix) {
			list = append(list, x)
		}
	}
	return list
}

// smsc is the service centre in front of each PDU: length, type, +4790002100 in swapped digits (TS 27.005 §3.1).
const smsc = "06917409001200"

func tpduLength(pdu string) int { return (len(pdu) - len(smsc)) / 2 }

// deliver makes an SMS-DELIVER from the child with its service centre in front (TS 23.040 §9.2.2.1). The text is
// letters, digits and spaces, which GSM 7 bit has where ASCII has them.
func deliver(text string, at time.Time) string {
	var packed []byte
	bits, held := 0, 0
	for _, c := range []byte(text) {
		held |= int(c) << bits
		for bits += 7; bits >= 8; bits -= 8 {
			packed = append(packed, byte(held))
			held >>= 8
		}
	}
	if bits > 0 {
		packed = append(packed, byte(held))
	}
	stamp := at.UTC().Format("060102150405") + "00"
	return fmt.Sprintf("%s040A91%s0000%s%02X%X", smsc, swapped(strings.TrimPrefix(emmaNumber, "+")), swapped(stamp), len(text), packed)
}

// swapped writes digits as semi-octets, the second first; there is an even number of them.
func swapped(digits string) string {
	b := []byte(digits)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}
