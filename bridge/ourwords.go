package bridge

import (
	"strings"

	"knapp/bridge/words"
)

// besideText are the sentences of ours that stand in a text of a child's or a contact's, the outer before the inner. Whoever
// takes the text does not know yet who will read it, and it may wait: so it is kept with them in the family's language, and
// each reader gets them in its own.
var besideText = []struct {
	words.Sentence
	named, around bool // it has the writer's name in it; it has the text in it, last
}{
	{words.FromLostPhone, false, true},
	{words.NotSaidToWhom, true, true},
	{words.Replaced, false, true},
	{words.Incomplete, false, true},
	{words.EmptyText, false, false},
	{words.TextGone, false, false},
	{words.ChildRang, true, false},
	{words.CauseRang, false, false},
	{words.CauseYes, false, false},
}

// beside puts words of ours in a text that goes to people: in the family's language, until toReader.
func (r *Relay) beside(s words.Sentence, args ...any) string {
	return words.Say(r.o.Language, s, args...)
}

// toReader puts the words of ours in a text of somebody's in a reader's language. What a person wrote stays as it is.
func (r *Relay) toReader(text, writer, language string) string {
	if language == r.o.Language {
		return text
	}
	for _, b := range besideText {
		const hole = "\x00"
		var args []any
		if b.named {
			args = append(args, writer)
		}
		if !b.around {
			if text == r.beside(b.Sentence, args...) {
				return words.Say(language, b.Sentence, args...)
			}
			continue
		}
		before, after, _ := strings.Cut(r.beside(b.Sentence, append(args[:len(args):len(args)], hole)...), hole)
		if inner, ok := strings.CutPrefix(text, before); ok {
			if inner, ok = strings.CutSuffix(inner, after); ok {
				return words.Say(language, b.Sentence, append(args, r.toReader(inner, writer, language))...)
			}
		}
	}
	return text
}
