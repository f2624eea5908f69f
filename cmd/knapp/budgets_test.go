package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/store"
)

// A keeper sees what was stopped and what is spent, opens again and sets a budget, without a running gateway.
func TestStopsAndLimitsWithoutTheGateway(t *testing.T) {
	config := file(t, "knapp.toml", goodConfig(t))
	c, err := loadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	knapp := func(want int, args ...string) string {
		t.Helper()
		said, code := attempt(t, 0, append(args, "--config", config)...)
		if code != want {
			t.Fatalf("%q: %d %s", args, code, said)
		}
		return said
	}
	knapp(0, "family", "apply", file(t, "family.toml", `[[guardian]]
name = "Mamma"
jid = "mum@example.org"
role = "owner"
[[contact]]
name = "Trener"
jid = "coach@example.org"
[[child]]
name = "Emma"
localpart = "emma"
phone = "+4793333333"
[[child.allow]]
contact = "Trener"
to_child = true
`))
	if said := knapp(0, "approve", "stops"); !strings.Contains(said, "nothing is stopped") {
		t.Error(said)
	}
	s, err := store.Open(t.Context(), c.database(), store.Options{Now: time.Now, Location: c.location})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := offline{c: c, store: s}.relay()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		err := relay.TakeSMS(t.Context(), bridge.SMS{Modem: "main", PDU: fmt.Sprint(i), At: time.Now(), From: "+4793333333", Text: "?"})
		if err != nil {
			t.Fatal(err)
		}
	}
	d, err := s.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	emma, _ := d.Named("Emma")
	coach, _ := d.Named("Trener")
	err = s.Do(t.Context(), func(tx bridge.Tx) error {
		_, err := tx.SetStop(policy.Stop{Child: emma.ID, Other: coach.ID}, "storm", time.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var stops []stopLine
	if err := json.Unmarshal([]byte(knapp(0, "approve", "stops", "--json")), &stops); err != nil || len(stops) != 2 ||
		stops[0].Child != "Emma" || stops[0].Other != "Knapp" || stops[0].Why != "asks" || stops[1].Other != "Trener" {
		t.Fatalf("%+v %v", stops, err)
	}
	if said := knapp(exitFailed, "approve", "release", "Emma"); !strings.Contains(said, "say which of Knapp, Trener") {
		t.Error(said)
	}
	if said := knapp(exitFailed, "approve", "release", "Jonas"); !strings.Contains(said, "nothing of that is stopped") {
		t.Error(said)
	}
	if said := knapp(0, "approve", "release", "emma", "knapp"); !strings.Contains(said, "open again between Emma and Knapp") {
		t.Error(said)
	}
	if said := knapp(0, "approve", "release", "Emma", "--json"); !strings.Contains(said, `"other": "Trener"`) {
		t.Error(said)
	}
	if said := knapp(0, "approve", "stops", "--json"); strings.TrimSpace(said) != "[]" {
		t.Error(said)
	}
	if said := knapp(0, "audit", "--child", "Emma"); strings.Count(said, "release") != 2 || !strings.Contains(said, "stop") {
		t.Error(said)
	}
	var b budgetLine
	if err := json.Unmarshal([]byte(knapp(0, "approve", "limits", "Emma", "--json")), &b); err != nil || b.DayLimit != 200 || b.MonthLimit != 3000 || b.Today == 0 {
		t.Errorf("%+v %v", b, err)
	}
	if said := knapp(0, "approve", "limits", "Emma", "--day", "40", "--contact=-1"); !strings.Contains(said, "of 40, this month") || !strings.Contains(said, "one contact no limit a day, 10 for guardians alone") {
		t.Error(said)
	}
	if said := knapp(exitFailed, "approve", "limits", "Emma", "--day", "5000", "--month", "40"); !strings.Contains(said, "more than the month's 40") {
		t.Error(said)
	}
	if said := knapp(0, "family", "export"); !strings.Contains(said, "day = 40") || !strings.Contains(said, "contact = -1") ||
		!strings.Contains(said, "not set is as usual: 200 SMS parts a child and day, 3000 a month") {
		t.Error(said)
	}
}

// The number that a contact is given for its own must be a relaying modem's, and not the gateway's own.
func TestANumberThatNoModemHas(t *testing.T) {
	config := file(t, "knapp.toml", goodConfig(t))
	for _, modem := range []string{"main", "third"} {
		family := file(t, modem+".toml", `[[guardian]]
name = "Mamma"
jid = "mum@example.org"
role = "owner"
[[child]]
name = "Emma"
localpart = "emma"
phone = "+4793333333"
[[child.allow]]
contact = "Mamma"
to_child = true
from_child = true
modem = "`+modem+`"
`)
		if said, code := attempt(t, 0, "family", "apply", "--config", config, family); code != exitFailed || !strings.Contains(said, modem+".toml:") ||
			!strings.Contains(said, "is no [[modem]] that relays, after the first") {
			t.Errorf("%s: %d %s", modem, code, said)
		}
	}
}
