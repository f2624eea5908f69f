package tpdu

import "github.com/warthog618/sms/encoding/gsm7"

// PackUSSD packs a USSD code into septets as TS 23.038 §6.1.2.3.1 has it for USSD, where seven bits that are left over
// are a CR and not an @. ok is false for a code that GSM-7 cannot write.
func PackUSSD(code string) (octets []byte, ok bool) {
	septets, err := gsm7.Encode([]byte(code))
	if err != nil {
		return nil, false
	}
	return gsm7.Pack7BitUSSD(septets, 0), true
}

// UnpackUSSD reads a USSD text in packed GSM-7.
func UnpackUSSD(octets []byte) string {
	return decodeSeptets(gsm7.Unpack7BitUSSD(octets, 0), 0, 0)
}
