package bridge

import (
	"context"
	"fmt"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// ModemView is how a relaying modem is at the moment of a look.
type ModemView struct {
	Name      string
	Listening bool          // it is up: it receives and sends
	Served    bool          // a network serves it in which it may send
	Abroad    bool          // the network is a foreign one in which it may not
	Foreign   bool          // its SIM is not the gateway's: only a person can mend that
	Since     time.Time     // since when it does not listen, or is not served; zero if that is not known
	MoveAfter time.Duration // how long it must have been so before what waits for it leaves by another modem
}

func (v ModemView) works() bool { return v.Listening && v.Served }

// When guardians are told of a modem that does not work, and when what waits for it leaves by another.
const (
	toldAfter     = 5 * time.Minute  // of any
	toldWaiting   = time.Minute      // of one for which messages wait, and afterwards of one that held any
	settledIn     = 20 * time.Second // what the network held has come by then
	toldAgain     = 30 * time.Minute // between a note that all is well and the next that it is not
	emergencyMove = 30 * time.Second // an emergency does not wait for a modem
)

// watched is what is remembered of a modem between two looks.
type watched struct {
	since    time.Time // it has not worked since
	back     time.Time // it has worked again since; zero while it does not
	told     bool      // guardians know that it does not work
	lastTold time.Time // when they were last told that it works again
	waited   int       // legs that waited for it when it came back
}

// RunVigil looks at the modems now and then until the context is done: it tells guardians of one that does not listen
// and of its return, one note each way, and lets what waits for it leave by another.
func (r *Relay) RunVigil(ctx context.Context, every time.Duration, look func() []ModemView) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := r.Look(ctx, look()); err != nil && ctx.Err() == nil {
			r.o.Log.Error("the modems' state could not be told", "err", err)
		}
	}
}

// Look is one look of RunVigil. It is called by one goroutine.
func (r *Relay) Look(ctx context.Context, views []ModemView) error {
	for _, v := range views {
		w := r.watched[v.Name]
		if w == nil {
			w = &watched{}
			r.watched[v.Name] = w
		}
		if err := r.lookAt(ctx, v, w); err != nil {
			return fmt.Errorf("bridge: look at modem %s: %w", v.Name, err)
		}
		if !v.works() {
			if err := r.moveFrom(ctx, v, w, views); err != nil {
				return fmt.Errorf("bridge: let texts leave by another modem than %s: %w", v.Name, err)
			}
		}
	}
	return nil
}

func (r *Relay) lookAt(ctx context.Context, v ModemView, w *watched) error {
	now := r.o.Now()
	if !v.works() {
		if w.since.IsZero() {
			w.since = now
			if !v.Since.IsZero() && v.Since.Before(now) {
				w.since = v.Since
			}
		}
		w.back = time.Time{}
		return r.tellGone(ctx, v, w, now)
	}
	switch {
	case w.since.IsZero():
		return nil
	case w.back.IsZero():
		w.back = now
		return r.do(ctx, func(tx Tx) (err error) {
			w.waited, err = tx.WaitingFor(v.Name)
			return err
		})
	case now.Sub(w.back) < settledIn:
		return nil
	}
	return r.tellBack(ctx, v, w, now)
}

// tellGone tells that a modem does not work, once it has been so for long enough.
func (r *Relay) tellGone(ctx context.Context, v ModemView, w *watched, now time.Time) error {
	gone := now.Sub(w.since)
	if w.told || gone < toldWaiting || v.Foreign || !w.lastTold.IsZero() && now.Sub(w.lastTold) < toldAgain {
		return nil
	}
	tell := false
	err := r.do(ctx, func(tx Tx) error {
		waiting, err := tx.WaitingFor(v.Name)
		if err != nil || gone < toldAfter && waiting == 0 {
			return err
		}
		tell = true
		sentence := words.ModemDeaf
		switch {
		case v.Abroad:
			sentence = words.ModemAbroad
		case v.Listening:
			sentence = words.NoNetwork
		}
		return r.tellGuardians(tx, v.Name, anyGuardian, func(language string) string {
			text := words.Say(language, sentence, v.Name, words.Span(language, gone))
			if waiting > 0 {
				text += " " + words.Count(language, waiting, words.OneWaits, words.SomeWait)
			}
			return text
		})
	})
	w.told = err == nil && tell
	return err
}

// tellBack tells that a modem works again: to those who know that it did not, and where messages were held.
func (r *Relay) tellBack(ctx context.Context, v ModemView, w *watched, now time.Time) error {
	gone := w.back.Sub(w.since)
	tell := w.told
	err := r.do(ctx, func(tx Tx) error {
		held, err := tx.HeldWhile(v.Name, w.since, w.back)
		if err != nil {
			return err
		}
		held += w.waited
		if !tell && (held == 0 || gone < toldWaiting || !w.lastTold.IsZero() && now.Sub(w.lastTold) < toldAgain) {
			return nil
		}
		tell = true
		return r.tellGuardians(tx, v.Name, anyGuardian, func(language string) string {
			return words.Say(language, words.ModemBack, v.Name, words.Span(language, gone)) + " " + heldSentence(language, held)
		})
	})
	if err != nil {
		return err
	}
	last := w.lastTold
	if tell {
		last = now
	}
	*w = watched{lastTold: last}
	return nil
}

func heldSentence(language string, held int) string {
	if held == 0 {
		return words.Say(language, words.NoneWereHeld)
	}
	return words.Count(language, held, words.OneWasHeld, words.SomeWereHeld)
}

// moveFrom gives what waits for a modem that does not work to one that does.
func (r *Relay) moveFrom(ctx context.Context, v ModemView, w *watched, views []ModemView) error {
	gone := r.o.Now().Sub(w.since)
	if gone < emergencyMove {
		return nil
	}
	other := ""
	for _, o := range views {
		if o.Name != v.Name && o.works() {
			other = o.Name
			break
		}
	}
	if other == "" {
		return nil
	}
	moved := 0
	err := r.do(ctx, func(tx Tx) (err error) {
		moved, err = tx.MoveLegs(v.Name, other, gone < v.MoveAfter)
		return err
	})
	if moved > 0 {
		r.o.Log.Warn("texts leave by another modem", "texts", moved, "from", v.Name, "to", other)
		r.ModemReady(other)
	}
	return err
}

// anyGuardian and onlyOwners choose who is told.
func anyGuardian(Person) bool  { return true }
func onlyOwners(p Person) bool { return p.Role == RoleOwner }

// tellGuardians says something about a modem to guardians of the family, each in its language, from the gateway's own
// address.
func (r *Relay) tellGuardians(tx Tx, modem string, who func(Person) bool, say func(language string) string) error {
	d, err := tx.Directory()
	if err != nil {
		return err
	}
	id, err := tx.AddMessage(Message{
		At: r.o.Now(), Direction: policy.FromChild, Modem: modem, Length: len([]rune(say(r.o.Language))), Verdict: own,
	})
	if err != nil {
		return err
	}
	for _, g := range d.guardiansOfAll() {
		if g.JID == "" || !who(g) {
			continue // an SMS would need the very modem
		}
		if err := r.sayToGuardian(tx, id, g, say(r.languageOf(g))); err != nil {
			return err
		}
	}
	return nil
}
