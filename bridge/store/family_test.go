package store

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// plain takes addresses as they are.
type plain struct{}

func (plain) Phone(s string) (bridge.Phone, error) { return bridge.Phone(s), nil }
func (plain) JID(s string) (bridge.JID, error)     { return bridge.JID(s), nil }

func apply(t testing.TB, s *Store, f bridge.Family) string {
	t.Helper()
	checked, err := f.Check(plain{})
	if err != nil {
		t.Fatal(err)
	}
	dry, err := s.DryRunFamily(t.Context(), checked, noon)
	if err != nil {
		t.Fatal(err)
	}
	var changes []bridge.Change
	do(t, s, func(tx bridge.Tx) (err error) {
		changes, err = tx.ApplyFamily(checked, noon)
		return err
	})
	if !reflect.DeepEqual(dry, changes) {
		t.Fatalf("the dry run said %v, then came %v", dry, changes)
	}
	return show(changes)
}

func show(changes []bridge.Change) string {
	var lines []string
	for _, c := range changes {
		lines = append(lines, fmt.Sprintf("%s %s %s: %s", c.What, c.Kind, c.Name, c.Note))
	}
	return strings.Join(lines, "\n")
}

func export(t testing.TB, s *Store) bridge.Family {
	t.Helper()
	f, err := s.Family(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func directory(t testing.TB, s *Store) *bridge.Directory {
	t.Helper()
	d, err := s.Directory(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestFamilyChangesAreTold(t *testing.T) {
	s := openNew(t)
	f := testFamily()
	want := strings.TrimSpace(`
add guardian Mamma: +4791111111, mum@example.org, owner
add guardian Pappa: dad@example.org, guardian
add contact Bestemor: +4792222222
add child Emma: +4793333333, emma, nb
change child Emma: guardians: Mamma, Pappa
change child Emma: list: Mamma added: key 2, both ways, emergency
change child Emma: list: Bestemor added: key 3, both ways
change child Emma: default: none → Mamma
add child Ola: +4794444444, ola
change child Ola: guardians: Mamma
change child Ola: list: Emma added: both ways`)
	if got := apply(t, s, f); got != want {
		t.Fatalf("first:\n%s", got)
	}
	if got := apply(t, s, f); got != "" {
		t.Fatalf("the same again:\n%s", got)
	}
	f.Guardians[1].Role, f.Guardians[1].Language = bridge.RoleHelper, "en"
	f.Contacts[0] = bridge.Contact{Name: "Farmor", Was: "bestemor", Phone: "+4792222223"}
	f.Children[0].Allow[1].Contact, f.Children[0].Allow[1].FromChild = "Farmor", false
	f.Children[0].Allow[0].Key = 0
	f.Children[0].Default = "Pappa"
	f.Children[0].Guardians = []string{"Pappa", "Mamma"}
	f.Children = f.Children[:1]
	want = strings.TrimSpace(`
change guardian Pappa: role guardian → helper, language none → en
rename contact Farmor: name Bestemor → Farmor, phone +4792222222 → +4792222223
change child Emma: guardians: Pappa, Mamma
change child Emma: list: Mamma: key 2, both ways, emergency → both ways, emergency
change child Emma: list: Farmor: key 3, both ways → key 3, to the child
change child Emma: default: Mamma → Pappa
archive child Ola: the history stays`)
	if got := apply(t, s, f); got != want {
		t.Fatalf("second:\n%s", got)
	}
	if got := apply(t, s, f); got != "" {
		t.Fatalf("the second again, with its was:\n%s", got)
	}
}

func TestDryRunChangesNothing(t *testing.T) {
	s := openNew(t)
	before := directory(t, s)
	changes, err := s.DryRunFamily(t.Context(), testFamily(), noon)
	if err != nil || len(changes) == 0 {
		t.Fatalf("%v %v", changes, err)
	}
	if directory(t, s) != before || len(export(t, s).Children) != 0 {
		t.Fatal("a dry run changed the directory")
	}
}

func TestDirectoryFollowsTheCommitOnly(t *testing.T) {
	s := openNew(t)
	boom := errors.New("boom")
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		must[[]bridge.Change](t)(tx.ApplyFamily(testFamily(), noon))
		if inside := must[*bridge.Directory](t)(tx.Directory()); len(inside.Children()) != 2 {
			t.Error("the step does not see its own family")
		}
		if len(directory(t, s).Children()) != 0 {
			t.Error("others see a family that is not committed")
		}
		return boom
	})
	if !errors.Is(err, boom) || len(directory(t, s).Children()) != 0 {
		t.Fatalf("a family that was rolled back is in the directory: %v", err)
	}
	withFamily(t, s)
	d := directory(t, s)
	child, _ := d.Named("emma")
	if len(d.Children()) != 2 || child.Phone != emma || child.Default == 0 || len(d.List(child.ID)) != 2 || len(d.Guardians(child.ID)) != 2 {
		t.Fatalf("the directory after a commit: %+v", child)
	}
	addSMS(t, s, emma, false, "a")
	if directory(t, s) != d {
		t.Error("a step that changes no family made a new snapshot")
	}
}

func TestRefusedFamilyChangesNothing(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	f := testFamily()
	f.Guardians[0].Name = "Mor" // no was: Mamma is gone, and still on Emma's list
	err := s.Do(t.Context(), func(tx bridge.Tx) error {
		_, err := tx.ApplyFamily(f, noon)
		return err
	})
	var problems bridge.Problems
	if !errors.As(err, &problems) {
		t.Fatalf("a list with a name of nobody: %v", err)
	}
	if _, ok := directory(t, s).Named("Mamma"); !ok || len(export(t, s).Guardians) != 2 {
		t.Fatal("a refused family left something")
	}
}

func TestArchivedPersonsKeepTheirHistory(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	ola, _ := d.Named("Ola")
	do(t, s, func(tx bridge.Tx) error {
		m := entry(policy.FromChild)
		m.Child = ola.ID
		_, err := tx.AddMessage(m)
		return err
	})
	f := testFamily()
	f.Children = f.Children[:1]
	apply(t, s, f)
	if _, ok := directory(t, s).Named("Ola"); ok {
		t.Fatal("an archived child is in the directory")
	}
	log := must[[]bridge.LogEntry](t)(s.Log(t.Context(), bridge.LogQuery{Limit: 5, Child: "ola"}))
	if len(log) != 1 || log[0].Child != "Ola" {
		t.Fatalf("the log of an archived child: %+v", log)
	}
	// The same person again is the same; another of that name is another.
	apply(t, s, testFamily())
	if again, _ := directory(t, s).Named("Ola"); again.ID != ola.ID {
		t.Errorf("Ola was %d and comes back as %d", ola.ID, again.ID)
	}
	apply(t, s, f)
	other := testFamily()
	other.Children[1].Phone, other.Children[1].Localpart = "+4796666666", "ola2"
	apply(t, s, other)
	if again, _ := directory(t, s).Named("Ola"); again.ID == ola.ID {
		t.Error("another Ola was taken for the archived one")
	}
}

func TestSubscriptionsEndWithTheRight(t *testing.T) {
	s := openNew(t)
	d := withFamily(t, s)
	child, _ := d.Named("Emma")
	ola, _ := d.Named("Ola")
	do(t, s, func(tx bridge.Tx) error {
		return errors.Join(
			tx.SetSubscription(child.ID, mum, true), tx.SetSubscription(child.ID, mum, true),
			tx.SetSubscription(child.ID, "dad@example.org", true), tx.SetSubscription(ola.ID, mum, true),
			tx.SetSubscription(0, mum, true), tx.SetSubscription(ola.ID, "dad@example.org", true),
			tx.SetSubscription(ola.ID, "dad@example.org", false),
		)
	})
	list := func() string {
		subs, err := s.Subscriptions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(subs)
	}
	if got := list(); got != "[{ mum@example.org} {emma dad@example.org} {emma mum@example.org} {ola mum@example.org}]" {
		t.Fatalf("granted: %s", got)
	}
	f := testFamily()
	f.Children[0].Guardians = []string{"Mamma"} // Pappa may not see Emma any more
	f.Children = f.Children[:1]                 // and Ola is gone
	apply(t, s, f)
	if got := list(); got != "[{ mum@example.org} {emma mum@example.org}]" {
		t.Fatalf("left: %s", got)
	}
}

// TestExportAppliesToNothing makes families at random, one after another in the same database, and holds
// against each: the export is the document, and applying it changes nothing.
func TestExportAppliesToNothing(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := openNew(t)
		for round := range 8 {
			f := randomFamily(r)
			checked, err := f.Check(plain{})
			if err != nil {
				t.Fatalf("seed %d: the test makes a bad family: %v", seed, err)
			}
			apply(t, s, f)
			if got := apply(t, s, f); got != "" {
				t.Fatalf("seed %d round %d: again:\n%s", seed, round, got)
			}
			out := export(t, s)
			if got := apply(t, s, out); got != "" {
				t.Fatalf("seed %d round %d: its export:\n%s", seed, round, got)
			}
			if a, b := facts(checked), facts(out); !reflect.DeepEqual(a, b) {
				t.Fatalf("seed %d round %d: document\n%v\nexport\n%v", seed, round, a, b)
			}
		}
	}
}

// facts are what a document says, whatever its order.
func facts(f bridge.Family) map[string]bool {
	out := map[string]bool{}
	for _, g := range f.Guardians {
		out[fmt.Sprint(g)] = true
	}
	for _, c := range f.Contacts {
		out[fmt.Sprint(c)] = true
	}
	for _, k := range f.Children {
		for _, a := range k.Allow {
			out[fmt.Sprint(k.Name, a)] = true
		}
		k.Allow = nil
		out[fmt.Sprint(k)] = true
	}
	return out
}

// randomFamily draws names, numbers, roles and keys from small sets, so that they are swapped and used again.
func randomFamily(r *rand.Rand) bridge.Family {
	var f bridge.Family
	names := []string{"Ann", "Bo", "Cy", "Di", "Eli", "Fay", "Gro", "Ås"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	numbers, languages := r.Perm(len(names)), []string{"", "nb", "en"}
	number := func(i int) string { return fmt.Sprintf("+4790000%03d", numbers[i]) }
	guardians, contacts := 1+r.IntN(2), r.IntN(3)
	for i, name := range names[:len(names)-r.IntN(2)] {
		switch {
		case i < guardians:
			f.Guardians = append(f.Guardians, bridge.Guardian{
				Name: name, JID: fmt.Sprintf("j%d@example.org", numbers[i]), Phone: number(i), Role: bridge.RoleHelper,
				Language: languages[r.IntN(3)],
			})
		case i < guardians+contacts:
			f.Contacts = append(f.Contacts, bridge.Contact{Name: name, Phone: number(i), Language: languages[r.IntN(3)]})
		default:
			child := bridge.Child{Name: name, Localpart: fmt.Sprintf("c%d", numbers[i]), Phone: number(i)}
			if r.IntN(3) == 0 {
				child.Retention = bridge.RetentionDays{Held: r.IntN(9), Metadata: r.IntN(99), Audit: 90 + r.IntN(9)}
			}
			keys := r.Perm(9)
			for j, contact := range names[:i] {
				if r.IntN(2) == 0 {
					continue
				}
				a := bridge.Allow{Contact: contact, ToChild: r.IntN(2) == 0, FromChild: true, Emergency: r.IntN(2) == 0}
				if r.IntN(3) > 0 {
					a.Key = keys[j] + 1
				}
				child.Allow = append(child.Allow, a)
				if r.IntN(2) == 0 {
					child.Default = contact
				}
			}
			f.Children = append(f.Children, child)
		}
	}
	return f
}
