package words

// What guardians read in a chat about somebody who wrote from an unknown phone with the family's code word.
var (
	CodeWordSays = Sentence{ // number, text, code
		"Fra ukjent nummer %s, med kodeordet deres (%[3]s): «%[2]s»\nIkke bekreftet: ring og hør hvem det er. SVAR %[3]s og det du vil si går dit i to timer.",
		"From unknown number %s, with your code word (%[3]s): “%[2]s”\nUnverified: ring and hear who it is. ANSWER %[3]s and what you want to say goes there for two hours.",
	}
	CodeWordAlarm = Sentence{ // number, text, code
		"🚨 NØD? Fra ukjent nummer %s, med kodeordet deres (%[3]s): «%[2]s»\nIkke bekreftet: ring %[1]s nå. SVAR %[3]s og det du vil si går dit i to timer.",
		"🚨 EMERGENCY? From unknown number %s, with your code word (%[3]s): “%[2]s”\nUnverified: ring %[1]s now. ANSWER %[3]s and what you want to say goes there for two hours.",
	}
	CodeWordEnough = Sentence{
		"(Det kom mye derfra. Mer vises ikke, om det ikke er et nødrop.)",
		"(Much came from there. No more is shown, unless it calls for help.)",
	}
	CodeWordAnswered = Sentence{ // code, number
		"Sendt til %[2]s (%[1]s).",
		"Sent to %[2]s (%[1]s).",
	}
	CodeWordOtherAnswered = Sentence{ // who, number, code
		"%s har svart %s (%s).",
		"%s has answered %s (%s).",
	}
	CodeWordOver = Sentence{ // code
		"%s gjelder ikke (lenger): svar går bare til et nummer som har brukt kodeordet de siste to timene.",
		"%s does not count (any more): answers go only to a number that has used the code word within two hours.",
	}
	CodeWordNoReply = Sentence{ // number
		"%s er ikke et nummer som kan få SMS.",
		"%s is no number that can get an SMS.",
	}
	CodeWordCostly = Sentence{ // number, code
		"%s er i utlandet eller koster ekstra. En eier kan skrive SVAR %s SIKKER og det som skal sies.",
		"%s is abroad or costs extra. An owner can write ANSWER %s SURE and what is to be said.",
	}
	CodeWordWhat = Sentence{ // code
		"Hva skal jeg svare? Skriv SVAR %s og så det du vil si.",
		"What shall I answer? Write ANSWER %s and then what you want to say.",
	}
	CodeWordNoBudget = Sentence{
		"SMS-ene til Knapp er brukt opp. Ring i stedet.",
		"The gateway's SMS are used up. Ring instead.",
	}
	CodeWordNotSent = Sentence{ // number
		"Svaret til %s kom ikke fram. Ring.",
		"The answer to %s did not arrive. Ring.",
	}
	CodeWordPerhaps = Sentence{ // number
		"Det er ikke sikkert at svaret til %s kom fram. Det sendes ikke igjen av seg selv: ring.",
		"It is not certain that the answer to %s arrived. It is not sent again by itself: ring.",
	}
	HelpCodeWord = Sentence{
		"SVAR K7 tekst – svar en ukjent telefon som brukte kodeordet",
		"ANSWER K7 text – answer an unknown phone that used the code word",
	}
	WhyCodeWord = Sentence{"Fra eller til en telefon som brukte kodeordet.", "From or to a phone that used the code word."}
)
