package xmpp

import (
	"bufio"
	"errors"
	"io"
)

// maxStanza is the longest stanza that is read whole, in octets. Servers allow a client 64 to 512 KiB.
const maxStanza = 1 << 20

// errTooLong says that a stanza was longer than the limit. With it comes its start tag alone, if that fitted.
var errTooLong = errors.New("the stanza is longer than 1 MiB")

// A framer cuts a stream into stanzas by its markup alone. What stands inside a stanza comes from strangers:
// names that Go's parser refuses though the server's does not, or elements in the namespace of the stream, which
// mellium takes for the stream's own. A stanza that was cut out first can be dropped, and the stream goes on.
//
// That the stream as a whole is well-formed is the server's doing: it has parsed and written every stanza.
type framer struct {
	in    *bufio.Reader
	limit int
	buf   []byte
	cut   bool // something did not fit into buf
}

// next returns the octets of the next stanza, valid until the next call. io.EOF means that the server has
// closed its stream.
func (f *framer) next() ([]byte, error) {
	f.buf, f.cut = f.buf[:0], false
	head := 0 // the length of the stanza's start tag; -1 when that did not fit
	for depth := 0; ; {
		if err := f.text(); err != nil {
			return nil, err
		}
		if depth == 0 {
			f.buf, f.cut = f.buf[:0], false // white space between stanzas keeps the connection alive (RFC 6120 §4.6.1)
		}
		kind, err := f.markup()
		if err != nil {
			return nil, err
		}
		switch kind {
		case startTag:
			depth++
		case endTag:
			depth--
		case aside:
			continue
		}
		if depth < 0 {
			return nil, io.EOF // </stream:stream>
		}
		if head == 0 {
			head = len(f.buf)
			if f.cut {
				head = -1
			}
		}
		if depth == 0 {
			return f.stanza(head, kind)
		}
	}
}

// stanza returns what was collected, or, when that is not all, its start tag as an empty element.
func (f *framer) stanza(head int, last markupKind) ([]byte, error) {
	switch {
	case !f.cut:
		return f.buf, nil
	case head < 0:
		return nil, errTooLong
	case last == emptyTag:
		return f.buf[:head], errTooLong
	default:
		return append(f.buf[:head-1], '/', '>'), errTooLong
	}
}

// markupKind tells what a piece of markup does to the depth.
type markupKind int

const (
	aside markupKind = iota // a comment, a processing instruction, a CDATA section: nothing
	startTag
	endTag
	emptyTag
)

// text reads up to the next "<".
func (f *framer) text() error {
	for {
		c, err := f.in.ReadByte()
		if err != nil {
			return err
		}
		if c == '<' {
			return f.in.UnreadByte()
		}
		f.put(c)
	}
}

// markup reads from a "<" to the ">" that belongs to it.
func (f *framer) markup() (markupKind, error) {
	if _, err := f.take(); err != nil { // the "<" itself
		return aside, err
	}
	next, err := f.in.Peek(1)
	if err != nil {
		return aside, err
	}
	switch next[0] {
	case '/':
		return endTag, f.until(">")
	case '?':
		return aside, f.until("?>")
	case '!':
		return aside, f.declaration()
	default:
		return f.startTag()
	}
}

// declaration reads a comment or a CDATA section (XML 1.0 §2.5, §2.7), which may hold tags that are none.
func (f *framer) declaration() error {
	next, err := f.in.Peek(3) // "!--" or "![C": neither construct is shorter
	if err != nil {
		return err
	}
	switch string(next) {
	case "!--":
		for range next {
			if _, err := f.take(); err != nil {
				return err
			}
		}
		return f.until("-->")
	case "![C":
		return f.until("]]>")
	default:
		return f.until(">")
	}
}

// startTag reads a start tag or an empty element's tag. A ">" inside an attribute's value ends nothing.
func (f *framer) startTag() (markupKind, error) {
	var quote, before byte
	for {
		c, err := f.take()
		switch {
		case err != nil:
			return aside, err
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>' && before == '/':
			return emptyTag, nil
		case c == '>':
			return startTag, nil
		}
		before = c
	}
}

// until reads up to and with an ending of at most three octets.
func (f *framer) until(ending string) error {
	var last [3]byte
	for {
		c, err := f.take()
		if err != nil {
			return err
		}
		last = [3]byte{last[1], last[2], c}
		if string(last[3-len(ending):]) == ending {
			return nil
		}
	}
}

// take reads an octet and keeps it.
func (f *framer) take() (byte, error) {
	c, err := f.in.ReadByte()
	if err == nil {
		f.put(c)
	}
	return c, err
}

// put keeps an octet as long as there is room.
func (f *framer) put(c byte) {
	if len(f.buf) >= f.limit {
		f.cut = true
		return
	}
	f.buf = append(f.buf, c)
}
