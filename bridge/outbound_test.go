package bridge_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

func TestContactWritesToChild(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "kommer nå")
	d.chat("coach@example.org", "emma", "c1", "trening kl 17\nMamma: husk sko")
	h := &hand{}
	want(t, "to the child", d.transmit(h),
		"+4793333333 Mamma: kommer nå", "+4793333333 Trener: trening kl 17 / »Mamma:« husk sko")
	want(t, "no receipt before the handset has it", d.stanzas())
	d.report(1, "+4793333333", bridge.StillTrying)
	want(t, "still trying is nothing to tell", d.stanzas())
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "receipt", d.stanzas(), "receipt emma→mum@example.org/phone | m1")
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "a doubled report says nothing new", d.stanzas())
	d.report(2, "+4793333333", bridge.Lost)
	want(t, "error", d.stanzas(),
		"error emma→coach@example.org/phone | recipient-unavailable | "+
			"Emma fikk ikke meldingen: telefonen har vært av eller uten dekning for lenge. | c1",
		"chat emma→coach@example.org | Emma fikk ikke meldingen: telefonen har vært av eller uten dekning for lenge.")
}

// A receipt means every part; one lost part is a lost message.
func TestLongTextIsDeliveredWhenEveryPartIs(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", strings.Repeat("æ", 400))
	h := &hand{}
	if n := len(d.transmit(h)); n != 3 {
		t.Fatalf("%d parts", n)
	}
	d.report(3, "+4793333333", bridge.Arrived)
	d.report(1, "+4793333333", bridge.Arrived)
	want(t, "two of three", d.stanzas())
	d.report(2, "+4793333333", bridge.Arrived)
	want(t, "all", d.stanzas(), "receipt emma→mum@example.org/phone | m1")
}

func TestVeryLongTexts(t *testing.T) {
	d := open(t)
	long := strings.Repeat("lang tekst ", 70) // 770 characters, 6 parts
	d.chat("mum@example.org", "emma", "m1", long)
	sent := d.transmit(&hand{})
	if len(sent) != 6 || !strings.Contains(sent[0], "1/2 Mamma: lang") || !strings.Contains(sent[3], "2/2 ") {
		t.Errorf("six parts go as two texts of three: %q", sent)
	}
	want(t, "said once", d.stanzas(),
		"chat emma→mum@example.org | Emma har en knappetelefon: meldingen gikk som to tekster (6 SMS-deler).")
	d.chat("mum@example.org", "emma", "m2", strings.Repeat(long, 2))
	want(t, "too long", d.stanzas(), "error emma→mum@example.org/phone | not-acceptable | "+
		"For langt for en knappetelefon: meldingen blir 11 SMS-deler, og 6 er det meste. Del den i to. | m2")
	if n := len(d.transmit(&hand{})); n != 0 {
		t.Errorf("%d segments of a refused text were sent", n)
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	d := open(t)
	d.chat("eve@example.net", "emma", "x", "hei")
	d.chat("eve@example.net", "nobody", "x2", "hei")
	d.chat("eve@example.net", "", "x3", "hei")
	d.chat("coach@example.org", "jonas", "x4", "hei") // a contact of another child is a stranger here
	want(t, "answers", d.stanzas(),
		"error emma→eve@example.net/phone | forbidden | x",
		"error nobody→eve@example.net/phone | forbidden | x2",
		"error →eve@example.net/phone | forbidden | x3",
		"error jonas→coach@example.org/phone | forbidden | x4",
	)
	d.chat("mum@example.org", "nobody", "x5", "hei")
	d.chat("aunt@example.org", "emma", "x6", "hei") // on the list, but not in this direction
	want(t, "those who know", d.stanzas(),
		"error nobody→mum@example.org/phone | item-not-found | x5",
		"error emma→aunt@example.org/phone | forbidden | Du kan ikke skrive til Emma herfra. | x6",
	)
	d.sms("+4799999999", "hei, er du alene?")
	want(t, "nothing of it reaches a phone", d.transmit(&hand{}))
	for _, line := range d.stanzas() {
		if strings.Contains(line, "alene") || !strings.HasPrefix(line, "chat →") {
			t.Errorf("more than the guardians' question: %s", line)
		}
	}
	if e := d.log()[0]; e.Address != "+4799999999" || e.Reason != policy.Stranger || e.Verdict != "ask" {
		t.Errorf("the log does not show it: %+v", e)
	}
}

// After a final failure a person's second try is a new message, even from a client that repeats its id.
func TestASecondTryAfterAFailureIsNew(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	never := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 21")}
	d.transmit(&hand{script: []error{never}})
	want(t, "error", d.stanzas(), "error emma→mum@example.org/phone | recipient-unavailable | "+
		"Emma fikk ikke meldingen: SMS-en kunne ikke sendes. | m1",
		"chat emma→mum@example.org | Emma fikk ikke meldingen: SMS-en kunne ikke sendes.")
	d.chat("mum@example.org", "emma", "m1", "ja")
	want(t, "sent", d.transmit(&hand{}), "+4793333333 Mamma: ja")
}

func TestRefusedForNowIsSentLater(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	busy := &bridge.TransmitError{Retry: bridge.RetrySoon, Err: errors.New("+CMS ERROR: 42")}
	h := &hand{script: []error{busy}}
	want(t, "not yet", d.transmit(h))
	d.now = d.now.Add(time.Second)
	want(t, "then", d.transmit(h), "+4793333333 Mamma: ja")
	want(t, "nothing to report", d.stanzas())
}

// What nobody knows is said as such, once, and never sent again by itself.
func TestUnknownIsToldAndNotRepeated(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "ja")
	lost := &bridge.TransmitError{Unknown: true, Err: errors.New("no answer")}
	want(t, "sent", d.transmit(&hand{script: []error{lost}}))
	want(t, "told", d.stanzas(), "chat emma→mum@example.org | "+
		"Det er ikke sikkert at Emma fikk meldingen din fra kl. 14.00. Den sendes ikke igjen av seg selv.")
	d.restart()
	want(t, "not sent again", d.transmit(&hand{}))
	want(t, "not told again", d.stanzas())
}

func TestExpiredTextsAreToldNotSent(t *testing.T) {
	d := open(t)
	d.chat("mum@example.org", "emma", "m1", "middag")
	d.now = d.now.Add(bridge.Validity + time.Second)
	want(t, "too old to send", d.transmit(&hand{}))
	if got := d.stanzas(); len(got) != 2 || !strings.HasPrefix(got[0], "error emma→mum@example.org/phone | recipient-unavailable") {
		t.Errorf("told: %q", got)
	}
}

// A Pi starts with an old time, takes messages, and then is told the time: nothing has grown old by that.
func TestAClockThatJumpsExpiresNothing(t *testing.T) {
	d := open(t)
	up := time.Duration(0)
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Uptime: func() time.Duration { return up }, Modems: []string{"main"}, Language: "nb", Location: time.UTC,
	})
	if err != nil {
		t.Fatal(err)
	}
	d.chat("mum@example.org", "emma", "m1", "middag")
	up += time.Minute
	d.now = d.now.Add(300 * 24 * time.Hour)
	want(t, "a minute old", d.transmit(&hand{}), "+4793333333 Mamma: middag")
	d.chat("mum@example.org", "emma", "m2", "kom hjem")
	up += bridge.Validity + time.Second
	d.now = d.now.Add(bridge.Validity + time.Second)
	want(t, "too old", d.transmit(&hand{}))
}

func TestBounces(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "hei")
	queued, _, err := d.store.QueuedStanzas(t.Context(), d.now, 10)
	if err != nil || len(queued) != 1 {
		t.Fatal(len(queued), err)
	}
	id := queued[0].ID
	d.stanzas()
	bounce := func(from, kind string) {
		t.Helper()
		b := bridge.Bounce{From: from, To: "emma", ID: id, Condition: "remote-server-timeout", Type: kind}
		if err := d.relay.TakeBounce(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	bounce("eve@example.net", "cancel") // who did not get it cannot bounce it
	want(t, "nobody is told of a forged error", d.transmit(&hand{}))
	bounce("example.org", "wait")
	d.now = d.now.Add(31 * time.Second)
	queued, _, err = d.store.QueuedStanzas(t.Context(), d.now, 10)
	if err != nil || len(queued) != 1 || queued[0].ID != id || queued[0].Body != "hei" {
		t.Fatalf("again under the same id: %+v, %v", queued, err)
	}
	d.stanzas()
	bounce("mum@example.org", "cancel")
	want(t, "the child is told", d.transmit(&hand{}),
		"+4793333333 Knapp: Mamma fikk ikke meldingen din. Prøv igjen, eller ring.")
	bounce("mum@example.org", "cancel")
	want(t, "once", d.transmit(&hand{}))
}

// The gateway's own words may fail too: nobody is told, least of all the phone that could not be reached.
func TestAFailingAnswerIsNotAnswered(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "5 hei")
	never := &bridge.TransmitError{Retry: bridge.RetryNever, Err: errors.New("+CMS ERROR: 21")}
	want(t, "sent", d.transmit(&hand{script: []error{never}}))
	want(t, "nothing follows", append(d.stanzas(), d.transmit(&hand{})...))
}
