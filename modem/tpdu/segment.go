package tpdu

import (
	"errors"
	"fmt"
	"time"

	lib "github.com/warthog618/sms/encoding/tpdu"
)

// What one TPDU holds, 23.040 §9.2.3.24.1: in septets, in UCS-2 code units, and in
// octets; whole, and as a part with a reference of 8 or 16 bits.
const (
	singleGSM7, partGSM7, wideGSM7 = 160, 153, 152
	singleUCS2, partUCS2, wideUCS2 = 70, 67, 66

	maxParts    = 255
	maxUserData = 140 // octets, with the header
)

// Errors that Segment, SegmentData and (ErrEmpty) Join tell apart.
var (
	ErrEmpty   = errors.New("nothing there")
	ErrTooLong = errors.New("more than 255 parts")
	ErrNoPhone = errors.New("not a number that can be sent to")
)

// Options is how a text is sent. The zero value asks for no report and no validity
// and uses reference 0.
type Options struct {
	// Reference joins the parts of a long message; the phone tells messages of one
	// sender apart by it, so the caller counts it up. Without Wide its low octet counts.
	Reference uint16

	// Wide takes a reference of 16 bits, which costs each part a septet and which some
	// old phones do not join.
	Wide bool

	// StatusReport asks for a report on each part, TP-SRR.
	StatusReport bool

	// Validity is how long the service centre keeps trying, 5 minutes to 63 weeks,
	// rounded up to what TP-VP can say; 0 leaves it to the network.
	Validity time.Duration
}

// Segment writes a text as the SMS-SUBMIT TPDUs that carry it, in order, without
// SMSC field. TP-MR is 0: the modem sets it and tells it in +CMGS. GSM-7 is taken
// where the default alphabet has every character; otherwise UCS-2, or GSM-7 with a
// national single shift table (23.038 §6.2.1.2.2) where that saves a part. No escape
// sequence and no surrogate pair is split.
//
// The error wraps ErrEmpty, ErrTooLong or ErrNoPhone.
func Segment(to Address, text string, o Options) ([][]byte, error) {
	w, _ := o.choose(text)
	dcs := byte(0x00)
	if w.alphabet == AlphabetUCS2 {
		dcs = 0x08
	}
	return o.segment(to, w.encode(text), dcs, w.header())
}

// SegmentData is Segment for octets meant for a program on the phone, such as a vCard
// for port 9204: 8-bit data with a port header (23.040 §9.2.3.24.4). The dcs must be
// an 8-bit one, 04 or F4 to F7 hex (the class in its last bits); phones differ in
// which they take. One TPDU holds 133 octets, a part of several 128.
func SegmentData(to Address, data []byte, p Ports, dcs byte, o Options) ([][]byte, error) {
	if alphabet(dcs) != Alphabet8Bit || dcs&0x80 == 0 && dcs&0x20 != 0 {
		return nil, fmt.Errorf("tpdu: segment: TP-DCS %#02x is not 8-bit data, take 0x04 or 0xF5", dcs)
	}
	ports := lib.InformationElement{ID: elementPorts16, Data: []byte{
		byte(p.Dst >> 8), byte(p.Dst), byte(p.Src >> 8), byte(p.Src),
	}}
	return o.segment(to, data, dcs, lib.UserDataHeader{ports})
}

// reference is a library counter that stands still: the caller counts.
type reference uint16

func (r reference) Count() int { return int(r) }

func (o Options) segment(to Address, ud []byte, dcs byte, header lib.UserDataHeader) ([][]byte, error) {
	if len(ud) == 0 {
		return nil, fmt.Errorf("tpdu: segment: %w", ErrEmpty)
	}
	if to.Digits == "" || len(to.Digits) > maxSemiOctets || to.Alphanumeric() {
		return nil, fmt.Errorf("tpdu: segment: %w", ErrNoPhone)
	}
	t, err := o.template(to, dcs, header)
	if err != nil {
		return nil, fmt.Errorf("tpdu: segment: %w", err)
	}
	how := []lib.SegmentationOption{lib.WithConcatRef(reference(o.Reference))}
	if o.Wide {
		how = append(how, lib.With16BitConcatRef)
	}
	parts := t.Segment(ud, how...)
	if len(parts) > maxParts {
		return nil, fmt.Errorf("tpdu: segment: %d parts: %w", len(parts), ErrTooLong)
	}
	tpdus := make([][]byte, len(parts))
	for i := range parts {
		if tpdus[i], err = parts[i].MarshalBinary(); err != nil {
			// Only the address can be wrong now: Digits that are no semi-octets.
			return nil, fmt.Errorf("tpdu: segment: %w: %w", ErrNoPhone, err)
		}
	}
	return tpdus, nil
}

func (o Options) template(to Address, dcs byte, header lib.UserDataHeader) (*lib.TPDU, error) {
	// To() of the library's sms package would make every number international.
	da := lib.NewAddress()
	da.Addr = to.Digits
	da.SetTypeOfNumber(lib.TypeOfNumber(to.TON))
	da.SetNumberingPlan(lib.NumberingPlan(to.NPI))
	t, err := lib.NewSubmit(lib.WithDA(da))
	if err != nil {
		return nil, err
	}
	t.SetDCS(dcs)
	if len(header) > 0 {
		t.SetUDH(header) // WithUDH would leave TP-UDHI clear
	}
	if o.StatusReport {
		t.FirstOctet |= lib.FoSRR
	}
	if o.Validity > 0 {
		vp := lib.ValidityPeriod{Format: lib.VpfRelative}
		if n := relativeVP(o.Validity); n > 0 {
			vp.Duration = relative(n) // the library turns 0 into 00, and five minutes into 01
		}
		t.SetVP(vp)
	}
	return t, nil
}

// Cost is what a text costs to send.
type Cost struct {
	Parts    int // SMS, 0 for an empty text; over 255 cannot be sent
	Alphabet Alphabet
	Units    int // septets (two for a character behind an escape) or UCS-2 code units of the text, headers not counted
	Left     int // units until one more part is needed
}

// Measure says what Segment would make of a text, with a reference of 8 bits.
func Measure(text string) Cost { return Options{}.Measure(text) }

// Measure says what Segment would make of a text with these options.
func (o Options) Measure(text string) Cost {
	_, cost := o.choose(text)
	return cost
}

func unitsOf(r rune) int {
	if r > 0xffff {
		return 2
	}
	return 1
}
