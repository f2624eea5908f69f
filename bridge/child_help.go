package bridge

import (
	"regexp"
	"strings"
	"unicode"

	"knapp/bridge/policy"
)

// The words that call for help count in every language that is spoken here, whatever the child's is.
var (
	// alarmLetters is a text that is nothing but such words, without all that is no letter: `S.O.S!!`, `hjelp hjelp`,
	// `hjeeelp`.
	alarmLetters = regexp.MustCompile(`^(s+o+s+)+$|^(hj+e+l+p+)+$|^(he+l+p+)+$`)
	// helpWords begin a text that may be one.
	helpWord = regexp.MustCompile(`^(hj+e+l+p+|he+l+p+)$`)
	// helpGlued is one that has lost its space.
	helpGlued = regexp.MustCompile(`^(hj+e+l+p+(meg|oss|na|mamma|pappa)|he+l+p+(me|us|now))$`)
)

// zeroInSOS is SOS with the zero that one press too few makes of its O.
var zeroInSOS = regexp.MustCompile(`\bs0+s\b`)

// likeHelp is what cold fingers make of the words for help, and nothing else that anybody writes.
var likeHelp = wordSet(`hjlep hejlp hjepl jhelp hjlp hjep hjekp hjelo hjrlp hjelk gjelp hlep hepl ehlp hlp`)

// likeSOS is what T9 makes of 767 when SOS was meant, folded, and the digits themselves. Each is an everyday word
// too, so it is relayed as well.
var likeSOS = wordSet(`rop sør rør søs 767`)

// mostCall is the longest text, in letters, that can be a call for help and nothing else.
const mostCall = 60

// isAlarm tells whether a text is SOS or HJELP, however often and with whatever between, or begins with SOS.
func isAlarm(text string) bool {
	var letters strings.Builder
	// `søs` is no `sos`: it may only be what T9 made of one. A zero in it is.
	for _, r := range zeroInSOS.ReplaceAllString(Fold(strings.NewReplacer("ø", "", "Ø", "").Replace(text)), "sos") {
		if unicode.IsLetter(r) {
			letters.WriteRune(r)
		}
		if letters.Len() > mostCall {
			break
		}
	}
	if alarmLetters.MatchString(letters.String()) {
		return true
	}
	// `SOS jeg er i skogen`: to take it for a text could cost a life, to take it for an alarm costs a call.
	first, rest := firstWord(text)
	return (strings.EqualFold(first, "sos") || strings.EqualFold(first, "s0s")) && !strings.HasPrefix(Fold(bareWord(rest)), "barneby")
}

// firstWord returns the letters and digits that a text begins with, and what follows them.
func firstWord(text string) (word, rest string) {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) })
	if end < 0 {
		return text, ""
	}
	return text[:end], strings.TrimSpace(text[end:])
}

// beginsWithHelp knows `hjelp meg med leksene`.
func beginsWithHelp(text string) bool {
	first, rest := firstWord(text)
	first = Fold(first)
	return rest != "" && helpWord.MatchString(first) || helpGlued.MatchString(first)
}

// withoutAddress takes off a key or a name, with or without a colon: who calls for help may have begun as always.
func withoutAddress(names map[string]policy.Person, text string) string {
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		return text[1:]
	}
	if before, after, found := strings.Cut(text, ":"); found && len(strings.Fields(before)) <= 3 {
		return after
	}
	if a, ok := byWord(names, text); ok {
		return a.Text
	}
	return text
}

// callsEmergency knows `112 brann`, `112!`, `ring 113`, and not `112 kr`.
func callsEmergency(text, country string) (ring string, ok bool) {
	first, rest := firstWord(text)
	switch Fold(first) {
	case "ring", "ringe", "call", "dial", "nod", "emergency":
		first, rest = firstWord(rest)
	}
	end := strings.IndexFunc(first, func(r rune) bool { return r < '0' || r > '9' })
	if end > 0 { // 112brann
		first, rest = first[:end], first[end:]+" "+rest
	}
	if ring, ok = emergencyNumber(country, first); !ok {
		return "", false
	}
	rest = strings.TrimSpace(rest)
	if next := bareWord(rest); rest != "" && next != "" && (next[0] >= '0' && next[0] <= '9' || isQuantity(next)) {
		return "", false // part of a longer number, or a number of something
	}
	return ring, true
}

// shortLine is how long the number of a helpline may be that something else may begin with too: `988 Main Street`.
const shortLine = 4

// beginsWithHelpline knows `116 111`, `116111`, and both with something behind. Whatever stands there is nobody's
// business here.
func beginsWithHelpline(text, country string) (written, behind string, ok bool) {
	digits, rest := leadingNumber(strings.TrimLeftFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '+'
	}))
	if next := bareWord(rest); len(digits) < 6 && next != "" && isQuantity(next) {
		return "", "", false
	}
	written, ok = helpline(country, digits)
	return written, bareWord(rest), ok
}
