package tpdu

import (
	"slices"
	"strings"
	"testing"
)

// TestNationalShift: a text that only a national table keeps short is sent with it, in
// the octets that 23.038 A.2 and 23.040 §9.2.3.24.15 ask for.
func TestNationalShift(t *testing.T) {
	a := func(n int) string { return strings.Repeat("a", n) }
	tests := []struct {
		name  string
		text  string
		parts []string
		cost  Cost
		shift byte // the national language of every part, 0 for none
	}{
		{"one UCS-2 part is plainer", "günaydın çocuğum", []string{"günaydın çocuğum"}, Cost{1, AlphabetUCS2, 16, 54}, 0},
		{"70 units", "ş" + a(69), []string{"ş" + a(69)}, Cost{1, AlphabetUCS2, 70, 0}, 0},
		{"Turkish", "ş" + a(70), []string{"ş" + a(70)}, Cost{1, AlphabetGSM7, 72, 83}, 1},
		{"Spanish", "¿dónde está? " + a(70), []string{"¿dónde está? " + a(70)}, Cost{1, AlphabetGSM7, 85, 70}, 2},
		{"Portuguese", "amanhã não " + a(70), []string{"amanhã não " + a(70)}, Cost{1, AlphabetGSM7, 83, 72}, 3},
		{"the Ê that the library lacks", "Ê" + a(70), []string{"Ê" + a(70)}, Cost{1, AlphabetGSM7, 72, 83}, 3},
		{"in two tables the first counts", "ç" + a(70), []string{"ç" + a(70)}, Cost{1, AlphabetGSM7, 72, 83}, 1},
		{"in no single table", "şã" + a(69), []string{"şã" + a(65), a(4)}, Cost{2, AlphabetUCS2, 71, 63}, 0},
		{"155 septets", "ş" + a(153), []string{"ş" + a(153)}, Cost{1, AlphabetGSM7, 155, 0}, 1},
		{"156 septets", "ş" + a(154), []string{"ş" + a(147), a(7)}, Cost{2, AlphabetGSM7, 156, 142}, 1},
		{
			"an escape at the boundary", a(148) + "ş" + a(20),
			[]string{a(148), "ş" + a(20)},
			Cost{2, AlphabetGSM7, 170, 127},
			1,
		},
		{"as many parts as UCS-2", strings.Repeat("ş", 100), []string{strings.Repeat("ş", 67), strings.Repeat("ş", 33)}, Cost{2, AlphabetUCS2, 100, 34}, 0},
		{"scripts without a readable fallback", strings.Repeat("क", 71), []string{strings.Repeat("क", 67), strings.Repeat("क", 4)}, Cost{2, AlphabetUCS2, 71, 63}, 0},
		{"Norwegian needs none", strings.Repeat("å", 160), []string{strings.Repeat("å", 160)}, Cost{1, AlphabetGSM7, 160, 0}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Measure(tt.text); got != tt.cost {
				t.Errorf("Measure = %+v, want %+v", got, tt.cost)
			}
			var got []string
			for _, s := range send(t, tt.text, Options{Reference: 9}) {
				got = append(got, s.Text)
				equal(t, s.Alphabet, any(tt.cost.Alphabet))
				if shift := shiftOf(s.Header); shift != tt.shift {
					t.Errorf("the single shift table of language %d, want %d", shift, tt.shift)
				}
			}
			if !slices.Equal(got, tt.parts) {
				t.Errorf("parts %q, want %q", got, tt.parts)
			}
		})
	}
}

func shiftOf(header []Element) byte {
	for _, e := range header {
		if e.ID == elementShift {
			return e.Data[0]
		}
	}
	return 0
}

// TestNationalOctets spells one message out by hand: UDHL 03, the element 24 01 01, three
// fill bits (4 octets are 32 bits, 5 septets 35), then escape and 73 hex.
func TestNationalOctets(t *testing.T) {
	tpdus, err := Segment(number(t, "+4791234567"), "ş"+strings.Repeat("@", 70), Options{})
	if err != nil || len(tpdus) != 1 {
		t.Fatalf("%d TPDUs, %v", len(tpdus), err)
	}
	// First octet, MR, an address of 1+1+5 octets, PID; then DCS and UDL = 5 + 72.
	ud := tpdus[0][10:]
	// Behind three fill bits 1B leaves D8 and two bits 0; behind those 73 leaves CC and 1.
	want := []byte{0x00, 77, 0x03, 0x24, 0x01, 0x01, 0xd8, 0xcc, 0x01, 0x00}
	if !slices.Equal(ud[:len(want)], want) {
		t.Errorf("got % X, want % X", ud[:len(want)], want)
	}
	if tpdus[0][0]&0x40 == 0 {
		t.Error("TP-UDHI is not set: the header would be shown as text")
	}
}
