package bridge_test

import (
	"slices"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// The owners hear of a SIM that ends two weeks before, three days before and the day after, once each, and nobody else
// does; a later day begins anew.
func TestAnOwnerIsWarnedOfASIMThatEnds(t *testing.T) {
	d := open(t)
	ctx, mum := t.Context(), d.actor("Mamma")
	start := d.now
	last := start.AddDate(0, 0, 30)
	if err := d.relay.SetTopUp(ctx, mum, "main", last.Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	var warned []int // days before the last
	for day := 0; day <= 40; day++ {
		for _, hour := range []int{0, 8, 10, 20} {
			at := start.AddDate(0, 0, day)
			d.now = time.Date(at.Year(), at.Month(), at.Day(), hour, 0, 0, 0, time.UTC)
			d.look()
			out := d.stanzas()
			if n := len(said(out, "dad@example.org")); n > 0 {
				t.Errorf("a guardian hears of it: %q", out)
			}
			for range said(out, "mum@example.org") {
				if hour < 9 {
					t.Errorf("%d days before, at %d o'clock", 30-day, hour)
				}
				warned = append(warned, 30-day)
			}
		}
	}
	if !slices.Equal(warned, []int{14, 3, -1}) {
		t.Errorf("she is warned so many days before: %v", warned)
	}

	// What was written late is not told back at once, and a gateway that was off for weeks tells only how it is now.
	if err := d.relay.SetTopUp(ctx, mum, "main", d.now.AddDate(0, 0, 5).Format(time.DateOnly)); err != nil {
		t.Fatal(err)
	}
	d.look()
	if out := d.stanzas(); len(out) > 0 {
		t.Errorf("she hears what she wrote: %q", out)
	}
	d.now = d.now.AddDate(0, 0, 20)
	d.look()
	mustContain(t, "weeks later", told(d.stanzas(), "mum@example.org"), "skulle vært fylt på innen")
	d.look()
	if out := d.stanzas(); len(out) > 0 {
		t.Errorf("twice: %q", out)
	}
	if err := d.relay.SetTopUp(ctx, mum, "main", ""); err != nil {
		t.Fatal(err)
	}
	if all, err := d.relay.TopUps(ctx, mum); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func TestOddDaysForToppingUp(t *testing.T) {
	d := open(t)
	ctx, mum := t.Context(), d.actor("Mamma")
	for _, odd := range []string{"2026-02-30", "soon", "1.2.2027", d.now.AddDate(0, 0, -1).Format(time.DateOnly), d.now.AddDate(9, 0, 0).Format(time.DateOnly)} {
		refusedWith(t, odd, d.relay.SetTopUp(ctx, mum, "main", odd), words.TopUpOutside)
	}
	refusedWith(t, "no modem", d.relay.SetTopUp(ctx, mum, "other", "2027-01-01"), words.NoSuchModem)
	if err := d.relay.SetTopUp(ctx, mum, "main", d.now.Format(time.DateOnly)); err != nil {
		t.Errorf("today: %v", err)
	}
	all, err := d.relay.TopUps(ctx, mum)
	if err != nil || len(all) != 1 || all[0].By != mum.Person || all[0].By == policy.Person(0) {
		t.Fatalf("%+v, %v", all, err)
	}
	for days, near := range map[int]bool{-20: false, -15: false, -14: true, 0: true, 9: true} {
		if all[0].Near(d.now.AddDate(0, 0, days)) != near {
			t.Errorf("%d days after the last day it is near: %v", days, !near)
		}
	}
	if left, ok := (bridge.TopUp{Day: "2027-03-28"}).DaysLeft(time.Date(2027, 3, 27, 23, 59, 0, 0, time.UTC)); !ok || left != 1 {
		t.Errorf("%d days", left)
	}
}
