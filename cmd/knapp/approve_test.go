package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/store"
)

// The keeper answers from the command line; without a running gateway on the database itself.
func TestApproveWithoutTheGateway(t *testing.T) {
	config := file(t, "knapp.toml", goodConfig(t))
	c, err := loadConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	if said, code := attempt(t, 0, "approve", "list", "--config", config); code != 0 || !strings.Contains(said, "nothing waits") {
		t.Fatalf("%d %s", code, said)
	}
	family := file(t, "family.toml", `[[guardian]]
name = "Mamma"
jid = "mum@example.org"
role = "owner"
[[child]]
name = "Emma"
localpart = "emma"
phone = "+4793333333"
`)
	if said, code := attempt(t, 0, "family", "apply", "--config", config, family); code != 0 {
		t.Fatal(said)
	}
	s, err := store.Open(t.Context(), c.database(), store.Options{Now: time.Now, Location: c.location})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := offline{c: c, store: s}.relay()
	if err != nil {
		t.Fatal(err)
	}
	err = relay.TakeSMS(context.Background(), bridge.SMS{Modem: "main", PDU: "AB", At: time.Now(), From: "+4798765432", Text: "hei"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	said, code := attempt(t, 0, "approve", "list", "--json", "--config", config)
	var list []questionLine
	if err := json.Unmarshal([]byte(said), &list); err != nil || code != 0 || len(list) != 1 || list[0].Address != "+4798765432" || list[0].State != "open" {
		t.Fatalf("%d %s %v", code, said, err)
	}
	if said, code := attempt(t, 0, "approve", "allow", "Z9", "--config", config); code == 0 || !strings.Contains(said, "I do not know the code Z9") {
		t.Errorf("%d %s", code, said)
	}
	if said, code := attempt(t, 0, "approve", "allow", list[0].Code, "--name", "Anne", "--config", config); code != 0 || !strings.Contains(said, "allowed") || !strings.Contains(said, "Anne") {
		t.Errorf("%d %s", code, said)
	}
	if said, _ := attempt(t, 0, "family", "export", "--config", config); !strings.Contains(said, `name = 'Anne'`) {
		t.Errorf("exported: %s", said)
	}
	if said, code := attempt(t, 0, "approve", "undo", list[0].Code, "--config", config); code != 0 || !strings.Contains(said, "open") {
		t.Errorf("%d %s", code, said)
	}
	if said, code := attempt(t, 0, "audit", "--config", config); code != 0 || !strings.Contains(said, "the keeper") || !strings.Contains(said, "answer_allowed") || !strings.Contains(said, "undo") {
		t.Errorf("%d %s", code, said)
	}
	if said, code := attempt(t, 0, "log", "--why", "--config", config); code != 0 || !strings.Contains(said, "Ingen i familien har denne adressen.") && !strings.Contains(said, "Emma") {
		t.Errorf("%d %s", code, said)
	}
	if _, err := os.Stat(c.database()); err != nil {
		t.Error(err)
	}
}
