package store

import (
	"fmt"
	"slices"
	"strings"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// relate makes guardians, lists and defaults equal to the document, and tells what changed in its order.
func (a *application) relate() error {
	guardianships, err := allGuardianships(a.each)
	if err != nil {
		return err
	}
	rules, err := allRules(a.each)
	if err != nil {
		return err
	}
	// Who is no child any more has no list.
	for _, query := range []string{
		`DELETE FROM rule WHERE child IN (SELECT id FROM person WHERE kind <> 'child')`,
		`DELETE FROM guardianship WHERE child IN (SELECT id FROM person WHERE kind <> 'child')`,
		`UPDATE person SET preferred = NULL WHERE kind <> 'child'`,
	} {
		if _, err := a.exec("relate", query); err != nil {
			return err
		}
	}
	for _, w := range a.wanted {
		if w.change.What != "" {
			a.changes = append(a.changes, w.change)
		}
		if w.child == nil {
			continue
		}
		if err := a.guard(w, guardianships); err != nil {
			return err
		}
		if err := a.list(w, rules); err != nil {
			return err
		}
		if err := a.prefer(w); err != nil {
			return err
		}
	}
	return nil
}

// person returns who has a name in the document.
func (a *application) person(w wanted, name string) (policy.Person, error) {
	id := a.ids[bridge.Fold(name)]
	if id == 0 {
		return 0, bridge.Problems{{Path: w.path, Text: fmt.Sprintf("%q is nobody in this document", name)}}
	}
	return id, nil
}

func (a *application) noteChange(w wanted, format string, args ...any) {
	a.changes = append(a.changes, bridge.Change{What: "change", Kind: w.Kind, Name: w.Name, Note: fmt.Sprintf(format, args...)})
}

// guard sets a child's guardians, in order.
func (a *application) guard(w wanted, all []policy.Guardianship) error {
	var before, after []policy.Person
	for _, g := range all {
		if g.Child == w.ID {
			before = append(before, g.Guardian)
		}
	}
	for _, name := range w.child.Guardians {
		id, err := a.person(w, name)
		if err != nil {
			return err
		}
		after = append(after, id)
	}
	if slices.Equal(before, after) {
		return nil
	}
	if _, err := a.exec("set guardians", `DELETE FROM guardianship WHERE child = ?`, w.ID); err != nil {
		return err
	}
	for i, id := range after {
		_, err := a.exec("set guardians", `INSERT INTO guardianship (child, guardian, position) VALUES (?, ?, ?)`, w.ID, id, i)
		if err != nil {
			return err
		}
	}
	a.noteChange(w, "guardians: %s", strings.Join(w.child.Guardians, ", "))
	return nil
}

// list makes a child's rules equal to the document's. A rule keeps its id as long as the pair is on the list.
func (a *application) list(w wanted, all []policy.Rule) error {
	before := map[policy.Person]policy.Rule{}
	for _, l := range all {
		if l.Child == w.ID {
			before[l.Contact] = l
		}
	}
	after := make([]policy.Rule, len(w.child.Allow))
	kept := map[policy.Person]bool{}
	for i, entry := range w.child.Allow {
		contact, err := a.person(w, entry.Contact)
		if err != nil {
			return err
		}
		if after[i], err = entry.Rule(); err != nil {
			return err
		}
		after[i].ID, after[i].Child, after[i].Contact = before[contact].ID, w.ID, contact
		kept[contact] = true
	}
	// Keys may be swapped: every key that changes is free before one is set.
	for _, l := range all {
		if l.Child != w.ID {
			continue
		}
		query := `UPDATE rule SET key = NULL WHERE id = ?`
		if !kept[l.Contact] {
			query = `DELETE FROM rule WHERE id = ?`
			a.noteChange(w, "list: %s taken off", a.names[l.Contact])
		} else if slices.Contains(after, l) {
			continue
		}
		if _, err := a.exec("change list", query, l.ID); err != nil {
			return err
		}
	}
	for _, l := range after {
		old, there := before[l.Contact]
		if there && old == l {
			continue
		}
		if err := a.setRule(l); err != nil {
			return err
		}
		if there {
			a.noteChange(w, "list: %s: %s → %s", a.names[l.Contact], inWords(old), inWords(l))
		} else {
			a.noteChange(w, "list: %s added: %s", a.names[l.Contact], inWords(l))
		}
	}
	return nil
}

func (a *application) setRule(l policy.Rule) error {
	_, err := a.exec("change list", `INSERT INTO rule (child, contact, key, to_child, from_child, timetable, emergency, until, modem)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (child, contact) DO UPDATE SET key = excluded.key, to_child = excluded.to_child,
			from_child = excluded.from_child, timetable = excluded.timetable, emergency = excluded.emergency,
			until = excluded.until, modem = excluded.modem`,
		l.Child, l.Contact, orNull(l.Key), l.ToChild, l.FromChild, l.When, l.Emergency, stamp(l.Until), orNull(l.Modem))
	return err
}

// inWords tells a rule to the keeper.
func inWords(l policy.Rule) string {
	var words []string
	if l.Key != 0 {
		words = append(words, fmt.Sprintf("key %d", l.Key))
	}
	switch {
	case l.ToChild && l.FromChild:
		words = append(words, "both ways")
	case l.ToChild:
		words = append(words, "to the child")
	case l.FromChild:
		words = append(words, "from the child")
	default:
		words = append(words, "neither way")
	}
	if l.When != "always" {
		words = append(words, l.When)
	}
	if l.Emergency {
		words = append(words, "emergency")
	}
	if l.Modem != "" {
		words = append(words, "the number of the modem "+l.Modem)
	}
	if !l.Until.IsZero() {
		words = append(words, "until "+untilInWords(l.Until))
	}
	return strings.Join(words, ", ")
}

// prefer sets who is meant when a child names nobody.
func (a *application) prefer(w wanted) error {
	var after policy.Person
	if w.child.Default != "" {
		id, err := a.person(w, w.child.Default)
		if err != nil {
			return err
		}
		after = id
	}
	before, _ := a.before(w.ID)
	if _, err := a.exec("set default", `UPDATE person SET preferred = ? WHERE id = ?`, orNull(after), w.ID); err != nil {
		return err
	}
	if before.Default != after {
		a.noteChange(w, "default: %s → %s", orNone(a.names[before.Default]), orNone(w.child.Default))
	}
	return nil
}
