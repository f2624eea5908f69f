package words

// What guardians read after the keeper has put back a copy of the database.
var (
	Restored = Sentence{ // date, clock time
		"Knapp er satt tilbake til en kopi fra %s kl. %s. Det som er skrevet siden, står ikke i loggen, og hvem som får skrive til hvem, er som da. Om det som ventet da, kom fram, vet ingen.",
		"Knapp was put back to a copy of %s %s. What was written since is not in the log, and who may write to whom is as it was then. Whether what waited then has arrived, nobody knows.",
	}
)
