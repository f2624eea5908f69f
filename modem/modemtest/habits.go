package modemtest

import (
	"slices"
	"strings"
	"time"
)

// Habits are what a maker's modems do where the standards leave room, or are
// broken. The zero value has none.
type Habits struct {
	// Boot are the URCs of power-on, Ready those of a SIM that is ready.
	Boot, Ready []string
	// Noise is said every NoiseEvery (0: 20 s) from power-on until the host
	// gives the command Hush ("^CURC=0").
	Noise      []string
	NoiseEvery time.Duration
	Hush       string
	// FreezesAfterCall makes an incoming call that the host neither takes nor
	// ends the last thing the modem does: it answers nothing until it loses
	// power.
	FreezesAfterCall bool
	// MassStorage makes it come back from AT+CFUN=1,1 as a disk: it has no
	// port until it is plugged in anew.
	MassStorage bool
	// NamedURCPort says that URCs go to one of its ports whatever gave +CNMI,
	// URCPort at power-on (0 is the first); AT+QURCCFG="urcport" changes it:
	// "usbat" is the first, "usbmodem" the second. What is said to a port that
	// is not open is lost.
	NamedURCPort bool
	URCPort      int
	// ReportNamed is the storage that +CDSI names; the report lies in SR.
	ReportNamed string
	// EmptyIsOK answers AT+CMGR of an empty slot with OK and nothing else.
	EmptyIsOK bool
	// CommaInCDS puts an empty first field into +CDS.
	CommaInCDS bool
	// CSMPErasesSMSC makes AT+CSMP= forget the service centre; +CSCA? then
	// answers OK alone.
	CSMPErasesSMSC bool
	// Mode2IsSilent takes +CNMI=2,… and then announces nothing.
	Mode2IsSilent bool
	// DeafUntilCPMS receives nothing after power-on until AT+CPMS has read two
	// different storages.
	DeafUntilCPMS bool
	// Memories are the three storages of +CPMS as they left the factory; ""
	// is "SM".
	Memories [3]string
	// Storages are what each of the three may be; nil is what all modems offer.
	Storages [3][]string
	// Indications are the values of <mode>, <mt>, <bm>, <ds> and <bfr> that
	// +CNMI takes; nil is all of them.
	Indications [5][]int
	// Registration is <stat> of +CREG, +CGREG and +CEREG in its home network;
	// zero is 1, 1 and 1.
	Registration [3]int
	// Tries is the command that tells the tries left for the PINs: "+CPINR",
	// "^CPIN", "+QPINC" or "+SPIC"; "" is the first, "none" has none.
	Tries string
	// ICCID is the command that tells it: "+CCID", "^ICCID", "+QCCID",
	// "+CICCID", "+ICCID" or "!ICCID"; "" is the first and "+ICCID".
	ICCID string
	// USSD is how texts of +CUSD are written.
	USSD USSDCoding
}

// withDefaults fills in what every modem has.
func (h Habits) withDefaults() Habits {
	setDefault(&h.NoiseEvery, 20*time.Second)
	for i := range h.Memories {
		setDefault(&h.Memories[i], "SM")
		if h.Storages[i] == nil {
			h.Storages[i] = storages[i]
		}
	}
	for i, all := range [5][]int{{0, 1, 2, 3}, {0, 1, 2, 3}, {0, 2, 3}, {0, 1, 2}, {0, 1}} {
		if h.Indications[i] == nil {
			h.Indications[i] = all
		}
	}
	if h.Registration == [3]int{} {
		h.Registration = [3]int{1, 1, 1}
	}
	setDefault(&h.Tries, "+CPINR")
	return h
}

// home is the registration in the home network.
func (h Habits) home() registration {
	return registration{h.Registration[0], h.Registration[1], h.Registration[2]}
}

// ranges writes values as +CNMI=? does.
func ranges(values []int) string {
	first, last := values[0], values[len(values)-1]
	if len(values) > 2 && last-first == len(values)-1 {
		return "(" + itoa(first) + "-" + itoa(last) + ")"
	}
	var list []string
	for _, v := range values {
		list = append(list, itoa(v))
	}
	return "(" + strings.Join(list, ",") + ")"
}

// ailment is what has befallen a modem since power-on. Guarded by the network's
// lock.
type ailment struct {
	hushed bool // the noise was turned off
	frozen bool // nothing is answered until the power goes
	read   []string
	urcOn  int // the port for URCs, under NamedURCPort
}

// boots begins what a modem says of itself after power-on.
func (m *Modem) boots() {
	h := m.opts.Habits
	m.ail = ailment{urcOn: h.URCPort}
	for _, line := range h.Boot {
		m.unasked(direct, line)
	}
	if len(h.Noise) > 0 {
		epoch := m.epoch
		time.AfterFunc(h.NoiseEvery, func() { m.babble(epoch) })
	}
}

// babble says what nobody asked for, again and again.
func (m *Modem) babble(epoch int) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	if m.epoch != epoch || !m.powered || m.ail.hushed {
		return
	}
	for _, line := range m.opts.Habits.Noise {
		m.unasked(direct, line)
	}
	time.AfterFunc(m.opts.Habits.NoiseEvery, func() { m.babble(epoch) })
}

// storageRead notes what AT+CPMS chose to read.
func (m *Modem) storageRead(name string) {
	if !slices.Contains(m.ail.read, name) {
		m.ail.read = append(m.ail.read, name)
	}
}

// hears reports whether the radio takes in what the network sends.
func (m *Modem) hears() bool {
	return m.deafness == 0 && !m.ail.frozen && (!m.opts.Habits.DeafUntilCPMS || len(m.ail.read) > 1)
}

// Listening reports the truth: whether a text that is sent to this modem now
// reaches its host by a URC on an open port, or is announced there. reason says
// why not.
func (m *Modem) Listening() (listening bool, reason string) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	c := m.service.cnmi
	switch {
	case m.disk:
		return false, "it is a disk"
	case !m.onAir():
		return false, "it is not registered"
	case !m.hears():
		return false, "its radio or its firmware is deaf"
	case c.mt == 0:
		return false, "+CNMI announces nothing"
	case c.mode == 0 || c.mode == 2 && m.opts.Habits.Mode2IsSilent:
		return false, "+CNMI keeps what it announces"
	case m.urcPort() == nil:
		return false, "no port is open for URCs"
	}
	if s := m.stores[m.service.mem[2]]; s.used() >= len(s.slots) && c.mt == 1 {
		return false, "its storage is full"
	}
	return true, ""
}

// Freeze makes the modem answer nothing, its ports open, until the power goes.
func (m *Modem) Freeze() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.ail.frozen = true
}

// SetService begins or ends an outage of the whole network: no modem is
// registered, what is sent to them waits.
func (n *Network) SetService(there bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.modems {
		m.reg = registration{2, 2, 2}
		if there {
			m.reg = m.opts.Habits.home()
		}
		m.registrationChanged()
	}
	n.pump()
}
