package main

import (
	"testing"
	"time"

	"knapp/modem"
)

// A text is not given up for want of a part that may lie in a modem which nobody has asked, or which is not read to the end.
func TestPartsAreGivenUpOnlyWhenTheModemsAreRead(t *testing.T) {
	ago := func(d time.Duration) time.Time { return time.Now().Add(-d) }
	ready := modem.State{Phase: modem.Ready, Since: ago(time.Hour)}
	fresh := modem.State{Phase: modem.Ready, Since: ago(time.Second)}
	slow, stuck := ready, ready
	slow.BehindSince, stuck.BehindSince = ago(20*time.Minute), ago(2*time.Hour)
	for _, c := range []struct {
		name   string
		modems []modem.State
		want   bool
	}{
		{"none", nil, false},
		{"none that is up", []modem.State{{}}, false},
		{"one that has just come up", []modem.State{fresh}, false},
		{"one that is read", []modem.State{ready}, true},
		{"one that is slow", []modem.State{slow}, false},
		{"one that is read, and a slow one", []modem.State{ready, slow}, false},
		{"one that holds what nobody can take", []modem.State{stuck}, true},
		{"one that is read, and one that is down", []modem.State{ready, {BehindSince: ago(time.Minute)}}, true},
	} {
		if got := readToTheEnd(c.modems); got != c.want {
			t.Errorf("%s: %v, not %v", c.name, got, c.want)
		}
	}
}
