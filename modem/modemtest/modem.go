package modemtest

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// ErrClosed is returned by a modem whose network, or which itself, was closed.
var ErrClosed = errors.New("modemtest: the modem is closed")

// ModemOptions is how a modem left the shop, and its SIM. The zero value, with
// a number, is a modem that works.
type ModemOptions struct {
	// Number is the SIM's own number, "+47…".
	Number string
	// SMSC is the service centre on the SIM; "" is "+4792001000".
	SMSC string
	// SM, ME and SR are how many messages fit on the SIM, in the modem, and
	// how many status reports; 0 is 20, 100 and 10. Less than 0 is none.
	SM, ME, SR int
	// FirstIndex is the index of the first slot; modems start at 0 or at 1.
	FirstIndex int
	// Manufacturer, Model and Revision answer +CGMI, +CGMM and +CGMR.
	Manufacturer, Model, Revision string
	// IMEI, IMSI and ICCID answer +CGSN, +CIMI and +CCID.
	IMEI, IMSI, ICCID string
	// PIN, if not "", is asked for at power-on. PUK unblocks it. PIN2 guards
	// the fixed dialling list; "" is "2222". PUK "" is "12345678".
	PIN, PUK, PIN2 string
	// PINTries and PIN2Tries are the tries that are left; 0 is 3.
	PINTries, PIN2Tries int
	// Unregistered starts without network; see SetRegistration.
	Unregistered bool
	// Powered modems have a supply of their own: they keep power and settings
	// when the last port goes. Others lose both, as a USB stick does.
	Powered bool
	// Timing is how slow the modem is; zero answers at once.
	Timing Timing
	// USSD maps codes to the operator's answers ("*100#" to the balance).
	USSD map[string]string
	// NoFDN is a SIM without a fixed dialling list.
	NoFDN bool
	// Phonebook is the size of the SIM's phonebook and of that list; 0 is 50.
	Phonebook int
	// MemoryFullURC makes the modem say ^SMMEMFULL when it refuses a message.
	MemoryFullURC bool
	// Habits are its maker's; see Devices.
	Habits Habits
	// Forwards are the numbers to which the operator diverts calls, by the
	// reason of +CCFC: 0 always, 1 busy, 2 no reply, 3 not reachable.
	Forwards map[int]string
	// Rename gives the link under which a rebooted modem's port comes back;
	// nil leaves it as it was.
	Rename func(link string) string
	// Replug is after how long a modem that a fault threw off the bus is
	// plugged in again; 0 is never.
	Replug time.Duration
}

// Timing is how long a modem takes.
type Timing struct {
	// Answer is the time from a command line to its answer.
	Answer time.Duration
	// Air is the time on air of one message, from 0x1A to +CMGS.
	Air time.Duration
	// Baud is the line's speed in bits a second, 10 to a byte; 0 is no limit.
	Baud int
	// SIM is how long the SIM is busy after power-on.
	SIM time.Duration
	// Reboot is how long AT+CFUN=1,1 keeps a plugged-in modem away; 0 is
	// 100 ms.
	Reboot time.Duration
	// Ring is the pause between RINGs; 0 is 3 s.
	Ring time.Duration
	// Ack is how long the network waits for +CNMA; 0 is 15 s.
	Ack time.Duration
	// USSD is how long the operator's answer takes.
	USSD time.Duration
}

// Sent is one message that a modem sent.
type Sent struct {
	// TPDU is the SMS-SUBMIT with the reference that the modem set.
	TPDU []byte
	// To is the destination as it was dialled.
	To string
	// MR is TP-MR, the number in +CMGS.
	MR byte
	// At is the network's time.
	At time.Time
	// Answered is whether the host was given the +CMGS.
	Answered bool
}

// Counters count what a modem did since it was made.
type Counters struct {
	Commands  int // command lines
	Sent      int // messages that the network took
	Refused   int // sends that ended in an error
	Received  int // messages that arrived
	Reports   int // status reports that arrived
	Full      int // messages that were refused for want of room
	URCs      int // URCs that were given to the host
	Unacked   int // +CMT and +CDS that nobody acknowledged in time
	PowerOns  int
	BytesOut  int // to the host
	Connected int // ports that are open now
}

// Modem is a modem with its SIM. Its state outlives connections and power;
// its settings outlive power only by AT&W.
type Modem struct {
	net  *Network
	opts ModemOptions
	// commands is never changed.
	commands map[string]handler

	// Everything below is guarded by net.mu.
	number     string // of the SIM
	sim        sim
	stores     map[string]*store
	powered    bool
	closed     bool
	epoch      int // counts power-ons: a timer of an earlier one is void
	fun        int // +CFUN
	reg        registration
	signal     int
	clock      time.Duration // +CCLK minus the network's clock
	service    service
	saved      *saved // AT&W
	mr         byte
	ports      []*port
	urcTo      *port // the port that gave +CNMI last
	owed       *owedAck
	buffered   [][]string // URCs that <mode> 0 keeps
	book       string     // +CPBS
	call       *Call
	profile    *Profile
	asked      map[string]int // how often a profile's command was asked
	faults     faults
	counters   Counters
	sent       []*Sent
	ttys       []*tty
	ail        ailment
	simStarts  int
	disk       bool           // it came back as mass storage
	forwards   map[int]string // by the reason of +CCFC
	deafness   Cure           // see GoDeaf
	restarting bool           // by AT+CFUN=1,1
}

// registration is <stat> of +CREG, +CGREG and +CEREG (TS 27.007 §7.2, §10.1.20,
// §10.1.22).
type registration struct{ cs, ps, eps int }

func newModem(n *Network, o ModemOptions) *Modem {
	simDefaults(&o)
	setDefault(&o.Manufacturer, "Knapp")
	setDefault(&o.Model, "Software Modem")
	setDefault(&o.Revision, "1.0")
	setDefault(&o.IMEI, "490154203237518")
	setDefault(&o.ME, 100)
	setDefault(&o.SR, 10)
	setDefault(&o.Timing.Reboot, 100*time.Millisecond)
	setDefault(&o.Timing.Ring, 3*time.Second)
	setDefault(&o.Timing.Ack, 15*time.Second)
	o.Habits = o.Habits.withDefaults()
	m := &Modem{
		net:      n,
		opts:     o,
		number:   n.canonical(o.Number),
		commands: commandTable(),
		stores: map[string]*store{
			"SM": newStore(o.SM),
			"ME": newStore(o.ME),
			"SR": newStore(o.SR),
		},
		reg:      o.Habits.home(),
		signal:   21,
		forwards: maps.Clone(o.Forwards),
	}
	if o.Unregistered {
		m.reg = registration{2, 2, 2}
	}
	m.sim = newSIM(o)
	return m
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func setNonZero[T comparable](v *T, other T) {
	var zero T
	if other != zero {
		*v = other
	}
}

// Number is the SIM's own number.
func (m *Modem) Number() string {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	return m.number
}

// powerOn starts the modem: settings are those of AT&W or of the factory, the
// SIM wakes, the modem registers.
func (m *Modem) powerOn() {
	m.powered = true
	m.epoch++
	if m.restarting {
		m.cured(ByRestart)
	} else {
		m.cured(ByPower)
	}
	m.restarting = false
	m.counters.PowerOns++
	m.fun = 1
	m.restore(m.saved)
	m.boots()
	m.book = "SM"
	m.startSIM()
}

// startSIM wakes the SIM, or a fresh one.
func (m *Modem) startSIM() {
	m.sim.powerOn()
	ready := func(late bool) {
		m.sim.ready = true
		for _, line := range m.opts.Habits.Ready {
			m.unasked(direct, line)
		}
		if late {
			m.registrationChanged()
		}
		m.net.pump()
	}
	m.simStarts++
	wait := m.opts.Timing.SIM
	if wait <= 0 {
		ready(false)
		return
	}
	start := m.simStarts
	time.AfterFunc(wait, func() {
		m.net.mu.Lock()
		defer m.net.mu.Unlock()
		if m.simStarts != start || !m.powered {
			return
		}
		ready(true)
	})
}

// powerOff takes the power away. What was owed to the network is not
// acknowledged.
func (m *Modem) powerOff() {
	if !m.powered {
		return
	}
	m.powered = false
	m.epoch++
	m.hangUp()
	m.failAck()
}

// PowerCycle takes the power away and gives it back; open ports stay open, but
// forget what was half typed and their settings.
func (m *Modem) PowerCycle() {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.restart()
}

// Close unplugs the modem for good and closes its ports.
func (m *Modem) Close() error {
	err := m.Unplug()
	m.net.mu.Lock()
	m.closed = true
	ports := slices.Clone(m.ports)
	m.net.mu.Unlock()
	for _, p := range ports {
		p.close()
		<-p.gone
	}
	m.net.mu.Lock()
	m.powerOff()
	m.net.mu.Unlock()
	return err
}

// onAir reports whether the network can reach the modem.
func (m *Modem) onAir() bool {
	if m.deafness != 0 {
		return false
	}
	served := func(stat int) bool {
		// TS 27.007 §7.2: home, roaming, and both for SMS only.
		return stat == 1 || stat == 5 || stat == 6 || stat == 7
	}
	return m.camped() && (served(m.reg.cs) || served(m.reg.eps))
}

// camped reports whether the modem may register at all.
func (m *Modem) camped() bool {
	return m.powered && m.fun == 1 && m.sim.open()
}

// SetRegistration sets <stat> of +CREG, +CGREG and +CEREG: 0 not registered,
// 1 home, 2 searching, 3 denied, 5 roaming, 6 SMS only (TS 27.007 §7.2). The
// host is told as it asked; messages wait until there is service again.
func (m *Modem) SetRegistration(cs, ps, eps int) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.reg = registration{cs, ps, eps}
	m.registrationChanged()
	m.net.pump()
}

// SetSignal sets <rssi> of +CSQ, 0 to 31 or 99 (TS 27.007 §8.5).
func (m *Modem) SetSignal(rssi int) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.signal = rssi
}

// SetTiming changes how slow the modem is from now on.
func (m *Modem) SetTiming(t Timing) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	setDefault(&t.Reboot, 100*time.Millisecond)
	setDefault(&t.Ring, 3*time.Second)
	setDefault(&t.Ack, 15*time.Second)
	m.opts.Timing = t
}

// Sent gives every message that the network took from this modem, in order.
func (m *Modem) Sent() []Sent {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	out := make([]Sent, 0, len(m.sent))
	for _, s := range m.sent {
		out = append(out, *s)
	}
	return out
}

// Counters gives a copy of the modem's counters.
func (m *Modem) Counters() Counters {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	c := m.counters
	c.Connected = len(m.ports)
	return c
}

// URC makes the modem say lines unasked, for what no event of this package
// brings forth ("^RSSI:14"). It says them between answers, never inside one.
func (m *Modem) URC(lines ...string) {
	m.net.mu.Lock()
	defer m.net.mu.Unlock()
	m.unasked(direct, lines...)
}
