package bridge

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Label puts the writer's name before a text for a button phone: `Mamma: kommer nå`. The label cannot be
// forged: line breaks fold, and a known name with a colon inside the text is set in »…«, so that no text can
// pretend that somebody else goes on speaking.
func (d *Directory) Label(name, text string) string {
	return name + ": " + d.quoteNames(foldLines(text))
}

// foldLines makes one line of a text, without the characters that nobody sees and that could hide a name from quoteNames
// and not from the child; what shows as a blank is one.
func foldLines(text string) string {
	lines := strings.FieldsFunc(strings.Map(shown, text), func(r rune) bool {
		return r == '\n' || r == '\r' || r == '\v' || r == '\f' || r == '\u0085' || r == '\u2028' || r == '\u2029'
	})
	kept := lines[:0]
	for _, line := range lines {
		if line = strings.TrimSpace(line); line != "" {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, " / ")
}

// isBlank tells whether a reader would see nothing of a text.
func isBlank(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { s := shown(r); return s >= 0 && !unicode.IsSpace(s) })
}

// steering are characters that steer how others are shown, beside those of the category Cf: variation selectors, and joiners
// that Unicode counts among the marks.
var steering = &unicode.RangeTable{
	R16: []unicode.Range16{{0x034f, 0x034f, 1}, {0x17b4, 0x17b5, 1}, {0x180b, 0x180f, 1}, {0xfe00, 0xfe0f, 1}},
	R32: []unicode.Range32{{0xe0100, 0xe01ef, 1}},
}

// shown maps a character to what a reader sees of it: nothing, a blank, or itself.
func shown(r rune) rune {
	switch {
	case unicode.Is(unicode.Cf, r), unicode.Is(steering, r):
		return -1
	case r == '\u3164' || r == '\u115f' || r == '\u1160' || r == '\uffa0' || r == '\u2800': // letters and a pattern of no dots
		return ' '
	case unicode.IsControl(r) && !unicode.IsSpace(r):
		return ' '
	}
	return r
}

// isColon knows the colon and the characters that a small screen shows like one.
func isColon(r rune) bool {
	switch r {
	case ':', '：', '︓', '﹕', '∶', '꞉', 'ː', '։', '⁚', '׃', '܃', '܄', 'ः', '˸', '᠄', '᛬', '⁝', '︰', 'ꓽ', '፡', '⸬', '჻':
		return true
	}
	return false
}

// quoteNames sets every known name that is followed by a colon in »…«.
func (d *Directory) quoteNames(text string) string {
	runes := []rune(text)
	var out []rune
	done := 0              // runes[:done] are in out
	last, without := 0, -1 // where the last word ends; and one that is no name, however many colons follow it
	for i, r := range runes {
		if !isColon(r) {
			if endsName(r) {
				last = i + 1
			}
			continue
		}
		if last <= done || last == without || isSmiley(runes[i:]) {
			continue
		}
		start, found := d.nameBefore(runes, done, last)
		if !found {
			without = last
			continue
		}
		out = append(out, runes[done:start]...)
		out = append(out, '»')
		out = append(out, runes[start:i+1]...)
		out = append(out, '«')
		done = i + 1
	}
	return string(append(out, runes[done:]...))
}

// isSmiley tells whether a colon begins one, as in `hils mamma :)`: nothing follows it that could be read as somebody's words.
func isSmiley(runes []rune) bool {
	rest := runes[1:]
	if len(rest) > 1 && (rest[0] == '-' || rest[0] == '\'') {
		rest = rest[1:]
	}
	if len(rest) == 0 {
		return false
	}
	switch rest[0] {
	case ')', '(':
		return true
	case 'D', 'P', 'p':
		return len(rest) == 1 || unicode.IsSpace(rest[1])
	}
	return false
}

// nameBefore finds the start of a known name that ends, but for what is no letter, at runes[end].
func (d *Directory) nameBefore(runes []rune, from, end int) (int, bool) {
	end = trimmed(runes, from, end)
	if open := lastIndex(runes[from:end], '('); end > from && runes[end-1] == ')' && open >= 0 { // `Mamma (ny): …`
		end = trimmed(runes, from, from+open)
	}
	for start := end - 1; start >= from && end-start <= MaxName+3; start-- {
		if start > 0 && inWord(runes[start-1]) {
			continue
		}
		if d.looks[lookalike(string(runes[start:end]))] {
			return start, true
		}
	}
	return 0, false
}

// inWord tells whether what follows a character is in the middle of a word. Letters without case are no part of one: among
// them are those that look like `!` and like an apostrophe.
func inWord(r rune) bool {
	return unicode.IsDigit(r) || unicode.IsLower(r) || unicode.IsUpper(r) || unicode.IsTitle(r)
}

// trimmed takes spaces and punctuation off an end.
func trimmed(runes []rune, from, end int) int {
	for end > from && !endsName(runes[end-1]) {
		end--
	}
	return end
}

// endsName tells whether a name may end in a character, or what stands in brackets behind it.
func endsName(r rune) bool {
	return r == ')' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

func lastIndex(runes []rune, r rune) int {
	for i := len(runes) - 1; i >= 0; i-- {
		if runes[i] == r {
			return i
		}
	}
	return -1
}

// likeLatin are letters of other alphabets, and digits, that a small screen shows like Latin ones.
var likeLatin = strings.NewReplacer(
	"а", "a", "в", "b", "е", "e", "ё", "e", "ѕ", "s", "і", "i", "ї", "i", "ј", "j", "к", "k", "м", "m", "н", "h",
	"о", "o", "р", "p", "с", "c", "т", "t", "у", "y", "х", "x", "ԁ", "d", "ԛ", "q", "ԝ", "w", "һ", "h",
	"α", "a", "β", "b", "ε", "e", "η", "n", "ι", "i", "κ", "k", "μ", "m", "ν", "v", "ο", "o", "ρ", "p", "τ", "t",
	"υ", "u", "χ", "x", "ζ", "z", "ı", "i", "ɑ", "a", "ɡ", "g", "0", "o", "1", "l", "|", "l",
)

// lookalike folds a name further than Fold does, to what it looks like: without any mark, and in Latin letters.
func lookalike(name string) string {
	bare := strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return r
	}, norm.NFKD.String(name))
	return Fold(likeLatin.Replace(Fold(bare)))
}
