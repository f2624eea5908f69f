package words

// What a phone gets about a text that waits or is not sent, and about what somebody did in a hurry. In GSM-7.
var (
	ArrivesWhen = Sentence{ // name, when
		"%s får meldingen din %s.",
		"%s gets your message %s.",
	}
	ArrivesLater = Sentence{ // name
		"%s får meldingen din litt senere.",
		"%s gets your message a little later.",
	}
	ChildWaitedTooLong = Sentence{ // name
		"Meldingen din til %s ventet for lenge og ble ikke sendt.",
		"Your message to %s waited for too long and was not sent.",
	}
	HeldIsGone = Sentence{
		"En melding du skrev, ventet og ble ikke sendt. Spør en voksen.",
		"A message you wrote was waiting and was not sent. Ask a grown-up.",
	}
	StoppedForChild = Sentence{ // name
		"Det ble for mange meldinger mellom deg og %s. Spør en voksen om å åpne igjen.",
		"There were too many messages between you and %s. Ask a grown-up to open again.",
	}
	AsksStoppedForChild = Sentence{
		"Du har spurt så ofte at jeg ikke svarer mer før en voksen åpner igjen. SOS virker alltid.",
		"You asked so often that I answer no more until a grown-up opens again. SOS always works.",
	}
	ReleasedForChild = Sentence{ // name
		"En voksen har åpnet igjen for %s.",
		"A grown-up has opened again for %s.",
	}
	AnswersAgain = Sentence{
		"En voksen har åpnet igjen. Nå svarer jeg når du spør.",
		"A grown-up has opened again. I answer when you ask.",
	}
	ChildDaySpent = Sentence{ // name
		"Dagens SMS-er er brukt opp, så %s fikk den ikke. De voksne dine når du alltid: skriv 0 først.",
		"Today's texts are used up, so %s did not get it. You always reach your grown-ups: begin with 0.",
	}
	ChildMonthSpent = Sentence{ // name
		"Månedens SMS-er er brukt opp, så %s fikk den ikke. De voksne når du alltid: skriv 0 først.",
		"The month's texts are used up, so %s did not get it. You always reach your grown-ups: begin with 0.",
	}
	ChildContactSpent = Sentence{ // name
		"Det er sendt nok til %s i dag. Prøv igjen i morgen.",
		"Enough was sent to %s today. Try again tomorrow.",
	}
	ChildNearlySpent = Sentence{ // parts spent, parts allowed
		"%d av %d SMS-er er brukt. De voksne dine når du alltid.",
		"%d of %d texts are used. You always reach your grown-ups.",
	}
	LimitsForYou = Sentence{ // who, one of the four that follow
		"%s har endret hvor mange SMS du har. %s De voksne dine når du alltid.",
		"%s has changed how many texts you have. %s You always reach your grown-ups.",
	}
	DayForYou         = Sentence{"Nå er det %d om dagen.", "Now it is %d a day."}
	MonthForYou       = Sentence{"Nå er det %d i måneden.", "Now it is %d a month."}
	DayAndMonthForYou = Sentence{"Nå er det %d om dagen og %d i måneden.", "Now it is %d a day and %d a month."}
	NoLimitForYou     = Sentence{"Nå er det ingen grense.", "Now there is no limit."}
	LostRing          = Sentence{ // number
		"Mistet. Ring %s",
		"Lost. Ring %s",
	}
	MutedForYou = Sentence{ // who muted, who is muted
		"%s vil at det skal være stille fra %s en stund.",
		"%s wants it to be quiet from %s for a while.",
	}
	MutedAllForYou = Sentence{ // who muted
		"%s vil at det skal være stille en stund. De voksne når deg, og du når dem.",
		"%s wants it to be quiet for a while. Your grown-ups reach you, and you them.",
	}
	OpenedForYou = Sentence{ // who opened, for whom, until when
		"%s har åpnet for %s. Det slutter %s.",
		"%s has opened for %s. It ends %s.",
	}
	OpenedAllForYou = Sentence{ // who opened, until when
		"%s har åpnet for alle på lista di. Det slutter %s.",
		"%s has opened for all on your list. It ends %s.",
	}
	ClosedForYou = Sentence{ // who
		"%s har slått av det ekstra. Nå gjelder timeplanen igjen.",
		"%s has ended the extra time. The timetable counts again.",
	}
	UnmutedForYou = Sentence{ // who
		"%s har skrudd på meldingene igjen.",
		"%s has turned the messages on again.",
	}
)
