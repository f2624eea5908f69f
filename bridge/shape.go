package bridge

import (
	"strings"
	"unicode"
)

// MaxParts is how many joined parts a button phone takes for one text (FACTS of the phones: about 3). Up to
// twice that is sent as two texts, `1/2` and `2/2`; more is refused with the count.
const MaxParts = 3

// shape returns the texts as which a person's text is sent to a phone, labelled, and how many parts they take
// together. nil means that it is too long; then parts is what it would have taken in one.
func (r *Relay) shape(d *Directory, name, text string) (texts []string, parts int) {
	// Asked before the label is made, so that a megabyte of text costs no more than counting it.
	if parts = r.o.Texts.Parts(text); parts > 2*MaxParts {
		return nil, parts
	}
	labelled := d.Label(name, text)
	if parts = r.o.Texts.Parts(labelled); parts <= MaxParts {
		return []string{labelled}, parts
	}
	first, second := r.halve(labelled)
	a, b := r.o.Texts.Parts(first), r.o.Texts.Parts(second)
	if a > MaxParts || b > MaxParts {
		return nil, parts
	}
	return []string{first, second}, a + b
}

// halve fills the first of two texts as far as it goes, and breaks between words where there are any.
func (r *Relay) halve(labelled string) (first, second string) {
	runes := []rune(labelled)
	fits := func(n int) bool { return r.o.Texts.Parts("1/2 "+string(runes[:n])) <= MaxParts }
	low, high := 0, len(runes) // runes[:low] fits
	for low < high {
		if mid := (low + high + 1) / 2; fits(mid) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	cut := low
	for cut > low-30 && cut > 0 && !unicode.IsSpace(runes[cut-1]) {
		cut--
	}
	if cut <= low-30 || cut == 0 || r.o.Texts.Parts("2/2 "+string(runes[cut:])) > MaxParts {
		cut = low // no space near enough: break the word rather than the promise
	}
	return "1/2 " + strings.TrimSpace(string(runes[:cut])), "2/2 " + strings.TrimSpace(string(runes[cut:]))
}
