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

// foldLines makes one line of a text, without the characters that only steer how text is shown (Unicode Cf):
// they could hide a name from quoteNames and not from the child.
func foldLines(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
	lines := strings.FieldsFunc(text, func(r rune) bool {
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

// isColon knows the colon and the characters that a small screen shows like one.
func isColon(r rune) bool {
	switch r {
	case ':', '：', '︓', '﹕', '∶', '꞉', 'ː', '։', '⁚', '׃', '܃', '܄', 'ः':
		return true
	}
	return false
}

// quoteNames sets every known name that is followed by a colon in »…«.
func (d *Directory) quoteNames(text string) string {
	runes := []rune(text)
	var out []rune
	done := 0 // runes[:done] are in out
	for i, r := range runes {
		if !isColon(r) {
			continue
		}
		start, found := d.nameBefore(runes, done, i)
		if !found {
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

// nameBefore finds the start of a known name that ends, but for spaces, at runes[end].
func (d *Directory) nameBefore(runes []rune, from, end int) (int, bool) {
	end = trimmed(runes, from, end)
	if open := lastIndex(runes[from:end], '('); end > from && runes[end-1] == ')' && open >= 0 { // `Mamma (ny): …`
		end = trimmed(runes, from, from+open)
	}
	for start := end - 1; start >= from && end-start <= MaxName+3; start-- {
		if start > 0 && (unicode.IsLetter(runes[start-1]) || unicode.IsDigit(runes[start-1])) {
			continue // in the middle of a word
		}
		if d.looks[lookalike(string(runes[start:end]))] {
			return start, true
		}
	}
	return 0, false
}

// trimmed takes the spaces off an end.
func trimmed(runes []rune, from, end int) int {
	for end > from && unicode.IsSpace(runes[end-1]) {
		end--
	}
	return end
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

// lookalike folds a name further than Fold does, to what it looks like.
func lookalike(name string) string { return Fold(likeLatin.Replace(Fold(norm.NFKC.String(name)))) }
