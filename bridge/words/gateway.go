package words

// What owners read about the gateway itself, in chat and console.
var (
	TryChat = Sentence{
		"Dette er en prøve. Leser du dette, når porten deg i chatten.",
		"This is a test. If you can read it, the gateway reaches you in the chat.",
	}
	TriedAMomentAgo = Sentence{ // minutes
		"En prøve gikk for et øyeblikk siden. Vent i %d minutter mellom to.",
		"A test has gone out a moment ago. Leave %d minutes between two.",
	}
	TriedEnough = Sentence{ // how many
		"Det er sendt %d SMS til mobilen din det siste døgnet. Hver koster penger: prøv igjen i morgen.",
		"%d texts went to your mobile within a day. Each costs money: try again tomorrow.",
	}
	NoMobileOfYours = Sentence{
		"Mobilnummeret ditt er ikke lagt inn.",
		"Your mobile number is not known here.",
	}
	NoChatOfYours = Sentence{
		"Chatadressen din er ikke lagt inn.",
		"Your chat address is not known here.",
	}
	NotAPhone = Sentence{ // as it was written
		"%s er ikke et telefonnummer.",
		"%s is no phone number.",
	}
	NotAChat = Sentence{ // as it was written
		"%s er ikke en chatadresse. Den ser ut som navn@eksempel.no.",
		"%s is no chat address. One looks like name@example.org.",
	}
	HasAnOwner = Sentence{
		"Familien har en eier alt. Eieren lager innlogging til de andre.",
		"The family has an owner already, who makes a sign-in for the others.",
	}
)
