package words

// What phones get about the family's code word. In GSM-7.
var (
	CodeWordPhone = Sentence{ // number, text
		"Kodeordet ble brukt fra %s: %s. Ikke bekreftet: ring.",
		"The code word was used from %s: %s. Unverified: ring.",
	}
	CodeWordAlarmPhone = Sentence{ // number, text
		"NØD? Fra %s med kodeordet: %s. Ikke bekreftet: ring nå.",
		"EMERGENCY? From %s with the code word: %s. Unverified: ring now.",
	}
	CodeWordRule = Sentence{
		"Låner du en telefon: skriv kodeordet først, så når du de voksne.",
		"On a borrowed phone: write the code word first, and you reach your grown-ups.",
	}
)
