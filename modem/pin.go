package modem

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"knapp/modem/at"
)

// unlock waits for the SIM and enters the PIN if one is asked for: at most once, and only if more than one try is
// known to be left. A PUK is never entered.
func (s *session) unlock(ctx context.Context) error {
	state, err := s.simState(ctx)
	if err != nil {
		return err
	}
	switch state {
	case "READY", "SIM PIN2", "SIM PUK2", "":
		s.m.pinDoubts = 0
		// PIN2 guards the fixed dialling list, not messages. A modem without AT+CPIN has no SIM that could ask.
		return nil
	case "SIM PIN":
		return s.enterPIN(ctx)
	case "SIM PUK":
		return s.simProblem("the SIM is blocked and asks for its PUK: unblock it in a phone", nil)
	}
	return s.simProblem("the SIM asks for "+state+": unlock it in a phone, or with the maker's tool", nil)
}

// checkPIN looks at a SIM of which a send was told that it asks for its PIN: the modem has started anew, and nothing else
// shows it before the next watch. If the SIM says that it is ready, a person must look.
func (s *session) checkPIN(ctx context.Context, refusal error) error {
	lines, ok, err := s.try(ctx, "+CPIN?")
	if err != nil {
		return err
	}
	if ok && parsePIN(lines) == "READY" {
		s.m.tellSIMProblem("the SIM refuses to send: look at it in a phone", refusal)
		return nil
	}
	return fmt.Errorf("%w: the SIM asks for its PIN again", errRestarted)
}

// simError is a SIM that does not serve.
type simError struct {
	sentence string
	err      error // what the modem said, may be nil
	person   bool  // no step of the ladder helps
}

func (e *simError) Error() string {
	if e.err != nil {
		return fmt.Sprintf("%s (%v)", e.sentence, e.err)
	}
	return e.sentence
}

func (e *simError) Unwrap() error { return e.err }

// simProblem tells what only a person can mend.
func (s *session) simProblem(sentence string, err error) error {
	s.m.tellSIMProblem(sentence, err)
	return &simError{sentence: sentence, err: err, person: true}
}

// simSilent tells what a person may have to mend, and a restart of the modem may mend as well.
func (s *session) simSilent(sentence string, err error) error {
	s.m.tellSIMProblem(sentence, err)
	return &simError{sentence: sentence, err: err}
}

// simState asks what the SIM waits for. An answer without a final result counts (Wavecom).
func (s *session) simState(ctx context.Context) (string, error) {
	for until := time.Now().Add(s.m.o.SIMWithin); ; {
		lines, err := s.ask(ctx, "+CPIN?")
		var refusal *at.Error
		switch {
		case err == nil || errors.Is(err, at.ErrTimeout):
			if state := parsePIN(lines); state != "" || err == nil {
				return state, nil
			}
			return "", nil
		case !errors.As(err, &refusal):
			return "", fmt.Errorf("AT+CPIN?: %w", err)
		}
		switch {
		case isBusy(err):
			return "", s.simSilent("the SIM stays busy: take it out and put it in again", err)
		case refusal.Class == at.CME && refusal.Code == 11 || refusal.Class == at.CMS && refusal.Code == 311:
			return "SIM PIN", nil
		case refusal.Class == at.CME && refusal.Code == 12 || refusal.Class == at.CMS && refusal.Code == 316:
			return "SIM PUK", nil
		case refusal.Class == at.Plain:
			return "", nil // no AT+CPIN at all
		}
		// Not inserted, failed, wrong: while a modem starts it says so of a good SIM too.
		if time.Now().After(until) {
			return "", s.simSilent("the modem finds no working SIM: is it put in?", err)
		}
		select {
		case <-time.After(busyEvery):
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

const pinWasRefused = "the configured PIN was refused: it is not entered again before a restart"

// mostPINDoubts is how often in a row the PIN may be entered without an answer, whatever the modem says of the tries
// that are left: it may be wrong about them.
const mostPINDoubts = 2

// mostUnsaid is how often in a row a modem may leave the question for the tries unanswered before a person is called.
const mostUnsaid = 3

func (s *session) enterPIN(ctx context.Context) error {
	switch {
	case s.m.o.PIN == "":
		return s.simProblem("the SIM asks for its PIN and none is configured: set pin_file, or turn the PIN off", nil)
	case !isDigits(s.m.o.PIN) || len(s.m.o.PIN) < 4 || len(s.m.o.PIN) > 8:
		return s.simProblem("the configured PIN is not 4 to 8 digits: it was not entered", nil)
	case s.m.pinRefused:
		return s.simProblem(pinWasRefused, nil)
	}
	before := s.unanswered
	tries, known, err := s.triesLeft(ctx)
	if err != nil {
		return err
	}
	if s.m.triesUnsaid++; known {
		s.m.triesUnsaid = 0
	} else if s.unanswered > before && s.m.triesUnsaid < mostUnsaid {
		return errors.New("the modem does not answer how often the PIN may be entered")
	}
	switch {
	case !known:
		return s.simProblem("the SIM asks for its PIN and the modem does not say how many tries are left: "+
			"it was not entered; turn the PIN off in a phone", nil)
	case tries < 2:
		return s.simProblem(fmt.Sprintf("the SIM asks for its PIN and has %d try left: it was not entered; "+
			"enter it in a phone", tries), nil)
	}
	// A wrong PIN costs a try: where the connection was lost over it, that many tries say that it was not wrong.
	if s.m.pinDoubts > 0 && tries < s.m.pinTries {
		s.m.pinRefused = true
		return s.simProblem(pinWasRefused, nil)
	}
	if s.m.pinDoubts >= mostPINDoubts {
		return s.simProblem("the PIN was entered, and the modem has not said whether it is right: enter it in a phone, or turn it off", nil)
	}
	s.m.pinDoubts++
	s.m.pinTries = tries
	if _, err := s.conn.Command(ctx, fmt.Sprintf("+CPIN=%q", s.m.o.PIN)); err != nil {
		var refusal *at.Error
		if errors.As(err, &refusal) && !isBusy(err) {
			s.m.pinRefused = true
			return s.simProblem(pinWasRefused, err)
		}
		return fmt.Errorf("AT+CPIN: %w", err)
	}
	s.m.pinDoubts = 0
	s.log.Info("the SIM's PIN was entered")
	return s.awaitSIM(ctx)
}

// awaitSIM waits until the SIM is ready after its PIN.
func (s *session) awaitSIM(ctx context.Context) error {
	for until := time.Now().Add(s.m.o.SIMWithin); ; {
		state, err := s.simState(ctx)
		if err != nil || state == "READY" || state == "" {
			return err
		}
		if time.Now().After(until) {
			return s.simSilent("the SIM took its PIN but does not become ready", nil)
		}
		select {
		case <-time.After(busyEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// triesCommands are the ways that makers have found to say how often a PIN may still be entered.
var triesCommands = []string{"+CPINR", "^CPIN?", "+QPINC?", "+SPIC", `+CSIM=10,"0020000100"`}

// triesLeft asks how often the PIN may still be entered, in each of the ways that makers have found.
func (s *session) triesLeft(ctx context.Context) (tries int, known bool, err error) {
	commands := triesCommands
	if s.profile.Tries != "" {
		commands = append([]string{s.profile.Tries}, commands...)
	}
	for _, cmd := range commands {
		lines, ok, err := s.try(ctx, cmd)
		if err != nil {
			return 0, false, err
		}
		if tries, known = parseTries(lines); ok && known {
			return tries, true, nil
		}
	}
	return 0, false, nil
}

// parseTries reads the tries left for the SIM PIN from +CPINR (TS 27.007 §8.65), ^CPIN (Huawei), +QPINC (Quectel),
// +SPIC (SIMCom) or +CSIM with an empty VERIFY (TS 51.011 §9.2.9: status 63CX).
func parseTries(lines []string) (tries int, known bool) {
	for i := range lines {
		one := lines[i : i+1]
		if args, ok := argsOf(one, "+CPINR"); ok {
			if f := fieldsOf(args); strings.EqualFold(f[0], "SIM PIN") {
				return number(field(f, 1))
			}
		}
		if args, ok := argsOf(one, "^CPIN"); ok {
			// ^CPIN: <state>,[<tries of state>],<puk>,<pin>,<puk2>,<pin2>
			return number(field(fieldsOf(args), 3))
		}
		if args, ok := argsOf(one, "+QPINC"); ok {
			if f := fieldsOf(args); strings.EqualFold(f[0], "SC") {
				return number(field(f, 1))
			}
		}
		if args, ok := argsOf(one, "+SPIC"); ok {
			return number(fieldsOf(args)[0])
		}
		if args, ok := argsOf(one, "+CSIM"); ok {
			f := fieldsOf(args)
			if sw := field(f, 1); len(f) == 2 && len(sw) >= 4 && strings.HasPrefix(sw[len(sw)-4:], "63C") {
				n, err := strconv.ParseUint(sw[len(sw)-1:], 16, 8)
				return int(n), err == nil
			}
		}
	}
	return 0, false
}
