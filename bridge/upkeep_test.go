package bridge_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
)

// audited are the entries of the audit log, the newest first.
func (d *desk) audited() []string {
	d.t.Helper()
	lines, err := d.store.Audit(d.t.Context(), bridge.AuditQuery{Limit: 50})
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, l := range lines {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", l.Who, l.What, l.Child, l.Detail)))
	}
	return out
}

func refused(err error) string {
	var r *bridge.Refusal
	if !errors.As(err, &r) {
		return fmt.Sprint(err)
	}
	return r.Say("en")
}

// A family begins with one owner, made by whoever holds the box in hand, and never again in this way.
func TestAFamilyBegins(t *testing.T) {
	d := open(t)
	if _, _, err := d.relay.ApplyFamily(t.Context(), bridge.Family{}); err != nil {
		t.Fatal(err)
	}
	good := bridge.Guardian{Name: "Åse", JID: "aase@example.org", Phone: "+4791111112"}
	for what, g := range map[string]bridge.Guardian{
		" is no phone number.": {Name: "Åse", JID: "aase@example.org"},
		"aase is no chat address. One looks like name@example.org.":          {Name: "Åse", JID: "aase", Phone: "+4791111112"},
		`That cannot be: "Knapp" is the gateway's own name: choose another.`: {Name: "Knapp", JID: "aase@example.org", Phone: "+4791111112"},
	} {
		if _, err := d.relay.Begin(t.Context(), bridge.Keeper, g); refused(err) != what {
			t.Errorf("%+v: %s, want %s", g, refused(err), what)
		}
	}
	if _, err := d.relay.Begin(t.Context(), bridge.Actor{Via: bridge.ViaConsole}, good); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("nobody began a family: %v", err)
	}
	good.Role = bridge.RoleViewer // is not asked
	owner, err := d.relay.Begin(t.Context(), bridge.Keeper, good)
	if err != nil || owner.Role != bridge.RoleOwner || owner.Phone != "+4791111112" || owner.JID != "aase@example.org" {
		t.Fatalf("%+v, %v", owner, err)
	}
	if _, err := d.relay.Begin(t.Context(), bridge.Keeper, bridge.Guardian{Name: "To", JID: "b@example.org", Phone: "+4791111113"}); refused(err) != "The family has an owner already, who makes a sign-in for the others." {
		t.Errorf("a second owner: %v", err)
	}
	dir, err := d.store.Directory(t.Context())
	if err != nil || len(dir.Everyone()) != 1 {
		t.Errorf("the guardians are %+v, %v", dir.Everyone(), err)
	}
	want(t, "it is written down", d.audited()[:1], "begin_family  Åse")
}

// A test message goes out, and what is said of it is what is known.
func TestATestMessageIsFollowed(t *testing.T) {
	d := open(t)
	mum := d.actor("Mamma")
	trials := func() string {
		t.Helper()
		list, err := d.relay.Trials(t.Context(), mum)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, one := range list {
			out = append(out, fmt.Sprintf("sms %v %s proven %v", one.SMS, one.State, !one.Proven.IsZero()))
		}
		return strings.Join(out, ", ")
	}
	if trials() != "" {
		t.Error("there is a test that nobody made")
	}
	if err := d.relay.TryMobile(t.Context(), mum); err != nil {
		t.Fatal(err)
	}
	if got := trials(); got != "sms true queued proven false" {
		t.Error(got)
	}
	if err := d.relay.TryMobile(t.Context(), mum); refused(err) != "A test has gone out a moment ago. Leave 2 minutes between two." {
		t.Errorf("two at once: %v", err)
	}
	h := &hand{ref: 7}
	want(t, "a real text", d.transmit(h), "+4791111111 Knapp: Dette er en prøve. Står dette på mobilen din, når porten deg her når det haster.")
	if got := trials(); got != "sms true sent proven false" {
		t.Error(got)
	}
	d.report(h.ref, "+4791111111", bridge.Arrived)
	if got := trials(); got != "sms true delivered proven true" {
		t.Error(got)
	}
	d.now = d.now.Add(3 * time.Minute)
	if err := d.relay.TryMobile(t.Context(), mum); err != nil {
		t.Fatal(err)
	}
	if got := trials(); got != "sms true queued proven true" {
		t.Error("a second test forgets the first: " + got)
	}
	if err := d.relay.TryChat(t.Context(), mum); err != nil {
		t.Fatal(err)
	}
	want(t, "a real chat", d.stanzas(), "chat →mum@example.org | Dette er en prøve. Leser du dette, når porten deg i chatten.")
	if got := trials(); !strings.HasPrefix(got, "sms false sent proven false, ") {
		t.Error(got)
	}
	d.arrange(func(f *bridge.Family) { f.Guardians[1].Role = bridge.RoleOwner })
	if err := d.relay.TryMobile(t.Context(), d.actor("Pappa")); refused(err) != "Your mobile number is not known here." {
		t.Errorf("a test to nowhere: %v", err)
	}
}

// Each test costs what a text costs, so there is an end to them.
func TestTestsHaveAnEnd(t *testing.T) {
	d := open(t)
	mum := d.actor("Mamma")
	for i := range 20 {
		d.now = d.now.Add(3 * time.Minute)
		if err := d.relay.TryMobile(t.Context(), mum); err != nil {
			t.Fatal(i, err)
		}
	}
	d.now = d.now.Add(3 * time.Minute)
	if err := d.relay.TryMobile(t.Context(), mum); refused(err) != "20 texts went to your mobile within a day. Each costs money: try again tomorrow." {
		t.Errorf("the 21st: %v", err)
	}
	d.now = d.now.Add(24 * time.Hour)
	if err := d.relay.TryMobile(t.Context(), mum); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// What was agreed with a child is told to it, and holds until something else is so.
func TestAnAgreementHoldsAsLongAsItsTerms(t *testing.T) {
	d := open(t)
	mum, emma := d.actor("Mamma"), d.actor("Emma").Person
	terms := func() bridge.Terms {
		t.Helper()
		list, err := d.relay.Agreements(t.Context(), mum)
		if err != nil {
			t.Fatal(err)
		}
		return list[0]
	}
	if got := terms(); got.Stands || !got.Agreed.At.IsZero() || got.Days[bridge.KeepMetadata] != 30 {
		t.Errorf("before: %+v", got)
	}
	if err := d.relay.Agree(t.Context(), mum, emma); err != nil {
		t.Fatal(err)
	}
	want(t, "the child hears of it", d.transmit(&hand{}),
		"+4793333333 Knapp: Mamma skriver at dere har snakket om hva som lagres her. Stemmer det ikke, si fra. Send REGLER for å se det.")
	if got := terms(); !got.Stands || got.Agreed.Who != mum.Person || !got.Agreed.At.Equal(d.now) {
		t.Errorf("after: %+v", got)
	}
	want(t, "and the audit log has it", d.audited()[:1], "Mamma agree Emma held 7, metadata 30, audit 365")
	if err := d.relay.Agree(t.Context(), mum, emma); err != nil {
		t.Fatal(err)
	}
	want(t, "one tick twice is one tick", d.transmit(&hand{}))
	if err := d.store.Do(t.Context(), func(tx bridge.Tx) error { return tx.SetRetention(emma, bridge.KeepMetadata, 90) }); err != nil {
		t.Fatal(err)
	}
	if got := terms(); got.Stands || got.Agreed.At.IsZero() {
		t.Errorf("what was agreed still stands although more is kept: %+v", got)
	}
}

// What an owner has the gateway do is written down before it is done.
func TestUpkeepIsWrittenDown(t *testing.T) {
	d := open(t)
	if err := d.relay.Upkeep(t.Context(), d.actor("Pappa"), bridge.TakeCopy, ""); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("a guardian takes a copy: %v", err)
	}
	if err := d.relay.Upkeep(t.Context(), d.actor("Mamma"), bridge.AskBalance, "main"); err != nil {
		t.Fatal(err)
	}
	want(t, "only what was done", d.audited()[:1], "Mamma ask_balance  main")
}
