package modem

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// The parsers of this file read what modems print, not what TS 27.007 says they print: quotes may be missing or
// unbalanced, spaces and leading zeros may stand anywhere, numbers may be padded. None of them fails loudly; what
// cannot be read is reported as absent.

// argsOf returns what follows "name:" in the first line that has that name.
func argsOf(lines []string, name string) (string, bool) {
	for _, line := range lines {
		head, args, ok := strings.Cut(strings.TrimSpace(line), ":")
		if ok && strings.EqualFold(strings.TrimSpace(head), name) {
			return strings.TrimSpace(args), true
		}
	}
	return "", false
}

// fieldsOf splits arguments at the commas that are neither quoted nor in parentheses, and takes off the quotes. Where
// the quotes do not match they are ignored.
func fieldsOf(args string) []string {
	if strings.Count(args, `"`)%2 == 1 {
		args = strings.ReplaceAll(args, `"`, "")
	}
	var fields []string
	depth, quoted, start := 0, false, 0
	for i := 0; i <= len(args); i++ {
		switch {
		case i == len(args) || args[i] == ',' && !quoted && depth <= 0:
			f := strings.TrimSpace(args[start:i])
			if n := len(f); n >= 2 && f[0] == '"' && f[n-1] == '"' {
				f = f[1 : n-1]
			}
			fields = append(fields, strings.TrimSpace(f))
			start = i + 1
		case args[i] == '"':
			quoted = !quoted
		case quoted:
		case args[i] == '(':
			depth++
		case args[i] == ')':
			depth--
		}
	}
	return fields
}

// field returns the i-th field or an empty string.
func field(fields []string, i int) string {
	if i < len(fields) {
		return fields[i]
	}
	return ""
}

// number reads a small number that may be padded; ok is false for anything else.
func number(s string) (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	return n, err == nil && n >= 0
}

// plainText joins the lines of an identity answer, without the echo of the name ("+CGMM: ") and empty lines.
func plainText(lines []string, name string) string {
	if args, ok := argsOf(lines, name); ok {
		return strings.Trim(args, `" `)
	}
	var parts []string
	for _, line := range lines {
		if line = strings.Trim(line, "\" \t"); line != "" {
			parts = append(parts, line)
		}
	}
	return strings.Join(parts, " ")
}

// regStatus is <stat> of TS 27.007 §7.2, §10.1.20 and §10.1.22.
func regStatus(stat int) RegStatus {
	switch stat {
	case 1, 6, 9: // home; home for SMS only; home, CSFB not preferred
		return Home
	case 5, 7, 10: // the same, roaming
		return Roaming
	case 2:
		return Searching
	case 3:
		return Denied
	case 0, 8, 11: // not searching; emergency calls only
		return NotRegistered
	}
	return RegUnknown
}

// parseRegistration reads the answer to AT+CREG? and its kin.
func parseRegistration(lines []string, name string) RegStatus {
	args, ok := argsOf(lines, name)
	if !ok {
		return RegUnknown
	}
	f := fieldsOf(args)
	stat := f[0]
	if len(f) > 1 {
		stat = f[1]
	}
	if n, ok := number(stat); ok {
		return regStatus(n)
	}
	return RegUnknown
}

// parseRegistrationCode reads the code "+CREG: <stat>[,<lac>,<ci>…]". Some modems say <n> before <stat> there too
// (Samsung S8500, Sony Ericsson MD400).
func parseRegistrationCode(args string) RegStatus {
	f := fieldsOf(args)
	stat := f[0]
	if len(f) > 2 && len(f[1]) > 0 && len(f[1]) <= 2 && len(f[0]) == 1 {
		if _, ok := number(f[1]); ok {
			stat = f[1]
		}
	}
	if n, ok := number(stat); ok {
		return regStatus(n)
	}
	return RegUnknown
}

// parseSignal reads +CSQ into dBm (TS 27.007 §8.5; from 100 on the TD-SCDMA scale).
func parseSignal(lines []string) (dBm int, ok bool) {
	args, ok := argsOf(lines, "+CSQ")
	if !ok {
		return 0, false
	}
	text, _, _ := strings.Cut(fieldsOf(args)[0], ".")
	switch rssi, ok := number(text); {
	case !ok:
		return 0, false
	case rssi <= 31:
		return -113 + 2*rssi, true
	case rssi >= 100 && rssi <= 191:
		return -216 + rssi, true
	}
	return 0, false
}

// parseOperator reads the name from +COPS.
func parseOperator(lines []string) string {
	args, _ := argsOf(lines, "+COPS")
	return ucs2(field(fieldsOf(args), 2))
}

// parseSMSC reads the service centre's number from +CSCA.
func parseSMSC(lines []string) string {
	args, _ := argsOf(lines, "+CSCA")
	f := fieldsOf(args)
	smsc := ucs2(f[0])
	if smsc != "" && field(f, 1) == "145" && !strings.HasPrefix(smsc, "+") {
		smsc = "+" + smsc
	}
	return smsc
}

// ucs2 decodes a string that the modem prints in hex (AT+CSCS="UCS2"); any other comes back as it is.
func ucs2(s string) string {
	if len(s) < 8 || len(s)%4 != 0 || !strings.HasPrefix(s, "00") {
		return s
	}
	var units []uint16
	for i := 0; i < len(s); i += 4 {
		u, err := strconv.ParseUint(s[i:i+4], 16, 16)
		if err != nil {
			return s
		}
		units = append(units, uint16(u))
	}
	return string(utf16.Decode(units))
}

// pinStates are the answers to AT+CPIN? (TS 27.007 §8.3).
var pinStates = []string{
	"READY", "SIM PIN", "SIM PUK", "SIM PIN2", "SIM PUK2", "PH-SIM PIN", "PH-FSIM PIN", "PH-FSIM PUK", "PH-NET PIN",
	"PH-NET PUK", "PH-NETSUB PIN", "PH-NETSUB PUK", "PH-SP PIN", "PH-SP PUK", "PH-CORP PIN", "PH-CORP PUK",
}

// parsePIN reads what the SIM waits for; empty when the answer names nothing known.
func parsePIN(lines []string) string {
	args, ok := argsOf(lines, "+CPIN")
	if !ok {
		args = strings.Join(lines, "")
	}
	args = strings.ToUpper(strings.Trim(args, "\" \t"))
	for _, s := range pinStates {
		if args == s {
			return s
		}
	}
	return ""
}

// parseStorages reads AT+CPMS=?: which storages each of the three memories can be. Where the modem names no groups,
// three names are one each, more are meant for all.
func parseStorages(lines []string) (mem [3][]string) {
	args, _ := argsOf(lines, "+CPMS")
	var groups [][]string
	inside := 0
	for _, f := range strings.FieldsFunc(strings.NewReplacer("(", ",(,", ")", ",),").Replace(args), func(r rune) bool {
		return r == ',' || r == ' '
	}) {
		name := strings.Trim(f, `"`)
		switch {
		case f == "(":
			inside++
			groups = append(groups, nil)
		case f == ")":
			inside = max(inside-1, 0)
		case name == "":
		case inside == 0:
			groups = append(groups, []string{name})
		default:
			last := len(groups) - 1
			groups[last] = append(groups[last], name)
		}
	}
	if strings.HasPrefix(args, "((") {
		groups = groups[1:] // the outer parentheses are no group
	}
	if !strings.Contains(args, "(") && len(groups) > 3 {
		var all []string
		for _, g := range groups {
			all = append(all, g...)
		}
		return [3][]string{all, all, all}
	}
	for i := range min(len(groups), 3) {
		mem[i] = groups[i]
	}
	return mem
}

// parseUse reads the answer to AT+CPMS=… or AT+CPMS?: the use of up to three memories, their names only in the
// latter.
func parseUse(lines []string) []StorageUse {
	args, ok := argsOf(lines, "+CPMS")
	if !ok {
		return nil
	}
	var uses []StorageUse
	for f := fieldsOf(args); len(f) >= 2; {
		var u StorageUse
		if _, isNumber := number(f[0]); !isNumber {
			u.Name, f = f[0], f[1:]
		}
		used, okUsed := number(field(f, 0))
		total, okTotal := number(field(f, 1))
		if !okUsed || !okTotal {
			break
		}
		u.Used, u.Total = used, total
		uses = append(uses, u)
		f = f[2:]
	}
	return uses
}

// parseOffer reads the ranges of a test command such as AT+CNMI=?: "(0-2),(0,1,3),(0)".
func parseOffer(lines []string, name string) [][]int {
	args, ok := argsOf(lines, name)
	if !ok || args == "" {
		return nil
	}
	var offer [][]int
	for _, group := range fieldsOf(args) {
		var values []int
		for _, item := range strings.Split(strings.Trim(group, "() "), ",") {
			from, to, isRange := strings.Cut(item, "-")
			a, okA := number(from)
			b := a
			if isRange {
				var okB bool
				if b, okB = number(to); !okB || b-a > 255 {
					continue
				}
			}
			for ; okA && a <= b; a++ {
				values = append(values, a)
			}
		}
		offer = append(offer, values)
	}
	return offer
}
