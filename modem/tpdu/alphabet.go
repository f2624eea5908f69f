package tpdu

import (
	"encoding/binary"
	"sync"
	"unicode/utf16"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/gsm7/charset"
)

// Alphabet says how user data is written, 23.038 §4.
type Alphabet int

// The alphabets. AlphabetGSM7 is the zero value, as in the standard.
const (
	AlphabetGSM7 Alphabet = iota // 7-bit, with national tables where the header says so
	Alphabet8Bit                 // data for a program, no text
	AlphabetUCS2                 // UTF-16, big-endian
)

// String is "gsm7", "8bit" or "ucs2".
func (a Alphabet) String() string {
	switch a {
	case AlphabetGSM7:
		return "gsm7"
	case Alphabet8Bit:
		return "8bit"
	case AlphabetUCS2:
		return "ucs2"
	}
	return "unknown"
}

// septetEscape says that the next septet is from the extension table, 23.038 §6.2.1.
const septetEscape = 0x1b

// codec holds the GSM-7 tables: decoders by national language identifier, 0 being
// the default alphabet (23.038 §6.2.1.2.4).
type codec struct {
	locking, shift [charset.End]charset.Decoder
	encode         charset.Encoder
	extend         [charset.End]charset.Encoder // only of the languages that are sent
}

// tables warms up the library's tables: it fills them on first use without a lock,
// so two goroutines that decode their first message would race.
var tables = sync.OnceValue(func() *codec {
	c := &codec{encode: charset.DefaultEncoder()}
	c.locking[charset.Default] = charset.DefaultDecoder()
	c.shift[charset.Default] = charset.DefaultExtDecoder()
	for nli := charset.Start; nli < charset.End; nli++ {
		c.locking[nli] = charset.NewDecoder(nli)
		c.shift[nli] = charset.NewExtDecoder(nli)
	}
	c.shift[charset.Portuguese] = portugueseShift()
	c.extend[charset.Default] = charset.DefaultExtEncoder()
	for _, nli := range sentShifts {
		c.extend[nli] = shiftEncoder(c.shift[nli])
	}
	return c
})

// decodeSeptets turns septets into text with the locking and single shift tables of
// a national language. 23.038 §6.2.1.1: an unknown language is read with the
// default table, an unknown extension as the basic character, a lone escape as a space.
func decodeSeptets(septets []byte, locking, shift byte) string {
	c := tables()
	if int(locking) >= len(c.locking) {
		locking = 0
	}
	if int(shift) >= len(c.shift) {
		shift = 0
	}
	d := gsm7.Decoder{}.WithCharset(c.locking[locking]).WithExtCharset(c.shift[shift])
	text, err := d.Decode(septets)
	if err != nil { // only a strict decoder fails
		return ""
	}
	return string(text)
}

// decodeUCS2 reads UTF-16, which phones send although the standard says UCS-2. Half
// a surrogate pair becomes U+FFFD; an odd last octet is dropped.
func decodeUCS2(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(units))
}

func encodeUCS2(text string) []byte {
	b := make([]byte, 0, 2*len(text))
	for _, r := range text {
		if r > 0xffff {
			hi, lo := utf16.EncodeRune(r)
			b = binary.BigEndian.AppendUint16(b, uint16(hi))
			b = binary.BigEndian.AppendUint16(b, uint16(lo))
			continue
		}
		b = binary.BigEndian.AppendUint16(b, uint16(r))
	}
	return b
}
