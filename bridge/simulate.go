package bridge

import (
	"context"
	"fmt"
	"time"

	"knapp/bridge/policy"
)

// Forecast is what would become of a message.
type Forecast struct {
	policy.Verdict
	Why string // in words, in the family's language
}

// May tells what would become of a message of one SMS part between a child and another person at a time, by the rules
// and by what has been spent today. It takes the right to See.
func (r *Relay) May(ctx context.Context, who Actor, child, other policy.Person, way policy.Direction, at time.Time) (Forecast, error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return Forecast{}, fmt.Errorf("bridge: may: %w", err)
	}
	if err := d.allow(who, See, child); err != nil {
		return Forecast{}, err
	}
	q := policy.Request{Child: child, Other: other, Direction: way, At: at, ClockSet: true}
	if p, _ := d.Person(other); way == policy.ToChild || p.JID == "" {
		q.Parts = 1
		err := r.o.Store.Do(ctx, func(tx Tx) (err error) {
			q.Spent, err = tx.Spent(child, other, DayOf(r.wall(at)))
			return err
		})
		if err != nil {
			return Forecast{}, fmt.Errorf("bridge: may: %w", err)
		}
	}
	v := policy.Decide(d.Rules, q)
	return Forecast{Verdict: v, Why: r.why(v, at)}, nil
}

// DayNow is what a child's day is like now.
type DayNow struct {
	Mode   policy.Mode
	Change time.Time   // when the mode is another one; zero for never
	Next   policy.Mode // which
	Lost   bool        // the phone is reported lost
}

// Today tells what a child's day is like at this moment. It takes the right to See.
func (r *Relay) Today(ctx context.Context, who Actor, child policy.Person) (DayNow, error) {
	d, err := r.o.Store.Directory(ctx)
	if err != nil {
		return DayNow{}, fmt.Errorf("bridge: today: %w", err)
	}
	if err := d.allow(who, See, child); err != nil {
		return DayNow{}, err
	}
	now := r.o.Now()
	day := DayNow{Mode: d.Rules.Mode(child, now), Lost: d.Rules.IsLost(child)}
	if change, next, ok := d.Rules.NextMode(child, now); ok {
		day.Change, day.Next = change, next
	}
	return day, nil
}
