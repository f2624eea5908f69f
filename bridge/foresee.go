package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Foresee is May in a guardian's own language, and as the relay would do it: what nobody in the family writes
// (other 0) is asked about first, and what one child writes to another must pass by that one's rules too.
func (r *Relay) Foresee(ctx context.Context, who Actor, child, other policy.Person, way policy.Direction, at time.Time, language string) (Forecast, error) {
	f, err := r.May(ctx, who, child, other, way, at)
	if err != nil {
		return f, err
	}
	f.Why = r.whyIn(language, f.Verdict, at)
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return Forecast{}, err
	}
	p, known := d.Person(other)
	switch {
	case other == 0 && way == policy.ToChild:
		return Forecast{policy.Verdict{Action: policy.Ask, Reason: policy.Stranger}, words.Say(language, words.WhyAsked)}, nil
	case other == 0 && way == policy.FromChild:
		f.Why = words.Say(language, words.WhyAskFirst)
	case known && p.Kind == KindChild && f.Action == policy.Deliver:
		theirs := policy.Decide(d.Rules, policy.Request{
			Child: other, Other: child, Direction: opposite(way), At: at, ClockSet: true,
		})
		if theirs.Action != policy.Deliver {
			theirs.Rule = 0 // it is on somebody else's list
			f = Forecast{theirs, words.Say(language, words.WhyOtherChild, p.Name)}
		}
	}
	return f, nil
}

// opposite is the same way seen from the other child.
func opposite(way policy.Direction) policy.Direction {
	if way == policy.FromChild {
		return policy.ToChild
	}
	return policy.FromChild
}
