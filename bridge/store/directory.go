package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// Directory implements bridge.Store. The snapshot changes with the commit of a step that applied a family, and
// with nothing else.
func (s *Store) Directory(context.Context) (*bridge.Directory, error) { return s.directory.Load(), nil }

// Directory implements bridge.Tx. After ApplyFamily it is the family as this step leaves it.
func (t *tx) Directory() (*bridge.Directory, error) {
	if err := t.usable(); err != nil {
		return nil, err
	}
	if t.directory != nil {
		return t.directory, nil
	}
	return t.store.directory.Load(), nil
}

func loadDirectory(each eachFunc, location *time.Location) (*bridge.Directory, error) {
	persons, err := livingPersons(each)
	if err != nil {
		return nil, err
	}
	guardianships, err := allGuardianships(each)
	if err != nil {
		return nil, err
	}
	rules, err := allRules(each)
	if err != nil {
		return nil, err
	}
	book := policy.Book{Location: location, Rules: rules, Guardianships: guardianships}
	limits, storm, err := timeOf(each, &book)
	if err != nil {
		return nil, err
	}
	all := bridge.FamilyLimits{Day: limits[0].Day, Month: limits[0].Month, Reserve: limits[0].Reserve}
	book.Limits = map[policy.Person]policy.Limits{0: all.Policy()}
	for _, p := range persons {
		if p.Kind == bridge.KindChild {
			book.Limits[p.ID] = all.PolicyOf(limits[p.ID].Child())
		}
	}
	if err := hurriedOf(each, &book); err != nil {
		return nil, err
	}
	d := bridge.NewDirectory(persons, book)
	d.Storm = storm
	if d.CodeWord, err = readCodeWord(each); err != nil {
		return nil, err
	}
	gone, err := suspensions(each)
	if err != nil {
		return nil, err
	}
	return d.Without(gone), nil
}

const personColumns = `id, kind, name, jid, phone, role, localpart, language, preferred, created, confirmed`

func livingPersons(each eachFunc) ([]bridge.Person, error) {
	var out []bridge.Person
	err := each("read persons", `SELECT `+personColumns+` FROM person WHERE archived_at IS NULL ORDER BY id`, nil,
		func(scan scanner) error {
			p, err := readPerson(scan)
			out = append(out, p)
			return err
		})
	return out, err
}

func readPerson(scan scanner) (bridge.Person, error) {
	var p bridge.Person
	var kind string
	var jid, phone, role, localpart, language sql.NullString
	var preferred, created sql.NullInt64
	err := scan(&p.ID, &kind, &p.Name, &jid, &phone, &role, &localpart, &language, &preferred, &created, &p.Confirmed)
	p.Created = moment(created)
	p.Kind, p.JID, p.Phone = bridge.Kind(kind), bridge.JID(jid.String), bridge.Phone(phone.String)
	p.Role, p.Localpart, p.Language = bridge.Role(role.String), localpart.String, language.String
	p.Default = policy.Person(preferred.Int64)
	return p, err
}

func allGuardianships(each eachFunc) ([]policy.Guardianship, error) {
	var out []policy.Guardianship
	err := each("read guardianships", `SELECT child, guardian FROM guardianship ORDER BY child, position`, nil,
		func(scan scanner) error {
			var g policy.Guardianship
			err := scan(&g.Child, &g.Guardian)
			out = append(out, g)
			return err
		})
	return out, err
}

func allRules(each eachFunc) ([]policy.Rule, error) {
	var out []policy.Rule
	err := each("read rules", `SELECT id, child, contact, key, to_child, from_child, timetable, emergency, until, modem FROM rule
		ORDER BY child, key IS NULL, key, id`, nil, func(scan scanner) error {
		var l policy.Rule
		var key, until sql.NullInt64
		var modem sql.NullString
		err := scan(&l.ID, &l.Child, &l.Contact, &key, &l.ToChild, &l.FromChild, &l.When, &l.Emergency, &until, &modem)
		l.Key, l.Until, l.Modem = int(key.Int64), moment(until), modem.String
		out = append(out, l)
		return err
	})
	return out, err
}

// Family implements bridge.Store.
func (s *Store) Family(ctx context.Context) (bridge.Family, error) {
	var f bridge.Family
	err := s.readers.snapshot(ctx, "export the family", func(each eachFunc) (err error) {
		f, err = readFamily(each)
		return err
	})
	return f, err
}

// Family implements bridge.Tx.
func (t *tx) Family() (bridge.Family, error) {
	if err := t.usable(); err != nil {
		return bridge.Family{}, err
	}
	return readFamily(t.each)
}

func readFamily(each eachFunc) (bridge.Family, error) {
	persons, err := livingPersons(each)
	if err != nil {
		return bridge.Family{}, err
	}
	guardianships, err := allGuardianships(each)
	if err != nil {
		return bridge.Family{}, err
	}
	rules, err := allRules(each)
	if err != nil {
		return bridge.Family{}, err
	}
	f := document(persons, guardianships, rules)
	names := map[policy.Person]string{}
	for _, p := range persons {
		names[p.ID] = p.Name
	}
	if err := documentTime(each, &f, names); err != nil {
		return f, err
	}
	if err := documentRetention(each, &f, names); err != nil {
		return f, err
	}
	f.CodeWord, err = readCodeWord(each)
	return f, err
}

// document writes the family as bridge.Family.Check leaves one.
func document(persons []bridge.Person, guardianships []policy.Guardianship, rules []policy.Rule) bridge.Family {
	var f bridge.Family
	names := map[policy.Person]string{}
	for _, p := range persons {
		names[p.ID] = p.Name
	}
	for _, p := range persons {
		switch p.Kind {
		case bridge.KindGuardian:
			f.Guardians = append(f.Guardians, bridge.Guardian{
				Name: p.Name, JID: string(p.JID), Phone: string(p.Phone), Role: p.Role, Language: p.Language,
			})
		case bridge.KindContact:
			f.Contacts = append(f.Contacts, bridge.Contact{
				Name: p.Name, JID: string(p.JID), Phone: string(p.Phone), Confirmed: p.Confirmed, Language: p.Language,
			})
		case bridge.KindChild:
			child := bridge.Child{
				Name: p.Name, Localpart: p.Localpart, Phone: string(p.Phone), Language: p.Language, Default: names[p.Default],
			}
			for _, g := range guardianships {
				if g.Child == p.ID {
					child.Guardians = append(child.Guardians, names[g.Guardian])
				}
			}
			for _, r := range rules {
				if r.Child == p.ID {
					child.Allow = append(child.Allow, allow(names[r.Contact], r))
				}
			}
			f.Children = append(f.Children, child)
		}
	}
	return f
}

func allow(contact string, r policy.Rule) bridge.Allow {
	return bridge.Allow{
		Contact: contact, Key: r.Key, ToChild: r.ToChild, FromChild: r.FromChild, When: r.When, Emergency: r.Emergency,
		Until: untilInWords(r.Until), Modem: r.Modem,
	}
}

// SetSubscription implements bridge.Tx. Child 0 is the gateway's own address.
func (t *tx) SetSubscription(child policy.Person, contact bridge.JID, on bool) error {
	query := `DELETE FROM subscription WHERE child = ? AND contact = ?`
	if on {
		if d, err := t.Directory(); err != nil {
			return err
		} else if p, ok := d.Person(child); child != 0 && (!ok || p.Kind != bridge.KindChild) {
			return fmt.Errorf("store: subscribe to person %d, who is no child: %w", child, bridge.ErrNotFound)
		}
		query = `INSERT INTO subscription (child, contact) VALUES (?, ?) ON CONFLICT DO NOTHING`
	}
	_, err := t.exec("set subscription", query, child, string(contact))
	return err
}

// Subscriptions implements bridge.Store.
func (s *Store) Subscriptions(ctx context.Context) ([]bridge.Subscription, error) {
	var out []bridge.Subscription
	err := s.readers.each(ctx, "read subscriptions", `SELECT coalesce(p.localpart, ''), s.contact
		FROM subscription s LEFT JOIN person p ON p.id = s.child ORDER BY s.child, s.contact`, nil,
		func(scan scanner) error {
			var sub bridge.Subscription
			err := scan(&sub.Localpart, &sub.Contact)
			out = append(out, sub)
			return err
		})
	return out, err
}

// endSubscriptions ends those of which the directory does not say any more that the contact may see the child.
func (t *tx) endSubscriptions(d *bridge.Directory) error {
	type subscription struct {
		child   policy.Person
		contact bridge.JID
	}
	var ended []subscription
	err := t.each("read subscriptions", `SELECT child, contact FROM subscription`, nil, func(scan scanner) error {
		var s subscription
		if err := scan(&s.child, &s.contact); err != nil {
			return err
		}
		contact, known := d.ByJID(s.contact)
		if !known || s.child != 0 && !d.Sees(contact.ID, s.child) {
			ended = append(ended, s)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range ended {
		if err := t.SetSubscription(s.child, s.contact, false); err != nil {
			return err
		}
	}
	return nil
}
