package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mellium.im/xmpp/stanza"

	"knapp/modem/modemtest"
)

// The main job: a child's SMS becomes a chat message, and the answer becomes an SMS.
func TestTheLoop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum, dad := login(t, w.server, "mum"), login(t, w.server, "dad")
	w.texts(w.emma, "2 hei")
	got := mum.awaitBody("hei")
	if !strings.HasPrefix(got.From, w.child("emma")) || got.Type != "chat" || got.ID == "" || got.Request == nil {
		t.Errorf("as it came: %+v", got)
	}
	id := mum.write(w.child("emma"), "kommer nå")
	if read := w.reads(w.emma, "Mamma: kommer nå"); read.From != gatewayNumber {
		t.Errorf("from %s", read.From)
	}
	mum.awaitReceipt(id)
	w.texts(w.emma, "Pappa: og du?")
	dad.awaitBody("og du?")
	w.texts(w.emma, "0 er framme")
	mum.awaitBody("er framme")
	dad.awaitBody("er framme")
	w.texts(w.emma, "4 hei bestemor")
	w.reads(w.gran, "Emma: hei bestemor")
	w.texts(w.gran, "hei vennen")
	w.reads(w.emma, "Bestemor: hei vennen")
}

// What is not asked for is not lost in translation: every alphabet, every length at which something changes.
func TestTextsBothWays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum := login(t, w.server, "mum")
	long := func(n int, unit string) string {
		s := strings.Repeat(unit, n)
		return string([]rune(s)[:n-1]) + "."
	}
	for _, text := range []string{
		"Blåbærsyltetøy på ÆØÅ",
		"😀 hurra 🇳🇴",
		"{[€]}~^|\\",
		long(160, "abcdefghij"), long(161, "abcdefghij"), long(306, "abcdefghij"), long(307, "abcdefghij"), long(459, "abcdefghij"),
		long(70, "жЖяЯ"), long(71, "жЖяЯ"), long(201, "жЖяЯ"),
		"Тест ☃ 漢字",
	} {
		w.texts(w.emma, text)
		mum.awaitBody(text)
	}
	const label = "Mamma: "
	id := mum.write(w.child("emma"), "😀 hurra 🇳🇴") // boxes on a button phone
	w.reads(w.emma, label+"(smil) hurra (norsk flagg)")
	mum.awaitReceipt(id)
	for _, text := range []string{
		"Blåbærsyltetøy på ÆØÅ",
		"{[€]}~^|\\",
		long(160-len(label), "abcdefghij"), long(161-len(label), "abcdefghij"), long(459-len(label), "abcdefghij"),
		long(70-len(label), "жЖяЯ"), long(71-len(label), "жЖяЯ"), long(201-len(label), "жЖяЯ"),
	} {
		id := mum.write(w.child("emma"), text)
		w.reads(w.emma, label+text)
		mum.awaitReceipt(id)
	}
	for _, c := range []struct {
		text  string
		parts int
	}{
		{label + long(160-len(label), "abcdefghij"), 1},
		{label + long(161-len(label), "abcdefghij"), 2},
		{label + long(70-len(label), "жЖяЯ"), 1},
		{label + long(71-len(label), "жЖяЯ"), 2},
		{label + long(459-len(label), "abcdefghij"), 3},
	} {
		if got := w.reads(w.emma, c.text); got.Parts != c.parts {
			t.Errorf("%d characters took %d parts, not %d", len([]rune(c.text)), got.Parts, c.parts)
		}
	}
}

// A receipt means that the handset has it, and nothing else does.
func TestAPhoneThatIsOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum := login(t, w.server, "mum")
	w.emma.SwitchOff()
	off := mum.write(w.child("emma"), "ring når du er framme")
	w.awaitState("nothing waits here", func(s status) bool { return s.Waiting.SMS == 0 })
	on := mum.write(w.child("jonas"), "hei")
	mum.awaitReceipt(on) // a later one's receipt is here
	for _, a := range mum.all() {
		if a.Received.ID == off || a.ID == off {
			t.Fatalf("the phone is off, and yet: %+v", a)
		}
	}
	if !strings.Contains(w.mustKnapp("log"), "sms sent") {
		t.Error("the log does not say that it was sent")
	}
	w.emma.SwitchOn()
	w.reads(w.emma, "Mamma: ring når du er framme")
	mum.awaitReceipt(off)
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum, eve := login(t, w.server, "mum"), login(t, w.server, "eve")
	real, invented := eve.write(w.child("emma"), "hei du"), eve.write(w.child("nobody"), "hei du")
	for _, id := range []string{real, invented} {
		if e := eve.awaitError(id); e.condition() != "forbidden" || e.Error.Text != "" {
			t.Errorf("a stranger learns %q %q", e.condition(), e.Error.Text)
		}
	}
	for _, child := range []string{"emma", "nobody"} {
		eve.presence(w.child(child), stanza.SubscribePresence)
		eve.await("unsubscribed by "+child, func(a arrived) bool {
			return a.XMLName.Local == "presence" && a.Type == "unsubscribed" && a.From == w.child(child)
		})
	}
	stranger := w.network.Phone("+4796666666")
	w.texts(stranger, "hei, er du alene?")
	w.network.Inject(w.modem, []byte{0x04, 0x00}) // and something that is no message at all
	w.texts(w.emma, "2 siste")
	mum.awaitBody("siste")
	for _, a := range mum.all() {
		if strings.Contains(a.Body, "alene") {
			t.Error("a stranger's SMS reached somebody")
		}
	}
	if len(w.emma.Inbox())+len(stranger.Inbox()) != 0 {
		t.Error("a child's phone, or the stranger's, was written to")
	}
	log := w.mustKnapp("log")
	for _, want := range []string{"+4796666666", "stranger", "eve@"} {
		if !strings.Contains(log, want) {
			t.Errorf("the log does not show %q:\n%s", want, log)
		}
	}
	if strings.Contains(w.gateway.log.String(), "96666666") || strings.Contains(w.gateway.log.String(), "alene") {
		t.Error("the log file holds a number or a text")
	}
}

// Trener may write to Emma, and Emma not to him.
func TestOneDirectionOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	coach := login(t, w.server, "coach")
	id := coach.write(w.child("emma"), "trening kl 17")
	w.reads(w.emma, "Trener: trening kl 17")
	coach.awaitReceipt(id)
	w.texts(w.emma, "5 jeg kommer")
	w.reads(w.emma, "Knapp: Du kan ikke skrive til Trener.")
	for _, a := range coach.all() {
		if a.Body != "" {
			t.Errorf("the coach was written to: %+v", a)
		}
	}
	other := coach.write(w.child("jonas"), "hei")
	if e := coach.awaitError(other); e.condition() != "forbidden" || e.Error.Text != "" {
		t.Errorf("to a child whose list he is not on: %+v", e)
	}
}

func TestPresenceIsTheModems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum := login(t, w.server, "mum")
	is := func(kind string) func(arrived) bool {
		seen := 0
		return func(a arrived) bool {
			if a.XMLName.Local == "presence" && a.Type == kind && strings.HasPrefix(a.From, w.child("emma")) {
				seen++
			}
			return seen > 0
		}
	}
	mum.presence(w.child("emma"), stanza.SubscribePresence)
	mum.await("subscribed", is("subscribed"))
	mum.await("available", is(""))
	if err := w.modem.Unplug(); err != nil {
		t.Fatal(err)
	}
	mum.await("unavailable", is("unavailable"))
	before := len(mum.all())
	if err := w.modem.PlugIn(w.port()); err != nil {
		t.Fatal(err)
	}
	mum.await("available again", func(a arrived) bool {
		all := mum.all()
		return len(all) > before && is("")(all[len(all)-1])
	})
}

// The family is changed while the gateway runs; the change counts for the next message.
func TestFamilyChangesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	coach := login(t, w.server, "coach")
	coach.presence(w.child("emma"), stanza.SubscribePresence)
	coach.await("subscribed", func(a arrived) bool { return a.Type == "subscribed" })
	exported := w.mustKnapp("family", "export")
	if again := w.mustKnapp("family", "apply", w.write("same.toml", exported)); !strings.Contains(again, "nothing to change") {
		t.Errorf("what was exported is not what is there: %s", again)
	}
	without := strings.Replace(fmt.Sprintf(family, w.server.Domain),
		"  [[child.allow]]\n  contact = \"Trener\"\n  key = 5\n  to_child = true\n", "", 1)
	file := w.write("without.toml", without)
	if dry := w.mustKnapp("family", "apply", "--dry-run", file); !strings.Contains(dry, "Emma") {
		t.Errorf("dry run: %s", dry)
	}
	id := coach.write(w.child("emma"), "ennå lov")
	coach.awaitReceipt(id)
	w.mustKnapp("family", "apply", file)
	coach.await("unsubscribed", func(a arrived) bool { return a.Type == "unsubscribed" })
	if e := coach.awaitError(coach.write(w.child("emma"), "ikke nå")); e.condition() != "forbidden" {
		t.Errorf("%+v", e)
	}
}

func TestStopsCleanlyAndFast(t *testing.T) {
	w := newWorld(t, modemtest.ModemOptions{})
	mum := login(t, w.server, "mum")
	mum.write(w.child("emma"), "hei")
	w.reads(w.emma, "Mamma: hei")
	code, took := w.stop()
	if code != 0 || took > time.Second {
		t.Errorf("exit code %d after %v", code, took)
	}
	w.start()
	w.awaitReady()
	w.texts(w.emma, "2 her igjen")
	mum.awaitBody("her igjen")
}

// A call to the gateway is never answered: it is a sign from the child, told to the one that its texts go to.
func TestACallIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{})
	mum := login(t, w.server, "mum")
	call, err := w.emma.Call(gatewayNumber)
	if err != nil {
		t.Fatal(err)
	}
	if got := mum.awaitBody("(Emma ringte)"); !strings.HasPrefix(got.From, w.child("emma")) {
		t.Errorf("from %s", got.From)
	}
	until(t, "the call is over", func() bool { _, over, _ := call.State(); return over })
	if answered, _, _ := call.State(); answered {
		t.Error("the call was answered, and paid for")
	}
}
