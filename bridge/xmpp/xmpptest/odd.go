package xmpptest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// The pieces that hostile stanzas are made of.
var (
	oddAddresses = []string{
		"mum@localhost/x", "stranger@localhost/x", "gran@localhost", "😀@localhost/x", "♥@localhost", "a@localhost/\u115f", "@", "/", "a@b@c/d/e",
		"localhost", "evil.example", "mum@localhost/" + strings.Repeat("r", 1023), strings.Repeat("l", 1100) + "@localhost", "mum@LOCALHOST/x", "&lt;@localhost", "",
		"emma@sms.localhost", "sms.localhost/x", "emma@other.example/phone", "mum@localhost\u0000/x", "..@..", "[::1]", "mum@[::1]/x",
	}
	oddTargets = []string{
		"emma@sms.localhost", "EMMA@SMS.localhost/phone", "nobody@sms.localhost", "sms.localhost", "sms.localhost/x", "😀@sms.localhost",
		"emma@sms.localhost/\u115f", "emma@other.example", "", "@sms.localhost", strings.Repeat("x", 1200) + "@sms.localhost",
	}
	oddKinds = []string{"message", "message", "message", "iq", "iq", "iq", "presence", "presence", "stream", "handshake", "features", "proceed", "x"}
	oddTypes = []string{
		"", "chat", "normal", "error", "groupchat", "headline", "get", "set", "result", "subscribe", "subscribed", "unsubscribe",
		"unsubscribed", "probe", "unavailable", "invisible", "ERROR", "chat ", "forget",
	}
	oddSpaces = []string{
		"", "jabber:client", "jabber:server", "jabber:component:accept", "http://etherx.jabber.org/streams", "urn:example", "urn:xmpp:privilege:1",
		"urn:xmpp:privilege:2", "urn:xmpp:carbons:2", "urn:xmpp:mam:2", "jabber:iq:roster", "http://jabber.org/protocol/commands", "jabber:x:data",
		"vcard-temp", "urn:xmpp:ping", "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items", "urn:xmpp:receipts",
		"urn:xmpp:chat-markers:0", "urn:xmpp:message-retract:1", "urn:xmpp:fasten:0", "urn:xmpp:message-correct:0", "urn:xmpp:reply:0",
		"urn:xmpp:fallback:0", "jabber:x:oob", "urn:xmpp:sfs:0", "urn:xmpp:reference:0", "urn:xmpp:reactions:0", "urn:xmpp:delay", "urn:xmpp:sid:0",
		"urn:xmpp:eme:0", "urn:xmpp:openpgp:0",
	}
	oddNames = []string{
		"body", "subject", "thread", "error", "query", "ping", "vCard", "command", "x", "privilege", "received", "request", "displayed", "retract", "apply-to",
		"replace", "reply", "fallback", "url", "file-sharing", "reference", "reactions", "delay", "origin-id", "encrypted", "payload", "encryption", "stream",
		"stream:error", "a:b:c", "error:x", "iq", "message", "presence", "forwarded", "time", "perm",
	}
	oddTexts = []string{
		"", "hei", "> hæ?", "https://a/1.png", "aesgcm://a/b#c", "?OTR:x", "```", "\u0085\u2028\u202e", "\x01\x1b", "\xff\xfe", "&amp;&#0;", "]]&gt;", "-1",
		"99999999999999999999", "2026-01-01T00:00:00Z", "<![CDATA[</message>]]>", "<!-- - -->", "<?x y?>", strings.Repeat("å", 3000),
	}
	oddAttributes = []string{"id", "to", "from", "type", "for", "start", "end", "node", "sessionid", "action", "by", "stamp", "xml:lang", "a:b:c", "var", "access"}
)

// Odd makes stanzas that a server might, or never should, hand to the component sms.localhost: wrong namespaces, foreign and
// malformed addresses, missing attributes, control characters, names that some parsers refuse. The same seed makes the same.
type Odd struct{ r *rand.Rand }

// NewOdd makes one.
func NewOdd(seed uint64) Odd { return Odd{rand.New(rand.NewPCG(6, seed))} }

func (f Odd) of(list []string) string { return list[f.r.IntN(len(list))] }

// element makes a piece of a stanza.
func (f Odd) element(deep int) string {
	name, space := f.of(oddNames), f.of(oddSpaces)
	var b strings.Builder
	fmt.Fprintf(&b, "<%s", name)
	if space != "" {
		fmt.Fprintf(&b, " xmlns='%s'", space)
	}
	used := map[string]bool{}
	for range f.r.IntN(3) {
		if a := f.of(oddAttributes); !used[a] {
			used[a] = true
			fmt.Fprintf(&b, " %s='%s'", a, strings.NewReplacer("<", "&lt;").Replace(f.of(oddTexts)))
		}
	}
	b.WriteString(">" + f.of(oddTexts))
	if deep < 6 {
		for range f.r.IntN(3) {
			b.WriteString(f.element(deep + 1))
		}
	}
	fmt.Fprintf(&b, "</%s>", name)
	return b.String()
}

// Stanza makes one with an id of its own, and tells its name and attributes, "" for those that it lacks.
func (f Odd) Stanza(id string) (xml, kind, typ, from, to string) {
	kind, typ, from, to = f.of(oddKinds), f.of(oddTypes), f.of(oddAddresses), f.of(oddTargets)
	var b strings.Builder
	fmt.Fprintf(&b, "<%s id='%s'", kind, id)
	if typ != "" {
		fmt.Fprintf(&b, " type='%s'", typ)
	}
	if f.r.IntN(20) > 0 {
		fmt.Fprintf(&b, " from='%s'", from)
	} else {
		from = ""
	}
	if f.r.IntN(20) > 0 {
		fmt.Fprintf(&b, " to='%s'", to)
	} else {
		to = ""
	}
	b.WriteString(">")
	for range f.r.IntN(4) {
		b.WriteString(f.element(0))
	}
	if kind == "message" && f.r.IntN(2) == 0 {
		b.WriteString("<body>" + f.of(oddTexts) + "</body>")
	}
	fmt.Fprintf(&b, "</%s>", kind)
	return b.String(), kind, typ, from, to
}
