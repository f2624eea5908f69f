package bridge

import (
	"slices"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// What one phone asks of the gateway, and what it writes that cannot be done, is answered a few times an hour; whoever
// goes on, or asks by day and by night, is a machine or somebody with the child's number, and is stopped until a guardian
// releases it. What counts is what was asked, not what was answered.
const (
	answersPerHour = 10
	asksStopHour   = 30
	asksStopDay    = 80
	asksDay        = 24 * time.Hour
)

// asked counts something that a phone asked for. quiet is true when it gets no answer, last when it gets the last of an
// hour.
func (r *Relay) asked(tx Tx, d *Directory, to Person) (quiet, last bool, err error) {
	if d.answersStopped(to) {
		return true, false, nil
	}
	now := r.o.Now()
	before, err := tx.Answered(to.Phone, now.Add(-time.Hour))
	if err != nil {
		return true, false, err
	}
	day, err := tx.Answered(to.Phone, now.Add(-asksDay))
	if err != nil {
		return true, false, err
	}
	if err := tx.AddAnswered(to.Phone, now); err != nil {
		return true, false, err
	}
	switch {
	case before+1 >= asksStopHour:
		return true, false, r.stopAnswers(tx, d, to, words.SawAsks, before+1)
	case day+1 >= asksStopDay:
		return true, false, r.stopAnswers(tx, d, to, words.SawAsksDay, day+1)
	case before >= answersPerHour:
		r.o.Log.Warn("an answer was left out: too many within an hour", "to", to.Phone, "asked", before+1)
		return true, false, nil
	}
	return false, before == answersPerHour-1, nil
}

// stopsOf are the stops that keep a person's phone from being answered: of a child the gateway's own, of anybody else
// those towards every child that it may write to.
func (d *Directory) stopsOf(p Person) []policy.Stop {
	if p.Kind == KindChild {
		return []policy.Stop{{Child: p.ID}}
	}
	var out []policy.Stop
	for _, child := range d.Children() {
		if d.Rules.Listed(child.ID, p.ID, policy.ToChild) {
			out = append(out, policy.Stop{Child: child.ID, Other: p.ID})
		}
	}
	return out
}

func (d *Directory) answersStopped(p Person) bool {
	stops := d.stopsOf(p)
	return len(stops) > 0 && !slices.ContainsFunc(stops, func(s policy.Stop) bool {
		return !slices.Contains(d.Rules.Stopped(s.Child), s.Other)
	})
}

// stopAnswers stops a phone that asks again and again, and tells the child, once, and its guardians.
func (r *Relay) stopAnswers(tx Tx, d *Directory, to Person, what words.Sentence, count int) error {
	now := r.o.Now()
	r.o.Log.Warn("a phone that asks again and again is answered no more", "person", to.ID)
	for _, s := range d.stopsOf(to) {
		fresh, err := tx.SetStop(s, "asks", now)
		if err != nil {
			return err
		}
		if !fresh {
			continue
		}
		if err := r.audit(tx, itself, "stop", s.Child, s.Other, "asks"); err != nil {
			return err
		}
		child, _ := d.Person(s.Child)
		err = r.tellOwnGuardians(tx, d, child, func(language string) string {
			if s.Other == 0 {
				return words.Say(language, words.AsksStopped, child.Name, words.Say(language, what, count))
			}
			return words.Say(language, words.LoopStopped, child.Name, to.Name, words.Say(language, what, count))
		})
		if err != nil {
			return err
		}
	}
	if to.Kind != KindChild {
		return nil
	}
	id, err := tx.AddMessage(Message{At: now, Direction: policy.ToChild, Child: to.ID, Verdict: own})
	if err != nil {
		return err
	}
	return r.say(tx, to, id, words.Say(r.languageOf(to), words.AsksStoppedForChild))
}

// askUrgently asks a child whether it means an emergency, before everything else. A phone that makes the gateway ask again
// and again is not asked more often than it is answered at most: what it wrote goes its way as before.
func (r *Relay) askUrgently(tx Tx, child Person, about MessageID, s words.Sentence) error {
	now := r.o.Now()
	counted := "urgent " + child.Phone
	before, err := tx.Answered(counted, now.Add(-time.Hour))
	if err != nil {
		return err
	}
	if _, err := tx.Lately(askedForSOS, child.ID, 0, now); err != nil || before >= 2*answersPerHour {
		return err
	}
	if err := tx.AddAnswered(counted, now); err != nil {
		return err
	}
	return r.tellUrgent(tx, child, about, s)
}

// refuseOnPhone tells somebody by SMS that a text of theirs will not be sent. Of what was stopped it is told once a day:
// a machine would take every refusal for something to answer.
func (r *Relay) refuseOnPhone(tx Tx, d *Directory, child, to Person, m Message, v policy.Verdict) error {
	text := r.toContact(d, v, child, to, r.o.Now())
	if v.Reason == policy.Stopped {
		now := r.o.Now()
		before, err := tx.LastOf("told of a stop", child.ID, to.ID)
		if err != nil || !before.IsZero() && now.Sub(before).Abs() < asksDay {
			return err
		}
		if _, err := tx.Lately("told of a stop", child.ID, to.ID, now); err != nil {
			return err
		}
		return r.say(tx, to, m.ID, text)
	}
	return r.answer(tx, to, m.ID, words.Sentence{Bokmål: "%s", English: "%s"}, text)
}
