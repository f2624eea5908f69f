package bridge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"knapp/bridge/words"
)

// typographic are characters that word processors and phones put in the place of those that a person meant; GSM-7
// (23.038 §6.2.1) has only the latter. That they change is nothing to tell.
var typographic = strings.NewReplacer(
	"“", `"`, "”", `"`, "„", `"`, "‟", `"`, "«", `"`, "»", `"`, "″", `"`, "‘", "'", "’", "'", "‚", "'", "‛", "'", "′", "'", "`", "'",
	"´", "'", "‹", "'", "›", "'", "–", "-", "—", "-", "‒", "-", "―", "-", "‐", "-", "‑", "-", "−", "-", "…", "...", "•", "*", "·", "*",
	"×", "x", "÷", "/", "\u00a0", " ", "\u202f", " ", "\u2007", " ", "\u2009", " ", "\u200a", " ", "\u2002", " ", "\u2003", " ",
	"\t", " ", "½", "1/2", "¼", "1/4", "¾", "3/4", "°", " grader", "²", "2", "³", "3", "™", "TM", "©", "(c)", "®", "(r)", "→", "->",
	"←", "<-", "⇒", "=>", "≤", "<=", "≥", ">=", "≈", "ca. ",
)

// plain writes a text so that a button phone can show it: typographic characters as they are typed, emoji as words in
// the child's language, accents off where that saves a part. worded tells that its writer would miss something.
func (r *Relay) plain(text, language string) (plain string, worded bool) {
	plain, worded = spellEmoji(typographic.Replace(norm.NFC.String(text)), language)
	bare := withoutAccents(plain)
	if bare != plain && r.o.Texts.Parts(bare) < r.o.Texts.Parts(plain) {
		return bare, true
	}
	return plain, worded
}

// kept are the letters with marks that GSM-7 has.
const kept = "àèéìòùÄÅÇÉÑÖØÜäåñöøüÆæß"

// otherLetters are Latin letters that have no decomposition, as they are written without their strokes.
var otherLetters = map[rune]string{
	'đ': "d", 'Đ': "D", 'ł': "l", 'Ł': "L", 'ħ': "h", 'Ħ': "H", 'ŧ': "t", 'Ŧ': "T", 'ŋ': "n", 'Ŋ': "N", 'ð': "d", 'Ð': "D", 'þ': "th",
	'Þ': "Th", 'œ': "oe", 'Œ': "OE", 'ı': "i",
}

// withoutAccents writes Latin letters that GSM-7 lacks as the letters that they look like.
func withoutAccents(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch other, found := otherLetters[r]; {
		case found:
			b.WriteString(other)
		case r < utf8.RuneSelf || strings.ContainsRune(kept, r) || !unicode.Is(unicode.Latin, r):
			b.WriteRune(r)
		default:
			base, _ := utf8.DecodeRuneInString(norm.NFD.String(string(r)))
			b.WriteRune(base)
		}
	}
	return b.String()
}

// spellEmoji writes emoji as words in brackets, several of the same once. What has no word is `(emoji)`.
func spellEmoji(text, language string) (spelt string, found bool) {
	runes := []rune(text)
	var b strings.Builder
	last := ""
	for i := 0; i < len(runes); {
		n := emojiAt(runes[i:])
		if n == 0 {
			if !unicode.IsSpace(runes[i]) {
				last = ""
			}
			if runes[i] != '\ufe0f' && runes[i] != '\ufe0e' && runes[i] != '\u20e3' {
				b.WriteRune(runes[i])
			}
			i++
			continue
		}
		word := words.EmojiWord(language, string(runes[i:i+n]))
		i += n
		found = true
		if word == last {
			continue
		}
		last = word
		if s := b.String(); s != "" && !strings.HasSuffix(s, " ") {
			b.WriteByte(' ')
		}
		b.WriteString(word)
		if i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i])) {
			b.WriteByte(' ')
		}
	}
	return strings.TrimRight(b.String(), " "), found
}

// emojiAt returns how many runes of one emoji a text begins with: a pair of letters of a flag, or a picture with its
// variations and skin tones and what is joined to it (UTS #51 §1.4.9). 0 for no emoji.
func emojiAt(runes []rune) int {
	if len(runes) > 1 && isFlagLetter(runes[0]) && isFlagLetter(runes[1]) {
		return 2
	}
	if !isPicture(runes[0]) {
		return 0
	}
	n := 1
	for n < len(runes) {
		switch r := runes[n]; {
		case r == '\ufe0f' || r == '\ufe0e' || r >= 0x1f3fb && r <= 0x1f3ff || r >= 0xe0020 && r <= 0xe007f:
			n++
		case r == '\u200d' && n+1 < len(runes) && isPicture(runes[n+1]):
			n += 2
		default:
			return n
		}
	}
	return n
}

func isFlagLetter(r rune) bool { return r >= 0x1f1e6 && r <= 0x1f1ff }

// isPicture knows the blocks of characters that a button phone shows as a box.
func isPicture(r rune) bool {
	switch {
	case r >= 0x1f000 && r <= 0x1faff, r >= 0x2600 && r <= 0x27bf, r >= 0x2b00 && r <= 0x2bff, r >= 0x2300 && r <= 0x23ff,
		r >= 0x25a0 && r <= 0x25ff, r == 0x203c, r == 0x2049, r == 0x2139, r == 0x3030, r == 0x303d, r == 0x3297, r == 0x3299:
		return true
	}
	return false
}
