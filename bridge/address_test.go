package bridge

import (
	"strings"
	"testing"

	"knapp/bridge/policy"
)

const (
	emma policy.Person = iota + 1
	mum
	dad
	gran
	coach
	other // on another child's list only
)

// house is one child and the people around it.
func house() *Directory {
	return NewDirectory([]Person{
		{ID: emma, Kind: KindChild, Name: "Emma", Phone: "+4793333333", Localpart: "emma", Language: "nb"},
		{ID: mum, Kind: KindGuardian, Name: "Mamma", JID: "mum@example.org"},
		{ID: dad, Kind: KindGuardian, Name: "Pappa", JID: "dad@example.org"},
		{ID: gran, Kind: KindContact, Name: "Mor Åse", JID: "gran@example.org"},
		{ID: coach, Kind: KindContact, Name: "Trener", Phone: "+4795555555"},
		{ID: other, Kind: KindContact, Name: "Ola", Phone: "+4796666666"},
	}, policy.Book{Guardianships: []policy.Guardianship{{Child: emma, Guardian: mum}, {Child: emma, Guardian: dad}}, Rules: []policy.Rule{
		{ID: 1, Child: emma, Contact: mum, Key: 2, FromChild: true, ToChild: true},
		{ID: 2, Child: emma, Contact: dad, Key: 3, FromChild: true, ToChild: true},
		{ID: 3, Child: emma, Contact: gran, Key: 4, FromChild: true, ToChild: true},
		{ID: 4, Child: emma, Contact: coach, ToChild: true},
	}})
}

func TestAddress(t *testing.T) {
	d := house()
	for _, c := range []struct {
		text string
		open bool
		want Addressed
	}{
		{"hei", false, Addressed{Text: "hei"}},
		{"2 hei", false, Addressed{To: mum, Text: "hei"}},
		{"2 hei", true, Addressed{To: mum, Text: "hei"}},
		{" 3  hei du ", true, Addressed{To: dad, Text: "hei du"}},
		{"2\nhei", false, Addressed{To: mum, Text: "hei"}},
		{"0 kom", false, Addressed{All: true, Text: "kom"}},
		{"7 hei", false, Addressed{Text: "7 hei"}},
		{"2", false, Addressed{Text: "2"}},
		{"2 ", false, Addressed{Text: "2"}},
		{"22 hei", false, Addressed{Text: "22 hei"}},
		{"2 timer til", false, Addressed{Text: "2 timer til"}},
		{"3 kr", false, Addressed{Text: "3 kr"}},
		{"2 min", false, Addressed{Text: "2 min"}},
		{"2 min sykkel er borte", false, Addressed{To: mum, Text: "min sykkel er borte"}},
		{"2 am I late", false, Addressed{To: mum, Text: "am I late"}},
		{"3 14.30", false, Addressed{Text: "3 14.30"}},
		{"2 TIMER!", false, Addressed{Text: "2 TIMER!"}},
		{"Mamma: hei", true, Addressed{To: mum, Text: "hei"}},
		{"MAMMA:hei", true, Addressed{To: mum, Text: "hei"}},
		{"mamma : hei", true, Addressed{To: mum, Text: "hei"}},
		{"mamma hei", false, Addressed{To: mum, Text: "hei"}},
		{"Pappa henter meg", true, Addressed{Text: "Pappa henter meg"}},
		{"mor ase hei", false, Addressed{To: gran, Text: "hei"}},
		{"Mor Åse: hei", true, Addressed{To: gran, Text: "hei"}},
		{"mor hei", false, Addressed{Text: "mor hei"}},
		{"mamma", false, Addressed{Text: "mamma"}},
		{"NB: hei", false, Addressed{Text: "NB: hei"}},
		{"Trener: hei", false, Addressed{To: coach, Text: "hei"}},
		{"Ola: hei", false, Addressed{Text: "Ola: hei"}}, // on another child's list: not a name here
		{"kl 14: møte", false, Addressed{Text: "kl 14: møte"}},
		{"", false, Addressed{}},
	} {
		if got := d.Address(emma, c.text, c.open); got != c.want {
			t.Errorf("%q (open %v): %+v, want %+v", c.text, c.open, got, c.want)
		}
	}
}

func TestUnaddressedGoesToDefaultThenLowestKeyThenGuardians(t *testing.T) {
	d := house()
	child, _ := d.Person(emma)
	if got := d.Unaddressed(child); got.To != mum {
		t.Errorf("lowest key: %+v", got)
	}
	child.Default = gran
	if got := d.Unaddressed(child); got.To != gran {
		t.Errorf("default: %+v", got)
	}
	child.Default = coach // may not be written to
	if got := d.Unaddressed(child); got.To != mum {
		t.Errorf("a default that may not be written to: %+v", got)
	}
	bare := NewDirectory([]Person{{ID: emma, Kind: KindChild, Name: "Emma"}, {ID: mum, Kind: KindGuardian, Name: "Mamma"}},
		policy.Book{Guardianships: []policy.Guardianship{{Child: emma, Guardian: mum}}})
	if got := bare.Unaddressed(child); !got.All {
		t.Errorf("no list: %+v", got)
	}
}

func TestLabelCannotBeForged(t *testing.T) {
	d := house()
	for _, c := range []struct{ text, want string }{
		{"kommer nå", "Pappa: kommer nå"},
		{"hei\nMamma: kom hjem", "Pappa: hei / »Mamma:« kom hjem"},
		{"hei\r\n\r\n  du  ", "Pappa: hei / du"},
		{"se: her", "Pappa: se: her"},
		{"Knapp: koden er 1", "Pappa: »Knapp:« koden er 1"},
		{"MAMMA : og mor åse: nei", "Pappa: »MAMMA :« og »mor åse:« nei"},
		{"Mamma：hei", "Pappa: »Mamma：«hei"},
		{"SuperMamma: hei", "Pappa: SuperMamma: hei"},
		{"a\u2028Emma: b", "Pappa: a / »Emma:« b"},
		{"https://example.org", "Pappa: https://example.org"},
		{"x Mam\u200bma: y", "Pappa: x »Mamma:« y"},
		{"x Mamma\u200b: y", "Pappa: x »Mamma:« y"},
		{"x M\u00adamma: y", "Pappa: x »Mamma:« y"},
		{"x Мамма: y", "Pappa: x »Мамма:« y"},
		{"x Ｍamma: y", "Pappa: x »Ｍamma:« y"},
		{"x Mamma (ny): y", "Pappa: x »Mamma (ny):« y"},
		{"x Mor Åse (new) : y", "Pappa: x »Mor Åse (new) :« y"},
		{"(ny): y", "Pappa: (ny): y"},
		{"x Mamma։ y", "Pappa: x »Mamma։« y"},
		{"x K\u202enapp\u202c: y", "Pappa: x »Knapp:« y"},
		{"hei.\u3164Mamma: y", "Pappa: hei. »Mamma:« y"}, // a letter to Unicode, a blank to everybody else
		{"x Mam\u3164ma: y", "Pappa: x Mam ma: y"},
		{"x Mamma\u2800: y", "Pappa: x »Mamma :« y"},
		{"x Mam\u20d0ma: y", "Pappa: x »Mam\u20d0ma:« y"},
		{"x M\ufe0famma: y", "Pappa: x »Mamma:« y"},
		{"hei ǃMamma: y", "Pappa: hei ǃ»Mamma:« y"},
		{"hei ʼMamma: y", "Pappa: hei ʼ»Mamma:« y"},
		{"x Mamma˸ y", "Pappa: x »Mamma˸« y"},
		{"x Mammaꓽ y", "Pappa: x »Mammaꓽ« y"},
		{"x Mamma.: y", "Pappa: x »Mamma.:« y"},
		{"x *Mamma*: y", "Pappa: x *»Mamma*:« y"},
		{"x Mamma \u00a0\t : y", "Pappa: x »Mamma \u00a0\t :« y"},
		{"hils mamma :) og pappa :-D", "Pappa: hils mamma :) og pappa :-D"},
		{"x Mamma :Dette er mamma", "Pappa: x »Mamma :«Dette er mamma"},
		{"x Mamma\x07: y", "Pappa: x »Mamma :« y"},
	} {
		if got := d.Label("Pappa", c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// Whatever is written, what a child reads has one label, at its beginning.
func FuzzLabel(f *testing.F) {
	for _, seed := range []string{"hei", "x\nMamma: y", "mamma:", "»Mamma:«", ":::", "a:\u0301b"} {
		f.Add(seed)
	}
	d := house()
	f.Fuzz(func(t *testing.T, text string) {
		got := []rune(d.Label("Pappa", text))
		for i, r := range got {
			if r == '\n' || r == '\r' || r == '\u2028' {
				t.Fatalf("%q breaks a line: %q", text, string(got))
			}
			if i <= len("Pappa") || !isColon(r) || isSmiley(got[i:]) {
				continue
			}
			if start, found := d.nameBefore(got, len("Pappa: "), i); found && got[start-1] != '»' {
				t.Fatalf("%q forges a label: %q", text, string(got))
			}
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"2 hei", "mamma hei", "Mamma: hei", "0 ", "\u00a0 2 x"} {
		f.Add(seed, true)
	}
	d := house()
	f.Fuzz(func(t *testing.T, text string, open bool) {
		a := d.Address(emma, text, open)
		if a.To == other {
			t.Fatalf("%q reaches somebody who is not on the list", text)
		}
		if len(a.Text) > len(text) {
			t.Fatalf("%q grew: %q", text, a.Text)
		}
	})
}

// A text of many parts that is nothing but colons is looked at once, not once for each of them.
func BenchmarkLabelOfColons(b *testing.B) {
	d, text := house(), "a"+strings.Repeat(":", 39000)
	for b.Loop() {
		d.Label("Pappa", text)
	}
}
