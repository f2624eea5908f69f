package words

// What guardians and the emergency list read in a chat when a child calls for help.
var (
	Alarm = Sentence{ // child, text, clock, the child's number
		"🚨 NØD: %s skriver: «%s» (kl. %s). Ring %s. Svar her, eller skriv JEG TAR DEN, så vet de andre at du tar den.",
		"🚨 EMERGENCY: %s writes: “%s” (%s). Ring %s. Answer here, or write I HAVE IT, so that the others know.",
	}
	AlarmOther = Sentence{ // child, text, clock, the child's number
		"🚨 NØD: %s skriver: «%s» (kl. %s). Ring %s. Foreldrene er varslet samtidig.",
		"🚨 EMERGENCY: %s writes: “%s” (%s). Ring %s. The parents are told at the same time.",
	}
	AlarmAgain = Sentence{ // round, the text of Alarm
		"(varsel %d) %s",
		"(alert %d) %s",
	}
	AlarmTakenBy = Sentence{ // who, child, how
		"%s tar nødmeldingen fra %s (%s). Du får ikke flere varsler om den.",
		"%s takes the emergency of %s (%s). You get no more alerts about it.",
	}
	AlarmYours = Sentence{ // child
		"Du har tatt nødmeldingen fra %s. De andre og %[1]s får vite det.",
		"You have taken the emergency of %s. The others and %[1]s are told.",
	}
	AlarmCeiling = Sentence{ // child, rounds
		"Ingen har tatt nødmeldingen fra %s etter %d varsler. Det sendes ikke flere. Den står åpen til noen skriver JEG TAR DEN.",
		"Nobody has taken the emergency of %s after %d alerts. No more are sent. It stays open until somebody writes I HAVE IT.",
	}
	AlarmNotAnswer = Sentence{ // child
		"Det så ut som et automatisk svar. Nødmeldingen fra %s er fortsatt åpen: skriv JEG TAR DEN.",
		"That looked like an automatic answer. The emergency of %s is still open: write I HAVE IT.",
	}
	ChildWritesStop = Sentence{ // child
		"%s skriver STOPP. Det avslutter ingenting: ring og hør hvordan det går.",
		"%s writes STOP. That ends nothing: ring and hear how it is.",
	}
	NotStored = Sentence{
		"Knapp kan ikke lagre noe: disken er full eller ødelagt. SMS-er venter i modemet, og det du skriver, blir avvist. Bare SOS fra barna går fram. «knapp status» på boksen sier hva som må gjøres.",
		"Knapp cannot store anything: the disk is full or broken. SMS wait in the modem, and what you write is refused. Only SOS from the children passes. `knapp status` on the box says what to do.",
	}
	AnswerPassed = Sentence{ // child
		"Sendt til %s, men ikke lagret: Knapp kan ikke lagre noe nå. Ring.",
		"Sent to %s, but not stored: Knapp can store nothing now. Ring.",
	}
	ByChat    = Sentence{"i chat", "by chat"}
	BySMS     = Sentence{"med SMS", "by SMS"}
	ByConsole = Sentence{"i nettleseren", "in the browser"}
	ByBox     = Sentence{"på boksen", "at the box"}

	CauseRang = Sentence{
		"(ringte to ganger på kort tid)",
		"(rang twice within a short time)",
	}
	CauseYes = Sentence{
		"ja (på spørsmål om det haster)",
		"yes (when asked whether it is urgent)",
	}
	Drill = Sentence{ // child
		"ØVELSE, ingen fare: nødvarslingen for %s prøves nå. Skriv JEG TAR DEN her, eller svar på SMS-en.",
		"DRILL, no danger: the alarm of %s is being tested now. Write I HAVE IT here, or answer the SMS.",
	}
	DrillResult = Sentence{ // child, who took it and how, or that nobody did; then one line a person
		"Øvelsen for %s: %s\n%s",
		"The drill of %s: %s\n%s",
	}
	DrillTaken = Sentence{ // who, how, seconds
		"%s tok den %s etter %d sekunder.",
		"%s took it %s after %d seconds.",
	}
	DrillNobody = Sentence{
		"ingen tok den på 15 minutter. I en ekte nød hadde ingen svart.",
		"nobody took it within 15 minutes. In a real emergency nobody would have answered.",
	}
	DrillLine = Sentence{ // name, state of the chat, state of the SMS
		"%s: chat %s, SMS %s",
		"%s: chat %s, SMS %s",
	}
	DrillNone      = Sentence{"(har ikke)", "(has none)"}
	DrillQueued    = Sentence{"venter", "waiting"}
	DrillSent      = Sentence{"sendt", "sent"}
	DrillDelivered = Sentence{"kom fram", "delivered"}
	DrillFailed    = Sentence{"kom ikke fram", "did not arrive"}
	DrillUnknown   = Sentence{"ukjent", "unknown"}
	DrillIsDue     = Sentence{ // child
		"Det er over en måned siden nødvarslingen for %s ble prøvd. Skriv ØVELSE %[1]s hit for å prøve den.",
		"The alarm of %s was last tested more than a month ago. Write DRILL %[1]s here to test it.",
	}
)
