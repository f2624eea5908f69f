package words

// What guardians hear in answer to plain words to the gateway's own address.
var (
	UnknownWords = Sentence{
		"Det forstod jeg ikke. Skriv HJELP for å se hva jeg kan. Meldinger til et barn sendes til barnets egen adresse.",
		"I did not understand that. Write HELP to see what I can do. Messages to a child go to the child's own address.",
	}
	HelpSee = Sentence{
		`STATUS – hvordan det står til
HVEM – hvem som kan nås
SPØRSMÅL – hva som venter på svar
RING MEG Emma – be barnet ringe deg
SALDO – hva som er igjen på SIM-kortet
INNSYN – hvem som har sett hva
JEG TAR DEN – når et barn ber om hjelp`,
		`STATUS – how things are
WHO – who can be reached
QUESTIONS – what waits for an answer
CALL ME Emma – ask the child to ring you
BALANCE – what is left on the SIM card
AUDIT – who has looked at what
I HAVE IT – when a child asks for help`,
	}
	HelpHurry = Sentence{
		`STILLE Emma til 16 – hold meldinger til barnet tilbake
ÅPNE Emma 1 time – slipp gjennom det timeplanen stopper (15 min, 1 time, til neste)
MISTET Emma / FUNNET Emma – barnets telefon
BORTE Pappa – en foresatts telefon er borte
ØVELSE Emma – prøv alarmen`,
		`MUTE Emma until 16 – hold back messages to the child
OPEN Emma 1 hour – let through what the timetable stops (15 min, 1 hour, until next)
LOST Emma / FOUND Emma – the child's phone
GONE Pappa – a guardian's phone is gone
DRILL Emma – try the alarm`,
	}
	HelpApprove = Sentence{
		`JA K7 Emma NAVN – slipp inn en ukjent hos Emma
ENGANG K7 Emma – bare i ett døgn
NEI K7 – blokker
NYTT K7 NAVN – nytt nummer til en dere kjenner
VIS K7 – vis teksten (skrives ned)
ANGRE K7 – ta tilbake et svar
OPPHEV nummer – ikke blokkert lenger
SLIPP Emma NAVN – åpne igjen etter for mange meldinger
GRENSER Emma dag 40 måned 600 – hvor mange SMS-er`,
		`YES K7 Emma NAME – let a stranger in to Emma
ONCE K7 Emma – for 24 hours only
NO K7 – block
NEW K7 NAME – a new number of somebody you know
SHOW K7 – show the text (written down)
UNDO K7 – take an answer back
UNBLOCK number – no longer blocked
RELEASE Emma NAME – open again after too many messages
LIMITS Emma day 40 month 600 – how many texts`,
	}
	QuestionsWait = Sentence{ // how many
		"%d spørsmål venter på svar (SPØRSMÅL).",
		"%d questions wait for an answer (QUESTIONS).",
	}
	StatusNoChat = Sentence{
		"Chat-tjeneren svarer ikke.",
		"The chat server does not answer.",
	}
	StatusWaiting = Sentence{ // SMS, chats
		"Venter på å bli sendt: %d SMS og %d i chat.",
		"Waiting to be sent: %d SMS and %d chats.",
	}
	StatusAlarm = Sentence{ // child, date, clock time
		"%s har bedt om hjelp (%s kl. %s), og ingen har tatt det. Skriv JEG TAR DEN.",
		"%s has asked for help (%s at %s), and nobody has taken it. Write I HAVE IT.",
	}
	StatusDrill = Sentence{ // child, date, clock time
		"Øvelsen for %s (%s kl. %s) er ikke tatt av noen ennå.",
		"The drill for %s (%s at %s) is taken by nobody yet.",
	}
	StatusStopped = Sentence{ // child, the other, twice
		"Stanset mellom %s og %s. Skriv SLIPP %[1]s %[2]s for å åpne igjen.",
		"Stopped between %s and %s. Write RELEASE %[1]s %[2]s to open again.",
	}
	StatusLastDrill = Sentence{ // child, date
		"Siste øvelse for %s: %s",
		"Last drill for %s: %s",
	}
	StatusNeverDrilled = Sentence{ // child
		"Alarmen til %s er aldri prøvd (ØVELSE).",
		"The alarm of %s was never tried (DRILL).",
	}
	NothingIsStopped = Sentence{ // child
		"Ingenting er stanset hos %s.",
		"Nothing is stopped for %s.",
	}
	YouReleased = Sentence{ // child, the other
		"Åpent igjen mellom %s og %s.",
		"Open again between %s and %s.",
	}
	WhichLimits = Sentence{
		"Skriv for eksempel: GRENSER Emma dag 40 måned 600, også med kontakt og reserve (mindre enn dagens), eller GRENSER Emma vanlige, eller GRENSER Emma ingen.",
		"Write for example: LIMITS Emma day 40 month 600, also with contact and reserve (less than the day's), or LIMITS Emma usual, or LIMITS Emma none.",
	}
	LimitsAre = Sentence{ // child, spent, most, spent, most, most, reserve
		"SMS for %s: i dag %d av %s, denne måneden %d av %s, for én kontakt om dagen %s, %d er bare for foresatte.",
		"SMS for %s: today %d of %s, this month %d of %s, for one contact a day %s, %d are for guardians alone.",
	}
	NoLimit    = Sentence{"uten grense", "no limit"}
	NoChildren = Sentence{
		"Du er ikke foresatt for noen her.",
		"You are no child's guardian here.",
	}
	ReachLost = Sentence{ // child
		"%s: telefonen er mistet",
		"%s: the phone is lost",
	}
	ReachMode = Sentence{ // child, mode
		"%s: %s",
		"%s: %s",
	}
	ReachModeUntil = Sentence{ // child, mode, when
		"%s: %s til %s",
		"%s: %s until %s",
	}
	LineSMS = Sentence{ // code, number, count
		"%s: SMS fra %s (%d)",
		"%s: SMS from %s (%d)",
	}
	LineChat = Sentence{ // code, address, child, count
		"%s: %s vil skrive til %s (%d)",
		"%s: %s wants to write to %s (%d)",
	}
	LineWish = Sentence{ // code, child, name, number
		"%s: %s spør om %s (%s)",
		"%s: %s asks for %s (%s)",
	}
	LinePending = Sentence{ // code, child
		"%s: en endring for %s venter på ja",
		"%s: a change for %s waits for a yes",
	}
	AndMore = Sentence{ // how many
		"… og %d til.",
		"… and %d more.",
	}
	NothingWaits = Sentence{
		"Ingenting venter på svar.",
		"Nothing waits for an answer.",
	}
	NoBalance = Sentence{
		"Jeg vet ikke hva som er igjen: saldo er ikke satt opp.",
		"I do not know what is left: the balance is not set up.",
	}
	WhichCode = Sentence{
		"Hvilket? Skriv koden også, som i JA K7. SPØRSMÅL viser dem.",
		"Which one? Write the code too, as in YES K7. QUESTIONS shows them.",
	}
	WhichOfThem = Sentence{ // names
		"Hvem gjelder det? Skriv navnet også: %s.",
		"Who is it about? Write the name too: %s.",
	}
	WhichTime = Sentence{
		"Hvor lenge? Skriv for eksempel: til 16.30, 15 min, 1 time eller til neste.",
		"For how long? Write for example: until 16:30, 15 min, 1 hour or until next.",
	}
	YouAllowed = Sentence{ // contact, address, child, code
		"%s (%s) er sluppet inn hos %s. ANGRE %s tar det tilbake.",
		"%s (%s) is let in to %s. UNDO %s takes it back.",
	}
	YouAllowedOnce = Sentence{ // contact, address, child, code
		"%s (%s) er sluppet inn hos %s i ett døgn. ANGRE %s tar det tilbake.",
		"%s (%s) is let in to %s for 24 hours. UNDO %s takes it back.",
	}
	YouRefused = Sentence{ // address, code
		"Nei til %s. ANGRE %s tar det tilbake.",
		"No to %s. UNDO %s takes it back.",
	}
	YouUndid = Sentence{ // address, code
		"Svaret om %s er tatt tilbake (%s).",
		"The answer about %s is taken back (%s).",
	}
	YouDisputed = Sentence{ // address
		"%s er blokkert, siden dere er uenige. Bli enige først.",
		"%s is blocked, since you disagree. Agree first.",
	}
	YouMoved = Sentence{ // contact, address, code
		"%s har nå %s. Det gamle virker ikke lenger. ANGRE %s tar det tilbake.",
		"%s now has %s. The old one no longer works. UNDO %s takes it back.",
	}
	TextIs = Sentence{ // code, text
		"%s (dette er skrevet ned):\n%s",
		"%s (this is written down):\n%s",
	}
	AnswerTaken = Sentence{ // code
		"Svaret på %s er tatt imot.",
		"The answer to %s is taken.",
	}
	Unblocked = Sentence{ // address
		"%s er ikke blokkert lenger.",
		"%s is no longer blocked.",
	}
	YouSuspended = Sentence{ // guardian, clock time
		"%s kan ikke bestemme noe her før kl. %s i morgen.",
		"%s can decide nothing here until %s tomorrow.",
	}
	GuardianIsBack = Sentence{ // guardian
		"%s kan bestemme igjen.",
		"%s can decide again.",
	}
	NothingToTake = Sentence{
		"Ingen har bedt om hjelp nå.",
		"Nobody has asked for help now.",
	}
	YouTookIt = Sentence{
		"Du tar den. Barnet og de andre får vite det.",
		"You have it. The child and the others are told.",
	}
	DrillStarted = Sentence{ // child
		"Øvelsen for %s er i gang. Om et kvarter får du vite hvem som svarte.",
		"The drill for %s has begun. In a quarter of an hour you hear who answered.",
	}
	AlarmIsOpen = Sentence{ // child
		"%s har en alarm eller øvelse som ingen har tatt ennå. Skriv JEG TAR DEN først.",
		"%s has an alarm or drill that nobody has taken yet. Write I HAVE IT first.",
	}
	YouMuted = Sentence{ // whom, clock time
		"Stille: %s til kl. %s. Foresatte og HASTER slipper gjennom.",
		"Quiet: %s until %s. Guardians and URGENT get through.",
	}
	YouUnmuted = Sentence{ // whom
		"Ikke stille lenger: %s.",
		"Quiet no longer: %s.",
	}
	YouOpened = Sentence{ // whom, clock time
		"Åpent: %s til kl. %s.",
		"Open: %s until %s.",
	}
	AskedToRing = Sentence{ // child
		"%s får beskjed om å ringe deg.",
		"%s is asked to ring you.",
	}
	NobodyLooked = Sentence{
		"Ingen har lest eller tatt ut noe.",
		"Nobody has read or exported anything.",
	}
	LineLook = Sentence{ // child, who, what, date
		"%s: %s %s %s",
		"%s: %s %s on %s",
	}
	TheKeeper  = Sentence{"den som styrer boksen", "whoever keeps the box"}
	LookText   = Sentence{"leste en tekst fra en ukjent", "read a text from a stranger"}
	LookLog    = Sentence{"så i loggen", "looked at the log"}
	LookExport = Sentence{"tok ut loggen", "exported the log"}
	LookWire   = Sentence{"leste tekstene på vei gjennom modemet", "read the texts on their way through the modem"}
	LookAudit  = Sentence{"så hvem som har sett", "looked at who has looked"}
)

// What a guardian reads in the menu of an XMPP client.
var (
	MenuTake      = Sentence{"Jeg tar den (alarm)", "I have it (alarm)"}
	MenuAnswer    = Sentence{"Svar på et spørsmål", "Answer a question"}
	MenuWho       = Sentence{"Hvem kan nås?", "Who can be reached?"}
	MenuQuestions = Sentence{"Hva venter på svar?", "What waits for an answer?"}
	MenuMute      = Sentence{"Stille for et barn", "Quiet for a child"}
	MenuUnmute    = Sentence{"Ikke stille lenger", "Quiet no longer"}
	MenuOpen      = Sentence{"Åpne timeplanen en stund", "Open the timetable for a while"}
	MenuLost      = Sentence{"Barnets telefon er mistet", "The child's phone is lost"}
	MenuFound     = Sentence{"Barnets telefon er funnet", "The child's phone is found"}
	MenuCall      = Sentence{"Be barnet ringe meg", "Ask the child to ring me"}
	MenuGone      = Sentence{"En foresatts telefon er borte", "A guardian's phone is gone"}
	MenuDrill     = Sentence{"Alarmøvelse", "Alarm drill"}
	MenuStatus    = Sentence{"Hvordan står det til?", "How are things?"}
	MenuBalance   = Sentence{"Saldo", "Balance"}
	MenuAudit     = Sentence{"Hvem har sett hva?", "Who has looked at what?"}
	MenuRelease   = Sentence{"Åpne igjen etter for mange meldinger", "Open again after too many messages"}
	MenuLimits    = Sentence{"Hvor mange SMS-er?", "How many texts?"}
	FieldStopped  = Sentence{"Mellom hvem", "Between whom"}
	FieldDay      = Sentence{"SMS om dagen (tomt: som nå, 0: uten grense)", "SMS a day (empty: as now, 0: no limit)"}
	FieldMonth    = Sentence{"SMS i måneden", "SMS a month"}
	FieldContact  = Sentence{"SMS om dagen for én kontakt", "SMS a day for one contact"}
	FieldReserve  = Sentence{"Av disse bare for foresatte", "Of these for guardians alone"}
	FieldChild    = Sentence{"Barn", "Child"}
	FieldQuestion = Sentence{"Spørsmål", "Question"}
	FieldAnswer   = Sentence{"Svar", "Answer"}
	FieldName     = Sentence{"Navn som barnet ser", "Name that the child sees"}
	FieldSure     = Sentence{"Ja, også utenlands eller dyrt nummer (bare eier)", "Yes, even a number abroad or a costly one (owners only)"}
	FieldLong     = Sentence{"Hvor lenge", "For how long"}
	FieldGuardian = Sentence{"Foresatt", "Guardian"}
	ChoiceYes     = Sentence{"Ja, slipp inn", "Yes, let in"}
	ChoiceOnce    = Sentence{"Bare i ett døgn", "For 24 hours only"}
	ChoiceNo      = Sentence{"Nei, blokker", "No, block"}
	ChoiceNew     = Sentence{"Nytt nummer til en dere kjenner (skriv navnet)", "A new number of somebody you know (write the name)"}
	ChoiceShow    = Sentence{"Vis teksten (skrives ned)", "Show the text (written down)"}
	ChoiceUndo    = Sentence{"Ta svaret tilbake", "Take the answer back"}
	LongQuarter   = Sentence{"15 minutter", "15 minutes"}
	LongHour      = Sentence{"1 time", "1 hour"}
	LongNext      = Sentence{"Til neste del av dagen", "Until the next part of the day"}
	Done          = Sentence{"Gjort.", "Done."}
)
