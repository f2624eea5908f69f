package bridge_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/words"
)

func TestAddChild(t *testing.T) {
	d := openParted(t)
	mum := d.actor("Mamma")
	d.stanzas()
	add := func(c bridge.NewChild) error { return d.relay.AddChild(t.Context(), mum, c) }
	if err := add(bridge.NewChild{Name: "Åse Marie", Phone: "+4796666666", Language: "nb", Guardians: []string{"Mamma", "Pappa"}}); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "told", d.stanzas(), "→dad@example.org | Mamma har lagt til Åse Marie i Knapp")
	d.sms("+4796666666", "0 hei")
	if got := said(d.stanzas(), "ase-marie→"); len(got) != 2 {
		t.Errorf("what the new child writes: %q", got)
	}
	children := len(d.family().Children)
	everybody := []string{"Mamma"}
	refusal(t, "no guardian", add(bridge.NewChild{Name: "Ny", Phone: "+4796666667"}), words.ChildNeedsGuardian)
	refusal(t, "no number", add(bridge.NewChild{Name: "Ny", Guardians: everybody}), words.FamilyProblem)
	refusal(t, "an address for a number", add(bridge.NewChild{Name: "Ny", Phone: "a@example.org", Guardians: everybody}), words.NoAddress)
	refusal(t, "a number in use", add(bridge.NewChild{Name: "Ny", Phone: "+4793333333", Guardians: everybody}), words.AddressTaken)
	refusal(t, "a name in use", add(bridge.NewChild{Name: "emma", Phone: "+4796666667", Guardians: everybody}), words.FamilyProblem)
	refusal(t, "a localpart in use", add(bridge.NewChild{Name: "Ny", Localpart: "emma", Phone: "+4796666667", Guardians: everybody}), words.FamilyProblem)
	refusal(t, "a contact as its guardian", add(bridge.NewChild{Name: "Ny", Phone: "+4796666667", Guardians: []string{"Trener"}}), words.FamilyProblem)
	refusal(t, "a language", add(bridge.NewChild{Name: "Ny", Phone: "+4796666667", Language: "xx", Guardians: everybody}), words.FamilyProblem)
	if n := len(d.family().Children); n != children {
		t.Errorf("there are %d children", n)
	}
}

func TestLocalpartOf(t *testing.T) {
	for name, want := range map[string]string{
		"Emma": "emma", "Åse Marie": "ase-marie", "Bjørn-Ærlig": "bjorn-aerlig", "李": "", "-": "", "Ola 2": "ola-2", "../x@y": "xy",
	} {
		if got := bridge.LocalpartOf(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}

func TestEditChild(t *testing.T) {
	d := openParted(t)
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	emma := d.actor("Emma").Person
	for _, jid := range []bridge.JID{"mum@example.org", "coach@example.org"} {
		if _, err := d.relay.Subscribe(t.Context(), jid, "emma"); err != nil {
			t.Fatal(err)
		}
	}
	d.stanzas()
	edit := func(who bridge.Actor, child string, e bridge.ChildEdit) error {
		return d.relay.EditChild(t.Context(), who, child, e)
	}
	if err := edit(dad, "Emma", bridge.ChildEdit{Name: "Emmy", Localpart: "emma", Language: "en", Default: "Mamma"}); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "told", d.stanzas(), "→mum@example.org | Pappa har endret Emma: navnet er Emmy")
	if got := d.actor("Emmy").Person; got != emma {
		t.Errorf("the child is another now: %d, not %d", got, emma)
	}
	f := d.family()
	if k := f.Children[0]; k.Language != "en" || k.Default != "Mamma" || !slices.Equal(d.lines("Emmy"), []string{"Bestemor", "Jonas", "Mamma", "Trener"}) {
		t.Errorf("Emmy is %+v", k)
	}
	if len(f.FreeDays) != 1 || f.FreeDays[0].Child != "Emmy" {
		t.Errorf("her holiday: %+v", f.FreeDays)
	}
	refusal(t, "the address, by no owner", edit(dad, "Emmy", bridge.ChildEdit{Name: "Emmy", Localpart: "k7"}), words.LocalpartIsOwners)
	refusal(t, "somebody who is not there", edit(mum, "Emmy", bridge.ChildEdit{Name: "Emmy", Localpart: "emma", Default: "Farfar"}), words.FamilyProblem)
	refusal(t, "another's child", edit(mum, "Ola", bridge.ChildEdit{Name: "Ole", Localpart: "ola"}), words.NoChildCalled)
	refusal(t, "no name", edit(mum, "Emmy", bridge.ChildEdit{Localpart: "emma"}), words.FamilyProblem)
	refusal(t, "a brother's name", edit(mum, "Emmy", bridge.ChildEdit{Name: "Jonas", Localpart: "emma"}), words.FamilyProblem)

	// At another address the child is brought into the rosters anew, and nobody finds it at the old one.
	if err := edit(mum, "Emmy", bridge.ChildEdit{Name: "Emmy", Localpart: "k7w2"}); err != nil {
		t.Fatal(err)
	}
	if got := d.introductions(); !slices.Contains(got, "Emmy k7w2→coach@example.org") {
		t.Errorf("introduced are %q", got)
	}
	if _, sees, err := d.relay.Sees(t.Context(), "coach@example.org", "emma"); err != nil || sees {
		t.Errorf("the old address is seen: %v, %v", sees, err)
	}
}

func TestAChildIsArchivedWhenNobodyIsCutOffByIt(t *testing.T) {
	d := openParted(t)
	mum, dad, nabo := d.actor("Mamma"), d.actor("Pappa"), d.actor("Nabo")
	ola := d.actor("Ola").Person
	archive := func(who bridge.Actor, child string) error { return d.relay.ArchiveChild(t.Context(), who, child) }
	said := refusal(t, "with another guardian", archive(mum, "Emma"), words.OthersAreGuardians)
	if said != "Emma har også andre foresatte: Pappa. De må slutte som foresatte først. Det kan de gjøre selv med en gang, ellers tar det sju dager." {
		t.Error(said)
	}
	if err := archive(dad, "Emma"); !errors.Is(err, bridge.ErrNotAllowed) {
		t.Errorf("by no owner: %v", err)
	}
	d.sms("+4795555555", "SOS")
	refusal(t, "in an emergency", archive(nabo, "Ola"), words.AlarmFirst)
	if _, err := d.relay.TakeAlarm(t.Context(), nabo, ola); err != nil {
		t.Fatal(err)
	}
	d.sms("+4792222223", "hei Ola")
	d.transmit(&hand{})
	if err := archive(nabo, "Ola"); err != nil {
		t.Fatal(err)
	}
	f := d.family()
	if len(f.Children) != 2 || slices.ContainsFunc(f.Contacts, func(c bridge.Contact) bool { return c.Name == "Farfar" }) {
		t.Errorf("the family is %+v", f)
	}
	if !slices.ContainsFunc(f.Contacts, func(c bridge.Contact) bool { return c.Name == "Bestemor" }) {
		t.Error("grandmother went with Ola, though others know her")
	}
	log, err := d.store.Log(t.Context(), bridge.LogQuery{Child: "Ola", Limit: 100})
	if err != nil || len(log) == 0 {
		t.Errorf("the history: %d entries, %v", len(log), err)
	}
	// Pappa goes by himself, at once; then the owner archives both.
	for _, child := range []string{"Emma", "Jonas"} {
		if _, err := d.relay.CutOff(t.Context(), dad, child, "Pappa"); err != nil {
			t.Fatal(err)
		}
		if err := archive(mum, child); err != nil {
			t.Fatal(err)
		}
	}
	if f := d.family(); len(f.Children) != 0 || len(f.FreeDays) != 0 || len(f.Guardians) != 3 {
		t.Errorf("the family is %+v", f)
	}
	// It comes back as the same child.
	err = d.relay.AddChild(t.Context(), nabo, bridge.NewChild{Name: "Ola", Localpart: "ola", Phone: "+4795555555", Guardians: []string{"Nabo"}})
	if err != nil || d.actor("Ola").Person != ola {
		t.Errorf("back from the archive: %v", err)
	}
}

func TestTheKeeperArchivesAtOnceAndAllAreTold(t *testing.T) {
	d := openParted(t)
	d.stanzas()
	if err := d.relay.ArchiveChild(t.Context(), bridge.Keeper, "Emma"); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "told", d.stanzas(), "→mum@example.org | Knapp har arkivert Emma", "→dad@example.org | Knapp har arkivert Emma")
	want(t, "brother's list", d.lines("Jonas"), "Bestemor")
}

func TestMakeGuardian(t *testing.T) {
	d := openParted(t)
	mum, dad := d.actor("Mamma"), d.actor("Pappa")
	d.stanzas()
	if err := d.relay.MakeGuardian(t.Context(), dad, "Emma", "Nabo"); err == nil {
		t.Error("by no owner it was done")
	}
	refusal(t, "a contact", d.relay.MakeGuardian(t.Context(), mum, "Emma", "Bestemor"), words.NobodyCalled)
	refusal(t, "already", d.relay.MakeGuardian(t.Context(), mum, "Emma", "Pappa"), words.IsGuardianAlready)
	refusal(t, "another's child", d.relay.MakeGuardian(t.Context(), mum, "Ola", "Pappa"), words.NoChildCalled)
	if err := d.relay.MakeGuardian(t.Context(), mum, "Emma", "Nabo"); err != nil {
		t.Fatal(err)
	}
	mustContain(t, "the others are told", d.stanzas(),
		"→dad@example.org | Mamma har gjort Nabo til foresatt for Emma", "→neighbour@example.org | Mamma har gjort Nabo til foresatt for Emma")
	mustContain(t, "so is the child", d.transmit(&hand{}), "Knapp: Nabo er nå også en av dine voksne her")
	d.now = d.now.Add(time.Minute)
	d.sms("+4793333333", "0 hei alle")
	if got := said(d.stanzas(), "neighbour@example.org | "); len(got) != 1 {
		t.Errorf("the new guardian gets %q", got)
	}
}
