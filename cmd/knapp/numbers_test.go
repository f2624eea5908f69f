package main

import "testing"

func TestWhichNumbersCostMore(t *testing.T) {
	n := numbers{country: "NO"}
	for number, want := range map[string]string{
		"+4791234567":   "",
		"+4722334455":   "",
		"+4779123456":   "", // Svalbard has Norway's numbers
		"+4782012345":   "is a premium number",
		"+447400123456": "is abroad (GB)",
		"+46701234567":  "is abroad (SE)",
		"+88213123456":  "is abroad (001)", // a satellite's
	} {
		p, err := n.Phone(number)
		if err != nil {
			t.Errorf("%s: %v", number, err)
			continue
		}
		if got := n.Unusual(p); got != want {
			t.Errorf("%s: %q, want %q", number, got, want)
		}
	}
}
