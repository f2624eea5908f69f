package bridge_test

import (
	"slices"
	"testing"

	"knapp/bridge"
)

// introductions returns whom the gateway would bring into whose roster, as "child→contact".
func (d *desk) introductions() []string {
	d.t.Helper()
	list, err := d.relay.Introductions(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	var out []string
	for _, i := range list {
		if i.Group != bridge.GatewayName {
			d.t.Errorf("in the group %q", i.Group)
		}
		out = append(out, i.Name+" "+i.Localpart+"→"+string(i.Contact))
	}
	slices.Sort(out)
	return out
}

func (d *desk) introduced(localpart string, contact bridge.JID, state bridge.IntroductionState) {
	d.t.Helper()
	who := bridge.Subscription{Localpart: localpart, Contact: contact}
	if err := d.relay.Introduced(d.t.Context(), who, state); err != nil {
		d.t.Fatal(err)
	}
}

func TestEverybodyIsIntroducedOnce(t *testing.T) {
	d := open(t)
	want(t, "guardians see the gateway and their children, contacts the children on whose list they are", d.introductions(),
		"Emma emma→aunt@example.org", "Emma emma→coach@example.org", "Emma emma→dad@example.org", "Emma emma→mum@example.org",
		"Jonas jonas→dad@example.org", "Jonas jonas→mum@example.org", "Knapp →dad@example.org", "Knapp →mum@example.org")

	if granted, err := d.relay.Subscribe(t.Context(), "aunt@example.org", "emma"); err != nil || !granted {
		t.Fatal(granted, err)
	}
	d.introduced("emma", "coach@example.org", bridge.Declined)
	d.introduced("emma", "coach@example.org", bridge.Asked) // the note of the question comes behind the answer
	d.introduced("emma", "mum@example.org", bridge.Settled)
	d.introduced("emma", "dad@example.org", bridge.Asked)
	d.introduced("jonas", "coach@example.org", bridge.Settled) // who may not see him
	d.introduced("", "mum@example.org", bridge.Settled)
	d.restart()
	want(t, "nobody is tried twice", d.introductions(),
		"Jonas jonas→dad@example.org", "Jonas jonas→mum@example.org", "Knapp →dad@example.org")
}

func TestWhoUnsubscribesIsNotAskedAgain(t *testing.T) {
	d := open(t)
	for _, jid := range []bridge.JID{"aunt@example.org", "coach@example.org", "dad@example.org", "mum@example.org"} {
		if _, err := d.relay.Subscribe(t.Context(), jid, "emma"); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.relay.Unsubscribe(t.Context(), "coach@example.org", "emma"); err != nil {
		t.Fatal(err)
	}
	if list := d.introductions(); slices.Contains(list, "Emma emma→coach@example.org") {
		t.Errorf("asked again: %q", list)
	}
	d.apply(func(f *bridge.Family) { f.Children[0].Language = "en" })
	if list := d.introductions(); slices.Contains(list, "Emma emma→coach@example.org") {
		t.Errorf("asked again after a change that does not concern them: %q", list)
	}

	// Taken off the list and put on it again, it is somebody new.
	d.apply(func(f *bridge.Family) {
		emma := &f.Children[0]
		emma.Allow = slices.DeleteFunc(slices.Clone(emma.Allow), func(a bridge.Allow) bool { return a.Contact == "Trener" || a.Contact == "Tante" })
	})
	d.apply(func(*bridge.Family) {})
	list := d.introductions()
	for _, line := range []string{"Emma emma→coach@example.org", "Emma emma→aunt@example.org"} {
		if !slices.Contains(list, line) {
			t.Errorf("%s is not introduced anew: %q", line, list)
		}
	}
	if slices.Contains(list, "Emma emma→mum@example.org") {
		t.Errorf("who never left is introduced again: %q", list)
	}
}
