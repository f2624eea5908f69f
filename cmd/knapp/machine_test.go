package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"knapp/modem"
)

// What the console shows of a modem is what happened to it last.
func TestWhatTheConsoleKnowsOfAModem(t *testing.T) {
	var notes modemNotes
	at := time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)
	c := modemConfig{Name: "main", Number: "+4799990000", Role: roleRelay}
	well := modem.State{
		Name: "main", Phase: modem.Ready, Registered: modem.Home, Operator: "Telenor", Signal: -71, SignalKnown: true, ICCID: "8947080000000000013",
		Storage: []modem.StorageUse{{Name: "SM", Used: 3, Total: 20}},
	}
	v := modemViewOf(c, well, notes.of("main"))
	if !v.Ready || v.Network != "home" || v.SIM != "ready" || v.Rung != "" || v.Fault != "" || v.Storage[0].Used != 3 || !v.Relays || v.MayAsk {
		t.Errorf("a modem that is well: %+v", v)
	}
	notes.take(modem.Recovery{Modem: "main", Step: modem.RadioCycle}, at)
	notes.take(modem.SIMProblem{Modem: "main", Problem: "the SIM wants a PIN"}, at)
	notes.take(modem.Recovery{Modem: "other", Step: modem.Restart}, at)
	ill := well
	ill.Phase, ill.LastError = modem.Closed, errors.New("no answer\nto AT")
	v = modemViewOf(c, ill, notes.of("main"))
	if v.Ready || v.Network != "unknown" || v.SIM != "problem" || v.Note != "the SIM wants a PIN" || v.Rung != "radio" || !v.RungAt.Equal(at) || v.Fault != "no answer; to AT" {
		t.Errorf("one that is not: %+v", v)
	}
	notes.take(modem.Up{Modem: "main"}, at)
	if v = modemViewOf(c, well, notes.of("main")); v.SIM != "ready" || v.Note != "" || v.Rung != "radio" {
		t.Errorf("one that is well again: %+v", v)
	}
	well.Foreign = true
	if v = modemViewOf(c, well, notes.of("main")); v.SIM != "foreign" {
		t.Errorf("with another SIM: %+v", v)
	}
	for step := modem.AskAgain; step <= modem.ResetUSB; step++ {
		if rungKeys[step] == "" {
			t.Errorf("%s has no word", step)
		}
	}
	for status := modem.RegUnknown; status <= modem.Home; status++ {
		if networkKeys[status] == "" {
			t.Errorf("%s has no word", status)
		}
	}
}

// What a modem says of itself comes under a word of its own, once for each, and without what it did not say.
func TestFactsOfAModem(t *testing.T) {
	tries := 3
	got := factsOf(probedModem{Port: "/dev/ttyUSB2", Found: &modem.Probed{
		Manufacturer: "Quectel", Model: "EC25", SIM: "READY", PINTries: &tries, Networks: []modem.ProbedNetwork{{Command: "+CREG", Status: "home"}},
		Storages: []modem.ProbedStorage{{Name: "SM", Used: 1, Total: 2}},
	}})
	var lines []string
	for _, f := range got {
		lines = append(lines, f[0]+"="+f[1])
	}
	if text := strings.Join(lines, "; "); text != "modem=Quectel EC25; port=/dev/ttyUSB2; sim=READY; pin=3; network=+CREG home; storage=SM 1/2" {
		t.Error(text)
	}
}
