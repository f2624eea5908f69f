package modem

import (
	"context"
	"errors"
	"strings"
	"time"

	"knapp/modem/at"
)

// SIMs remembers SIMs for a modem across restarts. A SIM is named by its ICCID; "" is one that does not tell it.
type SIMs interface {
	// Owns tells whether a SIM is the one that was adopted for this modem; the first that is ever seen is. On an
	// error nothing is sent, read or deleted, and it is asked again later.
	Owns(ctx context.Context, iccid string) (bool, error)
	// Cleared tells whether the SIM's call forwarding was cleared before.
	Cleared(ctx context.Context, iccid string) (bool, error)
	// SetCleared notes that it was.
	SetCleared(ctx context.Context, iccid string) error
}

var (
	// errAside ends a bring-up whose modem relays nothing: its SIM is foreign, or it is there to provision others.
	errAside = errors.New("the modem is in provisioning mode")
	// errSIMChanged ends a connection whose modem has another SIM now, or one that was adopted meanwhile.
	errSIMChanged = errors.New("the SIM is another one now")
)

// wakeSIM makes sure that the SIM can be asked before the radio is on: with AT+CFUN=0 both are off.
func (s *session) wakeSIM(ctx context.Context) error {
	lines, ok, err := s.try(ctx, "+CFUN?")
	if err != nil || !ok {
		return err
	}
	if now, _ := argsOf(lines, "+CFUN"); now == radioMinimum || s.m.o.Provision && now != radioOff {
		return s.radio(ctx, radioOff)
	}
	return nil
}

// startRadio switches the radio on where it is off, once the SIM is known to be ours.
func (s *session) startRadio(ctx context.Context) error {
	lines, ok, err := s.try(ctx, "+CFUN?")
	if err != nil || !ok {
		return err
	}
	if now, _ := argsOf(lines, "+CFUN"); now == radioMinimum || now == radioOff {
		return s.radio(ctx, radioOn)
	}
	return nil
}

// identifySIM reads the ICCID and tells whose SIM it is. It is asked before a PIN is entered, which must not cost a
// foreign SIM one of its tries, and once more after it, for a SIM that tells nothing before.
func (s *session) identifySIM(ctx context.Context) error {
	if s.iccid != "" {
		return nil
	}
	if s.m.o.Provision {
		s.iccid = s.askICCID(ctx)
		s.m.change(func(st *State) { st.ICCID = s.iccid })
		return errAside
	}
	if s.iccid = s.askICCID(ctx); s.iccid == "" {
		return ctx.Err()
	}
	return s.judgeSIM(ctx)
}

// confirmSIM is identifySIM after the PIN: from here on a SIM that does not tell its ICCID is judged as that.
func (s *session) confirmSIM(ctx context.Context) error {
	if s.iccid == "" {
		if s.iccid = s.askICCID(ctx); ctx.Err() != nil {
			return ctx.Err()
		}
		if err := s.judgeSIM(ctx); err != nil {
			return err
		}
	}
	lines, _, err := s.try(ctx, "+CIMI")
	if err != nil {
		return err
	}
	imsi := parseIMSI(lines)
	s.m.change(func(st *State) { st.IMSI = imsi })
	return nil
}

// judgeSIM asks whether the SIM is the gateway's. A foreign one must neither be swept nor sent from.
func (s *session) judgeSIM(ctx context.Context) error {
	s.m.change(func(st *State) { st.ICCID, st.Foreign = s.iccid, false })
	if s.m.o.SIMs == nil {
		return nil
	}
	ours, err := s.m.o.SIMs.Owns(ctx, s.iccid)
	if err != nil {
		return &simError{sentence: "it cannot be known whose SIM this is", err: err, person: true}
	}
	if ours {
		s.m.foreign = ""
		return nil
	}
	s.m.change(func(st *State) { st.Foreign = true })
	return errAside
}

// iccidCommands are the ways in which makers tell the ICCID; the last reads EF_ICCID of the SIM itself (TS 31.102
// §13.2, file 2FE2), which may be read without PIN.
var iccidCommands = []string{"+CCID", "+QCCID", "+ICCID", "+CICCID", "^ICCID?", "!ICCID?", "+CRSM=176,12258,0,0,10"}

// askICCID returns the SIM's ICCID, or "" if the modem does not tell it.
func (s *session) askICCID(ctx context.Context) string {
	known := iccidCommands
	if s.iccidBy != "" {
		known = []string{s.iccidBy}
	}
	for i, cmd := range known {
		ask := s.try // which waits for a SIM that is busy; once is enough
		if i > 0 {
			ask = func(ctx context.Context, cmd string) ([]string, bool, error) {
				return s.tryWithin(ctx, s.m.o.CommandTimeout, cmd)
			}
		}
		lines, ok, err := ask(ctx, cmd)
		if err != nil {
			return ""
		}
		if iccid := parseICCID(lines); ok && iccid != "" {
			s.iccidBy = cmd
			return iccid
		}
	}
	return ""
}

// parseICCID reads an ICCID (ITU-T E.118: it begins with 89) from the answer to any of iccidCommands. Some print it
// with the digits of each octet swapped, as it lies on the SIM, some with the filler F of an odd last digit; some
// operators use hex digits in their own part.
func parseICCID(lines []string) string {
	for _, line := range lines {
		if args, ok := argsOf([]string{line}, "+CRSM"); ok {
			line = field(fieldsOf(args), 2)
		} else if _, after, found := strings.Cut(line, ":"); found {
			line = after
		}
		line = strings.ToUpper(strings.Trim(line, "\" \t"))
		for _, form := range []string{line, swapNibbles(line)} {
			digits := strings.TrimRight(form, "F")
			if len(digits) >= 18 && len(digits) <= 20 && isHex(digits) && strings.HasPrefix(digits, "89") {
				return digits
			}
		}
	}
	return ""
}

func swapNibbles(s string) string {
	b := []byte(s)
	for i := 0; i+1 < len(b); i += 2 {
		b[i], b[i+1] = b[i+1], b[i]
	}
	return string(b)
}

// parseIMSI reads the answer to AT+CIMI: up to 15 digits (TS 23.003 §2.2).
func parseIMSI(lines []string) string {
	if imsi := plainText(lines, "+CIMI"); isDigits(imsi) && len(imsi) >= 6 && len(imsi) <= 15 {
		return imsi
	}
	return ""
}

// checkSIM finds a SIM that was exchanged under a modem that says nothing of it.
func (s *session) checkSIM(ctx context.Context) error {
	if s.iccid == "" {
		return nil
	}
	switch s.askICCID(ctx) {
	case s.iccid:
		s.simDoubt, s.simSure = false, time.Now()
	case "":
		// It is busy, or gone, and then nothing of it can be read. The doubt stays.
	default:
		return errSIMChanged
	}
	return ctx.Err()
}

// simSureFor is how long a SIM counts as the one that it was before something on it is deleted. To ask before every
// message is read would cost each of them a command; nobody exchanges a SIM in less than this.
const simSureFor = time.Second

// beforeReading checks the SIM if there was a sign that it may be another one.
func (s *session) beforeReading(ctx context.Context) error {
	if !s.simDoubt {
		return nil
	}
	return s.checkSIM(ctx)
}

// beforeDeleting checks the SIM now and then even without a sign: what is deleted on another's nobody has read.
func (s *session) beforeDeleting(ctx context.Context) error {
	if !s.simDoubt && time.Since(s.simSure) < simSureFor {
		return nil
	}
	return s.checkSIM(ctx)
}

// doubtSIM minds the signs of a SIM that starts, and of a network that was lost: no SIM is exchanged without either,
// where the modem tells them at all.
func (s *session) doubtSIM(name string) {
	switch name {
	case "+CPIN", "+QUSIM", "+QSIMSTAT", "+SIM", "^SIMST", "+ZUSIMR", "+ESIMS", "+WIND", "+QIND", "SMS READY", "SMS DONE",
		"CALL READY", "PB DONE":
		s.simDoubt = true
	case "+CREG", "+CEREG", "+CGREG":
		s.simDoubt = s.simDoubt || !s.m.State().Registered.Served()
	}
}

// stayAside keeps a modem in provisioning mode: radio off, nothing swept, read or deleted, until its SIM is another
// one, or is adopted.
func (s *session) stayAside(ctx context.Context) error {
	if err := s.radio(ctx, radioOff); err != nil {
		return err
	}
	m := s.m
	m.setPhase(Provisioning)
	if !m.o.Provision && m.foreign != s.iccid {
		m.foreign = s.iccid
		m.log.Error("the SIM is not the gateway's: radio off, nothing is read, sent or deleted")
		m.tell(ForeignSIM{Modem: m.o.Name, ICCID: s.iccid})
	}
	watch := time.NewTicker(m.o.WatchEvery)
	defer watch.Stop()
	for {
		var err error
		select {
		case u, ok := <-s.conn.URCs():
			err = s.heardAside(u, ok)
		case <-m.again:
			err = errSIMChanged
		case <-watch.C:
			err = s.watchAside(ctx)
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		if err != nil {
			return err
		}
	}
}

// heardAside minds only what ends the mode: with the radio off nothing else is said that matters.
func (s *session) heardAside(u at.URC, ok bool) error {
	if !ok {
		return at.ErrClosed
	}
	switch strings.ToUpper(u.Name()) {
	case "+CPIN":
		if parsePIN([]string{u.Line}) == "" { // NOT READY, NOT INSERTED
			return errSIMChanged
		}
	case "RDY", "^SYSSTART", "^RESET":
		return errRestarted
	}
	return nil
}

// watchAside makes sure that the radio is still off and the SIM still the same.
func (s *session) watchAside(ctx context.Context) error {
	if now := s.askICCID(ctx); now != s.iccid {
		return errSIMChanged
	}
	lines, ok, err := s.try(ctx, "+CFUN?")
	if err != nil || !ok {
		return err
	}
	if now, _ := argsOf(lines, "+CFUN"); now != radioOff {
		return s.radio(ctx, radioOff)
	}
	return nil
}

// AskSIMAgain makes a modem in provisioning mode ask again whose its SIM is, after it was adopted. It does not block.
func (m *Modem) AskSIMAgain() {
	select {
	case m.again <- struct{}{}:
	default:
	}
}
