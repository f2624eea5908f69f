package modem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"knapp/modem/at"
	"knapp/modem/tpdu"
)

// Opener opens the modem's AT port anew at each call. It may block until there is a port, and returns when ctx is
// done. An error with a method Back() <-chan struct{} says when it is worth another try, before the back-off is over.
// A port with a method USB() string says the USB id of its device, such as "2c7c:0125".
type Opener func(ctx context.Context) (io.ReadWriteCloser, error)

// Received is one message or status report as it came from the modem.
type Received struct {
	Modem   string       // Options.Name
	PDU     string       // raw hex as printed, SMSC first
	At      time.Time    // when it was read, by the host's clock
	Message tpdu.Message // decoded; with Err, what was read before the fault, such as the sender
	Err     error        // why it could not be decoded whole, a *tpdu.FormatError
	Storage string       // "SM", "ME", "SR"; empty for +CMT and +CDS, which are stored nowhere
	Index   int          // in Storage; -1 where Storage is empty
}

// Sink takes what a modem receives.
type Sink interface {
	// Take returns nil only after r was committed; only then the modem is told to forget it. On an error it stays
	// where it is and is offered again. The same message may be offered more than once. It is called by one goroutine.
	Take(ctx context.Context, r Received) error
	// Event is told what happens to the modem, in order. It must not block and must not call the modem.
	Event(e Event)
}

// Options describe a modem. Name, Open and Sink are needed; zero durations mean the defaults.
type Options struct {
	Name       string // in events, messages and logs
	Open       Opener
	Sink       Sink
	Log        *slog.Logger                    // nil: nothing is logged
	PIN        string                          // of the SIM; empty if it has none
	SMSC       string                          // set only to override the SIM's service centre, in international form
	Roaming    bool                            // whether sending is allowed in a foreign network
	Reset      func(ctx context.Context) error // resets the device on its bus, or says why not; nil: it cannot
	SIMs       SIMs                            // remembers which SIM is ours; nil: any is
	Provision  bool                            // the modem is there to write to SIMs: its radio stays off, nothing is relayed
	MayRestart bool                            // AT+CFUN=1,1 brings a modem back of which no profile says so
	Trace      at.TraceFunc                    // hears every line on the wire; see at.Redacted
	Now        func() time.Time

	Number        string        // the SIM's own, in international form; needed for the self-test alone
	SelfTestEvery time.Duration // how often the modem sends itself a message, which costs what one costs; 0: never
	HangUpAfter   time.Duration // how long a call may ring; 0: it is hung up at once

	Second  Opener   // of the modem's second AT port; nil if there is none or it is not to be used
	Profile *Profile // nil: chosen by what the port and the modem say they are; see Choose

	SweepEvery     time.Duration // between two looks for messages that no code announced; 10 min
	WatchEvery     time.Duration // between two proofs that the modem still listens; 1 min
	SelfTestWithin time.Duration // for a message of the modem to itself to come back; 5 min
	NoNetworkAfter time.Duration // how long no network may serve the modem before its radio is switched off and on; 5 min
	RadioPause     time.Duration // between radio off and on; 2 s
	RadioTimeout   time.Duration // for AT+CFUN; 30 s
	ReopenEvery    time.Duration // first wait before the port is opened again, doubled each time; 1 s
	ReopenMax      time.Duration // longest such wait; 30 s
	RetryTake      time.Duration // first wait after a failed Take, doubled each time up to SweepEvery; 5 s
	AnswerWithin   time.Duration // for the first answer to AT; 20 s
	SIMWithin      time.Duration // for a SIM that says it is busy; 30 s
	CommandTimeout time.Duration // for ordinary commands; 10 s
	ListTimeout    time.Duration // for AT+CMGL: a SIM is read at up to a tenth of a second a message; 2 min
	SendTimeout    time.Duration // for AT+CMGS with its time on the air; 90 s
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		v   *time.Duration
		def time.Duration
	}{
		{&o.SweepEvery, 10 * time.Minute},
		{&o.WatchEvery, time.Minute},
		{&o.SelfTestWithin, testWithin},
		{&o.NoNetworkAfter, 5 * time.Minute},
		{&o.RadioPause, 2 * time.Second},
		{&o.RadioTimeout, 30 * time.Second},
		{&o.ReopenEvery, time.Second},
		{&o.ReopenMax, 30 * time.Second},
		{&o.RetryTake, 5 * time.Second},
		{&o.AnswerWithin, 20 * time.Second},
		{&o.SIMWithin, 30 * time.Second},
		{&o.CommandTimeout, 10 * time.Second},
		{&o.ListTimeout, 2 * time.Minute},
		{&o.SendTimeout, 90 * time.Second},
	} {
		if *d.v <= 0 {
			*d.v = d.def
		}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Modem is one GSM modem. Run makes it work; its other methods may be called at any time from any goroutine.
type Modem struct {
	o   Options
	log *slog.Logger

	telling sync.Mutex    // held while Sink.Event runs, so that events keep their order
	air     sync.RWMutex  // held for reading while a message is in the air
	again   chan struct{} // raised to ask again whose the SIM is

	mu      sync.Mutex // guards what follows
	state   State
	session *session // the open and ready connection, or nil
	problem string   // the SIM problem that was told last
	up      bool     // Up was told and Down was not
	down    bool     // Down was told and Up was not

	heard       time.Time       // when something last came from, or was taken by, the network
	noRoom      bool            // it was told that a message could not leave for a full storage
	failedSends int             // in a row, although the network serves the modem
	suspicion   string          // why it may be deaf
	ussd        chan ussdAnswer // whoever waits for the answer to a USSD code
	test        string          // the test message that is under way
	testBack    chan struct{}   // told when it comes
	testDue     time.Time       // when the next one leaves
	testsFailed int             // in a row

	// Owned by Run's goroutine.
	call        call
	ladder      ladder
	forwarding  string      // the SIM whose call forwarding was looked at; errands' goroutine's
	proved      time.Time   // when it was last known to listen
	foreign     string      // the foreign SIM that was told
	pinRefused  bool        // the configured PIN was entered once and refused
	pinDoubts   int         // how often in a row it was entered and nothing is known of what came of it
	triesUnsaid int         // how often in a row the modem has not said how many are left
	pinTries    int         // that were left before the last of them
	restarts    ResetSafety // what the profile knows of AT+CFUN=1,1
	direct      []Received  // +CMT and +CDS that Take refused: nothing but this list holds them
}

// New prepares a modem. It opens and starts nothing.
func New(o Options) *Modem {
	o = o.withDefaults()
	m := &Modem{o: o, log: o.Log.With("modem", o.Name), again: make(chan struct{}, 1)}
	m.o.Sink = listener{o.Sink, m}
	m.state = State{Name: o.Name, Since: o.Now(), Phase: Closed}
	return m
}

// restedAfter is how long a connection must have worked for the next one to be tried without waiting.
const restedAfter = 10 * time.Second

// Run opens the modem, brings it up and receives, and begins again whenever it is lost, until ctx is done. It then
// closes the port, tells Down, and returns nil. It is called once.
func (m *Modem) Run(ctx context.Context) error {
	wait := m.o.ReopenEvery
	for ctx.Err() == nil {
		began := m.o.Now()
		wasReady, broken, err := m.once(ctx)
		if ctx.Err() != nil {
			break
		}
		if errors.Is(err, errSIMChanged) && !wasReady {
			continue // nothing is wrong: it is asked anew whose the SIM is
		}
		m.lost(err)
		m.recover(ctx, err, broken)
		if wasReady {
			wait = m.o.ReopenEvery
			if m.o.Now().Sub(began) > restedAfter {
				continue
			}
		}
		var later interface{ Back() <-chan struct{} }
		var back <-chan struct{}
		if errors.As(err, &later) {
			back = later.Back()
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-back:
		case <-ctx.Done():
		}
		timer.Stop()
		wait = min(2*wait, m.o.ReopenMax)
	}
	m.lost(context.Cause(ctx))
	return nil
}

// once opens the port and serves it until it is lost.
func (m *Modem) once(ctx context.Context) (wasReady, broken bool, err error) {
	m.setPhase(Opening)
	port, err := m.o.Open(ctx)
	if err != nil {
		return false, true, fmt.Errorf("open the modem's port: %w", err)
	}
	usb := usbOf(port)
	if m.o.Trace != nil {
		port = at.TracePort(port, m.o.Trace)
	}
	m.setPhase(BringingUp)
	conn := at.New(port, at.Options{Timeout: m.o.CommandTimeout})
	s := &session{m: m, conn: conn, log: m.log, retry: m.o.RetryTake, usb: usb, aside: make(chan at.URC), locked: make(chan error, 1)}
	alive, end := context.WithCancelCause(ctx)
	defer end(nil)
	ended := make(chan error, 1)
	go func() {
		cause := conn.Run(alive)
		end(cause)
		ended <- cause
	}()
	switch err = s.bringUp(alive, ctx); {
	case errors.Is(err, errAside):
		err = s.stayAside(alive)
	case err == nil:
		wasReady = true
		m.ready(s)
		var second sync.WaitGroup
		second.Go(func() { s.runSecond(alive) })
		second.Go(func() { s.errands(alive) })
		err = s.receive(alive, ctx)
		end(err)
		second.Wait()
	}
	end(err)
	cause := <-ended
	m.unready()
	s.salvage(ctx)
	if err == nil || errors.Is(err, at.ErrClosed) || errors.Is(err, context.Canceled) {
		err, broken = cause, true
	}
	return wasReady, broken, err
}

// ready opens the modem for sending and says so.
func (m *Modem) ready(s *session) {
	m.mu.Lock()
	m.session = s
	m.state.Phase, m.state.Since, m.state.LastError = Ready, m.o.Now(), nil
	m.up, m.down, m.problem = true, false, ""
	var deafFor time.Duration
	if !m.state.DeafSince.IsZero() {
		deafFor = m.o.Now().Sub(m.state.DeafSince)
	}
	m.state.DeafSince = time.Time{}
	up := Up{
		Modem: m.o.Name, Manufacturer: m.state.Manufacturer, Model: m.state.Model,
		Revision: m.state.Revision, IMEI: m.state.IMEI, Deaf: deafFor,
	}
	m.mu.Unlock()
	m.proved = m.o.Now()
	m.call.wentOn(time.Now())
	m.log.Info("modem is up", "manufacturer", up.Manufacturer, "model", up.Model)
	m.tell(up)
	m.tellRegistration(true)
}

func (m *Modem) unready() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = nil
}

// lost notes why there is no connection, and tells it once.
func (m *Modem) lost(err error) {
	m.mu.Lock()
	m.state.Phase, m.state.Since, m.state.LastError = Closed, m.o.Now(), err
	m.state.Registered, m.state.SignalKnown = RegUnknown, false
	if m.state.DeafSince.IsZero() {
		m.state.DeafSince = m.deafSince(err)
	}
	tell := !m.down
	m.up, m.down = false, true
	m.mu.Unlock()
	if tell {
		m.log.Warn("modem is down", "reason", err)
		m.tell(Down{Modem: m.o.Name, Reason: err})
	} else {
		m.log.Debug("modem is still down", "reason", err)
	}
}

func (m *Modem) setPhase(p Phase) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.state.Phase, m.state.Since = p, m.o.Now()
}

func (m *Modem) tell(e Event) {
	m.telling.Lock()
	defer m.telling.Unlock()
	m.o.Sink.Event(e)
}

// tellSIMProblem tells a problem of the SIM once, until it is another one.
func (m *Modem) tellSIMProblem(problem string, err error) {
	m.mu.Lock()
	known := m.problem == problem
	m.problem = problem
	m.mu.Unlock()
	if !known {
		m.log.Error("problem with the SIM", "problem", problem, "error", err)
		m.tell(SIMProblem{Modem: m.o.Name, Problem: problem, Err: err})
	}
}
