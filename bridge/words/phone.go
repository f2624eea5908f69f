package words

// What a button phone gets: in GSM-7 (23.038 §6.2.1), short, and it says what to do.
var (
	MayNotWriteTo = Sentence{ // name
		"Du kan ikke skrive til %s.",
		"You cannot write to %s.",
	}
	DidNotReach = Sentence{ // name
		"%s fikk ikke meldingen din. Prøv igjen, eller ring.",
		"%s did not get your message. Try again, or ring.",
	}
	OnlyTextIsRelayed = Sentence{
		"Jeg kan bare sende tekst videre.",
		"I can only pass on text.",
	}
	NameTheChild = Sentence{ // names of the children one may write to, joined
		"Hvem er det til? Begynn med navnet og kolon: %s",
		"Who is it for? Begin with the name and a colon: %s",
	}
)
