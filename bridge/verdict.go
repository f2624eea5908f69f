package bridge

import (
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// toContact words a verdict for who wrote to a child.
func (r *Relay) toContact(d *Directory, v policy.Verdict, child, writer Person, now time.Time) string {
	language := r.languageOf(writer)
	s, timed := words.ContactMayNotWriteTo, false
	switch v.Reason {
	case policy.ClosedNow:
		s, timed = words.ClosedNow, true
		switch d.Rules.Mode(child.ID, now) {
		case policy.School:
			s = words.AtSchool
		case policy.Sleep:
			s = words.AtNight
		}
	case policy.Muted:
		s = words.QuietForNow
		if timed = !v.Until.IsZero(); timed {
			s = words.QuietUntil
		}
	case policy.ClockNotSet:
		s = words.WaitsForClock
	case policy.Stopped:
		s = words.StoppedForContact
	case policy.PhoneLost:
		s = words.PhoneIsLost
	case policy.MutedByChild:
		s = words.NotFromYouNow
	case policy.OverDay:
		s = words.DaySpent
	case policy.OverMonth:
		s = words.MonthSpent
	case policy.OverContact:
		s = words.YoursSpent
	case policy.OverGateway:
		s = words.GatewaySpent
	case policy.Expired:
		s = words.WaitedTooLong
	}
	if timed {
		return words.Say(language, s, child.Name, words.When(language, r.wall(now), r.wall(v.Until)))
	}
	return words.Say(language, s, child.Name)
}

// toWriter words a verdict for the child who wrote.
func (r *Relay) toWriter(v policy.Verdict, child, other Person, now time.Time) (words.Sentence, []any) {
	s := words.MayNotWriteTo
	switch v.Reason {
	case policy.ClosedNow, policy.Muted, policy.ClockNotSet:
		if !v.Until.IsZero() {
			language := r.languageOf(child)
			return words.ArrivesWhen, []any{other.Name, words.When(language, r.wall(now), r.wall(v.Until))}
		}
		s = words.ArrivesLater
	case policy.Stopped:
		s = words.StoppedForChild
	case policy.OverDay, policy.OverGateway:
		s = words.ChildDaySpent
	case policy.OverMonth:
		s = words.ChildMonthSpent
	case policy.OverContact:
		s = words.ChildContactSpent
	case policy.Expired:
		s = words.ChildWaitedTooLong
	}
	if other.Name == "" {
		return words.HeldIsGone, nil
	}
	return s, []any{other.Name}
}

// condition is how a chat that will never be sent is answered (RFC 6120 §8.3.3).
func condition(why policy.Reason) string {
	switch why {
	case policy.TooLong:
		return "not-acceptable"
	case policy.OverDay, policy.OverMonth, policy.OverContact, policy.OverGateway:
		return "resource-constraint"
	case policy.Stopped:
		return "policy-violation"
	case policy.PhoneLost, policy.Expired:
		return "recipient-unavailable"
	default:
		return "forbidden"
	}
}

// tellVerdict tells the writer of a message that it waits, or that it will never be sent.
func (r *Relay) tellVerdict(tx Tx, d *Directory, m Message, v policy.Verdict) error {
	child, _ := d.Person(m.Child)
	other, _ := d.Person(m.Other)
	now := r.o.Now()
	switch {
	case child.ID == 0 || m.Direction == policy.ToChild && other.ID == 0:
		return nil // whoever is nobody here any more
	case m.Direction == policy.FromChild:
		s, args := r.toWriter(v, child, other, now)
		return r.tell(tx, child, m.ID, s, args...)
	case other.JID == "" && v.Reason == policy.Stopped:
		return r.refuseOnPhone(tx, d, child, other, m, v)
	case other.JID == "":
		return r.tell(tx, other, m.ID, words.Sentence{Bokmål: "%s", English: "%s"}, r.toContact(d, v, child, other, now))
	case v.Action == policy.Hold:
		return r.notice(tx, child, other, m, r.toContact(d, v, child, other, now))
	default:
		text := r.toContact(d, v, child, other, now)
		full := addressOf(Chat{From: other.JID, Resource: m.Resource})
		err := r.answerError(tx, m.ID, child.Localpart, other, full, m.StanzaID, Stanza{Condition: condition(v.Reason), Text: text})
		if err != nil {
			return err
		}
		return r.notice(tx, child, other, m, text) // a server drops an error for who is offline
	}
}

// why words a verdict for whoever asks what would happen, in the family's language.
func (r *Relay) why(v policy.Verdict, now time.Time) string { return r.whyIn(r.o.Language, v, now) }

// whyIn is why in the language of whoever asks.
func (r *Relay) whyIn(language string, v policy.Verdict, now time.Time) string {
	sentences := map[policy.Reason]words.Sentence{
		policy.ByRule: words.WhyRule, policy.ByGuardianship: words.WhyGuardian, policy.ByEmergency: words.WhyEmergency,
		policy.ByUrgency: words.WhyUrgent, policy.ByOverride: words.WhyOpened, policy.NotOnList: words.WhyNotOnList,
		policy.Stranger: words.WhyNotOnList, policy.WrongWay: words.WhyWrongWay, policy.ClosedNow: words.WhyClosed,
		policy.NeverOpen: words.WhyNeverOpen, policy.ClockNotSet: words.WhyNoClock, policy.Muted: words.WhyMuted,
		policy.MutedByChild: words.WhyMutedByChild, policy.Stopped: words.WhyStopped, policy.PhoneLost: words.WhyLost,
		policy.OverDay: words.WhyDaySpent, policy.OverMonth: words.WhyMonthSpent, policy.OverContact: words.WhyContactSpent,
		policy.OverGateway: words.WhyGatewaySpent,
	}
	s, ok := sentences[v.Reason]
	if !ok {
		return string(v.Reason)
	}
	if v.Until.IsZero() {
		return words.Say(language, s)
	}
	if v.Reason == policy.Muted {
		s = words.WhyMutedUntil
	}
	return words.Say(language, s, words.When(language, r.wall(now), r.wall(v.Until)))
}
