package bridge_test

import (
	"slices"
	"testing"

	"knapp/bridge"
)

// What belongs to no child is the owners' to see; what belongs to one is its guardians'.
func TestWhoSeesWhatOfTheAuditLog(t *testing.T) {
	d := open(t)
	d.amend(func(f *bridge.Family) {
		f.Guardians = append(f.Guardians,
			bridge.Guardian{Name: "Nabo", JID: "neighbour@example.org", Role: bridge.RoleOwner},
			bridge.Guardian{Name: "Onkel", JID: "uncle@example.org", Role: bridge.RoleGuardian})
		f.Children[0].Guardians = []string{"Mamma", "Pappa"}
		f.Children[1].Guardians = []string{"Nabo", "Onkel"}
	})
	if err := d.relay.Block(t.Context(), d.actor("Mamma"), "+4796666666", ""); err != nil {
		t.Fatal(err)
	}
	if err := d.relay.RemoveContact(t.Context(), d.actor("Mamma"), "Emma", "Tante"); err != nil {
		t.Fatal(err)
	}
	sees := func(name, child string) []string {
		who := bridge.Keeper
		if name != "" {
			who = d.actor(name)
		}
		lines, err := d.relay.ReadAuditLog(t.Context(), who, bridge.AuditQuery{Limit: 100, Child: child})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, l := range lines {
			out = append(out, l.What)
		}
		return out
	}
	for _, c := range []struct {
		who, child              string
		block, removed, applied bool
	}{
		{"Mamma", "", true, true, true},
		{"Nabo", "", true, false, true},
		{"Pappa", "", false, true, false},
		{"Onkel", "", false, false, false},
		{"Mamma", "Emma", false, true, false},
		{"", "", true, true, true},
	} {
		got := sees(c.who, c.child)
		for what, want := range map[string]bool{"block": c.block, "remove_contact": c.removed, "apply_family": c.applied} {
			if slices.Contains(got, what) != want {
				t.Errorf("%q of %q: %s is %v: %q", c.who, c.child, what, !want, got)
			}
		}
	}
	lines, err := d.relay.ReadAuditLog(t.Context(), d.actor("Mamma"), bridge.AuditQuery{Limit: 2})
	if err != nil || len(lines) != 2 || lines[0].ID < lines[1].ID {
		t.Errorf("the newest two: %+v %v", lines, err)
	}
}
