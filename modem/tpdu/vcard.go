package tpdu

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// PortVCard is the port on a phone that takes a vCard, 23F4 hex: "WAP vCard" among the port numbers of WAP-259-WDP,
// Appendix B, and wap-vcard in IANA's list. Nokia's Smart Messaging phones listen there.
const PortVCard = 9204

// dcsVCard is TP-DCS of 8-bit data of class 1, which is meant for the phone itself (23.038 §4, group 1111). Nokia's own
// phones and tools send it; 04, without a class, is taken by many as well.
const dcsVCard = 0xf5

// Card is an entry of a phone book.
type Card struct {
	Name   string
	Number string // as it is dialled, "+4791234567"
}

// ErrNoCard is wrapped by what ParseCard returns for octets that are no vCard.
var ErrNoCard = errors.New("no vCard with a name and a number")

// Octets is the card as a vCard 2.1 with CRLF, which is what button phones read; of it they keep a name and one number.
// A name outside ASCII is quoted-printable UTF-8 (vCard 2.1, Character Set: a property is ASCII unless it says otherwise).
// Lines are not folded: a phone that reads so little of the format may not join them.
func (c Card) Octets() []byte {
	var b bytes.Buffer
	b.WriteString("BEGIN:VCARD\r\nVERSION:2.1\r\nN")
	// vCard 2.1, Name: a semicolon divides its parts.
	name := strings.NewReplacer(`\`, `\\`, ";", `\;`).Replace(oneLine(c.Name))
	if ascii(name) {
		b.WriteString(":" + name)
	} else {
		b.WriteString(";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:")
		for i := range len(name) {
			if o := name[i]; o == '=' || o < ' ' || o > '~' {
				fmt.Fprintf(&b, "=%02X", o)
			} else {
				b.WriteByte(o)
			}
		}
	}
	b.WriteString("\r\nTEL;CELL:" + oneLine(c.Number) + "\r\nEND:VCARD\r\n")
	return b.Bytes()
}

// oneLine takes out what would end a line, or a text.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// SegmentCard writes a card as the SMS-SUBMIT TPDUs that bring it to a phone: one where it takes 133 octets at most,
// else parts of 128. The phone asks its owner before it keeps the entry, and one that knows no vCards shows nothing.
func SegmentCard(to Address, c Card, o Options) ([][]byte, error) {
	return SegmentData(to, c.Octets(), Ports{Dst: PortVCard}, dcsVCard, o)
}

// CardParts is how many SMS a card takes.
func CardParts(c Card) int {
	const single, part = maxUserData - 7, maxUserData - 12 // behind the header with the ports, and with both elements
	n := len(c.Octets())
	if n <= single {
		return 1
	}
	return (n + part - 1) / part
}

// ParseCard reads the name and the first number of a vCard, as a button phone does. Its error wraps ErrNoCard.
func ParseCard(octets []byte) (Card, error) {
	var c Card
	inside, ended := false, false
	for line := range strings.SplitSeq(string(octets), "\n") {
		property, value, _ := strings.Cut(strings.TrimRight(line, "\r"), ":")
		property = strings.ToUpper(property)
		name, parameters, _ := strings.Cut(property, ";")
		if strings.Contains(parameters, "QUOTED-PRINTABLE") {
			value = unquote(value)
		}
		switch {
		case property == "BEGIN":
			inside = strings.EqualFold(value, "VCARD")
		case property == "END":
			ended = inside
		case !inside || ended:
		case name == "N" || name == "FN" && c.Name == "":
			c.Name = wholeName(value)
		case name == "TEL" && c.Number == "":
			c.Number = value
		}
	}
	if !ended || c.Name == "" || c.Number == "" || !utf8.ValidString(c.Name+c.Number) {
		return Card{}, fmt.Errorf("tpdu: card: %w", ErrNoCard)
	}
	return c, nil
}

// unquote reads quoted-printable octets (RFC 2045 §6.7); what is none stays as it is.
func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var o byte
		if s[i] == '=' && i+2 < len(s) {
			if _, err := fmt.Sscanf(s[i+1:i+3], "%02X", &o); err == nil {
				b.WriteByte(o)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// wholeName joins the parts of a name, and takes out the strokes before what would divide them.
func wholeName(value string) string {
	var parts []string
	var part strings.Builder
	end := func() {
		if part.Len() > 0 {
			parts = append(parts, part.String())
		}
		part.Reset()
	}
	for i := 0; i < len(value); i++ {
		switch {
		case value[i] == '\\' && i+1 < len(value):
			i++
			part.WriteByte(value[i])
		case value[i] == ';':
			end()
		default:
			part.WriteByte(value[i])
		}
	}
	end()
	return strings.Join(parts, " ")
}
