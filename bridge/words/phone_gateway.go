package words

// What phones get about the gateway itself. In GSM-7.
var (
	TryMobile = Sentence{
		"Dette er en prøve. Står dette på mobilen din, når porten deg her når det haster.",
		"This is a test. If you read it on your mobile, the gateway reaches you here in an emergency.",
	}
	AgreedForYou = Sentence{ // who
		"%s skriver at dere har snakket om hva som lagres her. Stemmer det ikke, si fra. Send REGLER for å se det.",
		"%s says that you two have talked about what is kept here. If not, say so. Send RULES to see it.",
	}
)
