package bridge

import (
	"slices"
	"strings"
)

// lifelines are the numbers of one country that a child rings and never writes to.
type lifelines struct {
	police    string   // rung when nothing better is known; "" for 112, which every GSM phone dials (22.101 §10.1)
	emergency []string // of police, fire and ambulance
	help      []string // of helplines
	absent    []string // of the harmonised helplines, those that nobody answers there
}

// harmonised are the helplines of the European Union, which Norway and most of Europe share: 116000 for missing
// children, 116006 for victims of crime, 116111 for children, 116117 for medical advice, 116123 for somebody to
// talk to (Commission Decision 2007/116/EC with its amendments 2007/698/EC and 2009/884/EC).
var harmonised = []string{"116000", "116006", "116111", "116117", "116123"}

// childLine is rung in the place of a harmonised helpline that a country does not have.
const childLine = "116111"

// linesOf has what a country has besides 112 and the harmonised numbers. Each is as its own service, an authority or the
// press of the country printed it; what could not be found there stands here for no country. 116000 is answered in the
// EU, Albania, Serbia, Switzerland and the United Kingdom (missingchildreneurope.eu), so neither in Norway nor in Iceland.
var linesOf = map[string]lifelines{
	"NO": {
		police: "112", emergency: []string{"110", "113"}, // nkom.no: 110 fire, 112 police, 113 ambulance
		help: []string{
			"80033321", // Kors på halsen (Røde Kors; dagbladet.no)
			"22400040", // Kirkens SOS (nrk.no)
			"22591300", // Giftinformasjonen (helsenorge.no)
		},
		absent: []string{"116000"},
	},
	"DK": {help: []string{"70201201"}},                         // Livslinien (cphpost.dk)
	"IS": {help: []string{"1717"}, absent: []string{"116000"}}, // the Red Cross (raudikrossinn.is)
	"GB": {police: "999", emergency: []string{"999"}, help: []string{ // 999 beside 112
		"08001111", // Childline (NSPCC)
	}},
	"IE": {police: "999", emergency: []string{"999"}, help: []string{ // 999 beside 112
		"1800666666", // Childline (ISPCC; independent.ie)
	}},
	"DE": {emergency: []string{"110"}}, // police, beside 112
	"FR": {help: []string{ // the two-digit numbers of the emergency services are also numbers of things
		"119",  // Allô enfance en danger (france3-regions.francetvinfo.fr)
		"3114", // suicide prevention (service-public.fr)
	}},
	"NL": {help: []string{
		"08000432", // de Kindertelefoon (vriendenkindertelefoon.nl)
		"113",      // suicide prevention (nu.nl)
	}},
	"US": {police: "911", emergency: []string{"911"}, help: []string{
		"988",         // Suicide and Crisis Lifeline
		"18004224453", // Childhelp (childhelphotline.org)
	}},
	"CA": {police: "911", emergency: []string{"911"}, help: []string{
		"988",         // Suicide Crisis Helpline (newswire.ca)
		"18006686868", // Kids Help Phone (cbc.ca)
	}},
	"AU": {police: "000", emergency: []string{"000"}, help: []string{
		"1800551800", // Kids Helpline (openaustralia.org.au)
		"131114",     // Lifeline
	}},
	"NZ": {police: "111", emergency: []string{"111"}, help: []string{
		"1737", // Need to talk? (health.govt.nz)
	}},
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

// helpline returns the helpline to ring, in a country, when a text begins with digits that name one, as it is written:
// "116 111".
func helpline(country, digits string) (written string, ok bool) {
	own := linesOf[country]
	for _, number := range harmonised {
		if digits != number {
			continue
		}
		if slices.Contains(own.absent, number) {
			number = childLine
		}
		return number[:3] + " " + number[3:], true
	}
	for _, number := range own.help {
		if digits == number || len(number) == 11 && strings.TrimPrefix(digits, "+1") == number[1:] { // North America: with and without 1
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
