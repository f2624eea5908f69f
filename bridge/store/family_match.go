package store

import (
	"fmt"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// wanted is a person of the document. Its ID is 0 until it is known who of the directory it is.
type wanted struct {
	bridge.Person
	path   string
	was    string
	child  *bridge.Child // for a child
	change bridge.Change // what becomes of the person itself; empty for nothing
}

// people lists the document's persons in its order.
func people(f bridge.Family) []wanted {
	var out []wanted
	for i, g := range f.Guardians {
		out = append(out, wanted{path: fmt.Sprintf("guardian[%d]", i), was: g.Was, Person: bridge.Person{
			Kind: bridge.KindGuardian, Name: g.Name, JID: bridge.JID(g.JID), Phone: bridge.Phone(g.Phone), Role: g.Role,
			Language: g.Language,
		}})
	}
	for i, c := range f.Contacts {
		out = append(out, wanted{path: fmt.Sprintf("contact[%d]", i), was: c.Was, Person: bridge.Person{
			Kind: bridge.KindContact, Name: c.Name, JID: bridge.JID(c.JID), Phone: bridge.Phone(c.Phone), Confirmed: c.Confirmed,
			Language: c.Language,
		}})
	}
	for i := range f.Children {
		k := &f.Children[i]
		out = append(out, wanted{path: fmt.Sprintf("child[%d]", i), was: k.Was, child: k, Person: bridge.Person{
			Kind: bridge.KindChild, Name: k.Name, Phone: bridge.Phone(k.Phone), Localpart: k.Localpart, Language: k.Language,
		}})
	}
	return out
}

// recognize finds out who of the living each person of the document is: first those who are renamed, then the
// others by their names. Who is not found keeps ID 0.
func recognize(all []wanted, living []bridge.Person) error {
	byName := map[string]bridge.Person{}
	for _, p := range living {
		byName[bridge.Fold(p.Name)] = p
	}
	renames := map[string]bool{} // folded names that the document says somebody had
	for _, w := range all {
		if w.was != "" && bridge.Fold(w.was) != bridge.Fold(w.Name) {
			renames[bridge.Fold(w.was)] = true
		}
	}
	taken := map[policy.Person]string{}
	for i := range all {
		w := &all[i]
		p, renamed := rename(*w, byName, renames)
		if !renamed {
			continue
		}
		if other := taken[p.ID]; other != "" {
			return bridge.Problems{{Path: w.path + ".was", Text: fmt.Sprintf("%q has become %q already", w.was, other)}}
		}
		w.ID, taken[p.ID] = p.ID, w.Name
	}
	for i := range all {
		w := &all[i]
		p, found := byName[bridge.Fold(w.Name)]
		if w.ID == 0 && found && taken[p.ID] == "" {
			w.ID, taken[p.ID] = p.ID, w.Name
		}
	}
	return nil
}

// rename tells whether a person of the document is one who has another name until now. A document that is
// applied again must change nothing, so where both names are somebody's it has to be found out whether the
// renaming is done.
func rename(w wanted, byName map[string]bridge.Person, renames map[string]bool) (bridge.Person, bool) {
	if w.was == "" || bridge.Fold(w.was) == bridge.Fold(w.Name) {
		return bridge.Person{}, false
	}
	old, there := byName[bridge.Fold(w.was)]
	if !there {
		return bridge.Person{}, false
	}
	now, both := byName[bridge.Fold(w.Name)]
	switch {
	case !both:
		return old, true
	case reachedAs(now, w.Person):
		return bridge.Person{}, false
	case reachedAs(old, w.Person):
		return old, true
	default: // neither: it is done, unless who has the name gives it away as well
		return old, renames[bridge.Fold(w.Name)]
	}
}

// reachedAs tells whether two persons have the same addresses.
func reachedAs(a, b bridge.Person) bool {
	return a.Kind == b.Kind && a.Phone == b.Phone && a.JID == b.JID && a.Localpart == b.Localpart
}
