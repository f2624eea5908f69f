package words

import (
	"fmt"
	"time"
)

// What contacts and guardians read of a text of theirs that waits, or will not be sent: its reason in words.
var (
	AtSchool = Sentence{ // the child's name, when
		"%s har skole; meldingen kommer fram %s.",
		"%s is at school; the message arrives %s.",
	}
	AtNight = Sentence{ // the child's name, when
		"Det er natt hos %s; meldingen kommer fram %s.",
		"It is night where %s is; the message arrives %s.",
	}
	ClosedNow = Sentence{ // the child's name, when
		"%s får ikke meldinger herfra nå; denne kommer fram %s.",
		"%s gets no messages from here now; this one arrives %s.",
	}
	QuietUntil = Sentence{ // the child's name, when
		"Det skal være stille hos %s nå; meldingen kommer fram %s.",
		"It is to be quiet around %s now; the message arrives %s.",
	}
	QuietForNow = Sentence{ // the child's name
		"Det skal være stille hos %s nå; meldingen kommer fram senere.",
		"It is to be quiet around %s now; the message arrives later.",
	}
	WaitsForClock = Sentence{ // the child's name
		"Knapp har nettopp startet og vet ikke hva klokka er; meldingen til %s kommer fram så snart den vet det.",
		"Knapp has only just started and does not know the time; the message to %s arrives as soon as it does.",
	}
	StoppedForContact = Sentence{ // the child's name
		"Det har gått så mange meldinger mellom dere at Knapp har stanset dem. En av de voksne til %s må åpne igjen.",
		"So many messages went between you that Knapp has stopped them. One of %s's guardians must open again.",
	}
	PhoneIsLost = Sentence{ // the child's name
		"%s har mistet telefonen sin. Ring en av de voksne.",
		"%s has lost the phone. Ring one of the grown-ups.",
	}
	NotFromYouNow = Sentence{ // the child's name
		"%s tar ikke imot meldinger herfra nå.",
		"%s takes no messages from here now.",
	}
	DaySpent = Sentence{ // the child's name
		"Dagens SMS-er til %s er brukt opp. Prøv igjen i morgen, eller ring.",
		"Today's texts to %s are used up. Try again tomorrow, or ring.",
	}
	MonthSpent = Sentence{ // the child's name
		"Månedens SMS-er til %s er brukt opp. Ring i stedet.",
		"This month's texts to %s are used up. Ring instead.",
	}
	YoursSpent = Sentence{ // the child's name
		"Du har sendt %s så mange SMS-er som det er plass til i dag. Prøv igjen i morgen, eller ring.",
		"You have sent %s as many texts as there is room for today. Try again tomorrow, or ring.",
	}
	GatewaySpent = Sentence{ // the child's name
		"Familiens SMS-er er brukt opp for nå, så meldingen til %s ble ikke sendt. Ring i stedet.",
		"The family's texts are used up for now, so the message to %s was not sent. Ring instead.",
	}
	WaitedTooLong = Sentence{ // the child's name
		"Meldingen din til %s ventet for lenge og ble ikke sendt.",
		"Your message to %s waited for too long and was not sent.",
	}

	// What guardians are told by the gateway itself.
	LoopStopped = Sentence{ // the child's name, the other's name, what was seen
		"Meldingene mellom %[1]s og %[2]s er stanset: %[3]s. Fra %[2]s kommer ikke mer fram før en av dere åpner igjen: skriv SLIPP %[1]s %[2]s i chatten med Knapp.",
		"The messages between %[1]s and %[2]s are stopped: %[3]s. Nothing more from %[2]s arrives until one of you opens again: write RELEASE %[1]s %[2]s in the chat with Knapp.",
	}
	SawStorm = Sentence{ // how many
		"%d meldinger på ti minutter",
		"%d messages within ten minutes",
	}
	SawRepeats = Sentence{ // how often
		"den samme meldingen %d ganger på rad",
		"the same message %d times in a row",
	}
	SawAnswers = Sentence{ // how many
		"%d meldinger fram og tilbake raskere enn noen skriver; kanskje svarer to maskiner hverandre",
		"%d messages to and fro faster than anybody types; perhaps two machines answer each other",
	}
	SawAsks = Sentence{ // how often
		"%d på en time",
		"%d within an hour",
	}
	SawAsksDay = Sentence{ // how often
		"%d på ett døgn",
		"%d within 24 hours",
	}
	AsksStopped = Sentence{ // the child's name, how often
		"Telefonen til %[1]s har spurt Knapp så ofte (%[2]s) at det kan være en maskin, eller noen med nummeret hennes eller hans. Den får ikke svar før en av dere åpner igjen: skriv SLIPP %[1]s Knapp. SOS og meldinger til dere går fram som før.",
		"%[1]s's phone has asked Knapp so often (%[2]s) that it may be a machine, or somebody with the number. It gets no answers until one of you opens again: write RELEASE %[1]s Knapp. SOS and messages to you pass as before.",
	}
	DayNearlySpent = Sentence{ // the child's name, parts spent, parts allowed
		"%s har brukt %d av dagens %d SMS-er.",
		"%s has used %d of today's %d texts.",
	}
	MonthNearlySpent = Sentence{ // the child's name, parts spent, parts allowed
		"%s har brukt %d av månedens %d SMS-er.",
		"%s has used %d of this month's %d texts.",
	}
	GatewayNearlySpent = Sentence{ // parts spent, parts allowed
		"Knapp har brukt %d av de %d SMS-ene som familien har satt av.",
		"Knapp has used %d of the %d texts that the family has set aside.",
	}
	GuardianLostPhone = Sentence{ // who said so, the child's name
		"%s har meldt telefonen til %s som mistet. Ingenting sendes dit nå.",
		"%s has reported %s's phone lost. Nothing is sent there now.",
	}
	GuardianFoundPhone = Sentence{ // who said so, the child's name
		"%s sier at telefonen til %s er funnet igjen.",
		"%s says that %s's phone has been found.",
	}
	GuardiansAreNotMuted = Sentence{ // the guardian's name
		"%s er en av barnets egne voksne, og kan ikke skrus av.",
		"%s is one of the child's own guardians and cannot be muted.",
	}
	TimeIsPast = Sentence{
		"Den tiden er forbi.",
		"That time is past.",
	}
	AtMostAWeek = Sentence{
		"Høyst en uke om gangen: for lengre tid endrer du timeplanen.",
		"A week at most at a time: for longer, change the timetable.",
	}
)

// Reasons of a verdict, for whoever asks what would happen. They speak of two people, and not to one of them.
var (
	WhyRule = Sentence{ // none
		"De kan skrive til hverandre: det står på lista.",
		"They may write to each other: the list says so.",
	}
	WhyGuardian = Sentence{
		"Det er en av barnets egne voksne.",
		"That is one of the child's own guardians.",
	}
	WhyEmergency = Sentence{
		"Dette er en nødsituasjon.",
		"This is an emergency.",
	}
	WhyUrgent = Sentence{
		"Det haster, og avsenderen står på nødlista.",
		"It is urgent, and the sender is on the emergency list.",
	}
	WhyOpened = Sentence{
		"En av de voksne har åpnet for en stund.",
		"A guardian has opened for a while.",
	}
	WhyNotOnList = Sentence{
		"Det står ikke på barnets liste.",
		"The child's list does not say so.",
	}
	WhyWrongWay = Sentence{
		"Lista gjelder bare den andre veien.",
		"The list is for the other way only.",
	}
	WhyClosed = Sentence{ // when
		"Timeplanen er stengt; den åpner %s.",
		"The timetable is closed; it opens %s.",
	}
	WhyNeverOpen = Sentence{
		"Timeplanen er stengt, og åpner ikke mer.",
		"The timetable is closed, and does not open any more.",
	}
	WhyNoClock = Sentence{
		"Klokka er ikke stilt ennå, så timeplaner kan ikke følges.",
		"The clock is not set yet, so no timetable can be kept.",
	}
	WhyMutedUntil = Sentence{ // when
		"En av de voksne vil ha det stille til %s.",
		"A guardian wants it quiet until %s.",
	}
	WhyMuted = Sentence{
		"En av de voksne vil ha det stille.",
		"A guardian wants it quiet.",
	}
	WhyMutedByChild = Sentence{
		"Barnet har skrudd av denne kontakten.",
		"The child has turned this contact off.",
	}
	WhyStopped = Sentence{
		"Det gikk for mange meldinger; en av de voksne må åpne igjen.",
		"There were too many messages; a guardian must open again.",
	}
	WhyLost = Sentence{
		"Telefonen er meldt mistet.",
		"The phone is reported lost.",
	}
	WhyDaySpent = Sentence{
		"Dagens SMS-er er brukt opp.",
		"Today's texts are used up.",
	}
	WhyMonthSpent = Sentence{
		"Månedens SMS-er er brukt opp.",
		"This month's texts are used up.",
	}
	WhyContactSpent = Sentence{
		"Denne kontakten har brukt opp sine SMS-er for i dag.",
		"This contact has used up its texts for today.",
	}
	WhyGatewaySpent = Sentence{
		"Hele familiens SMS-er er brukt opp.",
		"The whole family's texts are used up.",
	}
)

// months are as they stand in a date.
var months = map[string][12]string{
	Bokmål:  {"januar", "februar", "mars", "april", "mai", "juni", "juli", "august", "september", "oktober", "november", "desember"},
	English: {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// weekdays are the days of the week in full.
var weekdays = map[string][7]string{
	Bokmål:  {"søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"},
	English: {"on Sunday", "on Monday", "on Tuesday", "on Wednesday", "on Thursday", "on Friday", "on Saturday"},
}

// When writes a time to come as one says it, seen from now; both are times on the same wall.
func When(language string, now, then time.Time) string {
	if language != Bokmål {
		language = English
	}
	clock := "kl. " + Clock(language, then)
	if language == English {
		clock = "at " + Clock(language, then)
	}
	y, m, d := now.Date()
	midnight := func(days int) time.Time { return time.Date(y, m, d+days, 0, 0, 0, 0, now.Location()) }
	switch {
	case then.Before(midnight(1)):
		return clock
	case then.Before(midnight(2)):
		return Say(language, Sentence{"i morgen ", "tomorrow "}) + clock
	case then.Before(midnight(7)):
		return weekdays[language][then.Weekday()] + " " + clock
	case language == Bokmål:
		return fmt.Sprintf("%d. %s %s", then.Day(), months[language][then.Month()-1], clock)
	default:
		return fmt.Sprintf("on %d %s %s", then.Day(), months[language][then.Month()-1], clock)
	}
}
