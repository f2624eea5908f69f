package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// A proxy is named by its address; everybody is none.
func TestTrustedProxies(t *testing.T) {
	for text, want := range map[string]string{
		`["127.0.0.1"]`:             "[127.0.0.1/32]",
		`["192.168.1.9/24", "::1"]`: "[192.168.1.0/24 ::1/128]",
		`["::ffff:10.0.0.1"]`:       "[10.0.0.1/32]",
		`["proxy.example.org"]`:     "is no address",
		`["127.0.0.1/33"]`:          "is no address",
		`["0.0.0.0/0"]`:             "is everybody",
		`["127.0.0.1", "::/0"]`:     "is everybody",
		`[""]`:                      "is no address",
	} {
		var c config
		name := filepath.Join(t.TempDir(), "knapp.toml")
		write(t, name, "[console]\ntrusted_proxies = "+text+"\n")
		f, err := readTOML(name, &c)
		if err != nil {
			t.Fatal(err)
		}
		check := configCheck{f: f, c: &c}
		check.proxies()
		got := fmt.Sprint(c.Console.proxies)
		if len(check.faults) > 0 {
			got = check.faults[0].Error()
			if !strings.Contains(got, "console.trusted_proxies") && !strings.Contains(got, ":2:") {
				t.Errorf("%s: the fault names no place: %s", text, got)
			}
		}
		if !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
