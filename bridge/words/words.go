// Package words holds the sentences that children, contacts and guardians read, in Norwegian Bokmål and in
// English. It is pure, and complete in both languages: a test walks every sentence in every language.
//
// A sentence to a child is short, in GSM-7 (23.038 §6.2.1), and says what to do.
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

// Sentence names something to say. Its arguments are named in its comment, in order.
type Sentence int

// The sentences. To a child:
const (
	MayNotWriteTo Sentence = iota // name
	DidNotReach                   // name
	OnlyTextIsRelayed
	NameTheChild // names of the children one may write to, joined

	// To a contact.
	EmptyText
	Incomplete // what there is of the text
	Unreadable
	Rang
	SIMNeedsHelp         // the modem's name
	StorageFull          // the modem's name
	ContactMayNotWriteTo // the child's name
	TooLong              // parts needed, parts allowed
	PhoneOutOfReach      // the child's name
	NotSent              // the child's name
	PerhapsSent          // the child's name, clock time
	WriteToTheChild
	sentences // how many there are
)

var nb = [sentences]string{
	MayNotWriteTo:        "Du kan ikke skrive til %s.",
	DidNotReach:          "%s fikk ikke meldingen din. Prøv igjen, eller ring.",
	OnlyTextIsRelayed:    "Jeg kan bare sende tekst videre.",
	NameTheChild:         "Hvem er det til? Begynn med navnet og kolon: %s",
	EmptyText:            "(tom melding)",
	Incomplete:           "%s (noe av meldingen kom ikke fram)",
	Unreadable:           "(en melding som ikke kunne leses; ring tilbake)",
	Rang:                 "(ringte til Knapp, som ikke svarer)",
	SIMNeedsHelp:         "SIM-kortet i modemet «%s» virker ikke. Ingen SMS går inn eller ut. «knapp status» på boksen sier hva som mangler.",
	StorageFull:          "Minnet i modemet «%s» er fullt. Nye SMS venter hos operatøren til det er plass.",
	ContactMayNotWriteTo: "Du kan ikke skrive til %s herfra.",
	TooLong:              "For langt for en knappetelefon: meldingen blir %d SMS-deler, og %d er det meste. Del den i to.",
	PhoneOutOfReach:      "%s fikk ikke meldingen: telefonen har vært av eller uten dekning for lenge.",
	NotSent:              "%s fikk ikke meldingen: SMS-en kunne ikke sendes.",
	PerhapsSent:          "Det er ikke sikkert at %s fikk meldingen din fra kl. %s. Den sendes ikke igjen av seg selv.",
	WriteToTheChild:      "Skriv til barnets adresse, ikke til denne.",
}

var en = [sentences]string{
	MayNotWriteTo:        "You cannot write to %s.",
	DidNotReach:          "%s did not get your message. Try again, or ring.",
	OnlyTextIsRelayed:    "I can only pass on text.",
	NameTheChild:         "Who is it for? Begin with the name and a colon: %s",
	EmptyText:            "(empty message)",
	Incomplete:           "%s (some of the message did not arrive)",
	Unreadable:           "(a message that could not be read; ring back)",
	Rang:                 "(rang Knapp, which does not answer)",
	SIMNeedsHelp:         "The SIM card in the modem “%s” does not work. No SMS comes or goes. `knapp status` on the box says what is missing.",
	StorageFull:          "The memory of the modem “%s” is full. New SMS wait with the operator until there is room.",
	ContactMayNotWriteTo: "You cannot write to %s from here.",
	TooLong:              "Too long for a button phone: the message takes %d SMS parts, and %d is the most. Send it as two.",
	PhoneOutOfReach:      "%s did not get the message: the phone has been off or out of reach for too long.",
	NotSent:              "%s did not get the message: the SMS could not be sent.",
	PerhapsSent:          "It is not certain that %s got your message from %s. It is not sent again by itself.",
	WriteToTheChild:      "Write to the child's address, not to this one.",
}

// Say puts a sentence into a language. A language that is not spoken here is answered in English.
func Say(language string, s Sentence, args ...any) string {
	table := &en
	if language == Bokmål {
		table = &nb
	}
	if len(args) == 0 {
		return table[s]
	}
	return fmt.Sprintf(table[s], args...)
}

// Clock writes a time of day as people there write it.
func Clock(language string, t time.Time) string {
	if language == Bokmål {
		return t.Format("15.04")
	}
	return t.Format("15:04")
}
