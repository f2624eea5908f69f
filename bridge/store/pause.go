package store

import (
	"context"
	"fmt"
	"time"

	"knapp/bridge"
)

// pausedSetting is there while nothing may leave: its value is when the copy was made that this database was restored
// from (RFC 3339).
const pausedSetting = "paused"

// readPause is part of load.
func (s *Store) readPause(t *tx) error {
	var made []byte
	found, err := t.row("read the pause", `SELECT value FROM setting WHERE name = ?`, []any{pausedSetting}, &made)
	if err != nil || !found {
		return err
	}
	at, err := time.Parse(time.RFC3339, string(made))
	if err != nil {
		return t.fail("read the pause", err)
	}
	s.paused.Store(&at)
	return nil
}

// Paused tells whether this database was restored and nobody has let it go on, and when the copy was made. Everything
// is taken, decided and kept meanwhile; NextSegment and QueuedStanzas find nothing to send.
func (s *Store) Paused() (restored time.Time, paused bool) {
	if at := s.paused.Load(); at != nil {
		return *at, true
	}
	return time.Time{}, false
}

// Resume ends the pause for good. Whoever sends must be woken.
func (s *Store) Resume(ctx context.Context) error {
	err := s.Do(ctx, func(t bridge.Tx) error {
		_, err := t.(*tx).exec("resume", `DELETE FROM setting WHERE name = ?`, pausedSetting)
		return err
	})
	if err != nil {
		return fmt.Errorf("store: resume: %w", err)
	}
	s.paused.Store(nil)
	return nil
}
