package modem

import (
	"slices"
	"time"
)

// Phase is how far a modem has come.
type Phase int

// The phases, in their order.
const (
	Closed       Phase = iota // no port is open
	Opening                   // the port is being opened or waited for
	BringingUp                // the port is open, the modem is being asked and set
	Ready                     // it receives and sends
	Provisioning              // its radio is off; nothing on its SIM is read as a message, sent or deleted
)

func (p Phase) String() string {
	return [...]string{"closed", "opening", "bringing up", "ready", "provisioning"}[p]
}

// RegStatus says whether the network serves the modem.
type RegStatus int

// What the network can be to a modem. A status that only serves SMS (TS 27.007 §7.2, 6 and 7) is Home or Roaming.
const (
	RegUnknown RegStatus = iota // the modem does not say
	NotRegistered
	Searching
	Denied
	Roaming
	Home
)

func (r RegStatus) String() string {
	return [...]string{"unknown", "not registered", "searching", "denied", "roaming", "home"}[r]
}

// Served tells whether messages can be sent and received.
func (r RegStatus) Served() bool { return r == Home || r == Roaming }

// StorageUse is how full a message storage is.
type StorageUse struct {
	Name  string // "SM", "ME", "SR"
	Used  int    // messages
	Total int    // places; 0 where the modem does not say
}

// State is a snapshot of a modem.
type State struct {
	Name         string
	Phase        Phase
	Since        time.Time // of Phase
	Manufacturer string
	Model        string
	Revision     string
	IMEI         string
	Profile      string // the name of the profile; empty for an unknown modem
	ProfileWhy   string // half a sentence
	Warning      string // what the profile says its owner should know
	Ports        int    // on which the modem answers AT: 2 where messages leave by the second
	Registered   RegStatus
	Operator     string
	Signal       int // dBm, if SignalKnown
	SignalKnown  bool
	SMSC         string // the service centre that is used
	Storage      []StorageUse
	LastError    error // why it is not ready, or nil

	DeafSince       time.Time // since when it has not listened; zero while it does, and before it first did
	RegisteredSince time.Time // since when Registered is what it is
	ICCID           string    // of the SIM, as far as it tells it
	IMSI            string    // of the SIM, once its PIN was entered
	Foreign         bool      // the SIM is not the one that was adopted

	// BehindSince is since when messages lie on it that were announced and not read, or read and not taken; zero for none that
	// are known.
	BehindSince time.Time
}

// State returns a snapshot.
func (m *Modem) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.state
	s.Storage = slices.Clone(s.Storage)
	return s
}

// change alters the state under its lock.
func (m *Modem) change(f func(s *State)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.state)
}

// noteBehind says whether messages lie on the modem that nobody has taken.
func (m *Modem) noteBehind(behind bool) {
	m.change(func(s *State) {
		switch {
		case !behind:
			s.BehindSince = time.Time{}
		case s.BehindSince.IsZero():
			s.BehindSince = time.Now()
		}
	})
}
