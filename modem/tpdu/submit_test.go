package tpdu

import (
	"strings"
	"testing"
)

// What was segmented is read back, whole, whatever it is written with.
func TestTextIsWhatWasSegmented(t *testing.T) {
	to, err := ParseAddress("+4791234567")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		"hei", strings.Repeat("æøå {€} ", 60), strings.Repeat("😀 fint ", 40), strings.Repeat("привет ", 50),
	} {
		segments, err := Segment(to, text, Options{Reference: 7})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Text(segments); err != nil || got != text {
			t.Errorf("%q in %d segments: %q, %v", text, len(segments), got, err)
		}
	}
	if _, err := Text([][]byte{{0xff}}); err == nil {
		t.Error("no TPDU at all was read")
	}
}
