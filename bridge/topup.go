package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"knapp/bridge/words"
)

// A prepaid SIM ends on a day that only its owner knows, from the operator's message or page. The owners are warned before
// it and, when nobody has written a later day, after it; each once.
const (
	topUpHour = 9            // of the day, when somebody can do something about it
	mostTopUp = 4            // years after this one: no operator gives more
	dayFormat = "2006-01-02" // ISO 8601
)

// topUpWarnings are how many days before the last day the owners are warned; the last is the day after it.
var topUpWarnings = [...]int{14, 3, -1}

// SetTopUp says until when the SIM in a modem must be topped up, as "2027-03-01"; "" forgets it. It takes the right to
// Maintain.
func (r *Relay) SetTopUp(ctx context.Context, who Actor, modem, day string) error {
	return r.operate(ctx, "set a day for topping up", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Maintain, 0); err != nil {
			return err
		}
		if !slices.Contains(r.o.Modems, modem) {
			return refuse(words.NoSuchModem, modem)
		}
		if day = strings.TrimSpace(day); day == "" {
			if err := tx.DropTopUp(modem); err != nil {
				return err
			}
			return r.audit(tx, who, "drop_topup", 0, 0, modem)
		}
		t := TopUp{Modem: modem, Day: day, By: who.Person, At: r.o.Now()}
		last, ok := r.lastDay(t)
		now := r.wall(r.o.Now())
		today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
		if !ok || last.Before(today) || last.Year() > now.Year()+mostTopUp {
			return refuse(words.TopUpOutside, now.Year()+mostTopUp)
		}
		t.Warned, _ = r.topUpDue(last, now) // whoever writes the day knows how near it is
		if err := tx.SetTopUp(t); err != nil {
			return err
		}
		r.afterCommit(tx, r.approvals.due.up)
		return r.audit(tx, who, "set_topup", 0, 0, modem+": "+day)
	})
}

// TopUps returns until when which SIM must be topped up. It takes the right to Maintain.
func (r *Relay) TopUps(ctx context.Context, who Actor) (list []TopUp, err error) {
	err = r.operate(ctx, "read when to top up", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Maintain, 0); err != nil {
			return err
		}
		list, err = tx.TopUps()
		return err
	})
	return list, err
}

// DaysLeft returns how many days a SIM still works after today: 0 on its last day, less when that is over. ok is false for
// a day that cannot be read.
func (t TopUp) DaysLeft(now time.Time) (days int, ok bool) {
	last, err := time.Parse(dayFormat, t.Day)
	if err != nil {
		return 0, false
	}
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC)
	return int(last.Sub(today) / (24 * time.Hour)), true
}

// Near tells whether it is time to think of topping up.
func (t TopUp) Near(now time.Time) bool {
	days, ok := t.DaysLeft(now)
	return ok && days <= topUpWarnings[0]
}

// lastDay is the beginning of the last day, in the family's time zone.
func (r *Relay) lastDay(t TopUp) (time.Time, bool) {
	last, err := time.ParseInLocation(dayFormat, t.Day, r.wall(r.o.Now()).Location())
	return last, err == nil
}

// topUpDue returns how many of the warnings are due, and when the next is; zero for never.
func (r *Relay) topUpDue(last, now time.Time) (due int, next time.Time) {
	for i, days := range topUpWarnings {
		at := time.Date(last.Year(), last.Month(), last.Day()-days, topUpHour, 0, 0, 0, last.Location())
		if now.Before(at) {
			return i, at
		}
	}
	return len(topUpWarnings), time.Time{}
}

// topUpsDue warns the owners of SIMs that end.
func (r *Relay) topUpsDue(ctx context.Context, now time.Time, soonest func(time.Time)) error {
	return r.operate(ctx, "warn of a SIM that ends", func(tx Tx, _ *Directory) error {
		all, err := tx.TopUps()
		if err != nil {
			return err
		}
		for _, t := range all {
			last, ok := r.lastDay(t)
			if !ok {
				continue
			}
			due, next := r.topUpDue(last, r.wall(now))
			soonest(next)
			if due <= t.Warned {
				continue
			}
			t.Warned = due
			if err := tx.SetTopUp(t); err != nil {
				return err
			}
			days, _ := t.DaysLeft(r.wall(now))
			if err := r.tellGuardians(tx, t.Modem, onlyOwners, func(language string) string { return topUpInWords(language, t, last, days) }); err != nil {
				return err
			}
		}
		return nil
	})
}

func topUpInWords(language string, t TopUp, last time.Time, days int) string {
	day := fmt.Sprintf("%s %d", words.Date(language, last), last.Year())
	switch {
	case days < 0:
		return words.Say(language, words.TopUpOver, t.Modem, day)
	case days == 0:
		return words.Say(language, words.TopUpToday, t.Modem)
	case days == 1:
		return words.Say(language, words.TopUpTomorrow, t.Modem)
	}
	return words.Say(language, words.TopUpSoon, t.Modem, day, days)
}
