package xmpp

import (
	"path"
	"strings"

	"knapp/bridge"
)

// maxAttachments is how many attachments of one message count: each becomes a word or two for a child.
const maxAttachments = 20

// attachments returns the pictures and files of a message, each once: XEP-0066's out-of-band links, XEP-0447's
// stateless file sharing, and XEP-0385's media references.
func (s *stanza) attachments() []bridge.Attachment {
	var all attachmentList
	for i := range s.Children {
		c := &s.Children[i]
		switch {
		case c.Name.Space == nsOOB && c.Name.Local == "x":
			if u := c.child(nsOOB, "url"); u != nil {
				all.add(u.Text, "")
			}
		case c.Name.Space == nsFiles && c.Name.Local == "file-sharing":
			all.add(sourceOf(c), mediaType(c, nsFileMetadata))
		case c.Name.Space == nsReferences && c.Name.Local == "reference":
			if m := c.child(nsMediaSharing, "media-sharing"); m != nil {
				all.add(sourceOf(m), mediaType(m, nsJingleFile))
			}
		}
	}
	return all
}

// attachmentList is a list without repetition.
type attachmentList []bridge.Attachment

// add appends an attachment. Clients name one picture in several ways at once: what is known of it is joined.
func (l *attachmentList) add(url, typ string) {
	url, typ = strings.TrimSpace(url), strings.ToLower(strings.TrimSpace(typ))
	if url == "" {
		return
	}
	if typ == "" {
		typ = typeOf(url)
	}
	for i := range *l {
		if old := &(*l)[i]; old.URL == url {
			if old.Type == "" {
				old.Type = typ
			}
			return
		}
	}
	if len(*l) < maxAttachments {
		*l = append(*l, bridge.Attachment{URL: url, Type: typ})
	}
}

// sourceOf returns the first address under which a shared file can be had (XEP-0447 §3.2, XEP-0385 §3).
func sourceOf(shared *element) string {
	for i := range shared.Children {
		if shared.Children[i].Name.Local != "sources" {
			continue
		}
		for _, source := range shared.Children[i].Children {
			for _, name := range []string{"target", "uri"} {
				if u := source.attr(name); u != "" {
					return u
				}
			}
		}
	}
	return ""
}

// mediaType returns what kind of file is shared, as its sender says.
func mediaType(shared *element, space string) string {
	if f := shared.child(space, "file"); f != nil {
		if t := f.child(space, "media-type"); t != nil {
			return t.Text
		}
	}
	return ""
}

// types is what the endings of uploads mean.
var types = map[string]string{
	".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp",
	".heic": "image/heic", ".avif": "image/avif", ".svg": "image/svg+xml",
	".mp4": "video/mp4", ".mov": "video/quicktime", ".webm": "video/webm", ".3gp": "video/3gpp",
	".m4a": "audio/mp4", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/opus", ".oga": "audio/ogg",
	".aac": "audio/aac", ".amr": "audio/amr", ".wav": "audio/wav", ".pdf": "application/pdf", ".vcf": "text/vcard",
}

// typeOf guesses by the ending of an address.
func typeOf(url string) string {
	url, _, _ = strings.Cut(url, "#")
	url, _, _ = strings.Cut(url, "?")
	return types[strings.ToLower(path.Ext(url))]
}

// onlyLinks tells whether a body is nothing but the addresses of attachments, and returns those. An address with the
// key of an encrypted upload in it (aesgcm:, with a small picture behind it) is one by itself.
func onlyLinks(body string, attachments []bridge.Attachment) ([]bridge.Attachment, bool) {
	words := strings.Fields(body)
	if len(words) == 0 {
		return attachments, false
	}
	all := attachmentList(attachments)
	for i, word := range words {
		switch {
		case strings.HasPrefix(word, "aesgcm://"):
			all.add(word, "")
		case i > 0 && strings.HasPrefix(words[0], "aesgcm://") && strings.HasPrefix(word, "data:"):
		case !all.has(word):
			return attachments, false
		}
	}
	return all, true
}

// has tells whether an address is in the list.
func (l attachmentList) has(url string) bool {
	for _, a := range l {
		if a.URL == url {
			return true
		}
	}
	return false
}
