package modem

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
