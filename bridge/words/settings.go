package words

// What owners set for the whole family.
var (
	GuardianStorm = Sentence{ // who, how many texts
		"%s har endret når meldinger stanses: når det går %d på ti minutter mellom et barn og en annen.",
		"%s has changed when texts are stopped: once %d pass in ten minutes between a child and somebody else.",
	}
	StormOutside = Sentence{ // least, most
		"Fra %d til %d på ti minutter: en foresatt som har det travelt, må komme fram, og en maskin som henger seg opp, må stanses.",
		"From %d to %d in ten minutes: a guardian in a hurry must get through, and a machine that runs away must be stopped.",
	}
	GuardianCodeWord = Sentence{ // who
		"%s har byttet kodeordet til familien. Det står ikke her: spør, eller se det i konsollen hvis du er eier.",
		"%s has changed the family's code word. It does not stand here: ask, or see it in the console if you are an owner.",
	}
	GuardianNoCodeWord = Sentence{ // who
		"%s har fjernet kodeordet til familien. Fra en lånt telefon blir dere nå spurt først.",
		"%s has removed the family's code word. From a borrowed phone you are now asked first.",
	}
	NoSpareNumber = Sentence{ // modem
		"Nummeret til modemet %s kan ikke være en kontakts eget.",
		"The number of the modem %s cannot be a contact's own.",
	}
	NumberGivenAway = Sentence{ // modem, whose
		"Nummeret til modemet %s er allerede %s sitt.",
		"The number of the modem %s is already %s's.",
	}
)
