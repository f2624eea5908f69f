package tpdu

import (
	"encoding/binary"

	"github.com/warthog618/sms/encoding/gsm7"
)

// Information element identifiers that change how a message is read, 23.040 §9.2.3.24.
// The language ones are hexadecimal there; the library has them as decimal 24 and 25
// and so never sees them, which is one reason why the header is read here.
const (
	elementConcat8  = 0x00
	elementWaiting  = 0x01
	elementPorts8   = 0x04
	elementPorts16  = 0x05
	elementConcat16 = 0x08
	elementShift    = 0x24
	elementLocking  = 0x25
)

// Element is one information element of a user data header, 23.040 §9.2.3.24.
type Element struct {
	ID   byte
	Data []byte
}

// Concat says which part of which message a TPDU is (23.040 §9.2.3.24.1 and .8).
type Concat struct {
	Ref   uint16 // the sender's reference
	Wide  bool   // a reference of 16 bits; it is another message than 8 bits of the same value
	Total uint8  // parts in all, 1 or more
	Seq   uint8  // this part, 1 to Total
}

// Ports addresses a program on the phone instead of its inbox (§9.2.3.24.3 and .4).
type Ports struct {
	Dst, Src uint16
}

// content is a user data field taken apart.
type content struct {
	alphabet       Alphabet
	header         []Element
	ud             []byte
	concat         *Concat
	ports          *Ports
	locking, shift byte // national language identifiers
}

func (c content) text() string {
	switch c.alphabet {
	case AlphabetGSM7:
		return decodeSeptets(c.ud, c.locking, c.shift)
	case AlphabetUCS2:
		return decodeUCS2(c.ud)
	}
	return ""
}

// userData reads TP-UDL and TP-UD. When the field is cut short the content is what
// was there, with an error.
func (r *reader) userData(dcs byte, hasHeader bool) (content, error) {
	c := content{alphabet: alphabet(dcs)}
	udl, err := r.octet("TP-UDL")
	if err != nil {
		return c, err
	}
	need := int(udl) // §9.2.3.16: octets, of GSM-7 septets
	if c.alphabet == AlphabetGSM7 {
		need = (int(udl)*7 + 7) / 8
	}
	b, err := r.take(need, "TP-UD")
	if err != nil {
		b, r.off = r.b[r.off:], len(r.b)
	}
	headerOctets := 0
	if hasHeader {
		if len(b) == 0 || int(b[0])+1 > len(b) {
			if err == nil {
				err = malformed("TP-UDH", "header but no user data for it")
			}
			return c, err
		}
		headerOctets = int(b[0]) + 1
		c.header = elements(b[1:headerOctets])
		c.readHeader()
	}
	if c.alphabet == AlphabetGSM7 {
		c.ud = unpack(b, headerOctets, int(udl))
	} else {
		c.ud = b[headerOctets:]
	}
	return c, err
}

// unpack reads the septets behind a header of h octets; of the udl septets that the
// field counts, those under the header are no text (§9.2.3.16, figure 9.2.3.24 (a)).
func unpack(b []byte, h, udl int) []byte {
	covered := (h*8 + 6) / 7
	fill := covered*7 - h*8
	septets := gsm7.Unpack7Bit(b[h:], fill)
	return septets[:max(0, min(udl-covered, len(septets)))]
}

// elements splits a header. §9.2.3.24: one whose last element does not end with it
// is ignored as a whole.
func elements(b []byte) []Element {
	es := []Element{}
	for len(b) > 0 {
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return []Element{}
		}
		end := 2 + int(b[1])
		es = append(es, Element{ID: b[0], Data: b[2:end:end]})
		b = b[end:]
	}
	return es
}

// readHeader takes the elements' meaning. Of one that is repeated, or of two that
// exclude each other, the last counts (§9.2.3.24); one of a wrong length does not.
func (c *content) readHeader() {
	for _, e := range c.header {
		d := e.Data
		switch {
		case e.ID == elementConcat8 && len(d) == 3:
			c.setConcat(Concat{Ref: uint16(d[0]), Total: d[1], Seq: d[2]})
		case e.ID == elementConcat16 && len(d) == 4:
			c.setConcat(Concat{Ref: binary.BigEndian.Uint16(d), Wide: true, Total: d[2], Seq: d[3]})
		case e.ID == elementPorts8 && len(d) == 2:
			c.ports = &Ports{Dst: uint16(d[0]), Src: uint16(d[1])}
		case e.ID == elementPorts16 && len(d) == 4:
			c.ports = &Ports{Dst: binary.BigEndian.Uint16(d), Src: binary.BigEndian.Uint16(d[2:])}
		case e.ID == elementShift && len(d) == 1:
			c.shift = d[0]
		case e.ID == elementLocking && len(d) == 1:
			c.locking = d[0]
		}
	}
}

// setConcat ignores, as §9.2.3.24.1 says, an element that numbers no part.
func (c *content) setConcat(p Concat) {
	if p.Total != 0 && p.Seq != 0 && p.Seq <= p.Total {
		c.concat = &p
	}
}
