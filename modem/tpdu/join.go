package tpdu

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Key is what the parts of one message have in common: two parts belong together
// exactly when their keys are equal (23.040 §9.2.3.24.1). A reference of 8 bits comes
// round after 256 messages, so parts that stay alone must be given up in time, or one
// is joined to a message of another month.
type Key struct {
	From  Address
	Ref   uint16
	Wide  bool
	Total uint8
}

// Key returns the key of a part, and false for a message that is whole.
func (d Deliver) Key() (Key, bool) { return key(d.From, d.Concat) }

func key(a Address, c *Concat) (Key, bool) {
	if c == nil {
		return Key{}, false
	}
	return Key{From: a, Ref: c.Ref, Wide: c.Wide, Total: c.Total}, true
}

// Missing returns the parts that are not among those known, in order: none when the
// message is complete. Doubled numbers and their order do not matter; numbers outside
// 1 to Total are ignored.
func (k Key) Missing(known ...uint8) []uint8 {
	var have [256]bool
	for _, seq := range known {
		have[seq] = true
	}
	var missing []uint8
	for seq := 1; seq <= int(k.Total); seq++ {
		if !have[seq] {
			missing = append(missing, uint8(seq))
		}
	}
	return missing
}

// Part is one stored part, as the joining rule needs to know it.
type Part struct {
	Key
	Seq uint8
}

// Complete returns the messages of which every part is known, each once, in the
// order in which their first part comes.
func Complete(parts []Part) []Key {
	known := make(map[Key][]uint8)
	var order []Key
	for _, p := range parts {
		if _, seen := known[p.Key]; !seen {
			order = append(order, p.Key)
		}
		known[p.Key] = append(known[p.Key], p.Seq)
	}
	var complete []Key
	for _, k := range order {
		if len(k.Missing(known[k]...)) == 0 {
			complete = append(complete, k)
		}
	}
	return complete
}

// MissingError says which parts Join was not given.
type MissingError struct {
	Total   uint8
	Missing []uint8 // in order
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("tpdu: join: of %d parts these are missing: %s",
		e.Total, strings.Trim(fmt.Sprint(e.Missing), "[]"))
}

// Errors that Join tells apart, besides *MissingError and *FormatError.
var (
	ErrMixed   = errors.New("parts of different messages")
	ErrNotText = errors.New("8-bit data, not text")
)

// Join returns the text of one message from the PDUs of its parts, hex as Decode
// takes it, in any order; the same part twice does no harm. A message of one PDU is
// joined as well. Characters that the sender split between two parts come out whole.
//
// With a *MissingError the text is what there is, with "…" for each gap. ErrMixed
// means that the PDUs differ in sender, reference or total, or that two of them claim
// one place with different content; ErrNotText that no part holds text.
func Join(pdus []string) (string, error) {
	if len(pdus) == 0 {
		return "", fmt.Errorf("tpdu: join: %w", ErrEmpty)
	}
	var first Key
	parts := make(map[uint8]content, len(pdus))
	for i, pdu := range pdus {
		m, err := Decode(pdu)
		if err != nil {
			return "", fmt.Errorf("tpdu: join: part %d of those given: %w", i+1, err)
		}
		from, c, err := m.content()
		if err != nil {
			return "", err
		}
		seq, k := uint8(1), Key{From: from, Total: 1}
		if c.concat != nil {
			seq = c.concat.Seq
			k, _ = key(from, c.concat)
		}
		if i == 0 {
			first = k
		}
		old, doubled := parts[seq]
		if k != first || doubled && (old.alphabet != c.alphabet || !bytes.Equal(old.ud, c.ud)) {
			return "", fmt.Errorf("tpdu: join: %w", ErrMixed)
		}
		parts[seq] = c
	}
	return join(first.Total, parts)
}

// content returns what a message says and who it is from or to.
func (m Message) content() (Address, content, error) {
	switch {
	case m.Deliver != nil:
		d := m.Deliver
		c := content{alphabet: d.Alphabet, header: d.Header, ud: d.UD}
		c.readHeader()
		return d.From, c, nil
	case m.Submit != nil:
		s := m.Submit
		c := content{alphabet: s.Alphabet, header: s.Header, ud: s.UD}
		c.readHeader()
		return s.To, c, nil
	}
	return Address{}, content{}, fmt.Errorf("tpdu: join: a status report: %w", ErrNotText)
}

// join puts the parts' user data together and only then reads it. Neighbours that
// are written alike form one run; a part may change alphabet or language.
func join(total uint8, parts map[uint8]content) (string, error) {
	var text strings.Builder
	var run content
	flush := func() {
		text.WriteString(run.text())
		run = content{}
	}
	isText, full := false, false
	missing := &MissingError{Total: total}
	for seq := 1; seq <= int(total); seq++ {
		c, ok := parts[uint8(seq)]
		if !ok {
			flush()
			if n := len(missing.Missing); n == 0 || int(missing.Missing[n-1]) != seq-1 {
				text.WriteString("…")
			}
			missing.Missing = append(missing.Missing, uint8(seq))
			continue
		}
		isText = isText || c.alphabet != Alphabet8Bit
		if !c.alike(run) || len(run.ud)%2 == 1 && run.alphabet == AlphabetUCS2 && !full {
			flush()
			run = content{alphabet: c.alphabet, locking: c.locking, shift: c.shift}
		}
		run.ud = append(run.ud, c.ud...)
		full = c.full()
	}
	flush()
	if len(missing.Missing) > 0 {
		return text.String(), missing
	}
	if !isText {
		return "", fmt.Errorf("tpdu: join: %w", ErrNotText)
	}
	return text.String(), nil
}

func (c content) alike(run content) bool {
	return c.alphabet == run.alphabet && c.locking == run.locking && c.shift == run.shift
}

// full reports a part with no room left. When its last UCS-2 character is halved, the
// other half is in the next part: §9.2.3.24.1 forbids that, senders with references of
// 16 bits (133 octets a part) do it. In a part with room a single octet is dirt.
func (c content) full() bool {
	n := len(c.ud)
	if len(c.header) > 0 {
		n++
	}
	for _, e := range c.header {
		n += 2 + len(e.Data)
	}
	return n == maxUserData
}
