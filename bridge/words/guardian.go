package words

import (
	"fmt"
	"time"
)

// What guardians are asked, and hear of each other's answers, in a chat from the gateway's own address.
var (
	QuestionSMS = Sentence{ // number, length, code, a child's name
		`Ukjent nummer %[1]s har sendt SMS til Knapp (%[2]d tegn). Nummeret beviser ikke hvem det er: ring først. Svar:
JA %[3]s %[4]s NAVN – slipp inn hos %[4]s
ENGANG %[3]s %[4]s – bare i ett døgn
BLOKK %[3]s – nei
NYTT %[3]s NAVN – nytt nummer til en dere kjenner
VIS %[3]s – vis teksten (det blir skrevet ned)`,
		`Unknown number %[1]s has sent an SMS to Knapp (%[2]d characters). The number does not prove who it is: call first. Answer:
YES %[3]s %[4]s NAME – let in to %[4]s
ONCE %[3]s %[4]s – for 24 hours only
BLOCK %[3]s – no
NEW %[3]s NAME – a new number of somebody you know
SHOW %[3]s – show the text (it is written down)`,
	}
	QuestionChat = Sentence{ // address, child, length, code
		`Ukjent adresse %[1]s har skrevet til %[2]s (%[3]d tegn). Vær sikker på hvem det er: ring først. Svar:
JA %[4]s NAVN – slipp inn
ENGANG %[4]s – bare i ett døgn
BLOKK %[4]s – nei
VIS %[4]s – vis teksten (%[2]s får vite det)`,
		`Unknown address %[1]s has written to %[2]s (%[3]d characters). Be sure who it is: call first. Answer:
YES %[4]s NAME – let in
ONCE %[4]s – for 24 hours only
BLOCK %[4]s – no
SHOW %[4]s – show the text (%[2]s is told)`,
	}
	QuestionWish = Sentence{ // child, wanted name, number, code
		"%[1]s spør om å få skrive til %[2]s (%[3]s). Ikke bekreftet: ring først. Svar: JA %[4]s, ENGANG %[4]s (ett døgn) eller NEI %[4]s.",
		"%[1]s asks to write to %[2]s (%[3]s). Unverified: call first. Answer: YES %[4]s, ONCE %[4]s (24 hours) or NO %[4]s.",
	}
	QuestionsMore = Sentence{ // how many
		"%d andre ukjente har skrevet. Skriv SPØRSMÅL for å se dem.",
		"%d more strangers have written. Write QUESTIONS to see them.",
	}

	QuestionSettled = Sentence{ // address, contact, code
		"%s er %s, som står på lista nå: %s trenger ikke svar, og det som ventet er sendt videre.",
		"%s is %s, who is on the list now: %s needs no answer, and what waited has gone on.",
	}
	GuardianAllowed = Sentence{ // who, contact, address, child, code
		"%s har sluppet inn %s (%s) hos %s. Er det feil? ANGRE %s innen et døgn.",
		"%s has let %s (%s) in to %s. Is that wrong? UNDO %s within 24 hours.",
	}
	GuardianAllowedOnce = Sentence{ // who, contact, address, child, code
		"%s har sluppet inn %s (%s) hos %s i ett døgn. Er det feil? ANGRE %s.",
		"%s has let %s (%s) in to %s for 24 hours. Is that wrong? UNDO %s.",
	}
	GuardianBlocked = Sentence{ // who, address, code
		"%s har sagt nei til %s. Er det feil? ANGRE %s innen et døgn.",
		"%s has said no to %s. Is that wrong? UNDO %s within 24 hours.",
	}
	GuardianMoved = Sentence{ // who, contact, address, code
		"%s sier at %s har fått nytt nummer: %s. Det gamle virker ikke lenger. Er det feil? ANGRE %s innen et døgn.",
		"%s says that %s has a new number: %s. The old one no longer works. Is that wrong? UNDO %s within 24 hours.",
	}
	GuardianChanged = Sentence{ // who, contact, address
		"%s har gitt %s nytt nummer eller ny adresse: %s. Det gamle virker ikke lenger.",
		"%s has given %s a new number or address: %s. The old one no longer works.",
	}
	GuardianDisputed = Sentence{ // who, address, code
		"%s er uenig: %s er blokkert igjen (%s). Bli enige først.",
		"%s disagrees: %s is blocked again (%s). Agree first.",
	}
	GuardianUndid = Sentence{ // who, address, code
		"%s har tatt tilbake svaret om %s (%s).",
		"%s has taken back the answer about %s (%s).",
	}
	GuardianRead = Sentence{ // who, address, code
		"%s har lest teksten fra %s (%s).",
		"%s has read the text from %s (%s).",
	}
	GuardianWire = Sentence{ // modem
		"Den som passer Knapp-boksen leser nå alt som går gjennom modemet %s, også tekstene, for å finne en feil. Barna har fått vite det.",
		"Whoever looks after the Knapp box now reads all that goes through the modem %s, texts too, to find a fault. The children were told.",
	}
	GuardianCut = Sentence{ // guardian, child
		"%s er ikke lenger foresatt for %s i Knapp.",
		"%s is no longer a guardian of %s in Knapp.",
	}
	GuardianSuspended = Sentence{ // who, guardian, clock time
		"%s melder at telefonen til %s er borte. %[2]s kan ikke bestemme noe i Knapp før kl. %[3]s i morgen.",
		"%s reports that %s's phone is gone. %[2]s can decide nothing in Knapp until %[3]s tomorrow.",
	}
	GuardianKeeps = Sentence{ // what, child, days
		"%s om %s lagres nå i %d dager. Barnet har fått vite det.",
		"%s about %s is now kept for %d days. The child has been told.",
	}
	GuardianReleased = Sentence{ // who, child, the other
		"%s har åpnet igjen mellom %s og %s.",
		"%s has opened again between %s and %s.",
	}
	GuardianLine = Sentence{ // who, child, the line
		"%s har endret linjen din på lista til %s. Nå: %s.",
		"%s has changed your line on %s's list. Now: %s.",
	}
	GuardianLimits = Sentence{ // who, child, a day, a month, one contact a day, reserve
		"%s har satt grensene for %s: %s SMS om dagen, %s i måneden, %s om dagen for én kontakt, %d av dem bare for foresatte.",
		"%s has set the limits for %s: %s SMS a day, %s a month, %s a day for one contact, %d of them for guardians alone.",
	}
	GuardianExported = Sentence{ // who, child
		"%s har tatt ut loggen til %s.",
		"%s has exported the log of %s.",
	}

	PendingCut = Sentence{ // who, guardian, child, day
		"%s vil at %s ikke lenger skal være foresatt for %s. Det skjer %s.",
		"%s wants %s to be a guardian of %s no longer. It happens on %s.",
	}
	PendingCutYou = Sentence{ // who, child, day, code
		"%s vil at du ikke lenger skal være foresatt for %s. Det skjer %s, eller når du svarer JA %s. Snakk sammen.",
		"%s wants you to be a guardian of %s no longer. It happens on %s, or when you answer YES %s. Talk to each other.",
	}
	PendingRaise = Sentence{ // who, what, child, days, code
		"%s vil lagre %s om %s i %d dager. Det må to til. Svar JA %[5]s eller NEI %[5]s. Barnet får vite det.",
		"%s wants to keep %s about %s for %d days. It takes two. Answer YES %[5]s or NO %[5]s. The child will be told.",
	}
	PendingWithdrawn = Sentence{ // who, code
		"%s har trukket %s tilbake.",
		"%s has withdrawn %s.",
	}
	RetainedHeld     = Sentence{"teksten i meldinger som venter", "the text of messages that wait"}
	RetainedMetadata = Sentence{"loggen (hvem og når)", "the log (who and when)"}
	RetainedAudit    = Sentence{"listen over hvem som har sett hva", "the list of who has looked at what"}
)

// Why something that a guardian asked for was not done. Nothing was changed.
var (
	NotAllowed = Sentence{
		"Det har du ikke lov til her.",
		"You may not do that here.",
	}
	GuardianReachOwn = Sentence{ // name
		"%s er foresatt: bare %[1]s selv, eller den som har boksen, kan endre hvordan %[1]s nås.",
		"%s is a guardian: only %[1]s, or the keeper of the box, can change how %[1]s is reached.",
	}
	GuardianNameOwn = Sentence{ // name
		"%s er foresatt: bare %[1]s selv, eller den som har boksen, kan endre navnet. Barnet kjenner %[1]s på det.",
		"%s is a guardian: only %[1]s, or the keeper of the box, can change that name. The child knows %[1]s by it.",
	}
	SuspendedLately = Sentence{ // name
		"Du har meldt telefonen til %s borte den siste uka. En annen, eller den som har boksen, må gjøre det nå.",
		"You reported %s's phone gone within the last week. Somebody else, or the keeper of the box, must do it now.",
	}
	LimitsTooLow = Sentence{ // a day, a month
		"Minst %d om dagen og %d i måneden: de andre foresatte må også nå barnet.",
		"At least %d a day and %d a month: the other guardians must reach the child too.",
	}
	GuardianStaysOpen = Sentence{ // name
		"%s er foresatt: bare %[1]s kan stenge sin egen vei til barnet.",
		"%s is a guardian: only %[1]s can close that way to the child.",
	}
	NoSuchCode = Sentence{ // code
		"Jeg kjenner ikke koden %s. Skriv SPØRSMÅL for å se hva som venter.",
		"I do not know the code %s. Write QUESTIONS to see what waits.",
	}
	AlreadyAnswered = Sentence{ // code, who
		"%s er besvart allerede, av %s. Er det feil? ANGRE %[1]s.",
		"%s has been answered already, by %s. Is that wrong? UNDO %[1]s.",
	}
	QuestionExpired = Sentence{ // code
		"%s er for gammel: teksten er slettet. Be dem skrive igjen.",
		"%s is too old: its text is deleted. Ask them to write again.",
	}
	WhichChild = Sentence{ // code, names
		"Hos hvem? Skriv JA %s og navnet på barnet: %s.",
		"To whom? Write YES %s and the child's name: %s.",
	}
	NoChildCalled = Sentence{ // name
		"Jeg finner ikke noe barn som heter %s.",
		"I find no child called %s.",
	}
	NobodyCalled = Sentence{ // name
		"Jeg finner ingen som heter %s.",
		"I find nobody called %s.",
	}
	NameTaken = Sentence{ // name, code
		"Det finnes en %s fra før. Velg et annet navn, eller skriv NYTT %[2]s %[1]s hvis det er det nye nummeret.",
		"There is a %s already. Choose another name, or write NEW %[2]s %[1]s if this is the new number.",
	}
	NoNumberToLetIn = Sentence{ // sender
		"%s er ikke et nummer som noen kan svare. Det kan vises eller blokkeres, men ikke få komme inn.",
		"%s is no number that anybody can answer. It can be shown or blocked, not let in.",
	}
	CostlyOwner = Sentence{ // number
		"%s er utenlands eller koster ekstra: bare en eier kan slippe det inn.",
		"%s is abroad or costs extra: only an owner can let it in.",
	}
	CostlySure = Sentence{ // number, code
		"%s er utenlands eller koster ekstra. Er du sikker? Skriv det samme med SIKKER til slutt (%s).",
		"%s is abroad or costs extra. Are you sure? Write the same with SURE at the end (%s).",
	}
	TooLateToUndo = Sentence{ // code
		"Det er mer enn et døgn siden %s. Ta det av listen i stedet.",
		"%s is more than 24 hours ago. Take it off the list instead.",
	}
	NothingToUndo = Sentence{ // code
		"Det er ikke noe svar å angre på %s.",
		"There is no answer to undo for %s.",
	}
	NoTextKept = Sentence{ // code
		"Det er ingen tekst for %s.",
		"There is no text for %s.",
	}
	FamilyProblem = Sentence{ // what, in English
		"Det går ikke: %s",
		"That cannot be: %s",
	}
	NoAddress = Sentence{ // as it was written
		"%s er verken et telefonnummer eller en adresse.",
		"%s is neither a phone number nor an address.",
	}
	IsBlocked = Sentence{ // address
		"%s er blokkert. Opphev blokkeringen først.",
		"%s is blocked. Unblock it first.",
	}
	IsNotBlocked = Sentence{ // address
		"%s er ikke blokkert.",
		"%s is not blocked.",
	}
	BlockIsForStrangers = Sentence{ // address
		"%s hører til familien. Ta det av listen i stedet.",
		"%s belongs to the family. Take it off the list instead.",
	}
	LastGuardian = Sentence{ // guardian, child
		"%s er den eneste foresatte for %s: noen må være igjen.",
		"%s is the only guardian of %s: somebody must remain.",
	}
	WaitsAlready = Sentence{ // code
		"Det venter allerede på svar (%s).",
		"That waits for an answer already (%s).",
	}
	OnlyThatPerson = Sentence{ // code
		"Bare den det gjelder kan si ja til %s. Ellers skjer det når fristen er ute.",
		"Only the one concerned can agree to %s. Else it happens when the time is up.",
	}
	TakesAnother = Sentence{ // code
		"%s trenger ja fra en annen enn deg.",
		"%s takes the yes of somebody else than you.",
	}
	OnlyAnother = Sentence{ // code
		"Du kan ikke stoppe %s selv. Snakk med en av de andre.",
		"You cannot stop %s yourself. Talk to one of the others.",
	}
	OnlyWhoDid = Sentence{
		"Bare den som meldte den borte kan oppheve det. Ellers går det over av seg selv etter et døgn.",
		"Only whoever reported it can take it back. Else it ends by itself after 24 hours.",
	}
	RetentionBounds = Sentence{ // least, most
		"Det går fra %d til %d dager.",
		"It goes from %d to %d days.",
	}
)

// monthNames are the names that Date writes.
var monthNames = [...]string{
	"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember",
}

// Date writes a date without its year as people there write it.
func Date(language string, t time.Time) string {
	if language == Bokmål {
		return fmt.Sprintf("%d. %s", t.Day(), monthNames[t.Month()-1])
	}
	return t.Format("2 January")
}
