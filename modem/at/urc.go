package at

import (
	"strconv"
	"strings"
	"time"
)

// URC is an unsolicited result code: what the modem said without being asked.
type URC struct {
	// Line is the line itself, trimmed of space.
	Line string
	// Trailing is the PDU in hex that follows +CMT, +CDS and +CBM, or the further lines of a +CUSD text. It is empty
	// where the line was lost on the way.
	Trailing string
	// Cut counts the bytes thrown away of a line that was too long to be anything but noise.
	Cut int
	// Lost marks the place in the channel where codes were dropped because nobody took them; the other fields are
	// then empty. Whoever sees it looks for what may have been missed.
	Lost bool
	// At is when it was read from the port; it may be handled much later.
	At time.Time
	// Awake is when the modem last ended a command without delay, before the code was read: what it says may have lain
	// in a modem that hangs for as long as that is ago. It is zero if it never did.
	Awake time.Time
}

// Name is what stands before the colon, such as "+CMTI", or the whole line where there is no colon, such as "RING".
func (u URC) Name() string { return nameOf(u.Line) }

// Args is what stands after the colon.
func (u URC) Args() string {
	_, args, _ := strings.Cut(u.Line, ":")
	return strings.TrimSpace(args)
}

// nameOf returns the name of a line of the form NAME: arguments.
func nameOf(line string) string {
	name, _, _ := strings.Cut(line, ":")
	return strings.TrimSpace(name)
}

// isExtended tells whether a line has the form of an extended result code, such as "^RSSI:14" (TS 27.007 §4.1).
func isExtended(line string) bool {
	if line == "" || !strings.ContainsRune("+^*%$!#&", rune(line[0])) {
		return false
	}
	name, _, found := strings.Cut(line, ":")
	return found && len(name) > 1 && len(name) <= 24
}

// unsolicited holds the names that modems say unasked. A name that can also be the answer to a command of the same
// name is an answer only while that command is pending.
var unsolicited = set(
	"+CMTI", "+CMT", "+CDS", "+CDSI", "+CBM", "+CBMI", "+CUSD", "+CRING", "+CLIP", "+CCWA", "+CSSI", "+CSSU", "+CIEV",
	"+CREG", "+CGREG", "+CEREG", "+C5GREG", "+CGEV", "+CTZV", "+CTZE", "+CTZU", "+CTZDST", "+CPIN", "+CFUN", "+CSQ",
	"+CSCON", "+COLP", "+CMGSI", "+WIND", "+ZUSIMR", "+ZDONR", "+ZPASR", "+ZEND", "+ZUSLOT", "+QIND", "+QUSIM",
	"+QURC", "+QNTP", "+SIMCARD", "+SMMEMFULL", "+PSUTTZ", "+NITZ", "+CLTS", "+CPMUX", "+STIN",
	"^BOOT", "^RSSI", "^HCSQ", "^MODE", "^SRVST", "^SIMST", "^SMMEMFULL", "^STIN", "^NWTIME", "^ORIG", "^CONF",
	"^CONN", "^CEND", "^DSFLOWRPT", "^CSNR", "^THERM", "^NDISSTAT", "^EONS", "^CCIN", "^SIMREADY", "^SYSSTART",
	"^EXIT", "^RESET", "^EARST", "^LOCCHD", "^ANLEVEL", "*PSUTTZ", "*PSNWID", "*EMRDY", "*ESTKSMENU", "$QCSIMSTAT",
	"HANGUP", "VOICE CALL",
	"RING", "RDY", "SMS READY", "SMS DONE", "CALL READY", "PB DONE", "PBREADY", "NORMAL POWER DOWN", "POWERED DOWN",
	"UNDER-VOLTAGE WARNNING", "MODEM STARTUP", "SMS FULL", "+SMS FULL", "START", "MISSED_CALL", "^SYSSHUTDOWN",
)

// ownName holds the commands that are known to answer under their own name or under none, so that another name in
// their answer is something said in between.
var ownName = set(
	"+CMGS", "+CMGR", "+CMGL", "+CMGD", "+CMGW", "+CPMS", "+CNMI", "+CNMA", "+CSCA", "+CREG", "+CEREG", "+CGREG",
	"+COPS", "+CSQ", "+CPIN", "+CPINR", "+CMEE", "+CMGF", "+CSMS", "+CFUN", "+CLIP", "+CUSD", "+CHUP",
)

// trailed holds the codes that are followed by a PDU on a line of its own (TS 27.005 §3.4.1).
var trailed = set("+CMT", "+CDS", "+CBM")

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// isURC tells whether a line that came while cmd was pending was said unasked.
func isURC(line, cmd, id string) bool {
	name := strings.ToUpper(nameOf(line))
	if name != "" && strings.EqualFold(name, id) {
		switch name {
		case "+CREG", "+CGREG", "+CEREG", "+C5GREG":
			return !isRegistrationAnswer(line)
		case "+CUSD":
			// The network's answer is unsolicited even when it comes before the OK of AT+CUSD=1,"…" (TS 27.007 §7.15).
			return !strings.HasSuffix(cmd, "?")
		}
		return false
	}
	if unsolicited[name] {
		return true
	}
	return ownName[strings.ToUpper(id)] && isExtended(line)
}

// isRegistrationAnswer tells the answer "+CREG: <n>,<stat>[,…]" from the code "+CREG: <stat>[,<lac>,<ci>[,…]]"
// (TS 27.007 §7.2). A location code is quoted or has four digits; a status has two at most, unless the modem pads
// every number ("+CREG:002,001,…").
func isRegistrationAnswer(line string) bool {
	_, args, _ := strings.Cut(line, ":")
	fields := strings.Split(args, ",")
	if len(fields) < 2 {
		return false
	}
	mode, status := strings.TrimSpace(fields[0]), strings.TrimSpace(fields[1])
	if n, err := strconv.Atoi(mode); err != nil || n < 0 || n > 5 {
		return false
	}
	if s, err := strconv.Atoi(status); err != nil || s < 0 {
		return false
	}
	return len(status) <= 2 || len(mode) > 1 && strings.HasPrefix(status, "00")
}

// isPDU tells whether a line can be the PDU that belongs to head. Where the pending command awaits a PDU of its own
// (strict), its length must be the one that head announces.
func isPDU(head, line string, strict bool) bool {
	const shortest = 12 // hex digits; no TPDU that a modem reports is shorter than six octets
	if len(line) < shortest || !isHex(line) {
		return false
	}
	return !strict || announcedLength(head) == octetsAfterSMSC(line)
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'F') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) > 0
}

// announcedLength is the last field of a +CMT or +CDS line: the octets of the TPDU without the SMSC (-1: none).
func announcedLength(head string) int {
	last := head[strings.LastIndexAny(head, ",:")+1:]
	n, err := strconv.Atoi(strings.TrimSpace(last))
	if err != nil {
		return -1
	}
	return n
}

// octetsAfterSMSC counts the octets of a PDU in hex that follow its SMSC field (TS 27.005 §4.1), -2 if there are none.
func octetsAfterSMSC(pdu string) int {
	smsc, err := strconv.ParseUint(pdu[:2], 16, 8)
	if err != nil || len(pdu)%2 != 0 || len(pdu)/2 < 1+int(smsc) {
		return -2
	}
	return len(pdu)/2 - 1 - int(smsc)
}
