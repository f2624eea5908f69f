package bridge

import (
	"strings"
	"time"
	"unicode"

	"knapp/bridge/words"
)

// MaxParts is how many joined parts a button phone takes for one text (FACTS of the phones: about 3). Up to
// twice that is sent as two texts, `1/2` and `2/2`; more is refused with the count.
const MaxParts = 3

// lateAfter is how late a text may come without its time.
const lateAfter = 10 * time.Minute

// shaped is a person's text as it is sent to a phone.
type shaped struct {
	texts  []string // one or two, labelled; nil when it is too long
	parts  int      // that they take together, or, of what is too long, that it would take in one
	worded bool     // something of it could not be shown and is said in words, or is written with other letters
}

// shape makes of a text what a button phone can show: with the writer's name before it, and the time when it comes
// late. Its cost is known before anything is decided.
func (r *Relay) shape(d *Directory, to, from Person, text string, written time.Time) shaped {
	// Asked before the text is touched, so that a megabyte of it costs no more than counting it.
	if parts := r.o.Texts.Parts(text); parts > 4*MaxParts {
		return shaped{parts: parts}
	}
	language := r.languageOf(to)
	plain, worded := r.plain(r.toReader(text, from.Name, language), language)
	labelled := d.Label(r.shownAs(to, from, language), plain)
	if !written.IsZero() && r.clockSet() && r.o.Now().Sub(written) > lateAfter {
		mark, _ := r.lateMarks(language, written)
		labelled = mark + labelled
	}
	form := shaped{parts: r.o.Texts.Parts(labelled), worded: worded}
	if form.parts <= MaxParts {
		form.texts = []string{labelled}
		return form
	}
	if form.parts > 2*MaxParts {
		return form
	}
	first, second := r.halve(labelled)
	a, b := r.o.Texts.Parts(first), r.o.Texts.Parts(second)
	if a <= MaxParts && b <= MaxParts {
		form.texts, form.parts = []string{first, second}, a+b
	}
	return form
}

// lateMarks are what stands before a text that comes late: `(tir 14.05) ` for six days and then `(21.10. 14.05) `, since the same
// day of the week would be another day. mark is the one for now.
func (r *Relay) lateMarks(language string, written time.Time) (mark, other string) {
	written = r.wall(written)
	clock := words.Clock(language, written) + ") "
	mark, other = "("+words.Day(language, written)+" "+clock, "("+written.Format("2.1. ")+clock
	if r.o.Now().Sub(written) > 6*24*time.Hour {
		mark, other = other, mark
	}
	return mark, other
}

// newFor is how long a contact is shown as new.
const newFor = 7 * 24 * time.Hour

// shownAs is the name before a text. Who has joined a child's people since the child did, and lately, is shown as new:
// anybody can be called Emma.
func (r *Relay) shownAs(to, from Person, language string) string {
	if from.Kind == KindContact && from.Created.After(to.Created) && r.o.Now().Sub(from.Created).Abs() < newFor {
		return words.Say(language, words.New, from.Name)
	}
	return from.Name
}

// halve fills the first of two texts as far as it goes, and breaks between words where there are any.
func (r *Relay) halve(labelled string) (first, second string) {
	runes := []rune(labelled)
	fits := func(n int) bool { return r.o.Texts.Parts("1/2 "+string(runes[:n])) <= MaxParts }
	low, high := 0, len(runes) // runes[:low] fits
	for low < high {
		if mid := (low + high + 1) / 2; fits(mid) {
			low = mid
		} else {
			high = mid - 1
		}
	}
	cut := low
	for cut > low-30 && cut > 0 && !unicode.IsSpace(runes[cut-1]) {
		cut--
	}
	if cut <= low-30 || cut == 0 || r.o.Texts.Parts("2/2 "+string(runes[cut:])) > MaxParts {
		cut = low // no space near enough: break the word rather than the promise
	}
	return "1/2 " + strings.TrimSpace(string(runes[:cut])), "2/2 " + strings.TrimSpace(string(runes[cut:]))
}
