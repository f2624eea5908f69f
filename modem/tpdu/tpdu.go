// Package tpdu turns texts into SMS TPDUs and back: 3GPP TS 23.040 (transfer
// layer) and TS 23.038 (alphabets), over github.com/warthog618/sms.
//
// It owns the octets: addresses, alphabets, user data headers, segmenting and
// joining. It keeps no parts and no counters (the caller's database does), never
// talks to a modem and never panics, whatever the octets.
//
// Decoding is lenient, because a text that cannot be shown is lost: an unreadable
// timestamp becomes the zero time, half a character becomes U+FFFD, reserved codings
// are read as the standard says. What stays broken (user data cut short, an address
// that runs over the end) is an error; the caller keeps the raw PDU.
package tpdu

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Message is one decoded PDU. Exactly one of Deliver, Report and Submit is set
// when there was no error.
type Message struct {
	// SMSC is the service centre's number as the modem gave it, "+4792001000";
	// "" when the PDU carries none.
	SMSC string

	// TPDU is the octets after the SMSC field, as they came: trailing octets too.
	TPDU []byte

	// Trailing counts the octets behind the last mandatory field, which were not
	// read. In a status report those may be the optional TP-PI and what follows it.
	Trailing int

	Deliver *Deliver
	Report  *StatusReport
	Submit  *Submit
}

// Deliver is an SMS-DELIVER, a text on its way to a phone (23.040 §9.2.2.1).
type Deliver struct {
	From Address
	PID  byte
	DCS  byte

	// Class is the message class 0 to 3 of 23.038 §4, -1 for none. Class 0 is a
	// flash message, which a modem may show without ever storing it.
	Class int

	// SCTS is when the service centre took the message, in the zone it names;
	// the zero time when the octets are no time.
	SCTS time.Time

	// Concat is set on a part of a longer message, Ports on one addressed to an
	// application (a vCard, an MMS notification) instead of a person.
	Concat *Concat
	Ports  *Ports

	// Alphabet says how to read UD, the user data without its header: octets, or
	// for GSM-7 septets, one to a byte.
	Alphabet Alphabet
	UD       []byte

	// Header is the whole user data header, in its order.
	Header []Element

	// Text is this part alone, "" for 8-bit data. A character cut in two by the
	// end of the part is only whole after Join.
	Text string

	MoreToSend     bool // TP-MMS: the service centre has more waiting
	ReplyPath      bool // TP-RP
	ReportToSender bool // TP-SRI: the sender is told when it is received
}

// Submit is an SMS-SUBMIT, a text on its way from a phone (23.040 §9.2.2.2), as a
// modem keeps it among its sent and unsent messages.
type Submit struct {
	MR       byte
	To       Address
	PID      byte
	DCS      byte
	Class    int // as in Deliver
	Validity Validity

	Concat   *Concat
	Ports    *Ports
	Alphabet Alphabet
	UD       []byte
	Header   []Element
	Text     string

	RejectDuplicates bool // TP-RD
	ReplyPath        bool // TP-RP
	StatusReport     bool // TP-SRR: a status report is asked for
}

// Validity is TP-VP: how long the service centre keeps trying (23.040 §9.2.3.12).
// The zero value is a message without one.
type Validity struct {
	Raw   []byte        // the field: 0, 1 or 7 octets
	For   time.Duration // relative format, and the enhanced ones that name a length
	Until time.Time     // absolute format
}

// FormatError says why a PDU cannot be read. It names the field and lengths,
// never a number or a text.
type FormatError struct {
	Field  string // "SMSC", "TP-OA", "TP-UD", …
	Reason string
}

func (e *FormatError) Error() string {
	return "tpdu: decode: " + e.Field + ": " + e.Reason
}

func malformed(field, format string, a ...any) error {
	return &FormatError{Field: field, Reason: fmt.Sprintf(format, a...)}
}

// Decode reads a PDU as the modem prints it: hex digits, the SMSC field first
// (27.005 §3.1), the direction by TP-MTI as it is seen from a phone. White space
// and quotes around it are ignored, trailing octets are counted.
//
// With an error, which is a *FormatError, the Message holds what was read before
// it, so that a damaged text can still be shown with its sender.
func Decode(pdu string) (Message, error) {
	b, err := hex.DecodeString(strings.Trim(pdu, "\" \t\r\n"))
	if err != nil {
		if errors.Is(err, hex.ErrLength) {
			return Message{}, malformed("PDU", "not hex: an odd number of digits")
		}
		return Message{}, malformed("PDU", "not hex")
	}
	if len(b) == 0 {
		return Message{}, malformed("PDU", "empty")
	}
	n := int(b[0])
	if n > maxSMSCOctets {
		return Message{}, malformed("SMSC", "length %d, longest is %d", n, maxSMSCOctets)
	}
	if len(b) < 1+n {
		return Message{}, malformed("SMSC", "cut short: need %d octets, have %d", n, len(b)-1)
	}
	var smsc string
	if n > 0 {
		smsc = readDigits(b[1], b[2:1+n], 2*(n-1)).String()
	}
	m, err := DecodeTPDU(b[1+n:])
	m.SMSC = smsc
	return m, err
}

// DecodeTPDU is Decode for octets without the SMSC field.
func DecodeTPDU(b []byte) (Message, error) {
	m := Message{TPDU: append([]byte(nil), b...)}
	if len(b) == 0 {
		return m, malformed("TPDU", "empty")
	}
	r := &reader{b: m.TPDU, off: 1}
	var err error
	switch b[0] & 0x03 {
	case 0x00:
		m.Deliver = &Deliver{}
		err = m.Deliver.read(b[0], r)
	case 0x01:
		m.Submit = &Submit{}
		err = m.Submit.read(b[0], r)
	case 0x02:
		m.Report = &StatusReport{}
		err = m.Report.read(r)
	default:
		// 23.040 §9.2.3.1 would have an MS take a reserved type for a DELIVER. Every
		// one seen was a damaged record: reading it shows garbage to a child.
		return m, malformed("TP-MTI", "reserved")
	}
	if err == nil {
		m.Trailing = len(r.b) - r.off
	}
	return m, err
}

// reader walks the fields of one TPDU.
type reader struct {
	b   []byte
	off int
}

func (r *reader) take(n int, field string) ([]byte, error) {
	if have := len(r.b) - r.off; have < n {
		return nil, malformed(field, "cut short: need %d octets, have %d", n, have)
	}
	s := r.b[r.off : r.off+n : r.off+n]
	r.off += n
	return s, nil
}

func (r *reader) octet(field string) (byte, error) {
	s, err := r.take(1, field)
	if err != nil {
		return 0, err
	}
	return s[0], nil
}

func (d *Deliver) read(first byte, r *reader) (err error) {
	d.MoreToSend = first&0x04 == 0 // TP-MMS is inverted: 0 means more are waiting
	d.ReportToSender = first&0x20 != 0
	d.ReplyPath = first&0x80 != 0
	d.Class = -1
	if d.From, err = r.address("TP-OA"); err != nil {
		return err
	}
	if d.PID, err = r.octet("TP-PID"); err != nil {
		return err
	}
	if d.DCS, err = r.octet("TP-DCS"); err != nil {
		return err
	}
	d.Class = class(d.DCS)
	ts, err := r.take(7, "TP-SCTS")
	if err != nil {
		return err
	}
	d.SCTS = timestamp(ts)
	c, err := r.userData(d.DCS, first&0x40 != 0)
	d.Concat, d.Ports = c.concat, c.ports
	d.Alphabet, d.UD, d.Header, d.Text = c.alphabet, c.ud, c.header, c.text()
	return err
}

func (s *Submit) read(first byte, r *reader) (err error) {
	s.RejectDuplicates = first&0x04 != 0
	s.StatusReport = first&0x20 != 0
	s.ReplyPath = first&0x80 != 0
	s.Class = -1
	if s.MR, err = r.octet("TP-MR"); err != nil {
		return err
	}
	if s.To, err = r.address("TP-DA"); err != nil {
		return err
	}
	if s.PID, err = r.octet("TP-PID"); err != nil {
		return err
	}
	if s.DCS, err = r.octet("TP-DCS"); err != nil {
		return err
	}
	s.Class = class(s.DCS)
	if s.Validity, err = r.validity(first >> 3 & 0x03); err != nil {
		return err
	}
	c, err := r.userData(s.DCS, first&0x40 != 0)
	s.Concat, s.Ports = c.concat, c.ports
	s.Alphabet, s.UD, s.Header, s.Text = c.alphabet, c.ud, c.header, c.text()
	return err
}
