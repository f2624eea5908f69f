package words

// Why the log says what it says, besides what the rules decide.
var (
	WhyGateway    = Sentence{"Knapps egne ord.", "The gateway's own words."}
	WhyNotText    = Sentence{"Det var ingen tekst i den.", "There was no text in it."}
	WhyUnreadable = Sentence{"Den kunne ikke leses.", "It could not be read."}
	WhyTooLong    = Sentence{"Den var for lang for en knappetelefon.", "It was too long for a button phone."}
	WhyBlocked    = Sentence{"En foresatt har blokkert adressen.", "A guardian has blocked the address."}
	WhyChildAsks  = Sentence{"Barnet spør om en ny kontakt.", "The child asks for a new contact."}
	WhyHelpline   = Sentence{"En hjelpetelefon: barnet ble bedt om å ringe.", "A helpline: the child was told to ring."}
	WhyCommand    = Sentence{"En beskjed til Knapp selv.", "A word to the gateway itself."}
	WhyExpired    = Sentence{"Den ventet lenger enn en tekst blir lagret.", "It waited for longer than a text is kept."}
	WhyTakenBack  = Sentence{"Den som skrev tok den tilbake.", "Its writer took it back."}
	WhyStranger   = Sentence{"Ingen i familien har denne adressen.", "Nobody in the family has this address."}
)
