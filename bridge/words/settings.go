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
	AnOwner     = Sentence{"eier", "an owner"}
	AGuardian   = Sentence{"foresatt", "a guardian"}
	AHelper     = Sentence{"hjelper", "a helper"}
	AViewer     = Sentence{"en som bare kan se", "somebody who may only look"}
	PendingRole = Sentence{ // who, guardian, role, day
		"%s vil at %s skal være %s. Det skjer %s.",
		"%s wants %s to be %s. It happens on %s.",
	}
	PendingRoleYou = Sentence{ // who, role, day, code
		"%s vil at du skal være %s og ikke mer. Det skjer %s, eller når du svarer JA %s. Snakk sammen.",
		"%s wants you to be %s and no more. It happens on %s, or when you answer YES %s. Talk to each other.",
	}
	PendingOwner = Sentence{ // who, guardian
		"%s vil at %s skal være eier. Det tar en eier til.",
		"%s wants %s to be an owner. It takes another owner.",
	}
	PendingOwnerAsk = Sentence{ // who, guardian, code
		"%s vil at %s skal være eier. Det må to eiere til. Svar JA %[3]s eller NEI %[3]s.",
		"%s wants %s to be an owner. It takes two owners. Answer YES %[3]s or NO %[3]s.",
	}
	RoleChanged = Sentence{ // guardian, role
		"%s er nå %s.",
		"%s is %s now.",
	}
	RoleChangedYou = Sentence{ // role
		"Du er nå %s. HJELP viser hva du kan gjøre.",
		"You are %s now. HELP shows what you can do.",
	}
	LastOwner = Sentence{ // guardian, child
		"%s er den eneste eieren for %s. Gjør en annen til eier først.",
		"%s is the only owner for %s. Make somebody else an owner first.",
	}
	OnlyOwner = Sentence{ // guardian
		"%s er den eneste eieren. Gjør en annen til eier først.",
		"%s is the only owner. Make somebody else an owner first.",
	}
	LastWhoAnswers = Sentence{ // guardian, child
		"%s er den eneste som kan svare på spørsmål om %s. La en annen få det først.",
		"%s is the only one who can answer questions about %s. Let somebody else have that first.",
	}
	OwnerMoreTakesTwo = Sentence{ // guardian, child
		"%s er eier, og %s har en annen eier enn deg. En eier til må to eiere være enige om: den som steller boksen kan gjøre det da.",
		"%s is an owner, and %s has another owner than you. Two owners must agree on one more: whoever keeps the box can do it then.",
	}
	TooNewToAgree = Sentence{ // code
		"%s trenger ja fra en som har vært foresatt i mer enn en uke.",
		"%s takes the yes of somebody who has been a guardian for more than a week.",
	}
	LineNoKey = Sentence{"ingen tast", "no key"}
	LineKey   = Sentence{"tast %d", "key %d"} // which
	LineBoth  = Sentence{                     // child
		"%[1]s og du kan skrive til hverandre", "%[1]s and you can write to each other",
	}
	LineFrom = Sentence{ // child
		"%s kan skrive til deg, men du ikke tilbake", "%s can write to you, but you not back",
	}
	LineTo = Sentence{ // child
		"du kan skrive til %s, men ikke få svar", "you can write to %s, but get no answer",
	}
	LineShut = Sentence{ // child
		"verken du eller %s kan skrive", "neither you nor %s can write",
	}
	LineOnly = Sentence{ // when
		"bare %s", "only %s",
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
