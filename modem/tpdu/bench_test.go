package tpdu

import (
	"encoding/hex"
	"strings"
	"testing"
)

// The floor is what any decoder must do: turn the hex into octets.
func BenchmarkDecode(b *testing.B) {
	pdu := deliver(b, segment(b, strings.Repeat("Hei på deg! ", 13), Options{})[0])
	b.Run("hex", func(b *testing.B) {
		for b.Loop() {
			if _, err := hex.DecodeString(pdu); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("message", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := Decode(pdu); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSegment(b *testing.B) {
	to := number(b, "+4791234567")
	for name, text := range map[string]string{
		"one":   "Mamma: kommer nå",
		"three": strings.Repeat("Hei på deg! ", 35),
		"emoji": strings.Repeat("Hei 😀 ", 35),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Segment(to, text, Options{StatusReport: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkMeasure(b *testing.B) {
	text := strings.Repeat("Hei på deg! ", 35)
	for b.Loop() {
		Measure(text)
	}
}
