package xmpp

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

func TestFramerCutsStanzas(t *testing.T) {
	tests := []struct {
		name, stream string
		want         []string
	}{
		{"one", `<a/>`, []string{`<a/>`}},
		{"white space between", " \n<a/>\n <b/>\t", []string{`<a/>`, `<b/>`}},
		{"nested", `<a><b><a/></b>x</a><c></c>`, []string{`<a><b><a/></b>x</a>`, `<c></c>`}},
		{"> in an attribute", `<a b='/>' c=">"><d e='"'/></a><f/>`, []string{`<a b='/>' c=">"><d e='"'/></a>`, `<f/>`}},
		{"> in a text", `<a>1 > 0 /></a><b/>`, []string{`<a>1 > 0 /></a>`, `<b/>`}},
		{"CDATA", `<a><![CDATA[</a>]]]>]]></a><b/>`, []string{`<a><![CDATA[</a>]]]>]]></a>`, `<b/>`}},
		{"comment", `<!-- </a> --><a><!-- <b> -></b> --></a><b/>`, []string{`<a><!-- <b> -></b> --></a>`, `<b/>`}},
		{"declaration", `<?xml version='1.0'?><a><?x </a> ?></a>`, []string{`<a><?x </a> ?></a>`}},
		{"end of the stream", `<a/></stream:stream><b/>`, []string{`<a/>`}},
		{"cut off", `<a/><b><c/>`, []string{`<a/>`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, in := range []io.Reader{strings.NewReader(tt.stream), iotest.OneByteReader(strings.NewReader(tt.stream))} {
				f := framer{in: bufio.NewReader(in), limit: 100}
				for _, want := range tt.want {
					got, err := f.next()
					if err != nil || string(got) != want {
						t.Fatalf("%q, %v, not %q", got, err, want)
					}
				}
				if got, err := f.next(); !errors.Is(err, io.EOF) {
					t.Errorf("%q, %v at the end", got, err)
				}
			}
		})
	}
}

func TestFramerKeepsTheHeadOfWhatIsTooLong(t *testing.T) {
	long := strings.Repeat("x", 100)
	tests := []struct{ stanza, want string }{
		{`<a b='1'><c>` + long + `</c></a>`, `<a b='1'/>`},
		{`<a b='1'>` + strings.Repeat("<d/>", 100) + `</a>`, `<a b='1'/>`},
		{`<a b='` + long + `'/>`, ``},
		{`<a b='` + long + `'><c/></a>`, ``},
	}
	for _, tt := range tests {
		f := framer{in: bufio.NewReader(strings.NewReader(tt.stanza + `<next/>`)), limit: 64}
		if got, err := f.next(); string(got) != tt.want || !errors.Is(err, errTooLong) {
			t.Errorf("%q, %v, not %q", got, err, tt.want)
		}
		if got, err := f.next(); string(got) != `<next/>` || err != nil {
			t.Errorf("then %q, %v", got, err)
		}
	}
}

func TestDecodeSavesTheHeadOfWhatGoCannotParse(t *testing.T) {
	st, err := decode([]byte(`<message from='a@b/c' to='d@e' id='1' type='chat'><body>x</body><a:b:c/></message>`), time.Now())
	if err != nil || !st.broken || st.kind != "message" || st.from != "a@b/c" || st.to != "d@e" || st.id != "1" || len(st.Children) != 0 {
		t.Errorf("%+v, %v", st, err)
	}
	if _, err := decode([]byte(`<a:b:c/>`), time.Now()); err == nil {
		t.Error("a name with two colons was read")
	}
}

func TestDecodeKeepsLittleOfMuch(t *testing.T) {
	inside := strings.Repeat(`<a><b><c><d><e>x</e></d></c></b></a>y`, 20000)
	st, err := decode([]byte(`<message>`+inside+`</message>`), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if len(st.Children) != keptChildren || len(st.Text) != 20000 {
		t.Errorf("%d children, %d octets of text", len(st.Children), len(st.Text))
	}
	if deep := st.Children[0].Children[0].Children[0].Children[0]; deep.Name.Local != "d" || len(deep.Children) != 0 {
		t.Errorf("kept %+v", deep)
	}
}

// FuzzStream feeds whatever to all that lies between the socket and the office.
func FuzzStream(f *testing.F) {
	for _, xml := range hostile {
		f.Add([]byte(strings.NewReplacer("DOMAIN", "sms.localhost", " id=", " from='mum@localhost/x' id=").Replace(xml)))
	}
	f.Add([]byte(`<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>`))
	f.Add([]byte(`<a><![CDATA[</a>]]></a><!-- x --><?y?><!DOCTYPE z>`))
	f.Fuzz(func(t *testing.T, octets []byte) {
		c := NewComponent(Options{Domain: "sms.localhost", Office: newRecorder()})
		fr := framer{in: bufio.NewReader(strings.NewReader(string(octets))), limit: 1000}
		for {
			cut, err := fr.next()
			if err != nil && !errors.Is(err, errTooLong) {
				return
			}
			if len(cut) > 1001 {
				t.Fatalf("%d octets", len(cut))
			}
			st, err := decode(cut, time.Now())
			if err != nil {
				continue
			}
			answers := c.handle(t.Context(), st)
			if st.typ == "error" && len(answers) > 0 {
				t.Fatalf("an error was answered: %q", cut)
			}
			for _, o := range answers {
				built, err := o.octets(o.XMLName.Local)
				if err != nil {
					t.Fatalf("%q cannot be answered: %v", cut, err)
				}
				again, err := decode(built, time.Now())
				if err != nil || again.broken {
					t.Fatalf("the answer to %q is not XML: %q: %v", cut, built, err)
				}
				if !strings.EqualFold(splitAddress(again.from).domain, "sms.localhost") {
					t.Fatalf("the answer to %q comes from %q", cut, again.from)
				}
			}
		}
	})
}
