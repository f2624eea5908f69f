package words

// NewGuardian tells a child who answers for it from now on, and sees its log. In GSM-7.
var NewGuardian = Sentence{ // guardian
	"%s er nå også en av dine voksne her, og ser hvem du skriver med. Ikke hva.",
	"%s is now one of your grown-ups here too, and sees who you write with. Not what.",
}
