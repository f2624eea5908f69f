package bridge_test

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// What somebody could try who has the right to be here: an angry guardian, a thief with a guardian's phone, a child
// whose own phone is in strange hands, a machine that repeats itself.

// `hjelp …` that nobody has read becomes an emergency of its own: the alerts go to everybody whatever happens to the
// family meanwhile, and the child hears that one was read.
func TestUnreadHelpIsAnEmergencyLikeAnyOther(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "2 hjelp meg")
	d.stanzas()
	d.transmit(&hand{})
	d.later(5 * time.Minute)
	d.amend(func(f *bridge.Family) { f.Limits.Day = 500 })
	queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 100)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, q := range queued {
		ids[q.To] += q.ID
	}
	for _, jid := range []string{"mum@example.org", "dad@example.org", "aunt@example.org"} {
		if len(ids[jid]) == 0 {
			t.Errorf("nothing waits for %s: %q", jid, ids)
		}
	}
	sent := d.transmit(&hand{})
	for _, number := range []string{"+4791111111", "+4791111112", "+4791111113", "+4792222222"} {
		mustContain(t, "the mobile "+number, said(sent, number), "NØD!")
	}
	d.stanzas()
	d.marks("dad@example.org", ids["dad@example.org"], true)
	mustContain(t, "the child hears it", said(d.transmit(&hand{}), "+4793333333"), "Pappa har lest det.")
}

// Who is called for help is told although the family was changed while a modem was away; so is the child.
func TestAlertsSurviveAChangeOfTheFamily(t *testing.T) {
	d := openHelping(t)
	d.sms("+4793333333", "SOS")
	d.amend(func(f *bridge.Family) { f.Limits.Day = 500 })
	mustContain(t, "the aunt", said(d.stanzas(), "aunt@example.org"), "NØD")
	sent := d.transmit(&hand{})
	mustContain(t, "the neighbour", said(sent, "+4792222222"), "NØD!")
	mustContain(t, "the child", said(sent, "+4793333333"), "Mottatt")
}

// Whoever has found or stolen a guardian's phone cannot end a child's emergency with it.
func TestASuspendedGuardianEndsNoEmergency(t *testing.T) {
	d := openHelping(t)
	if _, err := d.relay.PhoneIsGone(t.Context(), d.actor("Mamma"), "Pappa"); err != nil {
		t.Fatal(err)
	}
	d.sms("+4793333333", "SOS")
	d.now = d.now.Add(time.Minute)
	d.chat("dad@example.org", "emma", "a", "jeg tar den")
	d.chat("dad@example.org", "emma", "b", "jeg kommer nå")
	d.chat("dad@example.org", "", "c", "jeg tar den")
	d.sms("+4791111112", "jeg tar den")
	if _, err := d.relay.TakeAlarm(t.Context(), d.actor("Pappa"), 0); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("by an operation: %v", err)
	}
	open, err := d.relay.Emergencies(t.Context(), bridge.Keeper)
	if err != nil || len(open) != 1 {
		t.Fatalf("open: %v, %v", open, err)
	}
	d.chat("mum@example.org", "emma", "d", "jeg kommer")
	if open, _ = d.relay.Emergencies(t.Context(), bridge.Keeper); len(open) != 0 {
		t.Errorf("still open: %v", open)
	}
}

// What a guardian wrote before the child called for help, and the server kept, is no answer to it.
func TestWhatWasWrittenBeforeAnEmergencyTakesNothing(t *testing.T) {
	d := openHelping(t)
	before := d.now.Add(-time.Hour)
	d.sms("+4793333333", "SOS")
	d.now = d.now.Add(time.Minute)
	chat := bridge.Chat{From: "mum@example.org", Resource: "phone", To: "emma", ID: "a", Body: "husk melk", At: d.now, Written: before}
	if err := d.relay.TakeChat(t.Context(), chat); err != nil {
		t.Fatal(err)
	}
	if open, err := d.relay.Emergencies(t.Context(), bridge.Keeper); err != nil || len(open) != 1 {
		t.Errorf("open: %v, %v", open, err)
	}
	mustContain(t, "and is asked", said(said(d.stanzas(), "mum@example.org"), "fortsatt åpen"), "skriv JEG TAR DEN")
}

// One guardian cannot take the other's way to the child away, by no other door than the one that gives notice.
func TestNobodyShutsAnotherGuardianOut(t *testing.T) {
	d := open(t)
	d.amend(func(f *bridge.Family) { f.Guardians[1].Role = bridge.RoleOwner })
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	for name, line := range map[string]bridge.Allow{
		"the way":   {Contact: "Mamma", Key: 2, FromChild: true},
		"the hours": {Contact: "Mamma", Key: 2, FromChild: true, ToChild: true, When: "holidays"},
		"an end":    {Contact: "Mamma", Key: 2, FromChild: true, ToChild: true, Until: "2026-11-21T00:00:00Z"},
	} {
		var refused *bridge.Refusal
		if err := d.relay.SetRule(t.Context(), dad, "Emma", line); !errors.As(err, &refused) {
			t.Errorf("%s, changed: %v", name, err)
		}
		if err := d.relay.AddContact(t.Context(), dad, "Emma", bridge.NewContact{Name: "Mamma"}, line); !errors.As(err, &refused) {
			t.Errorf("%s, added: %v", name, err)
		}
	}
	if err := d.relay.SetRule(t.Context(), dad, "Emma", bridge.Allow{Contact: "Mamma", Key: 7, FromChild: true, ToChild: true}); err != nil {
		t.Errorf("another key: %v", err)
	}
	if err := d.relay.SetRule(t.Context(), mum, "Emma", bridge.Allow{Contact: "Mamma", Key: 7, FromChild: true}); err != nil {
		t.Errorf("her own: %v", err)
	}
}

// A second guardian whose phone is reported gone is still the one whose yes it takes.
func TestASuspensionReplacesNoConsent(t *testing.T) {
	d := open(t)
	if _, err := d.relay.PhoneIsGone(t.Context(), d.actor("Mamma"), "Pappa"); err != nil {
		t.Fatal(err)
	}
	waits, err := d.relay.SetRetention(t.Context(), d.actor("Mamma"), "Emma", bridge.KeepMetadata, 300)
	if err != nil || waits == nil {
		t.Errorf("raised alone: %v, %v", waits, err)
	}
}

// A helpline is never relayed and never logged, from a phone that is reported lost either, and asked for again and
// again it is answered some times.
func TestAHelplineIsNobodysBusiness(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "116111 jeg vil snakke med noen")
	mustContain(t, "told to ring", d.transmit(&hand{}), "Ring 116 111")
	if err := d.relay.LostPhone(t.Context(), d.actor("Mamma"), d.named("Emma")); err != nil {
		t.Fatal(err)
	}
	d.stanzas()
	d.transmit(&hand{})
	d.sms("+4793333333", "116111 jeg vil snakke med noen")
	want(t, "relayed to nobody", d.stanzas())
	for range 50 {
		d.sms("+4793333333", "116111")
	}
	if sent := d.transmit(&hand{}); len(sent) > 30 {
		t.Errorf("%d answers", len(sent))
	}
	for _, e := range d.log() {
		if e.Reason == policy.Helpline && (e.Child != "" || e.Length != 0) {
			t.Errorf("logged: %+v", e)
		}
	}
}

// The log says of a child's wish what was done with it, and does not wait for ever.
func TestAWishIsNotHeldInTheLog(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "SPØR +4798765432 Anne")
	for _, e := range d.log() {
		if e.Reason == policy.ChildAsks && e.Verdict != "deliver" {
			t.Errorf("a wish: %+v", e)
		}
	}
}

// What a mark adds to a text that waited is paid for like the rest.
func TestALateMarkIsCharged(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "a", strings.Repeat("a", 160-len("Mamma: ")))
	d.now = d.now.Add(30 * time.Minute)
	if sent := d.transmit(&hand{}); len(sent) != 2 {
		t.Fatalf("sent: %q", sent)
	}
	if n := d.count(`SELECT sum(parts) FROM spent`); n != 2 {
		t.Errorf("%d parts counted", n)
	}
}

// A child is told to ring somebody who can be rung: a guardian before a friend, and not a sibling.
func TestWhomToRing(t *testing.T) {
	d := open(t)
	d.amend(func(f *bridge.Family) {
		f.Children[0].Allow = []bridge.Allow{{Contact: "Jonas", Key: 2, FromChild: true, ToChild: true}, {Contact: "Bestemor", Key: 4, FromChild: true, ToChild: true}}
		f.Children[0].Default = ""
	})
	d.sms("+4793333333", "SOS")
	d.transmit(&hand{})
	d.later(2 * time.Minute)
	mustContain(t, "whom", said(d.transmit(&hand{}), "+4793333333"), "Ring Mamma +4791111111, eller 112.")
}

// A clock that nobody has set ends nothing that has a time.
func TestAWrongClockEndsNothing(t *testing.T) {
	set := true
	d := open(t)
	d.clocked(func() bool { return set })
	d.amend(func(f *bridge.Family) { f.Guardians[1].Role = bridge.RoleOwner })
	if _, err := d.relay.CutOff(t.Context(), d.actor("Pappa"), "Emma", "Mamma"); err != nil {
		t.Fatal(err)
	}
	d.sms(stranger, "hei")
	if _, err := d.relay.Once(t.Context(), d.actor("Mamma"), "A2", bridge.Admission{Child: "Emma", Name: "Anne"}); err != nil {
		t.Fatal(err)
	}
	was := d.now
	d.now, set = d.now.AddDate(1, 0, 0), false
	d.look()
	d.now, set = was, true
	family, err := d.store.Family(t.Context())
	if err != nil || len(family.Children[0].Guardians) != 2 || len(family.Contacts) != 4 {
		t.Errorf("%v: guardians %q, contacts %v", err, family.Children[0].Guardians, family.Contacts)
	}
}

// A phone that calls for help again and again, in a pocket or in strange hands, does not empty the purse.
func TestAStormOfCallsForHelpIsBounded(t *testing.T) {
	d := openHelping(t)
	for range 60 {
		d.sms("+4793333333", "SOS")
	}
	chats, sent := d.stanzas(), d.transmit(&hand{})
	if n := len(said(sent, "+4791111111")); n < 2 || n > 10 {
		t.Errorf("%d SMS to one mobile within a minute", n)
	}
	if n := len(said(sent, "+4793333333")); n < 2 || n > 10 {
		t.Errorf("%d answers within a minute", n)
	}
	if n := len(said(chats, "mum@example.org")); n < 2 {
		t.Errorf("%d chats", n)
	}
	d.later(2 * time.Minute)
	mustContain(t, "and the next round comes", said(d.transmit(&hand{}), "+4791111111"), "NØD!")
}

// clocked starts the relay anew, with a clock that may not be set.
func (d *desk) clocked(set func() bool) {
	d.t.Helper()
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now }, ClockSet: set,
		Modems: []string{"main"}, Language: "nb", Location: time.UTC, Country: "NO", FallbackAfter: 10 * time.Minute, Addresses: plain{},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// A number of three digits is the beginning of many things: what is taken for a call to a helpline is not swallowed
// without a word.
func TestATextThatOnlyLooksLikeAHelplineIsNotLostInSilence(t *testing.T) {
	d := open(t)
	d.abroad("US")
	d.sms("+4793333333", "988 Main Street")
	want(t, "the child", d.transmit(&hand{}), "+4793333333 Knapp: Ring 988. Det du skrev, er ikke sendt til noen.")
	d.sms("+4793333333", "988")
	want(t, "alone it is what it is", d.transmit(&hand{}), "+4793333333 Knapp: Ring 988")
	want(t, "nobody else", d.stanzas())
}

// abroad starts the relay anew in another country.
func (d *desk) abroad(country string) {
	d.t.Helper()
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main"}, Language: "nb", Location: time.UTC, Country: country, FallbackAfter: 10 * time.Minute, Addresses: plain{},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// What nobody can see is nothing to send: it costs no SMS, and a phone that sends it says so in words.
func TestInvisibleTextsCostNothing(t *testing.T) {
	d := open(t)
	for i, body := range []string{"\u200b", "\u3164", "\ufe0f", "\u2060 \u00ad", "\u2800\n\u2028", "\u202e\u202c", "\x07"} {
		d.chat("mum@example.org", "emma", fmt.Sprintf("m%d", i), body)
	}
	want(t, "no SMS", d.transmit(&hand{}))
	want(t, "and nothing is asked of the gateway", d.stanzas())
	d.sms("+4792222222", "Emma: \u200b")
	want(t, "from a phone", d.transmit(&hand{}), "+4793333333 Bestemor: (tom melding)")
	d.sms("+4793333333", "2 \u3164")
	want(t, "from a child", d.stanzas(), "chat emma→mum@example.org | (tom melding)")
}
