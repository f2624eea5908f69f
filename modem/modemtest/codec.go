package modemtest

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/gsm7/charset"
	"github.com/warthog618/sms/encoding/tpdu"
)

// tables forces the codec's national tables, which it fills at first use
// without a lock. Package variables are initialised by one goroutine, so that
// every later use, of whatever package, only reads them.
var _ = fillTables()

func fillTables() int {
	n := len(charset.DefaultDecoder()) + len(charset.DefaultExtDecoder()) +
		len(charset.DefaultEncoder()) + len(charset.DefaultExtEncoder())
	for nli := range charset.Urdu + 1 {
		n += len(charset.NewDecoder(nli)) + len(charset.NewExtDecoder(nli)) +
			len(charset.NewEncoder(nli)) + len(charset.NewExtEncoder(nli))
	}
	return n
}

// TP-MTI and the flags of the first octet, TS 23.040 §9.2.3.1 to §9.2.3.23.
const (
	mtiMask          = 0x03
	mtiDeliver       = 0x00
	mtiSubmit        = 0x01
	mtiStatusReport  = 0x02
	foNoMoreMessages = 0x04
	foReport         = 0x20
	foHeader         = 0x40
	foReplyPath      = 0x80
)

var errPDU = errors.New("modemtest: not a TPDU that this direction allows")

// submission is an SMS-SUBMIT (TS 23.040 §9.2.2.2) with the fields that the
// network acts on read, and the rest as it came: the network must carry what
// it does not understand.
type submission struct {
	first, mr, pid, dcs byte
	da                  tpdu.Address
	vp                  tpdu.ValidityPeriod
	userData            []byte // TP-UDL and TP-UD, raw
}

func parseSubmit(raw []byte) (submission, error) {
	var s submission
	if len(raw) < 2 || raw[0]&mtiMask != mtiSubmit {
		return s, errPDU
	}
	s.first, s.mr = raw[0], raw[1]
	rest := raw[2:]
	n, err := s.da.UnmarshalBinary(rest)
	if err != nil {
		return s, fmt.Errorf("%w: %w", errPDU, err)
	}
	rest = rest[n:]
	if len(rest) < 2 {
		return s, errPDU
	}
	s.pid, s.dcs = rest[0], rest[1]
	rest = rest[2:]
	format := tpdu.FirstOctet(s.first).VPF()
	n, err = s.vp.UnmarshalBinary(rest, format)
	if err != nil || n > len(rest) {
		return s, fmt.Errorf("%w: validity period", errPDU)
	}
	s.userData = rest[n:]
	if !wellMeasured(s.dcs, s.userData) {
		return s, fmt.Errorf("%w: user data length", errPDU)
	}
	return s, nil
}

// wellMeasured reports whether TP-UDL and the octets that follow agree
// (TS 23.040 §9.2.3.16).
func wellMeasured(dcs byte, userData []byte) bool {
	if len(userData) == 0 {
		return false
	}
	octets := int(userData[0])
	if alphabet(dcs) == tpdu.Alpha7Bit {
		octets = (octets*7 + 7) / 8
	}
	return octets <= tpdu.MaxUDL && len(userData)-1 == octets
}

// alphabet reads a data coding scheme; a reserved one is the default alphabet
// (TS 23.038 §4).
func alphabet(dcs byte) tpdu.Alphabet {
	a, err := tpdu.DCS(dcs).Alphabet()
	if err != nil {
		return tpdu.Alpha7Bit
	}
	return a
}

// deliver makes the SMS-DELIVER (TS 23.040 §9.2.2.1) that carries s onward.
func (s submission) deliver(from tpdu.Address, scts time.Time) ([]byte, error) {
	oa, err := from.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("modemtest: originating address: %w", err)
	}
	stamp, err := timestamp(scts)
	if err != nil {
		return nil, err
	}
	first := byte(mtiDeliver|foNoMoreMessages) | s.first&(foHeader|foReplyPath)
	b := append([]byte{first}, oa...)
	b = append(b, s.pid, s.dcs)
	b = append(b, stamp...)
	return append(b, s.userData...), nil
}

func timestamp(t time.Time) ([]byte, error) {
	ts := tpdu.Timestamp{Time: t}
	b, err := ts.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("modemtest: time stamp: %w", err)
	}
	return b, nil
}

// statusReport makes an SMS-STATUS-REPORT (TS 23.040 §9.2.2.3). status is
// TP-ST.
func statusReport(mr byte, recipient tpdu.Address, scts, discharged time.Time, status byte) ([]byte, error) {
	t := tpdu.TPDU{
		Direction:  tpdu.MT,
		FirstOctet: mtiStatusReport | foNoMoreMessages,
		MR:         mr,
		RA:         recipient,
		SCTS:       tpdu.Timestamp{Time: scts},
		DT:         tpdu.Timestamp{Time: discharged},
		ST:         status,
	}
	b, err := t.MarshalBinary()
	if err != nil {
		return nil, fmt.Errorf("modemtest: status report: %w", err)
	}
	return b, nil
}

// reference is the concatenation reference of one message, a tpdu.Counter.
type reference int

// Count gives the same reference to every part of the message.
func (r reference) Count() int { return int(r) }

// submits splits a text as a phone does: the default alphabet where it holds
// every character, else UCS-2; parts joined by an 8-bit reference.
func submits(to tpdu.Address, text string, ref byte) ([][]byte, error) {
	ud, _, alpha := tpdu.EncodeUserData([]byte(text))
	dcs := byte(0)
	if alpha == tpdu.AlphaUCS2 {
		dcs = byte(tpdu.DcsUCS2Data)
	}
	t, err := tpdu.NewSubmit(tpdu.WithDA(to), tpdu.DCS(dcs))
	if err != nil {
		return nil, fmt.Errorf("modemtest: submit: %w", err)
	}
	parts := []tpdu.TPDU{*t}
	if len(ud) > 0 {
		parts = t.Segment(ud, tpdu.WithConcatRef(reference(ref)))
	}
	if len(parts) > 255 {
		return nil, fmt.Errorf("modemtest: a text of %d parts: at most 255 can be joined", len(parts))
	}
	raws := make([][]byte, 0, len(parts))
	for i := range parts {
		raw, err := parts[i].MarshalBinary()
		if err != nil {
			return nil, fmt.Errorf("modemtest: part %d: %w", i+1, err)
		}
		raws = append(raws, raw)
	}
	return raws, nil
}

// incoming is an SMS-DELIVER as far as it can be read.
type incoming struct {
	from     string
	pid, dcs byte
	scts     time.Time
	udh      tpdu.UserDataHeader
	data     []byte // user data without header; septets unpacked
	text     string // empty for 8-bit data
}

func parseDeliver(raw []byte) (incoming, error) {
	var in incoming
	if len(raw) == 0 || raw[0]&mtiMask != mtiDeliver {
		return in, errPDU
	}
	t := tpdu.TPDU{Direction: tpdu.MT}
	err := t.UnmarshalBinary(raw)
	in.from = t.OA.Number()
	in.pid, in.dcs, in.scts, in.udh, in.data = t.PID, byte(t.DCS), t.SCTS.Time, t.UDH, t.UD
	if err != nil {
		return in, fmt.Errorf("modemtest: deliver: %w", err)
	}
	switch alphabet(in.dcs) {
	case tpdu.Alpha8Bit:
	case tpdu.AlphaUCS2:
		in.text = decodeUTF16(t.UD)
	default:
		if in.text, err = nationalText(t.UD, t.UDH); err != nil {
			return in, fmt.Errorf("modemtest: deliver: %w", err)
		}
	}
	return in, nil
}

// Information elements of the national tables, TS 23.040 §9.2.3.24.15 and .16.
// The codec looks for them under 24 and 25 decimal.
const (
	ieShift   = 0x24
	ieLocking = 0x25
)

// nationalText reads septets as a phone does that has all national tables.
func nationalText(septets []byte, udh tpdu.UserDataHeader) (string, error) {
	var tables []gsm7.DecoderOption
	if ie, ok := udh.IE(ieLocking); ok && len(ie.Data) == 1 {
		tables = append(tables, gsm7.WithCharset(int(ie.Data[0])))
	}
	if ie, ok := udh.IE(ieShift); ok && len(ie.Data) == 1 {
		tables = append(tables, gsm7.WithExtCharset(int(ie.Data[0])))
	}
	text, err := gsm7.Decode(septets, tables...)
	return string(text), err
}

// decodeUTF16 reads UCS-2 as phones do, pairs of surrogates included; half a
// pair becomes U+FFFD.
func decodeUTF16(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		units = append(units, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(units))
}

// messageClass is the class of a data coding scheme, or -1 (TS 23.038 §4).
func messageClass(dcs byte) int {
	c, err := tpdu.DCS(dcs).Class()
	if err != nil || c == tpdu.MClassUnknown {
		return -1
	}
	return int(c)
}

// address makes the TP address of a number as it is dialled or shown:
// "+47…" international, digits unknown, anything else alphanumeric
// (TS 23.040 §9.1.2.5).
func address(number string) tpdu.Address {
	if digits, ok := strings.CutPrefix(number, "+"); ok {
		return tpdu.Address{TOA: 0x91, Addr: digits}
	}
	if number != "" && strings.Trim(number, "0123456789*#") == "" {
		return tpdu.Address{TOA: 0x81, Addr: number}
	}
	return tpdu.Address{TOA: 0xD0, Addr: number}
}

// gsmText encodes for the GSM character set of AT+CSCS; what that lacks
// becomes "?".
func gsmText(text string) []byte {
	var b strings.Builder
	for _, r := range text {
		if _, err := gsm7.Encode([]byte(string(r))); err != nil {
			r = '?'
		}
		b.WriteRune(r)
	}
	enc, err := gsm7.Encode([]byte(b.String()))
	if err != nil {
		return nil
	}
	return enc
}

// gsmString is the reverse of gsmText.
func gsmString(b []byte) string {
	dec, err := gsm7.Decode(b)
	if err != nil {
		return string(b)
	}
	return string(dec)
}
