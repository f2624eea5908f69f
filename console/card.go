package console

import (
	"strings"

	"knapp/bridge"
	"knapp/bridge/policy"
)

// printView is what goes on paper: the card for a wallet, or the child's sheet. It speaks the child's language, whatever
// the visitor's is.
type printView struct {
	Sheet    bool
	Child    policy.Person
	Name     string
	Tongue   string // of what is printed
	Paper    string // "a4" or "letter"
	Number   string // of the gateway
	Entry    string
	Keys     []printKey // those with somebody on them
	Pad      []padKey
	Phrases  []bridge.Phrase
	Ring     int
	RingName string
	Police   string
	Helpline string
	Days     int
	QR       string // a path
	Box      int

	words locale
}

type printKey struct {
	Key  int
	Name string
}

// T is a sentence in the language of the paper.
func (p printView) T(key string, args ...any) (string, error) { return p.words.say(key, args...) }

// Says is what a phrase does.
func (p printView) Says(phrase bridge.Phrase) (string, error) {
	if phrase.Who != "" {
		return p.words.say("card.says."+phrase.Name, phrase.Who)
	}
	return p.words.say("card.says." + phrase.Name)
}

// papers are the sizes that there is a style sheet for.
var papers = []string{"a4", "letter"}

// printed shows what is to be printed about a child.
func (v *visit) printed(sheet bool) error {
	child, ok := v.aChild()
	if !ok {
		return v.deny()
	}
	if child.ID == 0 {
		return v.see("/keys", nil)
	}
	k, err := v.s.options.Office.Keys(v.ctx(), v.who, child.ID)
	if err != nil {
		return v.ended(err, "/keys", "", v.keys)
	}
	view, err := printOf(k, v.s.pages[k.Language].words, k.Language, v.c.Query("paper"))
	if tongue := v.c.Query("tongue"); tongue != "" && tongue != k.Language {
		edition, spoken := v.s.pages[tongue]
		if !spoken {
			return v.deny()
		}
		k.Phrases = v.d.Phrases(child.ID, tongue)
		view, err = printOf(k, edition.words, tongue, v.c.Query("paper"))
	}
	if err != nil {
		return err
	}
	view.Sheet = sheet
	return v.show("paper.html", view)
}

func printOf(k bridge.Keyboard, words locale, tongue, paper string) (printView, error) {
	view := printView{
		Child: k.Child.ID, Name: k.Child.Name, Tongue: tongue, Paper: papers[0], Number: spaced(string(k.Number)), Entry: k.Entry,
		Phrases: k.Phrases, Ring: k.Ring, RingName: k.RingName, Police: k.Police, Helpline: k.Helpline, Days: k.Days, words: words,
	}
	for _, p := range papers {
		if p == paper {
			view.Paper = p
		}
	}
	on := map[int]keyPerson{}
	for _, p := range k.People {
		if p.Key != 0 && p.Writes {
			view.Keys = append(view.Keys, printKey{p.Key, p.Person.Name})
			on[p.Key] = keyPerson{Name: p.Person.Name}
		}
	}
	view.Pad = padOf(on, words["card.all"], 0)
	if k.Number == "" {
		return view, nil
	}
	var err error
	view.QR, view.Box, err = qrPath(contactOf(k.Entry, string(k.Number)))
	return view, err
}

// contactOf is an entry of a phone book as phones read it from a picture: a vCard 3.0 (RFC 2426), whose text escapes
// a comma, a semicolon and a backslash (§4).
func contactOf(name, number string) string {
	name = strings.NewReplacer(`\`, `\\`, ",", `\,`, ";", `\;`).Replace(name)
	return "BEGIN:VCARD\r\nVERSION:3.0\r\nN:" + name + "\r\nFN:" + name + "\r\nTEL:" + number + "\r\nEND:VCARD\r\n"
}

// spaced writes a number so that a child can read and dial it: "+47 999 90 000", as Norwegians do; others in threes.
func spaced(number string) string {
	if local, norwegian := strings.CutPrefix(number, "+47"); norwegian && len(local) == 8 {
		return "+47 " + local[:3] + " " + local[3:5] + " " + local[5:]
	}
	var groups []string
	for len(number) > 4 {
		groups = append([]string{number[len(number)-3:]}, groups...)
		number = number[:len(number)-3]
	}
	return strings.Join(append([]string{number}, groups...), " ")
}

// rehearsePrints fills both papers in both languages, with all and with nothing on them.
func rehearsePrints(r *rehearsal) {
	full := bridge.Keyboard{Number: "1", Entry: "2", Ring: 2, RingName: "3", Police: "1", Helpline: "2", Days: 3}
	for _, name := range []string{"key", "name", "all", "keys", "who", "rules", "ask", "stop", "sos", "help"} {
		phrase := bridge.Phrase{Name: name, Text: "1"}
		if name == "key" || name == "name" || name == "stop" {
			phrase.Who = "2"
		}
		full.Phrases = append(full.Phrases, phrase)
	}
	for key := 2; key <= 9; key++ {
		full.People = append(full.People, bridge.OnKey{Key: key, Person: bridge.Person{Name: "1"}, Writes: true})
	}
	for _, k := range []bridge.Keyboard{full, {}} {
		for _, paper := range papers {
			view, err := printOf(k, r.e.words, languages[0].Code, paper)
			r.errs = append(r.errs, err)
			r.inside("paper.html", view)
			view.Sheet = true
			r.inside("paper.html", view)
		}
	}
}
