// Package words holds the sentences that children, contacts and guardians read, in Norwegian Bokmål and in
// English. It is pure, and complete in both languages: a test walks every sentence in every language.
//
// One file a reader: what stands in phone*.go is in GSM-7.
package words

import (
	"fmt"
	"time"
)

// The languages, as BCP 47 names them.
const (
	Bokmål  = "nb"
	English = "en"
)

// Sentence is something to say, in every language that is spoken here. Its arguments are named in its comment, in
// order, and are the same in each.
type Sentence struct{ Bokmål, English string }

// Say puts a sentence into a language. A language that is not spoken here is answered in English.
func Say(language string, s Sentence, args ...any) string {
	text := s.English
	if language == Bokmål {
		text = s.Bokmål
	}
	if len(args) == 0 {
		return text
	}
	return fmt.Sprintf(text, args...)
}

// Clock writes a time of day as people there write it.
func Clock(language string, t time.Time) string {
	if language == Bokmål {
		return t.Format("15.04")
	}
	return t.Format("15:04")
}

// days are the days of the week as they are shortened in front of a clock.
var days = map[string][7]string{
	Bokmål:  {"søn", "man", "tir", "ons", "tor", "fre", "lør"},
	English: {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"},
}

// Day writes the day of the week of a time in three letters.
func Day(language string, t time.Time) string {
	if language != Bokmål {
		language = English
	}
	return days[language][t.Weekday()]
}
