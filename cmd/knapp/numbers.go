package main

import (
	"errors"
	"strings"

	"github.com/nyaruka/phonenumbers"

	"knapp/bridge"
	"knapp/bridge/xmpp"
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

// sender returns who an SMS is from. What is no phone number (a short number, a word) stays as it is: it is
// nobody in the family.
func (n numbers) sender(s string) bridge.Phone {
	if p, err := n.Phone(s); err == nil && !strings.ContainsFunc(s, func(r rune) bool { return r > '9' }) {
		return p
	}
	return bridge.Phone(s)
}

// JID returns a bare JID as RFC 7622 prepares it.
func (n numbers) JID(s string) (bridge.JID, error) { return xmpp.ParseJID(s) }
