package main

import (
	"testing"
	"time"
)

func TestWhichClockIsTrusted(t *testing.T) {
	logged := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name             string
		now              time.Time
		synced, hardware bool
		want             bool
	}{
		{"a Pi that has just started", logged.Add(time.Hour), false, false, false},
		{"the network has told it", logged.Add(time.Hour), true, false, true},
		{"a clock with a battery", logged.Add(time.Hour), false, true, true},
		{"a battery that is flat", time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), false, true, false},
		{"an hour before the log's newest entry", logged.Add(-time.Hour), false, true, true},
		{"two days before it", logged.Add(-48 * time.Hour), false, true, false},
		{"two days before it, by the network: the log was ahead", logged.Add(-48 * time.Hour), true, false, true},
	} {
		clock := hostClock{
			now: func() time.Time { return c.now }, newest: logged,
			synced: func() bool { return c.synced }, hardware: func() bool { return c.hardware },
		}
		if got := clock.Set(); got != c.want {
			t.Errorf("%s: trusted is %v", c.name, got)
		}
	}
}

func TestAClockOnceTrustedStaysSo(t *testing.T) {
	synced := false
	clock := hostClock{now: time.Now, synced: func() bool { return synced }, hardware: func() bool { return false }}
	if clock.Set() {
		t.Error("trusted before anybody set it")
	}
	synced = true
	if !clock.Set() {
		t.Error("not trusted when the network has set it")
	}
	synced = false
	if !clock.Set() {
		t.Error("not trusted any more because the network is away")
	}
}
