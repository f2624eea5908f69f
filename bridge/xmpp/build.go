package xmpp

import (
	"encoding/xml"
	"fmt"
	"time"

	"knapp/bridge"
)

// Every stanza is built whole before an octet of it is written, so that none can be left half-written in the
// stream.

// resource stands behind a child's address on presence and on what the child writes: available presence comes
// from a full address (RFC 6121 §4.2). The gateway itself, and error stanzas, speak from the bare one.
const resource = "phone"

// outgoing is a stanza to be written.
type outgoing struct {
	XMLName xml.Name
	Lang    string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	Type    string `xml:"type,attr,omitempty"`
	From    string `xml:"from,attr"`
	To      string `xml:"to,attr"`
	ID      string `xml:"id,attr,omitempty"`
	Payload []any
}

// The payloads of messages.
type (
	body struct {
		XMLName xml.Name `xml:"body"`
		Text    string   `xml:",chardata"`
	}
	originID struct {
		XMLName xml.Name `xml:"urn:xmpp:sid:0 origin-id"`
		ID      string   `xml:"id,attr"`
	}
	delay struct {
		XMLName xml.Name `xml:"urn:xmpp:delay delay"`
		From    string   `xml:"from,attr"`
		Stamp   string   `xml:"stamp,attr"`
	}
	receiptRequest struct {
		XMLName xml.Name `xml:"urn:xmpp:receipts request"`
	}
	receipt struct {
		XMLName xml.Name `xml:"urn:xmpp:receipts received"`
		ID      string   `xml:"id,attr"`
	}
	markable struct {
		XMLName xml.Name `xml:"urn:xmpp:chat-markers:0 markable"`
	}
	storeHint struct {
		XMLName xml.Name `xml:"urn:xmpp:hints store"`
	}
	ping struct {
		XMLName xml.Name `xml:"urn:xmpp:ping ping"`
	}
)

// The payloads of presence.
type (
	show struct {
		XMLName xml.Name `xml:"show"`
		Text    string   `xml:",chardata"`
	}
	status struct {
		XMLName xml.Name `xml:"status"`
		Text    string   `xml:",chardata"`
	}
	photoUpdate struct { // XEP-0153 §3.1
		XMLName xml.Name `xml:"vcard-temp:x:update x"`
		Photo   string   `xml:"photo"`
	}
	nick struct { // XEP-0172 §4.1
		XMLName xml.Name `xml:"http://jabber.org/protocol/nick nick"`
		Name    string   `xml:",chardata"`
	}
)

// stanzaError is an <error/> (RFC 6120 §8.3.2).
type stanzaError struct {
	XMLName   xml.Name `xml:"error"`
	Type      string   `xml:"type,attr"`
	Condition condition
	Text      *errorText
	Specific  any // an application's own condition (RFC 6120 §8.3.4); nil for none
}

type condition struct {
	XMLName xml.Name
}

type errorText struct {
	XMLName xml.Name `xml:"urn:ietf:params:xml:ns:xmpp-stanzas text"`
	Lang    string   `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
	Text    string   `xml:",chardata"`
}

// newError makes an <error/> with the type that belongs to the condition. A condition that RFC 6120 does not
// know becomes undefined-condition.
func newError(name, text, language string) stanzaError {
	typ, known := errorTypes[name]
	if !known {
		name, typ = undefinedCondition, errorTypes[undefinedCondition]
	}
	e := stanzaError{Type: typ, Condition: condition{xml.Name{Space: nsStanzas, Local: name}}}
	if text != "" {
		e.Text = &errorText{Lang: language, Text: clean(text)}
	}
	return e
}

// maxBuilt is the longest stanza that is written, in octets. An SMS of 255 parts with nothing but quotation marks
// takes 195 kB; Prosody takes 512 KiB from a component (and the servers behind it hardly more) and ends the stream
// after anything longer.
const maxBuilt = 256 << 10

// octets writes the stanza out. Every error is a bridge.ErrUnsendable.
func (o outgoing) octets(kind string) ([]byte, error) {
	o.XMLName.Local = kind
	o.From, o.To, o.ID, o.Lang = clean(o.From), clean(o.To), clean(o.ID), clean(o.Lang)
	b, err := xml.Marshal(o)
	if err != nil {
		return nil, fmt.Errorf("xmpp: build %s: %w: %w", kind, bridge.ErrUnsendable, err)
	}
	if len(b) > maxBuilt {
		return nil, fmt.Errorf("xmpp: build %s: %w: it takes %d octets, and %d at most are taken", kind, bridge.ErrUnsendable, len(b), maxBuilt)
	}
	return b, nil
}

// childAddress is the full address that a child, or with "" the gateway, speaks from.
func childAddress(domain, localpart string) string {
	if localpart == "" {
		return domain
	}
	return localpart + "@" + domain + "/" + resource
}

// bareAddress is the address of a child, or with "" of the gateway.
func bareAddress(domain, localpart string) string {
	return address{local: localpart, domain: domain}.bare()
}

// buildStanza makes the XML of a stanza of the outbox. Every error is a bridge.ErrUnsendable.
func buildStanza(domain string, s bridge.Stanza) ([]byte, error) {
	o := outgoing{From: childAddress(domain, s.From), To: s.To, ID: s.ID, Type: "chat"}
	switch s.Kind {
	case bridge.ChatStanza:
		o.Lang = s.Language
		o.Payload = []any{body{Text: clean(s.Body)}}
		if s.ID != "" {
			o.Payload = append(o.Payload, originID{ID: clean(s.ID)}, receiptRequest{}, markable{})
		}
		if !s.Delay.IsZero() {
			o.Payload = append(o.Payload, delay{From: domain, Stamp: s.Delay.UTC().Format(time.RFC3339)})
		}
	case bridge.ReceiptStanza:
		// XEP-0334 §4.3: a server that keeps only bodies would lose a receipt for somebody who is away.
		o.Payload = []any{receipt{ID: clean(s.Refers)}, storeHint{}}
	case bridge.ErrorStanza:
		o.Type, o.From, o.ID = "error", bareAddress(domain, s.From), s.Refers
		o.Payload = []any{newError(s.Condition, s.Text, s.Language)}
	default:
		return nil, fmt.Errorf("xmpp: build: %w: %q is no kind of stanza", bridge.ErrUnsendable, s.Kind)
	}
	return o.octets("message")
}

// barrierResource stands behind the domain in our own pings: where mod_privilege is on, ejabberd 24.12 drops without a
// word what a component asks of a bare address of its own.
const barrierResource = "barrier"

// buildPing asks our own domain.
func buildPing(domain, id string) ([]byte, error) {
	return outgoing{Type: "get", From: domain, To: domain + "/" + barrierResource, ID: id, Payload: []any{ping{}}}.octets("iq")
}
