package at

import (
	"errors"
	"strconv"
	"strings"
)

var (
	// ErrTimeout says that the final result of a command did not come in time. What came before it is returned with
	// the error; the next command first finds its place in the stream again.
	ErrTimeout = errors.New("the modem did not answer in time")
	// ErrClosed says that the connection ended before the command did.
	ErrClosed = errors.New("the connection to the modem is closed")
	// ErrBlocked says that the port took no bytes for Options.WriteTimeout; the connection is given up.
	ErrBlocked = errors.New("the port takes no bytes: the modem hangs, or flow control is on")
	// ErrNoAnswer says that nothing on the port answered AT.
	ErrNoAnswer = errors.New("the port answers no AT commands: is this the modem's AT port?")
	// ErrOutOfStep says that a late answer could not be told from the next one's; the port must be opened anew.
	ErrOutOfStep = errors.New("the modem's answers are out of step with the commands")
	// ErrDoubt says that a command was not issued, because the modem may have forgotten its settings.
	ErrDoubt = errors.New("the modem may have restarted")
	// ErrNotWritten says that not one byte of an SMS body was written.
	ErrNotWritten = errors.New("nothing was written")
)

// Class tells which kind of final result refused a command.
type Class int

// The kinds of refusal.
const (
	Plain Class = iota // ERROR, COMMAND NOT SUPPORT, NO CARRIER and their like
	CME                // +CME ERROR, TS 27.007 §9.2
	CMS                // +CMS ERROR, TS 27.005 §3.2.5
)

// Error is the modem's refusal of a command.
type Error struct {
	Class Class
	Code  int    // the number of a CME or CMS error; -1 where there is none
	Text  string // the final result as the modem printed it
}

func (e *Error) Error() string {
	names := map[Class]map[int]string{CME: cmeNames, CMS: cmsNames}[e.Class]
	if name := names[e.Code]; name != "" && !strings.Contains(strings.ToLower(e.Text), name) {
		return e.Text + " (" + name + ")"
	}
	return e.Text
}

// parseError makes an Error of a final result line. A verbose text (AT+CMEE=2) is turned back into its number.
func parseError(line string) *Error {
	e := &Error{Code: -1, Text: line}
	var rest string
	var ok bool
	names := cmeNames
	if rest, ok = strings.CutPrefix(line, "+CME ERROR:"); ok {
		e.Class = CME
	} else if rest, ok = strings.CutPrefix(line, "+CMS ERROR:"); ok {
		e.Class, names = CMS, cmsNames
	} else {
		return e
	}
	rest = strings.TrimSpace(rest)
	if n, err := strconv.Atoi(rest); err == nil && n >= 0 {
		e.Code = n
		return e
	}
	for code, name := range names {
		if strings.EqualFold(rest, name) {
			e.Code = code
		}
	}
	return e
}

// cmeNames are the texts of TS 27.007 §9.2.1 that modems print with AT+CMEE=2, in lower case.
var cmeNames = map[int]string{
	0: "phone failure", 1: "no connection to phone", 3: "operation not allowed", 4: "operation not supported",
	5: "ph-sim pin required", 10: "sim not inserted", 11: "sim pin required", 12: "sim puk required",
	13: "sim failure", 14: "sim busy", 15: "sim wrong", 16: "incorrect password", 17: "sim pin2 required",
	18: "sim puk2 required", 20: "memory full", 21: "invalid index", 22: "not found", 23: "memory failure",
	24: "text string too long", 26: "dial string too long", 30: "no network service", 31: "network timeout",
	32: "network not allowed - emergency calls only", 100: "unknown",
}

// cmsNames are the texts of TS 27.005 §3.2.5 and, below 128, the RP causes of TS 24.011 §8.2.5.4, in lower case.
var cmsNames = map[int]string{
	1: "unassigned number", 8: "operator determined barring", 10: "call barred", 17: "network failure",
	21: "short message transfer rejected", 22: "congestion", 27: "destination out of service",
	28: "unidentified subscriber", 29: "facility rejected", 30: "unknown subscriber", 38: "network out of order",
	41: "temporary failure", 42: "congestion", 47: "resources unavailable",
	50: "requested facility not subscribed", 69: "requested facility not implemented",
	300: "me failure", 301: "sms service of me reserved", 302: "operation not allowed",
	303: "operation not supported", 304: "invalid pdu mode parameter", 305: "invalid text mode parameter",
	310: "sim not inserted", 311: "sim pin required", 312: "ph-sim pin required", 313: "sim failure",
	314: "sim busy", 315: "sim wrong", 316: "sim puk required", 317: "sim pin2 required",
	318: "sim puk2 required", 320: "memory failure", 321: "invalid memory index", 322: "memory full",
	330: "smsc address unknown", 331: "no network service", 332: "network timeout",
	340: "no cnma acknowledgement expected", 341: "destination not in fdn list", 342: "smsc not in fdn list",
	343: "not allowed by the fixed dialling list", 500: "unknown error",
}
