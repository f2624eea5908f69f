package words

// What guardians see beside a child's name in their chat program, or beside the gateway's. Short: a client shows one
// line.
var (
	PresenceDeaf      = Sentence{"Modemet i Knapp svarer ikke", "Knapp's modem does not answer"}
	PresenceNoNetwork = Sentence{"Knapp har ikke mobilnett", "Knapp has no mobile network"}
	PresencePaused    = Sentence{"Knapp står på pause", "Knapp is paused"}
	PresenceLost      = Sentence{"Telefonen er meldt mistet", "The phone is reported lost"}
	PresenceSilent    = Sentence{"Telefonen er av eller uten dekning", "The phone is off or out of reach"}
	PresenceMuted     = Sentence{"Stille til noen slår det av", "Muted until somebody ends it"}
	PresenceMutedTo   = Sentence{"Stille til %s", "Muted until %s"}        // a time
	PresenceSchool    = Sentence{"På skolen", "At school"}                 // without an end
	PresenceSchoolTo  = Sentence{"På skolen til %s", "At school until %s"} // a time
	PresenceSleep     = Sentence{"Sover", "Asleep"}                        // without an end
	PresenceSleepTo   = Sentence{"Sover til %s", "Asleep until %s"}        // a time
	PresenceClock     = Sentence{"kl. %s", "%s"}                           // clock
)
