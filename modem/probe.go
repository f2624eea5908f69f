package modem

import (
	"context"
	"fmt"
	"slices"
	"strings"
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

// asker puts questions to a modem.
type asker struct {
	conn    *at.Conn
	timeout time.Duration
}

// ask returns the lines of an answer; a refusal is its text, and only a broken connection an error.
func (a asker) ask(ctx context.Context, cmd string) (lines []string, refusal string, err error) {
	lines, err = a.conn.CommandWithin(ctx, a.timeout, cmd)
	if err != nil && refused(err) {
		return nil, err.Error(), nil
	}
	return lines, "", err
}

// numberErrors makes the modem number its errors, and returns what puts its own way back.
func (a asker) numberErrors(ctx context.Context) (restore func()) {
	lines, _, err := a.ask(ctx, "+CMEE?")
	before, ok := argsOf(lines, "+CMEE")
	if err != nil || !ok || before == "1" {
		return func() {}
	}
	if _, _, err := a.ask(ctx, "+CMEE=1"); err != nil {
		return func() {}
	}
	return func() { a.putBack(ctx, "+CMEE="+before) }
}

// putBack undoes a change, also when the probing was called off.
func (a asker) putBack(ctx context.Context, cmd string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.timeout)
	defer cancel()
	_, _, _ = a.ask(ctx, cmd) // a modem that does not take its own setting back cannot be helped
}

// probe asks what can be asked without changing anything.
func (a asker) probe(ctx context.Context, usb string) (Probed, Profile, error) {
	p := Probed{USB: usb}
	answers := map[string][]string{}
	var choice Choice
	for _, cmd := range []string{
		"+CGMI", "+CGMM", "+CGMR", "+CGSN", "+CPIN?", "+CREG?", "+CEREG?", "+CGREG?", "+COPS?", "+CSQ", "+CSCA?",
		"+CPMS?", "+CSMS?", "+CNMI?", "+CNMI=?",
	} {
		lines, refusal, err := a.ask(ctx, cmd)
		if err != nil {
			return p, Profile{}, err
		}
		answers[cmd] = lines
		if cmd == "+CPIN?" {
			if p.SIM = parsePIN(lines); p.SIM == "" {
				p.SIM = refusal
			}
		}
	}
	p.Manufacturer, p.Model = plainText(answers["+CGMI"], "+CGMI"), plainText(answers["+CGMM"], "+CGMM")
	p.Revision, p.IMEI = plainText(answers["+CGMR"], "+CGMR"), lastDigits(plainText(answers["+CGSN"], "+CGSN"))
	choice, err := Choose(Identity{USB: usb, Manufacturer: p.Manufacturer, Model: p.Model})
	if err != nil {
		return p, Profile{}, err
	}
	profile := choice.Profile
	p.Profile, p.Title, p.Why, p.Warning, p.Refuse = profile.Name, profile.Title, choice.Why, profile.Warn, profile.Refuse
	for _, name := range []string{"+CREG", "+CEREG", "+CGREG"} {
		if lines := answers[name+"?"]; len(lines) > 0 {
			p.Networks = append(p.Networks, ProbedNetwork{name, parseRegistration(lines, name).String()})
		}
	}
	p.Operator = parseOperator(answers["+COPS?"])
	if dBm, ok := parseSignal(answers["+CSQ"]); ok {
		p.Signal = &dBm
	}
	if smsc := parseSMSC(answers["+CSCA?"]); smsc != "" {
		p.SMSC = lastDigits(smsc)
	}
	for _, u := range parseUse(answers["+CPMS?"]) {
		p.StoresIn = u.Name // the third, if the modem names three
	}
	p.Service, _ = argsOf(answers["+CSMS?"], "+CSMS")
	p.Announces, _ = argsOf(answers["+CNMI?"], "+CNMI")
	p.Offers, _ = argsOf(answers["+CNMI=?"], "+CNMI")
	if all := announcements(parseOffer(answers["+CNMI=?"], "+CNMI"), profile.Direct, profile.Reports); len(all) > 0 {
		p.WouldSet = all[0]
	}
	return p, profile, a.probeTries(ctx, &p, profile)
}

// probeTries asks how often the PIN may still be entered. The question costs no try.
func (a asker) probeTries(ctx context.Context, p *Probed, profile Profile) error {
	commands := triesCommands
	if profile.Tries != "" {
		commands = append([]string{profile.Tries}, commands...)
	}
	for _, cmd := range commands {
		lines, _, err := a.ask(ctx, cmd)
		if err != nil {
			return err
		}
		if n, ok := parseTries(lines); ok {
			p.PINTries = &n
			return nil
		}
	}
	return nil
}

// probeStorages asks how full each storage is. AT+CPMS says so only of the one it switches to: it is switched back.
func (a asker) probeStorages(ctx context.Context, p *Probed) error {
	lines, _, err := a.ask(ctx, "+CPMS?")
	if err != nil {
		return err
	}
	now := parseUse(lines)
	if len(now) == 0 {
		return nil
	}
	lines, _, err = a.ask(ctx, "+CPMS=?")
	if err != nil {
		return err
	}
	var names []string
	for _, name := range append(parseStorages(lines)[0], now[0].Name) {
		// MT is SM and ME together, BM holds broadcasts.
		if slices.Contains([]string{"SM", "ME", "SR"}, name) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	var quoted []string
	for _, u := range now {
		quoted = append(quoted, fmt.Sprintf("%q", u.Name))
	}
	defer a.putBack(ctx, "+CPMS="+strings.Join(quoted, ","))
	for _, name := range names {
		lines, refusal, err := a.ask(ctx, fmt.Sprintf("+CPMS=%q", name))
		if err != nil {
			return err
		}
		if uses := parseUse(lines); refusal == "" && len(uses) > 0 {
			p.Storages = append(p.Storages, ProbedStorage{name, uses[0].Used, uses[0].Total})
		}
	}
	return nil
}

// secondWithin is how long a second port may take to answer: one that does not is for something else.
const secondWithin = 3 * time.Second

func probeSecond(ctx context.Context, open Opener, o Options) string {
	port, err := open(ctx)
	if err != nil {
		return "cannot be opened: " + err.Error()
	}
	conn := at.New(port, at.Options{Timeout: o.CommandTimeout})
	alive, end := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = conn.Run(alive) // whoever asks hears why
	}()
	err = conn.Sync(alive, min(secondWithin, o.AnswerWithin))
	end()
	<-ended
	if err != nil {
		return "does not answer: everything goes over the first"
	}
	return "answers: one sends while the other reads"
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
