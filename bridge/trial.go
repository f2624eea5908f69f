package bridge

import (
	"context"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

const (
	// trialEvery is how long a guardian waits between two test messages by one way.
	trialEvery = 2 * time.Minute
	// trialsADay is how many of the gateway's own texts a guardian's mobile may have had within a day when another test
	// is asked for: each costs what a text costs.
	trialsADay = 20
)

// TryMobile sends a real text to the actor's own mobile, which Trials then follows. It takes the right to Maintain.
func (r *Relay) TryMobile(ctx context.Context, who Actor) error {
	return r.try(ctx, who, true, func(tx Tx, me Person, about MessageID) error {
		sent, err := tx.OwnTexts(me.Phone, r.o.Now().Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if sent >= trialsADay {
			return refuse(words.TriedEnough, sent)
		}
		return r.say(tx, me, about, words.Say(r.languageOf(me), words.TryMobile))
	})
}

// TryChat sends a chat to the actor's own address, which Trials then follows. It takes the right to Maintain.
func (r *Relay) TryChat(ctx context.Context, who Actor) error {
	return r.try(ctx, who, false, func(tx Tx, me Person, about MessageID) error {
		return r.sayToGuardian(tx, about, me, words.Say(r.languageOf(me), words.TryChat))
	})
}

func (r *Relay) try(ctx context.Context, who Actor, sms bool, send func(tx Tx, me Person, about MessageID) error) error {
	return r.operate(ctx, "send a test message", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Maintain, 0); err != nil {
			return err
		}
		me, _ := d.Person(who.Person) // the keeper is nobody, and has neither
		what := "try_chat"
		switch {
		case sms && me.Phone == "":
			return refuse(words.NoMobileOfYours)
		case !sms && me.JID == "":
			return refuse(words.NoChatOfYours)
		case sms:
			what = "try_mobile"
		}
		now := r.o.Now()
		last, err := r.trialOf(tx, me.ID, sms)
		if err != nil {
			return err
		}
		if since := now.Sub(last.At); since >= 0 && since < trialEvery {
			return refuse(words.TriedAMomentAgo, int(trialEvery/time.Minute))
		}
		about, err := tx.AddMessage(Message{At: now, Direction: policy.FromChild, Verdict: own})
		if err != nil {
			return err
		}
		if err := send(tx, me, about); err != nil {
			return err
		}
		one := Trial{Person: me.ID, SMS: sms, Message: about, At: now, State: Queued, Proven: last.Proven}
		if err := tx.SaveTrial(one); err != nil {
			return err
		}
		return r.audit(tx, who, what, 0, 0, "")
	})
}

func (r *Relay) trialOf(tx Tx, person policy.Person, sms bool) (Trial, error) {
	all, err := tx.Trials()
	for _, one := range all {
		if one.Person == person && one.SMS == sms {
			return one, err
		}
	}
	return Trial{}, err
}

// Trials returns the last test message to each guardian by each way, as far as it has come by now. Once the log has
// dropped it, its state is what was last known. It takes the right to Maintain.
func (r *Relay) Trials(ctx context.Context, who Actor) (list []Trial, err error) {
	err = r.operate(ctx, "look after test messages", func(tx Tx, d *Directory) error {
		if err := d.allow(who, Maintain, 0); err != nil {
			return err
		}
		if list, err = tx.Trials(); err != nil {
			return err
		}
		for i := range list {
			if err := r.follow(tx, &list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return list, err
}

// follow looks how far a test message has come, and keeps it.
func (r *Relay) follow(tx Tx, one *Trial) error {
	fates, err := tx.LegsOf(one.Message)
	if err != nil {
		return err
	}
	for _, f := range fates {
		if f.SMS != one.SMS || f.State == one.State {
			continue
		}
		one.State = f.State
		if f.State == Delivered {
			one.Proven = one.At
		}
		return tx.SaveTrial(*one)
	}
	return nil
}
