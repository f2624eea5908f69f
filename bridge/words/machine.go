package words

import (
	"regexp"
	"strings"
)

// machine is what is told of a modem and its SIM, by the English sentence of the modem's profile or of its examination: in
// the words of a parent who has the box at home. Arguments stand where they are in that sentence.
var machine = map[string]Sentence{
	// Of a profile: what its owner should know.
	"it knows 2G and 3G only: in Norway 3G is gone and 2G goes; take an LTE modem": {
		"Det kan bare 2G og 3G. I Norge er 3G borte, og 2G forsvinner: skaff et modem for 4G (LTE).", "It knows 2G and 3G only. In Norway 3G is gone and 2G goes: get an LTE modem.",
	},
	"if it knows 2G and 3G only: in Norway 3G is gone and 2G goes; take an LTE modem": {
		"Noen av disse kan bare 2G og 3G. I Norge er 3G borte, og 2G forsvinner: skaff da et modem for 4G (LTE).", "Some of these know 2G and 3G only. In Norway 3G is gone and 2G goes: then get an LTE modem.",
	},
	"it knows 2G only, and 2G goes: take an LTE modem": {
		"Det kan bare 2G, og 2G forsvinner: skaff et modem for 4G (LTE).", "It knows 2G only, and 2G goes: get an LTE modem.",
	},
	"it knows NB-IoT and LTE-M only: ask the operator whether the SIM may send SMS there": {
		"Det kan bare NB-IoT og LTE-M. Spør operatøren om SIM-kortet kan sende SMS der.", "It knows NB-IoT and LTE-M only: ask the operator whether the SIM may send SMS there.",
	},
	"a phone shows its owner what arrives, and often gives a computer no messages: take a modem": {
		"En telefon viser meldingene på sin egen skjerm, og gir dem ofte ikke til en datamaskin: bruk et modem.", "A phone shows what arrives on its own screen, and often gives a computer no messages: take a modem.",
	},
	"a HiLink stick is a small router and has no port for AT commands: take one of the modems in hardware/README.md": {
		"En HiLink-pinne er en liten ruter og kan ikke brukes som modem: velg et av modemene i hardware/README.md.", "A HiLink stick is a small router and cannot be used as a modem: take one of the modems in hardware/README.md.",
	},

	// Of a SIM: what only a person can mend.
	"the SIM is blocked and asks for its PUK: unblock it in a phone": {
		"SIM-kortet er sperret og vil ha PUK-koden: åpne det i en telefon.", "The SIM is blocked and asks for its PUK: unblock it in a phone.",
	},
	"the SIM asks for its PIN: set pin_file, or turn the PIN off in a phone": {
		"SIM-kortet vil ha PIN-koden: sett pin_file i oppsettet, eller slå av PIN-koden i en telefon.", "The SIM asks for its PIN: set pin_file, or turn the PIN off in a phone.",
	},
	"the SIM asks for its PIN and none is configured: set pin_file, or turn the PIN off": {
		"SIM-kortet vil ha PIN-koden, og ingen er satt: sett pin_file i oppsettet, eller slå av PIN-koden i en telefon.", "The SIM asks for its PIN and none is configured: set pin_file, or turn the PIN off.",
	},
	"the configured PIN is not 4 to 8 digits: it was not entered": {
		"PIN-koden i oppsettet er ikke 4 til 8 sifre. Den ble ikke prøvd.", "The configured PIN is not 4 to 8 digits: it was not entered.",
	},
	"the configured PIN was refused: it is not entered again before a restart": {
		"PIN-koden i oppsettet var feil. Den prøves ikke igjen før Knapp startes på nytt.", "The configured PIN was refused: it is not entered again before a restart.",
	},
	"the SIM asks for its PIN and the modem does not say how many tries are left: it was not entered; turn the PIN off in a phone": {
		"SIM-kortet vil ha PIN-koden, og modemet sier ikke hvor mange forsøk som er igjen. Den ble ikke prøvd: slå av PIN-koden i en telefon.",
		"The SIM asks for its PIN and the modem does not say how many tries are left. It was not entered: turn the PIN off in a phone.",
	},
	"the SIM asks for its PIN and has %d try left: it was not entered; enter it in a phone": {
		"SIM-kortet vil ha PIN-koden og har bare %s forsøk igjen. Den ble ikke prøvd: tast den i en telefon.",
		"The SIM asks for its PIN and has %s try left. It was not entered: enter it in a phone.",
	},
	"the PIN was entered, and the modem has not said whether it is right: enter it in a phone, or turn it off": {
		"PIN-koden ble prøvd, og modemet har ikke sagt om den er riktig: tast den i en telefon, eller slå den av der.",
		"The PIN was entered, and the modem has not said whether it is right: enter it in a phone, or turn it off.",
	},
	"the SIM asks for %s: unlock it in a phone, or with the maker's tool": {
		"SIM-kortet eller modemet er låst (%s): lås det opp i en telefon, eller med produsentens verktøy.", "The SIM asks for %s: unlock it in a phone, or with the maker's tool.",
	},
	"the modem finds no working SIM: is it put in?": {
		"Modemet finner ikke noe SIM-kort som virker. Sitter det i?", "The modem finds no working SIM: is it put in?",
	},
	"the SIM stays busy: take it out and put it in again": {
		"SIM-kortet svarer ikke: ta det ut og sett det i igjen.", "The SIM stays busy: take it out and put it in again.",
	},
	"the SIM took its PIN but does not become ready": {
		"PIN-koden var riktig, men SIM-kortet blir ikke klart.", "The SIM took its PIN but does not become ready.",
	},
	"the SIM refuses to send: look at it in a phone": {
		"SIM-kortet vil ikke sende: se på det i en telefon.", "The SIM refuses to send: look at it in a phone.",
	},
	"no service centre is set: set smsc to the operator's": {
		"Det mangler en SMS-sentral: sett smsc i oppsettet til operatørens.", "No service centre is set: set smsc to the operator's.",
	},
	"it cannot be known whose SIM this is": {
		"Det er ikke mulig å vite hvilket SIM-kort dette er.", "It cannot be known whose SIM this is.",
	},
	"no working SIM (%s): is it put in?": {
		"Ikke noe SIM-kort som virker (%s). Sitter det i?", "No working SIM (%s): is it put in?",
	},
	"the PIN may be entered %d more times: enter it once in a phone to get all three back": {
		"PIN-koden kan bare prøves %s ganger til: tast den riktig i en telefon, så er det tre forsøk igjen.", "The PIN may be entered %s more times: enter it once in a phone to get all three back.",
	},

	// Of an examination: what stands in the way.
	"the gateway has the modem, and it is not ready: %s": {
		"Knapp har modemet, men det er ikke klart (%s).", "The gateway has the modem, and it is not ready: %s.",
	},
	"no network serves it: antenna, coverage, subscription": {
		"Det er ikke på noe nett: se på antenne, dekning og abonnement.", "No network serves it: look at antenna, coverage and subscription.",
	},
	"the SIM names no service centre: set smsc, or nothing can be sent": {
		"SIM-kortet oppgir ingen SMS-sentral: sett smsc i oppsettet, ellers kan ingenting sendes.", "The SIM names no service centre: set smsc, or nothing can be sent.",
	},
	"the storage %s is full (%d of %d): nothing more arrives in it until it is emptied; the gateway does that": {
		"Lageret %s er fullt (%s av %s): mer kommer ikke inn før det er tømt. Det gjør Knapp selv.", "The storage %s is full (%s of %s): nothing more arrives in it until it is emptied; the gateway does that.",
	},
	"the modem offers no announcements of messages: they are looked for now and then": {
		"Modemet sier ikke fra når det kommer en melding: Knapp ser etter nå og da.", "The modem does not announce messages: they are looked for now and then.",
	},
	"it sends while the first reads": {
		"– den sender mens den første leser", "– it sends while the first reads",
	},
	"answers: one sends while the other reads": {
		"svarer: den ene sender mens den andre leser", "answers: one sends while the other reads",
	},
	"does not answer: everything goes over the first": {
		"svarer ikke: alt går over den første", "does not answer: everything goes over the first",
	},
	"cannot be opened: %s": {
		"kan ikke åpnes: %s", "cannot be opened: %s",
	},

	// What a profile is called.
	"Huawei sticks for 2G and 3G":                    {"Huawei-pinner for 2G og 3G", "Huawei sticks for 2G and 3G"},
	"Huawei HiLink stick":                            {"Huawei HiLink-pinne", "Huawei HiLink stick"},
	"Huawei LTE sticks and modules in modem mode":    {"Huawei LTE-pinner og moduler som modem", "Huawei LTE sticks and modules in modem mode"},
	"Option and Novatel sticks":                      {"Pinner fra Option og Novatel", "Option and Novatel sticks"},
	"a mobile phone on a cable":                      {"en mobiltelefon på en kabel", "a mobile phone on a cable"},
	"ZTE sticks that call themselves Qualcomm M6280": {"ZTE-pinner som kaller seg Qualcomm M6280", "ZTE sticks that call themselves Qualcomm M6280"},
	"Quectel modules for 2G":                         {"Quectel-moduler for 2G", "Quectel modules for 2G"},
	"Quectel modules for NB-IoT and LTE-M":           {"Quectel-moduler for NB-IoT og LTE-M", "Quectel modules for NB-IoT and LTE-M"},
	"Quectel EC25, EG25 and their kin":               {"Quectel EC25, EG25 og slektningene", "Quectel EC25, EG25 and their kin"},
	"Sierra Wireless modems before LTE":              {"Sierra Wireless fra før LTE", "Sierra Wireless modems before LTE"},
	"Sierra Wireless MC74xx, EM74xx and EM75xx":      {"Sierra Wireless MC74xx, EM74xx og EM75xx", "Sierra Wireless MC74xx, EM74xx and EM75xx"},
	"SIMCom SIM800 and SIM900":                       {"SIMCom SIM800 og SIM900", "SIMCom SIM800 and SIM900"},
	"SIMCom A7600, A7602 and A7670":                  {"SIMCom A7600, A7602 og A7670", "SIMCom A7600, A7602 and A7670"},
	"SIMCom modules for NB-IoT and LTE-M":            {"SIMCom-moduler for NB-IoT og LTE-M", "SIMCom modules for NB-IoT and LTE-M"},
	"SIMCom SIM7500, SIM7600 and SIM8200":            {"SIMCom SIM7500, SIM7600 og SIM8200", "SIMCom SIM7500, SIM7600 and SIM8200"},
}

// formed are the sentences with arguments, as they look with them.
var formed = func() (list []form) {
	for said, sentence := range machine {
		if !strings.Contains(said, "%") {
			continue
		}
		pattern := strings.NewReplacer("%s", "(.+?)", "%d", "(-?[0-9]+)").Replace(regexp.QuoteMeta(said))
		list = append(list, form{regexp.MustCompile("^" + pattern + "$"), sentence})
	}
	return list
}()

type form struct {
	looks    *regexp.Regexp
	sentence Sentence
}

// Machine words what is told of a modem and its SIM in English. ok is false for what it does not know, which is then as
// it was said.
func Machine(language, said string) (text string, ok bool) {
	if s, known := machine[said]; known && !strings.Contains(said, "%") {
		return Say(language, s), true
	}
	for _, f := range formed {
		if found := f.looks.FindStringSubmatch(said); found != nil {
			args := make([]any, len(found)-1)
			for i, arg := range found[1:] {
				args[i] = arg
			}
			return Say(language, f.sentence, args...), true
		}
	}
	return said, false
}
