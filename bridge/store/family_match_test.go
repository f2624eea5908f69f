package store

import (
	"errors"
	"testing"

	"knapp/bridge"
)

func TestSwaps(t *testing.T) {
	for _, test := range []struct {
		name string
		swap func(*bridge.Family)
		same bool // ids stay with their names
	}{
		{"numbers of children", func(f *bridge.Family) {
			f.Children[0].Phone, f.Children[1].Phone = f.Children[1].Phone, f.Children[0].Phone
		}, true},
		{"localparts", func(f *bridge.Family) {
			f.Children[0].Localpart, f.Children[1].Localpart = f.Children[1].Localpart, f.Children[0].Localpart
		}, true},
		{"JIDs", func(f *bridge.Family) {
			f.Guardians[0].JID, f.Guardians[1].JID = f.Guardians[1].JID, f.Guardians[0].JID
		}, true},
		{"keys", func(f *bridge.Family) {
			f.Children[0].Allow[0].Key, f.Children[0].Allow[1].Key = 3, 2
		}, true},
		{"a key that moves to a new entry", func(f *bridge.Family) {
			f.Children[0].Allow = []bridge.Allow{
				{Contact: "Ola", Key: 2, ToChild: true}, {Contact: "Mamma", Key: 3, FromChild: true},
			}
		}, true},
		{"names", func(f *bridge.Family) {
			a, b := &f.Children[0], &f.Children[1]
			a.Name, a.Was, b.Name, b.Was = "Ola", "Emma", "Emma", "Ola"
			b.Allow[0].Contact = "Ola"
		}, false},
		{"names in a ring", func(f *bridge.Family) {
			f.Guardians[0].Name, f.Guardians[0].Was = "Pappa", "Mamma"
			f.Guardians[1].Name, f.Guardians[1].Was = "Bestemor", "Pappa"
			f.Contacts[0].Name, f.Contacts[0].Was = "Mamma", "Bestemor"
			f.Children[0].Guardians = []string{"Pappa"}
			f.Children[0].Default = "Pappa"
			f.Children[0].Allow = nil
			f.Children[1].Guardians = []string{"Bestemor"}
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := openNew(t)
			before := withFamily(t, s)
			f := testFamily()
			test.swap(&f)
			if got := apply(t, s, f); got == "" {
				t.Fatal("nothing changed")
			}
			if got := apply(t, s, f); got != "" {
				t.Fatalf("the same again:\n%s", got)
			}
			after := directory(t, s)
			for _, name := range []string{"Mamma", "Pappa", "Bestemor", "Emma", "Ola"} {
				a, _ := before.Named(name)
				b, ok := after.Named(name)
				if !ok || test.same && a.ID != b.ID {
					t.Errorf("%s was %d and is %d", name, a.ID, b.ID)
				}
			}
			if p, _ := before.ByPhone(emma); !test.same {
				if q, _ := after.ByPhone(emma); p.ID != q.ID {
					t.Errorf("who has %s was %d and is %d", emma, p.ID, q.ID)
				}
			}
		})
	}
}

// TestNameHandedOn gives a name to another person while both get new numbers, so that only was tells who is who.
func TestNameHandedOn(t *testing.T) {
	s := openNew(t)
	before := withFamily(t, s)
	f := testFamily()
	f.Children = nil
	f.Guardians[0] = bridge.Guardian{Name: "Pappa", Was: "Mamma", Phone: "+4797777771", Role: bridge.RoleOwner}
	f.Guardians[1] = bridge.Guardian{Name: "Stefar", Was: "Pappa", Phone: "+4797777772", Role: bridge.RoleGuardian}
	apply(t, s, f)
	if got := apply(t, s, f); got != "" {
		t.Fatalf("the same again:\n%s", got)
	}
	for now, was := range map[string]string{"Pappa": "Mamma", "Stefar": "Pappa"} {
		a, _ := before.Named(was)
		b, _ := directory(t, s).Named(now)
		if a.ID != b.ID {
			t.Errorf("%s was %d and is, as %s, %d", was, a.ID, now, b.ID)
		}
	}
}

func TestRenamingTwoIntoOneIsRefused(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	f := testFamily()
	f.Contacts = append(f.Contacts, bridge.Contact{Name: "Farmor", Was: "Bestemor", Phone: "+4795555555"})
	f.Contacts[0] = bridge.Contact{Name: "Mormor", Was: "Bestemor", Phone: "+4792222222"}
	err := s.Do(t.Context(), func(tx bridge.Tx) error { _, err := tx.ApplyFamily(f, noon); return err })
	var problems bridge.Problems
	if !errors.As(err, &problems) || problems[0].Path != "contact[1].was" {
		t.Fatalf("%v", err)
	}
}
