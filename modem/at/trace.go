package at

import (
	"fmt"
	"io"
	"strings"
	"sync"
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

// Redacted hides from f what a log must not hold: PDUs (which are the text and both numbers), quoted digits and PINs.
// The form of each line and the lengths remain.
func Redacted(f TraceFunc) TraceFunc {
	return func(d Direction, line string) { f(d, redact(line)) }
}

// redact replaces runs of hex digits of sixteen and more, runs of five and more decimal digits, and every quoted
// argument of AT+CPIN and its kin.
func redact(line string) string {
	secret := false
	upper := strings.ToUpper(line)
	for _, cmd := range []string{"+CPIN=", "+CPIN2=", "+CLCK=", "+CPWD=", "^CPIN=", "+CUSD"} {
		secret = secret || strings.Contains(upper, cmd)
	}
	if _, args, ok := strings.Cut(line, "="); secret && ok {
		return line[:len(line)-len(args)] + "…"
	}
	if name, args, ok := strings.Cut(line, ":"); secret && ok {
		return name + ": …(" + fmt.Sprint(len(args)) + ")"
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
