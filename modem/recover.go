package modem

import (
	"context"
	"errors"
	"fmt"
	"time"

	"knapp/modem/at"
)

// Step is a rung of the ladder by which a modem that does not listen is brought back.
type Step int

// The rungs, from the mildest up.
const (
	AskAgain   Step = iota // AT on the open port until it answers
	Reopen                 // the port is closed, and opened where the modem is by then
	RadioCycle             // AT+CFUN=4, then AT+CFUN=1: the radio is switched off and on
	Restart                // AT+CFUN=1,1: the modem starts anew
	ResetUSB               // the device is reset on its bus
)

func (s Step) String() string {
	return [...]string{"ask again", "reopen", "radio off and on", "restart", "reset on USB"}[s]
}

// evidence is what shows that a modem does not listen.
type evidence int

const (
	portLost evidence = iota // its port cannot be opened, or closed by itself
	silent                   // its port is there, and nothing answers
	refusing                 // it answers, and cannot be brought up
	deaf                     // it is up, and hears nothing of the network
	hopeless                 // only a person can help
	expected                 // this package itself has ended the connection
)

// paths are the rungs that can help against each evidence, and how often each is worth trying before the next one. A
// modem that does not answer takes no AT+CFUN; to reopen the port of one that is deaf changes nothing at the network.
var paths = map[evidence][]Step{
	portLost: {Reopen},
	silent:   {Reopen, ResetUSB},
	refusing: {Reopen, Reopen, RadioCycle, Restart, ResetUSB},
	deaf:     {RadioCycle, Restart, ResetUSB},
	hopeless: {Reopen},
	expected: {Reopen},
}

const (
	// portPatience is how long a port may be away before its device is reset: a modem that restarts, or that is
	// plugged into another socket, needs less.
	portPatience = 2 * time.Minute
	// firstRest and longestRest are how long the ladder is left alone after its top, doubled each time. The port is
	// opened meanwhile as ever.
	firstRest   = 10 * time.Minute
	longestRest = 2 * time.Hour
)

// How long a modem must have listened for the ladder to begin at its foot again. Of one that was deaf only time tells,
// unless something was heard.
const (
	settledAfter     = 2 * time.Minute
	settledAfterDeaf = 30 * time.Minute
)

// ladder remembers what was tried. Run's goroutine owns it.
type ladder struct {
	why    evidence  // the last
	used   [5]int    // how often each rung was taken in this round
	rounds int       // how often nothing was left to try
	rest   time.Time // until then nothing above Reopen is tried
	last   time.Time // of the last rung
	next   Step      // what the next connection begins with
}

// climb returns the next rung, and whether it is a new one and not another try of the same. In one round each rung is
// taken as often as its path names it, whatever the evidence turns into on the way.
func (l *ladder) climb(now time.Time, e evidence, lostFor time.Duration, can func(Step) bool) (step Step, fresh bool) {
	if e == expected {
		return Reopen, false
	}
	l.why = e
	if now.Before(l.rest) {
		return Reopen, false
	}
	path := paths[e]
	if e == portLost && lostFor >= portPatience {
		path = paths[silent]
	}
	var worth [5]int
	for _, step := range path {
		worth[step]++
		if l.used[step] < worth[step] && can(step) {
			l.used[step]++
			l.last = now
			return step, true
		}
	}
	if path[len(path)-1] != Reopen {
		l.rest = now.Add(min(firstRest<<min(l.rounds, 8), longestRest))
		l.rounds++
		l.used = [5]int{}
	}
	return Reopen, false
}

// resting tells whether the ladder was climbed to its top and is left alone for now.
func (l *ladder) resting(now time.Time) bool { return now.Before(l.rest) }

// settle begins at the foot again if a modem has listened for long enough, or has heard something since.
func (l *ladder) settle(now, ready, heard time.Time) {
	enough := settledAfter
	if l.why == deaf {
		enough = settledAfterDeaf
	}
	if now.Sub(ready) >= enough || l.why == deaf && heard.After(l.last) && heard.After(ready) {
		*l = ladder{}
	}
}

// deafError is the evidence that a modem hears nothing although it answers.
type deafError struct {
	reason string
	since  time.Time // since when, as far as is known
}

func (e *deafError) Error() string { return "the modem hears nothing: " + e.reason }

// errRestarting ends the connection to a modem that was told to restart.
var errRestarting = errors.New("the modem was told to restart")

// judgeLoss tells what the end of a connection is evidence of. broken says that there was no port, or that it ended by
// itself.
func judgeLoss(err error, broken bool) evidence {
	var d *deafError
	var sim *simError
	switch {
	case errors.As(err, &d):
		return deaf
	case errors.As(err, &sim) && sim.person:
		return hopeless
	case errors.Is(err, errRestarting), errors.Is(err, errSIMChanged):
		return expected
	case errors.Is(err, at.ErrNoAnswer), errors.Is(err, at.ErrOutOfStep), errors.Is(err, at.ErrBlocked):
		return silent
	case broken:
		return portLost
	}
	return refusing
}

// deafSince tells since when a modem has not listened: a port that went was there until now, one that does not answer
// may have been silent since it last did.
func (m *Modem) deafSince(err error) time.Time {
	now := m.o.Now()
	var d *deafError
	switch {
	case errors.As(err, &d) && !d.since.IsZero():
		return d.since
	case judgeLoss(err, true) == silent && !m.proved.IsZero():
		return m.proved
	}
	return now
}

// recover decides what is done about a connection that ended, tells it, and does what needs no connection.
func (m *Modem) recover(ctx context.Context, err error, broken bool) {
	now := m.o.Now()
	e := judgeLoss(err, broken)
	m.mu.Lock()
	since := m.state.DeafSince
	m.mu.Unlock()
	step, fresh := m.ladder.climb(now, e, now.Sub(since), m.can)
	m.ladder.next = step
	if !fresh {
		return
	}
	m.tellStep(step, err.Error())
	if step != ResetUSB {
		return
	}
	m.ladder.next = Reopen
	if err := m.o.Reset(ctx); err != nil && ctx.Err() == nil {
		m.log.Warn("the modem could not be reset on its bus", "error", err)
	}
}

// can tells whether a rung is there at all.
func (m *Modem) can(s Step) bool {
	switch s {
	case ResetUSB:
		return m.o.Reset != nil
	case Restart:
		return m.restarts == ResetSafe || m.o.MayRestart && m.restarts != ResetNever
	default:
		return true
	}
}

// tellStep tells that something is done for a modem that does not listen.
func (m *Modem) tellStep(s Step, reason string) {
	m.mu.Lock()
	since := m.state.DeafSince
	m.mu.Unlock()
	var deaf time.Duration
	if !since.IsZero() {
		deaf = m.o.Now().Sub(since)
	}
	m.log.Warn("recovery", "step", s.String(), "reason", reason, "deaf", deaf)
	m.tell(Recovery{Modem: m.o.Name, Step: s, Reason: reason, Deaf: deaf})
}

// takeStep does what the ladder wants done with the connection that was just opened.
func (s *session) takeStep(ctx context.Context) error {
	step := s.m.ladder.next
	s.m.ladder.next = Reopen
	switch step {
	case RadioCycle:
		if err := s.radio(ctx, radioOff); err != nil {
			return err
		}
		select {
		case <-time.After(s.m.o.RadioPause):
		case <-ctx.Done():
			return ctx.Err()
		}
		return s.radio(ctx, radioOn)
	case Restart:
		if _, ok, err := s.tryWithin(ctx, s.m.o.RadioTimeout, "+CFUN=1,1"); err != nil || !ok {
			return err // refused: the bring-up goes on, and the ladder with it if that does not help
		}
		return errRestarting
	default:
		return nil
	}
}

// What AT+CFUN can be set to (TS 27.007 §8.2).
const (
	radioMinimum = "0" // neither radio nor SIM
	radioOn      = "1"
	radioOff     = "4"
)

// radio sets AT+CFUN, which takes some modems ten seconds and more.
func (s *session) radio(ctx context.Context, fun string) error {
	_, ok, err := s.tryWithin(ctx, s.m.o.RadioTimeout, "+CFUN="+fun)
	if err == nil && !ok {
		s.log.Warn("the modem refuses to switch its radio", "to", fun)
	}
	return err
}

// tryWithin is try with a time of its own, and without repeating what the modem is too busy for.
func (s *session) tryWithin(ctx context.Context, limit time.Duration, cmd string) (lines []string, ok bool, err error) {
	lines, err = s.conn.CommandWithin(ctx, limit, cmd)
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
