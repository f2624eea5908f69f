package bridge

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"knapp/bridge/policy"
	"knapp/bridge/words"
)

// doubtAfter is how long `hjelp …` may stay unread before it is an emergency.
const doubtAfter = 5 * time.Minute

// watchUnseen notes that a child's text went to a guardian's chat, or (0) to all of them: unread for too long it goes to
// their mobiles.
func (r *Relay) watchUnseen(tx Tx, child Person, guardian policy.Person, m MessageID, text string) error {
	if r.o.FallbackAfter <= 0 {
		return nil
	}
	now := r.o.Now()
	return tx.AddUnseen(Unseen{
		Message: m, Child: child.ID, Guardian: guardian, Text: text, At: now, Due: now.Add(r.o.FallbackAfter),
	})
}

// doubtAlarm is for `hjelp …`: the text has gone its way; the child is asked whether it is urgent, and unread for five
// minutes it becomes an emergency.
func (r *Relay) doubtAlarm(tx Tx, child Person, m MessageID, text string) error {
	now := r.o.Now()
	err := tx.AddUnseen(Unseen{Message: m, Child: child.ID, Text: text, At: now, Due: now.Add(doubtAfter), Doubt: true})
	if err != nil {
		return err
	}
	return r.askUrgently(tx, child, m, words.IsItUrgent)
}

// TakeReceipt takes an XEP-0184 receipt from a contact's client: its device has the text. Whose clients never say what
// they displayed has seen it then.
func (r *Relay) TakeReceipt(ctx context.Context, from JID, _, id string) error {
	return r.takeSign(ctx, from, id, false)
}

// TakeMarker takes a chat marker (XEP-0333) of a contact's client: its device has the text, and with displayed somebody
// has seen it and all before it.
func (r *Relay) TakeMarker(ctx context.Context, from JID, _, id string, displayed bool) error {
	return r.takeSign(ctx, from, id, displayed)
}

func (r *Relay) takeSign(ctx context.Context, from JID, id string, displayed bool) error {
	err := r.do(ctx, func(tx Tx) error {
		ours, err := tx.StanzaByID(id, string(from))
		if err != nil {
			return err
		}
		if ours.State != Delivered && ours.State != Failed {
			if err := tx.FinishStanza(ours.Leg, Delivered, "", r.o.Now()); err != nil {
				return err
			}
		}
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		reader, ok := d.ByJID(from)
		if !ok || reader.Kind != KindGuardian || d.suspended[reader.ID] {
			return nil
		}
		return r.read(tx, d, reader, ours.Message, displayed)
	})
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("bridge: take a receipt: %w", err)
	}
	return nil
}

// read notes that a guardian's client has, or has displayed, a text.
func (r *Relay) read(tx Tx, d *Directory, reader Person, m MessageID, displayed bool) error {
	if !displayed {
		shows, err := tx.ShowsMarkers(reader.ID)
		if err != nil || shows {
			return err
		}
		u, err := tx.UnseenOf(m)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil || u.Guardian != 0 && u.Guardian != reader.ID || u.Doubt { // a device that has `hjelp …` has not read it
			return err
		}
		return tx.DropUnseenMessage(m)
	}
	if err := tx.SetShowsMarkers(reader.ID); err != nil {
		return err
	}
	if err := r.readAlarm(tx, d, reader, m); err != nil {
		return err
	}
	of, err := tx.Message(m)
	if err != nil || of.Child == 0 {
		return err
	}
	return tx.DropUnseen(reader.ID, of.Child, m)
}

// fallBack does what is due about a text that nobody has read.
func (r *Relay) fallBack(tx Tx, d *Directory, u Unseen) error {
	child, ok := d.Person(u.Child)
	if !ok {
		return tx.DropUnseenMessage(u.Message)
	}
	m, err := tx.Message(u.Message)
	if err != nil {
		return err
	}
	if u.Doubt {
		if err := tx.DropUnseenMessage(u.Message); err != nil {
			return err
		}
		// An entry of its own: what becomes of the alerts is not what became of the text.
		return r.raiseAlarm(tx, d, child, UnreadHelp, Message{At: r.o.Now(), Modem: m.Modem, Length: m.Length}, u.Text)
	}
	sent := false
	for _, g := range d.Guardians(child.ID) {
		if u.Guardian != 0 && g.ID != u.Guardian || g.Phone == "" || g.JID == "" {
			continue
		}
		enough, err := r.enoughUnread(tx, child, g, m)
		if err != nil {
			return err
		}
		if enough {
			continue
		}
		note := words.Say(r.languageOf(g), words.FallbackPhone, int(r.o.FallbackAfter.Minutes()))
		text := r.toReader(u.Text, child.Name, r.languageOf(g))
		texts := r.shape(d, g, child, note+" "+text, time.Time{}).texts
		if texts == nil { // longer than any phone takes: the beginning, and the chat has the rest
			texts = r.shape(d, g, child, note+" "+cut(text), time.Time{}).texts
		}
		if err := r.addSMS(tx, u.Message, policy.Verdict{Action: policy.Deliver, Reason: policy.ByGuardianship}, r.modemFor(m), g.Phone, texts...); err != nil {
			return err
		}
		sent = true
	}
	if !sent {
		return r.nobodyHasRead(tx, d, child, u.Message)
	}
	u.Due, u.Sent = time.Time{}, true
	return tx.SaveUnseen(u)
}

// mostUnread is how many texts of one child go on to one mobile within an hour. Whoever has so many unread ones there is
// told of the rest once: a phone that writes without end must not empty the purse.
const mostUnread = 12

// enoughUnread tells whether a guardian's mobile got enough of what a child wrote, and counts one more if not.
func (r *Relay) enoughUnread(tx Tx, child, g Person, m Message) (bool, error) {
	now := r.o.Now()
	counted := Phone(fmt.Sprintf("unread %d %s", child.ID, g.Phone))
	before, err := tx.Answered(counted, now.Add(-time.Hour))
	if err != nil || before > mostUnread {
		return true, err
	}
	if err := tx.AddAnswered(counted, now); err != nil || before < mostUnread {
		return false, err
	}
	return true, r.say(tx, g, m.ID, words.Say(r.languageOf(g), words.MoreUnread, child.Name))
}

const (
	// toldUnread is how far apart a child is told that nobody has read what it wrote.
	toldUnread = 10 * time.Minute

	unreadTold   = "told that nobody has read"
	unreadPassed = "not told again that nobody has read"
)

func (r *Relay) nobodyHasRead(tx Tx, d *Directory, child Person, m MessageID) error {
	if err := tx.DropUnseenMessage(m); err != nil {
		return err
	}
	now := r.o.Now()
	before, err := tx.LastOf(unreadTold, child.ID, 0)
	if err != nil {
		return err
	}
	of, err := tx.Message(m)
	if err != nil {
		return err
	}
	what := unreadTold
	if !before.IsZero() && now.Sub(before).Abs() < toldUnread && !of.At.After(before) {
		what = unreadPassed // one word speaks of all that was unread when it was said
	}
	if _, err := tx.Lately(what, child.ID, 0, now); err != nil || what == unreadPassed {
		return err
	}
	return r.tellUrgent(tx, child, m, words.NobodyHasRead, r.ring(d, child))
}

// unheard takes it that a child may not have heard that nobody has read what it wrote. What has been passed over since,
// because that had just been said, is said now; and what comes next is not passed over.
func (r *Relay) unheard(tx Tx, d *Directory, child Person, m MessageID) error {
	told, err := tx.LastOf(unreadTold, child.ID, 0)
	if err != nil || told.IsZero() {
		return err
	}
	passed, err := tx.LastOf(unreadPassed, child.ID, 0)
	if err != nil {
		return err
	}
	if passed.Before(told) {
		_, err := tx.Lately(unreadTold, child.ID, 0, told.Add(-toldUnread))
		return err
	}
	if _, err := tx.Lately(unreadTold, child.ID, 0, r.o.Now().Add(time.Microsecond)); err != nil { // what was passed over lies before it
		return err
	}
	return r.tellUrgent(tx, child, m, words.NobodyHasRead, r.ring(d, child))
}

// fellBack takes what became of a text that was sent on to mobiles. handled is true when the outcome was about such a
// leg, or about a word to the child itself, so that nothing else needs to be said.
func (r *Relay) fellBack(tx Tx, o Outcome) (handled bool, err error) {
	if own, err := r.toItsWriter(tx, o); err != nil || own {
		return own, err
	}
	u, err := tx.UnseenOf(o.Message)
	if errors.Is(err, ErrNotFound) || err == nil && !u.Sent {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	d, err := tx.Directory()
	if err != nil {
		return false, err
	}
	fates, err := tx.LegsOf(o.Message)
	if err != nil {
		return false, err
	}
	hopeless := true
	for _, f := range fates {
		// A guardian who has nothing but a mobile got the text itself there, and its fate is told as any other's.
		if to, known := d.ByPhone(Phone(f.To)); !f.SMS || known && to.JID == "" {
			continue
		}
		handled = handled || f.Leg == o.Leg
		hopeless = hopeless && (f.State == Failed || f.State == Unknown)
	}
	child, known := d.Person(u.Child)
	switch {
	case !handled:
		return false, nil
	case o.State == Delivered || !known:
		return true, tx.DropUnseenMessage(o.Message)
	case hopeless:
		return true, r.nobodyHasRead(tx, d, child, o.Message)
	default:
		return true, nil // another mobile may still have it
	}
}

// toItsWriter tells whether a leg went to the child whose text it is about: `Ingen har lest ennå`, `Haster det?`. Its fate
// is not the text's.
func (r *Relay) toItsWriter(tx Tx, o Outcome) (bool, error) {
	m, err := tx.Message(o.Message)
	if err != nil {
		return false, err
	}
	d, err := tx.Directory()
	if err != nil {
		return false, err
	}
	child, known := d.Person(m.Child)
	if !known {
		return false, nil
	}
	fates, err := tx.LegsOf(o.Message)
	own := slices.ContainsFunc(fates, func(f LegFate) bool {
		return f.Leg == o.Leg && f.SMS && Phone(f.To) == child.Phone
	})
	if err != nil || !own || o.State != Failed && o.State != Unknown {
		return own, err
	}
	return true, r.unheard(tx, d, child, o.Message)
}

// TendAlarms does all that is due about emergencies and texts that nobody has read.
func (r *Relay) TendAlarms(ctx context.Context) error {
	err := r.do(ctx, func(tx Tx) error {
		d, err := tx.Directory()
		if err != nil {
			return err
		}
		now := r.o.Now()
		alarms, err := tx.AlarmsDue(now)
		if err != nil {
			return err
		}
		for _, a := range alarms {
			if err := r.nextRound(tx, d, a); err != nil {
				return err
			}
		}
		unseen, err := tx.UnseenDue(now)
		if err != nil {
			return err
		}
		for _, u := range unseen {
			if err := r.fallBack(tx, d, u); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("bridge: tend alarms: %w", err)
	}
	return nil
}

// RunAlarms does what is due about emergencies and unread texts, woken by every commit that begins one and by the time
// at which the next thing is due, until the context is done.
func (r *Relay) RunAlarms(ctx context.Context) error {
	for ctx.Err() == nil {
		now := r.o.Now()
		due, ok, err := r.o.Store.NextAlarm(ctx, now)
		switch {
		case err == nil && !ok:
			r.alarms.wait(ctx, 0)
			continue
		case err == nil && due.After(now):
			r.alarms.wait(ctx, due.Sub(now))
			continue
		case err == nil:
			err = r.TendAlarms(ctx)
		}
		if err != nil && ctx.Err() == nil {
			r.o.Log.Error("an emergency could not be tended; trying again", "err", err)
			newWake().wait(ctx, pause)
		}
	}
	return nil
}
