package words

// What a child's phone gets in answer to what the child typed, and what phones get with a text. In GSM-7.
var (
	ToWhom = Sentence{ // keys and names, as in `2 Mamma 3 Pappa`
		"Til hvem? %s",
		"To whom? %s",
	}
	NobodyOnKey = Sentence{ // key
		"Det er ingen på %d.",
		"Nobody is on %d.",
	}
	OnKey = Sentence{ // key, name, key
		"%d er %s. Skriv %d og så det du vil si.",
		"%d is %s. Write %d and then what you want to say.",
	}
	OnKeyNotNow = Sentence{ // key, name
		"%d er %s, men du kan ikke skrive dit nå.",
		"%d is %s, but you cannot write there now.",
	}
	YouCanWriteTo = Sentence{ // keys and names
		"Du kan skrive til: %s.",
		"You can write to: %s.",
	}
	ZeroIsAll = Sentence{
		"0 er alle de voksne dine.",
		"0 is all your grown-ups.",
	}
	NotNow = Sentence{ // names
		"Ikke nå: %s.",
		"Not now: %s.",
	}
	FromTime = Sentence{ // name, when
		"%s (fra %s)",
		"%s (from %s)",
	}
	ChatIsDown = Sentence{
		"Nettet er nede, så svar kan ta tid. Haster det? Ring.",
		"The network is down, so answers may take time. Is it urgent? Ring.",
	}
	SilencedByYou = Sentence{ // name, what to write, as in `4 hei`
		"Nå kommer det ikke noe fra %s. Skriv %s når du vil høre mer.",
		"Nothing comes from %s now. Write %s when you want to hear more.",
	}
	CannotSilence = Sentence{ // name
		"%s kan ikke skrus av: det er en av dem som passer på deg.",
		"%s cannot be turned off: that is one who looks after you.",
	}
	HeardAgain = Sentence{ // name
		"Nå får du meldinger fra %s igjen.",
		"You get texts from %s again now.",
	}
	DidYouMeanSOS = Sentence{
		"Mente du SOS? Svar SOS, så sier jeg fra til alle.",
		"Did you mean SOS? Answer SOS and I tell everybody.",
	}
	RingNow = Sentence{ // number
		"Ring %s nå!",
		"Ring %s now!",
	}
	RingHelpline = Sentence{ // number
		"Ring %s",
		"Ring %s",
	}
	RingNotSent = Sentence{ // number
		"Ring %s. Det du skrev, er ikke sendt til noen.",
		"Ring %s. What you wrote was sent to nobody.",
	}
	AnsweredMuch = Sentence{
		"Nå har jeg svart mye. Jeg svarer igjen om en time. SOS virker alltid.",
		"I have answered a lot. I answer again in an hour. SOS always works.",
	}
	AskedAgain = Sentence{ // what, how often
		"%s (%d ganger)",
		"%s (%d times)",
	}
	New = Sentence{ // name
		"%s (ny)",
		"%s (new)",
	}
	Corrected = Sentence{ // text
		"Rettet: %s",
		"Corrected: %s",
	}
	SentPicture = Sentence{
		"(sendte et bilde)",
		"(sent a picture)",
	}
	SentVideo = Sentence{
		"(sendte en video)",
		"(sent a video)",
	}
	SentSound = Sentence{
		"(sendte en lydmelding)",
		"(sent a voice message)",
	}
	SentFile = Sentence{
		"(sendte en fil)",
		"(sent a file)",
	}
	SentSeveral = Sentence{ // how many
		"(sendte %d bilder eller filer)",
		"(sent %d pictures or files)",
	}
	Emoji = Sentence{ // for what has no word of its own
		"(emoji)",
		"(emoji)",
	}

	Joined = Sentence{ // two sentences
		"%s %s",
		"%s %s",
	}

	// What REGLER tells, one fact each.
	NowMode = Sentence{ // mode
		"Nå er det %s.",
		"Now it is %s.",
	}
	NowModeUntil = Sentence{ // mode, when
		"Nå er det %s til %s.",
		"Now it is %s until %s.",
	}
	ModeHome     = Sentence{"fritid", "free time"}
	ModeSchool   = Sentence{"skole", "school"}
	ModeSleep    = Sentence{"natt", "night"}
	ModeHolidays = Sentence{"ferie", "holiday"}
	LeftToday    = Sentence{ // parts
		"Det er %d SMS igjen i dag.",
		"%d SMS are left today.",
	}
	LeftThisMonth = Sentence{ // parts
		"Det er %d SMS igjen denne måneden.",
		"%d SMS are left this month.",
	}
	NobodyHasLooked = Sentence{
		"Ingen har sett i det de siste 30 dagene.",
		"Nobody has looked at it in the last 30 days.",
	}
	LookedAtIt = Sentence{ // who and when
		"Sist sett i det: %s.",
		"Looked at it last: %s.",
	}
	KeeperOfTheBox = Sentence{
		"den som har boksen",
		"the keeper of the box",
	}
	KeptAboutYou = Sentence{ // days
		"Jeg husker hvem og når i %d dager, ikke hva du skrev.",
		"I remember who and when for %d days, not what you wrote.",
	}
)
