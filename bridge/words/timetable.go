package words

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// What a guardian reads of the family's time: why it was not changed, and what a timetable means.
var (
	NoClock = Sentence{ // what was written
		"«%s» er ikke et klokkeslett. Skriv for eksempel 08.15.",
		"“%s” is no time of day. Write 08:15, for example.",
	}
	NoDays = Sentence{
		"Velg minst én dag.",
		"Choose at least one day.",
	}
	NoMode = Sentence{ // what was written
		"«%s» er verken hjemme, skole, natt eller ferie.",
		"“%s” is neither home, school, sleep nor holidays.",
	}
	EndsAsItBegins = Sentence{ // clock
		"Fra og til er det samme, %s. Skal det være hele dagen, skriv fra midnatt til midnatt.",
		"It begins and ends at the same time, %s. For a whole day write from midnight to midnight.",
	}
	TooManyHours = Sentence{
		"Det er flere tider enn noen holder styr på. Slå sammen dager som er like.",
		"Those are more hours than anybody keeps track of. Put days that are alike together.",
	}
	NoDate = Sentence{ // what was written
		"«%s» er ikke en dato. Skriv for eksempel 2026-12-24.",
		"“%s” is no date. Write 2026-12-24, for example.",
	}
	EndsBeforeItBegins = Sentence{
		"Den siste dagen er før den første.",
		"The last day is before the first.",
	}
	FreeTooLong = Sentence{
		"En ferie varer høyst hundre dager.",
		"A holiday lasts a hundred days at most.",
	}
	HolidayIsPast = Sentence{
		"Den ferien er over allerede.",
		"That holiday is over already.",
	}
	HolidayIsThere = Sentence{
		"Den ferien er lagt inn fra før.",
		"That holiday is there already.",
	}
	HolidayIsGone = Sentence{
		"Den ferien finnes ikke. Kanskje har noen nettopp tatt den bort.",
		"There is no such holiday. Perhaps somebody has just taken it away.",
	}
	NotYoursForAll = Sentence{
		"Det gjelder barn som du ikke er foresatt for. Velg ett av dine.",
		"It concerns children whom you are not a guardian of. Choose one of yours.",
	}
	NoNameOfHoliday = Sentence{ // the most characters
		"Gi ferien et navn på høyst %d tegn, som Høstferie.",
		"Give the holiday a name of %d characters at most, such as Autumn holidays.",
	}
	NoNameOfHours = Sentence{ // the most characters
		"Gi tidene et navn på høyst %d tegn, uten komma.",
		"Give the hours a name of %d characters at most, without a comma.",
	}
	NameMeansAMode = Sentence{ // name
		"«%s» betyr noe fra før. Velg et annet navn.",
		"“%s” means something already. Choose another name.",
	}
	HoursAreThere = Sentence{ // name
		"Det finnes tider som heter %s fra før.",
		"There are hours called %s already.",
	}
	HoursAreGone = Sentence{ // name
		"Det finnes ingen tider som heter %s. Kanskje har noen nettopp tatt dem bort.",
		"There are no hours called %s. Perhaps somebody has just taken them away.",
	}
	HoursNeverOpen = Sentence{ // name
		"%s er aldri åpent. Skriv minst én tid.",
		"%s is never open. Write at least one time.",
	}
	HoursAreUsed = Sentence{ // name, whose lists
		"%s brukes i listen til %s. Velg andre tider der først.",
		"%s is used in the list of %s. Choose other hours there first.",
	}

	GuardianSetWeek = Sentence{ // who, child
		"%s har endret timeplanen til %s.",
		"%s has changed %s's timetable.",
	}
	GuardianSetFree = Sentence{ // who, what, days
		"%s har lagt inn ferie: %s (%s)",
		"%s has entered a holiday: %s (%s)",
	}
	GuardianEndedFree = Sentence{ // who, what, days
		"%s har tatt bort en ferie: %s (%s)",
		"%s has taken away a holiday: %s (%s)",
	}
	GuardianSetHours = Sentence{ // who, name of the hours
		"%s har endret tidene for %s.",
		"%s has changed the hours of %s.",
	}
)

// What a week means for who writes to a child.
var (
	WeekAtSchool = Sentence{ // child, when
		"%s er på skolen %s.",
		"%s is at school %s.",
	}
	WeekAsleep = Sentence{ // child, when
		"%s sover %s.",
		"%s sleeps %s.",
	}
	WeekOff = Sentence{ // child, when
		"%s har fri %s.",
		"%s is off %s.",
	}
	WeekElse = Sentence{ // child
		"Ellers er %s hjemme.",
		"Otherwise %s is at home.",
	}
	WeekHasNoHours = Sentence{ // child
		"%s har ingen faste tider.",
		"%s has no fixed hours.",
	}
	WeekOnHoliday = Sentence{
		"I ferier og på fridager er det ingen skole.",
		"In holidays and on days off there is no school.",
	}
	LikeAtHome   = Sentence{"Da gjelder det samme som hjemme.", "Then the same holds as at home."}
	NightsRemain = Sentence{"Natten er som ellers.", "The night is as usual."}
	ThenAll      = Sentence{
		"Da når alle på listen fram.",
		"Then everybody on the list gets through.",
	}
	ThenAllBut = Sentence{ // names
		"Da når alle på listen fram, unntatt %s.",
		"Then everybody on the list gets through, but for %s.",
	}
	ThenOnly = Sentence{ // names
		"Da når bare %s fram; meldinger fra andre venter.",
		"Then only %s can get through; messages from others wait.",
	}
	ThenNobody = Sentence{
		"Da når ingen fram; meldingene venter.",
		"Then nobody gets through; messages wait.",
	}
	TheGuardians = Sentence{"de foresatte", "the guardians"}
	IfUrgent     = Sentence{ // names
		"Haster det, kan %s likevel nå fram, med HASTER først i meldingen.",
		"If it is urgent, %s can get through all the same, with URGENT first in the message.",
	}
	OpenByHours = Sentence{ // name, when, name of the hours
		"%s når også fram %s (%s).",
		"%s also gets through %s (%s).",
	}
	BothWays = Sentence{ // child
		"Det %[1]s skriver til noen som er stengt, venter også. SOS, og det %[1]s skriver til sine egne foresatte, venter aldri.",
		"What %[1]s writes to somebody who is closed waits as well. SOS, and anything that %[1]s writes to a guardian, never waits.",
	}
)

// What somebody who asks what would happen is told besides the reasons of a verdict.
var (
	WhyAsked = Sentence{
		"Ingen kjenner avsenderen, så dere blir spurt først. Barnet får ingenting før en av dere har sagt ja.",
		"Nobody knows the sender, so you are asked first. The child gets nothing until one of you has said yes.",
	}
	WhyAskFirst = Sentence{
		"Nummeret er ikke på barnets liste. Barnet kan be om det med SPØR, nummeret og navnet; da blir dere spurt.",
		"The number is not on the child's list. The child can ask for it by ASK, the number and the name; then you are asked.",
	}
	WhyOtherChild = Sentence{ // the other child
		"Reglene til %s slipper det ikke gjennom da.",
		"The rules of %s do not let it through then.",
	}
)

// daysInFull are the days from Monday on.
var (
	daysInFull = map[string][7]string{
		Bokmål:  {"mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag"},
		English: {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
	}
	everyDay = Sentence{"hver dag", "every day"}
	// EveryNight is every day of hours that cross midnight.
	EveryNight = Sentence{"hver natt", "every night"}
)

// Days writes days of the week as a sentence has them: "mandag til fredag", "lørdag og søndag", "hver dag".
func Days(language string, has func(time.Weekday) bool) string {
	return weekdaysOf(language, has, daysInFull[known(language)], Say(language, Sentence{" til ", " to "}), func(parts []string) string {
		return And(language, parts)
	})
}

// ShortDays writes days of the week in few characters: "man-fre", "lør, søn", "hver dag".
func ShortDays(language string, has func(time.Weekday) bool) string {
	var names [7]string
	for i := range names {
		names[i] = days[known(language)][(i+1)%7]
	}
	return weekdaysOf(language, has, names, "-", func(parts []string) string { return strings.Join(parts, ", ") })
}

// weekdaysOf joins days; three and more in a row, over Sunday too, are a range.
func weekdaysOf(language string, has func(time.Weekday) bool, names [7]string, to string, join func([]string) string) string {
	on := func(i int) bool { return has(time.Weekday((i + 1) % 7)) }
	first := slices.IndexFunc([]int{0, 1, 2, 3, 4, 5, 6}, func(i int) bool { return !on(i) })
	if first < 0 {
		return Say(language, everyDay)
	}
	// From a day that is not among them on, no run is cut in two.
	type run struct{ from, length int }
	var runs []run
	for i := first + 1; i < first+7; i++ {
		if !on(i) {
			continue
		}
		if n := len(runs); n > 0 && runs[n-1].from+runs[n-1].length == i {
			runs[n-1].length++
		} else {
			runs = append(runs, run{i, 1})
		}
	}
	slices.SortFunc(runs, func(a, b run) int { return a.from%7 - b.from%7 })
	var parts []string
	for _, r := range runs {
		if r.length >= 3 {
			parts = append(parts, names[r.from%7]+to+names[(r.from+r.length-1)%7])
			continue
		}
		for i := range r.length {
			parts = append(parts, names[(r.from+i)%7])
		}
	}
	return join(parts)
}

// And joins names as a sentence has them.
func And(language string, parts []string) string {
	return joined(parts, Say(language, Sentence{" og ", " and "}))
}

// Or joins names of which any will do.
func Or(language string, parts []string) string {
	return joined(parts, Say(language, Sentence{" eller ", " or "}))
}

func joined(parts []string, last string) string {
	n := len(parts) - 1
	if n < 1 {
		return strings.Join(parts, "")
	}
	return strings.Join(parts[:n], ", ") + last + parts[n]
}

// From and to of hours in a sentence.
var (
	hoursFromTo = Sentence{"kl. %s–%s", "from %s to %s"}
	allDay      = Sentence{"hele dagen", "all day"}
)

// Hours writes hours as a sentence has them; from and to are minutes after midnight.
func Hours(language string, from, to int) string {
	if from == 0 && to == 24*60 {
		return Say(language, allDay)
	}
	return Say(language, hoursFromTo, ClockOf(language, from), ClockOf(language, to))
}

// ClockOf writes minutes after midnight as a time of day.
func ClockOf(language string, minutes int) string {
	if minutes == 24*60 {
		return Say(language, Sentence{"24.00", "24:00"})
	}
	return Clock(language, time.Date(2001, 1, 1, 0, minutes, 0, 0, time.UTC))
}

// ShortDates writes the first and the last day of something in few characters: "28.9.-2.10.", "28 Sep - 2 Oct".
func ShortDates(language string, first, last time.Time) string {
	one := func(t time.Time) string {
		if known(language) == Bokmål {
			return strconv.Itoa(t.Day()) + "." + strconv.Itoa(int(t.Month())) + "."
		}
		return t.Format("2 Jan")
	}
	if first.Equal(last) {
		return one(first)
	}
	return one(first) + Say(language, Sentence{"-", " - "}) + one(last)
}

func known(language string) string {
	if language == Bokmål {
		return Bokmål
	}
	return English
}
