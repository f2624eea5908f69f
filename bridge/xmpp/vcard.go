package xmpp

import (
	"encoding/base64"
	"encoding/xml"
)

// vCard is a child's card (XEP-0054): what a contact knows already, and a picture made of it. There is no number on it
// and no birthday.
type vCard struct {
	XMLName  xml.Name   `xml:"vcard-temp vCard"`
	FullName string     `xml:"FN"`
	Nickname string     `xml:"NICKNAME"`
	Photo    vCardPhoto `xml:"PHOTO"`
}

type vCardPhoto struct {
	Type   string `xml:"TYPE"`
	Binary string `xml:"BINVAL"`
}

// card makes the card of somebody who is seen.
func (c *Component) card(q question) vCard {
	a := c.avatars.of(q.to, q.name)
	return vCard{
		FullName: clean(q.name),
		Nickname: clean(q.name),
		Photo:    vCardPhoto{Type: "image/png", Binary: base64.StdEncoding.EncodeToString(a.png)},
	}
}
