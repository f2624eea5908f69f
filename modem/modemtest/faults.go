package modemtest

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// FaultKind says what goes wrong.
type FaultKind int

// Faults of the network, set by Network.Fault. On is the sender's number for
// those of parts, the recipient's for the others; "" is any.
const (
	// DuplicateDeliver delivers a message twice.
	DuplicateDeliver FaultKind = iota + 1
	// Overtake lets a message pass the one that waits before it.
	Overtake
	// PartsReversed sends the parts of one text last first.
	PartsReversed
	// PartsShuffled sends the parts of one text in an order by chance.
	PartsShuffled
	// PartLost loses one part (Part, 1 is the first) of one text.
	PartLost
)

// Faults of a modem, set by Modem.Fault. On is the beginning of the command
// ("+CMGL", "+CMGS") for those of an answer, of the URC for those of URCs.
const (
	// URCInside puts the URC Text, or one that is waiting, inside an answer:
	// after Line lines of it, or right before the final result if Line < 0.
	URCInside FaultKind = iota + 100
	// URCTwice gives a URC twice.
	URCTwice
	// URCLost swallows a URC.
	URCLost
	// URCLate gives a URC after Delay.
	URCLate
	// CutAtByte drops the connection when Byte bytes more have gone to the
	// host.
	CutAtByte
	// CutBeforeSend drops the connection when the PDU is complete and nothing
	// was sent.
	CutBeforeSend
	// CutBeforeResult drops the connection when the message was sent, before
	// its +CMGS.
	CutBeforeResult
	// CutAfterResult drops the connection right after the answer.
	CutAfterResult
	// CMSError answers +CMS ERROR: Code; nothing is sent or stored.
	CMSError
	// CMSErrorSent answers +CMS ERROR: Code although the message was sent.
	CMSErrorSent
	// NoAnswer executes a command and never answers.
	NoAnswer
	// Deaf neither executes nor answers a command.
	Deaf
	// LateAnswer answers after Delay more than the modem's Timing says.
	LateAnswer
	// ReportLost loses a status report on its way to the modem.
	ReportLost
	// Restart takes the power away for a moment before a command: the ports
	// stay open, the settings are gone, the command is not executed.
	Restart
	// Hang lets the modem answer nothing from a command on, its ports open,
	// until it loses power; its own watchdog restarts it after Delay, if that
	// is not 0.
	Hang
	// NetworkGone takes the registration away at a command, for Delay.
	NetworkGone
	// RadioDeaf makes the modem deaf at a command (see GoDeaf), for Delay or,
	// if that is 0, until AT+CFUN=4 and 1.
	RadioDeaf
)

// String is the kind's name.
func (k FaultKind) String() string {
	if name, ok := faultNames[k]; ok {
		return name
	}
	return "fault " + itoa(int(k))
}

var faultNames = map[FaultKind]string{
	DuplicateDeliver: "DuplicateDeliver", Overtake: "Overtake", PartsReversed: "PartsReversed",
	PartsShuffled: "PartsShuffled", PartLost: "PartLost", URCInside: "URCInside", URCTwice: "URCTwice",
	URCLost: "URCLost", URCLate: "URCLate", CutAtByte: "CutAtByte", CutBeforeSend: "CutBeforeSend",
	CutBeforeResult: "CutBeforeResult", CutAfterResult: "CutAfterResult", CMSError: "CMSError",
	CMSErrorSent: "CMSErrorSent", NoAnswer: "NoAnswer", Deaf: "Deaf", LateAnswer: "LateAnswer",
	ReportLost: "ReportLost", Restart: "Restart", Hang: "Hang", NetworkGone: "NetworkGone", RadioDeaf: "RadioDeaf",
}

// Fault is one thing that goes wrong, once or more often.
type Fault struct {
	// Kind is what goes wrong.
	Kind FaultKind
	// On narrows it down; see the kinds. "" is every occasion.
	On string
	// Skip lets the first occasions pass.
	Skip int
	// Times is on how many occasions; 0 is once, less than 0 is always.
	Times int
	// Chance is the probability on each occasion; 0 is certainty. It is drawn
	// from the network's seeded generator.
	Chance float64
	// Code is the CMS error (TS 27.005 §3.2.5).
	Code int
	// Byte is the number of bytes of CutAtByte.
	Byte int
	// Line is the place of URCInside.
	Line int
	// Part is the part of PartLost.
	Part int
	// Text is the URC of URCInside, its lines parted by "\n".
	Text string
	// Delay is the time of URCLate, LateAnswer, Hang, NetworkGone and RadioDeaf.
	Delay time.Duration
}

// faults are the armed faults of a network or a modem. Guarded by the network's
// lock.
type faults struct{ armed []*Fault }

func (fs *faults) add(f Fault) {
	if f.Times == 0 {
		f.Times = 1
	}
	fs.armed = append(fs.armed, &f)
}

// take returns the fault of this kind that strikes now, and counts it.
func (fs *faults) take(kind FaultKind, subject string, r *rand.Rand) *Fault {
	for i, f := range fs.armed {
		if f.Kind != kind || !strings.HasPrefix(subject, f.On) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Chance > 0 && r.Float64() >= f.Chance {
			continue
		}
		if f.Times > 0 {
			f.Times--
			if f.Times == 0 {
				fs.armed = slices.Delete(fs.armed, i, i+1)
			}
		}
		return f
	}
	return nil
}

// cutAt counts n bytes against an armed CutAtByte: how many of them may still
// go, and whether the connection ends there.
func (fs *faults) cutAt(n int) (int, bool) {
	for i, f := range fs.armed {
		if f.Kind != CutAtByte {
			continue
		}
		if f.Byte > n {
			f.Byte -= n
			return n, false
		}
		fs.armed = slices.Delete(fs.armed, i, i+1)
		return f.Byte, true
	}
	return n, false
}

func (fs *faults) list() []Fault {
	out := make([]Fault, 0, len(fs.armed))
	for _, f := range fs.armed {
		out = append(out, *f)
	}
	return out
}

// Fault arms a fault of the network.
func (n *Network) Fault(f Fault) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults.add(f)
}

// Faults lists the network's faults that are still armed.
func (n *Network) Faults() []Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.faults.list()
}

// ClearFaults disarms the network's faults.
func (n *Network) ClearFaults() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.faults.armed = nil
}

// Fault arms a fault of the modem.
func (m *Modem) Fault(f Fault) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.faults.add(f)
}

// Faults lists the modem's faults that are still armed.
func (m *Modem) Faults() []Fault {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	return m.faults.list()
}

// ClearFaults disarms the modem's faults.
func (m *Modem) ClearFaults() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.faults.armed = nil
}
