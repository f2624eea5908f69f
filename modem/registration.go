package modem

import (
	"context"
	"errors"
	"fmt"
)

// noteRegistration puts the domains together: registered in any of them counts, because a modem can be unknown to the
// circuit-switched network while it has SMS over LTE.
func (m *Modem) noteRegistration(domains map[string]RegStatus) {
	best := RegUnknown
	for _, r := range domains {
		best = max(best, r)
	}
	m.mu.Lock()
	changed := m.state.Registered != best
	m.state.Registered = best
	if changed {
		m.state.RegisteredSince = m.o.Now()
	}
	m.mu.Unlock()
	if changed {
		m.tellRegistration(false)
	}
}

// tellRegistration tells the present registration, if there is an Up to which it belongs.
func (m *Modem) tellRegistration(first bool) {
	m.mu.Lock()
	e := Registration{
		Modem: m.o.Name, Status: m.state.Registered, Roaming: m.state.Registered == Roaming, Operator: m.state.Operator,
	}
	told := m.up
	m.mu.Unlock()
	if told && (!first || e.Status != RegUnknown) {
		m.log.Info("registration", "status", e.Status, "operator", e.Operator)
		m.tell(e)
	}
}

var (
	// ErrNoNetwork refuses a send while no network serves the modem.
	ErrNoNetwork = errors.New("no network: the modem is not registered")
	// ErrRoaming refuses a send in a foreign network.
	ErrRoaming = errors.New("the SIM is in a foreign network and roaming is not allowed: set roaming = true to send there")
)

// maySend refuses a send that the network cannot take. What the modem said last may be old, so it is asked again
// before anything is refused. What an emergency costs abroad is not asked.
func (m *Modem) maySend(ctx context.Context, s *session, emergency bool) error {
	m.mu.Lock()
	reg := m.state.Registered
	m.mu.Unlock()
	if reg != RegUnknown && !reg.Served() {
		reg = RegUnknown
		for _, name := range s.asked {
			lines, err := s.conn.Command(ctx, name+"?")
			if err != nil && ctx.Err() != nil {
				return fmt.Errorf("ask for registration: %w", err)
			}
			reg = max(reg, parseRegistration(lines, name))
		}
	}
	switch {
	case reg == Roaming && !m.o.Roaming && !emergency:
		return ErrRoaming
	case reg != RegUnknown && !reg.Served():
		return ErrNoNetwork
	}
	return nil
}
