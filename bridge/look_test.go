package bridge_test

import (
	"fmt"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// write runs one step on the database.
func (d *desk) write(step func(tx bridge.Tx) error) {
	d.t.Helper()
	if err := d.store.Do(d.t.Context(), step); err != nil {
		d.t.Fatal(err)
	}
}

// However long the log is, one search looks back over a bounded part of it, says how far, and the next goes on there
// until everything was looked at once.
func TestASearchGoesOnWhereItStopped(t *testing.T) {
	d := open(t)
	emma := d.named("Emma")
	write := func(n int, other policy.Person, age time.Duration) {
		d.write(func(tx bridge.Tx) error {
			for range n {
				_, err := tx.AddMessage(bridge.Message{
					At: d.now.Add(-age), Child: emma, Other: other, Direction: policy.ToChild, Length: 3, Parts: 1,
					Verdict: policy.Verdict{Action: policy.Deliver, Reason: policy.ByRule},
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	write(2, d.named("Bestemor"), 48*time.Hour)
	write(24_000, d.named("Trener"), time.Hour)
	mamma := d.actor("Mamma")
	f := bridge.LogFilter{Person: "bestemor", Limit: 50}
	found, steps := 0, 0
	for {
		steps++
		page, err := d.relay.SearchLog(t.Context(), mamma, "nb", f)
		if err != nil {
			t.Fatal(err)
		}
		found += len(page.Entries)
		if page.More == 0 {
			break
		}
		if page.Looked.IsZero() || page.More >= f.Before && f.Before != 0 {
			t.Fatalf("step %d goes on at %d, having looked back to %v", steps, page.More, page.Looked)
		}
		f.Before = page.More
	}
	if found != 2 || steps < 3 || steps > 4 {
		t.Errorf("%d entries were found in %d steps", found, steps)
	}
	// Nothing of the last hour is hers, and what is older was not asked for.
	page, err := d.relay.SearchLog(t.Context(), mamma, "nb", bridge.LogFilter{Person: "trener", Limit: 50})
	if err != nil || len(page.Entries) != 50 || page.More != page.Entries[49].ID {
		t.Errorf("%d entries, more at %d (%v)", len(page.Entries), page.More, err)
	}
}

// Each day's figures are those that the viewer may see, by the family's clock; a day that is too full to count is left out.
func TestDailyTraffic(t *testing.T) {
	d := open(t)
	emma, mamma, bestemor := d.named("Emma"), d.named("Mamma"), d.named("Bestemor")
	at := func(back, hour, minute int) time.Time {
		now := d.now
		return time.Date(now.Year(), now.Month(), now.Day()-back, hour, minute, 0, 0, now.Location())
	}
	add := func(when time.Time, other policy.Person, way policy.Direction, v policy.Verdict) {
		d.write(func(tx bridge.Tx) error {
			_, err := tx.AddMessage(bridge.Message{At: when, Child: emma, Other: other, Direction: way, Length: 3, Verdict: v})
			return err
		})
	}
	passed := policy.Verdict{Action: policy.Deliver, Reason: policy.ByRule}
	add(at(40, 12, 0), bestemor, policy.ToChild, passed) // older than what is asked for
	add(at(2, 23, 59), bestemor, policy.FromChild, passed)
	add(at(1, 0, 0), bestemor, policy.ToChild, passed)
	add(at(1, 12, 0), bestemor, policy.ToChild, policy.Verdict{Action: policy.Refuse, Reason: policy.Blocked})
	add(at(1, 13, 0), mamma, policy.FromChild, passed)
	add(at(1, 14, 0), 0, policy.ToChild, policy.Verdict{Action: policy.Deliver, Reason: policy.Gateway}) // the gateway's own
	figures := func(name string, f bridge.LogFilter, days int) (s string) {
		t.Helper()
		list, err := d.relay.DailyTraffic(t.Context(), d.actor(name), f, days)
		if err != nil {
			t.Fatal(err)
		}
		for _, day := range list {
			s += fmt.Sprintf("%s:%d/%d/%d ", day.At.Format("15:04"), day.FromChild, day.ToChild, day.Trouble)
		}
		return s
	}
	if got := figures("Mamma", bridge.LogFilter{}, 3); got != "00:00:1/0/0 00:00:1/1/1 00:00:0/0/0 " {
		t.Errorf("the mother's figures are %s", got)
	}
	if got := figures("Pappa", bridge.LogFilter{}, 3); got != "00:00:1/0/0 00:00:0/1/1 00:00:0/0/0 " {
		t.Errorf("the father's figures are %s: what a guardian writes with a child is hers alone", got)
	}
	if got := figures("Mamma", bridge.LogFilter{Direction: policy.FromChild}, 2); got != "00:00:1/0/0 00:00:0/0/0 " {
		t.Errorf("from the child: %s", got)
	}
	d.write(func(tx bridge.Tx) error {
		for range 10_001 {
			if _, err := tx.AddMessage(bridge.Message{At: at(0, 1, 0), Child: emma, Other: bestemor, Direction: policy.ToChild, Verdict: passed}); err != nil {
				return err
			}
		}
		return nil
	})
	if got := figures("Mamma", bridge.LogFilter{}, 3); got != "00:00:0/10001/0 " && got != "00:00:0/10000/0 " {
		t.Errorf("with a day that is too full: %s", got)
	}
}
