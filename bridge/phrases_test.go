package bridge

import (
	"fmt"
	"testing"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// What is printed on the card is what the gateway takes, word for word, in each language.
func TestWhatTheCardSaysIsWhatTheGatewayTakes(t *testing.T) {
	d := village()
	for _, language := range []string{words.Bokmål, words.English} {
		talk := Talk{Language: language, Country: "NO"}
		hello := words.Say(language, words.TypeHello)
		want := map[string]Intent{
			"key": to(mum, hello), "name": to(mum, hello), "all": {Addressed: Addressed{All: true, Text: hello}},
			"keys": {Kind: ShowKeys}, "who": {Kind: ShowWho}, "rules": {Kind: ShowRules},
			"ask": {Kind: AskFor, Number: "91234567", Name: "Ida"}, "stop": {Kind: Mute, Key: 4, Addressed: Addressed{To: gran}},
			"sos": alarm("SOS"), "help": alarm(words.Say(language, words.TypeHelp)),
		}
		for _, p := range d.Phrases(emma, language) {
			in, known := want[p.Name]
			if !known {
				t.Errorf("%s: nobody knows what %q is", language, p.Name)
			}
			if got := d.Read(emma, p.Text, talk); got != in {
				t.Errorf("%s: the card says %q, which is read as %+v, want %+v", language, p.Text, got, in)
			}
			delete(want, p.Name)
		}
		if len(want) > 0 {
			t.Errorf("%s: the card does not say %v", language, want)
		}
		// The words hold in the middle of a conversation as well, but for the question mark.
		for _, p := range d.Phrases(emma, language) {
			in := d.Read(emma, p.Text, Talk{Language: language, Country: "NO", Open: true})
			if p.Name != "keys" && in != d.Read(emma, p.Text, talk) {
				t.Errorf("%s: in a conversation %q is %+v", language, p.Text, in)
			}
		}
		if in := d.Read(emma, "0", Talk{Language: language, Open: true}); in.Kind != ShowKeys {
			t.Errorf("%s: 0 is %+v", language, in)
		}
	}
}

func TestPhrasesOfAChildWithoutKeys(t *testing.T) {
	d := NewDirectory([]Person{{ID: emma, Kind: KindChild, Name: "Emma", Phone: "+4793333333"}}, policy.Book{})
	for _, p := range d.Phrases(emma, words.Bokmål) {
		if p.Name == "key" || p.Name == "stop" || p.Name == "name" {
			t.Errorf("there is nobody on a key, and yet %q", p.Text)
		}
	}
	if key, _ := d.KeyToRing(emma); key != 0 {
		t.Errorf("hold %d", key)
	}
}

// Key 1 is often the voicemail, and no example while there is another.
func TestKeyOneIsNoExample(t *testing.T) {
	people := []Person{{ID: emma, Kind: KindChild, Name: "Emma"}, {ID: gran, Kind: KindContact, Name: "Mor"}, {ID: coach, Kind: KindContact, Name: "Ola"}}
	rules := []policy.Rule{
		{ID: 1, Child: emma, Contact: gran, Key: 1, FromChild: true}, {ID: 2, Child: emma, Contact: coach, Key: 8, FromChild: true},
	}
	if p := NewDirectory(people, policy.Book{Rules: rules}).Phrases(emma, words.Bokmål)[0]; p.Text != "8 hei" {
		t.Errorf("the first is %q", p.Text)
	}
	if p := NewDirectory(people, policy.Book{Rules: rules[:1]}).Phrases(emma, words.Bokmål)[0]; p.Text != "1 hei" {
		t.Errorf("the first is %q", p.Text)
	}
}

// Whom a child holds a key to ring in need is told the same by the card and by the gateway.
func TestTheKeyToRing(t *testing.T) {
	d := village()
	child, _ := d.Person(emma)
	r := &Relay{o: Options{Language: words.Bokmål}}
	if key, _ := d.KeyToRing(emma); key != 5 { // nobody else on a key has a phone
		t.Errorf("hold %d", key)
	}
	mumRings := d.persons[mum]
	mumRings.Phone = "+4791111111"
	d.persons[mum] = mumRings
	key, who := d.KeyToRing(emma)
	if key != 2 || r.ring(d, child) != fmt.Sprintf("%s: hold %d", who.Name, key) {
		t.Errorf("the card says %d %s, the gateway %q", key, who.Name, r.ring(d, child))
	}
}
