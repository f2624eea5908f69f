package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// errDryRun rolls a dry run back.
var errDryRun = errors.New("store: dry run")

// DryRunFamily returns what ApplyFamily would change, and changes nothing.
func (s *Store) DryRunFamily(ctx context.Context, f bridge.Family, now time.Time) ([]bridge.Change, error) {
	var changes []bridge.Change
	err := s.Do(ctx, func(t bridge.Tx) (err error) {
		if changes, err = t.ApplyFamily(f, now); err != nil {
			return err
		}
		return errDryRun
	})
	if !errors.Is(err, errDryRun) {
		return nil, err
	}
	return changes, nil
}

// ApplyFamily implements bridge.Tx. The changes come in the document's order, who is archived last. A
// subscription ends when its contact is gone or may not see the child any more.
func (t *tx) ApplyFamily(f bridge.Family, at time.Time) ([]bridge.Change, error) {
	a := application{tx: t, at: at, names: map[policy.Person]string{}, ids: map[string]policy.Person{}}
	err := a.read(f)
	for _, step := range []func() error{
		a.archive, a.park, a.write, a.relate, func() error { return a.setTime(f) }, func() error { return a.setRetention(f) },
		func() error { return a.setCodeWord(f) },
	} {
		if err == nil {
			err = step()
		}
	}
	if err != nil {
		return nil, err
	}
	d, err := loadDirectory(t.each, t.store.location)
	if err != nil {
		return nil, err
	}
	if err := t.endSubscriptions(d); err != nil {
		return nil, err
	}
	if err := t.endIntroductions(d); err != nil {
		return nil, err
	}
	t.directory = d
	return append(a.changes, a.archived...), nil
}

// application is one document on its way into the directory. Names, numbers and keys are unique, and the document
// may swap them: so all that changes is first put aside and then written.
type application struct {
	*tx
	at       time.Time
	living   []bridge.Person // before
	wanted   []wanted
	names    map[policy.Person]string // of everybody, before and after
	ids      map[string]policy.Person // by folded name, after
	changes  []bridge.Change
	archived []bridge.Change
}

func (a *application) read(f bridge.Family) (err error) {
	if a.living, err = livingPersons(a.each); err != nil {
		return err
	}
	for _, p := range a.living {
		a.names[p.ID] = p.Name
	}
	a.wanted = people(f)
	return recognize(a.wanted, a.living)
}

// before returns a person as it was.
func (a *application) before(id policy.Person) (bridge.Person, bool) {
	for _, p := range a.living {
		if p.ID == id {
			return p, id != 0
		}
	}
	return bridge.Person{}, false
}

// archive takes out who is not in the document. What the log says of them stays.
func (a *application) archive() error {
	kept := map[policy.Person]bool{}
	for _, w := range a.wanted {
		kept[w.ID] = true
	}
	for _, p := range a.living {
		if kept[p.ID] {
			continue
		}
		if _, err := a.exec("archive person", `UPDATE person SET archived_at = ? WHERE id = ?`, stamp(a.at), p.ID); err != nil {
			return err
		}
		a.archived = append(a.archived, bridge.Change{What: "archive", Kind: p.Kind, Name: p.Name, Note: "the history stays"})
	}
	for _, query := range []string{
		`DELETE FROM rule WHERE EXISTS (SELECT 1 FROM person WHERE id IN (child, contact) AND archived_at IS NOT NULL)`,
		`DELETE FROM guardianship WHERE EXISTS (SELECT 1 FROM person WHERE id IN (child, guardian) AND archived_at IS NOT NULL)`,
		`UPDATE person SET preferred = NULL WHERE preferred IN (SELECT id FROM person WHERE archived_at IS NOT NULL)`,
		`DELETE FROM mute WHERE EXISTS (SELECT 1 FROM person WHERE id IN (child, other) AND archived_at IS NOT NULL)`,
		`DELETE FROM opened WHERE EXISTS (SELECT 1 FROM person WHERE id IN (child, other) AND archived_at IS NOT NULL)`,
		`DELETE FROM stop WHERE EXISTS (SELECT 1 FROM person WHERE id IN (child, other) AND archived_at IS NOT NULL)`,
		`DELETE FROM lost WHERE EXISTS (SELECT 1 FROM person WHERE id = child AND archived_at IS NOT NULL)`,
	} {
		if _, err := a.exec("archive person", query); err != nil {
			return err
		}
	}
	return nil
}

// park takes from everybody who changes all that is unique. The name put in its place is longer than any name.
func (a *application) park() error {
	for _, w := range a.wanted {
		if w.ID == 0 || !a.differs(w) {
			continue
		}
		_, err := a.exec("put person aside", `UPDATE person SET folded = 'until the family is complete ' || id,
			jid = NULL, phone = NULL, localpart = NULL WHERE id = ?`, w.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *application) differs(w wanted) bool {
	p, _ := a.before(w.ID)
	p.Default = 0         // relate sees to it
	p.Created = w.Created // which no document says
	return p != w.Person
}

// write adds and changes persons.
func (a *application) write() error {
	for i := range a.wanted {
		w := &a.wanted[i]
		change := bridge.Change{Kind: w.Kind, Name: w.Name}
		p, known := a.before(w.ID)
		var err error
		switch {
		case !known:
			change.What = "add"
			change.Note, err = a.add(w)
		case a.differs(*w):
			change.What, change.Note = "change", difference(p, w.Person)
			if bridge.Fold(p.Name) != bridge.Fold(w.Name) {
				change.What = "rename"
			}
			err = a.set(w.Person)
		}
		if err != nil {
			return err
		}
		a.names[w.ID], a.ids[bridge.Fold(w.Name)] = w.Name, w.ID
		a.wanted[i].change = change
	}
	return nil
}

func (a *application) set(p bridge.Person) error {
	_, err := a.exec("change person", `UPDATE person SET kind = ?, name = ?, folded = ?, jid = ?, phone = ?, role = ?,
			localpart = ?, language = ?, confirmed = ?, archived_at = NULL WHERE id = ?`,
		string(p.Kind), p.Name, bridge.Fold(p.Name), orNull(string(p.JID)), orNull(string(p.Phone)), orNull(string(p.Role)),
		orNull(p.Localpart), orNull(p.Language), p.Confirmed, p.ID)
	return err
}

// add gives a person an id: a new one, or its old one if the same person (the same name, kind and addresses) was
// archived before.
func (a *application) add(w *wanted) (note string, err error) {
	note = strings.Join(filled(string(w.Phone), string(w.JID), string(w.Role), w.Localpart, w.Language), ", ")
	found, err := a.row("look in the archive", `SELECT id FROM person WHERE archived_at IS NOT NULL AND folded = ? AND kind = ?
			AND coalesce(jid, '') = ? AND coalesce(phone, '') = ? AND coalesce(localpart, '') = ? ORDER BY id DESC LIMIT 1`,
		[]any{bridge.Fold(w.Name), string(w.Kind), string(w.JID), string(w.Phone), w.Localpart}, &w.ID)
	if err != nil {
		return "", err
	}
	if found {
		return "back from the archive: " + note, a.set(w.Person)
	}
	id, err := a.insert("add person", `INSERT INTO person (kind, name, folded, jid, phone, role, localpart, language, created, confirmed)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(w.Kind), w.Name, bridge.Fold(w.Name), orNull(string(w.JID)), orNull(string(w.Phone)), orNull(string(w.Role)),
		orNull(w.Localpart), orNull(w.Language), stamp(a.at), w.Confirmed)
	w.ID = policy.Person(id)
	return note, err
}

func filled(values ...string) []string {
	var out []string
	for _, value := range values {
		if value != "" {
			out = append(out, value)
		}
	}
	return out
}

// difference says what of a person changes.
func difference(a, b bridge.Person) string {
	var notes []string
	for _, field := range []struct{ name, a, b string }{
		{"name", a.Name, b.Name},
		{"kind", string(a.Kind), string(b.Kind)},
		{"phone", string(a.Phone), string(b.Phone)},
		{"jid", string(a.JID), string(b.JID)},
		{"role", string(a.Role), string(b.Role)},
		{"localpart", a.Localpart, b.Localpart},
		{"language", a.Language, b.Language},
		{"confirmed", strconv.FormatBool(a.Confirmed), strconv.FormatBool(b.Confirmed)},
	} {
		if field.a != field.b {
			notes = append(notes, fmt.Sprintf("%s %s → %s", field.name, orNone(field.a), orNone(field.b)))
		}
	}
	return strings.Join(notes, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
