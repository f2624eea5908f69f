package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"knapp/modem/at"
)

// watch proves that the modem still listens: it answers, it is registered, it still announces, its storages can be
// read, its radio is on, its SIM is the one that it was. A modem that hangs is found because it does not answer; one
// that hears nothing is found by what should have come.
func (s *session) watch(ctx context.Context) error {
	before := s.unanswered
	for _, check := range []func(context.Context) error{s.refresh, s.checkAnnouncing, s.checkStorages, s.checkRadio, s.checkSIM} {
		err := check(ctx)
		if s.unanswered > before {
			s.m.tellStep(AskAgain, "a command was not answered")
		}
		if err != nil {
			return err
		}
		if s.unanswered > before {
			return s.conn.Sync(ctx, s.m.o.CommandTimeout)
		}
	}
	return s.suspect()
}

// checkAnnouncing finds a modem that has forgotten AT+CNMI.
func (s *session) checkAnnouncing(ctx context.Context) error {
	if s.cnmi == "" {
		return nil
	}
	lines, ok, err := s.try(ctx, "+CNMI?")
	if err != nil || !ok {
		return err
	}
	if now, _ := argsOf(lines, "+CNMI"); now != "" && strings.ReplaceAll(now, " ", "") != s.cnmi {
		return fmt.Errorf("%w: it has forgotten its settings", errRestarted)
	}
	return nil
}

// checkStorages finds a modem that has lost its storages: nothing can arrive there.
func (s *session) checkStorages(ctx context.Context) error {
	if len(s.storages) == 0 {
		return nil
	}
	lines, ok, err := s.try(ctx, "+CPMS?")
	if err != nil {
		return err
	}
	if ok && len(parseUse(lines)) > 0 {
		s.unreadable = 0
		return nil
	}
	s.unreadable++
	return nil
}

// checkRadio finds a modem whose radio somebody, or its own firmware, has switched off.
func (s *session) checkRadio(ctx context.Context) error {
	lines, ok, err := s.try(ctx, "+CFUN?")
	if err != nil || !ok {
		return err
	}
	switch now, _ := argsOf(lines, "+CFUN"); now {
	case radioMinimum, radioOff:
		s.m.tellStep(RadioCycle, "the radio was off")
		return s.radio(ctx, radioOn)
	}
	return nil
}

const (
	// unreadableTimes is how many watches in a row must find no storage.
	unreadableTimes = 2
	// failedSends is how many messages in a row the network must not have taken, although it serves the modem.
	failedSends = 3
)

// suspect weighs the evidence for a modem that answers and hears nothing. What helps against that interrupts: nothing
// may be in the air then, and after the ladder's top it rests.
func (s *session) suspect() error {
	m := s.m
	now := m.o.Now()
	m.mu.Lock()
	ready, heard, reg, since := m.state.Since, m.heard, m.state.Registered, m.state.RegisteredSince
	reason := m.suspicion
	m.mu.Unlock()
	m.ladder.settle(now, ready, heard)
	deafSince := m.proved
	switch {
	case reason != "":
	case s.unreadable >= unreadableTimes:
		reason = "its storages cannot be read"
	case reg != RegUnknown && !reg.Served() && now.Sub(since) >= m.o.NoNetworkAfter && now.Sub(ready) >= m.o.NoNetworkAfter:
		reason = "no network for " + now.Sub(since).Round(time.Second).String()
		deafSince = since
	default:
		m.proved = now
		return nil
	}
	if m.ladder.resting(now) || !m.air.TryLock() {
		return nil
	}
	defer m.air.Unlock()
	m.mu.Lock()
	m.session, m.suspicion, m.failedSends = nil, "", 0
	m.mu.Unlock()
	return &deafError{reason, deafSince}
}

// noteSend counts the messages that a network which serves the modem did not take: the outbound half of deafness.
func (m *Modem) noteSend(s *session, e *SendError) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if e == nil {
		m.failedSends, m.heard, s.sentAt = 0, m.o.Now(), m.o.Now()
		m.noRoom = false
		return
	}
	if m.state.Registered != RegUnknown && !m.state.Registered.Served() {
		return
	}
	var refusal *at.Error
	switch {
	case errors.As(e.Err, &refusal) && (e.Code == 302 || e.Code == 331 || e.Code == 332 || e.Code == 500):
	case errors.Is(e.Err, at.ErrTimeout) && e.Unknown:
	default:
		return
	}
	if m.failedSends++; m.failedSends >= failedSends {
		m.suspicion = fmt.Sprintf("%d messages in a row were not taken: %v", m.failedSends, e.Err)
	}
}

// listener is the Sink that notes what was heard on its way to the caller's, and keeps a test message to itself.
type listener struct {
	Sink
	m *Modem
}

// Take implements Sink.
func (l listener) Take(ctx context.Context, r Received) error {
	if l.m.isTest(r) {
		l.m.noteHeard()
		return nil
	}
	err := l.Sink.Take(ctx, r)
	if err == nil {
		l.m.noteHeard()
	}
	return err
}

// noteHeard says that something came from the network.
func (m *Modem) noteHeard() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.heard = m.o.Now()
}
