package bridge

import (
	"sort"

	"knapp/bridge/policy"
)

// Directory is the family as the relay reads it: who there is, and who may write to whom. It is made by
// NewDirectory and never changed after, so it may be read by several goroutines at once.
type Directory struct {
	Rules policy.Rules
	// CodeWord is what opens the way to the guardians from any phone; "" for none.
	CodeWord string
	Storm    int // texts that one person may send one child within ten minutes; 0 for DefaultStorm

	persons     map[policy.Person]Person
	byName      map[string]policy.Person // folded
	byPhone     map[Phone]policy.Person
	byJID       map[JID]policy.Person
	byLocalpart map[string]policy.Person
	looks       map[string]bool                   // lookalike, of every name that a label may carry
	guardians   map[policy.Person][]policy.Person // of a child, in the document's order
	lists       map[policy.Person][]policy.Rule   // of a child, by key, then by row
	suspended   map[policy.Person]bool            // guardians whose phone is gone
}

// NewDirectory makes a snapshot. Archived persons are not part of it.
func NewDirectory(persons []Person, book policy.Book) *Directory {
	d := &Directory{
		Rules:       policy.New(book),
		persons:     make(map[policy.Person]Person, len(persons)),
		byName:      make(map[string]policy.Person, len(persons)),
		byPhone:     make(map[Phone]policy.Person, len(persons)),
		byJID:       make(map[JID]policy.Person, len(persons)),
		byLocalpart: make(map[string]policy.Person),
		looks:       map[string]bool{lookalike(GatewayName): true},
		guardians:   make(map[policy.Person][]policy.Person),
		lists:       make(map[policy.Person][]policy.Rule),
	}
	for _, p := range persons {
		d.persons[p.ID] = p
		d.byName[Fold(p.Name)] = p.ID
		d.looks[lookalike(p.Name)] = true
		if p.Phone != "" {
			d.byPhone[p.Phone] = p.ID
		}
		if p.JID != "" {
			d.byJID[p.JID] = p.ID
		}
		if p.Localpart != "" {
			d.byLocalpart[p.Localpart] = p.ID
		}
	}
	for _, g := range book.Guardianships {
		d.guardians[g.Child] = append(d.guardians[g.Child], g.Guardian)
	}
	for _, r := range book.Rules {
		d.lists[r.Child] = append(d.lists[r.Child], r)
	}
	for _, list := range d.lists {
		sort.SliceStable(list, func(i, j int) bool { return keyOrder(list[i].Key) < keyOrder(list[j].Key) })
	}
	return d
}

// Without takes every right from guardians whose phone is gone.
func (d *Directory) Without(gone []Suspension) *Directory {
	d.suspended = make(map[policy.Person]bool, len(gone))
	for _, s := range gone {
		d.suspended[s.Person] = true
	}
	return d
}

// keyOrder puts who has no key behind those who have one.
func keyOrder(key int) int {
	if key == 0 {
		return 10
	}
	return key
}

// Person returns a person by id.
func (d *Directory) Person(id policy.Person) (Person, bool) {
	p, ok := d.persons[id]
	return p, ok
}

// Named returns the person of a name, however it is written.
func (d *Directory) Named(name string) (Person, bool) { return d.Person(d.byName[Fold(name)]) }

// ByPhone returns whose number it is.
func (d *Directory) ByPhone(number Phone) (Person, bool) { return d.Person(d.byPhone[number]) }

// ByJID returns whose address it is.
func (d *Directory) ByJID(jid JID) (Person, bool) { return d.Person(d.byJID[jid]) }

// Child returns the child of a localpart.
func (d *Directory) Child(localpart string) (Person, bool) { return d.Person(d.byLocalpart[localpart]) }

// Guardians returns a child's guardians in the document's order.
func (d *Directory) Guardians(child policy.Person) []Person {
	out := make([]Person, 0, len(d.guardians[child]))
	for _, id := range d.guardians[child] {
		if p, ok := d.persons[id]; ok {
			out = append(out, p)
		}
	}
	return out
}

// guardiansOfAll returns every guardian of the family, by id.
func (d *Directory) guardiansOfAll() []Person { return d.ofKind(KindGuardian) }

// List returns a child's rules, those with a key first, by key.
func (d *Directory) List(child policy.Person) []policy.Rule { return d.lists[child] }

// Children returns all children, by id.
func (d *Directory) Children() []Person { return d.ofKind(KindChild) }

func (d *Directory) ofKind(kind Kind) []Person {
	var out []Person
	for _, p := range d.persons {
		if p.Kind == kind {
			out = append(out, p)
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].ID < out[j].ID })
	return out
}

// Sees tells whether a contact may know that a child is there: it is on the child's list in any direction, or
// a guardian of the child. Everybody else is answered as if the child did not exist.
func (d *Directory) Sees(contact, child policy.Person) bool {
	if contact == 0 || child == 0 {
		return false
	}
	rule, found := d.Rules.Rule(child, contact)
	return d.Rules.IsGuardian(child, contact) || found && (rule.ToChild || rule.FromChild)
}
