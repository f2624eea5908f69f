package console

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// What needs attention stands on the first page, with the way to mend it.
func TestWhatNeedsAttention(t *testing.T) {
	machine := MachineView{Started: noon.Add(-10 * 24 * time.Hour), LastCopy: noon.Add(-5 * 24 * time.Hour)}
	var broken error
	h := openHomeWith(t, func(o *Options) {
		o.Machine.Look = func(context.Context) (MachineView, error) { return machine, broken }
	})
	for _, name := range []string{"Mamma", "Pappa", "Tante", "Nabo"} {
		h.account(name)
	}
	emma, bestemor := h.person("Emma"), h.person("Bestemor")
	err := h.store.Do(t.Context(), func(tx bridge.Tx) error {
		for _, other := range []policy.Person{bestemor.ID, 0} {
			if _, err := tx.SetStop(policy.Stop{Child: emma.ID, Other: other}, "storm", noon); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	mamma := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	if _, err := h.relay.CutOff(t.Context(), mamma, "Emma", "Onkel"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.relay.PhoneIsGone(t.Context(), mamma, "Pappa"); err != nil {
		t.Fatal(err)
	}
	h.exchange("Emma", "Bestemor", policy.OverDay)

	b := h.signedIn("Mamma")
	b.shows("Meldinger mellom Emma og Bestemor er stoppet", "Telefonen til Emma spurte Knapp om og om igjen", "Endringer som venter på et ja: 1.",
		"Pappa har mistet telefonen", "24 t 0 min igjen", "SMS-budsjettet til Emma er brukt opp", "Den nyeste sikkerhetskopien er 5 dager gammel.")
	nabo := h.signedIn("Nabo")
	nabo.hides("Emma", "Pappa", "sikkerhetskopi", "Endringer som venter")
	nabo.get("/me")
	if nabo.post("/overview/release", "child", id(emma), "other", id(bestemor)); nabo.code != 403 {
		t.Errorf("another child's guardian gets %d", nabo.code)
	}
	tante := h.signedIn("Tante")
	tante.shows("Meldinger mellom Emma og Bestemor er stoppet")
	tante.hides("/overview/release", "sikkerhetskopi")
	for _, junk := range [][]string{{}, {"child", id(emma)}, {"child", id(emma), "other", "x"}, {"child", "x", "other", "0"}, {"child", id(emma), "other", "-4"}} {
		b.get("/overview")
		if b.post("/overview/release", junk...); b.code != 400 {
			t.Errorf("%v: %d", junk, b.code)
		}
	}
	b.get("/overview")
	b.post("/overview/release", "child", id(emma), "other", id(bestemor))
	b.shows("De kan skrive igjen.")
	b.hides("Meldinger mellom Emma og Bestemor")
	b.post("/overview/release", "child", id(emma), "other", "0")
	b.hides("spurte Knapp om og om igjen")
	machine.Paused = true
	b.get("/overview")
	b.shows("Ingenting sendes")
	machine.Paused, machine.LastCopy = false, time.Time{}
	b.get("/overview")
	b.shows("Det finnes ingen sikkerhetskopi.")
	machine.LastCopy = noon
	b.get("/overview")
	b.hides("sikkerhetskopi")
	broken = errors.New("the disk is gone")
	if b.get("/overview"); b.code != 500 || strings.Contains(b.page, "disk") {
		t.Errorf("with a fault: %d", b.code)
	}
}

// A guardian whose phone is gone loses its rights, until they are given back, and whoever does it to itself is told so.
func TestMyPhoneIsGone(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Pappa", "Onkel", "Nabo"} {
		h.account(name)
	}
	mamma, pappa, onkel, nabo := h.signedIn("Mamma"), h.signedIn("Pappa"), h.signedIn("Onkel"), h.signedIn("Nabo")
	onkel.get("/hurry")
	onkel.hides("/hurry/gone", "/hurry/drill")
	nabo.get("/hurry")
	nabo.hides("<option>Mamma")
	nabo.post("/hurry/gone", "guardian", "Mamma")
	nabo.shows(`role="alert"`)
	mamma.get("/hurry")
	mamma.shows("<option>Pappa</option>")
	mamma.hides("<option>Nabo</option>", "<option>Mamma</option>")
	mamma.post("/hurry/gone", "guardian", "Pappa")
	mamma.shows("Rettighetene er tatt bort i et døgn.", "har ingen rettigheter, sier Mamma, til i morgen kl. 12.00.", "24 t 0 min igjen")
	if pappa.get("/hurry"); pappa.code != 403 {
		t.Errorf("Pappa gets %d", pappa.code)
	}
	tante := h.person("Tante")
	h.account("Tante")
	helper := h.signedIn("Tante")
	helper.get("/hurry")
	helper.shows("har ingen rettigheter, sier Mamma")
	helper.hides("/hurry/back")
	helper.post("/hurry/back", "guardian", "Pappa")
	helper.shows(`role="alert"`)
	mamma.get("/hurry")
	mamma.post("/hurry/back", "guardian", "Pappa")
	mamma.shows("Rettighetene er gitt tilbake.")
	if pappa.get("/hurry"); pappa.code != 200 {
		t.Errorf("Pappa gets %d", pappa.code)
	}
	for _, junk := range []string{"", "Ingen", "Emma", "Bestemor", "Nabo", strings.Repeat("å", 300), "Pappa\x00"} {
		mamma.get("/hurry")
		if mamma.post("/hurry/gone", "guardian", junk); mamma.code != 400 && mamma.code != 422 {
			t.Errorf("%.20q: %d", junk, mamma.code)
		}
	}
	helper.get("/hurry")
	helper.post("/hurry/gone", "guardian", "Tante")
	helper.shows("Rettighetene dine er tatt bort", "Til i morgen kl. 12.00 kan ingen gjøre noe i ditt navn")
	if helper.get("/overview"); helper.code != 403 {
		t.Errorf("%s goes on with %d", tante.Name, helper.code)
	}
	h.later(25 * time.Hour)
	mamma.get("/hurry")
	mamma.hides("har ingen rettigheter")
}

func TestADrillFromTheConsole(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	b := h.signedIn("Mamma")
	b.get("/hurry")
	b.shows("Aldri øvd.")
	b.post("/hurry/drill", "child", id(h.person("Emma")))
	b.shows("Øvelsen har begynt.", "Øvelse: Emma tester alarmen kl. 12.00", "En alarm eller øvelse er åpen nå.", "Sist øvd kl. 12.00.")
	if b.post("/hurry/drill", "child", id(h.person("Emma"))); b.code != 422 {
		t.Errorf("a second one at the same time: %d", b.code)
	}
	for _, other := range []string{"x", id(h.person("Ola")), id(h.person("Bestemor"))} {
		b.get("/hurry")
		if b.post("/hurry/drill", "child", other); b.code != 400 && b.code != 403 {
			t.Errorf("%s: %d", other, b.code)
		}
	}
}

// What takes a second guardian's yes is answered where questions are answered.
func TestAChangeWaitsForAYes(t *testing.T) {
	h := openHome(t)
	for _, name := range []string{"Mamma", "Onkel", "Pappa", "Nabo"} {
		h.account(name)
	}
	mamma := bridge.Actor{Person: h.person("Mamma").ID, Via: bridge.ViaConsole}
	cut, err := h.relay.CutOff(t.Context(), mamma, "Emma", "Onkel")
	if err != nil {
		t.Fatal(err)
	}
	pappa, onkel, nabo := h.signedIn("Pappa"), h.signedIn("Onkel"), h.signedIn("Nabo")
	nabo.get("/approvals")
	nabo.hides("Onkel")
	nabo.post("/approvals/consent", "code", cut.Code, "how", "withdraw")
	nabo.shows(`role="alert"`)
	pappa.get("/approvals")
	pappa.shows("Mamma vil at Onkel ikke lenger skal være foresatt for Emma. Det skjer 10. mars kl. 12.00")
	pappa.hides(`value="agree"`, `value="withdraw"`)
	if pappa.post("/approvals/consent", "code", cut.Code, "how", "agree"); pappa.code != 422 {
		t.Errorf("somebody else says yes: %d", pappa.code)
	}
	onkel.get("/approvals")
	onkel.shows(`value="agree"`)
	if onkel.post("/approvals/consent", "code", cut.Code, "how", "maybe"); onkel.code != 400 {
		t.Errorf("an answer that is none: %d", onkel.code)
	}
	onkel.get("/approvals")
	onkel.post("/approvals/consent", "code", cut.Code, "how", "agree")
	onkel.shows("Det er gjort.")
	if d, err := h.store.Directory(t.Context()); err != nil || d.Rules.IsGuardian(h.person("Emma").ID, h.person("Onkel").ID) {
		t.Errorf("he is still a guardian (%v)", err)
	}
}

// Whoever is refused does not write everything once more.
func TestARefusedAnswerKeepsWhatWasWritten(t *testing.T) {
	h := openHome(t)
	h.account("Mamma")
	h.arrives("+4795555555", "hei")
	b := h.signedIn("Mamma")
	b.get("/approvals")
	questions, err := h.relay.Questions(t.Context(), bridge.Keeper)
	if err != nil || len(questions) != 1 {
		t.Fatal(questions, err)
	}
	b.post("/approvals/answer", "code", questions[0].Code, "how", "allow", "child", "Emma", "name", "Bestemor", "sure", "1")
	b.shows(`role="alert"`, `value="Bestemor"`, `value="1" checked`)
	b.post("/approvals/answer", "code", questions[0].Code, "how", "allow", "child", "Emma", "name", "Kari")
	b.shows("Tillatt.", `id="undo-now"`)
	b.get("/approvals?done=allow&code=ZZ9")
	b.hides(`id="undo-now"`)
}
