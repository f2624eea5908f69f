package modemtest

import (
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// NetworkOptions is what an operator decides. The zero value is an honest
// network that delivers at once.
type NetworkOptions struct {
	// Now is the network's clock; nil is time.Now. It stamps messages (SCTS,
	// in its own zone) and ends validity periods. After a jump of a clock that
	// is not the wall's, call Wake.
	Now func() time.Time
	// Transit is how long a message is under way; 0 is at once.
	Transit time.Duration
	// Retry is the pause before a message that a handset did not acknowledge
	// is offered again; 0 is a minute.
	Retry time.Duration
	// Validity is the life of a message that asks for none, and the longest
	// that a message may ask for; 0 is 72 h.
	Validity time.Duration
	// Country is put before national numbers of eight digits; "" is "+47".
	Country string
	// Log is told what the network does, never texts; nil is silence.
	Log *slog.Logger
	// Seed makes the faults that come by chance repeatable.
	Seed uint64
}

// Network is the operator: it routes, stores and forwards, stamps messages and
// makes status reports (3GPP TS 23.040). Its methods, and those of its phones
// and modems, may be called from any goroutine.
type Network struct {
	opts NetworkOptions
	log  *slog.Logger

	// mu guards everything below and the state of every phone and modem.
	mu      sync.Mutex
	phones  map[string]*Phone
	modems  []*Modem
	queues  map[string][]*message // by the recipient's number, oldest first
	order   []string              // recipients in the order of their first message
	seq     uint64
	timer   *time.Timer
	faults  faults
	rand    *rand.Rand
	closed  bool
	pumping bool
	again   bool
}

// NewNetwork makes an operator. It starts nothing; Close it when done.
func NewNetwork(o NetworkOptions) *Network {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Retry <= 0 {
		o.Retry = time.Minute
	}
	if o.Validity <= 0 {
		o.Validity = 72 * time.Hour
	}
	if o.Country == "" {
		o.Country = "+47"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Network{
		opts:   o,
		log:    o.Log,
		phones: map[string]*Phone{},
		queues: map[string][]*message{},
		rand:   rand.New(rand.NewPCG(o.Seed, 0x4b6e617070)),
	}
}

// Close ends the network: modems lose their power and their ports, waiting
// phones are woken, nothing is delivered any more.
func (n *Network) Close() error {
	n.mu.Lock()
	n.closed = true
	if n.timer != nil {
		n.timer.Stop()
	}
	modems := append([]*Modem(nil), n.modems...)
	for _, p := range n.phones {
		p.closeSubscriptions()
	}
	n.mu.Unlock()
	for _, m := range modems {
		if err := m.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Wake looks at the clock again: what is due is delivered, what has outlived
// its validity expires.
func (n *Network) Wake() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.pump()
}

// Phone is the phone with this number, made at first use, switched on and in
// reach. "+4791234567" and "91234567" are the same phone.
func (n *Network) Phone(number string) *Phone {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.phone(n.canonical(number))
}

func (n *Network) phone(number string) *Phone {
	p := n.phones[number]
	if p == nil {
		p = newPhone(n, number)
		n.phones[number] = p
	}
	return p
}

// NewModem makes a modem with its SIM. It has no power, and is therefore not
// on the air, until Serve or PlugIn.
func (n *Network) NewModem(o ModemOptions) *Modem {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := newModem(n, o)
	n.modems = append(n.modems, m)
	return m
}

// Waiting counts the messages and reports that the network holds for number.
func (n *Network) Waiting(number string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.queues[n.canonical(number)])
}

// Inject puts a TPDU on its way to a modem as it stands: an SMS-DELIVER or an
// SMS-STATUS-REPORT without the service centre's address, hostile, odd or torn
// as you like. It is stored and forwarded as any message.
func (n *Network) Inject(m *Modem, tpdu []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.opts.Now()
	n.enqueue(&message{
		to:      m.number,
		tpdu:    append([]byte(nil), tpdu...),
		report:  len(tpdu) > 0 && tpdu[0]&mtiMask == mtiStatusReport,
		ready:   now,
		expires: now.Add(n.opts.Validity),
	})
	n.pump()
}

// canonical is the one form under which a number is known.
func (n *Network) canonical(number string) string {
	number = strings.ReplaceAll(number, " ", "")
	if rest, ok := strings.CutPrefix(number, "00"); ok {
		return "+" + rest
	}
	if len(number) == 8 && strings.Trim(number, "0123456789") == "" {
		return n.opts.Country + number
	}
	return number
}

// modem finds the modem whose SIM has this number.
func (n *Network) modem(number string) *Modem {
	for _, m := range n.modems {
		if m.number == number {
			return m
		}
	}
	return nil
}

func (n *Network) recipient(number string) recipient {
	if m := n.modem(number); m != nil {
		return m
	}
	return n.phone(number)
}
