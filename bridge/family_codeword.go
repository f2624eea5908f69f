package bridge

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A code word must be quick to type on twelve keys and hard to guess.
const shortestCodeWord, longestCodeWord = 4, 20

// codeWord checks the family's code word. Names must be known by then.
func (c *checker) codeWord(word string) {
	if word == "" {
		return
	}
	const path = "codeword"
	folded, n := Fold(word), utf8.RuneCountInString(word)
	switch {
	case strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) }):
		c.add(path, "must be one word of letters alone, as a child types it in a hurry")
	case n < shortestCodeWord || n > longestCodeWord:
		c.add(path, "has %d letters: from %d to %d", n, shortestCodeWord, longestCodeWord)
	case folded == Fold(GatewayName) || c.isName(folded):
		c.add(path, "is a name: whoever knows the family would try it first")
	case meansSomething(folded):
		c.add(path, "is a word that means something to the gateway: choose another")
	}
}

// isName tells whether a word is a name of the document, or a part of one.
func (c *checker) isName(folded string) bool {
	for name := range c.names {
		for _, part := range strings.Fields(name) {
			if part == folded {
				return true
			}
		}
	}
	return false
}

// meansSomething tells whether a word is a command, calls for help, or is an answer to a question of the gateway's.
func meansSomething(folded string) bool {
	for _, known := range commandsIn {
		for _, list := range [][]string{known.who, known.rules, known.ask, known.stop} {
			if oneOf(list, folded) {
				return true
			}
		}
	}
	for phrase := range spoken {
		if oneOf(strings.Fields(phrase), folded) {
			return true
		}
	}
	switch folded {
	case "ring", "ringe", "call", "dial", "emergency", "alarm", "codeword", "kodeord":
		return true
	}
	return isAlarm(folded) || helpWord.MatchString(folded) || likeSOS[folded] || yes.MatchString(folded) || isUrgent(folded)
}
