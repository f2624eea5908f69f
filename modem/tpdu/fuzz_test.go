package tpdu

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzDecode: no input panics, an error is a *FormatError, and what is read holds
// together.
func FuzzDecode(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.PDU)
	}
	for _, s := range []string{"", "00", "0004", from("0ED0" + "CEA2318AC65AB500"), built(0, true, 9, "050003070201C21B")} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, pdu string) {
		m, err := Decode(pdu)
		if err != nil {
			var fe *FormatError
			if !errors.As(err, &fe) {
				t.Fatalf("Decode: %T %v", err, err)
			}
			if _, err := Join([]string{pdu}); err == nil {
				t.Fatal("Join takes what Decode refuses")
			}
			return
		}
		again, err := DecodeTPDU(m.TPDU)
		if err != nil || !bytes.Equal(again.TPDU, m.TPDU) {
			t.Fatalf("DecodeTPDU of the same octets: %v", err)
		}
		if m.Report != nil {
			_ = m.Report.Fate().String()
			return
		}
		p := part(t, m)
		if !utf8.ValidString(p.Text) || !utf8.ValidString(p.From.String()) {
			t.Fatalf("text %q from %q is not UTF-8", p.Text, p.From)
		}
		if c := p.Concat; c != nil && (c.Seq == 0 || c.Seq > c.Total) {
			t.Fatalf("part %d of %d", c.Seq, c.Total)
		}
		if len(p.From.Digits) > 2*maxSemiOctets {
			t.Fatalf("an address of %d octets", len(p.From.Digits))
		}
		if p.Alphabet == AlphabetGSM7 && bytes.ContainsFunc(p.UD, func(r rune) bool { return r > 0x7f }) {
			t.Fatalf("%X are no septets", p.UD)
		}
		if c := p.Concat; p.Alphabet != Alphabet8Bit && (c == nil || c.Total == 1) {
			if got, err := Join([]string{pdu, pdu}); err != nil || got != p.Text {
				t.Fatalf("Join = %q, %v, want %q", got, err, p.Text)
			}
		}
	})
}

// FuzzJoin: no set of PDUs panics, the order does not matter, and text that is
// missing is told.
func FuzzJoin(f *testing.F) {
	var pdus []string
	for _, v := range vectors(f) {
		pdus = append(pdus, v.PDU)
	}
	for i := range pdus {
		f.Add(strings.Join(pdus[i:min(i+3, len(pdus))], "\n"))
	}
	f.Add(ucs2Part(2, 1, "0061D83D") + "\n" + ucs2Part(2, 2, "DE000062"))
	f.Add(ucs2Part(3, 1, "00610") + "\n" + built(0, true, 9, "050003070302CA62"))
	f.Fuzz(func(t *testing.T, lines string) {
		pdus := strings.Split(lines, "\n")
		got, err := Join(pdus)
		var missing *MissingError
		if err != nil && !errors.As(err, &missing) && got != "" {
			t.Fatalf("Join = %q with %v", got, err)
		}
		if missing != nil && len(missing.Missing) == 0 {
			t.Fatal("nothing is missing")
		}
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		if err != nil {
			return
		}
		rand.New(rand.NewPCG(uint64(len(lines)), 0)).Shuffle(len(pdus), func(i, j int) {
			pdus[i], pdus[j] = pdus[j], pdus[i]
		})
		if other, err := Join(append(pdus, pdus[0])); err != nil || other != got {
			t.Fatalf("in another order Join = %q, %v, want %q", other, err, got)
		}
	})
}

// FuzzSegment: whatever is sent arrives as it was, in parts that Measure foretold.
func FuzzSegment(f *testing.F) {
	for _, v := range vectors(f) {
		if text, ok := v.Expect["text"].(string); ok {
			f.Add(text, uint16(7), false)
			f.Add(strings.Repeat(text, 3), uint16(0x1234), true)
		}
	}
	f.Add("\x1be€\xff😀", uint16(0), false)
	f.Fuzz(func(t *testing.T, text string, ref uint16, wide bool) {
		o := Options{Reference: ref, Wide: wide}
		if parts := o.Measure(text).Parts; parts == 0 || parts > maxParts {
			if got, err := Segment(number(t, "72999"), text, o); err == nil {
				t.Fatalf("Segment = %s of %d parts", hex.EncodeToString(got[0]), parts)
			}
			return
		}
		roundTrip(t, text, o, rand.New(rand.NewPCG(uint64(ref), uint64(len(text)))))
	})
}
