package xmpp

import (
	"encoding/xml"
	"strings"
	"unicode/utf8"
)

// clean makes a text fit for XML 1.0 (§2.2): what the standard forbids, and what is no UTF-8 (a lone surrogate
// that a phone sent is none), becomes U+FFFD. One control character would end the component's stream. Line ends
// become \n, as every reader of XML takes them (§2.11).
func clean(text string) string {
	if fit(text) {
		return text
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	return strings.Map(func(r rune) rune {
		if !allowed(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}

// fit tells whether nothing has to be cleaned.
func fit(text string) bool {
	for _, r := range text {
		if !allowed(r) || r == '\r' {
			return false
		}
	}
	return utf8.ValidString(text)
}

// escapedLen returns how many octets a text takes as XML.
func escapedLen(text string) int {
	var n counter
	_ = xml.EscapeText(&n, []byte(text)) // counter never fails
	return int(n)
}

// counter counts what is written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// allowed tells whether XML 1.0 §2.2 has the character.
func allowed(r rune) bool {
	switch {
	case r < 0x20:
		return r == '\t' || r == '\n' || r == '\r'
	case r >= 0xD800 && r <= 0xDFFF:
		return false
	default:
		return r != 0xFFFE && r != 0xFFFF && r <= utf8.MaxRune
	}
}
