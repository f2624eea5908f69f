package main

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"mellium.im/xmlstream"
	"mellium.im/xmpp/jid"
	"mellium.im/xmpp/stanza"

	"knapp/bridge/xmpp/xmpptest"
	"knapp/modem/modemtest"
)

// chatServers are the two that the built program must be as good on.
var chatServers = map[string]func(context.Context, xmpptest.Options) (*xmpptest.Server, error){
	xmpptest.Prosody: xmpptest.StartProsody, xmpptest.Ejabberd: xmpptest.StartEjabberd,
}

// raw sends XML as it is given.
func (p *person) raw(xml string) {
	p.t.Helper()
	if _, err := io.WriteString(p.session.Conn(), xml); err != nil {
		p.t.Fatal(err)
	}
}

// commanded is the answer to a command (XEP-0050).
type commanded struct {
	Status string `xml:"status,attr"`
	Note   string `xml:"note"`
}

// command executes a command of the gateway.
func (p *person) command(gateway, node string) commanded {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), patience)
	defer cancel()
	var answer commanded
	err := p.session.UnmarshalIQElement(ctx, xmlstream.Wrap(nil, xml.StartElement{
		Name: xml.Name{Space: "http://jabber.org/protocol/commands", Local: "command"},
		Attr: []xml.Attr{{Name: xml.Name{Local: "node"}, Value: node}, {Name: xml.Name{Local: "action"}, Value: "execute"}},
	}), stanza.IQ{Type: stanza.SetIQ, To: jid.MustParse(gateway)}, &answer)
	if err != nil {
		p.t.Fatalf("%s: %v", node, err)
	}
	return answer
}

// A day of the built program on each server: all that a parent's client does with a child.
func TestADayOnEachServer(t *testing.T) {
	t.Parallel()
	for name, start := range chatServers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			secure := name == xmpptest.Ejabberd // Prosody speaks no TLS with components
			w := newWorldOn(t, modemtest.ModemOptions{}, start, xmpptest.Options{ComponentTLS: secure}, func(w *world) string {
				if !secure {
					return ""
				}
				return fmt.Sprintf("tls = true\ntls_name = %q\nca_file = %q", w.server.Domain, w.server.Certificate())
			})
			w.start()
			w.awaitReady()
			mum, dad, eve := login(t, w.server, "mum"), login(t, w.server, "dad"), login(t, w.server, "eve")
			emma, gateway := w.child("emma"), w.server.ComponentDomain

			// She asks to see the child, and does.
			mum.presence(emma, stanza.SubscribePresence)
			mum.await("a yes", func(a arrived) bool { return a.Type == "subscribed" && a.From == emma })
			mum.await("Emma is there", func(a arrived) bool {
				return a.XMLName.Local == "presence" && a.Type == "" && strings.HasPrefix(a.From, emma+"/")
			})

			// A chat either way, with its receipts; what is for all guardians reaches all.
			w.texts(w.emma, "2 hei 😀 æøå")
			if got := mum.awaitBody("hei 😀 æøå"); got.Request == nil || got.Type != "chat" {
				t.Errorf("as it came: %+v", got)
			}
			id := mum.write(emma, "kommer kl. 4")
			w.reads(w.emma, "Mamma: kommer kl. 4")
			mum.awaitReceipt(id)
			w.texts(w.emma, "0 er framme")
			mum.awaitBody("er framme")
			dad.awaitBody("er framme")

			// A picture is told to both sides; what only tells of somebody's fingers costs nothing.
			mum.raw(`<message type='chat' to='` + emma + `' id='pic1'><body>https://up.example/1.jpg</body><x xmlns='jabber:x:oob'><url>https://up.example/1.jpg</url></x></message>`)
			w.reads(w.emma, "Mamma: (sendte et bilde)")
			mum.await("that it was not shown", func(a arrived) bool { return strings.Contains(a.Body, "kan ikke se bilder") })
			mum.raw(`<message type='chat' to='` + emma + `' id='re1'><reactions xmlns='urn:xmpp:reactions:0' id='` + id + `'><reaction>👍</reaction></reactions></message>`)
			mum.raw(`<message type='chat' to='` + emma + `' id='ty1'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`)

			// What is too long is refused, with a reason; what is for other keys, too.
			long := mum.write(emma, strings.Repeat("Dette er altfor langt. ", 100))
			if e := mum.awaitError(long); e.condition() != "not-acceptable" || e.Error.Text == "" {
				t.Errorf("too long: %+v", e.Error)
			}
			mum.raw(`<message type='chat' to='` + emma + `' id='omemo1'><body>?OTRv23?</body></message>`)
			if e := mum.awaitError("omemo1"); e.condition() != "not-acceptable" {
				t.Errorf("encrypted: %+v", e.Error)
			}

			// Commands in the menu and in plain words; nobody else has any.
			if got := mum.command(gateway, "status"); got.Status != "completed" || !strings.Contains(got.Note, "Emma") {
				t.Errorf("status: %+v", got)
			}
			mum.write(gateway, "hjelp")
			mum.await("what can be said", func(a arrived) bool { return a.From == gateway && strings.Contains(strings.ToUpper(a.Body), "STATUS") })
			real, invented := eve.write(emma, "hei du"), eve.write(w.child("nobod"), "hei du")
			for _, id := range []string{real, invented} {
				if e := eve.awaitError(id); e.condition() != "forbidden" || e.Error.Text != "" {
					t.Errorf("a stranger learns %+v", e.Error)
				}
			}

			// Away, and back: the server keeps what comes meanwhile.
			dad.raw(`<presence type='unavailable'/>`)
			dad.roster() // answered behind it
			w.texts(w.emma, "0 er du der?")
			mum.awaitBody("er du der?")
			w.awaitState("nothing waits", func(s status) bool { return s.Waiting.XMPP == 0 })
			login(t, w.server, "dad").awaitBody("er du der?")

			// What has not left when it is edited leaves as it is meant.
			if err := w.modem.Unplug(); err != nil {
				t.Fatal(err)
			}
			mum.await("that the modem is away", func(a arrived) bool {
				return a.Type == "unavailable" && strings.HasPrefix(a.From, emma) && a.Status != ""
			})
			meant := mum.write(emma, "kommer kl. 6")
			mum.raw(`<message type='chat' to='` + emma + `' id='edit1'><body>kommer kl. 7</body><replace xmlns='urn:xmpp:message-correct:0' id='` + meant + `'/></message>`)
			w.texts(w.emma, "2 hallo?")    // waits in the network
			mum.command(gateway, "status") // behind the edit
			if err := w.modem.PlugIn(w.port()); err != nil {
				t.Fatal(err)
			}
			w.reads(w.emma, "Mamma: kommer kl. 7")
			mum.awaitBody("hallo?")
			for _, m := range w.emma.Inbox() {
				if strings.Contains(m.Text, "👍") || strings.Contains(m.Text, "altfor") || strings.Contains(m.Text, "kl. 6") || strings.Contains(m.Text, "OTR") {
					t.Errorf("the phone shows %q", m.Text)
				}
			}
			if log := w.gateway.log.String(); strings.Contains(log, "xmpp: not connected") || strings.Contains(log, "panic") {
				t.Error("the stream did not last")
			}
		})
	}
}
