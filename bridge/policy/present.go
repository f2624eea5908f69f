package policy

import (
	"slices"
	"sort"
	"time"
)

// Standing is something that a guardian did in a hurry and that still holds.
type Standing struct {
	Other Person    // 0 is everybody
	Until time.Time // zero: until it is taken back
}

// Mutes returns what guardians hold back from a child at a time. What the child itself has muted is not among them: it
// is the child's own affair.
func (r Rules) Mutes(child Person, at time.Time) []Standing { return standing(r.mutes, child, at) }

// Overrides returns what is open for a child at a time although its timetable would close it.
func (r Rules) Overrides(child Person, at time.Time) []Standing {
	return standing(r.overrides, child, at)
}

func standing(by map[pair]time.Time, child Person, at time.Time) []Standing {
	var out []Standing
	for p, until := range by {
		if p.child != child || !at.Before(until) {
			continue
		}
		if until.Equal(forever) {
			until = time.Time{}
		}
		out = append(out, Standing{Other: p.other, Until: until})
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Other < out[j].Other })
	return out
}

// Stopped returns with whom a loop or a storm was stopped and not released yet.
func (r Rules) Stopped(child Person) []Person {
	var out []Person
	for p := range r.stops {
		if p.child == child {
			out = append(out, p.other)
		}
	}
	slices.Sort(out)
	return out
}

// Open tells whether the hours of the rule between a child and another are open at a time: what else decides is not asked.
func (r Rules) Open(child, other Person, at time.Time) bool {
	rule, found := r.rules[pair{child, other}]
	return found && rule.hours.open(r.calendar(child), at.In(r.location))
}
