package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"knapp/bridge/store"
)

// hostClock tells whether the host's clock can be trusted. A Pi has no clock of its own: it starts with an old time until
// the network tells it the right one, and until then no timetable can be kept.
type hostClock struct {
	now      func() time.Time
	synced   func() bool // the kernel says that the network has set it
	hardware func() bool // it was set from a clock with a battery
	newest   time.Time   // of the log: it cannot be earlier now

	set atomic.Bool // once trusted it stays so: a clock does not go wrong because the network is away
}

// clockSet returns how the relay asks whether the host's clock can be trusted.
func (c config) clockSet(db *store.Store) (func() bool, error) {
	if c.TrustClock {
		return nil, nil
	}
	newest, err := db.LastLogged(context.Background())
	if err != nil {
		return nil, err
	}
	return newHostClock(time.Now, newest).Set, nil
}

// slack is how much earlier than the log's newest entry a clock may be that came from hardware: it may have been set by
// hand, but not to another week.
const slack = 24 * time.Hour

func newHostClock(now func() time.Time, newest time.Time) *hostClock {
	return &hostClock{now: now, synced: kernelSynced, hardware: fromHardware, newest: newest}
}

// Set tells whether the clock can be trusted. It is cheap.
func (c *hostClock) Set() bool {
	if c.set.Load() {
		return true
	}
	// What the network has set is right, even if the log was written under a clock that was ahead.
	if !c.synced() && (!c.hardware() || c.now().Before(c.newest.Add(-slack))) {
		return false
	}
	c.set.Store(true)
	return true
}

// timeError is the state of a clock that nobody keeps in step, and staUnsync the flag that says so (adjtimex(2)).
const (
	timeError = 5
	staUnsync = 0x40
)

func kernelSynced() bool {
	var t syscall.Timex
	state, err := syscall.Adjtimex(&t)
	return err == nil && state != timeError && t.Status&staUnsync == 0
}

// fromHardware tells whether the kernel took the time from a hardware clock when it started
// (Documentation/ABI/testing/sysfs-class-rtc: hctosys).
func fromHardware() bool {
	files, _ := filepath.Glob("/sys/class/rtc/rtc*/hctosys")
	for _, name := range files {
		if b, err := os.ReadFile(name); err == nil && strings.TrimSpace(string(b)) == "1" {
			return true
		}
	}
	return false
}
