package xmpp

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"time"
)

// The namespaces that are read or written.
const (
	nsComponent  = "jabber:component:accept"
	nsStanzas    = "urn:ietf:params:xml:ns:xmpp-stanzas"
	nsStream     = "http://etherx.jabber.org/streams"
	nsDiscoInfo  = "http://jabber.org/protocol/disco#info"
	nsDiscoItems = "http://jabber.org/protocol/disco#items"
	nsPing       = "urn:xmpp:ping"
	nsVersion    = "jabber:iq:version"
	nsTime       = "urn:xmpp:time"
	nsReceipts   = "urn:xmpp:receipts"
	nsDelay      = "urn:xmpp:delay"
	nsIDs        = "urn:xmpp:sid:0"
	nsCarbons    = "urn:xmpp:carbons:2"
	nsArchive    = "urn:xmpp:mam:2"
	nsFallback   = "urn:xmpp:fallback:0"
	nsReactions  = "urn:xmpp:reactions:0"
	nsReply      = "urn:xmpp:reply:0"
	nsRetract    = "urn:xmpp:message-retract:" // and a version

	nsPrivilege    = "urn:xmpp:privilege:" // and a version
	nsRoster       = "jabber:iq:roster"
	nsCommands     = "http://jabber.org/protocol/commands"
	nsForms        = "jabber:x:data"
	nsVCard        = "vcard-temp"
	nsOldFallback  = "urn:xmpp:feature-fallback:0"
	nsFasten       = "urn:xmpp:fasten:0"
	nsCorrect      = "urn:xmpp:message-correct:0"
	nsMarkers      = "urn:xmpp:chat-markers:0"
	nsOOB          = "jabber:x:oob"
	nsFiles        = "urn:xmpp:sfs:0"
	nsFileMetadata = "urn:xmpp:file:metadata:0"
	nsReferences   = "urn:xmpp:reference:0"
	nsMediaSharing = "urn:xmpp:sims:1"
	nsJingleFile   = "urn:xmpp:jingle:apps:file-transfer:5"
)

// element is a piece of a stanza: the stanza itself, its children and theirs, down to where the gateway understands
// anything.
type element struct {
	Name     xml.Name
	Attr     []xml.Attr
	Text     string // of the element itself, without its children's
	Children []element
}

// How much of a stanza is kept: as deep as message, reference, media-sharing, file, media-type, and iq, command, x,
// field, value; and more children than anybody needs.
const (
	keptDepth    = 5
	keptChildren = 1024
	keptElements = 4096
)

// attr returns an attribute without a namespace of its own, "" when it is not there.
func (e *element) attr(name string) string {
	for _, a := range e.Attr {
		if a.Name.Space == "" && a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// child returns the first child of a name in a namespace, or nil.
func (e *element) child(space, local string) *element {
	for i := range e.Children {
		if c := &e.Children[i]; c.Name.Space == space && c.Name.Local == local {
			return c
		}
	}
	return nil
}

// own returns the first child of a name in the stanza's own namespace, or nil.
func (e *element) own(local string) *element {
	for i := range e.Children {
		if c := &e.Children[i]; c.Name.Local == local && stanzaSpace(c.Name.Space) {
			return c
		}
	}
	return nil
}

// stanzaSpace tells whether a namespace is one of those that servers write stanzas in. Which one depends on
// where a stanza was before.
func stanzaSpace(space string) bool {
	switch space {
	case "", nsComponent, "jabber:client", "jabber:server":
		return true
	default:
		return false
	}
}

// stanza is what the server handed to us, not yet validated.
type stanza struct {
	element
	kind   string // "message", "presence", "iq", or another name, which nobody answers
	from   string // as written
	to     string // as written
	id     string
	typ    string
	at     time.Time
	broken bool // only its start tag could be read
	longID bool // it has an id that cannot be answered with; id is "" then
}

// maxID is the longest id that is ever written back, in octets of XML. Clients make ids of 10 to 60. What is echoed
// grows by escaping, and a stanza that is too long for the server ends the stream: a longer id counts as none.
const maxID = 1 << 10

// usableID returns an id that a stranger chose, "" for one that is too long to be written back.
func usableID(id string) string {
	if len(id) > maxID || escapedLen(id) > maxID {
		return ""
	}
	return id
}

// decode reads one stanza from the octets that a framer cut out. An error is returned when not even the start
// tag can be read. A stanza whose inside cannot be read comes back with broken set, so that it can be answered.
func decode(octets []byte, at time.Time) (st stanza, err error) {
	defer func() {
		if p := recover(); p != nil {
			st, err = stanza{}, fmt.Errorf("xmpp: stanza: panic: %v", p)
		}
	}()
	root, err := parse(octets)
	broken := false
	if err != nil {
		if root.Name.Local == "" {
			return stanza{}, err
		}
		root.Children, root.Text, broken = nil, "", true
	}
	st = stanza{
		element: root,
		from:    root.attr("from"),
		to:      root.attr("to"),
		id:      usableID(root.attr("id")),
		typ:     root.attr("type"),
		at:      at,
		broken:  broken,
	}
	st.longID = st.id == "" && root.attr("id") != ""
	if stanzaSpace(root.Name.Space) {
		st.kind = root.Name.Local
	}
	return st, nil
}

// parse builds the tree. With an error comes what was read before it.
func parse(octets []byte) (root element, err error) {
	d := xml.NewDecoder(bytes.NewReader(octets))
	d.DefaultSpace = nsComponent // declared on the stream's start tag, which is not part of the octets
	var open []element           // from the stanza down to where the decoder is, as deep as is kept
	var texts [keptDepth][]byte  // of those
	kept := 0
	for depth := 0; ; {
		tok, err := d.Token()
		if err != nil {
			if len(open) > 0 {
				root = open[0]
			}
			return root, fmt.Errorf("xmpp: stanza: %w", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if depth < keptDepth {
				open = append(open, element{Name: t.Name, Attr: t.Attr})
				texts[depth] = texts[depth][:0]
			}
			depth++
		case xml.CharData:
			if depth > 0 && depth <= keptDepth {
				texts[depth-1] = append(texts[depth-1], t...)
			}
		case xml.EndElement:
			depth--
			if depth >= keptDepth {
				continue
			}
			open[depth].Text = string(texts[depth])
			if depth == 0 {
				return open[0], nil
			}
			if parent := &open[depth-1]; len(parent.Children) < keptChildren && kept < keptElements {
				kept++
				parent.Children = append(parent.Children, open[depth])
			}
			open = open[:depth]
		}
	}
}

// streamError returns the stream error that this is (RFC 6120 §4.9), or nil. The prefix is declared on the stream's
// start tag, so it stands where the namespace would.
func (s *stanza) streamError() *StreamError {
	if s.Name.Local != "error" || s.Name.Space != "stream" && s.Name.Space != nsStream {
		return nil
	}
	var e StreamError
	for _, c := range s.Children {
		switch {
		case c.Name.Local == "text":
			e.Text = c.Text
		case e.Condition == "":
			e.Condition = c.Name.Local
			if c.Name.Local == "see-other-host" {
				e.Other = c.Text
			}
		}
	}
	if e.Condition == "" {
		e.Condition = undefinedCondition
	}
	return &e
}

// stanzaError returns condition and type of a stanza error (RFC 6120 §8.3).
func (s *stanza) stanzaError() (condition, typ string) {
	condition, typ = undefinedCondition, "cancel"
	e := s.own("error")
	if e == nil {
		return condition, typ
	}
	if t := e.attr("type"); t != "" {
		typ = t
	}
	for _, c := range e.Children {
		if c.Name.Space == nsStanzas && c.Name.Local != "text" {
			return c.Name.Local, typ
		}
	}
	return condition, typ
}
