package tpdu

import (
	"maps"

	"github.com/warthog618/sms/encoding/gsm7/charset"
	lib "github.com/warthog618/sms/encoding/tpdu"
)

// What one TPDU holds in septets when its header names a national language: whole,
// and as a part with a reference of 8 or 16 bits. The element is three octets.
const (
	singleShifted, partShifted, wideShifted = 155, 149, 148
)

// sentShifts are the national single shift tables that texts are sent with (23.038
// A.2.1 to A.2.3). A phone without the table shows the basic character in the same
// place (23.038 §6.2.1.1), which for these three is a letter that can still be read
// ("ş" as "s"); in the tables of the other scripts it would be another text.
var sentShifts = [...]int{charset.Turkish, charset.Spanish, charset.Portuguese}

// portugueseShift is the library's table with the Ê of 23.038 A.2.3, which it lacks.
func portugueseShift() charset.Decoder {
	d := maps.Clone(charset.NewExtDecoder(charset.Portuguese))
	d[0x1f] = 'Ê'
	return d
}

// shiftEncoder turns a shift table round. What a control character stands for (page
// break, line break) is left to the default table.
func shiftEncoder(d charset.Decoder) charset.Encoder {
	e := make(charset.Encoder, len(d))
	for septet, r := range d {
		if r >= ' ' {
			e[r] = septet
		}
	}
	return e
}

// writing is one way to write a text.
type writing struct {
	alphabet     Alphabet
	shift        int // national language of the single shift table, 0 for the default one
	single, part int // units that fit into a whole TPDU, and into a part of several
}

// ways lists how a text can be written, the plainest first.
func (o Options) ways() []writing {
	gsm7 := writing{alphabet: AlphabetGSM7, single: singleGSM7, part: partGSM7}
	shifted := writing{alphabet: AlphabetGSM7, single: singleShifted, part: partShifted}
	ucs2 := writing{alphabet: AlphabetUCS2, single: singleUCS2, part: partUCS2}
	if o.Wide {
		gsm7.part, shifted.part, ucs2.part = wideGSM7, wideShifted, wideUCS2
	}
	ways := []writing{gsm7, ucs2}
	for _, language := range sentShifts {
		shifted.shift = language
		ways = append(ways, shifted)
	}
	return ways
}

// choose takes the way that costs the fewest parts. Of ways that cost the same it
// takes the default alphabet, then UCS-2, which every phone shows as it was written,
// and a national table last.
func (o Options) choose(text string) (writing, Cost) {
	var best writing
	var cost Cost
	for _, w := range o.ways() {
		c, ok := w.measure(text)
		if !ok || cost.Parts > 0 && c.Parts >= cost.Parts {
			continue
		}
		best, cost = w, c
		if w.alphabet == AlphabetGSM7 && w.shift == 0 {
			break // no other way is shorter
		}
	}
	return best, cost
}

// measure says what the text costs when written so, and false if it cannot be.
func (w writing) measure(text string) (Cost, bool) {
	c := Cost{Alphabet: w.alphabet}
	last := 0 // units in the last part, were the text split
	for _, r := range text {
		n := w.size(r)
		if n == 0 {
			return Cost{}, false
		}
		c.Units += n
		if last+n > w.part || c.Parts == 0 {
			c.Parts, last = c.Parts+1, 0
		}
		last += n
	}
	if c.Units <= w.single {
		c.Parts = min(c.Parts, 1)
		c.Left = w.single - c.Units
		return c, true
	}
	c.Left = w.part - last
	return c, true
}

// size is how many units a character takes, 0 when it cannot be written so.
func (w writing) size(r rune) int {
	if w.alphabet == AlphabetUCS2 {
		return unitsOf(r)
	}
	c := tables()
	// The library's table has the escape itself as a character; sent so, it would
	// change the one behind it ("\x1be" would arrive as "€").
	if r == septetEscape {
		return 0
	}
	if _, ok := c.encode[r]; ok {
		return 1
	}
	if _, ok := c.extend[w.shift][r]; ok {
		return 2
	}
	return 0
}

// header is what a phone must be told to read the text.
func (w writing) header() lib.UserDataHeader {
	if w.shift == 0 {
		return nil
	}
	return lib.UserDataHeader{{ID: elementShift, Data: []byte{byte(w.shift)}}}
}

// encode writes the user data. The text must be one that measure takes.
func (w writing) encode(text string) []byte {
	if w.alphabet == AlphabetUCS2 {
		return encodeUCS2(text)
	}
	c := tables()
	septets := make([]byte, 0, len(text)+8)
	for _, r := range text {
		if s, ok := c.encode[r]; ok {
			septets = append(septets, s)
		} else {
			septets = append(septets, septetEscape, c.extend[w.shift][r])
		}
	}
	return septets
}
