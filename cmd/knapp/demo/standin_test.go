package demo

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"log/slog"
	"net"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

// chatPage is the whole page before a real Prosody. In the gateway's place is a component (XEP-0114) that only labels
// and passes on, so that page and chat client are judged apart from the gateway.
func chatPage(t *testing.T) (string, *stage) {
	t.Helper()
	if _, err := vendorFiles.Open("vendor/" + converseScript); err != nil {
		t.Fatal("the chat client is not here: run `make deps-test`")
	}
	st := &stage{dir: t.TempDir(), network: modemtest.NewNetwork(modemtest.NetworkOptions{})}
	t.Cleanup(st.tearDown)
	if err := st.startProsody(t.Context(), "", "en"); err != nil {
		t.Fatal(err)
	}
	for _, c := range children() {
		st.phones = append(st.phones, newLine(c.localpart, c.name, c.number, gatewayNumber, st.network.Phone(c.number)))
	}
	passOn(t, st)
	s := site{
		phones: st.phones, accounts: st.accounts, websocket: &url.URL{Scheme: "http", Host: st.prosody.HTTPAddr},
		console: "http://127.0.0.1:8080", language: "nb", vendor: vendorFolder(t), log: slog.New(slog.DiscardHandler),
	}
	for _, c := range children() {
		s.chats = append(s.chats, c.jid())
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	srv := httptest.NewUnstartedServer(testHandler(t, s))
	srv.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	srv.Start()
	t.Cleanup(srv.CloseClientConnections)
	return srv.URL, st
}

func passOn(t *testing.T, st *stage) {
	t.Helper()
	conn, err := net.Dial("tcp", st.prosody.ComponentAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(2 * time.Minute))
	write := func(format string, args ...any) {
		for i, a := range args {
			var safe strings.Builder
			_ = xml.EscapeText(&safe, []byte(fmt.Sprint(a)))
			args[i] = safe.String()
		}
		fmt.Fprintf(conn, format, args...)
	}
	write("<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' to='%s'>", childDomain)
	in := xml.NewDecoder(conn)
	head, err := nextElement(in)
	if err != nil {
		t.Fatal(err)
	}
	id := ""
	for _, a := range head.Attr {
		if a.Name.Local == "id" {
			id = a.Value
		}
	}
	proof := sha1.Sum([]byte(id + st.prosody.ComponentSecret)) // XEP-0114 §3
	write("<handshake>%s</handshake>", hex.EncodeToString(proof[:]))
	if head, err = nextElement(in); err != nil || head.Name.Local != "handshake" {
		t.Fatalf("handshake: %v %v", head, err)
	}
	gateway := st.network.Phone(gatewayNumber)
	texts, _ := gateway.Subscribe()
	go func() {
		n := 0
		for text := range texts {
			for _, c := range children() {
				if c.number == text.From {
					n++
					write("<message type='chat' id='sms-%v' from='%s' to='%s'><body>%s</body></message>",
						n, c.jid(), adults()[0].jid(), strings.TrimPrefix(text.Text, "2 "))
				}
			}
		}
	}()
	go func() {
		for {
			start, err := nextElement(in)
			if err != nil {
				return
			}
			var stanza struct {
				From string `xml:"from,attr"`
				To   string `xml:"to,attr"`
				Type string `xml:"type,attr"`
				Body string `xml:"body"`
			}
			if start.Name.Local == "handshake" || in.DecodeElement(&stanza, &start) != nil {
				continue
			}
			switch {
			case start.Name.Local == "presence" && (stanza.Type == "probe" || stanza.Type == ""):
				write("<presence from='%s' to='%s'/>", stanza.To, stanza.From)
			case start.Name.Local == "message" && stanza.Body != "":
				for _, c := range children() {
					if c.jid() == stanza.To {
						_ = gateway.Send(c.number, name(stanza.From)+": "+stanza.Body)
					}
				}
			}
		}
	}()
}

func nextElement(in *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := in.Token()
		if err != nil {
			return xml.StartElement{}, err
		}
		if start, ok := token.(xml.StartElement); ok {
			return start, nil
		}
	}
}

func name(jid string) string {
	for _, a := range adults() {
		if strings.HasPrefix(jid, a.jid()) {
			return a.name
		}
	}
	return jid
}
