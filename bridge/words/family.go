package words

// What guardians hear when one of them changes who there is in the family.
var (
	ChildAdded = Sentence{ // who, child
		"%s har lagt til %s i Knapp, med deg som foresatt.",
		"%s has added %s to Knapp, with you as a guardian.",
	}
	ChildRenamed = Sentence{ // who, name until now, name, localpart
		"%s har endret %s: navnet er %s, og adressen begynner med %s@.",
		"%s has changed %s: the name is %s, and the address begins with %s@.",
	}
	ChildArchived = Sentence{ // who, child
		"%s har arkivert %s: Knapp formidler ikke noe til eller fra %[2]s mer. Loggen er der fortsatt.",
		"%s has archived %s: Knapp relays nothing to or from %[2]s any more. The log is still there.",
	}
	GuardianMade = Sentence{ // who, guardian, child
		"%s har gjort %s til foresatt for %s. Barnet har fått vite det.",
		"%s has made %s a guardian of %s. The child has been told.",
	}
	PersonRenamed = Sentence{ // who, name until now, name
		"%s har endret navnet %s til %s.",
		"%s has changed the name %s to %s.",
	}
)

// Why somebody was not added or changed. Nothing was changed.
var (
	ForWhichChild = Sentence{
		"For hvilket barn? Velg minst ett.",
		"For which child? Choose at least one.",
	}
	NobodyToAdd = Sentence{ // name
		"Jeg finner ingen som heter %s blant dem du kan velge. Er det noen nye, må nummer eller adresse også med; er navnet opptatt, velg et annet.",
		"I find nobody called %s among those you can choose. Somebody new also needs a number or an address; if the name is taken, choose another.",
	}
	AddressTaken = Sentence{ // address, whose
		"%s hører allerede til %s. Sett personen på listen i stedet, eller bytt nummeret der.",
		"%s is %s's already. Put that person on the list instead, or change the number there.",
	}
	AddressElsewhere = Sentence{ // address
		"%s hører til noen som en annen foresatt har lagt inn. Snakk med de andre foresatte.",
		"%s belongs to somebody whom another guardian has added. Talk to the other guardians.",
	}
	GuardianNeedsChild = Sentence{
		"Velg rolle, og minst ett barn.",
		"Choose a role, and at least one child.",
	}
	ChildNeedsGuardian = Sentence{
		"Et barn må ha minst én foresatt.",
		"A child needs at least one guardian.",
	}
	LocalpartIsOwners = Sentence{
		"Bare en eier kan endre adressen som andre skriver til.",
		"Only an owner can change the address that others write to.",
	}
	OthersAreGuardians = Sentence{ // child, names
		"%s har også andre foresatte: %s. De må slutte som foresatte først. Det kan de gjøre selv med en gang, ellers tar det sju dager.",
		"%s has other guardians too: %s. They must stop being guardians first. They can do so themselves at once, else it takes seven days.",
	}
	AlarmFirst = Sentence{ // child
		"%s har en alarm som ingen har tatt. Ta den først.",
		"%s has an alarm that nobody has taken. Take it first.",
	}
	IsGuardianAlready = Sentence{ // guardian, child
		"%s er allerede foresatt for %s.",
		"%s is a guardian of %s already.",
	}
)
