package bridge

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// saysTake tells whether a text is how a guardian says that it takes an emergency, whatever its case and punctuation.
func saysTake(text string) bool {
	return slices.Contains([]string{
		"jeg tar den", "jeg tar det", "jeg tar han", "jeg tar henne", "tar den", "tar det", "jeg har den", "jeg har det",
		"i have it", "i ve got it", "ive got it", "i got it", "i take it", "i ll take it", "ill take it", "got it",
	}, onlyWords(text))
}

// onlyWords folds a text and leaves out everything that is neither letter nor digit.
func onlyWords(text string) string {
	return strings.Join(strings.FieldsFunc(Fold(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
}

// tooQuick is how soon after an alert nobody can have read it and answered.
const tooQuick = 4 * time.Second

// automatic tells whether an answer to an alert may be a machine's. In doubt it is one: the guardian is then asked,
// and loses nothing.
func automatic(text string, after time.Duration) bool {
	if after < tooQuick {
		return true
	}
	folded := onlyWords(text)
	for _, sign := range []string{
		"autosvar", "automatisk svar", "automatic reply", "auto reply", "autoreply", "out of office", "kontoret",
		"kjorer", "driving", "i et mote", "in a meeting", "ringer deg senere", "ringer deg tilbake",
		"call you later", "call you back", "kan ikke snakke na", "can t talk", "cant talk", "ferie til", "on holiday until",
	} {
		if strings.Contains(folded, sign) {
			return true
		}
	}
	return false
}

// answersAlarm looks at what a guardian writes while a child's emergency may be open. swallow is true for the words
// that take it, which are said to the gateway: they are not relayed to the child. child is whom it is written to, 0
// when that is not known; written when.
func (r *Relay) answersAlarm(
	tx Tx, d *Directory, sender Person, child policy.Person, text, way string, written time.Time,
) (swallow bool, err error) {
	if sender.Kind != KindGuardian || d.suspended[sender.ID] { // whoever holds a phone that is gone answers for nobody
		return false, nil
	}
	if child != 0 && !automatic(text, time.Hour) {
		// Whoever answers a child has read what it wrote.
		if err := tx.DropUnseen(sender.ID, child, 0); err != nil {
			return false, err
		}
	}
	open, err := tx.OpenAlarms(child)
	if err != nil {
		return false, err
	}
	takes := saysTake(text)
	for _, a := range open {
		if !d.Rules.IsGuardian(a.Child, sender.ID) {
			continue
		}
		switch {
		case takes:
			swallow = true
			err = r.takeAlarm(tx, d, sender, a, way)
		case a.Drill || child == 0:
			// An answer to somebody else, or to nobody: only the words take it.
		case automatic(text, r.o.Now().Sub(a.lastAlert())), written.Before(a.At.Add(-writtenBefore)):
			target, _ := d.Person(a.Child)
			err = r.sayTo(tx, target, sender, a.Message, words.Say(r.languageOf(sender), words.AlarmNotAnswer, target.Name))
		default:
			err = r.takeAlarm(tx, d, sender, a, way)
		}
		if err != nil {
			return swallow, err
		}
	}
	return swallow, nil
}

// writtenBefore is by how much a text must be older than the emergency that it would answer: the clocks differ.
const writtenBefore = time.Minute

// lastAlert is when the latest round was sent.
func (a Alarm) lastAlert() time.Time {
	switch {
	case a.Due.IsZero():
		return a.At
	case a.Due.Sub(a.At) < alertHourly:
		return a.Due.Add(-alertEvery)
	default:
		return a.Due.Add(-alertHourly)
	}
}

// takeAlarm ends an emergency: the child, the guardian and everybody else hear who has it, and by which way.
func (r *Relay) takeAlarm(tx Tx, d *Directory, by Person, a Alarm, way string) error {
	child, ok := d.Person(a.Child)
	if !ok {
		return nil
	}
	now := r.o.Now()
	a.Taken, a.TakenAt, a.Via, a.Text = by.ID, now, way, ""
	if a.Drill {
		return r.takeDrill(tx, child, by, a)
	}
	a.Due = time.Time{}
	if err := tx.SaveAlarm(a); err != nil {
		return err
	}
	r.o.Log.Warn("emergency taken", "alarm", a.ID, "by", by.ID, "via", way, "after", now.Sub(a.At).Round(time.Second))
	for _, p := range d.helpers(child.ID) {
		language := r.languageOf(p)
		text := words.Say(language, words.AlarmTakenBy, by.Name, child.Name, via(language, way))
		if p.ID == by.ID {
			text = words.Say(language, words.AlarmYours, child.Name)
		}
		if err := r.sayTo(tx, child, p, a.Message, text); err != nil {
			return err
		}
		if p.ID == by.ID || p.JID == "" || p.Phone == "" {
			continue
		}
		// Whoever was called out of bed by an SMS is told by one that it can go back.
		short := words.Say(language, words.AlarmTakenByPhone, by.Name, child.Name, via(language, way))
		if err := r.addUrgentSMS(tx, a.Message, p.Phone, GatewayName+": "+short); err != nil {
			return err
		}
	}
	return r.tellUrgent(tx, child, a.Message, words.AlarmTaken, by.Name)
}

// readAlarm tells a child, once, that somebody has read its alert. It takes nothing.
func (r *Relay) readAlarm(tx Tx, d *Directory, by Person, m MessageID) error {
	open, err := tx.OpenAlarms(0)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		return nil
	}
	of, err := tx.Message(m)
	if err != nil || !of.Emergency {
		return err
	}
	for _, a := range open {
		if a.Child != of.Child || a.Read || a.Drill || !d.Rules.IsGuardian(a.Child, by.ID) {
			continue
		}
		child, ok := d.Person(a.Child)
		if !ok {
			continue
		}
		a.Read = true
		if err := tx.SaveAlarm(a); err != nil {
			return err
		}
		if err := r.tellUrgent(tx, child, a.Message, words.AlarmRead, by.Name); err != nil {
			return err
		}
	}
	return nil
}

// TakeAlarm is a guardian's `I have it`, from wherever it is said: every open emergency of a child, or (0) of all the
// children that it is a guardian of. It returns how many there were.
func (r *Relay) TakeAlarm(ctx context.Context, who Actor, child policy.Person) (taken int, err error) {
	err = r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		taken, err = r.takeAlarms(tx, d, who, child)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("bridge: take an emergency: %w", err)
	}
	return taken, nil
}

func (r *Relay) takeAlarms(tx Tx, d *Directory, who Actor, child policy.Person) (taken int, err error) {
	by, ok := d.Person(who.Person)
	if !ok || by.Kind != KindGuardian || d.suspended[by.ID] {
		return 0, fmt.Errorf("%w: a guardian takes an emergency, in its own name", ErrNotAllowed)
	}
	open, err := tx.OpenAlarms(child)
	if err != nil {
		return 0, err
	}
	for _, a := range open {
		if !d.Rules.IsGuardian(a.Child, by.ID) {
			continue
		}
		taken++
		if err := r.takeAlarm(tx, d, by, a, who.Via); err != nil {
			return 0, err
		}
		if err := r.audit(tx, who, "take_alarm", a.Child, 0, ""); err != nil {
			return 0, err
		}
	}
	return taken, nil
}
