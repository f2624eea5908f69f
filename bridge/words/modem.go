package words

import "time"

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
	ForeignSIM = Sentence{ // the modem's name, twice
		"Modemet «%s» har fått et annet SIM-kort. Det står urørt til noen godkjenner det, med «knapp sim adopt --modem %s» på boksen.",
		"The modem “%s” has another SIM card now. It is left alone until somebody approves it, with `knapp sim adopt --modem %s` on the box.",
	}
	ModemDeaf = Sentence{ // the modem's name, how long
		"Modemet «%s» har ikke svart på %s. Ingen SMS går inn eller ut så lenge. Knapp prøver å få det i gang igjen.",
		"The modem “%s” has not answered for %s. No SMS comes or goes meanwhile. Knapp is trying to bring it back.",
	}
	NoNetwork = Sentence{ // the modem's name, how long
		"Modemet «%s» har ikke hatt dekning på %s. Ingen SMS går inn eller ut så lenge.",
		"The modem “%s” has had no network for %s. No SMS comes or goes meanwhile.",
	}
	ModemAbroad = Sentence{ // the modem's name, how long
		"Modemet «%s» har vært i et utenlandsk nett i %s. SMS kommer inn, men ut går bare nødmeldinger.",
		"The modem “%s” has been in a foreign network for %s. SMS come in, but only emergencies go out.",
	}
	ModemBack = Sentence{ // the modem's name, how long
		"Modemet «%s» er i gang igjen. Det var borte i %s.",
		"The modem “%s” is back. It was deaf for %s.",
	}
	LowBalance = Sentence{ // the modem's name, the amount
		"Det er lite igjen på SIM-kortet i modemet «%s»: %s. Fyll på, ellers stopper SMS-ene.",
		"There is little left on the SIM card in the modem “%s”: %s. Top it up, or the SMS will stop.",
	}
	OneWaits     = Sentence{"Én melding venter.", "One message waits."}
	SomeWait     = Sentence{"%d meldinger venter.", "%d messages wait."} // how many
	OneWasHeld   = Sentence{"Én melding ble liggende imens.", "One message was held."}
	SomeWereHeld = Sentence{"%d meldinger ble liggende imens.", "%d messages were held."} // how many
	NoneWereHeld = Sentence{"Ingen meldinger ble liggende.", "No message was held."}
	oneMinute    = Sentence{"ett minutt", "one minute"}
	someMinutes  = Sentence{"%d minutter", "%d minutes"}
	someHours    = Sentence{"%d timer", "%d hours"}
)

// Span writes how long something has lasted, to the minute, and from two hours on to the hour. It is never less than a
// minute.
func Span(language string, d time.Duration) string {
	if minutes := max(int(d.Round(time.Minute)/time.Minute), 1); minutes < 120 {
		return Count(language, minutes, oneMinute, someMinutes)
	}
	return Say(language, someHours, int(d.Round(time.Hour)/time.Hour))
}

// Count says a sentence of one thing, or of several.
func Count(language string, n int, one, some Sentence) string {
	if n == 1 {
		return Say(language, one)
	}
	return Say(language, some, n)
}

// How the modems are, when a guardian asks.
var (
	ModemIs = Sentence{ // the modem's name, how it is
		"Modemet «%s» %s.",
		"The modem “%s” %s.",
	}
	ModemReady    = Sentence{"virker", "works"}
	ModemNotReady = Sentence{"virker ikke", "does not work"}
	BalanceIs     = Sentence{ // the modem's name, amount, date
		"«%s»: %s igjen (%s).",
		"“%s”: %s left (%s).",
	}
)
