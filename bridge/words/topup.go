package words

// What owners read of a prepaid SIM that must be topped up.
var (
	TopUpSoon = Sentence{ // the modem's name, day, days
		"SIM-kortet i modemet «%s» må fylles på innen %s: det er %d dager til. Ellers slutter det å virke. Når det er gjort, skriv den nye datoen på siden Porten.",
		"The SIM card in the modem “%s” must be topped up by %s: %d days are left. Else it stops working. When it is done, write the new date on the page Gateway.",
	}
	TopUpTomorrow = Sentence{ // the modem's name
		"SIM-kortet i modemet «%s» må fylles på i dag eller i morgen, ellers slutter det å virke.",
		"The SIM card in the modem “%s” must be topped up today or tomorrow, or it stops working.",
	}
	TopUpToday = Sentence{ // the modem's name
		"SIM-kortet i modemet «%s» må fylles på i dag, ellers slutter det å virke.",
		"The SIM card in the modem “%s” must be topped up today, or it stops working.",
	}
	TopUpOver = Sentence{ // the modem's name, day
		"SIM-kortet i modemet «%s» skulle vært fylt på innen %s og kan slutte å virke når som helst. Er det gjort, skriv den nye datoen på siden Porten.",
		"The SIM card in the modem “%s” was to be topped up by %s and may stop working at any time. If it is done, write the new date on the page Gateway.",
	}
	TopUpOutside = Sentence{ // year
		"Skriv en dato fra i dag til og med %d.",
		"Write a date from today to the end of %d.",
	}
	NoSuchModem = Sentence{ // name
		"Det er ikke noe modem som heter %s.",
		"There is no modem called %s.",
	}
	TopUpIs = Sentence{ // the modem's name, day
		"«%s»: fylles på innen %s.",
		"“%s”: to be topped up by %s.",
	}
)
