package modem

import (
	"context"
	"fmt"
	"slices"
	"time"

	"knapp/modem/at"
)

// Probed is what a modem was found to be, for a person: numbers are shortened, and there is no text in it.
type Probed struct {
	USB          string `json:"usb,omitempty"` // "2c7c:0125"
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
	Revision     string `json:"revision,omitempty"`
	IMEI         string `json:"imei,omitempty"` // its last digits

	Profile string `json:"profile,omitempty"` // its name; empty for an unknown modem
	Title   string `json:"title,omitempty"`
	Why     string `json:"why"` // the profile was chosen
	Warning string `json:"warning,omitempty"`
	Refuse  string `json:"refuse,omitempty"`

	SIM      string `json:"sim,omitempty"`       // what it waits for, "READY", or what the modem says instead
	PINTries *int   `json:"pin_tries,omitempty"` // left; nil: the modem does not say
	SMSC     string `json:"smsc,omitempty"`      // shortened

	Networks []ProbedNetwork `json:"networks,omitempty"`
	Operator string          `json:"operator,omitempty"`
	Signal   *int            `json:"signal_dbm,omitempty"`

	Storages  []ProbedStorage `json:"storages,omitempty"`
	StoresIn  string          `json:"stores_in,omitempty"` // where incoming messages go now
	Service   string          `json:"csms,omitempty"`      // AT+CSMS?
	Announces string          `json:"cnmi,omitempty"`      // AT+CNMI?
	Offers    string          `json:"cnmi_offered,omitempty"`
	WouldSet  string          `json:"cnmi_chosen,omitempty"` // what the gateway sets

	SecondPort string   `json:"second_port,omitempty"` // a sentence; empty: there is none
	Findings   []string `json:"findings,omitempty"`    // what stands in the way, and what to do
}

// ProbedNetwork is the registration in one domain.
type ProbedNetwork struct {
	Command string `json:"command"` // "+CREG", "+CEREG", "+CGREG"
	Status  string `json:"status"`
}

// ProbedStorage is how full a storage is.
type ProbedStorage struct {
	Name  string `json:"name"`
	Used  int    `json:"used"`
	Total int    `json:"total"`
}

// ProbeOptions say what to probe. Open is needed.
type ProbeOptions struct {
	Open           Opener
	Second         Opener       // nil: not asked for
	Trace          at.TraceFunc // hears every line on the wire
	AnswerWithin   time.Duration
	CommandTimeout time.Duration
}

// Probe asks a modem what it is and how it stands, and leaves everything as it was: it reads no message, enters no
// PIN, and puts back what it must change to ask. It must have the port for itself.
//
// An error says that there is no answer at all; whatever else is wrong is among the findings.
func Probe(ctx context.Context, o ProbeOptions) (Probed, error) {
	filled := Options{AnswerWithin: o.AnswerWithin, CommandTimeout: o.CommandTimeout}.withDefaults()
	port, err := o.Open(ctx)
	if err != nil {
		return Probed{}, fmt.Errorf("probe: %w", err)
	}
	usb := usbOf(port)
	if o.Trace != nil {
		port = at.TracePort(port, o.Trace)
	}
	conn := at.New(port, at.Options{Timeout: filled.CommandTimeout})
	alive, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = conn.Run(alive) // whoever asks hears why
	}()
	defer func() {
		end()
		<-ended
	}()
	if err := conn.Sync(alive, filled.AnswerWithin); err != nil {
		return Probed{}, fmt.Errorf("probe: %w", err)
	}
	a := asker{conn: conn, timeout: filled.CommandTimeout}
	restore := a.numberErrors(alive)
	defer restore()
	p, profile, err := a.probe(alive, usb)
	if err != nil {
		return p, fmt.Errorf("probe: %w", err)
	}
	if p.SIM == simReady {
		if err := a.probeStorages(alive, &p); err != nil {
			return p, fmt.Errorf("probe: %w", err)
		}
	}
	if profile.TwoPorts && o.Second != nil {
		p.SecondPort = probeSecond(alive, o.Second, filled)
	}
	p.judge()
	return p, nil
}

const simReady = "READY"

// Probe asks the modem of a running gateway. What the connection needs stays as it is; of a modem that is not ready it
// says only why.
func (m *Modem) Probe(ctx context.Context) (Probed, error) {
	m.mu.Lock()
	s := m.session
	m.mu.Unlock()
	st := m.State()
	if s == nil {
		p := Probed{
			Manufacturer: st.Manufacturer, Model: st.Model, Revision: st.Revision,
			Profile: st.Profile, Why: st.ProfileWhy, Warning: st.Warning,
		}
		finding := "the gateway has the modem, and it is not ready: " + st.Phase.String()
		if st.LastError != nil {
			finding += ", " + st.LastError.Error()
		}
		p.Findings = []string{finding}
		return p, nil
	}
	a := asker{conn: s.conn, timeout: m.o.CommandTimeout}
	p, _, err := a.probe(ctx, s.usb)
	if err != nil {
		return p, fmt.Errorf("probe: %w", err)
	}
	for _, u := range st.Storage {
		p.Storages = append(p.Storages, ProbedStorage(u))
	}
	p.Profile, p.Why = st.Profile, st.ProfileWhy
	if st.Ports == 2 {
		p.SecondPort = "it sends while the first reads"
	}
	p.judge()
	return p, nil
}

// judge says what stands in the way of messages.
func (p *Probed) judge() {
	find := func(format string, args ...any) { p.Findings = append(p.Findings, fmt.Sprintf(format, args...)) }
	if p.Refuse != "" {
		find("%s", p.Refuse)
	}
	if p.Warning != "" {
		find("%s", p.Warning)
	}
	switch p.SIM {
	case simReady, "SIM PIN2", "SIM PUK2":
	case "SIM PIN":
		find("the SIM asks for its PIN: set pin_file, or turn the PIN off in a phone")
	case "SIM PUK":
		find("the SIM is blocked and asks for its PUK: unblock it in a phone")
	case "":
	default:
		find("no working SIM (%s): is it put in?", p.SIM)
	}
	if p.PINTries != nil && *p.PINTries < 3 {
		find("the PIN may be entered %d more times: enter it once in a phone to get all three back", *p.PINTries)
	}
	served := slices.ContainsFunc(p.Networks, func(n ProbedNetwork) bool {
		return n.Status == Home.String() || n.Status == Roaming.String()
	})
	if p.SIM == simReady && len(p.Networks) > 0 && !served {
		find("no network serves it: antenna, coverage, subscription")
	}
	if p.SIM == simReady && p.SMSC == "" {
		find("the SIM names no service centre: set smsc, or nothing can be sent")
	}
	for _, s := range p.Storages {
		if s.Total > 0 && s.Used >= s.Total && s.Name != "SR" {
			find("the storage %s is full (%d of %d): nothing more arrives in it until it is emptied; the gateway does that", s.Name, s.Used, s.Total)
		}
	}
	if p.WouldSet == "" {
		find("the modem offers no announcements of messages: they are looked for now and then")
	}
}

// lastDigits shortens a number to what tells two of them apart.
func lastDigits(number string) string {
	const shown = 4
	if len(number) <= shown {
		return number
	}
	return "…" + number[len(number)-shown:]
}
