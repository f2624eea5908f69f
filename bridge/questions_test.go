package bridge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// actor is a guardian of the household, acting by XMPP.
func (d *desk) actor(name string) bridge.Actor {
	d.t.Helper()
	family, err := d.store.Directory(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	p, ok := family.Named(name)
	if !ok {
		d.t.Fatalf("there is no %s", name)
	}
	return bridge.Actor{Person: p.ID, Via: bridge.ViaXMPP}
}

// open returns the open questions, as the keeper sees them.
func (d *desk) questions() (lines []string) {
	d.t.Helper()
	list, err := d.relay.Questions(d.t.Context(), bridge.Keeper)
	if err != nil {
		d.t.Fatal(err)
	}
	for _, q := range list {
		lines = append(lines, fmt.Sprintf("%s %s %s ×%d", q.Code, q.Kind, q.Address, q.Count))
	}
	return lines
}

// look lets the relay do what is due about strangers and questions.
func (d *desk) look() {
	d.t.Helper()
	if err := d.relay.LookAfterApprovals(d.t.Context()); err != nil {
		d.t.Fatal(err)
	}
}

const stranger = bridge.Phone("+4798765432")

func TestStrangersSMSWaitsForAGuardian(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei det er anne")
	d.sms(stranger, "er du der?")
	asked := d.stanzas()
	if len(asked) != 2 {
		t.Fatalf("asked: %q", asked)
	}
	for _, line := range asked {
		if strings.Contains(line, "anne") || !strings.Contains(line, "+4798765432") || !strings.Contains(line, "15 tegn") ||
			!strings.Contains(line, "JA K2 Emma NAVN") || !strings.Contains(line, "ring først") {
			t.Errorf("asked: %s", line)
		}
	}
	want(t, "one question", d.questions(), "K2 sms +4798765432 ×2")
	want(t, "nothing reaches a child", d.transmit(&hand{}))
	q, err := d.relay.Approve(t.Context(), d.actor("Mamma"), "k2", bridge.Admission{Child: "emma", Name: "Anne"})
	if err != nil || q.State != bridge.QuestionAllowed {
		t.Fatal(q, err)
	}
	want(t, "what waited is released in order", d.transmit(&hand{}), "+4793333333 Anne (ny): hei det er anne", "+4793333333 Anne (ny): er du der?")
	want(t, "the other guardian sees who", d.stanzas(),
		"chat →dad@example.org | Mamma har sluppet inn Anne (+4798765432) hos Emma. Er det feil? ANGRE K2 innen et døgn.")
	want(t, "nothing is open", d.questions())
	d.sms("+4793333333", "Anne: hei")
	want(t, "the child answers", d.transmit(&hand{}), "+4798765432 Emma: hei")
}

func TestFirstAnswerWins(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	d.stanzas()
	results := make(chan error, 2)
	for name, answer := range map[string]func(who bridge.Actor) error{
		"Mamma": func(who bridge.Actor) error {
			_, err := d.relay.Approve(t.Context(), who, "K2", bridge.Admission{Child: "Emma", Name: "Anne"})
			return err
		},
		"Pappa": func(who bridge.Actor) error {
			_, err := d.relay.Approve(t.Context(), who, "K2", bridge.Admission{Child: "Jonas", Name: "Anne"})
			return err
		},
	} {
		who := d.actor(name)
		go func() { results <- answer(who) }()
	}
	var refused []error
	for range 2 {
		if err := <-results; err != nil {
			refused = append(refused, err)
		}
	}
	var refusal *bridge.Refusal
	if len(refused) != 1 || !errors.As(refused[0], &refusal) || !strings.Contains(refusal.Say("nb"), "K2 er besvart allerede, av ") {
		t.Fatalf("refused: %v", refused)
	}
	if sent := d.transmit(&hand{}); len(sent) != 1 {
		t.Errorf("released to one child: %q", sent)
	}
}

func TestUndoAndDispute(t *testing.T) {
	d := open(t)
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	d.sms(stranger, "hei")
	do := func(q bridge.Question, err error) bridge.Question {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	do(d.relay.Once(t.Context(), mum, "K2", bridge.Admission{Child: "Emma", Name: "Anne"}))
	want(t, "let in", d.transmit(&hand{}), "+4793333333 Anne (ny): hei")
	do(d.relay.Undo(t.Context(), mum, "K2"))
	want(t, "open again", d.questions(), "K2 sms +4798765432 ×1")
	d.sms(stranger, "hallo?")
	want(t, "and held again", d.transmit(&hand{}))
	do(d.relay.Approve(t.Context(), mum, "K2", bridge.Admission{Child: "Emma", Name: "Anne"}))
	want(t, "let in for good", d.transmit(&hand{}), "+4793333333 Anne (ny): hallo?")
	d.stanzas()
	if q := do(d.relay.Undo(t.Context(), dad, "K2")); q.State != bridge.QuestionBlocked {
		t.Errorf("a disputed yes: %s", q.State)
	}
	want(t, "who disagrees is told", d.stanzas(), "chat →mum@example.org | Pappa er uenig: +4798765432 er blokkert igjen (K2). Bli enige først.")
	d.sms(stranger, "hvorfor svarer du ikke")
	want(t, "blocked", d.transmit(&hand{}))
	want(t, "and nobody is asked", d.questions())
	do(d.relay.Undo(t.Context(), dad, "K2"))
	want(t, "the block is undone", d.questions(), "K2 sms +4798765432 ×2")
	d.now = d.now.Add(25 * time.Hour)
	do(d.relay.Approve(t.Context(), mum, "K2", bridge.Admission{Child: "Emma", Name: "Anne"}))
	d.now = d.now.Add(25 * time.Hour)
	if _, err := d.relay.Undo(t.Context(), mum, "K2"); err == nil {
		t.Error("undone after more than a day")
	}
}

func TestOnceEndsAfterADay(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	if _, err := d.relay.Once(t.Context(), d.actor("Mamma"), "K2", bridge.Admission{Child: "Emma"}); err != nil {
		t.Fatal(err)
	}
	want(t, "let in under a name made of the number", d.transmit(&hand{}), "+4793333333 Nr 5432 (ny): hei")
	d.now = d.now.Add(23 * time.Hour)
	d.restart()
	d.sms("+4793333333", "Nr 5432: hei")
	d.sms(stranger, "fint")
	want(t, "both ways", d.transmit(&hand{}), "+4798765432 Emma: hei", "+4793333333 Nr 5432 (ny): fint")
	d.now = d.now.Add(2 * time.Hour)
	d.sms(stranger, "og nå?")
	for _, line := range d.transmit(&hand{}) {
		if strings.HasPrefix(line, "+4793333333") {
			t.Errorf("after a day: %s", line)
		}
	}
	d.look()
	family, _ := d.store.Directory(t.Context())
	if p, there := family.ByPhone(stranger); there {
		t.Errorf("the guest is still in the family: %+v", p)
	}
	d.sms(stranger, "hallo")
	want(t, "a stranger again", d.questions(), "A2 sms +4798765432 ×1")
}

func TestStrangersChatTellsNothing(t *testing.T) {
	d := open(t)
	d.chat("x@evil.example", "emma", "a", "hei")
	d.chat("x@evil.example", "invented", "b", "hei")
	want(t, "the same for both", d.stanzas(), "error emma→x@evil.example/phone | forbidden | a", "error invented→x@evil.example/phone | forbidden | b")
	d.chat("x@evil.example", "emma", "a", "hei")
	d.chat("x@evil.example", "invented", "b", "hei")
	d.look()
	asked := d.stanzas()
	want(t, "and again", asked[:2], "error emma→x@evil.example/phone | forbidden | a", "error invented→x@evil.example/phone | forbidden | b")
	if len(asked) != 4 || !strings.Contains(asked[2], "Ukjent adresse x@evil.example har skrevet til Emma (3 tegn)") {
		t.Fatalf("asked: %q", asked)
	}
	want(t, "one question, about the real child", d.questions(), "K2 chat x@evil.example ×2")
	d.restart()
	d.chat("x@evil.example", "emma", "a", "hei")
	want(t, "still the same", d.stanzas(), "error emma→x@evil.example/phone | forbidden | a")
	if _, err := d.relay.Approve(t.Context(), d.actor("Pappa"), "K2", bridge.Admission{Name: "Onkel"}); err != nil {
		t.Fatal(err)
	}
	want(t, "the text arrives once", d.transmit(&hand{}), "+4793333333 Onkel (ny): hei")
}

// A flood of one number is one question; of many, a few and a count.
func TestFlood(t *testing.T) {
	d := open(t)
	for i := range 60 {
		d.sms(stranger, fmt.Sprintf("melding %d", i))
	}
	want(t, "one question", d.questions(), "K2 sms +4798765432 ×60")
	if asked := d.stanzas(); len(asked) != 2 {
		t.Errorf("asked %d times", len(asked))
	}
	for i := range 300 {
		d.sms(bridge.Phone(fmt.Sprintf("+4740%06d", i)), "hei")
	}
	if open := d.questions(); len(open) != 200 {
		t.Errorf("%d questions are open", len(open))
	}
	asked := len(d.stanzas())
	if asked > 2*10 {
		t.Errorf("each guardian was asked %d times", asked/2)
	}
	d.look()
	want(t, "a digest", d.stanzas(), "chat →mum@example.org | 190 andre ukjente har skrevet. Skriv SPØRSMÅL for å se dem.",
		"chat →dad@example.org | 190 andre ukjente har skrevet. Skriv SPØRSMÅL for å se dem.")
	d.look()
	want(t, "once", d.stanzas())
	if _, err := d.relay.Approve(t.Context(), d.actor("Mamma"), "K2", bridge.Admission{Child: "Emma", Name: "Anne"}); err != nil {
		t.Fatal(err)
	}
	if sent := d.transmit(&hand{}); len(sent) != 10 {
		t.Errorf("%d messages were kept", len(sent))
	}
}

// No stranger's text leaves without an answer: whatever strangers write, and whatever happens but a yes.
func TestNoStrangersTextLeavesWithoutAYes(t *testing.T) {
	d := open(t)
	secret := "hemmelig"
	for i := range 12 {
		d.sms(bridge.Phone(fmt.Sprintf("+4740%06d", i)), secret)
		d.chat(bridge.JID(fmt.Sprintf("s%d@evil.example", i)), []string{"emma", "jonas", "nobody"}[i%3], fmt.Sprint(i), secret)
		switch i % 4 {
		case 0:
			d.look()
		case 1:
			d.restart()
		case 2:
			_, _ = d.relay.Refuse(t.Context(), d.actor("Mamma"), strings.Fields(append(d.questions(), "K2")[0])[0])
		case 3:
			_, _ = d.relay.Undo(t.Context(), d.actor("Pappa"), "K2")
		}
		d.now = d.now.Add(9 * time.Hour)
	}
	d.look()
	d.now = d.now.Add(8 * 24 * time.Hour)
	d.look()
	for _, line := range append(d.stanzas(), d.transmit(&hand{})...) {
		if strings.Contains(line, secret) {
			t.Errorf("it left: %s", line)
		}
	}
	want(t, "all has expired", d.questions())
	err := d.store.Do(t.Context(), func(tx bridge.Tx) error {
		for id := range int64(50) {
			if held, err := tx.HeldFor(id); err != nil || len(held) > 0 {
				return fmt.Errorf("still held: %v %w", held, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	for _, e := range d.log() {
		if e.Verdict == policy.Ask.String() {
			t.Errorf("the log says that it waits: %+v", e)
		}
	}
}

func TestShowTextIsAuditedAndTold(t *testing.T) {
	d := open(t)
	d.chat("x@evil.example", "emma", "a", "kan vi møtes")
	d.look()
	d.stanzas()
	texts, err := d.relay.ShowText(t.Context(), d.actor("Pappa"), "K2")
	want(t, "the text", texts, "kan vi møtes")
	if err != nil {
		t.Fatal(err)
	}
	want(t, "the child is told", d.transmit(&hand{}), "+4793333333 Knapp: Pappa har lest en melding til deg fra en ukjent.")
	want(t, "the other guardian is told", d.stanzas(), "chat →mum@example.org | Pappa har lest teksten fra x@evil.example (K2).")
	lines, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 1})
	if err != nil || lines[0].What != bridge.ReadText || lines[0].Who != "Pappa" || lines[0].Child != "Emma" || strings.Contains(lines[0].Detail, "møtes") {
		t.Errorf("audited: %+v %v", lines, err)
	}
}

func TestNewNumberCutsTheOldOne(t *testing.T) {
	d := open(t)
	d.sms(stranger, "Emma: dette er bestemors nye nummer")
	d.stanzas()
	if _, err := d.relay.NewNumber(t.Context(), d.actor("Mamma"), "K2", "bestemor", false); err != nil {
		t.Fatal(err)
	}
	want(t, "what names a child goes there", d.transmit(&hand{}), "+4793333333 Bestemor: »Emma:« dette er bestemors nye nummer")
	d.sms("+4793333333", "Bestemor: hei")
	want(t, "to the new number", d.transmit(&hand{}), "+4798765432 Emma: hei")
	d.sms("+4792222222", "Emma: jeg er på det gamle")
	want(t, "the old one is a stranger's", d.questions(), "A2 sms +4792222222 ×1")
	if _, err := d.relay.Undo(t.Context(), d.actor("Pappa"), "K2"); err != nil {
		t.Fatal(err)
	}
	want(t, "hers again, and let go", d.transmit(&hand{}), "+4793333333 Bestemor: »Emma:« jeg er på det gamle")
	want(t, "nobody is asked about it", d.questions(), "K2 sms +4798765432 ×1")
	d.sms("+4793333333", "Bestemor: hei igjen")
	want(t, "and back", d.transmit(&hand{}), "+4792222222 Emma: hei igjen")
}
