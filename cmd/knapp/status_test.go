package main

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"knapp/modem"
)

// What a keeper must know of a modem stands in knapp status, for people and for scripts.
func TestStatusOfAModem(t *testing.T) {
	s := modem.State{
		Name: "main", Phase: modem.Ready, Since: time.Now().Add(-time.Hour), Manufacturer: "Quectel", Model: "EC25",
		Profile: "quectel", Warning: "its USB wakes late", Ports: 2, Registered: modem.Home, Operator: "Telenor", Signal: -71,
		SignalKnown: true, Storage: []modem.StorageUse{{Name: "SM", Used: 3, Total: 20}}, ICCID: "8947080000000000013",
	}
	c := modemConfig{Name: "main", Number: "+4799990000", Role: roleRelay}
	show := func(s modem.State) (string, string) {
		one := statusOf(c, s)
		one.Balance = "42,00, 3h ago"
		var out strings.Builder
		if err := printStatus(&out, status{Modems: []modemStatus{one}}); err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		return out.String(), string(data)
	}
	lines, data := show(s)
	for _, word := range []string{"  profile", "quectel", "its USB wakes late", "2: messages leave by the second", "home Telenor", "-71 dBm", "SM 3/20", "8947080000000000013", "42,00"} {
		if !strings.Contains(lines, word) {
			t.Errorf("%q is missing in\n%s", word, lines)
		}
	}
	for _, word := range []string{`"profile":"quectel"`, `"warning":"its USB wakes late"`, `"ports":2`, `"sim":"8947080000000000013"`, `"balance":"42,00`} {
		if !strings.Contains(data, word) {
			t.Errorf("%s is missing in %s", word, data)
		}
	}
	if strings.Contains(lines, "deaf") {
		t.Errorf("it listens:\n%s", lines)
	}
	s.Phase, s.Profile, s.Warning, s.DeafSince, s.LastError = modem.Closed, "", "", time.Now().Add(-4*time.Minute), errors.New("no answer to AT")
	lines, data = show(s)
	for _, word := range []string{"none: it is asked for everything", "deaf for", "4m", "no answer to AT"} {
		if !strings.Contains(lines, word) {
			t.Errorf("%q is missing in\n%s", word, lines)
		}
	}
	if !strings.Contains(data, `"deaf_since":"2`) || strings.Contains(data, `"ports"`) {
		t.Errorf("JSON of a deaf modem: %s", data)
	}
}
