package bridge_test

import (
	"errors"
	"strings"
	"testing"

	"knapp/bridge"
	"knapp/bridge/words"
)

// A stranger whom the family puts on a list by another way than the answer: what was held arrives at once, in order, and
// nobody is asked any more.
func TestWhoIsKnownByNowNeedsNoAnswer(t *testing.T) {
	for name, add := range map[string]func(d *desk){
		"by the keeper's document": func(d *desk) {
			d.apply(func(f *bridge.Family) {
				f.Contacts = append(f.Contacts, bridge.Contact{Name: "Anne", Phone: string(stranger)})
				f.Children[0].Allow = append(f.Children[0].Allow, bridge.Allow{Contact: "Anne", ToChild: true, FromChild: true})
			})
		},
		"by a guardian's hand": func(d *desk) {
			err := d.relay.AddContact(d.t.Context(), d.actor("Pappa"), "Emma", bridge.NewContact{Name: "Anne", Address: string(stranger)}, bridge.Allow{ToChild: true})
			if err != nil {
				d.t.Fatal(err)
			}
		},
		"by a new number": func(d *desk) {
			d.amend(func(f *bridge.Family) { f.Children[1].Allow = nil })
			if err := d.relay.ChangeNumber(d.t.Context(), d.actor("Mamma"), "Bestemor", string(stranger), false); err != nil {
				d.t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			d.sms(stranger, "hei Emma")
			d.sms(stranger, "er du der")
			d.stanzas()
			add(d)
			contains(t, "it arrives", said(d.transmit(&hand{}), "+4793333333"), "hei Emma", "er du der")
			mustContain(t, "Mamma hears that no answer is needed", said(d.stanzas(), "mum@example.org"), "K2 trenger ikke svar")
			if open, err := d.relay.Questions(t.Context(), bridge.Keeper); err != nil || len(open) != 0 {
				t.Errorf("open: %+v %v", open, err)
			}
			var refused *bridge.Refusal
			if _, err := d.relay.Approve(t.Context(), d.actor("Mamma"), "K2", bridge.Admission{Child: "Emma"}); !errors.As(err, &refused) ||
				!strings.Contains(refused.Say(words.Bokmål), "besvart allerede") {
				t.Errorf("a late answer: %v", err)
			}
		})
	}
}

// Who may write to several children says to whom, once more.
func TestWhoIsKnownToSeveralIsAskedForWhom(t *testing.T) {
	d := open(t)
	d.sms(stranger, "hei")
	d.apply(func(f *bridge.Family) {
		f.Contacts = append(f.Contacts, bridge.Contact{Name: "Anne", Phone: string(stranger)})
		for i := range f.Children {
			f.Children[i].Allow = append(f.Children[i].Allow, bridge.Allow{Contact: "Anne", ToChild: true})
		}
	})
	want(t, "asked", d.transmit(&hand{}), string(stranger)+" Knapp: Hvem er det til? Begynn med navnet og kolon: Emma, Jonas")
	if n := d.count(`SELECT count(*) FROM held`); n != 0 {
		t.Errorf("%d are still held", n)
	}
}

// A child that asked for somebody hears yes, also when a guardian does not answer but acts.
func TestAWishIsGrantedByTheList(t *testing.T) {
	d := open(t)
	d.sms("+4793333333", "SPØR +4798765432 Anne")
	d.transmit(&hand{})
	d.stanzas()
	err := d.relay.AddContact(t.Context(), d.actor("Pappa"), "Emma", bridge.NewContact{Name: "Anne", Address: "+4798765432"}, bridge.Allow{ToChild: true, FromChild: true})
	if err != nil {
		t.Fatal(err)
	}
	want(t, "yes", d.transmit(&hand{}), "+4793333333 Knapp: Ja! Nå kan du skrive til Anne. Begynn med navnet og kolon.")
}

// A chat that a stranger wrote to one child is for that child alone.
func TestAChatIsLetGoToWhomItWasFor(t *testing.T) {
	d := open(t)
	d.chat("anne@example.org", "emma", "a", "hei Emma")
	d.look()
	put := func(child int) {
		d.amend(func(f *bridge.Family) {
			if len(f.Contacts) == 3 {
				f.Contacts = append(f.Contacts, bridge.Contact{Name: "Anne", JID: "anne@example.org"})
			}
			f.Children[child].Allow = append(f.Children[child].Allow, bridge.Allow{Contact: "Anne", ToChild: true})
		})
	}
	put(1)
	want(t, "known to another child", said(d.transmit(&hand{}), "hei Emma"))
	put(0)
	contains(t, "known to this one", said(d.transmit(&hand{}), "hei Emma"), "+4793333333 Anne")
}
