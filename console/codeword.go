package console

import "knapp/bridge"

func codeWordScreen() screen {
	return screen{
		doors: []door{
			{"GET", "/codeword", bridge.Govern, false, (*visit).codeWord},
			{"POST", "/codeword", bridge.Govern, true, (*visit).setCodeWord},
			{"POST", "/codeword/show", bridge.Govern, true, (*visit).readCodeWord},
			{"POST", "/codeword/off", bridge.Govern, true, (*visit).dropCodeWord},
		},
		rehearse: func(r *rehearsal) {
			r.inside("codeword.html", codeWordView{})
			r.inside("codeword.html", codeWordView{Has: true, Typed: "2"})
			r.inside("codeword.html", codeWordView{Has: true, Word: "1"})
			r.fill("codeword.html", frame{View: codeWordView{}, Name: "1", Form: "1", Refused: r.e.words["codeword.empty"]})
		},
	}
}

// codeWordView is what is told of the family's code word.
type codeWordView struct {
	Has   bool   // there is one
	Word  string // it; "" where it was not asked for
	Typed string // a new one that was refused
}

// codeWord tells whether there is one, and never which: that takes the password.
func (v *visit) codeWord() error { return v.showCodeWord("") }

func (v *visit) showCodeWord(word string) error {
	return v.show("codeword.html", codeWordView{Has: v.d.CodeWord != "", Word: word, Typed: v.typed("word", "")})
}

func (v *visit) readCodeWord() error {
	word, err := v.s.options.Office.CodeWord(v.ctx(), v.who)
	if err != nil {
		return v.ended(err, "/codeword", "", v.codeWord)
	}
	return v.showCodeWord(word)
}

func (v *visit) setCodeWord() error {
	word := tidy(v.c.FormValue("word"))
	if word == "" { // nobody drops it by leaving a field empty
		return v.refuse("codeword.empty", v.codeWord)
	}
	return v.ended(v.s.options.Office.SetCodeWord(v.ctx(), v.who, word), "/codeword", "codeword", v.codeWord)
}

func (v *visit) dropCodeWord() error {
	return v.ended(v.s.options.Office.SetCodeWord(v.ctx(), v.who, ""), "/codeword", "codeword_off", v.codeWord)
}
