package xmpp

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

func TestClean(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{"Hei på deg 😀\tæ\n", "Hei på deg 😀\tæ\n"},
		{"a\r\nb\rc", "a\nb\nc"},
		{"\x00\x08\x0b\x0c\x1b\x1f", strings.Repeat("\ufffd", 6)},
		{"\x7f\u0085\ufffd\ue000\U0010ffff", "\x7f\u0085\ufffd\ue000\U0010ffff"},
		{"\ufffe\uffff", "\ufffd\ufffd"},
		{"x\xed\xa0\x80y\xff", "x\ufffd\ufffd\ufffdy\ufffd"},
	}
	for _, tt := range tests {
		if got := clean(tt.text); got != tt.want {
			t.Errorf("clean(%q) is %q, not %q", tt.text, got, tt.want)
		}
	}
}

// FuzzBody sends any text, and a strict reader of XML must get it back.
func FuzzBody(f *testing.F) {
	f.Add("hei", "id")
	f.Add("\x00\ud7ff]]>\r&#0;<", "'\">")
	f.Fuzz(func(t *testing.T, text, id string) {
		for _, s := range []bridge.Stanza{
			{Kind: bridge.ChatStanza, From: "emma", To: "mum@localhost", ID: id, Body: text},
			{Kind: bridge.ErrorStanza, From: "emma", To: "mum@localhost/" + text, Refers: id, Condition: text, Text: text, Language: text},
			{Kind: bridge.ReceiptStanza, From: "emma", To: "mum@localhost/" + text, Refers: id},
		} {
			octets, err := buildStanza("sms.localhost", s)
			if err != nil {
				t.Fatal(err)
			}
			d := xml.NewDecoder(strings.NewReader(string(octets)))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%q: %v", octets, err)
				}
			}
			st, err := decode(octets, time.Now())
			if err != nil || st.broken {
				t.Fatalf("%q: %v", octets, err)
			}
			if s.Kind == bridge.ChatStanza && st.own("body").Text != clean(text) {
				t.Fatalf("%q became %q", text, st.own("body").Text)
			}
		}
	})
}

func TestParseJID(t *testing.T) {
	tests := []struct {
		in   string
		want bridge.JID
		hint string // part of the error
	}{
		{in: "mum@example.org", want: "mum@example.org"},
		{in: "Mum@Example.ORG", want: "mum@example.org"},
		{in: "æse@blåbær.example", want: "æse@blåbær.example"},
		{in: "mum@example.org/phone", hint: "names one client"},
		{in: "mum@example.org/", hint: "names one client"},
		{in: "mum", hint: "no name before an @"},
		{in: "@example.org", hint: "no name before an @"},
		{in: "", hint: "no name before an @"},
		{in: "mum@", hint: "is not an address"},
		{in: "mum dad@example.org", hint: "is not an address"},
		{in: "😀@example.org", hint: "is not an address"},
	}
	for _, tt := range tests {
		got, err := ParseJID(tt.in)
		if tt.hint == "" && (err != nil || got != tt.want) {
			t.Errorf("%q: %q, %v", tt.in, got, err)
		}
		if tt.hint != "" && (err == nil || !strings.Contains(err.Error(), tt.hint)) {
			t.Errorf("%q: %q, %v", tt.in, got, err)
		}
	}
}
