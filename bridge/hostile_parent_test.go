package bridge_test

import (
	"errors"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/words"
)

// refusedWith fails unless an operation was refused in these words.
func refusedWith(t *testing.T, what string, err error, s words.Sentence) {
	t.Helper()
	var refused *bridge.Refusal
	if !errors.As(err, &refused) || refused.Sentence != s {
		t.Errorf("%s: %v", what, err)
	}
}

// A parent who wants the other out has one way, which gives notice; every shorter one is shut, for an owner too.
func TestNoParentTakesTheOthersPlace(t *testing.T) {
	d := open(t)
	ctx, dad := t.Context(), d.actor("Pappa")
	d.amend(func(f *bridge.Family) { f.Guardians[1].Role = bridge.RoleOwner })
	refusedWith(t, "her address", d.relay.ChangeNumber(ctx, dad, "Mamma", "mum@evil.example", false), words.GuardianReachOwn)
	refusedWith(t, "her mobile", d.relay.ChangeNumber(ctx, dad, "Mamma", "+4798888888", false), words.GuardianReachOwn)
	refusedWith(t, "how she is reached", d.relay.SetReach(ctx, dad, "Mamma", "mum@evil.example", "", false), words.GuardianReachOwn)
	d.sms(stranger, "dette er mammas nye nummer")
	_, err := d.relay.NewNumber(ctx, dad, "K2", "Mamma", false)
	refusedWith(t, "a stranger's number", err, words.GuardianReachOwn)
	refusedWith(t, "her name, for somebody else to take", d.relay.Rename(ctx, dad, "Mamma", "Hun der"), words.GuardianNameOwn)
	refusedWith(t, "a budget of nothing", d.relay.SetLimits(ctx, dad, d.named("Emma"), bridge.ChildLimits{Day: 1}), words.LimitsTooLow)
	refusedWith(t, "a month of nothing", d.relay.SetLimits(ctx, dad, d.named("Emma"), bridge.ChildLimits{Month: 5}), words.LimitsTooLow)
	refusedWith(t, "a storm of one text", d.relay.SetFamilyLimits(ctx, dad, bridge.FamilyLimits{Storm: 1}), words.StormOutside)
	refusedWith(t, "the way to the child", d.relay.SetRule(ctx, dad, "Emma", bridge.Allow{Contact: "Mamma", Key: 2, FromChild: true}), words.GuardianStaysOpen)

	if _, err := d.relay.PhoneIsGone(ctx, dad, "Mamma"); err != nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(25 * time.Hour)
	d.look()
	_, err = d.relay.PhoneIsGone(ctx, dad, "Mamma")
	refusedWith(t, "her rights day after day", err, words.SuspendedLately)
	d.stanzas()
	answer, _ := d.says("dad@example.org", "borte Mamma")
	mustContain(t, "in plain words as well", []string{answer}, "den siste uka")
	d.now = d.now.Add(6 * 24 * time.Hour)
	d.look()
	if _, err := d.relay.PhoneIsGone(ctx, dad, "Mamma"); err != nil {
		t.Errorf("a week later: %v", err)
	}
	if _, err := d.relay.PhoneIsGone(ctx, bridge.Keeper, "Mamma"); err != nil {
		t.Errorf("the keeper: %v", err)
	}
	d.now = d.now.Add(25 * time.Hour)
	d.look()

	d.stanzas()
	if err := d.relay.SetRule(ctx, dad, "Emma", bridge.Allow{Contact: "Mamma", FromChild: true, ToChild: true}); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "she hears that her key is gone", told(d.stanzas(), "mum@example.org"), "Pappa har endret linjen din på lista til Emma. Nå: ingen tast, Emma og du kan skrive til hverandre.")
	d.chat("mum@example.org", "emma", "a", "jeg er her")
	mustContain(t, "and reaches the child", said(d.transmit(&hand{}), "jeg er her"), "+4793333333 Mamma: jeg er her")
}

// A name that only looks like somebody's is that somebody's: what a child reads before a text is all that it has to go by.
func TestNoNameLooksLikeAnothers(t *testing.T) {
	d := open(t)
	dad := d.actor("Pappa")
	for _, name := range []string{"Маmma", "Mamma\u3164", "M\u20d0amma", "mАmmа", "\u2800Mamma", "Кnapp", "Кnарр", "Mamma\ufe0f"} {
		c := bridge.NewContact{Name: name, Address: "mum@evil.example"}
		err := d.relay.AddContact(t.Context(), dad, "Emma", c, bridge.Allow{ToChild: true, FromChild: true})
		refusedWith(t, name, err, words.FamilyProblem)
	}
	c := bridge.NewContact{Name: "Мама", Address: "mama@example.org"} // another name, in another alphabet
	if err := d.relay.AddContact(t.Context(), dad, "Emma", c, bridge.Allow{ToChild: true, FromChild: true}); err != nil {
		t.Error(err)
	}
}
