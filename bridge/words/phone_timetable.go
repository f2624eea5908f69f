package words

// What a child gets when its time is changed. In GSM-7.
var (
	WeekChanged = Sentence{ // who, the week in short
		"%s har endret timeplanen din. %s",
		"%s has changed your timetable. %s",
	}
	WeekIsFree = Sentence{
		"Du har ingen faste tider nå.",
		"You have no fixed hours now.",
	}
	WeekInRules = Sentence{
		"Skriv REGLER for å se hva som gjelder.",
		"Write RULES to see what holds.",
	}
	ShortSchool = Sentence{ // when
		"Skole: %s.",
		"School: %s.",
	}
	ShortSleep = Sentence{ // when
		"Natt: %s.",
		"Night: %s.",
	}
	ShortFree = Sentence{ // when
		"Fri: %s.",
		"Off: %s.",
	}
	FreeGiven = Sentence{ // who, what, days
		"%s har lagt inn fri for deg: %s (%s)",
		"%s has entered days off for you: %s (%s)",
	}
	FreeTaken = Sentence{ // who, what, days
		"%s har tatt bort dette fra timeplanen din: %s (%s)",
		"%s has taken this off your timetable: %s (%s)",
	}
	HoursChanged = Sentence{ // who, name of the hours, when
		"%s har endret tidene for %s: %s.",
		"%s has changed the hours of %s: %s.",
	}
)
