package bridge

import (
	"context"
	"strings"

	"knapp/bridge/words"
)

// CodeWord returns the family's code word, "" for none: whoever reads it can write as a child without its phone, so it
// takes the right to Govern, and is written down.
func (r *Relay) CodeWord(ctx context.Context, who Actor) (word string, err error) {
	err = r.operate(ctx, "read the code word", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Govern, 0); err != nil {
			return err
		}
		word = d.CodeWord
		return r.audit(tx, who, "read_code_word", 0, 0, "")
	})
	return word, err
}

// SetCodeWord sets the family's code word, or ("") ends it: 4 to 20 letters, no name and no command, as in a family
// document. The other guardians hear that it was done and by whom, not the word. It takes the right to Govern.
func (r *Relay) SetCodeWord(ctx context.Context, who Actor, word string) error {
	word = strings.TrimSpace(word)
	return r.operate(ctx, "set the code word", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Govern, 0); err != nil {
			return err
		}
		if d.CodeWord == word {
			return nil
		}
		if _, err := r.editFamily(tx, func(f *Family) error { f.CodeWord = word; return nil }); err != nil {
			return err
		}
		what, said := "set_code_word", words.GuardianCodeWord
		if word == "" {
			what, said = "drop_code_word", words.GuardianNoCodeWord
		}
		if err := r.audit(tx, who, what, 0, 0, ""); err != nil {
			return err
		}
		return r.informGuardians(tx, d, 0, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, said, r.whoDid(d, who))
		})
	})
}
