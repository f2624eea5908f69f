package words

// What guardians and contacts read in a chat about how a child's text, or their own, came about.
var (
	NotSaidToWhom = Sentence{ // the child's name, the text
		"(%s sa ikke hvem dette var til) %s",
		"(%s did not say who this was for) %s",
	}
	FromLostPhone = Sentence{ // the text
		"(ikke bekreftet: telefonen er meldt mistet) %s",
		"(not confirmed: the phone is reported lost) %s",
	}
	TextGone = Sentence{
		"(teksten er ikke lenger lagret)",
		"(the text is no longer kept)",
	}
	ChildRang = Sentence{ // the child's name
		"(%s ringte)",
		"(%s rang)",
	}
	ShownAsWords = Sentence{ // the child's name
		"%s har en knappetelefon: emoji og uvanlige tegn ble til ord.",
		"%s has a button phone: emoji and unusual characters became words.",
	}
	SentAsTwo = Sentence{ // the child's name, parts
		"%s har en knappetelefon: meldingen gikk som to tekster (%d SMS-deler).",
		"%s has a button phone: the message went as two texts (%d SMS parts).",
	}
	NotShown = Sentence{ // the child's name
		"%s har en knappetelefon og kan ikke se bilder eller filer. %[1]s fikk vite at det kom noe.",
		"%s has a button phone and cannot see pictures or files. %[1]s was told that something came.",
	}
	CorrectionSent = Sentence{ // the child's name
		"Meldingen var allerede gått til %s. Rettelsen ble sendt som en ny.",
		"The message had already gone to %s. The correction was sent as a new one.",
	}
	CannotUnsay = Sentence{ // the child's name
		"%s har fått meldingen. En SMS kan ikke trekkes tilbake.",
		"%s has got the message. An SMS cannot be taken back.",
	}
)
