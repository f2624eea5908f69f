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
	"knapp/modem/tpdu"
)

func TestChildWritesToWhomItMeans(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "hei")
	d.sms("+4793333333", "3 hei du")
	d.sms("+4793333333", "mer til deg")          // the conversation with Pappa goes on
	d.sms("+4793333333", "Tante: god bedring")   // a name and a colon, always
	d.sms("+4793333333", "mamma henter meg")     // a word: the conversation with Tante is open
	d.now = d.now.Add(bridge.ConversationWindow) // and is over
	d.sms("+4793333333", "pappa er du hjemme")   // now a name
	d.sms("+4793333333", "0 jeg er framme")      // every guardian
	want(t, "stanzas", d.stanzas(),
		"chat emma→mum@example.org | hei",
		"chat emma→dad@example.org | hei du",
		"chat emma→dad@example.org | mer til deg",
		"chat emma→aunt@example.org | god bedring",
		"chat emma→aunt@example.org | mamma henter meg",
		"chat emma→dad@example.org | er du hjemme",
		"chat emma→mum@example.org | jeg er framme",
		"chat emma→dad@example.org | jeg er framme",
	)
}

func TestChildIsToldWhomItMayNotWriteTo(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "5 når er trening")
	want(t, "stanzas", d.stanzas())
	want(t, "to the child", d.transmit(&hand{}), "+4793333333 Knapp: Du kan ikke skrive til Trener.")
	entry := d.log()[0]
	if entry.Verdict != "refuse" || entry.Reason != policy.WrongWay || entry.Rule == 0 {
		t.Errorf("the log does not say why: %+v", entry)
	}
}

func TestOwnAnswersEnd(t *testing.T) {
	d := open(t)
	for range 50 {
		d.sms("+4793333333", "5 hei")
	}
	sent := d.transmit(&hand{}) // ten answers, and that there are no more until a guardian says so
	if len(sent) != 11 || !strings.Contains(sent[10], "svarer mer før en voksen åpner igjen") {
		t.Errorf("an automaton was answered %d times: %q", len(sent), sent)
	}
}

func TestPhoneContacts(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "4 hei bestemor")
	want(t, "to grandmother", d.transmit(&hand{}), "+4792222222 Emma: hei bestemor")
	d.sms("+4792222222", "hei vennen")
	d.sms("+4792222222", "Jonas: gratulerer")
	want(t, "to the children", d.transmit(&hand{}),
		"+4793333333 Bestemor: hei vennen", "+4794444444 Bestemor: gratulerer")
	d.now = d.now.Add(3 * time.Hour)
	d.sms("+4792222222", "hallo")
	want(t, "asked", d.transmit(&hand{}),
		"+4792222222 Knapp: Hvem er det til? Begynn med navnet og kolon: Emma, Jonas")
}

func TestPartsAreJoinedAcrossRestartsAndOutOfOrder(t *testing.T) {
	d := open(t)
	text := strings.Repeat("Jeg fryser på øya. 😀 ", 8)
	segments, err := air{}.Segment("+4799990000", text, 7, 0)
	if err != nil || len(segments) != 3 {
		t.Fatal(len(segments), err)
	}
	for _, i := range []int{2, 0, 2, 1} {
		in := deliver(t, segments[i], "+4793333333", d.now)
		if err := d.relay.TakeSMS(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			d.restart()
		}
	}
	want(t, "one text", d.stanzas(), "chat emma→mum@example.org | "+strings.TrimSpace(text))
}

// A part that never comes does not take the others with it.
func TestIncompleteIsRelayedAfterAWhile(t *testing.T) {
	d := open(t)
	segments, err := air{}.Segment("+4799990000", strings.Repeat("hjelp ", 40)+"slutt", 9, 0)
	if err != nil || len(segments) != 2 {
		t.Fatal(len(segments), err)
	}
	if err := d.relay.TakeSMS(t.Context(), deliver(t, segments[1], "+4793333333", d.now)); err != nil {
		t.Fatal(err)
	}
	// The parts of an earlier run wait for the modem to be asked first.
	up := time.Duration(0)
	fresh := func() {
		d.relay, err = bridge.New(bridge.Options{
			Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
			Uptime: func() time.Duration { return up }, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	settle := func() []string {
		if err := d.relay.SettleParts(t.Context()); err != nil {
			t.Fatal(err)
		}
		return d.stanzas()
	}
	want(t, "it may still come", settle())
	d.restart()
	fresh()
	d.now = d.now.Add(time.Hour)
	want(t, "only just started", settle())
	up += 11 * time.Minute
	got := settle()
	if len(got) != 1 || !strings.Contains(got[0], "…") || !strings.Contains(got[0], "slutt (noe av meldingen kom ikke fram)") {
		t.Errorf("what there is: %q", got)
	}
	want(t, "once", settle())
}

func TestUndecodableIsKeptAndRelaysNothing(t *testing.T) {
	d := open(t)
	err := d.relay.TakeSMS(t.Context(), bridge.SMS{Modem: "main", PDU: "0791", At: d.now, Err: errors.New("too short")})
	if err != nil {
		t.Fatal(err)
	}
	if e := d.log()[0]; e.Reason != policy.Unreadable {
		t.Errorf("%+v", e)
	}
	want(t, "nothing", append(d.stanzas(), d.transmit(&hand{})...))
}

// deliver turns a SUBMIT into the DELIVER that the gateway's modem prints.
func deliver(t *testing.T, submit []byte, from string, at time.Time) bridge.SMS {
	t.Helper()
	m, err := tpdu.DecodeTPDU(submit)
	if err != nil {
		t.Fatal(err)
	}
	pdu := deliverPDU(submit, from, at)
	got, err := tpdu.Decode(pdu)
	if err != nil || got.Deliver == nil {
		t.Fatal(err)
	}
	in := bridge.SMS{Modem: "main", PDU: pdu, At: at, Written: at, From: bridge.Phone(got.Deliver.From.String()), Text: got.Deliver.Text}
	if c := m.Submit.Concat; c != nil {
		in.Part = &bridge.Part{Ref: int(c.Ref), Wide: c.Wide, Total: int(c.Total), Seq: int(c.Seq)}
	}
	return in
}

// deliverPDU writes the header of 23.040 §9.2.2.1 before the user data of a SUBMIT to an 8-digit-and-country
// number without validity.
func deliverPDU(submit []byte, from string, at time.Time) string {
	digits := strings.TrimPrefix(from, "+")
	swap := func(s string) string {
		if len(s)%2 == 1 {
			s += "F"
		}
		var b strings.Builder
		for i := 0; i < len(s); i += 2 {
			b.WriteByte(s[i+1])
			b.WriteByte(s[i])
		}
		return b.String()
	}
	addressOctets := 2 + (int(submit[2])+1)/2
	rest := submit[2+addressOctets:] // PID, DCS, UDL, UD
	first := "04"
	if submit[0]&0x40 != 0 {
		first = "44"
	}
	return "00" + first + fmt.Sprintf("%02X91%s", len(digits), swap(digits)) +
		fmt.Sprintf("%X", rest[:2]) + swap(at.Format("060102150405")) + "00" + fmt.Sprintf("%X", rest[2:])
}

func TestUnreadableFromAChildIsToldToItsGuardians(t *testing.T) {
	d := open(t)
	err := d.relay.TakeSMS(t.Context(), bridge.SMS{
		Modem: "main", PDU: "0791", At: d.now, From: "+4793333333", Err: errors.New("too short"),
	})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "told", d.stanzas(),
		"chat emma→mum@example.org | (en melding som ikke kunne leses; ring tilbake)",
		"chat emma→dad@example.org | (en melding som ikke kunne leses; ring tilbake)")
}

func TestEventsAreTold(t *testing.T) {
	d := open(t)
	if err := d.relay.TakeTrouble(t.Context(), "main", bridge.SIMProblem); err != nil {
		t.Fatal(err)
	}
	for _, from := range []bridge.Phone{"+4793333333", "+4799999999"} {
		if err := d.relay.TakeCall(t.Context(), "main", from, d.now); err != nil {
			t.Fatal(err)
		}
	}
	const trouble = "SIM-kortet i modemet «main» virker ikke. Ingen SMS går inn eller ut. «knapp status» på boksen sier hva som mangler."
	want(t, "told", d.stanzas(),
		"chat →mum@example.org | "+trouble, "chat →dad@example.org | "+trouble,
		"chat emma→mum@example.org | (Emma ringte)")
}
