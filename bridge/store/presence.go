package store

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// signsOfLife walks back over a child's newest messages, with what became of the texts to its phone.
const signsOfLife = `SELECT newest.direction, newest.at, newest.written IS NOT NULL, o.state, o.changed, o.why
	FROM (SELECT id, direction, at, written FROM message WHERE child = ? ORDER BY id DESC LIMIT 100) newest
	LEFT JOIN outbox o ON o.message = newest.id AND o.way = 'sms' AND o.address = ?`

// Silent implements bridge.PresenceStore.
func (s *Store) Silent(
	ctx context.Context, now time.Time, patience time.Duration,
) (silent []policy.Person, next time.Time, err error) {
	d, err := s.Directory(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	for _, child := range d.Children() {
		signs, err := s.signs(ctx, child)
		if err != nil {
			return nil, time.Time{}, err
		}
		off, due := signs.off(now, patience)
		if off {
			silent = append(silent, child.ID)
		} else if !due.IsZero() && (next.IsZero() || due.Before(next)) {
			next = due
		}
	}
	return silent, next, nil
}

// phoneSigns is what is known of one phone.
type phoneSigns struct {
	alive   time.Time   // the last sign of life
	reports bool        // a delivery was reported
	given   []time.Time // when the network took texts of which nothing was reported since
	givenUp time.Time   // when a report last said that one is lost
}

func (s *Store) signs(ctx context.Context, child bridge.Person) (p phoneSigns, err error) {
	err = s.readers.each(ctx, "look for signs of life", signsOfLife, []any{child.ID, string(child.Phone)}, func(scan scanner) error {
		var direction string
		var at, changed sql.NullInt64
		var written bool
		var state, why sql.NullString
		if err := scan(&direction, &at, &written, &state, &changed, &why); err != nil {
			return err
		}
		if directionOf(direction) == policy.FromChild && written {
			p.alive = latest(p.alive, moment(at))
		}
		switch bridge.LegState(state.String) {
		case bridge.Delivered:
			p.reports, p.alive = true, latest(p.alive, moment(changed))
		case bridge.Sent:
			p.given = append(p.given, moment(changed))
		case bridge.Failed:
			if strings.HasPrefix(why.String, lostPrefix) {
				p.givenUp = latest(p.givenUp, moment(changed))
			}
		}
		return nil
	})
	return p, err
}

// off tells whether the phone seems to be off, or when it may be.
func (p phoneSigns) off(now time.Time, patience time.Duration) (off bool, next time.Time) {
	if p.givenUp.After(p.alive) {
		return true, time.Time{}
	}
	if !p.reports {
		return false, time.Time{}
	}
	var first, second time.Time // the oldest of those that wait
	for _, at := range p.given {
		switch {
		case !at.After(p.alive):
		case first.IsZero() || at.Before(first):
			first, second = at, first
		case second.IsZero() || at.Before(second):
			second = at
		}
	}
	if second.IsZero() {
		return false, time.Time{}
	}
	due := second.Add(patience)
	return !now.Before(due), due
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
