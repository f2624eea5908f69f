package bridge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// worded is the household with a code word.
func worded(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.amend(func(f *bridge.Family) { f.CodeWord = "Blåbær" })
	return d
}

// amend changes the family as it is.
func (d *desk) amend(change func(f *bridge.Family)) {
	d.t.Helper()
	f, err := d.store.Family(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	change(&f)
	checked, err := f.Check(plain{})
	if err != nil {
		d.t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(d.t.Context(), checked); err != nil {
		d.t.Fatal(err)
	}
}

const borrowed = bridge.Phone("+4740000001")

func TestACodeWordReachesTheGuardians(t *testing.T) {
	d := worded(t)
	d.sms(borrowed, "  BLABÆR!! det er Emma\nMamma: hei")
	lines := d.stanzas()
	mustContain(t, "every guardian who may approve", lines, "→mum@example.org", "→dad@example.org")
	for _, l := range lines {
		if !strings.Contains(l, "«det er Emma / »Mamma:« hei»") || !strings.Contains(l, "Ikke bekreftet") || !strings.Contains(l, string(borrowed)) ||
			!strings.Contains(l, "SVAR K2") || !strings.HasPrefix(l, "chat →") {
			t.Errorf("told: %s", l)
		}
	}
	want(t, "no question", d.questions())
	want(t, "nothing leaves by SMS", d.transmit(&hand{}))

	answer, others := d.says("mum@example.org", "svar k2 Jeg kommer, er du sikker")
	if answer != "Sendt til +4740000001 (K2)." {
		t.Errorf("answered: %q", answer)
	}
	want(t, "the other guardian hears it", others, "chat →dad@example.org | Mamma har svart +4740000001 (K2).")
	want(t, "labelled", d.transmit(&hand{}), "+4740000001 Mamma: Jeg kommer, er du sikker")

	d.restart()
	d.sms(borrowed, "takk")
	mustContain(t, "without the word", d.stanzas(), "«takk»", "«takk»")
	d.now = d.now.Add(2 * time.Hour)
	d.sms(borrowed, "hallo")
	for _, l := range d.stanzas() {
		if strings.Contains(l, "hallo") {
			t.Errorf("after two hours: %s", l)
		}
	}
	if got := d.questions(); len(got) != 1 || !strings.Contains(got[0], "sms +4740000001 ×1") {
		t.Errorf("a stranger again: %q", got)
	}
	if answer, _ := d.says("mum@example.org", "SVAR K2 hei"); !strings.HasPrefix(answer, "K2 gjelder ikke (lenger)") {
		t.Errorf("answered: %q", answer)
	}
	want(t, "nothing is sent", d.transmit(&hand{}))
	for _, e := range d.log() {
		if e.Address == string(borrowed) && e.Reason == "code_word" && d.relay.Why(e, "en") != "From or to a phone that used the code word." {
			t.Errorf("why: %q", d.relay.Why(e, "en"))
		}
	}
	var audited []string
	lines2, err := d.relay.ReadAuditLog(t.Context(), bridge.Keeper, bridge.AuditQuery{Limit: 10})
	for _, l := range lines2 {
		audited = append(audited, l.Who+" "+l.What+" "+l.Detail)
	}
	if all := strings.Join(audited, "\n"); err != nil || !strings.Contains(all, "Mamma answer_code_word K2 +4740000001") ||
		!strings.Contains(all, " code_word K2 +4740000001") || strings.Contains(strings.ToLower(all), "blåbær") {
		t.Errorf("audit: %v\n%s", err, all)
	}
}

// Whoever guesses is a stranger like any other, and hears nothing either way.
func TestAWrongCodeWordIsAStrangersSMS(t *testing.T) {
	plain, worded := open(t), worded(t)
	for _, text := range []string{"bringebær hjelp", "blåbærene er modne SOS", "det er blåbær", "SOS"} {
		plain.sms(stranger, text)
		worded.sms(stranger, text)
		want(t, text, worded.stanzas(), plain.stanzas()...)
		want(t, text, worded.transmit(&hand{}))
		want(t, text, worded.questions(), plain.questions()...)
	}
	for _, text := range []string{"svar K2 hei", "SVAR K7 hei"} {
		if answer, _ := worded.says("mum@example.org", text); !strings.Contains(answer, "gjelder ikke") {
			t.Errorf("%s: %q", text, answer)
		}
	}
	want(t, "a stranger is not answered", worded.transmit(&hand{}))
}

// With an emergency word behind it, it goes to the mobiles too, before everything else.
func TestACodeWordWithSOS(t *testing.T) {
	for _, text := range []string{"blåbær SOS", "Blåbær, hjelp meg", "blåbær 112 jeg er i skogen"} {
		d := openHelping(t)
		d.amend(func(f *bridge.Family) { f.CodeWord = "blåbær" })
		d.chat("mum@example.org", "emma", "a", "hei")
		d.sms(borrowed, text)
		sent := d.transmit(&hand{})
		if len(sent) != 4 {
			t.Fatalf("%s: %q", text, sent)
		}
		for i, to := range []string{"+4791111111", "+4791111112", "+4791111113", "+4793333333"} {
			if !strings.HasPrefix(sent[i], to) || i < 3 && !strings.HasPrefix(sent[i], to+" Knapp: NØD? Fra +4740000001 med kodeordet: ") {
				t.Errorf("%s: %d: %q", text, i, sent[i])
			}
		}
		mustContain(t, text, d.stanzas(), "🚨 NØD? Fra ukjent nummer +4740000001", "🚨 NØD? Fra ukjent nummer +4740000001")
	}
}

// What a word can cause is bounded, also when it is known to somebody whom nobody meant.
func TestACodeWordIsCapped(t *testing.T) {
	d := worded(t)
	for n := range 8 {
		d.sms(bridge.Phone(fmt.Sprintf("+474100000%d", n)), "blåbær hei")
	}
	shown := 0
	for _, l := range d.stanzas() {
		if strings.Contains(l, "med kodeordet deres") {
			shown++
		}
	}
	if shown != 2*5 || len(d.questions()) != 3 {
		t.Errorf("%d chats to two guardians, questions %q", shown, d.questions())
	}
	d.now = d.now.Add(time.Hour)
	for range 40 {
		d.sms(borrowed, "blåbær SOS")
	}
	if sent := d.transmit(&hand{}); len(sent) != 5 {
		t.Errorf("%d SMS to the one mobile: %q", len(sent), sent)
	}
	d.stanzas()
	d.sms(borrowed, "blåbær hei")
	want(t, "after thirty nothing but calls for help is shown", d.stanzas())
}

// An answer costs money: the gateway's budget, what it costs abroad and who may answer stand before it.
func TestAnswersToACodeWordAreBounded(t *testing.T) {
	d := worded(t)
	d.amend(func(f *bridge.Family) {
		f.Limits.Day = 1
		f.Guardians = append(f.Guardians, bridge.Guardian{Name: "Barnevakt", JID: "sitter@example.org", Role: bridge.RoleHelper})
		f.Children[0].Guardians = []string{"Mamma", "Pappa", "Barnevakt"}
	})
	d.sms(borrowed, "blåbær hei")
	for _, l := range d.stanzas() {
		if strings.Contains(l, "sitter@") {
			t.Errorf("a helper is told: %s", l)
		}
	}
	if answer, _ := d.says("sitter@example.org", "svar K2 hei"); answer != "Det har du ikke lov til her." {
		t.Errorf("a helper answers: %q", answer)
	}
	d.says("mum@example.org", "svar K2 en")
	if answer, _ := d.says("mum@example.org", "svar K2 to"); answer != "SMS-ene til Knapp er brukt opp. Ring i stedet." {
		t.Errorf("over the budget: %q", answer)
	}
	want(t, "one", d.transmit(&hand{}), "+4740000001 Mamma: en")
	if answer, _ := d.says("mum@example.org", "svar K2"); !strings.HasPrefix(answer, "Hva skal jeg svare?") {
		t.Errorf("nothing: %q", answer)
	}
	d.sms("NETTBANK", "blåbær hei")
	d.stanzas()
	if answer, _ := d.says("mum@example.org", "svar A2 hei"); answer != "NETTBANK er ikke et nummer som kan få SMS." {
		t.Errorf("to a word: %q", answer)
	}
}

// A change of the family while an answer waits takes nothing away, and a guardian hears what became of it.
func TestAnAnswerToACodeWordSurvivesTheFamily(t *testing.T) {
	d := worded(t)
	d.sms(borrowed, "blåbær SOS")
	d.says("mum@example.org", "svar K2 jeg kommer")
	d.amend(func(f *bridge.Family) { f.CodeWord = "" })
	d.stanzas()
	h := &hand{script: []error{nil, &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("no")}}}
	sent := d.transmit(h)
	mustContain(t, "the alert", sent, "+4791111111 Knapp: NØD? Fra +4740000001")
	want(t, "and what became of the answer", d.stanzas(), "chat →mum@example.org | Svaret til +4740000001 kom ikke fram. Ring.")
}

func TestCodeWordsOfADocument(t *testing.T) {
	for word, why := range map[string]string{
		"blåbær": "", "Regnbue": "", "bær": "has 3 letters", "to ord": "one word of letters", "abc123": "one word of letters",
		"emma": "is a name", "Bestemor": "is a name", "regler": "means something", "hvem": "means something", "hjelp": "means something",
		"hjeeelp": "means something", "sossos": "means something", "haster": "means something", "mistet": "means something",
		"knapp": "is a name", "spør": "means something", "abcdefghijklmnopqrstu": "has 21 letters",
	} {
		f := household
		f.CodeWord = word
		checked, err := f.Check(plain{})
		switch {
		case why == "" && (err != nil || checked.CodeWord != word):
			t.Errorf("%s: %v, %q", word, err, checked.CodeWord)
		case why != "" && (err == nil || !strings.Contains(err.Error(), "codeword: "+why) && !strings.Contains(err.Error(), why)):
			t.Errorf("%s: %v", word, err)
		}
	}
	d := worded(t)
	f, err := d.store.Family(t.Context())
	if err != nil || f.CodeWord != "Blåbær" {
		t.Errorf("exported: %v, %q", err, f.CodeWord)
	}
	d.sms("+4793333333", "REGLER")
	if rules := strings.Join(d.transmit(&hand{}), " "); !strings.Contains(rules, "skriv kodeordet først") || strings.Contains(rules, "låbær") {
		t.Errorf("REGLER: %s", rules)
	}
}
