package words

// What a child gets about whom it asked for, and about what others read or keep. In GSM-7.
var (
	WishAsked = Sentence{ // name or number
		"Jeg har spurt de voksne om %s. Du får svar her.",
		"I have asked your grown-ups about %s. You get the answer here.",
	}
	WishNoNumber = Sentence{
		"Det nummeret forstod jeg ikke. Skriv for eksempel: SPØR 91234567 Emma",
		"I did not understand that number. Write for example: ASK 91234567 Emma",
	}
	WishKnown = Sentence{ // name
		"Du kan allerede skrive til %s.",
		"You can already write to %s.",
	}
	WishTooMany = Sentence{
		"Du har spurt om mange. Vent til de voksne har svart.",
		"You have asked for many. Wait until your grown-ups have answered.",
	}
	WishGranted = Sentence{ // name
		"Ja! Nå kan du skrive til %s. Begynn med navnet og kolon.",
		"Yes! You can write to %s now. Begin with the name and a colon.",
	}
	WishDenied = Sentence{ // name or number
		"De voksne sa nei til %s. Spør dem gjerne hvorfor.",
		"Your grown-ups said no to %s. Do ask them why.",
	}
	WishUnanswered = Sentence{ // name or number
		"Ingen har svart om %s ennå. Spør de voksne hjemme.",
		"Nobody has answered about %s yet. Ask your grown-ups at home.",
	}
	TextWasRead = Sentence{ // who
		"%s har lest en melding til deg fra en ukjent.",
		"%s has read a message to you from somebody unknown.",
	}
	LogWasRead = Sentence{ // who
		"%s har tatt ut loggen din: hvem og når, ikke hva.",
		"%s has taken out your log: who and when, not what.",
	}
	WireIsRead = Sentence{
		"Den som passer Knapp-boksen leser nå det du sender og får, for å finne en feil.",
		"Whoever looks after the Knapp box now reads what you send and get, to find a fault.",
	}
	KeptLongerHeld = Sentence{ // days
		"Fra nå kan en melding som venter ligge her i %d dager før den slettes.",
		"From now on a message that waits may lie here for %d days before it is deleted.",
	}
	KeptLongerLog = Sentence{ // days
		"Fra nå husker jeg hvem og når i %d dager. Ikke hva du skriver.",
		"From now on I remember who and when for %d days. Not what you write.",
	}
	KeptLongerAudit = Sentence{ // days
		"Fra nå husker jeg i %d dager hvem som har sett på det ditt.",
		"From now on I remember for %d days who has looked at what is yours.",
	}
)

// PleaseRing asks a child to ring somebody.
var PleaseRing = Sentence{ // name
	"%s vil at du ringer.",
	"%s wants you to ring.",
}
