package modem

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"knapp/modem/at"
	"knapp/modem/tpdu"
)

// testMark begins the text of a message that a modem sends to itself.
const testMark = "knapp-test "

const (
	// testWithin is how long a test message may be under way.
	testWithin = 5 * time.Minute
	// testAgain is when it is tried again after it could not be sent.
	testAgain = time.Hour
	// testsInARow bounds the tests of a recovery: one before it and one after each of two rungs.
	testsInARow = 3
)

// errands is what a session does beside receiving: what takes the network's time and no hurry.
func (s *session) errands(ctx context.Context) {
	if !s.awaitNetwork(ctx) {
		return
	}
	if err := s.clearForwarding(ctx); err != nil && !errors.Is(err, at.ErrClosed) && ctx.Err() == nil {
		s.log.Warn("call forwarding could not be looked at", "error", err)
	}
	s.testItself(ctx)
}

// awaitNetwork waits until a network serves the modem.
func (s *session) awaitNetwork(ctx context.Context) bool {
	for {
		if s.m.State().Registered.Served() {
			return true
		}
		select {
		case <-time.After(s.m.o.WatchEvery / 4):
		case <-ctx.Done():
			return false
		}
	}
}

// testItself sends the modem a message of its own now and then: nothing else proves reception on a quiet day.
func (s *session) testItself(ctx context.Context) {
	m := s.m
	if m.o.SelfTestEvery <= 0 || m.o.Number == "" {
		return
	}
	m.mu.Lock()
	if m.testDue.IsZero() {
		m.testDue = m.o.Now().Add(m.o.SelfTestEvery)
	}
	m.mu.Unlock()
	for {
		m.mu.Lock()
		wait := m.testDue.Sub(m.o.Now())
		m.mu.Unlock()
		timer := time.NewTimer(max(wait, time.Millisecond))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
		if err := s.testOnce(ctx); err != nil {
			s.log.Error("a test message cannot be made", "error", err)
			return
		}
	}
}

// testOnce sends one message and waits for it. That it does not come back is evidence of deafness.
func (s *session) testOnce(ctx context.Context) error {
	m := s.m
	to, err := tpdu.ParseAddress(m.o.Number)
	if err != nil {
		return err
	}
	var token [8]byte
	_, _ = rand.Read(token[:]) // never fails: crypto/rand ends the program instead
	text := testMark + hex.EncodeToString(token[:])
	parts, err := tpdu.Segment(to, text, tpdu.Options{Validity: time.Hour})
	if err != nil {
		return err
	}
	back := make(chan struct{}, 1)
	m.mu.Lock()
	m.test, m.testBack = text, back
	m.mu.Unlock()
	began := m.o.Now()
	e := SelfTest{Modem: m.o.Name, Length: len(text)}
	if _, err = m.SendWith(ctx, parts[0], SendOptions{}, nil); err != nil {
		var refused *SendError
		e.Sent = errors.As(err, &refused) && refused.Unknown
	} else {
		e.Sent = true
	}
	if err == nil {
		timer := time.NewTimer(m.o.SelfTestWithin)
		defer timer.Stop()
		select {
		case <-back:
			e.Back, e.Took = true, m.o.Now().Sub(began)
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if ctx.Err() == nil || e.Sent {
		m.log.Info("self-test", "sent", e.Sent, "back", e.Back, "took", e.Took)
		m.tell(e)
	}
	m.noteTest(e, ctx.Err() != nil)
	return nil
}

// noteTest plans the next test, and suspects a modem whose message did not come back.
func (m *Modem) noteTest(e SelfTest, cut bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.test, m.testBack = "", nil
	now := m.o.Now()
	switch {
	case e.Back || cut && e.Sent:
		m.testsFailed, m.testDue = 0, now.Add(m.o.SelfTestEvery)
	case !e.Sent:
		m.testDue = now.Add(min(testAgain, m.o.SelfTestEvery))
	default:
		m.suspicion = "a message to itself did not come back within " + m.o.SelfTestWithin.String()
		if m.testsFailed++; m.testsFailed < testsInARow {
			m.testDue = now // again as soon as something was done
			return
		}
		m.testsFailed, m.testDue = 0, now.Add(m.o.SelfTestEvery)
	}
}

// isTest tells whether a message is one that this modem sent to itself, now or before a restart. Nobody is shown it.
func (m *Modem) isTest(r Received) bool {
	d := r.Message.Deliver
	if r.Err != nil || d == nil || m.o.Number == "" || !strings.HasPrefix(d.Text, testMark) || !sameNumber(d.From.String(), m.o.Number) {
		return false
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if d.Text == m.test && m.testBack != nil {
		select {
		case m.testBack <- struct{}{}:
		default:
		}
	}
	return true
}

// sameNumber compares numbers of which one may be national: the last eight digits must be the same.
func sameNumber(a, b string) bool {
	const tail = 8
	a, b = strings.TrimLeft(a, "+0"), strings.TrimLeft(b, "+0")
	return len(a) >= tail && len(b) >= tail && a[len(a)-tail:] == b[len(b)-tail:]
}
