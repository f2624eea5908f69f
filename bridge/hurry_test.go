package bridge_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// hurried is the household with a helper and a viewer among Emma's guardians, and one who is Jonas's alone.
func hurried(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	d.arrange(func(f *bridge.Family) {
		f.Guardians = append(f.Guardians,
			bridge.Guardian{Name: "Barnevakt", JID: "sitter@example.org", Role: bridge.RoleHelper},
			bridge.Guardian{Name: "Onkel", JID: "uncle@example.org", Role: bridge.RoleViewer},
			bridge.Guardian{Name: "Farmor", JID: "grandma@example.org", Role: bridge.RoleGuardian})
		f.Children[0].Guardians = []string{"Mamma", "Pappa", "Barnevakt", "Onkel"}
		f.Children[1].Guardians = []string{"Farmor"}
	})
	return d
}

func TestWhoMayHurry(t *testing.T) {
	d := hurried(t)
	emma, coach := d.named("Emma"), d.named("Trener")
	ctx := t.Context()
	for _, c := range []struct {
		name string
		do   func(who bridge.Actor) error
		who  string // those who may
	}{
		{"mute", func(who bridge.Actor) error { return d.relay.Mute(ctx, who, emma, coach, time.Time{}) }, "Mamma Pappa Barnevakt"},
		{"unmute", func(who bridge.Actor) error { return d.relay.Unmute(ctx, who, emma, coach) }, "Mamma Pappa Barnevakt"},
		{"open", func(who bridge.Actor) error { return d.relay.AllowFor(ctx, who, emma, coach, time.Hour) }, "Mamma Pappa Barnevakt"},
		{"close", func(who bridge.Actor) error { return d.relay.EndAllow(ctx, who, emma, coach) }, "Mamma Pappa Barnevakt"},
		{"lost", func(who bridge.Actor) error { return d.relay.LostPhone(ctx, who, emma) }, "Mamma Pappa Barnevakt"},
		{"found", func(who bridge.Actor) error { return d.relay.Found(ctx, who, emma) }, "Mamma Pappa Barnevakt"},
		{"release", func(who bridge.Actor) error { return d.relay.Release(ctx, who, emma, coach) }, "Mamma Pappa"},
		{"limits", func(who bridge.Actor) error { return d.relay.SetLimits(ctx, who, emma, bridge.ChildLimits{Day: 40}) }, "Mamma Pappa"},
		{"ask", func(who bridge.Actor) error {
			_, err := d.relay.May(ctx, who, emma, coach, policy.ToChild, d.now)
			return err
		}, "Mamma Pappa Barnevakt Onkel"},
		{"today", func(who bridge.Actor) error { _, err := d.relay.Today(ctx, who, emma); return err }, "Mamma Pappa Barnevakt Onkel"},
	} {
		for _, name := range []string{"Mamma", "Pappa", "Barnevakt", "Onkel", "Farmor", "Trener", "Emma"} {
			err := c.do(bridge.Actor{Person: d.named(name), Via: "xmpp"})
			may := strings.Contains(c.who, name)
			if may && err != nil || !may && !errors.Is(err, bridge.ErrNotAllowed) {
				t.Errorf("%s by %s: %v", c.name, name, err)
			}
		}
	}
}

func TestALostPhoneGetsOneText(t *testing.T) {
	d := open(t)
	emma := d.named("Emma")
	mum := bridge.Actor{Person: d.named("Mamma"), Via: "xmpp"}
	d.chat("coach@example.org", "emma", "c1", "Trening i dag")
	if err := d.relay.LostPhone(t.Context(), mum, emma); err != nil {
		t.Fatal(err)
	}
	want(t, "what waited is withdrawn, and everybody is told", d.stanzas(),
		"error emma→coach@example.org/phone | recipient-unavailable | Emma har mistet telefonen sin. Ring en av de voksne. | c1",
		"chat emma→coach@example.org | Emma har mistet telefonen sin. Ring en av de voksne.",
		"chat →mum@example.org | Mamma har meldt telefonen til Emma som mistet. Ingenting sendes dit nå.",
		"chat →dad@example.org | Mamma har meldt telefonen til Emma som mistet. Ingenting sendes dit nå.")
	if err := d.relay.LostPhone(t.Context(), mum, emma); err != nil {
		t.Fatal(err)
	}
	want(t, "one tap twice is one tap", d.stanzas())
	d.chat("mum@example.org", "emma", "m1", "hvor er du?")
	d.sms("+4793333333", "?")
	d.restart()
	want(t, "one text goes there", d.transmit(&hand{}), "+4793333333 Mistet. Ring +4791111111")
	d.stanzas()
	if err := d.relay.Found(t.Context(), mum, emma); err != nil {
		t.Fatal(err)
	}
	d.chat("coach@example.org", "emma", "c2", "Fint")
	contains(t, "found", d.transmit(&hand{}), "Trener: Fint")
}

func TestAMuteIsToldToTheChildAndSparesGuardians(t *testing.T) {
	d := open(t)
	emma := d.named("Emma")
	dad := bridge.Actor{Person: d.named("Pappa"), Via: "xmpp"}
	if err := d.relay.Mute(t.Context(), dad, emma, d.named("Mamma"), time.Time{}); err == nil || !strings.Contains(err.Error(), "cannot be muted") {
		t.Errorf("the other parent is muted: %v", err)
	}
	if err := d.relay.Mute(t.Context(), dad, emma, 0, d.now.Add(-time.Hour)); err == nil {
		t.Error("a mute that is over already was taken")
	}
	if err := d.relay.Mute(t.Context(), dad, emma, 0, d.now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	d.chat("coach@example.org", "emma", "c1", "Hei")
	d.chat("mum@example.org", "emma", "m1", "Middag")
	want(t, "the child is told, and hears its parent", d.transmit(&hand{}),
		"+4793333333 Knapp: Pappa vil at det skal være stille en stund. De voksne når deg, og du når dem.",
		"+4793333333 Mamma: Middag")
	d.now = d.now.Add(time.Hour)
	d.releaseDue()
	contains(t, "an hour later", d.transmit(&hand{}), "Trener: Hei")
}

func TestWhatIsDoneInAHurryIsWrittenDown(t *testing.T) {
	d := open(t)
	mum := bridge.Actor{Person: d.named("Mamma"), Via: "console"}
	emma, coach := d.named("Emma"), d.named("Trener")
	for _, err := range []error{
		d.relay.Mute(t.Context(), mum, emma, coach, time.Time{}),
		d.relay.AllowFor(t.Context(), mum, emma, 0, time.Hour),
		d.relay.LostPhone(t.Context(), mum, emma),
		d.relay.SetLimits(t.Context(), mum, emma, bridge.ChildLimits{Day: 20}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	entries, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.What)
	}
	for _, what := range []string{"mute", "allow_for", "lost_phone", "set_limits"} {
		if !strings.Contains(strings.Join(got, " "), what) {
			t.Errorf("%s is not written down: %q", what, got)
		}
	}
	if f, err := d.store.Family(t.Context()); err != nil || f.Children[0].Limits.Day != 20 {
		t.Errorf("the limit is not in the family: %+v %v", f.Children[0].Limits, err)
	}
	if err := d.relay.SetLimits(t.Context(), mum, emma, bridge.ChildLimits{Reserve: 5}); err == nil {
		t.Error("a reserve of nothing was taken")
	}
}

// What a guardian opens for a while, and closes again, changes what the child may do: it hears both.
func TestAChildHearsThatATimetableIsOpened(t *testing.T) {
	d := schoolDesk(t)
	ctx, emma, mum := t.Context(), d.named("Emma"), d.actor("Mamma")
	for _, step := range []struct {
		do   func() error
		want []string
	}{
		{func() error { return d.relay.AllowFor(ctx, mum, emma, d.named("Trener"), time.Hour) }, []string{"Knapp: Mamma har åpnet for Trener. Det slutter kl. 11.00."}},
		{func() error { return d.relay.EndAllow(ctx, mum, emma, d.named("Trener")) }, []string{"Knapp: Mamma har slått av det ekstra. Nå gjelder timeplanen igjen."}},
		{func() error { return d.relay.EndAllow(ctx, mum, emma, d.named("Trener")) }, nil},
		{func() error { return d.relay.AllowFor(ctx, mum, emma, 0, 24*time.Hour) }, []string{"Knapp: Mamma har åpnet for alle på lista di. Det slutter i morgen kl. 10.00."}},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		contains(t, "the child", d.transmit(&hand{}), step.want...)
	}
}
