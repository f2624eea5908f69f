package xmpp

import (
	"slices"
	"strconv"
	"strings"

	"knapp/bridge"
)

// isChat tells whether the message holds words of a person, readable or not. Any type but the three that message
// sorts out counts as normal (RFC 6121 §5.2.2).
func (s *stanza) isChat() bool {
	switch s.typ {
	case "error", "groupchat", "headline":
		return false
	}
	if s.broken || s.encrypted() {
		return true
	}
	body, attachments := s.content()
	return body != "" || len(attachments) > 0
}

// encrypted tells whether the message's content is for those who hold a key: it says so (XEP-0380), or holds
// OMEMO with a payload (XEP-0384; without one it only maintains a session), or OpenPGP (XEP-0373, XEP-0027).
// Off-the-Record is told by the body alone, from the offer to the ciphertext (XEP-0364).
func (s *stanza) encrypted() bool {
	if b := s.own("body"); b != nil && strings.HasPrefix(strings.TrimSpace(b.Text), "?OTR") {
		return true
	}
	for i := range s.Children {
		c := &s.Children[i]
		switch {
		case c.Name.Space == "urn:xmpp:eme:0" && c.Name.Local == "encryption":
			return s.own("body") != nil || s.hasPayload()
		case c.Name.Space == "urn:xmpp:openpgp:0", c.Name.Space == "jabber:x:encrypted":
			return true
		}
	}
	return s.hasPayload()
}

// hasPayload tells whether there is an OMEMO message inside, of whatever version.
func (s *stanza) hasPayload() bool {
	for i := range s.Children {
		if s.Children[i].Name.Local != "encrypted" {
			continue
		}
		for _, c := range s.Children[i].Children {
			if c.Name.Local == "payload" {
				return true
			}
		}
	}
	return false
}

// content returns what the sender typed, and what came with it. A reaction or a retraction carries a body only for
// clients that know neither; a reply may begin with what it answers, and a picture's body is its address: those are
// left out (XEP-0428), and nothing else is, since a text that vanished would be lost.
func (s *stanza) content() (body string, attachments []bridge.Attachment) {
	attachments = s.attachments()
	b := s.own("body")
	if b == nil || s.inNamespace(nsReactions) {
		return "", attachments
	}
	var cuts []cut
	for i := range s.Children {
		f := &s.Children[i]
		if f.Name.Local != "fallback" || f.Name.Space != nsFallback && f.Name.Space != nsOldFallback {
			continue
		}
		purpose := f.attr("for")
		switch {
		case strings.HasPrefix(purpose, nsRetract), s.retracts() != "":
			return "", attachments
		case purpose == nsReply:
			cuts = append(cuts, rangesOf(f)...)
		case purpose == nsFiles && len(attachments) > 0:
			whole := rangesOf(f)
			if len(whole) == 0 {
				return "", attachments // XEP-0428 §3: without a range it is all of the body
			}
			cuts = append(cuts, whole...)
		}
	}
	body = cutOut(b.Text, cuts)
	if links, are := onlyLinks(body, attachments); are {
		return "", links
	}
	return unfence(body), attachments
}

// cut is a range of characters that stands for something else.
type cut struct{ from, to int }

// rangesOf returns the ranges of a fallback's bodies (XEP-0428 §3, counted in code points).
func rangesOf(fallback *element) []cut {
	var out []cut
	for i := range fallback.Children {
		part := &fallback.Children[i]
		if part.Name.Space != fallback.Name.Space || part.Name.Local != "body" {
			continue
		}
		from, err1 := strconv.Atoi(part.attr("start"))
		to, err2 := strconv.Atoi(part.attr("end"))
		if err1 == nil && err2 == nil {
			out = append(out, cut{from, to})
		}
	}
	return out
}

// cutOut takes ranges out of a text, from the last to the first, so that each still means what it did. One that does
// not fit changes nothing.
func cutOut(text string, cuts []cut) string {
	slices.SortFunc(cuts, func(a, b cut) int { return b.from - a.from })
	r := []rune(text)
	for _, c := range cuts {
		if c.from >= 0 && c.from <= c.to && c.to <= len(r) {
			r = slices.Delete(r, c.from, c.to)
		}
	}
	return string(r)
}

// unfence takes out the lines that begin and end a block of preformatted text (XEP-0393 §5.1.2), which a button phone
// would show as they are. Only a block that ends is one.
func unfence(text string) string {
	const fence = "```"
	if !strings.Contains(text, fence) {
		return text
	}
	lines := strings.Split(text, "\n")
	var out []string
	for i := 0; i < len(lines); i++ {
		end := slices.Index(lines[i+1:], fence)
		if !strings.HasPrefix(lines[i], fence) || end < 0 {
			out = append(out, lines[i])
			continue
		}
		if rest := strings.TrimPrefix(lines[i], fence); rest != "" {
			out = append(out, rest)
		}
		out = append(out, lines[i+1:i+1+end]...)
		i += 1 + end
	}
	return strings.Join(out, "\n")
}
