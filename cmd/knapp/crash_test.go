package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/modem/modemtest"
)

// crashes is how often the gateway is killed in each direction.
const crashes = 12

// An SMS burst, and a SIGKILL at any moment of it: every SMS becomes one message, counted at the client by stanza
// id, since what was on the wire when the process died is sent again under the same id.
func TestKilledWhileReceiving(t *testing.T) {
	t.Parallel()
	w := newWorld(t, modemtest.ModemOptions{Timing: modemtest.Timing{Answer: time.Millisecond}})
	mum := login(t, w.server, "mum")
	r := seeded(t)
	const each = 15
	for crash := range crashes {
		for i := range each {
			w.texts(w.emma, fmt.Sprintf("2 sms %d-%d", crash, i))
		}
		time.Sleep(time.Duration(r.IntN(60)) * time.Millisecond) // the seeded instant
		w.gateway.kill()
		w.start()
		w.awaitReady()
	}
	for crash := range crashes {
		for i := range each {
			mum.awaitBody(fmt.Sprintf("sms %d-%d", crash, i))
		}
	}
	w.awaitState("nothing waits", func(s status) bool { return s.Waiting.XMPP == 0 })
	ids, raw := map[string]map[string]bool{}, 0
	for _, a := range mum.all() {
		if !strings.HasPrefix(a.Body, "sms ") {
			continue
		}
		raw++
		if ids[a.Body] == nil {
			ids[a.Body] = map[string]bool{}
		}
		ids[a.Body][a.ID] = true
	}
	for body, set := range ids {
		if len(set) != 1 {
			t.Errorf("%q came under %d ids", body, len(set))
		}
	}
	if len(ids) != crashes*each {
		t.Errorf("%d messages, not %d", len(ids), crashes*each)
	}
	t.Logf("%d SMS, %d stanzas, %d kills", crashes*each, raw, crashes)
}

// A burst of chats, and a SIGKILL at any moment of it. Whatever became of each is counted at the phone and at the
// client: none is sent twice, none that was receipted is missing, and each that is missing was reported, but for
// those that no process had taken yet.
func TestKilledWhileSending(t *testing.T) {
	t.Parallel()
	w, link := newLinkedWorld(t, modemtest.ModemOptions{Timing: modemtest.Timing{Air: 8 * time.Millisecond}})
	mum := login(t, w.server, "mum")
	r := seeded(t)
	type chat struct {
		text    string
		written time.Time
	}
	chats := map[string]chat{} // by id
	var kills []time.Time
	n := 0
	for range crashes {
		killAfter := r.IntN(20)
		for i := range 20 {
			text := fmt.Sprintf("chat %d", n)
			n++
			id := mum.write(w.child("emma"), text)
			chats[id] = chat{text, time.Now()}
			time.Sleep(time.Duration(r.IntN(8)) * time.Millisecond) // a person is no burst; the seeded instant
			if i == killAfter {
				w.gateway.kill()
				kills = append(kills, time.Now())
			}
		}
		w.start()
		w.awaitReady()
	}
	w.awaitState("nothing waits", func(s status) bool { return s.Waiting.SMS == 0 && s.Waiting.XMPP == 0 })
	mum.awaitReceipt(mum.write(w.child("emma"), "siste"))

	shown := map[string]int{}
	for _, m := range w.emma.Inbox() {
		shown[m.Text]++
	}
	receipted, failed := map[string]bool{}, map[string]bool{}
	for _, a := range mum.all() {
		receipted[a.Received.ID] = true
		if a.Type == "error" {
			failed[a.ID] = true
		}
	}
	unknown := countBodies(mum, "Det er ikke sikkert")
	taken := w.takenStanzas()
	vanish := link.excuses(taken, kills)
	vanished, doubtful, silent := 0, 0, 0
	for id, c := range chats {
		got := shown["Mamma: "+c.text]
		switch {
		case got > 1:
			t.Errorf("%q was sent %d times", c.text, got)
		case got == 1 && failed[id]:
			t.Errorf("%q arrived, and its sender was told that it never will", c.text)
		case got == 1 && !receipted[id]:
			silent++
		case got == 0 && receipted[id]:
			t.Errorf("%q was receipted and is not on the phone", c.text)
		case got == 0 && !failed[id] && taken[id]:
			doubtful++
		case got == 0 && !failed[id]:
			vanished++
			if !vanish(id, c.written) {
				t.Errorf("%q is lost: no text, no error, and it was not in the stream of a process that died", c.text)
			}
		}
	}
	// One segment is on the air at a time: a kill leaves at most one fate unknown.
	if unknown > crashes {
		t.Errorf("%d were told as unknown after %d kills", unknown, crashes)
	}
	if doubtful > unknown {
		t.Errorf("%d were taken and neither arrived nor failed, only %d were told as unknown", doubtful, unknown)
	}
	// Without a receipt are those whose +CMGS died with the process, which were told as unknown, and those whose
	// status report came while nobody listened (27.005 §3.4.1, ds=1: it is gone): one a kill, since the next is
	// sent only after it. They stay `sent`, which is true.
	if silent > unknown+crashes {
		t.Errorf("%d arrived and were not receipted, only %d were told as unknown", silent, unknown)
	}
	if raw := len(w.emma.Raw()); raw != len(w.emma.Inbox()) {
		t.Errorf("%d TPDUs for %d texts", raw, len(w.emma.Inbox()))
	}
	t.Logf("%d chats, %d kills: %d shown, %d refused by the server or us, %d unknown, %d vanished untaken",
		len(chats), crashes, len(shown), len(failed), unknown, vanished)
}
