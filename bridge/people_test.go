package bridge_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// openParted is a family whose guardians have different children: Nabo answers for Ola alone.
func openParted(t *testing.T) *desk {
	t.Helper()
	d := open(t)
	family, err := bridge.Family{
		Guardians: []bridge.Guardian{
			{Name: "Mamma", JID: "mum@example.org", Phone: "+4791111111", Role: bridge.RoleOwner},
			{Name: "Pappa", JID: "dad@example.org", Role: bridge.RoleGuardian},
			{Name: "Nabo", JID: "neighbour@example.org", Role: bridge.RoleOwner},
		},
		Contacts: []bridge.Contact{
			{Name: "Bestemor", Phone: "+4792222222"}, {Name: "Trener", JID: "coach@example.org"}, {Name: "Farfar", Phone: "+4792222223"},
		},
		Children: []bridge.Child{
			{Name: "Emma", Localpart: "emma", Phone: "+4793333333", Language: "nb", Default: "Bestemor", Guardians: []string{"Mamma", "Pappa"}, Allow: []bridge.Allow{
				{Contact: "Mamma", Key: 2, ToChild: true, FromChild: true},
				{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true},
				{Contact: "Trener", Key: 5, ToChild: true, FromChild: true},
				{Contact: "Jonas", ToChild: true, FromChild: true},
			}},
			{Name: "Jonas", Localpart: "jonas", Phone: "+4794444444", Guardians: []string{"Mamma", "Pappa"}, Allow: []bridge.Allow{
				{Contact: "Bestemor", Key: 4, ToChild: true, FromChild: true},
			}},
			{Name: "Ola", Localpart: "ola", Phone: "+4795555555", Guardians: []string{"Nabo"}, Allow: []bridge.Allow{
				{Contact: "Bestemor", ToChild: true, FromChild: true},
				{Contact: "Farfar", ToChild: true, FromChild: true},
			}},
		},
		FreeDays: []bridge.FreeDays{{Name: "Tur", First: "2026-12-01", Last: "2026-12-02", Child: "Emma"}},
	}.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.relay.ApplyFamily(t.Context(), family); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) family() bridge.Family {
	d.t.Helper()
	f, err := d.store.Family(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	return f
}

// lines returns a child's list, as "Bestemor 4".
func (d *desk) lines(child string) (out []string) {
	for _, k := range d.family().Children {
		for _, a := range k.Allow {
			if k.Name == child {
				out = append(out, a.Contact)
			}
		}
	}
	slices.Sort(out)
	return out
}

// refusal fails the test unless an operation was refused with this sentence, and returns it in Norwegian.
func refusal(t *testing.T, what string, err error, s words.Sentence) string {
	t.Helper()
	var refused *bridge.Refusal
	if !errors.As(err, &refused) || refused.Sentence != s {
		t.Errorf("%s: %v", what, err)
		return ""
	}
	return refused.Say("nb")
}

func TestAContactForSeveralChildren(t *testing.T) {
	d := openParted(t)
	mum := d.actor("Mamma")
	both := []string{"Emma", "Jonas"}
	line := bridge.Allow{ToChild: true, FromChild: true, When: "home"}
	add := func(children []string, c bridge.NewContact, line bridge.Allow) error {
		return d.relay.AddContactTo(t.Context(), mum, children, c, line)
	}
	if err := add(both, bridge.NewContact{Name: "Onkel", Address: "uncle@example.org"}, line); err != nil {
		t.Fatal(err)
	}
	for _, child := range both {
		if !slices.Contains(d.lines(child), "Onkel") {
			t.Errorf("%s has %q", child, d.lines(child))
		}
	}
	before := d.family()
	if err := d.relay.Block(t.Context(), mum, "+4798888888", "Jonas"); err != nil {
		t.Fatal(err)
	}
	keyed := line
	keyed.Key = 4
	refusal(t, "for nobody", add(nil, bridge.NewContact{Name: "Ny", Address: "ny@example.org"}, line), words.ForWhichChild)
	refusal(t, "another's child", add([]string{"Emma", "Ola"}, bridge.NewContact{Name: "Ny", Address: "ny@example.org"}, line), words.NoChildCalled)
	refusal(t, "blocked for one", add(both, bridge.NewContact{Name: "Ny", Address: "+4798888888"}, line), words.IsBlocked)
	said := refusal(t, "a key in use", add(both, bridge.NewContact{Name: "Ny", Address: "ny@example.org"}, keyed), words.FamilyProblem)
	if said != "Det går ikke: Tast 4 er allerede i bruk, av Bestemor." {
		t.Error(said)
	}
	refusal(t, "a new one without an address", add(both, bridge.NewContact{Name: "Ny"}, line), words.NobodyToAdd)
	refusal(t, "a name that only others know", add(both, bridge.NewContact{Name: "farfar", Address: "ny@example.org"}, line), words.NobodyToAdd)
	said = refusal(t, "a number that only others know", add(both, bridge.NewContact{Name: "Ny", Address: "+4792222223"}, line), words.AddressElsewhere)
	if strings.Contains(said, "Farfar") {
		t.Errorf("it names somebody on another child's list: %s", said)
	}
	for _, name := range []string{"", "a\x07b", "a\u202eb", "a\x00", "x:y", "123", "Knapp", strings.Repeat("å", 21), "a  b", "\xff"} {
		refusal(t, "the name "+name, add(both, bridge.NewContact{Name: name, Address: "ny@example.org"}, line), words.FamilyProblem)
	}
	if after := d.family(); len(after.Contacts) != len(before.Contacts) || len(d.lines("Emma")) != 5 {
		t.Errorf("a refused step has changed something: %+v", after.Contacts)
	}
}

// What is changed about somebody is told to those whose children know that person, and to nobody else.
func TestOnlyThoseConcernedHearOfAChange(t *testing.T) {
	d := openParted(t)
	mum := d.actor("Mamma")
	d.stanzas()
	if err := d.relay.ChangeNumber(t.Context(), mum, "Emma", "+4793333334", false); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "a child's number", d.stanzas(), "→dad@example.org | Mamma har gitt Emma nytt nummer")
	audit, err := d.store.Audit(t.Context(), bridge.AuditQuery{Limit: 1, Child: "Emma"})
	if err != nil || len(audit) != 1 || audit[0].What != "change_number" {
		t.Errorf("written down about Emma: %+v, %v", audit, err)
	}
	if err := d.relay.Rename(t.Context(), mum, "Trener", "Treneren"); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "a name", d.stanzas(), "→dad@example.org | Mamma har endret navnet Trener til Treneren.")
	if err := d.relay.ChangeNumber(t.Context(), mum, "Bestemor", "+4792222229", false); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("a contact of another guardian's child was moved: %v", err)
	}
}

func TestRename(t *testing.T) {
	d := openParted(t)
	mum, dad, nabo := d.actor("Mamma"), d.actor("Pappa"), d.actor("Nabo")
	for what, err := range map[string]error{
		"a contact of Ola's too": d.relay.Rename(t.Context(), mum, "Bestemor", "Mormor"),
		"the owner":              d.relay.Rename(t.Context(), dad, "Mamma", "Sjefen"),
	} {
		if !errors.Is(err, bridge.ErrNotAllowed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refusal(t, "somebody of another child", d.relay.Rename(t.Context(), nabo, "Trener", "X"), words.NobodyCalled)
	refusal(t, "a name that is taken", d.relay.Rename(t.Context(), mum, "Trener", "bestemor"), words.FamilyProblem)
	refusal(t, "a child", d.relay.Rename(t.Context(), mum, "Emma", "Emmy"), words.NobodyCalled)
	trener := d.actor("Trener").Person
	if err := d.relay.Rename(t.Context(), dad, "trener", "Åse Trener"); err != nil {
		t.Fatal(err)
	}
	if got := d.actor("Åse Trener").Person; got != trener {
		t.Errorf("the contact is another person now: %d, not %d", got, trener)
	}
	if err := d.relay.Rename(t.Context(), dad, "Pappa", "Far"); err != nil {
		t.Errorf("one's own: %v", err)
	}
	refusal(t, "the other parent, by an owner", d.relay.Rename(t.Context(), mum, "Far", "Faren"), words.GuardianNameOwn)
	if err := d.relay.Rename(t.Context(), bridge.Keeper, "Far", "Faren"); err != nil {
		t.Errorf("the keeper: %v", err)
	}
	d.chat("coach@example.org", "emma", "a", "trening kl 6")
	want(t, "the label", d.transmit(&hand{}), "+4793333333 Åse Trener: trening kl 6")
	if f := d.family(); !slices.Equal(f.Children[0].Guardians, []string{"Mamma", "Faren"}) || f.Children[0].Default != "Bestemor" {
		t.Errorf("the rest of Emma: %+v", f.Children[0])
	}
}

func TestHowAGuardianIsReached(t *testing.T) {
	d := openParted(t)
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	d.stanzas()
	if err := d.relay.SetReach(t.Context(), dad, "Pappa", "dad@new.example", "+4791111112", false); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "told", d.stanzas(), "→mum@example.org | Pappa har gitt Pappa nytt nummer")
	refusal(t, "another guardian", d.relay.SetReach(t.Context(), mum, "Pappa", "dad@x.example", "", false), words.GuardianReachOwn)
	if err := d.relay.SetReach(t.Context(), bridge.Keeper, "Pappa", "dad@x.example", "", false); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "at the address until now", said(d.stanzas(), "dad@new.example"), "→dad@new.example | Knapp har gitt Pappa nytt nummer eller ny adresse: dad@x.example.")
	if err := d.relay.SetReach(t.Context(), dad, "Mamma", "evil@example.org", "", false); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("a guardian has moved an owner: %v", err)
	}
	refusal(t, "of another child", d.relay.SetReach(t.Context(), mum, "Nabo", "evil@example.org", "", false), words.NobodyCalled)
	refusal(t, "nothing at all", d.relay.SetReach(t.Context(), dad, "Pappa", "", "", false), words.FamilyProblem)
	refusal(t, "a number for an address", d.relay.SetReach(t.Context(), dad, "Pappa", "+4791111113", "", false), words.NoAddress)
	refusal(t, "somebody else's", d.relay.SetReach(t.Context(), dad, "Pappa", "coach@example.org", "", false), words.AddressTaken)
	if _, err := d.relay.PhoneIsGone(t.Context(), mum, "Pappa"); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.SetReach(t.Context(), dad, "Pappa", "thief@example.org", "", false); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("by somebody whose phone is gone: %v", err)
	}
}

func TestRemovedFromAllOfOnesChildren(t *testing.T) {
	d := openParted(t)
	mum := d.actor("Mamma")
	d.chat("coach@example.org", "emma", "a", "trening")
	d.stanzas()
	if err := d.relay.RemoveFromAll(t.Context(), mum, "Bestemor"); err != nil {
		t.Fatal(err)
	}
	for child, has := range map[string]bool{"Emma": false, "Jonas": false, "Ola": true} {
		if got := slices.Contains(d.lines(child), "Bestemor"); got != has {
			t.Errorf("on %s's list: %v", child, got)
		}
	}
	if err := d.relay.RemoveFromAll(t.Context(), mum, "Trener"); err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(d.family().Contacts, func(c bridge.Contact) bool { return c.Name == "Trener" }) {
		t.Error("who is on no list is still in the family")
	}
	want(t, "nothing goes to Emma that he wrote", d.transmit(&hand{}))
	refusal(t, "twice", d.relay.RemoveFromAll(t.Context(), mum, "Trener"), words.NobodyCalled)
	refusal(t, "another's", d.relay.RemoveFromAll(t.Context(), mum, "Farfar"), words.NobodyCalled)
}

// An allowlist that cannot be read holds: the rules are those of before after every refused step.
func TestAnEmergencyFlagIsALine(t *testing.T) {
	d := openParted(t)
	mum := d.actor("Mamma")
	line := bridge.Allow{Contact: "Trener", FromChild: true, Emergency: true}
	if err := d.relay.SetRule(t.Context(), mum, "Emma", line); err != nil {
		t.Fatal(err)
	}
	f, err := d.store.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rule, ok := f.Rules.Rule(d.actor("Emma").Person, d.actor("Trener").Person)
	if !ok || rule != (policy.Rule{ID: rule.ID, Child: rule.Child, Contact: rule.Contact, FromChild: true, Emergency: true, When: "always"}) {
		t.Errorf("the rule is %+v", rule)
	}
}
