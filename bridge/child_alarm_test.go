package bridge_test

import (
	"slices"
	"testing"
	"time"
)

// A freezing child answers yes, not SOS: to either question, in either language, in gloves.
func TestYesIsAnAnswerToWhetherItIsUrgent(t *testing.T) {
	for _, c := range []struct {
		before, answer string
		alarm          bool
	}{
		{"hjelp meg", "ja", true},
		{"hjelp meg", "JA!!", true},
		{"hjelp meg", "jaaa", true},
		{"hjelp meg", "j", true},
		{"hjelp meg", "ja det haster", true},
		{"hjelp meg", "Haster!", true},
		{"help me", "yes", true},
		{"rop", "ja", true},
		{"rop", "it is", true},
		{"hjelp meg", "nei", false},
		{"hjelp meg", "takk", false},
		{"hjelp meg", "ja jeg kommer", false},
		{"hei", "ja", false},
	} {
		d := openHelping(t)
		d.sms("+4793333333", c.before)
		d.stanzas()
		d.transmit(&hand{})
		d.now = d.now.Add(3 * time.Minute)
		d.sms("+4793333333", c.answer)
		alarmed := len(said(said(d.stanzas(), "mum@example.org"), "NØD")) == 1
		if alarmed != c.alarm {
			t.Errorf("%q after %q: an emergency %v", c.answer, c.before, alarmed)
		}
	}
}

// What the yes is about stands in the alert, and it is one emergency and no second when somebody has taken it.
func TestAYesIsOneEmergency(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "hjelp jeg har falt i elva")
	d.stanzas()
	d.transmit(&hand{})
	d.sms("+4793333333", "ja")
	mustContain(t, "what it is about", said(d.stanzas(), "mum@example.org"), "NØD: Emma skriver: «hjelp jeg har falt i elva»")
	mustContain(t, "the child hears it", said(d.transmit(&hand{}), "+4793333333"), "Mottatt")
	if n, err := d.relay.TakeAlarm(t.Context(), d.actor("Pappa"), 0); n != 1 || err != nil {
		t.Fatalf("taken: %d, %v", n, err)
	}
	d.stanzas()
	d.transmit(&hand{})
	d.later(6 * time.Minute)
	if again := said(append(d.stanzas(), d.transmit(&hand{})...), "NØD"); len(again) != 0 {
		t.Errorf("an emergency that was taken is raised again: %q", again)
	}
}

// `hjelp meg med leksene`, `med matten?`, `ja`: that yes is the mother's, and no emergency.
func TestAYesToAGuardianIsNoEmergency(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "hjelp meg med leksene")
	d.stanzas()
	d.transmit(&hand{})
	d.chat("mum@example.org", "emma", "a", "Med matten?")
	d.transmit(&hand{})
	d.now = d.now.Add(time.Minute)
	d.sms("+4793333333", "ja")
	if lines := d.stanzas(); !slices.Contains(lines, "chat emma→mum@example.org | ja") || len(said(lines, "NØD")) != 0 {
		t.Errorf("%q", lines)
	}
}

// What a friend wrote meanwhile helps nobody.
func TestAYesAfterAContactIsAnEmergency(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "hjelp meg")
	d.stanzas()
	d.transmit(&hand{})
	d.chat("coach@example.org", "emma", "a", "Kommer du?")
	d.transmit(&hand{})
	d.sms("+4793333333", "ja")
	mustContain(t, "told", said(d.stanzas(), "mum@example.org"), "NØD: Emma skriver: «hjelp meg»")
}

// Who was not in the conversation must make sense of a yes, also when somebody has read what it is about, which is then not
// kept any more.
func TestAYesSaysWhatItAnswers(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "2 hjelp meg")
	queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 10)
	if err != nil || len(queued) != 1 {
		t.Fatal(queued, err)
	}
	d.stanzas()
	d.transmit(&hand{})
	d.marks("mum@example.org", queued[0].ID, true)
	d.sms("+4793333333", "ja")
	mustContain(t, "the other guardian", said(d.stanzas(), "dad@example.org"), "NØD: Emma skriver: «ja (på spørsmål om det haster)»")
}
