package modem

import (
	"context"
	"strings"
	"time"

	"knapp/modem/at"
)

// runSecond keeps the second AT port open as long as the session lasts, where the modem has one: messages leave
// there, so that reading never waits for one that is on the air. Without it everything goes over the first.
func (s *session) runSecond(ctx context.Context) {
	if s.m.o.Second == nil || !s.profile.TwoPorts {
		return
	}
	for wait := s.m.o.ReopenEvery; ctx.Err() == nil; wait = min(2*wait, s.m.o.SweepEvery) {
		began := time.Now()
		err := s.serveSecond(ctx)
		if ctx.Err() != nil {
			return
		}
		s.log.Debug("no second AT port", "reason", err)
		if time.Since(began) > restedAfter {
			wait = s.m.o.ReopenEvery
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// serveSecond opens the second port, lets messages leave there, and hands on what the modem says there, until it ends.
func (s *session) serveSecond(ctx context.Context) error {
	port, err := s.m.o.Second(ctx)
	if err != nil {
		return err
	}
	if s.m.o.Trace != nil {
		port = at.TracePort(port, s.m.o.Trace)
	}
	conn := at.New(port, at.Options{Timeout: s.m.o.CommandTimeout})
	alive, end := context.WithCancel(ctx)
	defer end()
	ended := make(chan struct{})
	var cause error
	go func() {
		defer close(ended)
		cause = conn.Run(alive)
	}()
	if err := s.prepareSecond(ctx, conn); err != nil {
		end()
		<-ended
		return err
	}
	s.setSecond(conn)
	s.log.Info("messages leave by the second AT port")
	// Some modems say everything on both ports, some only on this one.
	for u := range conn.URCs() {
		select {
		case s.aside <- u:
		case <-ctx.Done():
			s.rest = append(s.rest, u)
		}
	}
	s.setSecond(nil)
	<-ended
	if ctx.Err() == nil {
		s.log.Warn("the second AT port is gone; messages leave by the first", "reason", cause)
	}
	return cause
}

// prepareSecond makes the second port answer as the first does: on some modems each port has settings of its own.
func (s *session) prepareSecond(ctx context.Context, conn *at.Conn) error {
	if err := conn.Sync(ctx, s.m.o.AnswerWithin); err != nil {
		return err
	}
	for _, cmd := range []string{"E0", "V1", "+CMEE=1", "+CMGF=0"} {
		if _, err := conn.Command(ctx, cmd); err != nil && !refused(err) {
			return err
		}
	}
	return nil
}

func (s *session) setSecond(conn *at.Conn) {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	s.second = conn
	s.m.state.Ports = 1
	if conn != nil {
		s.m.state.Ports = 2
	}
}

// sender is the port by which messages leave.
func (s *session) sender() *at.Conn {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	if s.second != nil {
		return s.second
	}
	return s.conn
}

// handleAside serves a code of the second port. What concerns both ports is heard on the first.
func (s *session) handleAside(ctx, run context.Context, u at.URC) error {
	switch {
	case u.Lost:
		s.sweepIn(0)
		return nil
	case announces(u):
		return s.handle(ctx, run, u)
	}
	s.doubtSIM(strings.ToUpper(u.Name()))
	return nil
}
