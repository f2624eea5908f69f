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
	NoSpareNumber = Sentence{ // modem
		"Nummeret til modemet %s kan ikke være en kontakts eget.",
		"The number of the modem %s cannot be a contact's own.",
	}
	NumberGivenAway = Sentence{ // modem, whose
		"Nummeret til modemet %s er allerede %s sitt.",
		"The number of the modem %s is already %s's.",
	}
)
