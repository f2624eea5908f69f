package bridge

import (
	"regexp"
	"slices"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// askedForSOS names the questions `Mente du SOS?` and `Haster det?` among what was lately.
const askedForSOS = "asked for SOS"

// sosAnswerWithin is how long a yes is an answer to it.
const sosAnswerWithin = 10 * time.Minute

// yes are the words that answer `Mente du SOS?` and `Haster det?`, whatever the child's language: to take a yes for a text
// could cost a life, to take a text for a yes costs a call.
var yes = regexp.MustCompile(`^(j+a*|ja+ ja+|ja takk|jada|jepp|jo|y|yes|yes please|yeah|yep|(ja )?(det )?haster|(yes )?(it is|urgent|it is urgent))$`)

func saysYes(text string) bool { return yes.MatchString(onlyWords(text)) }

// saysStop knows STOPP, in any language, with nothing behind it.
func saysStop(text string) bool {
	word := Fold(bareWord(text))
	for _, known := range commandsIn {
		if oneOf(known.stop, word) {
			return true
		}
	}
	return false
}

// wasAskedForSOS tells whether a child was lately asked whether it meant SOS, and has heard from no guardian since: a yes
// to one of them (`hjelp meg med leksene`, `med matten?`, `ja`) is for that guardian, who has read what went before.
func (r *Relay) wasAskedForSOS(tx Tx, d *Directory, child Person, at time.Time) (bool, error) {
	when, err := tx.LastOf(askedForSOS, child.ID, 0)
	if err != nil || when.IsZero() || at.Sub(when).Abs() > sosAnswerWithin {
		return false, err
	}
	since, err := tx.Exchanges(child.ID, when)
	return !slices.ContainsFunc(since, func(e Exchange) bool {
		return !e.FromChild && d.Rules.IsGuardian(child.ID, e.Other)
	}), err
}

// askForSOS asks a child whether SOS was meant: what it typed has gone its way as an ordinary text.
func (r *Relay) askForSOS(tx Tx, child Person, id MessageID) error {
	return r.askUrgently(tx, child, id, words.DidYouMeanSOS)
}

// callForHelp raises an emergency. What still waited for whom it is for goes to the guardians with it.
func (r *Relay) callForHelp(tx Tx, d *Directory, child Person, m Message, in Intent, waiting []Undecided) error {
	m.Emergency = true
	m.Verdict = policy.Verdict{Action: policy.Deliver, Reason: policy.ByEmergency}
	id, err := tx.AddMessage(m)
	if err != nil {
		return err
	}
	m.ID = id
	told, err := tx.LastOf("told to ring "+in.Number, child.ID, 0)
	if err != nil {
		return err
	}
	if in.Kind == RingEmergency && r.o.Now().Sub(told).Abs() >= callsApart {
		if _, err := tx.Lately("told to ring "+in.Number, child.ID, 0, r.o.Now()); err != nil {
			return err
		}
		if err := r.tellUrgent(tx, child, id, words.RingNow, in.Number); err != nil {
			return err
		}
	}
	doubted, err := r.endDoubts(tx, child)
	if err != nil {
		return err
	}
	text := in.Text
	switch {
	case !saysYes(text):
	case doubted != "": // what the yes is about says more than the yes
		text = doubted
	default: // somebody has read that, and it is kept no longer
		text = r.beside(words.CauseYes)
	}
	if err := r.raiseAlarm(tx, d, child, WroteSOS, m, text); err != nil {
		return err
	}
	for _, u := range waiting {
		if err := r.unanswered(tx, d, u); err != nil {
			return err
		}
	}
	return nil
}

// endDoubts forgets that a child's `hjelp …` is to become an emergency, since the child has called for help itself, and
// returns the newest of these texts. Else it would be one more when somebody has long taken this one.
func (r *Relay) endDoubts(tx Tx, child Person) (newest string, err error) {
	unseen, err := tx.UnseenDue(r.o.Now().Add(doubtAfter))
	if err != nil {
		return "", err
	}
	for _, u := range unseen {
		if !u.Doubt || u.Child != child.ID {
			continue
		}
		newest = u.Text
		if err := tx.DropUnseenMessage(u.Message); err != nil {
			return "", err
		}
	}
	return newest, nil
}

// maybeHelp relays `hjelp …` at once, past every hold: to whom it names, to whom the child is talking with, and to all
// guardians where that is not clear or may not be written to.
func (r *Relay) maybeHelp(tx Tx, d *Directory, child Person, m Message, to Addressed, talking []Addressed) error {
	switch {
	case to.To != 0 || to.All:
	case len(talking) == 1:
		to.To, to.All = talking[0].To, talking[0].All
	case len(talking) == 0:
		text := to.Text
		to = d.Unaddressed(child)
		to.Text = text
	default:
		to.All = true
	}
	if to.To != 0 && !d.Rules.Listed(child.ID, to.To, policy.FromChild) {
		to.To, to.All = 0, true
	}
	id, err := r.pass(tx, d, child, m, to, about{Emergency: true})
	if err != nil {
		return err
	}
	return r.doubtAlarm(tx, child, id, to.Text)
}

// fromLostPhone relays what comes from a phone that is lost, marked so. Whoever holds it commands nothing and is
// answered nothing; what names nobody goes to the guardians.
func (r *Relay) fromLostPhone(tx Tx, d *Directory, child Person, m Message, in Intent, text string) error {
	if in.Kind == RingHelpline { // also of a child that still has its phone: nobody's business
		return r.ringHelpline(tx, child, m, in)
	}
	to := in.Addressed
	if in.Kind != Plain && in.Kind != PerhapsSOS && in.Kind != DoubtfulHelp || to.To == 0 {
		to = Addressed{All: true, Text: text}
	}
	to.Text = r.beside(words.FromLostPhone, to.Text)
	_, err := r.pass(tx, d, child, m, to, about{})
	return err
}

// twoCalls is how close to each other two calls are one emergency.
const twoCalls = 3 * time.Minute

// rang takes a child's call to the gateway number: a signal to whom its texts go to when they name nobody, and two of
// them an emergency.
func (r *Relay) rang(tx Tx, d *Directory, child Person, modem string, at time.Time) error {
	text := r.beside(words.ChildRang, child.Name)
	m := Message{At: at, Direction: policy.FromChild, Child: child.ID, Modem: modem, Length: len([]rune(text))}
	before, err := tx.Lately("rang", child.ID, 0, at)
	if err != nil {
		return err
	}
	if !before.IsZero() && at.Sub(before).Abs() <= twoCalls {
		return r.raiseAlarm(tx, d, child, RangTwice, m, text)
	}
	to := d.Unaddressed(child)
	to.Text = text
	_, err = r.pass(tx, d, child, m, to, about{})
	return err
}
