package modem

import (
	"context"
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
		return nil // unacknowledged: in phase 2+ the network keeps it; the sweep sets AT+CNMI again
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
func (s *session) keepDirect(run context.Context) {
	waiting := s.m.direct
	s.m.direct = nil
	for _, r := range waiting {
		if !s.m.takeDirect(run, r) {
			s.tryLater()
		}
	}
}

// salvage takes what the modem handed over before the connection ended. Announced messages are found by the next
// sweep.
func (s *session) salvage(run context.Context) {
	for u := range s.conn.URCs() {
		s.m.takeIfHanded(run, u)
	}
}

func (m *Modem) takeIfHanded(run context.Context, u at.URC) {
	if name := strings.ToUpper(u.Name()); (name == "+CMT" || name == "+CDS") && u.Trailing != "" {
		m.takeDirect(run, m.decoded(u.Trailing))
	}
}
