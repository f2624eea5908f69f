package modemtest

import (
	"encoding/hex"
	"strings"

	"github.com/warthog618/sms/encoding/tpdu"
)

// textMessage is a stored message as text mode shows it (TS 27.005 §3.4.2 and
// §3.4.3): the rest of the first line, and the text.
func (p *port) textMessage(sl slot) (head, text string) {
	stat := `"` + statNames[sl.stat] + `"`
	switch {
	case sl.report:
		return stat + "," + p.textReport(sl.tpdu), ""
	case len(sl.tpdu) > 0 && sl.tpdu[0]&mtiMask == mtiSubmit:
		s, err := parseSubmit(sl.tpdu)
		if err != nil {
			return stat + `,"",`, ""
		}
		return stat + `,"` + p.encode(s.da.Number()) + `",`, p.userText(s.first, s.dcs, s.userData)
	default:
		return p.textDeliver(sl.tpdu, stat)
	}
}

// textDeliver is an SMS-DELIVER in text mode.
func (p *port) textDeliver(raw []byte, stat string) (head, text string) {
	t := tpdu.TPDU{Direction: tpdu.MT}
	err := t.UnmarshalBinary(raw)
	head = stat + `,"` + p.encode(t.OA.Number()) + `",,"` + textTime(t.SCTS) + `"`
	if p.line.details {
		head += "," + itoa(int(t.OA.TOA)) + "," + itoa(int(t.FirstOctet)) + "," + itoa(int(t.PID)) + "," + itoa(int(t.DCS)) +
			`,"` + p.m.sim.smsc + `",` + itoa(int(address(p.m.sim.smsc).TOA)) + "," + itoa(len(t.UD))
	}
	if err != nil || raw[0]&mtiMask != mtiDeliver {
		return head, strings.ToUpper(hex.EncodeToString(raw))
	}
	oa := 3 + (int(raw[1])+1)/2
	return head, p.userText(raw[0], raw[oa+1], raw[oa+2+7:])
}

// userText shows user data as <data> does (TS 27.005 §3.1): text in the
// character set of +CSCS for the default alphabet without a header, else
// hexadecimal.
func (p *port) userText(first, dcs byte, userData []byte) string {
	if first&foHeader != 0 || alphabet(dcs) != tpdu.Alpha7Bit {
		return strings.ToUpper(hex.EncodeToString(userData[1:]))
	}
	in, err := parseDeliver(append([]byte{0, 0, 0x81, 0, dcs, 0, 1, 1, 0, 0, 0, 0}, userData...))
	if err != nil {
		return ""
	}
	return strings.ReplaceAll(p.encode(in.text), "\n", "\r\n")
}

// textReport is <fo>,<mr>,[<ra>],[<tora>],<scts>,<dt>,<st>.
func (p *port) textReport(raw []byte) string {
	t := tpdu.TPDU{Direction: tpdu.MT}
	if err := t.UnmarshalBinary(raw); err != nil {
		return itoa(mtiStatusReport)
	}
	return itoa(int(t.FirstOctet)) + "," + itoa(int(t.MR)) + `,"` + t.RA.Number() + `",` + itoa(int(t.RA.TOA)) +
		`,"` + textTime(t.SCTS) + `","` + textTime(t.DT) + `",` + itoa(int(t.ST))
}

func textTime(ts tpdu.Timestamp) string {
	_, offset := ts.Zone()
	return ts.Format(clockForm) + quarters(offset)
}
