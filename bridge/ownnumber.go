package bridge

import (
	"context"
	"slices"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// SpareNumber is a relaying modem besides the first, whose number can be a contact's own.
type SpareNumber struct {
	Modem  string
	Number Phone // "" when it is not known
}

// SpareNumbers returns the modems whose numbers can be given away, in the order of the configuration. The first one's is
// the gateway number, which is everybody's.
func (r *Relay) SpareNumbers() (list []SpareNumber) {
	for _, name := range r.o.Modems[1:] {
		list = append(list, SpareNumber{name, r.o.Numbers[name]})
	}
	return list
}

// SetOwnNumber gives the number of a modem to somebody on a child's list: what the child writes there needs no prefix, and
// what comes from that person leaves by it. modem "" takes it back. It takes the right to Arrange.
func (r *Relay) SetOwnNumber(ctx context.Context, who Actor, child, name, modem string) error {
	return r.operate(ctx, "give a contact a number of its own", func(tx Tx, d *Directory) error {
		k, person, err := d.onList(who, child, name)
		if err != nil {
			return err
		}
		if modem != "" && !slices.Contains(r.o.Modems[1:], modem) {
			return refuse(words.NoSpareNumber, modem)
		}
		rule, listed := d.Rules.Rule(k.ID, person.ID)
		if rule.Modem == modem {
			return nil
		}
		if other, taken := d.Person(d.Rules.OnNumber(k.ID, modem)); modem != "" && taken {
			return refuse(words.NumberGivenAway, modem, other.Name)
		}
		_, err = r.editFamily(tx, func(f *Family) error {
			if !listed { // a guardian without a line
				f.setLine(k.Name, Allow{Contact: person.Name, FromChild: true, ToChild: true, When: policy.Always, Modem: modem})
				return nil
			}
			f.setOwnNumber(k.Name, person.Name, modem)
			return nil
		})
		if err != nil {
			return err
		}
		return r.audit(tx, who, "set_own_number", k.ID, person.ID, orNone(modem))
	})
}

func (f *Family) setOwnNumber(child, contact, modem string) {
	for i := range f.Children {
		for j := range f.Children[i].Allow {
			if line := &f.Children[i].Allow[j]; f.Children[i].Name == child && line.Contact == contact {
				line.Modem = modem
			}
		}
	}
}
