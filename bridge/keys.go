package bridge

import (
	"context"
	"fmt"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Keyboard is a child's speed dial as the gateway understands it, and what is printed and sent about it.
type Keyboard struct {
	Child    Person
	Language string // the child's
	Number   Phone  // the gateway's own, which the child writes to; "" when it is not known
	Entry    string // what it is called in the child's phone book: `Knapp SMS`
	Police   string // what a child rings in need: "112"
	Helpline string // of the country's children, "116 111"; "" for none that is known

	People    []OnKey  // everybody on the list and the guardians; those with a key first, by key
	Guardians []Person // whom `0 …` reaches
	Meant     policy.Person
	Ring      int    // the key that the child holds to ring; 0 for none
	RingName  string // whom

	Phrases []Phrase
	Days    int // for how long it is kept who wrote to whom

	Chat    bool // the chat is connected: without it, answers take time
	Lost    bool // the phone is reported lost
	Cards   []CardLine
	Left    int  // SMS parts
	Limited bool // there is a budget; else Left means nothing
}

// OnKey is one person on a child's list.
type OnKey struct {
	Key      int // 1 to 9; 0 for none
	Person   Person
	Guardian bool
	Writes   bool      // the list lets the child write there
	Now      bool      // now, too
	From     time.Time // else from when; zero when nobody can say
}

// Keys returns a child's speed dial. It takes the right to See.
func (r *Relay) Keys(ctx context.Context, who Actor, child policy.Person) (k Keyboard, err error) {
	err = r.operate(ctx, "read keys", func(tx Tx, d *Directory) error {
		k, err = r.keys(tx, d, who, child)
		return err
	})
	return k, err
}

func (r *Relay) keys(tx Tx, d *Directory, who Actor, id policy.Person) (Keyboard, error) {
	child, _, err := d.pair(who, See, id, 0)
	if err != nil {
		return Keyboard{}, err
	}
	language := r.languageOf(child)
	k := Keyboard{
		Child: child, Language: language, Entry: words.Say(language, words.EntrySMS, GatewayName), Police: "112",
		Guardians: d.Guardians(id), Meant: d.Unaddressed(child).To, Phrases: d.Phrases(id, language),
		Chat: r.connected.Load(), Lost: d.Rules.IsLost(id),
	}
	if own := linesOf[r.o.Country].police; own != "" {
		k.Police = own
	}
	k.Helpline = childrensLine[r.o.Country]
	if k.Number, err = r.numberTowards(tx, child); err != nil {
		return k, err
	}
	ring, person := d.KeyToRing(id)
	k.Ring, k.RingName = ring, person.Name
	for _, rule := range d.List(id) {
		if p, there := d.Person(rule.Contact); there {
			k.People = append(k.People, OnKey{Key: rule.Key, Person: p, Guardian: d.Rules.IsGuardian(id, p.ID)})
		}
	}
	for _, g := range k.Guardians {
		if _, listed := d.Rules.Rule(id, g.ID); !listed {
			k.People = append(k.People, OnKey{Person: g, Guardian: true})
		}
	}
	for i := range k.People {
		on := &k.People[i]
		on.Writes = d.Rules.Listed(id, on.Person.ID, policy.FromChild)
		v, err := r.decide(tx, d, id, on.Person.ID, policy.FromChild, about{})
		if err != nil {
			return k, err
		}
		on.Now, on.From = v.Action == policy.Deliver, v.Until
	}
	if k.Days, err = tx.Retention(id, KeepMetadata); err != nil {
		return k, err
	}
	if k.Left, k.Limited, err = r.leftFor(tx, d, id); err != nil {
		return k, err
	}
	k.Cards, err = r.cardLines(tx, k)
	return k, err
}

// childrensLine is where a child can ring somebody to talk to: the harmonised number, in countries whose children know
// it under that number.
var childrensLine = map[string]string{"NO": "116 111", "DK": "116 111", "SE": "116 111", "FI": "116 111", "DE": "116 111"}

// numberTowards is the gateway number that a child writes to.
func (r *Relay) numberTowards(tx Tx, child Person) (Phone, error) {
	modem, err := r.modemTowards(tx, child)
	return r.o.Numbers[modem], err
}

// leftFor is how many SMS parts may be sent to a child by a guardian before a budget ends.
func (r *Relay) leftFor(tx Tx, d *Directory, child policy.Person) (left int, limited bool, err error) {
	spent, err := tx.Spent(child, 0, r.today())
	if err != nil {
		return 0, false, err
	}
	own, all := d.Rules.Limits(child), d.Rules.Limits(0)
	for _, b := range []struct{ limit, spent int }{
		{own.Day, spent.Day}, {own.Month, spent.Month}, {all.Day, spent.GatewayDay}, {all.Month, spent.GatewayMonth},
	} {
		if b.limit == 0 {
			continue
		}
		if rest := max(b.limit-b.spent, 0); !limited || rest < left {
			left, limited = rest, true
		}
	}
	return left, limited, nil
}

// KeyChange is what SetKey did.
type KeyChange string

// The changes of a key.
const (
	KeySet       KeyChange = "set"       // somebody was put on an empty key
	KeySwapped   KeyChange = "swapped"   // two changed places
	KeyDisplaced KeyChange = "displaced" // whoever was there has no key any more
	KeyCleared   KeyChange = "cleared"   // nobody is there now
)

// SetKey puts somebody on a child's list, or a guardian, on a key from 1 to 9; person 0 clears it. Whoever was there
// gets the other's old key: they change places. It takes the right to Arrange.
func (r *Relay) SetKey(ctx context.Context, who Actor, child policy.Person, key int, person policy.Person) (change KeyChange, err error) {
	err = r.operate(ctx, "set a key", func(tx Tx, d *Directory) error {
		k, p, err := d.pair(who, Arrange, child, person)
		if err != nil {
			return err
		}
		if key < 1 || key > 9 {
			return refuse(words.NoSuchKey, key)
		}
		var before string
		if _, err := r.editFamily(tx, func(f *Family) error {
			change, before = f.setKey(k.Name, key, p.Name)
			return nil
		}); err != nil {
			return err
		}
		return r.audit(tx, who, "set_key", k.ID, person, keyInWords(key, p.Name, before, change))
	})
	return change, err
}

// setKey changes who is on a key, and tells who was there before.
func (f *Family) setKey(child string, key int, name string) (change KeyChange, before string) {
	for i := range f.Children {
		k := &f.Children[i]
		if k.Name != child {
			continue
		}
		from := 0 // the key that name had
		for j := range k.Allow {
			switch a := &k.Allow[j]; {
			case a.Contact == name:
				from, a.Key = a.Key, key
			case a.Key == key:
				before = a.Contact
			}
		}
		listed := name == ""
		for j := range k.Allow {
			if a := &k.Allow[j]; a.Contact == before && before != "" {
				a.Key = from
			}
			listed = listed || k.Allow[j].Contact == name
		}
		if !listed { // a guardian, who is on the list without a line
			k.Allow = append(k.Allow, Allow{Contact: name, Key: key, ToChild: true, FromChild: true})
		}
		switch {
		case name == "":
			change = KeyCleared
		case before == "":
			change = KeySet
		case from != 0:
			change = KeySwapped
		default:
			change = KeyDisplaced
		}
	}
	return change, before
}

// keyInWords tells a change to whoever reads the audit log.
func keyInWords(key int, name, before string, change KeyChange) string {
	switch change {
	case KeyCleared:
		return fmt.Sprintf("key %d: nobody", key)
	case KeySwapped:
		return fmt.Sprintf("key %d: %s, changed places with %s", key, name, before)
	case KeyDisplaced:
		return fmt.Sprintf("key %d: %s, and no longer %s", key, name, before)
	}
	return fmt.Sprintf("key %d: %s", key, name)
}

// SetDefault says whom a child means when its text names nobody and no conversation is open; 0 for the lowest key, else
// the guardians. It takes the right to Arrange.
func (r *Relay) SetDefault(ctx context.Context, who Actor, child, person policy.Person) error {
	return r.operate(ctx, "set a default", func(tx Tx, d *Directory) error {
		k, p, err := d.pair(who, Arrange, child, person)
		if err != nil {
			return err
		}
		if person != 0 && !d.Rules.Listed(child, person, policy.FromChild) {
			return refuse(words.ChildMayNotWrite, k.Name, p.Name)
		}
		_, err = r.editFamily(tx, func(f *Family) error {
			for i := range f.Children {
				if f.Children[i].Name == k.Name {
					f.Children[i].Default = p.Name
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return r.audit(tx, who, "set_default", child, person, p.Name)
	})
}
