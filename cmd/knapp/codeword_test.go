package main

import (
	"strings"
	"testing"

	"knapp/modem/modemtest"
)

// A child has lost its phone and borrows one: the code word brings it to its guardians, before and after the gateway is
// killed, and a guardian's answer to the borrowed phone.
func TestACodeWordFromABorrowedPhone(t *testing.T) {
	t.Parallel()
	w := newQuietWorld(t, modemtest.ModemOptions{})
	mumsPhone, dadsPhone := alarming(t, w)
	w.mustKnapp("family", "apply", w.write("family.toml", "codeword = \"Regnbue\"\n"+w.mustKnapp("family", "export")))
	if out := w.mustKnapp("family", "export"); !strings.Contains(out, "codeword = 'Regnbue'") {
		t.Fatalf("exported: %s", out)
	}
	w.start()
	w.awaitReady()
	mum := login(t, w.server, "mum")
	borrowed := w.network.Phone("+4740000001")
	w.texts(borrowed, "regnbue: SOS jeg er på stasjonen")
	mum.await("the code word", func(a arrived) bool {
		return strings.Contains(a.Body, "Fra ukjent nummer +4740000001") && strings.Contains(a.Body, "«SOS jeg er på stasjonen»")
	})
	for _, p := range []*modemtest.Phone{mumsPhone, dadsPhone} {
		w.readsLike(p, "Knapp: NØD? Fra +4740000001 med kodeordet: SOS jeg er på stasjonen.")
	}
	w.gateway.kill()
	w.start()
	w.awaitReady()
	mum.write(w.server.ComponentDomain, "SVAR K2 jeg kommer")
	w.reads(borrowed, "Mamma: jeg kommer")
}
