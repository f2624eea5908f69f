package store

import (
	"fmt"
	"time"
)

// jumpIs is how far the host's clock may be from the time that has passed before it has jumped.
const jumpIs = time.Minute

// hostClock compares the host's clock, which may be set, with the time that passes, which nobody sets. It belongs to
// the holder of the turn.
type hostClock struct {
	wall   time.Time            // at the start
	passed func() time.Duration // since then; nil: the host's clock never jumps
	jumped time.Duration        // since then, as far as the rows know
}

func newHostClock(o Options) hostClock {
	c := hostClock{wall: o.Now().Round(0)}
	if o.Uptime != nil {
		start := o.Uptime()
		c.passed = func() time.Duration { return o.Uptime() - start }
	}
	return c
}

// news returns by how much the clock has jumped that the rows do not know yet, 0 for not.
func (c *hostClock) news(now time.Time) time.Duration {
	if c.passed == nil {
		return 0
	}
	by := now.Round(0).Sub(c.wall) - c.passed() - c.jumped
	if by.Abs() < jumpIs {
		return 0
	}
	return by
}

// What is compared with other moments of the same few hours, and moves with the clock: parts of one text, what may be a
// repeat, and what may be a loop.
var clockTables = []string{"part", "seen_pdu", "seen_stanza", "passed", "answered"}

// moveClock makes the rows as old by the new clock as they were by the old one.
func (t *tx) moveClock(by time.Duration) error {
	for _, table := range clockTables {
		if _, err := t.exec("move with the clock", fmt.Sprintf(`UPDATE %s SET at = at + ?`, table), by.Microseconds()); err != nil {
			return err
		}
	}
	_, err := t.exec("remember that the clock has jumped", `INSERT INTO setting (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, jumpedAt, []byte(t.store.now().UTC().Format(time.RFC3339)))
	if err != nil {
		return err
	}
	t.store.log.Warn("the clock has jumped", "by", by)
	return nil
}

// datePartsBack makes parts of now out of those that a clock has written which was ahead, before this start, and so with
// what may be a loop. A hash from the future does no harm.
func (t *tx) datePartsBack(now time.Time) error {
	for _, table := range []string{"part", "passed", "answered"} {
		_, err := t.exec("date "+table+" back", `UPDATE `+table+` SET at = ? WHERE at > ?`, now.UnixMicro(), now.Add(jumpIs).UnixMicro())
		if err != nil {
			return err
		}
	}
	return nil
}
