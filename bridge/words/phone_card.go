package words

// What a child types, as it stands on the card in its wallet, and what its own phone book is given. In GSM-7: the first
// are typed on a button phone, the second go to one.
var (
	TypeHello = Sentence{"hei", "hi"}
	TypeWho   = Sentence{"HVEM", "WHO"}
	TypeRules = Sentence{"REGLER", "RULES"}
	TypeAsk   = Sentence{"SPØR 91234567 Ida", "ASK 91234567 Ida"}
	TypeStop  = Sentence{ // key
		"STOPP %d",
		"STOP %d",
	}
	TypeHelp = Sentence{"HJELP", "HELP"}

	EntrySMS = Sentence{ // the gateway's name
		"%s SMS",
		"%s SMS",
	}
	EntryRing = Sentence{ // name
		"%s RING",
		"%s CALL",
	}
)
