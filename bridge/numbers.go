package bridge

import "strings"

// lifelines are the numbers of one country that a child rings and never writes to.
type lifelines struct {
	police    string   // rung when nothing better is known; "" for 112, which every GSM phone dials (22.101 §10.1)
	emergency []string // of police, fire and ambulance
	help      []string // of helplines
}

// harmonised are the helplines of the European Union, which Norway and most of Europe share: 116000 for missing
// children, 116006 for victims of crime, 116111 for children, 116117 for medical advice, 116123 for somebody to
// talk to (Commission Decision 2007/116/EC with its amendments 2007/698/EC and 2009/884/EC).
var harmonised = []string{"116000", "116006", "116111", "116117", "116123"}

// linesOf has what a country has besides 112 and the harmonised numbers. Norway: 110 fire, 112 police, 113 ambulance;
// Kors på halsen for children, Kirkens SOS and poison information.
var linesOf = map[string]lifelines{
	"NO": {police: "112", emergency: []string{"110", "113"}, help: []string{"80033321", "22400040", "22591300"}},
	"DK": {help: []string{"70201201"}},                                            // Livslinien
	"IS": {help: []string{"1717"}},                                                // the Red Cross
	"GB": {police: "999", emergency: []string{"999"}, help: []string{"08001111"}}, // Childline
	"IE": {police: "999", emergency: []string{"999"}, help: []string{"1800666666"}},
	"DE": {emergency: []string{"110"}},
	"FR": {help: []string{"119", "3114"}},     // Enfance en danger; the two-digit numbers are also numbers of things
	"NL": {help: []string{"08000432", "113"}}, // de Kindertelefoon; suicide prevention
	"US": {police: "911", emergency: []string{"911"}, help: []string{"988", "18004224453"}},
	"CA": {police: "911", emergency: []string{"911"}, help: []string{"988", "18006686868"}},
	"AU": {police: "000", emergency: []string{"000"}, help: []string{"1800551800", "131114"}},
	"NZ": {police: "111", emergency: []string{"111"}, help: []string{"0800942294", "1737"}},
}

// emergencyNumber returns what a child in a country should ring when its text begins with an emergency number. A
// number that belongs to another country is answered with this one's: children know them from films.
func emergencyNumber(country, dialled string) (ring string, ok bool) {
	own := linesOf[country]
	for _, number := range append([]string{"112"}, own.emergency...) {
		if number == dialled {
			return number, true
		}
	}
	if dialled == "911" || dialled == "999" {
		if own.police != "" {
			return own.police, true
		}
		return "112", true
	}
	return "", false
}

// helpline returns the helpline that digits name, in a country, as it is written: "116 111".
func helpline(country, digits string) (written string, ok bool) {
	for _, number := range harmonised {
		if digits == number {
			return number[:3] + " " + number[3:], true
		}
	}
	for _, number := range linesOf[country].help {
		if digits == number || strings.TrimPrefix(digits, "+1") == strings.TrimPrefix(number, "1") && country != "NO" {
			return grouped(number), true
		}
	}
	return "", false
}

// grouped writes a long number so that it can be read.
func grouped(number string) string {
	if len(number) != 8 || number[0] == '0' {
		return number
	}
	if number[0] == '8' { // as free numbers are written in Norway
		return number[:3] + " " + number[3:5] + " " + number[5:]
	}
	return number[:2] + " " + number[2:4] + " " + number[4:6] + " " + number[6:]
}
