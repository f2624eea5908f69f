package console

import "time"

// countdown is a time that comes, as a page says it when it is fetched. It ticks afterwards (static/countdown.js).
type countdown struct {
	Seconds        int
	Hours, Minutes int // begun ones count; below two hours there are only minutes
}

// left counts to a time. What is further away than a day says enough by its date, and what has no end says so: nil.
func left(until, now time.Time) *countdown {
	d := until.Sub(now)
	if until.IsZero() || d <= 0 || d > 24*time.Hour {
		return nil
	}
	minutes := int((d + time.Minute - 1) / time.Minute)
	c := countdown{Seconds: int(d / time.Second), Minutes: minutes}
	if minutes >= 120 {
		c.Hours, c.Minutes = minutes/60, minutes%60
	}
	return &c
}
