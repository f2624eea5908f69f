package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

const (
	mumNumber = "+4791111111"
	dadNumber = "+4791111112"
)

// alarming is a world whose guardians have mobiles, and whose grandmother is on the emergency list.
func alarming(t *testing.T, w *world) (mum, dad *modemtest.Phone) {
	t.Helper()
	text := fmt.Sprintf(family, w.server.Domain)
	text = strings.Replace(text, "role = \"owner\"", "role = \"owner\"\nphone = \""+mumNumber+"\"", 1)
	text = strings.Replace(text, "name = \"Pappa\"", "name = \"Pappa\"\nphone = \""+dadNumber+"\"", 1)
	text = strings.Replace(text, "  key = 4\n", "  key = 4\n  emergency = true\n", 1)
	w.mustKnapp("family", "apply", w.write("family.toml", text))
	return w.network.Phone(mumNumber), w.network.Phone(dadNumber)
}

// readsLike waits until a phone shows a text that begins so.
func (w *world) readsLike(p *modemtest.Phone, prefix string) modemtest.Text {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	got, err := p.Wait(ctx, func(m modemtest.Text) bool { return strings.HasPrefix(m.Text, prefix) })
	if err != nil {
		w.t.Fatalf("the phone does not show %q; it shows %+v", prefix, p.Inbox())
	}
	return got
}

// A child calls for help: everybody is told by every way. The gateway dies, comes back, and a guardian takes it from
// the own mobile; the child and the others hear who.
func TestEmergency(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	mumsPhone, dadsPhone := alarming(t, w)
	w.start()
	w.awaitReady()
	mum, dad := login(t, w.server, "mum"), login(t, w.server, "dad")
	w.texts(w.emma, "SOS!! jeg er ved skolen")
	w.readsLike(w.emma, "Knapp: Mottatt. Jeg sier fra til Mamma, Pappa, Bestemor")
	for _, p := range []*person{mum, dad} {
		p.await("the alarm", func(a arrived) bool {
			return strings.Contains(a.Body, "NØD: Emma skriver: «SOS!! jeg er ved skolen»")
		})
	}
	w.readsLike(mumsPhone, "Knapp: NØD! Emma skriver: SOS!! jeg er ved skolen. Ring +4793333333.")
	w.readsLike(dadsPhone, "Knapp: NØD! Emma")
	w.readsLike(w.gran, "Knapp: NØD! Emma skriver: SOS!! jeg er ved skolen. Ring +4793333333. Foreldrene er varslet.")
	w.gateway.kill()
	w.start()
	w.awaitReady()
	w.texts(dadsPhone, "Jeg tar den")
	w.reads(w.emma, "Knapp: Pappa har sett det og tar seg av det.")
	mum.await("who has taken it", func(a arrived) bool {
		return strings.HasPrefix(a.Body, "Pappa tar nødmeldingen fra Emma (med SMS)")
	})
	w.readsLike(mumsPhone, "Knapp: Pappa tar nødmeldingen fra Emma (med SMS).")
	for _, m := range w.emma.Inbox() {
		if strings.Contains(m.Text, "Jeg tar den") {
			t.Errorf("the words that take it were relayed: %q", m.Text)
		}
	}
}

// The disk is full when a child calls for help (promise 4): it is told all the same, and the child hears so.
func TestEmergencyOnAFullDisk(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	mumsPhone, _ := alarming(t, w)
	fill := smallDisk(w, 8<<20)
	w.awaitReady()
	mum := login(t, w.server, "mum")
	fill(true)
	until(t, "a commit fails for want of room", func() bool {
		mum.write(w.child("emma"), "fyller disken")
		return strings.Contains(w.gateway.log.String(), "no room left on the disk")
	})
	w.texts(w.emma, "SOS")
	w.readsLike(w.emma, "Knapp: Mottatt.")
	mum.await("the alarm", func(a arrived) bool { return strings.Contains(a.Body, "NØD: Emma skriver: «SOS»") })
	w.readsLike(mumsPhone, "Knapp: NØD! Emma skriver: SOS.")
	fill(false)
	id := mum.write(w.child("emma"), "jeg kommer")
	w.reads(w.emma, "Mamma: jeg kommer")
	mum.awaitReceipt(id)
}
