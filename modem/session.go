package modem

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"knapp/modem/at"
)

// session is one opening of the port. Its fields are owned by Run's goroutine; Send only touches conn.
type session struct {
	m    *Modem
	conn *at.Conn
	log  *slog.Logger

	usb     string      // the USB id of the device behind the port, if it is known
	profile Profile     // chosen by identify, never changed after it
	second  *at.Conn    // the second AT port, by which messages leave; guarded by Modem.mu
	aside   chan at.URC // what the modem says on the second port
	rest    []at.URC    // of that, what came while the connection ended; owned by runSecond, then by once

	locked chan error // a message was refused because the SIM asks for its PIN

	storages []string // those that are swept: "SM", "ME", "SR"
	reading  string   // the storage that AT+CMGR and AT+CMGL read
	sure     int      // at.Conn.Doubts before reading was set
	home     string   // the storage for incoming messages, if known
	asked    []string // which of +CREG, +CEREG, +CGREG the modem knows
	domains  map[string]RegStatus
	modes    map[string]string // <n> of each, as it was after bring-up
	cnmi     string            // what AT+CNMI was set to, if the modem confirms it
	acks     bool              // +CMT and +CDS want AT+CNMA

	doomed   []doomed            // taken, to be deleted; no place twice
	swept    map[place]bool      // found by the last sweep
	emptied  map[place]time.Time // when a place was freed, for codes that come twice
	noStow   bool                // the modem does not let messages be written into its storage
	sweepAt  *time.Timer
	sweepDue time.Time
	retry    time.Duration   // until the next sweep after a failed Take
	failed   bool            // since the last sweep something was not taken or not deleted
	fullTold map[string]bool // by storage

	unanswered int // commands that timed out
	unreadable int // watches in a row in which no storage could be read
	iccid      string
	iccidBy    string    // the command that told it
	simDoubt   bool      // something was said that a SIM says which was exchanged, or registration was lost
	simSure    time.Time // when it was last known to be the same

	// Guarded by Modem.mu.
	link, noLink bool      // AT+CMMS was taken, or refused
	sentAt       time.Time // of the last message that was confirmed
}

// place is where a stored message lies.
type place struct {
	storage string
	index   int
}

// doomed is a stored message that was taken.
type doomed struct {
	place
	pdu string
	// A later message of the same replace type is stored in the same place (TS 23.040 §9.2.3.9).
	replaceable bool
}

// busyEvery is the pause before a modem that says it is busy is asked again.
const busyEvery = 300 * time.Millisecond

// isBusy tells a refusal that passes by itself while SIM and modem start.
func isBusy(err error) bool {
	var e *at.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Class == at.CME && (e.Code == 14 || e.Code == 515) || e.Class == at.CMS && (e.Code == 314 || e.Code == 301)
}

// ask issues a command, again while the modem is busy.
func (s *session) ask(ctx context.Context, cmd string) ([]string, error) {
	limit := s.profile.within(cmd, s.m.o.CommandTimeout)
	return s.patiently(ctx, func() ([]string, error) { return s.conn.CommandWithin(ctx, limit, cmd) })
}

// patiently issues a command again while the modem is busy.
func (s *session) patiently(ctx context.Context, issue func() ([]string, error)) ([]string, error) {
	for until := time.Now().Add(s.m.o.SIMWithin); ; {
		lines, err := issue()
		if !isBusy(err) || time.Now().After(until) {
			return lines, err
		}
		select {
		case <-time.After(busyEvery):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// refused tells whether the modem lacks a command, or does not answer it; the connection is in order then.
func refused(err error) bool {
	var refusal *at.Error
	return errors.As(err, &refusal) || errors.Is(err, at.ErrTimeout)
}

// try issues a command that the modem may not have; only a broken connection is an error.
func (s *session) try(ctx context.Context, cmd string) (lines []string, ok bool, err error) {
	lines, err = s.ask(ctx, cmd)
	return s.judged(cmd, lines, err)
}

// judged tells a refusal from a broken connection.
func (s *session) judged(cmd string, lines []string, err error) (answer []string, ok bool, broken error) {
	var refusal *at.Error
	switch {
	case err == nil:
		return lines, true, nil
	case errors.Is(err, at.ErrDoubt):
		return nil, false, nil
	case errors.As(err, &refusal), errors.Is(err, at.ErrTimeout):
		if refusal == nil {
			s.unanswered++
		}
		s.log.Debug("modem refuses", "command", "AT"+cmd, "answer", err)
		return lines, false, nil
	}
	return nil, false, fmt.Errorf("AT%s: %w", cmd, err)
}
