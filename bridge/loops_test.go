package bridge_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// told returns what the gateway itself says to a JID, of what waits for the server.
func told(lines []string, to string) []string {
	var out []string
	for _, line := range lines {
		if text, ok := strings.CutPrefix(line, "chat →"+to+" | "); ok {
			out = append(out, text)
		}
	}
	return out
}

func TestAStormIsStoppedAndReleased(t *testing.T) {
	d := open(t)
	for i := range bridge.DefaultStorm + 5 {
		d.chat("mum@example.org", "emma", fmt.Sprintf("m%d", i), fmt.Sprintf("nummer %d", i))
	}
	lines := d.stanzas()
	want(t, "Mamma is told once", told(lines, "mum@example.org"),
		"Meldingene mellom Emma og Mamma er stanset: 60 meldinger på ti minutter. Fra Mamma kommer ikke mer fram før en av dere åpner igjen: skriv SLIPP Emma Mamma i chatten med Knapp.")
	want(t, "Pappa too", told(lines, "dad@example.org"), told(lines, "mum@example.org")...)
	refused := 0
	for _, line := range lines {
		if strings.HasPrefix(line, "error emma→mum@example.org/phone | policy-violation | Det har gått så mange meldinger") {
			refused++
		}
	}
	if refused != 5 {
		t.Errorf("%d of the five after it were refused", refused)
	}
	if n := len(d.transmit(&hand{})); n != bridge.DefaultStorm {
		t.Errorf("%d texts left", n)
	}
	d.sms("+4793333333", "Mamma: hva er det?")
	contains(t, "the child still reaches its guardian", d.stanzas(), "hva er det?")
	if err := d.relay.Release(t.Context(), bridge.Actor{Person: d.named("Pappa"), Via: "xmpp"}, d.named("Emma"), d.named("Mamma")); err != nil {
		t.Fatal(err)
	}
	d.chat("mum@example.org", "emma", "after", "beklager")
	contains(t, "a guardian has opened again, and the child knows", d.transmit(&hand{}), "Knapp: En voksen har åpnet igjen for Mamma.", "beklager")
}

// What is held is a storm as well: else all of it would leave at once when school is out.
func TestAStormIsSeenWhileMessagesAreHeld(t *testing.T) {
	d := schoolDesk(t)
	for i := range bridge.DefaultStorm + 1 {
		d.chat("coach@example.org", "emma", fmt.Sprintf("c%d", i), fmt.Sprintf("nummer %d", i))
	}
	if n := len(told(d.stanzas(), "mum@example.org")); n != 1 {
		t.Errorf("told %d times", n)
	}
	d.until("2026-11-20 14:00")
	d.releaseDue()
	want(t, "nothing of it leaves", d.transmit(&hand{}))
}

func TestTheSameTextAgainAndAgainIsStopped(t *testing.T) {
	d := open(t)
	for i := range 12 {
		d.now = d.now.Add(time.Minute)
		d.chat("coach@example.org", "emma", fmt.Sprintf("c%d", i), "Jeg er på vei")
	}
	if n := len(d.transmit(&hand{})); n != 8 {
		t.Errorf("%d of twelve left", n)
	}
	contains(t, "told", told(d.stanzas(), "mum@example.org"), "den samme meldingen 8 ganger på rad")
}

func TestTwoAutomatonsAreStopped(t *testing.T) {
	d := open(t)
	for i := range 10 {
		d.now = d.now.Add(8 * time.Second)
		d.sms("+4792222222", fmt.Sprintf("Emma: Jeg er på ferie (%d)", i))
		d.now = d.now.Add(8 * time.Second)
		d.sms("+4793333333", fmt.Sprintf("Bestemor: Jeg kjører nå (%d)", i))
	}
	contains(t, "told", told(d.stanzas(), "mum@example.org"), "Meldingene mellom Emma og Bestemor er stanset: 16 meldinger fram og tilbake")
	people := open(t)
	for i := range 10 {
		people.now = people.now.Add(40 * time.Second)
		people.sms("+4792222222", fmt.Sprintf("Emma: hei %d", i))
		people.now = people.now.Add(30 * time.Second)
		people.sms("+4793333333", fmt.Sprintf("Bestemor: hei %d", i))
	}
	if got := told(people.stanzas(), "mum@example.org"); len(got) != 0 {
		t.Errorf("two people who chat were stopped: %q", got)
	}
}

// Promise 3: whatever a child writes to its own guardian, and however often.
func TestAChildIsNeverStoppedTowardsItsGuardian(t *testing.T) {
	d := open(t)
	for range bridge.DefaultStorm * 2 {
		d.sms("+4793333333", "Mamma: ring meg")
	}
	n := 0
	for _, line := range d.stanzas() {
		if line == "chat emma→mum@example.org | ring meg" {
			n++
		}
	}
	if n != bridge.DefaultStorm*2 {
		t.Errorf("%d of %d arrived", n, bridge.DefaultStorm*2)
	}
}

func TestBudgetsWarnAndEnd(t *testing.T) {
	d := open(t)
	d.arrange(func(f *bridge.Family) { f.Children[0].Limits = bridge.ChildLimits{Day: 14, Reserve: 4} })
	for i := range 8 {
		d.chat("coach@example.org", "emma", fmt.Sprintf("c%d", i), fmt.Sprintf("nummer %d", i))
	}
	warned := "Emma har brukt 8 av dagens 10 SMS-er."
	lines := d.stanzas()
	want(t, "Mamma is warned at 80 %", told(lines, "mum@example.org"), warned)
	want(t, "Pappa as well", told(lines, "dad@example.org"), warned)
	if sent := d.transmit(&hand{}); !slices.Contains(sent, "+4793333333 Knapp: 8 av 10 SMS-er er brukt. De voksne dine når du alltid.") {
		t.Errorf("the child is not warned: %q", sent)
	}
	// The warning has cost one itself.
	d.chat("coach@example.org", "emma", "c8", "den siste")
	d.chat("coach@example.org", "emma", "c9", "for mye")
	want(t, "over", d.stanzas(), "error emma→coach@example.org/phone | resource-constraint | Dagens SMS-er til Emma er brukt opp. Prøv igjen i morgen, eller ring. | c9")
	d.transmit(&hand{})
	d.chat("mum@example.org", "emma", "m1", "kom hjem")
	contains(t, "the reserve is for guardians", d.transmit(&hand{}), "Mamma: kom hjem")
	d.restart()
	d.chat("coach@example.org", "emma", "c10", "etter en start")
	contains(t, "it is counted over a start", d.stanzas(), "resource-constraint")
	d.now = d.now.Add(24 * time.Hour)
	d.chat("coach@example.org", "emma", "c11", "ny dag")
	contains(t, "a new day", d.transmit(&hand{}), "Trener: ny dag")
}

func TestWhatMayBeSaidOfAMessageBeforeItIsSent(t *testing.T) {
	d := schoolDesk(t)
	ask := func(who bridge.Actor, other, at string) string {
		t.Helper()
		when, err := time.Parse("2006-01-02 15:04", at)
		if err != nil {
			t.Fatal(err)
		}
		f, err := d.relay.May(t.Context(), who, d.named("Emma"), d.named(other), policy.ToChild, when)
		if err != nil {
			return err.Error()
		}
		return f.Action.String() + ": " + f.Why
	}
	mum := bridge.Actor{Person: d.named("Mamma"), Via: "console"}
	for _, c := range []struct{ other, at, want string }{
		{"Bestemor", "2026-11-24 10:15", "hold: Timeplanen er stengt; den åpner kl. 14.00."},
		{"Bestemor", "2026-11-24 15:15", "deliver: De kan skrive til hverandre: det står på lista."},
		{"Bestemor", "2026-11-24 23:15", "hold: Timeplanen er stengt; den åpner i morgen kl. 07.00."},
		{"Mamma", "2026-11-24 10:15", "deliver: De kan skrive til hverandre: det står på lista."},
		{"Tante", "2026-11-24 15:15", "refuse: Lista gjelder bare den andre veien."},
		{"Jonas", "2026-11-24 15:15", "refuse: Det står ikke på barnets liste."},
	} {
		if got := ask(mum, c.other, c.at); got != c.want {
			t.Errorf("%s at %s: %q, want %q", c.other, c.at, got, c.want)
		}
	}
	if got := ask(bridge.Actor{Person: d.named("Trener"), Via: "xmpp"}, "Bestemor", "2026-11-24 10:15"); !strings.HasPrefix(got, "not allowed") {
		t.Errorf("who is no guardian is told %q", got)
	}
	day, err := d.relay.Today(t.Context(), mum, d.named("Emma"))
	if err != nil || day.Mode != policy.School || day.Next != policy.Home || day.Change.Format("15:04") != "14:00" || day.Lost {
		t.Errorf("today: %+v %v", day, err)
	}
}
