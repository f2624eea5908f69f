package bridge

import (
	"strings"
	"unicode"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Intent is what a child's text asks for. The zero Kind is an ordinary text.
type Intent struct {
	Kind IntentKind
	Addressed
	Key    int    // AskWhoIsOn and Mute: the key that was named; Answer: the same, -1 for a name
	Number string // AskFor: the digits as typed; RingHelpline and RingEmergency: what to ring. RingHelpline has a Text if it may have been one to somebody
	Name   string // AskFor: who it is
}

// IntentKind is one row of what a child can type (DESIGN section 4).
type IntentKind int

// The kinds of intents.
const (
	Plain         IntentKind = iota // a text to somebody: to Addressed, or to whoever it is talking with
	Answer                          // to the question whom a text is for: Addressed, nobody when the key is empty
	Alarm112                        // SOS, HJELP
	RingEmergency                   // `112 …`: an emergency, and Number is to be rung
	DoubtfulHelp                    // `hjelp …`: a text that passes every hold, and perhaps an emergency
	PerhapsSOS                      // what T9 makes of SOS: an ordinary text, and a question
	RingHelpline                    // Number is to be rung; relayed and logged nowhere
	ShowKeys                        // `0`, `?`: the keys and who is reachable
	AskWhoIsOn                      // `2`: who is on the key; To is 0 for nobody
	ShowWho                         // HVEM
	ShowRules                       // REGLER
	AskFor                          // SPØR number name
	Mute                            // STOPP 4; To is 0 when nobody is on the key
)

// Talk is what the meaning of a text depends on besides the text.
type Talk struct {
	Language string // the child's
	Country  string // whose helplines and emergency numbers count
	Open     bool   // the child is talking with somebody
	Asked    bool   // the child has been asked whom a text of its is for
}

// commandWords are the words of one language, folded.
type commandWords struct{ who, rules, ask, stop []string }

var commandsIn = map[string]commandWords{
	words.Bokmål:  {who: []string{"hvem"}, rules: []string{"regler", "reglar"}, ask: []string{"spor"}, stop: []string{"stopp"}},
	words.English: {who: []string{"who"}, rules: []string{"rules"}, ask: []string{"ask"}, stop: []string{"stop"}},
}

// Read tells what a child's text asks for. It looks at the child's own list only, so that a guess can neither reach
// nor reveal anybody else; it is pure.
func (d *Directory) Read(child policy.Person, text string, talk Talk) Intent {
	text = strings.TrimSpace(strings.Map(typed, text))
	names := d.namesFor(child)
	if written, behind, ok := beginsWithHelpline(text, talk.Country); ok {
		if len(written) > shortLine {
			behind = ""
		}
		return Intent{Kind: RingHelpline, Number: written, Addressed: Addressed{Text: behind}}
	}
	if ring, ok := callsEmergency(text, talk.Country); ok {
		return Intent{Kind: RingEmergency, Number: ring, Addressed: Addressed{Text: text}}
	}
	if isAlarm(text) || isAlarm(withoutAddress(names, text)) {
		return Intent{Kind: Alarm112, Addressed: Addressed{Text: text}}
	}
	if in, ok := d.wholeCommand(child, names, text, talk); ok {
		return in
	}
	if in, ok := d.commandWithMore(child, names, text, talk); ok {
		return in
	}
	in := Intent{Addressed: d.Address(child, text, talk.Open || talk.Asked)}
	switch {
	case beginsWithHelp(in.Text), beginsWithHelp(withoutAddress(names, in.Text)):
		in.Kind = DoubtfulHelp
	case likeSOS[Fold(bareWord(in.Text))], likeHelp[Fold(bareWord(in.Text))]:
		in.Kind = PerhapsSOS
	}
	return in
}

// typed drops what a phone adds and nobody types: characters that only steer how text is shown (Unicode Cf), and
// spaces that do not break.
func typed(r rune) rune {
	switch {
	case r == '\u00a0' || r == '\u202f' || r == '\u2007':
		return ' '
	case unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

// bareWord takes off a text what is neither letter nor digit at its ends: punctuation, emoji, spaces.
func bareWord(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// wholeCommand reads a text that is nothing but a command: a key, a question mark, a word, a name as an answer.
func (d *Directory) wholeCommand(child policy.Person, names map[string]policy.Person, text string, talk Talk) (Intent, bool) {
	word := bareWord(text)
	if word == "" {
		questions := text != "" && strings.Trim(text, "? ") == ""
		return Intent{Kind: ShowKeys}, questions && (talk.Asked || !talk.Open)
	}
	if len(word) == 1 && word[0] >= '0' && word[0] <= '9' {
		return d.wholeKey(child, int(word[0]-'0'), talk)
	}
	folded := Fold(word)
	if id := names[folded]; talk.Asked && id != 0 {
		return Intent{Kind: Answer, Addressed: Addressed{To: id}, Key: -1}, true
	}
	known := commandsIn[talk.Language]
	// `Hvem?` to somebody that one is talking with asks that person.
	asksThem := talk.Open && strings.Contains(text, "?") || names[folded] != 0
	switch {
	case oneOf(known.who, folded) && !asksThem:
		return Intent{Kind: ShowWho}, true
	case oneOf(known.rules, folded) && !asksThem:
		return Intent{Kind: ShowRules}, true
	}
	return Intent{}, false
}

// wholeKey reads a digit that is the whole text: the answer to a question, or a question of its own where it cannot
// be an answer to somebody's.
func (d *Directory) wholeKey(child policy.Person, key int, talk Talk) (Intent, bool) {
	on := d.Rules.OnKey(child, key)
	switch {
	case talk.Asked && key == 0:
		return Intent{Kind: Answer, Addressed: Addressed{All: true}}, true
	case talk.Asked:
		return Intent{Kind: Answer, Addressed: Addressed{To: on}, Key: key}, true
	case key == 0:
		return Intent{Kind: ShowKeys}, true
	case !talk.Open:
		return Intent{Kind: AskWhoIsOn, Addressed: Addressed{To: on}, Key: key}, true
	}
	return Intent{}, false
}

// commandWithMore reads STOPP 4 and SPØR 91234567 Emma. Without what belongs to them the words are just words.
func (d *Directory) commandWithMore(child policy.Person, names map[string]policy.Person, text string, talk Talk) (Intent, bool) {
	known := commandsIn[talk.Language]
	if rest, ok := afterWord(known.stop, text); ok {
		rest = bareWord(rest)
		if len(rest) == 1 && rest[0] >= '1' && rest[0] <= '9' {
			key := int(rest[0] - '0')
			return Intent{Kind: Mute, Key: key, Addressed: Addressed{To: d.Rules.OnKey(child, key)}}, true
		}
		if id := names[Fold(rest)]; id != 0 && !talk.Open {
			return Intent{Kind: Mute, Addressed: Addressed{To: id}}, true
		}
	}
	if rest, ok := afterWord(known.ask, text); ok {
		number, name := leadingNumber(strings.TrimLeft(rest, " :,.-"))
		if digits := strings.TrimPrefix(number, "+"); len(digits) >= 5 && len(digits) <= 15 {
			return Intent{Kind: AskFor, Number: number, Name: strings.Join(strings.Fields(bareWord(name)), " ")}, true
		}
	}
	return Intent{}, false
}

// afterWord returns what follows one of some words at the beginning of a text. A digit may follow at once
// (`STOPP4`), a letter may not.
func afterWord(list []string, text string) (string, bool) {
	text = strings.TrimLeftFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	end := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if end < 0 || !oneOf(list, Fold(text[:end])) {
		return "", false
	}
	return strings.TrimSpace(text[end:]), true
}

// leadingNumber takes the phone number off the beginning of a text, without what stands between its digits.
func leadingNumber(text string) (number, rest string) {
	var b strings.Builder
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9' || r == '+' && b.Len() == 0:
			b.WriteRune(r)
		case b.Len() > 0 && strings.ContainsRune(" -./()", r):
		default:
			return b.String(), text[i:]
		}
	}
	return b.String(), ""
}

func oneOf(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}
