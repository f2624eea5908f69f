package words

// What phones get in an emergency: the child's, and the mobiles of who is to help. In GSM-7.
var (
	AlarmReceived = Sentence{ // names of who is told
		"Mottatt. Jeg sier fra til %s nå. Er det fare: ring 112.",
		"Received. I am telling %s now. In danger: ring 112.",
	}
	AlarmTaken = Sentence{ // name
		"%s har sett det og tar seg av det.",
		"%s has seen it and is taking care of it.",
	}
	AlarmRead = Sentence{ // name
		"%s har lest det.",
		"%s has read it.",
	}
	AlarmUnanswered = Sentence{ // whom to ring
		"Ingen har svart ennå. Jeg prøver igjen. Ring %s, eller 112.",
		"Nobody has answered yet. I go on trying. Ring %s, or 112.",
	}
	AlarmPhone = Sentence{ // child, text, the child's number
		"NØD! %s skriver: %s. Ring %s. Svar JEG TAR DEN når du tar den.",
		"EMERGENCY! %s writes: %s. Ring %s. Answer I HAVE IT when you take it.",
	}
	AlarmPhoneOther = Sentence{ // child, text, the child's number
		"NØD! %s skriver: %s. Ring %s. Foreldrene er varslet.",
		"EMERGENCY! %s writes: %s. Ring %s. The parents are told.",
	}
	AlarmTakenByPhone = Sentence{ // who, child, how
		"%s tar nødmeldingen fra %s (%s).",
		"%s takes the emergency of %s (%s).",
	}
	NobodyHasRead = Sentence{ // whom to ring
		"Ingen har lest ennå. Ring %s.",
		"Nobody has read it yet. Ring %s.",
	}
	MoreUnread = Sentence{ // child
		"%s har skrevet mer som ikke er lest. Se i chatten, eller ring.",
		"%s has written more that is not read. Look in the chat, or ring.",
	}
	NotStoredForChild = Sentence{
		"Meldingen din kommer ikke fram ennå. Haster det, så ring. SOS virker.",
		"Your message does not arrive yet. Is it urgent? Ring. SOS works.",
	}
	IsItUrgent = Sentence{
		"Haster det? Svar SOS.",
		"Is it urgent? Answer SOS.",
	}
	HoldKey = Sentence{ // key, name
		"%[2]s: hold %[1]d",
		"%[2]s: hold %[1]d",
	}
	DrillToChild = Sentence{
		"ØVELSE. De voksne prøver nødvarslingen. Du trenger ikke gjøre noe.",
		"DRILL. The grown-ups are testing the alarm. You need not do anything.",
	}
	DrillPhone = Sentence{ // child
		"ØVELSE, ingen fare. Nødvarsling for %s prøves. Svar JEG TAR DEN.",
		"DRILL, no danger. The alarm of %s is being tested. Answer I HAVE IT.",
	}
	FallbackPhone = Sentence{ // minutes
		"(ikke lest på %d min)",
		"(not read for %d min)",
	}
)
