package modem

import "time"

// Event is something that happened to a modem: one of the types of this file.
type Event interface {
	// From is the name of the modem.
	From() string
}

// Up says that the modem receives and sends.
type Up struct {
	Modem        string
	Manufacturer string
	Model        string
	Revision     string
	IMEI         string
	Deaf         time.Duration // how long it had not listened before; 0 for the first time
}

// Recovery says what is done to bring back a modem that does not listen.
type Recovery struct {
	Modem  string
	Step   Step
	Reason string        // what shows that it does not listen
	Deaf   time.Duration // how long that has been so, as far as is known
}

// ForeignSIM says that the SIM is not the one that was adopted for the modem: it is in provisioning mode.
type ForeignSIM struct {
	Modem string
	ICCID string // empty if the SIM does not tell it
}

// SelfTest says what became of a message that the modem sent to itself. It has cost what a message costs if it was sent.
type SelfTest struct {
	Modem  string
	Sent   bool
	Back   bool // it came back in time
	Took   time.Duration
	Length int // characters
}

// Down says that it does not, and why. It is told once until the next Up.
type Down struct {
	Modem  string
	Reason error
}

// Registration says that the network serves the modem differently from now on.
type Registration struct {
	Modem    string
	Status   RegStatus
	Roaming  bool
	Operator string
}

// StorageFull says that a storage takes no more messages, so that the network holds them back.
type StorageFull struct {
	Modem   string
	Storage string // empty where the modem does not say which
}

// SIMProblem says that the SIM needs a person. It is told once until the problem is another one.
type SIMProblem struct {
	Modem   string
	Problem string // a sentence
	Err     error  // what the modem said, may be nil
}

// Call says that somebody rang the modem's number. The call is not answered.
type Call struct {
	Modem  string
	Number string // as the network gave it; empty when withheld
}

// Unsolicited says that the modem said something that this package makes nothing of. The line may hold numbers.
type Unsolicited struct {
	Modem string
	Line  string
}

// From is the name of the modem.
func (e Up) From() string { return e.Modem }

// From is the name of the modem.
func (e Down) From() string { return e.Modem }

// From is the name of the modem.
func (e Registration) From() string { return e.Modem }

// From is the name of the modem.
func (e StorageFull) From() string { return e.Modem }

// From is the name of the modem.
func (e SIMProblem) From() string { return e.Modem }

// From is the name of the modem.
func (e Call) From() string { return e.Modem }

// From is the name of the modem.
func (e Unsolicited) From() string { return e.Modem }

// From is the name of the modem.
func (e Recovery) From() string { return e.Modem }

// From is the name of the modem.
func (e ForeignSIM) From() string { return e.Modem }

// From is the name of the modem.
func (e SelfTest) From() string { return e.Modem }
