package policy

import "time"

// MutedUntil tells whether guardians hold back everything that comes to a child, and until when; zero is for no end.
func (r Rules) MutedUntil(child Person, at time.Time) (until time.Time, muted bool) {
	until = r.mutes[pair{child, 0}]
	if !at.Before(until) {
		return time.Time{}, false
	}
	if until.Equal(forever) {
		return time.Time{}, true
	}
	return until, true
}

// NextChange returns when, by the mere passing of time, Decide may next say something else about what another writes to
// a child; false when it never does.
func (r Rules) NextChange(child, other Person, at time.Time) (time.Time, bool) {
	var next time.Time
	consider := func(t time.Time) {
		if t.After(at) && t.Before(forever) && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	rule := r.rules[pair{child, other}]
	consider(rule.Until)
	for _, p := range [...]pair{{child, other}, {child, 0}} {
		consider(r.mutes[p])
		consider(r.overrides[p])
	}
	if rule.Child != 0 && !rule.hours.always {
		at, c := at.In(r.location), r.calendar(child)
		open := rule.hours.open(c, at)
		if t, ok := c.next(at, rule.hours.tables, func(t time.Time) bool { return rule.hours.open(c, t) != open }); ok {
			consider(t)
		}
	}
	return next, !next.IsZero()
}
