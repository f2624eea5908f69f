package modem

import (
	"strconv"
	"strings"
)

// stat is <stat> of +CMGR and +CMGL in PDU mode (TS 27.005 §3.1); -1 where the modem does not say.
type stat int

// stored is one message in a storage.
type stored struct {
	index int
	stat  stat
	pdu   string // empty if the modem printed none
}

// isOurs tells whether the message is one that the modem keeps for sending (stored unsent, stored sent).
func (s stored) isOurs() bool {
	if s.stat == 2 || s.stat == 3 {
		return true
	}
	// TS 23.040 §9.2.3.1: TP-MTI 01 is an SMS-SUBMIT where it was not received.
	if len(s.pdu) < 4 {
		return false
	}
	smsc, err := strconv.ParseUint(s.pdu[:2], 16, 8)
	at := 2 + 2*int(smsc)
	if err != nil || len(s.pdu) < at+2 {
		return false
	}
	first, err := strconv.ParseUint(s.pdu[at:at+2], 16, 8)
	return err == nil && first&0x03 == 0x01
}

func readStat(s string) stat {
	if n, ok := number(s); ok && n <= 4 {
		return stat(n)
	}
	switch strings.ToUpper(s) {
	case "REC UNREAD":
		return 0
	case "REC READ":
		return 1
	case "STO UNSENT":
		return 2
	case "STO SENT":
		return 3
	}
	return -1
}

// parseRead reads the answer to AT+CMGR; ok is false when the place is empty. The PDU stands on the next line, or on
// the header's own behind the length.
func parseRead(lines []string) (s stored, ok bool) {
	for i := range lines {
		args, found := argsOf(lines[i:i+1], "+CMGR")
		if !found {
			continue
		}
		f := fieldsOf(args)
		s = stored{index: -1, stat: readStat(f[0])}
		if _, pdu, same := strings.Cut(f[len(f)-1], " "); same && isHex(pdu) {
			s.pdu = pdu
			return s, true
		}
		s.pdu = pduIn(lines[i+1:])
		return s, true
	}
	return stored{}, false
}

// parseList reads the answer to AT+CMGL.
func parseList(lines []string) []stored {
	var list []stored
	for i := range lines {
		args, found := argsOf(lines[i:i+1], "+CMGL")
		if !found {
			continue
		}
		f := fieldsOf(args)
		index, ok := number(f[0])
		if !ok {
			continue
		}
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(strings.TrimSpace(lines[end]), "+CMGL") {
			end++
		}
		list = append(list, stored{index: index, stat: readStat(field(f, 1)), pdu: pduIn(lines[i+1 : end])})
	}
	return list
}

// pduIn finds the first line that is a PDU.
func pduIn(lines []string) string {
	for _, line := range lines {
		if line = strings.Trim(line, "\" \t"); len(line) >= 4 && isHex(line) {
			return line
		}
	}
	return ""
}

func isHex(s string) bool {
	return s != "" && strings.Trim(s, "0123456789ABCDEFabcdef") == ""
}

// parseWhere reads the storage and index of +CMTI and +CDSI. Some modems give the storage as a number, some leave it
// out; it is empty then.
func parseWhere(args string) (storage string, index int, ok bool) {
	f := fieldsOf(args)
	index, ok = number(f[len(f)-1])
	if len(f) > 1 && len(f[0]) == 2 && !isDigits(f[0]) {
		storage = strings.ToUpper(f[0])
	}
	return storage, index, ok
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// parseReference reads the message reference from the answer to AT+CMGS.
func parseReference(lines []string) (mr byte, ok bool) {
	args, ok := argsOf(lines, "+CMGS")
	if !ok {
		return 0, false
	}
	n, ok := number(fieldsOf(args)[0])
	return byte(n), ok && n <= 255
}
