package bridge

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"knapp/bridge/policy"
)

// Addressed is what a child's text says about whom it is for.
type Addressed struct {
	To   policy.Person // one person; 0 when All, or when the text names nobody
	All  bool          // `0 …`: every guardian of the child
	Text string        // the text without the word that addressed
}

// Address reads whom a child's text is for. open says that the child is talking with somebody: then a name
// without a colon is just a word (`Pappa henter meg`, written to grandmother). Only people on the child's list
// and its guardians have names here, so that a guess cannot reach, or reveal, anybody else.
func (d *Directory) Address(child policy.Person, text string, open bool) Addressed {
	text = strings.TrimSpace(text)
	if a, ok := d.byKey(child, text, open); ok {
		return a
	}
	names := d.namesFor(child)
	if before, after, found := strings.Cut(text, ":"); found {
		if id := names[Fold(before)]; id != 0 {
			return Addressed{To: id, Text: strings.TrimSpace(after)}
		}
	}
	if !open {
		if a, ok := byWord(names, text); ok {
			return a
		}
	}
	return Addressed{Text: text}
}

// byKey reads `2 hei`: a digit, space, text; `2: hei`; and, where no conversation is open, `2hei`.
func (d *Directory) byKey(child policy.Person, text string, open bool) (Addressed, bool) {
	if len(text) < 2 || text[0] < '0' || text[0] > '9' {
		return Addressed{}, false
	}
	key, rest := int(text[0]-'0'), text[1:]
	next, size := utf8.DecodeRuneInString(rest)
	switch {
	case isColon(next):
		rest = rest[size:]
		if after, _ := utf8.DecodeRuneInString(rest); unicode.IsDigit(after) {
			return Addressed{}, false // 2:30
		}
	case unicode.IsSpace(next):
	case unicode.IsLetter(next) && !open && glued(rest):
	default:
		return Addressed{}, false
	}
	rest = strings.TrimSpace(rest)
	if rest == "" || isQuantity(rest) {
		return Addressed{}, false
	}
	if key == 0 {
		return Addressed{All: true, Text: rest}, true
	}
	if id := d.Rules.OnKey(child, key); id != 0 {
		return Addressed{To: id, Text: rest}, true
	}
	return Addressed{}, false // an empty key: then it is text
}

// glued tells whether a word may have lost the space between it and the key before it: `2hei`, and not `3d`, `2er`,
// `4ever` or `2nd`.
func glued(rest string) bool {
	word, _ := firstWord(rest)
	switch Fold(word) {
	case "ern", "ere", "ers", "ever", "pack", "ganger":
		return false
	}
	return utf8.RuneCountInString(word) > 2 && !strings.HasPrefix(rest, "-") && !strings.HasPrefix(Fold(word), "klass")
}

// byWord reads `mamma hei`: the longest name that the text begins with, and something behind it.
func byWord(names map[string]policy.Person, text string) (Addressed, bool) {
	words := strings.Fields(text)
	for n := min(len(words)-1, MaxName/2); n >= 1; n-- { // no name has more words than that
		if id := names[Fold(strings.Join(words[:n], " "))]; id != 0 {
			rest := text
			for range n {
				rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
				rest = rest[strings.IndexFunc(rest+" ", unicode.IsSpace):]
			}
			return Addressed{To: id, Text: strings.TrimSpace(rest)}, true
		}
	}
	return Addressed{}, false
}

// namesFor returns the folded names that mean something to this child.
func (d *Directory) namesFor(child policy.Person) map[string]policy.Person {
	names := make(map[string]policy.Person)
	for _, g := range d.Guardians(child) {
		names[Fold(g.Name)] = g.ID
	}
	for _, rule := range d.List(child) {
		if p, ok := d.persons[rule.Contact]; ok {
			names[Fold(p.Name)] = p.ID
		}
	}
	return names
}

// Unaddressed returns who is meant when the text names nobody and no conversation is open: the child's
// default, else the lowest key that it may write to, else all guardians.
func (d *Directory) Unaddressed(child Person) Addressed {
	may := func(id policy.Person) bool { return id != 0 && d.Rules.Listed(child.ID, id, policy.FromChild) }
	if may(child.Default) {
		return Addressed{To: child.Default}
	}
	for _, rule := range d.List(child.ID) {
		if rule.Key != 0 && may(rule.Contact) {
			return Addressed{To: rule.Contact}
		}
	}
	return Addressed{All: true}
}

// clockTime is a time of day as it is typed: 14:30, 14.30, 7.5 is not one.
var clockTime = regexp.MustCompile(`^\d{1,2}[:.]\d{2}$`)

// units are the words that make a digit before them a number of something, folded.
var units = wordSet(`
	t time timer minutt minutter sek sekund sekunder dag dager døgn uke uker måned måneder mnd år
	gang ganger kr kroner øre stk km m meter cm kg g gram l liter dl prosent grader poeng mål runder sider
	stykker til igjen ganget pluss minus x
	h hr hrs hour hours minute minutes mins seconds sec day days week weeks month months year years
	times pm dollars euro euros pounds pence miles percent degrees points goals pages pieces plus`)

// alone are units that are everyday words as well (`2 min sykkel er borte`, `2 am I late`): they count only
// with nothing behind them.
var alone = wordSet(`min am more left second`)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[Fold(w)] = true
	}
	return set
}

// isQuantity tells whether what follows a digit makes the two a number of something, or a time: `2 timer til`,
// `3 kr`, `8 14.30`.
func isQuantity(rest string) bool {
	words := strings.Fields(rest)
	word := strings.TrimRight(words[0], ".,!?;-–+=/")
	return word == "" || word == "%" || units[Fold(word)] || clockTime.MatchString(word) ||
		len(words) == 1 && alone[Fold(word)]
}
