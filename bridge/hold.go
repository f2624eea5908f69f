package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"knapp/bridge/policy"
)

// HoldID names something held.
type HoldID int64

// Held is a message that waits: for a time, or for a guardian's answer. How its chat is answered (id, resource,
// receipt) stands in the log's entry, which stays when the text goes.
type Held struct {
	ID        HoldID
	Message   MessageID
	Child     policy.Person // 0 until a guardian has picked one, for a stranger's SMS
	Other     policy.Person // 0 for nobody in the directory
	Direction policy.Direction
	Address   string    // the number or JID of whoever is nobody in the directory, else ""
	Modem     string    // that it came in by
	Text      string    // as its writer wrote it, without a label; "" in a restored copy, which has none
	Until     time.Time // when it is worth asking again; zero when nobody knows
	Question  int64     // whose answer it waits for; 0 when it waits for a time
	At        time.Time // when it came
}

// tooOld tells whether a held text has been kept for as long as is agreed on (promise 7). terms is what was looked up.
func (r *Relay) tooOld(tx Tx, h Held, terms map[policy.Person]int) (bool, error) {
	if !r.clockSet() {
		return false, nil
	}
	days, known := terms[h.Child]
	if !known {
		var err error
		if days, err = tx.Retention(h.Child, KeepHeld); err != nil {
			return false, err
		}
		terms[h.Child] = days
	}
	return r.age(h.At) > time.Duration(days)*24*time.Hour, nil
}

// hold keeps a message whose log entry has been written. What waits for a time (Question 0) is told to its writer
// here, once a hold; what waits for an answer is told by whoever asks.
func (r *Relay) hold(tx Tx, d *Directory, h Held) error {
	told := h.Question != 0
	if !told {
		before, err := tx.HeldBetween(h.Child, h.Other, h.Direction)
		if err != nil {
			return err
		}
		told = slices.ContainsFunc(before, func(b Held) bool { return b.Until.Equal(h.Until) })
	}
	h.At = r.o.Now()
	if _, err := tx.AddHeld(h); err != nil || told {
		return err
	}
	m, err := tx.Message(h.Message)
	if err != nil {
		return err
	}
	v := m.Verdict
	v.Until = h.Until
	return r.tellVerdict(tx, d, m, v)
}

// letGo releases, in order, what is held between two one way and may pass now. It is asked before a new message of
// the same two is decided about, so that none overtakes.
func (r *Relay) letGo(tx Tx, d *Directory, child, other policy.Person, way policy.Direction) error {
	held, err := tx.HeldBetween(child, other, way)
	if err != nil {
		return err
	}
	for _, h := range held {
		if gone, err := r.release(tx, d, h); err != nil || !gone {
			return err
		}
	}
	return nil
}

// release decides anew about something held, and lets it go the ordinary way, or tells its writer that it will not.
// gone is false when it is still held.
func (r *Relay) release(tx Tx, d *Directory, h Held) (gone bool, err error) {
	m, err := tx.Message(h.Message)
	if err != nil {
		return false, err
	}
	child, _ := d.Person(h.Child)
	other, _ := d.Person(h.Other)
	switch {
	case h.Text == "": // a restored copy has no text: whoever wrote it is told that it is gone
		return true, r.refuseHeld(tx, d, h, m, policy.Verdict{Action: policy.Refuse, Reason: policy.Expired})
	case child.ID == 0 || other.ID == 0: // nobody here any more
		return true, r.refuseHeld(tx, d, h, m, policy.Verdict{Action: policy.Refuse, Reason: policy.NotOnList})
	case h.Direction == policy.ToChild:
		return r.releaseToChild(tx, d, h, m, child, other)
	}
	v, err := r.decide(tx, d, h.Child, h.Other, h.Direction, about{Parts: r.partsTo(d, child, other, h.Text)})
	if err != nil {
		return false, err
	}
	switch v.Action {
	case policy.Deliver:
		m.Verdict = v
		if err := r.endHold(tx, h, v, m.Parts); err != nil {
			return false, err
		}
		return true, r.deliver(tx, d, m.ID, m, child, other, h.Text)
	case policy.Refuse:
		return true, r.refuseHeld(tx, d, h, m, v)
	default:
		return false, r.holdOn(tx, h, v)
	}
}

func (r *Relay) releaseToChild(tx Tx, d *Directory, h Held, m Message, child, other Person) (gone bool, err error) {
	form := r.shape(d, child, other, h.Text, writtenAt(m))
	v, err := r.decide(tx, d, h.Child, h.Other, h.Direction, about{Parts: form.parts})
	if err != nil {
		return false, err
	}
	if form.texts == nil && v.Action == policy.Deliver {
		v = policy.Verdict{Action: policy.Refuse, Reason: policy.TooLong, Rule: v.Rule}
	}
	switch v.Action {
	case policy.Deliver:
		if err := r.endHold(tx, h, v, form.parts); err != nil {
			return false, err
		}
		if err := r.addSMS(tx, m.ID, v, r.modemBetween(d, m), child.Phone, form.texts...); err != nil {
			return false, err
		}
		return true, r.answeredAll(tx, d, child, other)
	case policy.Refuse:
		return true, r.refuseHeld(tx, d, h, m, v)
	default:
		return false, r.holdOn(tx, h, v)
	}
}

// holdOn goes on holding, by the rules as they are now. It is the same hold: nobody is told again. What a guardian has
// said yes to waits for its time like anything else from here on.
func (r *Relay) holdOn(tx Tx, h Held, v policy.Verdict) error {
	if h.Question == 0 && h.Until.Equal(v.Until) {
		return nil
	}
	return tx.SetHeld(h.ID, h.Text, v.Until)
}

// refuseHeld ends something held that will not be sent, and tells its writer. A stranger is told nothing.
func (r *Relay) refuseHeld(tx Tx, d *Directory, h Held, m Message, v policy.Verdict) error {
	if err := r.endHold(tx, h, v, m.Parts); err != nil {
		return err
	}
	return r.tellVerdict(tx, d, m, v)
}

// endHold forgets something held, and writes into the log what became of it.
func (r *Relay) endHold(tx Tx, h Held, v policy.Verdict, parts int) error {
	if err := tx.DropHeld(h.ID); err != nil {
		return err
	}
	return tx.SetVerdict(h.Message, v, parts)
}

// releaseQuestion lets go what waits for an answer that was yes: each is decided about anew, by the rules as they
// are now. What may not pass yet waits for its time.
func (r *Relay) releaseQuestion(tx Tx, d *Directory, question int64) error {
	held, err := tx.HeldFor(question)
	if err != nil {
		return err
	}
	for _, h := range held {
		if _, err := r.release(tx, d, h); err != nil {
			return err
		}
	}
	return nil
}

// dropQuestion forgets what waits for an answer that was no, or that nobody gave. The log says why; its writers are
// told by the caller, if they are told anything.
func (r *Relay) dropQuestion(tx Tx, question int64, why policy.Reason) error {
	held, err := tx.HeldFor(question)
	if err != nil {
		return err
	}
	for _, h := range held {
		m, err := tx.Message(h.Message)
		if err != nil {
			return err
		}
		if err := r.endHold(tx, h, policy.Verdict{Action: policy.Refuse, Reason: why}, m.Parts); err != nil {
			return err
		}
	}
	return nil
}

// withdrawHeld forgets a message that its writer has taken back, if it is still held.
func (r *Relay) withdrawHeld(tx Tx, id MessageID) (was bool, err error) {
	h, err := tx.HeldMessage(id)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	m, err := tx.Message(id)
	if err != nil {
		return false, err
	}
	return true, r.endHold(tx, h, policy.Verdict{Action: policy.Refuse, Reason: policy.TakenBack}, m.Parts)
}

// replaceHeld gives a message that is still held another text: its writer has corrected it.
func (r *Relay) replaceHeld(tx Tx, id MessageID, text string) (was bool, err error) {
	h, err := tx.HeldMessage(id)
	if errors.Is(err, ErrNotFound) || err == nil && h.Question != 0 {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, tx.SetHeld(h.ID, text, h.Until)
}

// partsTo is how many SMS parts a child's text to somebody costs: none by XMPP.
func (r *Relay) partsTo(d *Directory, child, other Person, text string) int {
	if other.JID != "" {
		return 0
	}
	return r.shape(d, other, child, text, time.Time{}).parts
}

// holdsWake is the longest that RunHolds sleeps while something is held: a clock that jumps wakes nobody.
const holdsWake = time.Minute

// RunHolds releases what is due, woken by every change of what decides, until the context is done.
func (r *Relay) RunHolds(ctx context.Context) error {
	for ctx.Err() == nil {
		rest, err := r.releaseDue(ctx)
		if err != nil {
			r.o.Log.Error("what is held cannot be released", "err", err)
			rest = holdsWake
		}
		r.holds.wait(ctx, rest)
	}
	return nil
}

func (r *Relay) releaseOrExpire(tx Tx, d *Directory, h Held, expired bool) (gone bool, err error) {
	if !expired {
		return r.release(tx, d, h)
	}
	m, err := tx.Message(h.Message)
	if err != nil {
		return false, err
	}
	return true, r.refuseHeld(tx, d, h, m, policy.Verdict{Action: policy.Refuse, Reason: policy.Expired})
}

// releaseDue asks anew about all that waits for a time. rest is when to ask again; 0 for when something changes.
func (r *Relay) releaseDue(ctx context.Context) (rest time.Duration, err error) {
	err = r.do(ctx, func(tx Tx) error {
		rest = 0
		now := r.o.Now()
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		held, err := tx.Held()
		if err != nil {
			return err
		}
		type pair struct {
			child, other policy.Person
			way          policy.Direction
		}
		terms := map[policy.Person]int{}
		behind := map[pair]bool{} // something older between the two is still held
		for _, h := range held {
			if rest == 0 {
				rest = holdsWake
			}
			if h.Until.After(now) {
				rest = min(rest, h.Until.Sub(now))
			}
			p := pair{h.Child, h.Other, h.Direction}
			expired, err := r.tooOld(tx, h, terms)
			if err != nil {
				return err
			}
			if !expired && (h.Question != 0 || behind[p]) {
				continue
			}
			gone, err := r.releaseOrExpire(tx, d, h, expired)
			if err != nil {
				return err
			}
			behind[p] = behind[p] || !gone
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("bridge: release what is held: %w", err)
	}
	return rest, nil
}
