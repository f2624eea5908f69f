package words

// What a guardian reads about its sign-in to the console, in the chat.
var (
	SignInLink = Sentence{ // the link, minutes
		"Lenke for å logge inn i Knapp: %s\nDen virker én gang, i %d minutter. Var det ikke du som ba om den, så la den være.",
		"A link to sign in to Knapp: %s\nIt works once, for %d minutes. If you did not ask for it, leave it be.",
	}
	LinkWasMade = Sentence{ // who
		"%s har laget en lenke som lar deg velge nytt passord i Knapp. Er det ikke avtalt, så ring.",
		"%s has made a link by which you can choose a new password for Knapp. If that was not agreed, ring.",
	}
)
