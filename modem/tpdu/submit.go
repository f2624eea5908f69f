package tpdu

import (
	"fmt"
	"strings"
)

// Text returns what the SUBMIT TPDUs of one text say, given in order: what Segment was given. Its error wraps that of
// DecodeTPDU, or says that one of them is no SUBMIT.
func Text(tpdus [][]byte) (string, error) {
	var b strings.Builder
	for i, octets := range tpdus {
		m, err := DecodeTPDU(octets)
		if err != nil {
			return "", fmt.Errorf("tpdu: text of segment %d: %w", i+1, err)
		}
		if m.Submit == nil {
			return "", fmt.Errorf("tpdu: text of segment %d: it is no SMS-SUBMIT", i+1)
		}
		b.WriteString(m.Submit.Text)
	}
	return b.String(), nil
}
