package main

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"knapp/bridge"
	"knapp/bridge/xmpp"
	"knapp/modem/tpdu"
)

// numbers prepares addresses for the post office (bridge.Normalizer).
type numbers struct{ country string }

func knownCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

// Phone returns a number as E.164.
func (n numbers) Phone(s string) (bridge.Phone, error) {
	parsed, err := phonenumbers.Parse(s, n.country)
	if err != nil {
		return "", errors.New("write it as +4791234567")
	}
	if !phonenumbers.IsPossibleNumber(parsed) {
		return "", errors.New("it has the wrong length: write it as +4791234567")
	}
	return bridge.Phone(phonenumbers.Format(parsed, phonenumbers.E164)), nil
}

// address returns who an SMS is from or was for. A sender's name is set in quotes: whoever may choose one can
// choose "+4791111111" as well, and is nobody in the family (TS 23.040 §9.1.2.5).
func (n numbers) address(a tpdu.Address) bridge.Phone {
	if a.Alphanumeric() {
		return bridge.Phone(`"` + a.Digits + `"`)
	}
	return n.sender(a.String())
}

// sender returns a number as the family has it. What is no phone number (a short number) stays as it is: it is nobody
// in the family.
func (n numbers) sender(s string) bridge.Phone {
	if p, err := n.Phone(s); err == nil && !strings.ContainsFunc(s, func(r rune) bool { return r > '9' }) {
		return p
	}
	return bridge.Phone(s)
}

// JID returns a bare JID as RFC 7622 prepares it.
func (n numbers) JID(s string) (bridge.JID, error) { return xmpp.ParseJID(s) }

// Unusual tells why a number may cost more than an ordinary one; "" for an ordinary one of the gateway's country
// (bridge.NumberKinds).
func (n numbers) Unusual(number bridge.Phone) string {
	parsed, err := phonenumbers.Parse(string(number), n.country)
	if err != nil {
		return "is no ordinary number"
	}
	switch phonenumbers.GetNumberType(parsed) {
	case phonenumbers.PREMIUM_RATE:
		return "is a premium number"
	case phonenumbers.SHARED_COST:
		return "is a number of shared cost"
	}
	if int(parsed.GetCountryCode()) != phonenumbers.GetCountryCodeForRegion(n.country) {
		return "is abroad (" + phonenumbers.GetRegionCodeForNumber(parsed) + ")"
	}
	return ""
}
