package bridge

import (
	"strings"
	"time"

	"knapp/bridge/words"
)

const (
	// noticesPerHour is how many of the gateway's own texts a phone gets in an hour before what must be said waits,
	// and is said together.
	noticesPerHour = 20
	// noticesEvery is how long it waits.
	noticesEvery = 15 * time.Minute
)

// answer tells a phone what became of something that it asked for or that cannot be done. Answers have a cap; the last
// of them says that there are no more.
func (r *Relay) answer(tx Tx, to Person, about MessageID, s words.Sentence, args ...any) error {
	if to.Phone == "" {
		return nil
	}
	d, err := tx.Directory()
	if err != nil || to.Kind == KindChild && d.Rules.IsLost(to.ID) {
		return err
	}
	quiet, last, err := r.asked(tx, d, to)
	if err != nil || quiet {
		return err
	}
	if last {
		s, args = words.AnsweredMuch, nil
	}
	return r.say(tx, to, about, words.Say(r.languageOf(to), s, args...))
}

// tell tells a phone something that it must know. When it has been told much already, it is told later, and what is
// the same once with how often: nothing that failed is passed over in silence.
func (r *Relay) tell(tx Tx, to Person, about MessageID, s words.Sentence, args ...any) error {
	if to.Phone == "" {
		return nil // somebody without a phone, or who is no longer in the family
	}
	if quiet, err := r.isLost(tx, to); err != nil || quiet {
		return err
	}
	now := r.o.Now()
	said, err := tx.OwnTexts(to.Phone, now.Add(-time.Hour))
	if err != nil {
		return err
	}
	text := words.Say(r.languageOf(to), s, args...)
	if said >= noticesPerHour {
		return tx.AddNotice(Notice{About: about, To: to.Phone, Text: text, Due: now.Add(noticesEvery)})
	}
	return r.say(tx, to, about, text)
}

// isLost tells whether somebody's phone is lost: then nothing of the gateway's goes there but that it is.
func (r *Relay) isLost(tx Tx, to Person) (bool, error) {
	if to.Kind != KindChild {
		return false, nil
	}
	d, err := tx.Directory()
	if err != nil {
		return false, err
	}
	return d.Rules.IsLost(to.ID), nil
}

// say sends the gateway's own words to a phone.
func (r *Relay) say(tx Tx, to Person, about MessageID, text string) error {
	modem, err := r.modemTowards(tx, to)
	if err != nil {
		return err
	}
	return r.addSMS(tx, about, own, modem, to.Phone, GatewayName+": "+text)
}

// tellWhatWaits says together what waits for each phone to which something is due, in one SMS; what does not fit into
// it waits for the next.
func (r *Relay) tellWhatWaits(tx Tx, now time.Time) error {
	due, err := tx.NoticesDue(now, farthest)
	if err != nil {
		return err
	}
	for len(due) > 0 {
		to := due[0].To
		n := 0
		for n < len(due) && due[n].To == to {
			n++
		}
		if err := r.tellTogether(tx, due[:n], now); err != nil {
			return err
		}
		due = due[n:]
	}
	return nil
}

func (r *Relay) tellTogether(tx Tx, notices []Notice, now time.Time) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	to, known := d.ByPhone(notices[0].To)
	var said []string
	for i, n := range notices {
		text := n.Text
		if n.Times > 1 {
			text = words.Say(r.languageOf(to), words.AskedAgain, text, n.Times)
		}
		together := append(said, text)
		if i > 0 && r.o.Texts.Parts(GatewayName+": "+strings.Join(together, " / ")) > MaxParts {
			break
		}
		said = together
		if err := tx.DropNotice(n.ID); err != nil {
			return err
		}
	}
	for _, n := range notices[len(said):] {
		n.Due = now.Add(noticesEvery)
		if err := tx.DropNotice(n.ID); err != nil {
			return err
		}
		if err := tx.AddNotice(n); err != nil {
			return err
		}
	}
	if !known { // whoever is no longer in the family is told nothing any more
		return nil
	}
	return r.say(tx, to, notices[0].About, strings.Join(said, " / "))
}
