package console

import (
	"sync"
	"time"
)

// seldom keeps something from being done too often. Its zero value has done nothing yet.
type seldom struct {
	mu   sync.Mutex // guards last
	last map[string]time.Time
}

// may tells whether something was not done for a time, and notes that it is done now.
func (s *seldom) may(what string, now time.Time, every time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if since := now.Sub(s.last[what]); since >= 0 && since < every {
		return false
	}
	if s.last == nil {
		s.last = map[string]time.Time{}
	}
	s.last[what] = now
	return true
}
