package bridge_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/words"
)

// role is what a guardian is now.
func (d *desk) role(name string) bridge.Role {
	d.t.Helper()
	now, err := d.store.Directory(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	p, ok := now.Named(name)
	if !ok {
		d.t.Fatalf("there is no %s", name)
	}
	return p.Role
}

// changes are what waits between guardians, as the keeper sees it.
func (d *desk) changes() []bridge.Pending {
	d.t.Helper()
	w, err := d.relay.Waiting(d.t.Context(), bridge.Keeper)
	if err != nil {
		d.t.Fatal(err)
	}
	return w.Changes
}

// twoOwners are a family of two parents who both decide, an aunt who helps, and a friend of the father's.
func twoOwners(t *testing.T) *desk {
	d := open(t)
	d.amend(func(f *bridge.Family) {
		f.Guardians[1].Role = bridge.RoleOwner
		f.Guardians = append(f.Guardians,
			bridge.Guardian{Name: "Moster", JID: "moster@example.org", Role: bridge.RoleHelper},
			bridge.Guardian{Name: "Venn", JID: "friend@example.org", Role: bridge.RoleViewer},
		)
		for i := range f.Children {
			f.Children[i].Guardians = []string{"Mamma", "Pappa", "Moster", "Venn"}
		}
	})
	return d
}

// A parent cannot make the other less at once: it takes that one's yes, or seven days in which everybody knows.
func TestNoParentLowersTheOtherAlone(t *testing.T) {
	d := twoOwners(t)
	ctx, dad, mum, friend := t.Context(), d.actor("Pappa"), d.actor("Mamma"), d.actor("Venn")
	d.stanzas()
	p, err := d.relay.SetRole(ctx, dad, "Mamma", bridge.RoleViewer)
	if err != nil || p == nil || p.Due.Sub(d.now) != 7*24*time.Hour || d.role("Mamma") != bridge.RoleOwner {
		t.Fatalf("%+v, %v, and she is %s", p, err, d.role("Mamma"))
	}
	out := d.stanzas()
	mustContain(t, "she hears it", told(out, "mum@example.org"), "Pappa vil at du skal være en som bare kan se og ikke mer. Det skjer")
	mustContain(t, "the others too", told(out, "moster@example.org"), "Pappa vil at Mamma skal være en som bare kan se.")
	_, err = d.relay.SetRole(ctx, dad, "Mamma", bridge.RoleHelper)
	refusedWith(t, "again, faster", err, words.WaitsAlready)
	for name, who := range map[string]bridge.Actor{"his own": dad, "a friend's": friend, "an aunt's": d.actor("Moster")} {
		_, err = d.relay.Consent(ctx, who, p.Code)
		refusedWith(t, name+" yes", err, words.OnlyThatPerson)
	}
	_, err = d.relay.Withdraw(ctx, mum, p.Code)
	refusedWith(t, "her no", err, words.OnlyAnother)
	_, err = d.relay.Withdraw(ctx, friend, p.Code)
	if !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("a friend's no: %v", err)
	}
	// Within the week she still does all that she did, also about him.
	back, err := d.relay.SetRole(ctx, mum, "Pappa", bridge.RoleHelper)
	if err != nil || back == nil {
		t.Fatal(err)
	}
	d.now = d.now.Add(7*24*time.Hour - time.Minute)
	d.look()
	if d.role("Mamma") != bridge.RoleOwner {
		t.Fatal("she was lowered before the week was over")
	}
	d.stanzas()
	d.now = d.now.Add(2 * time.Minute)
	d.look()
	if d.role("Mamma") != bridge.RoleViewer {
		t.Errorf("a week later she is %s", d.role("Mamma"))
	}
	mustContain(t, "she hears that too", told(d.stanzas(), "mum@example.org"), "Du er nå en som bare kan se. HJELP viser hva du kan gjøre.")
	// He is the only owner by then: what waited about him does not happen, and nobody is left without an owner.
	if d.role("Pappa") != bridge.RoleOwner || len(d.changes()) != 0 {
		t.Errorf("he is %s, and there waits %+v", d.role("Pappa"), d.changes())
	}
}

// Whoever is asked may say yes, in the chat too; whoever asked may take it back; and everybody may step back by itself.
func TestARoleIsLoweredByItsOwnYes(t *testing.T) {
	d := twoOwners(t)
	ctx, dad := t.Context(), d.actor("Pappa")
	p, err := d.relay.SetRole(ctx, dad, "Moster", bridge.RoleViewer)
	if err != nil || p == nil {
		t.Fatal(err)
	}
	list, _ := d.says("moster@example.org", "spørsmål")
	if !strings.Contains(list, p.Code) {
		t.Errorf("she is not shown what waits: %s", list)
	}
	d.says("moster@example.org", "ja "+p.Code)
	if d.role("Moster") != bridge.RoleViewer {
		t.Errorf("after her yes she is %s", d.role("Moster"))
	}
	if p, err = d.relay.SetRole(ctx, dad, "Mamma", bridge.RoleGuardian); err != nil || p == nil {
		t.Fatal(err)
	}
	if _, err := d.relay.Withdraw(ctx, dad, p.Code); err != nil || len(d.changes()) != 0 {
		t.Errorf("he does not get it back: %v", err)
	}
	if p, err := d.relay.SetRole(ctx, d.actor("Mamma"), "Mamma", bridge.RoleGuardian); err != nil || p != nil || d.role("Mamma") != bridge.RoleGuardian {
		t.Errorf("she cannot step back: %v", err)
	}
	_, err = d.relay.SetRole(ctx, dad, "Pappa", bridge.RoleGuardian)
	refusedWith(t, "the last owner", err, words.LastOwner)
	_, err = d.relay.SetRole(ctx, d.actor("Mamma"), "Mamma", bridge.RoleOwner)
	if !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("she raises herself: %v", err)
	}
	if p, err := d.relay.SetRole(ctx, dad, "Venn", bridge.RoleOwner); err != nil || p != nil || d.role("Venn") != bridge.RoleOwner {
		t.Errorf("a single owner cannot make another: %v", err)
	}
}

// Nobody brings an owner of its own where there is another owner: not by raising, not by adding, not by a detour over
// another child, and not as the second whom keeping more takes.
func TestNoParentBringsAnOwnerOfItsOwn(t *testing.T) {
	d := twoOwners(t)
	ctx, dad, mum := t.Context(), d.actor("Pappa"), d.actor("Mamma")
	d.stanzas()
	p, err := d.relay.SetRole(ctx, dad, "Venn", bridge.RoleOwner)
	if err != nil || p == nil || !p.Due.IsZero() || d.role("Venn") != bridge.RoleViewer {
		t.Fatalf("%+v, %v", p, err)
	}
	out := d.stanzas()
	mustContain(t, "she is asked", told(out, "mum@example.org"), "Pappa vil at Venn skal være eier. Det må to eiere til. Svar JA "+p.Code+" eller NEI "+p.Code+".")
	mustContain(t, "the aunt is not", told(out, "moster@example.org"), "Pappa vil at Venn skal være eier. Det tar en eier til.")
	for name, who := range map[string]bridge.Actor{"his own": dad, "the friend's": d.actor("Venn")} {
		_, err = d.relay.Consent(ctx, who, p.Code)
		refusedWith(t, name, err, words.TakesAnother)
	}
	if _, err = d.relay.Consent(ctx, d.actor("Moster"), p.Code); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("the aunt's yes: %v", err)
	}
	d.now = d.now.Add(30 * 24 * time.Hour)
	d.look()
	if d.role("Venn") != bridge.RoleViewer {
		t.Error("time makes an owner")
	}
	d.stanzas()
	d.says("mum@example.org", "nei "+p.Code)
	if len(d.changes()) != 0 {
		t.Error("her no does not end it")
	}
	err = d.relay.AddGuardian(ctx, dad, bridge.NewGuardian{Name: "Ny", JID: "new@example.org", Role: bridge.RoleOwner, Children: []string{"Emma"}})
	if err != nil || d.role("Ny") != bridge.RoleGuardian || len(d.changes()) != 1 {
		t.Fatalf("somebody new is %s at once: %v", d.role("Ny"), err)
	}
	if _, err := d.relay.Consent(ctx, mum, d.changes()[0].Code); err != nil || d.role("Ny") != bridge.RoleOwner {
		t.Errorf("with her yes: %s, %v", d.role("Ny"), err)
	}

	// Over a child of his own.
	if err := d.relay.AddChild(ctx, dad, bridge.NewChild{Name: "Per", Localpart: "per", Phone: "+4745000001", Guardians: []string{"Pappa"}}); err != nil {
		t.Fatal(err)
	}
	err = d.relay.AddGuardian(ctx, dad, bridge.NewGuardian{Name: "Kamerat", JID: "mate@example.org", Role: bridge.RoleOwner, Children: []string{"Per"}})
	if err != nil || d.role("Kamerat") != bridge.RoleOwner {
		t.Fatalf("%s, %v", d.role("Kamerat"), err)
	}
	refusedWith(t, "an owner by a detour", d.relay.MakeGuardian(ctx, dad, "Emma", "Kamerat"), words.OwnerMoreTakesTwo)

	// As the second.
	if err := d.relay.AddGuardian(ctx, dad, bridge.NewGuardian{Name: "Nyere", JID: "newer@example.org", Role: bridge.RoleGuardian, Children: []string{"Emma"}}); err != nil {
		t.Fatal(err)
	}
	kept, err := d.relay.SetRetention(ctx, dad, "Emma", bridge.KeepMetadata, 300)
	if err != nil || kept == nil {
		t.Fatalf("%+v, %v", kept, err)
	}
	_, err = d.relay.Consent(ctx, d.actor("Nyere"), kept.Code)
	refusedWith(t, "a yes brought along", err, words.TooNewToAgree)
	if _, err := d.relay.Consent(ctx, mum, kept.Code); err != nil {
		t.Errorf("hers: %v", err)
	}
}

// A role holds for every child of a guardian, so only an owner for all of them changes it.
func TestARoleIsOfAllTheChildren(t *testing.T) {
	d := twoOwners(t)
	ctx := t.Context()
	d.amend(func(f *bridge.Family) {
		f.Guardians = append(f.Guardians, bridge.Guardian{Name: "Nabo", JID: "neighbour@example.org", Role: bridge.RoleOwner})
		f.Children[1].Guardians = []string{"Nabo", "Moster"}
	})
	for _, who := range []string{"Pappa", "Nabo"} {
		_, err := d.relay.SetRole(ctx, d.actor(who), "Moster", bridge.RoleGuardian)
		if !errors.Is(err, bridge.ErrNotAllowed) {
			t.Errorf("%s: %v", who, err)
		}
	}
	_, err := d.relay.SetRole(ctx, d.actor("Nabo"), "Pappa", bridge.RoleViewer)
	refusedWith(t, "a stranger to her", err, words.NobodyCalled)
	if p, err := d.relay.SetRole(ctx, bridge.Keeper, "Moster", bridge.RoleGuardian); err != nil || p != nil || d.role("Moster") != bridge.RoleGuardian {
		t.Errorf("the keeper: %v", err)
	}
	if p, err := d.relay.SetRole(ctx, d.actor("Moster"), "Moster", bridge.RoleHelper); err != nil || p != nil {
		t.Errorf("herself: %v", err)
	}
	_, err = d.relay.SetRole(ctx, d.actor("Nabo"), "Nabo", bridge.RoleViewer)
	refusedWith(t, "the only owner of one child", err, words.LastOwner)
	_, err = d.relay.SetRole(ctx, bridge.Keeper, "Moster", "king")
	refusedWith(t, "no role", err, words.NobodyCalled)
}
