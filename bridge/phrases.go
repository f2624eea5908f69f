package bridge

import (
	"fmt"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// Phrase is something that a child can type, as it stands on the card in its wallet. A test reads each as a child's
// text: what is printed is what the gateway takes.
type Phrase struct {
	Name string // names it to whoever prints it: "key", "name", "all", "keys", "who", "rules", "ask", "stop", "sos", "help"
	Text string // as it is typed: `2 hei`
	Who  string // whom it is about, where it is about somebody
}

// Phrases returns what a child can type, in the child's language.
func (d *Directory) Phrases(child policy.Person, language string) []Phrase {
	hello := words.Say(language, words.TypeHello)
	var list []Phrase
	writes := func(rule policy.Rule) bool { return d.Rules.Listed(child, rule.Contact, policy.FromChild) }
	// Key 1 is often the voicemail: it is no example.
	key, to := d.firstKey(child, func(rule policy.Rule) bool { return rule.Key != 1 && writes(rule) })
	if key == 0 {
		key, to = d.firstKey(child, writes)
	}
	if key != 0 {
		list = append(list,
			Phrase{"key", fmt.Sprintf("%d %s", key, hello), to.Name},
			Phrase{"name", to.Name + ": " + hello, to.Name})
	} else if guardians := d.Guardians(child); len(guardians) > 0 {
		list = append(list, Phrase{"name", guardians[0].Name + ": " + hello, guardians[0].Name})
	}
	list = append(list,
		Phrase{"all", "0 " + hello, ""},
		Phrase{"keys", "?", ""},
		Phrase{"who", words.Say(language, words.TypeWho), ""},
		Phrase{"rules", words.Say(language, words.TypeRules), ""},
		Phrase{"ask", words.Say(language, words.TypeAsk), ""})
	key, to = d.firstKey(child, func(rule policy.Rule) bool { return d.mayBeMutedBy(child, rule) })
	if key != 0 {
		list = append(list, Phrase{"stop", words.Say(language, words.TypeStop, key), to.Name})
	}
	return append(list, Phrase{"sos", "SOS", ""}, Phrase{"help", words.Say(language, words.TypeHelp), ""})
}

// mayBeMutedBy tells whether STOPP works against somebody: not against guardians and the emergency list.
func (d *Directory) mayBeMutedBy(child policy.Person, rule policy.Rule) bool {
	return rule.ToChild && !rule.Emergency && !d.Rules.IsGuardian(child, rule.Contact)
}

// firstKey returns the lowest key with somebody on it who fits; 0 for none.
func (d *Directory) firstKey(child policy.Person, fits func(policy.Rule) bool) (int, Person) {
	for _, rule := range d.List(child) { // those with a key come first
		if p, there := d.Person(rule.Contact); rule.Key != 0 && there && fits(rule) {
			return rule.Key, p
		}
	}
	return 0, Person{}
}

// KeyToRing returns the key that a child holds to ring somebody in need, as the gateway itself tells it: a guardian's
// before anybody else's. It is 0 when nobody on a key has a phone.
func (d *Directory) KeyToRing(child policy.Person) (int, Person) {
	rings := func(rule policy.Rule) bool {
		p, _ := d.Person(rule.Contact)
		return p.Phone != "" && p.Kind != KindChild
	}
	key, who := d.firstKey(child, func(rule policy.Rule) bool { return rings(rule) && d.Rules.IsGuardian(child, rule.Contact) })
	if key != 0 {
		return key, who
	}
	return d.firstKey(child, rings)
}
