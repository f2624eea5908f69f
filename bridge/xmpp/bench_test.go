package xmpp

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// BenchmarkThereAndBack measures component → client → component on each server, beside the same between two clients,
// which is what the server itself takes. In x-own is how many times the server's own time it is; the parts that are
// ours are framing, parsing and building.
func BenchmarkThereAndBack(b *testing.B) {
	for _, shared := range servers {
		b.Run(shared.name, func(b *testing.B) {
			s, err := shared.get()
			if err != nil {
				b.Fatal(err)
			}
			office := newRecorder()
			back := make(chan string, 1)
			office.take = func(c bridge.Chat) error { back <- c.ID; return nil }
			o := options(s, office)
			o.Known = Rate{Burst: 1 << 30, Every: time.Nanosecond}
			c, _ := run(b, o)
			await(b, "a stream", func() bool { return c.current() != nil })
			mum, gran := login(b, s, "mum"), login(b, s, "gran")
			go echo(gran)
			ours := measure(b, func(id string) {
				if err := c.Send(b.Context(), bridge.Stanza{Kind: bridge.ChatStanza, From: "emma", To: gran.jid, ID: id, Body: "hei"}); err != nil {
					b.Fatal(err)
				}
				if got := <-back; got != id {
					b.Fatalf("%s came back, not %s", got, id)
				}
			})
			own := measure(b, func(id string) {
				mum.send(`<message type='chat' to='` + gran.jid + `' id='` + id + `'><body>hei</body></message>`)
				mum.await("the echo", func(st stanza) bool { return st.id == id })
			})
			b.ReportMetric(float64(ours.Microseconds()), "µs-median")
			b.ReportMetric(float64(own.Microseconds()), "µs-server's-own")
			b.ReportMetric(float64(ours)/float64(own), "x-own")
		})
	}
}

// measure returns the median of as many rounds as the benchmark wants, of 300 at least (signing in takes so long that it
// wants one), and some first that do not count.
func measure(b *testing.B, round func(id string)) time.Duration {
	var took []time.Duration
	for i := range max(b.N, 300) + 20 {
		begin := time.Now()
		round(fmt.Sprintf("b%d", i))
		if i >= 20 {
			took = append(took, time.Since(begin))
		}
	}
	return middle(took)
}

// echo sends back what comes.
func echo(c *client) {
	for st := range c.stanzas {
		if st.kind == "message" && st.own("body") != nil {
			_, _ = c.conn.Write([]byte(`<message type='chat' to='` + st.from + `' id='` + st.id + `'><body>hei</body></message>`))
		}
	}
}

// BenchmarkReading measures what lies between the socket and the office.
func BenchmarkReading(b *testing.B) {
	one := `<message type='chat' from='mum@localhost/x' to='emma@sms.localhost' id='1'><body>Kommer nå 😀</body>` +
		`<origin-id xmlns='urn:xmpp:sid:0' id='o1'/><request xmlns='urn:xmpp:receipts'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>`
	c := NewComponent(Options{Domain: "sms.localhost", Office: quietOffice{newRecorder()}, Known: Rate{Burst: 1 << 30, Every: time.Nanosecond}})
	f := framer{in: bufio.NewReader(strings.NewReader(strings.Repeat(one, b.N))), limit: maxStanza}
	b.SetBytes(int64(len(one)))
	b.ReportAllocs()
	for b.Loop() {
		octets, err := f.next()
		if err != nil {
			f.in.Reset(strings.NewReader(strings.Repeat(one, 1000)))
			continue
		}
		st, err := decode(octets, time.Now())
		if err != nil {
			b.Fatal(err)
		}
		c.handle(b.Context(), st)
	}
}

// quietOffice takes chats without keeping them.
type quietOffice struct{ *recorder }

func (quietOffice) TakeChat(context.Context, bridge.Chat) error { return nil }
