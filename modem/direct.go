package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"knapp/modem/at"
)

// mostDirect bounds what is kept of messages that exist nowhere else.
const mostDirect = 1000

// handed takes a message or report that the modem handed over without storing it: reports with ds=1, and class 0
// even where it was not asked for.
func (s *session) handed(ctx, run context.Context, u at.URC) error {
	if u.Trailing == "" {
		s.log.Warn("a code came without its PDU; looking for messages", "code", u.Name())
		s.m.tell(Unsolicited{Modem: s.m.o.Name, Line: u.Line})
		s.sweepIn(0)
		return nil
	}
	if !s.m.takeDirect(run, s.m.decoded(u.Trailing)) {
		s.tryLater()
		if s.acks {
			return nil // unacknowledged: the network keeps it; the sweep sets AT+CNMI again
		}
		return s.stow(ctx)
	}
	if !s.acks {
		return nil
	}
	_, _, err := s.try(ctx, "+CNMA")
	return err
}

// takeDirect hands over what is stored nowhere, and keeps it in memory if it is not taken.
func (m *Modem) takeDirect(run context.Context, r Received) bool {
	// The process may be ending: what is not committed now is gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(run), lastTake)
	defer cancel()
	if run.Err() == nil {
		ctx = run
	}
	err := m.o.Sink.Take(ctx, r)
	if err == nil {
		return true
	}
	m.log.Error("a message that the modem does not store was not taken; it is kept in memory", "error", err)
	if len(m.direct) >= mostDirect {
		m.log.Error("too many such messages: the oldest is lost")
		m.direct = m.direct[1:]
	}
	m.direct = append(m.direct, r)
	return false
}

// lastTake is the time for a message that came while the program ends.
const lastTake = 300 * time.Millisecond

// keepDirect offers again what was handed over and not taken.
func (s *session) keepDirect(ctx, run context.Context) error {
	waiting := s.m.direct
	s.m.direct = nil
	for _, r := range waiting {
		if !s.m.takeDirect(run, r) {
			s.tryLater()
		}
	}
	if s.acks {
		return nil
	}
	return s.stow(ctx)
}

// stow writes messages that were handed over and not taken into the modem's storage, where they outlive this program
// and are found by the next sweep. Status reports cannot be written (TS 27.005 §3.5.3) and stay in memory.
func (s *session) stow(ctx context.Context) error {
	waiting := s.m.direct
	s.m.direct = nil
	for i, r := range waiting {
		stowed, err := s.stowOne(ctx, r)
		if err != nil {
			s.m.direct = append(s.m.direct, waiting[i:]...)
			return err
		}
		if !stowed {
			s.m.direct = append(s.m.direct, r)
		}
	}
	return nil
}

// recRead is <stat> of a message that was received and read.
const recRead = 1

func (s *session) stowOne(ctx context.Context, r Received) (stowed bool, err error) {
	if s.noStow || s.home == "" || r.Message.Report != nil || len(r.Message.TPDU) == 0 {
		return false, nil
	}
	pdu := strings.Trim(r.PDU, "\" \t")
	lines, _, err := s.conn.SMS(ctx, s.m.o.CommandTimeout, fmt.Sprintf("+CMGW=%d,%d", len(r.Message.TPDU), recRead), pdu, nil)
	if err != nil {
		if !refused(err) {
			return false, fmt.Errorf("AT+CMGW: %w", err)
		}
		var full *at.Error
		s.noStow = !errors.As(err, &full) || full.Code != memoryFull
		return false, nil
	}
	args, _ := argsOf(lines, "+CMGW")
	index, ok := number(args)
	if !ok {
		s.noStow = true
		return false, nil
	}
	// Only what reads as received is found by a sweep: some modems keep it as a draft.
	lines, _, err = s.in(ctx, s.home, fmt.Sprintf("+CMGR=%d", index))
	if err != nil {
		return false, err
	}
	if one, found := parseRead(lines); !found || one.isOurs() || !strings.EqualFold(one.pdu, pdu) {
		s.noStow = true
		_, err := s.erase(ctx, place{s.home, index})
		return false, err
	}
	s.log.Info("it was written into the modem's storage instead", "storage", s.home, "index", index)
	return true, nil
}

// memoryFull is +CMS ERROR 322 (TS 27.005 §3.2.5).
const memoryFull = 322

// salvage takes what the modem handed over before the connection ended, and hears the calls that it told of. Announced
// messages are found by the next sweep.
func (s *session) salvage(run context.Context) {
	for u := range s.conn.URCs() {
		switch strings.ToUpper(u.Name()) {
		case "RING", "+CRING", "+CLIP":
			s.m.ring(u) // nothing is left to hang it up with
		case "NO CARRIER", "^CEND":
			s.m.call = call{}
		default:
			s.m.takeIfHanded(run, u)
		}
	}
	for _, u := range s.rest {
		s.m.takeIfHanded(run, u)
	}
}

// hands tells whether a code hands a message or report over.
func hands(u at.URC) bool {
	name := strings.ToUpper(u.Name())
	return name == "+CMT" || name == "+CDS"
}

// announces tells whether a code hands a message or report over, or says where one lies.
func announces(u at.URC) bool {
	name := strings.ToUpper(u.Name())
	return hands(u) || name == "+CMTI" || name == "+CDSI"
}

func (m *Modem) takeIfHanded(run context.Context, u at.URC) {
	if hands(u) && u.Trailing != "" {
		m.takeDirect(run, m.decoded(u.Trailing))
	}
}
