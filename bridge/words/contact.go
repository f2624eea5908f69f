package words

// What contacts and guardians read about messages, and what stands for a text that has none.
var (
	EmptyText = Sentence{
		"(tom melding)",
		"(empty message)",
	}
	Incomplete = Sentence{ // what there is of the text
		"%s (noe av meldingen kom ikke fram)",
		"%s (some of the message did not arrive)",
	}
	Unreadable = Sentence{
		"(en melding som ikke kunne leses; ring tilbake)",
		"(a message that could not be read; ring back)",
	}
	ContactMayNotWriteTo = Sentence{ // the child's name
		"Du kan ikke skrive til %s herfra.",
		"You cannot write to %s from here.",
	}
	TooLong = Sentence{ // parts needed, parts allowed
		"For langt for en knappetelefon: meldingen blir %d SMS-deler, og %d er det meste. Del den i to.",
		"Too long for a button phone: the message takes %d SMS parts, and %d is the most. Send it as two.",
	}
	PhoneOutOfReach = Sentence{ // the child's name
		"%s fikk ikke meldingen: telefonen har vært av eller uten dekning for lenge.",
		"%s did not get the message: the phone has been off or out of reach for too long.",
	}
	NotSent = Sentence{ // the child's name
		"%s fikk ikke meldingen: SMS-en kunne ikke sendes.",
		"%s did not get the message: the SMS could not be sent.",
	}
	PerhapsSent = Sentence{ // the child's name, clock time
		"Det er ikke sikkert at %s fikk meldingen din fra kl. %s. Den sendes ikke igjen av seg selv.",
		"It is not certain that %s got your message from %s. It is not sent again by itself.",
	}
	WriteToTheChild = Sentence{
		"Skriv til barnets adresse, ikke til denne.",
		"Write to the child's address, not to this one.",
	}
)
