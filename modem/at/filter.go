package at

import (
	"strings"
	"time"
)

// maxLine is the longest line that can mean anything; AT+COPS=? and AT+CLAC stay far below it.
const maxLine = 32 << 10

// maxUSSDLines bounds how far an unfinished +CUSD text is followed.
const maxUSSDLines = 12

// exchange is one command and what became of it. The filter owns it from begin until ended is set; afterwards it
// belongs to the goroutine that issued the command.
type exchange struct {
	cmd    string // without AT and without line end
	id     string // "+CREG" of "+CREG?"
	body   string // the PDU of an SMS command, else empty
	commit func() error

	begun    time.Time
	prompted bool // the "> " came
	left     bool // the body was handed to the port: from here on the outcome may be unknown
	ended    bool
	final    string // the final result, as the modem printed it; empty if cause is set
	cause    error  // why the exchange ended without a final result

	doubts    *int // it may be issued only while there are so many doubts
	echoed    bool // the modem repeated it
	awaitsPDU bool // a +CMGR: or +CMGL: header was handed on, its PDU was not
}

// newExchange prepares a command; body is empty for all but SMS commands.
func newExchange(cmd, body string, commit func() error) *exchange {
	id := cmd
	if i := strings.IndexAny(cmd, "=?"); i >= 0 {
		id = cmd[:i]
	}
	return &exchange{cmd: cmd, id: strings.ToUpper(id), body: body, commit: commit}
}

// search is what the filter looks for while the connection finds its place in the stream.
type search struct {
	finals int  // final results seen
	errors int  // how many of them were refusals
	marked bool // the line that only the marker command prints was seen
	found  bool // the marker's own final result was seen
}

// filter splits the bytes from the port into the answer to the pending command and what came unasked. It is a pure
// state machine: it knows no time, no goroutine and no port, and how its input is cut into chunks changes nothing.
type filter struct {
	answer func(text string) // a line for the command loop, with its line end
	urc    func(URC)

	line    []byte
	cut     int  // bytes dropped from the end of line
	head    *URC // a code whose further lines are still to come
	more    int  // how many lines head took so far
	pending *exchange
	search  *search
	ringing bool // a call is signalled: NO CARRIER is its end, not a command's
	skip    bool // the spaces after a prompt are swallowed
	silent  bool // the modem has stopped to echo
	doubts  int  // see Conn.Doubts
}

// begin makes x the pending command.
func (f *filter) begin(x *exchange) { f.pending = x }

// abandon ends x without a final result, unless it has ended already.
func (f *filter) abandon(x *exchange, cause error) {
	if x.ended {
		return
	}
	x.cause = cause
	f.doubts++
	f.end(x, "")
	f.answer("ERROR\r\n")
}

func (f *filter) end(x *exchange, final string) {
	x.ended, x.final = true, final
	f.silent = f.silent || final != "" && !x.echoed
	if f.pending == x {
		f.pending = nil
	}
}

// feed takes the next bytes from the port.
func (f *filter) feed(chunk []byte) {
	for _, b := range chunk {
		switch {
		case b == '\r' || b == '\n':
			f.skip = false
			f.endLine()
		case b == 0 || b == 0xFF && len(f.line) == 0:
			// what a line says while it is switched on
		case b == ' ' && f.skip:
		case b == '>' && len(f.line) == 0 && f.awaitsPrompt():
			f.prompt()
		case len(f.line) >= maxLine:
			f.cut++
		default:
			f.skip = false
			f.line = append(f.line, b)
		}
	}
}

func (f *filter) awaitsPrompt() bool {
	return f.pending != nil && f.pending.body != "" && !f.pending.prompted
}

// prompt hands on the "> " that asks for the body of an SMS command; no line end follows it (TS 27.005 §4.3).
func (f *filter) prompt() {
	f.flush()
	f.pending.prompted = true
	f.skip = true
	f.answer("> ")
}

func (f *filter) endLine() {
	line := strings.TrimSpace(string(f.line))
	raw, cut := string(f.line), f.cut
	f.line, f.cut = f.line[:0], 0
	if cap(f.line) > 4096 {
		f.line = nil
	}
	switch {
	case cut > 0:
		f.flush()
		f.urc(URC{Line: strings.ToValidUTF8(line[:min(len(line), 64)], "."), Cut: cut + len(line)})
	case line == "":
	case f.head != nil && f.follows(line):
	default:
		f.flush()
		f.take(line, raw)
	}
}

// flush gives up waiting for the further lines of a code and delivers what there is of it.
func (f *filter) flush() {
	if f.head != nil {
		f.urc(*f.head)
		f.head, f.more = nil, 0
	}
}

// follows takes line as the continuation of head, or leaves it.
func (f *filter) follows(line string) bool {
	if trailed[strings.ToUpper(f.head.Name())] {
		strict := f.pending != nil && f.pending.awaitsPDU
		if !isPDU(f.head.Line, line, strict) {
			return false
		}
		f.head.Trailing = line
		f.flush()
		return true
	}
	// A USSD text with line breaks ends with the line that closes the quotes.
	if f.more >= maxUSSDLines || isFinal(line) || isExtended(line) || unsolicited[strings.ToUpper(line)] {
		return false
	}
	f.more++
	if f.more > 1 {
		f.head.Trailing += "\n"
	}
	f.head.Trailing += line
	if strings.Contains(line, `"`) {
		f.flush()
	}
	return true
}

// take decides whom a whole line belongs to.
func (f *filter) take(line, raw string) {
	switch x := f.pending; {
	case f.search != nil:
		f.seek(line)
	case x == nil:
		f.unasked(line)
	case strings.EqualFold(line, "AT"+x.cmd), x.body != "" && strings.HasPrefix(line, x.body):
		x.echoed = true
		f.echo()
	case f.isFinalFor(x, line):
		f.end(x, line)
		if isOK(line) {
			f.answer("OK\r\n")
		} else {
			f.answer("ERROR\r\n")
		}
	case isURC(line, x.cmd, x.id) || isCallProgress(line):
		f.unasked(line)
	default:
		if name := nameOf(line); name == "+CMGR" || name == "+CMGL" {
			x.awaitsPDU = true
		} else if isHex(line) {
			x.awaitsPDU = false
		}
		f.answer(raw + "\r\n")
	}
}

// unasked delivers a code, or keeps it until its further lines have come.
func (f *filter) unasked(line string) {
	name := strings.ToUpper(nameOf(line))
	switch name {
	case "RING", "+CRING", "+CLIP", "^ORIG":
		f.ringing = true
	case "NO CARRIER", "^CEND", "HANGUP":
		f.ringing = false
	}
	u := URC{Line: line}
	if trailed[name] || name == "+CUSD" && strings.Count(line, `"`)%2 == 1 {
		f.head = &u
		return
	}
	f.urc(u)
}

// seek serves the search for a place in the stream: final results are counted, the rest is unasked.
func (f *filter) seek(line string) {
	s := f.search
	switch {
	case len(line) >= 2 && strings.EqualFold(line[:2], "AT"):
		f.echo()
	case nameOf(line) == markerName:
		s.marked = true
	case isFinal(line):
		s.finals++
		if !isOK(line) {
			s.errors++
		}
		if s.marked {
			s.found = true
			f.search = nil
		}
	default:
		f.unasked(line)
	}
}

// echo notes that the modem repeats what it is told. One that had stopped has restarted.
func (f *filter) echo() {
	if f.silent {
		f.silent = false
		f.doubts++
	}
}

// isFinalFor tells whether line ends x.
func (f *filter) isFinalFor(x *exchange, line string) bool {
	if len(line) == 1 {
		// ATS0? answers with a bare number; nothing else that is asked for does.
		return isFinal(line) && !strings.HasPrefix(x.id, "S")
	}
	if line == "NO CARRIER" && f.ringing {
		// An incoming call that ends says so in the middle of an AT+CMGS; the command goes on.
		return strings.HasPrefix(x.id, "D") || x.id == "A" || x.id == "H" || x.id == "+CHUP"
	}
	return isFinal(line)
}

func isOK(line string) bool { return line == "OK" || line == "0" }

// isFinal tells whether a line is a final result code, verbose or numeric (V.250 §5.7.1), or one of the texts that
// some modems print instead.
func isFinal(line string) bool {
	switch line {
	case "OK", "ERROR", "NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE", "NO DIAL TONE", "COMMAND NOT SUPPORT",
		"COMMAND NOT SUPPORTED", "UNKNOWN COMMAND", "TOO MANY PARAMETERS",
		"0", "3", "4", "6", "7", "8":
		return true
	}
	for _, prefix := range []string{"+CME ERROR:", "+CMS ERROR:", "MODEM ERROR:", "ERROR:"} {
		if strings.HasPrefix(line, prefix) {
			return true
		}
	}
	return false
}

// isCallProgress tells what is said of a call while another command is pending.
func isCallProgress(line string) bool {
	return line == "NO CARRIER" || strings.HasPrefix(line, "CONNECT")
}
