package store

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// A copy brings a guardian's password along, as the slow hash that it is, and what asks for a second factor; it brings
// no browser that is signed in, and nothing that codes could be made of.
func TestAccountsInACopy(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	d := must[*bridge.Directory](t)(s.Directory(t.Context()))
	p, _ := d.Named("Mamma")
	token := []byte("hash-of-a-session-token")
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.SetAccount(bridge.Account{Person: p.ID, Password: "$argon2id$x", TOTP: "SEEDSEEDSEED", Second: true, Created: noon}); err != nil {
			return err
		}
		if err := tx.SetRecovery(p.ID, [][]byte{[]byte("one"), []byte("two")}); err != nil {
			return err
		}
		if err := tx.AddInvitation(bridge.Invitation{Hash: []byte("hash-of-a-link"), Person: p.ID, By: bridge.Keeper, Until: noon}); err != nil {
			return err
		}
		return tx.AddSession(bridge.Session{Hash: token, Person: p.ID, Created: noon, Seen: noon, Confirmed: noon, Agent: "Firefox"})
	})
	path := filepath.Join(t.TempDir(), "copy.db")
	if _, err := s.Copy(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	a, ok, err := again.Account(t.Context(), p.ID)
	if err != nil || !ok || a.Password != "$argon2id$x" || !a.Second || a.Recovery != 2 || a.TOTP != "" {
		t.Errorf("the copy's account: %+v, %v, %v", a, ok, err)
	}
	if _, ok, err := again.Session(t.Context(), token); ok || err != nil {
		t.Errorf("somebody is signed in to the copy (%v)", err)
	}
	if _, ok, err := again.Invitation(t.Context(), []byte("hash-of-a-link")); ok || err != nil {
		t.Errorf("an invitation works in the copy (%v)", err)
	}
}

func TestCodesServeOnce(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	d := must[*bridge.Directory](t)(s.Directory(t.Context()))
	p, _ := d.Named("Mamma")
	other, _ := d.Named("Pappa")
	do(t, s, func(tx bridge.Tx) error {
		for _, id := range []bridge.Account{{Person: p.ID, Password: "$argon2id$x", Created: noon}, {Person: other.ID, Password: "$argon2id$y", Created: noon}} {
			if err := tx.SetAccount(id); err != nil {
				return err
			}
		}
		if err := tx.SetRecovery(p.ID, [][]byte{[]byte("one"), []byte("two")}); err != nil {
			return err
		}
		use := func(what string, want bool) func(bool, error) {
			return func(took bool, err error) {
				if err != nil || took != want {
					t.Errorf("%s: %v, %v, want %v", what, took, err, want)
				}
			}
		}
		use("another's code", false)(tx.UseRecovery(other.ID, []byte("one")))
		use("a code", true)(tx.UseRecovery(p.ID, []byte("one")))
		use("the code again", false)(tx.UseRecovery(p.ID, []byte("one")))
		use("a step", true)(tx.UseStep(p.ID, 100))
		use("the step again", false)(tx.UseStep(p.ID, 100))
		use("an earlier step", false)(tx.UseStep(p.ID, 99))
		use("a later step", true)(tx.UseStep(p.ID, 101))
		use("another's step", true)(tx.UseStep(other.ID, 100))
		return nil
	})
}

func TestSessionsEnd(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	d := must[*bridge.Directory](t)(s.Directory(t.Context()))
	p, _ := d.Named("Mamma")
	left := func() (names string) {
		for _, one := range must[[]bridge.Session](t)(s.Sessions(t.Context(), p.ID)) {
			names += string(one.Hash)
		}
		return names
	}
	do(t, s, func(tx bridge.Tx) error {
		if err := tx.SetAccount(bridge.Account{Person: p.ID, Password: "$argon2id$x", Created: noon}); err != nil {
			return err
		}
		for _, one := range []bridge.Session{
			{Hash: []byte("a"), Created: noon, Seen: noon},
			{Hash: []byte("b"), Created: noon.Add(-48 * time.Hour), Seen: noon.Add(-time.Minute)},
			{Hash: []byte("c"), Created: noon.Add(-2 * time.Hour), Seen: noon.Add(-90 * time.Minute)},
			{Hash: []byte("d"), Created: noon, Seen: noon.Add(-2 * time.Minute)},
		} {
			one.Person = p.ID
			one.Confirmed = one.Created
			if err := tx.AddSession(one); err != nil {
				return err
			}
		}
		return tx.DropSessions(noon.Add(-24*time.Hour), noon.Add(-time.Hour), noon)
	})
	if got := left(); got != "ad" {
		t.Errorf("after what is old has gone there are %q", got)
	}
	do(t, s, func(tx bridge.Tx) error {
		if ended, err := tx.EndSession(p.ID+1, []byte("a")); ended || err != nil {
			t.Errorf("somebody else's session was ended (%v)", err)
		}
		return tx.EndSessions(p.ID, []byte("a"))
	})
	if got := left(); got != "a" {
		t.Errorf("after all others were ended there are %q", got)
	}
	do(t, s, func(tx bridge.Tx) error { return tx.EndSessions(p.ID, nil) })
	if got := left(); got != "" {
		t.Errorf("after all were ended there are %q", got)
	}
}

func TestAnInvitationServesOnce(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	d := must[*bridge.Directory](t)(s.Directory(t.Context()))
	p, _ := d.Named("Mamma")
	do(t, s, func(tx bridge.Tx) error {
		for _, hash := range []string{"first", "second"} {
			if err := tx.AddInvitation(bridge.Invitation{Hash: []byte(hash), Person: p.ID, By: bridge.Keeper, Until: noon}); err != nil {
				return err
			}
		}
		if _, ok, err := tx.TakeInvitation([]byte("first")); ok || err != nil {
			t.Errorf("a link that was replaced still works (%v)", err)
		}
		i, ok, err := tx.TakeInvitation([]byte("second"))
		if !ok || err != nil || i.Person != p.ID || i.By != bridge.Keeper || !i.Until.Equal(noon) || !bytes.Equal(i.Hash, []byte("second")) {
			t.Errorf("%+v, %v, %v", i, ok, err)
		}
		if _, ok, err := tx.TakeInvitation([]byte("second")); ok || err != nil {
			t.Errorf("a link works twice (%v)", err)
		}
		return nil
	})
}

// Promise 7: what a guardian writes with a child shows only to that guardian; and nobody sees another family's child.
func TestLogForShowsWhatOneMaySee(t *testing.T) {
	s := openNew(t)
	withFamily(t, s)
	d := must[*bridge.Directory](t)(s.Directory(t.Context()))
	who := func(name string) bridge.Person { p, _ := d.Named(name); return p }
	add := func(child, other string, emergency bool) {
		m := entry(policy.FromChild)
		m.Child, m.Other, m.Emergency = who(child).ID, who(other).ID, emergency
		do(t, s, func(tx bridge.Tx) error { _, err := tx.AddMessage(m); return err })
	}
	add("Emma", "Mamma", false)
	add("Emma", "Pappa", false)
	add("Emma", "Bestemor", false)
	add("Ola", "Bestemor", false)
	add("Emma", "Mamma", true)
	for _, c := range []struct {
		name string
		f    bridge.LogFilter
		want string
	}{
		{"mother", bridge.LogFilter{Viewer: who("Mamma").ID}, "Emma-Mamma Ola-Bestemor Emma-Bestemor Emma-Mamma "},
		{"father", bridge.LogFilter{Viewer: who("Pappa").ID}, "Emma-Mamma Ola-Bestemor Emma-Bestemor Emma-Pappa "},
		{"one child", bridge.LogFilter{Viewer: who("Mamma").ID, Child: who("Ola").ID}, "Ola-Bestemor "},
		{"a name", bridge.LogFilter{Viewer: who("Pappa").ID, Person: "bEST"}, "Ola-Bestemor Emma-Bestemor "},
		{"a number", bridge.LogFilter{Viewer: who("Pappa").ID, Person: "92222"}, "Ola-Bestemor Emma-Bestemor "},
		{"no wildcard", bridge.LogFilter{Viewer: who("Pappa").ID, Person: "%"}, ""},
		{"trouble", bridge.LogFilter{Viewer: who("Pappa").ID, Trouble: true}, ""},
		{"later", bridge.LogFilter{Viewer: who("Pappa").ID, Since: noon.Add(time.Hour)}, ""},
		{"not Ola's guardian", bridge.LogFilter{Viewer: who("Pappa").ID, Children: nil}, ""},
	} {
		if c.name != "not Ola's guardian" {
			for _, child := range d.Children() {
				c.f.Children = append(c.f.Children, child.ID)
			}
		}
		c.f.Limit = 10
		got := ""
		for _, e := range must[[]bridge.LogEntry](t)(s.LogFor(t.Context(), c.f)) {
			got += e.Child + "-" + e.Other + " "
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
