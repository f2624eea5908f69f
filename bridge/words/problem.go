package words

import "fmt"

// problems are what can be wrong with a family, by the sentence that the document's check says in English: in the words
// of somebody who fills in a form. The arguments are that sentence's.
var problems = map[string]Sentence{
	// Names.
	"is missing: every person needs a name": {
		"Alle må ha et navn.", "Everybody needs a name.",
	},
	"%q has spaces too many: write %q": {
		"%q har for mange mellomrom: skriv %q.", "%q has spaces too many: write %q.",
	},
	"%q is too long: at most %d characters, the child sees it before every text": {
		"%q er for langt: høyst %d tegn, for barnet ser det foran hver melding.", "%q is too long: at most %d characters, the child sees it before every text.",
	},
	"%q has a character that a label cannot carry: no : / » « or quotes": {
		"%q har et tegn som ikke kan stå i et navn. Det gjelder : / » « og anførselstegn.", "%q has a character that a name cannot have: no : / » « or quotes.",
	},
	"%q is only digits: the child's phone could not tell it from a key": {
		"%q er bare tall. Da tror telefonen at det er en tast.", "%q is only digits: the child's phone could not tell it from a key.",
	},
	"%q is the gateway's own name: choose another": {
		"%q er navnet på selve porten: velg et annet.", "%q is the gateway's own name: choose another.",
	},
	"%q is taken by %q: names must differ in more than case and accents": {
		"%q er opptatt av %q. Navn må skille seg med mer enn store bokstaver og aksenter.", "%q is taken by %q: names must differ in more than case and accents.",
	},
	"%q looks like %q: names must differ in more than the alphabet": {
		"%q ser ut som %q. Barnet må kunne se forskjell på navnene.", "%q looks like %q. The child must be able to tell the names apart.",
	},

	// Addresses.
	"%q is no phone number: %v": {
		"%[1]q er ikke noe telefonnummer.", "%[1]q is no phone number.",
	},
	"%s is already %s's number: one number, one person": {
		"%s er allerede nummeret til %s. Ett nummer hører til én person.", "%s is already %s's number: one number, one person.",
	},
	"%q is no address like name@example.org: %v": {
		"%[1]q er ikke en adresse som navn@eksempel.no.", "%[1]q is no address like name@example.org.",
	},
	"%s is already %s's address: one address, one person": {
		"%s er allerede adressen til %s. Én adresse hører til én person.", "%s is already %s's address: one address, one person.",
	},
	"%q has neither jid nor phone: nothing could reach them": {
		"%q må ha et telefonnummer eller en XMPP-adresse, ellers når ingenting fram.", "%q needs a phone number or an XMPP address: else nothing could reach them.",
	},
	"%q has both jid and phone: a contact is reached one way, so make two contacts": {
		"%q har både telefonnummer og XMPP-adresse. En kontakt nås på én måte: lag to kontakter.", "%q has both a phone number and an XMPP address: a contact is reached one way, so make two contacts.",
	},
	"%s %s: an owner says so with confirmed = true": {
		"%[1]s er utenlands eller koster ekstra: en eier må bekrefte det.", "%[1]s is abroad or costs extra: an owner confirms it.",
	},
	"groups are not relayed yet: give a jid or a phone": {
		"Grupper formidles ikke ennå: oppgi telefonnummer eller XMPP-adresse.", "Groups are not relayed yet: give a phone number or an XMPP address.",
	},

	// Guardians and children.
	"%q is no role: owner, guardian, helper or viewer": {
		"%q er ingen rolle: eier, foresatt, hjelper eller leser.", "%q is no role: owner, guardian, helper or viewer.",
	},
	"is missing: the number of the child's own SIM": {
		"Barnets telefonnummer mangler.", "The child's phone number is missing.",
	},
	"is missing: the name before the @ of the child's address": {
		"Det som står foran @ i barnets adresse mangler.", "What stands before the @ of the child's address is missing.",
	},
	"%q cannot stand before an @: use letters, digits, - and .": {
		"%q kan ikke stå foran @ i en adresse: bruk bokstaver, tall, - og punktum.", "%q cannot stand before an @: use letters, digits, - and full stops.",
	},
	"%q is already %s's": {
		"%q er det %s som har.", "%q is %s's already.",
	},
	"%q is not spoken here: nb or en": {
		"Språket %q finnes ikke her: norsk eller engelsk.", "%q is not spoken here: Norwegian or English.",
	},
	"there is no guardian: a child needs one who answers for it": {
		"Det er ingen foresatt: et barn må ha minst én.", "There is no guardian: a child needs one who answers for it.",
	},
	"%q is no guardian of this document": {
		"%q er ingen foresatt her.", "%q is no guardian here.",
	},
	"%q stands here twice": {
		"%q står der to ganger.", "%q stands there twice.",
	},

	// Lists.
	"%q is nobody in this document: name a guardian, a contact or another child": {
		"%q finnes ikke i familien.", "%q is nobody in the family.",
	},
	"%s cannot be on the own list": {
		"%s kan ikke stå på sin egen liste.", "%s cannot be on the own list.",
	},
	"%q is on %s's list twice": {
		"%q står to ganger på listen til %s.", "%q is on %s's list twice.",
	},
	"%d is no key: 1 to 9, or leave it out": {
		"%d er ingen tast: velg 1 til 9, eller ingen.", "%d is no key: choose 1 to 9, or none.",
	},
	"key %d is %s's already": {
		"Tast %d er allerede i bruk, av %s.", "Key %d is %s's already.",
	},
	"must be true: nothing from %s to the own guardian %s is ever held back": {
		"Ingenting fra %s til egen foresatt, %s, holdes tilbake: den veien må være åpen.", "Nothing from %s to the own guardian, %s, is ever held back: that way stays open.",
	},
	"%q is no time: write \"2026-12-24T18:00:00+01:00\"": {
		"%q er ikke et tidspunkt.", "%q is no time.",
	},
	"%q is neither on %s's list nor a guardian": {
		"%q er verken på listen til %s eller foresatt.", "%q is neither on %s's list nor a guardian.",
	},

	// The code word.
	"must be one word of letters alone, as a child types it in a hurry": {
		"Kodeordet må være ett ord med bare bokstaver, som et barn kan skrive i en fei.", "The code word must be one word of letters alone, as a child types it in a hurry.",
	},
	"has %d letters: from %d to %d": {
		"Kodeordet har %d bokstaver: det skal ha fra %d til %d.", "The code word has %d letters: from %d to %d.",
	},
	"is a name: whoever knows the family would try it first": {
		"Kodeordet er et navn: den som kjenner familien ville prøve det først.", "The code word is a name: whoever knows the family would try it first.",
	},
	"is a word that means something to the gateway: choose another": {
		"Kodeordet betyr noe annet for porten: velg et annet.", "The code word means something to the gateway: choose another.",
	},

	// Budgets and how long things are kept.
	"%d is less than nothing: a number of texts within ten minutes": {
		"%d er mindre enn ingenting: et antall meldinger på ti minutter.", "%d is less than nothing: a number of texts within ten minutes.",
	},
	"%d is less than nothing: a number of SMS parts, -1 for no limit, or leave it out for the usual one": {
		"%d er mindre enn ingenting: et antall SMS-er, -1 for ingen grense, eller tomt for den vanlige.", "%d is less than nothing: a number of SMS parts, -1 for no limit, or empty for the usual one.",
	},
	"%d is more than the month's %d": {
		"%d om dagen er mer enn månedens %d.", "%d a day is more than the month's %d.",
	},
	"is a part of day or month: set one of them": {
		"Reserven er en del av dagens eller månedens grense: sett en av dem.", "The reserve is a part of the day's or the month's limit: set one of them.",
	},
	"%d leaves nothing for anybody else: less than %s, which is %d": {
		"%[1]d i reserve lar ingenting være igjen til andre: det må være under %[3]d.", "%[1]d in reserve leaves nothing for anybody else: less than %[3]d.",
	},
	"a text that was delivered is kept for no day, and nobody can raise that: leave it out": {
		"En levert tekst lagres ikke, og det kan ingen endre.", "A text that was delivered is not kept, and nobody can change that.",
	},
	"%d is out of bounds: %d to %d days; %d is usual": {
		"%d dager går ikke: fra %d til %d. Vanlig er %d.", "%d days cannot be: from %d to %d. Usual are %d.",
	},

	// Time.
	"%v": {
		"En dag, en dato eller et klokkeslett er skrevet feil: %v.", "%v.",
	},
	"%q is when it begins: for a whole day write from \"00:00\" to \"24:00\"": {
		"%q er når det begynner. En hel dag er fra 00:00 til 24:00.", "%q is when it begins. A whole day is from 00:00 to 24:00.",
	},
	"is missing: a rule names its hours by it": {
		"Timeplanen må ha et navn.", "The timetable needs a name.",
	},
	"%q has a meaning already: always, home, school, sleep and holidays are taken": {
		"%q betyr noe fra før: velg et annet navn.", "%q has a meaning already: choose another name.",
	},
	"%q has a comma, which stands between several": {
		"%q har et komma, og det kan et navn her ikke ha.", "%q has a comma, which a name cannot have here.",
	},
	"%q is taken by %q": {
		"%q er opptatt av %q.", "%q is taken by %q.",
	},
	"%q is never open: give it a [[timetable.window]] with days, from and to": {
		"%q er aldri åpen: gi den dager og klokkeslett.", "%q is never open: give it days and hours.",
	},
	"is missing: say what it is, such as \"Høstferie\"": {
		"Navnet mangler: skriv hva det er, for eksempel Høstferie.", "The name is missing: say what it is, such as Autumn break.",
	},
	"%s is before the first day, %s": {
		"%s er før den første dagen, %s.", "%s is before the first day, %s.",
	},
	"%q is no child of this document; without child it is for all": {
		"%q er ikke et av barna.", "%q is none of the children.",
	},
	"%q is no mode: home, school, sleep or holidays": {
		"%q er ingen del av dagen: hjemme, skole, søvn eller ferie.", "%q is no mode: home, school, sleep or holidays.",
	},
	"%q names no hours: always, home, school, sleep, holidays%s; several with commas between": {
		"%[1]q er ingen tid: velg alltid, hjemme, skole, søvn, ferie eller en timeplan.", "%[1]q names no hours: choose always, home, school, sleep, holidays or a timetable.",
	},
}

// Problem words what is wrong with a family for somebody who fills in a form; format is the sentence of the document's
// check. One that it does not know is said as it is.
func Problem(language, format string, args ...any) string {
	if s, known := problems[format]; known {
		return Say(language, s, args...)
	}
	return fmt.Sprintf(format, args...)
}
