package console

import (
	"context"
	"io"
	"time"

	"knapp/bridge"
)

// Machine is what the rest of the program knows of the gateway as a machine, and does to it. The post office has said
// yes, and has written it down, before anything of it is done. What is nil cannot be done, and no page offers it.
type Machine struct {
	Look    func(ctx context.Context) (MachineView, error)
	Balance func(ctx context.Context, modem string) error     // asks the operator and keeps the answer; takes seconds
	Examine func(ctx context.Context) ([]Examined, error)     // asks the modems; takes seconds
	Copy    func(ctx context.Context) (Copy, error)           // of the database as it stands
	PutBack func(ctx context.Context, copied io.Reader) error // soon after it returned nil, the program starts anew on the copy
	Resume  func(ctx context.Context) error                   // ends the pause after that
}

// MachineView is how the machine is at this moment.
type MachineView struct {
	Version string
	Started time.Time
	Modems  []ModemView

	Domain    string // of the children's addresses
	Chat      bool   // the session with the chat server stands
	ChatSince time.Time
	ChatFault string // why not, in English

	WaitingSMS, WaitingChat int

	Database   int64     // octets
	Free, Disk int64     // octets of the disk that it lies on; 0 where nobody knows
	LastCopy   time.Time // the newest daily copy; zero for none
	ClockSet   bool

	Paused     bool // restored from a copy, and nothing leaves
	PausedCopy time.Time

	Host      string // the machine's name on the home network; "" where it does not say
	Listen    string // as it is configured
	Beyond    bool   // more than this machine can reach it
	TLS       bool   // with a certificate of its own
	Proxied   bool   // proxies are named that stand before it
	PublicURL string // "" for none
}

// ModemView is how one modem is.
type ModemView struct {
	Name, Number         string
	Maker, Model         string
	Profile              string // what is known of its kind; "" for nothing
	Relays               bool   // else it is there to write to SIM cards
	Ready                bool
	Since                time.Time
	Network              string // "home", "roaming", "searching", "denied", "none", or "unknown"
	Operator             string
	Signal               int // dBm, if SignalKnown
	SignalKnown          bool
	SIM                  string // "ready", "foreign", "problem", or "unknown"
	ICCID                string
	Storage              []StorageView
	DeafSince            time.Time
	Warning, Fault, Note string // what its profile warns of, why it is not ready, what is wrong with its SIM: in English; words.Machine has words for it

	Rung   string // what was last done to bring it back: "ask", "reopen", "radio", "restart", "reset"; "" for nothing
	RungAt time.Time

	Balance    string // as the operator wrote it; "" where it is not known
	BalanceAt  time.Time
	BalanceLow bool
	TopUp      bridge.TopUp // until when its SIM must be topped up; Day "" where nobody has said
	MayAsk     bool         // a code to ask for it is configured
}

// StorageView is how full one of a modem's stores of messages is.
type StorageView struct {
	Name        string // "SM", "ME", "SR"
	Used, Total int
}

// Examined is what a modem said of itself when it was asked.
type Examined struct {
	Name     string
	Fault    string      // why it did not answer, in English; "" where it did
	Facts    [][2]string // a fact's key and what it is
	Findings []string    // what stands in the way, in English; words.Machine has words for it
}

// Copy is a copy of the database. Whoever has it closes it.
type Copy struct {
	io.ReadCloser
	Name string // as a file that is kept
	Size int64
}

// bars is a signal as phones draw it, 0 to 4 (TS 27.007 §8.5 gives the range: -113 dBm is nothing to speak of).
func (m ModemView) bars() int {
	switch {
	case !m.SignalKnown || m.Signal <= -110:
		return 0
	case m.Signal <= -100:
		return 1
	case m.Signal <= -90:
		return 2
	case m.Signal <= -75:
		return 3
	default:
		return 4
	}
}
