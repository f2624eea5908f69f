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

	storages []string // those that are swept: "SM", "ME", "SR"
	reading  string   // the storage that AT+CMGR and AT+CMGL read
	home     string   // the storage for incoming messages, if known
	asked    []string // which of +CREG, +CEREG, +CGREG the modem knows
	domains  map[string]RegStatus
	modes    map[string]string // <n> of each, as it was after bring-up
	cnmi     string            // what AT+CNMI was set to, if the modem confirms it
	acks     bool              // +CMT and +CDS want AT+CNMA

	doomed   []doomed       // taken, to be deleted; no place twice
	swept    map[place]bool // found by the last sweep
	sweepAt  *time.Timer
	sweepDue time.Time
	retry    time.Duration   // until the next sweep after a failed Take
	failed   bool            // since the last sweep something was not taken or not deleted
	fullTold map[string]bool // by storage
	calling  time.Time       // when the present call last rang
	callTold bool            // the present call was told
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
	for until := time.Now().Add(s.m.o.SIMWithin); ; {
		lines, err := s.conn.Command(ctx, cmd)
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

// try issues a command that the modem may not have; only a broken connection is an error.
func (s *session) try(ctx context.Context, cmd string) (lines []string, ok bool, err error) {
	lines, err = s.ask(ctx, cmd)
	var refusal *at.Error
	switch {
	case err == nil:
		return lines, true, nil
	case errors.As(err, &refusal), errors.Is(err, at.ErrTimeout):
		s.log.Debug("modem refuses", "command", "AT"+cmd, "answer", err)
		return lines, false, nil
	}
	return nil, false, fmt.Errorf("AT%s: %w", cmd, err)
}
