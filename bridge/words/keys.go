package words

// What guardians hear when a key, or an entry of a child's phone book, cannot be had as they asked.
var (
	NoSuchKey = Sentence{ // key
		"På tasten %d kan ingen ligge: velg 1 til 9.",
		"Nobody can be on key %d: choose 1 to 9.",
	}
	ChildMayNotWrite = Sentence{ // the child's name, whom
		"%s kan ikke skrive til %s.",
		"%s cannot write to %s.",
	}
	CardsNotSent = Sentence{
		"Her kan ingen telefonbokkort sendes.",
		"No phone-book cards can be sent from here.",
	}
	NoGatewayNumber = Sentence{
		"Nummeret til Knapp er ikke kjent. Den som styrer boksen, skriver det inn under modemet.",
		"Knapp's number is not known. Whoever keeps the box enters it with the modem.",
	}
	ChooseACard = Sentence{
		"Velg minst ett kort.",
		"Choose at least one card.",
	}
	NoPhoneToRing = Sentence{ // name
		"%s har ikke noe telefonnummer å ringe til.",
		"%s has no phone number to ring.",
	}
	CardOnItsWay = Sentence{ // what the entry is called
		"%s er på vei allerede. Vent til det er framme.",
		"%s is on its way already. Wait until it has arrived.",
	}
	CardsCost = Sentence{ // parts now, parts that were shown
		"Det koster %d SMS nå, og ikke %d. Se over det en gang til.",
		"It costs %d SMS now, and not %d. Look it over once more.",
	}
	CardsBeyondBudget = Sentence{ // parts, parts left
		"Det koster %d SMS, og det er bare %d igjen. Send færre, eller vent.",
		"It costs %d SMS, and only %d are left. Send fewer, or wait.",
	}
	CardsToLostPhone = Sentence{ // the child's name
		"Telefonen til %s er meldt mistet. Ingenting sendes dit.",
		"The phone of %s is reported lost. Nothing is sent there.",
	}
)
