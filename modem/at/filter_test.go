package at

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// bench gathers what a filter makes of its input.
type bench struct {
	f       filter
	answers string
	urcs    []URC
}

func newBench() *bench {
	b := &bench{}
	b.f.answer = func(text string) { b.answers += text }
	b.f.urc = func(u URC) { b.urcs = append(b.urcs, u) }
	return b
}

func (b *bench) lines() []string {
	var s []string
	for _, u := range b.urcs {
		line := u.Line
		if u.Trailing != "" {
			line += "|" + u.Trailing
		}
		if u.Cut > 0 {
			line += fmt.Sprintf("|cut %d", u.Cut)
		}
		s = append(s, line)
	}
	return s
}

const (
	deliver = "07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37" // 29 octets after the SMSC
	report  = "0006550B917222222222F2125022212140001250222141400000"                     // 25 octets after the SMSC
)

func TestFilter(t *testing.T) {
	for _, c := range []struct {
		name    string
		cmd     string // pending command; "-" is none
		body    string
		in      string
		answers string
		urcs    []string
		final   string // "-": the command goes on
	}{
		{name: "idle lines are all unasked", cmd: "-", in: "\r\n+CREG: 0,1\r\nOK\r\nhello\r\n", urcs: []string{"+CREG: 0,1", "OK", "hello"}},
		{name: "an answer", cmd: "+CSQ", in: "\r\n+CSQ: 20,99\r\n\r\nOK\r\n", answers: "+CSQ: 20,99\r\nOK\r\n", final: "OK"},
		{name: "what follows the final result is unasked", cmd: "", in: "OK\r\n+CMTI: \"SM\",3\r\n", answers: "OK\r\n", urcs: []string{`+CMTI: "SM",3`}, final: "OK"},
		{name: "a code inside an answer", cmd: "+CMGR=1", in: "+CMGR: 0,,29\r\n+CMTI: \"ME\",4\r\n" + deliver + "\r\nOK\r\n", answers: "+CMGR: 0,,29\r\n" + deliver + "\r\nOK\r\n", urcs: []string{`+CMTI: "ME",4`}, final: "OK"},
		{name: "a code nobody knows inside an answer", cmd: "+CMGR=1", in: "+CMGR: 0,,29\r\n^NEWS: 4\r\n" + deliver + "\r\nOK\r\n", answers: "+CMGR: 0,,29\r\n" + deliver + "\r\nOK\r\n", urcs: []string{`^NEWS: 4`}, final: "OK"},
		{name: "a report with its PDU inside an answer", cmd: "+CMGS=20", in: "+CDS: 25\r\n" + report + "\r\n+CMGS: 7\r\nOK\r\n", answers: "+CMGS: 7\r\nOK\r\n", urcs: []string{"+CDS: 25|" + report}, final: "OK"},
		{name: "a ZTE report", cmd: "-", in: "+CDS: ,25\r\n\r\n" + report + "\r\n", urcs: []string{"+CDS: ,25|" + report}},
		{name: "a lost PDU does not eat OK", cmd: "+CSQ", in: "+CMT: ,29\r\n\r\nOK\r\n", answers: "OK\r\n", urcs: []string{"+CMT: ,29"}, final: "OK"},
		{name: "a lost PDU does not eat the next code", cmd: "-", in: "+CMT: ,29\r\n+CMTI: \"SM\",1\r\n", urcs: []string{"+CMT: ,29", `+CMTI: "SM",1`}},
		{name: "a lost PDU does not eat the PDU that was asked for", cmd: "+CMGR=1", in: "+CMGR: 0,,29\r\n+CDS: 25\r\n" + deliver + "\r\nOK\r\n", answers: "+CMGR: 0,,29\r\n" + deliver + "\r\nOK\r\n", urcs: []string{"+CDS: 25"}, final: "OK"},
		{name: "both PDUs, one asked for", cmd: "+CMGR=1", in: "+CMGR: 0,,29\r\n+CDS: 25\r\n" + report + "\r\n" + deliver + "\r\nOK\r\n", answers: "+CMGR: 0,,29\r\n" + deliver + "\r\nOK\r\n", urcs: []string{"+CDS: 25|" + report}, final: "OK"},
		{name: "registration asked", cmd: "+CREG?", in: "+CREG: 0,1\r\nOK\r\n", answers: "+CREG: 0,1\r\nOK\r\n", final: "OK"},
		{name: "registration unasked while asking", cmd: "+CREG?", in: "+CREG: 1\r\n+CREG: 1,84CD,00D30156\r\n+CREG: 1,\"CE00\",\"00005449\"\r\n+CREG: 1,0001,0010,0\r\n+CREG: 2,1,8BE3,2BAF\r\nOK\r\n", answers: "+CREG: 2,1,8BE3,2BAF\r\nOK\r\n", urcs: []string{"+CREG: 1", "+CREG: 1,84CD,00D30156", `+CREG: 1,"CE00","00005449"`, "+CREG: 1,0001,0010,0"}, final: "OK"},
		{name: "padded registration", cmd: "+CREG?", in: "+CREG:002,001,\"18d8\",\"ffff\"\r\nOK\r\n", answers: "+CREG:002,001,\"18d8\",\"ffff\"\r\nOK\r\n", final: "OK"},
		{name: "registration of another domain while asking", cmd: "+CREG?", in: "+CEREG: 5\r\n+CREG: 0,5\r\nOK\r\n", answers: "+CREG: 0,5\r\nOK\r\n", urcs: []string{"+CEREG: 5"}, final: "OK"},
		{name: "prompt without a line end", cmd: "+CMGS=20", body: "0011AA", in: "\r\n> ", answers: "> ", final: "-"},
		{name: "prompt and answer", cmd: "+CMGS=20", body: "0011AA", in: "\r\n>  \r\n+CMGS: 3\r\n\r\nOK\r\n", answers: "> +CMGS: 3\r\nOK\r\n", final: "OK"},
		{name: "echo", cmd: "+CMGS=20", body: "0011AA", in: "AT+CMGS=20\r\r\n> 0011AA\x1a\r\n+CMGS: 3\r\n\r\nOK\r\n", answers: "> +CMGS: 3\r\nOK\r\n", final: "OK"},
		{name: "a code before the prompt", cmd: "+CMGS=20", body: "0011AA", in: "+CMTI: \"SM\",1\r\n> ", answers: "> ", urcs: []string{`+CMTI: "SM",1`}, final: "-"},
		{name: "no prompt is asked for", cmd: "+CGMI", in: "> x\r\nOK\r\n", answers: "> x\r\nOK\r\n", final: "OK"},
		{name: "ERROR", cmd: "+X", in: "ERROR\r\n", answers: "ERROR\r\n", final: "ERROR"},
		{name: "COMMAND NOT SUPPORT", cmd: "+WIND?", in: "COMMAND NOT SUPPORT\r\n", answers: "ERROR\r\n", final: "COMMAND NOT SUPPORT"},
		{name: "verbose refusal", cmd: "+CPIN?", in: "+CME ERROR: SIM busy\r\n", answers: "ERROR\r\n", final: "+CME ERROR: SIM busy"},
		{name: "numeric OK", cmd: "+CSQ", in: "+CSQ: 9,9\r\n0\r", answers: "+CSQ: 9,9\r\nOK\r\n", final: "0"},
		{name: "numeric refusal", cmd: "+X", in: "4\r", answers: "ERROR\r\n", final: "4"},
		{name: "a register is no result", cmd: "S0?", in: "0\r\nOK\r\n", answers: "0\r\nOK\r\n", final: "OK"},
		{name: "NO CARRIER ends a command", cmd: "+X", in: "NO CARRIER\r\n", answers: "ERROR\r\n", final: "NO CARRIER"},
		{name: "NO CARRIER ends a call, not the sending", cmd: "+CMGS=20", in: "RING\r\n+CLIP: \"+4791234567\",145\r\nNO CARRIER\r\n+CMGS: 1\r\nOK\r\n", answers: "+CMGS: 1\r\nOK\r\n", urcs: []string{"RING", `+CLIP: "+4791234567",145`, "NO CARRIER"}, final: "OK"},
		{name: "USSD before the OK", cmd: `+CUSD=1,"*100#"`, in: "+CUSD: 0,\"Saldo\r\n100 kr\",15\r\nOK\r\n", answers: "OK\r\n", urcs: []string{"+CUSD: 0,\"Saldo|100 kr\",15"}, final: "OK"},
		{name: "an unfinished USSD text does not eat OK", cmd: `+CUSD=1,"*100#"`, in: "+CUSD: 0,\"Saldo\r\n100\r\nOK\r\n", answers: "OK\r\n", urcs: []string{"+CUSD: 0,\"Saldo|100"}, final: "OK"},
		{name: "noise longer than any line", cmd: "+CSQ", in: strings.Repeat("x", 70000) + "\r\n+CSQ: 1,0\r\nOK\r\n", answers: "+CSQ: 1,0\r\nOK\r\n", urcs: []string{strings.Repeat("x", 64) + "|cut 70000"}, final: "OK"},
		{name: "bytes of switching on", cmd: "-", in: "\x00\xff\x00RDY\r\n", urcs: []string{"RDY"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{len(c.in), 1, 3, 7} {
				b := newBench()
				x := newExchange(c.cmd, c.body, nil)
				if c.cmd != "-" {
					b.f.begin(x)
				}
				for chunk := range slices.Chunk([]byte(c.in), max(size, 1)) {
					b.f.feed(chunk)
				}
				if b.answers != c.answers {
					t.Errorf("chunks of %d: handed on %q, want %q", size, b.answers, c.answers)
				}
				if got := b.lines(); !slices.Equal(got, c.urcs) {
					t.Errorf("chunks of %d: unasked %q, want %q", size, got, c.urcs)
				}
				wantEnded := c.cmd != "-" && c.final != "-"
				if x.ended != wantEnded || wantEnded && x.final != c.final {
					t.Errorf("chunks of %d: ended %v by %q, want %v by %q", size, x.ended, x.final, wantEnded, c.final)
				}
			}
		})
	}
}

func TestFilterSearch(t *testing.T) {
	b := newBench()
	s := &search{}
	b.f.search = s
	b.f.feed([]byte("AT\r\r\nOK\r\n+CSQ: 3,4\r\nOK\r\n+CMTI: \"SM\",1\r\n"))
	if s.finals != 2 || s.found {
		t.Fatalf("before the marker: %+v", *s)
	}
	b.f.feed([]byte("AT+CMEE?\r\r\n+CMEE: 1\r\n\r\nOK\r\n"))
	if !s.found || b.f.search != nil {
		t.Fatalf("after the marker: %+v", *s)
	}
	if got := b.lines(); !slices.Equal(got, []string{"+CSQ: 3,4", `+CMTI: "SM",1`}) {
		t.Errorf("unasked: %q", got)
	}
	if b.answers != "" {
		t.Errorf("handed on late answers: %q", b.answers)
	}
}

func TestParseError(t *testing.T) {
	for in, want := range map[string]Error{
		"+CMS ERROR: 322":         {CMS, 322, "+CMS ERROR: 322"},
		"+CMS ERROR: Memory full": {CMS, 322, "+CMS ERROR: Memory full"},
		"+CMS ERROR: bananas":     {CMS, -1, "+CMS ERROR: bananas"},
		"+CME ERROR: SIM busy":    {CME, 14, "+CME ERROR: SIM busy"},
		"+CME ERROR:":             {CME, -1, "+CME ERROR:"},
		"+CME ERROR: 10":          {CME, 10, "+CME ERROR: 10"},
		"COMMAND NOT SUPPORT":     {Plain, -1, "COMMAND NOT SUPPORT"},
	} {
		if got := parseError(in); *got != want {
			t.Errorf("%q: %+v, want %+v", in, *got, want)
		}
	}
}

// FuzzFilter feeds arbitrary bytes in arbitrary chunks: no panic, and what comes out is the same however the input
// is cut. The codes woven into it come out whole and in order.
func FuzzFilter(f *testing.F) {
	f.Add([]byte("+CMGR: 0,,29\r\n+CMTI: \"ME\",4\r\n"+deliver+"\r\nOK\r\n"), uint8(3), uint8(0))
	f.Add([]byte("+CMT: ,29\r\nOK\r\n> "), uint8(1), uint8(1))
	f.Add([]byte("+CUSD: 0,\"a\r\nb\r\n\r\n+CDS: 25\r\n"), uint8(2), uint8(2))
	f.Add([]byte("\x00\r\r\n>>  > \nNO CARRIER\n0\n"), uint8(5), uint8(3))
	commands := []struct{ cmd, body string }{{"+CMGR=1", ""}, {"+CMGS=20", "0011"}, {"-", ""}, {"+CREG?", ""}, {"", ""}, {"?", ""}}
	f.Fuzz(func(t *testing.T, in []byte, size, which uint8) {
		c := commands[int(which)%len(commands)]
		feed := func(size int) *bench {
			b := newBench()
			if c.cmd == "?" {
				b.f.search = &search{}
			} else if c.cmd != "-" {
				b.f.begin(newExchange(c.cmd, c.body, nil))
			}
			for chunk := range slices.Chunk(in, size) {
				b.f.feed(chunk)
			}
			return b
		}
		whole, cut := feed(max(len(in), 1)), feed(int(size)+1)
		if whole.answers != cut.answers || !slices.Equal(whole.urcs, cut.urcs) {
			t.Fatalf("chunks change the outcome: %q %q, %q %q", whole.answers, cut.answers, whole.lines(), cut.lines())
		}

		// Woven between the lines of the input, codes come out in order, each with its PDU.
		b := newBench()
		if c.cmd != "-" && c.cmd != "?" {
			b.f.begin(newExchange(c.cmd, c.body, nil))
		}
		var want []string
		for i, line := range strings.FieldsFunc(string(in), func(r rune) bool { return r == '\n' || r == '\r' }) {
			b.f.feed([]byte(line + "\r\n"))
			b.f.flush()
			urc := fmt.Sprintf("+CDSI: \"SM\",%d", i)
			if i%2 == 1 {
				urc = fmt.Sprintf("+CDS: %d%c%s", 25, '|', report)
			}
			want = append(want, urc)
			b.f.feed([]byte("\r\n" + strings.Replace(urc, "|", "\r\n", 1) + "\r\n"))
		}
		got := slices.DeleteFunc(b.lines(), func(s string) bool { return !slices.Contains(want, s) })
		woven := 0
		for _, s := range got {
			if woven < len(want) && s == want[woven] {
				woven++
			}
		}
		if woven != len(want) {
			t.Fatalf("of %d codes %d came out in order: %q", len(want), woven, got)
		}
	})
}
