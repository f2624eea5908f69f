package bridge

import (
	"time"

	"knapp/bridge/policy"
)

// about is what is known of a message besides who writes to whom.
type about struct {
	Parts     int  // SMS parts that it costs; 0 for a chat
	Emergency bool // the child's SOS, or an answer to it while it is open
	Urgent    bool // the sender wrote HASTER, and has not done so too often
}

// decide is the one place where the policy is asked about a message.
func (r *Relay) decide(tx Tx, d *Directory, child, other policy.Person, way policy.Direction, what about) (policy.Verdict, error) {
	q := policy.Request{
		Child: child, Other: other, Direction: way, At: r.o.Now(), ClockSet: r.clockSet(),
		Parts: what.Parts, Emergency: what.Emergency, Urgent: what.Urgent,
	}
	var err error
	if !q.Emergency {
		if q.Emergency, err = r.inAlarm(tx, d, child, other); err != nil {
			return policy.Verdict{}, err
		}
	}
	if what.Parts > 0 {
		if q.Spent, err = tx.Spent(child, other, r.today()); err != nil {
			return policy.Verdict{}, err
		}
	}
	v := policy.Decide(d.Rules, q)
	if to, _ := d.Person(other); to.Kind == KindChild && way == policy.FromChild && v.Action == policy.Deliver {
		// What one child writes to another comes to that one by its own list, hours and budget.
		theirs, err := r.decide(tx, d, other, child, policy.ToChild, what)
		if err != nil || theirs.Action != policy.Deliver {
			return theirs, err
		}
	}
	if v.Action == policy.Deliver && q.Parts > 0 && !q.Emergency {
		return v, r.warn(tx, d, q)
	}
	return v, nil
}

// clockSet tells whether the host's clock can be trusted.
func (r *Relay) clockSet() bool { return r.o.ClockSet == nil || r.o.ClockSet() }

// today is the day that what leaves now is counted on.
func (r *Relay) today() Day { return DayOf(r.wall(r.o.Now())) }

// wall is a time as the family's clock shows it.
func (r *Relay) wall(t time.Time) time.Time {
	if r.o.Location == nil {
		return t.UTC()
	}
	return t.In(r.o.Location)
}
