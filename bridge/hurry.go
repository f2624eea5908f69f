package bridge

import (
	"context"
	"fmt"
	"slices"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// What a guardian does in a hurry, by one tap: each is one step, allowed by role, told to the child, and written down.

// longestOverride is how long a timetable may be opened at most: whoever wants it longer changes the timetable.
const longestOverride = 7 * 24 * time.Hour

// Mute holds back what comes to a child from one person, or (other 0) from everybody but its guardians, until a time;
// zero is until Unmute. The child is told. It takes the right to Hurry.
func (r *Relay) Mute(ctx context.Context, who Actor, child, other policy.Person, until time.Time) error {
	return r.operate(ctx, "mute", func(tx Tx, d *Directory) error {
		k, o, err := d.pair(who, Hurry, child, other)
		if err != nil {
			return err
		}
		if d.Rules.IsGuardian(child, other) {
			return refuse(words.GuardiansAreNotMuted, o.Name)
		}
		if !until.IsZero() && !until.After(r.o.Now()) {
			return refuse(words.TimeIsPast)
		}
		if err := tx.SetMute(policy.Mute{Child: child, Other: other, Until: until}); err != nil {
			return err
		}
		if err := r.tellMuted(tx, d, who, k, o); err != nil {
			return err
		}
		return r.audit(tx, who, "mute", child, other, r.untilInWords(until))
	})
}

func (r *Relay) tellMuted(tx Tx, d *Directory, who Actor, child, other Person) error {
	if other.ID == 0 {
		return r.tellChild(tx, child, words.MutedAllForYou, r.whoDid(d, who))
	}
	return r.tellChild(tx, child, words.MutedForYou, r.whoDid(d, who), other.Name)
}

// Unmute takes a Mute back. What the child itself has muted stays so. It takes the right to Hurry.
func (r *Relay) Unmute(ctx context.Context, who Actor, child, other policy.Person) error {
	return r.operate(ctx, "unmute", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Hurry, child, other)
		if err != nil {
			return err
		}
		if err := tx.EndMute(child, other, false); err != nil {
			return err
		}
		if err := r.tellChild(tx, k, words.UnmutedForYou, r.whoDid(d, who)); err != nil {
			return err
		}
		return r.audit(tx, who, "unmute", child, other, "")
	})
}

// AllowFor opens what a timetable closes, for one person on the child's list, or (other 0) for all of them, for at most
// seven days. The child is told. It takes the right to Hurry.
func (r *Relay) AllowFor(ctx context.Context, who Actor, child, other policy.Person, long time.Duration) error {
	return r.operate(ctx, "allow for a while", func(tx Tx, d *Directory) error {
		k, o, err := d.pair(who, Hurry, child, other)
		if err != nil {
			return err
		}
		if long <= 0 || long > longestOverride {
			return refuse(words.AtMostAWeek)
		}
		until := r.o.Now().Add(long)
		if err := tx.SetOverride(policy.Override{Child: child, Other: other, Until: until}); err != nil {
			return err
		}
		if err := r.tellOpened(tx, d, who, k, o, until); err != nil {
			return err
		}
		return r.audit(tx, who, "allow_for", child, other, r.untilInWords(until))
	})
}

// tellOpened tells a child that what its timetable closes is open for a while: it may write, and may wonder who writes.
func (r *Relay) tellOpened(tx Tx, d *Directory, who Actor, child, other Person, until time.Time) error {
	when := words.When(r.languageOf(child), r.wall(r.o.Now()), r.wall(until))
	if other.ID == 0 {
		return r.tellChild(tx, child, words.OpenedAllForYou, r.whoDid(d, who), when)
	}
	return r.tellChild(tx, child, words.OpenedForYou, r.whoDid(d, who), other.Name, when)
}

// EndAllow takes an AllowFor back, and the child is told. It takes the right to Hurry.
func (r *Relay) EndAllow(ctx context.Context, who Actor, child, other policy.Person) error {
	return r.operate(ctx, "end what was allowed", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Hurry, child, other)
		if err != nil {
			return err
		}
		was := slices.ContainsFunc(d.Rules.Overrides(child, r.o.Now()), func(s policy.Standing) bool { return s.Other == other })
		if err := tx.EndOverride(child, other); err != nil {
			return err
		}
		if was {
			if err := r.tellChild(tx, k, words.ClosedForYou, r.whoDid(d, who)); err != nil {
				return err
			}
		}
		return r.audit(tx, who, "end_allow", child, other, "")
	})
}

// LostPhone says that a child's phone is lost: what waits for it is withdrawn and its writers told, and nothing goes
// there any more but one text that says whom to ring. It takes the right to Hurry.
func (r *Relay) LostPhone(ctx context.Context, who Actor, child policy.Person) error {
	return r.operate(ctx, "lost phone", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Hurry, child, 0)
		if err != nil {
			return err
		}
		changed, err := tx.SetLost(child, true, r.o.Now())
		if err != nil || !changed {
			return err
		}
		if err := r.emptyTowards(tx, d, k); err != nil {
			return err
		}
		if err := r.sayWhomToRing(tx, d, who, k); err != nil {
			return err
		}
		err = r.tellOwnGuardians(tx, d, k, func(language string) string {
			return words.Say(language, words.GuardianLostPhone, r.whoDid(d, who), k.Name)
		})
		if err != nil {
			return err
		}
		return r.audit(tx, who, "lost_phone", child, 0, "")
	})
}

// Found ends LostPhone. It takes the right to Hurry.
func (r *Relay) Found(ctx context.Context, who Actor, child policy.Person) error {
	return r.operate(ctx, "found phone", func(tx Tx, d *Directory) error {
		k, _, err := d.pair(who, Hurry, child, 0)
		if err != nil {
			return err
		}
		changed, err := tx.SetLost(child, false, r.o.Now())
		if err != nil || !changed {
			return err
		}
		err = r.tellOwnGuardians(tx, d, k, func(language string) string {
			return words.Say(language, words.GuardianFoundPhone, r.whoDid(d, who), k.Name)
		})
		if err != nil {
			return err
		}
		return r.audit(tx, who, "found_phone", child, 0, "")
	})
}

// emptyTowards withdraws what waits for a child's phone. The gateway's own words are for whoever has the phone as little
// as anybody's.
func (r *Relay) emptyTowards(tx Tx, d *Directory, child Person) error {
	queued, err := tx.QueuedLegs()
	if err != nil {
		return err
	}
	for _, leg := range queued {
		if !leg.SMS || leg.To != string(child.Phone) {
			continue
		}
		outcome, err := tx.FinishSMS(leg.Leg, Failed, "the phone is lost", r.o.Now())
		if err != nil {
			return err
		}
		if err := r.report(tx, people{d}, outcome, words.PhoneIsLost); err != nil {
			return err
		}
	}
	return nil
}

// sayWhomToRing sends the one text that goes to a lost phone: the number of who reported it, or of the first guardian
// that has one.
func (r *Relay) sayWhomToRing(tx Tx, d *Directory, who Actor, child Person) error {
	reporter, _ := d.Person(who.Person)
	for _, g := range append([]Person{reporter}, d.Guardians(child.ID)...) {
		if g.Phone == "" {
			continue
		}
		text := words.Say(r.languageOf(child), words.LostRing, g.Phone)
		id, err := tx.AddMessage(Message{
			At: r.o.Now(), Direction: policy.ToChild, Child: child.ID, Length: len([]rune(text)), Verdict: own,
		})
		if err != nil {
			return err
		}
		return r.addSMS(tx, id, own, r.o.Modems[0], child.Phone, text)
	}
	return nil
}

// Release lets a child and a person write to each other again, after a loop or a storm was stopped; with other 0 the
// gateway answers the child's phone again. The child is told. It takes the right to Approve.
func (r *Relay) Release(ctx context.Context, who Actor, child, other policy.Person) error {
	return r.operate(ctx, "release", func(tx Tx, d *Directory) error {
		k, o, err := d.pair(who, Approve, child, other)
		if err != nil {
			return err
		}
		was, err := tx.EndStop(policy.Stop{Child: child, Other: other})
		if err != nil || !was {
			return err
		}
		if other == 0 {
			o.Name = GatewayName
			if err := tx.DropAnswered(k.Phone); err != nil {
				return err
			}
		} else if o.Phone != "" {
			if err := tx.DropAnswered(o.Phone); err != nil {
				return err
			}
		}
		said, args := words.ReleasedForChild, []any{o.Name}
		if other == 0 {
			said, args = words.AnswersAgain, nil
		}
		if err := r.tellChild(tx, k, said, args...); err != nil {
			return err
		}
		if err := r.audit(tx, who, "release", child, other, ""); err != nil {
			return err
		}
		return r.informGuardians(tx, d, child, See, who.Person, func(_ Person, language string) string {
			return words.Say(language, words.GuardianReleased, r.whoDid(d, who), k.Name, o.Name)
		})
	})
}

// pair returns a child and another person (0 is nobody), when the actor has a right for the child.
func (d *Directory) pair(who Actor, right Right, child, other policy.Person) (k, o Person, err error) {
	if err := d.allow(who, right, child); err != nil {
		return k, o, err
	}
	k, ok := d.Person(child)
	if !ok || k.Kind != KindChild {
		return k, o, fmt.Errorf("%w: it is no child", ErrNotAllowed)
	}
	if other == 0 {
		return k, o, nil
	}
	if o, ok = d.Person(other); !ok || !d.Sees(other, child) {
		return k, o, fmt.Errorf("%w: not on the child's list", ErrNotAllowed)
	}
	return k, o, nil
}

// untilInWords is an end as the audit log has it.
func (r *Relay) untilInWords(until time.Time) string {
	if until.IsZero() {
		return "until it is taken back"
	}
	return "until " + r.wall(until).Format(time.RFC3339)
}
