package modemtest

import (
	"strconv"
	"strings"
)

// form is how an extended command is asked (V.250 §5.4.3 and §5.4.4).
type form int

const (
	action form = iota // +CMD
	set                // +CMD=…
	read               // +CMD?
	test               // +CMD=?
)

// call is one command of a line.
type call struct {
	p    *port
	m    *Modem
	name string // upper case, with its prefix: "+CMGF", "E", "&W"
	form form
	raw  string // after "=" or a basic command's letter
	args []arg
	out  []string // information text
}

// arg is one parameter; an omitted one is neither quoted nor has text.
type arg struct {
	text   string
	quoted bool
}

// info adds a line of information text.
func (c *call) info(lines ...string) { c.out = append(c.out, lines...) }

// str is parameter i, or def when it is omitted.
func (c *call) str(i int, def string) string {
	if i >= len(c.args) || c.args[i].text == "" && !c.args[i].quoted {
		return def
	}
	return c.args[i].text
}

// num is parameter i as a number, or def when it is omitted; false if it is no
// number or not within lo and hi.
func (c *call) num(i, def, lo, hi int) (int, bool) {
	s := c.str(i, "")
	if s == "" {
		return def, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= lo && n <= hi
}

// split takes the first command off the body of a line. It reports false for
// what no command can be.
func split(body string) (name string, f form, raw, rest string, ok bool) {
	body = strings.TrimLeft(body, " ;")
	if body == "" {
		return "", action, "", "", false
	}
	first := upper(body[0])
	switch {
	case strings.IndexByte("+^$%*#!", first) >= 0:
		return splitExtended(body)
	case first == 'D':
		end := strings.IndexByte(body, ';')
		if end < 0 {
			return "D", action, body[1:], "", true
		}
		return "D", action, body[1 : end+1], body[end+1:], true
	case first == '&' || first == '\\':
		if len(body) < 2 {
			return "", action, "", "", false
		}
		end := 2 + digits(body[2:])
		return capitals(body[:2]), action, body[2:end], body[end:], true
	case first == 'S':
		end := 1 + digits(body[1:])
		name = "S" + body[1:end]
		if strings.HasPrefix(body[end:], "?") {
			return name, read, "", body[end+1:], true
		}
		if strings.HasPrefix(body[end:], "=") {
			value := end + 1 + digits(body[end+1:])
			return name, set, body[end+1 : value], body[value:], true
		}
		return name, action, "", body[end:], true
	case first >= 'A' && first <= 'Z':
		end := 1 + digits(body[1:])
		return string(first), action, body[1:end], body[end:], true
	}
	return "", action, "", "", false
}

func splitExtended(body string) (name string, f form, raw, rest string, ok bool) {
	end := 1
	for end < len(body) && strings.IndexByte("=?; ", body[end]) < 0 {
		end++
	}
	name = capitals(body[:end])
	stop := end + unquoted(body[end:], ';')
	tail := strings.TrimSpace(body[end:stop])
	rest = body[stop:]
	switch {
	case tail == "":
		f = action
	case tail == "?":
		f = read
	case tail == "=?":
		f = test
	case tail[0] == '=':
		f, raw = set, strings.TrimSpace(tail[1:])
	default:
		return name, action, "", rest, false
	}
	return name, f, raw, rest, true
}

// parameters splits at the commas that are not quoted.
func parameters(raw string) []arg {
	if raw == "" {
		return nil
	}
	var args []arg
	for {
		end := unquoted(raw, ',')
		s := strings.TrimSpace(raw[:end])
		a := arg{text: s}
		if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
			a = arg{text: s[1 : len(s)-1], quoted: true}
		}
		args = append(args, a)
		if end == len(raw) {
			return args
		}
		raw = raw[end+1:]
	}
}

// unquoted is where c first stands outside quotes, or the end.
func unquoted(s string, c byte) int {
	quoted := false
	for i := range len(s) {
		if s[i] == '"' {
			quoted = !quoted
		}
		if s[i] == c && !quoted {
			return i
		}
	}
	return len(s)
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}

// capitals is s in upper case, octet for octet: strings.ToUpper changes the
// length of what is not UTF-8.
func capitals(s string) string {
	b := []byte(s)
	for i := range b {
		b[i] = upper(b[i])
	}
	return string(b)
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 'a' + 'A'
	}
	return c
}
