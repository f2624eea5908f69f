package words

// What guardians read about the modem.
var (
	SIMNeedsHelp = Sentence{ // the modem's name
		"SIM-kortet i modemet «%s» virker ikke. Ingen SMS går inn eller ut. «knapp status» på boksen sier hva som mangler.",
		"The SIM card in the modem “%s” does not work. No SMS comes or goes. `knapp status` on the box says what is missing.",
	}
	StorageFull = Sentence{ // the modem's name
		"Minnet i modemet «%s» er fullt. Nye SMS venter hos operatøren til det er plass.",
		"The memory of the modem “%s” is full. New SMS wait with the operator until there is room.",
	}
)
