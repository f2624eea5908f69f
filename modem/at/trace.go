package at

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

// Direction tells which way a traced line went.
type Direction byte

// The directions.
const (
	FromModem Direction = '<'
	ToModem   Direction = '>'
)

// TraceFunc receives every line on the wire, without its line end. It is called by the goroutines that read and
// write the port, so it must be quick and safe for concurrent use.
type TraceFunc func(d Direction, line string)

// Redacted hides from f what a log must not hold: PDUs (which are the text and both numbers), longer runs of digits,
// PINs, names, and every line that is no result code and no command, because in text mode a text is one. The form of
// each line and the lengths remain.
func Redacted(f TraceFunc) TraceFunc {
	return func(d Direction, line string) { f(d, redact(d, line)) }
}

// WithoutPINs hides from f only the arguments of AT+CPIN and its kin, and the SIM's own bytes, in which a PIN is read
// as well.
func WithoutPINs(f TraceFunc) TraceFunc {
	return func(d Direction, line string) {
		if short, secret := withoutArguments(line, "+CPIN=", "+CPIN2=", "+CLCK=", "+CPWD=", "^CPIN=", "+CSIM="); secret {
			line = short
		}
		f(d, line)
	}
}

// withoutArguments cuts off what follows one of these names.
func withoutArguments(line string, names ...string) (string, bool) {
	upper := strings.ToUpper(line)
	for _, name := range names {
		if at := strings.Index(upper, name); at >= 0 && len(upper) == len(line) {
			return line[:at+len(name)] + "…", true
		}
	}
	return line, false
}

// speaking are the codes and commands whose quoted arguments can be names or texts.
var speaking = []string{
	"+CPBR", "+CPBF", "+CPBW", "^CPBR", "^CPBW", "+CNUM", "+CMGR", "+CMGL", "+CMT", "+CMGS", "+CMGW", "+CDS", "+CBM",
	"+CLIP", "+COLP", "+CLCC", "+CCFC", "+CCWA",
}

// redact replaces runs of hex digits of sixteen and more, runs of five and more decimal digits, the arguments of
// AT+CPIN and its kin, the quoted names of a phonebook, and what is neither a code nor a command.
func redact(d Direction, line string) string {
	if short, secret := withoutArguments(line, "+CPIN=", "+CPIN2=", "+CLCK=", "+CPWD=", "^CPIN=", "+CSIM=", "+CUSD="); secret {
		return short
	}
	if name, args, ok := strings.Cut(line, ":"); ok && strings.EqualFold(name, "+CUSD") {
		return name + ": …(" + fmt.Sprint(len(args)) + ")"
	}
	if !isForm(d, line) {
		return fmt.Sprintf("…(%d characters)", utf8.RuneCountInString(line))
	}
	for _, name := range speaking {
		if upper := strings.ToUpper(line); strings.Contains(upper, name+":") || strings.Contains(upper, name+"=") {
			line = withoutNames(line)
			break
		}
	}
	var b strings.Builder
	for i := 0; i < len(line); {
		hex, dec := run(line[i:], isHexDigit), run(line[i:], isDigit)
		switch {
		case hex >= 16:
			fmt.Fprintf(&b, "…(%d octets)", hex/2)
			i += hex
		case dec >= 5 && dec == hex:
			b.WriteString("…" + line[i+dec-2:i+dec])
			i += dec
		case hex > 0:
			b.WriteString(line[i : i+hex])
			i += hex
		default:
			b.WriteByte(line[i])
			i++
		}
	}
	return b.String()
}

// isForm tells whether a line is a command, a result code or a PDU, and not a text.
func isForm(d Direction, line string) bool {
	upper := strings.ToUpper(line)
	switch {
	case len(line) >= 2 && upper[:2] == "AT" && !strings.Contains(line, " "), len(line) > 1 && isHex(line):
		return true
	case line == "<SUB>" || line == "<ESC>":
		return true
	case d == ToModem:
		return false
	}
	return line == ">" || isFinal(line) || isExtended(line) || unsolicited[upper]
}

// withoutNames replaces what is quoted and not a number.
func withoutNames(line string) string {
	parts := strings.Split(line, `"`)
	for i := 1; i < len(parts); i += 2 {
		if strings.Trim(parts[i], "+0123456789*#/,: ") != "" {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, `"`)
}

func run(s string, in func(byte) bool) int {
	n := 0
	for n < len(s) && in(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool    { return c >= '0' && c <= '9' }
func isHexDigit(c byte) bool { return isHex(string(c)) }

// TracePort returns port with f listening on it.
func TracePort(port io.ReadWriteCloser, f TraceFunc) io.ReadWriteCloser {
	return &tracedPort{
		ReadWriteCloser: port,
		in:              tracedLine{f: f, d: FromModem}, out: tracedLine{f: f, d: ToModem},
	}
}

type tracedPort struct {
	io.ReadWriteCloser
	in, out tracedLine
}

func (p *tracedPort) Read(b []byte) (int, error) {
	n, err := p.ReadWriteCloser.Read(b)
	p.in.add(b[:max(n, 0)])
	return n, err
}

func (p *tracedPort) Write(b []byte) (int, error) {
	p.out.add(b)
	return p.ReadWriteCloser.Write(b)
}

// tracedLine gathers lines, because a redaction must see a number whole.
type tracedLine struct {
	f TraceFunc
	d Direction

	mu  sync.Mutex
	buf []byte
}

func (l *tracedLine) add(b []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range b {
		switch {
		case c == '\r' || c == '\n':
			l.flush()
		case c == 0x1A:
			l.flush()
			l.f(l.d, "<SUB>")
		case c == 0x1B:
			l.flush()
			l.f(l.d, "<ESC>")
		case c == '>' && len(l.buf) == 0 && l.d == FromModem:
			l.f(l.d, ">")
		case c == ' ' && len(l.buf) == 0:
		default:
			if len(l.buf) >= maxLine {
				l.flush()
			}
			l.buf = append(l.buf, c)
		}
	}
}

func (l *tracedLine) flush() {
	if len(l.buf) > 0 {
		l.f(l.d, printable(l.buf))
		l.buf = l.buf[:0]
	}
}

// printable keeps control characters of a noisy line out of the keeper's terminal.
func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F || r == '\uFFFD' {
			return '.'
		}
		return r
	}, string(b))
}
