package main

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"knapp/modem/modemtest"
)

// The process may open no more files: what needs a new one fails, and everything goes on when that is over.
func TestNoMoreFileDescriptors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	clients := map[string]*person{"mum": login(t, w.server, "mum")}
	l := newTally(w, clients)
	l.sms()
	clients["mum"].awaitReceipt(l.chat())
	pid := w.gateway.cmd.Process.Pid
	var usual unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, nil, &usual); err != nil {
		t.Fatal(err)
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 3, Max: usual.Max}, nil); err != nil {
		t.Fatal(err)
	}
	for range 5 { // what is open goes on
		l.sms()
		l.chat()
	}
	// The modem comes again, and its port cannot be opened.
	if err := w.modem.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	until(t, "the port cannot be opened", func() bool {
		return strings.Contains(w.gateway.log.String(), "too many open files")
	}, w.gateway.log.String)
	for range 5 {
		l.sms()
	}
	if err := unix.Prlimit(pid, unix.RLIMIT_NOFILE, &usual, nil); err != nil {
		t.Fatal(err)
	}
	w.awaitReady()
	l.Unsure() // the modem was pulled out once: one segment may have been on the air
	l.judge()
}

// A day without network ends: what waits with the operator, and what waits here, arrives once.
func TestADayWithoutNetwork(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	clients := map[string]*person{"mum": login(t, w.server, "mum")}
	l := newTally(w, clients)
	w.modem.SetRegistration(0, 0, 0)
	const texts, chats = 2000, 300
	for range chats {
		l.chat()
	}
	for range texts {
		l.sms()
	}
	w.awaitState("all chats were taken", func(s status) bool { return s.Waiting.SMS == chats })
	if n := w.network.Waiting(gatewayNumber); n != texts {
		t.Fatalf("%d messages wait with the network, not %d", n, texts)
	}
	began := time.Now()
	w.modem.SetRegistration(1, 1, 1)
	for shown := 0; shown < texts; { // as long as it moves
		before := shown
		until(t, "more texts arrive", func() bool {
			shown = strings.Count(shownBodies(clients["mum"]), "fra Emma")
			return shown > before
		})
	}
	w.awaitRest()
	t.Logf("%d texts and %d chats in %v", texts, chats, time.Since(began).Round(time.Millisecond))
	l.judge()
	if n := len(w.emma.Inbox()); n != chats+1 { // one is judge's own
		t.Errorf("the phone shows %d texts, not %d", n, chats+1)
	}
}
