package bridge_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/modem/tpdu"
)

func (air) SegmentCard(to bridge.Phone, c bridge.Card, ref int, validity time.Duration) ([][]byte, error) {
	address, err := tpdu.ParseAddress(string(to))
	if err != nil {
		return nil, err
	}
	return tpdu.SegmentCard(address, tpdu.Card{Name: c.Name, Number: string(c.Number)}, tpdu.Options{
		Reference: uint16(ref), StatusReport: true, Validity: validity,
	})
}

func (air) CardParts(c bridge.Card) int {
	return tpdu.CardParts(tpdu.Card{Name: c.Name, Number: string(c.Number)})
}

// numbered is a post office that knows its own number.
func numbered(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.number1()
	return d
}

func (d *desk) number1() {
	d.t.Helper()
	var err error
	d.relay, err = bridge.New(bridge.Options{
		Store: d.store, Texts: air{}, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return d.now },
		Modems: []string{"main"}, Numbers: map[string]bridge.Phone{"main": "+4799990000"}, Language: "nb", Location: time.UTC, Country: "NO",
		Addresses: plain{},
	})
	if err != nil {
		d.t.Fatal(err)
	}
}

// cards are the entries of a child's phone book, "Mamma RING +47… 1 delivered".
func (d *desk) cards(child string) []string {
	d.t.Helper()
	k, err := d.relay.Keys(d.t.Context(), bridge.Keeper, d.named(child))
	if err != nil {
		d.t.Fatal(err)
	}
	var list []string
	for _, c := range k.Cards {
		line := fmt.Sprintf("%s %s %d %s", c.Name, c.Number, c.Parts, c.State)
		if c.Differs {
			line += " differs"
		}
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

// cardPort is a modem that takes everything, and the port of the child's phone behind it.
type cardPort struct {
	hand
	octets []byte
	cards  []string
}

func (p *cardPort) Transmit(ctx context.Context, seg bridge.Segment, commit func() error) (int, error) {
	ref, err := p.hand.Transmit(ctx, seg, commit)
	if err != nil {
		return ref, err
	}
	m, err := tpdu.DecodeTPDU(seg.TPDU)
	if err != nil || m.Submit == nil || m.Submit.Ports == nil || m.Submit.Ports.Dst != 9204 || !m.Submit.StatusReport {
		return ref, fmt.Errorf("%X is no card that is reported on: %w", seg.TPDU, err)
	}
	p.octets = append(p.octets, m.Submit.UD...)
	if c := m.Submit.Concat; c == nil || c.Seq == c.Total {
		card, err := tpdu.ParseCard(p.octets)
		if err != nil {
			return ref, err
		}
		p.octets, p.cards = nil, append(p.cards, m.Submit.To.String()+" "+card.Name+" "+card.Number)
	}
	return ref, nil
}

// sends empties the queue through a modem.
func (d *desk) sends(p *cardPort) []string {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	done := make(chan struct{})
	go func() { defer close(done); _ = d.relay.RunModem(ctx, "main", p) }()
	for sms := 1; sms > 0; {
		var err error
		if sms, _, err = d.store.Waiting(ctx); err != nil {
			d.t.Fatal(err)
		}
		runtime.Gosched()
	}
	cancel()
	<-done
	return p.cards
}

func TestCardsAreSentAndReportedOneByOne(t *testing.T) {
	d := numbered(t)
	emma, mum, gran := d.named("Emma"), d.named("Mamma"), d.named("Bestemor")
	want(t, "nothing was sent yet", d.cards("Emma"), "Knapp SMS +4799990000 1", "Mamma RING +4791111111 1", "Bestemor RING +4792222222 1")
	if err := d.relay.SendCards(t.Context(), d.actor("Pappa"), emma, []policy.Person{gran, 0, mum, mum}, 3); err != nil {
		t.Fatal(err)
	}
	want(t, "queued", d.cards("Emma"), "Knapp SMS +4799990000 1 queued", "Mamma RING +4791111111 1 queued", "Bestemor RING +4792222222 1 queued")
	port := &cardPort{}
	want(t, "on the phone", d.sends(port), "+4793333333 Knapp SMS +4799990000", "+4793333333 Mamma RING +4791111111", "+4793333333 Bestemor RING +4792222222")
	d.report(2, "+4793333333", bridge.Arrived)
	d.report(3, "+4793333333", bridge.Lost)
	want(t, "each has its own end", d.cards("Emma"), "Knapp SMS +4799990000 1 sent", "Mamma RING +4791111111 1 delivered", "Bestemor RING +4792222222 1 failed")
	want(t, "nobody is told in a chat", d.stanzas())

	// The log has one message of the gateway's own, with what it cost.
	entries := d.log()
	if len(entries) != 1 || entries[0].Reason != policy.Gateway || entries[0].Parts != 3 || len(entries[0].Legs) != 3 || entries[0].Other != "" {
		t.Errorf("the log has %+v", entries)
	}
	audit, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 9})
	if err != nil || len(audit) == 0 || audit[0].What != "send_cards" || audit[0].Who != "Pappa" || audit[0].Detail != "Knapp SMS, Mamma RING, Bestemor RING" {
		t.Errorf("the audit log has %+v (%v)", audit, err)
	}
	// It is counted, all but what certainly never left.
	err = d.store.Do(t.Context(), func(tx bridge.Tx) error {
		spent, err := tx.Spent(emma, 0, bridge.DayOf(d.now))
		if spent.Day != 3 {
			t.Errorf("%d parts are counted", spent.Day)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	// A number that has changed shows.
	if err := d.relay.ChangeNumber(t.Context(), d.actor("Mamma"), "Mamma", "+4791111112", false); err != nil {
		t.Fatal(err)
	}
	if got := d.cards("Emma")[1]; got != "Mamma RING +4791111112 1 delivered differs" {
		t.Errorf("after her number has changed: %s", got)
	}
	want(t, "another child has its own", d.cards("Jonas"), "Knapp SMS +4799990000 1", "Bestemor RING +4792222222 1", "Mamma RING +4791111112 1")
}

// Kill the process between the PDU and the modem's answer: it is unknown, shown, and never sent again by itself.
func TestACardThatMayHaveLeftIsNotSentAgain(t *testing.T) {
	d := numbered(t)
	if err := d.relay.SendCards(t.Context(), d.actor("Mamma"), d.named("Emma"), []policy.Person{0}, 1); err != nil {
		t.Fatal(err)
	}
	seg, ok, _, err := d.store.NextSegment(t.Context(), "main", d.now)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := d.store.Do(t.Context(), func(tx bridge.Tx) error { return tx.MarkSending(seg.Leg, seg.N, d.now) }); err != nil {
		t.Fatal(err)
	}
	d.restart()
	d.number1()
	if got := d.cards("Emma")[0]; got != "Knapp SMS +4799990000 1 unknown" {
		t.Error(got)
	}
	want(t, "not sent again", d.sends(&cardPort{}))
	if err := d.relay.SendCards(t.Context(), d.actor("Mamma"), d.named("Emma"), []policy.Person{0}, 1); err != nil {
		t.Errorf("a guardian may: %v", err)
	}
}

// A card that waits for the modem is not taken for a text and given its time.
func TestACardThatComesLateIsWhole(t *testing.T) {
	d := numbered(t)
	if err := d.relay.SendCards(t.Context(), d.actor("Mamma"), d.named("Emma"), []policy.Person{0}, 1); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(time.Hour)
	want(t, "an hour later", d.sends(&cardPort{}), "+4793333333 Knapp SMS +4799990000")
}

// A name of twenty letters that all cost six octets takes two parts, with a reference of its own.
func TestACardOfTwoParts(t *testing.T) {
	d := numbered(t)
	d.arrange(func(f *bridge.Family) {
		f.Guardians[0].Name, f.Guardians[0].Was = strings.Repeat("å", 20), "Mamma"
		for i := range f.Children {
			f.Children[i].Default = ""
			for j := range f.Children[i].Allow {
				if f.Children[i].Allow[j].Contact == "Mamma" {
					f.Children[i].Allow[j].Contact = f.Guardians[0].Name
				}
			}
			f.Children[i].Guardians = []string{f.Guardians[0].Name, "Pappa"}
		}
	})
	mum := d.named(strings.Repeat("å", 20))
	var refused *bridge.Refusal
	if err := d.relay.SendCards(t.Context(), d.actor("Pappa"), d.named("Emma"), []policy.Person{mum}, 1); !errors.As(err, &refused) {
		t.Errorf("it costs more than was shown: %v", err)
	}
	if err := d.relay.SendCards(t.Context(), d.actor("Pappa"), d.named("Emma"), []policy.Person{mum}, 2); err != nil {
		t.Fatal(err)
	}
	want(t, "whole", d.sends(&cardPort{}), "+4793333333 "+strings.Repeat("å", 20)+" RING +4791111111")
	d.report(1, "+4793333333", bridge.Arrived)
	if got := d.cards("Emma")[1]; !strings.HasSuffix(got, "2 sent") {
		t.Errorf("one of two parts has arrived: %s", got)
	}
	d.report(2, "+4793333333", bridge.Arrived)
	if got := d.cards("Emma")[1]; !strings.HasSuffix(got, "2 delivered") {
		t.Errorf("both have arrived: %s", got)
	}
}

func TestCardsThatAreNotSent(t *testing.T) {
	d := numbered(t)
	emma, mum := d.named("Emma"), d.named("Mamma")
	send := func(who string, child policy.Person, parts int, people ...policy.Person) error {
		return d.relay.SendCards(t.Context(), d.actor(who), child, people, parts)
	}
	var refused *bridge.Refusal
	for name, err := range map[string]error{
		"nobody chosen":      send("Mamma", emma, 0),
		"no phone":           send("Mamma", emma, 1, d.named("Pappa")),
		"another cost":       send("Mamma", emma, 2, mum),
		"less than nothing":  send("Mamma", emma, -1, mum),
		"the same twice":     send("Mamma", emma, 2, mum, mum),
		"one without number": send("Mamma", emma, 1, 0, d.named("Trener")),
	} {
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"on another list": send("Mamma", d.named("Jonas"), 1, d.named("Trener")),
		"nobody":          send("Mamma", emma, 1, 9999),
		"no child":        send("Mamma", mum, 1, 0),
		"a contact":       send("Bestemor", emma, 1, 0),
	} {
		if !errors.Is(err, bridge.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := d.relay.SetLimits(t.Context(), bridge.Keeper, emma, bridge.ChildLimits{Day: 2}); err != nil {
		t.Fatal(err)
	}
	if err := send("Mamma", emma, 2, 0, mum); !errors.As(err, &refused) || !strings.Contains(refused.Say("nb"), "bare 1 igjen") {
		t.Errorf("beyond the budget: %v", err)
	}
	if err := d.relay.LostPhone(t.Context(), d.actor("Mamma"), emma); err != nil {
		t.Fatal(err)
	}
	if err := send("Mamma", emma, 1, mum); !errors.As(err, &refused) || !strings.Contains(refused.Say("nb"), "mistet") {
		t.Errorf("to a lost phone: %v", err)
	}
	if got := d.cards("Emma"); slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, "queued") }) {
		t.Errorf("something is queued: %q", got)
	}
}

func TestACardIsNotSentTwiceAtOnce(t *testing.T) {
	d := numbered(t)
	emma := d.named("Emma")
	if err := d.relay.SendCards(t.Context(), d.actor("Mamma"), emma, []policy.Person{0}, 1); err != nil {
		t.Fatal(err)
	}
	var refused *bridge.Refusal
	if err := d.relay.SendCards(t.Context(), d.actor("Pappa"), emma, []policy.Person{0}, 1); !errors.As(err, &refused) {
		t.Errorf("a second press of the button: %v", err)
	}
	want(t, "once", d.sends(&cardPort{}), "+4793333333 Knapp SMS +4799990000")
}

// Where nobody has told the gateway its number, nothing is offered.
func TestWithoutANumberThereAreNoCards(t *testing.T) {
	d := open(t)
	want(t, "none", d.cards("Emma"))
	var refused *bridge.Refusal
	if err := d.relay.SendCards(t.Context(), d.actor("Mamma"), d.named("Emma"), []policy.Person{0}, 1); !errors.As(err, &refused) {
		t.Error(err)
	}
}
