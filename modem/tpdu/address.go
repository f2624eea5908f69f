package tpdu

import (
	"fmt"
	"strings"

	"github.com/warthog618/sms/encoding/gsm7"
	"github.com/warthog618/sms/encoding/semioctet"
)

// Types of number, TON, 23.040 §9.1.2.5: what Address.TON may hold.
const (
	TONUnknown       = 0
	TONInternational = 1
	TONNational      = 2
	TONAlphanumeric  = 5
)

// NPITelephone is the ISDN numbering plan of E.164, Address.NPI of a phone number.
const NPITelephone = 1

const (
	maxSemiOctets = 20
	maxSMSCOctets = 12 // the standard's is 11; some records carry one more
)

// Address is TP-OA, TP-DA or TP-RA: who sent a message or is to get it (23.040
// §9.1.2.5). It can be compared with ==, which tells "+4791234567" from "91234567".
type Address struct {
	// Digits is the digits without "+", 0–9 * # and the a b c that only networks
	// use; of an alphanumeric address the text.
	Digits string
	TON    byte // type of number, 0 to 7
	NPI    byte // numbering plan, 0 to 15
}

// String is the address as people write it: "+4791234567", "72999", "NETFLIX".
func (a Address) String() string {
	if a.TON == TONInternational && a.Digits != "" {
		return "+" + a.Digits
	}
	return a.Digits
}

// Alphanumeric reports whether the address is a name: nobody can answer it.
func (a Address) Alphanumeric() bool { return a.TON == TONAlphanumeric }

// ParseAddress reads a number as String writes it. With "+" it is international;
// without, its type is unknown and the network reads it as dialled, which short
// numbers like 72999 need. Anything but digits, * and # is an error, as are more
// than 20 digits: a name cannot be sent to.
func ParseAddress(s string) (Address, error) {
	a := Address{Digits: s, TON: TONUnknown, NPI: NPITelephone}
	if rest, ok := strings.CutPrefix(s, "+"); ok {
		a.Digits, a.TON = rest, TONInternational
	}
	if a.Digits == "" {
		return Address{}, fmt.Errorf("tpdu: parse address: no digits")
	}
	if len(a.Digits) > maxSemiOctets {
		return Address{}, fmt.Errorf("tpdu: parse address: %d digits, at most %d can be sent",
			len(a.Digits), maxSemiOctets)
	}
	if strings.Trim(a.Digits, "0123456789*#") != "" {
		return Address{}, fmt.Errorf("tpdu: parse address: only digits, * and # after an optional + can be sent to")
	}
	return a, nil
}

func (r *reader) address(field string) (Address, error) {
	h, err := r.take(2, field)
	if err != nil {
		return Address{}, err
	}
	n, toa := int(h[0]), h[1] // TP addresses count semi-octets, the SMSC field octets
	if n > maxSemiOctets {
		return Address{}, malformed(field, "length %d, longest is %d semi-octets", n, maxSemiOctets)
	}
	b, err := r.take((n+1)/2, field)
	if err != nil {
		return Address{}, err
	}
	if toa>>4&0x07 == TONAlphanumeric {
		return Address{Digits: name(b, n), TON: TONAlphanumeric, NPI: toa & 0x0f}, nil
	}
	return readDigits(toa, b, n), nil
}

// readDigits reads n semi-octets. A fill 0xF is skipped wherever it stands, and a
// missing one is not missed: modems print both.
func readDigits(toa byte, b []byte, n int) Address {
	// The destination holds every semi-octet of b, so that Decode cannot fail.
	d, _, err := semioctet.Decode(make([]byte, 2*len(b)), b)
	if err != nil {
		d = nil
	}
	return Address{Digits: string(d[:min(n, len(d))]), TON: toa >> 4 & 0x07, NPI: toa & 0x0f}
}

// name reads an alphanumeric address of n semi-octets: GSM-7 septets, packed.
func name(b []byte, n int) string {
	septets := gsm7.Unpack7Bit(b, 0)
	septets = septets[:min(n*4/7, len(septets))]
	// Seven septets need 49 bits, 13 semi-octets. Senders who count whole octets say
	// 14, and the padding then reads as an eighth septet: 00 is "@" ("NETFLIX@").
	if n == 14 && len(septets) == 8 && septets[7] == 0 {
		septets = septets[:7]
	}
	return decodeSeptets(septets, 0, 0)
}
